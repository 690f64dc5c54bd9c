"""What the numbers themselves say about sign, angle unit and representation.

A linear, stable cell obeys the Kramers-Kronig relations, so a sum of relaxations fits its real
and imaginary part together (Agarwal, Orazem, Garcia-Rubio, J. Electrochem. Soc. 139, 1917, 1992;
Boukamp, J. Electrochem. Soc. 142, 1885, 1995). Numbers read as another quantity, in another angle
unit or with the wrong sign do not obey them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from .sweeps import runs_of

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

# By benchmarks/bench_eis_nameless.py: of 4,800 tables without names these limits read five of six
# rightly, ask about the others and read none wrongly.
ACCEPTED_MISFIT = 0.3
CLEARLY_WORSE = 4.0
_TIMES_PER_DECADE = 1.5
_DECADES_BEYOND = 0.5


def misfit(frequency_hz: FloatArray, impedance: ComplexArray) -> float:
    """Share of Im Z that no sum of relaxations explains together with Re Z.

    Parameters
    ----------
    frequency_hz, impedance : array, shape (n,)
        Points as printed, in any unit of impedance; unusable ones are passed over. Of repeated
        sweeps the first is used.

    Returns
    -------
    float
        Root of the ratio of squares, weighted by the modulus: about the noise relative to Im Z for
        the right reading, of order 1 for a wrong one. Infinite where there is nothing to test.
    """
    usable = (frequency_hz > 0) & np.isfinite(frequency_hz) & np.isfinite(impedance)
    usable &= impedance != 0
    f, z = frequency_hz[usable], impedance[usable]
    if np.unique(f).size < 5:
        return np.inf
    first = runs_of(f, None, None)[0][0]
    f, z = f[first], z[first]
    w = 2 * np.pi * f
    span = float(np.log10(w.max()) - np.log10(w.min()))
    most = np.unique(f).size // 2
    times = max(3, int(min(_TIMES_PER_DECADE * (span + 2 * _DECADES_BEYOND), most)))
    tau = np.logspace(
        -np.log10(w.max()) - _DECADES_BEYOND, -np.log10(w.min()) + _DECADES_BEYOND, times
    )
    jw = 1j * w
    terms = [jw / w.max(), w.min() / jw, np.ones_like(jw), *(1 / (1 + jw * t) for t in tau)]
    weighted = np.column_stack(terms) / np.abs(z)[:, None]
    target = z / np.abs(z)
    rows = np.vstack([weighted.real, weighted.imag])
    values = np.concatenate([target.real, target.imag])
    imaginary = float(np.sum(target.imag**2))
    if imaginary == 0.0 or not np.all(np.isfinite(rows)) or not np.all(np.isfinite(values)):
        return np.inf
    weights, *_ = np.linalg.lstsq(rows, values, rcond=1e-6)
    negative = np.flatnonzero(weights[:2] < 0)
    if negative.size:  # no cell has a negative inductance or capacitance; a resistance may be
        rows = np.delete(rows, negative, axis=1)
        weights, *_ = np.linalg.lstsq(rows, values, rcond=1e-6)
    return float(np.sqrt(np.sum((values - rows @ weights) ** 2) / imaginary))


def clear_winner(misfits: Mapping[str, float]) -> str | None:
    """Name the reading that fits, if it fits and every other one is clearly worse."""
    best, *others = sorted(misfits, key=misfits.__getitem__)
    limit = CLEARLY_WORSE * misfits[best]
    if misfits[best] > ACCEPTED_MISFIT or any(misfits[name] < limit for name in others):
        return None
    return best


def contrary_sign(frequency_hz: FloatArray, impedance: ComplexArray) -> str | None:
    """Say in words that Im Z clearly has the wrong sign, otherwise ``None``."""
    misfits = {
        "as named": misfit(frequency_hz, impedance),
        "turned": misfit(frequency_hz, np.conj(impedance)),
    }
    if clear_winner(misfits) != "turned":
        return None
    return (
        f"Kramers-Kronig misfit {misfits['as named']:.2f} as named, {misfits['turned']:.2f} turned"
    )


def polar(modulus: FloatArray, phase_rad: FloatArray) -> ComplexArray:
    """Return modulus and phase (rad) as a complex impedance."""
    return np.asarray(modulus * np.exp(1j * phase_rad), dtype=np.complex128)
