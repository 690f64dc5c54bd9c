"""What a contact costs: expected values by hand and by limits, on resistances made up here."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy.answers.bounded_prediction import Predicted
from metastudy.answers.filler import NEVER, Composite, FillerError, filler
from metastudy.answers.impact import (
    Layer,
    architectures,
    charging_goal,
    efficiency_goal,
    impact,
)
from metastudy.answers.pooled_resistance import PooledResistance
from metastudy.answers.predict import class_pool
from metastudy.pages.figures.impact import filler_figure, impact_figure
from metastudy.physics.composite import hasselman_johnson
from metastudy.physics.errors import PhysicsError
from tests.answers.simulated import simulate
from tests.contribute.command import metastudy as command

FROZEN = Path(__file__).resolve().parents[1] / "frozen"
# Median 100 ohm cm2; one decade is one standard deviation.
RESISTANCE = PooledResistance("made up", 60.0, 0.05, Predicted(np.array([2.0]), 1.0, 6), "", 7, 5)
NOTHING = PooledResistance("made up", 60.0, 0.05, None, "3 degrees of freedom in 2 works", 4, 2)
SOLID, POLYMER = Layer(20.0, 1e-4), Layer(10.0, 4e-4)  # 20 and 2.5 ohm cm2
VOID = 0.8 / 1.1  # (1 - phi)/(1 + phi/2) of 20 % voids


def at(table: pd.DataFrame, name: str, point: str = "median"):
    return table[(table["architecture"] == name) & (table["point"] == point)].iloc[0]


def test_points_of_a_resistance_are_those_of_student_s_t():
    half = stats.t.ppf(0.975, 6)
    assert RESISTANCE.points() == pytest.approx(
        {"lower": 10 ** (2 - half), "median": 100.0, "upper": 10 ** (2 + half)}
    )
    assert RESISTANCE.below(1000.0) == pytest.approx(stats.t.cdf(1.0, 6))
    assert (RESISTANCE.below(None), RESISTANCE.below(math.inf)) == (0.0, 1.0)


def test_polarisation_and_share_of_contacts_in_series():
    found = impact(RESISTANCE, 3.0, architectures(SOLID, POLYMER)).polarisation
    hybrid, bilayer = at(found, "liquid hybrid"), at(found, "bilayer")
    assert hybrid["interface_v"] == pytest.approx(0.6)  # 2 x 100 ohm cm2 x 3 mA cm-2
    assert bilayer["interface_v"] == pytest.approx(0.3)
    assert bilayer["polarisation_v"] == pytest.approx(3e-3 * 122.5)
    assert bilayer["interface_share"] == pytest.approx(100 / 122.5)


def test_charge_transfer_polarises_by_two_thermal_voltages_times_arsinh():
    found = impact(RESISTANCE, 3.0, architectures(None, None)).polarisation
    thermal = 8.314462618 * 333.15 / 96485.33212
    expected = 2 * thermal * math.asinh(0.3 / (2 * thermal))
    assert at(found, "bilayer")["transfer_v"] == pytest.approx(expected, rel=1e-6)
    assert at(found, "liquid hybrid")["transfer_v"] == pytest.approx(2 * expected, rel=1e-6)
    assert at(found, "bilayer")["missing"].startswith("the share")
    assert pd.isna(at(found, "bilayer")["interface_share"])


def test_a_small_current_makes_charge_transfer_ohmic():
    found = impact(RESISTANCE, 1e-4, architectures(None, None)).polarisation
    row = at(found, "bilayer")
    assert row["transfer_v"] == pytest.approx(row["interface_v"], rel=1e-6)


def test_particles_without_contact_resistance_are_maxwell_s_and_with_all_of_it_voids():
    composite = architectures(SOLID, POLYMER, 0.2, 5.0)[2]
    best = hasselman_johnson(4e-4, 1e-4, 0.2, 1.0)
    assert composite.total(0.0) == pytest.approx(1e-3 / best)
    assert composite.total(1e12) == pytest.approx(2.5 / VOID)
    assert composite.interface(0.0) == 0.0


@pytest.mark.parametrize("r", [0.1, 3.0, 40.0])
def test_the_largest_resistance_is_the_one_that_gives_the_total(r):
    for cell in architectures(Layer(20.0, 1e-3), POLYMER, 0.2, 5.0):
        assert cell.largest(cell.total(r)) == pytest.approx(r)


def test_the_largest_resistance_has_both_limits():
    bilayer, particles = architectures(Layer(20.0, 1e-3), POLYMER, 0.2, 5.0)[1:]
    assert bilayer.largest(4.4) is None  # 2 + 2.5 ohm cm2 of layers
    assert particles.largest(0.99 * particles.total(0.0)) is None
    assert particles.largest(2.5 / VOID * 1.001) == math.inf


def test_goals_follow_from_ohm_s_law():
    # (3.6 - x)/(3.6 + x) = 0.8 gives x = 0.4 V
    assert efficiency_goal(0.8, 3.6, 2.0).limit_ohm_cm2 == pytest.approx(200.0)
    # 3 mAh cm-2 in half an hour are 6 mA cm-2
    assert charging_goal(3.0, 0.5, 0.12).limit_ohm_cm2 == pytest.approx(20.0)


def test_limits_have_the_probability_of_a_new_contact_and_words_where_there_is_none():
    goals = [efficiency_goal(0.8, 3.6, 2.0), charging_goal(3.0, 0.5, 0.12)]
    found = impact(RESISTANCE, 2.0, architectures(SOLID, POLYMER, 0.2, 5.0), goals).limits
    bilayer = found[found["architecture"] == "bilayer"]
    assert bilayer["largest_ohm_cm2"].iloc[0] == pytest.approx(177.5)
    assert bilayer["probability"].iloc[0] == pytest.approx(stats.t.cdf(np.log10(1.775), 6))
    assert bilayer["probability"].iloc[1] == 0.0
    assert "the layers alone" in bilayer["missing"].iloc[1]
    particles = found[found["architecture"] == "particles in a matrix"]
    assert list(particles["probability"]) == [1.0, 1.0]
    assert particles["missing"].str.startswith("no limit").all()


def test_below_the_floors_there_is_no_number_but_a_reason():
    goals = [efficiency_goal(0.8, 3.6, 2.0)]
    found = impact(NOTHING, 2.0, architectures(SOLID, POLYMER), goals)
    assert found.polarisation["interface_v"].isna().all()
    assert found.limits["probability"].isna().all()
    assert "no prediction interval" in found.sentence
    assert "3 degrees of freedom in 2 works" in found.sentence


def test_a_class_counts_its_values_less_one():
    observations, V = simulate(np.random.default_rng(1), systems=4, works=4, rows_per_work=1)
    assert class_pool(observations, V).missing.startswith("3 degrees of freedom in 4 works")
    observations, V = simulate(np.random.default_rng(1), systems=5, works=5, rows_per_work=1)
    assert class_pool(observations, V).missing == ""


def test_the_picture_draws_each_architecture_and_goal_and_the_interval():
    goals = [efficiency_goal(0.8, 3.6, 2.0)]
    found = impact(RESISTANCE, 2.0, architectures(SOLID, POLYMER, 0.2, 5.0), goals)
    axes = impact_figure(found).axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    r, drop = lines["bilayer"].get_data()
    assert drop == pytest.approx(2e-3 * (np.asarray(r) + 22.5))
    assert lines[goals[0].text].get_ydata()[0] == pytest.approx(0.4)
    assert {"liquid hybrid", "particles in a matrix"} <= lines.keys()
    (band,) = axes.patches
    assert band.get_x() == pytest.approx(RESISTANCE.points()["lower"])


def composite(**given):
    return Composite(
        **({"matrix_s_cm": 1e-5, "filler_s_cm": math.inf, "filler_source": ""} | given)
    )


def test_the_critical_diameter_is_twice_sigma_r():
    table = filler("X", "PEO", RESISTANCE, composite()).table.set_index("point")
    # 2 x 1e-5 S/cm x 100 ohm cm2 = 2e-3 cm
    assert table["critical_diameter_um"]["median"] == pytest.approx(20.0)
    assert table["missing"]["median"].startswith("diameter of the particles")


def test_at_the_critical_diameter_a_filler_changes_nothing():
    own = composite(filler_s_cm=1e-3, volume_fraction=0.3)
    critical = own.critical_diameter_um(100.0)
    assert own.relative_conductivity(100.0, critical) == pytest.approx(1.0)
    assert own.relative_conductivity(100.0, 3 * critical) > 1.0
    assert own.relative_conductivity(1e12, critical) == pytest.approx(0.7 / 1.15)


def test_the_temperature_is_where_the_critical_diameter_is_the_stated_one():
    own = composite(diameter_um=5.0, matrix_ea_ev=0.5, contact_ea_ev=0.9, melting_c=60.0)
    found = own.helps_above_c(100.0, 60.0)

    def moved(ea_ev: float) -> float:
        return math.exp(ea_ev / 8.617333262e-5 * (1 / (found + 273.15) - 1 / 333.15))

    # R falls by its own energy, the matrix gains by its own
    assert 20.0 * moved(0.9) / moved(0.5) == pytest.approx(5.0)
    assert 60.0 < found < 250.0


def test_temperatures_outside_the_melt_are_said_in_words():
    own = {"matrix_ea_ev": 0.5, "contact_ea_ev": 0.9, "melting_c": 60.0}
    large = filler("X", "PEO", RESISTANCE, composite(diameter_um=1e7, **own))
    assert set(large.table["helps_above_c"]) == {60.0}
    assert "helps at every temperature above the melting point, 60 °C" in large.sentence
    small = filler("X", "PEO", RESISTANCE, composite(diameter_um=1e-5, **own))
    assert small.table["helps_above_c"].isna().all()
    assert NEVER in small.sentence
    flat = composite(diameter_um=5.0, matrix_ea_ev=0.9, contact_ea_ev=0.5)
    assert "does not fall with temperature" in filler("X", "PEO", RESISTANCE, flat).sentence


def test_a_filler_that_cannot_help_and_a_solid_matrix_are_refused():
    with pytest.raises(PhysicsError, match="no better than the matrix help at no radius"):
        filler("X", "PEO", RESISTANCE, composite(filler_s_cm=1e-6))
    with pytest.raises(FillerError, match="PEO is not molten; give --at 65 or more"):
        filler("X", "PEO", RESISTANCE, composite(melting_c=65.0))
    with pytest.raises(PhysicsError, match="diameter_um = -5 must be positive"):
        filler("X", "PEO", RESISTANCE, composite(diameter_um=-5.0))


def test_a_filler_below_the_floors_says_what_is_missing():
    found = filler("X", "PEO", NOTHING, composite())
    assert found.sentence.endswith("no design rule. Missing: 3 degrees of freedom in 2 works.")
    assert found.table["critical_diameter_um"].isna().all()


def test_the_picture_of_a_filler_crosses_one_at_the_critical_diameter():
    found = filler("X", "PEO", RESISTANCE, composite(volume_fraction=0.2, diameter_um=5.0))
    lines = impact_lines(filler_figure(found).axes[0])
    d, gain = next(data for label, data in lines.items() if label.startswith("median"))
    # the filler conducts 1e6 times better at most, so the crossing is exact to that
    assert np.interp(1.0, gain, d) == pytest.approx(20.0, rel=0.01)


def impact_lines(axes):
    return {line.get_label(): line.get_data() for line in axes.get_lines()}


def test_the_commands_answer_or_say_what_is_missing(tmp_path):
    call = ("impact", "--class", "PE/SE", "--at", "60", "--current", "3", "--root", FROZEN)
    found = json.loads(command(*call, "--format", "json").out)["result"]
    assert command(*call).out.splitlines()[0] == found["sentence"]
    assert {row["architecture"] for row in found["polarisation"]} == {
        "liquid hybrid",
        "bilayer",
        "particles in a matrix",
    }
    call = ("filler", "--matrix", "PEO", "--filler", "LLZO", "--at", "60", "--matrix-s-cm", "1e-5")
    found = json.loads(command(*call, "--root", FROZEN, "--format", "json").out)["result"]
    assert found["matrix_s_cm"] == 1e-5
    assert "spheres help above" in found["sentence"] or "Missing" in found["sentence"]


IMPACT = ("impact", "--at", "60", "--current", "3")
FILLER = ("filler", "--matrix", "PEO", "--filler", "LLZO", "--at", "60")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (IMPACT, "give one of --class and --pair"),
        ((*IMPACT, "--class", "PE/ES"), "no class is named 'PE/ES'; use one of LE/SE"),
        ((*IMPACT, "--class", "PE/SE", "--solid-um", "20"), "give --solid-um and --solid-s-cm"),
        ((*IMPACT, "--class", "PE/SE", "--efficiency", "0.9"), "needs --efficiency and --voltage"),
        ((*IMPACT, "--class", "PE/SE", "--hours", "1"), "needs --capacity, --hours"),
        (
            (*IMPACT, "--class", "PE/SE", "--efficiency", "90", "--voltage", "3.6"),
            "90 % as a fraction is 0.9",
        ),
        (FILLER, "the data has no conductivity of PEO; give --matrix-s-cm"),
    ],
)
def test_a_wrong_call_ends_with_one_message(arguments, message):
    done = command(*arguments, "--root", FROZEN)
    assert (done.status, done.out) == (1, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 1
