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


class _Effect:
    """The effect of one term on G groups (or rows): its variance there, and the slopes of that.

    Attributes
    ----------
    term
        Number of the term.
    place
        Its parameters in theta.
    """

    def __init__(self, number: int, term: RandomTerm, place: slice, codes: Index) -> None:
        self.term, self.place = number, place
        self._term, self._codes = term, codes
        self._constant: Array | None = None
        if term.log_scale is None:
            self._constant = term.level_variance_slopes(np.zeros(0))[:, codes]

    def variance(self, theta: Array) -> Array:
        """Variance of each group at theta (..., k), shape (..., G)."""
        part = theta[..., self.place]
        if self._constant is not None:
            return np.asarray(part @ self._constant)
        return self._term.level_variance(part)[..., self._codes]

    def slopes(self, theta: Array) -> Array:
        """Differentiate ``variance`` by the term's r parameters, (r, G) or (..., r, G)."""
        if self._constant is not None:
            return self._constant
        return self._term.level_variance_slopes(theta[..., self.place])[..., self._codes]


@dataclass(frozen=True)
class _Level:
    """One level of the chain: where its groups start among the groups below and among the rows.

    ``group_below`` is the group of each group one level below, of each row for the innermost.
    """

    term: int
    effect: _Effect
    starts: Index
    row_starts: Index
    group_of_row: Index
    group_below: Index
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
        self.v = V.diagonal[self.order]
        self.slices = parameter_slices(terms)
        self.record_effect: _Effect | None = None
        if self.record is not None:
            self.record_effect = self._effect(terms, self.record, self.order)
        self.levels: list[_Level] = []
        below = np.arange(n)
        for k in reversed(chain):
            codes = terms[k].codes[self.order]
            first = np.ones(n, dtype=bool)
            np.not_equal(codes[1:], codes[:-1], out=first[1:])
            row_starts = first.nonzero()[0]
            group = first.cumsum() - 1
            starts = below.searchsorted(row_starts)
            own = codes[row_starts]
            effect = self._effect(terms, k, own)
            level = _Level(k, effect, starts, row_starts, group, group[below], own)
            self.levels.append(level)
            below = row_starts
        self.level_of = {
            j: level for level in self.levels for j in range(*level.effect.place.indices(n))
        }

    def _effect(self, terms: tuple[RandomTerm, ...], k: int, where: Index) -> _Effect:
        """Effect of a term on groups of these levels; on these rows, for the record level."""
        codes = terms[k].codes[where] if k == self.record else where
        return _Effect(k, terms[k], self.slices[k], codes)

    @property
    def n_parameters(self) -> int:
        """Length of theta."""
        return self.slices[-1].stop if self.slices else 0

    def factor(self, theta: Array) -> NestedFactor | None:
        """Factor M at theta (..., k); None where M is not positive definite."""
        diagonal = self.v
        if self.record_effect is not None:
            diagonal = diagonal + self.record_effect.variance(theta)
        if not (diagonal > 0).all():
            return None
        return NestedFactor(self, theta, diagonal)


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
            variance = level.effect.variance(theta)
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
        for i, level in enumerate(self.solver.levels):
            if i:
                b = b * self.shrink[i - 1][..., None]
            b = np.add.reduceat(b, level.starts, axis=-2)
            sums.append(b)
        q: Array | None = None
        for i in reversed(range(len(sums))):
            here = self.phi[i][..., None] * sums[i]
            if q is not None:
                here = here + q * self.shrink[i][..., None]
            q = here.take(self.solver.levels[i].group_below, axis=-2)
        if q is None:
            return np.asarray(weighted)
        return np.asarray(weighted - self.weights[..., None] * q)

    def apply(self, j: int, B: Array) -> Array:
        """dM/dtheta_j times B (..., n, c)."""
        record = self.solver.record_effect
        if record is not None and record.place.start <= j < record.place.stop:
            return np.asarray(self._slope(record, j) * B)
        level = self.solver.level_of[j]
        sums = np.add.reduceat(B, level.row_starts, axis=-2) * self._slope(level.effect, j)
        return np.asarray(sums.take(level.group_of_row, axis=-2))

    def _slope(self, effect: _Effect, j: int) -> Array:
        """Differentiate the variances of the groups by theta_j, shape (..., G, 1)."""
        return effect.slopes(self.theta)[..., j - effect.place.start, :, None]

    def group_precisions(self) -> tuple[list[Array], Array]:
        """1_g'M^-1 1_g of the groups of each level (innermost first), and the diagonal of M^-1."""
        out: list[Array] = [self.weights] * len(self.phi)
        w: Array | None = None
        for i in reversed(range(len(self.phi))):
            a = self.precision[i]
            out[i] = a if w is None else a - a * a * w
            here = self.phi[i] if w is None else self.phi[i] + w * self.shrink[i] ** 2
            w = here[..., self.solver.levels[i].group_below]
        diagonal = self.weights if w is None else self.weights - self.weights**2 * w
        return out, diagonal

    def traces(self) -> Array:
        """tr(M^-1 dM/dtheta_j), shape (..., k)."""
        solver, theta = self.solver, self.theta
        groups, diagonal = self.group_precisions()
        out = np.empty((*theta.shape[:-1], solver.n_parameters))
        effects = [level.effect for level in solver.levels]
        if solver.record_effect is not None:
            effects, groups = [*effects, solver.record_effect], [*groups, diagonal]
        for effect, values in zip(effects, groups, strict=True):
            out[..., effect.place] = (effect.slopes(theta) @ values[..., None])[..., 0]
        return out


def is_nested(outer: RandomTerm, inner: RandomTerm) -> bool:
    """Whether each level of ``inner`` lies within one level of ``outer``."""
    return inner.holds(outer.codes)
