"""What contacts of a class have shown so far, with room on both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.entry import Entry, Ledger, contact_area, shown
from metastudy.corpus.rules.rule import warning

PLAUSIBLE_RESISTANCE = warning(
    "plausible-resistance",
    reason="Outside what its class has shown, a unit, prefix or area is wrong more often than not.",
    good="64 ohm cm2 for PE/SE",
    bad="64000000 ohm cm2 for PE/SE",
    needs="a contact resistance with its class; its area, where it is printed in ohm",
)
PLAUSIBLE_ENERGY = warning(
    "plausible-energy",
    reason="Below 0.1 and above 1.5 eV no ion crosses a contact by thermal activation in a cell.",
    good="0.70 eV, 45 kJ mol-1",
    bad="0.07 eV, 4.5 kJ mol-1",
    needs="an activation energy of a contact",
)


@dataclass(frozen=True)
class Limits:
    """The area-specific resistances (ohm cm2) that pass without a question."""

    lowest: float
    highest: float


# Weiss 2020 (10.1007/s41918-020-00062-7), Figures 3 and 4, spans 1 to 1e5 ohm cm2 for LE/SE and
# PE/SE; a decade of room on either side. Its solid pairs start lower.
RESISTANCES: Mapping[str, Limits] = {
    "LE/SE": Limits(0.1, 1e6),
    "PE/SE": Limits(0.1, 1e6),
    "SE/SE": Limits(0.01, 1e6),
}
LOWEST_EV, HIGHEST_EV = 0.1, 1.5


def findings(ledger: Ledger) -> Iterator[Finding]:
    """Hold the contact rows against what their class has shown."""
    for entry in ledger.entries:
        contact = entry.contact
        if entry.m.role != "interface" or contact is None or entry.value is None:
            continue
        if entry.withdrawn:
            continue
        if entry.m.quantity == "activation_energy":
            yield from _energy(entry)
        limits = RESISTANCES[contact.interface_class]
        value = _areal(entry, ledger)
        if value is not None and not limits.lowest <= value <= limits.highest:
            message = (
                f"the contact resistance of {entry.text} is {shown(value)} ohm cm2, outside the "
                f"{limits.lowest:g} to {limits.highest:g} of {contact.interface_class}."
            )
            hint = "Check unit, prefix and area, or decide with a reason."
            numbers = {"value": entry.m.value_text, "ohm_cm2": shown(value)}
            place = entry.place("value_text")
            yield PLAUSIBLE_RESISTANCE.at(
                place, message, hint, entry.m.value_text, [entry.id], numbers
            )


def _areal(entry: Entry, ledger: Ledger) -> float | None:
    if entry.dimension == "resistance_area":
        return entry.value
    area = contact_area(entry.contact, ledger.vocabulary)
    if entry.dimension != "resistance" or area is None or entry.value is None:
        return None
    return entry.value * area


def _energy(entry: Entry) -> Iterator[Finding]:
    if entry.value is None or LOWEST_EV <= entry.value <= HIGHEST_EV:
        return
    message = f"the activation energy of {entry.text} is {shown(entry.value)} eV."
    hint = f"A contact has {LOWEST_EV} to {HIGHEST_EV} eV: check the unit, or decide."
    numbers = {"value": entry.m.value_text, "ev": shown(entry.value)}
    place = entry.place("value_text")
    yield PLAUSIBLE_ENERGY.at(place, message, hint, entry.m.value_text, [entry.id], numbers)
