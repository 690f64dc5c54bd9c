"""What real hybrid cells add to simulated arcs: leads, stray capacitance, instrument error."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis import FitError, Spectrum
from metastudy.eis.circuits.notation import dashed, parse
from metastudy.eis.optimise.shunts import without_shunts

from ..ensembles import FREQUENCY, TWO_ARCS, draw, spectrum_of

CELL = "L0-p(C0,R1-p(R2,CPE2)-p(R3,CPE3)-CPE4)"
VALUES = [1e-6, 2e-11, 3000, 2000, 2e-8, 0.9, 20000, 3e-7, 0.85, 1e-6, 0.9]


def test_eleven_parameters_behind_a_stray_capacitance_come_back():
    fit = eis.fit(spectrum_of(CELL, VALUES), CELL)
    np.testing.assert_allclose(fit.estimates, VALUES, rtol=1e-6)


def test_noisy_hybrid_cell_reaches_the_minimum_of_the_truth():
    rng = np.random.default_rng(120)
    names = eis.Circuit(CELL).names
    for _ in range(3):
        spectrum = spectrum_of(CELL, VALUES, rng, noise=0.003)
        fit = eis.fit(spectrum, CELL)
        truth = eis.fit(spectrum, CELL, start=dict(zip(names, VALUES, strict=True)), starts=1)
        assert fit.chi2 <= truth.chi2 * (1 + 1e-6)
        assert truth.search.starts == 1


def test_leaving_out_the_cable_biases_the_interface():
    # 1 uH is 44 ohm at 7 MHz beside an arc of 60 ohm whose apex lies there.
    values = [1e-6, 20, 60, 4e-10, 1.0, 500, 1e-5, 0.9]
    spectrum = spectrum_of("L0-R0-p(R1,CPE1)-p(R2,CPE2)", values, np.random.default_rng(121), 0.002)
    without = eis.fit(spectrum, TWO_ARCS)
    with_cable = eis.fit(spectrum, "L0-R0-p(R1,CPE1)-p(R2,CPE2)")
    assert abs(with_cable.params["R1"] / 60 - 1) < 0.05
    assert abs(without.params["R1"] / 60 - 1) > 0.05
    assert without.runs_test.pvalue < 0.01


@pytest.mark.parametrize(
    ("circuit", "plain", "labels"),
    [
        (CELL, "L0-R1-p(R2,CPE2)-p(R3,CPE3)-CPE4", ["C0"]),
        ("p(C1,R1-CPE1)", "R1-CPE1", ["C1"]),
        ("R0-p(R1,C1)", "R0-p(R1,C1)", []),
        ("R0-p(CPE1,R1-W1)", "R0-p(CPE1,R1-W1)", []),
        ("p(C1,R0-p(L2,R2-p(R3,C3)))", "R0-R2-p(R3,C3)", ["C1", "L2"]),
    ],
)
def test_shunts_are_taken_out(circuit, plain, labels):
    tree, taken = without_shunts(parse(circuit))
    assert dashed(tree) == plain
    assert taken == labels


def test_stated_instrument_error_widens_what_hangs_on_high_frequencies():
    rng = np.random.default_rng(122)
    values = draw(rng, TWO_ARCS)
    spectrum = spectrum_of(TWO_ARCS, values, rng, noise=0.002)
    plain = eis.fit(spectrum, TWO_ARCS, weight="structure")
    wide = eis.fit(spectrum, TWO_ARCS, weight="structure", high_frequency_error=0.03)
    assert wide.structure.instrument == 0.03
    top = np.argmax(FREQUENCY)
    z = spectrum.impedance_ohm[[top]]
    # At 7 MHz the stated 3 % stand beside 0.2 % of noise: sqrt(0.03^2 + 0.002^2).
    sd = wide.structure.deviation(FREQUENCY[[top]], z)[0] / abs(z[0])
    assert sd == pytest.approx(np.hypot(0.03, 0.002), rel=0.05)
    assert wide.bse["R0"] > plain.bse["R0"]
    assert "3 % of |Z| at 7 MHz" in str(wide.summary())


def test_instrument_error_goes_with_the_error_structure():
    spectrum = Spectrum(FREQUENCY, np.full(64, 10 + 1j))
    with pytest.raises(FitError, match="is a relative error below 1 and goes with"):
        eis.fit(spectrum, "R0-L0", high_frequency_error=0.02)
    with pytest.raises(FitError, match="high_frequency_error = 2 "):
        eis.fit(spectrum, "R0-L0", weight="structure", high_frequency_error=2)
