"""What contacts of a class have shown so far, with room on both sides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from metastudy.corpus.canonical import CanonicalRow, area_cm2, shown, temperature_range
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import warning
from metastudy.corpus.rules.series_sum import in_dimension
from metastudy.corpus.study import StudyContact, number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import ZERO_CELSIUS_K

PLAUSIBLE_RESISTANCE = warning(
    "plausible-resistance",
    reason="Outside what its class has shown, a unit, prefix or area is wrong more often than not.",
    good="64 ohm cm2 for PE/SE",
    bad="64000000 ohm cm2 for PE/SE",
    needs="a contact resistance with its class; its area, where it is printed in ohm",
)
PLAUSIBLE_ENERGY = warning(
    "plausible-energy",
    reason="The curated contacts have 0.3 to 1.0 eV; far outside, the unit is wrong.",
    good="0.70 eV, 45 kJ mol-1",
    bad="0.07 eV, 4.5 kJ mol-1",
    needs="an activation energy of a contact",
)
SPREAD_EXCEEDS = warning(
    "spread-exceeds",
    reason="A contact that is above zero is seldom within its own size of nothing; a digit, an "
    "exponent or the kind of uncertainty is wrong more often, or the value is a bound.",
    good="64 +- 6 ohm cm2",
    bad="64 +- 640 ohm cm2",
    needs="a contact resistance or activation energy with a printed lower uncertainty",
)
PLAUSIBLE_TEMPERATURE = warning(
    "plausible-temperature",
    reason="303 in degC is a kelvin more often than a measurement.",
    good="30, for 303 K",
    bad="303 for a contact with a liquid electrolyte",
    needs="a temperature in degC, of a row or of its range, outside what its class was measured at",
)
FAR_FROM_FAMILY = warning(
    "far-from-family",
    reason="Three decades from all other works of its family, a prefix or an area is wrong.",
    good="64 ohm cm2 where other works of the family have 20 to 800",
    bad="64 kohm cm2 there",
    needs="an exact contact resistance with its area; four other works of the same class, ion, "
    "family of solid electrolyte and partner class",
)


@dataclass(frozen=True)
class Limits:
    """The area-specific resistances (ohm cm2) that pass without a question."""

    lowest: float
    highest: float


# The curated rows run from 0.3 (PE/SE), 18 (LE/SE) and 0.4 (SE/SE) ohm cm2 up to 1e5 ohm cm2. The
# limits leave room around them and still catch a slip of 1000 from where most rows lie.
RESISTANCES: Mapping[str, Limits] = {
    "LE/SE": Limits(0.1, 1e6),
    "PE/SE": Limits(0.1, 1e6),
    "SE/SE": Limits(0.01, 1e6),
}
# Liquids boil or decompose, polymers decompose; between solids some contacts are measured hot.
TEMPERATURES: Mapping[str, tuple[float, float]] = {
    "LE/SE": (-100.0, 150.0),
    "PE/SE": (-100.0, 200.0),
    "SE/SE": (-150.0, 600.0),
}
_ROOM = (-40.0, 120.0)  # a number that is a usual temperature once it is read as kelvin
DECADES, OTHER_WORKS = 3.0, 4
LOWEST_EV, HIGHEST_EV = 0.1, 1.5


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the contact rows against what their class and family have shown."""
    for row in checked.rows:
        contact = row.contact
        if contact is None:
            continue
        yield from _temperature(row, contact)
        if row.m.role != "interface":
            continue
        yield from _spread(row)
        if row.m.quantity == "activation_energy":
            yield from _energy(row)
        else:
            yield from _resistance(row, contact, checked.vocabulary)
    yield from _far(checked)


def _temperature(row: CanonicalRow, contact: StudyContact) -> Iterator[Finding]:
    lowest, highest = TEMPERATURES[contact.interface_class]
    ends = temperature_range(row.m.range_text) or ()
    own = () if row.temperature_c is None or row.temperature_in_words else (row.temperature_c,)
    for column, values in (("temperature_text", own), ("range_text", ends)):
        outside = [value for value in values if not lowest <= value <= highest]
        if not outside:
            continue
        message = (
            f"{column} is {getattr(row.m, column)} degC, outside the {lowest:g} to {highest:g} of "
            f"{contact.interface_class}."
        )
        celsius = outside[-1] - ZERO_CELSIUS_K
        hint = "Check the unit, or decide with a reason."
        if _ROOM[0] <= celsius <= _ROOM[1]:
            hint = f"{outside[-1]:g} K is {celsius:.6g} degC: type that, or decide with a reason."
        numbers = {"temperature": getattr(row.m, column)}
        yield PLAUSIBLE_TEMPERATURE.of_row(row, column, message, hint, [row.id], numbers)


