"""Rows in canonical units: the one place where a printed text becomes a number.

The rules of the check compare these numbers with each other; :mod:`metastudy.normalise` starts from
them. Nothing is moved to another temperature or divided by contacts here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from metastudy.corpus.decision import Correction
from metastudy.corpus.finding import Place
from metastudy.corpus.refits import REFIT_COLUMNS, Refit
from metastudy.corpus.study import (
    Condition,
    Measurement,
    Preparation,
    State,
    Study,
    StudyCell,
    StudyContact,
    number,
)
from metastudy.corpus.table import CsvRow, CsvTable
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import (
    CANONICAL,
    ZERO_CELSIUS_K,
    UnitError,
    dimension_of,
    spread_to_canonical,
    to_canonical,
)

HIGHEST_LEVEL = 0.999999  # of an interval; above it the normal quantile is a matter of rounding
SECONDS_PER_HOUR = 3600.0
STATED_TEMPERATURE_SD_K = 1.0  # between the climatic chamber and the cell

# A smaller number read as larger and the other way round: their bounds change sides.
RUNS_AGAINST = frozenset({"percent decrease", "factor decrease"})
BELOW = frozenset({"lt", "le", "not_detected"})
# Columns of a correction that take words.
_WORDS = {
    "unit_text": "unit",
    "value_covers": "value_covers",
    "temperature_text": "temperature_word",
}
Bounds = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class CanonicalRow:
    """A row of measurements.csv or refits.csv: its text, and its numbers in canonical units.

    Attributes
    ----------
    printed, m
        The row as typed, and as measured: with what a correction puts in the place of a paper's own
        error. A refit is written as the row that a printed resistance would be.
    position
        Of the row in its table, from 0.
    unit, dimension
        Canonical unit of ``lo``, ``value``, ``hi`` and ``sd``, and its dimension; None and empty
        where the vocabulary does not know the printed unit.
    value
        None for a bound or where nothing was detected.
    lo, hi
        Smallest and largest value that the print allows; equal for an exact row, None where that
        side is open. They are None together only where there is no number.
    sd
        Printed uncertainty as one standard deviation or error, None where none is printed. Minus
        and plus are averaged, and the half width of a confidence interval is divided by its normal
        quantile; of a range it stays the half width.
    temperature_c, temperature_sd_k
        Temperature of the row and its standard deviation; None where none applies.
    temperature_in_words
        True where the temperature is a word of temperature_word.csv.
    correction
        Ids of the corrections of the row, joined by blanks, or empty.
    withdrawn
        True where a correction or a retraction takes the row out.
    refit
        The fit of a raw spectrum that the row comes from, or None for a printed number.
    derived_from
        Ids of the printed rows that the row is computed from; none for a printed number.
    """

    study: Study
    printed: Measurement
    m: Measurement
    position: int
    unit: str | None
    dimension: str
    lo: float | None
    value: float | None
    hi: float | None
    sd: float | None
    temperature_c: float | None
    temperature_sd_k: float | None
    temperature_in_words: bool
    correction: str = ""
    withdrawn: bool = False
    refit: Refit | None = None
    derived_from: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The record id."""
        return self.printed.record_id

    @property
    def table(self) -> CsvTable:
        """The table of the row: measurements.csv, or refits.csv for a refit."""
        refits = self.study.refit_table
        return self.study.table if self.refit is None or refits is None else refits

    @property
    def csv_row(self) -> CsvRow:
        """The row in its file."""
        return self.table.rows[self.position]

    @property
    def line(self) -> int:
        """The line of the row in its file."""
        return self.csv_row.line

    def place(self, column: str) -> Place:
        """Return the place of one cell; in refits.csv what has no column is the resistance's."""
        return self.table.place(self.csv_row, self._column(column))

    def typed(self, column: str) -> str:
        """Return the text of one cell as it is in the file."""
        return self.csv_row.cells[self._column(column)]

    def _column(self, name: str) -> str:
        return "resistance_ohm" if self.refit is not None and name not in REFIT_COLUMNS else name

    @property
    def text(self) -> str:
        """Value and unit as printed; of a refit, which is computed, four digits."""
        if self.refit is not None and self.value is not None:
            return f"{shown(self.value)} {self.m.unit_text}"
        return f"{self.m.value_text} {self.m.unit_text}"

    @property
    def temperature_k(self) -> float | None:
        """The temperature in kelvin, or None."""
        return None if self.temperature_c is None else self.temperature_c + ZERO_CELSIUS_K

    @property
    def contact(self) -> StudyContact | None:
        """The contact of the row's specimen, or None."""
        return self.study.contact_of(self.m)

    @property
    def preparation(self) -> Preparation | None:
        """The preparation of the row's specimen, or None."""
        return self.study.preparation_of(self.m)

    @property
    def cell(self) -> StudyCell | None:
        """The cell of the row, or None."""
        return self.study.cell_of(self.m)

    @property
    def sample_state(self) -> tuple[str, str, str]:
        """Study, sample and state: what one observation is of."""
        return (self.study.id, self.m.sample_id, self.m.state_id)


