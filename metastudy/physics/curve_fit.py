"""Least squares of ln R with profile intervals: what every fit of this room shares.

Resistances and conductivities scatter in proportion to their size, so residuals are those of ln y.
Where ``log_sd`` is given, the error of each ln y is known: quantiles are normal. Otherwise all have
one error, estimated from the residuals: quantiles are Student's t with n - p degrees of freedom.
The interval of a parameter holds every value at which the sum of squares, minimised over the
others, stays below its minimum by the square of the quantile (`bates_1988` ch. 6).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ..confidence import check_alpha
from ..summary import Summary, SummaryTable
from .arguments import FloatArray, Values, positive
from .errors import PhysicsError

# A logarithm so far from its estimate is open: a factor of e^30.
_FARTHEST_LOG = 20.0
# The search stays inside the range of floats.
_LARGEST_LOG = 300.0
_ROUNDS = 60
# A parameter whose derivatives of ln y are smaller moves nothing.
_NO_INFLUENCE = 1e-100
# Of an end, as a share of the step in which it lies
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class CurveParameter:
    """A parameter of a curve.

    Attributes
    ----------
    name, unit
        As in tables.
    low, high
        Its limits, which belong to the physics.
    is_log
        Whether it is positive without another limit, and searched on a logarithmic scale.
    """

    name: str
    unit: str
    low: float = -math.inf
    high: float = math.inf
    is_log: bool = False


@dataclass(frozen=True)
class Curve:
    """A function of x with parameters.

    Attributes
    ----------
    name
        Of the law, as in tables.
    parameters
        In the order of ``log_value``'s first argument.
    log_value
        (parameters, x) -> ln y, shape of x.
    """

    name: str
    parameters: tuple[CurveParameter, ...]
    log_value: Callable[[FloatArray, FloatArray], FloatArray]


class CurveFit:
    """A fitted curve, with the names of statsmodels' results.

    Attributes
    ----------
    curve : Curve
    x, y : ndarray, shape (n,)
        Data as given; y positive.
    log_sd : ndarray, shape (n,), or None
        Known standard deviation of each ln y.
    nobs, df_resid : int

    Examples
    --------
    >>> from metastudy import physics
    >>> fit = physics.fit_arrhenius([30, 50, 70], [3400.0, 440.0, 64.0])
    >>> fit.nobs, fit.df_resid, list(fit.conf_int().columns)
    (3, 1, ['lower', 'upper'])
    """

    def __init__(
        self,
        curve: Curve,
        x: FloatArray,
        y: FloatArray,
        log_sd: FloatArray | None,
        coordinates: FloatArray,
    ) -> None:
        self.curve, self.x, self.y, self.log_sd = curve, x, y, log_sd
        self._coordinates = coordinates
        self.nobs, self.df_resid = x.size, x.size - len(curve.parameters)

    @cached_property
    def params(self) -> pd.Series[float]:
        """Estimates by name."""
        values = _natural(self.curve, self._coordinates)
        return pd.Series(values, index=self._names, name="estimate")

    @cached_property
    def fittedvalues(self) -> FloatArray:
        """The curve at the data, in the unit of y, shape (n,)."""
        return np.asarray(np.exp(self._log_value(self._coordinates)))

    @cached_property
    def resid(self) -> FloatArray:
        """Ln y minus ln of the curve, shape (n,)."""
        return np.asarray(np.log(self.y) - np.log(self.fittedvalues))

    @cached_property
    def sum_of_squares(self) -> float:
        """Sum of squared residuals of ln y, in units of ``log_sd`` where it is given."""
        return float(((self.resid / self._sd) ** 2).sum())

    @cached_property
    def scale(self) -> float:
        """Variance of a residual in units of ``log_sd`` squared (1 where it is given)."""
        if self.log_sd is not None:
            return 1.0
        return self.sum_of_squares / self.df_resid if self.df_resid > 0 else math.nan

    @cached_property
    def llf(self) -> float:
        """Log-likelihood of ln y; its variance at the maximum where it is estimated."""
        if self.log_sd is not None:
            constant = np.log(2.0 * np.pi * self.log_sd**2).sum()
            return float(-0.5 * (self.sum_of_squares + constant))
        variance = max(self.sum_of_squares / self.nobs, np.finfo(float).tiny)
        return float(-0.5 * self.nobs * (math.log(2.0 * math.pi * variance) + 1.0))

    @property
    def aic(self) -> float:
        """Akaike's criterion; an estimated variance counts as a parameter."""
        return -2.0 * self.llf + 2.0 * self._counted

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return -2.0 * self.llf + self._counted * math.log(self.nobs)

    @property
    def aicc(self) -> float:
        """Akaike's criterion for small samples (`hurvich_1989`); infinite where n <= k + 1.

        AIC + 2 k (k + 1)/(n - k - 1).
        """
        left = self.nobs - self._counted - 1
        if left <= 0:
            return math.inf
        return self.aic + 2.0 * self._counted * (self._counted + 1) / left

    def cov_params(self) -> pd.DataFrame:
        """Covariance of the estimates from the curvature at the minimum; NaN without residual df.

        Infinite for a parameter without influence there. Of one at its limit read ``conf_int``.
        """
        theta = np.asarray(self.params, dtype=float)
        jacobian = _jacobian(self.curve, theta, self.x) / self._sd[:, None]
        size = np.sqrt((jacobian**2).sum(axis=0))
        moves = size > _NO_INFLUENCE
        scaled = jacobian[:, moves] / size[moves]
        values = np.diag(np.where(moves, 0.0, math.inf))
        values[np.ix_(moves, moves)] = (
            self.scale
            * np.linalg.pinv(scaled.T @ scaled, hermitian=True)
            / np.outer(size[moves], size[moves])
        )
        return pd.DataFrame(values, index=self._names, columns=self._names)

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors, from ``cov_params``."""
        values = np.sqrt(np.diag(self.cov_params().to_numpy()))
        return pd.Series(values, index=self._names, name="se")

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Profile intervals: columns lower, upper; an open end is its limit.

        Raises
        ------
        PhysicsError
            Where alpha is not above 0 and at most 0.5, or no residual degree of freedom is left and
            no ``log_sd`` was given.
        """
        level = check_alpha(alpha, PhysicsError)
        ends = [self._interval(j, level) for j in range(len(self._names))]
        return pd.DataFrame(ends, index=self._names, columns=["lower", "upper"])

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Estimate, se, lower, upper and unit of each parameter."""
        frame = pd.concat([self.params, self.bse, self.conf_int(alpha)], axis=1)
        return frame.assign(unit=[p.unit for p in self.curve.parameters])

    def remarks(self, alpha: float = 0.05) -> list[str]:
        """Say what the data does not determine, a sentence each."""
        return []

    def summary(self, alpha: float = 0.05) -> Summary:
        """Estimates with intervals, and remarks."""
        head = [f"{self.curve.name}: {self.nobs} points, AICc {self.aicc:.4g}"]
        table = SummaryTable("", self.to_frame(alpha))
        return Summary(head, [table], self.remarks(alpha))

    def predict(self, x: Values) -> FloatArray:
        """Return the curve at other x, in the unit of y."""
        at = np.asarray(x, dtype=float)
        return np.asarray(np.exp(self.curve.log_value(np.asarray(self.params, dtype=float), at)))

    @property
    def _names(self) -> list[str]:
        return [p.name for p in self.curve.parameters]

    @property
    def _counted(self) -> int:
        return len(self.curve.parameters) + (self.log_sd is None)

    @property
    def _sd(self) -> FloatArray:
        return np.ones(self.nobs) if self.log_sd is None else self.log_sd

    def _log_value(self, coordinates: FloatArray) -> FloatArray:
        return self.curve.log_value(_natural(self.curve, coordinates), self.x)

    def _quantile(self, alpha: float) -> float:
        from scipy.stats import norm, t

        if self.log_sd is not None:
            return float(norm.ppf(1.0 - alpha / 2.0))
        if self.df_resid < 1:
            raise PhysicsError(
                f"{self.nobs} points and {len(self._names)} parameters leave no degree of freedom "
                "for an interval; give log_sd, the standard deviation of each ln value"
            )
        return float(t.ppf(1.0 - alpha / 2.0, self.df_resid))

    def _interval(self, j: int, alpha: float) -> tuple[float, float]:
        allowed = self.sum_of_squares + self._quantile(alpha) ** 2 * self.scale
        step = self.bse.iloc[j]
        ends = (self._end(j, side, allowed, step) for side in (-1.0, 1.0))
        low, high = sorted(ends)
        return low, high

    def _end(self, j: int, side: float, allowed: float, se: float) -> float:
        """Return where the profile of a parameter crosses the allowed sum on one side."""
        from scipy.optimize import brentq

        parameter = self.curve.parameters[j]
        start = self._coordinates[j]
        limit = _limit(parameter, side, start)
        warm = self._coordinates
        width = se / self.params.iloc[j] if parameter.is_log else se
        width = width if math.isfinite(width) and width > 0 else 0.1 * max(abs(start), 1e-3)
        inside = start
        for _ in range(_ROUNDS):
            ahead = inside + side * width
            outside = min(ahead, limit) if side > 0 else max(ahead, limit)
            least, ahead_of_it = _minimise_others(self, j, outside, warm)
            if least > allowed:
                root = brentq(
                    lambda value, start: _minimise_others(self, j, value, start)[0] - allowed,
                    inside,
                    outside,
                    args=(warm,),
                    xtol=_TOLERANCE * abs(outside - inside),
                )
                return math.exp(root) if parameter.is_log else float(root)
            if outside == limit:
                break
            inside, width, warm = outside, 2.0 * width, ahead_of_it
        if not parameter.is_log:
            return parameter.high if side > 0 else parameter.low
        return math.inf if side > 0 else 0.0


def fit_curve(
    curve: Curve,
    x: FloatArray,
    y: FloatArray,
    log_sd: FloatArray | None,
    starts: Sequence[Sequence[float]],
    kind: type[CurveFit] = CurveFit,
    **more: Any,
) -> Any:
    """Fit a curve from several starts and return the best.

    Parameters
    ----------
    x, y, log_sd
        Checked arrays of shape (n,).
    starts
        Parameters in natural units.
    kind, more
        Class of the result, and its further arguments.
    """
    sd = np.ones(x.size) if log_sd is None else log_sd
    found = [
        _search(curve, x, np.log(y), sd, _coordinates(curve, np.asarray(start, dtype=float)))
        for start in starts
    ]
    least, best = min(found, key=lambda pair: pair[0])
    best = _at_limits(curve, x, np.log(y), sd, least, best)
    return kind(curve, x, y, log_sd, best, **more)


def as_points(
    x: Values, y: Values, log_sd: Values | None, names: tuple[str, str], least: int, need: str
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Return checked arrays of one length, with enough different x; x is checked by the caller.

    Raises
    ------
    PhysicsError
        Where shapes differ, y or log_sd is not positive, or fewer than ``least`` x are different.
    """
    x_array, y_array = np.atleast_1d(x).astype(float), np.atleast_1d(positive(names[1], y))
    sd = None if log_sd is None else np.atleast_1d(positive("log_sd", log_sd))
    if sd is not None and sd.size == 1:
        sd = np.full(y_array.shape, float(sd[0]))
    shapes = [a.shape for a in (x_array, y_array, sd) if a is not None]
    if x_array.ndim != 1 or len(set(shapes)) > 1:
        raise PhysicsError(
            f"{names[0]}, {names[1]} and log_sd have the shapes {shapes}; give one of each a point"
        )
    different = np.unique(x_array).size
    if different < least:
        raise PhysicsError(f"{need} {least} different {names[0]}; {different} were given")
    return x_array, y_array, sd


