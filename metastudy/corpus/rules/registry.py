"""All rules by id, and the one place that runs them."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from metastudy.corpus.corpus import Corpus
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules import (
    accounting,
    arrhenius,
    axes,
    contact_count,
    contacts,
    decisions,
    duplicates,
    exchange_current,
    identity,
    impedance,
    numbers,
    plausible,
    properties,
    provenance,
    reading,
    references,
    refits,
    series_sum,
)
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import Rule

# Each module declares its rules as constants and yields their findings from ``findings``.
_ERRORS: tuple[ModuleType, ...] = (
    identity,
    references,
    numbers,
    provenance,
    contact_count,
    contacts,
    axes,
    decisions,
    accounting,
    properties,
    refits,
)
_SCIENCE: tuple[ModuleType, ...] = (
    series_sum,
    impedance,
    exchange_current,
    arrhenius,
    duplicates,
    plausible,
)

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
    checked = CheckedRows.of(corpus)
    found = [*corpus.findings]
    for module in _ERRORS:
        found.extend(module.findings(checked))
    sound = checked.sound(found)
    for module in _SCIENCE:
        found.extend(module.findings(sound))
    return sorted(found, key=lambda finding: (finding.place, finding.rule, finding.records))
