"""A printed change or difference against what is printed of the same two arms."""

from __future__ import annotations

import math
from collections.abc import Iterator

from metastudy.corpus.canonical import CanonicalRow, printed_bounds, shown
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.duplicates import last_digit
from metastudy.corpus.rules.numbers import CHANGES
from metastudy.corpus.rules.rule import warning
from metastudy.corpus.vocabulary import Vocabulary

CHANGE_DIFFERS = warning(
    "change-differs",
    reason="A change and two values of one work that disagree show a slip in one of the three.",
    good="84 percent decrease beside 64 and 10 ohm cm2",
    bad="30 percent decrease beside 64 and 10 ohm cm2",
    needs="a change with its reference; the same quantity of both samples and states at the "
    "temperature of the change, or at any one where it has none; more than 5 % of the ratio and "
    "half the last printed digits apart",
)

DIFFERENCE_SIDE = warning(
    "difference-side",
    reason="A difference stands at the larger of its two arms: it bounds that one from below.",
    good="60 ohm cm2 less on coating, at the bare sample with the coated one as reference",
    bad="60 ohm cm2 less on coating, at the coated sample with the bare one as reference",
    needs="a difference with its reference; the change or both values of its two samples and "
    "states at the temperature of the difference",
)

_MARGIN = 0.05
# The level that a relative quantity is the change of.
_OF = {
    "relative_resistance": frozenset({"resistance", "area_specific_resistance"}),
    "relative_capacitance": frozenset({"capacitance", "capacitance_per_area"}),
    "relative_conductivity": frozenset({"conductivity"}),
    "relative_activation_energy": frozenset({"activation_energy"}),
}
# What says nothing of a part.
_WHOLE = frozenset({"total", "unknown", "not_applicable"})
Ends = tuple[float, float]
Arm = tuple[str, str]
Arms = tuple[Arm, Arm]


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold every change and difference whose two arms are printed too."""
    yield from _sides(checked)
    for row in checked.rows:
        if row.m.quantity not in _OF or (row.lo is None and row.hi is None):
            continue
        treated, reference = (_levels(row, arm, checked) for arm in _arms(row))
        found = [
            _compare(row, a, b, checked.vocabulary)
            for a in treated
            for b in reference
            if _alike(a, b) and a.temperature_c == b.temperature_c
        ]
        # Where one pair of rows agrees, the change is of that pair.
        if found and all(found):
            yield from (finding for finding in found[:1] if finding is not None)


def _sides(checked: CheckedRows) -> Iterator[Finding]:
    """Hold every difference against changes and values of its two arms."""
    changes: dict[tuple[str, Arms, float | None], list[CanonicalRow]] = {}
    for row in checked.rows:
        if row.m.quantity == "relative_resistance":
            changes.setdefault((row.study.id, _arms(row), row.temperature_c), []).append(row)
    for row in checked.rows:
        if row.m.role != "difference":
            continue
        own, reference = _arms(row)
        at = row.temperature_c
        shrunk = [r for r in changes.get((row.study.id, (own, reference), at), []) if _below(r, 1)]
        grown = [r for r in changes.get((row.study.id, (reference, own), at), []) if _above(r, 1)]
        values = [
            b
            for a in _levels_at(row, own, checked)
            for b in _levels_at(row, reference, checked)
            if _alike(a, b) and a.hi is not None and b.lo is not None and a.hi < b.lo
        ]
        for other in (*shrunk, *grown, *values)[:1]:
            message = f"the difference of {row.text} stands at {own[0]}, and {other.id} says that "
            message += f"{reference[0]} is the larger: {_printed(other)}."
            numbers = {"difference": row.m.value_text, "other": other.m.value_text}
            hint = "Exchange sample and reference of the difference, or decide with a reason."
            records = [row.id, other.id]
            yield DIFFERENCE_SIDE.of_row(row, "sample_id", message, hint, records, numbers)


def _arms(row: CanonicalRow) -> Arms:
    """Return sample and state of a row, and of its reference."""
    m = row.m
    reference = (m.reference_sample or m.sample_id, m.reference_state or m.state_id)
    return (m.sample_id, m.state_id), reference


def _below(row: CanonicalRow, limit: float) -> bool:
    return row.hi is not None and row.hi < limit


def _above(row: CanonicalRow, limit: float) -> bool:
    return row.lo is not None and row.lo > limit


def _levels_at(row: CanonicalRow, arm: Arm, checked: CheckedRows) -> list[CanonicalRow]:
    """Return the printed contact resistances of one arm at the temperature of a row."""
    rows = checked.together.get((row.study.id, *arm, row.temperature_c), [])
    return [
        other
        for other in rows
        if other.m.role == "interface" and other.m.component in ("total", "unknown")
    ]


def _levels(row: CanonicalRow, arm: Arm, checked: CheckedRows) -> list[CanonicalRow]:
    """Return the printed levels of one arm: at the temperature of the change, or at any."""
    if row.m.temperature_text:
        rows = checked.together.get((row.study.id, *arm, row.temperature_c), [])
    else:
        rows = checked.of_arm.get((row.study.id, *arm), [])
    components = _WHOLE if row.m.component in _WHOLE else {"total", row.m.component}
    return [
        other
        for other in rows
        if other.m.quantity in _OF[row.m.quantity]
        and other.m.role in ("interface", "bound")
        and other.m.component in components
        and not other.m.reference_record
    ]


def _alike(a: CanonicalRow, b: CanonicalRow) -> bool:
    return (a.dimension, a.m.component, a.m.role, a.m.value_covers, a.m.cell_id) == (
        b.dimension,
        b.m.component,
        b.m.role,
        b.m.value_covers,
        b.m.cell_id,
    )


def _ends(row: CanonicalRow) -> Ends:
    """Return the smallest and largest value that the print allows, with sd and last digit."""
    low = 0.0 if row.lo is None else row.lo
    high = math.inf if row.hi is None else row.hi
    sd, digit = 2.0 * (row.sd or 0.0), last_digit(row)
    return max(low * (1.0 - digit) - sd, 0.0), high * (1.0 + digit) + sd


def _compare(
    row: CanonicalRow, treated: CanonicalRow, reference: CanonicalRow, vocabulary: Vocabulary
) -> Finding | None:
    (a_low, a_high), (b_low, b_high) = _ends(treated), _ends(reference)
    low = 0.0 if math.isinf(b_high) else a_low / b_high
    high = math.inf if b_low == 0.0 else a_high / b_low
    if _agrees(row, low, high):
        return None
    decrease = _in_words(treated, reference)
    message = (
        f"the change is {row.text}, and {treated.id} is {_printed(treated)} after {reference.id} "
        f"with {_printed(reference)}: {decrease}."
    )
    hint = "Check value, unit, reference and state of the three rows, or decide with a reason."
    other = _other_reading(row, (low, high), vocabulary)
    if other:
        hint = f"Read as {other} it agrees: see what the source prints, or decide with a reason."
    numbers = {
        "change": row.m.value_text,
        "after": treated.m.value_text,
        "before": reference.m.value_text,
    }
    records = [row.id, treated.id, reference.id]
    return CHANGE_DIFFERS.of_row(row, "value_text", message, hint, records, numbers)


def _agrees(row: CanonicalRow, low: float, high: float) -> bool:
    """Say whether a printed change lies between two ratios, with a margin and its last digit."""
    # The last digit is of the printed change; as a share of the ratio it is at most so much.
    slack = last_digit(row) * abs(1.0 - (row.value if row.value is not None else 0.0))
    slack += _MARGIN * (high if math.isfinite(high) else 1.0) / 2.0
    printed_low = -math.inf if row.lo is None else row.lo
    printed_high = math.inf if row.hi is None else row.hi
    return printed_low <= high + slack and printed_high >= low - slack


def _other_reading(row: CanonicalRow, ratio: Ends, vocabulary: Vocabulary) -> str:
    """Return the unit of a change in which the printed number lies in the ratio, or nothing."""
    printed = vocabulary.unit_of(row.m.unit_text)
    least, most = ratio[0] * (1.0 - _MARGIN), ratio[1] * (1.0 + _MARGIN)
    for unit in CHANGES:
        ends = [end for end in printed_bounds(row.m, unit) if end is not None]
        if unit != printed and ends and all(least <= end <= most for end in ends):
            return unit
    return ""


def _in_words(treated: CanonicalRow, reference: CanonicalRow) -> str:
    """Return the change between two printed values, without their errors."""
    low = (treated.lo or 0.0) / (reference.hi or math.inf)
    high = math.inf if treated.hi is None or not reference.lo else treated.hi / reference.lo
    if high > 1.0:
        return f"{shown(low)} to {shown(high)} times the reference"
    ends = dict.fromkeys(f"{100.0 * (1.0 - ratio):.0f}" for ratio in (high, low))
    return f"{' to '.join(ends)} percent decrease"


def _printed(row: CanonicalRow) -> str:
    end = f" to {row.m.upper_text}" if row.m.upper_text else ""
    return f"{row.m.value_text}{end} {row.m.unit_text}"
