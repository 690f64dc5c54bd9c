"""Test whether rows that share every random effect differ by more than sampling error.

Differences of such rows hold the fixed part and sampling error alone, so their generalised sum of
squares about the fixed part is chi-square if the model is right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from scipy.stats import chi2

from ..model.frame import Frame
from ..model.structures import Array
from ..model.terms import Index

MOST_ROWS = 3000
"""Rows that share their effects up to which the dense test is made."""
ROUNDING = 1e-12
"""Share of the largest variance that is added to differences, which V may hold to be zero."""


@dataclass(frozen=True)
class SharedEffects:
    """Test of the differences of rows that share every random effect.

    Attributes
    ----------
    statistic, df, pvalue
        Chi-square of the differences.
    rows
        Numbers of all such rows.
    worst
        Numbers of the rows of the one set that adds most for its size.
    """

    statistic: float
    df: int
    pvalue: float
    rows: Index
    worst: Index


def shared_effects(frame: Frame) -> SharedEffects | None:
    """Test the differences of rows that share every random effect; None where there are none."""
    sets = _sets(frame)
    rows = np.concatenate(sets) if sets else np.zeros(0, dtype=np.intp)
    if rows.size == 0 or rows.size > MOST_ROWS:
        return None
    C = scipy.linalg.block_diag(*(_differences(found.size) for found in sets))
    CX, X = C @ frame.X[rows], frame.X[rows]
    CX[:, np.abs(CX).max(axis=0) <= ROUNDING * np.abs(X).max(axis=0)] = 0.0
    least = ROUNDING * float(frame.V.diagonal[rows].max())
    W = C @ frame.V.dense(rows) @ C.T + least * np.eye(len(C))
    root = scipy.linalg.cholesky(W, lower=True)
    both = np.column_stack([CX, C @ frame.y[rows]])
    both = scipy.linalg.solve_triangular(root, both, lower=True)
    left, singular, _ = np.linalg.svd(both[:, :-1], full_matrices=False)
    basis, y = left[:, singular > 1e-9 * singular.max(initial=0.0)], both[:, -1]
    df = len(y) - basis.shape[1]
    if df < 1:
        return None
    residual = y - basis @ (basis.T @ y)
    statistic = float(residual @ residual)
    ends = np.cumsum([found.size - 1 for found in sets])
    own = [float(part @ part) / part.size for part in np.split(residual, ends[:-1])]
    return SharedEffects(
        statistic, df, float(chi2.sf(statistic, df)), rows, sets[int(np.argmax(own))]
    )


def _sets(frame: Frame) -> list[Index]:
    """Find sets of two or more rows, known as numbers, with the same levels and designs."""
    if not frame.terms or any(term.is_record_level for term in frame.terms):
        return []
    keys = [np.column_stack([term.codes, term.design]) for term in frame.terms]
    known = np.flatnonzero(np.isfinite(frame.y))
    codes = np.unique(np.hstack(keys)[known], axis=0, return_inverse=True)[1].ravel()
    order = np.argsort(codes, kind="stable")
    found = np.split(known[order], np.flatnonzero(np.diff(codes[order])) + 1)
    return [rows for rows in found if rows.size > 1]


def _differences(size: int) -> Array:
    """Contrasts of rows with the mean of those before them, orthonormal (size - 1, size)."""
    return np.asarray(scipy.linalg.helmert(size))
