"""R(t) to a plateau: planted values, a plateau not reached, no change; thickness by hand."""

import numpy as np
import pytest

from metastudy.physics import (
    PhysicsError,
    fit_growth,
    interphase_conductivity,
    interphase_thickness,
    resistance_at,
)

HOURS = np.array([0.0, 4, 10, 24, 48, 72, 100, 150, 200])


def test_from_the_start_to_the_plateau():
    assert resistance_at(0.0, 10.0, 100.0, 50.0) == 10.0
    assert resistance_at(1e5, 10.0, 100.0, 50.0) == pytest.approx(100.0)
    # after one tau, 1/e of the way is left
    assert resistance_at(50.0, 10.0, 100.0, 50.0) == pytest.approx(100 - 90 / np.e)
    assert resistance_at([0.0, 50.0], 100.0, 10.0, 50.0)[1] == pytest.approx(10 + 90 / np.e)


@pytest.mark.parametrize(("start", "plateau"), [(20.0, 100.0), (64.0, 5.0)])
def test_planted_growth_and_healing(start, plateau):
    fit = fit_growth(HOURS, resistance_at(HOURS, start, plateau, 30.0), log_sd=0.02)
    np.testing.assert_allclose(fit.params, [start, plateau, 30.0], rtol=1e-5)
    assert fit.pvalue_constant < 1e-10
    assert fit.remarks() == []
    assert fit.predict([15.0])[0] == pytest.approx(resistance_at(15.0, start, plateau, 30.0))


def test_a_plateau_that_was_not_reached_has_no_upper_end():
    hours = np.array([0.0, 1, 2, 3, 4, 5, 6])
    rng = np.random.default_rng(2)
    r = resistance_at(hours, 20.0, 200.0, 60.0) * np.exp(0.02 * rng.standard_normal(hours.size))
    fit = fit_growth(hours, r)
    assert fit.conf_int().loc["r_plateau_ohm_cm2", "upper"] == np.inf
    assert "the plateau was not reached: tau has no upper limit, the last point is at 6 h" in str(
        fit.summary()
    )


def test_a_reference_that_does_not_age():
    rng = np.random.default_rng(4)
    fit = fit_growth(HOURS, 64 * np.exp(0.05 * rng.standard_normal(HOURS.size)))
    assert fit.pvalue_constant > 0.05
    assert fit.remarks() == [
        f"no change is shown: one resistance, {fit.constant.fittedvalues[0]:.3g} ohm cm2, "
        "is not excluded"
    ]


def test_intervals_cover_the_planted_values_as_often_as_they_say():
    rng = np.random.default_rng(8)
    inside, repeats = np.zeros(3), 40
    for _ in range(repeats):
        r = resistance_at(HOURS, 20.0, 100.0, 30.0) * np.exp(0.04 * rng.standard_normal(9))
        ends = fit_growth(HOURS, r).conf_int(0.1).to_numpy()
        inside += (ends[:, 0] <= [20.0, 100.0, 30.0]) & ([20.0, 100.0, 30.0] <= ends[:, 1])
    assert np.all(np.abs(inside / repeats - 0.9) < 3 * np.sqrt(0.9 * 0.1 / repeats))


def test_thickness_and_conductivity_of_an_interphase():
    # Weiss 2020 section 2: 25 nm after 24 h; of 25 ohm cm2 it would have 1e-7 S/cm
    sigma = interphase_conductivity(25.0, 25e-7)
    assert sigma == pytest.approx(1e-7)
    assert interphase_thickness(25.0, sigma) == pytest.approx(25e-7)
    assert interphase_thickness(0.0, sigma) == 0.0


def test_too_few_times_are_refused():
    with pytest.raises(PhysicsError, match="a start, a plateau and a time constant need 3"):
        fit_growth([0, 1], [10, 20])
    with pytest.raises(PhysicsError, match="time_h = -1 must be 0 or more"):
        fit_growth([-1, 0, 1], [10, 20, 30])
