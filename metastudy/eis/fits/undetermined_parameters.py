"""Parameters that a spectrum does not determine, without tracing their whole profiles."""

from __future__ import annotations

import numpy as np

from ..circuits.model import Model
from ..numerics.normal_matrix import tangents
from ..optimise.levenberg_marquardt import BoolArray, minimise
from ..optimise.multistart import scored
from ..spectrum import FloatArray
from ..weighting.residual_tests import WEAK
from .result import CircuitFit

# By the covariance: a half-width this far below WEAK is not asked again.
_CLEAR = 0.2
# Minima beside the best from which a way is tried.
_MINIMA = 3
# Parts of the way at which the others are fitted anew.
_PARTS = (0.3, 0.6, 1.0)
# The others are moved ahead by at most this much.
_FARTHEST = 1.0


def undetermined(fit: CircuitFit) -> tuple[str, ...]:
    """Name the parameters that stand at a limit or whose 95 % interval is wider than a factor e.

    These are the ones that ``identifiability`` calls "at its limit" and "not determined". A
    profile is not traced for that: a parameter is determined if the cost, minimised with the
    parameter held a factor e above and below its estimate, is beyond the likelihood's limit.
    Where several minima compete, a whole profile may find a way round that this does not.
    """
    names = fit.circuit.names
    half = fit.quantile(0.05) * np.sqrt(np.diag(fit.log_covariance))
    lost = ~(half <= WEAK)
    lost[[i for k, i in enumerate(fit.model.free) if _at_limit(fit, k)]] = True
    # Where minima compete, the curvature at one of them says little.
    clear = 0.0 if fit.search.others.cost.size else _CLEAR
    doubtful = [
        i for i in fit.model.free if not lost[i] and half[i] > clear and fit.model.is_log[i]
    ]
    if fit.df_resid > 0:
        for i in doubtful:
            lost[i] = _elsewhere(fit, i)
        in_arc = {arc.q for arc in fit.model.arcs}
        by_arcs = [i for i in doubtful if i not in in_arc and not lost[i]]
        by_q = [i for i in doubtful if i in in_arc and not lost[i]]
        if by_arcs:
            lost[by_arcs] = _open(fit, fit.model, by_arcs)
        if by_q:
            plain = Model(fit.circuit, fit.model.fixed, fit.model.tied, arcs=False)
            lost[by_q] = _open(fit, plain, by_q)
    return tuple(name for name, one in zip(names, lost, strict=True) if one)


def _at_limit(fit: CircuitFit, coordinate: int) -> bool:
    value = fit.v[coordinate]
    return bool(value <= fit.model.low[coordinate] or value >= fit.model.high[coordinate])


def _elsewhere(fit: CircuitFit, i: int) -> bool:
    """Whether another minimum that is as good has parameter ``i`` far away."""
    here = fit.model.log_parameters(fit.v)[i]
    there = [fit.model.log_parameters(v)[i] for v in _as_good(fit)[1:]]
    return any(abs(value - here) > WEAK for value in there)


def _as_good(fit: CircuitFit) -> list[FloatArray]:
    """Give the best minimum and the lowest others that the likelihood allows, each (q,)."""
    others = fit.search.others
    within = others.cost < _limit(fit)
    return [fit.v, *others.v[within][:_MINIMA]]


def _limit(fit: CircuitFit) -> float:
    """Cost at the ends of a 95 % interval."""
    return fit.chi2 + fit.quantile(0.05) ** 2 * fit.chi2_reduced


def _open(fit: CircuitFit, model: Model, positions: list[int]) -> BoolArray:
    """Whether the likelihood allows a factor e above or below the estimate, shape (p,)."""
    natural = np.array([fit.model.natural(v) for v in _as_good(fit)])
    minima = scored(model, fit.data, model.coordinates(natural))
    count, (known, width) = 2 * len(positions), minima.v.shape
    columns = np.tile(np.repeat([model.free.index(i) for i in positions], 2), known)
    rows = np.arange(columns.size)
    centre = minima.v[0, columns]
    change = np.tile([-WEAK, WEAK], columns.size // 2)
    held = np.zeros((columns.size, width), dtype=bool)
    held[rows, columns] = True
    here = minima.rows(np.repeat(np.arange(known), count))
    for part in _PARTS:
        value = centre + part * change
        tangent, _ = tangents(here.normal, columns)
        moved = tangent * (value - here.v[rows, columns])[:, None]
        start = here.v + np.clip(moved, -_FARTHEST, _FARTHEST)
        start[rows, columns] = value
        here = minimise(model, fit.data, start, held=held, tolerance=1e-6, iterations=40)
    inside = (here.cost < _limit(fit)).reshape(known, -1, 2)
    return np.asarray(inside.any(axis=(0, 2)))
