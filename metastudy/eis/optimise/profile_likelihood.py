"""Profile-likelihood intervals of circuit parameters, all sides at once.

The profile of a parameter is the smallest cost with that parameter held. Its interval holds
every value whose (S - S_min)/s^2 stays below the square of Student's t with n - p degrees of
freedom (Bates and Watts 1988, Nonlinear Regression Analysis, ch. 6; Seber and Wild 1989,
sect. 5.4). Each side of each parameter is one row of a batch.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..circuits.model import Model
from ..numerics.normal_matrix import tangents
from ..spectrum import FloatArray
from ..weighting.data import Data
from .levenberg_marquardt import Minimum, minimise

IntArray = npt.NDArray[np.intp]

# A side still inside after so many e-folds beside the estimate is open.
_OPEN_LOG = 16.0
_ROUNDS = 16
# The others are moved ahead by at most this much in one step.
_FARTHEST = 0.5
# How near the root of the likelihood ratio must come to its quantile.
_TOLERANCE = 0.005


class ParameterProfile:
    """Profiles of some coordinates of a model around its minimum.

    Parameters
    ----------
    best : Minimum
        The minimum, one row.
    coordinates : list of int
        Which coordinates (columns of ``v``).
    quantile : float
        Root of the likelihood ratio at the ends, such as Student's t.
    variance : float
        Residual variance s^2 in weighted units.
    reference : float, optional
        Cost of the global minimum, where ``best`` is another minimum nearly as low.
    """

    def __init__(
        self,
        model: Model,
        data: Data,
        best: Minimum,
        coordinates: list[int],
        quantile: float,
        variance: float,
        reference: float | None = None,
    ) -> None:
        self.model, self.data, self.best = model, data, best
        self.quantile, self.variance = quantile, variance
        self.reference = float(best.cost[0]) if reference is None else reference
        self.column = np.repeat(np.asarray(coordinates, dtype=np.intp), 2)
        sides = self.column.size
        self.sign = np.tile([-1.0, 1.0], len(coordinates))
        self.centre = best.v[0, self.column]
        limit = np.where(self.sign < 0, model.low[self.column], model.high[self.column])
        self.bounded = np.isfinite(limit)
        self.limit = np.where(self.bounded, limit, self.centre + self.sign * _OPEN_LOG)
        # The last point inside, the first outside, and how deep they lie (negative inside).
        top = np.sqrt(max(float(best.cost[0]) - self.reference, 0.0) / variance)
        self.inside, self.depth_inside = self.centre.copy(), np.full(sides, top - quantile)
        self.outside, self.depth_outside = np.full(sides, np.nan), np.full(sides, np.nan)
        self.v = np.repeat(best.v, sides, axis=0)
        self.tangent, unit = tangents(np.repeat(best.normal, sides, axis=0), self.column)
        deviation = np.sqrt(variance) * unit
        self.value = self._within(self.centre + self.sign * np.minimum(quantile * deviation, 1.5))
        self.ends = np.full(sides, np.nan)
        self.lowest = float(best.cost[0])

    def solve(self) -> FloatArray:
        """Both ends of every interval, shape (len(coordinates), 2), in the coordinates.

        An end is infinite where the likelihood never falls far enough, and the limit of the
        coordinate where it is reached first. ``lowest`` afterwards holds the smallest cost met.
        """
        at_limit = self.centre == self.limit
        self.ends[at_limit] = self.limit[at_limit]
        for _ in range(_ROUNDS):
            rows = np.flatnonzero(np.isnan(self.ends))
            if rows.size == 0:
                break
            self._advance(rows)
        left = np.isnan(self.ends)
        # Not closed in time: the outer point, so that the interval is too wide, not too short.
        edge = np.where(self.bounded, self.limit, self.sign * np.inf)
        outer = np.where(np.isnan(self.outside), edge, self.outside)
        self.ends[left] = outer[left]
        return self.ends.reshape(-1, 2)

    def _advance(self, rows: IntArray) -> None:
        """Evaluate the profile of the open sides at their next value."""
        column, value = self.column[rows], self.value[rows]
        ahead = self.tangent[rows] * (value - self.inside[rows])[:, None]
        # A coordinate that the data hardly see follows far too eagerly.
        start = self.v[rows] + np.clip(ahead, -_FARTHEST, _FARTHEST)
        start[np.arange(rows.size), column] = value
        held = np.zeros(start.shape, dtype=bool)
        held[np.arange(rows.size), column] = True
        data = self.data.rows(np.zeros(rows.size, dtype=np.intp))
        found = minimise(self.model, data, start, held=held, tolerance=1e-6, iterations=40)
        self.lowest = min(self.lowest, float(found.cost.min()))
        excess = np.maximum(found.cost - self.reference, 0.0) / self.variance
        depth = np.sqrt(excess) - self.quantile
        inside = depth < 0
        k = rows[inside]
        self.inside[k], self.depth_inside[k], self.v[k] = (
            value[inside],
            depth[inside],
            found.v[inside],
        )
        self.tangent[k] = tangents(found.normal[inside], self.column[k])[0]
        k = rows[~inside]
        self.outside[k], self.depth_outside[k] = value[~inside], depth[~inside]
        close = np.abs(depth) < _TOLERANCE
        self.ends[rows[close]] = value[close]
        reached = inside & ~close & (value == self.limit[rows])
        k = rows[reached]
        self.ends[k] = np.where(self.bounded[k], self.limit[k], self.sign[k] * np.inf)
        self.value[rows] = self._next(rows)

    def _next(self, rows: IntArray) -> FloatArray:
        """Next value of the open sides: extrapolate until outside, then close in."""
        inside, outside = self.inside[rows], self.outside[rows]
        depth_in, depth_out = self.depth_inside[rows], self.depth_outside[rows]
        distance = np.abs(inside - self.centre[rows])
        with np.errstate(all="ignore"):
            # The root of the ratio grows about linearly with the distance from the estimate.
            reach = distance * self.quantile / (self.quantile + depth_in)
            part = np.clip(depth_in / (depth_in - depth_out), 0.05, 0.95)
        first = np.abs(self.value[rows] - self.centre[rows])
        reach = np.where(
            distance > 0, np.clip(1.02 * reach, 1.1 * distance, 3 * distance), first / 3
        )
        further = self.centre[rows] + self.sign[rows] * reach
        value = np.where(np.isnan(outside), further, inside + part * (outside - inside))
        return self._within(value, rows)

    def _within(self, value: FloatArray, rows: IntArray | None = None) -> FloatArray:
        limit = self.limit if rows is None else self.limit[rows]
        sign = self.sign if rows is None else self.sign[rows]
        return np.where(sign < 0, np.maximum(value, limit), np.minimum(value, limit))
