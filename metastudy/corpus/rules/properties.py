"""Rules of the table of properties, held by its reader in :mod:`metastudy.corpus.properties`."""

from __future__ import annotations

from collections.abc import Iterator

from metastudy.corpus.finding import Finding
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.rule import error

PROPERTY_WORD = error(
    "property-word",
    reason="A property of a word that does not exist is of nothing.",
    good="solvent,PC,donor_number",
    bad="solvent,PCC,donor_number",
)
PROPERTY_CELL = error(
    "property-cell",
    reason="A number is read from the printed text, and found again by source and locator.",
    good="15.1, with source and locator",
    bad="about 15, or an empty locator",
)
PROPERTY_KIND = error(
    "property-kind",
    reason="A donor number belongs to a solvent, not to a ceramic.",
    good="solvent,PC,donor_number",
    bad="polymer,PEO,donor_number",
)
PROPERTY_SCALE = error(
    "property-scale",
    reason="A number on another scale is another number.",
    good="donor_number on sbcl5",
    bad="donor_number on static",
)
PROPERTY_TWICE = error(
    "property-twice",
    reason="A source gives one number for one property on one scale.",
    good="One row for word, property, scale, temperature and source",
    bad="15.1 and 15.2 from the same table",
)
PROPERTY_UNIT = error(
    "property-unit",
    reason="A viscosity in kcal/mol is another quantity, or another unit.",
    good="donor_number in kcal/mol",
    bad="donor_number in cP",
)
PROPERTY_RANGE = error(
    "property-range",
    reason="Outside what the property can be, the unit or a digit is wrong.",
    good="15.1 kcal/mol",
    bad="151 kcal/mol",
)


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Read the table of properties for its faults."""
    yield from checked.corpus.properties.findings
