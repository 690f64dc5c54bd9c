"""One impedance spectrum: frequency in Hz, complex impedance in ohm, Im Z < 0 when capacitive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import SpectrumError

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """An impedance spectrum as it was read: same points, same order.

    Parameters
    ----------
    frequency_hz : array_like, shape (n,)
        Frequency in Hz, positive and finite; any order, repeats allowed.
    impedance_ohm : array_like, shape (n,), complex
        Impedance in ohm of the whole cell (not per area); Im Z < 0 is capacitive.
    metadata : mapping, optional
        What the file says beside the numbers. Keys in use: ``temperature_c``,
        ``area_cm2_header``, ``instrument``, ``source``, ``sha256``, ``cycle``, ``notes``.
        Nothing in it enters a fit.

    Raises
    ------
    SpectrumError
        If the arrays are not one-dimensional, differ in length, are empty, or hold a
        frequency that is not positive or an impedance that is not finite; the message
        names the first such point.

    Notes
    -----
    The arrays are copies and read-only. Two spectra are equal if points and metadata are.

    Examples
    --------
    >>> from metastudy import eis
    >>> spectrum = eis.Spectrum([1e3, 1e2, 1e1], [10 - 1j, 20 - 5j, 30 - 2j])
    >>> len(spectrum), complex(spectrum.impedance_ohm[0])
    (3, (10-1j))
    """

    frequency_hz: FloatArray
    impedance_ohm: ComplexArray
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        frequency = _column(self.frequency_hz, "frequency_hz", np.float64)
        impedance = _column(self.impedance_ohm, "impedance_ohm", np.complex128)
        if frequency.size != impedance.size:
            raise SpectrumError(
                f"frequency_hz has {frequency.size} points and impedance_ohm {impedance.size}; "
                "a spectrum needs one impedance for each frequency"
            )
        if frequency.size == 0:
            raise SpectrumError("the spectrum has no points; give at least one frequency")
        _refuse(
            ~(np.isfinite(frequency) & (frequency > 0)),
            frequency,
            "frequency_hz",
            "frequencies are positive and finite, in Hz",
        )
        _refuse(
            ~np.isfinite(impedance),
            impedance,
            "impedance_ohm",
            "every impedance must be finite, in ohm; leave out the points that were not measured",
        )
        frequency.flags.writeable = False
        impedance.flags.writeable = False
        object.__setattr__(self, "frequency_hz", frequency)
        object.__setattr__(self, "impedance_ohm", impedance)
        object.__setattr__(self, "metadata", MappingProxyType(dict(self.metadata)))

    @property
    def omega(self) -> FloatArray:
        """Angular frequency 2 pi f in rad/s, shape (n,), in the order of the points."""
        return 2.0 * np.pi * self.frequency_hz

    def __len__(self) -> int:
        return int(self.frequency_hz.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spectrum):
            return NotImplemented
        return (
            np.array_equal(self.frequency_hz, other.frequency_hz)
            and np.array_equal(self.impedance_ohm, other.impedance_ohm)
            and dict(self.metadata) == dict(other.metadata)
        )

    def __hash__(self) -> int:
        return hash((self.frequency_hz.tobytes(), self.impedance_ohm.tobytes()))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled, and batches are sent to other processes.
        return (Spectrum, (self.frequency_hz, self.impedance_ohm, dict(self.metadata)))

    def __repr__(self) -> str:
        low, high = self.frequency_hz.min(), self.frequency_hz.max()
        source = self.metadata.get("source")
        where = f", source={source!r}" if source is not None else ""
        return f"Spectrum({len(self)} points, {low:.4g} to {high:.4g} Hz{where})"


def require_spectrum(given: object) -> None:
    """Refuse what is no spectrum, such as the path of a file.

    Raises
    ------
    SpectrumError
        Saying how a spectrum is had.
    """
    if not isinstance(given, Spectrum):
        raise SpectrumError(
            f"spectrum is {type(given).__name__}, not an eis.Spectrum; read a file with "
            "eis.read or build one with eis.Spectrum(frequency_hz, impedance_ohm)"
        )


def _column(values: object, name: str, dtype: type[np.generic]) -> npt.NDArray[Any]:
    """Copy ``values`` into one column of ``dtype``, or say why that is not possible."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise SpectrumError(
            f"{name} has shape {array.shape}; a spectrum is one column of shape (n,)"
        )
    if dtype is np.float64 and np.iscomplexobj(array):
        raise SpectrumError(f"{name} is complex; frequencies are real numbers in Hz")
    try:
        return np.array(array, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise SpectrumError(f"{name} is not a column of numbers: {error}") from error


def _refuse(bad: npt.NDArray[np.bool_], values: npt.NDArray[Any], name: str, rule: str) -> None:
    """Raise for the first point marked ``bad``, naming it, its value and the rule."""
    if bad.any():
        first = int(np.argmax(bad))
        raise SpectrumError(
            f"{name}[{first}] is {values[first]} ({int(bad.sum())} such of {bad.size}); {rule}"
        )
