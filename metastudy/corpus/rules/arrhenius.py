"""Activation energies against the rows, the range and the melting point they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from metastudy.corpus.canonical import CanonicalRow, melting_point_c, shown, temperature_range
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import warning
from metastudy.corpus.study import number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.physics.arrhenius import two_point_ea
from metastudy.physics.errors import PhysicsError
from metastudy.units import spread_to_canonical

EA_OF_BULK = warning(
    "ea-of-bulk",
    reason="A contact with the activation energy of the bulk may be an arc of the bulk.",
    good="0.70 eV for the contact, 0.36 eV for the ceramic",
    bad="0.36 eV for both",
    needs="same study; contact and bulk share the contact, or the bulk sample has none",
)
EA_SHORT_RANGE = warning(
    "ea-short-range",
    reason="Over less than 20 K, one kelvin of error is a tenth of an electronvolt or more.",
    good="range_text 30..90",
    bad="range_text 25..40",
    needs="an activation energy with its temperature range",
)
EA_REFERENCE = warning(
    "ea-reference",
    reason="Moved outside the fitted range, a resistance rests on an extrapolation.",
    good="range_text 30..90 for PE/SE, which is referred to 60 degC",
    bad="range_text 70..100 for PE/SE",
    needs="an activation energy of a contact with its temperature range",
)
STRADDLES_MELTING = warning(
    "straddles-melting",
    reason="Across the melting point of the polymer the line has a bend, and no one slope.",
    good="64 ohm cm2 at 70 and 130 at 60 degC",
    bad="64 ohm cm2 at 70 and 3.4 kohm cm2 at 30 degC, PEO",
    needs="PE/SE; one preparation, contact and component; fewer than three temperatures above",
)
TWO_POINT_EA = warning(
    "two-point-ea",
    reason="Printed resistances at two temperatures have an activation energy of their own.",
    good="64 ohm cm2 at 70 and 130 ohm cm2 at 60 degC, 0.70 eV",
    bad="64 ohm cm2 at 70 and 3.4 kohm cm2 at 30 degC, which is 0.89 eV, and 0.7 eV printed",
    needs="one preparation, contact and component (specimens may differ); 10 K apart; off by "
    "more than the printed plus-minus and 0.05 eV",
)

_SAME_EA_EV = 0.005
_SHORTEST_RANGE_K = 20.0
_SHORTEST_LEVER_K = 10.0
_LEAST_DIFFERENCE_EV = 0.05
_POINTS_FOR_A_LINE = 3

PreparedContact = tuple[str, str, str]


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold every activation energy, and every pair of temperatures."""
    energies = [e for e in checked.rows if e.m.quantity == "activation_energy" and e.value]
    for energy in energies:
        yield from _range(energy, checked.vocabulary)
    yield from _bulk(energies)
    own: dict[PreparedContact, list[CanonicalRow]] = {}
    for energy in filter(_is_own, energies):
        own.setdefault(_of(energy), []).append(energy)
    for group in _series(checked).values():
        yield from _straddle(group, checked.vocabulary)
        for energy in own.get(_of(group[0]), ()):
            yield from _two_points(energy, group, _spread(energy, checked.vocabulary))


def _of(row: CanonicalRow) -> PreparedContact:
    sample = row.study.samples.get(row.m.sample_id)
    if sample is None or not sample.contact:
        return (row.study.id, "", "")
    return (row.study.id, sample.preparation, sample.contact)


def _is_own(row: CanonicalRow) -> bool:
    """Say whether a row is the contact's own number, and no repeat of another row."""
    return row.m.role == "interface" and not row.m.reference_record


def _series(checked: CheckedRows) -> Mapping[tuple[str, ...], list[CanonicalRow]]:
    """Rows of one preparation, contact, component and coverage at printed temperatures."""
    series: dict[tuple[str, ...], list[CanonicalRow]] = {}
    for row in checked.rows:
        if row.dimension not in ("resistance", "resistance_area") or not _is_own(row):
            continue
        if (
            row.value
            and row.temperature_c is not None
            and not row.temperature_in_words
            and _of(row)[2]
        ):
            key = (*_of(row), row.m.component, row.dimension, row.m.value_covers)
            series.setdefault(key, []).append(row)
    return series


def _range(energy: CanonicalRow, vocabulary: Vocabulary) -> Iterator[Finding]:
    span = temperature_range(energy.m.range_text)
    if span is None:
        return
    low, high = span
    text, records = energy.m.range_text, [energy.id]
    if high - low < _SHORTEST_RANGE_K:
        width = shown(high - low)
        message = (
            f"the activation energy of {energy.text} comes from {text} degC, that is {width} K."
        )
        hint = "Decide whether it may serve; its error is at least that of 1 K in the range."
        numbers = {"range": text}
        yield EA_SHORT_RANGE.of_row(energy, "range_text", message, hint, records, numbers)
    contact = energy.contact
    if contact is None or energy.m.role != "interface":
        return
    name = contact.interface_class
    reference = vocabulary.number("interface_class", name, "reference_temperature_c")
    if reference is not None and not low <= reference <= high:
        message = f"the range {text} degC does not hold the {reference:g} degC of {name}."
        hint = "Decide whether it may be extended to the reference temperature."
        numbers = {"range": text, "reference_degC": f"{reference:g}"}
        yield EA_REFERENCE.of_row(energy, "range_text", message, hint, records, numbers)


