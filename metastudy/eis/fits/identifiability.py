"""What a spectrum determines of each parameter, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..circuits.model import Model
from ..numerics.normal_matrix import tangents
from ..optimise.levenberg_marquardt import minimise
from ..optimise.multistart import scored
from ..spectrum import FloatArray
from ..weighting.data import BoolArray
from .fitted_circuit import FittedCircuit
from .intervals import half_widths

# Half-width of the 95 % interval relative to the value (absolute, of an exponent).
DETERMINED = 0.10
# ln of a factor e. A parameter is not determined where the half-width of its 95 % interval is
# larger; a resistance of a series is known where its standard error is smaller.
UNDETERMINED = 1.0
# By the covariance: a half-width this small is not checked by a fit.
_CLEAR = 0.2
# Minima beside the best from which a way is tried.
_MINIMA = 3
# Parts of the way at which the others are fitted anew.
_PARTS = (0.3, 0.6, 1.0)
# The others are moved ahead by at most this much.
_FARTHEST = 1.0


def parameter_verdicts(fit: FittedCircuit) -> dict[str, str]:
    """Each parameter with what the spectrum determines of it.

    Judged by the covariance where the minimum is sharp, and by profiles where it is not.
    """
    half = fit.quantile(0.05) * np.sqrt(np.diag(fit.log_covariance))
    if not fit.is_sharp and fit.df_resid > 0:
        half = np.maximum(half, half_widths(fit))
    half[fit.at_limit] = np.inf
    words = verdicts(fit.circuit.names, half, fit.at_limit)
    return words | {name: f"on its bound {value:.6g}" for name, value in fit.on_bound.items()}


def verdicts(names: Sequence[str], relative: FloatArray, at_limit: BoolArray) -> dict[str, str]:
    """Each parameter with what is determined of it.

    Parameters
    ----------
    relative : ndarray, shape (p,)
        Half-width of the 95 % interval over the value (of an exponent: as it is); 0 if fixed.
    at_limit : ndarray of bool, shape (p,)
        Whether the estimate is on a limit of the parameter.
    """
    words = {}
    for name, half, limit in zip(names, relative, at_limit, strict=True):
        if half == 0.0:
            verdict = "fixed"
        elif limit:
            verdict = "at its limit"
        elif not np.isfinite(half) or half > UNDETERMINED:
            verdict = "not determined"
        elif half > DETERMINED:
            verdict = f"weakly determined (±{100 * half:.0f} %)"
        else:
            verdict = "determined"
        words[name] = verdict
    return words


def verdict_sentence(words: Mapping[str, str], correlation: FloatArray) -> str:
    """One sentence about all parameters, with the strongest correlation where one is lost."""
    lost = [name for name, word in words.items() if word == "not determined"]
    weak = [name for name, word in words.items() if word.startswith("weakly")]
    limit = [name for name, word in words.items() if word == "at its limit"]
    bound = [f"{name} {word}" for name, word in words.items() if word.startswith("on its bound")]
    if not (lost or weak or limit or bound):
        return "identifiable: every parameter within 10 %"
    parts = []
    if lost:
        parts.append(f"not identifiable: {', '.join(lost)} cannot be had from this spectrum")
    if weak:
        parts.append(f"weakly determined: {', '.join(weak)}")
    if limit:
        parts.append(f"at its limit: {', '.join(limit)}")
    if bound:
        parts.append(f"{', '.join(bound)}, as the caller set it: its interval ends there")
    names = list(words)
    off = np.abs(np.nan_to_num(correlation)) - np.eye(len(names))
    i, j = np.unravel_index(int(np.argmax(off)), off.shape)
    if off[i, j] > 0.95:
        first, second = sorted((int(i), int(j)))
        pair = f"{names[first]} and {names[second]} (r = {correlation[i, j]:+.3f})"
        parts.append(f"a combination of {pair} is determined better than either")
    return "; ".join(parts)


def undetermined(fit: FittedCircuit) -> tuple[str, ...]:
    """Name the parameters at a limit or those whose 95 % interval is wider than a factor e.

    These are the ones that ``parameter_verdicts`` calls "at its limit" and "not determined". A
    profile is not traced for that: a parameter is determined if the cost, minimised with the
    parameter held a factor e above and below its estimate, is beyond the likelihood's limit.
    Where several minima compete, a whole profile may find a way round that this does not.
    """
    names = fit.circuit.names
    half = fit.quantile(0.05) * np.sqrt(np.diag(fit.log_covariance))
    lost = ~(half <= UNDETERMINED)
    lost |= fit.at_limit
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
            lost[by_q] = _open(fit, fit.model.plain(), by_q)
    return tuple(name for name, one in zip(names, lost, strict=True) if one)


def _elsewhere(fit: FittedCircuit, i: int) -> bool:
    """Whether another minimum that is as good has parameter ``i`` far away."""
    here = fit.model.log_parameters(fit.v)[i]
    there = [fit.model.log_parameters(v)[i] for v in _as_good(fit)[1:]]
    return any(abs(value - here) > UNDETERMINED for value in there)


def _as_good(fit: FittedCircuit) -> list[FloatArray]:
    """Give the best minimum and the lowest others that the likelihood allows, each (q,)."""
    others = fit.search.others
    within = others.cost < _limit(fit)
    return [fit.v, *others.v[within][:_MINIMA]]


def _limit(fit: FittedCircuit) -> float:
    """Cost at the ends of a 95 % interval."""
    return fit.chi2 + fit.quantile(0.05) ** 2 * fit.residual_variance


def _open(fit: FittedCircuit, model: Model, positions: list[int]) -> BoolArray:
    """Whether the likelihood allows a factor e above or below the estimate, shape (p,)."""
    natural = np.array([fit.model.natural(v) for v in _as_good(fit)])
    minima = scored(model, fit.data, model.coordinates(natural))
    count, (known, width) = 2 * len(positions), minima.v.shape
    columns = np.tile(np.repeat([model.free.index(i) for i in positions], 2), known)
    rows = np.arange(columns.size)
    centre = minima.v[0, columns]
    change = np.tile([-UNDETERMINED, UNDETERMINED], columns.size // 2)
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
