"""A conductivity and a contact resistance that changed together, held against effective media.

A treatment of the particles divides the contact resistance by a known factor and leaves matrix and
particles as they were. Two conductivities then fix two unknowns: the conductivity of the matrix,
and R/a, the contact resistance over the particle radius.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arguments import fraction, positive
from .composite import bruggeman, bruggeman_differential, hasselman_johnson
from .errors import PhysicsError

# (matrix, particle, volume fraction, radius, contact resistance) -> conductivity, all for spheres
MODELS: dict[str, Callable[[float, float, float, float, float], float]] = {
    "hasselman_johnson": hasselman_johnson,
    "bruggeman": bruggeman,
    "bruggeman_differential": bruggeman_differential,
}

# R sigma_p/a from a contact that does nothing to one that makes the particle a void
_LEAST, _MOST, _STEPS = 1e-4, 1e8, 241
# How far from a conductivity of the composite that of its matrix is looked for
_SPAN = 1e6


@dataclass(frozen=True)
class MatrixAndContact:
    """One composite that has both conductivities.

    Attributes
    ----------
    matrix_s_cm
        Conductivity of the matrix.
    contact_ohm_cm
        R/a before the treatment: area-specific contact resistance over particle radius.

    Examples
    --------
    >>> pair = MatrixAndContact(matrix_s_cm=1e-5, contact_ohm_cm=1e5)
    >>> round(pair.resistance(1e-3), 6)  # ohm cm2, for particles of 10 um
    100.0
    """

    matrix_s_cm: float
    contact_ohm_cm: float

    def resistance(self, radius_cm: float) -> float:
        """Return the contact resistance (ohm cm2) before the treatment for a particle radius."""
        return self.contact_ohm_cm * float(positive("radius_cm", radius_cm))


def matrix_and_contact(
    before_s_cm: float,
    after_s_cm: float,
    resistance_factor: float,
    particle_s_cm: float,
    volume_fraction: float,
    model: str = "hasselman_johnson",
) -> tuple[MatrixAndContact, ...]:
    """Return every composite of a model that has both conductivities; none if the model has none.

    Parameters
    ----------
    before_s_cm, after_s_cm
        Conductivity of the composite with the larger and with the smaller contact resistance.
    resistance_factor
        Contact resistance before over after, above 1.
    particle_s_cm
        Conductivity of the particles.
    model
        One of ``MODELS``; spheres.

    Raises
    ------
    PhysicsError
        Where the model is not known, or conductivity and resistance do not change in opposite
        directions.

    Examples
    --------
    >>> found = matrix_and_contact(1.2e-5, 1.5e-5, 10.0, 1e-3, 0.2)
    >>> before = [hasselman_johnson(p.matrix_s_cm, 1e-3, 0.2, 1.0, p.contact_ohm_cm) for p in found]
    >>> [round(1e5 * conductivity, 6) for conductivity in before]  # each gives the one before
    [1.2, 1.2]
    """
    if model not in MODELS:
        raise PhysicsError(f"model {model!r} is not known; use one of {', '.join(MODELS)}")
    before, after = positive("before_s_cm", before_s_cm), positive("after_s_cm", after_s_cm)
    factor = positive("resistance_factor", resistance_factor)
    if factor <= 1 or after <= before:
        raise PhysicsError(
            f"resistance_factor = {factor:g} must be above 1 and after_s_cm = {after:g} above "
            f"before_s_cm = {before:g}: the contact resistance falls, the conductivity rises"
        )
    phi, particle = (
        fraction("volume_fraction", volume_fraction),
        positive("particle_s_cm", particle_s_cm),
    )
    conductivity = MODELS[model]

    def matrix(contact: float) -> float | None:
        return _root(
            lambda log_m: math.log(
                conductivity(math.exp(log_m), particle, phi, 1.0, contact) / before
            ),
            math.log(before / _SPAN),
            math.log(before * _SPAN),
        )

    def excess(log_contact: float) -> float | None:
        contact = math.exp(log_contact)
        log_m = matrix(contact)
        if log_m is None:
            return None
        treated = conductivity(math.exp(log_m), particle, phi, 1.0, contact / factor)
        return math.log(treated / after)

    grid = np.log(np.geomspace(_LEAST, _MOST, _STEPS) / particle).tolist()
    values = [excess(x) for x in grid]
    found = []
    for low, high, first, second in zip(grid, grid[1:], values, values[1:], strict=False):
        if first is None or second is None or first * second > 0:
            continue
        root = _root(lambda x: excess(x) or 0.0, low, high)
        if root is not None and (log_m := matrix(math.exp(root))) is not None:
            found.append(MatrixAndContact(math.exp(log_m), math.exp(root)))
    return tuple(found)


def _root(function: Callable[[float], float], low: float, high: float) -> float | None:
    """Return the root between two ends, or None where the function has one sign at both."""
    from scipy.optimize import brentq

    if function(low) * function(high) > 0:
        return None
    return float(brentq(function, low, high, xtol=1e-12))
