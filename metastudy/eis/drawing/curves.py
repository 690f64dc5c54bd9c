"""What is drawn, as arrays and labels: measured points, fitted lines, resistances of a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..circuits.circuit import Circuit
from ..spectrum import ComplexArray, FloatArray


@dataclass(frozen=True)
class FitCurves:
    """A fitted spectrum as arrays: n measured points and a line of m.

    Attributes
    ----------
    circuit, parameters
        From which the arcs are drawn; parameters by name, in their units.
    frequency_hz, measured_ohm, fitted_ohm : ndarray, shape (n,)
    fine_hz, line_ohm : ndarray, shape (m,)
        Impedance of the fit at frequencies for a smooth line.
    outliers : sequence of int
        Positions of points that stand out.
    residual_words : str
        One line above the residuals.
    """

    circuit: Circuit
    parameters: Mapping[str, float]
    frequency_hz: FloatArray
    measured_ohm: ComplexArray
    fitted_ohm: ComplexArray
    fine_hz: FloatArray
    line_ohm: ComplexArray
    outliers: Sequence[int] = ()
    residual_words: str = ""


def fine_frequencies(frequency_hz: FloatArray) -> FloatArray:
    """Frequencies (Hz) for a smooth line over those that were measured."""
    low, high = np.log10(frequency_hz.min()), np.log10(frequency_hz.max())
    return np.asarray(np.logspace(low, high, 500))


@dataclass(frozen=True)
class SeriesPoints:
    """One resistance along a series.

    Attributes
    ----------
    name : str
    temperature_c, r_ohm, lower, upper, c_f : ndarray, shape (m,)
        With the 95 % interval, and the capacitance of its arc (NaN where there is none).
    determined : ndarray of bool, shape (m,)
    """

    name: str
    temperature_c: FloatArray
    r_ohm: FloatArray
    lower: FloatArray
    upper: FloatArray
    c_f: FloatArray
    determined: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LineCurve:
    """The line of a resistance (ohm, shape (m,)) over temperature (degC), with its legend.

    ``held`` says whether the resistances were held on it.
    """

    name: str
    temperature_c: FloatArray
    r_ohm: FloatArray
    legend: str
    held: bool
