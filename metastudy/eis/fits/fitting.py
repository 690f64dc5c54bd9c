"""The fit of one circuit to one spectrum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from numbers import Real

import numpy as np
import numpy.typing as npt

from ..circuits.arcs import interchangeable_arcs
from ..circuits.circuit import Circuit
from ..circuits.elements import Element
from ..circuits.model import Model, Tie
from ..circuits.priors import read_priors
from ..errors import FitError
from ..optimise.levenberg_marquardt import Data, Minimum, minimise
from ..optimise.multistart import FIRST, NEAR, Search, apart, scored, search, single
from ..optimise.other_minima import reconsidered
from ..optimise.reweighting import follow_loss, follow_structure
from ..optimise.starts import propose
from ..optimise.with_priors import recalling, settled
from ..spectrum import ComplexArray, FloatArray, Spectrum, require_spectrum
from ..weighting.weights import LAWS, LOSSES, ErrorStructure, given
from .result import CircuitFit

IntArray = npt.NDArray[np.intp]
Priors = Mapping[str, tuple[float, float]]
Ties = Mapping[str, str | tuple[str, float]]


def fit(
    spectrum: Spectrum,
    circuit: str | Circuit | None = None,
    *,
    weight: str | npt.ArrayLike = "modulus",
    loss: str | None = None,
    high_frequency_error: float = 0.0,
    fix: Mapping[str, float] | None = None,
    tie: Ties | None = None,
    prior: Priors | None = None,
    start: Mapping[str, float] | None = None,
    starts: int | None = None,
    elements: Sequence[Element] = (),
) -> CircuitFit:
    """Fit an equivalent circuit by complex non-linear least squares; no start values needed.

    Parameters
    ----------
    spectrum : Spectrum
        Impedance of the whole cell in ohm.
    circuit : str or Circuit, optional
        ``R0-p(R1,CPE1)`` or ``R(RQ)``. Without it one is proposed from the data; the result's
        ``proposal`` says why.
    weight : {"modulus", "proportional", "unit", "structure"} or array_like
        Law of the standard deviations: proportional to |Z|, to each part, constant, or a law in
        |Z| and frequency read off the residuals (``ErrorStructure``); or the deviations
        themselves in ohm, shape (n,), real for both parts or complex. Their common factor is
        estimated in every case.
    loss : {"linear", "huber", "soft_l1", "cauchy"}, optional
        Loss on the residual of a point in robust standard deviations; all but the first keep
        single bad points from pulling the fit. By default linear, that is squares; where a circuit
        is proposed, Huber's if single points would decide it, and the reason says so.
    high_frequency_error : float
        Relative error of the instrument at 7 MHz, rising linearly from 1 MHz, as its maker states
        it (often 0.01 to 0.03): a smooth error that neighbouring points share (``systematic``),
        beside those read off the residuals, so it goes with ``weight="structure"``.
    fix : mapping of str to float, optional
        Parameters held at a value.
    tie : mapping of str to str or (str, float), optional
        ``{"CPE2_n": "CPE1_n"}`` or ``{"R2": ("R1", 2.0)}``: R2 = 2 R1.
    prior : mapping of str to (float, float), optional
        What is known beforehand, ``{"R1": (3000.0, 0.1)}``: a value in its unit and a relative
        standard deviation, of ln R1; for an exponent the standard deviation itself (``knowledge``).
    start : mapping of str to float, optional
        A start of your own, some or all parameters, tried beside those from the data. It also
        keeps the arcs in your order; otherwise interchangeable arcs stand by rising time
        constant.
    starts : int, optional
        Starts of the first round of the search, 6 by default; 1 with ``start`` is that start alone,
        without a search.
    elements : sequence of Element, optional
        Elements of your own in ``circuit``.

    Returns
    -------
    CircuitFit

    Raises
    ------
    CircuitError
        If the circuit cannot be read or has no such parameter.
    FitError
        If there are fewer data than parameters, or an option is not one of those named.
    """
    require_spectrum(spectrum)
    require_stated(high_frequency_error, weight)
    if circuit is None:
        from ..proposal.propose import propose_circuit

        if fix or tie or start or prior:
            raise FitError("fix, tie, prior and start name parameters, so they need a circuit")
        return propose_circuit(
            spectrum, weight=weight, loss=loss, high_frequency_error=high_frequency_error
        )
    require_numbers(fix=fix, start=start)
    model = model_of(circuit, fix, tie, elements, prior)
    circuit = model.circuit
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
        found = search(model, data, first=starts or FIRST, given=own)
    if model.known and not alone:
        found, data = recalling(model, data, found, own)
    elif model.known:
        found, data = settled(model, data, found)
    structure: ErrorStructure | None = None
    if isinstance(weight, str) and weight == "structure":
        found, data, structure = follow_structure(model, data, found, high_frequency_error)
        if not alone:
            found = reconsidered(model, data, found)
            found, data, structure = follow_structure(model, data, found, high_frequency_error)
    before_loss = data.weight[0]
    if loss != "linear":
        found, data = follow_loss(model, data, found, loss)
    if model.known:
        found, data = settled(model, data, found)
    found = _ordered(model, data, found, keep=start is not None)
    return CircuitFit(
        spectrum=spectrum,
        circuit=circuit,
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


def model_of(
    circuit: str | Circuit,
    fix: Mapping[str, float] | None,
    tie: Ties | None,
    elements: Sequence[Element],
    prior: Priors | None = None,
) -> Model:
    """Compile a circuit with its constraints; plain text is compiled once."""
    if isinstance(circuit, str) and not (fix or tie or elements or prior):
        return _plain_model(circuit)
    if not isinstance(circuit, Circuit):
        circuit = Circuit(circuit, elements)
    known = read_priors(circuit, prior, {*(fix or {}), *(tie or {})})
    return Model(circuit, fix, parse_ties(tie), known=known)


@lru_cache(maxsize=64)
def _plain_model(text: str) -> Model:
    return Model(Circuit(text))


def require_numbers(**given: object) -> None:
    """Refuse parameters that are not named numbers.

    Raises
    ------
    FitError
        With the keyword, the name and the value.
    """
    for keyword, values in given.items():
        if values is None:
            continue
        if not isinstance(values, Mapping):
            raise FitError(f"{keyword} is {values!r}; give numbers by name, as in {{'R1': 10.0}}")
        for name, value in values.items():
            if not isinstance(value, Real):
                raise FitError(f"{keyword}: {name} is {value!r}, which is not a number")


def require_points(spectrum: Spectrum, model: Model) -> None:
    """Refuse a fit with fewer real data than free parameters plus one.

    Raises
    ------
    FitError
        With both counts.
    """
    numbers = 2 * len(set(spectrum.frequency_hz.tolist()))
    if numbers <= len(model.free):
        raise FitError(
            f"circuit {model.circuit.text} has {len(model.free)} free parameters, but the spectrum "
            f"has {numbers} real numbers at distinct "
            "frequencies; fix parameters, choose a smaller circuit or measure more points"
        )
    if np.any(spectrum.impedance_ohm == 0):
        where = int(np.argmax(spectrum.impedance_ohm == 0))
        raise FitError(
            f"impedance_ohm[{where}] is exactly 0 ohm, which no instrument measures; leave it out"
        )


def require_loss(loss: str) -> None:
    """Refuse a loss that is not one of those named.

    Raises
    ------
    FitError
        With the names.
    """
    if loss not in ("linear", *LOSSES):
        raise FitError(f"loss {loss!r} is not known; use one of linear, {', '.join(LOSSES)}")


def require_stated(error: float, weight: str | npt.ArrayLike) -> None:
    """Refuse an error of the instrument that is none, or that no error structure stands beside.

    Raises
    ------
    FitError
        With the error.
    """
    known = isinstance(error, int | float) and 0 <= error < 1
    if not known or (error and not (isinstance(weight, str) and weight == "structure")):
        raise FitError(
            f"high_frequency_error = {error!r} is a relative error below 1 and goes "
            "with weight='structure'"
        )


def initial_weight(weight: str | npt.ArrayLike, z: ComplexArray) -> FloatArray:
    """Interleaved weights (2n,) of a law or of given deviations; "structure" begins as modulus.

    Raises
    ------
    FitError
        If the law is not known or the deviations do not fit the spectrum.
    """
    if not isinstance(weight, str):
        return given(weight, z.size)
    if weight == "structure":
        return LAWS["modulus"](z)
    if weight not in LAWS:
        raise FitError(
            f"weight {weight!r} is not known; use one of {', '.join(LAWS)}, structure, or the "
            "standard deviations in ohm"
        )
    return LAWS[weight](z)


def parse_ties(tie: Ties | None) -> dict[str, Tie]:
    """Read ties as they are written by hand.

    Raises
    ------
    FitError
        If one is neither a name nor a name and a factor.
    """
    ties = {}
    for name, other in (tie or {}).items():
        pair = (other, 1.0) if isinstance(other, str) else other
        if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)):
            raise FitError(
                f"tie of {name} is {other!r}; give another parameter, as in {{'R2': 'R1'}}, or one "
                "and a factor, as in {'R2': ('R1', 2.0)}"
            )
        ties[name] = Tie(*pair)
    return ties


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
        others = minimise(model, data, np.array(rows), iterations=20)
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
    for group in interchangeable_arcs(model):
        times = [column[arc.q] for arc in group]
        order = np.argsort(v[:, times], axis=1, kind="stable")
        if like is not None:
            order = order[:, np.argsort(np.argsort(like[times], kind="stable"))]
        for part in range(2 if group[0].n is None else 3):
            where = [column[(arc.r, arc.q, arc.n)[part] or 0] for arc in group]
            out[:, where] = np.asarray(where)[order]
    return out
