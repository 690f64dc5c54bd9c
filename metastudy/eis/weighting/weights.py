"""Weight laws: the standard deviation that each real and imaginary part is given.

Weights are inverse standard deviations up to one common factor, which the fit estimates from
its residuals. They are interleaved (Re, Im, Re ...), shape (2n,), in 1/ohm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..errors import FitError
from ..numerics.rounding import rounding_error
from ..spectrum import ComplexArray, FloatArray
from .data import interleave

# Of |Z|: below this a real or imaginary part says nothing about its own error.
PROPORTIONAL_FLOOR = 0.01
HIGH_FREQUENCY = 1e6
# Of |Z|: what arithmetic leaves of 16 digits after logarithms and sums. Coarser rounding than the
# second shows in the residuals by itself.
ARITHMETIC, COARSEST = 1e-12, 1e-6
# A point that the fit all but passes through says nothing of its error.
MOST_LEVERAGE = 0.8
# Weights of single points by the size u of their residual in robust standard deviations.
LOSSES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "huber": lambda u: 1 / np.maximum(1.0, u / 1.345),
    "soft_l1": lambda u: 1 / np.sqrt(1 + u**2),
    "cauchy": lambda u: 1 / (1 + (u / 2.385) ** 2),
}


def modulus(z: ComplexArray) -> FloatArray:
    """Both parts with a standard deviation proportional to |Z|."""
    return np.repeat(1 / np.maximum(np.abs(z), 1e-300), 2, axis=-1)


def proportional(z: ComplexArray) -> FloatArray:
    """Each part with a standard deviation proportional to its own size, floored at 1 % of |Z|."""
    size = np.repeat(np.abs(z), 2, axis=-1)
    return 1 / np.maximum(np.abs(interleave(z)), np.maximum(PROPORTIONAL_FLOOR * size, 1e-300))


def unit(z: ComplexArray) -> FloatArray:
    """All parts with the same standard deviation, that of 1 ohm before the common factor."""
    return np.ones(2 * z.shape[-1])


LAWS: dict[str, Callable[[ComplexArray], FloatArray]] = {
    "modulus": modulus,
    "proportional": proportional,
    "unit": unit,
}


@dataclass(frozen=True)
class ErrorStructure:
    """A law of the errors, read off residuals: sd = scale |Z|^exponent max(1, f/1 MHz)^rise.

    In ohm, for each of Re and Im. The power of |Z| spans an absolute floor (exponent 0) and a
    relative error (exponent 1); above 1 MHz amplitude and phase of most instruments go off, which
    the second factor follows. Where |Z| spans two decades the power may bend upwards, by
    exp(bend ln^2(|Z|/centre)): a floor at one end and an overload at the other both do. After
    Orazem and Tribollet, Electrochemical Impedance Spectroscopy, ch. 21: the weights should follow
    the errors that there are.
    """

    scale: float
    exponent: float
    rise: float = 0.0
    instrument: float = 0.0
    bend: float = 0.0
    centre: float = 1.0

    def random(self, frequency_hz: FloatArray, z: ComplexArray) -> FloatArray:
        """Return the standard deviation in ohm of each part that is independent between points."""
        above = np.maximum(frequency_hz / HIGH_FREQUENCY, 1.0)
        size = np.abs(z)
        bent = np.exp(self.bend * np.log(size / self.centre) ** 2)
        return np.asarray(self.scale * size**self.exponent * above**self.rise * bent)

    def deviation(self, frequency_hz: FloatArray, z: ComplexArray) -> FloatArray:
        """Return the standard deviation in ohm of each part at impedance ``z``, all errors."""
        random = self.random(frequency_hz, z)
        return np.asarray(np.hypot(random, self.instrument * rise(frequency_hz) * np.abs(z)))

    @property
    def words(self) -> str:
        """The law as a formula."""
        above = f" (f/1 MHz)^{self.rise:.2f} above" if self.rise > 0 else ""
        if self.bend > 0:
            above = f" exp({self.bend:.2g} ln^2(|Z|/{self.centre:.3g} ohm)){above}"
        if self.instrument > 0:
            above += f", and {100 * self.instrument:g} % of |Z| at 7 MHz"
        return f"sd = {self.scale:.3g} |Z|^{self.exponent:.2f} ohm{above}"


def rounding_floor(z: ComplexArray) -> FloatArray:
    """Least standard deviation of Re and Im of ``z`` (n,) by the digits given, (2n,), in ohm."""
    size = np.repeat(np.abs(z), 2)
    return np.clip(rounding_error(interleave(z)), ARITHMETIC * size, COARSEST * size)


def rise(frequency_hz: FloatArray) -> FloatArray:
    """Rise of the instrument's error: 0 up to 1 MHz, 1 at 7 MHz, linear in frequency."""
    return np.maximum(frequency_hz / HIGH_FREQUENCY - 1.0, 0.0) / 6.0


