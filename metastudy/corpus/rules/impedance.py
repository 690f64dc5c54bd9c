"""Resistance, capacitance and frequency of one arc belong together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.entry import Entry, Ledger, contact_area, shown
from metastudy.corpus.rules.rule import warning
from metastudy.corpus.vocabulary import Vocabulary

RC_FREQUENCY = warning(
    "rc-frequency",
    reason="At the top of an arc R C omega = 1; a factor of 2 pi is f taken for omega.",
    good="1000 ohm, 1 uF and 159 Hz",
    bad="1000 ohm, 1 uF and 1000 Hz, which is 1000 rad/s",
    needs="same sample, state, component and (where printed) temperature: R, C, and f or tau",
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


def findings(ledger: Ledger) -> Iterator[Finding]:
    """Hold the arcs of every sample and state."""
    arcs: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in ledger.entries:
        if entry.withdrawn or entry.m.component not in _ARC or entry.value is None:
            continue
        if entry.m.role in ("interface", "kinetic", "bound"):
            key = (entry.study.id, entry.m.sample_id, entry.m.state_id)
            arcs.setdefault(key, []).append(entry)
            yield from _window(entry, ledger.vocabulary)
    yield from _frequencies(arcs.values(), ledger.vocabulary)


def _window(entry: Entry, vocabulary: Vocabulary) -> Iterator[Finding]:
    value = _areal(entry, "capacitance", vocabulary)
    if value is None:
        return
    n = None if entry.cell is None else entry.cell.contacts_counted
    counts = {"one": [1], "all": [n or 1]}.get(entry.m.value_covers, [1, n or 1])
    each = [count * value for count in counts]
    if any(SMALLEST_F_CM2 <= c <= LARGEST_F_CM2 for c in each):
        return
    micro = shown(each[0] * 1e6)
    message = f"the capacitance of {entry.text} is {micro} uF per cm2 of one contact."
    hint = "A contact has 0.05 to 20: check unit and area, or which process the arc is."
    numbers = {"capacitance": entry.m.value_text, "uF_cm2": micro}
    place = entry.place("value_text")
    yield CAPACITANCE_WINDOW.at(place, message, hint, entry.m.value_text, [entry.id], numbers)


def _areal(entry: Entry, quantity: str, vocabulary: Vocabulary) -> float | None:
    """Return a capacitance per area or an area-specific resistance, by the contact's area."""
    per_area = {"capacitance": "capacitance_per_area", "resistance": "resistance_area"}[quantity]
    if entry.value is None or entry.dimension == per_area:
        return entry.value
    if entry.dimension != quantity:
        return None
    area = contact_area(entry.contact, vocabulary)
    if area is None:
        return None
    return entry.value / area if quantity == "capacitance" else entry.value * area


def _product(r: Entry, c: Entry, vocabulary: Vocabulary) -> float | None:
    """Return R C in s: as printed where the units allow, otherwise by the contact's area."""
    if r.value is None or c.value is None:
        return None
    if (r.dimension, c.dimension) == ("resistance", "capacitance"):
        return r.value * c.value
    ohm_cm2, f_cm2 = _areal(r, "resistance", vocabulary), _areal(c, "capacitance", vocabulary)
    return None if ohm_cm2 is None or f_cm2 is None else ohm_cm2 * f_cm2


def _omega(entry: Entry) -> float | None:
    """Return the angular frequency of the top of the arc in rad/s."""
    if not entry.value or entry.value < 0:
        return None
    if entry.dimension == "frequency":
        return 2 * math.pi * entry.value
    if entry.dimension == "angular_frequency":
        return entry.value
    return 1 / entry.value if entry.dimension == "time" else None


def _frequencies(arcs: Iterable[list[Entry]], vocabulary: Vocabulary) -> Iterator[Finding]:
    """Compare R, C and frequency; one finding for each study, with every product in it."""
    found: dict[str, list[tuple[Entry, Entry, Entry, float]]] = {}
    for rows in arcs:
        for mark in rows:
            omega = _omega(mark)
            pair = None if omega is None else _partners(mark, rows)
            if omega is None or pair is None:
                continue
            rc = _product(*pair, vocabulary)
            if rc and not 1 / _TOLERANCE <= rc * omega <= _TOLERANCE:
                found.setdefault(mark.study.id, []).append((mark, *pair, rc * omega))
    for slips in found.values():
        yield _frequency_finding(slips)


def _partners(mark: Entry, rows: Sequence[Entry]) -> tuple[Entry, Entry] | None:
    """Return the first resistance and capacitance of the same arc as a frequency."""
    near = [
        entry
        for entry in rows
        if entry.m.component == mark.m.component
        and (entry.temperature_c is None or entry.temperature_c == mark.temperature_c)
    ]
    r = [entry for entry in near if entry.dimension in ("resistance", "resistance_area")]
    c = [entry for entry in near if entry.dimension in ("capacitance", "capacitance_per_area")]
    return (r[0], c[0]) if r and c else None


def _frequency_finding(slips: Sequence[tuple[Entry, Entry, Entry, float]]) -> Finding:
    mark, r, c, product = slips[0]
    message = f"R C omega is {shown(product)} for {r.text}, {c.text} and {mark.text}"
    message += f", and {len(slips) - 1} more rows disagree." if len(slips) > 1 else "."
    records = list(dict.fromkeys(e.id for slip in slips for e in (slip[1], slip[2], slip[0])))
    numbers = {slip[0].id: shown(slip[3]) for slip in slips}
    place = mark.place("value_text")
    hint = _advice(mark, product)
    return RC_FREQUENCY.at(place, message, hint, mark.m.value_text, records, numbers)


def _advice(mark: Entry, product: float) -> str:
    def near(factor: float) -> bool:
        return 1 / _TOLERANCE <= product / factor <= _TOLERANCE

    turn = 2 * math.pi
    if mark.dimension == "frequency" and near(turn):
        return "It is 1 if the printed frequency is an angular one: a factor of 2 pi."
    if mark.dimension == "angular_frequency" and near(1 / turn):
        return "It is 1 if the printed angular frequency is one in hertz: a factor of 2 pi."
    if mark.dimension == "time" and near(1 / turn):
        return "It is 1 if the printed time is a period 2 pi/omega: a factor of 2 pi."
    return "It should be 1: check units, areas, and whether R and C cover as many contacts."
