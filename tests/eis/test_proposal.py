"""Circuits proposed from data made by known circuits."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import FitError, Spectrum

from .ensembles import BLOCKING, TWO_ARCS, spectrum_of

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
    assert fit.proposal.candidates[0][0] == circuit
    assert "BIC is" in fit.proposal.reason
    assert "relaxation times peak at" in str(fit.summary())


def test_reason_names_what_was_seen():
    rng = np.random.default_rng(71)
    fit = eis.fit(spectrum_of(BLOCKING, KNOWN[BLOCKING], rng))
    assert "phase at the lowest frequencies -" in fit.proposal.reason
    assert "Im Z < 0 at the highest" in fit.proposal.reason


def test_weights_that_are_read_off_do_not_choose_the_circuit():
    """Each circuit would bring its own law, under which all of them fit."""
    values = [50, 300, 1e-8, 0.9, 900, 1e-6, 0.9]
    spectrum = spectrum_of(TWO_ARCS, values, np.random.default_rng(7), 0.003)
    fit = eis.fit(spectrum, weight="structure", high_frequency_error=0.02)
    assert fit.circuit.text == TWO_ARCS
    assert fit.structure.instrument == 0.02
    assert fit.proposal.candidates[0][0] == TWO_ARCS


def test_mistakes_are_named():
    spectrum = spectrum_of(TWO_ARCS, KNOWN[TWO_ARCS])
    with pytest.raises(FitError, match="fix, tie and start name parameters, so they need a"):
        eis.fit(spectrum, fix={"R0": 1.0})
    with pytest.raises(FitError, match="has 3 points; a circuit can be proposed from 10 on"):
        eis.fit(Spectrum([1, 2, 3], [1, 2, 3]))
