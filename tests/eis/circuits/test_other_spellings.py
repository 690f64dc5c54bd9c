"""Symbols and signs of other programs: the message says what to write; long circuits are cheap."""

from __future__ import annotations

import time

import pytest

from metastudy.eis.circuits.circuit import Circuit
from metastudy.eis.circuits.elements import R, spellings
from metastudy.eis.circuits.other_spellings import _SYMBOLS
from metastudy.eis.errors import CircuitError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("R_0-p(R_1,C_1)", "character 2: '_' begins no element; you probably mean R0"),
        ("R0-p(R1,CPE_1)", "you probably mean CPE1: a label has no underscore"),
        ("W_1", "you probably mean W1"),
        ("R0-Wo_2", "you probably mean Wo2"),
        ("R0-CPE1_0", "you probably mean CPE1"),
        ("R_ct", "you probably mean R1"),
        ("R0-p(R1,P1)", "you probably mean CPE1 .constant phase element"),
        ("R0-P_2", "you probably mean CPE2"),
        ("R(RE)", "you probably mean CPE .constant phase element"),
        ("R0-Gs1", "character 5: 's' begins no element; you probably mean G1"),
        ("R0-TLMQ0", "you probably mean DLb0 .de Levie line with a blocking wall"),
        ("R0-K1", "you probably mean ZARC1"),
        ("R0-La1", "you probably mean L1"),
        ("R0-H1", "you probably mean HN1"),
        ("R0-Wd1", "you probably mean Ws1"),
        ("Rct-Cdl", "you probably mean R1: a label is a symbol and a number, not Rct"),
        ("r0-c1", "you probably mean R;"),
        ("R0-cpe1", "you probably mean CPE;"),
        ("R0+R1", "character 3: '.' begins no element; you probably mean '-' for parts in series"),
        ("R1/C1", "you probably mean p.a,b. for parts in parallel"),
        ("R1||C1", "you probably mean p.a,b. for parts in parallel"),
        ("R{R=3}", "you probably mean the element alone; values go into fit.*start="),
        ("R1-[R2,C2]", r"for \[a,b\] write p\(a,b\)"),
    ],
)
def test_the_message_says_what_to_write_here(text, words):
    with pytest.raises(CircuitError, match=words):
        Circuit(text)


def test_every_guess_is_an_element_that_can_be_written():
    known = spellings()
    for theirs, (ours, what) in _SYMBOLS.items():
        assert theirs not in known
        assert Circuit(f"R0-{ours}1").names
        assert what


@pytest.mark.parametrize("text", ["R0-X1", "R0-é", "R0-#", "R0-J"])
def test_without_a_guess_the_symbols_are_listed(text):
    with pytest.raises(CircuitError, match=r"begins no element; known are C, CPE, "):
        Circuit(text)


def test_an_element_of_the_user_is_no_symbol_of_another_program():
    own = R.__class__("P", "own", "R", R.parameters, R.impedance, R.gradient, "own")
    assert Circuit("R0-P1", elements=[own]).names == ("R0", "P1")


@pytest.mark.parametrize("part", ["R", "p(R,C)", "[R-CPE]"])
def test_a_long_circuit_costs_as_its_length(part):
    start = time.process_time()
    circuit = Circuit("-".join([part] * 8000))
    assert time.process_time() - start < 3.0  # once a quarter of a minute, as the square
    assert circuit.parameters[-1].label.endswith("8000")


def test_numbers_that_are_taken_are_passed_over():
    assert Circuit("R-R2-R-R-CPE-R").text == "R1-R2-R3-R4-CPE1-R5"
