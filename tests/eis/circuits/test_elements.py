"""Elements: words against formulas, derivatives against the complex step, limits."""

import numpy as np
import pytest

from metastudy.eis.circuits.elements import (
    CPE,
    DL,
    DLB,
    ELEMENTS,
    HN,
    WOG,
    WS,
    WSG,
    ZARC,
    C,
    Element,
    G,
    Parameter,
    R,
    W,
    spellings,
)
from metastudy.eis.errors import CircuitError

OMEGA = 2 * np.pi * np.logspace(-2, 7, 28)
TYPICAL = {
    "ohm": 320.0,
    "F": 2e-8,
    "H": 1e-6,
    "S s^n": 3e-6,
    "ohm s^-1/2": 40.0,
    "s": 1e-3,
}


def values_of(element):
    out = []
    for parameter in element.parameters:
        value = TYPICAL.get(parameter.unit, 0.8 * parameter.high)
        out.append(value)
    return out


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda e: e.symbol)
def test_formula_in_words_is_the_formula_that_runs(element):
    values = values_of(element)
    names = {p.symbol: v for p, v in zip(element.parameters, values, strict=True)}
    omega = OMEGA[OMEGA < 1e5]  # the plain text formula overflows where the code must not
    names |= {"w": omega, "tanh": np.tanh}
    text = eval(element.formula, {"__builtins__": {}}, names)
    np.testing.assert_allclose(element.impedance(omega, *values), text + 0j * omega, rtol=1e-11)


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda e: e.symbol)
def test_derivatives_agree_with_the_complex_step(element):
    # Z is complex already, so one imaginary step would mix Re and Im. Steps all around the point
    # separate them: f' = mean of f(p + r e^it) e^-it / r, exact to rounding for analytic f
    # (Lyness and Moler 1967, SIAM J. Numer. Anal. 4, 202).
    values = values_of(element)
    z = element.impedance(OMEGA, *values)
    slopes = element.gradient(OMEGA, z, *values)
    assert len(slopes) == len(values)
    circle = np.exp(2j * np.pi * np.arange(24) / 24)
    for i, value in enumerate(values):
        step = 0.05 * value
        around = [value + step * direction for direction in circle]
        z_around = [element.impedance(OMEGA, *values[:i], p, *values[i + 1 :]) for p in around]
        exact = np.mean([z_p / d for z_p, d in zip(z_around, circle, strict=True)], axis=0) / step
        error = np.abs(np.broadcast_to(slopes[i], z.shape) - exact)
        assert np.max(error / (np.abs(exact) + 1e-3 * np.abs(z) / value)) < 1e-9


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda e: e.symbol)
def test_scaling_says_how_parameters_follow_the_impedance(element):
    values = values_of(element)
    scaled = [v * 3.0**p.scaling for p, v in zip(element.parameters, values, strict=True)]
    np.testing.assert_allclose(
        element.impedance(OMEGA, *scaled), 3 * element.impedance(OMEGA, *values), rtol=1e-12
    )


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda e: e.symbol)
def test_is_passive_and_broadcasts(element):
    values = [
        np.array([[v], [1.1 * v if p.is_scale else v]])
        for p, v in zip(element.parameters, values_of(element), strict=True)
    ]
    z = element.impedance(OMEGA, *values)
    assert z.shape == (2, OMEGA.size)
    assert np.all(z.real >= -1e-9 * np.abs(z))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda e: e.symbol)
def test_names_a_source(element):
    assert element.source
    assert element.name


def test_cpe_with_n_1_is_a_capacitor_and_with_n_0_a_resistor():
    q = 2e-6
    np.testing.assert_allclose(CPE.impedance(OMEGA, q, 1.0), C.impedance(OMEGA, q), rtol=1e-13)
    np.testing.assert_allclose(CPE.impedance(OMEGA, q, 0.0), R.impedance(OMEGA, 1 / q), rtol=1e-13)


def test_cpe_with_n_one_half_is_a_warburg():
    sigma = 50.0
    np.testing.assert_allclose(
        CPE.impedance(OMEGA, 1 / (np.sqrt(2) * sigma), 0.5), W.impedance(OMEGA, sigma), rtol=1e-13
    )


