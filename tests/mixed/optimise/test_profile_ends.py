"""Ends of profile intervals: where they are, and what they cost."""

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.mixed.likelihoods.censored import CensoredLikelihood
from metastudy.mixed.optimise.profile_likelihood import sum_profile, variance_profile

CRITICAL = 3.841458820694124  # chi-square, one degree of freedom, 95 %


def _bounded(seed: int = 3):
    """Forty works of three rows, half of them bounds: REML joins sixty in one probability."""
    rng = np.random.default_rng(seed)
    work = np.repeat(np.arange(40), 3)
    y = rng.normal(0, 0.6, 40)[work] + rng.normal(0, 0.4, 120)
    is_bound = np.arange(120) % 2 == 0
    limit = y + rng.exponential(0.3, 120)
    data = {"work": work.astype(str), "row": np.arange(120).astype(str)}
    data |= {"y": np.where(is_bound, np.nan, y), "hi": np.where(is_bound, limit, np.nan)}
    formula = "y ~ 1 + (1 | work/row)"
    return mixed.fit(formula, pd.DataFrame(data | {"v": 0.01}), v="v", upper="hi")


@pytest.fixture(scope="module")
def bounded():
    return _bounded()


@pytest.mark.parametrize("members", [[0], [1], [0, 1]])
def test_the_simulated_log_likelihood_has_dropped_as_it_should_at_both_ends(bounded, members):
    likelihood, optimum = bounded.likelihood, bounded.optimum
    assert likelihood.simulated
    if len(members) == 1:
        profile = variance_profile(likelihood, optimum, members[0])
        ends = bounded.components.conf_int().to_numpy(float)[members[0]]
    else:
        profile = sum_profile(likelihood, optimum, members)
        ends = bounded.components.sum_conf_int(["work", "work:row"])
    assert ends[0] < profile.estimate < ends[1]
    for end in ends:
        drop, _, _ = profile.at(float(end), optimum.theta)
        assert 2 * drop == pytest.approx(CRITICAL, abs=1e-4)


def test_an_interval_takes_few_evaluations_of_the_likelihood(bounded, monkeypatch):
    calls = []
    evaluate = CensoredLikelihood.evaluate

    def counted(self, theta, derivatives=True):
        calls.append(theta)
        return evaluate(self, theta, derivatives)

    monkeypatch.setattr(CensoredLikelihood, "evaluate", counted)
    bounded.components.conf_int(0.1)
    assert len(calls) < 2 * 30  # two components with two ends each


def test_the_end_expected_of_a_variance_is_that_of_its_quadratic():
    """One variance, no other parameter but the mean: REML of n values is chi-square."""
    y = np.random.default_rng(5).normal(size=2001)
    fit = mixed.fit("y ~ 1 + (1 | row)", pd.DataFrame({"y": y, "row": np.arange(2001).astype(str)}))
    profile = variance_profile(fit.likelihood, fit.optimum, 0)
    sd = profile.estimate * np.sqrt(2 / 2000)
    for side in (-1.0, 1.0):
        expected = profile.estimate * np.exp(side * 2 * sd / profile.estimate)
        assert profile.expected_end(2.0, side) == pytest.approx(expected, rel=1e-6)
    low, high = fit.components.conf_int(0.05).iloc[0]
    assert low == pytest.approx(profile.expected_end(np.sqrt(CRITICAL), -1.0), rel=1e-2)
    assert high == pytest.approx(profile.expected_end(np.sqrt(CRITICAL), 1.0), rel=1e-2)
