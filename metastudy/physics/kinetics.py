"""Transfer of an ion across a contact: Butler-Volmer kinetics and the limits of transport.

The equations of Weiss et al. 2020 (`weiss_2020`, section 5), who took eq. 2 to 4 from Schleutker et
al. 2017 (`schleutker_2017_garnet`) and eq. 5 from Schmalzried and Janek 1998
(`schmalzried_1998_agi`). Current densities in A cm-2, area-specific resistances in ohm cm2,
concentrations in mol/L, lengths in cm, temperatures in kelvin. The ion is a cation of charge number
z; a positive overpotential (V) drives a positive current. Numbers or arrays that broadcast; a float
comes back where all were numbers.
"""

from __future__ import annotations

from typing import Any

from ..units import BOLTZMANN_EV_PER_K, FARADAY_C_PER_MOL, GAS_CONSTANT_J_PER_MOL_K
from .arguments import (
    FloatArray,
    Number,
    Values,
    charge_number,
    exponential,
    finite,
    fraction,
    kelvin,
    not_negative,
    positive,
)
from .errors import PhysicsError

LITRE_CM3 = 1e3


def transfer_resistance(i0_a_cm2: Number, temperature_k: Values, charge: int = 1) -> Number:
    """Return R_ct = RT/(zF i0) in ohm cm2, the slope d eta/di at zero current.

    `weiss_2020` eq. 3.

    Raises
    ------
    PhysicsError
        Where the current is not positive or the temperature not in kelvin.

    Examples
    --------
    >>> round(transfer_resistance(1e-3, 298.15), 2)
    25.69
    """
    result: Number = _thermal_voltage(temperature_k, charge) / positive("i0_a_cm2", i0_a_cm2)
    return result


def exchange_current(r_ohm_cm2: Number, temperature_k: Values, charge: int = 1) -> Number:
    """Return i0 = RT/(zF R) in A cm-2, of a transfer resistance in ohm cm2.

    `weiss_2020` eq. 3, solved for i0.

    Examples
    --------
    >>> i0 = exchange_current(25.69, 298.15)
    >>> round(i0, 6), round(transfer_resistance(i0, 298.15), 2)
    (0.001, 25.69)
    """
    result: Number = _thermal_voltage(temperature_k, charge) / positive("r_ohm_cm2", r_ohm_cm2)
    return result


def current_density(
    overpotential_v: Number,
    i0_a_cm2: Values,
    temperature_k: Values,
    alpha: Values = 0.5,
    charge: int = 1,
) -> Number:
    """Return the Butler-Volmer current density in A cm-2, with the sign of the overpotential.

    i = i0 [exp((1 - alpha) zF eta/RT) - exp(-alpha zF eta/RT)] (`weiss_2020` section 5). ``alpha``
    from 0 to 1 is the position of the transition state; with 0 the backward current is i0 whatever
    the overpotential, with 1 the forward one.

    Examples
    --------
    >>> round(current_density(0.010, 1e-3, 298.15), 7)
    0.0003917
    """
    a = fraction("alpha", alpha)
    f = finite("overpotential_v", overpotential_v) / _thermal_voltage(temperature_k, charge)
    i0 = positive("i0_a_cm2", i0_a_cm2)
    result: Number = i0 * (exponential((1.0 - a) * f) - exponential(-a * f))
    return result


def overpotential(
    current_a_cm2: Values,
    i0_a_cm2: Values,
    temperature_k: Values,
    alpha: Values = 0.5,
    charge: int = 1,
) -> FloatArray:
    """Return the overpotential in V at a current density: Butler-Volmer solved for it.

    Shape of the arguments together; sign of the current.

    Raises
    ------
    PhysicsError
        Where no overpotential gives the current: with alpha = 0 none is below -i0, with alpha = 1
        none above i0.

    Examples
    --------
    >>> float(round(overpotential(0.0003917, 1e-3, 298.15), 5))
    0.01
    """
    import numpy as np

    share = np.asarray(finite("current_a_cm2", current_a_cm2))
    share = share / positive("i0_a_cm2", i0_a_cm2)
    reduced = np.vectorize(_reduced_overpotential, otypes=[float])(share, fraction("alpha", alpha))
    return np.asarray(reduced * _thermal_voltage(temperature_k, charge))[()]


def transfer_resistance_at(
    concentration_mol_l: Number,
    r_reference_ohm_cm2: Values,
    reference_mol_l: Values,
    alpha: Values,
) -> Number:
    """Return R_ct in ohm cm2 at a salt concentration: R_ref (c/c_ref)^-(1 - alpha).

    `weiss_2020` eq. 3. The slope of ln R over ln c is -(1 - alpha).

    Examples
    --------
    >>> round(transfer_resistance_at(0.01, 100.0, 1.0, 0.5), 6)  # (c/c_ref)^-0.5 = 10
    1000.0
    """
    ratio = positive("concentration_mol_l", concentration_mol_l) / positive(
        "reference_mol_l", reference_mol_l
    )
    a = fraction("alpha", alpha)
    result: Number = positive("r_reference_ohm_cm2", r_reference_ohm_cm2) * ratio ** (a - 1.0)
    return result