def _natural(curve: Curve, coordinates: FloatArray) -> FloatArray:
    logs = np.array([p.is_log for p in curve.parameters])
    return np.where(logs, np.exp(np.where(logs, coordinates, 0.0)), coordinates)


def _coordinates(curve: Curve, natural: FloatArray) -> FloatArray:
    logs = np.array([p.is_log for p in curve.parameters])
    return np.where(logs, np.log(np.where(logs, natural, 1.0)), natural)


def _limits(curve: Curve) -> tuple[FloatArray, FloatArray]:
    low = np.array([-_LARGEST_LOG if p.is_log else p.low for p in curve.parameters])
    high = np.array([_LARGEST_LOG if p.is_log else p.high for p in curve.parameters])
    return low, high


def _limit(parameter: CurveParameter, side: float, start: float) -> float:
    if parameter.is_log:
        return start + side * _FARTHEST_LOG
    return parameter.high if side > 0 else parameter.low


def _search(
    curve: Curve, x: FloatArray, log_y: FloatArray, sd: FloatArray, start: FloatArray
) -> tuple[float, FloatArray]:
    from scipy.optimize import least_squares

    low, high = _limits(curve)

    def residual(coordinates: FloatArray) -> FloatArray:
        return np.asarray((curve.log_value(_natural(curve, coordinates), x) - log_y) / sd)

    found = least_squares(
        residual,
        np.clip(start, low, high),
        bounds=(low, high),
        x_scale="jac",
        xtol=1e-14,
        ftol=1e-14,
        gtol=1e-14,
    )
    return 2.0 * float(found.cost), np.asarray(found.x)


