"""The ranking of starts."""

import numpy as np
import pytest

from metastudy.eis.optimise.starts import _largest


@pytest.mark.parametrize("keep", [1, 7, 50, 200, 300])
def test_the_largest_are_those_of_a_full_stable_sort(keep):
    # Few different values, so that many are equal.
    values = np.random.default_rng(4).integers(0, 12, 200).astype(float)
    np.testing.assert_array_equal(_largest(values, keep), np.argsort(-values, kind="stable")[:keep])
