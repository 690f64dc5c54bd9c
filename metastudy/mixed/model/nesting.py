"""Whether one model is a special case of another: spaces of columns, and random terms."""

from __future__ import annotations

import numpy as np
import scipy.linalg

from .structures import Array
from .terms import Index, RandomTerm

WIDER: dict[str, frozenset[str]] = {
    "id": frozenset({"id", "diag", "cs", "hcs", "un", "ar", "har", "car"}),
    "diag": frozenset({"diag", "hcs", "un", "har"}),
    "cs": frozenset({"cs", "hcs", "un"}),
    "hcs": frozenset({"hcs", "un"}),
    "ar": frozenset({"ar", "har", "un"}),
    "har": frozenset({"har", "un"}),
    "car": frozenset({"car", "un"}),
    "un": frozenset({"un"}),
}
"""For each structure those that hold it as a special case, with the same effects."""
ALL_EQUAL = frozenset({"cs", "hcs", "ar", "har", "car", "un"})
"""Structures that at a correlation of one give all effects of a level one value."""


def outside(A: Array, B: Array) -> int | None:
    """Find the first column of A (n, a) that is no combination of the columns of B (n, b)."""
    norms = np.linalg.norm(A, axis=0)
    left = A / np.where(norms > 0, norms, 1.0)
    if B.shape[1]:
        sizes = np.linalg.norm(B, axis=0)
        Q = scipy.linalg.orth(B / np.where(sizes > 0, sizes, 1.0))
        left = left - Q @ (Q.T @ left)
    beyond = np.flatnonzero(np.linalg.norm(left, axis=0) > 1e-8)
    return int(beyond[0]) if beyond.size else None


def same_levels(one: Index, two: Index) -> bool:
    """Whether two codings (n,) divide the rows alike."""
    pairs = len(set(zip(one.tolist(), two.tolist(), strict=True)))
    return pairs == len(np.unique(one)) == len(np.unique(two))


def is_contained(term: RandomTerm, terms: tuple[RandomTerm, ...]) -> bool:
    """Whether a random term is a special case of one of ``terms``."""
    return any(_is_special_case(term, other) for other in terms)


def _is_special_case(one: RandomTerm, two: RandomTerm) -> bool:
    if not _same_correlation(one, two):
        return False
    if same_levels(one.codes, two.codes):
        return _same_grouping(one, two)
    one_hot = two.structure.size > 1 and np.all((two.design != 0).sum(axis=1) == 1)
    if one.structure.size > 1 or not one_hot or two.correlation is not None:
        return False
    # Independent effects of the cells of a factor within a coarser grouping.
    cells = two.codes * two.structure.size + (two.design != 0).argmax(axis=1)
    return same_levels(one.codes, cells) and np.allclose(one.design[:, 0], two.design.sum(axis=1))


def _same_correlation(one: RandomTerm, two: RandomTerm) -> bool:
    if one.correlation is None or two.correlation is None:
        return one.correlation is two.correlation
    return np.allclose(
        one.correlation[one.codes][:, one.codes], two.correlation[two.codes][:, two.codes]
    )


def _same_grouping(one: RandomTerm, two: RandomTerm) -> bool:
    if two.log_scale is not None:
        scale = np.ones((one.n_levels, 1)) if one.log_scale is None else one.log_scale
        own = outside(scale[one.codes], two.log_scale[two.codes]) is None
        return own and np.allclose(one.design, two.design)
    if one.log_scale is not None:
        return False
    if one.design.shape == two.design.shape and np.allclose(one.design, two.design):
        return two.structure.name in WIDER[one.structure.name]
    if two.structure.name == "un":
        return outside(one.design, two.design) is None
    if one.structure.size == 1 and two.structure.name == "diag":
        return any(np.allclose(one.design[:, 0], column) for column in two.design.T)
    total = two.design.sum(axis=1)
    return (
        one.structure.size == 1
        and two.structure.name in ALL_EQUAL
        and np.allclose(one.design[:, 0], total)
    )
