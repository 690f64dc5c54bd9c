"""Expected values: hand arithmetic with k = 8.617333e-5 eV/K."""

import math

import numpy as np
import pytest

from metastudy.physics import arrhenius
from metastudy.units import to_canonical

K = 273.15


@pytest.mark.parametrize(("form", "expected"), [(0, 130.25), (1, 126.45)])
def test_64_ohm_cm2_at_70_degc_read_at_60(form, expected):
    # Mangani 2024, Table 2 and section 1: 64 ohm cm2 at 70 degC, 0.7 eV
    shift = arrhenius.arrhenius_shift(0.70, 70 + K, 60 + K, form)
    assert 64 * 10**shift == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("cold", "warm", "factor"), [(25, 30, 1.567), (60, 70, 2.035)])
def test_factors_of_0_7_ev_between_the_temperatures_of_weiss_2020(cold, warm, factor):
    # Figures 3 and 4 stand at 25 and 60 degC, with points measured at 30 and 70 degC
    shift = arrhenius.arrhenius_shift(0.70, warm + K, cold + K)
    assert 10**shift == pytest.approx(factor, abs=5e-4)


def test_64_ohm_cm2_at_70_degc_read_at_25():
    shift = arrhenius.arrhenius_shift(0.70, 70 + K, 25 + K)
    assert 64 * 10**shift == pytest.approx(2280, rel=2e-3)


def test_a_tenth_of_an_ev_on_45_kelvin_is_a_factor_1_67():
    lever = arrhenius.arrhenius_lever(70 + K, 25 + K)
    assert 10 ** (0.1 * lever) == pytest.approx(1.67, abs=0.005)


def test_lever_changes_sign_with_the_side_of_the_reference():
    lever = arrhenius.arrhenius_lever
    assert lever(70 + K, 60 + K) > 0 > lever(50 + K, 60 + K)
    assert lever(60 + K, 60 + K) == 0


def test_slope_is_the_limit_of_the_shift():
    t, step = 60 + K, 1e-4
    difference = arrhenius.arrhenius_shift(0.7, t, t + step) / step
    assert arrhenius.arrhenius_slope(0.7, t) == pytest.approx(difference, rel=1e-5)


def test_two_points_across_a_paper_give_0_89_ev():
    # Mangani 2024: 3.4 kohm cm2 at 30 degC (section 1) and 64 ohm cm2 at 70 degC (Table 2)
    ea = arrhenius.two_point_ea(3400, 30 + K, 64, 70 + K)
    assert ea == pytest.approx(0.890, abs=5e-4)
    over_t = arrhenius.two_point_ea(3400, 30 + K, 64, 70 + K, form=1)
    assert over_t == pytest.approx(0.918, abs=5e-4)


def test_two_point_energy_undoes_the_shift():
    r2 = 64 * 10 ** arrhenius.arrhenius_shift(0.7, 70 + K, 25 + K, 1)
    assert arrhenius.two_point_ea(64, 70 + K, r2, 25 + K, 1) == pytest.approx(0.7)


def test_ea_of_ln_r_over_t_gives_the_same_shift_near_its_temperature():
    mid = 65 + K
    converted = arrhenius.ea_of_resistance(0.7, mid, 1)
    exact = arrhenius.arrhenius_shift(0.7, 66 + K, 64 + K, 1)
    assert arrhenius.arrhenius_shift(converted, 66 + K, 64 + K, 0) == pytest.approx(exact, rel=1e-4)


def test_arrays_broadcast():
    temperatures = np.array([30.0, 70.0]) + K
    shifts = arrhenius.arrhenius_shift(np.array([[0.5], [0.7]]), temperatures, 60 + K)
    assert shifts.shape == (2, 2)
    assert shifts[1, 1] == pytest.approx(arrhenius.arrhenius_shift(0.7, 70 + K, 60 + K))


def test_45_kj_per_mol_is_0_466_ev():
    assert to_canonical(45, "kJ mol-1") == pytest.approx(0.466, abs=5e-4)
    assert math.isclose(to_canonical(96.48533212, "kJ mol-1"), 1.0)
