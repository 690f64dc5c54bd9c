"""Normal matrices of a fit, J'WJ: inverted with their rows and columns scaled to a unit diagonal.

Coordinates of very different influence, and directions without any, are the rule here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..spectrum import FloatArray

IntArray = npt.NDArray[np.intp]


def pseudo_inverse(normal: FloatArray, cutoff: float) -> FloatArray:
    """Invert a normal matrix (q, q), leaving out directions of less curvature than the cutoff.

    Parameters
    ----------
    cutoff : float
        Share of the largest eigenvalue of the scaled matrix.
    """
    scale = _scale(normal)
    return np.asarray(np.linalg.pinv(normal / scale, cutoff, hermitian=True) / scale)


def covariance(normal: FloatArray) -> FloatArray:
    """Invert a normal matrix (q, q); a direction without curvature is infinitely uncertain."""
    scale = _scale(normal)
    values, vectors = np.linalg.eigh(normal / scale)
    return np.asarray((vectors / np.maximum(values, 1e-14)) @ vectors.T / scale)


def tangents(normal: FloatArray, column: IntArray) -> tuple[FloatArray, FloatArray]:
    """How all coordinates follow one that is moved, and the standard deviation of that one.

    Parameters
    ----------
    normal : ndarray, shape (K, q, q)
    column : ndarray, shape (K,)
        The coordinate that is moved.

    Returns
    -------
    tangent : ndarray, shape (K, q)
        Change of each coordinate by that of the moved one, where the quadratic form is lowest.
    deviation : ndarray, shape (K,)
        For residuals of variance 1.
    """
    diagonal = np.einsum("kii->ki", normal)
    # A coordinate without influence (an inductance gone to zero) must not be moved to infinity.
    floor = 1e-16 * diagonal.max(axis=1, keepdims=True) + 1e-300
    size = np.sqrt(np.maximum(diagonal, floor))
    scaled = normal / (size[:, :, None] * size[:, None, :]) + 1e-10 * np.eye(normal.shape[1])
    rows = np.arange(column.size)
    inverse = np.linalg.inv(scaled)[rows, :, column]
    own = inverse[rows, column]
    tangent = inverse / size / (own / size[rows, column])[:, None]
    return tangent, np.asarray(np.sqrt(np.maximum(own, 0.0)) / size[rows, column])


def _scale(normal: FloatArray) -> FloatArray:
    size = np.sqrt(np.maximum(np.diag(normal), 1e-280))
    return np.outer(size, size)
