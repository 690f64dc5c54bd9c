"""The rows that a rule sees, and the indexes that rules share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from metastudy.corpus.canonical import CanonicalRow
from metastudy.corpus.corpus import Corpus
from metastudy.corpus.finding import Finding, Severity
from metastudy.corpus.refits import NOT_DETERMINED
from metastudy.corpus.study import Study
from metastudy.corpus.vocabulary import Vocabulary

# What rows have in common that are of one thing: study, sample, state and temperature.
Circumstance = tuple[str, str, str, float | None]


@dataclass(frozen=True)
class CheckedRows:
    """All rows of a corpus, and the indexes that the rules share.

    The refits are apart until they are found sound: their form has rules of its own, and what holds
    for any resistance then holds for them too.
    """

    corpus: Corpus
    rows: tuple[CanonicalRow, ...]
    by_record: Mapping[str, CanonicalRow] = field(repr=False)
    refits: tuple[CanonicalRow, ...] = ()

    @classmethod
    def of(cls, corpus: Corpus) -> CheckedRows:
        """Take the rows of a corpus; of two with one id the first is found by it."""
        rows = tuple(row for row in corpus.rows if row.refit is None)
        refits = tuple(row for row in corpus.rows if row.refit is not None)
        return cls(corpus, rows, {row.id: row for row in reversed(rows)}, refits)

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary."""
        return self.corpus.vocabulary

    @property
    def studies(self) -> Iterator[Study]:
        """The studies that could be read."""
        return iter(self.corpus.studies.values())

    @cached_property
    def together(self) -> Mapping[Circumstance, list[CanonicalRow]]:
        """Rows of a sample by study, sample, state and temperature."""
        groups: dict[Circumstance, list[CanonicalRow]] = {}
        for row in self.rows:
            if row.m.sample_id:
                groups.setdefault((*row.sample_state, row.temperature_c), []).append(row)
        return groups

    @cached_property
    def of_arm(self) -> Mapping[tuple[str, str, str], list[CanonicalRow]]:
        """Rows of a sample by study, sample and state."""
        groups: dict[tuple[str, str, str], list[CanonicalRow]] = {}
        for row in self.rows:
            if row.m.sample_id:
                groups.setdefault(row.sample_state, []).append(row)
        return groups

    def sound(self, faults: Iterable[Finding]) -> CheckedRows:
        """Return rows and refits without an error, and without withdrawn ones.

        A refit that its spectrum does not determine is no resistance to compare.
        """
        lines = {(f.place.file, f.place.line) for f in faults if f.severity is Severity.ERROR}
        rows = tuple(
            row
            for row in (*self.rows, *self.refits)
            if (row.table.file, row.line) not in lines
            and not row.withdrawn
            and not (row.refit is not None and row.refit.identifiability == NOT_DETERMINED)
        )
        return CheckedRows(self.corpus, rows, {row.id: row for row in rows})

    def is_unread(self, record_id: str) -> bool:
        """Say whether a record belongs to a study whose files could not be read."""
        return record_id.rpartition(".")[0] in self.corpus.unread
