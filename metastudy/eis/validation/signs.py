"""Signs that were turned on the way to the spectrum: what shows them, and the remedy."""

from __future__ import annotations

import numpy as np

from ..spectrum import Spectrum

# Share of points with a negative part that counts as everywhere.
_EVERYWHERE = 0.9


def sign_remark(spectrum: Spectrum) -> str:
    """Say which signs of a spectrum seem turned, with the remedy, or nothing."""
    z = spectrum.impedance_ohm
    if np.mean(z.real < 0) > _EVERYWHERE:
        where = "everywhere" if np.all(z.real < 0) else "at nearly every point"
        both = np.mean(z.imag > 0) > 0.5
        which = "both signs seem" if both else "its sign seems"
        remedy = "-spectrum.impedance_ohm" if both else "-spectrum.impedance_ohm.conj()"
        return (
            f"Re Z is negative {where}, which no passive cell has: {which} turned, so try "
            f"eis.Spectrum(spectrum.frequency_hz, {remedy})"
        )
    if np.mean(z.imag > 0) > _EVERYWHERE:
        where = "everywhere" if np.all(z.imag > 0) else "at nearly every point"
        return (
            f"Im Z is positive {where}, as if the cell were inductive: if its sign is turned, try "
            "eis.Spectrum(spectrum.frequency_hz, spectrum.impedance_ohm.conj())"
        )
    return ""
