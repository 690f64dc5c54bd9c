"""Starting values of correlated slopes by moments."""

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.mixed.likelihoods.gaussian import build_likelihood
from metastudy.mixed.optimise.newton import slope_moments, starting_values


def grown(rng, times, groups=12):
    """Lines with their own intercepts and slopes at the same times in every group."""
    g = np.repeat(np.arange(groups), len(times))
    t = np.tile(times, groups)
    line = rng.multivariate_normal([0, 0], [[4, 0.6], [0.6, 0.3]], groups)
    y = line[g, 0] + line[g, 1] * t + rng.normal(0, 0.8, g.size)
    return pd.DataFrame({"g": g, "t": t, "y": y})


@pytest.mark.parametrize("times", [np.arange(6.0), np.array([10.0, 11.0, 13.0, 14.0])])
def test_a_balanced_design_starts_at_its_reml_estimate(rng, times):
    data = grown(rng, times - times.mean())
    fit = mixed.fit("y ~ t + (t | g)", data)
    start = starting_values(build_likelihood(fit.frame, reml=True))
    np.testing.assert_allclose(start, fit.optimum.theta, rtol=1e-6)


def test_moments_of_lines_by_hand(rng):
    data = grown(rng, np.arange(5.0))
    fit = mixed.fit("y ~ t + (t | g)", data)
    lines = np.array([np.polyfit(d["t"], d["y"], 1)[::-1] for _, d in data.groupby("g")])
    residual = data["y"] - np.polyval(lines.mean(axis=0)[::-1], data["t"])
    fitted = lines[data["g"], 0] + lines[data["g"], 1] * data["t"]
    s2 = ((data["y"] - fitted) ** 2).sum() / (60 - 24)
    D = np.column_stack([np.ones(5), np.arange(5.0)])
    centred = lines - lines.mean(axis=0)
    expected = centred.T @ centred / 11 - s2 * np.linalg.inv(D.T @ D)
    G, within = slope_moments(fit.frame.terms[0], residual.to_numpy())
    assert within == pytest.approx(s2)
    np.testing.assert_allclose(G, expected, rtol=1e-8)


def test_levels_with_too_few_rows_give_no_moments(rng):
    data = grown(rng, np.arange(5.0), groups=5)
    term = mixed.fit("y ~ t + (t | g)", data).frame.terms[0]
    keep = np.flatnonzero((data["g"] < 2) | (data["t"] == 0))
    assert slope_moments(term.restrict(keep), np.zeros(keep.size)) is None
