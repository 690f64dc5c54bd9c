import numpy as np
import pytest

from metastudy.confidence import check_alpha
from metastudy.errors import MetastudyError


@pytest.mark.parametrize("alpha", [1e-6, 0.05, 0.5, np.float64(0.1)])
def test_a_share_outside_is_taken(alpha):
    assert check_alpha(alpha, MetastudyError) == alpha


@pytest.mark.parametrize(
    ("given", "meant"), [(0.95, "0.05"), (0.99, "0.01"), (5, "0.05"), (95, "0.05"), (1, "0.01")]
)
def test_a_level_or_a_percentage_is_refused_with_what_was_probably_meant(given, meant):
    with pytest.raises(MetastudyError, match=rf"did you mean alpha={meant}, "):
        check_alpha(given, MetastudyError)


@pytest.mark.parametrize("alpha", [0, -0.05, 100, float("nan"), "0.05", None, True, [0.05]])
def test_anything_else_is_refused(alpha):
    with pytest.raises(MetastudyError, match=r"not above 0 and at most 0\.5"):
        check_alpha(alpha, MetastudyError)
