"""The ranking of starts."""

import numpy as np
import pytest

from metastudy.eis.optimise.starts import _largest, _State


@pytest.mark.parametrize("keep", [1, 7, 50, 200, 300])
def test_the_largest_are_those_of_a_full_stable_sort(keep):
    # Few different values, so that many are equal.
    values = np.random.default_rng(4).integers(0, 12, 200).astype(float)
    np.testing.assert_array_equal(_largest(values, keep), np.argsort(-values, kind="stable")[:keep])


def test_what_chosen_columns_leave_is_the_schur_complement():
    columns = np.random.default_rng(5).normal(size=(6, 40))
    gram, moment = columns @ columns.T, columns @ np.arange(40.0)
    state = _State(gram, None, moment, 0.0, {}).add(0, 1).add(1, 4)
    taken = [1, 4]
    solved = np.linalg.solve(gram[np.ix_(taken, taken)], np.c_[gram[taken], moment[taken]])
    left = gram - gram[:, taken] @ solved[:, :-1]
    np.testing.assert_allclose(state.diagonal, np.diag(left), atol=1e-11)
    np.testing.assert_allclose(state.block(slice(0, 3), slice(2, 6)), left[:3, 2:], atol=1e-11)
    np.testing.assert_allclose(state.gram, left, atol=1e-11)
    np.testing.assert_allclose(state.gain, moment[taken] @ solved[:, -1], rtol=1e-11)
