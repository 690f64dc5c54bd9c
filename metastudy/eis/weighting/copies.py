"""Points that stand in a spectrum more than once with the same numbers: copies, not measurements.

Programs write copies with fewer digits too, so numbers are the same where they differ by no more
than the rounding of the one that is written more coarsely.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..numerics.rounding import rounding_error
from ..spectrum import ComplexArray, FloatArray, Spectrum

IntArray = npt.NDArray[np.intp]

# Frequencies of one point may differ by so much as written; |Z| in the last digits of arithmetic.
_SAME_FREQUENCY, _ARITHMETIC = 5e-5, 1e-9
# Rounding to fewer than about four digits may make different measurements equal.
_COARSEST = 5e-4
# Earlier points of one frequency that a point is compared with.
_BACK = 16


def first_of_copies(spectrum: Spectrum) -> IntArray:
    """Position of the first point with the same numbers, shape (n,); its own where there is none.

    Single repeats may agree by chance in a few printed digits: points count as copies where at
    least half of those whose frequency is repeated are equal to an earlier one.
    """
    f, z = spectrum.frequency_hz, spectrum.impedance_ohm
    own = np.arange(f.size)
    order = np.argsort(f, kind="stable")
    starts = np.r_[True, np.diff(f[order]) > _SAME_FREQUENCY * f[order][:-1]]
    group = np.empty(f.size, dtype=np.intp)
    group[order] = np.cumsum(starts) - 1
    repeated = f.size - int(starts.sum())
    if repeated == 0:
        return own
    by_group = np.lexsort((own, group))
    place = np.arange(f.size) - np.flatnonzero(starts)[group[by_group]]
    most = np.minimum(place, _BACK)
    error = _rounding(f[by_group], z[by_group], most)
    firsts = own.copy()
    for back in range(int(most.max()), 0, -1):
        later = np.flatnonzero(place >= back)
        same = _same(f[by_group], z[by_group], error, later, later - back)
        firsts[by_group[later[same]]] = by_group[later[same] - back]
    for one in by_group.tolist():  # the copy of a copy is that of the first
        firsts[one] = firsts[firsts[one]]
    return firsts if np.sum(firsts != own) >= repeated / 2 else own


def _rounding(f: FloatArray, z: ComplexArray, time: IntArray) -> FloatArray:
    """Half of the last place of f and |Z|, shape (n, 2), read off all points of one time."""
    half = np.zeros((f.size, 2))
    for one in range(int(time.max()) + 1):
        rows = np.flatnonzero(time == one)
        parts = rounding_error(np.concatenate([z[rows].real, z[rows].imag])).reshape(2, -1)
        half[rows] = np.column_stack([rounding_error(f[rows]), parts.max(axis=0)])
    return np.asarray(np.sqrt(3.0) * half)


def _same(
    f: FloatArray, z: ComplexArray, error: FloatArray, a: IntArray, b: IntArray
) -> npt.NDArray[np.bool_]:
    """Whether points ``a`` have the numbers of points ``b``."""
    coarser = 1.01 * np.maximum(error[a], error[b])
    size = np.abs(z[b])
    near = np.abs(f[a] - f[b]) <= np.maximum(coarser[:, 0], 1e-6 * f[b])
    written = np.where(coarser[:, 1] <= _COARSEST * size, coarser[:, 1], 0.0)
    largest = np.maximum(np.abs((z[a] - z[b]).real), np.abs((z[a] - z[b]).imag))
    return np.asarray(near & (largest <= written + _ARITHMETIC * size))


def without_copies(spectrum: Spectrum) -> tuple[Spectrum, IntArray]:
    """Return a spectrum with the first of equal points only, and the positions kept."""
    firsts = first_of_copies(spectrum)
    kept = np.flatnonzero(firsts == np.arange(firsts.size))
    if kept.size == firsts.size:
        return spectrum, kept
    metadata = dict(spectrum.metadata)
    metadata["copies_left_out"] = int(firsts.size - kept.size)
    frequency, z = spectrum.frequency_hz[kept], spectrum.impedance_ohm[kept]
    return Spectrum(frequency, z, metadata), kept
