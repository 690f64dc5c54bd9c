"""The fit of a given circuit to one spectrum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..circuits.bounds import Bounds
from ..circuits.circuit import Circuit
from ..circuits.elements import Element
from ..circuits.model import Model
from ..errors import FitError
from ..optimise.levenberg_marquardt import Minimum, minimise
from ..optimise.multistart import FIRST, NEAR, ROUGH, Search, apart, scored, search, single
from ..optimise.other_minima import reselected
from ..optimise.restricted import free_starts
from ..optimise.reweighting import follow_loss, follow_structure
from ..optimise.starts import propose
from ..optimise.with_priors import reweighted, search_with_priors
from ..spectrum import FloatArray, Spectrum, require_spectrum
from ..weighting.copies import without_copies
from ..weighting.data import Data
from ..weighting.weights import ErrorStructure
from .options import (
    Priors,
    Ties,
    initial_weight,
    model_of,
    require_loss,
    require_numbers,
    require_points,
    require_stated,
)
from .result import CircuitFit

IntArray = npt.NDArray[np.intp]


def fit_circuit(
    spectrum: Spectrum,
    circuit: str | Circuit,
    *,
    weight: str | npt.ArrayLike = "modulus",
    loss: str | None = None,
    high_frequency_error: float = 0.0,
    fix: Mapping[str, float] | None = None,
    tie: Ties | None = None,
    prior: Priors | None = None,
    bounds: Bounds | None = None,
    start: Mapping[str, float] | None = None,
    starts: int | None = None,
    elements: Sequence[Element] = (),
) -> CircuitFit:
    """Fit a given circuit to one spectrum; parameters and errors as in ``metastudy.eis.fit``."""
    require_spectrum(spectrum)
    points = len(spectrum)
    spectrum, kept = without_copies(spectrum)
    if kept.size < points and not isinstance(weight, str) and np.shape(weight) == (points,):
        weight = np.asarray(weight)[kept]
    require_stated(high_frequency_error, weight)
    require_numbers(fix=fix, start=start)
    model = model_of(circuit, fix, tie, elements, prior, bounds)
    require_points(spectrum, model)
    if starts is not None and (not isinstance(starts, int) or starts < 1):
        raise FitError(f"starts = {starts!r} is not a whole number of at least 1")
    loss = "linear" if loss is None else loss
    require_loss(loss)
    omega, z = spectrum.omega, spectrum.impedance_ohm
    base = initial_weight(weight, z)
    data = Data(omega, z[None], base[None])
    own = _start(model, data, start)
    alone = own is not None and starts == 1
    if own is not None and alone:
        found = single(model, data, own)
    else:
        given = joined(own, free_starts(model, data))
        found = search(model, data, first=starts or FIRST, given=given)
    if model.priors and not alone:
        found, data = search_with_priors(model, data, found, given)
    elif model.priors:
        found, data = reweighted(model, data, found)
    structure: ErrorStructure | None = None
    if isinstance(weight, str) and weight == "structure":
        found, data, structure = follow_structure(model, data, found, high_frequency_error)
        if not alone:
            found = reselected(model, data, found)
            found, data, structure = follow_structure(model, data, found, high_frequency_error)
    before_loss = data.weight[0]
    if loss != "linear":
        found, data = follow_loss(model, data, found, loss)
    if model.priors:
        found, data = reweighted(model, data, found)
    found = _ordered(model, data, found, keep=start is not None)
    return CircuitFit(
        spectrum=spectrum,
        model=model,
        minimum=_polished(model, data, found),
        search=found,
        weights=data.weight[0],
        base_weights=before_loss,
        weight_law=weight if isinstance(weight, str) else "given",
        loss=loss,
        structure=structure,
        shared=data.shared,
        variance=data.variance,
    )


def joined(*starts: FloatArray | None) -> FloatArray | None:
    """Rows of starts (s, q) after one another, None where there are none."""
    given = [rows for rows in starts if rows is not None]
    return np.concatenate(given) if given else None


def _start(model: Model, data: Data, start: Mapping[str, float] | None) -> FloatArray | None:
    """Coordinates (1, q) of the caller's start, missing parameters taken from the data."""
    if start is None:
        return None
    model.circuit.require(start)
    natural = model.natural(propose(model, data, 1)[0])[0]
    natural = np.array(
        [start.get(name, value) for name, value in zip(model.circuit.names, natural, strict=True)]
    )
    return model.coordinates(model.circuit.values(natural.tolist())[None])


def _polished(model: Model, data: Data, found: Search) -> Minimum:
    """Finish without variable projection: exact residuals, down to rounding."""
    near = found.minimum if found.minimum.converged[0] else minimise(model, data, found.minimum.v)
    best = minimise(model, data, near.v, rescale=False, tolerance=1e-13, iterations=40)
    if best.cost[0] > found.minimum.cost[0]:
        best = scored(model, data, found.minimum.v)
    return best


def _ordered(model: Model, data: Data, found: Search, *, keep: bool) -> Search:
    """Put interchangeable arcs in the order of rising time constant, or all minima in one order.

    Other minima are evaluated again under the final weights, and only true ones are kept: the
    same minimum with two arcs exchanged is not another one.
    """
    best = found.minimum
    if not keep:
        best = _permuted(best, arc_order(model, best.v)[0])
    if not found.others.cost.size:
        return replace(found, minimum=best)
    v = best.v
    rows: list[FloatArray] = []
    freedom = max(2 * data.omega.size - v.size, 1)
    metric = best.normal * freedom / max(float(best.cost[0]), 1e-300)
    order = arc_order(model, found.others.v, like=v[0])
    for other in np.take_along_axis(found.others.v, order, axis=1):
        if apart(other - np.array([v[0], *rows]), metric).all():
            rows.append(other)
    others = best.rows([])
    if rows:
        others = minimise(model, data, np.array(rows), iterations=20, tolerance=ROUGH)
        near = (others.cost - best.cost[0]) * freedom < NEAR * best.cost[0]
        others = others.rows(np.flatnonzero(near))
    return replace(found, minimum=best, others=others)


def _permuted(at: Minimum, order: IntArray) -> Minimum:
    """One minimum with its coordinates in another order (q,)."""
    if np.array_equal(order, np.arange(order.size)):
        return at
    return Minimum(
        at.v[:, order],
        at.cost,
        at.normal[:, order[:, None], order],
        at.gradient[:, order],
        at.converged,
    )


def arc_order(model: Model, v: FloatArray, like: FloatArray | None = None) -> IntArray:
    """Order of the coordinates (K, q) that sorts the free arcs in series by time constant.

    With ``like`` (q,), time constants rank as they do there.
    """
    column = {i: k for k, i in enumerate(model.free)}
    out = np.tile(np.arange(v.shape[1]), (len(v), 1))
    for group in model.interchangeable:
        times = [column[arc.q] for arc in group]
        order = np.argsort(v[:, times], axis=1, kind="stable")
        if like is not None:
            order = order[:, np.argsort(np.argsort(like[times], kind="stable"))]
        for part in range(2 if group[0].n is None else 3):
            where = [column[(arc.r, arc.q, arc.n)[part] or 0] for arc in group]
            out[:, where] = np.asarray(where)[order]
    return out
