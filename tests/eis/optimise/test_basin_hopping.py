"""Minima found by hops, on exact spectra of known circuits."""

import numpy as np
import pytest

from metastudy.eis import Circuit
from metastudy.eis.circuits.model import Model
from metastudy.eis.optimise.basin_hopping import BasinHopping, shape_range
from metastudy.eis.optimise.levenberg_marquardt import assess
from metastudy.eis.weighting.data import Data

FREQUENCY = np.logspace(6, -1, 57)
THREE = "p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)"
VALUES = [2.0, 1e-6, 0.8, 30.0, 1e-4, 0.6, 4000.0, 3e-4, 0.9]


def case(text=THREE, values=VALUES, share=1e-9):
    model = Model(Circuit(text))
    z = model.circuit.impedance(FREQUENCY, values)
    data = Data(2 * np.pi * FREQUENCY, z[None], np.repeat(1 / np.abs(z), 2)[None])
    goal = 2 * FREQUENCY.size * share**2
    return BasinHopping(model, data, goal, np.random.default_rng(0))


def searched(search, most=15):
    for _ in range(most):
        search.round()
        if search.met:
            break
    return search


def test_an_exact_spectrum_is_met():
    search = searched(case())
    assert search.met
    found = np.sort(search.model.natural(search.best).reshape(3, 3), axis=0)
    np.testing.assert_allclose(found, np.sort(np.reshape(VALUES, (3, 3)), axis=0), rtol=1e-4)


def test_the_costs_are_those_of_the_coordinates():
    search = case()
    search.round()
    search.round()
    best = assess(search.model, search.data, search.best[None], rescale=False)
    assert best.cost[0] == pytest.approx(search.lowest, rel=1e-6)
    assert (search.v >= search.model.low - 1e-12).all()
    assert (search.v <= search.model.high + 1e-12).all()


def test_idle_counts_rounds_without_a_lower_minimum():
    search = case("R0-p(R1,C1)", [5.0, 20.0, 1e-3], share=1e-30)
    search.round()
    assert search.idle == 0
    search.cost[:] = 0.0
    search.round()
    assert search.idle == 1


def test_the_shapes_of_another_circuit_lead_to_the_minimum():
    search = searched(case())
    capacitors = case("p(R1,C1)-p(R2,CPE2)", [2.0, 1e-5, 30.0, 1e-3, 0.7])
    capacitors.round()
    one = case("p(R1,CPE1)-p(R2,C2)", [30.0, 1e-3, 0.7, 2.0, 1e-5])
    one.follow(capacitors.shapes)
    assert one.met
    assert set(search.shapes) == {"arc"}
    assert capacitors.shapes["arc"][0][1] == 1.0


def test_refining_keeps_what_normal_matrices_lose():
    # An arc three decades beyond the window shows in the ninth digit only.
    values = [3000.0, 1e-12, 0.7, 170.0, 1e-7, 0.54]
    search = case("p(R1,CPE1)-p(R2,CPE2)", values, share=1e-12)
    start = search.model.coordinates(np.array(values)[None]) * (1 + 1e-6)
    search.v, search.cost = start, assess(search.model, search.data, start, rescale=False).cost
    before = search.lowest
    search.refine(200)
    assert search.lowest < 1e-4 * before


def test_ranges_follow_the_window_and_the_limits():
    model = Model(Circuit("R0-p(R1,CPE1)-Wsg2"))
    omega = np.array([1.0, 1e3])
    low, high = shape_range(model, omega, 2.0)
    names = [model.circuit.names[i] for i in model.free]
    # The coordinate at CPE1_Q is the logarithm of the time constant of the arc.
    for name in ("CPE1_Q", "Wsg2_tau"):
        k = names.index(name)
        assert np.exp([low[k], high[k]]) == pytest.approx([1e-5, 1e2])
    assert (low[names.index("Wsg2_n")], high[names.index("Wsg2_n")]) == (0.25, 0.5)
