"""The likelihood of a random term whose standard deviation differs between units.

Within unit u the term's effects have standard deviation s_u, and log s_u is normal between units
with mean m and standard deviation omega. Units share nothing but the intercept, so

    L(m, omega) = integral over b of prod_u integral L_u(b, e^(m + omega z)) phi(z) dz,

where L_u is the density of the unit's exact rows times the probability of its bounded rows given
them, and the outer integral (a flat intercept, as in restricted likelihood) is there only if the
model has one. log L_u is tabulated over log s once for each b and interpolated by splines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import logsumexp

from ..errors import DataError, IdentifiabilityError, UndefinedError
from ..model.frame import Frame
from ..model.structures import Array
from ..model.terms import Index
from ..solvers.marginal import random_covariance
from . import small_rectangles
from .common_factor import loadings, log_interval, log_probabilities
from .orthant import CLOSED, log_rectangles, points_for

LOG_SD_STEP = 0.08
"""Distance of the tabulated log standard deviations; a unit of 50 rows has a peak of 0.1."""
DECADES_BELOW, DECADES_ABOVE = 3.0, 2.0
"""Reach of the table around the scale of the data; beyond it log L_u goes on as a straight line."""
INTERCEPTS, INTERCEPT_REACH = 41, 6.0
"""Nodes of the intercept, and their reach in standard errors of the mean of all rows."""
PADDING = 9.0
"""Length of those lines in log s, six times the largest omega in use."""
UNDERFLOW = -600.0
"""Log-probability below which a rectangle is out of reach and its smallest margin is enough."""
PAIR_NODES, LEAST_PAIR, MOST_CORRELATED = 24, float(np.log(1e-4)), 0.995
"""Nodes of the rule that is exact to 1e-6 for pairs of rows of more than this log-probability and
less than this correlation; it costs a third of the other."""
STACKED = 128
"""Probabilities of bounded rows that are taken together."""
NARROW = 1.5
"""Omega in steps of the table below which the trapezoidal rule on it is too coarse."""
NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
LOG_NODE_WEIGHTS = np.log(_WEIGHTS / _WEIGHTS.sum())


@dataclass(frozen=True)
class UnitRows:
    """The rows of one unit.

    Attributes
    ----------
    rows
        Their numbers.
    K, V
        Covariance of the term at unit variance, and of the sampling errors, shape (m, m).
    """

    rows: Index
    K: Array
    V: Array


class RandomScaleLikelihood:
    """Log-likelihood of (m, omega).

    Parameters
    ----------
    frame
        One random term of one variance; a fixed part of an intercept or nothing; bounds if any.
    units
        Number of each row's unit, shape (n,).
    rng
        Draws the points of normal probabilities of three or more bounded rows.

    Raises
    ------
    DataError
        If levels of the term or sampling errors cross the units.
    IdentifiabilityError
        If no row is exact, or all exact rows are equal and free of error.
    """

    def __init__(self, frame: Frame, units: Index, rng: np.random.Generator) -> None:
        self.frame = frame
        self.units = [self._unit(np.flatnonzero(units == u), units) for u in range(units.max() + 1)]
        exact = np.flatnonzero(np.isfinite(frame.y))
        if not exact.size:
            raise IdentifiabilityError("no row is exact; bounds alone give no standard deviation")
        self.rng = rng
        scale = self._scale(exact)
        self.log_sd = np.arange(
            np.log(scale) - DECADES_BELOW * np.log(10),
            np.log(scale) + DECADES_ABOVE * np.log(10),
            LOG_SD_STEP,
        )
        self.has_intercept = frame.X.shape[1] == 1
        self.intercepts, self.log_step = self._intercept_nodes(exact, scale)

    def _unit(self, rows: Index, units: Index) -> UnitRows:
        (term,) = self.frame.terms
        everything = np.arange(units.size)
        for what, shared in (
            ("levels of the random term", random_covariance(term, np.ones(1), rows, everything)),
            ("sampling errors", self.frame.V.dense(everything)[rows]),
        ):
            across = np.flatnonzero((shared != 0).any(axis=0) & (units != units[rows[0]]))
            if across.size:
                labels = self.frame.labels
                raise DataError(
                    f"{what} join row {labels[rows[0]]} and row {labels[int(across[0])]} of "
                    "another unit; units with standard deviations of their own must share nothing"
                )
        return UnitRows(
            rows, random_covariance(term, np.ones(1), rows, rows), self.frame.V.dense(rows)
        )

    def _scale(self, exact: Index) -> float:
        y = self.frame.y[exact]
        about = y - y.mean() if self.frame.X.shape[1] else y
        spread = float(np.sqrt((about**2).mean() + self.frame.V.diagonal[exact].mean()))
        if not spread > 0:
            raise IdentifiabilityError(
                "the exact rows do not differ and have no sampling error; their standard deviation "
                "is zero and its likelihood has no limit"
            )
        return spread

    def _intercept_nodes(self, exact: Index, scale: float) -> tuple[Array, float]:
        if not self.has_intercept:
            return np.zeros(1), 0.0
        reach = INTERCEPT_REACH * scale / np.sqrt(min(exact.size, len(self.units)))
        nodes = float(self.frame.y[exact].mean()) + np.linspace(-reach, reach, INTERCEPTS)
        # X may be any constant column; the flat measure is on its orthonormal version, as in REML.
        step = (nodes[1] - nodes[0]) * float(np.sqrt(self.frame.nobs))
        return nodes, float(np.log(step))

    @cached_property
    def tables(self) -> Array:
        """Log L_u for each unit and intercept over ``log_sd``, shape (u, b, g)."""
        return np.stack([self._tabulated(unit) for unit in self.units])

    @cached_property
    def _spline(self) -> CubicSpline:
        return CubicSpline(self.log_sd, self.tables, axis=-1)

    @cached_property
    def _extended(self) -> tuple[Array, Array, Array]:
        """Log s beyond the table on both sides, exp(log L_u - its maximum) there, and the maximum.

        Towards zero log L_u is constant, towards infinity it falls along a line in log s.
        """
        steps = np.arange(1, round(PADDING / LOG_SD_STEP) + 1) * LOG_SD_STEP
        low, high = self.tables[..., :1], self.tables[..., -1:]
        fall = (high - self.tables[..., -2:-1]) / LOG_SD_STEP
        values = np.concatenate(
            [np.broadcast_to(low, (*low.shape[:2], steps.size)), self.tables, high + fall * steps],
            axis=-1,
        )
        grid = np.concatenate([self.log_sd[0] - steps[::-1], self.log_sd, self.log_sd[-1] + steps])
        greatest = values.max(axis=-1, keepdims=True)
        return grid, np.exp(values - greatest), greatest[..., 0]

    def _tabulated(self, unit: UnitRows) -> Array:
        """Log L_u at every intercept and log s, shape (b, g)."""
        bounds, rows = self.frame.bounds, unit.rows
        y = self.frame.y[rows]
        lower = upper = np.full(y.size, np.nan)
        if bounds is not None:
            lower, upper = bounds.lower[rows], bounds.upper[rows]
        labels = [self.frame.labels[int(i)] for i in rows]
        numbers = UnitNumbers(y, lower, upper, unit.K, unit.V, labels)
        return unit_table(numbers, self.intercepts, self.log_sd, self.rng)

    def llf(self, log_median: Array, omega: Array) -> Array:
        """Log-likelihood at m and omega, both of shape (k,)."""
        out = np.empty(log_median.shape)
        narrow = omega < NARROW * LOG_SD_STEP
        for chosen, by_unit in ((narrow, self._at_nodes), (~narrow, self._on_table)):
            if chosen.any():
                both = by_unit(log_median[chosen], omega[chosen]).sum(axis=0)
                out[chosen] = logsumexp(both + self.log_step, axis=0)
        return out

    def llf_along(self, omega: float) -> Array:
        """Log-likelihood where the root mean square e^(m + omega^2) is each e^``log_sd``, (g,)."""
        m = self.log_sd - omega**2
        if omega < NARROW * LOG_SD_STEP:
            return self.llf(m, np.full(m.size, omega))
        grid, values, greatest = self._extended
        # On evenly spaced points the weights depend on the distance alone.
        distance = grid[0] - m[-1] + LOG_SD_STEP * np.arange(grid.size + m.size - 1)
        kernel = np.exp(-0.5 * (distance / omega) ** 2)
        weights = np.lib.stride_tricks.sliding_window_view(kernel, grid.size)[::-1].T
        found = values @ (weights / weights.sum(axis=0))
        by_unit = np.log(np.maximum(found, 1e-300)) + greatest[..., None]
        return np.asarray(logsumexp(by_unit.sum(axis=0) + self.log_step, axis=0))

    def _on_table(self, m: Array, omega: Array) -> Array:
        """Log of the integral over log s by the trapezoidal rule on the table, (u, b, k)."""
        grid, values, greatest = self._extended
        log_weights = -0.5 * ((grid[:, None] - m) / omega) ** 2
        weights = np.exp(log_weights - logsumexp(log_weights, axis=0))
        return np.asarray(np.log(np.maximum(values @ weights, 1e-300)) + greatest[..., None])

    def _at_nodes(self, m: Array, omega: Array) -> Array:
        """Log of the integral by Gauss-Hermite nodes, where omega is small, (u, b, k)."""
        at = np.clip(m[:, None] + omega[:, None] * NODES, self.log_sd[0], self.log_sd[-1])
        return np.asarray(logsumexp(self._spline(at) + LOG_NODE_WEIGHTS, axis=-1))


@dataclass(frozen=True)
class UnitNumbers:
    """The numbers of one unit of m rows.

    Attributes
    ----------
    y
        Response, NaN where a row is known by bounds.
    lower, upper
        Limits of those rows, infinite where there is none.
    K, V
        Covariance of the scatter at unit variance, and of the sampling errors, shape (m, m).
    labels
        Names of the rows, for messages.
    """

    y: Array
    lower: Array
    upper: Array
    K: Array
    V: Array
    labels: list[str]


def unit_table(unit: UnitNumbers, means: Array, log_sd: Array, rng: np.random.Generator) -> Array:
    """Log-likelihood of a unit at each mean (b,) and log standard deviation (g,), shape (b, g).

    Raises
    ------
    IdentifiabilityError, UndefinedError
        Where a covariance of exact or of bounded rows is singular.
    """
    y = unit.y
    E, C = np.flatnonzero(np.isfinite(y)), np.flatnonzero(~np.isfinite(y))
    M = unit.V + np.exp(2 * log_sd)[:, None, None] * unit.K
    if y.size == 1 and M.all():
        return _one_row(unit, means, np.sqrt(M[:, 0, 0]))
    out = np.zeros((means.size, log_sd.size))
    mean = np.zeros((means.size, log_sd.size, C.size))
    S = M[:, C[:, None], C]
    if E.size:
        residual = y[E] - means[:, None]
        A = M[:, E[:, None], E]
        factor = _cholesky(A, unit.labels[int(E[0])])
        solved = np.linalg.solve(A, np.broadcast_to(residual.T, (log_sd.size, *residual.T.shape)))
        quadratic = np.einsum("eb,geb->bg", residual.T, solved)
        logdet = 2 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
        out -= 0.5 * (quadratic + logdet + E.size * np.log(2 * np.pi))
        cross = M[:, C[:, None], E]
        mean = np.einsum("gce,geb->bgc", cross, solved)
        S = S - cross @ np.linalg.solve(A, np.swapaxes(cross, 1, 2))
    if C.size:
        out += _probabilities(unit, C, mean + means[:, None, None], S, rng)
    return out


def _one_row(unit: UnitNumbers, means: Array, sd: Array) -> Array:
    """Log-likelihood of a unit of one row, whose standard deviation is ``sd`` (g,)."""
    limits = (unit.y, unit.y) if np.isfinite(unit.y[0]) else (unit.lower, unit.upper)
    low, high = ((x - means[:, None]) / sd for x in limits)
    if np.isfinite(unit.y[0]):
        return np.asarray(-0.5 * (low**2 + np.log(2 * np.pi)) - np.log(sd))
    return log_interval(low, high)


def _probabilities(
    unit: UnitNumbers, rows: Index, mean: Array, S: Array, rng: np.random.Generator
) -> Array:
    """Log-probabilities that bounded rows lie inside their limits, shape (b, g)."""
    lower, upper = unit.lower[rows] - mean, unit.upper[rows] - mean
    sd = np.sqrt(np.diagonal(S, axis1=1, axis2=2))
    # Of one row its probability; of more an upper limit of the joint one.
    out: Array = log_interval(lower / sd, upper / sd).min(axis=-1)
    if rows.size == 1:
        return out
    left = out > UNDERFLOW
    if rows.size == CLOSED:
        closed = _pairs(lower, upper, S)
        out, left = np.where(np.isnan(closed), out, closed), left & np.isnan(closed)
    near = np.nonzero(left)
    a = loadings(S) if rows.size > CLOSED else None
    points = points_for(rows.size, 256, rng) if a is None else None
    for start in range(0, near[0].size, STACKED):
        b, g = (index[start : start + STACKED] for index in near)
        if points is None:
            assert a is not None
            out[b, g] = log_probabilities(lower[b, g], upper[b, g], S[g], a[g])
            continue
        found = log_rectangles(lower[b, g], upper[b, g], S[g], points)
        if found is None:
            raise UndefinedError(
                f"the probability of bounded rows {', '.join(unit.labels[int(i)] for i in rows)} "
                "cannot be computed: their errors are singular"
            )
        out[b, g] = found
    return out


def _pairs(lower: Array, upper: Array, S: Array) -> Array:
    """Log-probabilities of two rows (b, g) by the cheap rule, NaN where that is not exact."""
    found = np.full(lower.shape[:2], np.nan)
    g = np.flatnonzero(S[:, 0, 1] ** 2 < MOST_CORRELATED**2 * S[:, 0, 0] * S[:, 1, 1])
    low, high = np.moveaxis(lower[:, g], 0, 2), np.moveaxis(upper[:, g], 0, 2)
    closed = small_rectangles.log_probabilities(low, high, S[g], PAIR_NODES).T
    found[:, g] = np.where(closed > LEAST_PAIR, closed, np.nan)
    return found


def _cholesky(A: Array, label: str) -> Array:
    try:
        return np.linalg.cholesky(A)
    except np.linalg.LinAlgError:
        raise IdentifiabilityError(
            f"the exact rows beside row {label} have a covariance that is not positive definite: "
            "two rows have the same effects and no sampling error of their own"
        ) from None
