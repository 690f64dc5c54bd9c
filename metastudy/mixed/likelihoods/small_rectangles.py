"""Normal probabilities of up to three coordinates at many means, by rules without random points.

Two coordinates below limits h and k of correlation r have the probability

    Phi(h) Phi(k) + 1 / (2 pi) int_0^asin(r) exp(-(h^2 - 2 h k sin t + k^2) / (2 cos^2 t)) dt

(Drezner & Wesolowsky 1990, 10.1080/00949659008811236), here by a Gauss rule whose nodes are dense
near asin(r). With lower limits the integrand is the difference of those at the corners. A third
coordinate is integrated over its own normal law, given which the others are two.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from scipy.special import ndtr, ndtri

from ..model.structures import Array
from .common_factor import log_interval
from .orthant import FARTHEST

NODES, FEWER_NODES, OUTER_NODES = 12, 8, 12
"""Nodes of the rule for two coordinates, of the same inside an integral, and of that integral."""
NODES_BY_STEEPNESS, MOST_DOUBLINGS = 5.2, 5
"""Nodes over one coordinate times sqrt(1 - r^2), and doublings of them at most: relative errors are
below 2e-5 for correlations r up to 0.9999."""
STEEP = 0.98
"""Correlation beyond which the rule for two coordinates takes twice as many."""
LEAST_VARIANCE = 1e-12
"""Variance of a coordinate given another below which it counts as this."""
LEAST = 1e-300
"""Stands for a probability of zero."""


@cache
def _gauss(n: int) -> tuple[Array, Array]:
    """Nodes and weights on the unit interval."""
    x, w = np.polynomial.legendre.leggauss(n)
    return (x + 1) / 2, w / 2


def log_probabilities(lower: Array, upper: Array, S: Array, nodes: int = NODES) -> Array:
    """Logarithms of the probability that normal vectors of mean 0 lie between limits.

    Parameters
    ----------
    lower, upper
        Limits, shape (g, m, n) with m of 1 to 3; may be infinite. A coordinate with two limits
        stands before those with one.
    S
        Covariances, shape (g, m, m), positive definite.
    nodes
        Nodes of the rule for two coordinates.

    Returns
    -------
    Array
        Shape (g, n).
    """
    sd = np.sqrt(np.diagonal(S, axis1=1, axis2=2))
    low, high = (end / sd[:, :, None] for end in (lower, upper))
    # A coordinate with a lower limit alone is turned round.
    sign = np.where(np.isfinite(upper).any(axis=(0, 2)), 1.0, -1.0)[:, None]
    ends = [np.where(sign > 0, a, -b) for a, b in ((low, high), (high, low))]
    R = S / (sd[:, :, None] * sd[:, None, :]) * (sign * sign.T)
    if S.shape[1] == 1 and ends[1].min() < -FARTHEST:
        return log_interval(ends[0][:, 0], ends[1][:, 0])
    return np.asarray(np.log(np.maximum(_probabilities(ends[0], ends[1], R, nodes), LEAST)))


def _probabilities(lower: Array, upper: Array, R: Array, nodes: int) -> Array:
    """Probabilities for limits in standard deviations and correlations R."""
    if R.shape[1] == 1:
        one_sided = not np.isfinite(lower).any()
        return np.asarray(ndtr(upper[:, 0]) if one_sided else _interval(lower[:, 0], upper[:, 0]))
    if R.shape[1] == 2:
        return rectangle(lower, upper, R[:, 0, 1], nodes)
    return _over_first(lower, upper, R)


def _interval(a: Array, b: Array) -> Array:
    """Phi(b) - Phi(a), worked in the lower tail."""
    flip = a + b > 0
    return np.asarray(ndtr(np.where(flip, -a, b)) - ndtr(np.where(flip, -b, a)))


def rectangle(lower: Array, upper: Array, r: Array, nodes: int = NODES) -> Array:
    """Probability that two standard normal values of correlation r (g,) are between their limits.

    Limits have shape (g, 2, n); of each coordinate the upper ones are finite.
    """
    angle = np.arcsin(np.clip(r, -1, 1))
    if np.abs(r).max(initial=0.0) > STEEP:
        nodes *= 2
    sides = [[(1.0, upper[:, i])] for i in (0, 1)]
    alone = [ndtr(upper[:, i]) for i in (0, 1)]
    for i in (0, 1):
        if np.isfinite(lower[:, i]).any():
            sides[i].append((-1.0, lower[:, i]))
            alone[i] = _interval(lower[:, i], upper[:, i])
    total = np.zeros_like(upper[:, 0])
    for (first, h), (second, k) in product(*sides):
        both, square = h * k, 0.5 * (h * h + k * k)
        for x, w in zip(*_gauss(nodes), strict=True):
            # t = angle x (2 - x): steps shorten towards the angle, where the integrand is steep.
            t = (angle * x * (2 - x))[:, None]
            precision = 1 / np.cos(t) ** 2
            power = both * (np.sin(t) * precision)
            power -= square * precision
            total += (first * second * w * (1 - x)) * np.exp(power, out=power)
    return np.asarray(alone[0] * alone[1] + (angle / np.pi)[:, None] * total)


def _outer_nodes(r: Array) -> int:
    """Nodes over one coordinate that the correlations with the others ask for."""
    steepness = 1 / np.sqrt(max(1 - float(np.abs(r).max(initial=0.0)) ** 2, LEAST_VARIANCE))
    doublings = np.ceil(np.log2(max(NODES_BY_STEEPNESS * steepness / OUTER_NODES, 1)))
    return int(OUTER_NODES * 2 ** min(doublings, MOST_DOUBLINGS))


def _over_first(lower: Array, upper: Array, R: Array) -> Array:
    """Integrate over the law of the first coordinate between its limits."""
    a, b = lower[:, 0], upper[:, 0]
    flip = a + b > 0
    p_low, turned = ndtr(np.where(flip, -b, a)), np.where(flip, -1.0, 1.0)
    whole = ndtr(np.where(flip, -a, b)) - p_low
    slope = R[:, 1:, 0]
    rest = R[:, 1:, 1:] - slope[:, :, None] * slope[:, None, :]
    sd = np.sqrt(np.maximum(np.diagonal(rest, axis1=1, axis2=2), LEAST_VARIANCE))
    left = rest / (sd[:, :, None] * sd[:, None, :])
    ends = [end[:, 1:] / sd[:, :, None] for end in (lower, upper)]
    lift = (slope / sd)[:, :, None] * turned[:, None, :]
    total = np.zeros_like(a)
    for x, w in zip(*_gauss(_outer_nodes(slope)), strict=True):
        # The share of the law is a polynomial in x that is flat at both ends.
        share, width = x**3 * (10 - 15 * x + 6 * x**2), 30 * (x * (1 - x)) ** 2
        z = np.clip(ndtri(p_low + share * whole), -FARTHEST, FARTHEST)
        moved = lift * z[:, None, :]
        total += w * width * _probabilities(ends[0] - moved, ends[1] - moved, left, FEWER_NODES)
    return np.asarray(whole * total)
