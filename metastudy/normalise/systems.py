"""What "nominally the same" means: keys of increasing strictness, and the phase of a polymer."""

from __future__ import annotations

from metastudy.corpus.study import Condition, Contact, number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import to_canonical


def condition_text(condition: Condition) -> str:
    """Return a condition as a short key, such as ``0.5 mol/L``; its missing word otherwise."""
    return f"{condition.value} {condition.unit}" if condition else condition.missing


def partner_key(contact: Contact) -> str:
    """Return the partner's chemicals and their ratio, without the salt."""
    if contact.interface_class == "SE/SE":
        return contact.second_solid_electrolyte
    if contact.polymer:
        chemicals = contact.polymer
        if contact.solvents and contact.partner_class != "polymer":
            chemicals += "+" + "+".join(sorted(contact.solvents))
        return chemicals
    known = any(c.isdigit() for c in contact.solvent_ratio)
    ratio = f" {contact.solvent_ratio}" if known else ""
    return ":".join(contact.solvents) + ratio


def family_key(contact: Contact, vocabulary: Vocabulary) -> str:
    """Return class, ion, family of the solid electrolyte, and class of the partner."""
    family = vocabulary["solid_electrolyte"][contact.solid_electrolyte]["family"]
    return " | ".join((contact.interface_class, contact.ion, family, contact.partner_class))


def material_key(contact: Contact) -> str:
    """Return class, ion, solid electrolyte and the partner's chemicals."""
    return " | ".join(
        (contact.interface_class, contact.ion, contact.solid_electrolyte, partner_key(contact))
    )


def system_key(contact: Contact) -> str:
    """Return what is nominally the same thing: the material key, the salt and its content."""
    return " | ".join((material_key(contact), contact.salt, condition_text(contact.salt_content)))


def melting_point_c(contact: Contact, vocabulary: Vocabulary) -> float | None:
    """Return the melting point (degC) of the membrane, of its polymer, or None if not known."""
    printed = contact.polymer_melting_point
    if printed:
        value = number(printed.value)
        unit = vocabulary.unit_of(printed.unit)
        if value is not None and unit is not None:
            return to_canonical(value, unit)
    if contact.polymer in vocabulary["polymer"]:
        return vocabulary.number("polymer", contact.polymer, "melting_point_c")
    return None


def phase_at(contact: Contact, temperature_c: float, vocabulary: Vocabulary) -> str:
    """Return the phase of the polymer at a temperature; at its melting point it is the melt."""
    if contact.interface_class != "PE/SE":
        return "none"
    melting = melting_point_c(contact, vocabulary)
    if melting is None:
        return "amorphous" if contact.polymer == "PEO_network" else "unknown"
    return "melt" if temperature_c >= melting else "semicrystalline"
