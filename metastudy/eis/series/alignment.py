"""Arcs under one identity along a series, in the coordinates of their fits.

``track_arcs`` says which arc of a fit is which; here the coordinates follow it. A fit that went to
another minimum (an arc lost, two arcs in exchanged roles) cannot be put right by renaming, so every
spectrum is also started from what most others agree on. That minimum is taken where it is lower,
or as good while the own one breaks the criterion of ``continuity`` and it does so less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..circuits.arcs import Arc, find_arcs
from ..circuits.model import Model
from ..fits.result import CircuitFit
from ..numerics.normal_matrix import covariance
from ..optimise.levenberg_marquardt import minimise
from ..spectrum import FloatArray
from .continuity import FACTOR_C, LOG_C, ArcValues, IntArray, breaks
from .global_least_squares import SeriesData
from .tracking import TOLERANCE_C, TOLERANCE_N, TOLERANCE_R, ArcSeries, arc_kinds, match_arcs

# A minimum that fits the series may cost so much more, in residual variances: the 95 % point of
# the three parameters of one arc is 7.8.
_AS_GOOD = 8.0
# A minimum that is lower by so much is another one.
_BETTER = 0.5


@dataclass(frozen=True)
class AlignedArcs:
    """Coordinates (K, q) of the spectra, the arcs in the order of the series; and their weights.

    ``moved`` are the spectra that were taken to another minimum than their own fit's.
    """

    v: FloatArray
    weight: FloatArray
    moved: tuple[int, ...]


def align_arcs(
    fits: list[CircuitFit], tracked: ArcSeries | None, data: SeriesData, x: FloatArray
) -> AlignedArcs:
    """Bring the fits of a series under one identity of arcs; ``x`` (K,) is 1/(kT)."""
    model = fits[0].model
    v = np.array([f.v for f in fits])
    if tracked is not None:
        v = _renamed(model, v, find_arcs(model.circuit), tracked.order)
    moved: set[int] = set()
    for _ in range(2):
        again = _restart_all(model, data, v, x)
        moved |= again
        if not again:
            break
        arcs = free_arcs(model)
        order, _ = match_arcs(arc_values(model, data, v, x), arc_kinds(model, arcs))
        v = _renamed(model, v, arcs, order)
    _, _, normal = data.assess(model, v)
    return AlignedArcs(v, _precision(normal), tuple(sorted(moved)))


def free_arcs(model: Model) -> list[Arc]:
    """Arcs whose resistance and time constant are both free."""
    return [arc for arc in model.arcs if arc.r in model.free and arc.q in model.free]


def arc_values(model: Model, data: SeriesData, v: FloatArray, x: FloatArray) -> ArcValues:
    """Values of the free arcs at coordinates ``v`` (K, q), with the errors of each spectrum."""
    _, _, normal = data.assess(model, v)
    inverse = np.array([covariance(one) for one in normal])
    return values_at(model, v, inverse, x)


def values_at(model: Model, v: FloatArray, inverse: FloatArray, x: FloatArray) -> ArcValues:
    """Values of the free arcs at ``v`` (K, q), whose covariances (K, q, q) are known."""
    arcs = free_arcs(model)
    values = np.ones((v.shape[0], len(arcs), 3))
    errors = np.zeros_like(values)
    for i, arc in enumerate(arcs):
        r, t = model.free.index(arc.r), model.free.index(arc.q)
        values[:, i, 0], values[:, i, 1] = v[:, r], v[:, t] - v[:, r]
        errors[:, i, 0] = inverse[:, r, r]
        errors[:, i, 1] = inverse[:, r, r] + inverse[:, t, t] - 2 * inverse[:, r, t]
        n = _column(model, arc.n)
        if n is not None:
            values[:, i, 2], errors[:, i, 2] = v[:, n], inverse[:, n, n]
    return ArcValues(values, np.sqrt(np.maximum(errors, 0.0)), x)


def _column(model: Model, parameter: int | None) -> int | None:
    return model.free.index(parameter) if parameter in model.free else None


def _renamed(model: Model, v: FloatArray, arcs: Sequence[Arc], order: IntArray) -> FloatArray:
    """Coordinates with ``arcs`` of each spectrum in the order (K, m) of the series."""
    out = v.copy()
    for k, row in enumerate(order):
        for arc, source in zip(arcs, (arcs[i] for i in row), strict=True):
            for there, here in zip(
                (arc.r, arc.q, arc.n), (source.r, source.q, source.n), strict=True
            ):
                to, of = _column(model, there), _column(model, here)
                if to is not None and of is not None:
                    out[k, to] = v[k, of]
    return out


def _precision(normal: FloatArray) -> FloatArray:
    """Precision of each coordinate alone, the others free: shape (K, q)."""
    size = np.sqrt(np.maximum(np.einsum("kii->ki", normal), 1e-300))
    values, vectors = np.linalg.eigh(normal / (size[:, :, None] * size[:, None, :]))
    variance = np.einsum("kij,kj->ki", vectors**2, 1 / np.maximum(values, 1e-12)) / size**2
    return np.asarray(1 / variance)


def _restart_all(model: Model, data: SeriesData, v: FloatArray, x: FloatArray) -> set[int]:
    """Start each spectrum from what the others expect; those whose ``v`` (K, q) was moved."""
    cost, _, normal = data.assess(model, v)
    weight = _precision(normal)
    arcs = arc_values(model, data, v, x)
    everything = np.arange(len(v))
    moved = set()
    for k in everything.tolist():
        expected = expectation(model, arcs, v, weight, k)
        if not expected.parts:
            continue
        broken = bool(np.diagonal(breaks(arcs, k, arcs, everything))[expected.arcs].any())
        here = expected.misses(v[k])
        # What the series does not know of the others starts where this spectrum or a neighbour is.
        start = v[[k, *_beside(x, k)]]
        expected.put_into(start)
        others = minimise(model, data.one(k), np.clip(start, model.low, model.high))
        for at in np.argsort(others.cost).tolist():
            other, higher = others.v[at], others.cost[at] - cost[k]
            there = expected.misses(other)
            nearer = (there.far, there.distance) < (here.far, here.distance)
            contradicted = nearer and (broken or here.far > there.far)
            if higher < -_BETTER or (higher < _AS_GOOD and contradicted):
                v[k] = other
                moved.add(k)
                break
    return moved


@dataclass(frozen=True)
class Expectation:
    """What the other spectra expect of the arcs of one.

    ``parts`` holds, by the number of the arc among the free ones, the coordinates of ln R, ln tau
    and n and their expected values.
    """

    parts: dict[int, tuple[list[int], FloatArray]]

    @property
    def arcs(self) -> list[int]:
        """Arcs that are known."""
        return list(self.parts)

    def put_into(self, v: FloatArray) -> None:
        """Set the coordinates (..., q) of these arcs to what is expected."""
        for columns, values in self.parts.values():
            v[..., columns] = values

    def misses(self, v: FloatArray) -> Misses:
        """Compare coordinates ``v`` (q,) with what is expected."""
        off = [log_rc(v[columns] - values) for columns, values in self.parts.values()]
        tolerance = np.array([TOLERANCE_R, TOLERANCE_C, TOLERANCE_N])
        distance = sum(float(np.sum((one / tolerance[: one.size]) ** 2)) for one in off)
        return Misses(sum(is_far(one) for one in off), distance)


def log_rc(change: FloatArray) -> FloatArray:
    """Return changes of ln R, ln C (and n) from those of ln R, ln tau (and n)."""
    out = change.copy()
    out[1] -= out[0]
    return out


def is_far(off: FloatArray) -> bool:
    """Whether changes of ln R and ln C are beyond those of one arc along its series."""
    return bool(abs(off[0]) > 2 * TOLERANCE_R or abs(off[1]) > np.log(FACTOR_C))


@dataclass(frozen=True)
class Misses:
    """Arcs that are too far from what is expected, and the distance of all in tolerances."""

    far: int
    distance: float


def _beside(x: FloatArray, k: int) -> list[int]:
    """Spectra next to ``k`` in temperature, one or two."""
    by_x = np.argsort(x, kind="stable").tolist()
    place = by_x.index(k)
    return [by_x[i] for i in (place - 1, place + 1) if 0 <= i < len(by_x)]


def expectation(
    model: Model, arcs: ArcValues, v: FloatArray, weight: FloatArray, k: int
) -> Expectation:
    """Expect the arcs of spectrum ``k`` that most others agree on."""
    parts: dict[int, tuple[list[int], FloatArray]] = {}
    for i, arc in enumerate(free_arcs(model)):
        rows = np.flatnonzero(arcs.known[:, i])
        rows = _alike(rows[rows != k], arcs.values[:, i, LOG_C])
        x = arcs.x
        if rows.size < 2 or np.ptp(x[rows]) == 0:
            continue
        r, t = model.free.index(arc.r), model.free.index(arc.q)
        ln_r = predicted(x[rows], v[rows, r], weight[rows, r], x[k])
        ln_c = np.average(v[rows, t] - v[rows, r], weights=_soft(weight[rows, t], TOLERANCE_C))
        columns, values = [r, t], [ln_r, ln_r + float(ln_c)]
        n = _column(model, arc.n)
        if n is not None:
            columns.append(n)
            values.append(
                float(np.average(v[rows, n], weights=_soft(weight[rows, n], TOLERANCE_N)))
            )
        parts[i] = columns, np.array(values)
    return Expectation(parts)


def _alike(rows: IntArray, log_c: FloatArray) -> IntArray:
    """Rows whose capacitances agree, if they are the most; an arc without them has no identity."""
    if not rows.size:
        return rows
    near = np.abs(log_c[rows] - np.median(log_c[rows])) < np.log(FACTOR_C)
    return rows[near] if 2 * near.sum() > rows.size else rows[:0]


def predicted(x: FloatArray, y: FloatArray, weight: FloatArray, at: float) -> float:
    """Line of ``y`` over ``x`` at ``at``; near points count more, each with a tolerance."""
    steps = 1 + np.abs(x - at) / max(float(np.abs(x - at).min()), 1e-12)
    w = 1 / (1 / weight + 0.5 * TOLERANCE_R**2 * steps)
    X = np.column_stack([np.ones_like(x), x - at])
    return float(np.linalg.solve(X.T @ (w[:, None] * X), X.T @ (w * y))[0])


def _soft(weight: FloatArray, tolerance: float) -> FloatArray:
    return np.asarray(1 / (1 / weight + tolerance**2))
