"""The damping loop on functions whose minimum is known."""

import numpy as np
import pytest

from metastudy.eis.optimise.damping import descend


def newton(matrix, minimum):
    """Damped Newton steps of a quadratic form around its minimum."""

    def cost(x):
        return float((x - minimum) @ matrix @ (x - minimum)) + 1.0

    def step(x, damping):
        raised = matrix + damping * np.diag(np.diag(matrix))
        return x - np.linalg.solve(raised, matrix @ (x - minimum))

    return cost, step


@pytest.mark.parametrize("tolerance", [{"absolute": 1e-9}, {"relative": 1e-9}])
def test_a_quadratic_form_ends_at_its_minimum(tolerance):
    minimum = np.array([1.0, -2.0])
    cost, step = newton(np.array([[3.0, 1.0], [1.0, 2.0]]), minimum)
    found, converged = descend(np.zeros(2), cost, step, **tolerance)
    assert converged
    np.testing.assert_allclose(found, minimum, atol=1e-4)


def test_where_no_step_goes_down_the_start_is_the_end():
    seen = []

    def uphill(x, damping):
        seen.append(damping)
        return x + 1.0

    assert descend(0.0, abs, uphill, absolute=1e-9) == (0.0, True)
    assert np.allclose(np.diff(np.log(seen)), np.log(4))


def test_steps_that_always_gain_run_out():
    found, converged = descend(0.0, lambda x: -x, lambda x, _: x + 1.0, absolute=1e-9)
    assert not converged
    assert found == 200.0
