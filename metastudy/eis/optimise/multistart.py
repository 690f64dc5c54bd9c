"""Search for the global minimum: starts in rounds, until it has been found twice and fits.

A search is over when the best minimum was reached from at least two starts and its residuals
are not autocorrelated: a local minimum with an arc in the wrong place leaves waves. Otherwise,
and where the minimum is flat in some parameter, finer starts and starts with one arc moved,
split or exchanged with another follow. They race: a start that cannot reach the lowest is left
behind, and the best is finished by the fit. What the last round left is reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..circuits.model import Model
from ..spectrum import FloatArray
from ..weighting.data import BoolArray, Data, interleave
from .levenberg_marquardt import SAME, Minimum, assess, minimise
from .moved_starts import moved_starts
from .shunts import shunt_starts
from .starts import COARSE, FINE, Fineness, propose

# Lag-one autocorrelation of residuals, in standard deviations, that counts as waves.
WAVES = 2.5
# Starts of the first round that end it by agreeing.
_AGREE = 3
# Starts that must reach a minimum which a later round finds first.
_NEW = 6
# Starts of the first round, and how many times as many the next has.
FIRST, MORE = 6, 5
# Other minima kept, how near in (S - S_min)/s^2, and what makes them other.
MOST_OTHERS, NEAR, _APART = 12, 12.0, 1.0
# Later rounds stop a row at 1e-5 of its cost, a thousandth of one residual variance; the fit
# goes on from the best. Steps of a round.
ROUGH, STEPS = 1e-5, 16
# A minimum this sharp in every coordinate has no neighbour that fits as well.
SHARP = 0.1


@dataclass(frozen=True)
class Search:
    """What a search found: the best minimum, how often, from how many starts, and in words.

    ``others`` are the other minima that come near it: (S - S_min)/s^2 below ``NEAR``.
    """

    minimum: Minimum
    starts: int
    hits: int
    settled: bool
    others: Minimum

    @property
    def words(self) -> str:
        """One sentence for a summary."""
        found = f"best minimum reached from {self.hits} of {self.starts} starts"
        if self.settled:
            return found
        return f"{found}; residuals keep waves, so another circuit or error structure is likely"


def search(
    model: Model, data: Data, *, first: int = FIRST, given: FloatArray | None = None
) -> Search:
    """Search the global minimum for one spectrum.

    Parameters
    ----------
    first : int
        Starts of the first round; later rounds take five times as many.
    given : ndarray, shape (s, q), optional
        Starts of the caller's, tried beside those from the data.
    """
    starts = propose(model, data, first, COARSE)[0]
    shunted = shunt_starts(model, data, first)
    if shunted is not None:
        starts = np.concatenate([starts, shunted])
    pool = minimise(model, data, _with(given, starts), agree=_AGREE, iterations=STEPS)
    best = _lowest(data, pool)
    if spread(data, best)[0] < SHARP:
        outcome = _judge(model, data, pool)
        if outcome.settled and outcome.hits >= 2:
            return outcome
    pool = _widened(model, data, pool, best, (MORE * first, FINE))
    outcome = _judge(model, data, pool)
    if best.cost[0] <= outcome.minimum.cost[0] * (1 + SAME):
        enough = outcome.hits >= (2 if outcome.settled else 3)
    else:
        # No part of a minimum that was not the best before has been moved.
        enough = outcome.settled and outcome.hits >= _NEW
    if enough:
        return outcome
    return _judge(model, data, _widened(model, data, pool, outcome.minimum, (MORE * first, COARSE)))


def _widened(
    model: Model, data: Data, pool: Minimum, best: Minimum, more: tuple[int, Fineness]
) -> Minimum:
    """Minimise from more starts too: from the data, and from the best with a part moved."""
    finer = propose(model, data, *more)[0]
    starts = np.concatenate([best.v, finer, moved_starts(model, data, best.v[0])])
    # The best goes on in place of itself, so that it counts once.
    pool = pool.rows(np.flatnonzero((pool.v != best.v).any(axis=1)))
    return _joined(pool, _raced(model, data, starts))


def _raced(model: Model, data: Data, starts: FloatArray) -> Minimum:
    """Minimise from all starts, as far as it takes to tell which minima are worth keeping."""
    near = NEAR / max(2 * data.omega.size - starts.shape[1], 1)
    return minimise(model, data, starts, race=near, tolerance=ROUGH, iterations=STEPS)


def spread(data: Data, at: Minimum) -> FloatArray:
    """Largest standard deviation of a coordinate at each minimum, shape (K,)."""
    freedom = max(2 * data.omega.size - at.v.shape[1], 1)
    size = np.sqrt(np.maximum(np.einsum("kii->ki", at.normal), 1e-300))
    scaled = at.normal / (size[:, :, None] * size[:, None, :])
    inverse = np.linalg.inv(scaled + 1e-12 * np.eye(size.shape[1]))
    variance = np.abs(np.einsum("kii->ki", inverse)) * at.cost[:, None] / freedom
    return np.asarray((np.sqrt(variance) / size).max(axis=1))


def single(model: Model, data: Data, start: FloatArray) -> Search:
    """Minimise from one start (1, q), without a search."""
    return _judge(model, data, minimise(model, data, start))


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
    floor = _floor(data)
    best = _lowest(data, pool)
    hits = int(np.sum(pool.cost <= best.cost[0] * (1 + SAME) + floor))
    waves = autocorrelation(model, data, best.v)[0]
    settled = bool(waves < WAVES or best.cost[0] <= floor)
    return Search(best, len(pool.cost), hits, settled, near_minima(data, pool, best))


def _lowest(data: Data, pool: Minimum) -> Minimum:
    """Lowest row; of equals the first, so that the caller's start keeps its order of arcs."""
    equal = pool.cost <= pool.cost.min() * (1 + 1e-6) + _floor(data)
    return pool.rows([int(np.argmax(equal))])


