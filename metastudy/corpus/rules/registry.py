"""All rules by id, and the one place that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from metastudy.corpus.collection import Corpus
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules import (
    arrhenius,
    axes,
    contacts,
    decisions,
    identity,
    impedance,
    numbers,
    plausible,
    provenance,
    reading,
    references,
    repeats,
    stacks,
    sums,
    transfer,
)
from metastudy.corpus.rules.entry import Ledger, read_ledger
from metastudy.corpus.rules.rule import Rule

Check = Callable[[Ledger], Iterator[Finding]]

# Each module declares its rules as constants and yields their findings from ``findings``.
_MODULES: tuple[ModuleType, ...] = (
    identity,
    references,
    numbers,
    provenance,
    stacks,
    contacts,
    axes,
    decisions,
    sums,
    impedance,
    transfer,
    arrhenius,
    repeats,
    plausible,
)

RULES: Mapping[str, Rule] = {
    rule.id: rule
    for module in (reading, *_MODULES)
    for rule in (reading.RULES if module is reading else vars(module).values())
    if isinstance(rule, Rule)
}


def run_rules(corpus: Corpus) -> list[Finding]:
    """Return the findings of every rule on a corpus, in the order of the files."""
    ledger = read_ledger(corpus)
    found = [*corpus.findings]
    for module in _MODULES:
        found.extend(module.findings(ledger))
    return sorted(found, key=lambda finding: (finding.place, finding.rule, finding.records))
