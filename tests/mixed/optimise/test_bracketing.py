"""Bracketed roots of functions whose roots are known."""

import numpy as np
import pytest

from metastudy.mixed.optimise.bracketing import Brackets, bracketed_roots

ROOTS = np.array([0.5, 2.0, 7.5])


def cubes(rows, x):
    return x**3 - ROOTS[rows] ** 3


def open_brackets():
    unknown = np.full(3, np.nan)
    return Brackets(np.zeros(3), -(ROOTS**3), unknown, unknown.copy())


def middle(rows, brackets, turn):
    further = 2 * brackets.inside + 1
    half = 0.5 * (brackets.inside + brackets.outside)
    return np.where(np.isnan(brackets.outside), further, half)


def test_open_brackets_are_closed_and_halved_to_the_roots():
    found = bracketed_roots(cubes, open_brackets(), np.ones(3), middle, tolerance=1e-9, turns=200)
    np.testing.assert_allclose(found, ROOTS, rtol=1e-9)


def test_every_proposal_stays_in_its_bracket_and_a_root_is_left_alone():
    seen = {0: [], 1: [], 2: []}

    def gap(rows, x):
        for row, value in zip(rows, x, strict=True):
            seen[row].append(value)
        return cubes(rows, x)

    brackets = open_brackets()
    start = np.array([0.5, 1.0, 1.0])  # the first is its root
    bracketed_roots(gap, brackets, start, middle, tolerance=1e-6, turns=200)
    assert seen[0] == [0.5]
    assert (brackets.inside[1:] <= ROOTS[1:]).all()
    assert (brackets.outside[1:] >= ROOTS[1:]).all()


def test_a_bracket_without_width_ends_the_search():
    """A step function has no zero: its bracket shrinks to the jump."""
    jump = np.sqrt(2.0)
    calls = []

    def gap(rows, x):
        calls.append(x)
        return np.where(x < jump, -1.0, 1.0)

    brackets = Brackets(*np.array([[1.0], [-1.0], [2.0], [1.0]]))
    found = bracketed_roots(gap, brackets, np.array([1.5]), middle, tolerance=0.0, turns=500)
    assert found[0] == pytest.approx(jump, rel=1e-13)
    assert len(calls) < 60


def test_after_the_last_turn_the_next_proposal_is_returned():
    brackets = Brackets(*np.array([[0.0], [-1.0], [8.0], [1.0]]))
    found = bracketed_roots(
        lambda rows, x: np.where(x < 5.0, -1.0, 1.0),
        brackets,
        np.array([4.0]),
        middle,
        tolerance=0.0,
        turns=2,
    )
    assert found[0] == 5.0  # 4 is inside, 6 outside
