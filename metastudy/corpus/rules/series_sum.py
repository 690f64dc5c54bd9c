"""Resistances in series add up: parts, contacts and the whole cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from metastudy.corpus.canonical import CanonicalRow, area_cm2, shown
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import warning
from metastudy.corpus.study import number
from metastudy.corpus.vocabulary import Vocabulary

SUM_OF_PARTS = warning(
    "sum-of-parts",
    reason="Whole cell minus layers is n times one contact, whatever the text calls the number.",
    good="(818 - 112 - 469)/2 = 118.5 ohm, value_covers one",
    bad="(818 - 112 - 469)/2 = 118.5 ohm, value_covers all",
    needs="one study and temperature; a whole cell with n_in_circuit above 1, its layers as "
    "normaliser or baseline rows, and a contact of the same sample and state, matching to 1 %",
)
PART_OF_WHOLE = warning(
    "part-of-whole",
    reason="A part cannot be larger than the whole it belongs to.",
    good="interphase 20 ohm cm2, total 46 ohm cm2",
    bad="interphase 60 ohm cm2, total 46 ohm cm2",
    needs="same sample, state and temperature; per contact where the count is known",
)
SMALL_INTERFACE = warning(
    "small-interface",
    reason="Below 2 % of the spectrum a contact cannot be separated from the fit of the rest.",
    good="lt 2 ohm cm2 in a cell of 100 ohm cm2",
    bad="exactly 0.5 ohm cm2 in a cell of 100 ohm cm2",
    needs="same sample, state and temperature; the whole cell as a bound row",
)
DIFFERENCE_ERROR = warning(
    "difference-error",
    reason="A difference below three times its error cannot be distinguished from zero.",
    good="lt 9 ohm cm2",
    bad="5 +/- 3 ohm cm2 by subtraction of another cell",
    needs="a contact resistance found by subtraction, with a printed uncertainty",
)

_RESISTANCES = frozenset({"resistance", "resistance_area"})
_PARTS = frozenset({"interphase", "charge_transfer"})
_WHOLES = frozenset({"interface+gb", "interface+electrode", "interface+bulk", "whole_cell"})
_SUBTRACTION = frozenset({"cell_subtraction", "hf_subtraction"})
_MATCH = 0.01  # printed sums agree to their last digit; 1 % keeps chance matches rare
_SMALLEST_SHARE = 0.02
_MOST_LAYERS = 8


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold every sum that the rows allow."""
    resistances = [row for row in checked.rows if row.dimension in _RESISTANCES]
    layers: dict[tuple[str, float | None, str], list[CanonicalRow]] = {}
    for row in resistances:
        if row.m.role in ("normaliser", "baseline") and row.value is not None:
            key = (row.study.id, row.temperature_c, row.dimension)
            layers.setdefault(key, []).append(row)
    for group in checked.together.values():
        rows = [row for row in group if row.dimension in _RESISTANCES]
        yield from _parts_and_wholes(rows, checked.vocabulary)
        for whole in rows:
            if whole.m.component == "whole_cell" and whole.value is not None:
                found = layers.get((whole.study.id, whole.temperature_c, whole.dimension), [])
                yield from _sums(whole, found, rows, checked.vocabulary)
                yield from _shares(whole, rows, checked.vocabulary)
    for row in resistances:
        yield from _difference(row)


def in_dimension(row: CanonicalRow, dimension: str, vocabulary: Vocabulary) -> float | None:
    """Return a resistance in ohm or ohm cm2 as printed, converted by the contact's area."""
    if row.value is None or row.dimension == dimension:
        return row.value
    area = area_cm2(row.contact, vocabulary)
    if area is None:
        return None
    return row.value * area if dimension == "resistance_area" else row.value / area


def _sums(
    whole: CanonicalRow,
    layers: Sequence[CanonicalRow],
    rows: Sequence[CanonicalRow],
    vocabulary: Vocabulary,
) -> Iterator[Finding]:
    n = None if whole.cell is None else whole.cell.contacts_counted
    if n is None or n < 2 or not 0 < len(layers) <= _MOST_LAYERS:
        return
    for row in rows:
        one = in_dimension(row, whole.dimension, vocabulary)
        if row.m.role != "interface" or row.m.component != "total" or not one:
            continue
        split = _split(whole, one, n, layers)
        if split is not None and row.m.value_covers != split.covers:
            yield _sum_finding(whole, row, n, split)


@dataclass(frozen=True)
class _Split:
    """What is left of a whole after its layers: that of ``count`` contacts."""

    covers: str
    count: int
    layers: tuple[CanonicalRow, ...]


def _split(
    whole: CanonicalRow, contact: float, n: int, layers: Sequence[CanonicalRow]
) -> _Split | None:
    """Find the layers that leave n contacts of the whole, else those that leave one."""
    for covers, count in (("one", n), ("all", 1)):
        parts = _matching(whole.value or 0.0, count * contact, layers)
        if parts:
            return _Split(covers, count, parts)
    return None


