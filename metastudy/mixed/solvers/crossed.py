"""Solver for crossed random intercepts: a nested chain is eliminated, the rest is solved densely.

M = M0 + Z L^2 Z' with M0 the diagonal and the largest nested chain, Z the indicator of the other
factors' q levels and L their standard deviations. With B = Z'M0^-1 Z and C = I + L B L,
M^-1 = M0^-1 - M0^-1 Z L C^-1 L Z'M0^-1 (Woodbury), which holds at L = 0 too. Only q x q is dense.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg.lapack
import scipy.sparse

from ..model.sampling_covariance import SamplingCovariance
from ..model.structures import Array
from ..model.terms import Index, RandomTerm, parameter_slices
from .nested import NestedFactor, NestedSolver, is_nested

Sparse = scipy.sparse.csr_array


class CrossedSolver:
    """M for scalar terms, some of them crossed, over a diagonal V; rows ordered by the chain.

    Attributes
    ----------
    order
        Row numbers in the solver's order; all arrays given to it are in that order.
    """

    def __init__(self, terms: tuple[RandomTerm, ...], V: SamplingCovariance) -> None:
        chain = largest_chain(terms)
        self.chain = chain
        self.rest = [k for k in range(len(terms)) if k not in chain]
        self.inner = NestedSolver(tuple(terms[k] for k in chain), V)
        self.order: Index = self.inner.order
        self.terms = tuple(term.take(self.order) for term in terms)
        self.slices = parameter_slices(terms)
        n = self.order.size
        indicators = [_indicator(self.terms[k]) for k in self.rest]
        self.Z = Sparse(scipy.sparse.hstack(indicators))
        self.sums = [
            _group_sums(level.starts, n if i == 0 else self.inner.levels[i - 1].starts.size)
            for i, level in enumerate(self.inner.levels)
        ]
        self.v_is_zero = not V.diagonal.any()

    @property
    def n_parameters(self) -> int:
        """Length of theta."""
        return int(self.slices[-1].stop)

    def inner_theta(self, theta: Array) -> Array:
        """Parameters of the chain's terms."""
        return np.concatenate([theta[self.slices[k]] for k in self.chain])

    def rest_variance(self, theta: Array) -> Array:
        """Variance of each of the q crossed levels."""
        return np.concatenate(
            [self.terms[k].level_variance(theta[self.slices[k]]) for k in self.rest]
        )

    def owner(self, j: int) -> tuple[int, int]:
        """Term that has parameter j, and the parameter's place in it."""
        k = next(k for k, s in enumerate(self.slices) if s.start <= j < s.stop)
        return k, j - self.slices[k].start

    def factor(self, theta: Array) -> CrossedFactor | None:
        """Factor M at theta (k,); None where M is not positive definite."""
        inner = self.inner.factor(self.inner_theta(theta))
        if inner is None:
            return None
        variance = self.rest_variance(theta)
        if np.any(variance < 0):
            return None
        return CrossedFactor(self, theta, inner, np.sqrt(variance))


