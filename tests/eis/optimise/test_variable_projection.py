"""Least squares with the scales projected out, held against the full problem."""

import numpy as np
import pytest

from metastudy.eis import Circuit
from metastudy.eis.circuits.model import Model
from metastudy.eis.optimise.variable_projection import VariableProjection
from metastudy.eis.weighting.data import Data, interleave

FREQUENCY = np.logspace(5, -1, 43)
CASES = {
    "R0-p(R1,CPE1)-p(R2,C2)": [10.0, 200.0, 1e-6, 0.8, 50.0, 1e-4],
    "L0-R0-G1-Wsg2": [1e-6, 5.0, 30.0, 0.1, 60.0, 2.0, 0.45],
    "R0-p(CPE1,R1-Wo1)-CPE2": [5.0, 1e-5, 0.9, 40.0, 30.0, 0.5, 1e-2, 0.8],
}


def case(text, noise=0.0):
    model = Model(Circuit(text))
    z = model.circuit.impedance(FREQUENCY, CASES[text])
    e = np.random.default_rng(5).normal(size=(2, FREQUENCY.size))
    z = z * (1 + noise * (e[0] + 1j * e[1]))
    data = Data(2 * np.pi * FREQUENCY, z[None], np.repeat(1 / np.abs(z), 2)[None])
    return model, data, model.coordinates(np.array(CASES[text])[None])


@pytest.mark.parametrize("text", CASES)
def test_the_cost_is_that_of_linear_least_squares_in_the_scales(text):
    model, data, v = case(text, noise=0.02)
    projection = VariableProjection(model, data)
    moved = v + np.random.default_rng(1).normal(scale=0.05, size=v.shape)
    moved = np.clip(moved, model.low, model.high)
    parts = interleave(np.array(model.terms(data.omega, moved))[:, 0]) * data.weight
    target = (interleave(data.z) * data.weight)[0]
    scale, cost, *_ = np.linalg.lstsq(parts.T, target)
    found = projection.assess(moved)
    assert found.cost[0] == pytest.approx(cost[0], rel=1e-9)
    np.testing.assert_allclose(found.scale[0], scale, rtol=1e-7)


@pytest.mark.parametrize("text", CASES)
def test_the_gradient_is_the_slope_of_the_projected_cost(text):
    model, data, v = case(text, noise=0.02)
    projection = VariableProjection(model, data)
    start = np.clip(v + 0.03, model.low + 0.05, model.high - 0.05)
    gradient = projection.assess(start).gradient[0]
    for k, column in enumerate(projection.shapes):
        up, down = start.copy(), start.copy()
        up[0, column] += 1e-5
        down[0, column] -= 1e-5
        slope = (projection.assess(up).cost[0] - projection.assess(down).cost[0]) / 2e-5
        assert 2 * gradient[k] == pytest.approx(slope, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("text", CASES)
def test_exact_data_give_their_parameters(text):
    model, data, v = case(text)
    projection = VariableProjection(model, data)
    start = np.clip(v * 1.02, model.low, model.high)
    found = projection.minimise(start, 100, 1e-12, 1e-26)
    natural = model.natural(projection.applied(found)[0])
    np.testing.assert_allclose(natural, CASES[text], rtol=1e-6)


def test_the_scales_of_the_start_do_not_matter():
    model, data, v = case("R0-p(R1,CPE1)-p(R2,C2)", noise=0.02)
    projection = VariableProjection(model, data)
    other = v + np.array([2.0, -3.0, 1.0]) @ model.directions
    one, two = projection.assess(v), projection.assess(other)
    assert one.cost[0] == pytest.approx(two.cost[0], rel=1e-9)
    np.testing.assert_allclose(projection.applied(one), projection.applied(two), rtol=1e-9)


def test_a_negative_scale_is_no_circuit():
    model, data, v = case("R0-p(R1,CPE1)-p(R2,C2)")
    less = Data(data.omega, data.z - 60.0, data.weight)
    projection = VariableProjection(model, less)
    found = projection.assess(v)
    # 10 ohm less 60 ohm is -50 ohm, in units of the 10 ohm at hand.
    assert found.scale[0, 0] == pytest.approx(-5.0)
    assert np.isnan(projection.applied(found)).all()


def test_wild_rows_do_not_disturb_others():
    model, data, v = case("R0-p(R1,CPE1)-p(R2,C2)")
    wild = np.full_like(v, 1e6)
    both = VariableProjection(model, data).assess(np.concatenate([wild, v]))
    alone = VariableProjection(model, data).assess(v)
    assert both.cost[1] == pytest.approx(alone.cost[0], abs=1e-20)
