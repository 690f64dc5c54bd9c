"""A row as the rules see it: printed text beside the number in the canonical unit.

Nothing here is stored or shown as data; :mod:`metastudy.normalise` builds the records. A rule
needs the numbers only to compare rows with each other and with limits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from metastudy.corpus.canonical import corrected, printed_bounds
from metastudy.corpus.corpus import Corpus
from metastudy.corpus.finding import Finding, Place, Severity
from metastudy.corpus.refits import NOT_DETERMINED, REFIT_COLUMNS
from metastudy.corpus.study import Measurement, Preparation, Study, StudyCell, StudyContact, number
from metastudy.corpus.table import CsvRow, CsvTable
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import ZERO_CELSIUS_K, dimension_of


@dataclass(frozen=True)
class Entry:
    """One row: its study, its text (corrections applied), and its numbers.

    Attributes
    ----------
    lo, value, hi
        In the canonical unit of ``dimension``; None on the open side of a bound, and ``value``
        only for exact and approx.
    temperature_c
        In degC; None where the row has none, or words that the vocabulary does not know.
    in_words
        Whether the temperature was a word, so that equality with it means little.
    refitted
        Whether the row is one of refits.csv, written as the row a printed resistance would be.
    """

    study: Study
    printed: Measurement
    m: Measurement
    row: CsvRow
    dimension: str
    lo: float | None
    value: float | None
    hi: float | None
    temperature_c: float | None
    in_words: bool
    withdrawn: bool
    refitted: bool = False

    @property
    def table(self) -> CsvTable:
        """Return the table of the row: measurements.csv, or refits.csv for a refit."""
        refits = self.study.refit_table
        return refits if self.refitted and refits is not None else self.study.table

    def place(self, column: str) -> Place:
        """Return the place of one cell; in refits.csv what has no column is the resistance's."""
        if self.refitted and column not in REFIT_COLUMNS:
            column = "resistance_ohm"
        return self.table.place(self.row, column)

    @property
    def id(self) -> str:
        """Return the record id."""
        return self.m.record_id

    @property
    def text(self) -> str:
        """Return value and unit as printed; of a refit, which is computed, four digits."""
        if self.refitted and self.value is not None:
            return f"{shown(self.value)} {self.m.unit_text}"
        return f"{self.m.value_text} {self.m.unit_text}"

    @property
    def temperature_k(self) -> float | None:
        """Return the temperature in kelvin, or None."""
        return None if self.temperature_c is None else self.temperature_c + ZERO_CELSIUS_K

    @property
    def contact(self) -> StudyContact | None:
        """Return the contact of the row's specimen, or None."""
        return self.study.contact_of(self.m)

    @property
    def preparation(self) -> Preparation | None:
        """Return the preparation of the row's specimen, or None."""
        return self.study.preparation_of(self.m)

    @property
    def cell(self) -> StudyCell | None:
        """Return the cell of the row, or None."""
        return self.study.cell_of(self.m)

    @property
    def circumstance(self) -> tuple[str, str, str, float | None]:
        """Return what rows must share to speak of one thing: sample, state, temperature."""
        return (self.study.id, self.m.sample_id, self.m.state_id, self.temperature_c)


@dataclass(frozen=True)
class CheckedRows:
    """All rows of a corpus, and the indexes that the rules share.

    The refits stand apart until they are found sound: their form has rules of its own, and what
    holds for any resistance then holds for them too.
    """

    corpus: Corpus
    entries: tuple[Entry, ...]
    by_record: Mapping[str, Entry] = field(repr=False)
    refits: tuple[Entry, ...] = ()

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary."""
        return self.corpus.vocabulary

    def sound(self, faults: Iterable[Finding]) -> CheckedRows:
        """Return the checked of rows and refits without an error, and without withdrawn ones.

        A refit that its spectrum does not determine is no resistance to compare.
        """
        lines = {(f.place.file, f.place.line) for f in faults if f.severity is Severity.ERROR}
        entries = tuple(
            entry
            for entry in (*self.entries, *self.refits)
            if (entry.table.file, entry.row.line) not in lines
            and not entry.withdrawn
            and not (entry.refitted and entry.row.cells["identifiability"] == NOT_DETERMINED)
        )
        return CheckedRows(self.corpus, entries, {entry.id: entry for entry in entries})

    @property
    def studies(self) -> Iterator[Study]:
        """Return the studies that could be read."""
        return iter(self.corpus.studies.values())

    @cached_property
    def together(self) -> Mapping[tuple[str, str, str, float | None], list[Entry]]:
        """Rows that hold a number, by study, sample, state and temperature."""
        groups: dict[tuple[str, str, str, float | None], list[Entry]] = {}
        for entry in self.entries:
            if entry.m.sample_id:
                groups.setdefault(entry.circumstance, []).append(entry)
        return groups

    def is_unread(self, record_id: str) -> bool:
        """Say whether a record belongs to a study whose files could not be read."""
        return record_id.rpartition(".")[0] in self.corpus.unread


def checked_rows(corpus: Corpus) -> CheckedRows:
    """Make the entries of every row of a corpus."""
    entries = [
        _entry(study, m, row, corpus)
        for study in corpus.studies.values()
        for m, row in zip(study.measurements, study.table.rows, strict=True)
    ]
    refits = [
        replace(_entry(study, m, row, corpus), refitted=True)
        for study in corpus.studies.values()
        if study.refit_table is not None
        for (_, m), row in zip(study.refit_rows(), study.refit_table.rows, strict=True)
    ]
    return CheckedRows(
        corpus,
        tuple(entries),
        {entry.id: entry for entry in reversed(entries)},
        tuple(refits),
    )


def _entry(study: Study, printed: Measurement, row: CsvRow, corpus: Corpus) -> Entry:
    corrections = corpus.corrections_of(printed.record_id)
    m, withdrawn = corrected(printed, corrections, corpus.vocabulary)
    withdrawn = withdrawn or study.source.status == "retracted"
    unit = corpus.vocabulary.unit_of(m.unit_text)
    lo, value, hi = (None, None, None) if unit is None else printed_bounds(m, unit)
    words = corpus.vocabulary["temperature_word"]
    in_words = m.temperature_text in words
    if in_words:
        temperature = corpus.vocabulary.number(
            "temperature_word", m.temperature_text, "temperature_c"
        )
    else:
        temperature = number(m.temperature_text)
        if temperature is not None and not -ZERO_CELSIUS_K < temperature < math.inf:
            temperature = None
    dimension = "" if unit is None else dimension_of(unit)
    return Entry(study, printed, m, row, dimension, lo, value, hi, temperature, in_words, withdrawn)


def shown(value: float) -> str:
    """Write a computed number for a message and a decision: four significant digits."""
    return f"{value:.4g}"
