"""Resistance, capacitance and frequency of one arc belong together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metastudy.corpus.canonical import CanonicalRow, area_cm2, shown
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import warning
from metastudy.corpus.vocabulary import Vocabulary

RC_FREQUENCY = warning(
    "rc-frequency",
    reason="At the top of an arc R C omega = 1; a factor of 2 pi is f taken for omega.",
    good="1000 ohm, 1 uF and 159 Hz",
    bad="1000 ohm, 1 uF and 1000 Hz, which is 1000 rad/s",
    needs="same sample, state, component and (where printed) temperature: R, C and f or tau, or "
    "tau and f; one finding for each study",
)
CAPACITANCE_WINDOW = warning(
    "capacitance-window",
    reason="A contact has 0.05 to 20 uF cm-2; less is a grain boundary or bulk, more an electrode.",
    good="2 uF cm-2",
    bad="200 uF cm-2, or 0.2 nF cm-2",
    needs="a capacitance of the contact; its area, where it is printed in farad",
)

SMALLEST_F_CM2 = 0.05e-6
LARGEST_F_CM2 = 20e-6
_TOLERANCE = 1.5  # a depressed arc and rounded digits stay within it, 2 pi and 2 do not
_ARC = frozenset({"total", "interphase", "charge_transfer", "unknown"})


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the arcs of every sample and state."""
    arcs: dict[tuple[str, str, str], list[CanonicalRow]] = {}
    for row in checked.rows:
        if row.m.component in _ARC and row.m.role in ("interface", "kinetic", "bound"):
            key = (row.study.id, row.m.sample_id, row.m.state_id)
            arcs.setdefault(key, []).append(row)
            yield from _window(row, checked.vocabulary)
    slips: dict[str, list[_Slip]] = {}
    for rows in arcs.values():
        for slip in _slips([e for e in rows if e.value is not None], checked.vocabulary):
            slips.setdefault(slip.mark.study.id, []).append(slip)
    for found in slips.values():
        yield _frequency_finding(sorted(found, key=lambda slip: slip.mark.line))


def _window(row: CanonicalRow, vocabulary: Vocabulary) -> Iterator[Finding]:
    per_area = _per_area(row, vocabulary)
    if per_area is None or not row.dimension.startswith("capacitance"):
        return
    n = None if row.cell is None else row.cell.contacts_counted
    counts = {"one": [1], "all": [n or 1]}.get(row.m.value_covers, [1, n or 1])
    # Contacts in series: each has n times the capacitance of the circuit.
    low = None if row.lo is None else max(counts) * row.lo * per_area
    high = None if row.hi is None else min(counts) * row.hi * per_area
    if (low is None or low <= LARGEST_F_CM2) and (high is None or high >= SMALLEST_F_CM2):
        return
    micro = shown(1e6 * (row.lo if row.lo is not None else row.hi or 0.0) * per_area)
    message = f"the capacitance of {row.text} is {micro} uF per cm2 of one contact."
    hint = "A contact has 0.05 to 20: check unit and area, or which process the arc is."
    numbers = {"capacitance": row.m.value_text, "uF_cm2": micro}
    yield CAPACITANCE_WINDOW.of_row(row, "value_text", message, hint, [row.id], numbers)


def _per_area(row: CanonicalRow, vocabulary: Vocabulary) -> float | None:
    """Return what turns a row into a capacitance or resistance per contact area, or None."""
    if row.dimension in ("capacitance_per_area", "resistance_area"):
        return 1.0
    area = area_cm2(row.contact, vocabulary)
    if area is None or row.dimension not in ("capacitance", "resistance"):
        return None
    return 1.0 / area if row.dimension == "capacitance" else area


def _product(r: CanonicalRow, c: CanonicalRow, vocabulary: Vocabulary) -> float | None:
    """Return R C in s: as printed where the units allow, otherwise by the contact's area."""
    if r.value is None or c.value is None:
        return None
    if (r.dimension, c.dimension) == ("resistance", "capacitance"):
        return r.value * c.value
    of_r, of_c = _per_area(r, vocabulary), _per_area(c, vocabulary)
    return None if of_r is None or of_c is None else r.value * of_r * c.value * of_c


