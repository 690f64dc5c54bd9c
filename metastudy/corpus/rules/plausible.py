"""What contacts of a class have shown so far, with room on both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metastudy.corpus.canonical import CanonicalRow, area_cm2, shown
from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import warning
from metastudy.corpus.study import StudyContact, number
from metastudy.corpus.vocabulary import Vocabulary

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
LOWEST_EV, HIGHEST_EV = 0.1, 1.5


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold the contact rows against what their class has shown."""
    for row in checked.rows:
        contact = row.contact
        if row.m.role != "interface" or contact is None:
            continue
        yield from _spread(row)
        if row.m.quantity == "activation_energy":
            yield from _energy(row)
        else:
            yield from _resistance(row, contact, checked.vocabulary)


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
