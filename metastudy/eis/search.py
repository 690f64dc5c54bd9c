"""Search for the global minimum: starts in rounds, until it has been found twice and fits.

A search is over when the best minimum was reached from at least two starts and its residuals
are not autocorrelated: a local minimum with an arc in the wrong place leaves waves. Otherwise,
and where the minimum is flat in some parameter, finer starts and starts with one arc moved
follow; what the last round left is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .least_squares import Data, Minimum, assess, interleave, minimise
from .model import Model
from .spectrum import FloatArray
from .starts import COARSE, FINE, propose

# Two costs are the same minimum when they differ by less than this fraction.
_SAME = 1e-4
# Lag-one autocorrelation of residuals, in standard deviations, that counts as waves.
_WAVES = 2.5
# A minimum this sharp in every coordinate has no neighbour that fits as well.
_SHARP = 0.1


@dataclass(frozen=True)
class Search:
    """What a search found: the best minimum, how often, from how many starts, and in words."""

    minimum: Minimum
    starts: int
    hits: int
    settled: bool

    @property
    def words(self) -> str:
        """One sentence for a summary."""
        found = f"best minimum reached from {self.hits} of {self.starts} starts"
        if self.settled:
            return f"{found}; residuals without waves"
        return f"{found}; residuals keep waves, so another circuit or error structure is likely"


def search(model: Model, data: Data, *, first: int = 6, given: FloatArray | None = None) -> Search:
    """Search the global minimum for one spectrum.

    Parameters
    ----------
    first : int
        Starts of the first round; later rounds take three and six times as many.
    given : ndarray, shape (s, q), optional
        Starts of the caller's, tried beside those from the data.
    """
    pool = minimise(model, data, _with(given, propose(model, data, first, COARSE)[0]))
    outcome = _judge(model, data, pool)
    for round_ in (1, 2):
        sharp = _spread(model, data, outcome.minimum) < _SHARP
        if outcome.settled and outcome.hits >= 2 and (sharp or round_ == 2):
            break
        fineness = FINE if round_ == 1 else COARSE
        finer = propose(model, data, 3 * first * round_, fineness)[0]
        moved = _moved(model, outcome.minimum.v[0], data.omega)
        pool = _joined(pool, minimise(model, data, np.concatenate([finer, moved])))
        before = outcome
        outcome = _judge(model, data, pool)
        if outcome.hits >= 3 and not outcome.settled and _same(before, outcome):
            break
    return outcome


def _spread(model: Model, data: Data, best: Minimum) -> float:
    """Largest standard deviation of a coordinate at the minimum."""
    freedom = max(2 * data.omega.size - best.v.shape[1], 1)
    size = np.sqrt(np.maximum(np.einsum("kii->ki", best.normal)[0], 1e-300))
    inverse = np.linalg.inv(best.normal[0] / np.outer(size, size) + 1e-12 * np.eye(size.size))
    deviation = np.sqrt(np.abs(np.diag(inverse)) * best.cost[0] / freedom) / size
    return float(deviation.max())


def _same(a: Search, b: Search) -> bool:
    return bool(a.minimum.cost[0] <= b.minimum.cost[0] * (1 + _SAME))


def _with(given: FloatArray | None, starts: FloatArray) -> FloatArray:
    return starts if given is None else np.concatenate([np.atleast_2d(given), starts])


def _joined(a: Minimum, b: Minimum) -> Minimum:
    return Minimum(
        *(
            np.concatenate([getattr(a, name), getattr(b, name)])
            for name in ("v", "cost", "normal", "gradient", "converged")
        )
    )


def _judge(model: Model, data: Data, pool: Minimum) -> Search:
    floor = 1e-24 * data.magnitude[0]
    # Of equals the first: the caller's start keeps its order of arcs.
    equal = pool.cost <= pool.cost.min() * (1 + 1e-6) + floor
    best = pool.rows([int(np.argmax(equal))])
    hits = int(np.sum(pool.cost <= best.cost[0] * (1 + _SAME) + floor))
    waves = autocorrelation(model, data, best.v)[0]
    settled = bool(waves < _WAVES or best.cost[0] <= floor)
    return Search(best, len(pool.cost), hits, settled)


def autocorrelation(model: Model, data: Data, v: FloatArray) -> FloatArray:
    """Lag-one autocorrelation of the weighted residuals in standard deviations, shape (K,).

    Residuals are taken in the order of frequency, Re and Im each with its own neighbours.
    White residuals give about a standard normal number.
    """
    order = np.argsort(data.omega, kind="stable")
    residual = interleave(model.impedance(data.omega, v) - data.z) * data.weight
    pairs = residual.reshape(len(residual), -1, 2)[:, order]
    with np.errstate(all="ignore"):
        r = np.sum(pairs[:, 1:] * pairs[:, :-1], axis=(1, 2)) / np.sum(pairs**2, axis=(1, 2))
    return np.asarray(np.nan_to_num(r * np.sqrt(2 * data.omega.size)))


def _moved(model: Model, v: FloatArray, omega: FloatArray) -> FloatArray:
    """Move the time constant of one arc at a time over the window, all else kept."""
    low, high = -np.log(omega.max()), -np.log(omega.min())
    rows = []
    column = {i: k for k, i in enumerate(model.free)}
    times = [column[arc.q] for arc in model.arcs if arc.q in column]
    for k in times:
        for tau in np.linspace(low, high, 6):
            row = v.copy()
            row[k] = tau
            rows.append(row)
    return np.array(rows).reshape(-1, v.size)


def scored(model: Model, data: Data, v: FloatArray) -> Minimum:
    """Cost, normal matrix and gradient exactly at ``v`` (K, q)."""
    return assess(model, data, v, rescale=False)