def error_structure(
    frequency_hz: FloatArray,
    z_model: ComplexArray,
    residual: ComplexArray,
    instrument: float = 0.0,
    leverage: FloatArray | None = None,
) -> ErrorStructure:
    """Estimate the law of the errors from residuals (n,) at the model's impedance, both in ohm.

    A fit pulls the model towards its points: ``leverage`` (n,) is the share of each point's
    variance that its residual has lost by that.

    Maximises the Gaussian likelihood of the 2n parts (Fisher scoring of the log variance) with
    the exponent held in 0 to 1.5, the rise in 0 to 2 and the bend in 0 to 0.5. With an
    ``instrument`` error given, only points up to 1 MHz count, because above it is what the fit
    could not follow.
    """
    if instrument > 0 and np.sum(frequency_hz <= HIGH_FREQUENCY) >= 10:
        low = frequency_hz <= HIGH_FREQUENCY
        kept = None if leverage is None else leverage[low]
        found = error_structure(frequency_hz[low], z_model[low], residual[low], leverage=kept)
        return replace(found, instrument=instrument)
    log_z = np.log(np.abs(z_model))
    centre = log_z.mean()
    above = np.log(np.maximum(frequency_hz / HIGH_FREQUENCY, 1.0))
    # A law of a few points is no law.
    rises, bends = np.sum(above > 0) >= 5, np.ptp(log_z) > np.log(100.0)
    terms = [
        (np.ones_like(log_z), -np.inf, np.inf),
        (log_z - centre, 0.0, 3.0),
        (above, 0.0, 4.0 if rises else 0.0),
        ((log_z - centre) ** 2, 0.0, 1.0 if bends else 0.0),
    ]
    terms = [term for term in terms if term[1] < term[2]]
    design = np.column_stack([term[0] for term in terms])
    low, high = np.array([term[1:] for term in terms]).T
    squares = np.abs(residual) ** 2 / 2
    if leverage is not None:
        squares = squares / (1 - np.minimum(leverage, MOST_LEVERAGE))
    relative = np.mean(squares / np.abs(z_model) ** 2)
    theta = np.zeros(len(terms))
    theta[:2] = np.log(max(relative, 1e-300)) + 2 * centre, 2.0
    for _ in range(50):
        ratio = squares * np.exp(-design @ theta)
        change = np.linalg.lstsq(design, ratio - 1, rcond=None)[0]
        before, theta = theta, np.clip(theta + np.clip(change, -1, 1), low, high)
        if np.max(np.abs(theta - before)) < 1e-8:
            break
    return ErrorStructure(
        scale=float(np.exp((theta[0] - theta[1] * centre) / 2)),
        exponent=float(theta[1] / 2),
        rise=float(theta[2] / 2) if rises else 0.0,
        bend=float(theta[-1] / 2) if bends else 0.0,
        centre=float(np.exp(centre)),
    )


def given(sigma: npt.ArrayLike, points: int) -> FloatArray:
    """Weights from standard deviations of the user's: (n,) for |both| parts, or complex re + j im.

    Raises
    ------
    FitError
        If the shape is not (n,) or a standard deviation is not positive.
    """
    array = np.asarray(sigma)
    if array.shape != (points,):
        raise FitError(
            f"weight has shape {array.shape}; standard deviations in ohm need shape ({points},)"
        )
    complex_sigma = array if np.iscomplexobj(array) else array * (1 + 1j)
    parts = interleave(complex_sigma.astype(np.complex128))
    if not (np.isfinite(parts) & (parts > 0)).all():
        where = int(np.argmin(np.where(np.isfinite(parts), parts, -np.inf))) // 2
        raise FitError(
            f"weight[{where}] is {array[where]}; standard deviations are positive, in ohm"
        )
    return 1 / parts