def shown(value: float) -> str:
    """Write a computed number for a message and a decision: four significant digits."""
    return f"{value:.4g}"


def canonical_rows(
    study: Study,
    corrections_of: Callable[[str], Sequence[Correction]],
    vocabulary: Vocabulary,
) -> Iterator[CanonicalRow]:
    """Yield the rows of a study, corrections applied: its printed numbers, then its refits."""
    rows: list[tuple[int, Measurement, Refit | None]] = [
        *((position, m, None) for position, m in enumerate(study.measurements)),
        *((position, m, refit) for position, (refit, m) in enumerate(study.refit_rows())),
    ]
    for position, printed, refit in rows:
        corrections = corrections_of(printed.record_id)
        m, withdrawn = apply_corrections(printed, corrections, vocabulary)
        unit = vocabulary.unit_of(m.unit_text)
        dimension = "" if unit is None else dimension_of(unit)
        lo, value, hi = (None, None, None) if unit is None else printed_bounds(m, unit)
        temperature, temperature_sd, in_words = row_temperature(m.temperature_text, vocabulary)
        yield CanonicalRow(
            study=study,
            printed=printed,
            m=m,
            position=position,
            unit=CANONICAL.get(dimension),
            dimension=dimension,
            lo=lo,
            value=value,
            hi=hi,
            sd=None if unit is None else printed_sd(m, unit),
            temperature_c=temperature,
            temperature_sd_k=temperature_sd,
            temperature_in_words=in_words,
            correction=" ".join(correction.id for correction in corrections),
            withdrawn=withdrawn or study.source.status == "retracted",
            refit=refit,
        )


@dataclass(frozen=True)
class Area:
    """Projected geometric area of a contact (cm2) and its standard deviation, None if not given."""

    cm2: float
    sd_cm2: float | None


def apply_corrections(
    m: Measurement, corrections: Sequence[Correction], vocabulary: Vocabulary
) -> tuple[Measurement, bool]:
    """Return a row with its corrections applied, and whether one of them withdraws it.

    An override whose text has not the form of its column is left alone; the check reports it.
    """
    withdrawn = False
    for correction in corrections:
        if correction.action == "withdraw":
            withdrawn = True
        elif may_hold(correction, vocabulary):
            m = replace(m, **{correction.column: correction.value})
    return m, withdrawn


def may_hold(correction: Correction, vocabulary: Vocabulary) -> bool:
    """Say whether an override's text has the form of its column."""
    table = _WORDS.get(correction.column)
    if table == "unit":
        return vocabulary.unit_of(correction.value) is not None
    if table is not None and correction.value in vocabulary[table]:
        return True
    value = number(correction.value)
    lowest = -ZERO_CELSIUS_K if table == "temperature_word" else -math.inf
    return table != "value_covers" and value is not None and lowest <= value < math.inf


def canonical(text: str, unit: str) -> float | None:
    """Read a printed number in the canonical unit; None where it is none or not finite."""
    value = number(text)
    if value is None:
        return None
    try:
        result = to_canonical(value, unit)
    except (UnitError, ZeroDivisionError):
        return None
    return result if math.isfinite(result) else None


def printed_bounds(m: Measurement, unit: str) -> Bounds:
    """Return lo, value and hi of a row in the canonical unit; all None where it has no number.

    ``value`` is None for a bound, lo or hi on its open side. What was not detected lies below its
    stated limit. A percent or factor decrease runs against its ratio.
    """
    printed = canonical(m.value_text, unit)
    if printed is None:
        return None, None, None
    if m.qualifier in ("exact", "approx"):
        return printed, printed, printed
    if m.qualifier == "between":
        other = canonical(m.upper_text, unit)
        other = printed if other is None else other
        return min(printed, other), None, max(printed, other)
    below = (m.qualifier in BELOW) != (unit in RUNS_AGAINST)
    return (None, None, printed) if below else (printed, None, None)


