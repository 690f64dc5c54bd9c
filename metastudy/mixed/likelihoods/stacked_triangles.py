"""Solving with stacked lower triangles (g, s, s); a lone one goes to the triangular routine."""

from __future__ import annotations

import numpy as np
import scipy.linalg

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
