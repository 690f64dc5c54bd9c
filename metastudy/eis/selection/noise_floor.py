"""The least error that a spectrum can have, read off the digits in which it was written."""

from __future__ import annotations

import numpy as np

from ..numerics.rounding import rounding_error
from ..spectrum import FloatArray, Spectrum
from ..weighting.data import interleave

# Rounding times this: that of a few points is estimated from few, and errors of both add.
_MARGIN = 1.5
# Of |Z|: no instrument measures finer, and few fits end nearer to an exact spectrum.
_LEAST = 1e-9


def digits_floor(spectrum: Spectrum, weights: FloatArray) -> float:
    """Root mean square of the weighted rounding of both parts of all points.

    Under modulus weights it is a share of |Z|. Z was rounded, real and imaginary parts each in
    their own column, and so was the frequency, which moves Z along the spectrum.

    Parameters
    ----------
    weights : ndarray, shape (2n,)
        In 1/ohm, interleaved.
    """
    frequency, z = spectrum.frequency_hz, spectrum.impedance_ohm
    own = np.column_stack([rounding_error(z.real), rounding_error(z.imag)]).ravel()
    points, first = np.unique(frequency, return_index=True)
    along = np.zeros(2 * z.size)
    if points.size > 1:
        slope = np.gradient(z[first], np.log(points))
        at = slope[np.searchsorted(points, frequency)]
        along = np.repeat(rounding_error(frequency) / frequency, 2) * np.abs(interleave(at))
    rounded = np.hypot(own, along) * _MARGIN
    least = _LEAST * np.repeat(np.abs(z), 2)
    return float(np.sqrt(np.mean((np.maximum(rounded, least) * weights) ** 2)))
