"""Moderators on invented observations: counts and differences by hand, a planted slope."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from metastudy.answers.moderators import moderators
from metastudy.cli import app

PLAIN = {
    "interface_class": "LE/SE",
    "ion": "Li",
    "solid_electrolyte": "LATP",
    "partner": "DME",
    "salt": "LiTFSI",
    "salt_content": "1 M",
    "treatments": None,
    "state_kind": "fresh",
    "reference_c": 25.0,
    "component": "total",
    "censoring": "exact",
    "headline": True,
    "donor_number_mean": 20.0,
    "donor_number_strongest": 20.0,
    "electrodes": "two_point",
    "evaluation": "unknown",
    "film_process": None,
    "residual_solvent": None,
    "residual_content": math.nan,
    "surface_state": "polished",
    "joining_method": None,
    "age_h": 24.0,
    "ea_source": "none",
    "ea_ev": math.nan,
}
DONOR = {"moderator": "donor number, mean", "interface_class": "LE/SE"}


def observations(*changes):
    """Return invented observations; each names its work, its y, and what it changes."""
    rows = []
    for place, (work, y, change) in enumerate(changes):
        name = f"{work}.s{place}"
        own = {"study_id": work, "observation_id": name, "sample_id": name, "y": y}
        rows.append({**PLAIN, **own, "lo": y, "hi": y, **change})
    return pd.DataFrame(rows)


def answer(rows, V=None):
    known = np.zeros((len(rows), len(rows))) if V is None else V
    return moderators(rows, known, rng=np.random.default_rng(3))


def chosen(table, **words):
    for name, word in words.items():
        table = table[table[name] == word]
    return table


def test_levels_are_counted_by_class_and_what_is_not_stated_too():
    bound = {"censoring": "left", "lo": math.nan, "electrodes": "four_point"}
    rows = observations(("a", 1.0, {}), ("a", 2.0, {}), ("b", 3.0, bound))
    found = chosen(answer(rows).counts, moderator="electrodes")
    assert found.values.tolist() == [
        ["electrodes", "LE/SE", "four_point", 1, 0, 1],
        ["electrodes", "LE/SE", "two_point", 2, 2, 1],
    ]
    unsaid = chosen(answer(rows).counts, moderator="evaluation")
    assert unsaid["level"].tolist() == ["not stated"]
    assert unsaid["works"].tolist() == [2]


def test_a_difference_is_of_one_film_in_two_solvents():
    other = {"partner": "PC", "donor_number_mean": 15.0, "donor_number_strongest": 15.0}
    rows = observations(("a", 1.5, {}), ("a", 1.0, other))
    V = np.array([[0.04, 0.03], [0.03, 0.04]])  # shared errors cancel: 0.04 + 0.04 - 2 x 0.03
    found = answer(rows, V).differences
    (row,) = chosen(found, **DONOR).to_dict("records")
    assert (row["low"], row["high"]) == ("15", "20")
    assert row["lo"] == row["hi"] == pytest.approx(0.5)
    # 15 % of each arm, as log10
    assert row["sd"] == pytest.approx(math.sqrt(0.02 + 2 * (0.15 / math.log(10)) ** 2))
    (named,) = chosen(found, moderator="solvents of the liquid").to_dict("records")
    assert (named["low"], named["high"], named["lo"]) == ("DME", "PC", pytest.approx(-0.5))


@pytest.mark.parametrize(
    "change",
    [
        {"solid_electrolyte": "LAGP"},
        {"salt": "LiPF6"},
        {"age_h": 48.0},
        {"treatments": "coating"},
        {"surface_state": "not_reported"},
    ],
)
def test_two_that_differ_in_more_than_the_solvent_give_no_difference(change):
    other = {"partner": "PC", "donor_number_mean": 15.0, "donor_number_strongest": 15.0}
    rows = observations(("a", 1.5, {}), ("a", 1.0, {**other, **change}))
    assert answer(rows).differences.empty


def test_two_works_give_no_difference():
    rows = observations(("a", 1.5, {}), ("b", 1.0, {"donor_number_mean": 15.0}))
    assert answer(rows).differences.empty


def test_a_bound_gives_a_difference_with_one_limit():
    bound = {"age_h": 48.0, "censoring": "left", "lo": math.nan, "hi": 0.5}
    rows = observations(("a", 1.5, {}), ("a", math.nan, bound))
    (row,) = answer(rows).differences.to_dict("records")
    assert math.isnan(row["lo"])
    assert row["hi"] == pytest.approx(-1.0)
    assert math.isnan(row["sd"])


def test_two_bounds_on_one_side_give_no_difference():
    bound = {"censoring": "left", "lo": math.nan}
    rows = observations(
        ("a", math.nan, {**bound, "hi": 1.0}), ("a", math.nan, {**bound, "hi": 2.0})
    )
    rows.loc[1, "age_h"] = 48.0
    assert answer(rows).differences.empty


def test_only_classes_of_the_observations_are_regressed():
    assert set(answer(literature(3)).regressions["interface_class"]) == {"LE/SE"}


def test_a_treatment_may_come_with_the_surface_that_it_makes():
    coated = {"surface_state": "coated", "treatments": "coating"}
    rows = observations(("a", 1.5, {}), ("a", 1.0, coated))
    (row,) = answer(rows).differences.to_dict("records")
    assert (row["low"], row["high"], row["hi"]) == ("coated", "polished", pytest.approx(0.5))


def literature(works, slope=0.0, **more):
    """Return one observation a work; donor numbers 10, 11, ..., log10 R on a line with scatter."""
    rng = np.random.default_rng(11)
    return observations(
        *(
            (
                f"w{place:02d}",
                2.0 + slope * place + rng.normal(0.0, 0.1),
                {"donor_number_mean": 10.0 + place, **more},
            )
            for place in range(works)
        )
    )


def test_below_ten_works_the_missing_ones_are_counted():
    (row,) = chosen(answer(literature(8, 0.1)).regressions, **DONOR, response="log10 R").to_dict(
        "records"
    )
    assert not row["fitted"]
    assert (row["works"], row["least"]) == (8, 4)
    assert row["missing"] == "2 more works with an exact value"
    assert math.isnan(row["coefficient"])


def test_a_level_in_two_works_only_is_missing_one():
    rows = literature(12)
    rows["salt"] = ["LiTFSI"] * 10 + ["LiPF6"] * 2
    (row,) = chosen(answer(rows).regressions, moderator="salt", interface_class="LE/SE").to_dict(
        "records"
    )
    assert (row["works"], row["least"], row["missing"]) == (12, 2, "1 more work with LiPF6")


def test_bounds_and_rows_outside_the_headline_set_are_no_exact_value():
    rows = literature(12)
    rows.loc[0, "headline"] = False
    rows.loc[1, "censoring"] = "left"
    (row,) = chosen(answer(rows).regressions, **DONOR, response="log10 R").to_dict("records")
    assert row["works"] == 10
    assert row["fitted"]


def test_above_the_floor_a_planted_slope_is_found():
    found = answer(literature(20, 0.1)).regressions
    (row,) = chosen(found, **DONOR, response="log10 R").to_dict("records")
    assert row["fitted"]
    assert row["lower"] < 0.1 < row["upper"]
    # Standard error of a slope: 0.1 / sqrt(sum of squares of 0 ... 19 about their mean)
    half = 0.1 / math.sqrt(665.0) * 2.1
    assert row["upper"] - row["lower"] == pytest.approx(2 * half, rel=0.5)
    assert row["explained"] > 0.9 > row["null_95"]


def test_where_works_share_an_unknown_the_interval_is_satterthwaites():
    rows = literature(20, 0.1)
    shared = 0.05**2 * np.ones((20, 20))  # shifts every row alike, so it leaves the slope alone
    found = [
        chosen(answer(rows, V).regressions, **DONOR, response="log10 R") for V in (None, shared)
    ]
    own, joint = (table.iloc[0] for table in found)
    assert (own["by"], joint["by"]) == ("CR2", "Satterthwaite")
    assert joint["coefficient"] == pytest.approx(own["coefficient"], rel=1e-4)
    assert joint["lower"] < 0.1 < joint["upper"]


def test_of_a_word_with_three_levels_as_many_enter_as_the_works_allow():
    rows = literature(20)
    rows["salt"] = ["LiTFSI"] * 10 + ["LiPF6"] * 6 + ["LiCl"] * 4
    found = answer(rows).regressions
    fitted = chosen(found, moderator="salt", interface_class="LE/SE")
    assert fitted["works"].tolist() == [20, 20]  # two columns, ten works each
    fewer = answer(rows.iloc[:19].reset_index(drop=True)).regressions
    (row,) = chosen(fewer, moderator="salt", interface_class="LE/SE").to_dict("records")
    assert row["works"] == 16  # one column: LiTFSI and LiPF6


def test_energies_of_the_samples_themselves_are_regressed_too():
    rows = literature(12, ea_source="own", ea_ev=0.4)
    rows["ea_ev"] = 0.3 + 0.02 * rows["donor_number_mean"] + 0.01 * (-1.0) ** np.arange(12)
    found = answer(rows).regressions
    (row,) = chosen(found, **DONOR, response="activation energy").to_dict("records")
    assert row["fitted"]
    assert row["coefficient"] == pytest.approx(0.02, abs=0.002)
    rows["ea_source"] = "pooled"
    pooled = answer(rows).regressions
    (row,) = chosen(pooled, **DONOR, response="activation energy").to_dict("records")
    assert row["works"] == 0


def test_the_command_writes_text_csv_and_json(frozen_root):
    def call(*words):
        return CliRunner().invoke(app, ["moderators", *words, "--root", str(frozen_root)])

    shown = call()
    assert shown.exit_code == 0, shown.output
    assert "regressions reach the floor" in shown.output
    content = json.loads(call("--format", "json").output)["result"]
    assert set(content) == {"counts", "differences", "regressions"}
    head, *rows = call("--format", "csv").output.splitlines()
    assert head.startswith("study_id,moderator,interface_class,low,high,lo,hi,sd")
    assert len(rows) == len(content["differences"])
    wrong = call("--class", "LE/XE")
    assert wrong.exit_code == 1
    assert "no class is named 'LE/XE'" in str(wrong.exception)
