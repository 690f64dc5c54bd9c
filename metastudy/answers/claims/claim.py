"""A published claim as a row of ``claims.csv``: read, checked, typed.

Numbers are in the table as printed, and nowhere in the code: ``name=~41 um``. A sign says how a
number is printed: ``~`` for about, nothing for plain.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from importlib import resources
from typing import Any

import jsonschema

from metastudy.errors import MetastudyError
from metastudy.units import UNITS

TABLE = "claims.csv"
SCHEMA = "claim.schema.json"

# Of a number printed as "about" the last digit is no promise: the wider of it and this share.
ABOUT = 0.02

# Reviews print claims and no records, so they are no studies of the dataset; named here are all.
WORKS: Mapping[str, str] = {
    "mangani_2024": "Mangani et al. 2024, 10.1021/acsami.4c08882",
    "weiss_2020": "Weiss et al. 2020, 10.1007/s41918-020-00062-7",
    "wu_2016": "Wu et al. 2016, 10.1039/C6TA05439K (accepted manuscript)",
    "li_2020": "Li et al. 2020, 10.1021/acsenergylett.0c01465",
    "sang_undated": "Sang et al., Navigating Solvent Chemistry and Microstructures (undated)",
}

# Why a claim is not tested, word by word.
REASONS: Mapping[str, str] = {
    "not_printed": "Its numbers stand in figures or supporting information that were not read.",
    "circular": "The dataset knows it only in the words of the work that claims it.",
    "few_rows": "The dataset has no pair of numbers that differ in this.",
    "no_numbers": "It is said in words that no number here could contradict.",
    "model": "It is a property of an evaluation; simulated spectra test it (tests/eis).",
    "other_quantity": "It is about a quantity that the dataset does not hold.",
}

# Units of metastudy.physics.energy_density, which no record of the dataset has.
CELL_UNITS = ("mg cm-2", "mAh cm-2", "mAh g-1", "Wh kg-1", "Wh L-1")

_NUMBER = re.compile(
    r"(?P<about>~?)(?P<digits>[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?)(?: (?P<unit>.+))?"
)


class ClaimError(MetastudyError):
    """A table of claims with a fault, or a claim that is not in it."""


@dataclass(frozen=True)
class Printed:
    """A number as a work prints it: its value, half a unit of its last digit, and its unit."""

    text: str
    value: float
    half_digit: float
    about: bool
    unit: str

    @property
    def tolerance(self) -> float:
        """How far a recomputed number may be off."""
        return max(self.half_digit, ABOUT * self.value) if self.about else self.half_digit

    def agrees(self, computed: float) -> bool:
        """Say whether a recomputed number rounds to the printed one."""
        rounding = 1e-9 * max(1.0, abs(self.value))
        return abs(computed - self.value) <= self.tolerance + rounding

    @property
    def canonical(self) -> float:
        """The value in the canonical unit of its dimension, such as V for mV."""
        unit = UNITS[self.unit]
        return self.value * unit.factor + unit.offset


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes
    ----------
    id
        Its name; the function that tests it has the same.
    work
        A key of :data:`WORKS`.
    place
        Its place in the work.
    claim
        What is claimed, in our own words.
    kind
        recomputed, direction, comparison or contradiction; empty where it is not tested.
    inputs, printed
        Numbers that the test starts from, and those it must meet.
    records
        Records of the dataset that the test reads, by the name it gives them.
    why_not
        A key of :data:`REASONS`; empty where the claim is tested.
    """

    id: str
    work: str
    place: str
    claim: str
    kind: str
    inputs: Mapping[str, Printed]
    printed: Mapping[str, Printed]
    records: Mapping[str, str]
    why_not: str


COLUMNS = tuple(f.name for f in fields(Claim))


def read_claims() -> tuple[Claim, ...]:
    """Read the claims of the package."""
    folder = resources.files(__package__)
    return claims_of((folder / TABLE).read_text(encoding="utf-8"), TABLE)


def claims_of(text: str, name: str) -> tuple[Claim, ...]:
    """Read claims from the text of a table.

    Parameters
    ----------
    text
        CSV with the columns of :class:`Claim`.
    name
        What to call the table in messages.

    Raises
    ------
    ClaimError
        With line and column, where a row has not the shape of a claim or an id is there twice.
    """
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ClaimError(f"{name}:1 the columns must be {', '.join(COLUMNS)}")
    folder = resources.files(__package__)
    schema = json.loads((folder / SCHEMA).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    claims: dict[str, Claim] = {}
    for row in reader:
        where = f"{name}:{reader.line_num}"
        if None in row or None in row.values():
            raise ClaimError(f"{where} a claim has {len(COLUMNS)} cells, this row has not")
        _check(validator.iter_errors(row), where)
        if row["id"] in claims:
            raise ClaimError(f"{where} id {row['id']!r} is there twice; give each claim its own")
        claims[row["id"]] = _claim(row, where)
    return tuple(claims.values())


def _check(faults: Iterable[Any], where: str) -> None:
    for fault in faults:
        column = fault.path[0] if fault.path else "kind and why_not"
        raise ClaimError(f"{where} {column}: {fault.message}")


def _claim(row: Mapping[str, str], where: str) -> Claim:
    return Claim(
        id=row["id"],
        work=row["work"],
        place=row["place"],
        claim=row["claim"],
        kind=row["kind"],
        inputs=_numbers(row["inputs"], f"{where} inputs"),
        printed=_numbers(row["printed"], f"{where} printed"),
        records=_pairs(row["records"], f"{where} records"),
        why_not=row["why_not"],
    )


def _numbers(text: str, where: str) -> dict[str, Printed]:
    return {name: _printed(number, where) for name, number in _pairs(text, where).items()}


def _pairs(text: str, where: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in filter(None, text.split("; ")):
        name, separator, value = part.partition("=")
        if not separator or not value or name in pairs:
            raise ClaimError(f"{where}: {part!r} is no new name=value; write a=1 um; b=2 um")
        pairs[name] = value
    return pairs


def _printed(text: str, where: str) -> Printed:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ClaimError(f"{where}: {text!r} is no number; write 41 um, or ~41 um for about")
    unit = match["unit"] or "1"
    if unit not in UNITS and unit not in CELL_UNITS:
        near = get_close_matches(unit, [*UNITS, *CELL_UNITS], n=3, cutoff=0.4)
        raise ClaimError(f"{where}: no unit is spelt {unit!r}; near are {', '.join(near)}")
    mantissa, _, exponent = match["digits"].partition("e")
    decimals = len(mantissa.partition(".")[2])
    half = 0.5 * 10.0 ** (int(exponent or 0) - decimals)
    return Printed(text, float(match["digits"]), half, bool(match["about"]), unit)
