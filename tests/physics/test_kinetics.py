"""Weiss 2020, section 5, by hand: F = 96485.33 C/mol, R = 8.314463 J/mol/K; and limits."""

import math

import numpy as np
import pytest

from metastudy.physics import (
    PhysicsError,
    activated_exchange_current,
    current_density,
    exchange_current,
    exchange_flux,
    limiting_current,
    overpotential,
    polarisation_resistance,
    transfer_resistance,
    transfer_resistance_at,
)
from metastudy.units import to_canonical

ROOM, K = 298.15, 273.15


def test_one_ma_per_cm2_at_25_degc_is_25_69_ohm_cm2():
    assert transfer_resistance(1e-3, ROOM) == pytest.approx(25.69, abs=0.005)
    assert transfer_resistance(1e-3, ROOM, charge=2) == pytest.approx(25.69 / 2, abs=0.005)


@pytest.mark.parametrize(
    ("r_ohm_cm2", "temperature_c", "i0_ma_cm2"),
    [
        (16.0, 25.0, 1.606),  # Weiss 2020 section 4: Na3Zr2Si2PO12/Na3PS4
        (2.1, 80.0, 14.49),  # section 3: Li6PS5Cl/PEO10:LiTFSI
        (64.0, 70.0, 0.462),  # Mangani 2024 Table 2: pristine
        (5.0, 70.0, 5.91),  # and heated
    ],
)
def test_exchange_currents_of_printed_resistances(r_ohm_cm2, temperature_c, i0_ma_cm2):
    i0 = exchange_current(r_ohm_cm2, temperature_c + K)
    assert 1e3 * i0 == pytest.approx(i0_ma_cm2, rel=1e-3)
    assert transfer_resistance(i0, temperature_c + K) == pytest.approx(r_ohm_cm2)


def test_butler_volmer_at_10_mv():
    # f = 0.010/0.025693 = 0.38921; 2 sinh(f/2) = 0.3917
    assert 1e3 * current_density(0.010, 1e-3, ROOM) == pytest.approx(0.3917, abs=1e-4)


def test_butler_volmer_has_the_sign_of_its_overpotential_and_the_slope_of_r_ct():
    assert current_density(0.0, 1e-3, ROOM) == 0.0
    step = 1e-7
    slope = current_density(step, 1e-3, ROOM, alpha=0.3) / step
    assert 1 / slope == pytest.approx(transfer_resistance(1e-3, ROOM), rel=1e-5)
    assert current_density(-0.05, 1e-3, ROOM) == pytest.approx(-current_density(0.05, 1e-3, ROOM))


def test_butler_volmer_with_alpha_0_and_1():
    eta = np.array([-0.3, -0.01, 0.05])
    f = eta * 96485.33212 / (8.314462618 * ROOM)
    zero = current_density(eta, 1e-3, ROOM, alpha=0.0)
    np.testing.assert_allclose(zero, 1e-3 * np.expm1(f), rtol=1e-12)
    one = current_density(eta, 1e-3, ROOM, alpha=1.0)
    np.testing.assert_allclose(one, -1e-3 * np.expm1(-f), rtol=1e-12)


@pytest.mark.parametrize("alpha", [0.0, 0.2, 0.5, 0.9])
def test_overpotential_undoes_the_current(alpha):
    eta = np.array([-0.02, 0.0, 1e-6, 0.15, 0.8])
    i = current_density(eta, 1e-3, 343.15, alpha=alpha, charge=2)
    np.testing.assert_allclose(
        overpotential(i, 1e-3, 343.15, alpha, charge=2), eta, rtol=1e-9, atol=1e-15
    )


def test_overpotential_at_alpha_one_half_is_an_inverse_sinh():
    i = np.array([-5e-2, 3e-5, 1.0])
    expected = 2 * 8.314462618 * ROOM / 96485.33212 * np.arcsinh(i / 2e-3)
    np.testing.assert_allclose(overpotential(i, 1e-3, ROOM), expected, rtol=1e-10)


@pytest.mark.parametrize(("current", "alpha"), [(-1.1e-3, 0.0), (1e-3, 1.0)])
def test_a_current_beyond_the_saturated_direction_is_refused(current, alpha):
    with pytest.raises(PhysicsError, match="no overpotential gives"):
        overpotential(current, 1e-3, ROOM, alpha)


