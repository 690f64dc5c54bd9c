"""Products and solutions with stacked matrices (g, s, s); a lone one goes to the fast routine."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.linalg.blas
import scipy.linalg.lapack

from ..model.structures import Array


def lower_solve(L: Array, B: Array) -> Array:
    """L^-1 B for B of shape (g, s, c)."""
    if L.shape[0] == 1 and L.shape[1]:
        return np.asarray(scipy.linalg.solve_triangular(L[0], B[0], lower=True)[None])
    return np.linalg.solve(L, B)


def lower_inverse(L: Array) -> Array:
    """L^-1."""
    if L.shape[0] == 1 and L.shape[1]:
        upper, _ = scipy.linalg.lapack.dtrtri(L[0].T, lower=0)
        return np.asarray(upper.T[None])
    return np.linalg.inv(L)


def lower_product(L: Array, B: Array) -> Array:
    """Lower triangle of L'B, for lower triangles L and B."""
    if L.shape[0] == 1 and L.shape[1]:
        # With F order of L' and B' no array is copied: (L'B)' = B'L.
        found = scipy.linalg.blas.dtrmm(1.0, L[0].T, B[0].T, side=1, lower=0, trans_a=1)
        return np.tril(found.T)[None]
    return np.tril(np.swapaxes(L, -1, -2) @ B)


def congruence(P: Array, K: Array) -> Array:
    """K'(P + P')K / 2 for a lower triangle P."""
    if K.shape[0] == 1 and K.shape[1]:
        half = scipy.linalg.blas.dtrmm(1.0, P[0].T, K[0].T, side=1, lower=0)
        lower = scipy.linalg.blas.dsyr2k(0.5, K[0].T, half, lower=1)
        return _filled(lower)
    found = np.swapaxes(K, -1, -2) @ P @ K
    return np.asarray((found + np.swapaxes(found, -1, -2)) / 2)


def crossproduct(A: Array) -> Array:
    """A'A."""
    if A.shape[0] == 1 and A.shape[1]:
        return _filled(scipy.linalg.blas.dsyrk(1.0, A[0].T, lower=1))
    return np.asarray(np.swapaxes(A, -1, -2) @ A)


def _filled(lower: Array) -> Array:
    """Fill a symmetric matrix whose upper triangle is zero, and stack it."""
    own = lower.diagonal().copy()
    found = lower + lower.T
    found[np.diag_indices_from(found)] = own
    return np.asarray(found[None])
