"""The objective of a fit at given parameters: what a stored result is held against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..circuits.circuit import Circuit
from ..errors import FitError
from ..spectrum import ComplexArray, Spectrum
from .copies import without_copies
from .correlated_errors import whitener
from .data import Data, interleave
from .weights import LAWS, ErrorStructure


def objective(
    spectrum: Spectrum,
    circuit: str | Circuit,
    parameters: Mapping[str, float],
    weight: str | ErrorStructure,
    at: Mapping[str, float] | None = None,
) -> float:
    """Sum over both parts of all points of ((Z - model) weight) squared; dimensionless.

    With an error structure it is r' V^-1 r, where V is the covariance of all parts: the
    deviations of the law, and what neighbouring points share above 1 MHz. Copies of a point count
    once, as in a fit.

    Parameters
    ----------
    parameters : mapping of str to float
        Every parameter of the circuit, in its unit.
    weight : {"modulus", "proportional", "unit"} or ErrorStructure
        A law that the data alone fix, or one that was read off residuals before.
    at : mapping of str to float, optional
        Parameters at whose impedance the error structure is taken; by default ``parameters``.

    Raises
    ------
    CircuitError
        If the circuit cannot be read or the parameters are not its own.
    FitError
        If the weight law is not one of those named.
    """
    if not isinstance(circuit, Circuit):
        circuit = Circuit(circuit)
    spectrum, _ = without_copies(spectrum)
    model = circuit.impedance(spectrum.frequency_hz, parameters)
    where = model if at is None else circuit.impedance(spectrum.frequency_hz, at)
    data = weighed(spectrum, weight, where)
    parts = interleave(spectrum.impedance_ohm - model) * data.weight[0]
    return float(np.sum(data.whitened(parts) ** 2))


def weighed(spectrum: Spectrum, weight: str | ErrorStructure, z: ComplexArray) -> Data:
    """Return a spectrum with the weights of a law; an error structure is taken at ``z`` (n,), ohm.

    Raises
    ------
    FitError
        If the weight law is not one that can be evaluated without a fit.
    """
    f, measured = spectrum.frequency_hz, spectrum.impedance_ohm
    if isinstance(weight, ErrorStructure):
        weights = np.repeat(1 / weight.random(f, z), 2)
        shared = whitener(f, z, weights, weight.instrument)
    elif weight in LAWS:
        weights, shared = LAWS[weight](measured), None
    else:
        raise FitError(
            f"weight {weight!r} is no law of the data alone; use {', '.join(LAWS)}, or the "
            "ErrorStructure of a fit"
        )
    return Data(spectrum.omega, measured[None], weights[None], shared)


def windowed(spectrum: Spectrum, window_hz: tuple[float, float] | None) -> Spectrum:
    """Keep the points of a spectrum inside a window (Hz, both ends included); None keeps all.

    Raises
    ------
    FitError
        If no point lies inside.
    """
    if window_hz is None:
        return spectrum
    low, high = window_hz
    inside = (spectrum.frequency_hz >= low) & (spectrum.frequency_hz <= high)
    if not inside.any():
        raise FitError(
            f"no point lies in the window {low:g} to {high:g} Hz; the spectrum reaches from "
            f"{spectrum.frequency_hz.min():g} to {spectrum.frequency_hz.max():g} Hz"
        )
    return Spectrum(
        spectrum.frequency_hz[inside], spectrum.impedance_ohm[inside], dict(spectrum.metadata)
    )
