"""Intervals of areas that hold for every distribution of relaxation times that fits the data.

A regularised distribution is one of many that fit. The interval of an area is its profile
likelihood over all distributions that are nowhere negative, without a penalty (Rust and Burrus
1972, Mathematical Programming and the Solution of Linear Equations; O'Leary and Rust 1986, SIAM J.
Sci. Stat. Comput. 7, 473).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, nnls
from scipy.special import stdtrit

from ..optimise.starts import time_constants
from ..spectrum import Spectrum
from .drt_peaks import Reach
from .drt_system import SERIES, weighted_system

# An area is held by one more row, so much heavier than the others.
_HELD = 1e3
# Least standard deviation over |Z|: a spectrum without noise is met to the last digits.
_EXACT = 1e-8
# Areas are found to this share of the whole, and sought up to so many times the whole.
_TOLERANCE, _FURTHEST = 1e-4, 10.0


class AreaProfiles:
    """Profile likelihoods of the areas of one spectrum's distribution between two time constants.

    Parameters
    ----------
    tail_n : float
        Exponent of the tail.
    per_decade : float
        Time constants per decade; finer than those of the regularised distribution, as an arc
        between two of them must be met to the noise.
    """

    def __init__(self, spectrum: Spectrum, tail_n: float, per_decade: float) -> None:
        omega, z = spectrum.omega, spectrum.impedance_ohm
        self.tau = time_constants(omega, per_decade)
        weight = np.repeat(1 / np.abs(z), 2)
        a, y, self._size = weighted_system(omega, z, weight, self.tau, tail_n, local=False)
        root = np.asarray(np.linalg.qr(np.column_stack([a, y]), mode="r"))
        self._rows, self._data = root[:, :-1], root[:, -1]
        self._heavy = _HELD * float(np.linalg.norm(self._rows, 2))
        best, norm = nnls(self._rows, self._data, maxiter=50 * a.shape[1])
        self._best, self._least = best / self._size, norm**2
        self.df = max(y.size - int(np.sum(best > 0)), 1)
        self._variance = max(self._least / self.df, _EXACT**2)

    def interval(self, reach: Reach, alpha: float) -> tuple[float, float]:
        """Bound the area (ohm) of what reaches at least and at most so far, as in ``Reach``."""
        limit = float(stdtrit(self.df, 1 - alpha / 2))
        return self._end(reach.least, -1, limit), self._end(reach.most, 1, limit)

    def _end(self, borders: tuple[float, float], side: int, limit: float) -> float:
        """Area between ``borders`` on one side of the best where the deviance is limit squared."""
        inside = (self.tau >= borders[0]) & (self.tau < borders[1])
        if not inside.any():
            return 0.0
        best = float(self._best[SERIES:][inside].sum())
        whole = max(float(self._best[SERIES:].sum()), 1e-300)

        def beyond(area: float) -> float:
            return self._root_deviance(inside, area) - limit

        near, step = best, 0.01 * whole
        while step < _FURTHEST * whole:
            far = max(near + side * step, 0.0)
            if beyond(far) > 0:
                return float(brentq(beyond, near, far, xtol=_TOLERANCE * whole))
            if far == 0:
                return 0.0
            near, step = far, 3 * step
        return np.inf

    def _root_deviance(self, inside: npt.NDArray[np.bool_], area: float) -> float:
        """Square root of the increase of chi-square where the area is held, in noise units."""
        row = np.zeros(self._size.size)
        row[SERIES:][inside] = 1 / self._size[SERIES:][inside]
        heavy = self._heavy / float(np.linalg.norm(row))
        _, norm = nnls(
            np.vstack([self._rows, heavy * row]),
            np.append(self._data, heavy * area),
            maxiter=50 * row.size,
        )
        return float(np.sqrt(max(norm**2 - self._least, 0.0) / self._variance))


def area_interval(
    profiles: AreaProfiles, reach: Reach, estimate: float, alpha: float
) -> tuple[float, float]:
    """Bound an area by its profile; a regularised ``estimate`` beyond an end widens it."""
    low, high = profiles.interval(reach, alpha)
    return min(low, estimate), max(high, estimate)
