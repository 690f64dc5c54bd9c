"""Peaks of a distribution of relaxation times, and which of them it does not tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..spectrum import FloatArray

# A peak must exceed its standard error by this much to count as an arc, and what a depressed arc
# with this exponent in the place of each larger peak would leave there.
SIGNIFICANT, _SHADOW = 3.0, 0.7
# Widths of what one relaxation gives, nearer than which two peaks share their areas. With 1.0 the
# intervals of arcs a factor 1.5 to 3 apart cover too seldom.
_SEPARATED = 1.5
# A border between two such peaks is known to half a width.
_BORDER = 0.5


@dataclass(frozen=True)
class Peak:
    """One peak of a distribution.

    Attributes
    ----------
    tau : float
        Time constant in s.
    area, area_se : float
        In ohm; the standard error is given the regularisation.
    borders : (float, float)
        In s, at the minima of the distribution.
    resolution : float
        Factor between time constants nearer than which two arcs are not told apart here: they are
        one peak, or two whose borders are not known.
    """

    tau: float
    area: float
    area_se: float
    borders: tuple[float, float]
    resolution: float


@dataclass(frozen=True)
class Reach:
    """The least and the most, in s, that a peak or a group of peaks may reach over."""

    least: tuple[float, float]
    most: tuple[float, float]


def foot(peak: Peak, borders: tuple[float, float]) -> float:
    """Return the area in ohm between ``borders`` (s) of a depressed arc in the place of ``peak``.

    Integral of Cole and Cole's distribution: (R/pi n) arctan(tan(n pi/2) tanh(n x/2)) + const
    in x = ln(tau/tau0), with the whole area R.
    """
    n = _SHADOW
    x = np.log(np.asarray(borders) / peak.tau)
    phase = np.arctan(np.tan(n * np.pi / 2) * np.tanh(n * x / 2)) / (n * np.pi)
    return float(peak.area * (phase[1] - phase[0]))


def find_peaks(
    tau: FloatArray, weights: FloatArray, covariance: FloatArray, response: FloatArray
) -> tuple[tuple[Peak, ...], FloatArray]:
    """Cut a distribution at its minima: the pieces, and the covariance of their areas.

    Parameters
    ----------
    tau, weights : ndarray, shape (m,)
        Time constants (s), and the resistance at each (ohm).
    covariance : ndarray, shape (m, m)
        Of the weights, ohm^2.
    response : ndarray, shape (m, m)
        Column k is what the regularisation makes of one relaxation at tau[k].
    """
    padded = np.concatenate([[0.0], weights, [0.0]])
    rising = np.diff(padded)
    tops = [k for k in range(weights.size) if rising[k] > 0 >= rising[k + 1] and weights[k] > 0]
    floor = 1e-3 * max(float(weights.max(initial=0.0)), 1e-300)
    tops = [k for k in tops if weights[k] > floor]
    inner = [_valley(weights, left, right) for left, right in pairwise(tops)]
    cuts = [0, *inner, weights.size]
    pieces = [slice(*ends) for ends in pairwise(cuts)][: len(tops)]
    areas = np.array([[float(covariance[a, b].sum()) for b in pieces] for a in pieces])
    areas = areas.reshape(len(pieces), len(pieces))
    step = float(np.log(tau[1] / tau[0]))
    peaks = tuple(
        Peak(
            float(tau[top]),
            float(weights[piece].sum()),
            float(np.sqrt(max(areas[k, k], 0.0))),
            (float(tau[piece.start]), float(tau[min(piece.stop, weights.size - 1)])),
            float(np.exp(_SEPARATED * step * _points_above_half(response[:, top], top))),
        )
        for k, (top, piece) in enumerate(zip(tops, pieces, strict=True))
    )
    return peaks, areas


def reaches(peaks: Sequence[Peak]) -> tuple[Reach, ...]:
    """Return how far each peak may reach; one alone or at an end reaches to 0 and to infinity."""
    if not peaks:
        return ()
    below = [(0.0, 0.0)]
    for left, right in pairwise(peaks):
        border = left.borders[1]
        unknown = 1.0
        if not separated(left, right):
            unknown = max(left.resolution, right.resolution) ** (_BORDER / _SEPARATED)
        below.append((max(border / unknown, left.tau), min(border * unknown, right.tau)))
    below.append((np.inf, np.inf))
    return tuple(Reach((start[1], end[0]), (start[0], end[1])) for start, end in pairwise(below))


def separated(left: Peak, right: Peak) -> bool:
    """Whether two neighbouring peaks are further apart than what one relaxation gives."""
    return right.tau / left.tau > max(left.resolution, right.resolution)


def unseparated(peaks: Sequence[Peak]) -> tuple[tuple[Peak, ...], ...]:
    """Return groups of neighbouring peaks, each more than noise, that share their areas."""
    real = [peak for peak in peaks if peak.area > SIGNIFICANT * peak.area_se]
    groups = [[peak] for peak in real[:1]]
    for left, right in pairwise(real):
        if separated(left, right):
            groups.append([right])
        else:
            groups[-1].append(right)
    return tuple(tuple(group) for group in groups if len(group) > 1)


def _valley(weights: FloatArray, left: int, right: int) -> int:
    """Return the middle of the lowest places between two tops."""
    between = weights[left : right + 1]
    lowest = np.flatnonzero(between == between.min())
    return left + int(lowest[lowest.size // 2])


def _points_above_half(response: FloatArray, top: int) -> int:
    """Count neighbouring points around ``top`` where the response is above half of its largest."""
    above = response > 0.5 * response.max()
    above[top] = True
    ends = np.flatnonzero(~above)
    place = int(np.searchsorted(ends, top))
    first = int(ends[place - 1]) if place > 0 else -1
    last = int(ends[place]) if place < ends.size else above.size
    return last - first - 1
