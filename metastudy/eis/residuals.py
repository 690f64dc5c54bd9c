"""The objective of a fit at given parameters: what a stored result is held against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .circuit import Circuit
from .errors import FitError
from .least_squares import interleave
from .spectrum import Spectrum
from .weights import LAWS


def objective(
    spectrum: Spectrum, circuit: str | Circuit, parameters: Mapping[str, float], weight: str
) -> float:
    """Sum over both parts of all points of ((Z - model) weight) squared; dimensionless.

    Parameters
    ----------
    parameters : mapping of str to float
        Every parameter of the circuit, in its unit.
    weight : {"modulus", "proportional", "unit"}
        A law that the data alone fix.

    Raises
    ------
    CircuitError
        If the circuit cannot be read or the parameters are not its own.
    FitError
        If the weight law is not one of those named.
    """
    if not isinstance(circuit, Circuit):
        circuit = Circuit(circuit)
    if weight not in LAWS:
        raise FitError(f"weight {weight!r} is no law of the data alone; use {', '.join(LAWS)}")
    residual = spectrum.impedance_ohm - circuit.impedance(spectrum.frequency_hz, parameters)
    return float(np.sum((interleave(residual) * LAWS[weight](spectrum.impedance_ohm)) ** 2))


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
