"""One of several circuits, chosen on spectra that known circuits made."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import Circuit, CircuitError, FitError, Spectrum
from metastudy.summary import Summary

FREQUENCY = np.logspace(6, -1, 50)
ONE, TWO, THREE = (
    "R0-p(R1,CPE1)",
    "R0-p(R1,CPE1)-p(R2,CPE2)",
    "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)",
)
GERISCHER = "R0-p(R1,C1)-G2"
VALUES = {
    ONE: [20.0, 500.0, 1e-6, 0.8],
    TWO: [20.0, 500.0, 1e-6, 0.8, 900.0, 1e-4, 0.9],
    THREE: [20.0, 500.0, 1e-7, 0.8, 90.0, 1e-5, 0.9, 700.0, 3e-4, 0.7],
    GERISCHER: [20.0, 500.0, 1e-7, 900.0, 0.5],
}
CIRCUITS = list(VALUES)


def spectrum_of(circuit, noise=0.0, digits=9, frequency=FREQUENCY, values=None):
    """A spectrum with relative noise, written with so many digits."""
    z = Circuit(circuit).impedance(frequency, VALUES[circuit] if values is None else values)
    e = np.random.default_rng(3).normal(size=(2, frequency.size))
    z = z + noise * np.abs(z) * (e[0] + 1j * e[1])
    written = [float(f"{x:.{digits - 1}e}") for x in (*z.real, *z.imag)]
    re, im = np.reshape(written, (2, -1))
    return Spectrum(frequency, re + 1j * im)


@pytest.mark.parametrize("noise", [0.0, 0.003])
@pytest.mark.parametrize("circuit", CIRCUITS)
def test_the_circuit_that_made_the_data_is_chosen(circuit, noise):
    chosen = eis.select_circuit(spectrum_of(circuit, noise), CIRCUITS)
    assert chosen.best == circuit
    assert chosen.fit.circuit.text == circuit
    assert not chosen.waves
    np.testing.assert_allclose(chosen.fit.estimates, VALUES[circuit], rtol=0.2 if noise else 1e-4)


def test_criteria_are_those_of_the_fits():
    spectrum = spectrum_of(TWO, 0.003)
    table = eis.select_circuit(spectrum, CIRCUITS).to_frame()
    fits = {circuit: eis.fit(spectrum, circuit) for circuit in table.index}
    n = 2 * FREQUENCY.size
    for circuit, row in table.iterrows():
        assert row["chi2"] <= fits[circuit].chi2 * (1 + 1e-4)
        # -2 ln L = n ln(2 pi chi2/n) + n of normal errors with an estimated variance.
        k = row["parameters"] + 1
        minus_two = n * (np.log(2 * np.pi * row["chi2"] / n) + 1)
        assert row["bic"] == pytest.approx(minus_two + k * np.log(n))
        assert row["aicc"] == pytest.approx(minus_two + 2 * k + 2 * k * (k + 1) / (n - k - 1))
    rank = (table["bic"] + np.where(table["needed"], 0.0, 10.0)).astype(float)
    np.testing.assert_allclose(table["rank"], rank)
    raw = np.exp((rank.min() - rank) / 2)
    np.testing.assert_allclose(table["weight"], raw / raw.sum())


def test_nothing_below_the_digits_is_credited():
    # The second arc is 1e-9 of the first: nine digits do not show it.
    values = [*VALUES[ONE], 5e-7, 1e-1, 0.9]
    chosen = eis.select_circuit(spectrum_of(TWO, values=values), [TWO, ONE])
    assert chosen.best == ONE
    last = chosen.candidates[-1]
    assert (last.circuit, last.chi2, last.bic, last.weight) == (TWO, None, None, 0.0)
    assert "Not fitted, because R0-p(R1,CPE1) meets the noise floor" in str(chosen.summary())


@pytest.mark.parametrize("digits", [4, 6, 8])
def test_the_noise_floor_is_that_of_the_digits(digits):
    spectrum = spectrum_of(ONE, digits=digits)
    exact = Circuit(ONE).impedance(FREQUENCY, VALUES[ONE])
    error = (spectrum.impedance_ohm - exact) / np.abs(exact)
    rms = np.sqrt(np.mean([error.real**2, error.imag**2]))
    chosen = eis.select_circuit(spectrum, [ONE, TWO])
    assert rms < chosen.noise_floor < 3 * rms
    assert chosen.best == ONE


def test_rounded_frequencies_are_part_of_the_floor():
    exact = np.logspace(5.97, -1.03, 53)
    rounded = np.array([float(f"{f:.4e}") for f in exact])
    z = Circuit(TWO).impedance(exact, VALUES[TWO])
    error = (z - Circuit(TWO).impedance(rounded, VALUES[TWO])) / np.abs(z)
    rms = np.sqrt(np.mean([error.real**2, error.imag**2]))
    chosen = eis.select_circuit(Spectrum(rounded, z), CIRCUITS)
    assert rms < chosen.noise_floor < 3 * rms
    assert chosen.best == TWO


def test_a_stated_floor_takes_the_place_of_the_digits():
    spectrum = spectrum_of(TWO)
    assert eis.select_circuit(spectrum, [ONE, TWO]).best == TWO
    chosen = eis.select_circuit(spectrum, [ONE, TWO], noise_floor=1.0)
    assert (chosen.best, chosen.noise_floor) == (ONE, 1.0)


def test_the_same_spectrum_in_two_writings_is_a_tie():
    # R parallel to (R in series with C) is R in series with R parallel to C.
    values = [50.0, 100.0, 1e-6]
    spectrum = spectrum_of("R0-p(R1,C1)", 0.002, values=values)
    chosen = eis.select_circuit(spectrum, ["R0-p(R1,C1)", "p(R1,R2-C2)", "R0-CPE1"])
    pair = {chosen.best, *chosen.ties}
    assert pair == {"R0-p(R1,C1)", "p(R1,R2-C2)"}
    assert not chosen.unique
    assert "as good: " in chosen.verdict
    weights = chosen.to_frame()["weight"]
    assert weights[list(pair)].tolist() == pytest.approx([0.5, 0.5], abs=1e-3)


def test_a_spectrum_that_no_circuit_explains_is_said():
    chosen = eis.select_circuit(spectrum_of(THREE, 1e-4), [ONE, GERISCHER])
    assert chosen.waves
    assert not chosen.unique
    assert "none has the shape of the spectrum" in chosen.verdict


@pytest.mark.parametrize("plain", ["R0", "R0-L1", "C1", "R0-C1"])
def test_a_circuit_without_a_time_constant_is_a_candidate(plain):
    omega = 2 * np.pi * (f := np.logspace(5, 0, 41))
    resistor = eis.Spectrum(f, 10.0 + 100.0 / (1 + 1j * omega * 1e-4))
    chosen = eis.select_circuit(resistor, [plain, "R0-p(R1,C1)"])
    assert chosen.best == "R0-p(R1,C1)"
    assert plain in set(chosen.to_frame().index)


def test_the_order_of_the_circuits_does_not_matter():
    spectrum = spectrum_of(TWO, 0.003)
    one = eis.select_circuit(spectrum, CIRCUITS).to_frame()
    other = eis.select_circuit(spectrum, CIRCUITS[::-1]).to_frame()
    assert list(one.index) == list(other.index)
    np.testing.assert_allclose(one["chi2"], other["chi2"], rtol=1e-6)


def test_a_scaled_spectrum_gives_the_same_choice():
    spectrum = spectrum_of(TWO, 0.003)
    larger = Spectrum(FREQUENCY, 1e4 * spectrum.impedance_ohm)
    one, other = (eis.select_circuit(s, CIRCUITS).to_frame() for s in (spectrum, larger))
    np.testing.assert_allclose(one["chi2"], other["chi2"], rtol=1e-6)


def test_points_measured_twice_count_once():
    spectrum = spectrum_of(TWO, 0.003)
    twice = Spectrum(np.tile(FREQUENCY, 2), np.tile(spectrum.impedance_ohm, 2))
    one, other = (eis.select_circuit(s, [ONE, TWO]).to_frame() for s in (spectrum, twice))
    np.testing.assert_allclose(one["bic"].astype(float), other["bic"].astype(float))


def test_weights_may_be_given():
    spectrum = spectrum_of(TWO, 0.003)
    sigma = 0.003 * np.abs(spectrum.impedance_ohm)
    chosen = eis.select_circuit(spectrum, [ONE, TWO], weight=sigma)
    assert chosen.best == TWO
    # With the true deviations the cost is a chi-square of 2n - p.
    assert chosen.candidates[0].chi2 == pytest.approx(93, abs=4 * np.sqrt(2 * 93))
    assert chosen.fit.chi2 == pytest.approx(chosen.candidates[0].chi2)


def test_the_summary_prints_itself_and_is_html_in_a_notebook():
    summary = eis.select_circuit(spectrum_of(TWO, 0.003), CIRCUITS).summary()
    assert isinstance(summary, Summary)
    assert "<table" in summary._repr_html_()
    assert f"best {TWO}" in str(summary)


@pytest.mark.parametrize(
    ("circuits", "options", "message"),
    [
        (["R0-p(R1,C1)"], {}, "give at least two, as in"),
        ("R0-p(R1,C1)", {}, "give at least two, as in"),
        ([ONE, "R0(R1CPE1)"], {}, r"circuit R0\(R1CPE1\) is there twice; give each once"),
        ([ONE, TWO], {"weight": "structure"}, "differs from circuit to circuit; use modulus"),
        ([ONE, TWO], {"weight": "none"}, "weight 'none' is not known"),
        ([ONE, TWO], {"noise_floor": 0.0}, "noise_floor = 0.0; give a positive number"),
        ([ONE, TWO], {"noise_floor": "low"}, "noise_floor = 'low'; give a positive number"),
    ],
)
def test_mistakes_are_named(circuits, options, message):
    with pytest.raises(FitError, match=message):
        eis.select_circuit(spectrum_of(ONE), circuits, **options)


def test_a_circuit_that_cannot_be_read_is_named():
    with pytest.raises(CircuitError, match="character 4"):
        eis.select_circuit(spectrum_of(ONE), [ONE, "R0-Y1"])


def test_too_few_points_are_named():
    spectrum = Spectrum(FREQUENCY[:4], spectrum_of(ONE).impedance_ohm[:4])
    with pytest.raises(FitError, match="10 free parameters, but the spectrum has 8 real numbers"):
        eis.select_circuit(spectrum, [ONE, THREE])


def test_a_part_without_a_scale_is_refused():
    fixed = eis.Element(
        "U",
        "unit loss",
        "1/(1 + 1j*w*tau)",
        (eis.Parameter("tau", "s"),),
        lambda w, tau: 1 / (1 + 1j * w * tau),
    )
    with pytest.raises(FitError, match="part in series whose impedance no parameter scales"):
        eis.select_circuit(spectrum_of(ONE), [ONE, Circuit("R0-U1", [fixed])])
