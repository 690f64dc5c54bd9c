"""A drift along the sweep: against a fit that has it as a parameter, and by simulation."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from metastudy import eis
from metastudy.eis.fits.drift_test import drift_test

F = np.geomspace(1e5, 1.0, 41)
PLACE = np.linspace(-0.5, 0.5, F.size)
CIRCUIT = "R0-p(R1,C1)"
VALUES = (20.0, 100.0, 1e-6)


def impedance(log_values, change=0.0):
    r0, r, c = np.exp(log_values)
    r = r * np.exp(change * PLACE)
    return r0 + r / (1 + 2j * np.pi * F * r * c)


def spectrum(rng, change=0.0, noise=0.003):
    z = impedance(np.log(VALUES), change)
    e = rng.standard_normal((2, F.size))
    return eis.Spectrum(F, z * (1 + noise * (e[0] + 1j * e[1])))


@pytest.mark.parametrize("change", [0.0, 0.02, -0.05])
def test_the_estimate_is_that_of_a_fit_with_the_drift_as_a_parameter(change):
    data = spectrum(np.random.default_rng(3), change, noise=0.001)
    weight = 1 / np.abs(data.impedance_ohm)

    def residual(v):
        off = (impedance(v[:3], v[3]) - data.impedance_ohm) * weight
        return np.concatenate([off.real, off.imag])

    other = least_squares(residual, [*np.log(VALUES), 0.0], xtol=1e-14, ftol=1e-14)
    covariance = np.linalg.inv(other.jac.T @ other.jac) * 2 * other.cost / (2 * F.size - 4)
    found = drift_test(eis.fit(data, CIRCUIT))
    assert found.resistor == "R1"
    assert found.change == pytest.approx(other.x[3], rel=0.05, abs=1e-5)
    # At unequal variances the error may come out larger.
    equal = np.sqrt(covariance[3, 3])
    assert 0.95 * equal < found.standard_error < 1.3 * equal


def test_the_verdict_names_the_drift():
    fit = eis.fit(spectrum(np.random.default_rng(4), 0.03), CIRCUIT)
    assert "as a drift of R1 by +" in fit.verdict
    assert "% along the sweep would leave them (p = " in fit.verdict
    backwards = eis.Spectrum(F[::-1], fit.spectrum.impedance_ohm[::-1])
    assert "as a drift of R1 by -" in eis.fit(backwards, CIRCUIT).verdict


def test_false_alarms_are_as_rare_as_stated():
    """Of 200 cells without a drift at most 6 (probability 0.004 at 1 %)."""
    rng = np.random.default_rng(5)
    fits = eis.fit_many([spectrum(rng) for _ in range(200)], CIRCUIT)
    tests = [drift_test(fit) for fit in fits]
    assert sum(bool(test.remark) for test in tests) <= 6
    # Bonferroni: two resistances, so a p-value below 0.1 has a probability of at most 0.1.
    assert np.mean([test.pvalue < 0.1 for test in tests]) < 0.1 + 3 * np.sqrt(0.09 / 200)


def test_weights_that_do_not_suit_the_noise_are_no_drift():
    """Noise that is constant in ohm, or ten times as large above 10 kHz, under modulus weights."""
    rng = np.random.default_rng(7)
    z = impedance(np.log(VALUES))
    spectra = []
    for sd in (np.full(F.size, 0.2), 0.003 * np.abs(z) * np.where(F > 1e4, 10, 1)):
        e = rng.standard_normal((2, 100, F.size))
        spectra += [
            eis.Spectrum(F, z + sd * (one + 1j * other)) for one, other in zip(*e, strict=True)
        ]
    tests = [drift_test(fit) for fit in eis.fit_many(spectra, CIRCUIT)]
    assert sum(bool(test.remark) for test in tests) <= 6


def test_no_test_without_noise_resistances_or_degrees_of_freedom():
    exact = eis.Spectrum(F, impedance(np.log(VALUES)))
    assert drift_test(eis.fit(exact, CIRCUIT)) is None
    capacitor = eis.Spectrum(F, 1 / (2j * np.pi * F * 1e-6) * (1 + 1e-3 * PLACE**2))
    assert drift_test(eis.fit(capacitor, "C1")) is None
    few = spectrum(np.random.default_rng(6))
    few = eis.Spectrum(F[::8], few.impedance_ohm[::8])
    assert drift_test(eis.fit(few, CIRCUIT)) is None
