"""The damped Gauss-Newton step inside limits, for many problems at once."""

from __future__ import annotations

import numpy as np

from ..spectrum import FloatArray
from ..weighting.data import BoolArray


def damped_step(
    v: FloatArray,
    gradient: FloatArray,
    normal: FloatArray,
    damping: FloatArray,
    limits: tuple[FloatArray, FloatArray],
    longest: FloatArray,
    held: BoolArray | None = None,
) -> FloatArray:
    """Step of each problem, shape (K, q), inside the limits.

    Parameters
    ----------
    v, gradient : ndarray (K, q)
        Where each problem is, and half the slope of its cost there.
    normal : ndarray (K, q, q)
        Normal matrices.
    damping : ndarray (K,)
        Share that is added to the diagonal (Marquardt 1963, 10.1137/0111030).
    limits : tuple of ndarray (q,)
        Lowest and highest values; a coordinate at a limit that the slope pushes outwards rests.
    longest : ndarray (q,)
        Longest step of each coordinate.
    held : ndarray (K, q), optional
        Coordinates that rest.
    """
    low, high = limits
    still = ((v <= low) & (gradient > 0)) | ((v >= high) & (gradient < 0))
    if held is not None:
        still |= held
    matrix = normal.copy()
    diagonal = np.einsum("kii->ki", matrix)
    diagonal *= 1 + damping[:, None]
    if still.any():
        moving = ~still
        matrix *= moving[:, :, None] & moving[:, None, :]
        gradient = gradient * moving
        diagonal[still] = 1.0
    diagonal += 1e-14 * diagonal.max(axis=1, keepdims=True) + 1e-300
    step = np.linalg.solve(matrix, gradient[:, :, None])[:, :, 0]
    # Shorten the whole step where one coordinate would go too far: the direction is kept.
    excess = (np.abs(step) / longest).max(axis=1, keepdims=True)
    step /= np.maximum(excess, 1.0)
    return np.asarray(np.minimum(np.maximum(v - step, low), high) - v)
