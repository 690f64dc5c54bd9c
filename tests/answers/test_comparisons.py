"""Two groups of invented reference arms: the difference by hand, the floor, and bounds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy.answers.comparisons import GROUPED_BY, compare_all

FAMILY = "LE/SE | Li | NASICON | liquid"
BLANK = {name: "not_reported" for name in GROUPED_BY if name != "family"}
ROW = BLANK | {
    "interface_class": "LE/SE",
    "family": FAMILY,
    "censoring": "exact",
    "headline": True,
    "left_out": None,
    "count_shift": 0.0,
    "temperature_c": 25.0,
    "reference_c": 25.0,
    "coverage_known": True,
}


def literature(values, salts):
    """Return one row a work, with its value and salt."""
    rows = []
    for place, (y, salt) in enumerate(zip(values, salts, strict=True)):
        work = f"invented_{place:02d}"
        names = {"observation_id": f"{work}.a", "study_id": work, "salt": salt}
        places = {"preparation_id": f"{work}/p", "cell_id": f"{work}/c"}
        rows.append({**ROW, **names, **places, "y": y, "lo": y, "hi": y})
    return pd.DataFrame(rows)


def only(observations, column="salt"):
    found = compare_all(observations, np.zeros((len(observations), len(observations))))
    (row,) = found[found["column"] == column].to_dict("records")
    return row


def test_with_one_value_a_work_the_difference_is_that_of_a_t_test():
    values = np.random.default_rng(5).normal(2.0, 0.4, 12)
    values[6:] += 0.7
    found = only(literature(values, ["LiPF6"] * 6 + ["LiTFSI"] * 6))
    expected = stats.ttest_ind(values[6:], values[:6])
    low, high = expected.confidence_interval(0.95)
    assert (found["a"], found["b"]) == ("LiPF6", "LiTFSI")
    assert found["difference"] == pytest.approx(values[6:].mean() - values[:6].mean(), abs=1e-6)
    assert (found["lower"], found["upper"]) == pytest.approx((low, high), abs=1e-3)
    assert found["df"] == pytest.approx(10, rel=1e-3)
    assert (found["works_a"], found["values_b"], found["bounds_b"]) == (6, 6, 0)


@pytest.mark.parametrize(("first", "second"), [(5, 4), (10, 2)])
def test_below_ten_works_or_three_in_a_group_nothing_is_compared(first, second):
    rows = literature(np.arange(first + second) / 10, ["LiPF6"] * first + ["LiTFSI"] * second)
    assert compare_all(rows, np.zeros((len(rows), len(rows)))).empty


def test_a_bound_that_says_nothing_changes_nothing_and_one_that_does_moves_the_difference():
    values = np.random.default_rng(7).normal(2.0, 0.3, 12)
    salts = ["LiPF6"] * 6 + ["LiTFSI"] * 6
    plain = only(literature(values, salts))
    for limit, moves in ((30.0, False), (0.5, True)):
        rows = literature([*values, np.nan], [*salts, "LiTFSI"])
        rows.loc[12, ["lo", "hi", "censoring"]] = [np.nan, limit, "left"]
        found = only(rows)
        assert found["bounds_b"] == 1
        assert (found["difference"] < plain["difference"] - 0.1) == moves
        if not moves:
            assert found["difference"] == pytest.approx(plain["difference"], abs=1e-3)


def test_words_that_say_nothing_are_no_group():
    rows = literature(np.arange(12) / 10, ["not_reported"] * 6 + ["LiTFSI"] * 6)
    assert compare_all(rows, np.zeros((12, 12))).empty


def test_two_families_are_compared_without_a_random_effect_of_the_family():
    values = np.arange(12) / 10
    rows = literature(values, ["LiPF6"] * 12)
    rows["family"] = [FAMILY] * 6 + ["LE/SE | Li | garnet | liquid"] * 6
    found = only(rows, "family")
    expected = stats.ttest_ind(values[:6], values[6:])
    assert found["a"] == FAMILY
    assert found["difference"] == pytest.approx(values[6:].mean() - values[:6].mean(), abs=1e-6)
    assert found["df"] == pytest.approx(expected.df, rel=1e-3)
