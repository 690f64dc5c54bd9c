"""What the numbers themselves say about sign, angle unit and representation.

A stable passive cell is nearly minimum-phase, so its phase follows the slope of its modulus:
phase(Z) = (pi/2) d ln|Z| / d ln(omega), exact for a constant phase element (Bode 1945; the local
term of the Z-HIT). Reading a column as another quantity, or with the wrong sign, breaks this.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

# On real spectra the true reading has a misfit of 0.03 to 0.4 and false ones 0.6 to 1.
ACCEPTED_MISFIT = 0.5
CLEARLY_BETTER = 1.5
# Correlation of phase and slope beyond which the sign of the imaginary part is settled;
# measured cells have 0.75 to 1.
CLEAR_CORRELATION = 0.6


def _phase_and_slope(
    frequency_hz: FloatArray, impedance: ComplexArray
) -> tuple[FloatArray, FloatArray] | None:
    """Return phase and its prediction from the slope (rad), or ``None`` if there is no sweep."""
    modulus = np.abs(impedance)
    usable = (frequency_hz > 0) & (modulus > 0) & np.isfinite(modulus) & np.isfinite(frequency_hz)
    log_f, where = np.unique(np.log(frequency_hz[usable]), return_inverse=True)
    if log_f.size < 5 or np.diff(log_f).min() < 1e-6:
        return None
    count = np.bincount(where)
    log_modulus = np.bincount(where, np.log(modulus[usable])) / count
    phase = np.bincount(where, np.angle(impedance[usable])) / count
    return phase, np.gradient(log_modulus, log_f) * (np.pi / 2)


def misfit(frequency_hz: FloatArray, impedance: ComplexArray) -> float:
    """Disagreement of phase and slope: 0 is perfect, 1 as bad as the opposite sign."""
    both = _phase_and_slope(frequency_hz, impedance)
    if both is None:
        return 1.0
    phase, slope = both
    scale = float(np.sum(np.abs(phase)) + np.sum(np.abs(slope)))
    return float(np.sum(np.abs(phase - slope))) / scale if scale > 0 else 1.0


def clear_winner(misfits: Mapping[str, float]) -> str | None:
    """Name the reading that fits, if it fits and every other one is clearly worse."""
    best, *others = sorted(misfits, key=misfits.__getitem__)
    if misfits[best] > ACCEPTED_MISFIT:
        return None
    if others and misfits[others[0]] < CLEARLY_BETTER * misfits[best]:
        return None
    return best


def contrary_sign(frequency_hz: FloatArray, impedance: ComplexArray) -> float | None:
    """Correlation of phase and slope if Im Z clearly has the wrong sign, otherwise ``None``.

    Clearly: anticorrelated, and of the size the slope predicts once the sign is turned. A
    resistor's small slope proves nothing.
    """
    correlation = _sign_correlation(frequency_hz, impedance)
    if correlation > -CLEAR_CORRELATION:
        return None
    return correlation if misfit(frequency_hz, np.conj(impedance)) < ACCEPTED_MISFIT else None


def _sign_correlation(frequency_hz: FloatArray, impedance: ComplexArray) -> float:
    """Correlation of phase and slope about zero; near -1 the imaginary part has the wrong sign."""
    both = _phase_and_slope(frequency_hz, impedance)
    if both is None:
        return 0.0
    phase, slope = both
    scale = float(np.sqrt(np.sum(phase**2) * np.sum(slope**2)))
    return float(np.sum(phase * slope)) / scale if scale > 0 else 0.0


def polar(modulus: FloatArray, phase_rad: FloatArray) -> ComplexArray:
    """Return modulus and phase (rad) as a complex impedance."""
    return np.asarray(modulus * np.exp(1j * phase_rad), dtype=np.complex128)
