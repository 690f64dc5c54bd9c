"""Debye length by hand; the layer against the integral that it solves."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from metastudy.physics import (
    debye_length,
    depletion_potential,
    depletion_resistance,
    potential_profile,
)
from metastudy.physics.space_charge import CALCULATED_BOUND_OHM_CM2

ROOM = 298.15
DEBYE = 3.43e-8
THERMAL_V = 8.617333262e-5 * ROOM


def test_debye_length_of_0_1_mol_per_litre_in_permittivity_10():
    assert 1e7 * debye_length(0.1, 10.0, ROOM) == pytest.approx(0.343, abs=5e-4)
    assert debye_length(0.4, 10.0, ROOM) == pytest.approx(debye_length(0.1, 10.0, ROOM) / 2)


@pytest.mark.parametrize("potential", [0.02, 0.1, 0.4])
def test_resistance_is_the_integral_over_the_profile(potential):
    def excess(x):
        return (math.exp(potential_profile(x, potential, DEBYE, ROOM) / THERMAL_V) - 1) / 1e-4

    points = [DEBYE * 10.0**n for n in range(-4, 1)]
    integral, _ = quad(excess, 0, 40 * DEBYE, points=points, limit=500)
    assert depletion_resistance(potential, DEBYE, 1e-4, ROOM) == pytest.approx(integral, rel=1e-6)


def test_profile_starts_at_the_contact_and_falls_as_debye_and_hueckel_have_it():
    x = np.array([0.0, 1.0, 3.0]) * DEBYE
    profile = potential_profile(x, 1e-4, DEBYE, ROOM)
    np.testing.assert_allclose(profile, 1e-4 * np.exp(-x / DEBYE), rtol=1e-6)
    assert potential_profile(0.0, 0.4, DEBYE, ROOM) == pytest.approx(0.4)


def test_profile_solves_the_poisson_boltzmann_equation():
    x = np.linspace(0.2, 3.0, 2001) * DEBYE
    u = potential_profile(x, 0.2, DEBYE, ROOM) / THERMAL_V
    curvature = np.gradient(np.gradient(u, x), x)
    np.testing.assert_allclose(curvature[5:-5], np.sinh(u[5:-5]) / DEBYE**2, rtol=1e-3)


def test_no_potential_no_resistance():
    assert depletion_resistance(0.0, DEBYE, 1e-4, ROOM) == 0.0
    assert depletion_potential(0.0, DEBYE, 1e-4, ROOM) == 0.0


def test_potential_undoes_the_resistance():
    r = np.array([0.1, 10.0, 1e4])
    potential = depletion_potential(r, DEBYE, 1e-4, ROOM)
    np.testing.assert_allclose(depletion_resistance(potential, DEBYE, 1e-4, ROOM), r)


def test_a_tenth_of_a_volt_stays_below_the_printed_bound():
    # Weiss 2020 section 5: calculated resistances are below 1 ohm cm2
    assert depletion_resistance(0.1, DEBYE, 1e-4, ROOM) < 0.01 * CALCULATED_BOUND_OHM_CM2
