"""How strongly the solvents of a liquid hold the ion: donor numbers of a partner.

A donor number is the heat of the solvent's adduct with antimony pentachloride (kcal/mol), on the
scale of ``data/properties.csv`` that calorimetry gives. A mixture has the mean over mole fractions,
which only a ratio by mole gives, and its strongest solvent: the one that solvates the ion best by a
sourced energy where all its solvents have one, otherwise the one of the largest donor number.
"""

from __future__ import annotations

from dataclasses import dataclass

from metastudy.corpus.properties import Properties, Property
from metastudy.corpus.study import StudyContact, number
from metastudy.normalise.systems import UNKNOWN
from metastudy.units import to_canonical

SCALE = "sbcl5"
UNIT = "kcal mol-1"


@dataclass(frozen=True)
class DonorNumbers:
    """Donor numbers (kcal/mol) of one partner; what is not known is None.

    Attributes
    ----------
    mean
        Over mole fractions; of one solvent its own.
    strongest_solvent, strongest
        The word of the strongest solvent, and its donor number.
    scale
        The scale of the donor numbers.
    source
        The sources of what was used, joined by semicolons.
    """

    mean: float | None = None
    strongest_solvent: str | None = None
    strongest: float | None = None
    scale: str | None = None
    source: str | None = None


def donor_numbers(contact: StudyContact, properties: Properties) -> DonorNumbers:
    """Return the donor numbers of a liquid partner; all None for another class of contact."""
    named = contact.solvents and not set(contact.solvents) & UNKNOWN
    if contact.interface_class != "LE/SE" or not named:
        return DonorNumbers()
    donors = {s: _first(properties, s, "donor_number", SCALE) for s in contact.solvents}
    rows = {solvent: row for solvent, row in donors.items() if row is not None}
    known = {s: properties.canonical(row) / to_canonical(1.0, UNIT) for s, row in rows.items()}
    mean = _mean(contact, known)
    strongest, why = _strongest(contact, known, properties)
    used = [row for s, row in rows.items() if mean is not None or s == strongest] + why
    return DonorNumbers(
        mean,
        strongest,
        None if strongest is None else known.get(strongest),
        SCALE if any(row.property == "donor_number" for row in used) else None,
        "; ".join(dict.fromkeys(row.source for row in used)) or None,
    )


def _first(properties: Properties, solvent: str, name: str, scale: str | None) -> Property | None:
    return next(iter(properties.of("solvent", solvent, name, scale)), None)


def _mean(contact: StudyContact, known: dict[str, float]) -> float | None:
    if set(known) != set(contact.solvents):
        return None
    if len(contact.solvents) == 1:
        return known[contact.solvents[0]]
    parts = [number(part) for part in contact.solvent_ratio.split(":")]
    shares = [part for part in parts if part is not None]
    if contact.solvent_ratio_basis != "mole" or len(shares) != len(contact.solvents):
        return None
    weighted = (s * known[name] for name, s in zip(contact.solvents, shares, strict=True))
    return sum(weighted) / sum(shares)


def _strongest(
    contact: StudyContact, known: dict[str, float], properties: Properties
) -> tuple[str | None, list[Property]]:
    """Return the strongest solvent, and the rows that say so; None where they do not cover all."""
    if len(contact.solvents) == 1:
        return contact.solvents[0], []
    name = f"solvation_free_energy_{contact.ion.lower()}"
    found = {s: _first(properties, s, name, None) for s in contact.solvents}
    energies = {s: row for s, row in found.items() if row is not None}
    if len(energies) == len(contact.solvents):
        values = {s: properties.canonical(row) for s, row in energies.items()}
        ranked = sorted(values, key=lambda s: (values[s], -known.get(s, 0.0)))
        return ranked[0], list(energies.values())
    if len(known) < len(contact.solvents):
        return None, []
    rows = [_first(properties, s, "donor_number", SCALE) for s in contact.solvents]
    return max(known, key=lambda s: known[s]), [row for row in rows if row is not None]
