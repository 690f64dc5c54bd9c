"""Stand-ins and two-point coordinates against enumeration, closed orthants, and by differences."""

from itertools import product

import numpy as np
import pytest
from scipy import integrate, stats

from metastudy.mixed.likelihoods.expectation_propagation import fitted_sites, no_sites, tilted
from metastudy.mixed.likelihoods.joined_conditions import Conditions, Joined, joined_entries
from metastudy.mixed.likelihoods.orthant import (
    IntegrationPoints,
    drawn,
    enumerated,
    expectation,
    no_states,
    points_for,
    scrambled,
)

INF = np.inf
P = np.array([[0.5, 0.3], [0.2, 0.6]])
LOWER = np.array([[-INF, -1.0, 0.2], [-0.5, -INF, -INF]])
UPPER = np.array([[0.4, 0.8, INF], [INF, 0.5, 1.0]])


@pytest.fixture
def law(rng):
    """Two stacked laws of two units and three bounds: mean (2, 5), covariance (2, 5, 5)."""
    B = rng.normal(size=(2, 5, 5))
    return 0.5 * rng.normal(size=(2, 5)), B @ np.swapaxes(B, 1, 2) / 5 + 0.3 * np.eye(5)


def by_enumeration(mean, S, p, lower, upper):
    """Sum over both values of the units of density ratio times scipy's rectangle probability."""
    total, K = 0.0, p.size
    C = S[K:, :K] @ np.linalg.inv(S[:K, :K])
    for s in product((0, 1), repeat=K):
        x = np.array(s) - p
        prior = np.prod(np.where(np.array(s) > 0, p, 1 - p))
        ratio = stats.multivariate_normal(mean[:K], S[:K, :K]).pdf(x)
        ratio /= stats.multivariate_normal(np.zeros(K), np.diag(p * (1 - p))).pdf(x)
        inner = stats.multivariate_normal(
            mean[K:] + C @ (x - mean[:K]),
            S[K:, K:] - C @ S[:K, K:],
            maxpts=2_000_000,
            abseps=1e-9,
            releps=1e-9,
            seed=1,
        )
        total += prior * ratio * inner.cdf(upper, lower_limit=lower)
    return np.log(total)


def simulated(law, rng):
    """Points and states of both kinds, with stand-ins."""
    mean, S = law
    sites = fitted_sites(mean, S, LOWER, UPPER, P)
    whole = scrambled(5, 512, rng)
    states = drawn(tilted(mean, S, sites), sites, P, whole.w[:2])
    points = IntegrationPoints(whole.w[2:], whole.log_weight, whole.replicates)
    return sites, [enumerated(P, points_for(3, 512, rng)), (points, states)]


def test_units_and_bounds_are_their_enumeration(law, rng):
    mean, S = law
    exact = [by_enumeration(mean[g], S[g], P[g], LOWER[g], UPPER[g]) for g in range(2)]
    sites, kinds = simulated(law, rng)
    for points, states in kinds:
        for stand_ins in (sites, no_sites(2, 5)):
            found = expectation(mean, S, LOWER, UPPER, stand_ins, points, states)
            np.testing.assert_allclose(found.logp, exact, atol=4 * found.error + 1e-5)


def test_derivatives_with_stand_ins_are_those_of_the_estimate(law, rng):
    mean, S = law
    sites, kinds = simulated(law, rng)
    direction, B = rng.normal(size=(2, 5)), rng.normal(size=(2, 5, 5))
    bend, h = B + np.swapaxes(B, 1, 2), 1e-6
    for points, states in kinds:

        def logp(mean, S, points=points, states=states):
            return expectation(mean, S, LOWER, UPPER, sites, points, states)

        found = logp(mean, S)
        sides = [logp(mean + h * x * direction, S).logp for x in (1, -1)]
        slope = (found.mean_slope * direction).sum(axis=1)
        np.testing.assert_allclose(slope, (sides[0] - sides[1]) / (2 * h), atol=1e-7)
        sides = [logp(mean, S + h * x * bend).logp for x in (1, -1)]
        slope = (found.covariance_slope * bend).sum(axis=(1, 2))
        np.testing.assert_allclose(slope, (sides[0] - sides[1]) / (2 * h), atol=1e-6)


def equicorrelated(size, rho, limit):
    """P(all < limit) of equicorrelated normal values: one integral."""

    def integrand(z):
        inner = size * stats.norm.logcdf((limit - np.sqrt(rho) * z) / np.sqrt(1 - rho))
        return np.exp(inner) * stats.norm.pdf(z)

    return np.log(integrate.quad(integrand, -12, 12, epsabs=0, epsrel=1e-11, limit=400)[0])


@pytest.mark.parametrize(("size", "rho"), [(40, 0.3), (250, 0.1), (250, 0.5)])
def test_stand_ins_bring_the_error_of_many_bounds_below_two_hundredths(size, rho, rng):
    """Half of the rows' values lie below 0.5: the true log-probability is one integral."""
    S = (rho + (1 - rho) * np.eye(size))[None]
    mean, lower, upper = np.zeros((1, size)), np.full((1, size), -INF), np.full((1, size), 0.5)
    sites = fitted_sites(mean, S, lower, upper, np.empty((1, 0)))
    points = points_for(size, 128, rng)
    states = no_states(1, points.w.shape[1])
    found = expectation(mean, S, lower, upper, sites, points, states)
    plain = expectation(mean, S, lower, upper, no_sites(1, size), points, states)
    assert found.error < 0.02
    assert found.error < plain.error / 2
    assert found.logp[0] == pytest.approx(equicorrelated(size, rho, 0.5), abs=4 * found.error)


def test_far_tails_and_narrow_intervals_keep_their_stand_ins_finite(rng):
    lower = np.array([[-INF, 30.0, 0.1, -INF]])
    upper = np.array([[-30.0, INF, 0.1 + 1e-6, 60.0]])
    S = (0.3 + 0.7 * np.eye(4))[None]
    sites = fitted_sites(np.zeros((1, 4)), S, lower, upper, np.empty((1, 0)))
    assert np.isfinite([sites.centre, sites.tau, sites.nu]).all()
    assert (sites.tau >= 0).all()
    assert sites.tau[0, 3] < 1e-6


def test_entries_fall_into_their_components():
    """Rows 0 to 3 are bounds, entries 4 and 5 units; rows 1 and 3 share a component with unit 4."""
    stacks = joined_entries(np.array([0, 1, 2, 1, 1, 3]), 4, joined=False)
    found = {(K, tuple(entries)) for rows, K in stacks for entries in rows.tolist()}
    assert found == {(0, (0,)), (0, (2,)), (1, (4, 1, 3)), (1, (5,))}
    ((whole, K),) = joined_entries(np.array([0, 1, 2, 1, 1, 3]), 4, joined=True)
    assert (K, whole.tolist()) == (2, [[4, 5, 0, 1, 2, 3]])


def test_unit_without_a_bound_is_a_sum_of_two(rng):
    conditions = Conditions(np.empty(0), np.empty(0), np.array([0.3]))
    joined = Joined(np.array([[0]]), 1, conditions, 64, rng)
    found = joined.expectation(np.array([0.2]), np.array([[0.1]]), conditions)
    ratio = [
        w * stats.norm(0.2, 0.1**0.5).pdf(x) / stats.norm(0, 0.21**0.5).pdf(x)
        for w, x in ((0.7, -0.3), (0.3, 0.7))
    ]
    assert found.logp[0] == pytest.approx(np.log(sum(ratio)), abs=1e-12)
    assert found.error == 0.0
