"""Which variance components the rows can tell apart, checked before the fit.

The likelihood sees a component through K_j = Z_j Z_j' on the space left by the fixed part. If two
such matrices are proportional there, the observed information is singular whatever the response:
the components are one number and are merged under a joint name. If one vanishes, the fixed part
has taken all its levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse

from ..errors import IdentifiabilityError, UndefinedError
from .columns import orthonormal
from .frame import Frame
from .structures import Array
from .terms import Index, RandomTerm

DENSE_CELLS = 100_000
"""Size of a table of two groupings' levels up to which a dense one is faster."""

FEW_ROWS, MANY_ROWS = 200, 1500
"""Rows on which structures are first told apart, and the most on which they are at all."""

JOINT = " + "
"""Between the names of merged components."""


def merge_components(
    frame: Frame, split: bool = False
) -> tuple[Frame, tuple[tuple[str, ...], ...]]:
    """Merge intercept terms that the rows cannot tell apart.

    Returns the frame with merged terms and, for each merger, the names that it joined.

    Raises
    ------
    IdentifiabilityError
        If the caller asked for the split, or a component has no information at all.
    """
    plain = [k for k, term in enumerate(frame.terms) if _is_plain(term)]
    if not plain or _differ_in_rank(frame, [frame.terms[k] for k in plain]):
        return frame, ()
    gram = projected_gram([frame.terms[k] for k in plain], frame.X)
    sizes = gram.diagonal()
    for place, k in enumerate(plain):
        term = frame.terms[k]
        if sizes[place] < 1e-10 * frame.nobs:
            raise IdentifiabilityError(
                f"component {term.name!r} cannot be estimated: the fixed part already has a "
                f"coefficient for each of its {term.n_levels} levels; leave one of the two out"
            )
    cosine = gram / np.sqrt(sizes[:, None] * sizes)
    groups: list[list[int]] = []
    for place in range(len(plain)):
        home = next((g for g in groups if cosine[place, g[0]] > 1 - 1e-10), None)
        if home is None:
            groups.append([place])
        else:
            home.append(place)
    merged = tuple(tuple(frame.terms[plain[i]].name for i in g) for g in groups if len(g) > 1)
    if merged and split:
        raise IdentifiabilityError(
            f"components {' and '.join(map(repr, merged[0]))} have the same levels in these rows, "
            "so only their sum can be estimated; fit them merged, or add rows that repeat a level"
        )
    terms = list(frame.terms)
    for group in groups:
        if len(group) == 1:
            continue
        members = [plain[i] for i in group]
        keep = members[-1] if terms[members[-1]].is_record_level else members[0]
        joint = JOINT.join(frame.terms[k].name for k in members)
        terms[keep] = replace(terms[keep], name=joint, prefix="", source=None)
        for k in members:
            if k != keep:
                terms[k] = replace(terms[k], name="")
    kept = replace(frame, terms=tuple(term for term in terms if term.name)) if merged else frame
    _check_dependence(kept, [g[0] for g in groups], cosine)
    return kept, merged


def _differ_in_rank(frame: Frame, terms: list[RandomTerm]) -> bool:
    """Whether an intercept leaves one or two groupings of L levels with the ranks L - 1 > 0.

    Proportional matrices have one rank, so that different numbers of levels tell two apart.
    """
    counts = {term.n_levels for term in terms}
    return (
        frame.spec is None
        and frame.X.shape[1] == 1
        and len(counts) == len(terms) <= 2
        and min(counts) > 1
        and all(bool((term.design == 1).all()) for term in terms)
    )


def _is_plain(term: RandomTerm) -> bool:
    return (
        term.structure.size == 1
        and term.structure.parameters[0].label == ""
        and term.correlation is None
        and term.log_scale is None
    )


def check_component_names(
    components: Sequence[str], names: Sequence[str], merged: tuple[tuple[str, ...], ...]
) -> None:
    """Check that a caller names components of a fit, at least one and each once.

    Parameters
    ----------
    components
        What the caller gave.
    names
        The components of the fit.
    merged
        For each merged one the names that it joins.

    Raises
    ------
    UndefinedError
        Otherwise.
    """
    if isinstance(components, str):
        raise UndefinedError(
            f"components is the text {components!r}; give a list of names, [{components!r}]"
        )
    for name in components:
        joint = next((JOINT.join(m) for m in merged if name in m), None)
        if joint is not None:
            raise UndefinedError(
                f"component {name!r} is merged in {joint!r}: the rows give only the sum; "
                "ask for the joint name"
            )
        if name not in names:
            raise UndefinedError(
                f"no variance component {name!r}; components are {', '.join(names) or 'none'}"
            )
    if len(set(components)) < len(components) or not components:
        raise UndefinedError("name at least one component, and each of them once")


