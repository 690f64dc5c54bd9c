"""Errors that neighbouring points share: an instrument that goes off smoothly above 1 MHz.

An error of amplitude and phase that is one smooth curve does not average out over points, as
independent errors would. The measured impedance is Z (1 + e(f)) plus noise, where e is a complex
Gaussian process whose real and imaginary part have the standard deviation stated at 7 MHz, zero
up to 1 MHz, and are alike over about a decade of frequency. Its shape is not assumed further.
With the covariance of the 2n weighted parts I + A A', the residuals are multiplied by its
inverse root, I - H H': generalised least squares (Aitken 1935, Proc. R. Soc. Edinb. 55, 42).
"""

from __future__ import annotations

import numpy as np

from ..spectrum import ComplexArray, FloatArray
from .data import interleave
from .weights import rise

# Over how much of ln f the error stays alike: a decade.
ALIKE = np.log(10.0)
# Modes of the process below this share of its variance are left out.
_NEGLIGIBLE = 1e-6


def modes(frequency_hz: FloatArray, stated: float) -> FloatArray:
    """Return smooth curves (m, n) whose sum with standard normal factors is Re e or Im e."""
    size = stated * rise(frequency_hz)
    apart = np.subtract.outer(np.log(frequency_hz), np.log(frequency_hz)) / ALIKE
    covariance = np.outer(size, size) * np.exp(-(apart**2) / 2)
    values, vectors = np.linalg.eigh(covariance)
    kept = values > _NEGLIGIBLE * max(float(values.max()), 1e-300)
    return np.asarray((vectors[:, kept] * np.sqrt(values[kept])).T)


def whitener(
    frequency_hz: FloatArray, z: ComplexArray, weight: FloatArray, stated: float
) -> FloatArray | None:
    """Return H (2n, k) of the inverse root I - H H' of the covariance of weighted parts.

    Parameters
    ----------
    frequency_hz : ndarray, shape (n,)
    z : ndarray, shape (n,)
        Impedance of a fit, ohm.
    weight : ndarray, shape (2n,)
        Inverse standard deviations (1/ohm) of the independent errors alone, interleaved.
    stated : float
        Relative error at 7 MHz.

    Returns
    -------
    ndarray or None
        None where no point lies above 1 MHz or nothing is stated.
    """
    curves = modes(frequency_hz, stated) if stated > 0 else np.empty((0, frequency_hz.size))
    if not curves.size:
        return None
    # Amplitude moves Z along itself, phase at a right angle to it.
    shared = np.concatenate([interleave(curves * z), interleave(1j * curves * z)]) * weight
    left, size, _ = np.linalg.svd(shared.T, full_matrices=False)
    return np.asarray(left * np.sqrt(1 - 1 / np.sqrt(1 + size**2)))
