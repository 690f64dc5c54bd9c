"""Space charge at a contact: the Debye length, and the resistance that depletion can give.

Gouy-Chapman layer of a symmetric pair of monovalent carriers, both mobile, at zero current. The
potential falls from phi_0 at the contact to 0 in the bulk, and a positive one depletes the mobile
cation by exp(-e phi/kT). Model and signs as in `maier_1995`. The model of `brogioli_2019_llzo`,
which describes R(c) with its minimum between 0.1 and 1 mol/L, is not printed in `weiss_2020`, and
is not built here.
"""

from __future__ import annotations

from ..units import BOLTZMANN_EV_PER_K, FARADAY_C_PER_MOL, VACUUM_PERMITTIVITY_F_PER_CM
from .arguments import Number, Values, exponential, kelvin, logarithm, not_negative, positive

# Resistance of space charge calculated for lithium solid electrolytes and electrode materials
# stays below this (de Klerk and Wagemaker, in `weiss_2020` section 5).
CALCULATED_BOUND_OHM_CM2 = 1.0
_LITRE_CM3 = 1e3


def debye_length(
    concentration_mol_l: Number, permittivity: Values, temperature_k: Values
) -> Number:
    """Return the Debye length sqrt(eps kT/(2 c e^2)) in cm.

    Parameters
    ----------
    concentration_mol_l
        Of each of the two monovalent carriers in the bulk.
    permittivity
        Relative.

    Examples
    --------
    >>> round(1e7 * debye_length(0.1, 10.0, 298.15), 3)  # in nm
    0.343
    """
    charge_c_cm3 = FARADAY_C_PER_MOL * positive("concentration_mol_l", concentration_mol_l)
    charge_c_cm3 = charge_c_cm3 / _LITRE_CM3
    thermal_v = BOLTZMANN_EV_PER_K * kelvin("temperature_k", temperature_k)
    eps = VACUUM_PERMITTIVITY_F_PER_CM * positive("permittivity", permittivity)
    result: Number = (eps * thermal_v / (2.0 * charge_c_cm3)) ** 0.5
    return result


def potential_profile(
    distance_cm: Number,
    potential_v: Values,
    debye_cm: Values,
    temperature_k: Values,
) -> Number:
    """Return the potential (V) at a distance from the contact.

    tanh(phi/4 V_T) = tanh(phi_0/4 V_T) exp(-x/lambda), with V_T = kT/e; far away, or for a small
    phi_0, phi falls as exp(-x/lambda).

    Examples
    --------
    >>> round(potential_profile(0.0, 0.05, 1e-7, 298.15), 6)  # at the contact
    0.05
    >>> round(potential_profile(1e-5, 0.05, 1e-7, 298.15), 6)  # 100 Debye lengths away
    0.0
    """
    scale = 4.0 * BOLTZMANN_EV_PER_K * kelvin("temperature_k", temperature_k)
    decay = exponential(-not_negative("distance_cm", distance_cm) / positive("debye_cm", debye_cm))
    at_contact = not_negative("potential_v", potential_v) / scale
    # tanh and its inverse by exponentials that do not overflow
    small = exponential(-2.0 * at_contact)
    t = (1.0 - small) / (1.0 + small) * decay
    result: Number = scale / 2.0 * logarithm((1.0 + t) / (1.0 - t))
    return result


def depletion_resistance(
    potential_v: Number,
    debye_cm: Values,
    conductivity_s_cm: Values,
    temperature_k: Values,
) -> Number:
    """Return the area-specific resistance (ohm cm2) that a depleted layer adds to the bulk.

    R = 2 lambda (exp(phi_0/2 V_T) - 1)/sigma: the integral of 1/sigma(x) - 1/sigma over the layer,
    with sigma(x) = sigma exp(-phi(x)/V_T).

    Parameters
    ----------
    potential_v
        phi_0 at the contact, 0 or more.
    debye_cm
        Debye length lambda.
    conductivity_s_cm
        Of the bulk.

    Examples
    --------
    >>> round(depletion_resistance(0.0, 1e-7, 1e-4, 298.15), 6)  # no potential, no depletion
    0.0
    >>> bool(depletion_resistance(0.2, 1e-7, 1e-4, 298.15) > 0)
    True
    """
    half = not_negative("potential_v", potential_v) / (
        2.0 * BOLTZMANN_EV_PER_K * kelvin("temperature_k", temperature_k)
    )
    length = positive("debye_cm", debye_cm)
    sigma = positive("conductivity_s_cm", conductivity_s_cm)
    result: Number = 2.0 * (exponential(half) - 1.0) * length / sigma
    return result


def depletion_potential(
    resistance_ohm_cm2: Number,
    debye_cm: Values,
    conductivity_s_cm: Values,
    temperature_k: Values,
) -> Number:
    """Return the potential (V) that depletion alone would need to give a resistance.

    The inverse of ``depletion_resistance``. A measured resistance that needs more than the
    potential difference of the two conductors is not one of space charge.

    Examples
    --------
    >>> round(depletion_potential(100.0, 3.43e-8, 1e-4, 298.15), 2)
    0.61
    """
    length, sigma = positive("debye_cm", debye_cm), positive("conductivity_s_cm", conductivity_s_cm)
    thermal_v = BOLTZMANN_EV_PER_K * kelvin("temperature_k", temperature_k)
    r = not_negative("resistance_ohm_cm2", resistance_ohm_cm2)
    result: Number = 2.0 * logarithm(1.0 + r / (2.0 * length) * sigma) * thermal_v
    return result
