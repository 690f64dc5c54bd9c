"""Least squares over the shapes of the series terms alone; their scales follow exactly.

The impedance is linear in one scale for each term in series. With the scales projected out, fewer
unknowns are left and narrow valleys between a scale and a shape are gone (Golub and Pereyra 1973,
SIAM J. Numer. Anal. 10, 413; slopes after Kaufman 1975, BIT 15, 49). The projection uses orthogonal
factors, which keep the digits that nearly exact data need. Scales may be negative on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..circuits.model import Model
from ..circuits.notation import leaves
from ..spectrum import FloatArray
from ..weighting.data import BoolArray, Data, interleave
from .damped_step import damped_step

IntArray = npt.NDArray[np.intp]
_STEP_LOG, _STEP_EXPONENT = 3.0, 0.3
_MOST_DAMPING = 1e8
# Rows that end a round by agreeing, and how far their costs may differ.
_AGREE, _SAME = 3, 1e-4


@dataclass(frozen=True)
class Projected:
    """Rows of a projected fit.

    ``v`` (K, q) with the scales not yet applied, ``scale`` (K, t), ``cost`` (K,), and over the
    shapes ``normal`` (K, s, s) and ``gradient`` (K, s).
    """

    v: FloatArray
    scale: FloatArray
    cost: FloatArray
    normal: FloatArray
    gradient: FloatArray

    def rows(self, chosen: IntArray) -> Projected:
        """Keep some rows."""
        parts = (self.v, self.scale, self.cost, self.normal, self.gradient)
        return Projected(*(part[chosen] for part in parts))

    def merged(self, other: Projected, better: BoolArray) -> Projected:
        """Take the better rows of the other one."""

        def chosen(a: FloatArray, b: FloatArray) -> FloatArray:
            return np.where(better.reshape(-1, *(1,) * (a.ndim - 1)), b, a)

        return Projected(
            chosen(self.v, other.v),
            chosen(self.scale, other.scale),
            chosen(self.cost, other.cost),
            chosen(self.normal, other.normal),
            chosen(self.gradient, other.gradient),
        )


class VariableProjection:
    """The shapes of a circuit's series terms, fitted to one spectrum.

    Parameters
    ----------
    model : Model
        Every series term must have a free scale.
    data : Data
        Of one spectrum.
    """

    def __init__(self, model: Model, data: Data) -> None:
        self.model, self.data = model, data
        self.target = (interleave(data.z) * data.weight)[0]

    @cached_property
    def shapes(self) -> IntArray:
        """Coordinates that are shapes: all but one of each term that moves with its scale."""
        mask = np.ones(self.model.low.size, dtype=bool)
        mask[np.abs(self.model.directions).argmax(axis=1)] = False
        return np.flatnonzero(mask)

    @cached_property
    def owns(self) -> FloatArray:
        """Which coordinate belongs to which series term, shape (t, q)."""
        column = {i: k for k, i in enumerate(self.model.free)}
        circuit = self.model.circuit
        out = np.zeros((len(circuit.terms), len(column)))
        for row, term in zip(out, circuit.terms, strict=True):
            row[[column[i] for leaf in leaves(term) for i in circuit.positions(leaf)]] = 1.0
        return out

    def assess(self, v: FloatArray) -> Projected:
        """Project the scales out at rows (K, q)."""
        residual, slopes, scale = self.slopes(v)
        cost = np.einsum("kn,kn->k", residual, residual)
        normal = slopes @ slopes.transpose(0, 2, 1)
        gradient = (slopes @ residual[:, :, None])[:, :, 0]
        bad = ~(np.isfinite(cost) & np.isfinite(normal).all(axis=(1, 2)))
        if bad.any():
            cost[bad], normal[bad], gradient[bad] = np.inf, np.eye(normal.shape[1]), 0.0
        return Projected(v, scale, cost, normal, gradient)

    @np.errstate(all="ignore")
    def slopes(self, v: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Residuals (K, 2n), their slopes by the shapes (K, s, 2n), and scales (K, t)."""
        jacobian = self.model.evaluate(self.data.omega, v)[1].view(np.float64) * self.data.weight
        if not np.isfinite(jacobian.sum()):
            jacobian = np.nan_to_num(jacobian, posinf=0.0, neginf=0.0)
        columns = self.model.directions @ jacobian
        size = np.sqrt(np.einsum("ktn,ktn->kt", columns, columns)) + 1e-300
        basis, triangle = np.linalg.qr((columns / size[:, :, None]).transpose(0, 2, 1))
        along = self.target @ basis
        diagonal = np.einsum("kii->ki", triangle)
        diagonal[np.abs(diagonal) < 1e-15] = 1e-15
        scale = np.linalg.solve(triangle, along[:, :, None])[:, :, 0] / size
        residual = self.target - (basis @ along[:, :, None])[:, :, 0]
        own = (scale @ self.owns)[:, self.shapes, None]
        slopes = jacobian[:, self.shapes] * own
        slopes = (slopes @ basis) @ basis.transpose(0, 2, 1) - slopes
        return residual, slopes, scale

    def applied(self, at: Projected) -> FloatArray:
        """Coordinates (K, q) with the scales applied; NaN in rows with one that is not positive."""
        positive = (at.scale > 0).all(axis=1)
        with np.errstate(all="ignore"):
            v = at.v + np.log(at.scale) @ self.model.directions
        v[~positive] = np.nan
        return np.asarray(v)

    @np.errstate(all="ignore")
    def minimise(self, v: FloatArray, iterations: int, tolerance: float, goal: float) -> Projected:
        """Minimise by Levenberg-Marquardt from every row of ``v`` (K, q).

        Parameters
        ----------
        tolerance : float
            A row ends when its next step promises less than this fraction of its cost.
        goal : float
            All rows end when one with positive scales has this cost.
        """
        model = self.model
        low, high = model.low[self.shapes], model.high[self.shapes]
        limit = np.where(model.is_log[np.array(model.free)[self.shapes]], _STEP_LOG, _STEP_EXPONENT)
        here = self.assess(np.clip(v, model.low, model.high))
        if not len(self.shapes):
            return here  # scales alone: the projection is the minimum
        state, active = here, np.arange(len(v))
        damping, growth = np.full(len(v), 1e-3), np.full(len(v), 2.0)
        done = np.zeros(len(v), dtype=bool)
        for _ in range(iterations):
            step = damped_step(
                here.v[:, self.shapes], here.gradient, here.normal, damping, (low, high), limit
            )
            predicted = -(2 * here.gradient * step).sum(axis=1)
            predicted -= np.einsum("ki,kij,kj->k", step, here.normal, step)
            leave = (np.abs(predicted) <= tolerance * here.cost) | (damping > _MOST_DAMPING)
            met = (here.cost <= goal) & (here.scale > 0).all(axis=1)
            if leave.any() or met.any():
                state = _stored(state, active, here)
                done[active[leave]] = True
                keep = np.flatnonzero(~leave)
                if met.any() or not keep.size or _agreed(state.cost[done], here.cost[keep]):
                    return state if not keep.size else _stored(state, active, here)
                active, step, predicted, here = (
                    active[keep],
                    step[keep],
                    predicted[keep],
                    here.rows(keep),
                )
                damping, growth = damping[keep], growth[keep]
            trial_v = here.v.copy()
            trial_v[:, self.shapes] += step
            trial = self.assess(trial_v)
            better = trial.cost < here.cost
            ratio = np.where(better, (here.cost - trial.cost) / np.maximum(predicted, 1e-300), 0.0)
            shrink = np.maximum(0.1, 1 - (2 * np.minimum(ratio, 2.0) - 1) ** 3)
            damping = np.where(better, np.maximum(damping * shrink, 1e-12), damping * growth)
            growth = np.where(better, 2.0, 2 * growth)
            here = here.merged(trial, better)
        return _stored(state, active, here)


def _agreed(done: FloatArray, others: FloatArray) -> bool:
    """Whether rows have ended at one cost that no other row is below."""
    lowest = done.min(initial=np.inf)
    equal = np.sum(done <= lowest * (1 + _SAME)) >= _AGREE
    return bool(equal and np.isfinite(lowest) and others.min() > lowest)


def _stored(state: Projected, where: IntArray, part: Projected) -> Projected:
    out = state.rows(np.arange(state.cost.size))
    for name in ("v", "scale", "cost", "normal", "gradient"):
        getattr(out, name)[where] = getattr(part, name)
    return out
