"""All rules by id, and the one place that runs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import ModuleType

from metastudy.corpus.corpus import Corpus
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules import (
    arms,
    arrhenius,
    axes,
    changes,
    claims,
    contact_count,
    contacts,
    decisions,
    duplicates,
    exchange_current,
    figures,
    identity,
    impedance,
    numbers,
    plausible,
    properties,
    provenance,
    reading,
    references,
    refits,
    same_work,
    series_sum,
)
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import Rule

# Each module declares its rules as constants and yields their findings from ``findings``.
_ERRORS: tuple[ModuleType, ...] = (
    identity,
    same_work,
    references,
    numbers,
    provenance,
    contact_count,
    contacts,
    axes,
    arms,
    decisions,
    properties,
    refits,
    figures,
)
_SCIENCE: tuple[ModuleType, ...] = (
    series_sum,
    impedance,
    exchange_current,
    changes,
    arrhenius,
    duplicates,
    plausible,
)

RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rules in (
        reading.RULES,
        *(vars(module).values() for module in (*_ERRORS, claims, *_SCIENCE)),
    )
    for rule in rules
    if isinstance(rule, Rule)
}


# Rules that hold without the other rows of the study, and those that need study.yaml for it.
_OF_ROWS: tuple[ModuleType, ...] = (numbers, provenance)
_OF_WORDS: tuple[ModuleType, ...] = (identity, references, contacts, axes, arms)


def _partly_read(checked: CheckedRows) -> Iterator[Finding]:
    """Hold what could be read of studies with a fault of shape, so that one check says all."""
    for name, study in checked.corpus.partly.items():
        corpus = replace(checked.corpus, studies={name: study})
        part = CheckedRows.of(corpus)
        part = replace(part, by_record={**checked.by_record, **part.by_record})
        for module in (*_OF_ROWS, *(_OF_WORDS if study.source.title else ())):
            for finding in module.findings(part):
                # A part may be used by a row that could not be read.
                if finding.rule != references.UNUSED_PART.id:
                    yield finding


def run_rules(corpus: Corpus) -> list[Finding]:
    """Return the findings of every rule on a corpus, in the order of the files.

    The science rules compare only rows without an error of their own, so that one fault is one
    finding.
    """
    checked = CheckedRows.of(corpus)
    found = [*corpus.findings]
    for module in _ERRORS:
        found.extend(module.findings(checked))
    found.extend(_partly_read(checked))
    sound = checked.sound(found)
    for module in _SCIENCE:
        found.extend(module.findings(sound))
    found.extend(same_work.repeated_values(sound))
    return sorted(found, key=lambda finding: (finding.place, finding.rule, finding.records))
