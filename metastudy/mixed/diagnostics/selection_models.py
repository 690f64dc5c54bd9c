"""Selection models of a two-level model: the chance that a row is reported depends on its p-value.

With p = 1 - Phi(y / sqrt(v)) (one-sided) and a weight w(p; delta) > 0 the density of a reported row
is w(p) phi(y; x b, v + tau2) / A, A the mean of w over y (Hedges 1984, 10.3102/10769986009001061;
Vevea & Hedges 1995, 10.1007/BF02294384; Citkowicz & Vevea 2017, 10.1037/met0000119, for the beta
weight; Preston, Ashby & Smyth 2004, 10.1111/j.1365-2753.2003.00452.x, for the decaying ones).
Maximum likelihood; a sensitivity analysis, as the intervals of such a model can be infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr, ndtri
from scipy.stats import chi2

from ..errors import ConvergenceError, UndefinedError
from ..model.frame import Frame
from ..model.structures import Array
from ..optimise.moments import check_two_level
from ..optimise.refitting import coefficients, refit
from .funnel import sampling_variances
from .small_study_effects import check_response

REACH = 9.0
"""Standard deviations on both sides of the means over which A is integrated."""
PANEL = 1.5
"""Width in z = y / sqrt(v) of one panel of the Gauss-Legendre rule."""
GAUSS = np.polynomial.legendre.leggauss(10)
MOST_PANELS = 400
BETA_LIMIT = 1e-5
"""Least p and 1 - p in the beta weight, which is unbounded there; metafor's limit."""
SMALL_DELTA = 1e-8
NEAR_LIMIT = 1e-6
GOOD_ENOUGH = 1e-8
"""Gain of the log-likelihood that a last Newton step may still expect."""


@dataclass(frozen=True)
class Weight:
    """Logarithm of the chance of being reported, as a function of the p-value's two tails.

    Attributes
    ----------
    log_weight
        Function (ln p, ln(1 - p), delta) -> ln w.
    null
        delta at which nothing is selected.
    limit
        Least p and 1 - p put into it; 0 for all.
    """

    log_weight: Callable[[Array, Array, Array], Array]
    null: tuple[float, ...]
    limit: float = 0.0

    def at(self, z: Array, delta: Array) -> Array:
        """Evaluate ln w at z = y / sqrt(v)."""
        if self.limit:
            edge = -float(ndtri(self.limit))
            z = np.clip(z, -edge, edge)
        return self.log_weight(log_ndtr(-z), log_ndtr(z), delta)


def _logistic(log_p: Array, log_q: Array, delta: Array) -> Array:
    x = delta[0] * np.exp(log_p)
    return np.asarray(np.log(2.0) - x - np.log1p(np.exp(-x)))


WEIGHTS: dict[str, Weight] = {
    "beta": Weight(lambda a, b, d: (d[0] - 1) * a + (d[1] - 1) * b, (1.0, 1.0), BETA_LIMIT),
    "half-normal": Weight(lambda a, b, d: -d[0] * np.exp(2 * a), (0.0,)),
    "negative-exponential": Weight(lambda a, b, d: -d[0] * np.exp(a), (0.0,)),
    "logistic": Weight(_logistic, (0.0,)),
    "power": Weight(lambda a, b, d: d[0] * b, (0.0,)),
}
"""p^(d1 - 1) (1 - p)^(d2 - 1); exp(-d p^2); exp(-d p); 2 exp(-d p)/(1 + exp(-d p)); (1 - p)^d."""


@dataclass(frozen=True)
class SelectionModel:
    """Fit of a selection model.

    Attributes
    ----------
    kind
        Name of the weight function.
    params, bse
        Coefficients and their standard errors.
    tau2, tau2_se
        Variance between rows and its standard error, None where it ends at 0.
    delta, delta_se
        Parameters of the weight; for steps the chance relative to the first interval.
    llf
        Log-likelihood.
    lr_statistic, lr_df, lr_pvalue
        Likelihood-ratio test of no selection.
    """

    kind: str
    params: pd.Series[float]
    bse: pd.Series[float]
    tau2: float
    tau2_se: float | None
    delta: Array
    delta_se: Array
    llf: float
    lr_statistic: float
    lr_df: int
    lr_pvalue: float


