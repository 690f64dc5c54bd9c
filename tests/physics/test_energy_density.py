"""The cells of Wu 2016 against sums by hand, and the break-even thickness against its meaning."""

import pytest

from metastudy.physics.energy_density import (
    Materials,
    break_even_um,
    liquid_cell,
    ohmic_thickness_um,
    solid_cell,
)


def test_liquid_cell_layer_by_layer():
    # cathode 15/0.95; anode 1.2 x 3.0 mAh / 360 mAh/g / 0.95; foils 10 um x 2.70 + 5 um x 8.96
    cell = liquid_cell(15.0)
    assert cell.energy_mwh_cm2 == pytest.approx(15.0 * 0.2 * 3.6)
    assert cell.mass_mg_cm2["cathode"] == pytest.approx(15.789474)
    assert cell.mass_mg_cm2["anode"] == pytest.approx(10.526316)
    assert cell.mass_mg_cm2["aluminium"] + cell.mass_mg_cm2["copper"] == pytest.approx(2.70 + 4.48)
    # 15/4.7 + 0.315789/2.2 + 0.473684/1.8 = 3.598189 mm3/cm2 of solid, in 60 % of the thickness
    assert cell.thickness_um["cathode"] == pytest.approx(35.98189 / 0.6, rel=1e-6)
    # (10/2.2 + 0.526316/1.8) = 4.837852 mm3/cm2 in 70 %
    assert cell.thickness_um["anode"] == pytest.approx(48.37852 / 0.7, rel=1e-6)
    # pores: 0.4 x 59.9698 + 0.3 x 69.1122 + 12.5 = 57.2216 um of 1.1 g/cm3
    assert cell.mass_mg_cm2["liquid"] == pytest.approx(6.294373, rel=1e-6)


def test_solid_cell_layer_by_layer():
    cell = solid_cell(19.5, 20.0)
    # cathode 19.5/0.8, foils 7.18, lithium 1.2 x 3.9 mAh / 3861 mAh/g
    masses = cell.mass_mg_cm2
    assert masses["lithium"] == pytest.approx(1.2 * 3.9 / 3.861)
    assert sum(masses.values()) == pytest.approx(24.375 + 7.18 + 1.212121 + 10.0)
    assert cell.thickness_um["lithium"] == pytest.approx(10 * 1.212121 / 0.54 / 0.9)
    assert cell.specific == pytest.approx(19.5 * 0.72 / 42.767121 * 1e3)


def test_a_lighter_electrolyte_keeps_its_volume_in_the_cathode():
    heavy, light = solid_cell(19.5, 0.0, 5.0), solid_cell(19.5, 0.0, 2.0)
    assert heavy.thickness_um == light.thickness_um
    # 15 wt% of 24.375 mg is 3.65625 mg at 5 g/cm3, and 2/5 of that at 2 g/cm3
    lost = heavy.mass_mg_cm2["cathode"] - light.mass_mg_cm2["cathode"]
    assert lost == pytest.approx(3.65625 * 0.6)


@pytest.mark.parametrize("density", [5.0, 3.0, 2.0])
def test_at_break_even_the_cell_has_the_goal(density):
    goal = liquid_cell(15.0)
    bare = solid_cell(19.5, 0.0, density)
    by_mass = break_even_um(bare, goal.specific, density)
    by_volume = break_even_um(bare, goal.volumetric)
    assert solid_cell(19.5, by_mass, density).specific == pytest.approx(goal.specific)
    assert solid_cell(19.5, by_volume, density).volumetric == pytest.approx(goal.volumetric)


def test_a_cell_too_light_in_energy_has_no_break_even():
    assert break_even_um(solid_cell(1.0, 0.0), 264.0, 5.0) < 0


def test_leaving_out_a_layer_leaves_its_energy():
    cell = solid_cell(19.5, 20.0)
    bare = cell.without("lithium")
    assert bare.energy_mwh_cm2 == cell.energy_mwh_cm2
    total, lithium = sum(cell.mass_mg_cm2.values()), cell.mass_mg_cm2["lithium"]
    assert bare.specific / cell.specific == pytest.approx(total / (total - lithium))


def test_more_pores_take_volume_and_no_mass():
    porous = Materials(lithium_porosity=0.5)
    dense = Materials(lithium_porosity=0.0)
    loose, tight = solid_cell(19.5, 20.0, 5.0, porous), solid_cell(19.5, 20.0, 5.0, dense)
    assert loose.specific == tight.specific
    assert loose.thickness_um["lithium"] == pytest.approx(2 * tight.thickness_um["lithium"])


def test_ohmic_thickness():
    # 50 mV at 3 mA/cm2 is 16.667 ohm cm2, times 0.1 mS/cm is 16.667 um
    assert ohmic_thickness_um(0.05, 3e-3, 1e-4) == pytest.approx(16.6667, abs=1e-4)
