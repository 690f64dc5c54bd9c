"""Few effects that many rows share, given which the rows fall into small independent blocks.

A family of materials has hundreds of rows and one effect; a work has a few rows of its own. Where V
joins works, it is by an unknown that they share, such as a borrowed activation energy: between
rows of different blocks it is then f_i f_j, and V - f f' joins no two blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import connected_components

from .bounds import Bounds
from .frame import Frame
from .sampling_covariance import SamplingCovariance, component_rows
from .structures import Array
from .terms import Index, RandomTerm

MOST_SHARED = 100
"""Shared effects, coefficients included, that one integral takes."""
MOST_CENSORED, MOST_UNITS, MOST_ROWS = 3, 3, 40
"""Censored rows, unknown units and rows of one block."""
ROUNDING = 1e-9
"""Largest difference from f f', beside the largest variance, that counts as rounding."""


@dataclass(frozen=True)
class SharedEffects:
    """What joins the blocks of a frame.

    Attributes
    ----------
    blocks
        Block of each row, shape (n,).
    terms
        Numbers of the random terms whose effects are shared.
    factors
        F, shape (n, r): V - F F' joins no two blocks.
    """

    blocks: Index
    terms: tuple[int, ...]
    factors: Array

    @classmethod
    def of(cls, frame: Frame) -> SharedEffects | None:
        """Find them; None where they are too many, or blocks too large."""
        if frame.bounds is None or not all(map(_is_one_variance, frame.terms)):
            return None
        shared: list[int] = []
        room = MOST_SHARED - frame.X.shape[1]
        for k in sorted(range(len(frame.terms)), key=lambda k: frame.terms[k].n_levels):
            blocks = _blocks(frame, shared)
            if _are_small(frame, frame.bounds, blocks):
                break
            room -= frame.terms[k].n_levels * frame.terms[k].structure.size
            if room < 0 or frame.terms[k].membership:
                return None
            shared.append(k)
        else:
            return None
        factors = joining_factors(frame.V, blocks)
        if factors is None or factors.shape[1] > room:
            return None
        return cls(blocks, tuple(shared), factors)


def _is_one_variance(term: RandomTerm) -> bool:
    return (
        term.correlation is None
        and term.log_scale is None
        and [p.kind for p in term.parameters] == ["variance"]
    )


def _blocks(frame: Frame, shared: list[int]) -> Index:
    """Join rows that share a level of another term, or an unknown unit."""
    n = frame.nobs
    links = [np.empty((2, 0), dtype=np.intp)]
    start = n
    for k, term in enumerate(frame.terms):
        if k not in shared:
            rows = np.flatnonzero((term.design != 0).any(axis=1))
            links.append(np.array([rows, start + term.codes[rows]]))
            start += term.n_levels
    if frame.alternatives is not None:
        rows, units = np.nonzero(frame.alternatives.shifts[:, frame.alternatives.enumerated])
        links.append(np.array([rows, start + units]))
        start += frame.alternatives.shifts.shape[1]
    i, j = np.concatenate(links, axis=1)
    graph = scipy.sparse.csr_array((np.ones(i.size), (i, j)), shape=(start, start))
    found = connected_components(graph, directed=False)[1][:n]
    return np.asarray(np.unique(found, return_inverse=True)[1], dtype=np.intp)


def _are_small(frame: Frame, bounds: Bounds, blocks: Index) -> bool:
    censored = np.bincount(blocks[bounds.censored], minlength=1)
    if np.bincount(blocks).max() > MOST_ROWS or censored.max() > MOST_CENSORED:
        return False
    if frame.alternatives is None:
        return True
    shifts = frame.alternatives.shifts[:, frame.alternatives.enumerated] != 0
    first = blocks[shifts.argmax(axis=0)][shifts.any(axis=0)]
    return not first.size or int(np.bincount(first).max()) <= MOST_UNITS


def joining_factors(V: SamplingCovariance, blocks: Index) -> Array | None:
    """F (n, r) such that V - F F' joins no two blocks and is no less than 0; None without one.

    Parameters
    ----------
    V
        The sampling covariance.
    blocks
        Block of each row, shape (n,).
    """
    n = blocks.size
    if V.matrix is None:
        return np.empty((n, 0))
    entries = V.matrix.tocoo()
    across = (blocks[entries.row] != blocks[entries.col]) & (entries.data != 0)
    coordinates = entries.row[across], entries.col[across]
    graph = scipy.sparse.csr_array((entries.data[across], coordinates), shape=(n, n))
    parts = component_rows(
        np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)
    )
    found = []
    for rows in parts:
        if rows.size > 1:
            f = _factor(graph[rows][:, rows].toarray(), V.diagonal[rows], blocks[rows])
            if f is None:
                return None
            found.append(np.zeros(n))
            found[-1][rows] = f
    if not found:
        return np.empty((n, 0))
    F = np.column_stack(found)
    return F if _leaves_covariances(V, F, blocks) else None


def _factor(across: Array, variance: Array, blocks: Index) -> Array | None:
    """Find f with f_i f_j = ``across`` between different blocks, None where there is none."""
    strength = np.abs(across)
    i, j = np.unravel_index(int(strength.argmax()), strength.shape)
    third = np.where((blocks != blocks[i]) & (blocks != blocks[j]), strength[i] * strength[j], 0)
    k = int(third.argmax())
    if third[k] > 0:
        square = across[i, j] * across[i, k] / across[j, k]
    else:
        square = strength[i, j] * np.sqrt(variance[i] / variance[j])
    if not square > 0:
        return None
    own = np.sqrt(square)
    f = across[i] / own
    beside = blocks == blocks[i]
    f[beside] = across[j, beside] / f[j]
    wanted = np.where(blocks[:, None] == blocks, 0.0, f[:, None] * f)
    return f if np.abs(wanted - across).max() <= ROUNDING * variance.max() else None


def _leaves_covariances(V: SamplingCovariance, F: Array, blocks: Index) -> bool:
    joined = np.flatnonzero((F != 0).any(axis=1))
    for rows in component_rows(blocks[joined]):
        own = joined[rows]
        left = V.dense(own) - F[own] @ F[own].T
        if np.linalg.eigvalsh(left)[0] < -ROUNDING * float(V.diagonal[own].max()):
            return False
    return True
