"""Unit factors against pint, and the spellings of print against the units."""

import pint
import pytest

from metastudy.corpus.vocabulary import read_vocabulary
from metastudy.units import (
    BOLTZMANN_EV_PER_K,
    CANONICAL,
    FARADAY_C_PER_MOL,
    GAS_CONSTANT_J_PER_MOL_K,
    RECIPROCAL,
    UNITS,
    UnitError,
    dimension_of,
    spread_to_canonical,
    to_canonical,
)

registry = pint.UnitRegistry()

# Ours that pint spells differently. Units of counted things (a ratio of chain units to ions, an
# abrasive's grit) are their own and have no factor to compare.
SPELT = {
    "1": "dimensionless",
    "percent": "percent",
    "vol%": "percent",
    "wt%": "percent",
    "degC": "degC",
    "t": "metric_ton * standard_gravity",
    "d": "day",
    "um": "micrometer",
    "us": "microsecond",
    "uF": "microfarad",
    "uH": "microhenry",
    "uF cm-2": "microfarad / cm**2",
    "uA cm-2": "microampere / cm**2",
    "uS cm-1": "microsiemens / cm",
    "rad s-1": "1 / s",
    "Torr": "torr",
}
OWN = {"EO:Li", "EO:Na", "grit", "mesh", "ratio", "ppb"}
CHANGES = {name for name, unit in UNITS.items() if unit.dimension == "relative_change"}
PER_MOLE = {"kJ mol-1", "kcal mol-1"}
CANONICAL_SPELT = {"1": "dimensionless", "rad s-1": "1 / s", "degC": "degC"}


def expression(name):
    """Write ``mol L-1`` as pint reads it: ``mol * L**-1``."""
    if name in SPELT:
        return SPELT[name]
    parts = []
    for part in name.split():
        base = part.rstrip("-0123456789")
        power = part[len(base) :] or "1"
        parts.append(f"{base}**({power})")
    return " * ".join(parts)


COMPARED = sorted(set(UNITS) - OWN - CHANGES)


@pytest.mark.parametrize("name", COMPARED)
def test_factor_is_that_of_pint(name):
    target = CANONICAL[UNITS[name].dimension]
    for value in (1.0, 7.5):
        quantity = registry.Quantity(value, expression(name))
        if name in PER_MOLE:
            quantity = quantity / registry.avogadro_constant
        expected = quantity.to(CANONICAL_SPELT.get(target) or expression(target)).magnitude
        assert to_canonical(value, name) == pytest.approx(expected, rel=1e-9)


def test_constants_are_those_of_pint():
    assert registry.Quantity("boltzmann_constant").to("eV/K").magnitude == pytest.approx(
        BOLTZMANN_EV_PER_K, rel=1e-9
    )
    faraday = registry.Quantity("elementary_charge * avogadro_constant")
    assert faraday.to("C/mol").magnitude == pytest.approx(FARADAY_C_PER_MOL, rel=1e-9)
    gas = registry.Quantity("boltzmann_constant * avogadro_constant")
    assert gas.to("J/mol/K").magnitude == pytest.approx(GAS_CONSTANT_J_PER_MOL_K, rel=1e-9)


def test_every_dimension_has_its_canonical_unit_of_factor_one():
    assert {unit.dimension for unit in UNITS.values()} == set(CANONICAL)
    for dimension, name in CANONICAL.items():
        assert name == "1" or UNITS[name].dimension == dimension
        assert (UNITS[name].factor, UNITS[name].offset) == (1.0, 0.0)


def test_a_thousand_ppb_are_one_ppm():
    assert to_canonical(1000.0, "ppb") == pytest.approx(to_canonical(1.0, "ppm"))


@pytest.mark.data
def test_every_spelling_names_a_unit_and_every_unit_has_a_spelling(today):
    spellings = read_vocabulary(today / "data" / "vocabulary")["unit"]
    named = {row["unit"] for row in spellings.values()}
    assert named == set(UNITS) | set(RECIPROCAL)


@pytest.mark.data
def test_every_dimension_of_a_quantity_is_one_of_a_unit(today):
    vocabulary = read_vocabulary(today / "data" / "vocabulary")
    of_quantities = {
        dimension
        for row in vocabulary["quantity"].values()
        for dimension in row["dimension"].split()
    }
    assert of_quantities <= set(CANONICAL)
    stated = {word: row["canonical_unit"] for word, row in vocabulary["dimension"].items()}
    assert stated == CANONICAL


@pytest.mark.parametrize(
    ("value", "unit", "left"),
    [
        (84, "percent decrease", 0.16),
        (54, "percent increase", 1.54),
        (6, "factor decrease", 1 / 6),
        (10, "factor increase", 10.0),
        (25, "percent of reference", 0.25),
        (0.4, "ratio", 0.4),
    ],
)
def test_changes_become_what_is_left_of_the_reference(value, unit, left):
    assert to_canonical(value, unit) == pytest.approx(left)
    assert dimension_of(unit) == "relative_change"


@pytest.mark.parametrize("unit", [*UNITS, *RECIPROCAL])
def test_a_spread_is_the_slope_of_the_conversion(unit):
    step = 1e-6
    slope = (to_canonical(5.0 + step, unit) - to_canonical(5.0 - step, unit)) / (2.0 * step)
    assert spread_to_canonical(0.1, 5.0, unit) == pytest.approx(abs(slope) * 0.1, rel=1e-6)


@pytest.mark.parametrize("convert", [dimension_of, lambda unit: to_canonical(1.0, unit)])
def test_unknown_unit_is_named(convert):
    with pytest.raises(UnitError, match=r"no unit is named 'furlong'; the names stand in"):
        convert("furlong")
