"""Fits with bounds: the result, and what the exact rows must identify before the search."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from ..diagnostics.case_influence import Influence, Refit, influence, leave_out, refit_of, units_of
from ..errors import IdentifiabilityError, UndefinedError
from ..likelihoods.censored import POINTS, CensoredEvaluation, CensoredLikelihood, bounds_of
from ..model.frame import Frame
from ..model.structures import Array
from ..model.terms import Index
from ..optimise.batched_newton import batch_start
from ..optimise.newton import Optimum, best_maximum, maximise, starting_values
from ..solvers.blocks import marginal_components
from . import fit_warnings as honesty
from .partially_observed import IndirectFit, check_indirect

LARGEST_ERROR = 0.02
"""Standard error of the log-likelihood above which a fit warns."""
MOST_POINTS = 2048
"""Points of a replicate beyond which the error is stated instead of lowered."""
MOST_JOINED = 60
"""Rows of one probability up to which the simulation was checked against closed values."""


@dataclass(frozen=True, repr=False)
class CensoredFit(IndirectFit):
    """A mixed model fitted by ML or REML to rows of which some are bounds.

    What it has and what it refuses is described in
    :class:`metastudy.mixed.results.partially_observed.IndirectFit`.
    """

    likelihood: CensoredLikelihood

    @property
    def evaluation(self) -> CensoredEvaluation:
        """The likelihood at the estimate."""
        found = self.optimum.evaluation
        assert isinstance(found, CensoredEvaluation)
        return found

    @property
    def bounds(self) -> pd.Series[int]:
        """Number of exact, left-, right- and interval-censored rows."""
        return bounds_of(self.frame).counts

    @property
    def llf_error(self) -> float:
        """Standard error of ``llf`` from simulated probabilities; 0 where all are closed."""
        return self.evaluation.llf_error

    @property
    def largest_probability(self) -> int:
        """Number of censored rows in the largest joint probability."""
        return self.likelihood.largest

    @cached_property
    def completed(self) -> pd.Series[float]:
        """The response with each censored row at its expectation given all rows."""
        return pd.Series(self.evaluation.completed, list(self.frame.labels), name="completed")

    @cached_property
    def warnings(self) -> tuple[honesty.NamedWarning, ...]:
        """What these rows do not let a reader conclude; computes the 95 % profile intervals."""
        return (*self._simulation_warnings(), *honesty.warnings_of(self))

    def _simulation_warnings(self) -> list[honesty.NamedWarning]:
        """Say where the simulated probabilities are too rough, or joined beyond what was tried."""
        joined = self.largest_probability
        why = f"{joined} censored rows are joined in one probability"
        if self.method == "REML" and joined > self.largest_component:
            why += f"; method='ML' joins at most {self.largest_component}"
        out = []
        if self.llf_error > LARGEST_ERROR:
            text = (
                f"the log-likelihood carries a simulation error of {self.llf_error:.2g}, above "
                f"{LARGEST_ERROR:g}: {why}"
            )
            out.append(honesty.NamedWarning("simulation error", text))
        if joined > MOST_JOINED:
            text = f"{why}; beyond {MOST_JOINED} the stated error of simulation was not checked"
            out.append(honesty.NamedWarning("many bounds joined", text))
        return out

    @property
    def largest_component(self) -> int:
        """Number of censored rows in the largest connected component, which ML joins."""
        components = marginal_components(self.frame.terms, self.frame.V)
        return int(np.bincount(components[bounds_of(self.frame).censored]).max(initial=0))

    def deletion(self, by: object = None) -> Influence:
        """Leave out each row, or each unit of a grouping, and refit with the bounds of the others.

        Coefficients, components, Cook's distance and DFBETAS; residuals are not defined for bounds.
        Refits draw their points anew: a change of the likelihood below ``llf_error`` is noise.

        Parameters
        ----------
        by
            None for rows, a grouping of the model, a column of the data, or labels (n,).

        Raises
        ------
        UndefinedError, DataError
            If ``by`` gives no two units.
        """
        units = units_of(self.frame, by)

        def without(rest: Frame, rows: Index) -> Refit:
            rng = np.random.default_rng(0)
            points = self.likelihood.n_points
            reduced, found = _maximised(rest, self.method, rng, points, self.optimum.theta)
            return refit_of(self.likelihood, reduced, found)

        fits, outcome = leave_out(self.frame, units, without)
        names = list(self.parameter_names)
        return influence(self.frame, self.likelihood, self.optimum, names, units, fits, outcome)

    def _remarks(self) -> list[str]:
        words = ", ".join(f"{n} {kind}" for kind, n in self.bounds.items() if n)
        error = f"simulation error of the log-likelihood {self.llf_error:.1g}"
        return [f"{words}; {error}", *super()._remarks()]


def fit_censored(
    frame: Frame,
    merged: tuple[tuple[str, ...], ...],
    method: str,
    test: str,
    rng: np.random.Generator | None,
    points: int | None = None,
) -> CensoredFit:
    """Fit a frame with bounds; see :func:`metastudy.mixed.fit`.

    Raises
    ------
    UndefinedError
        For a method or test that is not defined with bounds, or a number of points that is no
        power of two.
    IdentifiabilityError
        Where a coefficient has no finite estimate.
    """
    check_indirect(method, test)
    points = POINTS if points is None else points
    whole = isinstance(points, (int, np.integer)) and not isinstance(points, bool)
    if not whole or points < 2 or points & (points - 1):
        raise UndefinedError(f"points = {points!r}: give a power of two, such as 64 or {POINTS}")
    # Without a generator every fit takes the same points, so that fits compare and repeat.
    rng = np.random.default_rng(0) if rng is None else rng
    likelihood, optimum = _maximised(frame, method, rng, points)
    return CensoredFit(frame, likelihood, optimum, method, test, merged)


def _maximised(
    frame: Frame, method: str, rng: np.random.Generator, points: int, near: Array | None = None
) -> tuple[CensoredLikelihood, Optimum]:
    """Maximise with as many points as the error asks for, from theta ``near`` if given."""
    if method == "REML":
        _check_exact_rows(frame)
    else:
        _check_finite(frame)
    likelihood = CensoredLikelihood(frame, method == "REML", rng, points)
    if near is None or any(p.kind != "variance" for p in likelihood.parameters):
        likelihood.settle_order(starting_values(likelihood))
        optimum = best_maximum(likelihood)
    else:
        start = batch_start(likelihood, near)
        likelihood.settle_order(start)
        optimum = maximise(likelihood, start)
    optimum = _refined(likelihood, optimum)
    while _error(optimum) > LARGEST_ERROR and likelihood.n_points < MOST_POINTS:
        likelihood = CensoredLikelihood(frame, method == "REML", rng, 4 * likelihood.n_points)
        optimum = _refined(likelihood, optimum)
    return likelihood, optimum


def _refined(likelihood: CensoredLikelihood, optimum: Optimum) -> Optimum:
    """Integrate in the order that suits the estimate, and search again from there."""
    likelihood.settle_order(optimum.theta)
    return maximise(likelihood, optimum.theta)


def _error(optimum: Optimum) -> float:
    found = optimum.evaluation
    return found.llf_error if isinstance(found, CensoredEvaluation) else 0.0


def _check_exact_rows(frame: Frame) -> None:
    """REML needs coefficients that the exact rows identify."""
    bounds = bounds_of(frame)
    j = _dependent_column(frame.X[bounds.exact])
    if j is not None:
        raise IdentifiabilityError(
            f"REML integrates over the coefficients, but the {bounds.exact.size} exact rows do not "
            f"identify {frame.names[j]!r}; use method='ML', or merge levels known by bounds alone"
        )


def _dependent_column(X: Array) -> int | None:
    """Find the first column that depends on those before it."""
    norms = np.linalg.norm(X, axis=0)
    for j in range(X.shape[1]):
        if j >= X.shape[0] or norms[j] == 0:
            return j
        if np.linalg.matrix_rank(X[:, : j + 1] / np.maximum(norms[: j + 1], 1e-300)) <= j:
            return j
    return None


def _check_finite(frame: Frame) -> None:
    """ML needs that no direction of the coefficients raises the likelihood without end.

    Such a direction leaves exact and interval rows as they are and moves every one-sided row away
    from its limit (the separation of binary regression; Albert & Anderson 1984,
    10.1093/biomet/71.1.1).
    """
    bounds, X = bounds_of(frame), frame.X
    if _dependent_column(X[bounds.exact]) is None:
        return
    scaled = X / np.linalg.norm(X, axis=0)
    fixed = scaled[np.isfinite(bounds.lower) & np.isfinite(bounds.upper)]
    away = np.where(np.isfinite(bounds.upper), -1.0, 1.0)
    loose = np.isinf(bounds.lower) | np.isinf(bounds.upper)
    outwards = (away[:, None] * scaled)[loose]
    found = linprog(
        -outwards.sum(axis=0),
        A_ub=-outwards,
        b_ub=np.zeros(len(outwards)),
        A_eq=fixed if len(fixed) else None,
        b_eq=np.zeros(len(fixed)) if len(fixed) else None,
        bounds=[(-1, 1)] * X.shape[1],
    )
    if found.status == 0 and float((outwards @ found.x).sum()) > 1e-7:
        j = int(np.argmax(np.abs(np.asarray(found.x))))
        raise IdentifiabilityError(
            f"the rows give no finite estimate of {frame.names[j]!r}: every row that bears on it "
            "alone is a bound on the same side; merge its level with another, or leave it out"
        )
