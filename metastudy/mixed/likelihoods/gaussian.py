"""The Gaussian likelihood of y = X b + sum of random terms + sampling error of known covariance.

M(theta) = V + sum_t Z_t G_t(theta) Z_t'. With X = Q R and Q orthonormal, the restricted likelihood
is taken on Q: it then carries +1/2 ln|X'X|, does not change when X is recoded, and equals
metafor's; lme4's lacks that term (Harville 1977, 10.1080/01621459.1977.10480998).
Arrays may carry leading axes, one entry for each replicate of a batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from scipy.special import gammaln

from ..errors import ConvergenceError, UndefinedError
from ..model.columns import orthonormal
from ..model.frame import Frame
from ..model.sampling_covariance import SamplingCovariance
from ..model.structures import Array, CovarianceParameter
from ..model.terms import Index, RandomTerm, with_parameters
from ..solvers.blocks import BlockSolver
from ..solvers.crossed import CrossedSolver, largest_chain

LOG_2_PI = float(np.log(2 * np.pi))
TOLERANCE = 1e-18
"""Expected gain that ends a search: theta is then within 1e-9 standard errors of the maximum."""
GOOD_ENOUGH = 1e-8
"""Expected gain at which a search that no longer advances counts as converged."""
ROUNDING = 1e-14
"""Relative difference of numbers that are the same but for rounding."""
LEAST_RECORD = 1e-14
"""Least record-level variance beside rows without v, as a share of the response's spread."""
LEAST_OWN = 1e-6
"""Share of the largest sampling variance below which products by 1/v lose digits."""
DENSE_ROWS = 300
"""Crossed models up to this many rows are solved as one dense block, which is faster there."""


class Factor(Protocol):
    """M at one theta, factored: what the likelihood needs of it."""

    logdet: Array

    def solve(self, B: Array) -> Array:
        """M^-1 B."""
        ...

    def apply(self, j: int, B: Array) -> Array:
        """dM/dtheta_j times B."""
        ...

    def traces(self) -> Array:
        """tr(M^-1 dM/dtheta_j)."""
        ...


class Solver(Protocol):
    """The structure of M: factors it at any theta."""

    order: Index

    @property
    def n_parameters(self) -> int:
        """Length of theta."""
        ...

    def factor(self, theta: Array) -> Any:
        """Factor M, or None where it is not positive definite."""
        ...


def build_solver(terms: tuple[RandomTerm, ...], V: SamplingCovariance) -> Solver:
    """Cheapest solver that holds the terms: nested, crossed, or dense blocks."""
    from ..solvers.nested import NestedSolver

    if V.is_diagonal and all(term.is_scalar for term in terms):
        chain = largest_chain(terms)
        if _needs_blocks(terms, V):
            return BlockSolver(terms, V)
        if len(chain) == len(terms):
            return NestedSolver(terms, V)
        if V.diagonal.size > DENSE_ROWS:
            return CrossedSolver(terms, V)
    return BlockSolver(terms, V)


def _needs_blocks(terms: tuple[RandomTerm, ...], V: SamplingCovariance) -> bool:
    """Whether some rows have (almost) no variance of their own, by which chains would divide."""
    v = V.diagonal
    return (
        not any(t.is_record_level for t in terms) and 0 < v.max(initial=0.0) * LEAST_OWN > v.min()
    )


class OneParameterTerm(Protocol):
    """What else is known of one parameter, as a term of the log-likelihood."""

    @property
    def parameter(self) -> int:
        """Its number."""

    def llf(self, sigma2: Array) -> Array:
        """Give the term."""

    def score(self, sigma2: Array) -> Array:
        """Differentiate it."""

    def information(self, sigma2: Array) -> Array:
        """Give its information, for steps."""


