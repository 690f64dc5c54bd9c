"""Censored rows given the exact ones: mean, covariance, and how both move with theta.

With A = M_EE^-1 on the exact rows E, the censored rows C have, given y_E and coefficients b,

    mean = B y_E + D b,  S = M_CC - B M_EC,  B = M_CE A,  D = X_C - B X_E.

With flat coefficients integrated out they are predicted at b = (X_E'A X_E)^-1 X_E'A y_E and D F D'
adds to S. Either way there are an n x m matrix W (I on C, minus the prediction weights on E) and a
vector alpha (A times the residuals of E, 0 on C) with dS = W'dM W and dmean = W'dM alpha.

Unknown units of known variance that act on the rows are further entries to predict, beside the
censored rows: of no row and no coefficient, with columns of W that are 0 on C.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.linalg

from ..model.bounds import Bounds
from ..model.sampling_covariance import SamplingCovariance
from ..model.structures import Array
from ..model.terms import Index, RandomTerm, with_parameters
from ..solvers.marginal import random_covariance
from ..solvers.sparse_products import transposed_product
from .gaussian import Factor, Solver, build_solver


@dataclass(frozen=True)
class Conditional:
    """Exact rows at one theta, and what they predict; n_E rows, m entries, p coefficients.

    Attributes
    ----------
    y, Q
        Response (n_E,) and design (n_E, p) of the exact rows.
    Ay, AQ
        M_EE^-1 times them.
    constant
        n_E ln(2 pi) + ln|M_EE|.
    traces
        tr(M_EE^-1 dM_EE) for each parameter.
    mean, D, S, B
        As in the module's description; ``mean`` is B y_E.
    rows
        Where the rows are.
    factor
        M_EE factored, None without exact rows.
    """

    y: Array
    Q: Array
    Ay: Array
    AQ: Array
    constant: float
    traces: Array
    mean: Array
    D: Array
    S: Array
    B: Array
    rows: ExactRows
    factor: Factor | None

    def solve(self, b: Array) -> Array:
        """M^-1 b of all rows (n, c), in row order, with M as it is where the units are known."""
        E, C = self.rows.exact, self.rows.censored
        upper = np.zeros((self.mean.size, b.shape[1]))
        upper[: C.size] = b[C]
        out = np.zeros_like(b)
        if self.mean.size:
            lower = scipy.linalg.cho_solve(self.predicted, upper - self.B @ b[E])
            out[C] = lower[: C.size]
            out[E] = -self.B.T @ lower
        out[E] += self.rows.solve(self.factor, b[E])
        return out

    @cached_property
    def predicted(self) -> tuple[Array, bool]:
        """S, factored."""
        factor, lower = scipy.linalg.cho_factor(self.S, lower=True)
        return np.asarray(factor), bool(lower)

    @cached_property
    def information(self) -> Array:
        """Q'A Q, information of the exact rows on the coefficients."""
        return np.asarray(self.Q.T @ self.AQ)

    def slope(self, b: Array) -> Array:
        """Differentiate the exact rows' log-density by b."""
        return np.asarray(self.Q.T @ self.alpha(b))

    def alpha(self, b: Array) -> Array:
        """Give A (y_E - Q b)."""
        return np.asarray(self.Ay - self.AQ @ b)

    def llf(self, b: Array) -> float:
        """Log-density of the exact rows at coefficients b."""
        quadratic = float((self.y - self.Q @ b) @ self.alpha(b))
        return -0.5 * (self.constant + quadratic)

    @cached_property
    def integrated(self) -> Integrated | None:
        """The coefficients integrated out; None where the exact rows do not give them."""
        p = self.Q.shape[1]
        try:
            factor = np.linalg.cholesky(self.information)
        except np.linalg.LinAlgError:
            return None
        F = np.asarray(scipy.linalg.cho_solve((factor, True), np.eye(p)))
        b = F @ (self.Q.T @ self.Ay)
        logdet = 2 * float(np.log(np.diag(factor)).sum())
        llf = self.llf(b) + 0.5 * (p * np.log(2 * np.pi) - logdet)
        return Integrated(llf, b, F, self.S + self.D @ F @ self.D.T)


