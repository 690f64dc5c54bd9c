"""The damped step inside limits: held and limited coordinates rest, the others take their step."""

import numpy as np
import pytest

from metastudy.eis.optimise.damped_step import damped_step

FREE = (np.full(4, -np.inf), np.full(4, np.inf))
LONG = np.full(4, 1e3)


@pytest.fixture
def problem():
    """Three problems of four coordinates of very different influence."""
    rng = np.random.default_rng(7)
    slopes = rng.normal(size=(3, 4, 20)) * np.array([0.1, 1.0, 30.0, 0.3])[:, None]
    normal = slopes @ slopes.transpose(0, 2, 1)
    return rng.normal(size=(3, 4)), rng.normal(size=(3, 4)) * 1e-3, normal


def alone(gradient, normal, damping, moving):
    """Marquardt's step of the coordinates that move, solved without the others."""
    some = np.flatnonzero(moving)
    block = normal[np.ix_(some, some)]
    step = np.zeros(len(moving))
    step[some] = -np.linalg.solve(block + damping * np.diag(np.diag(block)), gradient[some])
    return step


def test_without_limits_it_is_the_step_of_marquardt(problem):
    v, gradient, normal = problem
    damping = np.array([1e-3, 1.0, 1e2])
    step = damped_step(v, gradient, normal, damping, FREE, np.full(4, 1e9))
    for k in range(3):
        expected = alone(gradient[k], normal[k], damping[k], np.ones(4, dtype=bool))
        np.testing.assert_allclose(step[k], expected, rtol=1e-6)


@pytest.mark.parametrize("held", range(4))
def test_a_held_coordinate_rests_and_the_others_take_the_step_without_it(problem, held):
    v, gradient, normal = problem
    rest = np.zeros((3, 4), dtype=bool)
    rest[:, held] = True
    step = damped_step(v, gradient, normal, np.full(3, 1e-3), FREE, np.full(4, 1e9), rest)
    assert np.all(step[:, held] == 0)
    for k in range(3):
        np.testing.assert_allclose(
            step[k], alone(gradient[k], normal[k], 1e-3, ~rest[k]), rtol=1e-6, atol=1e-12
        )


@pytest.mark.parametrize(("sign", "rests"), [(-1.0, True), (1.0, False)])
def test_a_coordinate_at_a_limit_rests_where_the_slope_pushes_outwards(sign, rests):
    # The cost falls towards larger values where the slope is negative.
    v, normal = np.array([[0.0, 1.0]]), np.eye(2)[None]
    gradient = np.array([[1e-3, sign * 1e-3]])
    limits = (np.full(2, -np.inf), np.array([np.inf, 1.0]))
    step = damped_step(v, gradient, normal, np.zeros(1), limits, np.full(2, 10.0))
    np.testing.assert_allclose(step, [[-1e-3, 0.0 if rests else -1e-3]], rtol=1e-9)


def test_a_step_never_leaves_the_limits(problem):
    v, gradient, normal = problem
    limits = (v.min(axis=0) - 1e-9, v.max(axis=0) + 1e-9)
    v = np.clip(v, *limits)
    there = v + damped_step(v, 1e3 * gradient, normal, np.full(3, 1e-3), limits, LONG)
    assert np.all(there >= limits[0] - 1e-12)
    assert np.all(there <= limits[1] + 1e-12)


def test_a_long_step_is_shortened_in_its_direction():
    gradient, normal = np.array([[-4.0, -2.0]]), np.eye(2)[None]
    limits = (np.full(2, -np.inf), np.full(2, np.inf))
    step = damped_step(
        np.zeros((1, 2)), gradient, normal, np.zeros(1), limits, np.array([1.0, 9.0])
    )
    np.testing.assert_allclose(step, [[1.0, 0.5]], rtol=1e-9)