def _far(checked: CheckedRows) -> Iterator[Finding]:
    """Hold each work's resistances against the medians of the other works of its family."""
    families: dict[tuple[str, ...], list[tuple[CanonicalRow, float]]] = {}
    for row in checked.rows:
        contact = row.contact
        if contact is None or row.m.role != "interface" or row.m.component != "total":
            continue
        value = in_dimension(row, "resistance_area", checked.vocabulary)
        if value and row.dimension in ("resistance", "resistance_area"):
            family = checked.vocabulary["solid_electrolyte"][contact.solid_electrolyte]["family"]
            key = (contact.interface_class, contact.ion, family, contact.partner_class)
            families.setdefault(key, []).append((row, math.log10(value)))
    for rows in families.values():
        works: dict[str, list[float]] = {}
        for row, y in rows:
            works.setdefault(row.study.id, []).append(y)
        medians = sorted((median(values), name) for name, values in works.items())
        if len(medians) > OTHER_WORKS:
            for row, y in rows:
                yield from _far_row(row, y, medians)


def _far_row(
    row: CanonicalRow, y: float, medians: Sequence[tuple[float, str]]
) -> Iterator[Finding]:
    """Hold one row: further than three decades from the nearest other work, on one side of all."""
    lower = next((m for m, name in medians if name != row.study.id), y)
    upper = next((m for m, name in reversed(medians) if name != row.study.id), y)
    if lower - DECADES < y < upper + DECADES:
        return
    span = f"{10**lower:.2g} to {10**upper:.2g} ohm cm2"
    message = (
        f"the contact resistance is {row.text}, more than {DECADES:g} decades from all "
        f"{len(medians) - 1} other works of its family ({span})."
    )
    hint = "Check unit, prefix and area, or decide with a reason."
    numbers = {"value": row.m.value_text}
    yield FAR_FROM_FAMILY.of_row(row, "value_text", message, hint, [row.id], numbers)


def _spread(row: CanonicalRow) -> Iterator[Finding]:
    minus, value = number(row.m.unc_minus), number(row.m.value_text)
    if row.value is None or minus is None or value is None or minus < value:
        return
    message = f"{row.text} has a lower uncertainty of {row.m.unc_minus}, as large as itself."
    hint = "Check digits, exponent and unc_kind; what may be nothing is a bound, or decide."
    numbers = {"value": row.m.value_text, "unc_minus": row.m.unc_minus}
    yield SPREAD_EXCEEDS.of_row(row, "unc_minus", message, hint, [row.id], numbers)


def _resistance(
    row: CanonicalRow, contact: StudyContact, vocabulary: Vocabulary
) -> Iterator[Finding]:
    area = 1.0 if row.dimension == "resistance_area" else area_cm2(contact, vocabulary)
    if area is None or row.dimension not in ("resistance", "resistance_area"):
        return
    limits = RESISTANCES[contact.interface_class]
    low, high = row.lo, row.hi
    if (low is None or low * area <= limits.highest) and (
        high is None or high * area >= limits.lowest
    ):
        return
    value = shown((low if low is not None else high or 0.0) * area)
    message = (
        f"the contact resistance of {row.text} is {value} ohm cm2, outside the "
        f"{limits.lowest:g} to {limits.highest:g} of {contact.interface_class}."
    )
    hint = "Check unit, prefix and area, or decide with a reason."
    numbers = {"value": row.m.value_text, "ohm_cm2": value}
    yield PLAUSIBLE_RESISTANCE.of_row(row, "value_text", message, hint, [row.id], numbers)


def _energy(row: CanonicalRow) -> Iterator[Finding]:
    if row.value is None or LOWEST_EV <= row.value <= HIGHEST_EV:
        return
    message = f"the activation energy of {row.text} is {shown(row.value)} eV."
    hint = f"A contact has {LOWEST_EV} to {HIGHEST_EV} eV: check the unit, or decide."
    numbers = {"value": row.m.value_text, "ev": shown(row.value)}
    yield PLAUSIBLE_ENERGY.of_row(row, "value_text", message, hint, [row.id], numbers)
