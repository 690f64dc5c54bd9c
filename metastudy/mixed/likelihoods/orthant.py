"""Multivariate normal probabilities of rectangles, with derivatives by mean and covariance.

Separation of variables (Genz & Bretz 2009, 10.1007/978-3-642-01689-9): with S = L L' the
probability that lower <= L z <= upper is the mean over points w of the unit cube of the product of
one-dimensional probabilities e_i = Phi(b_i) - Phi(a_i), where a_i and b_i depend on the z_j drawn
before, z_i = Phi^-1(Phi(a_i) + w_i e_i). One row is closed, two rows are a one-dimensional integral
taken by a double-exponential rule to rounding, more rows take scrambled Sobol points.

The points stay the same from call to call, so that the estimate is a smooth function of mean and
covariance, and its derivatives are those of the estimate itself (the recursion run backwards), not
estimates of their own. Rectangles of equal size are stacked on a leading axis g.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from ..model.structures import Array
from ..model.terms import Index

REPLICATES = 8
"""Independent scramblings; the spread of their means is the stated error."""
CLOSED = 2
"""Largest number of rows without simulation."""
FARTHEST = 37.0
"""Standard normal values beyond this have no density in double precision."""


@dataclass(frozen=True)
class IntegrationPoints:
    """Points of the unit cube: where, with which weight, in which replicate.

    Attributes
    ----------
    w
        Coordinates, shape (s, n), strictly between 0 and 1.
    log_weight
        Logarithms of weights that sum to 1, shape (n,).
    replicates
        Number of equally long stretches that are independent scramblings; 1 if nothing is random.
    """

    w: Array
    log_weight: Array
    replicates: int


@dataclass(frozen=True)
class Rectangles:
    """Logarithms of probabilities and their derivatives; g counts rectangles, s their rows.

    Attributes
    ----------
    logp
        Log-probabilities, shape (g,).
    error
        Standard error of the sum of ``logp``, from the spread of the replicates; 0 if closed.
    mean_slope
        Derivatives by the mean, shape (g, s).
    covariance_slope
        Symmetric H with d logp = sum_ij H_ij dS_ij, shape (g, s, s).
    draws, weights
        Deviations y - mean that fill the rectangle, shape (g, s, n), and the weights (g, n) under
        which they are draws from the normal distribution restricted to it.
    """

    logp: Array
    error: float
    mean_slope: Array
    covariance_slope: Array
    draws: Array
    weights: Array


def points_for(size: int, n: int, rng: np.random.Generator) -> IntegrationPoints:
    """Points for rectangles of ``size`` rows, ``n`` in each replicate; fewer rows need fewer."""
    if size == 1:
        w = (np.arange(64) + 0.5) / 64
        return IntegrationPoints(w[None], np.full(64, -np.log(64.0)), 1)
    if size == CLOSED:
        return _double_exponential()
    n = min(n, 256) if size < 6 else n
    parts = [qmc.Sobol(size, scramble=True, seed=rng).random(n).T for _ in range(REPLICATES)]
    w = np.clip(np.concatenate(parts, axis=1), 1e-12, 1 - 1e-12)
    return IntegrationPoints(w, np.full(w.shape[1], -np.log(w.shape[1])), REPLICATES)


@cache
def _double_exponential() -> IntegrationPoints:
    """Nodes of the first coordinate; the second does not enter the value and only spreads draws."""
    step = 1 / 16
    t = np.arange(-3.3, 3.3 + step / 2, step)
    w = 1 / (1 + np.exp(-np.pi * np.sinh(t)))
    weight = np.pi * np.cosh(t) * w * (1 - w)
    spread = (np.arange(t.size) * 0.6180339887498949 + 0.5) % 1.0
    keep = weight > 1e-25
    w, weight, spread = np.minimum(w[keep], 1 - 1e-16), weight[keep], spread[keep]
    return IntegrationPoints(np.array([w, spread]), np.log(weight / weight.sum()), 1)


def integration_order(lower: Array, upper: Array, S: Array) -> Index:
    """Order of the rows that integrates the most constrained first, for one rectangle (s,).

    Each step takes the row whose conditional probability, given the expected values of those taken
    before, is smallest (Gibson, Glasbey & Elston 1994; Genz & Bretz 2009, section 4.1.3).
    """
    s = lower.size
    order = np.arange(s)
    lo, hi, M = lower.copy(), upper.copy(), S.copy()
    for k in range(s):
        sd = np.sqrt(np.maximum(np.diag(M)[k:], 1e-300))
        a, b = lo[k:] / sd, hi[k:] / sd
        best = k + int(np.argmin(_interval(a, b)[0]))
        swap = [best, k]
        for v in (lo, hi, order):
            v[[k, best]] = v[swap]
        M[[k, best]] = M[swap]
        M[:, [k, best]] = M[:, swap]
        scale = np.sqrt(max(M[k, k], 1e-300))
        a, b = lo[k] / scale, hi[k] / scale
        e, fa, fb = (float(x) for x in _interval(np.array(a), np.array(b)))
        expected = (fa - fb) / max(e, 1e-300)
        column = M[k + 1 :, k] / scale
        lo[k + 1 :] -= column * expected
        hi[k + 1 :] -= column * expected
        M[k + 1 :, k + 1 :] -= np.outer(column, column)
    return order


def _interval(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """Probability between a and b and the densities at both ends, accurate in either tail."""
    flip = a + b > 0
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    e = ndtr(high) - ndtr(low)
    return e, np.exp(-0.5 * a * a) / _ROOT, np.exp(-0.5 * b * b) / _ROOT


_ROOT = np.sqrt(2 * np.pi)


def rectangles(
    lower: Array, upper: Array, S: Array, points: IntegrationPoints
) -> Rectangles | None:
    """Probabilities that normal vectors of mean 0 and covariance S lie between the limits.

    Parameters
    ----------
    lower, upper
        Limits minus means, shape (g, s); may be infinite.
    S
        Covariances, shape (g, s, s).
    points
        Points of s coordinates.

    Returns
    -------
    Rectangles or None
        None where a covariance is not positive definite or a probability underflows.
    """
    try:
        L = np.linalg.cholesky(S)
    except np.linalg.LinAlgError:
        return None
    forward = _Separation(lower, upper, L, points)
    if not np.isfinite(forward.logp).all():
        return None
    return forward.rectangles()


class _Separation:
    """The recursion over rows, forwards for the value and backwards for the derivatives."""

    def __init__(self, lower: Array, upper: Array, L: Array, points: IntegrationPoints) -> None:
        g, s = lower.shape
        n = points.w.shape[1]
        self.L, self.points = L, points
        self.z = np.empty((g, s, n))
        self.ends = np.empty((3, s, g, n))
        log_w = np.broadcast_to(points.log_weight, (g, n)).copy()
        diagonal = np.diagonal(L, axis1=1, axis2=2)
        self.finite: tuple[list[bool], list[bool]] = (
            [bool(np.isfinite(lower[:, i]).any()) for i in range(s)],
            [bool(np.isfinite(upper[:, i]).any()) for i in range(s)],
        )
        for i in range(s):
            before = (L[:, i, None, :i] @ self.z[:, :i])[:, 0]
            a = (lower[:, i, None] - before) / diagonal[:, i, None]
            b = (upper[:, i, None] - before) / diagonal[:, i, None]
            z, e = self._draw(a, b, points.w[i], self.finite[0][i], self.finite[1][i])
            self.z[:, i] = np.clip(z, -FARTHEST, FARTHEST)
            with np.errstate(divide="ignore"):
                log_w += np.log(e)
            self.ends[0, i], self.ends[1, i], self.ends[2, i] = a, b, np.maximum(e, 1e-300)
        top = log_w.max(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = np.exp(log_w - top[:, None])
            total = weights.sum(axis=1)
            self.logp: Array = np.log(total) + top
            self.weights: Array = weights / total[:, None]

    @staticmethod
    def _draw(a: Array, b: Array, w: Array, left: bool, right: bool) -> tuple[Array, Array]:
        """Draw normal values between a and b at shares w, and the probability between them.

        Worked in the lower tail, by mirroring where needed, for accuracy in either.
        """
        if not left:
            e = ndtr(b)
            return ndtri(w * e), e
        if not right:
            e = ndtr(-a)
            return -ndtri((1 - w) * e), e
        flip = a + b > 0
        low, high = np.where(flip, -b, a), np.where(flip, -a, b)
        p_low = ndtr(low)
        e = ndtr(high) - p_low
        z = ndtri(p_low + np.where(flip, 1 - w, w) * e)
        return np.where(flip, -z, z), e

    def error(self) -> float:
        """Give the standard error of the sum of the logarithms; rectangles share points."""
        g, n = self.weights.shape
        r = self.points.replicates
        if r == 1:
            return 0.0
        shares = self.weights.reshape(g, r, n // r).sum(axis=2) * r
        return float(shares.sum(axis=0).std(ddof=1) / np.sqrt(r))

    def rectangles(self) -> Rectangles:
        """Run backwards: adjoints of z, of the limits and of L."""
        L, z, weights = self.L, self.z, self.weights
        g, s, _ = z.shape
        mean_slope = np.zeros((g, s))
        L_bar = np.zeros((g, s, s))
        z_bar = np.zeros_like(z)
        for i in range(s - 1, -1, -1):
            a, b, e = self.ends[:, i]
            w = self.points.w[i]
            down: Array = np.zeros_like(e)
            moved: Array = np.zeros_like(e)
            for end, sign, share, there in (
                (a, -1.0, 1 - w, self.finite[0][i]),
                (b, 1.0, w, self.finite[1][i]),
            ):
                if not there:
                    continue
                by_e, by_z = self._end(end, e, z[:, i], share)
                adjoint = sign * weights * by_e + z_bar[:, i] * by_z
                down -= adjoint
                moved += np.where(np.isfinite(end), end, 0.0) * adjoint
            down /= L[:, i, i, None]
            mean_slope[:, i] = down.sum(axis=1)
            L_bar[:, i, i] = -moved.sum(axis=1) / L[:, i, i]
            L_bar[:, i, :i] = (z[:, :i] @ down[:, :, None])[..., 0]
            z_bar[:, :i] += L[:, i, :i, None] * down[:, None]
        H = _through_cholesky(L, L_bar)
        return Rectangles(self.logp, self.error(), mean_slope, H, L @ z, weights)

    @staticmethod
    def _end(a: Array, e: Array, z: Array, share: Array) -> tuple[Array, Array]:
        """phi(a)/e and share phi(a)/phi(z): how ln e and z move with one limit."""
        square = a * a
        by_e = np.exp(-0.5 * square) / (_ROOT * e)
        # Beyond the cap the draw has no weight; without it the product would overflow.
        return by_e, share * np.exp(np.minimum(0.5 * (z * z - square), 100.0))


def _through_cholesky(L: Array, L_bar: Array) -> Array:
    """Adjoint of S = L L' from that of L (Murray 2016, arXiv 1602.07527), symmetric."""
    inner = np.tril(np.swapaxes(L, -1, -2) @ L_bar)
    i = np.arange(L.shape[-1])
    inner[..., i, i] *= 0.5
    inverse = np.linalg.inv(L)
    H = np.swapaxes(inverse, -1, -2) @ inner @ inverse
    return np.asarray((H + np.swapaxes(H, -1, -2)) / 2)
