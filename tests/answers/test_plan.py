"""A plan against the chi-square interval of a variance, its sentence, its picture, bad input."""

import json
import math

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from metastudy.answers.plan import PlanError, assumed_sd, plan_study
from metastudy.cli import app
from metastudy.pages.figures.plan import plan_figure

SD = {"lab": 0.3, "preparation": 0.5, "repeat": 0.05}
COUNTS = {"lab": [4, 8], "preparation": [4], "repeat": [2]}


def planned(precision, **changes):
    given = {"sd": SD, "counts": COUNTS, "runs": 200, "rng": np.random.default_rng(7)}
    return plan_study(**{**given, "precision": precision, **changes})


@pytest.fixture(scope="module")
def plan():
    return planned(0.2)


def test_the_precision_is_that_of_a_chi_square_interval(plan):
    # Repeats are precise, so the preparations within laboratories are labs x (4 - 1) free values;
    # the profile knows a little more, from the means of the laboratories.
    for row in plan.designs.to_dict("records"):
        df = row["lab"] * 3
        low, high = (math.sqrt(df / stats.chi2.ppf(p, df)) for p in (0.975, 0.025))
        expected = 0.5 * SD["preparation"] * (high - low)
        assert row["half_width"] == pytest.approx(expected, rel=0.2)


def test_the_smallest_design_is_the_first_that_reaches_it(plan):
    assert plan.designs["cells"].tolist() == [32, 64]
    assert plan.designs["reached"].tolist() == [False, True]
    assert plan.smallest["lab"] == 8
    assert plan.sentence == (
        "8 laboratories x 4 preparations x 2 repeats, 64 cells, give the standard deviation "
        "between preparations to 0.2 dex."
    )


def test_no_design_is_enough():
    plan = planned(0.01)
    assert plan.smallest is None
    assert plan.sentence.startswith(
        "No design gives the standard deviation between preparations to 0.01 dex; the nearest, "
        "8 laboratories x 4 preparations x 2 repeats, gives it to 0.1"
    )


def test_more_laboratories_are_asked_for_the_spread_between_them():
    counts = {"lab": [4, 16], "preparation": [2], "repeat": [2]}
    few, many = planned(0.2, counts=counts, level="lab").designs["half_width"]
    assert many < few


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"precision": 0.0}, "--precision 0 is none"),
        ({"precision": math.nan}, "--precision nan is none"),
        ({"counts": {**COUNTS, "lab": [1]}}, "--labs 1 shows no scatter; give 2 or more"),
        ({"counts": {**COUNTS, "repeat": [0]}}, "--repeats 0 shows no scatter"),
    ],
)
def test_what_is_no_plan_is_refused(changes, message):
    with pytest.raises(PlanError, match=message):
        planned(**{"precision": 0.2, **changes})


def test_a_standard_deviation_is_given_or_the_datasets():
    with pytest.raises(PlanError, match="no standard deviation of lab; give --lab-sd"):
        assumed_sd(None, {"preparation": 0.5})
    with pytest.raises(PlanError, match="--lab-sd -1 is no standard deviation"):
        assumed_sd(None, {"lab": -1.0, "preparation": 0.5})
    found = assumed_sd(None, {"lab": 0.3, "preparation": 0.5})
    assert found["repeat"] == pytest.approx(0.15 / math.log(10))  # the printed repeatability


def test_the_picture_has_a_point_for_every_design(plan):
    axes = plan_figure(plan).axes[0]
    points = [line for line in axes.lines if line.get_marker() not in ("None", None, "")]
    assert sorted(x for line in points for x in line.get_xdata()) == [32, 64]


def test_the_command_writes_json_and_the_picture(tmp_path):
    out = tmp_path / "plan.svg"
    given = "--precision 0.3 --lab-sd 0.3 --preparation-sd 0.5 --repeat-sd 0.05 --labs 4 "
    given += f"--preparations 2 --runs 20 --format json --out {out}"
    done = CliRunner().invoke(app, ["plan", *given.split()])
    assert done.exit_code == 0
    content = json.loads(done.output)["result"]
    assert [row["cells"] for row in content["designs"]] == [16]
    assert content["sd_dex"] == {"lab": 0.3, "preparation": 0.5, "repeat": 0.05}
    assert out.read_text(encoding="utf-8").count("<svg") == 1
    wrong = CliRunner().invoke(app, ["plan", "--precision", "0.3", "--lab-sd", "-2"])
    assert wrong.exit_code == 1
    assert "--lab-sd -2 is no standard deviation" in str(wrong.exception)