def _sum_finding(whole: CanonicalRow, row: CanonicalRow, n: int, split: _Split) -> Finding:
    printed = [part.m.value_text for part in split.layers]
    left = (whole.value or 0.0) - sum(part.value or 0.0 for part in split.layers)
    text = " - ".join([whole.m.value_text, *printed])
    text = f"({text})/{split.count}" if split.count > 1 else text
    scale = (number(whole.m.value_text) or 1.0) / (whole.value or 1.0)
    message = (
        f"{text} = {shown(scale * left / split.count)} {whole.m.unit_text} shows that the printed "
        f"{row.text} covers {split.covers} of {n} contacts, and value_covers is "
        f"{row.m.value_covers}."
    )
    numbers = {
        "whole": whole.m.value_text,
        "layers": ", ".join(printed),
        "n": str(n),
        "contact": row.m.value_text,
    }
    records = [whole.id, *(part.id for part in split.layers), row.id]
    hint = f"Type {split.covers}, or decide with a reason."
    return SUM_OF_PARTS.of_row(row, "value_covers", message, hint, records, numbers)


def _matching(
    total: float, rest: float, layers: Sequence[CanonicalRow]
) -> tuple[CanonicalRow, ...]:
    """Return the layers that leave ``rest`` of ``total``, most layers first, or none."""
    for size in range(len(layers), 0, -1):
        for parts in combinations(layers, size):
            left = total - sum(part.value or 0.0 for part in parts)
            if left > 0 and abs(left / rest - 1) <= _MATCH:
                return parts
    return ()


def _per_contact(row: CanonicalRow, bound: float) -> float:
    """Return the least that one contact of a row can be: divided where it may cover all."""
    n = None if row.cell is None else row.cell.contacts_counted
    return bound / n if n and row.m.value_covers in ("all", "unknown") else bound


def _parts_and_wholes(rows: Sequence[CanonicalRow], vocabulary: Vocabulary) -> Iterator[Finding]:
    """Hold every part against the smallest whole that it belongs to."""
    ranked = [(row, rank) for row in rows if (rank := _rank(row)) is not None]
    for part, low in ranked:
        found = [
            pair
            for whole, high in ranked
            if low < high
            for pair in _compare(part, whole, vocabulary)
        ]
        if found:
            yield min(found, key=lambda pair: pair[0])[1]


def _rank(row: CanonicalRow) -> int | None:
    if row.m.component in _PARTS:
        return 0
    if row.m.component == "total" and row.m.role == "interface":
        return 1
    return 2 if row.m.component in _WHOLES else None


def _compare(
    part: CanonicalRow, whole: CanonicalRow, vocabulary: Vocabulary
) -> Iterator[tuple[float, Finding]]:
    """Yield the whole's upper end with the finding, where the part exceeds it."""
    if part.lo is None or whole.hi is None:
        return
    least, most = part.lo, whole.hi
    if part.dimension != whole.dimension:
        area = area_cm2(part.contact, vocabulary)
        if area is None:
            return
        least = least * area if part.dimension == "resistance" else least
        most = most * area if whole.dimension == "resistance" else most
    if _per_contact(part, least) > most * (1 + _MATCH):
        message = (
            f"the {part.m.component} is {part.text}, more than the {whole.m.component} "
            f"of {whole.text} of the same sample, state and temperature."
        )
        numbers = {"part": part.m.value_text, "whole": whole.m.value_text}
        hint = "Check component, unit, exponent and state of both rows."
        records = [part.id, whole.id]
        yield most, PART_OF_WHOLE.of_row(part, "value_text", message, hint, records, numbers)


def _shares(
    whole: CanonicalRow, rows: Sequence[CanonicalRow], vocabulary: Vocabulary
) -> Iterator[Finding]:
    total = whole.value
    for row in rows:
        value = in_dimension(row, whole.dimension, vocabulary)
        if row.m.role != "interface" or row.m.component in _WHOLES or not value or not total:
            continue
        if value < _SMALLEST_SHARE * total:
            share = f"{100 * value / total:.2g}"
            message = (
                f"the contact of {row.text} is {share} % of the whole cell of {whole.text}, "
                f"too little to be separated from the rest."
            )
            numbers = {"contact": row.m.value_text, "whole": whole.m.value_text}
            hint = "Make it an upper bound (lt), or decide with a reason."
            records = [row.id, whole.id]
            yield SMALL_INTERFACE.of_row(row, "qualifier", message, hint, records, numbers)


def _difference(row: CanonicalRow) -> Iterator[Finding]:
    m = row.m
    value, error = number(m.value_text), number(m.unc_minus)
    if m.role != "interface" or m.evaluation not in _SUBTRACTION or row.value is None:
        return
    if value is None or not error or value >= 3 * error:
        return
    message = f"the difference of {row.text} is less than three times its error of {m.unc_minus}."
    numbers = {"difference": m.value_text, "error": m.unc_minus}
    hint = "Make it an upper bound (lt), or decide with a reason."
    yield DIFFERENCE_ERROR.of_row(row, "qualifier", message, hint, [row.id], numbers)
