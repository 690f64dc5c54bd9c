"""Products and solutions with stacked matrices (g, s, s); a lone one goes to the fast routine."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import scipy.linalg.blas

from ..model.structures import Array


def lower_solve(L: Array, B: Array) -> Array:
    """L^-1 B for B of shape (g, s, c)."""
    if L.shape[0] == 1 and L.shape[1]:
        return np.asarray(scipy.linalg.solve_triangular(L[0], B[0], lower=True)[None])
    return np.linalg.solve(L, B)


def upper_solve(L: Array, B: Array) -> Array:
    """L'^-1 B for B of shape (g, s, c)."""
    if L.shape[0] == 1 and L.shape[1]:
        found = scipy.linalg.solve_triangular(L[0], B[0], lower=True, trans="T")
        return np.asarray(found[None])
    return np.linalg.solve(np.swapaxes(L, -1, -2), B)


def crossproduct(A: Array) -> Array:
    """A'A."""
    if A.shape[0] == 1 and A.shape[1]:
        lower = scipy.linalg.blas.dsyrk(1.0, A[0].T, lower=1)
        return np.asarray((lower + np.tril(lower, -1).T)[None])
    return np.asarray(np.swapaxes(A, -1, -2) @ A)
