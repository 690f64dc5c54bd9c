"""Single points that decide a fit: they bend it, or widen the errors of all parameters.

They stand out from their neighbours without any circuit, and without them the circuit is met to
the noise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..optimise.levenberg_marquardt import minimise
from ..spectrum import FloatArray
from ..validation.kramers_kronig import KramersKronig
from ..weighting.residual_tests import MULTIPLE, misfit, outlier_words, robust_deviation
from .fitted_circuit import FittedCircuit

IntArray = npt.NDArray[np.intp]
# Share of the points up to which those that stand out are single ones.
_FEW = 0.1
# Robust deviations of so many neighbours by which a point is off.
_STANDS, _NEIGHBOURS = 8.0, 8


def outlier_remark(fit: FittedCircuit, measured: KramersKronig, noise: float) -> str:
    """Name the points that decide, or nothing.

    Parameters
    ----------
    measured
        What the spectrum shows without a circuit.
    noise : float
        Of the other points over |Z|, and their rounding.
    """
    points = measured.outliers
    if fit.loss != "linear" or fit.data.shared is not None:
        return ""
    if not 0 < points.size <= _FEW * len(fit.spectrum):
        return ""
    rest = fit.data.without(points)
    found = minimise(fit.model, rest, fit.v[None], iterations=20)
    with_them, without = (
        misfit((rest.z[0] - fit.model.impedance(rest.omega, v)[0]) / np.abs(rest.z[0]))
        for v in (fit.v[None], found.v)
    )
    freedom = max(fit.df_resid - 2 * points.size, 1)
    widened = fit.chi2 * freedom > MULTIPLE**2 * found.cost[0] * fit.df_resid
    if without > MULTIPLE * noise or not (widened or with_them > MULTIPLE * noise):
        return ""
    f, z = fit.spectrum.frequency_hz, fit.spectrum.impedance_ohm
    off = np.abs(z - fit.model.impedance(fit.spectrum.omega, found.v)[0]) / np.abs(z)
    named = [k for k in points if off[k] > _STANDS * _around(f, off, points, k)]
    return outlier_words(f[named], float(off[named].max())) if named else ""


def _around(f: FloatArray, off: FloatArray, points: IntArray, k: int) -> float:
    """Robust deviation of ``off`` (n,) at the points next to ``k``, without ``points``."""
    distance = np.abs(np.log(f / f[k]))
    distance[points] = np.inf
    return robust_deviation(off[np.argsort(distance, kind="stable")[:_NEIGHBOURS]])
