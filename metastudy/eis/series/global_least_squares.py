"""Least squares over the unknowns of a whole series of spectra.

Every spectrum gives its cost, gradient and normal matrix in its own coordinates, all spectra of one
frequency grid at once; the parameter map carries them to the unknowns of the series, where a
Levenberg-Marquardt step inside the limits is one dense solve. Costs are in units of each spectrum's
residual variance, so a difference of 3.84 is one 95 % interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..circuits.model import Model
from ..fits.result import CircuitFit
from ..optimise.damping import descend
from ..optimise.levenberg_marquardt import assess
from ..spectrum import FloatArray
from ..weighting.data import BoolArray, Data
from .parameter_map import ParameterMap, Rows


@dataclass(frozen=True)
class SeriesData:
    """Spectra in units of their residual standard deviations, by frequency grid."""

    grids: tuple[tuple[Rows, Data], ...]
    count: int

    @classmethod
    def of(cls, fits: Sequence[CircuitFit]) -> SeriesData:
        """Take the spectra of fits, with the residual variance of each fit."""
        groups: dict[bytes, list[int]] = {}
        for k, fitted in enumerate(fits):
            groups.setdefault(fitted.spectrum.frequency_hz.tobytes(), []).append(k)
        grids = []
        for rows in groups.values():
            z = np.array([fits[k].spectrum.impedance_ohm for k in rows])
            # Below 1e-7 of |Z| residuals are rounding, not noise.
            sd = [max(float(np.sqrt(fits[k].chi2_reduced)), 1e-7) for k in rows]
            weight = np.array([fits[k].weights / s for k, s in zip(rows, sd, strict=True)])
            grids.append((np.array(rows), Data(fits[rows[0]].spectrum.omega, z, weight)))
        return cls(tuple(grids), len(fits))

    def one(self, k: int) -> Data:
        """Keep the data of spectrum ``k`` alone."""
        for rows, data in self.grids:
            where = np.flatnonzero(rows == k)
            if where.size:
                return data.rows(where)
        raise IndexError(k)

    @property
    def numbers(self) -> int:
        """Real numbers in all spectra."""
        return sum(2 * rows.size * data.omega.size for rows, data in self.grids)

    def assess(self, model: Model, v: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Cost (K,), gradient (K, q) and normal matrix (K, q, q) at coordinates (K, q)."""
        q = v.shape[1]
        cost = np.empty(self.count)
        gradient, normal = np.empty((self.count, q)), np.empty((self.count, q, q))
        for rows, data in self.grids:
            part = assess(model, data, v[rows], rescale=False)
            cost[rows], gradient[rows], normal[rows] = part.cost, part.gradient, part.normal
        return cost, gradient, normal


@dataclass(frozen=True)
class SeriesMinimum:
    """Where a series ended.

    ``u`` (p,) unknowns, ``cost`` (K,) of the spectra, ``penalty`` of the temperatures' errors,
    ``covariance`` (p, p) given the unknowns on a limit, whose rows are 0.
    """

    parameter_map: ParameterMap
    u: FloatArray
    cost: FloatArray
    penalty: float
    covariance: FloatArray
    at_limit: BoolArray
    converged: bool

    @property
    def total(self) -> float:
        """Cost and penalty together."""
        return float(self.cost.sum() + self.penalty)

    @property
    def v(self) -> FloatArray:
        """Coordinates of the spectra, shape (K, q)."""
        return self.parameter_map.coordinates(self.u)

    def block(self, k: int) -> FloatArray:
        """Covariance of the coordinates of spectrum ``k``, shape (q, q)."""
        A = self.parameter_map.matrix[k]
        return np.asarray(A @ self.covariance @ A.T)

    def across(self, j: int, rows: Rows) -> FloatArray:
        """Covariance of coordinate ``j`` between spectra, shape (len(rows), len(rows))."""
        A = self.parameter_map.matrix[rows, j]
        return np.asarray(A @ self.covariance @ A.T)


def minimise_series(
    data: SeriesData, parameter_map: ParameterMap, start: FloatArray, weight: FloatArray
) -> SeriesMinimum:
    """Minimise from coordinates ``start`` (K, q), which are brought under the map first.

    Parameters
    ----------
    weight : ndarray, shape (K, q)
        How much each coordinate of ``start`` counts where several become one unknown.
    """

    def point(u: FloatArray) -> _Point:
        return _Point.at(data, parameter_map, np.clip(u, parameter_map.low, parameter_map.high))

    def step(at: _Point, damping: float) -> _Point:
        return point(at.u + _step(parameter_map, at, damping))

    begin = point(parameter_map.unknowns(start, weight))
    at, converged = descend(begin, lambda at: at.total, step, absolute=1e-7)
    still = _still(parameter_map, at)
    penalty = float(np.sum(parameter_map.prior * at.u**2))
    covariance = _inverse(at.normal, still)
    return SeriesMinimum(parameter_map, at.u, at.cost, penalty, covariance, still, converged)


@dataclass(frozen=True)
class _Point:
    """Unknowns (p,) with the total, the cost (K,) of each spectrum, half the gradient, J'WJ."""

    u: FloatArray
    total: float
    cost: FloatArray
    gradient: FloatArray
    normal: FloatArray

    @classmethod
    def at(cls, data: SeriesData, parameter_map: ParameterMap, u: FloatArray) -> _Point:
        """Evaluate the series at ``u``."""
        model, prior, A = parameter_map.model, parameter_map.prior, parameter_map.matrix
        cost, slope, curvature = data.assess(model, parameter_map.coordinates(u))
        gradient = np.einsum("kqp,kq->p", A, slope) + prior * u
        normal = np.einsum("kqp,kqr->pr", A, curvature @ A) + np.diag(prior)
        return cls(u, float(cost.sum() + np.sum(prior * u**2)), cost, gradient, normal)


def _still(parameter_map: ParameterMap, at: _Point) -> BoolArray:
    """Unknowns on a limit that would go beyond it."""
    below = (at.u <= parameter_map.low) & (at.gradient > 0)
    return np.asarray(below | ((at.u >= parameter_map.high) & (at.gradient < 0)))


def _step(parameter_map: ParameterMap, at: _Point, damping: float) -> FloatArray:
    moving = np.flatnonzero(~_still(parameter_map, at))
    matrix = at.normal[np.ix_(moving, moving)]
    diagonal = np.diag(matrix)
    matrix = matrix + np.diag(damping * diagonal + 1e-14 * diagonal.max() + 1e-300)
    step = np.zeros_like(at.u)
    step[moving] = -np.linalg.solve(matrix, at.gradient[moving])
    # e^2 in a resistance or a time at most, 0.3 in an exponent.
    size = np.max(np.abs(step) / np.where(np.isfinite(parameter_map.low), 0.3, 2.0))
    return step / max(float(size), 1.0)


def _inverse(normal: FloatArray, still: BoolArray) -> FloatArray:
    """Covariance of the unknowns that move; a direction without curvature has a huge variance."""
    moving = np.flatnonzero(~still)
    part = normal[np.ix_(moving, moving)]
    size = np.sqrt(np.maximum(np.diag(part), 1e-300))
    values, vectors = np.linalg.eigh(part / np.outer(size, size))
    inverse = (vectors / np.maximum(values, 1e-14)) @ vectors.T / np.outer(size, size)
    out = np.zeros_like(normal)
    out[np.ix_(moving, moving)] = inverse
    return out
