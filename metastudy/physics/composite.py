"""Conductivity of particles in a matrix whose contact resists: effective media.

A sphere of radius a and conductivity sigma_p behind a contact of area-specific resistance R
conducts like a sphere of sigma_p/(1 + R sigma_p/a) in perfect contact. With R -> infinity it is a
void. Conductivities in S/cm, R in ohm cm2, lengths in cm, volume fractions from 0 to 1. Numbers or
arrays that broadcast; a float comes back where all were numbers.
"""

from __future__ import annotations

import math
from typing import Any

from .arguments import Number, Values, fraction, not_negative, positive
from .errors import PhysicsError

# Share of space that equal spheres fill in close and in random packing (`sang_undated` section 2).
CLOSE_PACKING = math.pi / math.sqrt(18.0)
RANDOM_PACKING = 0.64


def contact_area(volume_fraction: Number, diameter_cm: Values) -> Number:
    """Return the area of contact per volume of composite, 6 phi/d in 1/cm, of equal spheres.

    Examples
    --------
    >>> round(contact_area(0.20, 5e-4))
    2400
    """
    phi = fraction("volume_fraction", volume_fraction)
    result: Number = 6.0 * phi / positive("diameter_cm", diameter_cm)
    return result


def critical_radius(
    matrix_s_cm: Number, resistance_ohm_cm2: Values, particle_s_cm: Values = math.inf
) -> Number:
    """Return the radius (cm) at which particles neither raise nor lower the conductivity.

    a = sigma_m R for particles that conduct without limit, otherwise
    a = R/(1/sigma_m - 1/sigma_p): larger particles help, smaller ones hinder. Known for heat as the
    Kapitza radius (`nan_1997`).

    Raises
    ------
    PhysicsError
        Where the particles conduct no better than the matrix: then no radius helps.

    Examples
    --------
    >>> round(critical_radius(1e-5, 100.0), 6)  # 10 um
    0.001
    """
    sigma = positive("matrix_s_cm", matrix_s_cm)
    r = not_negative("resistance_ohm_cm2", resistance_ohm_cm2)
    if isinstance(particle_s_cm, float) and particle_s_cm == math.inf:
        result: Number = sigma * r
        return result
    gain = 1.0 / sigma - 1.0 / positive("particle_s_cm", particle_s_cm)
    if min(gain.flat if hasattr(gain, "flat") else [gain]) <= 0:
        raise PhysicsError(
            "particles that conduct no better than the matrix help at no radius; "
            "particle_s_cm must be above matrix_s_cm"
        )
    result = r / gain
    return result


def particle_behind_contact(
    particle_s_cm: Number, radius_cm: Values, resistance_ohm_cm2: Values
) -> Number:
    """Return sigma_p/(1 + R sigma_p/a) in S/cm: a sphere and its contact as one sphere.

    Examples
    --------
    >>> round(particle_behind_contact(1e-3, 1e-3, 1.0), 6)  # R sigma_p/a = 1 halves it
    0.0005
    """
    result: Number = _behind_contact(particle_s_cm, radius_cm, resistance_ohm_cm2)
    return result


def hasselman_johnson(
    matrix_s_cm: Number,
    particle_s_cm: Values,
    volume_fraction: Values,
    radius_cm: Values,
    resistance_ohm_cm2: Values = 0.0,
) -> Number:
    """Return the conductivity (S/cm) of spheres that do not disturb one another.

    `hasselman_1987`; with R = 0 that of Maxwell. The matrix is whole, so with R -> infinity
    sigma = sigma_m (1 - phi)/(1 + phi/2).

    Examples
    --------
    >>> round(1e6 * hasselman_johnson(1e-5, 1e-3, 0.2, 2.5e-4, 0.0), 1)
    17.2
    """
    m = positive("matrix_s_cm", matrix_s_cm)
    phi = fraction("volume_fraction", volume_fraction)
    p = _behind_contact(particle_s_cm, radius_cm, resistance_ohm_cm2)
    sum_, difference = p + 2.0 * m, phi * (p - m)
    result: Number = m * (sum_ + 2.0 * difference) / (sum_ - difference)
    return result