def polarisation_resistance(
    i0_a_cm2: Number,
    temperature_k: Values,
    r_slei_ohm_cm2: Values = 0.0,
    charge: int = 1,
) -> Number:
    """Return R_p = R_SLEI + RT/(zF i0) in ohm cm2: an interphase in series with the transfer.

    `weiss_2020` eq. 4, which is printed for z = 1.

    Examples
    --------
    >>> round(polarisation_resistance(1e-3, 298.15, r_slei_ohm_cm2=20.0), 2)
    45.69
    """
    transfer = transfer_resistance(i0_a_cm2, temperature_k, charge)
    result: Number = transfer + not_negative("r_slei_ohm_cm2", r_slei_ohm_cm2)
    return result


def limiting_current(
    diffusion_cm2_s: Number,
    concentration_mol_l: Values,
    layer_cm: Values,
    charge: int = 1,
) -> Number:
    """Return the diffusion-limited current density zF D c/delta in A cm-2.

    `weiss_2020` eq. 1: D in cm2/s, the concentration c outside a Nernst layer of thickness delta.

    Examples
    --------
    >>> round(limiting_current(1e-6, 1.0, 10e-4), 4)
    0.0965
    """
    flux = positive("diffusion_cm2_s", diffusion_cm2_s) * (
        not_negative("concentration_mol_l", concentration_mol_l)
        / LITRE_CM3
        / positive("layer_cm", layer_cm)
    )
    result: Number = charge_number("charge", charge) * FARADAY_C_PER_MOL * flux
    return result


def activated_exchange_current(
    liquid_mol_l: Number,
    solid_mol_l: Values,
    forward_s: Values,
    backward_s: Values,
    barrier_ev: Values,
    layer_cm: Values,
    temperature_k: Values,
    alpha: Values = 0.5,
    charge: int = 1,
) -> Number:
    """Return i0 = zF d (c_l k_f)^(1-alpha) (c_s k_b)^alpha exp(-dG/RT) in A cm-2.

    `weiss_2020` eq. 2. **As printed the equation lacks zF**: d c k is a flux in mol cm-2 s-1, and
    eq. 3 needs a current density, so zF is restored here.

    Parameters
    ----------
    liquid_mol_l, solid_mol_l
        Concentration of the ion in the liquid and in the solid.
    forward_s, backward_s
        Rate constants from liquid to solid and back, 1/s.
    barrier_ev
        The "reduced" activation energy dG, eV per ion.
    layer_cm
        Thickness d of the Helmholtz-like layer.
    alpha
        Position of the transition state, 0 to 1.

    Examples
    --------
    >>> i0 = activated_exchange_current(1, 10, 1e9, 1e8, 0.5182135, 1e-7, 298.15)
    >>> round(transfer_resistance(i0, 298.15))
    1531
    """
    a, t = fraction("alpha", alpha), kelvin("temperature_k", temperature_k)
    forward = positive("liquid_mol_l", liquid_mol_l) / LITRE_CM3 * positive("forward_s", forward_s)
    backward = positive("solid_mol_l", solid_mol_l) / LITRE_CM3 * positive("backward_s", backward_s)
    activated = exponential(-finite("barrier_ev", barrier_ev) / (BOLTZMANN_EV_PER_K * t))
    flux = forward ** (1.0 - a) * backward**a * activated * positive("layer_cm", layer_cm)
    result: Number = charge_number("charge", charge) * FARADAY_C_PER_MOL * flux
    return result


def exchange_flux(
    interstitials_mol_l: Number,
    interstitial_cm2_s: Values,
    vacancy_cm2_s: Values,
    relaxation_s: Values,
) -> Number:
    """Return j0 = c_i (D_i + D_v)^(3/2) / sqrt(2 tau D_i D_v) in mol cm-2 s-1.

    `weiss_2020` eq. 5: the flux that the relaxation of point defects allows. zF j0 is an exchange
    current.

    Parameters
    ----------
    interstitials_mol_l
        Equilibrium concentration of interstitials.
    interstitial_cm2_s, vacancy_cm2_s
        Their diffusion coefficient and that of vacancies.
    relaxation_s
        Relaxation time of the Frenkel reaction.

    Examples
    --------
    >>> round(exchange_flux(1.0, 1e-8, 1e-8, 1e-5), 8)
    6.325e-05
    """
    d_i = positive("interstitial_cm2_s", interstitial_cm2_s)
    d_v = positive("vacancy_cm2_s", vacancy_cm2_s)
    tau = positive("relaxation_s", relaxation_s)
    c = positive("interstitials_mol_l", interstitials_mol_l) / LITRE_CM3
    result: Number = c * (d_i + d_v) ** 1.5 / (2.0 * tau * d_i * d_v) ** 0.5
    return result


def _thermal_voltage(temperature_k: Values, charge: int) -> Any:
    """Return RT/(zF) in V."""
    per_kelvin = GAS_CONSTANT_J_PER_MOL_K / charge_number("charge", charge) / FARADAY_C_PER_MOL
    return per_kelvin * kelvin("temperature_k", temperature_k)


def _reduced_overpotential(share: float, alpha: float) -> float:
    """Solve exp((1 - alpha) f) - exp(-alpha f) = share for f = zF eta/RT."""
    from scipy.optimize import brentq

    def excess(f: float) -> Any:
        return exponential((1.0 - alpha) * f) - exponential(-alpha * f) - share

    if (alpha == 0 and share <= -1) or (alpha == 1 and share >= 1):
        raise PhysicsError(
            f"no overpotential gives {share:g} times the exchange current with alpha = {alpha:g}"
        )
    end = 1.0 if share >= 0 else -1.0
    while excess(end) * end < 0:
        end *= 2.0
    return float(brentq(excess, 0.0, end, xtol=1e-14, rtol=1e-13))