def printed_sd(m: Measurement, unit: str) -> float | None:
    """Return the printed uncertainty in the canonical unit as one standard deviation, or None."""
    printed = number(m.value_text)
    sides = [number(text) for text in (m.unc_minus, m.unc_plus) if text]
    known = [side for side in sides if side is not None]
    if not known or printed is None or m.unc_kind == "not_reported":
        return None
    half_width = spread_to_canonical(sum(known) / len(known), printed, unit)
    if m.unc_kind == "ci" and m.unc_level:
        level = float(m.unc_level)
        if not 0.0 < level <= HIGHEST_LEVEL:
            return None
        return half_width / NormalDist().inv_cdf((1.0 + level) / 2.0)
    return half_width


def row_temperature(text: str, vocabulary: Vocabulary) -> tuple[float | None, float | None, bool]:
    """Return temperature (degC), its standard deviation (K), and whether it was a word."""
    table = "temperature_word"
    if text in vocabulary[table]:
        celsius = vocabulary.number(table, text, "temperature_c")
        return celsius, vocabulary.number(table, text, "sd_k"), True
    value = number(text)
    if value is None or not -ZERO_CELSIUS_K < value < math.inf:
        return None, None, False
    return value, STATED_TEMPERATURE_SD_K, False


def temperature_range(text: str) -> tuple[float, float] | None:
    """Read ``30..90`` as two temperatures in degC; None where the text is no range."""
    low, _, high = text.partition("..")
    first, last = number(low), number(high)
    return None if first is None or last is None else (first, last)


def melting_point_c(contact: StudyContact, vocabulary: Vocabulary) -> float | None:
    """Return the melting point (degC) of the membrane as printed, else of its polymer, or None."""
    printed = condition_value(contact.polymer_melting_point, "temperature", vocabulary)
    if printed is not None or contact.polymer not in vocabulary["polymer"]:
        return printed
    return vocabulary.number("polymer", contact.polymer, "melting_point_c")


def condition_value(condition: Condition, dimension: str, vocabulary: Vocabulary) -> float | None:
    """Return a condition in the canonical unit of a dimension; None where it is not that."""
    unit = vocabulary.unit_of(condition.unit)
    if not condition or unit is None or dimension_of(unit) != dimension:
        return None
    return canonical(condition.value, unit)


def age_h(state: State | None, vocabulary: Vocabulary) -> float | None:
    """Return the age of a state (h), the middle of a printed range; None where none is given."""
    if state is None:
        return None
    first = condition_value(state.age, "time", vocabulary)
    last = condition_value(replace(state.age, value=state.age.upper), "time", vocabulary)
    if first is None:
        return None
    return (first + (first if last is None else last)) / 2.0 / SECONDS_PER_HOUR


def condition_sd(condition: Condition, vocabulary: Vocabulary) -> float | None:
    """Return the printed plus-minus of a condition in the canonical unit, sides averaged."""
    unit = vocabulary.unit_of(condition.unit)
    if unit is None:
        return None
    sides = [canonical(side, unit) for side in (condition.minus, condition.plus) if side]
    known = [abs(side) for side in sides if side is not None]
    return sum(known) / len(known) if known else None


def contact_area(contact: StudyContact | None, vocabulary: Vocabulary) -> Area | None:
    """Return the area that the source gives, as area or as diameter; None if it gives none."""
    if contact is None:
        return None
    area = condition_value(contact.area, "area", vocabulary)
    if area:
        return Area(area, condition_sd(contact.area, vocabulary))
    diameter = condition_value(contact.diameter, "length", vocabulary)
    if not diameter:
        return None
    sd = condition_sd(contact.diameter, vocabulary)
    area = math.pi * diameter**2 / 4.0
    return Area(area, None if sd is None else 2.0 * area * sd / diameter)


def area_cm2(contact: StudyContact | None, vocabulary: Vocabulary) -> float | None:
    """Return the contact's area (cm2) without its uncertainty, or None."""
    area = contact_area(contact, vocabulary)
    return None if area is None else area.cm2