@dataclass(frozen=True)
class ChiSquareTerm:
    """Printed variances s^2 with nu s^2 / sigma^2 ~ chi-square(nu), sigma^2 being one parameter."""

    parameter: int
    variances: Array
    df: Array

    def llf(self, sigma2: Array) -> Array:
        """Give the log-density of the printed variances."""
        nu, s2 = self.df, np.maximum(self.variances, 1e-300)
        const = (nu / 2 * np.log(nu / 2) - gammaln(nu / 2) + (nu / 2 - 1) * np.log(s2)).sum()
        with np.errstate(divide="ignore", invalid="ignore"):
            value = -0.5 * (nu.sum() * np.log(sigma2) + (nu * self.variances).sum() / sigma2)
        return np.asarray(const + value)

    def score(self, sigma2: Array) -> Array:
        """Differentiate ``llf``."""
        return np.asarray(
            0.5 * ((self.df * self.variances).sum() / sigma2 - self.df.sum()) / sigma2
        )

    def information(self, sigma2: Array) -> Array:
        """Give the expected information."""
        return np.asarray(self.df.sum() / (2 * sigma2**2))


@dataclass(frozen=True)
class Evaluation:
    """The likelihood at one theta; leading axes are replicates.

    Attributes
    ----------
    llf
        Log-likelihood of the criterion (metafor's constant).
    beta
        Coefficients of the orthonormal columns Q, shape (..., p).
    cov
        Their covariance (Q'M^-1 Q)^-1, shape (..., p, p).
    ypy
        Generalised residual sum of squares y'P y.
    score
        Derivative of ``llf`` by theta, shape (..., k); None if not asked for.
    average_information
        1/2 y'P M_i P M_j P y, shape (..., k, k); None if not asked for.
    """

    theta: Array
    llf: Array
    beta: Array
    cov: Array
    ypy: Array
    score: Array | None = None
    average_information: Array | None = None
    factor: Any = field(default=None, repr=False)
    WQ: Array | None = field(default=None, repr=False)
    Py: Array | None = field(default=None, repr=False)


