"""The law of the noise that a fit leaves, and whether the circuit fits under weights of that law.

Weights that do not suit the noise let a few noisy points pull the whole curve, or make their own
residuals large: both look like a misfit of the circuit. Under weights of the noise's own law only
a true misfit is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..optimise.levenberg_marquardt import minimise
from ..optimise.multistart import autocorrelation, search
from ..spectrum import ComplexArray, FloatArray
from ..validation.measurement_model import measure
from ..weighting.data import Data, interleave
from ..weighting.residual_tests import MULTIPLE, in_waves, misfit, runs_test
from ..weighting.weights import error_structure, rounding_floor
from .fitted_circuit import FittedCircuit

# Lag-one autocorrelation of residuals in standard deviations: probability 1e-3 if white.
WAVES = 3.1
# Neighbouring points taken together, and how many times as large as without a circuit their
# residuals are where a part of the spectrum is missed.
_WINDOW, LOCALLY = 5, 5.0
# Twice the logarithm of a likelihood ratio that makes law and weights differ: with three more
# numbers in the law, and second differences that overlap, chance gives it in 1 % of spectra.
_DIFFERS = 20.0
# Of an exponent: nearer to 0 or 1 the noise is as good as constant, or in proportion to |Z|.
_NEAR = 0.15


@dataclass(frozen=True)
class NoiseLaw:
    """Standard deviation of Re and Im by |Z| and frequency.

    Attributes
    ----------
    exponent : float
        Of |Z|, that of the straight line through ln of the deviation.
    deviation : ndarray, shape (n,)
        In ohm, at least that of rounding.
    residual : ndarray, shape (n,)
        Measured minus the measurement model under this law, in ohm.
    points : ndarray of int, shape (m,)
        Those that count, by rising frequency.
    second : ndarray, shape (m - 2,)
        Second differences of their residuals in standard deviations of one, in ohm.
    """

    exponent: float
    deviation: FloatArray
    residual: ComplexArray
    points: npt.NDArray[np.intp]
    second: ComplexArray

    def differs(self, weights: FloatArray) -> bool:
        """Whether the noise is clearly not inverse to interleaved ``weights`` (2n,)."""
        middle = self.points[1:-1]
        own = np.repeat(1 / self.deviation[middle], 2)
        given = weights.reshape(-1, 2)[middle].ravel()
        return self._spread(given) - self._spread(own) > _DIFFERS

    def _spread(self, weights: FloatArray) -> float:
        """-2 ln of the likelihood of the second differences, up to a constant."""
        squares = (interleave(self.second) * weights) ** 2
        return float(squares.size * np.log(np.mean(squares)) - 2 * np.sum(np.log(weights)))

    def remark(self, weight_law: str) -> str:
        """Say that the noise is not as the weights of a fit have it, with better weights."""
        have = {"modulus": ", not |Z|", "unit": ", not constant"}.get(weight_law, "")
        exponent = self.exponent
        law, other = f"goes as |Z|^{exponent:.2g}", "weight='structure'"
        if exponent < _NEAR and weight_law != "unit":
            law, other = "is nearly constant in ohm", "weight='unit' or 'structure'"
        elif abs(exponent - 1) < _NEAR and weight_law != "modulus":
            law, other = "goes nearly as |Z|", "weight='modulus' or 'structure'"
        return (
            f"the noise {law}{have} as the weights have it, so intervals may not hold; under "
            f"weights of that law the circuit meets the points: use {other}"
        )


def noise_law(fit: FittedCircuit, without: npt.NDArray[np.intp]) -> NoiseLaw:
    """Read the law off second differences of the residuals, which a smooth misfit leaves alone.

    Parameters
    ----------
    without : ndarray of int
        Points that do not count.
    """
    frequency, z = fit.spectrum.frequency_hz, fit.spectrum.impedance_ohm
    order = np.argsort(frequency, kind="stable")
    kept = order[~np.isin(order, without)]
    left = fit.resid[kept]
    # White noise gives second differences six times its variance.
    second = (left[2:] - 2 * left[1:-1] + left[:-2]) / np.sqrt(6)
    structure = error_structure(frequency[kept][1:-1], z[kept][1:-1], second)
    floor = rounding_floor(z).reshape(-1, 2).max(axis=1)
    deviation = np.maximum(structure.random(frequency, z), floor)
    model = measure(fit.spectrum.omega[kept], z[kept], np.repeat(1 / deviation[kept], 2))
    residual = np.zeros_like(z)
    residual[kept] = z[kept] - model.fitted
    slope = float(np.polyfit(np.log(np.abs(z[kept])), np.log(deviation[kept]), 1)[0])
    return NoiseLaw(slope, deviation, residual, kept, second)


def meets(fit: FittedCircuit, law: NoiseLaw) -> bool:
    """Whether the circuit meets the points, from the fit or a new search, under a law's weights."""
    data = Data(
        fit.spectrum.omega,
        fit.spectrum.impedance_ohm[None],
        np.repeat(1 / law.deviation, 2)[None],
    )
    near = minimise(fit.model, data, fit.minimum.v)
    return _has_shape(fit, law, data, near.v) or _has_shape(
        fit, law, data, search(fit.model, data).minimum.v
    )


def locally(share: ComplexArray) -> FloatArray:
    """Root mean square of both parts over neighbouring points, shape (n,)."""
    kernel = np.ones(min(_WINDOW, share.size))
    count = np.convolve(np.ones(share.size), kernel, mode="same")
    return np.sqrt(np.convolve(np.abs(share) ** 2 / 2, kernel, mode="same") / count)


def _has_shape(fit: FittedCircuit, law: NoiseLaw, data: Data, v: FloatArray) -> bool:
    """Whether residuals at ``v`` (1, q) keep no waves above the noise, and no part is missed."""
    frequency = fit.spectrum.frequency_hz
    order = np.argsort(frequency, kind="stable")
    left = (data.z[0] - fit.model.impedance(data.omega, v)[0]) / law.deviation
    waves = autocorrelation(fit.model, data, v)[0] > WAVES or in_waves(runs_test(frequency, left))
    if waves and misfit(left) > MULTIPLE:
        return False
    without = np.maximum(locally((law.residual / law.deviation)[order]), 1.0)
    return bool(np.all(locally(left[order]) <= LOCALLY * without))
