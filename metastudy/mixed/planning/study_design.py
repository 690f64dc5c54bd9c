"""Balanced studies that do not exist yet, and the independent parts that their rows fall into.

In a balanced design the matrices K_j = Z_j Z_j' of all components commute, so that one rotation of
the rows makes M(theta) = v I + sum_j theta_j K_j diagonal for every theta. The rotated rows are
independent with variances linear in theta, which the engine fits as one record-level term.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from numbers import Real

import numpy as np
import pandas as pd

from ..arguments import check_mapping
from ..errors import DataError, IdentifiabilityError
from ..likelihoods.gaussian import Likelihood
from ..model.identifiability import JOINT
from ..model.sampling_covariance import SamplingCovariance
from ..model.structures import Array, build_structure
from ..model.terms import Index, RandomTerm

PRIMES = (2, 3, 5, 7, 11, 13, 17, 19)
MOST_ROWS = 3000
"""Rows of a design up to which its rotation is computed."""


@dataclass(frozen=True)
class Design:
    """A balanced study: ``Design({"lab": 12, "preparation": 3, "repeat": 2})``.

    Attributes
    ----------
    nested
        Levels of each factor within one level of the factor before it, outermost first. The
        innermost is the row.
    crossed
        Levels of factors crossed with the outermost, such as recipes that every lab makes: each
        combination has its own second factor. A recipe that a lab has to itself is nested.
    v
        Known sampling variance of a row.
    label
        Name in tables; by default the counts.

    Examples
    --------
    >>> from metastudy import mixed
    >>> mixed.Design({"lab": 12, "preparation": 3}).rows
    36
    >>> mixed.Design({"lab": 12, "preparation": 3}, {"recipe": 4}).rows  # every lab, every recipe
    144
    """

    nested: Mapping[str, int]
    crossed: Mapping[str, int] = field(default_factory=dict)
    v: float = 0.0
    label: str = ""

    def __post_init__(self) -> None:
        for given in (self.nested, self.crossed):
            check_mapping(given, "a design", "{'lab': 12, 'preparation': 3}")
        if not self.nested:
            raise DataError("a design needs at least one factor, such as {'lab': 12}")
        both = [*self.nested.items(), *self.crossed.items()]
        for name, count in both:
            if not isinstance(count, Real) or int(count) != count or count < 1:
                raise DataError(f"factor {name!r} has {count!r} levels; give a whole number from 1")
        if len({name for name, _ in both}) < len(both):
            raise DataError("a factor of a design is either nested or crossed, and named once")
        if len(both) + len(self.crossed) > len(PRIMES):
            raise DataError(
                f"the design has {len(both)} factors; up to {len(PRIMES)} with the interactions of "
                "crossed ones are simulated"
            )
        if self.v < 0 or not np.isfinite(self.v):
            raise DataError(f"the sampling variance of a row is {self.v:g}; give 0 or more")
        if self.rows > MOST_ROWS:
            raise DataError(f"the design has {self.rows} rows; up to {MOST_ROWS} are simulated")
        if not self.label:
            text = " x ".join(f"{count} {name}" for name, count in both)
            object.__setattr__(self, "label", text)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(np.prod([*self.nested.values(), *self.crossed.values()]))

    @property
    def outermost(self) -> str:
        """The factor that the crossed ones are crossed with."""
        return next(iter(self.nested))

    def codes(self) -> pd.DataFrame:
        """Level of each factor in each row, numbered over the whole study.

        Beside the factors there is a column ``"lab:recipe"`` for each crossed factor, the
        interaction with the outermost one.
        """
        names = [self.outermost, *self.crossed, *list(self.nested)[1:]]
        counts = [
            *[self.nested[self.outermost]],
            *self.crossed.values(),
            *list(self.nested.values())[1:],
        ]
        grid = np.array(list(product(*(range(c) for c in counts))), dtype=np.intp)
        out: dict[str, Index] = {}
        for place, name in enumerate(names):
            if name in self.crossed:
                out[name] = grid[:, place]
                out[f"{self.outermost}:{name}"] = grid[:, 0] * self.crossed[name] + grid[:, place]
            else:
                cells = grid[:, : place + 1] if place else grid[:, :1]
                out[name] = np.unique(cells, axis=0, return_inverse=True)[1].ravel()
        return pd.DataFrame(out)


@dataclass(frozen=True)
class Rotation:
    """Independent rows of a balanced design.

    Attributes
    ----------
    names
        Components that the design can tell apart; merged ones are joined by ``" + "``.
    members
        Number of the components behind each name.
    coefficients
        Eigenvalue of K_j in each rotated row, shape (rows, components).
    mean
        Share of the mean in each rotated row, shape (rows,).
    v
        Known sampling variance of a row.
    vectors
        The rotation: rows in the order of ``Design.codes`` give ``vectors.T @ rows``.
    """

    names: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    coefficients: Array
    mean: Array
    v: float
    vectors: Array

    def likelihood(self) -> Likelihood:
        """Restricted likelihood of the rotated rows."""
        n, k = self.coefficients.shape
        effects = tuple(str(j) for j in range(k))
        term = RandomTerm(
            "design",
            tuple(range(n)),
            np.arange(n),
            np.sqrt(self.coefficients),
            build_structure("diag", effects),
            effects=effects,
        )
        V = SamplingCovariance(np.full(n, self.v), None, np.zeros(n, dtype=bool))
        return Likelihood(np.zeros(n), self.mean[:, None], (term,), V, True)

    def variances(self, theta: Array) -> Array:
        """Variances of the rotated rows (..., rows) at the components (..., components)."""
        return np.asarray(theta @ self.coefficients.T + self.v)


def rotate(design: Design, components: tuple[str, ...]) -> Rotation:
    """Rotate the rows of a design whose factors have components of variance.

    Raises
    ------
    IdentifiabilityError
        If a factor has a single level, so that its variance cannot be seen.
    """
    codes = design.codes()
    n = design.rows
    K = []
    for name in components:
        level = codes[name].to_numpy()
        if level.max() == 0:
            raise IdentifiabilityError(
                f"design {design.label!r} has one level of {name!r}; a variance between levels "
                "needs at least two, or leave the factor's component out"
            )
        K.append((level[:, None] == level).astype(float))
    # Eigenvalues of the K_j are whole numbers and roots of primes have no rational relation, so the
    # mixture's eigenspaces are the common ones, the mean's among them.
    mixture = np.full((n, n), np.pi)
    for weight, k in zip(np.sqrt(PRIMES), K, strict=False):
        mixture += weight * k
    vectors = np.linalg.eigh(mixture)[1]
    values = np.column_stack([(vectors * (k @ vectors)).sum(axis=0) for k in K])
    values = np.round(values, 8)
    mean = vectors.T @ np.ones(n)
    mean[np.abs(mean) < 1e-8] = 0.0
    names, members = _told_apart(components, values, mean == 0)
    kept = values[:, [group[-1] for group in members]]
    return Rotation(names, members, np.maximum(kept, 0.0), mean, design.v, vectors)


def _told_apart(
    components: tuple[str, ...], values: Array, free: np.ndarray
) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Join components with the same levels; refuse those that the strata cannot separate."""
    groups: list[list[int]] = []
    for j in range(len(components)):
        home = next((g for g in groups if np.array_equal(values[:, j], values[:, g[0]])), None)
        if home is None:
            groups.append([j])
        else:
            home.append(j)
    apart = values[free][:, [g[0] for g in groups]]
    if np.linalg.matrix_rank(np.unique(apart, axis=0)) < len(groups):
        names = ", ".join(components)
        raise IdentifiabilityError(
            f"the design cannot tell components {names} apart; repeat a level of each factor"
        )
    joint = tuple(JOINT.join(components[j] for j in g) for g in groups)
    return joint, tuple(tuple(g) for g in groups)