class Likelihood:
    """Log-likelihood of theta with the fixed part profiled out (ML) or integrated out (REML).

    Parameters
    ----------
    y
        Response, shape (n,) or (replicates, n).
    X
        Fixed design of full column rank, shape (n, p).
    terms, V
        Random terms and known sampling covariance.
    reml
        Whether the criterion is the restricted likelihood.
    extras
        Further independent data on single entries of theta, such as printed standard deviations.

    Attributes
    ----------
    y, Q
        Response and orthonormal design, in the solver's row order.
    tolerance, good_enough
        Expected gain of a step below which a search has nothing to find; and below which one that
        no longer advances counts as converged.
    R
        Triangle with X = Q R, so that coefficients of X are R^-1 beta.
    """

    def __init__(
        self,
        y: Array,
        X: Array,
        terms: tuple[RandomTerm, ...],
        V: SamplingCovariance,
        reml: bool,
        solver: Solver | None = None,
        extras: tuple[OneParameterTerm, ...] = (),
    ) -> None:
        self.terms = terms
        self.V = V
        self.reml = reml
        self.tolerance = TOLERANCE
        self.good_enough = GOOD_ENOUGH
        self.extras = extras
        self.solver = build_solver(terms, V) if solver is None else solver
        self.order = self.solver.order
        self.y: Array = y[..., self.order]
        self.n, self.p = X.shape
        Q, self.R = orthonormal(X)
        self.Q: Array = Q[self.order]
        self.parameters: tuple[CovarianceParameter, ...] = sum((t.parameters for t in terms), ())
        self.lower = np.array([p.lower for p in self.parameters])
        self.upper = np.array([p.upper for p in self.parameters])
        self.cautious = [
            j for j, p in enumerate(self.parameters) if p.kind in ("sd", "correlation")
        ]

    @property
    def half_logdet_xtx(self) -> float:
        """1/2 ln|X'X|: subtract it from a REML log-likelihood to get lme4's."""
        return float(np.log(np.abs(np.diag(self.R))).sum())

    @cached_property
    def spread(self) -> float:
        """Variance of the response about the fixed part, or the middle sampling variance if larger.

        Raises
        ------
        ConvergenceError
            If both are zero but for rounding: the likelihood then has no maximum.
        """
        y = self.y if self.y.ndim == 1 else self.y[0]
        residual = self.residual if self.y.ndim == 1 else self.residual[0]
        total = float(residual @ residual) / max(1, self.n - self.p)
        rounding = (ROUNDING * float(np.abs(y).max(initial=0.0))) ** 2
        found = total if total > rounding else 0.0
        if found < 2 * self.V.mean_variance:  # which no middle exceeds
            found = max(found, self.V.middle_variance)
        if found == 0.0:
            raise ConvergenceError(
                "the response has no scatter about the fixed part and no sampling variance, so the "
                "likelihood has no maximum; give sampling variances v"
            )
        return found

    @cached_property
    def residual(self) -> Array:
        """Response less its least-squares fit by the fixed part, shape (..., n)."""
        return np.asarray(self.y - (self.y @ self.Q) @ self.Q.T)

    @cached_property
    def typical_sizes(self) -> Array:
        """Size of each entry of theta if its term makes all of the spread; 1 for correlations.

        A variance is zero or large beside it, whatever the unit of the response; shape (k,).
        """
        out = np.ones(len(self.parameters))
        for term, part in with_parameters(self.terms, out):
            each = term.structure.n_sd == term.sizes.size
            for i, p in enumerate(term.parameters):
                if p.kind in ("variance", "sd"):
                    size = self.spread / float(term.sizes[i] if each else term.sizes.sum())
                    part[i] = size if p.kind == "variance" else np.sqrt(size)
        return out

    @cached_property
    def least_values(self) -> Array:
        """Lower limits of a search, a trace above 0 where rows have the record's variance alone."""
        floor = self.lower.copy()
        if self.V.diagonal.min() > 0 or self.other_terms_fill_rows:
            return floor
        for term, part in with_parameters(self.terms, floor):
            if term.is_record_level and term.log_scale is None and term.structure.size == 1:
                part[:] = LEAST_RECORD * self.spread / float(term.mean_squares.mean())
        return floor

    @cached_property
    def other_terms_fill_rows(self) -> bool:
        """Whether M is positive definite without the record level, as with a structure in time."""
        if all(t.structure.size == 1 and t.correlation is None for t in self.terms):
            return False
        theta = self.typical_sizes.copy()
        for term, part in with_parameters(self.terms, theta):
            if term.is_record_level and term.log_scale is None and term.structure.size == 1:
                part[:] = 0.0
            for i, p in enumerate(term.parameters):
                if p.kind == "correlation":
                    part[i] = 0.0
        return self.solver.factor(theta) is not None

    @cached_property
    def columns(self) -> Array:
        """Q and y beside each other, shape (..., n, p + 1)."""
        if self.y.ndim == 1:
            return np.column_stack([self.Q, self.y])
        Q = np.broadcast_to(self.Q, (*self.y.shape[:-1], self.n, self.p))
        return np.concatenate([Q, self.y[..., None]], axis=-1)

    def with_response(self, y: Array) -> Likelihood:
        """Take another response, or a batch (replicates, n), given in the row order."""
        new = object.__new__(Likelihood)
        new.__dict__.update(self.__dict__)
        for name in (
            "columns",
            "residual",
            "spread",
            "typical_sizes",
            "least_values",
            "other_terms_fill_rows",
        ):
            new.__dict__.pop(name, None)
        new.y = np.asarray(y)[..., self.order]
        return new

    no_covariance = (
        "the marginal covariance is not positive definite at the starting values: some rows "
        "have neither a sampling variance nor a record-level effect of their own, or share all "
        "of their sampling variance with other rows of V"
    )

    def fault_at(self, theta: Array) -> str:
        """Say why the criterion has no value at the starting values."""
        return self.no_covariance

    def evaluate(self, theta: Array, derivatives: bool = True) -> Evaluation | None:
        """Likelihood at theta (..., k); None where M is not positive definite."""
        factor: Factor | None = self.solver.factor(theta)
        if factor is None:
            return None
        C = self.columns
        W = factor.solve(C)
        A = C.swapaxes(-1, -2) @ W
        information, b, yy = A[..., :-1, :-1], A[..., :-1, -1], A[..., -1, -1]
        cov, log_information = inverse_logdet(information)
        if cov is None:
            return None
        beta = (cov @ b[..., None])[..., 0]
        WQ, Py = W[..., :-1], W[..., -1]
        Py -= (WQ @ beta[..., None])[..., 0]
        ypy = yy - np.vecdot(b, beta)
        if (ypy < 1e-8 * yy).any():
            # b'beta cancels against y'M^-1 y when the fit is close; y'P y = y'(P y) does not.
            residual = self.y - (self.Q @ beta[..., None])[..., 0]
            ypy = (residual * Py).sum(axis=-1)
        degrees = self.n - self.p if self.reml else self.n
        llf = -0.5 * (degrees * LOG_2_PI + factor.logdet + ypy)
        if self.reml:
            llf = llf - 0.5 * log_information
        for extra in self.extras:
            llf = llf + extra.llf(theta[..., extra.parameter])
        if np.count_nonzero(np.isfinite(llf)) < llf.size:
            return None
        score: Array | None = None
        average: Array | None = None
        if derivatives:
            score, average = self._derivatives(theta, factor, W, cov)
        return Evaluation(theta, llf, beta, cov, ypy, score, average, factor, WQ, Py)

    def _derivatives(
        self, theta: Array, factor: Factor, W: Array, cov: Array
    ) -> tuple[Array, Array]:
        """Score and average information, given M^-1 Q and P y beside each other in W."""
        k, p = len(self.parameters), self.p
        WQ, Py = W[..., :-1], W[..., -1]
        traces = factor.traces()
        D = np.empty((*W.shape[:-1], k))
        own = WQ @ cov if self.reml and p else None
        for j in range(k):
            applied = factor.apply(j, W)
            D[..., j] = applied[..., -1]
            if own is not None:
                traces[..., j] -= _sum_of_products(own, applied[..., :-1])
        score = 0.5 * ((Py[..., None, :] @ D)[..., 0, :] - traces)
        XD = WQ.swapaxes(-1, -2) @ D
        average = D.swapaxes(-1, -2) @ factor.solve(D) - XD.swapaxes(-1, -2) @ (cov @ XD)
        average *= 0.5
        for extra in self.extras:
            j, at = extra.parameter, theta[..., extra.parameter]
            score[..., j] += extra.score(at)
            average[..., j, j] += extra.information(at)
        return score, average


