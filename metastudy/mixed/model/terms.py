"""Random terms: which rows share an effect, and how that effect's variance depends on theta."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .structures import Array, CovarianceParameter, Structure

Index = NDArray[np.intp]


@dataclass(frozen=True)
class TermSource:
    """How the formula has a random term, for new rows.

    Attributes
    ----------
    effects
        Text left of the bar.
    grouping
        Columns whose combination names a level.
    inner
        Whether ``effects`` is one factor whose levels each have an effect.
    recipe
        What repeats the design for new rows; None for an intercept or a factor.
    """

    effects: str
    grouping: tuple[str, ...]
    inner: bool = False
    recipe: Any = None


@dataclass(frozen=True)
class RandomTerm:
    """Contribution Z (C kron G(theta)) Z' of one grouping to the marginal covariance.

    Attributes
    ----------
    name
        Name of the grouping, such as ``"work:preparation"``, or of the term, such as
        ``"ar(time | work)"``, where several terms have one grouping; no two terms share it.
    levels
        Labels of the L levels.
    codes
        Level of each row, shape (n,).
    design
        What each of the q effects of its level is multiplied with in each row, shape (n, q).
    structure
        Covariance of the q effects within one level.
    correlation
        Known correlation C between levels, shape (L, L), or None for independent levels.
    log_scale
        Moderators (L, r) of the log variance of each level (location-scale), or None.
    effects
        Names of the q effects.
    prefix
        What the names of its parameters begin with, where it is not ``name``.
    source
        How the formula has it; None for the residual, merged terms and multiple memberships.
    membership
        Whether it is a multiple membership, whose ``levels`` are blocks of connected rows and whose
        effects are the members of a block.
    """

    name: str
    levels: tuple[Any, ...]
    codes: Index
    design: Array
    structure: Structure
    correlation: Array | None = None
    log_scale: Array | None = None
    effects: tuple[str, ...] = ("",)
    scale_labels: tuple[str, ...] = field(default=())
    prefix: str = ""
    source: TermSource | None = None
    membership: bool = False

    @property
    def parameters(self) -> tuple[CovarianceParameter, ...]:
        """The term's own entries of theta."""
        if self.log_scale is None:
            return self.structure.parameters
        return tuple(
            CovarianceParameter(x, "coefficient", -np.inf, np.inf) for x in self.scale_labels
        )

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Name of each parameter in a fit, such as ``"work"`` or ``"Subject[Days]"``."""
        base = self.prefix or self.name
        return tuple(f"{base}[{p.label}]" if p.label else base for p in self.parameters)

    @property
    def n_levels(self) -> int:
        """L, the number of levels."""
        return len(self.levels)

    @cached_property
    def n_groups(self) -> int:
        """Number of levels as a reader counts them: members, for a multiple membership."""
        if not self.membership:
            return self.n_levels
        used = np.zeros((self.n_levels, self.structure.size), dtype=bool)
        np.logical_or.at(used, self.codes, self.design != 0)
        return int(used.sum())

    @property
    def is_record_level(self) -> bool:
        """Whether every row is a level of its own."""
        return self.n_levels == self.codes.size and self.correlation is None

    @cached_property
    def first_rows(self) -> Index:
        """Number of the first row of each level, shape (L,)."""
        return first_rows(self.codes, self.n_levels)

    def holds(self, values: Array | Index) -> bool:
        """Whether values (n, ...) are the same in all rows of a level."""
        return bool(np.array_equal(values[self.first_rows[self.codes]], values))

    @cached_property
    def level_design(self) -> Array | None:
        """Design of each level (L, q), or None where it differs between rows of one level."""
        if self.design.shape[1] == 1 and (self.design == self.design[0, 0]).all():
            return np.full((self.n_levels, 1), self.design[0, 0])
        design: Array = self.design[self.first_rows]
        return design if np.array_equal(design[self.codes], self.design) else None

    @cached_property
    def mean_squares(self) -> Array:
        """Mean over rows of the square of what each effect is multiplied with, shape (q,)."""
        return np.asarray((self.design**2).sum(axis=0) / len(self.design))

    @cached_property
    def sizes(self) -> Array:
        """The same, 1 where it is zero: what a variance of 1 gives a row, shape (q,)."""
        return np.where(self.mean_squares == 0, 1.0, self.mean_squares)

    @cached_property
    def is_scalar(self) -> bool:
        """Whether a level acts as one number added to its rows, so that levels can be collapsed."""
        if self.correlation is not None or self.level_design is None:
            return False
        return self.structure.size == 1 or self.structure.name in ("id", "diag")

    def level_variance(self, theta: Array) -> Array:
        """Variance (..., L) of each level's effect on its rows, for a scalar term."""
        if self.log_scale is not None:
            return np.asarray(
                self._squared[:, 0] * np.exp(np.clip(theta @ self.log_scale.T, -80, 80))
            )
        return np.asarray(theta @ self._squared.T)

    def level_variance_slopes(self, theta: Array) -> Array:
        """Differentiate ``level_variance`` by the term's parameters, shape (r, L).

        With a log scale the slopes depend on theta and have its leading axes, (..., r, L).
        """
        if self.log_scale is not None:
            return np.asarray(self.level_variance(theta)[..., None, :] * self.log_scale.T)
        return self._squared.T

    @cached_property
    def _squared(self) -> Array:
        """What each variance is multiplied with in each level, shape (L, r)."""
        assert self.level_design is not None
        squared = self.level_design**2
        return squared.sum(axis=1, keepdims=True) if self.structure.n_sd == 1 else squared

    def take(self, rows: Index) -> RandomTerm:
        """Reorder the rows; all levels are kept."""
        return replace(self, codes=self.codes[rows], design=self.design[rows])

    def restrict(self, rows: Index) -> RandomTerm:
        """Keep some rows, and only the levels that they have."""
        kept, codes = np.unique(self.codes[rows], return_inverse=True)
        known = None if self.correlation is None else self.correlation[np.ix_(kept, kept)]
        return replace(
            self,
            levels=tuple(self.levels[k] for k in kept),
            codes=codes,
            design=self.design[rows],
            correlation=known,
            log_scale=None if self.log_scale is None else self.log_scale[kept],
        )

    def pairs(self, rows: Index) -> Array:
        """Correlation between the levels of each pair of rows; rows (m, s) gives (m, s, s)."""
        codes = self.codes[rows]
        if self.correlation is not None:
            return np.asarray(self.correlation[codes[..., :, None], codes[..., None, :]])
        return np.asarray(codes[..., :, None] == codes[..., None, :], dtype=float)


def first_rows(codes: Index, n_levels: int) -> Index:
    """Find the first row of each level, shape (n_levels,); 0 for a level without rows."""
    first = np.zeros(n_levels, dtype=np.intp)
    first[codes[::-1]] = np.arange(codes.size)[::-1]
    return first


def parameter_slices(terms: tuple[RandomTerm, ...]) -> tuple[slice, ...]:
    """Place of each term's parameters in theta."""
    ends = [0, *accumulate(len(term.parameters) for term in terms)]
    return tuple(slice(a, b) for a, b in pairwise(ends))


def with_parameters(
    terms: tuple[RandomTerm, ...], theta: Array
) -> Iterator[tuple[RandomTerm, Array]]:
    """Each term beside its own entries of theta (..., k)."""
    for term, place in zip(terms, parameter_slices(terms), strict=True):
        yield term, theta[..., place]
