"""All rules by id, and the one place that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from metastudy.corpus.corpus import Corpus
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules import (
    accounting,
    arrhenius,
    axes,
    contacts,
    decisions,
    identity,
    impedance,
    numbers,
    plausible,
    properties,
    provenance,
    reading,
    references,
    refits,
)
from metastudy.corpus.rules import contact_count as stacks
from metastudy.corpus.rules import duplicates as repeats
from metastudy.corpus.rules import exchange_current as transfer
from metastudy.corpus.rules import series_sum as sums
from metastudy.corpus.rules.checked_rows import Ledger, read_ledger
from metastudy.corpus.rules.rule import Rule

Check = Callable[[Ledger], Iterator[Finding]]

# Each module declares its rules as constants and yields their findings from ``findings``.
_ERRORS: tuple[ModuleType, ...] = (
    identity,
    references,
    numbers,
    provenance,
    stacks,
    contacts,
    axes,
    decisions,
    accounting,
    properties,
    refits,
)
_SCIENCE: tuple[ModuleType, ...] = (sums, impedance, transfer, arrhenius, repeats, plausible)

RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rules in (reading.RULES, *(vars(module).values() for module in (*_ERRORS, *_SCIENCE)))
    for rule in rules
    if isinstance(rule, Rule)
}


def run_rules(corpus: Corpus) -> list[Finding]:
    """Return the findings of every rule on a corpus, in the order of the files.

    The science rules compare only rows without an error of their own, so that one fault is one
    finding.
    """
    ledger = read_ledger(corpus)
    found = [*corpus.findings]
    for module in _ERRORS:
        found.extend(module.findings(ledger))
    sound = ledger.sound(found)
    for module in _SCIENCE:
        found.extend(module.findings(sound))
    return sorted(found, key=lambda finding: (finding.place, finding.rule, finding.records))
