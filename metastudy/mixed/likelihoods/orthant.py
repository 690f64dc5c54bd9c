"""Expectations under normal laws of conditions on the coordinates, with their derivatives.

The last m coordinates lie between limits, and the first K have two possible values each (the
alternatives of a unit). Separation of variables (Genz & Bretz 2009, 10.1007/978-3-642-01689-9)
takes the coordinates one after another: with S = L L' and x = mean + L z, the expectation is the
mean over points w of the unit cube of a product of one-dimensional integrals, each given the
coordinates drawn before. What the coordinates to come ask for enters by Gaussian stand-ins
(``expectation_propagation``): they multiply the law at the outset and are divided out one by one,
so that the estimate is unbiased whatever they are, and nearly free of noise where they are good.
(Botev 2017, 10.1111/rssb.12162, shifts the law by exponential factors to the same end.)

Without two-point coordinates one bound is closed, and two are a one-dimensional integral taken by a
double-exponential rule to rounding. Few two-point coordinates are enumerated; more are drawn, once.

The points stay the same from call to call, so that the estimate is a smooth function of mean and
covariance, and its derivatives are those of the estimate itself (the recursion run backwards), not
estimates of their own. Vectors of equal size are stacked on a leading axis g.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from ..model.structures import Array
from .expectation_propagation import Sites, Tilted, log_odds, no_sites, tilted
from .stacked_matrices import congruence, lower_inverse, lower_product

REPLICATES = 8
"""Independent scramblings; the spread of their means is the stated error."""
CLOSED = 2
"""Largest number of bounds without simulation."""
FARTHEST = 37.0
"""Standard normal values beyond this have no density in double precision."""
PANEL = 32
"""Coordinates that are taken together in products of matrices."""


@dataclass(frozen=True)
class IntegrationPoints:
    """Points of the unit cube: where, with which weight, in which replicate.

    Attributes
    ----------
    w
        Coordinates, shape (m, n), strictly between 0 and 1.
    log_weight
        Logarithms of weights that sum to 1, shape (n,).
    replicates
        Number of equally long stretches that are independent scramblings; 1 if nothing is random.
    """

    w: Array
    log_weight: Array
    replicates: int


@dataclass(frozen=True)
class States:
    """Values of K two-point coordinates at n points, for each of g stacked vectors.

    Attributes
    ----------
    values
        Each is 1 - p or -p, shape (g, K, n).
    log_weight
        Log of prior probability over normal density, less that of having been drawn, shape (g, n).
    """

    values: Array
    log_weight: Array


@dataclass(frozen=True)
class Expectation:
    """Logarithms of expectations and their derivatives; g counts vectors, s their coordinates.

    Attributes
    ----------
    logp
        Log-expectations, shape (g,).
    error
        Standard error of the sum of ``logp``, from the spread of the replicates; 0 if closed.
    mean_slope
        Derivatives by the mean, shape (g, s).
    covariance_slope
        Symmetric H with d logp = sum_ij H_ij dS_ij, shape (g, s, s).
    draws, weights
        Deviations x - mean that meet the conditions, shape (g, s, n), and the weights (g, n) under
        which they are draws from the normal law given the conditions.
    """

    logp: Array
    error: float
    mean_slope: Array
    covariance_slope: Array
    draws: Array
    weights: Array


def points_for(size: int, n: int, rng: np.random.Generator) -> IntegrationPoints:
    """Points for ``size`` bounds, ``n`` in each replicate; fewer bounds need fewer."""
    if size == 0:
        return IntegrationPoints(np.empty((0, 1)), np.zeros(1), 1)
    if size == 1:
        w = (np.arange(64) + 0.5) / 64
        return IntegrationPoints(w[None], np.full(64, -np.log(64.0)), 1)
    if size == CLOSED:
        return _double_exponential()
    return scrambled(size, min(n, 256) if size < 6 else n, rng)


def scrambled(size: int, n: int, rng: np.random.Generator) -> IntegrationPoints:
    """Scrambled Sobol points of ``size`` coordinates, ``n`` in each replicate."""
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


def no_states(g: int, n: int) -> States:
    """No two-point coordinate at all."""
    return States(np.empty((g, 0, n)), np.zeros((g, n)))


def enumerated(p: Array, points: IntegrationPoints) -> tuple[IntegrationPoints, States]:
    """All combinations of two-point coordinates with probabilities p (g, K), at all points."""
    K = p.shape[1]
    s = np.array(list(product((0.0, 1.0), repeat=K))).reshape(-1, K)
    r, each = points.replicates, points.w.shape[1] // points.replicates
    m = len(points.w)
    inner = points.w.reshape(m, r, 1, each)
    w = np.tile(inner, (1, 1, len(s), 1)).reshape(m, r * len(s) * each)
    log_weight = np.tile(points.log_weight.reshape(r, 1, each), (1, len(s), 1)).ravel()
    states = np.tile(np.repeat(s, each, axis=0), (r, 1)).T
    values = states[None] - p[:, :, None]
    return IntegrationPoints(w, log_weight, r), States(values, _log_ratio(states[None], p))


def _log_ratio(states: Array, p: Array) -> Array:
    """Prior probability of states 0 and 1 (g, K, n) over the normal density, summed, (g, n)."""
    low, high = log_odds(p)
    return np.asarray(np.where(states > 0, high[:, :, None], low[:, :, None]).sum(axis=1))


def drawn(law: Tilted, sites: Sites, p: Array, w: Array) -> States:
    """Draw K two-point coordinates one after another, at shares w (K, n).

    Parameters
    ----------
    law
        The normal law with its stand-ins.
    sites
        The stand-ins.
    p
        Probabilities, shape (g, K).
    w
        Points of the unit cube, shape (K, n).
    """
    g, K = p.shape
    L = np.linalg.cholesky(law.S[:, :K, :K])
    low, high = log_odds(p)
    values, z, log_drawn = (np.empty((g, K, w.shape[1])) for _ in range(3))
    for i in range(K):
        at = law.mean[:, i, None] + (L[:, i, None, :i] @ z[:, :i])[:, 0]
        logs = []
        for share, constant in ((-p, low), (1 - p, high)):
            x = (share - sites.centre[:, :K])[:, i, None]
            log = constant[:, i, None] - 0.5 * ((x - at) / L[:, i, i, None]) ** 2
            logs.append(log + (0.5 * sites.tau[:, i, None] * x - sites.nu[:, i, None]) * x)
        # Never certain of one of two: elsewhere in theta the other may be likely.
        one = np.clip(1 / (1 + np.exp(np.clip(logs[0] - logs[1], -50, 50))), 0.01, 0.99)
        taken = w[i] < one
        values[:, i] = taken - p[:, i, None]
        log_drawn[:, i] = np.log(np.where(taken, one, 1 - one))
        x = values[:, i] - sites.centre[:, i, None]
        z[:, i] = (x - at) / L[:, i, i, None]
    states = values + p[:, :, None]
    return States(values, _log_ratio(states, p) - log_drawn.sum(axis=1))


_ROOT = np.sqrt(2 * np.pi)


def rectangles(
    lower: Array, upper: Array, S: Array, points: IntegrationPoints
) -> Expectation | None:
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
    Expectation or None
        None where a covariance is not positive definite or a probability underflows.
    """
    g, s = lower.shape
    states = no_states(g, points.w.shape[1])
    return expectation(np.zeros((g, s)), S, lower, upper, no_sites(g, s), points, states)


