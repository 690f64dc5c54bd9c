"""Probabilities of normal rectangles whose coordinates share one factor, by a one-dimensional rule.

Contrasts with one reference have covariance D + a a' with D diagonal. Given the factor z they are
independent, so that the probability is the integral of phi(z) prod_i P(l_i < a_i z + d_i e < u_i).
The integrand is log-concave and falls from its mode at least as fast as a standard normal density.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, logsumexp

from ..model.structures import Array

REACH, STEP = 8.0, 0.125
"""Reach of the trapezoidal rule around the mode and its step, in standard deviations of z."""
FARTHEST, HALVINGS, NEAR = 40.0, 18, 1e-3
"""The mode is sought up to here by so many halvings, from differences over this distance."""
NARROWEST = 1e4
"""Largest sum of a^2 / d^2: beyond it the rule would need too many points."""
ROUNDING = 1e-9
"""Largest part of a covariance, beside its variances, that counts as rounding."""


def loadings(S: Array) -> Array | None:
    """Give a (g, m) with S - a a' diagonal and positive for all g; None where there is none.

    None, too, where the factor leaves coordinates hardly anything of their own.

    Parameters
    ----------
    S
        Covariances, shape (g, m, m) with m of 3 or more.
    """
    sd = np.sqrt(np.diagonal(S, axis1=1, axis2=2))
    R = S / (sd[:, :, None] * sd[:, None, :])
    product = R[:, 0, 1] * R[:, 0, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.sqrt(product / R[:, 1, 2])
        a = R[:, 0] / first[:, None]
    a[:, 0] = first
    if not np.isfinite(a).all() or (np.abs(a) >= 1).any():
        return None
    if (a**2 / (1 - a**2)).sum(axis=1).max() > NARROWEST:
        return None
    left = R - a[:, :, None] * a[:, None, :]
    i = np.arange(S.shape[1])
    left[:, i, i] = 0.0
    return a * sd if np.abs(left).max() < ROUNDING else None


def log_probabilities(lower: Array, upper: Array, S: Array, a: Array) -> Array:
    """Log-probabilities that vectors of mean 0 lie between their limits, shape (g,).

    Parameters
    ----------
    lower, upper
        Limits, shape (g, m); may be infinite.
    S, a
        Covariances (g, m, m) and what :func:`loadings` gives for them.
    """
    d = np.sqrt(np.diagonal(S, axis1=1, axis2=2) - a**2)

    def log_integrand(z: Array) -> Array:
        """Take it at z (g, k)."""
        moved = a[:, :, None] * z[:, None, :]
        ends = [(end[:, :, None] - moved) / d[:, :, None] for end in (lower, upper)]
        return np.asarray(log_interval(ends[0], ends[1]).sum(axis=1) - 0.5 * z**2)

    low, high = np.full(len(a), -FARTHEST), np.full(len(a), FARTHEST)
    for _ in range(HALVINGS):
        mode = (low + high) / 2
        sides = log_integrand(mode[:, None] + NEAR * np.array([-1.0, 1.0]))
        rises = sides[:, 1] > sides[:, 0]
        low, high = np.where(rises, mode, low), np.where(rises, high, mode)
    # The smallest width of the integrand is 1 / sqrt(1 + sum a^2 / d^2).
    narrow = float(np.sqrt(1 + (a**2 / d**2).sum(axis=1).max()))
    step = min(STEP, 0.5 / narrow)
    z = ((low + high) / 2)[:, None] + np.arange(-REACH, REACH + step / 2, step)
    return np.asarray(logsumexp(log_integrand(z), axis=1) + np.log(step) - 0.5 * np.log(2 * np.pi))


def log_interval(a: Array, b: Array) -> Array:
    """Log of Phi(b) - Phi(a), worked in the lower tail."""
    if not np.isfinite(a).any():
        return np.asarray(log_ndtr(b))
    flip = a + b > 0
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    log_high = log_ndtr(high)
    return np.asarray(log_high + np.log1p(-np.exp(log_ndtr(low) - log_high)))
