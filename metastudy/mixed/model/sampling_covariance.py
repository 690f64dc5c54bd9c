"""The known sampling covariance V: a diagonal, or dense blocks on its connected components."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse
from scipy.sparse.csgraph import connected_components

from ..errors import DataError
from .structures import Array
from .terms import Index

LEAST = 1e-290
"""Sampling variance below which one counts as zero: its inverse is no number."""
LEAST_RATIO = 1e-14
"""Share of the largest sampling variance up to which one counts as zero, for the inverse of V."""


@dataclass(frozen=True)
class SamplingCovariance:
    """V of n rows, stored as its diagonal and, where rows covary, as a sparse matrix.

    Attributes
    ----------
    diagonal
        Sampling variances, shape (n,), 0 where a row reports none.
    matrix
        V with its covariances (n, n), or None where V is diagonal.
    unreported
        Rows whose variance was missing and is set to 0, shape (n,) bool.
    given
        False where the caller gave neither v nor V.
    """

    diagonal: Array
    matrix: scipy.sparse.csr_array | None
    unreported: np.ndarray[Any, np.dtype[np.bool_]]
    given: bool = True

    @cached_property
    def mean_variance(self) -> float:
        """Mean sampling variance of the rows."""
        return float(self.diagonal.sum()) / self.diagonal.size

    @cached_property
    def middle_variance(self) -> float:
        """Sampling variance of the middle row by size, their mean where that is zero."""
        middle = self.diagonal.size // 2
        return float(np.partition(self.diagonal, middle)[middle]) or self.mean_variance

    @property
    def is_diagonal(self) -> bool:
        """Whether no two rows covary."""
        return self.matrix is None

    @cached_property
    def components(self) -> Index:
        """Component number of each row: rows of different components do not covary."""
        if self.matrix is None:
            return np.arange(self.diagonal.size)
        return np.asarray(connected_components(self.matrix, directed=False)[1], dtype=np.intp)

    def dense(self, rows: Index | None = None) -> Array:
        """V as a dense array, of some rows or of all."""
        if rows is None:
            rows = np.arange(self.diagonal.size)
        if self.matrix is None:
            return np.diag(self.diagonal[rows])
        return np.asarray(self.matrix[rows][:, rows].toarray(), dtype=float)

    def dense_blocks(self, rows: Index) -> Array:
        """V of m sets of s rows each (m, s), no row twice, as dense blocks (m, s, s)."""
        m, size = rows.shape
        out = np.zeros((m, size, size))
        if self.matrix is None:
            out[:, range(size), range(size)] = self.diagonal[rows]
            return out
        block = np.full(self.diagonal.size, -1)
        place = np.zeros(self.diagonal.size, dtype=np.intp)
        block[rows], place[rows] = np.arange(m)[:, None], np.arange(size)
        entries = self.matrix.tocoo()
        i, j = entries.row, entries.col
        inside = (block[i] >= 0) & (block[i] == block[j])
        i, j = i[inside], j[inside]
        out[block[i], place[i], place[j]] = entries.data[inside]
        return out

    def take(self, rows: Index) -> SamplingCovariance:
        """V of the given rows in the given order."""
        matrix = None if self.matrix is None else self.matrix[rows][:, rows]
        return SamplingCovariance(self.diagonal[rows], matrix, self.unreported[rows], self.given)

    def multiply(self, B: Array) -> Array:
        """V B for B of shape (n, c)."""
        if self.matrix is None:
            return np.asarray(self.diagonal[:, None] * B)
        return np.asarray(self.matrix @ B)

    @cached_property
    def is_invertible(self) -> bool:
        """Whether V has full rank, computed block by block on the correlation scale."""
        if np.any(self.diagonal <= LEAST_RATIO * self.diagonal.max(initial=0.0)):
            return False
        if self.matrix is None:
            return True
        for rows in rows_by_size(self.components):
            sd = np.sqrt(self.diagonal[rows])
            blocks = self.dense_blocks(rows) / (sd[:, :, None] * sd[:, None, :])
            if np.linalg.eigvalsh(blocks)[:, 0].min() < 1e-10:
                return False
        return True


def component_rows(components: Index) -> list[Index]:
    """Rows of each component, in row order."""
    order = np.argsort(components, kind="stable")
    starts = np.flatnonzero(np.diff(components[order])) + 1
    return list(np.split(order, starts))


def rows_by_size(components: Index) -> list[Index]:
    """Rows of all components of one size s, as (m, s), for each size in ascending order."""
    by_size: dict[int, list[Index]] = {}
    for rows in component_rows(components):
        by_size.setdefault(rows.size, []).append(rows)
    return [np.array(by_size[size]) for size in sorted(by_size)]


def no_sampling_covariance(n: int) -> SamplingCovariance:
    """V = 0: a plain mixed model, whose scatter within rows is the residual component."""
    return SamplingCovariance(np.zeros(n), None, np.zeros(n, dtype=bool), given=False)


def from_variances(v: Any, labels: list[str]) -> SamplingCovariance:
    """V = diag(v); a missing value means that the row reports no spread.

    Raises
    ------
    DataError
        If v has another length than the rows, is not numeric, negative or infinite.
    """
    try:
        values = np.array(v, dtype=float)
    except (TypeError, ValueError):
        raise DataError("sampling variances v must be numbers, one for each row") from None
    if values.shape != (len(labels),):
        raise DataError(
            f"sampling variances v have shape {values.shape}; the data have {len(labels)} rows, "
            f"so v needs shape ({len(labels)},)"
        )
    for wrong, word in ((values < 0, "negative"), (np.isinf(values), "infinite")):
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            raise DataError(
                f"sampling variance of row {labels[i]} is {word} ({values[i]:g}); "
                "a variance is zero or a positive number"
            )
    values[values < LEAST] = 0.0
    unreported = np.isnan(values)
    return SamplingCovariance(np.where(unreported, 0.0, values), None, unreported)


def from_matrix(V: Any, labels: list[str]) -> SamplingCovariance:
    """V from an array (n, n), a sparse array, or a list of square blocks in row order.

    Raises
    ------
    DataError
        If V has another size than the rows, is not symmetric, has missing or infinite values, a
        negative variance, or a negative eigenvalue.
    """
    n = len(labels)
    try:
        if isinstance(V, (list, tuple)) and all(np.ndim(block) == 2 for block in V):
            blocks = [scipy.sparse.coo_array(np.asarray(block, dtype=float)) for block in V]
            V = scipy.sparse.block_diag(blocks)
        elif not scipy.sparse.issparse(V):
            V = np.asarray(V, dtype=float)
            if V.ndim != 2:
                raise DataError(f"V has {V.ndim} axes; it needs shape ({n}, {n})")
    except (TypeError, ValueError):
        raise DataError("V must be a numeric array, a sparse array, or a list of blocks") from None
    if V.shape != (n, n):
        raise DataError(
            f"V has shape {V.shape[0]} x {V.shape[1]}; the data have {n} rows, "
            f"so V needs shape {n} x {n}"
        )
    matrix = scipy.sparse.csr_array(V, dtype=float)
    matrix.eliminate_zeros()
    if not np.isfinite(matrix.data).all():
        raise DataError("V has a missing or infinite entry; every covariance must be a number")
    _check_symmetry(matrix, labels)
    diagonal = matrix.diagonal()
    result = from_variances(diagonal, labels)
    if matrix.nnz == np.count_nonzero(diagonal):
        return result
    result = SamplingCovariance(diagonal, matrix, np.zeros(n, dtype=bool))
    _check_positive(result, labels)
    return result


def with_shared_unknowns(V: SamplingCovariance, S: Any, labels: list[str]) -> SamplingCovariance:
    """V + S S': each column of S is what one unknown of unit variance does to the rows.

    Raises
    ------
    DataError
        If S has not one finite row for each row of the data.
    """
    try:
        columns = scipy.sparse.csr_array(np.atleast_2d(np.asarray(S, dtype=float)))
    except (TypeError, ValueError):
        raise DataError(
            "shared unknowns are no numbers; give an array of one row for each row of the data"
        ) from None
    if columns.shape[0] != len(labels) or not np.isfinite(columns.data).all():
        raise DataError(
            f"shared unknowns have shape {np.shape(S)}; they need one row of finite numbers for "
            f"each of the {len(labels)} rows"
        )
    matrix = scipy.sparse.csr_array(columns @ columns.T)
    own = scipy.sparse.diags_array(V.diagonal) if V.matrix is None else V.matrix
    total = scipy.sparse.csr_array(matrix + own)
    return SamplingCovariance(total.diagonal(), total, V.unreported)


def _check_symmetry(matrix: scipy.sparse.csr_array, labels: list[str]) -> None:
    gap = abs(matrix - matrix.T).tocoo()
    scale = abs(matrix.data).max(initial=0.0)
    if gap.nnz and gap.data.max() > 1e-9 * scale:
        k = int(gap.data.argmax())
        i, j = int(gap.row[k]), int(gap.col[k])
        raise DataError(
            f"V is not symmetric: rows {labels[i]} and {labels[j]} have {matrix[i, j]:g} one way "
            f"and {matrix[j, i]:g} the other"
        )


def _check_positive(V: SamplingCovariance, labels: list[str]) -> None:
    for rows in rows_by_size(V.components):
        blocks = V.dense_blocks(rows)
        smallest = np.linalg.eigvalsh(blocks)[:, 0]
        wrong = smallest < -1e-8 * V.diagonal[rows].max(axis=1)
        if wrong.any():
            k = int(np.argmax(wrong))
            raise DataError(
                f"V is not a covariance: the block of rows {labels[rows[k, 0]]} to "
                f"{labels[rows[k, -1]]} has the negative eigenvalue {smallest[k]:.3g}"
            )