def expectation(
    mean: Array,
    S: Array,
    lower: Array,
    upper: Array,
    sites: Sites,
    points: IntegrationPoints,
    states: States,
) -> Expectation | None:
    """Take expectations of the conditions under normal laws; see the module's description.

    Parameters
    ----------
    mean, S
        Means (g, s) and covariances (g, s, s); the K two-point coordinates come first.
    lower, upper
        Limits of the m others, shape (g, m); may be infinite.
    sites
        Stand-ins of the conditions.
    points, states
        Points of the m coordinates, and what the K coordinates are at each.

    Returns
    -------
    Expectation or None
        None where a covariance is not positive definite or an expectation underflows.
    """
    forward = _forward(mean, S, lower, upper, sites, points, states)
    return None if forward is None else forward.expectation(mean)


def log_rectangles(lower: Array, upper: Array, S: Array, points: IntegrationPoints) -> Array | None:
    """Logarithms of the probabilities of :func:`rectangles`, shape (g,), without derivatives."""
    g, s = lower.shape
    states = no_states(g, points.w.shape[1])
    forward = _forward(np.zeros((g, s)), S, lower, upper, no_sites(g, s), points, states)
    return None if forward is None else forward.logp


def _forward(
    mean: Array,
    S: Array,
    lower: Array,
    upper: Array,
    sites: Sites,
    points: IntegrationPoints,
    states: States,
) -> _Separation | None:
    law = tilted(mean, S, sites)
    if law is None:
        return None
    try:
        L = np.linalg.cholesky(law.S)
    except np.linalg.LinAlgError:
        return None
    forward = _Separation(law, L, lower, upper, sites, points, states)
    return forward if np.isfinite(forward.logp).all() else None


