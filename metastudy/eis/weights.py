"""Weight laws: the standard deviation that each real and imaginary part is given.

Weights are inverse standard deviations up to one common factor, which the fit estimates from
its residuals. They are interleaved (Re, Im, Re ...), shape (2n,), in 1/ohm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .errors import FitError
from .least_squares import interleave
from .spectrum import ComplexArray, FloatArray

# Of |Z|: below this a real or imaginary part says nothing about its own error.
PROPORTIONAL_FLOOR = 0.01
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
    """A variance law read off residuals: sd = scale |Z|^exponent, in ohm, per part.

    The power law spans an absolute floor (exponent 0) and a relative error (exponent 1). After
    Orazem and Tribollet, Electrochemical Impedance Spectroscopy, ch. 21: the weights should
    follow the errors that there are.
    """

    scale: float
    exponent: float

    def deviation(self, z: ComplexArray) -> FloatArray:
        """Return the standard deviation in ohm of each part at impedance ``z``."""
        return self.scale * np.abs(z) ** self.exponent


def error_structure(z_model: ComplexArray, residual: ComplexArray) -> ErrorStructure:
    """Estimate the variance law from residuals (n,) at the model's impedance (n,), both in ohm.

    Maximises the Gaussian likelihood of the 2n parts over scale and exponent (Fisher scoring of
    the log variance; exponent held in 0 to 1.5).
    """
    log_z = np.log(np.abs(z_model))
    centre = log_z.mean()
    design = np.column_stack([np.ones_like(log_z), log_z - centre])
    squares = np.abs(residual) ** 2 / 2
    theta = np.array([np.log(max(squares.mean(), 1e-300)), 0.0])
    relative = np.mean(squares / np.abs(z_model) ** 2)
    theta = np.array([np.log(max(relative, 1e-300)) + 2 * centre, 2.0])
    for _ in range(30):
        ratio = squares * np.exp(-design @ theta)
        change = np.linalg.lstsq(design, ratio - 1, rcond=None)[0]
        theta = theta + np.clip(change, -1, 1)
        theta[1] = np.clip(theta[1], 0.0, 3.0)
        if np.max(np.abs(change)) < 1e-8:
            break
    exponent = float(theta[1] / 2)
    return ErrorStructure(float(np.exp((theta[0] - theta[1] * centre) / 2)), exponent)


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
