"""Rows that follow from printed ones: computed at every build, typed by nobody.

Each names the printed rows that it comes from, has the basis ``calculated`` and carries their
errors. Where the same thing is printed, nothing is derived. Four things follow:

- from a difference in ohm and a change in per cent of the same two arms, both values;
- from a sum and its other parts, the rest: the contact, or a lower whole cell;
- from a difference alone, a lower bound on the larger of the two contacts;
- from a value and its change with time, the value of the same sample in the later state.

A difference stands at the sample and state that is larger, its reference is the smaller. A bound
that names a reference sample says that the two circuits differ in this contact alone, so that their
difference is the contact's. A normaliser or baseline that names a sum as its reference record says
that it is a part of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from metastudy.corpus.canonical import CanonicalRow, shown
from metastudy.corpus.study import number
from metastudy.normalise.filters import WHOLE

Interval = tuple[float | None, float | None]
Arm = tuple[str, str]

RESISTANCES = frozenset({"resistance", "resistance_area"})
LAYERS = frozenset({"normaliser", "baseline"})
# A difference below three times its error cannot be told from zero; two of them bound it.
DETECTED, BOUNDED = 3.0, 2.0


def derived_rows(rows: Sequence[CanonicalRow]) -> tuple[CanonicalRow, ...]:
    """Return the rows that follow from printed ones and are not printed themselves.

    Parameters
    ----------
    rows
        Printed rows, corrections applied; refits give nothing.
    """
    printed = [
        row
        for row in rows
        if not row.withdrawn and row.refit is None and (row.lo is not None or row.hi is not None)
    ]
    by_study: dict[str, list[CanonicalRow]] = {}
    for row in printed:
        by_study.setdefault(row.study.id, []).append(row)
    found: dict[str, CanonicalRow] = {}
    for of_study in by_study.values():
        known = {_place(row) for row in of_study if _is_whole(row)}
        for derived in (*_arms(of_study), *_rests(of_study), *_alike(of_study), *_aged(of_study)):
            if derived.m.role != "interface" or _place(derived) not in known:
                found.setdefault(derived.id, derived)
    return tuple(found.values())


def own_arm(row: CanonicalRow) -> Arm:
    """Return sample and state of a row."""
    return (row.m.sample_id, row.m.state_id)


def reference_arm(row: CanonicalRow) -> Arm:
    """Return sample and state of a row's reference; what is not named is the row's own."""
    return (row.m.reference_sample or row.m.sample_id, row.m.reference_state or row.m.state_id)


def _place(row: CanonicalRow) -> tuple[Arm, str, float | None]:
    return (own_arm(row), row.m.cell_id, row.temperature_c)


def _is_whole(row: CanonicalRow) -> bool:
    """Whether a row is the whole contact, or the sum of whole contacts."""
    roles = ("interface", "bound")
    return row.dimension in RESISTANCES and row.m.role in roles and row.m.component in WHOLE


def _is_level(row: CanonicalRow) -> bool:
    return row.m.role == "interface" and _is_whole(row)


def _is_change(row: CanonicalRow) -> bool:
    m = row.m
    return (m.role, m.quantity) == ("relative", "relative_resistance") and m.component in WHOLE


def _is_difference(row: CanonicalRow) -> bool:
    return row.m.role == "difference" and row.dimension in RESISTANCES and row.m.component in WHOLE


def _arms(rows: Sequence[CanonicalRow]) -> Iterator[CanonicalRow]:
    """Yield both values of a difference with its change, or the bound of a difference alone."""
    for difference in filter(_is_difference, rows):
        large, small = own_arm(difference), reference_arm(difference)
        changes = (c for c in filter(_is_change, rows) if _same_circuit(c, difference))
        pairs = ((c, _share(c, large, small)) for c in changes)
        found = next(((c, share) for c, share in pairs if share is not None), None)
        if found is None:
            yield _row("at_least", [difference], large, (difference.lo, None), None)
            continue
        change, (low, high) = found
        error = _relative_error(difference), _relative_error(change)
        whole = (_over(difference.lo, 1.0 - (low or 0.0)), _over(difference.hi, _rest_of(high)))
        yield _row("larger", [difference, change], large, whole, _of_larger(error, high))
        part = (_times(whole[0], low), _times(whole[1], high))
        yield _row("smaller", [difference, change], small, part, _of_smaller(error, high))


def _same_circuit(a: CanonicalRow, b: CanonicalRow) -> bool:
    return (a.m.cell_id, a.temperature_c) == (b.m.cell_id, b.temperature_c)


def _share(change: CanonicalRow, large: Arm, small: Arm) -> Interval | None:
    """Return the smaller over the larger value, between 0 and 1; None for other arms."""
    arms = own_arm(change), reference_arm(change)
    low, high = change.lo, change.hi
    if arms == (large, small):
        low, high = _over(1.0, high), _over(1.0, low)
    elif arms != (small, large):
        return None
    if low is not None and low >= 1.0:
        return None  # it says that the other one is larger
    return low, None if high is None or high >= 1.0 else high


def _rests(rows: Sequence[CanonicalRow]) -> Iterator[CanonicalRow]:
    """Yield what is left of a sum after the parts that name it."""
    for whole in rows:
        parts = [
            row
            for row in rows
            if row.m.role in LAYERS
            and row.m.reference_record == whole.id
            and row.dimension == whole.dimension
            and own_arm(row) == own_arm(whole)
            and _same_circuit(row, whole)
        ]
        if whole.m.role != "bound" or whole.value is None or not parts:
            continue
        if any(part.value is None for part in parts):
            continue
        left = whole.value - sum(part.value or 0.0 for part in parts)
        errors = [_error(row) for row in (whole, *parts)]
        known = [error for error in errors if error is not None]
        error = math.hypot(*known) if known else None
        if left <= 0.0:
            continue
        ends: Interval = (left, left)
        if error is not None and left < DETECTED * error:
            ends = (None, left + BOUNDED * error)
        relative = None if error is None else error / left
        yield _row("rest", [whole, *parts], own_arm(whole), ends, relative)


def _alike(rows: Sequence[CanonicalRow]) -> Iterator[CanonicalRow]:
    """Yield what two sums say that differ in the contact alone: a bound on the larger, a ratio.

    Whatever they share, up to all of the smaller one, the ratio of the contacts is no more than the
    ratio of the sums.
    """
    for first in rows:
        if first.m.role != "bound" or not (first.m.reference_sample or first.m.reference_state):
            continue
        for second in rows:
            if own_arm(second) != reference_arm(first) or not _same_sum(first, second):
                continue
            if first.value is None or second.value is None or first.value == second.value:
                continue
            small, large = sorted((first, second), key=lambda row: row.value or 0.0)
            parents = [large, small]
            least = (large.value or 0.0) - (small.value or 0.0)
            yield _row("at_least", parents, own_arm(large), (least, None), None)
            most = (small.value or 0.0) / (large.value or 1.0)
            yield _ratio(parents, own_arm(small), own_arm(large), most)


def _same_sum(a: CanonicalRow, b: CanonicalRow) -> bool:
    same = (a.m.role, a.m.component, a.m.value_covers, a.dimension)
    return same == (b.m.role, b.m.component, b.m.value_covers, b.dimension) and _same_circuit(a, b)


def _aged(rows: Sequence[CanonicalRow]) -> Iterator[CanonicalRow]:
    """Yield the value of a sample in another state, from a printed value and a printed change."""
    for change in filter(_is_change, rows):
        arm, reference = own_arm(change), reference_arm(change)
        if arm[0] != reference[0] or arm == reference or change.temperature_c is None:
            continue
        for level in filter(_is_level, rows):
            if own_arm(level) != reference or not _same_circuit(level, change):
                continue
            ends = (_times(level.lo, change.lo), _times(level.hi, change.hi))
            errors = [e for e in (_relative_error(level), _relative_error(change)) if e is not None]
            error = math.hypot(*errors) if errors else None
            if ends != (None, None):
                yield _row("changed", [level, change], arm, ends, error, change.id)
            break


def _row(
    kind: str,
    parents: Sequence[CanonicalRow],
    arm: Arm,
    ends: Interval,
    error: float | None,
    name: str = "",
) -> CanonicalRow:
    """Make a row like the first parent at another arm; ``error`` is relative to the value."""
    first = parents[0]
    lo, hi = ends
    value = lo if lo == hi else None
    rest_of_cell = kind == "rest" and first.m.component == "whole_cell"
    m = replace(
        first.m,
        record_id=f"{name or first.id}.{kind}",
        sample_id=arm[0],
        state_id=arm[1],
        role="bound" if rest_of_cell else "interface",
        component="whole_cell" if rest_of_cell else "total",
        **_text(lo, hi, first.unit or ""),
        **_COMPUTED,
        notes=f"Computed from {' and '.join(row.id for row in parents)}.",
    )
    sd = None if error is None or value is None else error * value
    return replace(
        first,
        printed=m,
        m=m,
        lo=lo,
        value=value,
        hi=hi,
        sd=sd,
        correction="",
        derived_from=tuple(row.id for row in parents),
    )


def _ratio(parents: Sequence[CanonicalRow], arm: Arm, reference: Arm, most: float) -> CanonicalRow:
    """Make the change of ``arm`` over ``reference``: at most so much."""
    row = _row("ratio", parents, arm, (None, most), None)
    words = {"role": "relative", "quantity": "relative_resistance", "unit_text": "ratio"}
    words |= {"value_covers": "not_applicable"}
    m = replace(row.m, **words, reference_sample=reference[0], reference_state=reference[1])
    return replace(row, printed=m, m=m, unit="ratio", dimension="relative_change")


# What a computed row does not take over from a printed one.
_COMPUTED = {
    "basis": "calculated",
    "unc_minus": "",
    "unc_plus": "",
    "unc_kind": "not_reported",
    "unc_level": "",
    "n": "",
    "n_of": "",
    "reading_error": "",
    "reference_sample": "",
    "reference_state": "",
    "reference_record": "",
}


def _text(lo: float | None, hi: float | None, unit: str) -> dict[str, str]:
    """Write the ends as a printed row would: value, upper end, qualifier, unit."""
    if lo is None or hi is None:
        end, qualifier = (hi, "le") if lo is None else (lo, "ge")
        value, upper = shown(end or 0.0), ""
    else:
        value, upper = shown(lo), "" if lo == hi else shown(hi)
        qualifier = "exact" if lo == hi else "between"
    return {"value_text": value, "upper_text": upper, "qualifier": qualifier, "unit_text": unit}


def _error(row: CanonicalRow) -> float | None:
    """Return the printed uncertainty or reading error of an exact row, in its canonical unit."""
    relative = _relative_error(row)
    return None if relative is None or row.value is None else relative * abs(row.value)


def _relative_error(row: CanonicalRow) -> float | None:
    printed, reading = number(row.m.value_text), number(row.m.reading_error)
    errors = []
    if row.sd is not None and row.value:
        errors.append(row.sd / abs(row.value))
    if reading is not None and printed:
        errors.append(abs(reading / printed))
    return math.hypot(*errors) if errors else None


def _of_larger(errors: tuple[float | None, float | None], share: float | None) -> float | None:
    """Return the relative error of d / (1 - q) from those of d and q."""
    difference, change = errors
    return _combined(difference, change, 0.0 if not share else share / (1.0 - share))


def _of_smaller(errors: tuple[float | None, float | None], share: float | None) -> float | None:
    """Return the relative error of d q / (1 - q) from those of d and q."""
    difference, change = errors
    return _combined(difference, change, 1.0 if not share else 1.0 / (1.0 - share))


def _combined(first: float | None, second: float | None, weight: float) -> float | None:
    if first is None and second is None:
        return None
    return math.hypot(first or 0.0, weight * (second or 0.0))


def _rest_of(share: float | None) -> float | None:
    return None if share is None else 1.0 - share


def _over(value: float | None, divisor: float | None) -> float | None:
    return None if value is None or not divisor else value / divisor


def _times(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a * b
