"""What a caller may ask of a fit, read and refused where it makes no sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from numbers import Real

import numpy as np
import numpy.typing as npt

from ..circuits.bounds import Bounds, read_bounds
from ..circuits.circuit import Circuit
from ..circuits.elements import Element
from ..circuits.model import Model, Tie
from ..circuits.priors import read_priors
from ..errors import FitError
from ..spectrum import ComplexArray, FloatArray, Spectrum
from ..weighting.weights import LAWS, LOSSES, given

Priors = Mapping[str, tuple[float, float]]
Ties = Mapping[str, str | tuple[str, float]]


def model_of(
    circuit: str | Circuit,
    fix: Mapping[str, float] | None,
    tie: Ties | None,
    elements: Sequence[Element],
    prior: Priors | None = None,
    bounds: Bounds | None = None,
) -> Model:
    """Compile a circuit with its constraints; plain text is compiled once."""
    if isinstance(circuit, str) and not (fix or tie or elements or prior or bounds):
        return _plain_model(circuit)
    if not isinstance(circuit, Circuit):
        circuit = Circuit(circuit, elements)
    constrained = {*(fix or {}), *(tie or {})}
    priors = read_priors(circuit, prior, constrained)
    ranges = read_bounds(circuit, bounds, constrained)
    return Model(circuit, fix, parse_ties(tie), priors=priors, bounds=ranges)


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
    """Refuse an error of the instrument that is none, or without an error structure.

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