def _bulk(energies: Sequence[CanonicalRow]) -> Iterator[Finding]:
    bulk: dict[str, list[CanonicalRow]] = {}
    for energy in energies:
        if energy.m.role in ("normaliser", "baseline"):
            bulk.setdefault(energy.study.id, []).append(energy)
    for energy in filter(_is_own, energies):
        for other in bulk.get(energy.study.id, ()):
            contact = _of(other)[2]
            if contact and contact != _of(energy)[2]:
                continue
            if abs((energy.value or 0) - (other.value or 0)) <= _SAME_EA_EV:
                message = f"the contact has {energy.text}, and {other.id} of the bulk {other.text}."
                hint = "Check that the arc is the contact, or decide with a reason."
                numbers = {"contact": energy.m.value_text, "bulk": other.m.value_text}
                records = [energy.id, other.id]
                yield EA_OF_BULK.of_row(energy, "value_text", message, hint, records, numbers)


def _straddle(group: Sequence[CanonicalRow], vocabulary: Vocabulary) -> Iterator[Finding]:
    contact = group[0].contact
    if contact is None or contact.interface_class != "PE/SE":
        return
    melting = melting_point_c(contact, vocabulary)
    if melting is None:
        return
    above = {e.temperature_c for e in group if (e.temperature_c or 0) >= melting}
    cold, hot = _ends(group)
    if not above or len(above) >= _POINTS_FOR_A_LINE or (cold.temperature_c or 0) >= melting:
        return
    message = (
        f"{_at(cold)} and {_at(hot)} degC straddle the melting point of {contact.polymer}, "
        f"{melting:g} degC."
    )
    hint = "No one activation energy joins them; decide which row serves the melt."
    numbers = {
        "below": cold.m.temperature_text,
        "above": hot.m.temperature_text,
        "melting_point": f"{melting:g}",
    }
    records = [cold.id, hot.id]
    yield STRADDLES_MELTING.of_row(cold, "temperature_text", message, hint, records, numbers)


def _at(row: CanonicalRow) -> str:
    return f"{row.text} at {row.m.temperature_text}"


def _ends(group: Sequence[CanonicalRow]) -> tuple[CanonicalRow, CanonicalRow]:
    """Return the first row at the lowest and the first at the highest temperature."""
    return (
        min(group, key=lambda e: e.temperature_c or 0.0),
        max(group, key=lambda e: e.temperature_c or 0.0),
    )


def _two_points(
    energy: CanonicalRow, group: Sequence[CanonicalRow], spread: float
) -> Iterator[Finding]:
    own = [e for e in group if e.m.sample_id == energy.m.sample_id]
    cold, hot = _ends(own) if len({e.temperature_c for e in own}) > 1 else _ends(group)
    t_cold, t_hot = cold.temperature_k, hot.temperature_k
    if t_cold is None or t_hot is None or t_hot - t_cold < _SHORTEST_LEVER_K:
        return
    if t_cold <= 0 or not cold.value or not hot.value or energy.value is None:
        return
    form = 1 if energy.m.ea_form == "ln_r_over_t" else 0
    try:
        found = two_point_ea(cold.value, t_cold, hot.value, t_hot, form)
    except PhysicsError:  # a number out of range is the finding of another rule
        return
    allowed = max(_LEAST_DIFFERENCE_EV, spread)
    if abs(found - energy.value) <= allowed:
        return
    m = energy.m
    plus_minus = f" +/- {m.unc_plus}" if m.unc_plus else ""
    message = (
        f"{_at(cold)} and {_at(hot)} degC give {found:.2f} eV, and {m.value_text}{plus_minus} "
        f"{m.unit_text} is printed."
    )
    numbers = {
        "cold": f"{cold.m.value_text} at {cold.m.temperature_text}",
        "hot": f"{hot.m.value_text} at {hot.m.temperature_text}",
        "ea_two_point_ev": f"{found:.2f}",
        "ea_printed": energy.m.value_text,
    }
    hint = "Decide which energy moves these rows, or check their units and temperatures."
    records = [energy.id, cold.id, hot.id]
    yield TWO_POINT_EA.of_row(energy, "value_text", message, hint, records, numbers)


def _spread(energy: CanonicalRow, vocabulary: Vocabulary) -> float:
    """Return the larger printed side of the uncertainty in eV, 0 where none is printed."""
    unit = vocabulary.unit_of(energy.m.unit_text)
    sides = [number(text) for text in (energy.m.unc_minus, energy.m.unc_plus)]
    largest = max((abs(side) for side in sides if side is not None), default=0.0)
    return spread_to_canonical(largest, energy.value or 0.0, unit) if unit else 0.0
