"""Gaussian stand-ins for the conditions on the coordinates of a normal vector.

Each condition on a coordinate x_i, an interval or two points, is replaced by a factor
exp(-tau_i x_i^2 / 2 + nu_i x_i) such that the normal law with all factors has the mean and variance
that it would have with the condition itself in place of its factor (expectation propagation:
Minka 2001; for rectangles Cunningham, Hennig & Lacoste-Julien 2011, arXiv 1111.6832).

The stand-ins only tell a simulation what the coordinates to come will ask for. Its estimate is
unbiased with any of them, so that a rough solution is enough and it stays fixed while theta moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtr

from ..model.structures import Array
from .stacked_matrices import crossproduct, lower_solve

SWEEPS, FEW_SWEEPS, MANY = 12, 4, 500
"""Sweeps over all coordinates at once; fewer for more than ``MANY`` coordinates."""
DAMPING = 0.8
"""Share of the way that a sweep goes."""
KEPT = 0.35
"""Share of tau that is used. Far from its limit a bound says nothing, but the stand-in falls off
there; with all of tau, few draws would carry much of the estimate, unseen by most samples."""
LARGEST_PRECISION = 1e4
"""Largest tau of a condition, in units of the coordinate's precision without any."""


@dataclass(frozen=True)
class Sites:
    """Stand-ins of g stacked vectors of s coordinates, which are measured from ``centre``.

    Attributes
    ----------
    centre, tau, nu
        Shape (g, s); tau is not negative.
    """

    centre: Array
    tau: Array
    nu: Array


@dataclass(frozen=True)
class Tilted:
    """A normal law times its stand-ins.

    Attributes
    ----------
    log
        Logarithm of the integral of the product, shape (g,).
    mean, S
        The product's mean (g, s), measured from the centre, and covariance (g, s, s).
    R
        I - S T = (I + S0 T)^-1, with S0 the covariance without stand-ins, shape (g, s, s).
    r
        nu - T mean, the slope of ``log`` by the mean, shape (g, s).
    """

    log: Array
    mean: Array
    S: Array
    R: Array
    r: Array


def no_sites(g: int, s: int) -> Sites:
    """Stand-ins that say nothing."""
    zero = np.zeros((g, s))
    return Sites(zero, zero, zero)


def tilted(mean: Array, S: Array, sites: Sites) -> Tilted | None:
    """Multiply normal laws with their stand-ins; None where a covariance is not definite.

    Parameters
    ----------
    mean, S
        Means (g, s) and covariances (g, s, s).
    sites
        The stand-ins.
    """
    mean = mean - sites.centre
    g, s = mean.shape
    eye = np.broadcast_to(np.eye(s), (g, s, s))
    if not sites.tau.any() and not sites.nu.any():
        return Tilted(np.zeros(g), mean, S, eye, np.zeros((g, s)))
    found = _half(S, sites)
    if found is None:
        return None
    factor, half = found
    after = S - crossproduct(half)
    R = eye - after * sites.tau[:, None, :]
    slope = sites.nu - sites.tau * mean
    shifted = mean + (after @ slope[..., None])[..., 0]
    logdet = np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)
    # ln of the integral: quadratic forms at the old and the new mean, without an inverse of S.
    quadratic = (sites.nu * mean - 0.5 * sites.tau * mean**2).sum(axis=-1)
    quadratic += 0.5 * (slope * (shifted - mean)).sum(axis=-1)
    r = sites.nu - sites.tau * shifted
    return Tilted(quadratic - logdet, shifted, after, R, r)


def _half(S: Array, sites: Sites) -> tuple[Array, Array] | None:
    """C with C C' = I + T^1/2 S T^1/2, and C^-1 T^1/2 S, whose crossproduct the stand-ins take."""
    root = np.sqrt(sites.tau)
    B = np.eye(S.shape[-1]) + root[:, :, None] * S * root[:, None, :]
    try:
        factor = np.linalg.cholesky(B)
    except np.linalg.LinAlgError:
        return None
    return factor, lower_solve(factor, root[:, :, None] * S)


def _marginals(mean: Array, S: Array, sites: Sites) -> tuple[Array, Array] | None:
    """Mean from the centre and variance of each coordinate, stand-ins included, both (g, s)."""
    found = _half(S, sites)
    if found is None:
        return None
    half, mean = found[1], mean - sites.centre
    slope = (sites.nu - sites.tau * mean)[..., None]
    moved = S @ slope - np.swapaxes(half, -1, -2) @ (half @ slope)
    variance = np.diagonal(S, axis1=-2, axis2=-1) - (half**2).sum(axis=-2)
    return mean + moved[..., 0], np.maximum(variance, 1e-300)