class CrossedFactor:
    """M at one theta: the chain's factor and the Cholesky factor of C."""

    def __init__(self, solver: CrossedSolver, theta: Array, inner: NestedFactor, sd: Array) -> None:
        self.solver = solver
        self.theta = theta
        self.inner = inner
        self.sd = sd
        self._collapsed, self._B = self._eliminate()
        C = sd[:, None] * self._B * sd
        C[np.diag_indices_from(C)] += 1.0
        self._factor, _ = scipy.linalg.lapack.dpotrf(C, lower=1, overwrite_a=1)
        self._inverse: Array | None = None
        self.logdet: Array = inner.logdet + 2 * np.log(np.diag(self._factor)).sum()

    def _eliminate(self) -> tuple[list[Sparse], Array]:
        """Collapse Z level by level; return its sums at each level, and B."""
        Z, inner = self.solver.Z, self.inner
        rows: Sparse = Sparse(Z.multiply(inner.weights[:, None]))
        collapsed = [rows]
        B = (Z.T @ rows).toarray()
        for sums, shrink, phi in zip(self.solver.sums, inner.shrink, inner.phi, strict=True):
            below = rows
            rows = Sparse(sums @ below)
            B -= (rows.T @ Sparse(rows.multiply(phi[:, None]))).toarray()
            collapsed.append(rows)
            rows = Sparse(rows.multiply(shrink[:, None]))
        return collapsed, np.asarray(B)

    def solve(self, R: Array) -> Array:
        """M^-1 R for R of shape (n, c)."""
        Z, sd = self.solver.Z, self.sd[:, None]
        u = sd * (Z.T @ self.inner.solve(R))
        u, _ = scipy.linalg.lapack.dpotrs(self._factor, u, lower=1)
        return self.inner.solve(R - Z @ (sd * u))

    def apply(self, j: int, R: Array) -> Array:
        """dM/dtheta_j times R (n, c)."""
        solver = self.solver
        k, own = solver.owner(j)
        term = solver.terms[k]
        slopes = term.level_variance_slopes(self.theta[solver.slices[k]])[own]
        if term.is_record_level:
            return np.asarray(slopes[term.codes, None] * R)
        Z = _indicator(term)
        return np.asarray(Z @ (slopes[:, None] * (Z.T @ R)))

    def traces(self) -> Array:
        """tr(M^-1 dM/dtheta_j), shape (k,)."""
        solver = self.solver
        out = np.zeros(solver.n_parameters)
        core = self._core()
        self._rest_traces(out)
        self._chain_traces(out, core)
        record = next((k for k in solver.chain if solver.terms[k].is_record_level), None)
        if record is not None:
            part = solver.slices[record]
            slopes = solver.terms[record].level_variance_slopes(self.theta[part])
            if solver.v_is_zero and part.stop - part.start == 1:
                # Euler: sum_j theta_j dM/dtheta_j = M where V = 0 and M is linear in theta.
                others = np.delete(np.arange(out.size), part.start)
                rest = (out[others] * self.theta[others]).sum()
                out[part] = (solver.order.size - rest) / self.theta[part]
            else:
                _, diagonal = self.inner.group_precisions()
                lost = self._row_losses(core)
                out[part] = slopes[:, solver.terms[record].codes] @ (diagonal - lost)
        return out

    def _core(self) -> Array:
        """L C^-1 L."""
        inverse, _ = scipy.linalg.lapack.dpotri(self._factor, lower=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        self._inverse = inverse
        return np.asarray(self.sd[:, None] * inverse * self.sd)

    def _rest_traces(self, out: Array) -> None:
        solver = self.solver
        assert self._inverse is not None
        values = np.empty(self.sd.size)
        positive = self.sd > 0
        values[positive] = (1 - np.diag(self._inverse)[positive]) / self.sd[positive] ** 2
        if not positive.all():
            own = np.flatnonzero(~positive)
            half = scipy.linalg.solve_triangular(
                self._factor, self.sd[:, None] * self._B[:, own], lower=True
            )
            values[own] = np.diag(self._B)[own] - (half**2).sum(axis=0)
        lo = 0
        for k in solver.rest:
            part = solver.slices[k]
            slopes = solver.terms[k].level_variance_slopes(self.theta[part])
            hi = lo + solver.terms[k].n_levels
            out[part] = slopes @ values[lo:hi]
            lo = hi

    def _chain_traces(self, out: Array, core: Array) -> None:
        solver = self.solver
        groups, _ = self.inner.group_precisions()
        for level, precision, H in zip(
            solver.inner.levels, groups, self._cross_products()[1:], strict=True
        ):
            k = solver.chain[level.term]
            part = solver.slices[k]
            slopes = solver.terms[k].level_variance_slopes(self.theta[part])[:, level.codes]
            lost = np.asarray(H.multiply(H @ core).sum(axis=1)).ravel()
            out[part] = slopes @ (precision - lost)

    def _cross_products(self) -> list[Sparse]:
        """Z_l'M0^-1 Z of the rows (first) and of each level of the chain, sparse."""
        inner = self.inner
        out: list[Sparse] = [self._collapsed[0]] * len(self._collapsed)
        q: Sparse | None = None
        for i in reversed(range(len(inner.phi))):
            S = self._collapsed[i + 1]
            H = Sparse(S.multiply(inner.shrink[i][:, None]))
            here = Sparse(S.multiply(inner.phi[i][:, None]))
            if q is not None:
                H = H - Sparse(q.multiply(inner.precision[i][:, None]))
                here = here + Sparse(q.multiply(inner.shrink[i][:, None]))
            out[i + 1] = H
            q = here[self.solver.inner.levels[i].group_below]
        if q is not None and not self.solver.v_is_zero:
            out[0] = out[0] - Sparse(q.multiply(inner.weights[:, None]))
        return out

    def _row_losses(self, core: Array) -> Array:
        """Diagonal of M0^-1 Z L C^-1 L Z'M0^-1, by bands of rows to bound the memory."""
        H = self._cross_products()[0]
        band = max(1, 4_000_000 // max(1, core.shape[0]))
        parts = [
            np.asarray(H[lo : lo + band].multiply(H[lo : lo + band] @ core).sum(axis=1)).ravel()
            for lo in range(0, H.shape[0], band)
        ]
        return np.concatenate(parts)


def largest_chain(terms: tuple[RandomTerm, ...]) -> list[int]:
    """Terms of the nested chain with the most levels; the rest is crossed with it."""
    order = sorted(range(len(terms)), key=lambda k: -terms[k].n_levels)
    best: list[int] = []
    record = [k for k in order if terms[k].is_record_level]
    others = [k for k in order if not terms[k].is_record_level]
    for first in range(len(others)):
        chain: list[int] = []
        for k in others[first:]:
            if all(is_nested(terms[k], terms[m]) for m in chain):
                chain.append(k)
        if _levels(terms, chain) > _levels(terms, best):
            best = chain
    return sorted(best + record)


def _levels(terms: tuple[RandomTerm, ...], chain: list[int]) -> int:
    return sum(terms[k].n_levels for k in chain)


def _indicator(term: RandomTerm) -> Sparse:
    """Rows by levels, 1 where the row is of that level."""
    n = term.codes.size
    return Sparse((np.ones(n), (np.arange(n), term.codes)), shape=(n, term.n_levels))


def _group_sums(starts: Index, n: int) -> Sparse:
    indptr = np.append(starts, n)
    return Sparse((np.ones(n), np.arange(n), indptr), shape=(starts.size, n))
