"""The same number printed elsewhere is the same number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from metastudy.corpus.canonical import CanonicalRow, shown
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import warning
from metastudy.corpus.rules.series_sum import in_dimension
from metastudy.corpus.vocabulary import Vocabulary

REPEAT_DIFFERS = warning(
    "repeat-differs",
    reason="A repeat that differs shows a slip in one of the works, or that it is no repeat.",
    good="16 ohm cm2 repeats 15.8 ohm cm2",
    bad="32 ohm cm2 repeats 15.8 ohm cm2",
    needs="reference_record to a row of the same quantity, off by more than 5 % and the last "
    "printed digit, per contact where both counts are known",
)
SLIP = warning(
    "factor-slip",
    reason="A factor of 2, 2 pi or 1000 between rows of one thing is a count, a turn, a prefix.",
    good="64 ohm cm2 in the text and in the table",
    bad="64 ohm cm2 in the text and 128 ohm cm2 in the table",
    needs="same sample, state, temperature, component and quantity, and no reference_record",
)

FACTORS: Mapping[str, float] = {"2": 2.0, "1000": 1000.0, "2 pi": 2 * math.pi}
_NEAR = 0.01
_SAME = 0.05
_APPROXIMATE = 0.25

_LEVELS = frozenset({"resistance", "resistance_area", "conductance_per_area", "energy"})


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold linked repeats, and rows of one thing."""
    for row in checked.rows:
        other = checked.by_record.get(row.m.reference_record)
        if other is not None and row.m.role == other.m.role:
            yield from _linked(row, other, checked.vocabulary)
    for group in checked.together.values():
        yield from _slips(group)


def factor_of(ratio: float, near: float = _NEAR) -> str | None:
    """Name the slip that a ratio looks like, either way round, or None."""
    for name, factor in FACTORS.items():
        if abs(ratio / factor - 1) <= near or abs(ratio * factor - 1) <= near:
            return name
    return None


def _per_contact(row: CanonicalRow, value: float) -> float:
    n = None if row.cell is None else row.cell.contacts_counted
    return value / n if n and row.m.value_covers == "all" else value


def _linked(row: CanonicalRow, other: CanonicalRow, vocabulary: Vocabulary) -> Iterator[Finding]:
    if row.dimension not in _LEVELS or other.value is None:
        return
    value = in_dimension(row, other.dimension, vocabulary)
    both = {row.dimension, other.dimension}
    comparable = len(both) == 1 or both <= {"resistance", "resistance_area"}
    if not comparable or not value or not other.value or row.m.component != other.m.component:
        return
    ratio = _per_contact(row, value) / _per_contact(other, other.value)
    rough = "approx" in (row.m.qualifier, other.m.qualifier)
    allowed = max(_APPROXIMATE if rough else _SAME, last_digit(row), last_digit(other))
    if abs(ratio - 1) <= allowed:
        return
    name = factor_of(ratio, _SAME)
    message = f"{row.text} repeats {other.id}, which is {other.text}: {shown(ratio)} times it."
    hint = f"It looks like a factor of {name}." if name else "Check that it repeats that record."
    numbers = {"repeat": row.m.value_text, "original": other.m.value_text, "ratio": shown(ratio)}
    records = [row.id, other.id]
    yield REPEAT_DIFFERS.of_row(row, "value_text", message, hint, records, numbers)


def last_digit(row: CanonicalRow) -> float:
    """Return half a unit of the last printed digit, relative to the number."""
    mantissa = row.m.value_text.lstrip("+-").replace("×", "x").split("x")[0].split("e")[0]
    mantissa = mantissa.split("E")[0].split(" ")[0].split("·")[0]
    try:
        size = float(mantissa)
    except ValueError:
        return 0.0
    decimals = len(mantissa.partition(".")[2])
    return 0.5 * 10.0**-decimals / size if size else 0.0


def _slips(group: Sequence[CanonicalRow]) -> Iterator[Finding]:
    rows = [
        row for row in group if row.m.role == "interface" and row.dimension in _LEVELS and row.value
    ]
    for first, second in combinations(rows, 2):
        a, b = first.m, second.m
        if (a.component, a.quantity) != (b.component, b.quantity):
            continue
        if a.reference_record or b.reference_record:
            continue
        ratio = _per_contact(second, second.value or 0) / _per_contact(first, first.value or 1)
        name = factor_of(ratio)
        if name is None:
            continue
        message = (
            f"{second.text} is {shown(ratio)} times the {first.text} of {first.id}, the same "
            f"sample, state and temperature: a factor of {name}."
        )
        hint = "Check value_covers, unit and state of both rows, or decide with a reason."
        numbers = {"first": a.value_text, "second": b.value_text, "ratio": shown(ratio)}
        records = [first.id, second.id]
        yield SLIP.of_row(second, "value_text", message, hint, records, numbers)