@dataclass(frozen=True)
class _Problem:
    """Log-likelihood of beta, tau2 and delta, in this order."""

    y: Array
    X: Array
    v: Array
    sign: float
    weight: Weight | None
    steps: Array

    @property
    def null(self) -> Array:
        """Parameters of the weight without selection."""
        if self.weight is not None:
            return np.array(self.weight.null)
        return np.ones(self.steps.size)

    def llf(self, x: Array) -> float:
        """Log-likelihood, minus infinity outside the limits."""
        p = self.X.shape[1]
        beta, tau2, delta = x[:p], float(x[p]), x[p + 1 :]
        if tau2 < 0 or np.any(delta < 0):
            return -np.inf
        mean = self.sign * (self.X @ beta)
        total = self.v + tau2
        y = self.sign * self.y
        density = -0.5 * (np.log(2 * np.pi * total) + (y - mean) ** 2 / total)
        z = y / np.sqrt(self.v)
        centre, sd = mean / np.sqrt(self.v), np.sqrt(total / self.v)
        if self.weight is None:
            log_w, log_a = self._by_steps(z, centre, sd, delta)
        else:
            log_w = self.weight.at(z, delta)
            log_a = self._integral(centre, sd, delta)
        with np.errstate(invalid="ignore"):
            value = float((density + log_w - log_a).sum())
        return value if np.isfinite(value) else -np.inf

    def _by_steps(self, z: Array, centre: Array, sd: Array, delta: Array) -> tuple[Array, Array]:
        chance = np.concatenate([[1.0], delta])
        edges = -ndtri(self.steps)
        place = np.searchsorted(self.steps, ndtr(-z), side="left")
        below = ndtr((edges[None] - centre[:, None]) / sd[:, None])
        above = np.column_stack([np.ones(z.size), below])
        shares = above - np.column_stack([below, np.zeros(z.size)])
        with np.errstate(divide="ignore"):
            return np.log(chance[place]), np.log(shares @ chance)

    def _integral(self, centre: Array, sd: Array, delta: Array) -> Array:
        """Logarithm of A for each row; the weight is constant beyond its limits."""
        assert self.weight is not None
        low, high = float((centre - REACH * sd).min()), float((centre + REACH * sd).max())
        tails: Array = np.zeros(centre.size)
        if self.weight.limit:
            edge = -float(ndtri(self.weight.limit))
            low, high = max(low, -edge), min(high, edge)
            ends = np.exp(self.weight.at(np.array([-edge, edge]), delta))
            tails = ends[0] * ndtr((-edge - centre) / sd) + ends[1] * ndtr((centre - edge) / sd)
        z, width = _nodes(low, high)
        u = (z - centre[:, None]) / sd[:, None]
        inside = np.exp(-0.5 * u**2) @ (width * np.exp(self.weight.at(z, delta)))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(tails + inside / (np.sqrt(2 * np.pi) * sd)))


def _nodes(low: float, high: float) -> tuple[Array, Array]:
    """Nodes and weights of the composite Gauss-Legendre rule between two ends."""
    panels = min(MOST_PANELS, max(1, int(np.ceil((high - low) / PANEL))))
    edges = np.linspace(low, high, panels + 1)
    half = (edges[1] - edges[0]) / 2
    middle = (edges[1:] + edges[:-1]) / 2
    nodes = (middle[:, None] + half * GAUSS[0]).ravel()
    return nodes, np.tile(half * GAUSS[1], panels)


