"""Errors that neighbouring points share, and minima in which arcs have exchanged their roles."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis.circuits.model import Model
from metastudy.eis.optimise.levenberg_marquardt import minimise
from metastudy.eis.weighting.correlated_errors import modes, whitener
from metastudy.eis.weighting.data import Data, interleave
from metastudy.eis.weighting.weights import LAWS, error_structure

from ..ensembles import spectrum_of

FREQUENCY = np.logspace(np.log10(7e6), 4, 30)


def covariance(z, weight, stated):
    """Covariance of the weighted parts, point by point as the definition has it."""
    size = stated * np.clip((FREQUENCY - 1e6) / 6e6, 0, None)
    alike = np.exp(-(np.log(FREQUENCY[:, None] / FREQUENCY) ** 2) / (2 * np.log(10) ** 2))
    process = size[:, None] * size * alike
    out = np.eye(2 * z.size)
    # Re and Im of Z e with e = a + j b, where a and b are independent.
    for i in range(z.size):
        for j in range(z.size):
            one = np.array([[z[i].real, -z[i].imag], [z[i].imag, z[i].real]])
            two = np.array([[z[j].real, -z[j].imag], [z[j].imag, z[j].real]])
            block = process[i, j] * one @ two.T
            block = block * np.outer(weight[2 * i : 2 * i + 2], weight[2 * j : 2 * j + 2])
            out[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] += block
    return out


def whitened_pair():
    z = 100 / (1 + 2j * np.pi * FREQUENCY * 1e-7) + 20
    weight = LAWS["modulus"](z) / 0.003
    return z, weight, whitener(FREQUENCY, z, weight, 0.02)


def test_whitening_is_the_inverse_root_of_the_covariance():
    z, weight, h = whitened_pair()
    root = np.eye(2 * z.size) - h @ h.T
    product = root @ covariance(z, weight, 0.02) @ root
    np.testing.assert_allclose(product, np.eye(2 * z.size), atol=1e-3)


def test_colouring_undoes_whitening():
    z, weight, h = whitened_pair()
    data = Data(2 * np.pi * FREQUENCY, z[None], weight[None], h)
    parts = np.random.default_rng(1).standard_normal((3, 2 * z.size))
    np.testing.assert_allclose(data.coloured(data.whitened(parts)), parts, atol=1e-10)


def test_fit_with_shared_errors_is_generalised_least_squares():
    # R0 alone is linear: its estimate and variance stand in closed form (Aitken).
    rng = np.random.default_rng(2)
    truth = np.full(FREQUENCY.size, 50.0 + 0j)
    weight = LAWS["modulus"](truth) / 0.003
    e = rng.normal(size=(2, FREQUENCY.size))
    z = truth * (1 + (modes(FREQUENCY, 0.02).T @ rng.normal(size=(len(modes(FREQUENCY, 0.02)),))))
    z = z + 0.15 * (e[0] + 1j * e[1])
    h = whitener(FREQUENCY, truth, weight, 0.02)
    model = Model(eis.Circuit("R0"))
    found = minimise(
        model, Data(2 * np.pi * FREQUENCY, z[None], weight[None], h), np.array([[3.0]])
    )
    x, y = interleave(np.ones_like(truth)) * weight, interleave(z) * weight
    inverse = np.linalg.inv(covariance(truth, weight, 0.02))
    expected = x @ inverse @ y / (x @ inverse @ x)
    assert np.exp(found.v[0, 0]) == pytest.approx(expected, rel=1e-6)
    # d/d ln R = R d/dR
    assert found.normal[0, 0, 0] == pytest.approx(expected**2 * (x @ inverse @ x), rel=1e-3)


def test_nothing_is_shared_where_nothing_is_stated_or_no_point_is_fast():
    z, weight, _ = whitened_pair()
    assert whitener(FREQUENCY, z, weight, 0.0) is None
    slow = FREQUENCY / 100
    assert whitener(slow, z, weight, 0.02) is None


def test_interval_holds_the_truth_under_a_smooth_instrument_error():
    # 60 draws of a nominal 95 %: fewer than 51 has a chance of about one in a thousand.
    rng = np.random.default_rng(3)
    circuit, values = "R0-p(R1,CPE1)", [30.0, 200.0, 2e-9, 0.95]
    frequency = np.logspace(np.log10(7e6), 3, 40)
    z = eis.Circuit(circuit).impedance(frequency, values)
    held = independent = 0
    for _ in range(60):
        size = 0.02 * np.exp(2j * np.pi * rng.uniform())
        e = rng.normal(size=(2, z.size)) * 0.002 * np.abs(z)
        measured = z * (1 + size * np.clip((frequency - 1e6) / 6e6, 0, None)) + e[0] + 1j * e[1]
        spectrum = eis.Spectrum(frequency, measured)
        fit = eis.fit(spectrum, circuit, weight="structure", high_frequency_error=0.02)
        low, high = fit.intervals(["R0"])[0]
        held += low <= 30 <= high
        low, high = eis.fit(spectrum, circuit, weight="structure").intervals(["R0"])[0]
        independent += low <= 30 <= high
    assert held >= 51
    assert independent < held


def test_an_unseen_interface_is_not_the_bulk_in_its_place():
    # 36 ohm behind 54 kohm cannot be seen at 0.3 %; the bulk may be written as the arc.
    circuit = "L0-p(C0,R1-p(R2,CPE2)-CPE3)"
    values = [1.4e-6, 1.2e-11, 54540, 36.3, 6.6e-7, 0.97, 2.9e-7, 0.95]
    for seed in range(3):
        spectrum = spectrum_of(circuit, values, np.random.default_rng(seed), noise=0.003)
        fit = eis.fit(spectrum, circuit, weight="structure", high_frequency_error=0.02)
        assert fit.identifiability["R2"] == "not determined"


def test_a_law_that_bends_is_followed_over_four_decades():
    rng = np.random.default_rng(41)
    z = np.geomspace(1.0, 1e7, 4000) * (1 + 0j)
    frequency = np.full(z.size, 1e3)
    true = np.sqrt((0.002 * np.abs(z) * (1 + np.abs(z) / 1e6)) ** 2 + 0.02**2)
    e = rng.standard_normal((2, z.size))
    law = error_structure(frequency, z, true * (e[0] + 1j * e[1]))
    straight = error_structure(frequency[:2], z[:2], np.array([0.02, 0.02 + 0j]))
    assert straight.bend == 0  # two decades of |Z| are needed
    assert law.bend > 0.01
    ratio = law.random(frequency, z) / true
    inside = (np.abs(z) > 10) & (np.abs(z) < 1e6)
    assert np.all((ratio[inside] > 0.6) & (ratio[inside] < 1.6))
    assert "ln^2(|Z|/" in law.words


def test_residuals_that_the_fit_has_shrunk_are_given_back_their_leverage():
    rng = np.random.default_rng(42)
    z = np.geomspace(10.0, 50.0, 4000) * (1 + 0j)
    leverage = np.where(np.arange(z.size) % 2, 0.5, 0.0)
    e = rng.standard_normal((2, z.size)) * np.sqrt(1 - leverage)
    law = error_structure(
        np.full(z.size, 1e3), z, 0.01 * np.abs(z) * (e[0] + 1j * e[1]), 0.0, leverage
    )
    # 8,000 numbers know the standard deviation to 0.8 %.
    np.testing.assert_allclose(
        law.random(np.full(2, 1e3), z[[0, -1]]), 0.01 * np.abs(z[[0, -1]]), rtol=0.04
    )
