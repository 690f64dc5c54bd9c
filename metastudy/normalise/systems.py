"""What "nominally the same" means: keys of increasing strictness, and the phase of a polymer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from metastudy.corpus.canonical import melting_point_c
from metastudy.corpus.study import Condition, Study, StudyContact, number
from metastudy.corpus.vocabulary import Vocabulary
from metastudy.units import CANONICAL, dimension_of, to_canonical


def condition_text(condition: Condition) -> str:
    """Return a condition as printed, such as ``0.5 M``; its missing word otherwise."""
    if not condition:
        return condition.missing
    upper = f" to {condition.upper}" if condition.upper else ""
    return f"{condition.value}{upper} {condition.unit}"


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


def ratio_unknown(contact: StudyContact) -> bool:
    """Say whether a mixture of solvents has no printed ratio."""
    return len(contact.solvents) > 1 and not any(c.isdigit() for c in contact.solvent_ratio)


def salt_unknown(contact: StudyContact) -> bool:
    """Say whether the salt or its content is not known."""
    return bool({contact.salt, contact.salt_content.missing} & UNKNOWN)


class SystemKeys:
    """Material and system of every contact of a corpus, where an unknown does not split them.

    A contact whose ratio, salt or content is unknown takes the key of the known ones that agree
    with it in all else, if they have one key: those of its own work, otherwise those of all works.
    Where they have several or there is none it keeps a key of its own. Each contact has one key, so
    that "nominally the same" is an equivalence.

    Parameters
    ----------
    studies
        The works whose contacts are compared.
    """

    def __init__(self, studies: Iterable[Study], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._systems: dict[tuple[str, StudyContact], str] = {}
        self._contacts = [(s.id, contact) for s in studies for contact in s.contacts.values()]

    def material(self, study_id: str, contact: StudyContact) -> str:
        """Return class, ion, solid electrolyte and the partner's chemicals with their ratio."""
        plain = material_key(contact)
        if not ratio_unknown(contact):
            return plain
        return _only(study_id, [self._known_ratios[plain]]) or plain

    def system(self, study_id: str, contact: StudyContact) -> str:
        """Return what is nominally the same thing: the material, the salt and its content."""
        asked = (study_id, contact)
        if asked not in self._systems:
            self._systems[asked] = self._find_system(study_id, contact)
        return self._systems[asked]

    def _find_system(self, study_id: str, contact: StudyContact) -> str:
        material = self.material(study_id, contact)
        if not salt_unknown(contact):
            return _system(material, contact, self._vocabulary)
        salts = (contact.salt,) if contact.salt not in UNKNOWN else (*self._salts,)
        pairs = ((material, salt) for salt in salts)
        known = [self._known_contents[pair] for pair in pairs if pair in self._known_contents]
        own = f"{_system(material, contact, self._vocabulary)} ({study_id})"
        return _only(study_id, known) or own

    @cached_property
    def _known_ratios(self) -> defaultdict[str, _Keys]:
        """The keys of every material of known ratio, by its key without the ratio."""
        found: defaultdict[str, _Keys] = defaultdict(_Keys)
        for study_id, contact in self._contacts:
            if len(contact.solvents) > 1 and not ratio_unknown(contact):
                without = material_key(replace(contact, solvent_ratio=""))
                found[without].add(study_id, material_key(contact))
        return found

    @cached_property
    def _known_contents(self) -> defaultdict[tuple[str, str], _Keys]:
        """The keys of every system of known salt and content, by material and salt."""
        found: defaultdict[tuple[str, str], _Keys] = defaultdict(_Keys)
        for study_id, contact in self._contacts:
            if not salt_unknown(contact):
                material = self.material(study_id, contact)
                key = _system(material, contact, self._vocabulary)
                found[material, contact.salt].add(study_id, key)
        return found

    @cached_property
    def _salts(self) -> list[str]:
        return sorted({salt for _, salt in self._known_contents})


@dataclass
class _Keys:
    """Different keys: those of each work, and those of all."""

    of_work: dict[str, set[str]] = field(default_factory=dict)
    of_all: set[str] = field(default_factory=set)

    def add(self, work: str, key: str) -> None:
        """Add the key of one contact."""
        self.of_work.setdefault(work, set()).add(key)
        self.of_all.add(key)


def _only(study_id: str, known: Sequence[_Keys]) -> str | None:
    """Return the one key among those of a work, otherwise among all, or None."""
    of_work = {key for keys in known for key in keys.of_work.get(study_id, ())}
    for different in (of_work, {key for keys in known for key in keys.of_all}):
        if len(different) == 1:
            return different.pop()
    return None


def _system(material: str, contact: StudyContact, vocabulary: Vocabulary) -> str:
    return " | ".join((material, contact.salt, condition_key(contact.salt_content, vocabulary)))


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