def nan_spheroids(
    matrix_s_cm: Number,
    particle_s_cm: Values,
    volume_fraction: Values,
    radius_cm: Values,
    resistance_ohm_cm2: Values = 0.0,
    aspect: float = 1.0,
) -> Number:
    """Return the conductivity (S/cm) of spheroids of any direction that do not disturb one another.

    `nan_1997`, eq. for randomly oriented ellipsoids. Spheres (``aspect`` 1) give
    ``hasselman_johnson``.

    Parameters
    ----------
    radius_cm
        The shorter semiaxis: across a fibre, along the axis of a plate.
    aspect
        Semiaxis along the axis of rotation over that across it: above 1 a fibre, below 1 a plate.

    Examples
    --------
    >>> sphere = nan_spheroids(1e-5, 1e-3, 0.2, 2.5e-4)
    >>> fibre = nan_spheroids(1e-5, 1e-3, 0.2, 2.5e-4, aspect=20.0)
    >>> round(sphere / hasselman_johnson(1e-5, 1e-3, 0.2, 2.5e-4, 0.0), 6), bool(fibre > sphere)
    (1.0, True)
    """
    m = positive("matrix_s_cm", matrix_s_cm)
    phi = fraction("volume_fraction", volume_fraction)
    across, along = _depolarisation(positive("aspect", aspect))
    barrier = (2.0 + 1.0 / aspect) if aspect >= 1 else (1.0 + 2.0 * aspect)
    excess = []
    for share in (across, along):
        p = _behind_contact(
            particle_s_cm,
            radius_cm,
            barrier * share * not_negative("resistance_ohm_cm2", resistance_ohm_cm2),
        )
        excess.append((p - m) / (m + share * (p - m)))
    beta_across, beta_along = excess
    gain = 2.0 * beta_across * (1.0 - across) + beta_along * (1.0 - along)
    loss = 2.0 * beta_across * across + beta_along * along
    result: Number = m * (3.0 + phi * gain) / (3.0 - phi * loss)
    return result


def bruggeman(
    matrix_s_cm: float,
    particle_s_cm: float,
    volume_fraction: float,
    radius_cm: float,
    resistance_ohm_cm2: float = 0.0,
) -> float:
    """Return the conductivity (S/cm) of a symmetric mixture: each phase in the effective medium.

    phi (p - s)/(p + 2s) + (1 - phi)(m - s)/(m + 2s) = 0 with p the particle behind its contact
    (`bruggeman_1935`). Particles of phi > 1/3 conduct from one to the next, through the contact
    resistance; a matrix of less than 1/3 conducts no more.

    Examples
    --------
    >>> round(1e4 * bruggeman(1e-4, 1e-4, 0.3, 1e-3), 6)  # equal phases, no contact resistance
    1.0
    """
    phi = fraction("volume_fraction", volume_fraction)
    m = positive("matrix_s_cm", matrix_s_cm)
    p = _behind_contact(particle_s_cm, radius_cm, resistance_ohm_cm2)
    half = (3.0 * phi - 1.0) * p + (2.0 - 3.0 * phi) * m
    return float((half + math.sqrt(half**2 + 8.0 * p * m)) / 4.0)


def bruggeman_differential(
    matrix_s_cm: float,
    particle_s_cm: float,
    volume_fraction: float,
    radius_cm: float,
    resistance_ohm_cm2: float = 0.0,
) -> float:
    """Return the conductivity (S/cm) of particles added bit by bit: the matrix is always whole.

    1 - phi = (p - s)/(p - m) (m/s)^(1/3) with p the particle behind its contact
    (`bruggeman_1935`, asymmetric form). `every_1992` holds R sigma_m/a constant while the medium
    changes, where here R and a are; both have the same dilute limit.

    Examples
    --------
    >>> round(1e4 * bruggeman_differential(1e-4, 1e-3, 0.0, 1e-3), 6)  # the matrix alone
    1.0
    """
    from scipy.optimize import brentq

    phi = fraction("volume_fraction", volume_fraction)
    m = positive("matrix_s_cm", matrix_s_cm)
    p = _behind_contact(particle_s_cm, radius_cm, resistance_ohm_cm2)
    if phi == 0 or p == m:
        return float(m)
    if phi == 1:
        return float(p)

    def excess(log_s: float) -> float:
        s = math.exp(log_s)
        return float((p - s) / (p - m) * (m / s) ** (1.0 / 3.0) - (1.0 - phi))

    root = brentq(excess, math.log(m), math.log(p), xtol=1e-14, rtol=1e-14)
    return math.exp(float(root))


def _behind_contact(particle_s_cm: Values, radius_cm: Values, resistance_ohm_cm2: Values) -> Any:
    sigma = positive("particle_s_cm", particle_s_cm)
    r = not_negative("resistance_ohm_cm2", resistance_ohm_cm2)
    return sigma / (1.0 + r * sigma / positive("radius_cm", radius_cm))


def _depolarisation(aspect: float) -> tuple[float, float]:
    """Return the geometrical factors of a spheroid across and along its axis; 2 L11 + L33 = 1."""
    p = aspect
    if abs(p - 1.0) < 1e-3:  # the closed forms lose their digits at the sphere
        along = 1.0 / 3.0 - 4.0 / 15.0 * (p - 1.0) + 6.0 / 35.0 * (p - 1.0) ** 2
        return (1.0 - along) / 2.0, along
    if p > 1:
        across = p**2 / (2.0 * (p**2 - 1.0)) - p * math.acosh(p) / (2.0 * (p**2 - 1.0) ** 1.5)
    else:
        across = p**2 / (2.0 * (p**2 - 1.0)) + p * math.acos(p) / (2.0 * (1.0 - p**2) ** 1.5)
    return across, 1.0 - 2.0 * across
