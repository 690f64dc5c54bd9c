"""The damped Gauss-Newton step inside limits, for many problems at once."""

from __future__ import annotations

import numpy as np
from numpy import count_nonzero

from ..spectrum import FloatArray
from ..weighting.data import BoolArray

# Of a coordinate: what arithmetic leaves of a step that no limit cuts.
_ROUNDING = 1e-11
# Of the largest curvature: what holds a coordinate still and leaves the others their step.
_HELD = 1e20


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
    at_end = (v <= low) | (v >= high)
    still = held
    # A call to numpy costs as much as the numbers of some rows: rare cases are asked for first.
    if count_nonzero(at_end):
        at_end &= np.where(v <= low, gradient, -gradient) > 0
        still = at_end if held is None else at_end | held
    step = _solved(gradient, normal, damping, still)
    # Shorten the whole step where one coordinate would go too far: the direction is kept.
    _shorten(step, longest)
    there = v + step
    inside = np.minimum(np.maximum(there, low), high)
    if not count_nonzero(inside != there):
        return step
    inside -= v
    cut = np.abs(inside - step) > _ROUNDING
    # Cut at a limit in one coordinate, the step may go up: then the others follow the cut.
    slope = gradient + (normal @ inside[:, :, None])[:, :, 0]
    rows = np.flatnonzero(cut.any(axis=1) & (((gradient + slope) * inside).sum(axis=1) > 0))
    if rows.size:
        resting, own = cut[rows], normal[rows]
        fixed = np.where(resting, inside[rows], 0.0)
        along = gradient[rows] + (own @ fixed[:, :, None])[:, :, 0]
        if still is not None:
            resting |= still[rows]
        rest = _solved(along, own, damping[rows], resting)
        _shorten(rest, longest)
        inside[rows] = np.minimum(np.maximum(v[rows] + fixed + rest, low), high) - v[rows]
    return np.asarray(inside)


def _shorten(step: FloatArray, longest: FloatArray) -> None:
    """Divide each step (K, q) so that no coordinate goes further than its longest (q,)."""
    share = np.abs(step)
    share /= longest
    step /= np.maximum(np.maximum.reduce(share, axis=1, keepdims=True), 1.0)


def _solved(
    gradient: FloatArray, normal: FloatArray, damping: FloatArray, still: BoolArray | None
) -> FloatArray:
    """Damped Gauss-Newton step (K, q); coordinates that are still have none."""
    matrix = normal.copy()
    diagonal = matrix.reshape(len(matrix), -1)[:, :: matrix.shape[1] + 1]
    diagonal *= (1 + damping)[:, None]
    largest = np.maximum.reduce(diagonal, axis=1, keepdims=True)
    if still is None or not count_nonzero(still):
        diagonal += 1e-14 * largest + 1e-300
        return np.asarray(-np.linalg.solve(matrix, gradient[:, :, None])[:, :, 0])
    diagonal += np.where(still, _HELD, 1e-14) * largest + 1e-300
    step = np.asarray(-np.linalg.solve(matrix, gradient[:, :, None])[:, :, 0])
    step[still] = 0.0
    return step
