"""Kramers-Kronig and the other checks: good spectra pass, each fault is seen where it is."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import EisError, Spectrum

from ..ensembles import BLOCKING, FREQUENCY, TWO_ARCS, draw, spectrum_of


def test_noise_free_blocking_cells_stay_within_the_truncation_error():
    # SS|PE|SE|PE|SS: bulk, interface, blocking tail; 0.3 % is the error that truncation may leave.
    rng = np.random.default_rng(50)
    for _ in range(15):
        spectrum = spectrum_of(BLOCKING, draw(rng, BLOCKING))
        for variant in ("complex", "real", "imaginary"):
            result = eis.check_kramers_kronig(spectrum, variant)
            assert result.passed
        assert eis.check_kramers_kronig(spectrum).wave < 0.003


@pytest.mark.parametrize("circuit", [TWO_ARCS, BLOCKING, "L0-R0-p(R1,CPE1)-CPE2"])
def test_noisy_spectra_pass_and_the_noise_is_measured(circuit):
    rng = np.random.default_rng(51)
    noises = []
    for _ in range(25):
        values = draw(rng, BLOCKING)
        if circuit == TWO_ARCS:
            values = values[:7]
        elif circuit.startswith("L0"):
            values = np.concatenate([[1e-6], values[:4], values[7:]])
        result = eis.check_kramers_kronig(spectrum_of(circuit, values, rng))
        assert result.passed
        noises.append(result.noise)
    # Second differences of 64 points read each to about 15 %.
    assert np.mean(noises) == pytest.approx(0.005, rel=0.15)


def test_measurement_model_does_not_fit_the_noise():
    rng = np.random.default_rng(52)
    z = spectrum_of(TWO_ARCS, [50, 300, 1e-7, 0.9, 900, 1e-5, 0.9], rng)
    result = eis.check_kramers_kronig(z)
    assert result.elements < 32
    assert np.std(result.residual.real) > 0.6 * 0.005


def test_step_in_the_sweep_is_found_where_it_is():
    rng = np.random.default_rng(53)
    for _ in range(10):
        spectrum = spectrum_of(TWO_ARCS, draw(rng, TWO_ARCS), rng)
        z = spectrum.impedance_ohm.copy()
        z[30:] *= 1.06
        result = eis.check_kramers_kronig(Spectrum(FREQUENCY, z))
        assert not result.passed
        low, high = min(r[0] for r in result.bad_ranges), max(r[1] for r in result.bad_ranges)
        assert low / 30 < FREQUENCY[30] < high * 30
        assert result.words.startswith("not consistent with Kramers-Kronig at ")


def test_wrong_sign_of_the_imaginary_part_fails():
    spectrum = spectrum_of(TWO_ARCS, [50, 300, 1e-7, 0.9, 900, 1e-5, 0.9])
    flipped = Spectrum(spectrum.frequency_hz, spectrum.impedance_ohm.conj())
    assert not eis.check_kramers_kronig(flipped).passed


def test_drift_of_a_slow_cell_is_not_seen_by_kramers_kronig_but_by_repeats():
    # The interface grows by half during the sweep and again on the way back. The relations hold
    # almost, because each decade sees its own cell; the second sweep does not agree.
    growth = np.concatenate([np.linspace(1, 1.5, 64), np.linspace(1.5, 2, 64)])
    frequency = np.concatenate([FREQUENCY, FREQUENCY[::-1]])
    circuit = eis.Circuit(TWO_ARCS)
    z = [
        circuit.impedance([f], [50, 300, 1e-9, 0.9, 900 * g, 1e-8, 0.9])[0]
        for f, g in zip(frequency, growth, strict=True)
    ]
    result = eis.check(Spectrum(frequency, z))
    assert result["drift"].verdict == "fail"
    assert "64 frequencies measured twice" in result["drift"].words
    once = eis.check(Spectrum(FREQUENCY, z[:64]))
    assert once["drift"].verdict == "unknown"
    assert "repeat points or sweep up and down" in once["drift"].words


def test_two_equal_sweeps_have_not_drifted():
    rng = np.random.default_rng(54)
    values = draw(rng, TWO_ARCS)
    frequency = np.concatenate([FREQUENCY, FREQUENCY[::-1]])
    spectrum = spectrum_of(TWO_ARCS, values, rng, frequency=frequency)
    assert eis.check(spectrum)["drift"].verdict == "ok"
    z = spectrum.impedance_ohm.copy()
    z[64:] *= 1.03
    assert eis.check(Spectrum(frequency, z))["drift"].verdict == "fail"


@pytest.mark.parametrize("bad", [[20, 41], [20, 21], [7, 8, 50]])
def test_bad_points_are_flagged_and_do_not_bend_the_rest(bad):
    rng = np.random.default_rng(55)
    spectrum = spectrum_of(TWO_ARCS, draw(rng, TWO_ARCS), rng)
    z = spectrum.impedance_ohm.copy()
    z[bad] *= 1.3
    result = eis.check(Spectrum(FREQUENCY, z))
    assert result["outliers"].points.tolist() == bad
    assert result["Kramers-Kronig"].verdict == "ok"
    assert len(result.kramers_kronig.residual) == 64


def test_order_of_the_points_does_not_matter():
    rng = np.random.default_rng(56)
    spectrum = spectrum_of(TWO_ARCS, draw(rng, TWO_ARCS), rng)
    order = rng.permutation(64)
    shuffled = Spectrum(FREQUENCY[order], spectrum.impedance_ohm[order])
    one, two = eis.check_kramers_kronig(spectrum), eis.check_kramers_kronig(shuffled)
    np.testing.assert_allclose(two.residual, one.residual[order], atol=1e-12)


def test_negative_resistance_is_not_passive():
    spectrum = spectrum_of(TWO_ARCS, [50, 300, 1e-7, 0.9, 900, 1e-5, 0.9])
    z = spectrum.impedance_ohm.copy()
    z[:3] -= 460
    result = eis.check(Spectrum(FREQUENCY, z))
    assert result["passivity"].verdict == "fail"
    assert "Re Z < 0 at 3 points from" in result["passivity"].words
    assert not result.passed
    assert eis.check(spectrum)["passivity"].verdict == "ok"


def test_leads_are_warned_about_where_they_matter():
    # 0.63 uH is 28 ohm at 7 MHz: much beside 50 ohm, nothing beside 100 kohm below 1 kHz.
    small = eis.check(spectrum_of("L0-R0", [1e-6, 50]))["high frequency"]
    assert small.verdict == "warning"
    assert "at least 1 uH in series" in small.words
    assert "fit a series L" in small.words
    frequency = np.logspace(3, -1, 30)
    slow = eis.check(spectrum_of("R0-p(R1,C1)", [1e3, 1e3, 1e-6], frequency=frequency))
    assert slow["high frequency"].verdict == "ok"
    large = eis.check(spectrum_of("R(RC)", [1e4, 1e6, 1e-11]))["high frequency"]
    assert "fit a parallel C" in large.words


def test_short_spectra_get_unknown_rather_than_an_error():
    result = eis.check(Spectrum([1, 2, 3], [1, 2, 3]))
    assert result["Kramers-Kronig"].verdict == "unknown"
    assert "Kramers-Kronig  unknown" in str(result)


@pytest.mark.parametrize(
    ("spectrum", "options", "message"),
    [
        (Spectrum([1, 2], [1, 1]), {}, "has 2 points; a Kramers-Kronig check needs at least 10"),
        (Spectrum(FREQUENCY, np.zeros(64)), {}, "exactly 0 ohm"),
        (Spectrum(FREQUENCY, np.ones(64)), {"variant": "both"}, "variant 'both' is not known"),
        (Spectrum(FREQUENCY, np.ones(64)), {"representation": "Y"}, "use impedance or admittance"),
    ],
)
def test_mistakes_are_named(spectrum, options, message):
    with pytest.raises(EisError, match=message):
        eis.check_kramers_kronig(spectrum, **options)


@pytest.mark.parametrize("variant", ["complex", "real", "imaginary"])
@pytest.mark.parametrize(("points", "draws"), [(20, 40), (30, 40), (60, 30), (2000, 12)])
def test_false_alarms_stay_rare_from_few_points_to_many(variant, points, draws):
    """Rate stated: 1 % a spectrum; more than two alarms of 40 then have probability 0.8 %."""
    f = np.logspace(5.5, -1, points)
    w = 2j * np.pi * f
    alarms = 0
    for seed in range(draws):
        rng = np.random.default_rng([52, points, seed])
        z = 20 + 80 / (1 + (w * 3e-4) ** 0.88) + 130 / (1 + (w * 0.1) ** 0.9)
        e = rng.normal(size=(2, points))
        noisy = z * (1 + 0.015 * (e[0] + 1j * e[1]))
        alarms += not eis.check_kramers_kronig(Spectrum(f, noisy), variant).passed
    assert alarms <= 2


def test_many_points_do_not_hide_a_fault():
    f = np.logspace(5, -1, 4000)
    w = 2j * np.pi * f
    rng = np.random.default_rng(53)
    e = rng.normal(size=(2, f.size))
    z = (15 + 200 / (1 + (w * 2e-3) ** 0.9)) * (1 + 0.01 * (e[0] + 1j * e[1]))
    # A step of 8 % in a fifth of a decade.
    z[(f > 10) & (f < 16)] *= 1.08
    found = eis.check_kramers_kronig(Spectrum(f, z))
    assert not found.passed
    assert any(low < 16 and high > 10 for low, high in found.bad_ranges)