def _at_limits(
    curve: Curve, x: FloatArray, log_y: FloatArray, sd: FloatArray, least: float, best: FloatArray
) -> FloatArray:
    """Move parameters to a limit that the search came near and, by its method, never reaches."""
    for j, (low, high) in enumerate(zip(*_limits(curve), strict=True)):
        for limit in (low, high):
            moved = best.copy()
            moved[j] = limit
            if not math.isfinite(limit) or curve.parameters[j].is_log:
                continue
            residual = (curve.log_value(_natural(curve, moved), x) - log_y) / sd
            if float((residual**2).sum()) <= least:
                best = moved
    return best


def _minimise_others(
    fit: CurveFit, j: int, value: float, warm: FloatArray
) -> tuple[float, FloatArray]:
    """Return the least sum of squares with one coordinate held, and the coordinates there."""
    from scipy.optimize import least_squares

    free = np.arange(warm.size) != j
    low, high = (bound[free] for bound in _limits(fit.curve))
    full = warm.copy()
    full[j] = value
    log_y = np.log(fit.y)

    def residual(others: FloatArray) -> FloatArray:
        full[free] = others
        return np.asarray((fit._log_value(full) - log_y) / fit._sd)

    if not free.any():
        return float((residual(full[free]) ** 2).sum()), full
    found = least_squares(
        residual, np.clip(warm[free], low, high), bounds=(low, high), x_scale="jac", xtol=1e-10
    )
    full[free] = found.x
    return 2.0 * float(found.cost), full


def _jacobian(curve: Curve, theta: FloatArray, x: FloatArray) -> FloatArray:
    """Return d ln y by the parameters in natural units, shape (n, p), by differences."""
    columns = []
    for j, parameter in enumerate(curve.parameters):
        step = 1e-6 * max(abs(theta[j]), 1e-6)
        ends = []
        for side in (1.0, -1.0):
            moved = theta.copy()
            moved[j] = min(max(theta[j] + side * step, parameter.low), parameter.high)
            ends.append((moved[j], curve.log_value(moved, x)))
        (above, up), (below, down) = ends
        columns.append((up - down) / (above - below))
    return np.stack(columns, axis=1)
