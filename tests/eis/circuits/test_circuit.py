"""Both spellings of a circuit, its parameters, and messages that mark the place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metastudy.eis.circuits.circuit import Circuit
from metastudy.eis.circuits.elements import Element, Parameter
from metastudy.eis.errors import CircuitError

F = np.logspace(7, -2, 19)
JW = 2j * np.pi * F


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("R0-p(R1,CPE1)", "R0(R1CPE1)"),
        ("R(RQ)", "R1-p(R2,Q1)"),
        ("R(Q[RW])", "R1-p(Q1,R2-W1)"),
        ("R(Q[R(C[RW])])", "R1-p(Q1,R2-p(C1,R3-W1))"),
        (" R0 - p( R1 , C1 ) ", "R0(R1C1)"),
        ("L1-p(C1,R0-p(R1,CPE1)-CPE2)", "L1(C1[R0(R1CPE1)CPE2])"),
        ("R0-[R1-R2]", "R0-R1-R2"),
        ("p(R1,p(C1,L1))", "(RCL)"),
    ],
)
def test_both_spellings_give_one_circuit(text, same):
    assert Circuit(text) == Circuit(same)
    assert Circuit(Circuit(text).text) == Circuit(text)
    assert Circuit(Circuit(text).boukamp) == Circuit(text)


def test_names_and_units():
    circuit = Circuit("R0-p(R1,CPE1)-Wo1")
    assert circuit.names == ("R0", "R1", "CPE1_Q", "CPE1_n", "Wo1_R", "Wo1_tau")
    assert circuit.units == ("ohm", "ohm", "S s^n", "1", "ohm", "s")


def test_numbers_given_are_kept_and_free_ones_filled():
    assert Circuit("R1(RQ)").names == ("R1", "R2", "Q1_Q", "Q1_n")


def test_impedance_is_series_and_parallel_of_the_parts():
    circuit = Circuit("L0-p(C0,R0-p(R1,CPE1))")
    values = {"L0": 1e-6, "C0": 2e-11, "R0": 50, "R1": 1e3, "CPE1_Q": 1e-6, "CPE1_n": 0.8}
    inner = 50 + 1 / (1 / 1e3 + 1e-6 * JW**0.8)
    expected = JW * 1e-6 + 1 / (JW * 2e-11 + 1 / inner)
    np.testing.assert_allclose(circuit.impedance(F, values), expected, rtol=1e-13)
    in_order = [values[name] for name in circuit.names]
    np.testing.assert_allclose(circuit.impedance(F, in_order), expected, rtol=1e-13)


def test_high_frequency_intercept_is_the_sum_of_the_layers():
    # Two polymer layers of 100 um at 1e-5 S/cm and a plate of 150 um at 1e-4 S/cm:
    # 2 * 1000 + 150 = 2150 ohm cm2; at 1 cm2 the interface arcs are shorted at high frequency.
    circuit = Circuit("R0-R1-R2-p(R3,C3)-p(R4,C4)")
    z = circuit.impedance([1e9], [1000, 1000, 150, 64, 1e-6, 64, 1e-6])
    assert z[0].real == pytest.approx(2150, rel=1e-9)


def test_brick_layer_adds_grain_and_boundary():
    # 1/sigma = 1/sigma_g + (delta/d)/sigma_gb with 1e-3, 1e-6 S/cm, d = 10 um, delta = 10 nm:
    # 5.0e-4 S/cm, and C_gb/C_g = d/delta = 1000 at equal permittivity.
    ratio = 1e-6 / 1e-3
    grain, boundary = 1 / 1e-3, ratio / 1e-6
    c_grain = 8.8541878128e-14 * 10
    circuit = Circuit("p(R1,C1)-p(R2,C2)")
    dc = circuit.impedance([1e-9], [grain, c_grain, boundary, c_grain / ratio])[0]
    assert 1 / dc.real == pytest.approx(5.0e-4, rel=1e-12)
    assert (c_grain / ratio) / c_grain == pytest.approx(1000)


def test_zero_branch_shorts_the_others():
    assert Circuit("R0-p(R1,C1)").impedance([1.0], [5.0, 0.0, 1e-6])[0] == 5.0


def test_own_element_in_a_circuit():
    own = Element(
        "Hill",
        "doubled resistor",
        "2*R",
        (Parameter("R", "ohm", scaling=1),),
        lambda omega, r: 2 * r + 0j * omega,
    )
    circuit = Circuit("R0-Hill1", elements=[own])
    assert circuit.impedance([1.0], [1.0, 3.0])[0] == 7.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the circuit is empty"),
        ("R0-p(R1,X1)", r"character 9: 'X' begins no element; known are C, .*\n.*\n {10}\^"),
        ("R0-p(R1)", "character 8: p. . needs at least two branches"),
        ("R0-p(R1,C1", "the bracket opened at character 4 needs '.' here"),
        ("R0)", "'.' closes nothing"),
        ("R0-", "the circuit ends where an element is expected"),
        ("R0-(R1,C1)", "branches separated by ',' need p"),
        ("R(R-Q)", "a series into"),
        ("R(Q)", r"needs at least two branches, as in \(RQ\)"),
        ("pR", "'p' must be followed by"),
        ("R0,R1", "',' separates branches inside p"),
        ("R0-R0", "R0 occurs twice"),
        ("[" * 60, "more than 50 nested brackets"),
        ("R0--R1", "character 4: '-' begins no element"),
    ],
)
def test_errors_mark_the_place(text, message):
    with pytest.raises(CircuitError, match=message):
        Circuit(text)


@given(st.text(alphabet="RCLQWOTGp()[],-0123 ZARHNDlbs\n\té", max_size=40))
def test_any_text_is_a_circuit_or_one_error(text):
    try:
        circuit = Circuit(text)
    except CircuitError:
        return
    assert Circuit(circuit.text) == circuit
    assert Circuit(circuit.boukamp) == circuit


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"R0": 1.0}, "needs a value for R1, CPE1_Q, CPE1_n"),
        ({"R0": 1, "R1": 1, "CPE1_Q": 1, "CPE1_n": 1, "R9": 2}, "has no parameter 'R9'; it has R0"),
        ([1, 2], "has 4 parameters .* 2 were given"),
        ([1, 2, 3, 1.2], r"CPE1_n = 1.2 1 is outside its limits 0 to 1"),
        ([1, -2, 3, 0.9], r"R1 = -2 ohm is outside its limits 0 to inf"),
    ],
)
def test_values_are_checked(values, message):
    with pytest.raises(CircuitError, match=message):
        Circuit("R0-p(R1,CPE1)").impedance(F, values)