def _check_dependence(frame: Frame, kept: list[int], cosine: Array) -> None:
    if len(kept) > 2 and np.linalg.eigvalsh(cosine[np.ix_(kept, kept)])[0] < 1e-10:
        names = ", ".join(repr(t.name) for t in frame.terms)
        raise IdentifiabilityError(
            f"components {names} are linearly dependent in these rows; leave one of them out"
        )


def not_told_apart(frame: Frame) -> list[str]:
    """Names of terms whose covariance others can make too, whatever the response; else empty.

    The derivatives of M by theta, at a theta of no special form and on the space left by the fixed
    part, are linearly dependent then: theta moves and the likelihood stays. Intercepts alone are
    merged instead (``merge_components``).
    """
    terms = [t for t in frame.terms if t.correlation is None and t.log_scale is None]
    if len(terms) < 2 or all(t.structure.size == 1 for t in terms):
        return []
    finest = sorted(terms, key=lambda t: -t.n_levels)
    for most in (FEW_ROWS, MANY_ROWS):
        # Rows enough to tell the terms apart settle it; only all rows show that nothing can.
        rows = np.lexsort([t.codes for t in finest])[:most]
        found = _dependent_terms(terms, frame.X[rows], rows)
        if not found or rows.size == frame.nobs:
            return found
    return []


def _dependent_terms(terms: list[RandomTerm], X: Array, rows: Index) -> list[str]:
    """Names of two or more terms whose derivatives of M depend on each other, if any do."""
    Q = scipy.linalg.orth(X) if X.shape[1] else X
    names: list[str] = []
    flat: list[Array] = []
    for term in terms:
        theta = np.array(
            [0.3 if p.kind == "correlation" else 1 + 0.1 * i for i, p in enumerate(term.parameters)]
        )
        same = term.codes[rows][:, None] == term.codes[rows]
        design = term.design[rows]
        for slope in term.structure.derivatives(theta):
            K = same * (design @ slope @ design.T)
            size = np.linalg.norm(K)
            K = K - Q @ (Q.T @ K)
            K = K - (K @ Q) @ Q.T
            if np.linalg.norm(K) > 1e-6 * size:
                names.append(term.name)
                flat.append((K / np.linalg.norm(K)).ravel())
    stacked = np.array(flat)
    values, vectors = np.linalg.eigh(stacked @ stacked.T)
    for value, vector in zip(values, vectors.T, strict=True):
        moved = [names[i] for i in np.flatnonzero(np.abs(vector) > 1e-4)]
        involved = list(dict.fromkeys(moved))
        if value < 1e-10 and len(involved) > 1:
            return involved
    return []


def projected_gram(terms: list[RandomTerm], X: Array) -> Array:
    """tr(S K_i S K_j) with S the projection on the space left by X, shape (k, k)."""
    Q = orthonormal(X)[0] if X.shape[1] else X
    ZQ = [_level_sums(term, Q) for term in terms]
    QKQ = [sums.T @ sums for sums in ZQ]
    gram = np.empty((len(terms), len(terms)))
    for i in range(len(terms)):
        for j in range(i, len(terms)):
            cross = _cross_product(terms[i], terms[j])
            inside = np.vdot(ZQ[i], cross @ ZQ[j])
            gram[i, j] = (cross * cross).sum() - 2 * inside + np.vdot(QKQ[i], QKQ[j])
            gram[j, i] = gram[i, j]
    return gram


def _level_sums(term: RandomTerm, B: Array) -> Array:
    """Z'B of an intercept term for B (n, c), shape (L, c)."""
    weighted = term.design * B
    sums = [np.bincount(term.codes, column, term.n_levels) for column in weighted.T]
    return np.asarray(sums, dtype=float).reshape(B.shape[1], term.n_levels).T


def _cross_product(one: RandomTerm, two: RandomTerm) -> Any:
    """Z_i'Z_j of two intercept terms, dense or sparse, shape (L_i, L_j)."""
    weights = one.design[:, 0] * two.design[:, 0]
    shape = (one.n_levels, two.n_levels)
    if shape[0] * shape[1] > DENSE_CELLS:
        return scipy.sparse.csr_array((weights, (one.codes, two.codes)), shape=shape)
    cells = one.codes * shape[1] + two.codes
    return np.bincount(cells, weights, shape[0] * shape[1]).reshape(shape)
