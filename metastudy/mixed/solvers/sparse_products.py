"""Products with large matrices of few entries, such as covariances of rows of few shared levels."""

from __future__ import annotations

import numpy as np
import scipy.sparse

from ..model.structures import Array

LARGE = 250_000
"""Entries from which a matrix is looked at."""
FEW = 0.05
"""Share of entries that are not zero up to which a sparse product is faster."""


def transposed_product(A: Array, B: Array) -> Array:
    """A'B for A of shape (n, a) and B of shape (n, b)."""
    if is_sparse(A):
        return np.asarray(scipy.sparse.csr_array(A.T) @ B)
    return np.asarray(A.T @ B)


def symmetric_product(M: Array, B: Array) -> Array:
    """M B for symmetric M (..., n, n) and B (..., n, c)."""
    if M.ndim == B.ndim == 3 and len(M) == len(B) == 1 and is_sparse(B[0]):
        return transposed_product(B[0], M[0]).T[None]
    return np.asarray(M @ B)


def is_sparse(A: Array) -> bool:
    """Whether a matrix is large and has few entries that are not zero."""
    return bool(A.size >= LARGE and np.count_nonzero(A) <= FEW * A.size)
