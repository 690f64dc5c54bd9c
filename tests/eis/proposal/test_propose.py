"""Circuits proposed from data made by known circuits."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import Circuit, FitError, Spectrum
from metastudy.eis.fits.identifiability import undetermined
from metastudy.eis.proposal.shapes import Parts, Shape, starts

from ..ensembles import BLOCKING, FREQUENCY, TWO_ARCS, spectrum_of

KNOWN = {
    TWO_ARCS: [50, 300, 1e-8, 0.9, 900, 1e-6, 0.85],
    BLOCKING: [50, 300, 1e-8, 0.9, 900, 1e-6, 0.85, 1e-4, 0.9],
    "L0-R0-p(R1,CPE1)": [1e-6, 20, 500, 1e-6, 0.85],
    "R0-p(R1,CPE1)-Wo2": [20, 500, 1e-7, 0.9, 600, 0.5],
    "L0-R0-CPE1": [1e-6, 20, 1e-5, 0.9],
    "p(R1,CPE1)-CPE2": [500, 1e-8, 0.9, 1e-5, 0.9],
}


@pytest.mark.parametrize("circuit", KNOWN)
def test_proposes_the_circuit_that_made_the_data(circuit):
    rng = np.random.default_rng(70)
    fit = eis.fit(spectrum_of(circuit, KNOWN[circuit], rng))
    assert fit.circuit.text == circuit
    np.testing.assert_allclose(fit.estimates, KNOWN[circuit], rtol=0.15)
    assert fit.proposal.candidates[0].circuit == circuit
    assert "BIC" in fit.proposal.reason
    assert "relaxation times peak at" in str(fit.summary())


def test_reason_names_what_was_seen():
    rng = np.random.default_rng(71)
    fit = eis.fit(spectrum_of(BLOCKING, KNOWN[BLOCKING], rng))
    assert "phase at the lowest frequencies -" in fit.proposal.reason
    assert "Im Z < 0 at the highest" in fit.proposal.reason
    assert "circuits tried, two arcs and a constant-phase tail; " in fit.proposal.reason


def test_candidates_carry_the_criteria_of_their_fits():
    rng = np.random.default_rng(72)
    spectrum = spectrum_of(TWO_ARCS, KNOWN[TWO_ARCS], rng)
    table = eis.fit(spectrum).proposal.table()
    searched = table[table["searched"]]
    fits = [eis.fit(spectrum, circuit) for circuit in searched["circuit"]]
    bic = np.array([fit.bic for fit in fits])
    np.testing.assert_allclose(searched["bic_difference"], bic - bic.min(), atol=0.01)
    # AICc - BIC by the definitions: 2k + 2k(k+1)/(n-k-1) - k ln n.
    k, n = searched["parameters"].to_numpy() + 1.0, 2.0 * len(spectrum)
    other = bic + 2 * k + 2 * k * (k + 1) / (n - k - 1) - k * np.log(n)
    first = searched["aicc_difference"].to_numpy()
    np.testing.assert_allclose(first - first[0], other - other[0], atol=0.01)


def test_near_ties_are_named():
    # A fast blocking tail looks the same as an open Warburg below a decade of its own.
    rng = np.random.default_rng(73)
    frequency = np.logspace(6, 1.5, 40)
    values = [20, 500, 1e-8, 0.9, 300, 0.2]
    fit = eis.fit(spectrum_of("R0-p(R1,CPE1)-Wo2", values, rng, frequency=frequency))
    named = fit.proposal.reason.split("as good by BIC: ")[1]
    assert "one arc and a short Warburg" in named
    assert "one arc and" in fit.proposal.reason.split("as good by BIC")[0]


def test_what_is_not_determined_is_said():
    rng = np.random.default_rng(74)
    values = [1e-6, 500, 1e-8, 0.9, 900, 1e-6, 0.85, 1e-4, 0.9]
    fit = eis.fit(spectrum_of(BLOCKING, values, rng))
    lost = [k for k, word in fit.identifiability.items() if word == "not determined"]
    assert all(name in fit.proposal.reason for name in lost)
    assert fit.circuit.text == "p(R1,CPE1)-p(R2,CPE2)-CPE3"


def lost_by_profile(fit):
    words = ("not determined", "at its limit")
    return {name for name, word in fit.identifiability.items() if word in words}


@pytest.mark.parametrize("circuit", ["L0-" + TWO_ARCS, BLOCKING])
def test_undetermined_are_those_that_profiles_call_so(circuit):
    fit = eis.fit(spectrum_of(TWO_ARCS, KNOWN[TWO_ARCS], np.random.default_rng(75)), circuit)
    assert set(undetermined(fit)) == lost_by_profile(fit) != set()


def test_undetermined_is_never_more_than_profiles_say():
    # Arcs a factor 2 apart at 10 % noise: minima compete, and only whole profiles see them all.
    values = [50, 300, 1e-7, 0.9, 200, 3e-7, 0.85]
    fit = eis.fit(spectrum_of(TWO_ARCS, values, np.random.default_rng(75), 0.1), TWO_ARCS)
    assert {"R1", "CPE1_Q"} <= set(undetermined(fit)) <= lost_by_profile(fit)


def test_weights_read_off_residuals_are_the_same_for_all():
    # Ten bad points would be worth an arc to least squares.
    rng = np.random.default_rng(76)
    good = spectrum_of(TWO_ARCS, KNOWN[TWO_ARCS], rng)
    z = good.impedance_ohm.copy()
    z[5::7] *= 1.05
    fit = eis.fit(Spectrum(good.frequency_hz, z), loss="cauchy")
    assert fit.circuit.text == TWO_ARCS
    assert fit.loss == "cauchy"
    np.testing.assert_allclose(fit.estimates, KNOWN[TWO_ARCS], rtol=0.15)
    assert eis.fit(good, weight="structure").circuit.text == TWO_ARCS


@pytest.mark.parametrize(
    "shape", [Shape(2, "CPE", True), Shape(0, "Wo", False), Shape(4, "", True)]
)
def test_neighbours_differ_by_one_part_and_start_as_circuits(shape):
    spectrum = spectrum_of(TWO_ARCS, KNOWN[TWO_ARCS])
    parts = Parts.guessed(shape, spectrum, 10.0, [(1e-5, 100.0)])
    assert Parts.of(shape, np.array(parts.values)).values == pytest.approx(parts.values)
    for near in shape.neighbours():
        same = (near.arcs == shape.arcs, near.tail == shape.tail)
        same += (near.inductance == shape.inductance,)
        assert sum(same) == 2 or (same[2] and abs(near.arcs - shape.arcs) == 1)
        names = Circuit(near.circuit).names
        assert len(names) == near.size
        for start in starts(near, shape, parts, spectrum):
            assert len(start.values) == near.size
            assert min(start.values) > 0


def test_weights_that_are_read_off_do_not_choose_the_circuit():
    """Each circuit would bring its own law, under which all of them fit."""
    values = [50, 300, 1e-8, 0.9, 900, 1e-6, 0.9]
    spectrum = spectrum_of(TWO_ARCS, values, np.random.default_rng(7), 0.003)
    fit = eis.fit(spectrum, weight="structure", high_frequency_error=0.02)
    assert fit.circuit.text == TWO_ARCS
    assert fit.structure.instrument == 0.02
    assert fit.proposal.candidates[0].circuit == TWO_ARCS


def test_mistakes_are_named():
    spectrum = spectrum_of(TWO_ARCS, KNOWN[TWO_ARCS])
    with pytest.raises(
        FitError, match="fix, tie, prior, bounds and start name parameters, so they need"
    ):
        eis.fit(spectrum, fix={"R0": 1.0})
    with pytest.raises(FitError, match="has 3 points; a circuit can be proposed from 10 on"):
        eis.fit(Spectrum([1, 2, 3], [1, 2, 3]))


def test_points_that_stand_out_do_not_choose_the_circuit():
    spectrum = spectrum_of(TWO_ARCS, KNOWN[TWO_ARCS], np.random.default_rng(91))
    z = spectrum.impedance_ohm.copy()
    top = np.argsort(FREQUENCY)[-2:]
    z[top] *= [-0.5 + 1j, 1.6]  # as leads and a divider leave them
    found = eis.fit(Spectrum(FREQUENCY, z))
    assert found.loss == "huber"
    assert found.circuit.text == TWO_ARCS
    for f in FREQUENCY[top]:
        assert f"{f:.4g} Hz" in found.proposal.reason
    assert "because by squares points that stand out decide" in found.proposal.reason
    for name, value in zip(found.circuit.names, KNOWN[TWO_ARCS], strict=True):
        assert found.params[name] == pytest.approx(value, rel=0.1)
    squares = eis.fit(Spectrum(FREQUENCY, z), loss="linear")
    assert squares.loss == "linear"
    assert squares.misfit > 1.5 * found.misfit


def test_a_spectrum_that_no_part_of_the_family_fits_still_gets_a_circuit():
    """Without R0, which such a spectrum does not determine, nothing would be left of the first."""
    omega = 2 * np.pi * FREQUENCY
    for impedance in (-1j * omega * 1e-6, 1j / (omega * 1e-6)):
        fit = eis.fit(Spectrum(FREQUENCY, impedance))
        assert fit.circuit.names
        assert "misses the points" in fit.verdict