def test_diffusion_limited_current():
    # eq. 1: D = 1e-6 cm2/s, 1 mol/L, 10 um -> 96485.33 x 1e-6 x 1e-3 / 1e-3
    assert 1e3 * limiting_current(1e-6, 1.0, 10e-4) == pytest.approx(96.5, abs=0.05)
    assert limiting_current(1e-6, 0.0, 10e-4) == 0.0


def test_exchange_current_of_eq_2_with_zf_restored():
    barrier = to_canonical(50, "kJ mol-1")
    i0 = activated_exchange_current(1.0, 10.0, 1e9, 1e8, barrier, 1e-7, ROOM)
    assert 1e4 * i0 == pytest.approx(0.1678, abs=1e-4)  # A m-2
    assert 1e4 * i0 / 96485.33 == pytest.approx(1.739e-6, rel=1e-3)  # mol m-2 s-1, as printed
    assert transfer_resistance(i0, ROOM) == pytest.approx(1531, abs=1)


def test_exchange_current_of_eq_2_over_its_concentrations():
    barrier, rest = 0.5, (1e9, 1e8, 0.5, 1e-7, ROOM)
    one = activated_exchange_current(1.0, 10.0, *rest)
    assert activated_exchange_current(4.0, 10.0, *rest) == pytest.approx(2 * one)
    for alpha, of_liquid in ((0.0, 4.0), (1.0, 1.0)):
        low = activated_exchange_current(1.0, 10.0, *rest, alpha=alpha)
        high = activated_exchange_current(4.0, 10.0, *rest, alpha=alpha)
        assert high / low == pytest.approx(of_liquid)
    assert activated_exchange_current(1.0, 10.0, 1e9, 1e8, barrier + 0.1, 1e-7, ROOM) == (
        pytest.approx(one * math.exp(-0.1 / (8.617333262e-5 * ROOM)))
    )


def test_power_law_of_eq_3():
    assert transfer_resistance_at(10.0, 100.0, 1.0, 0.5) == pytest.approx(31.62, abs=0.01)
    c = np.array([0.1, 1.0, 10.0])
    slope = np.polyfit(np.log(c), np.log(transfer_resistance_at(c, 100.0, 1.0, 0.44)), 1)[0]
    assert slope == pytest.approx(-(1 - 0.44))
    assert transfer_resistance_at(10.0, 100.0, 1.0, 1.0) == 100.0
    assert transfer_resistance_at(10.0, 100.0, 1.0, 0.0) == pytest.approx(10.0)


def test_total_resistance_of_eq_4():
    assert polarisation_resistance(1e-3, ROOM, 20.0) == pytest.approx(45.69, abs=0.005)
    assert polarisation_resistance(1e-3, ROOM) == transfer_resistance(1e-3, ROOM)
    assert polarisation_resistance(1e9, ROOM, 20.0) == pytest.approx(20.0)


def test_interphase_and_transfer_of_li6ps5cl_add_up():
    # Weiss 2020 section 3: 0.3 (interphase) and 2.1 ohm cm2 (transfer) at 80 degC
    i0 = exchange_current(2.1, 80 + K)
    assert polarisation_resistance(i0, 80 + K, 0.3) == pytest.approx(2.4)


def test_exchange_flux_of_eq_5():
    flux = exchange_flux(1.0, 1e-8, 1e-8, 1e-5)  # 1 mol/L is 1e-3 mol/cm3
    assert flux == pytest.approx(6.325e-5, rel=1e-4)
    assert flux == pytest.approx(2 * 1e-3 * math.sqrt(1e-8 / 1e-5))
    assert exchange_flux(1.0, 1e-8, 1e-8, 4e-5) == pytest.approx(flux / 2)
    # a sluggish defect makes it diverge like 1/sqrt(D)
    slow = exchange_flux(1.0, 1e-8, 1e-16, 1e-5)
    assert slow == pytest.approx(1e-3 * 1e-8 / math.sqrt(2e-5 * 1e-16), rel=1e-6)
