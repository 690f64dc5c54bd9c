"""Products with the derivatives of M against differences of dense M."""

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.mixed.model.frame import build_frame
from metastudy.mixed.solvers.marginal import marginal_covariance
from metastudy.mixed.solvers.slopes import SlopesAlone

THETA = {
    "y ~ 1 + (1 | a/b) + (1 | c)": [0.3, 0.2, 0.4],
    "y ~ 1 + (x | a)": [0.6, 0.5, 0.3],
    "y ~ 1 + diag(c | a)": [0.3, 0.5, 0.2, 0.7],
}


@pytest.fixture
def rows(rng):
    data = pd.DataFrame({"a": rng.integers(0, 5, 30), "b": rng.integers(0, 3, 30)})
    data["c"] = [f"c{k}" for k in rng.integers(0, 4, 30)]
    return data.assign(x=rng.normal(size=30), y=rng.normal(size=30), v=0.1)


def held_against_differences(frame, theta, rng):
    theta, B, h = np.asarray(theta), rng.normal(size=(frame.nobs, 2)), 1e-6
    found = SlopesAlone(frame.terms, frame.nobs).factor(theta)
    whole = np.arange(frame.nobs)
    for j in range(theta.size):
        step = h * np.eye(theta.size)[j]
        sides = [
            marginal_covariance(frame.terms, frame.V, theta + x * step, whole) for x in (1, -1)
        ]
        expected = (sides[0] - sides[1]) @ B / (2 * h)
        np.testing.assert_allclose(found.apply(j, B), expected, atol=1e-7)


@pytest.mark.parametrize("formula", THETA)
def test_products_with_slopes_are_differences(formula, rows, rng):
    held_against_differences(build_frame(formula, rows, v="v"), THETA[formula], rng)


def test_correlated_levels_have_their_correlation(rows, rng):
    levels = list(dict.fromkeys(rows["a"]))
    R = 0.4 + 0.6 * np.eye(len(levels))
    known = pd.DataFrame(R, levels, levels)
    frame = build_frame("y ~ 1 + (1 | a)", rows, v="v", correlations={"a": known})
    held_against_differences(frame, [0.3], rng)


def test_bounds_beside_correlated_slopes_have_the_derivative_of_their_likelihood(rows, rng):
    rows["upper"] = np.where(rows.index % 5 == 0, rows["y"] + 0.3, np.nan)
    rows.loc[rows.index % 5 == 0, "y"] = np.nan
    fit = mixed.fit("y ~ 1 + (x | a)", rows, v="v", upper="upper", residual=True)
    theta, h = fit.optimum.theta * 1.1 + 0.05, 1e-5
    score = fit.likelihood.evaluate(theta).score
    for j in range(theta.size):
        step = h * np.eye(theta.size)[j]
        sides = [fit.likelihood.evaluate(theta + x * step, derivatives=False) for x in (1, -1)]
        assert score[j] == pytest.approx((sides[0].llf - sides[1].llf) / (2 * h), abs=1e-4)
