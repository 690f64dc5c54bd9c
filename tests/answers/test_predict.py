"""Predictions on made-up reference arms: expected values by algebra and by the mixed engine."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed
from metastudy.answers.bounded_prediction import JointNormal
from metastudy.answers.predict import (
    PredictError,
    family_gap,
    interval_row,
    pair_of,
    pool_of,
    rows_behind,
)
from metastudy.bridge.modelling.model_rows import LADDER, ModelRows, headline_rows
from tests.answers.simulated import Truth, simulate
from tests.contribute.command import metastudy as command

FROZEN = Path(__file__).resolve().parents[1] / "frozen"
SD = 0.3


def joint(lo, hi, works, systems, sigma2, V=None):
    lo, hi = np.array(lo, float), np.array(hi, float)
    frame = pd.DataFrame({"lo": lo, "hi": hi, "exact": lo == hi, "work": works, "system": systems})
    V = np.zeros((len(frame), len(frame))) if V is None else V
    return JointNormal(ModelRows(frame, V, pd.DataFrame()), sigma2)


def test_one_value_a_work_gives_the_textbook_interval_of_a_new_observation():
    y = [1.0, 1.4, 2.1, 2.3]
    normal = joint(y, y, list("abcd"), ["one"] * 4, {"work:observation": SD**2})
    found = normal.predict("one", None, 3, np.random.default_rng(1))
    half = stats.t.ppf(0.975, 3) * SD * np.sqrt(1 + 1 / 4)
    assert found.interval(0.05) == pytest.approx((1.7 - half, 1.7 + half), abs=1e-4)


def test_without_bounds_it_is_the_best_linear_unbiased_prediction_of_the_engine():
    observations, V = simulate(np.random.default_rng(11), systems=12, works=30)
    rows = headline_rows(observations, V, LADDER[2])
    fit = mixed.fit("y ~ 1 + (1 | system) + (1 | work/observation)", rows.frame, V=rows.V)
    normal = JointNormal(rows, dict(fit.sigma2))
    first = rows.frame.iloc[0]
    known = pd.DataFrame([{"system": first["system"], "work": first["work"]}])
    cases = {None: known[["system"]], first["work"]: known}
    for work, newdata in cases.items():
        found = normal.predict(first["system"], work, 10, np.random.default_rng(1))
        engine = fit.predict(newdata).iloc[0]
        new = 0.0 if work else fit.sigma2["work"]
        reach = np.sqrt(engine["se"] ** 2 + new + fit.sigma2["work:observation"])
        assert found.means == pytest.approx([engine["prediction"]], abs=1e-4)
        assert found.sd == pytest.approx(reach, rel=1e-3)


def test_a_bound_moves_the_mean_as_the_half_normal_says():
    # Given y1 = 0 and a flat mean, y2 ~ N(0, 2 sd^2); below 0 its mean is -sqrt(2/pi) sqrt(2) sd.
    normal = joint([0, np.nan], [0, 0], ["a", "b"], ["one"] * 2, {"work:observation": SD**2})
    found = normal.predict("one", None, 5, np.random.default_rng(2))
    assert found.means.mean() == pytest.approx(-SD / np.sqrt(np.pi), abs=0.01)


def test_a_bound_far_above_the_values_changes_nothing_but_for_its_width():
    y = [1.0, 1.4, 2.1]
    sigma2 = {"work:observation": SD**2}
    alone = joint(y, y, list("abc"), ["one"] * 3, sigma2)
    with_bound = joint([*y, np.nan], [*y, 9.0], list("abcd"), ["one"] * 4, sigma2)
    ends = [
        normal.predict("one", None, 200, np.random.default_rng(3)).interval(0.05)
        for normal in (alone, with_bound)
    ]
    assert ends[0] == pytest.approx(ends[1], abs=0.02)


def test_a_lower_bound_far_in_the_tail_keeps_its_digits():
    normal = joint([0, 8.0], [0, np.nan], ["a", "b"], ["one"] * 2, {"work:observation": SD**2})
    found = normal.predict("one", None, 5, np.random.default_rng(4))
    # beyond a limit a far out a normal is exponential with mean sd / a, in units of sd
    sd = np.sqrt(2) * SD
    excess = sd**2 / 8.0
    assert found.means.mean() == pytest.approx((8.0 + excess) / 2, abs=0.002)


def test_a_known_work_is_narrower_than_a_new_laboratory():
    observations, V = simulate(np.random.default_rng(5), works=40)
    pool = pool_of(observations, V)
    family, work = pool.rows.frame.iloc[0][["system", "work"]]
    new = interval_row("new laboratory", None, pool, family, 0.05, 1, "")
    known = interval_row("new preparation", work, pool, family, 0.05, 1, "")
    width = [np.log10(r["upper_ohm_cm2"] / r["lower_ohm_cm2"]) for r in (new, known)]
    assert width[0] > width[1]


def test_the_interval_holds_new_laboratories_as_often_as_it_says():
    truth = Truth(system=0.0, between=0.3, within=0.3, shared_error=0.0)
    inside = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        observations, V = simulate(rng, truth, systems=1, works=8, rows_per_work=1)
        pool = pool_of(observations, V)
        family = pool.rows.frame["system"].iloc[0]
        row = interval_row("new laboratory", None, pool, family, 0.05, 1, "")
        new = 10 ** (2 + rng.normal(0, np.hypot(truth.between, truth.within)))
        inside += row["lower_ohm_cm2"] < new < row["upper_ohm_cm2"]
    assert inside >= 34  # the 1 % point of 40 draws at 95 %


def test_below_the_floors_the_pool_says_what_is_missing():
    observations, V = simulate(np.random.default_rng(7), systems=1, works=2, rows_per_work=2)
    pool = pool_of(observations, V)
    assert pool.missing == "3 degrees of freedom in 2 works; an interval needs 4 in 3 works"
    with pytest.raises(PredictError, match="an interval needs 4 in 3 works"):
        pool.predict(None, None, 3, np.random.default_rng(1))


def test_a_family_without_a_row_is_missing_and_its_rows_are_in_ohm_cm2():
    observations, V = simulate(np.random.default_rng(8), works=20)
    observations = observations.assign(salt="none")
    pool = pool_of(observations, V)
    assert family_gap(pool, "another").startswith("a reference value of the family another")
    family = pool.rows.frame["system"].iloc[0]
    assert family_gap(pool, family) == ""
    rows = rows_behind(pool, family, observations)
    assert set(rows["observation_id"]) == set(
        observations[observations.family == family].observation_id
    )
    first = observations.set_index("observation_id").loc[rows["observation_id"].iloc[0]]
    assert rows["lo_ohm_cm2"].iloc[0] == pytest.approx(10 ** first["y"])


VOCABULARY = pd.DataFrame(
    [
        ("solid_electrolyte", "GLASS", {"ion": "Li", "family": "oxide", "synonyms": "brand; b-1"}),
        ("solid_electrolyte", "SALT", {"ion": "Li", "family": "halide"}),
        ("polymer", "PEO", {"synonyms": "polyethylene oxide"}),
        ("solvent", "EC", {}),
        ("solvent", "DMC", {}),
        ("solvent", "water", {}),
    ],
    columns=["vocabulary", "word", "properties"],
).assign(properties=lambda table: table["properties"].map(json.dumps))


@pytest.mark.parametrize(
    ("text", "material", "family"),
    [
        ("GLASS | PEO", "PE/SE | Li | GLASS | PEO", "PE/SE | Li | oxide | polymer"),
        ("polyethylene oxide|Brand", "PE/SE | Li | GLASS | PEO", "PE/SE | Li | oxide | polymer"),
        ("EC:dmc | b-1", "LE/SE | Li | GLASS | DMC:EC", "LE/SE | Li | oxide | liquid"),
        ("GLASS | water", "LE/SE | Li | GLASS | water", "LE/SE | Li | oxide | aqueous"),
        ("SALT | GLASS", "SE/SE | Li | SALT | GLASS", "SE/SE | Li | halide | solid"),
    ],
)
def test_a_pair_is_read_in_either_order_by_words_or_synonyms(text, material, family):
    pair = pair_of(text, VOCABULARY)
    assert (pair.material, pair.family) == (material, family)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("GLASS", "'GLASS' is no pair; write two conductors"),
        ("GLASS | ", "is no pair"),
        ("GLAS | PEO", "is named 'GLAS'; did you mean GLASS"),
        ("GLASS | EC:DCM", "is named 'DCM'; did you mean DMC"),
        ("PEO | EC", "holds no solid electrolyte"),
    ],
)
def test_a_wrong_pair_says_what_would_be_right(text, message):
    with pytest.raises(PredictError, match=message):
        pair_of(text, VOCABULARY)


def test_the_command_gives_the_same_numbers_as_json_and_csv_or_what_is_missing():
    call = ("predict", "PEO | LLZO", "--at", "60", "--root", FROZEN)
    found = json.loads(command(*call, "--format", "json").out)["result"]
    assert found["pair"] == "LLZO | PEO"
    table = command(*call, "--format", "csv").out.splitlines()
    assert table[0].startswith("of,work,median_ohm_cm2,lower_ohm_cm2,upper_ohm_cm2")
    assert len(table) == 1 + len(found["intervals"])
    assert command(*call).out.splitlines()[0] == found["sentence"]
    first = found["intervals"][0]
    assert first["missing"] or first["lower_ohm_cm2"] < first["upper_ohm_cm2"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("LLZO | PEEO", "--at", "60"), "is named 'PEEO'; did you mean PEO"),
        (("LLZO | PEO", "--at", "333.15"), "if it is in kelvin, give 60 degC"),
        (("LLZO | PEO", "--at", "60", "--alpha", "0.95"), "did you mean alpha=0.05"),
        (("LLZO | PEO", "--at", "60", "--seed", "-1"), "a seed is 0 or more"),
    ],
)
def test_a_wrong_call_ends_with_one_message(arguments, message):
    done = command("predict", *arguments, "--root", FROZEN)
    assert (done.status, done.out) == (1, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 1
