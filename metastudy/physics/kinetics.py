"""Arrhenius moves and charge-transfer kinetics of a contact.

Temperatures are in kelvin, activation energies in eV, resistances area-specific in ohm cm2,
current densities in A cm-2.
"""

from __future__ import annotations

import math

from metastudy.units import (
    BOLTZMANN_EV_PER_K,
    FARADAY_C_PER_MOL,
    GAS_CONSTANT_J_PER_MOL_K,
)

LN10 = math.log(10.0)


def arrhenius_lever(temperature_k: float, reference_k: float) -> float:
    """Return d = (1/T_ref - 1/T) / (k ln 10) in dex per eV, with its sign.

    log10 R(T_ref) - log10 R(T) = Ea d; negative where the reference is the warmer one.
    """
    return (1.0 / reference_k - 1.0 / temperature_k) / (BOLTZMANN_EV_PER_K * LN10)


def arrhenius_shift(ea_ev: float, temperature_k: float, reference_k: float, form: int = 0) -> float:
    """Return log10 R(T_ref) - log10 R(T) in dex.

    ln R(T_ref) = ln R(T) + m ln(T_ref/T) + (Ea/k)(1/T_ref - 1/T), where ``form`` is m: 0 where Ea
    was read from ln R, 1 where it was read from ln(R/T).
    """
    prefactor = form * math.log10(reference_k / temperature_k)
    return ea_ev * arrhenius_lever(temperature_k, reference_k) + prefactor


def arrhenius_slope(ea_ev: float, temperature_k: float) -> float:
    """Return d log10 R / dT in dex per kelvin: -Ea / (k T^2 ln 10)."""
    return -ea_ev / (BOLTZMANN_EV_PER_K * temperature_k**2 * LN10)


def ea_of_resistance(ea_ev: float, temperature_k: float, form: int) -> float:
    """Convert an activation energy to the form of ln R: Ea_R = Ea_(R/T) - k T."""
    return ea_ev - form * BOLTZMANN_EV_PER_K * temperature_k


def two_point_ea(
    r1_ohm_cm2: float, t1_k: float, r2_ohm_cm2: float, t2_k: float, form: int = 0
) -> float:
    """Return the activation energy (eV) between two resistances; form as in the shift."""
    ratio = math.log(r1_ohm_cm2 / r2_ohm_cm2) - form * math.log(t1_k / t2_k)
    return BOLTZMANN_EV_PER_K * ratio / (1.0 / t1_k - 1.0 / t2_k)


def transfer_resistance(i0_a_cm2: float, temperature_k: float, charge: int = 1) -> float:
    """Return R = RT/(zF i0) in ohm cm2 (Weiss 2020, eq. 3, at zero current)."""
    thermal_v = GAS_CONSTANT_J_PER_MOL_K * temperature_k / FARADAY_C_PER_MOL
    return thermal_v / (charge * i0_a_cm2)


def exchange_current(r_ohm_cm2: float, temperature_k: float, charge: int = 1) -> float:
    """Return i0 = RT/(zF R) in A cm-2."""
    return transfer_resistance(r_ohm_cm2, temperature_k, charge)