@dataclass(frozen=True)
class Integrated:
    """Restricted log-likelihood of the exact rows, their estimate b, its covariance F, and S."""

    llf: float
    b: Array
    F: Array
    S: Array


class ExactRows:
    """The exact rows of a model with bounds, ready to be conditioned on at any theta.

    Parameters
    ----------
    y, Q
        Response (censored entries are not read) and orthonormal design of all rows.
    bounds, terms, V
        As in the frame; V with what units add to it.
    cross
        Covariance of the rows with unknown units, shape (n, K).
    variance
        Variances of the units, shape (K,).
    """

    def __init__(
        self,
        y: Array,
        Q: Array,
        bounds: Bounds,
        terms: tuple[RandomTerm, ...],
        V: SamplingCovariance,
        cross: Array,
        variance: Array,
    ) -> None:
        self.exact, self.censored = bounds.exact, bounds.censored
        self.y, self.Q, self.terms, self.V = y, Q, terms, V
        self.cross, self.variance = cross, variance
        self.solver: Solver | None = None
        if self.exact.size:
            parts = tuple(term.restrict(self.exact) for term in terms)
            self.solver = build_solver(parts, V.take(self.exact))

    def at(self, theta: Array) -> Conditional | None:
        """Condition on the exact rows; None where their covariance is not positive definite."""
        E, C = self.exact, self.censored
        p, K = self.Q.shape[1], self.variance.size
        M_C = np.hstack([self._covariance_with(theta, C), self.cross])
        Q_E, y_E, M_EC = self.Q[E], self.y[E], M_C[E]
        Q_C = np.vstack([self.Q[C], np.zeros((K, p))])
        M_CC = np.vstack([M_C[C], np.hstack([self.cross[C].T, np.diag(self.variance)])])
        factor, constant, traces = None, 0.0, np.zeros(theta.size)
        if self.solver is not None:
            factor = self.solver.factor(theta)
            if factor is None:
                return None
            constant = E.size * np.log(2 * np.pi) + float(factor.logdet)
            traces = factor.traces()
        solved = self.solve(factor, np.column_stack([Q_E, y_E, M_EC]))
        AQ, Ay, B = solved[:, :p], solved[:, p], solved[:, p + 1 :].T
        S = M_CC - transposed_product(M_EC, B.T)
        mean, D = B @ y_E, Q_C - B @ Q_E
        S = (S + S.T) / 2
        return Conditional(y_E, Q_E, Ay, AQ, constant, traces, mean, D, S, B, self, factor)

    def solve(self, factor: Factor | None, b: Array) -> Array:
        """M_EE^-1 b, rows in their own order."""
        if factor is None or self.solver is None:
            return np.zeros_like(b)
        out = np.empty_like(b)
        out[self.solver.order] = factor.solve(b[self.solver.order])
        return out

    def _covariance_with(self, theta: Array, columns: Index) -> Array:
        """M of all rows with some, shape (n, m)."""
        M = np.zeros((self.y.size, columns.size))
        if self.V.matrix is None:
            M[columns, np.arange(columns.size)] = self.V.diagonal[columns]
        else:
            M += self.V.matrix[:, columns].toarray()
        rows = np.arange(self.y.size)
        for term, part in with_parameters(self.terms, theta):
            M += random_covariance(term, part, rows, columns)
        return M

    def weights(self, at: Conditional, b: Array, F: Array | None) -> tuple[Array, Array, Array]:
        """W (n, m), alpha (n,) and A Q padded with zeros (n, p), in row order.

        ``F`` is the covariance of integrated coefficients, None where b is given.
        """
        E, C, n = self.exact, self.censored, self.y.size
        m = at.mean.size
        W, alpha, AQ = np.zeros((n, m)), np.zeros(n), np.zeros((n, self.Q.shape[1]))
        W[C, np.arange(C.size)] = 1.0
        W[E] = -at.B.T if F is None else -at.B.T - at.AQ @ F @ at.D.T
        alpha[E], AQ[E] = at.alpha(b), at.AQ
        return W, alpha, AQ

    def weighted(self, W: Array, H: Array) -> Array:
        """W H of the weights, which on the censored rows are those of H itself, shape (n, m)."""
        out = np.empty_like(W)
        out[self.exact] = W[self.exact] @ H
        out[self.censored] = H[: self.censored.size]
        return out
