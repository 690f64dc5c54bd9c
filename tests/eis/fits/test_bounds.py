"""Bounds hold, are named where a parameter ends on one, and wrong ones are refused."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import CircuitError, FitError

CIRCUIT = "R0-p(R1,CPE1)"
F = np.logspace(5, -1, 40)


@pytest.fixture(scope="module")
def spectrum():
    rng = np.random.default_rng(71)
    z = 20 + 400 / (1 + (2j * np.pi * F * 2e-3) ** 0.85)
    return eis.Spectrum(F, z + 0.002 * np.abs(z) * (rng.normal(size=40) + 1j * rng.normal(size=40)))


@pytest.mark.parametrize(
    ("name", "sides", "end"),
    [
        ("CPE1_n", (0.9, 1.0), 0.9),
        ("CPE1_n", (0.3, 0.8), 0.8),
        ("R1", (None, 350.0), 350.0),
        ("R0", (25.0, np.inf), 25.0),
        ("CPE1_Q", (2e-5, 2.2e-5), 2e-5),
    ],
)
def test_a_parameter_outside_its_bounds_ends_on_one(spectrum, name, sides, end):
    fit = eis.fit(spectrum, CIRCUIT, bounds={name: sides})
    # The constrained minimum of one bound that is active is the fit with it fixed there.
    fixed = eis.fit(spectrum, CIRCUIT, fix={name: end})
    assert fit.params[name] == end
    assert fit.chi2 == pytest.approx(fixed.chi2, rel=1e-6)
    assert f"{name} on its bound {end:.6g}" in fit.verdict
    assert "on its bound" in str(fit.summary())
    low, high = fit.conf_int().loc[name]
    assert low == pytest.approx(end) or high == pytest.approx(end)


def test_bounds_that_hold_the_optimum_leave_the_fit(spectrum):
    free = eis.fit(spectrum, CIRCUIT)
    fit = eis.fit(spectrum, CIRCUIT, bounds={"R1": (100.0, 900.0), "CPE1_n": (0.5, 1.0)})
    np.testing.assert_allclose(fit.estimates, free.estimates, rtol=1e-5)
    np.testing.assert_allclose(fit.conf_int(), free.conf_int(), rtol=1e-3)
    assert fit.verdict == free.verdict


def test_a_batch_takes_bounds(spectrum):
    one = eis.fit(spectrum, CIRCUIT, bounds={"CPE1_n": (0.9, 1.0)})
    batch = eis.fit_many([spectrum, spectrum], CIRCUIT, bounds={"CPE1_n": (0.9, 1.0)})
    for fit in batch:
        np.testing.assert_allclose(fit.estimates, one.estimates, rtol=1e-5)
        assert "CPE1_n on its bound 0.9" in fit.verdict


@pytest.mark.parametrize(
    ("bounds", "error", "message"),
    [
        ({"R9": (1.0, 2.0)}, CircuitError, "R9"),
        ({"R1": (5.0, 5.0)}, FitError, "bounds of R1 are 5 to 5 ohm; they must rise"),
        ({"R1": (9.0, 5.0)}, FitError, "bounds of R1 are 9 to 5 ohm; they must rise"),
        ({"R1": (-5.0, 5.0)}, FitError, "inside its limits 0 to inf"),
        ({"CPE1_n": (0.5, 1.2)}, FitError, "bounds of CPE1_n are 0.5 to 1.2; .* 0 to 1"),
        ({"R1": 5.0}, FitError, r"bounds of R1 are 5.0; give a low and a high value"),
        ({"R1": ("a", "b")}, FitError, "give a low and a high value"),
        ({"R1": (float("nan"), 5.0)}, FitError, "must rise"),
        ([("R1", 1, 2)], FitError, "bounds is .* give a low and a high value by name"),
    ],
)
def test_wrong_bounds_are_one_clear_error(spectrum, bounds, error, message):
    with pytest.raises(error, match=message):
        eis.fit(spectrum, CIRCUIT, bounds=bounds)


def test_bounds_of_a_fixed_parameter_are_refused(spectrum):
    with pytest.raises(FitError, match="R1 has bounds and is fixed or tied; choose one"):
        eis.fit(spectrum, CIRCUIT, fix={"R1": 300.0}, bounds={"R1": (1.0, 1000.0)})
