"""Levenberg-Marquardt for many complex fits at once, with the linear parameters solved exactly.

Rows are starts of one spectrum, spectra of one batch or points of a profile: they share circuit
and frequencies and nothing else. After every step the scale of each series term, in which the
impedance is linear, is set to its least-squares value (variable projection: Golub and Pereyra
1973, SIAM J. Numer. Anal. 10, 413). The scaled Jacobian and normal matrix follow from the ones
at hand, so that costs a small linear solve and no further evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt

from ..circuits.model import Model
from ..spectrum import FloatArray
from ..weighting.data import BoolArray, Data
from .damped_step import damped_step

# Two costs are the same minimum when they differ by less than this fraction.
SAME = 1e-4
# Largest step of one coordinate: e^3 in a resistance or time, 0.3 in an exponent.
_STEP_LOG, _STEP_EXPONENT = 3.0, 0.3
# In a race every row has so many steps before it can be left behind, and is then left if so many
# steps like the next would not bring it to the others.
_HEAD_START, _PATIENCE = 6, 15


@dataclass
class Minimum:
    """Where the rows ended.

    ``v`` (K, q), ``cost`` (K,), ``normal`` J'WJ (K, q, q), ``gradient`` J'Wr (K, q),
    ``converged`` (K,).
    """

    v: FloatArray
    cost: FloatArray
    normal: FloatArray
    gradient: FloatArray
    converged: BoolArray

    def rows(self, chosen: npt.NDArray[np.intp] | list[int]) -> Minimum:
        """Keep some rows."""
        return Minimum(
            self.v[chosen],
            self.cost[chosen],
            self.normal[chosen],
            self.gradient[chosen],
            self.converged[chosen],
        )


def assess(
    model: Model, data: Data, v: FloatArray, *, rescale: bool, held: BoolArray | None = None
) -> Minimum:
    """Cost, normal matrix and gradient at ``v`` (K, q), scales of the terms solved if asked."""
    with np.errstate(all="ignore"):
        return _assess(model, data, v, rescale, held)


def _assess(
    model: Model, data: Data, v: FloatArray, rescale: bool, held: BoolArray | None
) -> Minimum:
    rows = model.slopes_and_residual(data.omega, v, data.z).view(np.float64)
    rows *= data.weight[:, None, :]
    rows = data.whitened(rows)
    # One product has J'WJ and J'Wr; of a matrix and its own transpose it would be slower.
    product = rows[:, :-1] @ rows.transpose(0, 2, 1)
    normal, gradient = product[:, :, :-1], product[:, :, -1]
    cost = np.vecdot(rows[:, -1], rows[:, -1])
    weighed = bool(model.priors) and data.variance > 0
    if weighed:
        distance = model.priors.standardised(model.log_parameters(v))
        slope = model.priors.slopes(model.free)
        cost += data.variance * np.sum(distance**2, axis=1)
        normal += data.variance * slope.T @ slope
        gradient += data.variance * distance @ slope
    if not isfinite(product.sum() + cost.sum()):
        bad = ~(np.isfinite(cost) & np.isfinite(product).all(axis=(1, 2)))
        cost = np.where(bad, np.inf, cost)
        product[bad] = np.eye(*product.shape[1:])
    # A prior is no straight line in the scale of a term.
    if rescale and model.directions.size and not weighed:
        return _rescaled(model, v, cost, product, held)
    return Minimum(v, cost, normal, gradient, np.zeros(v.shape[0], dtype=bool))


def _rescaled(
    model: Model, v: FloatArray, cost: FloatArray, product: FloatArray, held: BoolArray | None
) -> Minimum:
    """Scale the series terms to their least-squares value where that lowers the cost."""
    directions = model.directions
    terms = len(directions)
    along = product.reshape(len(v), -1) @ model.by_scales
    slope, block = along[:, :terms], along[:, terms:].reshape(-1, terms, terms)
    diagonal = along[:, terms :: terms + 1]
    if held is not None:
        # A term whose scale is held by one of its coordinates keeps it.
        moving = ~((directions != 0) & held[:, None, :]).any(axis=2)
        block *= moving[:, :, None] & moving[:, None, :]
        diagonal[~moving] = 1.0
        slope *= moving
    diagonal *= 1 + 1e-12
    diagonal += 1e-300
    change = np.linalg.solve(block, slope[:, :, None])
    change = np.minimum(np.maximum(-change, -0.9), 9.0)
    gain = (block @ change)[:, :, 0]
    gain += slope
    gain += slope
    gain *= change[:, :, 0]
    total = np.minimum(np.add.reduce(gain, axis=1), 0.0)
    falls = total < 0
    if np.count_nonzero(falls) < falls.size:
        change[~falls] = 0.0
    normal, change = product[:, :, :-1], change[:, :, 0]
    moved = np.log1p(change) @ model.follow_scales
    coordinates = v.shape[1]
    factor = np.exp(moved[:, coordinates:])
    gradient = (normal @ (change @ directions)[:, :, None])[:, :, 0]
    gradient += product[:, :, -1]
    gradient *= factor
    return Minimum(
        v + moved[:, :coordinates],
        np.maximum(cost + total, 0.0),
        normal * (factor[:, :, None] * factor[:, None, :]),
        gradient,
        np.zeros(len(v), dtype=bool),
    )


# A wild trial step may overflow; its cost is then not finite and the step is refused.
@np.errstate(all="ignore")
def minimise(
    model: Model,
    data: Data,
    start: FloatArray,
    *,
    held: BoolArray | None = None,
    rescale: bool = True,
    iterations: int = 80,
    tolerance: float = 1e-9,
    agree: int = 0,
    race: float | None = None,
) -> Minimum:
    """Minimise the cost of every row from ``start`` (K, q).

    Parameters
    ----------
    held : ndarray of bool, shape (K, q), optional
        Coordinates kept at their start.
    rescale : bool
        Solve the scales of the series terms exactly at every step.
    iterations : int
        At most so many steps.
    tolerance : float
        A row has converged when the next step promises less than this fraction of its cost:
        1e-9 is about 1e-7 of one residual variance.
    agree : int
        Stop once so many rows have converged to the same lowest cost and none of the others is
        below it; those are left as they are, not converged. Rows must share their data.
    race : float, optional
        Leave a row, not converged, whose next step times ``_PATIENCE`` would not bring it within
        this fraction of the lowest cost. Rows must share their data.
    """
    low, high = model.low, model.high
    step_limit = np.where(model.is_log[list(model.free)], _STEP_LOG, _STEP_EXPONENT)
    floor = np.broadcast_to(1e-28 * data.magnitude, (start.shape[0],))
    here = _assess(model, data, np.clip(start, low, high), rescale, held)
    state = here.rows(np.arange(start.shape[0]))
    damping, growth = np.full(start.shape[0], 1e-3), np.full(start.shape[0], 2.0)
    active = np.arange(start.shape[0])
    here_data, here_held = data, held
    for count in range(iterations):
        step = damped_step(
            here.v, here.gradient, here.normal, damping, (low, high), step_limit, here_held
        )
        curved = (here.normal @ step[:, :, None])[:, :, 0]
        curved += here.gradient
        curved += here.gradient
        predicted = -np.vecdot(curved, step)
        # A step cut at a limit may promise a rise: damping then turns it downhill.
        promise = np.abs(predicted)
        done = (promise <= np.maximum(tolerance * here.cost, floor)) & np.isfinite(here.cost)
        leave = done | (damping > 1e12)
        if race is not None and count >= _HEAD_START:
            goal = (1 + race) * min(here.cost.min(), state.cost.min())
            leave |= here.cost - _PATIENCE * promise > goal
        if np.count_nonzero(leave):
            here.converged = done
            _store(state, active, here)
            keep = np.flatnonzero(~leave)
            if keep.size == 0 or (agree and _agreed(state, agree)):
                return state
            active, step, predicted = active[keep], step[keep], predicted[keep]
            damping, growth, floor = damping[keep], growth[keep], floor[keep]
            here, here_data = here.rows(keep), data.rows(active)
            here_held = None if held is None else held[active]
        v = np.minimum(np.maximum(here.v + step, low), high)
        trial = _assess(model, here_data, v, rescale, here_held)
        better = trial.cost < here.cost
        # Nielsen 1999, IMM-REP-1999-05: damping follows the quality of the prediction.
        ratio = (here.cost - trial.cost) / np.maximum(predicted, 1e-300)
        quality = 2 * np.minimum(ratio, 2.0) - 1
        shrink = np.maximum(1 - quality * quality * quality, 0.1)
        damping = np.maximum(damping * np.where(better, shrink, growth), 1e-12)
        growth = np.where(better, 2.0, 2 * growth)
        if np.count_nonzero(better) < better.size:
            _keep(trial, here, ~better)
        here = trial
    _store(state, active, here)
    return state


def _agreed(at: Minimum, count: int) -> bool:
    """Whether ``count`` rows have converged to one cost that no other row undercuts."""
    converged = at.cost[at.converged]
    if converged.size < count:
        return False
    lowest = converged.min()
    enough = np.count_nonzero(converged <= lowest * (1 + 1e-6)) >= count
    return bool(enough and at.cost.min() >= lowest)


def _store(state: Minimum, rows: npt.NDArray[np.intp], part: Minimum) -> None:
    state.v[rows], state.cost[rows] = part.v, part.cost
    state.normal[rows], state.gradient[rows] = part.normal, part.gradient
    state.converged[rows] = part.converged


def _keep(trial: Minimum, here: Minimum, rows: BoolArray) -> None:
    """Take rows of the trial back."""
    np.copyto(trial.v, here.v, where=rows[:, None])
    np.copyto(trial.cost, here.cost, where=rows)
    np.copyto(trial.normal, here.normal, where=rows[:, None, None])
    np.copyto(trial.gradient, here.gradient, where=rows[:, None])