@dataclass(frozen=True)
class _Slip:
    """A frequency or time that does not fit: its partners and the product that should be 1."""

    mark: CanonicalRow
    partners: tuple[CanonicalRow, ...]
    product: float


def _slips(rows: Sequence[CanonicalRow], vocabulary: Vocabulary) -> Iterator[_Slip]:
    """Compare each frequency with R C and with tau, each tau with R C, of the same arc."""
    for mark in rows:
        omega = _omega(mark)
        if omega is None:
            continue
        near = [e for e in rows if _same_arc(e, mark)]
        r = [e for e in near if e.dimension in ("resistance", "resistance_area")]
        c = [e for e in near if e.dimension in ("capacitance", "capacitance_per_area")]
        times = [e for e in near if e.dimension == "time" and mark.dimension != "time"]
        found: list[tuple[tuple[CanonicalRow, ...], float | None]] = []
        if r and c:
            found.append(((r[0], c[0]), _product(r[0], c[0], vocabulary)))
        if times:
            found.append(((times[0],), times[0].value))
        for partners, seconds in found:
            if seconds and not 1 / _TOLERANCE <= seconds * omega <= _TOLERANCE:
                yield _Slip(mark, partners, seconds * omega)


def _same_arc(row: CanonicalRow, mark: CanonicalRow) -> bool:
    same_temperature = row.temperature_c in (None, mark.temperature_c)
    same_part = row.m.component == mark.m.component
    return row is not mark and same_part and same_temperature


def _omega(row: CanonicalRow) -> float | None:
    """Return the angular frequency of the top of the arc in rad/s."""
    if row.m.role != "kinetic" or not row.value or row.value < 0:
        return None
    if row.dimension == "frequency":
        return 2 * math.pi * row.value
    if row.dimension == "angular_frequency":
        return row.value
    return 1 / row.value if row.dimension == "time" else None


def _frequency_finding(slips: Sequence[_Slip]) -> Finding:
    """Make one finding for a study, with every product in its numbers."""
    first = slips[0]
    mark, product = first.mark, shown(first.product)
    name = "R C omega" if len(first.partners) == 2 else "tau omega"
    if mark.dimension == "time":
        name = "R C / tau"
    rows = [*first.partners, mark]
    texts = ", ".join(e.text for e in rows[:-1]) + f" and {rows[-1].text}"
    others = [f"{shown(slip.product)} ({slip.mark.id})" for slip in slips[1:]]
    more = f"; other rows give {', '.join(others)}" if others else ""
    message = f"{name} is {product} for {texts}{more}."
    records = dict.fromkeys(e.id for slip in slips for e in (*slip.partners, slip.mark))
    numbers: dict[str, str] = {}
    for slip in slips:
        known = numbers.get(slip.mark.id)
        numbers[slip.mark.id] = (
            shown(slip.product) if known is None else (f"{known}, {shown(slip.product)}")
        )
    hint = _advice(first)
    return RC_FREQUENCY.of_row(mark, "value_text", message, hint, list(records), numbers)


def _advice(slip: _Slip) -> str:
    """Name the factor of 2 pi that would make the product 1."""

    def near(factor: float) -> bool:
        return 1 / _TOLERANCE <= slip.product / factor <= _TOLERANCE

    turn = 2 * math.pi
    if len(slip.partners) == 1 and near(turn**2):
        return "It is 1 if omega is printed and the time is a period: two factors of 2 pi."
    if slip.mark.dimension == "frequency" and near(turn):
        return "It is 1 if the printed frequency is an angular one: a factor of 2 pi."
    if slip.mark.dimension == "angular_frequency" and near(1 / turn):
        return "It is 1 if the printed angular frequency is one in hertz: a factor of 2 pi."
    if slip.mark.dimension == "time" and near(1 / turn):
        return "It is 1 if the printed time is a period 2 pi/omega: a factor of 2 pi."
    return "It should be 1: check units, areas, and whether R and C cover as many contacts."
