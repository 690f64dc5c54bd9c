"""Rectangle probabilities against closed forms, against independence, and by differences."""

import numpy as np
import pytest
from scipy import integrate, stats

from metastudy.mixed.likelihoods.orthant import points_for, rectangles

INF = np.inf


def probability(lower, upper, S, rng, n=512):
    lower, upper, S = (np.asarray(x, float)[None] for x in (lower, upper, S))
    return rectangles(lower, upper, S, points_for(lower.shape[1], n, rng))


def random_covariance(size, rng):
    A = rng.normal(size=(size, size))
    return A @ A.T / size + 0.5 * np.eye(size) + 0.3


@pytest.mark.parametrize("rho", [-0.95, -0.3, 0.0, 0.6, 0.999])
def test_quadrant_of_two_rows(rho, rng):
    """Sheppard: P(z1 > 0, z2 > 0) = 1/4 + arcsin(rho) / (2 pi)."""
    found = probability([0, 0], [INF, INF], [[1, rho], [rho, 1]], rng)
    expected = 0.25 + np.arcsin(rho) / (2 * np.pi)
    assert np.exp(found.logp[0]) == pytest.approx(expected, rel=1e-10)
    assert found.error == 0.0


def test_two_rows_far_in_the_tail(rng):
    """Both below -9: against the one-dimensional integral on the log scale."""
    rho = 0.5
    found = probability([-INF, -INF], [-9, -9], [[1, rho], [rho, 1]], rng)
    scale = stats.norm.logpdf(9)

    def integrand(z):
        inner = stats.norm.logcdf((-9 - rho * z) / np.sqrt(1 - rho**2))
        return np.exp(stats.norm.logpdf(z) + inner - scale)

    value, _ = integrate.quad(integrand, -16, -9, epsabs=0, epsrel=1e-12)
    assert found.logp[0] == pytest.approx(np.log(value) + scale, abs=1e-9)


def test_one_row_is_the_normal_distribution(rng):
    for lower, upper in ((-INF, -3.0), (2.0, INF), (10.0, 10.5), (-0.2, 0.1)):
        found = probability([lower], [upper], [[4.0]], rng)
        a, b = sorted((-abs(lower / 2), -abs(upper / 2))) if lower > 0 else (lower / 2, upper / 2)
        assert found.logp[0] == pytest.approx(
            np.log(stats.norm.cdf(b) - stats.norm.cdf(a)), abs=1e-12
        )


def test_orthant_of_three_rows(rng):
    """1/8 + (sum of the three arcsines) / (4 pi)."""
    S = np.array([[1, 0.4, -0.2], [0.4, 1, 0.3], [-0.2, 0.3, 1]])
    found = probability([0] * 3, [INF] * 3, S, rng, n=256)
    expected = 0.125 + np.arcsin([0.4, -0.2, 0.3]).sum() / (4 * np.pi)
    assert found.logp[0] == pytest.approx(np.log(expected), abs=4 * found.error)
    assert found.error < 1e-3


def test_equicorrelated_orthant_of_sixty_rows(rng):
    """Correlation 1/2: P(all > 0) = 1 / (s + 1); the stated error holds and is below 0.02."""
    S = 0.5 * (np.eye(60) + 1)
    found = probability([0] * 60, [INF] * 60, S, rng)
    assert found.error < 0.02
    assert found.logp[0] == pytest.approx(-np.log(61), abs=4 * found.error)


def test_stated_error_is_the_spread_between_seeds():
    """Over forty seeds the error of a known probability is as large as stated."""
    S = 0.5 * (np.eye(20) + 1)
    z = []
    for seed in range(40):
        found = probability([0] * 20, [INF] * 20, S, np.random.default_rng(seed), n=64)
        z.append((found.logp[0] + np.log(21)) / found.error)
    assert np.std(z) == pytest.approx(1, abs=0.45)


def test_independent_rows_multiply(rng):
    lower = np.array([-INF, -1.0, 0.3, -INF, -2.0])
    upper = np.array([0.2, 0.5, INF, -1.0, 2.0])
    found = probability(lower, upper, np.diag([1, 4, 0.25, 1, 9.0]), rng)
    sd = np.array([1, 2, 0.5, 1, 3])
    expected = np.log(stats.norm.cdf(upper / sd) - stats.norm.cdf(lower / sd)).sum()
    assert found.logp[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 12])
def test_derivatives_are_those_of_the_estimate(size, rng):
    S = random_covariance(size, rng)
    upper = rng.normal(0.3, 0.7, size)
    lower = np.where(np.arange(size) % 3 == 0, upper - 1, -INF)
    if size > 4:
        lower[1], upper[1] = -0.4, INF
    points = points_for(size, 64, rng)

    def logp(mean, S):
        return rectangles((lower - mean)[None], (upper - mean)[None], S[None], points)

    found = logp(np.zeros(size), S)
    h, direction, bend = 1e-5, rng.normal(size=size), random_covariance(size, rng)
    by_mean = (logp(h * direction, S).logp - logp(-h * direction, S).logp)[0] / (2 * h)
    zero = np.zeros(size)
    by_S = (logp(zero, S + h * bend).logp - logp(zero, S - h * bend).logp)[0] / (2 * h)
    assert found.mean_slope[0] @ direction == pytest.approx(by_mean, abs=1e-7)
    assert (found.covariance_slope[0] * bend).sum() == pytest.approx(by_S, abs=1e-7)


def test_derivative_by_the_mean_gives_the_truncated_expectation(rng):
    """S g is the mean deviation inside the rectangle: one row, the inverse Mills ratio."""
    found = probability([0.7], [INF], [[4.0]], rng)
    mills = stats.norm.pdf(0.35) / stats.norm.sf(0.35)
    assert 4 * found.mean_slope[0, 0] == pytest.approx(2 * mills, rel=1e-12)


def test_stacked_rectangles_are_independent_of_each_other(rng):
    points = points_for(3, 64, rng)
    S = np.array([random_covariance(3, rng) for _ in range(4)])
    upper = rng.normal(size=(4, 3))
    lower = np.full((4, 3), -INF)
    together = rectangles(lower, upper, S, points).logp
    alone = [rectangles(lower[[k]], upper[[k]], S[[k]], points).logp[0] for k in range(4)]
    np.testing.assert_allclose(together, alone, rtol=1e-13)


def test_an_indefinite_covariance_has_no_probability(rng):
    assert probability([0, 0], [1, 1], [[1, 2], [2, 1]], rng) is None


def test_an_impossible_rectangle_has_no_logarithm(rng):
    assert probability([-INF], [-60.0], [[1.0]], rng) is None
