"""Arcs under one identity along a series, in the coordinates of their fits.

``track_arcs`` says which arc of a fit is which; here the coordinates follow it. A fit that went to
another minimum (an arc lost, two arcs in exchanged roles) cannot be put right by renaming, so every
spectrum is also started from what the rest of the series expects of its arcs, and that minimum
is taken where it is as good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..circuits.arcs import Arc, find_arcs
from ..circuits.model import Model
from ..fits.identifiability import UNDETERMINED
from ..fits.result import CircuitFit
from ..optimise.levenberg_marquardt import minimise
from ..spectrum import FloatArray
from .global_least_squares import SeriesData
from .tracking import TOLERANCE_C, TOLERANCE_N, TOLERANCE_R, ArcSeries

# A minimum that fits the series may cost so much more, in residual variances: the 95 % point of
# the three parameters of one arc is 7.8.
_AS_GOOD = 8.0


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
    arcs = [arc for arc in model.arcs if _column(model, arc.r) is not None]
    if tracked is not None:
        v = _renamed(model, v, tracked)
    moved = []
    for _ in range(2):
        cost, _, normal = data.assess(model, v)
        weight = _precision(normal)
        again = [k for k in range(len(fits)) if _restart(model, data, v, weight, cost, arcs, x, k)]
        moved += again
        if not again:
            break
    _, _, normal = data.assess(model, v)
    return AlignedArcs(v, _precision(normal), tuple(sorted(set(moved))))


def _column(model: Model, parameter: int | None) -> int | None:
    return model.free.index(parameter) if parameter in model.free else None


def _renamed(model: Model, v: FloatArray, tracked: ArcSeries) -> FloatArray:
    """Coordinates with the arcs of each spectrum in the order of the series."""
    out = v.copy()
    arcs = find_arcs(model.circuit)
    for k, order in enumerate(tracked.order):
        for arc, source in zip(arcs, (arcs[i] for i in order), strict=True):
            if arc == source:
                continue
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


def _restart(
    model: Model,
    data: SeriesData,
    v: FloatArray,
    weight: FloatArray,
    cost: FloatArray,
    arcs: list[Arc],
    x: FloatArray,
    k: int,
) -> bool:
    """Start spectrum ``k`` from what the others expect; True where ``v[k]`` was moved there."""
    expected = v[k].copy()
    tolerance = np.ones_like(expected)
    for arc in arcs:
        found = _expected(model, v, weight, arc, x, k)
        if found is not None:
            columns, values, allowed = found
            expected[columns], tolerance[columns] = values, allowed
    if np.array_equal(expected, v[k]):
        return False
    start = np.clip(expected, model.low, model.high)
    other = minimise(model, data.one(k), start[None])
    there = float(np.sum(((other.v[0] - expected) / tolerance) ** 2))
    here = float(np.sum(((v[k] - expected) / tolerance) ** 2))
    better = other.cost[0] < cost[k] - 0.5
    nearer = other.cost[0] < cost[k] + _AS_GOOD and there < here - 1
    if better or nearer:
        v[k] = other.v[0]
    return bool(better or nearer)


def _expected(
    model: Model, v: FloatArray, weight: FloatArray, arc: Arc, x: FloatArray, k: int
) -> tuple[list[int], list[float], list[float]] | None:
    """Columns of an arc, their values by the other spectra, and how far they may be off."""
    r, t = _column(model, arc.r), _column(model, arc.q)
    if r is None or t is None:
        return None
    known = np.asarray((weight[:, [r, t]] > 1 / UNDETERMINED**2).all(axis=1))
    known[k] = False
    if known.sum() < 2 or np.ptp(x[known]) == 0:
        return None
    ln_r = predicted(x[known], v[known, r], weight[known, r], x[k])
    ln_c = np.average(v[known, t] - v[known, r], weights=_soft(weight[known, t], TOLERANCE_C))
    columns, values = [r, t], [ln_r, ln_r + float(ln_c)]
    allowed = [TOLERANCE_R, float(np.hypot(TOLERANCE_R, TOLERANCE_C))]
    n = _column(model, arc.n)
    if n is not None:
        columns.append(n)
        values.append(float(np.average(v[known, n], weights=_soft(weight[known, n], TOLERANCE_N))))
        allowed.append(TOLERANCE_N)
    return columns, values, allowed


def predicted(x: FloatArray, y: FloatArray, weight: FloatArray, at: float) -> float:
    """Line of ``y`` over ``x`` at ``at``; near points count more, each with a tolerance."""
    steps = 1 + np.abs(x - at) / max(float(np.abs(x - at).min()), 1e-12)
    w = 1 / (1 / weight + 0.5 * TOLERANCE_R**2 * steps)
    X = np.column_stack([np.ones_like(x), x - at])
    return float(np.linalg.solve(X.T @ (w[:, None] * X), X.T @ (w * y))[0])


def _soft(weight: FloatArray, tolerance: float) -> FloatArray:
    return np.asarray(1 / (1 / weight + tolerance**2))
