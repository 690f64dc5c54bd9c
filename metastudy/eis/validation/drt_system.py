"""The linear system of a distribution of relaxation times, and the penalty on its curvature."""

from __future__ import annotations

import numpy as np

from ..spectrum import ComplexArray, FloatArray
from ..weighting.data import interleave

# Columns in front of the relaxations: R, L and the tail.
SERIES = 3


def weighted_system(
    omega: FloatArray,
    z: ComplexArray,
    weight: FloatArray,
    tau: FloatArray,
    tail_n: float,
    *,
    local: bool,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return weighted rows with unit-free columns, weighted data, and the columns' sizes.

    Columns are R, L, tail, then one relaxation per tau; x = solution / size.
    """
    jw = 1j * omega
    series = np.column_stack([np.ones_like(jw), jw, jw**-tail_n])
    columns = np.concatenate([series, 1 / (1 + jw[:, None] * tau)], axis=1)
    rows = interleave(columns.T).T * weight[:, None]
    size = np.sqrt(np.einsum("ij,ij->j", rows, rows))
    if not local:
        size[SERIES:] = np.sqrt(np.mean(size[SERIES:] ** 2))
    return rows / size, interleave(z) * weight, size


def curvature(size: FloatArray) -> FloatArray:
    """Return second differences of the relaxations, zero beyond the ends.

    R, L and the tail have none. Each counts by the ``size`` of its column: curvature matters as
    far as the data see it.
    """
    relaxations = size[SERIES:]
    count = relaxations.size
    place = np.arange(count)
    second = np.zeros((count + 2, count))
    for shift, value in enumerate((1.0, -2.0, 1.0)):
        second[place + shift, place] = value
    here = np.pad(relaxations, 1, mode="edge")
    return np.pad(second * here[:, None] / relaxations, ((0, 0), (SERIES, 0)))
