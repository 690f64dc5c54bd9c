"""Figures of Wu 2016 by hand arithmetic with Table 1, and 2.70, 8.96 g/cm3, 3861 and 360 mAh/g."""

from dataclasses import replace

import pytest

from metastudy.pages.figures import wu_2016

from .drawing import assert_shows

# mg per cm2: cathode, anode, foils, separator and liquid of one cell; its layers in um
LIQUID_MG = 15.789474 + 10.526316 + 7.18 + 1.1875 + 6.294373
LIQUID_UM = 59.969799 + 69.112174 + 25 + 15
SPECIFIC, VOLUMETRIC = 1e3 * 10.8 / LIQUID_MG, 1e4 * 10.8 / LIQUID_UM
# the solid cell of 19.5 mg cm-2 without electrolyte: cathode, foils, lithium
SOLID_MG = {"LLZO": 24.375 + 7.18 + 1.212121}
SOLID_MG["LATP"] = SOLID_MG["LLZO"] - 3.65625 * 2 / 5
SOLID_MG["LGPS"] = SOLID_MG["LLZO"] - 3.65625 * 3 / 5
DENSITY = {"LLZO": 5, "LATP": 3, "LGPS": 2}
LITHIUM_UM = 1.212121 / 0.54 / 0.09
NEAR = {"rel": 2e-6}


def here(made):
    return {c.printed.what: c.here for c in made.comparisons}


def test_energy_over_thickness(frozen):
    made = wu_2016.figure_3b(frozen)
    at = made.numbers.set_index("thickness_um")
    for name, density in DENSITY.items():
        expected = 14040 / (SOLID_MG[name] + 0.1 * density * 20)
        assert at.loc[20.0, f"{name}_wh_kg"] == pytest.approx(expected, **NEAR)
    by_volume = 140400 / (60 + LITHIUM_UM + 15 + 20)
    assert at.loc[20.0, "any_wh_l"] == pytest.approx(by_volume, **NEAR)
    assert_shows(made.picture, at.loc[20.0])
    found = here(made)
    assert found["specific energy, liquid cell"] == pytest.approx(SPECIFIC, **NEAR)
    assert found["energy density, liquid cell"] == pytest.approx(VOLUMETRIC, **NEAR)
    for name, density in DENSITY.items():
        even = (14040 / SPECIFIC - SOLID_MG[name]) / (0.1 * density)
        assert found[f"break-even by mass, {name}"] == pytest.approx(even, rel=1e-5)
    half = (14040 / (1.5 * SPECIFIC) - SOLID_MG["LGPS"]) / 0.2
    assert found["50 % more by mass, LGPS"] == pytest.approx(half, rel=1e-5)
    even = 140400 / VOLUMETRIC - 60 - LITHIUM_UM - 15
    assert found["break-even by volume"] == pytest.approx(even, rel=1e-5)


def test_break_even_over_loading(frozen):
    made = wu_2016.figure_3c(frozen)
    thin, thick = 12.5 + 7.18 + 0.621601, 62.5 + 7.18 + 3.108003
    found = here(made)
    ten, fifty = (7200 / SPECIFIC - thin) / 0.5, (36000 / SPECIFIC - thick) / 0.5
    assert found["break-even by mass, LLZO, 10 mg/cm2"] == pytest.approx(ten, rel=1e-5)
    assert found["break-even by mass, LLZO, 50 mg/cm2"] == pytest.approx(fifty, rel=1e-5)
    assert_shows(made.picture, [16, 135])  # printed, beside the lines
    assert not any(c.reached for c in made.comparisons)
    at = made.numbers.set_index("loading_mg_cm2")["LLZO_by_mass_um"]
    assert at[10.0] == pytest.approx(ten, rel=1e-5)


@pytest.mark.parametrize("um", [20, 50, 100, 150])
def test_energies_over_loading(frozen, um):
    mass = 36000 / (62.5 + 7.18 + 3.108003 + 0.5 * um)  # 50 mg cm-2
    by_mass = wu_2016.figure_3d(frozen)
    assert by_mass.numbers[f"LLZO_{um}_um_wh_kg"].iloc[-1] == pytest.approx(mass, **NEAR)
    assert_shows(by_mass.picture, by_mass.numbers[f"LLZO_{um}_um_wh_kg"])
    cathode = (50 / 4.7 + 3.125 / 2.2 + 9.375 / 5) / 0.09
    layers = cathode + 3.108003 / 0.54 / 0.09 + 15 + um
    by_volume = wu_2016.figure_3e(frozen)
    drawn = by_volume.numbers[f"LLZO_{um}_um_wh_l"]
    assert drawn.iloc[-1] == pytest.approx(360000 / layers, **NEAR)
    assert_shows(by_volume.picture, drawn)


def test_parity_by_volume_is_where_the_curve_meets_the_liquid_cell(frozen):
    made = wu_2016.figure_3e(frozen)
    (parity,) = made.comparisons
    curve = made.numbers.set_index("loading_mg_cm2")["LLZO_100_um_wh_l"]
    assert curve[16.0] < VOLUMETRIC < curve[17.0]
    assert 16.0 < parity.here < 17.0
    assert_shows(made.picture, [VOLUMETRIC])


def test_thinner_foils(frozen):
    made = wu_2016.figure_3f(frozen)
    found = here(made)
    for loading in (1, 50):
        plain = 1.25 * loading + 7.18 + 0.06216006 * loading + 10
        gain = 100 * (plain / (plain - 4.48 - 1.35) - 1)  # copper, and half the aluminium
        assert found[f"gain by mass, {loading} mg/cm2"] == pytest.approx(gain, rel=1e-5)
        layers = (loading / 4.7 + loading / 16 / 2.2 + loading * 0.15 / 0.8 / 5) / 0.09
        layers += 0.06216006 * loading / 0.54 / 0.09 + 35
        gain = 100 * (layers / (layers - 10) - 1)
        assert found[f"gain by volume, {loading} mg/cm2"] == pytest.approx(gain, rel=1e-5)
    assert_shows(made.picture, made.numbers["light_specific"])


def test_parameters_are_those_of_the_paper(frozen):
    made = wu_2016.table_1(frozen)
    assert all(c.reached for c in made.comparisons)
    unprinted = {row[0] for row in made.shown.rows if row[1] == "–"}
    assert unprinted == {
        "density of aluminium",
        "density of copper",
        "capacity of graphite",
        "capacity of lithium",
    }


def test_solid_electrolytes(frozen):
    properties = frozen.properties.iloc[:0]
    rows = [("LiPON", 1e-6), ("LLZO", 5e-4), ("LLZO_Ta", 2e-4), ("Li10GeP2S12", 1.2e-2)]
    for number, (word, value) in enumerate(rows):
        properties.loc[number, ["property", "word", "value"]] = ["conductivity", word, value]
    given = replace(frozen, tables={**frozen.tables, "properties": properties})
    found = {c.printed.what: c for c in wu_2016.table_2(given).comparisons}
    assert found["conductivity, LiPON"].here == 1e-6
    assert not found["conductivity, LiPON"].reached  # 2e-6
    assert found["lowest conductivity, LLZO"].here == 2e-4
    assert found["lowest conductivity, LLZO"].reached
    assert found["highest conductivity, LLZO"].here == 5e-4
    assert found["conductivity, LGPS"].reached
    assert found["conductivity, Li3ClO"].here is None
    even = (14040 / SPECIFIC - SOLID_MG["LLZO"]) / 0.5
    assert found["break-even, LLZO"].here == pytest.approx(even, rel=1e-5)
