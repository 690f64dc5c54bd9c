"""How many works would tell a claim whose interval reaches over an edge, by hand."""

import math

import pytest

from metastudy.answers.claims.estimates import Estimate
from metastudy.answers.claims.sides import narrower
from metastudy.answers.claims.verdict import Interval

ABOVE_ZERO = Interval(0.0, math.inf)


@pytest.mark.parametrize(
    ("value", "ends", "region", "times"),
    [
        (1.0, (-1.0, 3.0), ABOVE_ZERO, "about 4"),  # half width 2, edge at 1
        (-1.0, (-3.0, 0.5), ABOVE_ZERO, "about 3"),  # outside: 1.5 squared, rounded up
        (1.0, (-1.0, 4.0), Interval(-3.0, 3.0), "about 3"),  # the nearer edge: 3 over 2
        (5.0, (1.0, 9.0), Interval(-3.0, 3.0), "about 4"),  # outside: 4 over 2
        (0.1, (-2.0, 2.0), ABOVE_ZERO, "more than 100"),
        (0.0, (-2.0, 2.0), ABOVE_ZERO, "more than 100"),
    ],
)
def test_the_interval_shrinks_as_the_root_of_the_works(value, ends, region, times):
    text = narrower(Estimate(value, Interval(*ends), 5.0), region, "works")
    assert text == f"a narrower interval: {times} times as many works"