def _floor(data: Data) -> float:
    """Cost that is nothing but arithmetic."""
    return 1e-24 * float(data.magnitude[0])


def near_minima(data: Data, pool: Minimum, best: Minimum) -> Minimum:
    """Select rows of the pool that are other minima, almost as low as the best."""
    freedom = max(2 * data.omega.size - best.v.shape[1], 1)
    near = (pool.cost - best.cost[0]) * freedom < NEAR * best.cost[0]
    metric = np.minimum(best.normal, pool.normal) * freedom / max(best.cost[0], 1e-300)
    candidates = np.flatnonzero(near & pool.converged & apart(pool.v - best.v, metric))
    rows: list[int] = []
    for k in candidates[np.argsort(pool.cost[candidates], kind="stable")].tolist():
        if apart(pool.v[k] - pool.v[rows], metric[[k]]).all():
            rows.append(k)
    return pool.rows(rows[:MOST_OTHERS])


def apart(change: FloatArray, metric: FloatArray) -> BoolArray:
    """Whether minima differ by more than the data leave open, shape (K,).

    ``change`` is (K, q), ``metric`` (K, q, q) or (1, q, q) the inverse covariance: a parameter
    without influence makes no difference.
    """
    distance = np.sqrt(np.abs(np.einsum("kii->ki", metric))) * np.abs(change)
    return np.asarray(distance.max(axis=1, initial=0.0) > _APART)


def autocorrelation(model: Model, data: Data, v: FloatArray) -> FloatArray:
    """Lag-one autocorrelation of the weighted residuals in standard deviations, shape (K,).

    Residuals are taken in the order of frequency, Re and Im each with its own neighbours.
    White residuals give about a standard normal number.
    """
    order = np.argsort(data.omega, kind="stable")
    residual = data.whitened(interleave(model.impedance(data.omega, v) - data.z) * data.weight)
    pairs = residual.reshape(len(residual), -1, 2)[:, order]
    with np.errstate(all="ignore"):
        r = np.einsum("knj,knj->k", pairs[:, 1:], pairs[:, :-1])
        r /= np.einsum("knj,knj->k", pairs, pairs)
    return np.asarray(np.nan_to_num(r * np.sqrt(2 * data.omega.size)))


def scored(model: Model, data: Data, v: FloatArray) -> Minimum:
    """Cost, normal matrix and gradient exactly at ``v`` (K, q)."""
    return assess(model, data, v, rescale=False)
