"""Covariance of effects that share arms, against simulated arms and against metafor."""

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.mixed.errors import DataError, FormulaError, UndefinedError

ARMS = {"treated": "arm", "reference": "ref", "v_treated": "vt", "v_reference": "vr"}


@pytest.fixture
def contrasts():
    """Two treatments against one reference, a chain from one of them, and one apart."""
    return pd.DataFrame(
        {
            "arm": ["a", "b", "c", "d"],
            "ref": ["r", "r", "a", "s"],
            "vt": [0.02, 0.03, 0.05, 0.01],
            "vr": [0.04, 0.04, 0.02, 0.06],
            "work": [1, 1, 1, 2],
        },
        index=list("wxyz"),
    )


def test_shared_arms_by_hand(contrasts):
    V = mixed.vcalc(contrasts, **ARMS)
    expected = [
        [0.06, 0.04, -0.02, 0],
        [0.04, 0.07, 0, 0],
        [-0.02, 0, 0.07, 0],
        [0, 0, 0, 0.07],
    ]
    np.testing.assert_allclose(V, expected, atol=1e-15)
    assert list(V.index) == list(V.columns) == list("wxyz")


def test_correlated_arms_are_the_covariance_of_simulated_ones(contrasts, rng):
    """Arms of a work share an error that makes half of their variance."""
    V = mixed.vcalc(contrasts, cluster="work", rho=0.5, **ARMS).to_numpy()
    variances = {"a": 0.02, "b": 0.03, "c": 0.05, "r": 0.04, "d": 0.01, "s": 0.06}
    common = dict(zip((1, 2), rng.normal(size=(2, 400_000)), strict=True))
    work = {"a": 1, "b": 1, "c": 1, "r": 1, "d": 2, "s": 2}
    arm = {
        name: np.sqrt(v / 2) * (common[work[name]] + rng.normal(size=400_000))
        for name, v in variances.items()
    }
    drawn = [arm[t] - arm[r] for t, r in zip(contrasts["arm"], contrasts["ref"], strict=True)]
    np.testing.assert_allclose(np.cov(drawn), V, atol=6e-4)


def test_a_treated_arm_without_label_is_its_own(contrasts):
    contrasts["ref"] = "r"
    contrasts["vr"] = 0.04
    V = mixed.vcalc(contrasts, reference="ref", v_treated="vt", v_reference="vr")
    np.testing.assert_allclose(V, 0.04 + np.diag(contrasts["vt"]))
    contrasts.loc["w", "arm"] = None
    contrasts.loc["x", "arm"] = None
    np.testing.assert_allclose(mixed.vcalc(contrasts, **ARMS), V)


def test_correlated_effects_agree_with_metafor():
    # R 4.2.2, metafor 3.8-1: vcalc(vi=c(.02,.03,.05), cluster=c(1,1,2), obs=1:3, rho=.6)
    data = pd.DataFrame({"v": [0.02, 0.03, 0.05], "work": [1, 1, 2]})
    V = mixed.vcalc(data, v="v", cluster="work", rho=0.6)
    expected = np.diag([0.02, 0.03, 0.05])
    expected[0, 1] = expected[1, 0] = 0.0146969384567
    np.testing.assert_allclose(V, expected, rtol=1e-11)


def test_a_fit_takes_it_in_any_row_order(contrasts):
    contrasts["y"] = [0.3, 0.5, -0.2, 0.1]
    V = mixed.vcalc(contrasts, **ARMS)
    W = np.linalg.inv(V.to_numpy())
    mean = W.sum(axis=0) @ contrasts["y"].to_numpy() / W.sum()
    for data in (contrasts, contrasts.iloc[::-1]):
        fit = mixed.fit("y ~ 1", data, V=V)
        assert fit.params["Intercept"] == pytest.approx(mean, rel=1e-12)
        assert fit.bse["Intercept"] == pytest.approx(W.sum() ** -0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"v": "vt"}, UndefinedError, "give v for effects that share no arm, or the labels"),
        ({"v_treated": None}, UndefinedError, "give v, or the labels reference"),
        ({"rho": 0.5}, UndefinedError, "cluster and rho go together"),
        ({"rho": 1.5, "cluster": "work"}, DataError, "rho is 1.5; give a correlation from 0 to 1"),
        ({"reference": "arm"}, DataError, "row w compares the arm 'a' with itself"),
        ({"v_reference": 0.05}, DataError, "arm 'a' has two variances, 0.02 and 0.05 .row y"),
        ({"v_treated": "v"}, FormulaError, "v_treated: the data have no column 'v'"),
        ({"v_treated": -1.0}, DataError, "v_treated of row w is -1; it must be a number at least"),
        ({"cluster": ["p", "q", "q", "t"], "rho": 0.1}, DataError, "arm 'r' has two clusters"),
        ({"cluster": [1, None, 1, 2], "rho": 0.1}, DataError, "cluster of row x is missing"),
    ],
)
def test_what_is_refused(contrasts, change, error, message):
    with pytest.raises(error, match=message):
        mixed.vcalc(contrasts, **{**ARMS, **change})
