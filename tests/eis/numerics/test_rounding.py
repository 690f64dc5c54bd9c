"""Digits of printed numbers give the length of their last place."""

import numpy as np
import pytest

from metastudy.eis.numerics.rounding import rounding_error


@pytest.mark.parametrize("digits", [4, 6, 9])
def test_significant_digits(digits):
    values = 10 ** np.random.default_rng(1).uniform(-3, 5, 200)
    printed = np.array([float(f"{x:.{digits - 1}e}") for x in values])
    last = 10.0 ** (np.floor(np.log10(printed)) - digits + 1)
    np.testing.assert_allclose(rounding_error(printed), last / np.sqrt(12))
    # It is the standard deviation of what rounding did.
    ratio = (printed - values) / rounding_error(printed)
    assert np.sqrt(np.mean(ratio**2)) == pytest.approx(1, abs=0.15)


def test_decimals():
    values = np.random.default_rng(2).uniform(-900, 900, 100).round(2)
    np.testing.assert_allclose(rounding_error(values), 0.01 / np.sqrt(12))


def test_numbers_of_full_precision_have_none():
    assert not rounding_error(np.random.default_rng(3).normal(size=20)).any()
    assert not rounding_error(np.zeros(3)).any()