def fitted_sites(mean: Array, S: Array, lower: Array, upper: Array, p: Array) -> Sites:
    """Fit stand-ins to conditions.

    Parameters
    ----------
    mean, S
        Means (g, s) and covariances (g, s, s) of the vectors.
    lower, upper
        Limits of the last m coordinates, shape (g, m).
    p
        Probabilities (g, K) of the first K coordinates, which are 1 - p with probability p and -p
        otherwise; their normal law has the same mean and variance.
    """
    g, s = mean.shape
    K = s - lower.shape[1]
    sites = Sites(mean.copy(), np.zeros((g, s)), np.zeros((g, s)))
    most = LARGEST_PRECISION / np.maximum(np.diagonal(S, axis1=-2, axis2=-1), 1e-300)
    for _ in range(SWEEPS if s <= MANY else FEW_SWEEPS):
        now = _marginals(mean, S, sites)
        if now is None:
            return no_sites(g, s)
        middle, variance = now
        precision = np.maximum(1 / variance - sites.tau, 1e-12 / variance)
        cavity = (middle / variance - sites.nu) / precision
        wanted_mean, wanted_variance = np.empty((g, s)), np.empty((g, s))
        wanted_mean[:, :K], wanted_variance[:, :K] = two_points(
            cavity[:, :K] + sites.centre[:, :K], precision[:, :K], p
        )
        wanted_mean[:, :K] -= sites.centre[:, :K]
        wanted_mean[:, K:], wanted_variance[:, K:] = truncated(
            cavity[:, K:],
            1 / precision[:, K:],
            lower - sites.centre[:, K:],
            upper - sites.centre[:, K:],
        )
        tau = np.clip(1 / wanted_variance - precision, 0.0, most)
        nu = (tau + precision) * wanted_mean - precision * cavity
        sites = Sites(
            sites.centre,
            sites.tau + DAMPING * (tau - sites.tau),
            sites.nu + DAMPING * (nu - sites.nu),
        )
    found = _marginals(mean, S, sites)
    if found is None or not np.isfinite(sites.nu).all():
        return no_sites(g, s)
    middle = found[0]
    # From the solution as centre the numbers are small, whatever the level of the response.
    tau = np.concatenate([sites.tau[:, :K], KEPT * sites.tau[:, K:]], axis=1)
    return Sites(sites.centre + middle, tau, sites.nu - sites.tau * middle)


def log_odds(p: Array) -> tuple[Array, Array]:
    """Log of probability over normal density at -p and at 1 - p, for the law of p's moments."""
    q = 1 - p
    scale = 0.5 * np.log(2 * np.pi * p * q)
    return np.log(q) + scale + p / (2 * q), np.log(p) + scale + q / (2 * p)


def two_points(mean: Array, precision: Array, p: Array) -> tuple[Array, Array]:
    """Mean and variance of -p or 1 - p under normal weights."""
    if not p.size:
        return mean, precision
    low, high = log_odds(p)
    drop = 0.5 * precision * ((1 - p - mean) ** 2 - (p + mean) ** 2)
    share = 1 / (1 + np.exp(np.clip(low - high + drop, -30, 30)))
    return share - p, np.maximum(share * (1 - share), 1e-6)


def truncated(mean: Array, variance: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Mean and variance of normal laws between limits."""
    sd = np.sqrt(variance)
    a, b = (lower - mean) / sd, (upper - mean) / sd
    flip = a + b > 0
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        top = log_ndtr(high)
        width = np.log1p(-np.exp(np.minimum(log_ndtr(low) - top, 0.0))) + top
        by_low = np.where(np.isfinite(low), np.exp(-0.5 * low**2 - width), 0.0) / _ROOT
        by_high = np.where(np.isfinite(high), np.exp(-0.5 * high**2 - width), 0.0) / _ROOT
        first = by_low - by_high
        second = np.where(np.isfinite(low), low, 0.0) * by_low
        second = second - np.where(np.isfinite(high), high, 0.0) * by_high
    # Far in a tail, or in a narrow interval, the middle of what is left is near enough.
    rough = ~np.isfinite(first + second) | (ndtr(high) - ndtr(low) < 1e-12)
    ends = np.clip(low, -1e6, 1e6), np.clip(high, -1e6, 1e6)
    near = np.maximum(ends[0], ends[1] - 1 / np.maximum(np.abs(ends[1]), 1.0))
    first = np.where(rough, (near + ends[1]) / 2, first)
    spread = np.where(rough, ((ends[1] - near) ** 2) / 12, 1 + second - first**2)
    first = np.where(flip, -first, first)
    return mean + sd * first, variance * np.clip(spread, 1e-8, 1.0)


_ROOT = np.sqrt(2 * np.pi)
