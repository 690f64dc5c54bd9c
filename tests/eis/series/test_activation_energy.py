"""Activation energies: exact lines, ordinary regression as a limit, and coverage by simulation."""

import numpy as np
import pytest
from scipy import stats

from metastudy.eis.errors import FitError
from metastudy.eis.series.activation_energy import arrhenius_line
from metastudy.units import BOLTZMANN_EV_PER_K

T = np.arange(60.0, 91.0, 5.0)
X = 1 / (BOLTZMANN_EV_PER_K * (T + 273.15))


def test_an_exact_line_comes_back():
    line = arrhenius_line(T, -17 + 0.7 * X, np.full(7, 1e-6))
    assert line.ea_ev == pytest.approx(0.7, rel=1e-9)
    assert line.chi2 == pytest.approx(0, abs=1e-9)
    value, _ = line.log_resistance(70)
    assert value == pytest.approx(-17 + 0.7 / (BOLTZMANN_EV_PER_K * 343.15))


def test_without_temperature_errors_it_is_ordinary_regression():
    y = -17 + 0.7 * X + np.array([0.01, -0.02, 0.0, 0.015, -0.01, 0.02, -0.015])
    line = arrhenius_line(T, y, np.full(7, 4e-4), point_k=0, common_k=0)
    other = stats.linregress(X, y)
    assert line.ea_ev == pytest.approx(other.slope)
    # Known sd 0.02: s / sqrt(Sxx).
    assert line.standard_error == pytest.approx(0.02 / np.sqrt(np.sum((X - X.mean()) ** 2)))
    residual = y - other.intercept - other.slope * X
    assert line.chi2 == pytest.approx(np.sum(residual**2) / 4e-4)
    assert line.pvalue == pytest.approx(stats.chi2.sf(line.chi2, 5))
    low, high = line.conf_int(0.1).loc["ea_ev"]
    assert (high - low) / 2 == pytest.approx(stats.norm.ppf(0.95) * line.standard_error)


def test_a_common_shift_changes_the_energy_by_two_parts_in_t():
    """Ea goes with T^2: 1 K of 348 K is 0.57 %, which is what the common term must add."""
    with_it, without = (
        arrhenius_line(T, -17 + 0.7 * X, np.zeros(7), common_k=common) for common in (1.0, 0.0)
    )
    added = with_it.standard_error**2 - without.standard_error**2
    assert np.sqrt(added) == pytest.approx(2 * 0.7 / 348.15, rel=0.05)
    shifted = arrhenius_line(T + 1, -17 + 0.7 * X, np.zeros(7), common_k=0)
    assert shifted.ea_ev / 0.7 == pytest.approx((349.15 / 348.15) ** 2, rel=5e-4)


def test_the_interval_covers_with_the_temperature_error_and_not_without():
    rng = np.random.default_rng(11)
    held = {0.5: 0, 0.0: 0}
    for _ in range(1000):
        true = T + 0.5 * rng.standard_normal(7) + rng.standard_normal()
        y = -17 + 0.7 / (BOLTZMANN_EV_PER_K * (true + 273.15)) + 0.004 * rng.standard_normal(7)
        for point, common in ((0.5, 1.0), (0.0, 0.0)):
            line = arrhenius_line(T, y, np.full(7, 1.6e-5), point_k=point, common_k=common)
            low, high = line.conf_int().loc["ea_ev"]
            held[point] += low <= 0.7 <= high
    assert 930 <= held[0.5] <= 970
    assert held[0.0] < 500


def test_mistakes_are_said():
    with pytest.raises(FitError, match="a line needs three temperatures; 2 were given"):
        arrhenius_line([60, 70, 70], [1, 2, 3], [1, 1, 1])
    with pytest.raises(FitError, match=r"the shapes \(3,\), \(2,\) and \(3,\)"):
        arrhenius_line([60, 70, 80], [1, 2], [1, 1, 1])
    with pytest.raises(FitError, match="must be finite"):
        arrhenius_line([60, 70, 80], [1, np.nan, 2], [1, 1, 1])


def test_the_form_r_over_t_is_a_line_of_its_own():
    y = -23 + 0.7 * X + np.log(T + 273.15)
    line = arrhenius_line(T, y, np.full(7, 1e-6), form="R/T")
    assert line.ea_ev == pytest.approx(0.7, rel=1e-9)
    assert line.log_resistance(70)[0] == pytest.approx(-23 + 0.7 * X[2] + np.log(343.15))
    # R = const T exp(Ea/kT) falls like exp(Ea_R/kT) with Ea_R = Ea - kT (the T of the middle).
    other = arrhenius_line(T, y, np.full(7, 1e-6))
    assert other.ea_ev == pytest.approx(0.7 - BOLTZMANN_EV_PER_K * 348.15, abs=2e-4)


def test_points_fitted_together_bring_their_covariance():
    """An error that all points share moves the intercept and not the energy."""
    y = -17 + 0.7 * X + np.array([0.01, -0.02, 0.0, 0.015, -0.01, 0.02, -0.015])
    alone = arrhenius_line(T, y, np.full(7, 4e-4), point_k=0, common_k=0)
    together = arrhenius_line(T, y, 4e-4 * np.eye(7) + 0.01, point_k=0, common_k=0)
    assert together.ea_ev == pytest.approx(alone.ea_ev)
    assert together.standard_error == pytest.approx(alone.standard_error)
    assert together.chi2 == pytest.approx(alone.chi2)
    assert together.covariance[0, 0] == pytest.approx(alone.covariance[0, 0] + 0.01)


def test_an_unknown_form_is_said():
    with pytest.raises(FitError, match="form 'lnR' is not known; use one of R, R/T"):
        arrhenius_line([60, 70, 80], [1, 2, 3], [1, 1, 1], form="lnR")