def selection_model(
    frame: Frame,
    kind: str,
    response: str,
    alternative: str = "greater",
    steps: Sequence[float] = (0.025,),
) -> SelectionModel:
    """Fit a selection model to the rows of a two-level fit, by maximum likelihood.

    Parameters
    ----------
    frame
        Known sampling variances and at most one effect for each row; moderators are allowed.
    kind
        ``"step"`` or a key of ``WEIGHTS``.
    response
        ``"contrast"``; levels such as log R are refused, as no test against 0 exists for them.
    alternative
        ``"greater"`` or ``"less"``: the direction whose small p-values are reported.
    steps
        Limits of the p-value's intervals for ``"step"``.

    Raises
    ------
    UndefinedError
        For levels, other models, unknown kinds, and intervals of p without rows.
    ConvergenceError
        If the likelihood has no maximum inside.
    """
    check_response(
        response,
        "a selection model",
        "there is no test of a level against 0 whose p-value could decide what is reported",
    )
    if frame.terms:
        check_two_level(frame, "a selection model")
    v = sampling_variances(frame, "a selection model")
    if alternative not in ("greater", "less"):
        raise UndefinedError(f"alternative {alternative!r} is neither 'greater' nor 'less'")
    sign = 1.0 if alternative == "greater" else -1.0
    # In units of a typical sampling error, which leave p-values as they are, steps are of order 1.
    unit = float(np.sqrt(v.mean()))
    weight, edges = _weight(kind), np.asarray(steps, dtype=float)
    problem = _Problem(frame.y / unit, frame.X, v / unit**2, sign, weight, edges)
    if kind == "step":
        _check_steps(problem)
    plain, optimum = refit(frame, "ML")
    beta = coefficients(plain, optimum)[0] / unit
    tau2 = float(optimum.theta.sum()) / unit**2
    x, free = _maximise(problem, beta, tau2, bool(frame.terms))
    return _result(frame, kind, problem, x, free, float(optimum.evaluation.llf), unit)


def _weight(kind: str) -> Weight | None:
    if kind != "step" and kind not in WEIGHTS:
        raise UndefinedError(f"selection {kind!r} is not known; use step, {', '.join(WEIGHTS)}")
    return WEIGHTS.get(kind)


def _check_steps(problem: _Problem) -> None:
    steps = problem.steps
    if steps.size == 0 or np.any(np.diff(steps) <= 0) or steps[0] <= 0 or steps[-1] >= 1:
        raise UndefinedError(f"steps {steps.tolist()} must rise between 0 and 1")
    p = ndtr(-problem.sign * problem.y / np.sqrt(problem.v))
    counts = np.bincount(np.searchsorted(steps, p, side="left"), minlength=steps.size + 1)
    if (counts == 0).any():
        ends = [0.0, *steps.tolist(), 1.0]
        i = int(np.argmin(counts))
        raise UndefinedError(
            f"no row has a p-value between {ends[i]:g} and {ends[i + 1]:g}, so its chance of "
            "being reported is not defined; choose other steps"
        )


def _maximise(problem: _Problem, beta: Array, tau2: float, free_tau2: bool) -> tuple[Array, Array]:
    """Estimates and which of them lie inside their limits."""
    p, null = beta.size, problem.null
    lower = np.concatenate([np.full(p, -np.inf), [0.0], np.full(null.size, 0.0)])
    if problem.weight is WEIGHTS["beta"]:
        lower[p + 1 :] = SMALL_DELTA
    upper = np.full(lower.size, np.inf)
    if not free_tau2:
        upper[p] = 0.0
    bounds = list(zip(lower, upper, strict=True))

    def loss(x: Any) -> Any:
        return -problem.llf(x)

    def slope(x: Any) -> Any:
        return -_gradient(problem, x, lower)

    best, value = None, -np.inf
    options: Any = {"maxiter": 500, "ftol": 1e-12}
    for shift in (1.0, 0.5, 2.0):
        start = np.concatenate(
            [beta, [max(tau2, 0.01) if free_tau2 else 0.0], np.full(null.size, shift)]
        )
        found = minimize(loss, start, jac=slope, method="SLSQP", bounds=bounds, options=options)
        if np.isfinite(found.fun) and -found.fun > value + 1e-9:
            best, value = np.asarray(found.x), float(-found.fun)
    if best is None or not np.isfinite(value):
        raise ConvergenceError("the selection model has no finite likelihood at its start")
    inside = (best - lower > NEAR_LIMIT) & (best < upper)
    return _polish(problem, best, inside, lower), inside


