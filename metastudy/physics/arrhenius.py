"""Moves of a resistance along an Arrhenius line.

Temperatures are in kelvin, activation energies in eV and positive where the resistance falls with
temperature. Numbers or arrays that broadcast; a float comes back where all were numbers.
"""

from __future__ import annotations

import math

from ..units import BOLTZMANN_EV_PER_K
from .arguments import Number, Values, finite, kelvin, logarithm, positive
from .errors import PhysicsError

LN10 = math.log(10.0)


def arrhenius_lever(temperature_k: Number, reference_k: Values) -> Number:
    """Return d = (1/T_ref - 1/T) / (k ln 10) in dex per eV, with its sign.

    log10 R(T_ref) - log10 R(T) = Ea d; negative where the reference is the warmer one.

    Raises
    ------
    PhysicsError
        Where a temperature is not in kelvin.

    Examples
    --------
    >>> round(arrhenius_lever(343.15, 333.15) * 0.7, 3)  # dex for 0.7 eV, from 70 to 60 degC
    0.309
    """
    t, t_ref = kelvin("temperature_k", temperature_k), kelvin("reference_k", reference_k)
    result: Number = (1.0 / t_ref - 1.0 / t) / (BOLTZMANN_EV_PER_K * LN10)
    return result


def arrhenius_shift(
    ea_ev: Number, temperature_k: Values, reference_k: Values, form: int = 0
) -> Number:
    """Return log10 R(T_ref) - log10 R(T) in dex.

    ln R(T_ref) = ln R(T) + m ln(T_ref/T) + (Ea/k)(1/T_ref - 1/T), where ``form`` is m: 0 where Ea
    was read from ln R, 1 where it was read from ln(R/T).

    Raises
    ------
    PhysicsError
        Where a temperature is not in kelvin, or the form is neither 0 nor 1.

    Examples
    --------
    >>> shift = arrhenius_shift(0.7, 343.15, 333.15)
    >>> round(64 * 10**shift)  # 64 ohm cm2 at 70 degC, read at 60 degC
    130
    """
    t, t_ref = kelvin("temperature_k", temperature_k), kelvin("reference_k", reference_k)
    prefactor = _form(form) * logarithm(t_ref / t) / LN10
    result: Number = finite("ea_ev", ea_ev) * arrhenius_lever(t, t_ref) + prefactor
    return result


def arrhenius_slope(ea_ev: Number, temperature_k: Values) -> Number:
    """Return d log10 R / dT in dex per kelvin: -Ea / (k T^2 ln 10).

    Examples
    --------
    >>> round(arrhenius_slope(0.7, 333.15), 4)  # 0.7 eV at 60 degC
    -0.0318
    """
    t = kelvin("temperature_k", temperature_k)
    result: Number = -finite("ea_ev", ea_ev) / (BOLTZMANN_EV_PER_K * t**2 * LN10)
    return result


def ea_of_resistance(ea_ev: Number, temperature_k: Values, form: int) -> Number:
    """Convert an activation energy (eV) to the form of ln R: Ea_R = Ea_(R/T) - k T.

    Examples
    --------
    >>> round(ea_of_resistance(0.70, 298.15, 1), 4)  # 0.70 eV - k T
    0.6743
    """
    result: Number = finite("ea_ev", ea_ev) - _form(form) * BOLTZMANN_EV_PER_K * kelvin(
        "temperature_k", temperature_k
    )
    return result


def two_point_ea(
    r1_ohm_cm2: Number,
    t1_k: Values,
    r2_ohm_cm2: Values,
    t2_k: Values,
    form: int = 0,
) -> Number:
    """Return the activation energy (eV) between two resistances; form as in the shift.

    Raises
    ------
    PhysicsError
        Where a resistance is not positive, a temperature not in kelvin, or both are the same.

    Examples
    --------
    >>> round(two_point_ea(3400.0, 303.15, 64.0, 343.15), 2)
    0.89
    """
    r1, r2 = positive("r1_ohm_cm2", r1_ohm_cm2), positive("r2_ohm_cm2", r2_ohm_cm2)
    t1, t2 = kelvin("t1_k", t1_k), kelvin("t2_k", t2_k)
    positive("the distance between t1_k and t2_k", abs(t1 - t2))
    ratio = logarithm(r1 / r2) - _form(form) * logarithm(t1 / t2)
    result: Number = BOLTZMANN_EV_PER_K * ratio / (1.0 / t1 - 1.0 / t2)
    return result


def _form(form: int) -> int:
    if form not in (0, 1):
        raise PhysicsError(f"form = {form!r} must be 0 (ln R) or 1 (ln(R/T))")
    return form
