"""Expected values: hand arithmetic with k = 8.617333e-5 eV/K, R = 8.314463, F = 96485.33."""

import math

import pytest

from metastudy.physics import kinetics
from metastudy.units import to_canonical

K = 273.15


@pytest.mark.parametrize(("form", "expected"), [(0, 130.25), (1, 126.45)])
def test_64_ohm_cm2_at_70_degc_read_at_60(form, expected):
    shift = kinetics.arrhenius_shift(0.70, 70 + K, 60 + K, form)
    assert 64 * 10**shift == pytest.approx(expected, abs=0.01)


def test_a_tenth_of_an_ev_on_45_kelvin_is_a_factor_1_67():
    lever = kinetics.arrhenius_lever(70 + K, 25 + K)
    assert 10 ** (0.1 * lever) == pytest.approx(1.67, abs=0.005)


def test_lever_changes_sign_with_the_side_of_the_reference():
    assert kinetics.arrhenius_lever(70 + K, 60 + K) > 0 > kinetics.arrhenius_lever(50 + K, 60 + K)
    assert kinetics.arrhenius_lever(60 + K, 60 + K) == 0


def test_slope_is_the_limit_of_the_shift():
    t, step = 60 + K, 1e-4
    difference = kinetics.arrhenius_shift(0.7, t, t + step) / step
    assert kinetics.arrhenius_slope(0.7, t) == pytest.approx(difference, rel=1e-5)


def test_two_points_across_a_paper_give_0_89_ev():
    ea = kinetics.two_point_ea(3400, 30 + K, 64, 70 + K)
    assert ea == pytest.approx(0.890, abs=5e-4)
    assert kinetics.two_point_ea(3400, 30 + K, 64, 70 + K, form=1) == pytest.approx(0.918, abs=5e-4)


def test_two_point_energy_undoes_the_shift():
    r2 = 64 * 10 ** kinetics.arrhenius_shift(0.7, 70 + K, 25 + K, 1)
    assert kinetics.two_point_ea(64, 70 + K, r2, 25 + K, 1) == pytest.approx(0.7)


def test_ea_of_ln_r_over_t_gives_the_same_shift_near_its_temperature():
    mid = 65 + K
    converted = kinetics.ea_of_resistance(0.7, mid, 1)
    exact = kinetics.arrhenius_shift(0.7, 66 + K, 64 + K, 1)
    assert kinetics.arrhenius_shift(converted, 66 + K, 64 + K, 0) == pytest.approx(exact, rel=1e-4)


def test_one_ma_per_cm2_at_25_degc_is_25_69_ohm_cm2():
    assert kinetics.transfer_resistance(1e-3, 25 + K) == pytest.approx(25.69, abs=0.005)
    assert kinetics.transfer_resistance(1e-3, 25 + K, charge=2) == pytest.approx(
        25.69 / 2, abs=0.005
    )
    assert kinetics.exchange_current(2.1, 80 + K) == pytest.approx(14.49e-3, abs=5e-6)


def test_45_kj_per_mol_is_0_466_ev():
    assert to_canonical(45, "kJ mol-1") == pytest.approx(0.466, abs=5e-4)
    assert math.isclose(to_canonical(96.48533212, "kJ mol-1"), 1.0)