def _sum_of_products(A: Array, B: Array) -> Array | float:
    """Sum of A times B over their last two axes."""
    return float(np.vdot(A, B)) if A.ndim == 2 else (A * B).sum(axis=(-1, -2))


def inverse_logdet(A: Array) -> tuple[Array | None, Array]:
    """Inverse and ln-determinant of a stack of matrices; no inverse if one is not definite."""
    if A.shape[-1] == 0:
        return A, np.zeros(A.shape[:-2])
    if A.shape[-1] == 1:
        if not (A > 0).all():
            return None, np.zeros(A.shape[:-2])
        return 1.0 / A, np.log(A[..., 0, 0])
    try:
        L = np.linalg.cholesky(A)
        inverse = np.linalg.inv(A)
    except np.linalg.LinAlgError:
        return None, np.zeros(A.shape[:-2])
    return inverse, 2 * np.log(np.diagonal(L, axis1=-2, axis2=-1)).sum(axis=-1)


def build_likelihood(frame: Frame, reml: bool) -> Likelihood:
    """Likelihood of a frame, with the printed spreads of its means."""
    return Likelihood(frame.y, frame.X, frame.terms, frame.V, reml, extras=chi_square_terms(frame))


def chi_square_terms(frame: Frame) -> tuple[ChiSquareTerm, ...]:
    """Take the printed spreads of a frame's means as data on theta.

    Raises
    ------
    UndefinedError
        If printed spreads belong to a term without one variance of its own.
    """
    extras, start = [], 0
    for term in frame.terms:
        for spread in frame.spreads:
            if spread.term == term.name and spread.df.size:
                if len(term.parameters) != 1 or term.parameters[0].kind != "variance":
                    raise UndefinedError(
                        f"replicates of {term.name!r} need a term with one variance"
                    )
                extras.append(ChiSquareTerm(start, spread.variances, spread.df))
        start += len(term.parameters)
    named = {term.name for term in frame.terms}
    for spread in frame.spreads:
        if spread.term not in named:
            raise UndefinedError(
                f"replicates of {spread.term!r} have no variance of their own: the rows merge it "
                "with another component"
            )
    return tuple(extras)
