"""Points that stand in a spectrum more than once to the last digit: copies, not measurements."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..spectrum import Spectrum

IntArray = npt.NDArray[np.intp]


def first_of_copies(spectrum: Spectrum) -> IntArray:
    """Position of the first point with the same numbers, shape (n,); its own where there is none.

    Single repeats may agree by chance in a few printed digits: points count as copies where at
    least half of those whose frequency is repeated are equal to an earlier one.
    """
    frequency, z = spectrum.frequency_hz, spectrum.impedance_ohm
    own = np.arange(frequency.size)
    repeated = frequency.size - np.unique(frequency).size
    if repeated == 0:
        return own
    points = np.column_stack([frequency, z.real, z.imag])
    _, first, which = np.unique(points, axis=0, return_index=True, return_inverse=True)
    firsts = first[which.ravel()]
    return firsts if np.sum(firsts != own) >= repeated / 2 else own


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
