"""Solver for nested random intercepts over a diagonal: every product costs O(rows x columns).

Level by level from the innermost, a group with precision s = 1'M^-1 1 gains the variance theta of
its own effect and collapses to one row of precision s / (1 + theta s); ln|M| gains
ln(1 + theta s) (Sherman-Morrison at each level). A pass back down gives the rows of M^-1 B.
All arrays may carry leading axes, one entry for each replicate of a batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..model.sampling_covariance import SamplingCovariance
from ..model.structures import Array
from ..model.terms import Index, RandomTerm, parameter_slices


@dataclass(frozen=True)
class _Level:
    """One level of the chain: where its groups start among the groups below and among the rows."""

    term: int
    starts: Index
    row_starts: Index
    sizes: Index
    group_of_row: Index
    codes: Index


class NestedSolver:
    """M = diag(v + record variance) + nested intercepts, rows ordered by the hierarchy.

    Parameters
    ----------
    terms
        Scalar random terms whose groupings are nested in each other.
    V
        Diagonal sampling covariance.

    Attributes
    ----------
    order
        Row numbers in the solver's order; all arrays given to it are in that order.
    """

    def __init__(self, terms: tuple[RandomTerm, ...], V: SamplingCovariance) -> None:
        n = V.diagonal.size
        self.record = next((k for k, t in enumerate(terms) if t.is_record_level), None)
        chain = [k for k in range(len(terms)) if k != self.record]
        chain.sort(key=lambda k: terms[k].n_levels)
        keys = [terms[k].codes for k in reversed(chain)]
        self.order: Index = np.lexsort(keys) if keys else np.arange(n)
        self.terms = tuple(term.take(self.order) for term in terms)
        self.v = V.diagonal[self.order]
        self.slices = parameter_slices(terms)
        self.levels: list[_Level] = []
        below = np.arange(n)
        for k in reversed(chain):
            codes = self.terms[k].codes
            row_starts = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1])
            starts = np.searchsorted(below, row_starts)
            sizes = np.diff(np.append(row_starts, n))
            group = np.repeat(np.arange(row_starts.size), sizes)
            self.levels.append(_Level(k, starts, row_starts, sizes, group, codes[row_starts]))
            below = row_starts

    @property
    def n_parameters(self) -> int:
        """Length of theta."""
        return self.slices[-1].stop if self.slices else 0

    def factor(self, theta: Array) -> NestedFactor | None:
        """Factor M at theta (..., k); None where M is not positive definite."""
        diagonal = self.v
        if self.record is not None:
            term = self.terms[self.record]
            own = term.level_variance(theta[..., self.slices[self.record]])
            diagonal = diagonal + own[..., term.codes]
        if not np.all(diagonal > 0):
            return None
        return NestedFactor(self, theta, diagonal)

    def owner(self, j: int) -> tuple[int, int]:
        """Term that has parameter j, and the parameter's place in it."""
        k = next(k for k, s in enumerate(self.slices) if s.start <= j < s.stop)
        return k, j - self.slices[k].start


class NestedFactor:
    """M at one theta, collapsed: log-determinant, products with M^-1 and traces."""

    def __init__(self, solver: NestedSolver, theta: Array, diagonal: Array) -> None:
        self.solver = solver
        self.theta = theta
        self.weights = 1.0 / diagonal
        self.logdet: Array = np.log(diagonal).sum(axis=-1)
        s = self.weights
        self.shrink: list[Array] = []
        self.phi: list[Array] = []
        self.precision: list[Array] = []
        for level in solver.levels:
            term = solver.terms[level.term]
            variance = term.level_variance(theta[..., solver.slices[level.term]])[..., level.codes]
            before = np.add.reduceat(s, level.starts, axis=-1)
            growth = variance * before
            shrink = 1.0 / (1.0 + growth)
            self.logdet = self.logdet + np.log1p(growth).sum(axis=-1)
            s = before * shrink
            self.shrink.append(shrink)
            self.phi.append(variance * shrink)
            self.precision.append(s)

    def solve(self, B: Array) -> Array:
        """M^-1 B for B of shape (..., n, c)."""
        weighted = B * self.weights[..., None]
        b = weighted
        sums: list[Array] = []
        for level, shrink in zip(self.solver.levels, self.shrink, strict=True):
            b = np.add.reduceat(b, level.starts, axis=-2)
            sums.append(b)
            b = b * shrink[..., None]
        q: Array | None = None
        for i in reversed(range(len(sums))):
            here = self.phi[i][..., None] * sums[i]
            if q is not None:
                here = here + q * self.shrink[i][..., None]
            q = np.take(here, self.children(i), axis=-2)
        if q is None:
            return np.asarray(weighted)
        return np.asarray(weighted - self.weights[..., None] * q)

    def children(self, i: int) -> Index:
        """Group at level i of each group one level below (of each row, below the innermost)."""
        level = self.solver.levels[i]
        if i == 0:
            return level.group_of_row
        return level.group_of_row[self.solver.levels[i - 1].row_starts]

    def apply(self, j: int, B: Array) -> Array:
        """dM/dtheta_j times B (..., n, c)."""
        solver = self.solver
        k, own = solver.owner(j)
        term = solver.terms[k]
        slopes = term.level_variance_slopes(self.theta[..., solver.slices[k]])[..., own, :]
        if k == solver.record:
            return np.asarray(slopes[..., term.codes, None] * B)
        level = next(level for level in solver.levels if level.term == k)
        sums = np.add.reduceat(B, level.row_starts, axis=-2) * slopes[..., level.codes, None]
        return np.asarray(np.take(sums, level.group_of_row, axis=-2))

    def group_precisions(self) -> tuple[list[Array], Array]:
        """1_g'M^-1 1_g of the groups of each level (innermost first), and the diagonal of M^-1."""
        out: list[Array] = [self.weights] * len(self.phi)
        w: Array | None = None
        for i in reversed(range(len(self.phi))):
            a = self.precision[i]
            out[i] = a if w is None else a - a * a * w
            here = self.phi[i] if w is None else self.phi[i] + w * self.shrink[i] ** 2
            w = here[..., self.children(i)]
        diagonal = self.weights if w is None else self.weights - self.weights**2 * w
        return out, diagonal

    def traces(self) -> Array:
        """tr(M^-1 dM/dtheta_j), shape (..., k)."""
        solver, theta = self.solver, self.theta
        groups, diagonal = self.group_precisions()
        out = np.empty((*theta.shape[:-1], solver.n_parameters))
        for level, values in zip(solver.levels, groups, strict=True):
            part = solver.slices[level.term]
            slopes = solver.terms[level.term].level_variance_slopes(theta[..., part])
            out[..., part] = np.einsum("...rg,...g->...r", slopes[..., level.codes], values)
        if solver.record is not None:
            part = solver.slices[solver.record]
            term = solver.terms[solver.record]
            slopes = term.level_variance_slopes(theta[..., part])
            out[..., part] = np.einsum("...rg,...g->...r", slopes[..., term.codes], diagonal)
        return out


def is_nested(outer: RandomTerm, inner: RandomTerm) -> bool:
    """Whether each level of ``inner`` lies within one level of ``outer``."""
    return inner.holds(outer.codes)
