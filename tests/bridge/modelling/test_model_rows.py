"""Rows of unknown count: both alternatives of what the mean and the weaker limit stand for."""

import numpy as np
import pandas as pd
import pytest

from metastudy.bridge.modelling.model_rows import LADDER, headline_rows, with_both_counts
from tests.answers.simulated import simulate

SHIFT = np.log10(3)


@pytest.fixture
def rows():
    """Five rows: two exact and one interval of one unknown count of three, two known."""
    observations, V = simulate(np.random.default_rng(1))
    observations, V = observations.iloc[:5].copy(), 0.01 * np.eye(5)
    observations["cell_id"] = ["s/c", "s/c", "s/c", "s/d", "t/c"]
    observations["count_shift"] = [SHIFT, SHIFT, SHIFT, 0.0, 0.0]
    observations["y"] = [1.0 - SHIFT / 2, 2.0 - SHIFT / 2, np.nan, 1.5, np.nan]
    observations["lo"] = [1.0 - SHIFT / 2, 2.0 - SHIFT / 2, 0.4 - SHIFT, 1.5, np.nan]
    observations["hi"] = [1.0 - SHIFT / 2, 2.0 - SHIFT / 2, 0.9, 1.5, 2.5]
    observations["censoring"] = ["exact", "exact", "interval", "exact", "left"]
    V[:2, :2] += SHIFT**2 / 4
    return headline_rows(observations, V, LADDER[0])


def test_rows_come_back_to_what_they_say_of_one_contact(rows):
    frame, _ = with_both_counts(rows)
    expected = pd.DataFrame(
        {
            "y": [1.0, 2.0, np.nan, 1.5, np.nan],
            "lo": [1.0, 2.0, 0.4, 1.5, np.nan],
            "hi": [1.0, 2.0, 0.9, 1.5, 2.5],
        }
    )
    pd.testing.assert_frame_equal(frame[["y", "lo", "hi"]], expected)
    assert frame["count_unit"].tolist()[:3] == ["s/c"] * 3
    assert frame["count_unit"].isna().tolist() == [False] * 3 + [True] * 2


def test_the_variance_of_the_count_leaves_v(rows):
    _, V = with_both_counts(rows)
    np.testing.assert_allclose(V, 0.01 * np.eye(5), atol=1e-15)
    assert (V[0, 1], V[0, 2]) == (0.0, 0.0)


def test_the_rows_themselves_stay_as_they_were(rows):
    before, V = rows.frame.copy(), rows.V.copy()
    with_both_counts(rows)
    pd.testing.assert_frame_equal(rows.frame, before)
    np.testing.assert_array_equal(rows.V, V)
