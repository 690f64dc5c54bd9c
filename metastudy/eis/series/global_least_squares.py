"""Least squares over the unknowns of a whole series of spectra.

Every spectrum gives its cost, gradient and normal matrix in its own coordinates, all spectra of one
frequency grid at once; the layout carries them to the unknowns of the series, where a
Levenberg-Marquardt step inside the limits is one dense solve. Costs are in units of each spectrum's
residual variance, so a difference of 3.84 is one 95 % interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..circuits.model import Model
from ..fits.result import CircuitFit
from ..optimise.levenberg_marquardt import BoolArray, Data, assess
from ..spectrum import FloatArray
from .parameter_map import Layout, Rows


@dataclass(frozen=True)
class Pool:
    """Spectra in units of their residual standard deviations, by frequency grid."""

    grids: tuple[tuple[Rows, Data], ...]
    count: int

    @classmethod
    def of(cls, fits: Sequence[CircuitFit]) -> Pool:
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
class Pooled:
    """Where a series ended.

    ``u`` (p,) unknowns, ``cost`` (K,) of the spectra, ``penalty`` of the temperatures' errors,
    ``covariance`` (p, p) given the unknowns that stand on a limit, whose rows are 0.
    """

    layout: Layout
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
        return self.layout.coordinates(self.u)

    def block(self, k: int) -> FloatArray:
        """Covariance of the coordinates of spectrum ``k``, shape (q, q)."""
        A = self.layout.matrix[k]
        return np.asarray(A @ self.covariance @ A.T)

    def across(self, j: int, rows: Rows) -> FloatArray:
        """Covariance of coordinate ``j`` between spectra, shape (len(rows), len(rows))."""
        A = self.layout.matrix[rows, j]
        return np.asarray(A @ self.covariance @ A.T)


def pool(data: Pool, layout: Layout, start: FloatArray, weight: FloatArray) -> Pooled:
    """Minimise from coordinates ``start`` (K, q), which are brought under the layout first.

    Parameters
    ----------
    weight : ndarray, shape (K, q)
        How much each coordinate of ``start`` counts where several become one unknown.
    """
    u = layout.unknowns(start, weight)
    total, cost, gradient, normal = _at(data, layout, u)
    damping, converged = 1e-3, False
    for _ in range(200):
        step = _step(layout, u, gradient, normal, damping)
        trial = np.clip(u + step, layout.low, layout.high)
        new = _at(data, layout, trial)
        if new[0] < total:
            gain = total - new[0]
            u, (total, cost, gradient, normal) = trial, new
            damping = max(damping / 5, 1e-12)
            if gain < 1e-7:
                converged = True
                break
        else:
            damping *= 4
            if damping > 1e10:
                converged = True  # no step of any length goes down
                break
    still = _still(layout, u, gradient)
    penalty = float(np.sum(layout.prior * u**2))
    return Pooled(layout, u, cost, penalty, _inverse(normal, still), still, converged)


def _at(
    data: Pool, layout: Layout, u: FloatArray
) -> tuple[float, FloatArray, FloatArray, FloatArray]:
    """Total, cost of each spectrum, half the gradient and the normal matrix at ``u``."""
    cost, slope, curvature = data.assess(layout.model, layout.coordinates(u))
    A = layout.matrix
    gradient = np.einsum("kqp,kq->p", A, slope) + layout.prior * u
    normal = np.einsum("kqp,kqr->pr", A, curvature @ A) + np.diag(layout.prior)
    return float(cost.sum() + np.sum(layout.prior * u**2)), cost, gradient, normal


def _still(layout: Layout, u: FloatArray, gradient: FloatArray) -> BoolArray:
    """Unknowns on a limit that want to leave it."""
    return np.asarray(((u <= layout.low) & (gradient > 0)) | ((u >= layout.high) & (gradient < 0)))


def _step(
    layout: Layout, u: FloatArray, gradient: FloatArray, normal: FloatArray, damping: float
) -> FloatArray:
    moving = np.flatnonzero(~_still(layout, u, gradient))
    matrix = normal[np.ix_(moving, moving)]
    diagonal = np.diag(matrix)
    matrix = matrix + np.diag(damping * diagonal + 1e-14 * diagonal.max() + 1e-300)
    step = np.zeros_like(u)
    step[moving] = -np.linalg.solve(matrix, gradient[moving])
    # e^2 in a resistance or a time at most, 0.3 in an exponent.
    size = np.max(np.abs(step) / np.where(np.isfinite(layout.low), 0.3, 2.0))
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
