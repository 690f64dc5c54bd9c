"""Figure 5c of Li 2020 and Figures 2c to 2e of Sang on made-up composites."""

from dataclasses import replace

import pandas as pd
import pytest

from metastudy.pages.figures import li_2020, sang_undated
from metastudy.pages.figures.reproduction import NothingToDrawError
from metastudy.physics.composite import bruggeman
from metastudy.physics.conversions import volume_fraction

from .drawing import assert_shows

STUDY = "simulated_2011_composite"


def row(quantity, value, **given):
    plain = {"study_id": STUDY, "role": "normaliser", "arm": "reference", "temperature_c": 25.0}
    named = {"record_id": f"{STUDY}.{quantity}.{value}", "sample_id": "composite_a"}
    return {**plain, **named, "quantity": quantity, "value": value, **given}


@pytest.fixture
def composites(frozen):
    treated, contact = {"arm": "treated"}, {"role": "interface"}
    # The medium of Bruggeman with a matrix of 1e-5 S/cm and R/a of 1e5, then a tenth of it
    phi = float(volume_fraction(0.8, 5.5, 1.2))
    before = bruggeman(1e-5, 4e-4, phi, 1.0, 1e5)
    after = bruggeman(1e-5, 4e-4, phi, 1.0, 1e4)
    rows = [
        row("conductivity", float(before)),
        row("conductivity", float(after), **treated),
        row("resistance", 90.0, **contact),
        row("resistance", 9.0, **contact, **treated),
        row("mass_fraction", 0.8, role="characterisation"),
        row("thickness", 0.004),
        row("conductivity", 0.5, sample_id="plate"),
    ]
    records = pd.DataFrame(rows).reindex(columns=frozen.records.columns)
    garnet = pd.DataFrame([{"property": "conductivity", "word": "LLZO_Ta", "value": 4e-4}])
    properties = garnet.reindex(columns=frozen.properties.columns)
    return replace(frozen, tables={**frozen.tables, "records": records, "properties": properties})


def test_the_medium_passes_through_both_printed_conductivities(composites):
    made = li_2020.figure_5c(composites, STUDY)
    printed = made.numbers[made.numbers["kind"] == "printed"].set_index("state")["s_cm"]
    curves = made.numbers[made.numbers["kind"] == "computed"]
    assert_shows(made.picture, printed)
    for state, contact in (("with carbonate", 1e5), ("without carbonate", 1e4)):
        curve = curves[curves["state"] == state].set_index("filling_wt")["s_cm"]
        assert curve[80.0] == pytest.approx(printed[state], rel=1e-6)
        assert curve[0.0] == pytest.approx(1e-5, rel=1e-6)  # the matrix alone
        phi = float(volume_fraction(0.5, 5.5, 1.2))
        assert curve[50.0] == pytest.approx(bruggeman(1e-5, 4e-4, phi, 1.0, contact), rel=1e-6)
        assert_shows(made.picture, curve)
    assert made.counts == {"printed": 2, "computed curves": 2}
    assert "10 times" in made.signs


def test_a_composite_that_is_not_there(frozen):
    with pytest.raises(NothingToDrawError, match="no numbers of nobody"):
        li_2020.figure_5c(frozen, "nobody")


def test_composites_by_support(composites):
    made = sang_undated.figure_2c(composites)
    own = made.numbers[made.numbers["support"] == sang_undated.AT_HAND]
    values = composites.records[composites.records["sample_id"] == "composite_a"]
    values = values.loc[values["quantity"] == "conductivity", "value"]
    assert list(own["value"]) == pytest.approx(list(1e3 * values))  # mS/cm; the plate is none
    texts = made.numbers[made.numbers["support"] == sang_undated.WITH].set_index("what")["value"]
    assert texts["lowest"] < texts["mean"] < texts["highest"]
    assert made.counts == {"printed in the text": 4, "from the dataset": 2}
    assert all(c.here is None for c in made.comparisons)


def test_thicknesses_by_support(composites):
    made = sang_undated.figure_2d(composites)
    own = made.numbers[made.numbers["support"] == sang_undated.AT_HAND]
    assert list(own["value"]) == [40.0]  # um
    (axes,) = made.picture.axes
    drawn = {float(x) for line in axes.get_lines() for x in line.get_xdata()}
    assert {80.0, 52.0, 65.0, 15.0, 110.0, 40.0, 20.0} <= drawn


def test_energy_over_the_thickness_of_a_membrane(frozen):
    made = sang_undated.figure_2e(frozen)
    at = made.numbers.set_index("thickness_um")
    # 19.5 mg cm-2 NCA: cathode, foils and lithium, of which 3.65625 mg of garnet in the cathode
    bare = 24.375 + 7.18 + 1.212121
    assert at.loc[100.0, "wh_kg_at_5_g_cm3"] == pytest.approx(14040 / (bare + 50), rel=2e-6)
    light = 14040 / (bare - 3.65625 * 3 / 5 + 20)
    assert at.loc[100.0, "wh_kg_at_2_g_cm3"] == pytest.approx(light, rel=2e-6)
    assert_shows(made.picture, [280, light])
    (highest,) = made.comparisons
    assert highest.here == pytest.approx(14040 / (bare + 7.5), rel=2e-6)


@pytest.mark.data
def test_the_real_pair_is_what_the_paper_prints(todays_data):
    made = li_2020.figure_5c(todays_data)
    printed = made.numbers[made.numbers["kind"] == "printed"]
    assert printed["s_cm"].to_list() == pytest.approx([7.2e-6, 2.4e-5])
    assert printed["filling_wt"].to_list() == pytest.approx([80, 80])
    assert "10.5 times" in made.signs
