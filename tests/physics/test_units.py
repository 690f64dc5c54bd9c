"""Formulas with pint's quantities: the unit in an argument's name is the unit that it takes."""

import math

import pint
import pytest

from metastudy import physics

u = pint.UnitRegistry()
Q = u.Quantity
F = Q("elementary_charge * avogadro_constant").to("C/mol")
RT = Q("molar_gas_constant") * Q(333.15, "K")
KT = Q("boltzmann_constant") * Q(333.15, "K")
T = 333.15

CASES = {
    "transfer_resistance": (
        physics.transfer_resistance(2e-3, T),
        RT / F / Q(2.0, "mA/cm^2"),
        "ohm cm^2",
    ),
    "exchange_current": (physics.exchange_current(40.0, T), RT / F / Q(40.0, "ohm cm^2"), "A/cm^2"),
    "current_density": (
        physics.current_density(0.05, 2e-3, T),
        Q(2.0, "mA/cm^2") * 2 * math.sinh((F * Q(25.0, "mV") / RT).to("").magnitude),
        "A/cm^2",
    ),
    "limiting_current": (
        physics.limiting_current(3e-6, 0.5, 2e-3),
        F * Q(3e-10, "m^2/s") * Q(0.5, "mol/L") / Q(20, "um"),
        "A/cm^2",
    ),
    "activated_exchange_current": (
        physics.activated_exchange_current(1.0, 10.0, 1e9, 1e8, 0.5, 1e-7, T),
        F
        * Q(1.0, "nm")
        * (Q(1.0, "mol/L") * Q(1e9, "1/s") * Q(10.0, "mol/L") * Q(1e8, "1/s")) ** 0.5
        * math.exp(-(Q(0.5, "eV") / KT).to("").magnitude),
        "A/cm^2",
    ),
    "exchange_flux": (
        physics.exchange_flux(1.0, 1e-8, 3e-8, 1e-5),
        Q(1.0, "mol/L")
        * Q(4e-12, "m^2/s") ** 1.5
        / (2 * Q(10, "us") * Q(1e-12, "m^2/s") * Q(3e-12, "m^2/s")) ** 0.5,
        "mol/cm^2/s",
    ),
    "debye_length": (
        physics.debye_length(0.1, 10.0, T),
        (
            10
            * Q("vacuum_permittivity")
            * KT
            / (2 * Q(0.1, "mol/L") * Q("avogadro_constant") * Q("elementary_charge") ** 2)
        )
        ** 0.5,
        "cm",
    ),
    "depletion_resistance": (
        physics.depletion_resistance(0.3, 5e-8, 1e-4, T),
        2 * Q(0.5, "nm") * math.expm1((Q(0.15, "eV") / KT).to("").magnitude) / Q(0.01, "S/m"),
        "ohm cm^2",
    ),
    "interphase_thickness": (
        physics.interphase_thickness(25.0, 1e-7),
        Q(25.0, "ohm cm^2") * Q(1e-5, "S/m"),
        "cm",
    ),
    "contact_area": (physics.contact_area(0.2, 5e-4), 6 * 0.2 / Q(5, "um"), "1/cm"),
    "critical_radius": (
        physics.critical_radius(1e-5, 100.0),
        Q(1e-3, "S/m") * Q(100.0, "ohm cm^2"),
        "cm",
    ),
    "particle_behind_contact": (
        physics.particle_behind_contact(1e-3, 2.5e-4, 50.0),
        1 / (1 / Q(0.1, "S/m") + Q(50.0, "ohm cm^2") / Q(2.5, "um")),
        "S/cm",
    ),
    "concentration": (
        physics.concentration(20, 1.2, "LiTFSI"),
        Q(1.2, "g/cm^3")
        / (20 * Q(physics.molar_mass("PEO"), "g/mol") + Q(physics.molar_mass("LiTFSI"), "g/mol")),
        "mol/L",
    ),
    "ohmic_thickness_um": (
        physics.ohmic_thickness_um(0.05, 3e-3, 1e-4),
        Q(50, "mV") * Q(0.1, "mS/cm") / Q(3, "mA/cm^2"),
        "um",
    ),
    "ohmic_drop_v": (
        physics.ohmic_drop_v(20.0, 3e-3, 1e-4),
        Q(3, "mA/cm^2") * Q(20, "um") / Q(0.1, "mS/cm"),
        "V",
    ),
    "plated_lithium_um": (
        physics.plated_lithium_um(2.0),
        Q(2.0, "mA hour/cm^2") / Q(3861.0, "mA hour/g") / Q(0.54, "g/cm^3"),
        "um",
    ),
    "two_point_ea": (
        physics.two_point_ea(3400.0, 303.15, 64.0, 343.15),
        Q("boltzmann_constant") * math.log(3400 / 64) / (1 / Q(303.15, "K") - 1 / Q(343.15, "K")),
        "eV",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_value_is_that_of_the_formula_with_its_units(name):
    value, quantity, unit = CASES[name]
    assert value == pytest.approx(quantity.to(unit).magnitude, rel=1e-8)


def test_energy_densities_of_a_cell():
    cell = physics.solid_cell(19.5, 20.0)
    energy = Q(19.5, "mg/cm^2") * Q(200.0, "mA hour/g") * Q(3.6, "V")
    mass = Q(sum(cell.mass_mg_cm2.values()), "mg/cm^2")
    thickness = Q(sum(cell.thickness_um.values()), "um")
    assert cell.specific == pytest.approx((energy / mass).to("W hour/kg").magnitude)
    assert cell.volumetric == pytest.approx((energy / thickness).to("W hour/L").magnitude)