def _widths(x: Array) -> Array:
    return np.asarray(1e-4 * np.maximum(np.abs(x), 1e-2))


def _gradient(problem: _Problem, x: Array, lower: Array) -> Array:
    """Four-point differences, one-sided at a limit."""
    out = np.empty(x.size)
    for j, h in enumerate(_widths(x)):

        def at(offset: float, j: int = j) -> float:
            moved = x.copy()
            moved[j] += offset
            return problem.llf(moved)

        if x[j] - 2 * h < lower[j]:
            out[j] = (-3 * at(0.0) + 4 * at(h) - at(2 * h)) / (2 * h)
        else:
            out[j] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    return out


def _hessian(problem: _Problem, x: Array, inside: Array, lower: Array) -> Array:
    """Second derivatives by the parameters inside their limits."""
    free = np.flatnonzero(inside)
    out = np.empty((free.size, free.size))
    for a, j in enumerate(free):
        h = min(10 * _widths(x)[j], 0.2 * (x[j] - lower[j]))
        up, down = x.copy(), x.copy()
        up[j] += h
        down[j] -= h
        slope = _gradient(problem, up, lower) - _gradient(problem, down, lower)
        out[a] = slope[free] / (2 * h)
    return (out + out.T) / 2


def _polish(problem: _Problem, x: Array, inside: Array, lower: Array) -> Array:
    """Newton steps on the free parameters until they expect less gain than ``GOOD_ENOUGH``.

    Raises
    ------
    ConvergenceError
        If the likelihood still rises, or is flat in a direction.
    """
    free = np.flatnonzero(inside)
    gain = np.inf
    for _ in range(20):
        slope = _gradient(problem, x, lower)[free]
        hessian = _hessian(problem, x, inside, lower)
        if np.linalg.eigvalsh(hessian)[-1] >= 0:
            raise ConvergenceError(
                "the selection model has no proper maximum: the likelihood is flat in a direction, "
                "so these rows do not separate selection from heterogeneity"
            )
        step = -np.linalg.solve(hessian, slope)
        gain = float(slope @ step) / 2
        moved = x.copy()
        moved[free] += step
        if gain < 1e-13 or not problem.llf(moved) > problem.llf(x):
            break
        x = moved
    if gain > GOOD_ENOUGH:
        raise ConvergenceError(
            "the selection model has no maximum that could be found: its likelihood keeps rising"
        )
    return x


def _result(
    frame: Frame,
    kind: str,
    problem: _Problem,
    x: Array,
    inside: Array,
    null_llf: float,
    unit: float,
) -> SelectionModel:
    p = frame.X.shape[1]
    lower = np.concatenate([np.full(p, -np.inf), np.zeros(x.size - p)])
    hessian = _hessian(problem, x, inside, lower)
    se = np.full(x.size, np.nan)
    se[inside] = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    llf = problem.llf(x) - frame.nobs * float(np.log(unit))
    df = problem.null.size
    statistic = max(0.0, 2 * (llf - null_llf))
    return SelectionModel(
        kind,
        pd.Series(unit * x[:p], list(frame.names), name="params"),
        pd.Series(unit * se[:p], list(frame.names), name="bse"),
        float(x[p]) * unit**2,
        float(se[p]) * unit**2 if inside[p] else None,
        x[p + 1 :],
        se[p + 1 :],
        llf,
        statistic,
        df,
        float(chi2.sf(statistic, df)),
    )