def test_relaxations_reduce_to_the_simpler_ones():
    r, tau = 100.0, 1e-3
    np.testing.assert_allclose(
        HN.impedance(OMEGA, r, tau, 0.8, 1.0), ZARC.impedance(OMEGA, r, tau, 0.8), rtol=1e-12
    )
    np.testing.assert_allclose(
        HN.impedance(OMEGA, r, tau, 1.0, 0.5), G.impedance(OMEGA, r, tau), rtol=1e-12
    )
    np.testing.assert_allclose(
        WSG.impedance(OMEGA, r, tau, 0.5), WS.impedance(OMEGA, r, tau), rtol=1e-13
    )


def test_finite_warburgs_at_both_ends():
    r, tau = 100.0, 1.0
    slow, fast = np.array([1e-8]), np.array([1e8])
    assert WS.impedance(slow, r, tau)[0] == pytest.approx(r, rel=1e-7)
    # x coth x -> 1 + x^2/3: the open end shows R/3 beside the capacitance tau/R
    open_end = WOG.impedance(np.array([1e-4]), r, tau, 0.5)[0]
    assert open_end.real == pytest.approx(r / 3, rel=1e-6)
    assert open_end.imag == pytest.approx(-r / (1e-4 * tau), rel=1e-6)
    semi_infinite = W.impedance(fast, r / np.sqrt(2 * tau))
    for element, extra in ((WS, ()), (WOG, (0.5,))):
        np.testing.assert_allclose(element.impedance(fast, r, tau, *extra), semi_infinite)


@pytest.mark.parametrize(
    ("rp", "ri", "z"),
    # Z = sqrt(rp ri) coth sqrt(rp/ri) at dc, worked out by hand
    [(30.0, 1000.0, 1009.98), (100.0, 100.0, 131.30), (300.0, 100.0, 184.40)],
)
def test_de_levie_line_at_dc(rp, ri, z):
    dc = DL.impedance(np.array([1e-12]), rp, ri, 1e-6, 1.0)[0]
    assert dc.real == pytest.approx(z, abs=0.005)
    assert dc.imag == pytest.approx(0, abs=1e-6)


def test_de_levie_line_without_pore_resistance_is_its_wall():
    wall = 1 / (1 / 250.0 + 1j * OMEGA * 1e-6)
    np.testing.assert_allclose(DL.impedance(OMEGA, 1e-9, 250.0, 1e-6, 1.0), wall, rtol=1e-6)
    np.testing.assert_allclose(
        DL.impedance(OMEGA, 40.0, 1e14, 1e-6, 0.9), DLB.impedance(OMEGA, 40.0, 1e-6, 0.9), rtol=1e-6
    )


def test_no_overflow_far_outside_any_window():
    omega = 2 * np.pi * np.array([1e-6, 1e12])
    for element in ELEMENTS:
        z = element.impedance(omega, *values_of(element))
        assert np.all(np.isfinite(z))
        assert np.all(np.isfinite(element.gradient(omega, z, *values_of(element))))


def test_own_element_without_derivatives_gets_differences():
    own = Element(
        "Dav",
        "Davidson-Cole relaxation",
        "R/(1 + 1j*w*tau)**b",
        (Parameter("R", "ohm", scaling=1), Parameter("tau", "s"), Parameter("b", "1", high=1.0)),
        lambda omega, r, tau, b: r / (1 + 1j * omega * tau) ** b,
    )
    values = (100.0, 1e-3, 0.7)
    z = own.impedance(OMEGA, *values)
    exact = HN.gradient(OMEGA, z, 100.0, 1e-3, 1.0, 0.7)
    for difference, slope in zip(
        own.derivatives(OMEGA, z, *values), (exact[0], exact[1], exact[3]), strict=True
    ):
        np.testing.assert_allclose(difference, slope, rtol=1e-6, atol=1e-8 * np.abs(slope).max())


def test_symbols_that_would_be_misread_are_refused():
    parameters = (Parameter("R", "ohm"),)
    with pytest.raises(CircuitError, match="'p2' cannot be used in circuits"):
        Element("p2", "x", "R", parameters, R.impedance)
    with pytest.raises(CircuitError, match="'Q' is already the constant phase element"):
        spellings((Element("Q", "x", "R", parameters, R.impedance),))
    with pytest.raises(CircuitError, match="element Xx has no parameters"):
        Element("Xx", "x", "1", (), R.impedance)
