"""Density of a positive quantity from its draws."""

from __future__ import annotations

import numpy as np
from scipy import stats

from ..model.structures import Array


def kernel_density(draws: Array, at: Array) -> Array:
    """Density by normal kernels, reflected at zero.

    Parameters
    ----------
    draws
        Draws (d,) of a positive quantity.
    at
        Points (g,), 0 or more.
    """
    quartiles = np.quantile(draws, (0.25, 0.75))
    width = 0.9 * min(draws.std(), float(np.diff(quartiles)[0]) / 1.34) * draws.size**-0.2
    kernels = stats.norm.pdf(at[:, None], draws, width) + stats.norm.pdf(at[:, None], -draws, width)
    return np.asarray(kernels.mean(axis=1))
