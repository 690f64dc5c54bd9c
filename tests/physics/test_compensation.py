"""Lines that meet, lines that do not, and the artefact of regressing a line on itself."""

import numpy as np
import pytest
from scipy.stats import linregress

from metastudy.physics import PhysicsError, fit_compensation

K_EV = 8.617333262e-5
T = np.arange(20.0, 91.0, 10.0)
INVERSE = 1 / (K_EV * (T + 273.15))
ENERGIES = [0.4, 0.5, 0.6, 0.7, 0.8]


def series(rng, energies, meeting_k=450.0, apart=0.0, sd=0.05):
    return [
        np.exp(
            3.0
            + apart * rng.standard_normal()
            + ea * (INVERSE - 1 / (K_EV * meeting_k))
            + sd * rng.standard_normal(T.size)
        )
        for ea in energies
    ]


def test_lines_that_meet_without_error():
    rng = np.random.default_rng(0)
    found = fit_compensation([T] * 5, series(rng, ENERGIES, sd=1e-6))
    assert found.isokinetic_k == pytest.approx(450.0, abs=1e-2)
    np.testing.assert_allclose(found.ea_ev, ENERGIES, atol=1e-5)


def test_lines_that_meet_are_found_with_an_interval():
    found = fit_compensation([T] * 5, series(np.random.default_rng(1), ENERGIES))
    assert found.lower_k < 450.0 < found.upper_k
    assert found.pvalue_meeting > 0.05
    assert found.pvalue_parallel < 1e-6
    assert found.remark == ""


def test_error_alone_makes_a_line_of_intercepts_over_slopes_and_no_compensation_here():
    r = series(np.random.default_rng(2), [0.6] * 12)
    fits = [linregress(INVERSE, np.log(each)) for each in r]
    artefact = linregress([f.slope for f in fits], [f.intercept for f in fits])
    found = fit_compensation([T] * 12, r)
    # what a regression of a line on itself would report as compensation
    assert artefact.rvalue**2 > 0.95
    assert -1 / (K_EV * artefact.slope) == pytest.approx(found.harmonic_mean_k, abs=15)
    assert found.remark == (
        "the activation energies do not differ, so there is nothing to compensate"
    )
    assert found.lower_k is None
    assert found.upper_k is None


def test_lines_that_do_not_meet():
    found = fit_compensation([T] * 5, series(np.random.default_rng(3), ENERGIES, apart=1.0))
    assert found.pvalue_meeting < 1e-6
    assert found.remark == "the lines do not meet at one temperature"


def test_lines_that_meet_where_error_makes_them_meet_get_a_remark():
    found = fit_compensation([T] * 5, series(np.random.default_rng(4), ENERGIES, 326.0))
    assert found.lower_k < 326.0 < found.upper_k
    assert "harmonic mean of the temperatures, 327 K, where lines meet by error" in found.remark


def test_p_value_of_meeting_lines_is_uniform():
    rng = np.random.default_rng(6)
    below = sum(
        fit_compensation([T] * 4, series(rng, ENERGIES[:4])).pvalue_meeting < 0.2 for _ in range(80)
    )
    assert abs(below / 80 - 0.2) < 3 * np.sqrt(0.2 * 0.8 / 80)


def test_interval_covers_the_planted_temperature_as_often_as_it_says():
    rng = np.random.default_rng(9)
    inside = 0
    for _ in range(80):
        found = fit_compensation([T] * 4, series(rng, ENERGIES[:4]), alpha=0.1)
        low, high = found.lower_k or 0.0, found.upper_k or np.inf
        inside += low <= 450.0 <= high
    assert abs(inside / 80 - 0.9) < 3 * np.sqrt(0.9 * 0.1 / 80)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_compensation([T] * 2, [T] * 2), "three of each at least are needed"),
        (lambda: fit_compensation([T, T, T[:2]], [T, T, T[:2]]), "series 2 has 2 temperatures"),
        (lambda: fit_compensation([T] * 3, [T, T, -T]), r"resistance_ohm_cm2\[2\] = -20"),
    ],
)
def test_what_cannot_be_compared_is_refused(call, message):
    with pytest.raises(PhysicsError, match=message):
        call()
