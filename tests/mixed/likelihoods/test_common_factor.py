"""Probabilities of rectangles with one common factor, against scipy's and against a product."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from metastudy.mixed.likelihoods.common_factor import loadings, log_interval, log_probabilities


def covariance(a, d):
    return np.outer(a, a) + np.diag(np.square(d))


@pytest.mark.parametrize("signs", [(1, 1, 1, 1), (1, -1, 1, -1)])
def test_probability_is_that_of_the_dense_rule(signs):
    a = np.array([0.9, 0.5, 1.4, 0.2]) * signs
    S = covariance(a, [0.3, 0.8, 0.5, 1.0])
    lower, upper = np.array([-np.inf, -0.4, -1.0, -np.inf]), np.array([0.2, np.inf, 1.5, -0.6])
    found = log_probabilities(lower[None], upper[None], S[None], loadings(S[None]))
    dense = multivariate_normal.cdf(
        upper, cov=S, lower_limit=lower, maxpts=2_000_000, abseps=1e-9, releps=1e-9, rng=1
    )
    assert np.exp(found[0]) == pytest.approx(dense, rel=1e-4)


def test_far_limits_do_not_underflow():
    """All below -30: with d small the common factor must be there, and little else is asked."""
    m, d = 5, 0.05
    S = covariance(np.ones(m), np.full(m, d))
    limits = np.full((1, m), -30.0)
    found = log_probabilities(np.full((1, m), -np.inf), limits, S[None], loadings(S[None]))[0]
    assert norm.logcdf(-30.2) < found < norm.logcdf(-30.0)


def test_loadings_are_found_up_to_their_common_sign():
    a = np.array([0.4, -0.7, 0.2, 0.9])
    S = covariance(a, [0.5, 0.6, 0.7, 0.8])
    found = loadings(np.stack([S, 4 * S]))
    assert np.abs(found) == pytest.approx(np.abs([a, 2 * a]))
    assert np.outer(found[0], found[0]) == pytest.approx(np.outer(a, a))


def test_two_factors_have_no_loadings():
    S = covariance([0.4, 0.7, 0.2, 0.9], np.ones(4)) + covariance([0.5, -0.5, 0.3, 0.1], np.ones(4))
    assert loadings(S[None]) is None
    assert loadings(np.eye(4)[None]) is None


def test_an_interval_is_exact_in_both_tails():
    a, b = np.array([-np.inf, 8.0, -9.0, -1.0]), np.array([-8.0, np.inf, -8.0, 2.0])
    expected = [norm.logsf(8), norm.logsf(8), norm.logcdf(-8), np.log(norm.cdf(2) - norm.cdf(-1))]
    assert log_interval(a, b) == pytest.approx(expected, rel=1e-3)