class _Separation:
    """The recursion over coordinates, forwards for the value and backwards for the derivatives."""

    def __init__(
        self,
        law: Tilted,
        L: Array,
        lower: Array,
        upper: Array,
        sites: Sites,
        points: IntegrationPoints,
        states: States,
    ) -> None:
        g, s = law.mean.shape
        self.K, n = states.values.shape[1:]
        self.law, self.L, self.sites, self.points = law, L, sites, points
        self.lower, self.upper = (
            lower - sites.centre[:, self.K :],
            upper - sites.centre[:, self.K :],
        )
        self.z = np.empty((g, s, n))
        self.steps: list[_Step] = []
        log_w = np.broadcast_to(points.log_weight, (g, n)) + states.log_weight
        self.given = states.values - sites.centre[:, : self.K, None]
        for start in range(0, s, PANEL):
            stop = min(start + PANEL, s)
            before = law.mean[:, start:stop, None] + L[:, start:stop, :start] @ self.z[:, :start]
            for i in range(start, stop):
                at = before[:, i - start]
                at = at + (L[:, i, None, start:i] @ self.z[:, start:i])[:, 0]
                step = self._step(i, at)
                self.steps.append(step)
                self.z[:, i] = step.z
                log_w = log_w + step.log
        top = log_w.max(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = np.exp(log_w - top[:, None])
            total = weights.sum(axis=1)
            self.logp: Array = np.log(total) + top + law.log
            self.weights: Array = weights / total[:, None]

    def _step(self, i: int, at: Array) -> _Step:
        own = self.L[:, i, i, None], self.sites.tau[:, i, None], self.sites.nu[:, i, None]
        if i < self.K:
            return _TwoPoints(at, *own, self.given[:, i])
        k = i - self.K
        return _Interval(at, *own, self.lower[:, k, None], self.upper[:, k, None], self.points.w[k])

    def error(self) -> float:
        """Give the standard error of the sum of the logarithms; vectors share points."""
        g, n = self.weights.shape
        r = self.points.replicates
        if r == 1:
            return 0.0
        shares = self.weights.reshape(g, r, n // r).sum(axis=2) * r
        return float(shares.sum(axis=0).std(ddof=1) / np.sqrt(r))

    def expectation(self, mean: Array) -> Expectation:
        """Run backwards: adjoints of z, of the mean and of L, then of the law without sites."""
        L, z, weights = self.L, self.z, self.weights
        g, s, n = z.shape
        L_bar = np.zeros((g, s, s))
        mean_bar = np.empty((g, s))
        z_bar = np.zeros_like(z)
        for start in range((s - 1) // PANEL * PANEL if s else 0, -1, -PANEL):
            stop = min(start + PANEL, s)
            at_bar = np.empty((g, stop - start, n))
            for i in range(stop - 1, start - 1, -1):
                later = L[:, None, i + 1 : stop, i] @ at_bar[:, i + 1 - start :]
                of_z = z_bar[:, i] + later[:, 0]
                at_bar[:, i - start], L_bar[:, i, i] = self.steps[i].adjoint(weights, of_z)
            z_bar[:, :start] += np.swapaxes(L[:, start:stop, :start], -1, -2) @ at_bar
            mean_bar[:, start:stop] = at_bar.sum(axis=2)
            lower = at_bar @ np.swapaxes(z[:, :stop], -1, -2)
            diagonal = np.arange(start, stop)
            lower[:, diagonal - start, diagonal] = L_bar[:, diagonal, diagonal]
            lower[:, :, start:] = np.tril(lower[:, :, start:])
            L_bar[:, start:stop, :stop] = lower
        law, sites = self.law, self.sites
        draws = L @ z + (law.mean + sites.centre - mean)[:, :, None]
        slope, H = _through_law(law, sites, L, mean_bar, L_bar)
        return Expectation(self.logp, self.error(), slope, H, draws, weights)


class _Step:
    """One coordinate x = at + scale z whose own stand-in is divided out.

    Attributes
    ----------
    z
        Standardised values, shape (g, n).
    log
        Logarithm of the step's integral, shape (g, n).
    """

    z: Array
    log: Array

    def adjoint(self, weights: Array, z_bar: Array) -> tuple[Array, Array]:
        """Adjoints of ``at`` (g, n) and of the scale (g,), from those of ``log`` and of ``z``."""
        raise NotImplementedError


class _TwoPoints(_Step):
    def __init__(self, at: Array, scale: Array, tau: Array, nu: Array, x: Array) -> None:
        self.scale = scale
        self.z = (x - at) / scale
        self.log = (0.5 * tau * x - nu) * x - 0.5 * self.z**2 - np.log(scale * _ROOT)

    def adjoint(self, weights: Array, z_bar: Array) -> tuple[Array, Array]:
        at_bar = (weights * self.z - z_bar) / self.scale
        l_bar = weights * (self.z**2 - 1) - z_bar * self.z
        return at_bar, l_bar.sum(axis=1) / self.scale[:, 0]


class _Interval(_Step):
    def __init__(
        self, at: Array, scale: Array, tau: Array, nu: Array, lower: Array, upper: Array, w: Array
    ) -> None:
        self.at, self.scale, self.w = at, scale, w
        P = 1 / scale**2
        self.precision = np.maximum(P - tau, 1e-13 * P)
        self.sd = 1 / np.sqrt(self.precision)
        self.centre = (at * P - nu) / self.precision
        self.ends = [(e - self.centre) / self.sd for e in (lower, upper)]
        self.there = [bool(np.isfinite(e).any()) for e in (lower, upper)]
        zeta, self.e = _draw((self.ends[0], self.ends[1]), w, (self.there[0], self.there[1]))
        self.zeta = np.clip(zeta, -FARTHEST, FARTHEST)
        self.z = (self.centre + self.sd * self.zeta - at) / scale
        with np.errstate(divide="ignore"):
            self.log = np.log(self.e)
        if tau.any() or nu.any():
            square = self.precision * self.centre**2 - P * at**2
            self.log = self.log + 0.5 * square + np.log(self.sd / scale)
        self.e = np.maximum(self.e, 1e-300)

    def adjoint(self, weights: Array, z_bar: Array) -> tuple[Array, Array]:
        scale, sd, P = self.scale, self.sd, 1 / self.scale**2
        x_bar = z_bar / scale
        centre_bar = x_bar + weights * self.centre * self.precision
        sd_bar = x_bar * self.zeta
        for end, sign, share, there in (
            (self.ends[0], -1.0, 1 - self.w, self.there[0]),
            (self.ends[1], 1.0, self.w, self.there[1]),
        ):
            if there:
                by_e, by_z = _end(end, self.e, self.zeta, share)
                bar = sign * weights * by_e + x_bar * sd * by_z
                centre_bar = centre_bar - bar / sd
                sd_bar = sd_bar - np.where(np.isfinite(end), end, 0.0) * bar / sd
        # The step's integral in terms of the centre, the precision p = P - tau and P.
        u_bar = centre_bar / self.precision
        p_bar = -u_bar * self.centre - 0.5 * sd**3 * sd_bar
        p_bar = p_bar + 0.5 * weights * (self.centre**2 - sd**2)
        at_bar = u_bar * P - x_bar - weights * self.at * P
        P_bar = p_bar + u_bar * self.at + 0.5 * weights * (scale**2 - self.at**2)
        l_bar = -z_bar * self.z / scale - 2 * P_bar * P / scale
        return at_bar, l_bar.sum(axis=1)


def _draw(ends: tuple[Array, Array], w: Array, there: tuple[bool, bool]) -> tuple[Array, Array]:
    """Draw normal values between two ends at shares w, and the probability between them.

    Worked in the lower tail, by mirroring where needed, for accuracy in either.
    """
    a, b = ends
    if not there[0]:
        e = ndtr(b)
        return ndtri(w * e), e
    if not there[1]:
        e = ndtr(-a)
        return -ndtri((1 - w) * e), e
    flip = a + b > 0
    low, high = np.where(flip, -b, a), np.where(flip, -a, b)
    p_low = ndtr(low)
    e = ndtr(high) - p_low
    z = ndtri(p_low + np.where(flip, 1 - w, w) * e)
    return np.where(flip, -z, z), e


def _end(a: Array, e: Array, z: Array, share: Array) -> tuple[Array, Array]:
    """phi(a)/e and share phi(a)/phi(z): how ln e and z move with one limit."""
    square = a * a
    by_e = np.exp(-0.5 * square) / (_ROOT * e)
    # Beyond the cap the draw has no weight; without it the product would overflow.
    return by_e, share * np.exp(np.minimum(0.5 * (z * z - square), 100.0))


def _through_law(
    law: Tilted, sites: Sites, L: Array, mean_bar: Array, L_bar: Array
) -> tuple[Array, Array]:
    """Adjoints of mean and covariance before the stand-ins from those of the law's mean and L.

    That of S = L L' is L'^-1 P L^-1 with P the lower triangle of L'L_bar, its diagonal halved
    (Murray 2016, arXiv 1602.07527). Before the stand-ins R stands on both sides of it, and
    L^-1 R = L^-1 - L'T. The adjoint of the covariance is symmetric.
    """
    P, K = lower_product(L, L_bar), lower_inverse(L)
    i = np.arange(L.shape[-1])
    P[..., i, i] *= 0.5
    if not sites.tau.any() and not sites.nu.any():
        return mean_bar, congruence(P, K)
    K = K - np.swapaxes(L, -1, -2) * sites.tau[..., None, :]
    R, r = law.R, law.r
    back = (np.swapaxes(R, -1, -2) @ mean_bar[..., None])[..., 0]
    # r r' / 2 and half of both products of ``back`` with r, as one outer product and its transpose.
    outer = (0.25 * r + 0.5 * back)[..., None] * r[..., None, :]
    H = congruence(P, K) - 0.5 * sites.tau[..., None] * R + outer + np.swapaxes(outer, -1, -2)
    return r + back, (H + np.swapaxes(H, -1, -2)) / 2
