"""Effect sizes against metafor's printed digits, simulation and algebra."""

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.mixed.errors import DataError, FormulaError, UndefinedError

ARMS = {name: name for name in ("m1", "sd1", "n1", "m2", "sd2", "n2")}
SDS = {name: name for name in ("sd1", "n1", "sd2", "n2")}


@pytest.fixture
def arms():
    return pd.DataFrame(
        {
            "m1": [12.0, 30.0],
            "sd1": [3.0, 9.0],
            "n1": [4, 9],
            "m2": [60.0, 25.0],
            "sd2": [20.0, 5.0],
            "n2": [6, 5],
        },
        index=["a", "b"],
    )


# R 4.2.2, metafor 3.8-1: escalc(measure, m1i, sd1i, n1i, m2i, sd2i, n2i) and (mi, sdi, ni).
@pytest.mark.parametrize(
    ("measure", "given", "y", "v"),
    [
        ("ROM", ARMS, (-1.609437912434, 0.182321556794), (0.0341435185185, 0.018)),
        ("VR", SDS, (-1.830453318219, 0.525286664902), (0.266666666667, 0.1875)),
        ("CVR", ARMS, (-0.221015405785, 0.342965108108), (0.300810185185, 0.2055)),
        (
            "MNLN",
            {"m": "m1", "sd": "sd1", "n": "n1"},
            (2.48490664979, 3.40119738166),
            (0.015625, 0.01),
        ),
        ("SDLN", {"sd": "sd1", "n": "n1"}, (1.26527895533, 2.25972457734), (1 / 6, 1 / 16)),
    ],
)
def test_measures_agree_with_metafor(arms, measure, given, y, v):
    found = mixed.escalc(measure, arms, **given)
    np.testing.assert_allclose(found["y"], y, rtol=1e-11)
    np.testing.assert_allclose(found["v"], v, rtol=1e-11)
    assert list(found.columns) == [*arms.columns, "y", "v"]
    assert list(found.index) == ["a", "b"]


def test_decades_are_natural_logarithms_in_another_unit(arms):
    found = mixed.escalc("ROM", arms, base=10, columns=("lg", "lg_v"), **ARMS)
    np.testing.assert_allclose(found["lg"], np.log10(arms["m1"] / arms["m2"]))
    natural = mixed.escalc("ROM", arms, **ARMS)
    np.testing.assert_allclose(found["lg_v"], natural["v"] / np.log(10) ** 2)


def test_a_change_is_a_ratio_by_another_name():
    """P % lower with sd(p): the ratio 1 - p has the sd of p, its logarithm sd/(1 - p)."""
    data = pd.DataFrame({"p": [80.0, 10.0], "sd": [5.0, 2.0]})
    changed = mixed.escalc("CHANGE", data, change=-data["p"], sd="sd")
    ratio = mixed.escalc("RATIO", data, ratio=1 - data["p"] / 100, sd=data["sd"] / 100)
    np.testing.assert_allclose(changed["y"], np.log([0.2, 0.9]))
    np.testing.assert_allclose(changed["v"], [(0.05 / 0.2) ** 2, (0.02 / 0.9) ** 2])
    np.testing.assert_allclose(ratio[["y", "v"]], changed[["y", "v"]])


def test_the_variance_is_that_of_simulated_ratios(rng):
    """Means of 12 normal samples with a relative sd of 20 and 30 %, drawn 200,000 times."""
    one, two = (rng.normal(1, cv / np.sqrt(12), 200_000) for cv in (0.2, 0.3))
    drawn = np.log(one / two)
    data = pd.DataFrame({"m1": [1.0], "sd1": 0.2, "n1": 12, "m2": 1.0, "sd2": 0.3, "n2": 12})
    plain = mixed.escalc("ROM", data, **ARMS).iloc[0]
    corrected = mixed.escalc("ROMC", data, **ARMS).iloc[0]
    assert corrected["v"] == pytest.approx(drawn.var(), rel=0.02)
    assert plain["v"] < corrected["v"] < drawn.var()  # both leave out terms of 1/n^2
    # The correction takes off the bias of the logarithm of a mean, -cv^2 / 2n in each arm.
    error = drawn.std() / np.sqrt(drawn.size)
    assert drawn.mean() - (plain["y"] - (corrected["y"] - plain["y"])) == pytest.approx(
        0, abs=4 * error
    )


def test_a_missing_spread_leaves_the_variance_missing_and_the_row_in(arms):
    arms.loc["b", "sd2"] = np.nan
    found = mixed.escalc("ROM", arms, **ARMS)
    assert np.isnan(found.loc["b", "v"])
    assert found.loc["b", "y"] == pytest.approx(np.log(30 / 25))


@pytest.mark.parametrize(
    ("measure", "change", "error", "message"),
    [
        ("SMD", {}, UndefinedError, "measure 'SMD' is not known; use one of MNLN, ROM"),
        ("ROM", {"m1": [1, -2]}, DataError, "m1 of row b is -2; it must be a number above 0"),
        ("ROM", {"m1": [1, np.nan]}, DataError, "m1 of row b is missing"),
        ("ROM", {"sd1": -1.0}, DataError, "sd1 of row a is -1; it must be a number at least 0"),
        ("CVR", {"n1": 1}, DataError, "n1 of row a is 1; it must be a number at least 2"),
        ("ROM", {"m1": "m3"}, FormulaError, "m1: the data have no column 'm3'; columns are m1, sd"),
        ("ROM", {"m1": [1, 2, 3]}, DataError, r"m1 has shape \(3,\); give one value for each of"),
        ("ROM", {"m1": ["x", "z"]}, DataError, "m1: the values are not numbers"),
        ("ROM", {"change": 3}, TypeError, "measure ROM has no argument 'change'; it has m1, sd1"),
        ("ROM", {"base": 1}, DataError, "base is 1; give a number above 1"),
        ("ROM", {"columns": ("y", "n1")}, DataError, "have a column 'n1' already; give others"),
        ("ROM", {"m1": pd.Series([1.0, 2.0])}, DataError, "is not labelled as the data's rows"),
    ],
)
def test_what_is_refused(arms, measure, change, error, message):
    with pytest.raises(error, match=message):
        mixed.escalc(measure, arms, **{**ARMS, **change})


def test_a_change_below_minus_100_percent_is_refused():
    data = pd.DataFrame({"change": [-100.0], "sd": [1.0]})
    with pytest.raises(DataError, match="change of row 0 is -100; it must be a number above -100"):
        mixed.escalc("CHANGE", data, change="change", sd="sd")
    with pytest.raises(TypeError, match="measure CHANGE needs sd; its arguments are change, sd, n"):
        mixed.escalc("CHANGE", data, change="change")
