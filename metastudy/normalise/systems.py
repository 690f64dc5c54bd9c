"""What "nominally the same" means: keys of increasing strictness, and the phase of a polymer."""

from __future__ import annotations

from metastudy.corpus.canonical import melting_point_c
from metastudy.corpus.study import Condition, StudyContact, number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import CANONICAL, dimension_of, to_canonical


def condition_text(condition: Condition) -> str:
    """Return a condition as printed, such as ``0.5 M``; its missing word otherwise."""
    return f"{condition.value} {condition.unit}" if condition else condition.missing


def condition_key(condition: Condition, vocabulary: Vocabulary) -> str:
    """Return a condition in its canonical unit, so that 0.5 M and 0.50 mol/L are one key."""
    unit, value = vocabulary.unit_of(condition.unit), number(condition.value)
    if unit is None or value is None:
        return condition_text(condition)
    return f"{to_canonical(value, unit):.6g} {CANONICAL[dimension_of(unit)]}"


def partner_key(contact: StudyContact) -> str:
    """Return the partner's chemicals and their ratio, without the salt.

    Solvents are in alphabetical order with their shares of the whole, so that EC:DMC 3:7 and
    DMC:EC 70:30 are one partner. A ratio that is not of that form stays as printed.
    """
    if contact.interface_class == "SE/SE":
        return contact.second_solid_electrolyte
    if contact.polymer:
        chemicals = contact.polymer
        if contact.solvents and contact.partner_class != "polymer":
            chemicals += "+" + "+".join(sorted(contact.solvents))
        return chemicals
    parts = [number(part) for part in contact.solvent_ratio.split(":")]
    shares = [part for part in parts if part is not None]
    if len(shares) != len(contact.solvents) or len(shares) != len(parts) or not sum(shares):
        known = any(c.isdigit() for c in contact.solvent_ratio)
        ratio = f" {contact.solvent_ratio}" if known else ""
        return ":".join(sorted(contact.solvents)) + ratio
    mixture = sorted(zip(contact.solvents, shares, strict=True))
    names = ":".join(name for name, _ in mixture)
    return f"{names} {':'.join(f'{100.0 * share / sum(shares):.3g}' for _, share in mixture)}"


def family_key(contact: StudyContact, vocabulary: Vocabulary) -> str:
    """Return class, ion, family of the solid electrolyte, and class of the partner."""
    family = vocabulary["solid_electrolyte"][contact.solid_electrolyte]["family"]
    return " | ".join((contact.interface_class, contact.ion, family, contact.partner_class))


def material_key(contact: StudyContact) -> str:
    """Return class, ion, solid electrolyte and the partner's chemicals."""
    return " | ".join(
        (contact.interface_class, contact.ion, contact.solid_electrolyte, partner_key(contact))
    )


# Words for a salt or a content that the curator does not know.
UNKNOWN = frozenset({"not_reported", "not_accessed", "illegible", "absent"})


def system_key(contact: StudyContact, vocabulary: Vocabulary, study_id: str) -> str:
    """Return what is nominally the same thing: the material key, the salt and its content.

    An unknown is equal to no other unknown, so a salt or a content that is not known carries the
    name of its work: its rows are compared within the work and with no other.
    """
    content = condition_key(contact.salt_content, vocabulary)
    if {contact.salt, contact.salt_content.missing} & UNKNOWN:
        content += f" ({study_id})"
    return " | ".join((material_key(contact), contact.salt, content))


def phase_at(contact: StudyContact, temperature_c: float, vocabulary: Vocabulary) -> str:
    """Return the phase of the polymer at a temperature; at its melting point it is the melt."""
    if contact.interface_class != "PE/SE":
        return "none"
    melting = melting_point_c(contact, vocabulary)
    if melting is None:
        return "amorphous" if contact.polymer == "PEO_network" else "unknown"
    return "melt" if temperature_c >= melting else "semicrystalline"


def reference_phase(contact: StudyContact, reference_c: float, vocabulary: Vocabulary) -> str:
    """Return the phase of the reference state.

    From the reference temperature of the vocabulary upwards it is the melt, also of a membrane
    that melts a little above it: its melt branch is read there.
    """
    phase = phase_at(contact, reference_c, vocabulary)
    stated = vocabulary["interface_class"][contact.interface_class]["reference_temperature_c"]
    if phase == "semicrystalline" and reference_c >= float(stated):
        return "melt"
    return phase
