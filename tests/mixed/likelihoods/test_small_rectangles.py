"""Normal probabilities of up to three coordinates: algebra, orthants and quadrature."""

import numpy as np
import pytest
from scipy.integrate import quad, trapezoid
from scipy.stats import norm

from metastudy.mixed.likelihoods.small_rectangles import log_probabilities, rectangle

INF = np.inf


def probability(lower, upper, S):
    ends = [np.array(end, float)[None, :, None] for end in (lower, upper)]
    return float(np.exp(log_probabilities(*ends, np.array(S, float)[None]))[0, 0])


@pytest.mark.parametrize("r", [-0.9, -0.4, 0.0, 0.3, 0.8, 0.95])
def test_a_quadrant_is_a_quarter_and_an_angle(r):
    assert probability([-INF] * 2, [0, 0], [[1, r], [r, 1]]) == pytest.approx(
        0.25 + np.arcsin(r) / (2 * np.pi), rel=1e-7
    )


def test_an_octant_is_the_sum_of_three_angles():
    R = np.array([[1, 0.3, 0.6], [0.3, 1, -0.2], [0.6, -0.2, 1]])
    wanted = 1 / 8 + np.arcsin(R[np.triu_indices(3, 1)]).sum() / (4 * np.pi)
    sd = np.array([0.5, 2.0, 3.0])
    S = R * sd * sd[:, None]
    assert probability([-INF] * 3, [0] * 3, S) == pytest.approx(wanted, rel=1e-5)
    assert probability([0] * 3, [INF] * 3, S) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("r", [-0.7, 0.5, 0.9])
@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ([-INF, -INF], [0.4, -1.1]),
        ([0.2, -INF], [INF, 0.5]),
        ([-0.3, -INF], [0.9, 1.2]),
        ([-0.3, -0.5], [0.9, 1.2]),
        ([-INF, -INF], [-3.0, -4.0]),
    ],
)
def test_two_coordinates_as_by_quadrature(lower, upper, r):
    def density(x):
        ends = [(end - r * x) / np.sqrt(1 - r * r) for end in (lower[1], upper[1])]
        return norm.pdf(x) * (norm.cdf(ends[1]) - norm.cdf(ends[0]))

    wanted = quad(density, max(lower[0], -12), min(upper[0], 12), epsrel=1e-11, epsabs=1e-15)[0]
    assert probability(lower, upper, [[1, r], [r, 1]]) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("r", [0.2, 0.6, 0.9, 0.97, 0.999])
def test_three_coordinates_with_one_factor(r):
    lower, upper = np.array([-0.4, -INF, -INF]), np.array([0.8, 0.6, -0.2])
    S = np.full((3, 3), r) + (1 - r) * np.eye(3)

    z = np.linspace(-9, 9, 40_001)
    ends = [(end[:, None] - np.sqrt(r) * z) / np.sqrt(1 - r) for end in (lower, upper)]
    given = norm.pdf(z) * np.prod(norm.cdf(ends[1]) - norm.cdf(ends[0]), axis=0)
    wanted = trapezoid(given, z)
    assert probability(lower, upper, S) == pytest.approx(wanted, rel=1e-4)


def test_copies_are_one_coordinate():
    for r in (1.0, 1.0 + 1e-15):
        assert probability([-INF] * 2, [0.3, 0.9], [[1, r], [r, 1]]) == pytest.approx(
            norm.cdf(0.3), abs=1e-4
        )
    S = np.full((3, 3), 1.0)
    assert probability([-0.5, -INF, -INF], [0.3, 0.9, 1.1], S) == pytest.approx(
        norm.cdf(0.3) - norm.cdf(-0.5), abs=1e-4
    )


@pytest.mark.parametrize("own", [1e-2, 1e-4])
def test_near_copies_as_by_quadrature(own):
    r, h, k = 1 - own, 0.4, 0.43
    x = np.linspace(-9, h, 400_001)
    wanted = trapezoid(norm.pdf(x) * norm.cdf((k - r * x) / np.sqrt(1 - r * r)), x)
    assert probability([-INF] * 2, [h, k], [[1, r], [r, 1]]) == pytest.approx(wanted, abs=1e-6)


def test_single_coordinates_keep_their_tails():
    lower, upper = np.array([[[-INF]], [[6.0]], [[-9.0]]]), np.array([[[-50.0]], [[INF]], [[-8.0]]])
    found = log_probabilities(lower[:1], upper[:1], np.ones((1, 1, 1)))
    assert found[0, 0] == pytest.approx(norm.logcdf(-50.0), rel=1e-9)
    found = log_probabilities(lower[1:2], upper[1:2], 4 * np.ones((1, 1, 1)))
    assert found[0, 0] == pytest.approx(norm.logsf(3.0), rel=1e-9)
    found = log_probabilities(lower[2:], upper[2:], np.ones((1, 1, 1)))
    assert found[0, 0] == pytest.approx(np.log(norm.cdf(-8) - norm.cdf(-9)), rel=1e-6)


def test_independent_coordinates_multiply():
    lower = np.array([[[-INF, -INF], [-0.5, -0.7]]])
    upper = np.array([[[0.3, -1.0], [1.1, 0.2]]])
    wanted = norm.cdf(upper[:, 0]) * (norm.cdf(upper[:, 1]) - norm.cdf(lower[:, 1]))
    assert rectangle(lower, upper, np.zeros(1)) == pytest.approx(wanted)
