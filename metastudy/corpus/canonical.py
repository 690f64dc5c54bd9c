"""What print says, in canonical units: the one place where a printed text becomes a number.

The rules of the check compare these numbers with each other; :mod:`metastudy.normalise` builds the
records from them. Nothing is moved or shared out here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from metastudy.corpus.decision import Correction
from metastudy.corpus.study import Condition, Measurement, StudyContact, number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import ZERO_CELSIUS_K, UnitError, dimension_of, to_canonical

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
class Area:
    """Projected geometric area of a contact (cm2) and its standard deviation, None if not given."""

    cm2: float
    sd_cm2: float | None


def corrected(
    m: Measurement, corrections: Iterable[Correction], vocabulary: Vocabulary
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
    if table is not None and correction.value in vocabulary[table]:
        return True
    value = number(correction.value)
    lowest = -ZERO_CELSIUS_K if table == "temperature_word" else -math.inf
    return (
        table not in ("unit", "value_covers") and value is not None and lowest <= value < math.inf
    )


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


def condition_value(condition: Condition, dimension: str, vocabulary: Vocabulary) -> float | None:
    """Return a condition in the canonical unit of a dimension; None where it is not that."""
    unit = vocabulary.unit_of(condition.unit)
    if not condition or unit is None or dimension_of(unit) != dimension:
        return None
    return canonical(condition.value, unit)


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
