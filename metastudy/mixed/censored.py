"""Fits with bounds: the result, and what the exact rows must identify before the search."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from . import honesty
from .censoring import CensoredEvaluation, CensoredLikelihood, bounds_of
from .errors import IdentifiabilityError, UndefinedError
from .fitting import Optimum, best_maximum, maximise, starting_values
from .fixed import FixedInference
from .frame import Frame
from .inference import REACH
from .result import ReportedFit
from .robust import RobustCovariance
from .structures import Array

TESTS = ("satterthwaite", "contain", "residual", "z")
"""Reference distributions that a fit with bounds has."""
LARGEST_ERROR = 0.02
"""Standard error of the log-likelihood above which a fit warns."""
MOST_POINTS = 8192
"""Points of a replicate beyond which the error is stated instead of lowered."""


@dataclass(frozen=True)
class CensoredInference(FixedInference):
    """Reference distribution of the coefficients of a fit with bounds."""

    @cached_property
    def _slopes(self) -> Array:
        """Derivatives of the coefficients' covariance by theta, by central differences."""
        _, free = self.theta_covariance
        out = np.empty((free.size, self.likelihood.p, self.likelihood.p))
        for a, j in enumerate(free):
            sides = []
            h = REACH * max(abs(float(self.optimum.theta[j])), 1e-8)
            for sign in (1, -1):
                theta = self.optimum.theta.copy()
                theta[j] += sign * h
                found = self.likelihood.evaluate(theta, derivatives=False)
                if found is None:
                    raise UndefinedError("the covariance is not positive definite at the estimate")
                sides.append(found.cov)
            out[a] = (sides[0] - sides[1]) / (2 * h)
        return out


@dataclass(frozen=True)
class CensoredFit(ReportedFit):
    """A mixed model fitted by ML or REML to rows of which some are bounds.

    It has the attributes of :class:`metastudy.mixed.MixedFit` that are defined with bounds:
    coefficients with Satterthwaite's degrees of freedom, profile intervals of components, sums and
    shares, prediction of new levels, warnings and summary. The covariance of the coefficients is
    the inverse observed information (ML), or their covariance given all rows under flat
    coefficients (REML).
    """

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
        assert isinstance(self.likelihood, CensoredLikelihood)
        return self.likelihood.largest

    @cached_property
    def completed(self) -> pd.Series[float]:
        """The response with each censored row at its expectation given all rows."""
        return pd.Series(self.evaluation.completed, list(self.frame.labels), name="completed")

    @cached_property
    def inference(self) -> FixedInference:
        """Reference distribution of the coefficients."""
        return CensoredInference(self.frame, self.likelihood, self.optimum, self.test)

    def with_test(self, test: str) -> Self:
        """Refer the same fit to another distribution, one of ``censored.TESTS``."""
        return replace(self, test=check_censored_test(test))

    @cached_property
    def warnings(self) -> tuple[honesty.NamedWarning, ...]:
        """What these rows do not let a reader conclude; computes the 95 % profile intervals."""
        error = self.llf_error
        own = honesty.NamedWarning(
            "simulation error",
            f"the log-likelihood carries a simulation error of {error:.2g}, above "
            f"{LARGEST_ERROR:g}: {self.largest_probability} censored rows are joined in one "
            "probability",
        )
        return (*([own] if error > LARGEST_ERROR else []), *honesty.warnings_of(self))

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        interval: str = "confidence",
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Predict rows whose levels are all new; see :meth:`metastudy.mixed.MixedFit.predict`.

        Raises
        ------
        UndefinedError
            If a grouping has a level of the fit.
        """
        table = super().predict(newdata, interval, level)
        everything = ", ".join(term.name for term in self.frame.terms)
        if (table["new"] != (everything or "nothing")).any():
            raise UndefinedError(
                "a fit with bounds predicts new levels only; leave the groupings out of newdata"
            )
        return table

    def ranef(self) -> dict[str, pd.DataFrame]:
        """Refuse: effects of levels are not predicted from bounds."""
        raise UndefinedError("effects of levels are not predicted where rows are bounds")

    def robust(self, cluster: object, kind: str = "CR2") -> RobustCovariance:
        """Refuse: robust covariances need residuals, which bounds do not have."""
        raise UndefinedError(
            "a cluster-robust covariance needs the residual of every row, and bounds have none; "
            "use the model-based tests"
        )

    def _remarks(self) -> list[str]:
        words = ", ".join(f"{n} {kind}" for kind, n in self.bounds.items() if n)
        error = f"simulation error of the log-likelihood {self.llf_error:.1g}"
        return [f"{words}; {error}"]


def check_censored_test(test: str) -> str:
    """Return the name of a reference distribution that fits with bounds have.

    Raises
    ------
    UndefinedError
        Otherwise.
    """
    if test not in TESTS:
        raise UndefinedError(
            f"test {test!r} is not defined for a fit with bounds; use one of {', '.join(TESTS)}"
        )
    return test


def fit_censored(
    frame: Frame,
    merged: tuple[tuple[str, ...], ...],
    method: str,
    test: str,
    rng: np.random.Generator | None,
) -> CensoredFit:
    """Fit a frame with bounds; see :func:`metastudy.mixed.fit`.

    Raises
    ------
    UndefinedError
        For a method or test that is not defined with bounds.
    IdentifiabilityError
        Where a coefficient has no finite estimate.
    """
    if method not in ("ML", "REML"):
        raise UndefinedError(
            f"method {method!r} is not defined for rows known by bounds; use 'ML' or 'REML'"
        )
    check_censored_test(test)
    if method == "REML":
        _check_exact_rows(frame)
    else:
        _check_finite(frame)
    # Without a generator every fit takes the same points, so that fits compare and repeat.
    rng = np.random.default_rng(0) if rng is None else rng
    likelihood = CensoredLikelihood(frame, method == "REML", rng)
    likelihood.settle_order(starting_values(likelihood))
    optimum = _refined(likelihood, best_maximum(likelihood))
    while _error(optimum) > LARGEST_ERROR / 2 and likelihood.n_points < MOST_POINTS:
        likelihood = CensoredLikelihood(frame, method == "REML", rng, 4 * likelihood.n_points)
        optimum = _refined(likelihood, optimum)
    return CensoredFit(frame, likelihood, optimum, method, test, merged)


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
