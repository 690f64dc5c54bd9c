"""Own observations joined to the dataset with their covariance."""

import numpy as np
import pandas as pd
import pytest

from metastudy.tables.own_rows import OwnRowsError

PLAIN = {
    "interface_class": "PE/SE",
    "ion": "Li",
    "solid_electrolyte": "LLZO",
    "partner": "PEO",
    "reference_c": 60.0,
}
V = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.0], [0.0, 0.0, 0.01]])


def own(**columns):
    return pd.DataFrame(
        {
            "observation_id": ["own.1", "own.2", "own.3"],
            **{name: [word] * 3 for name, word in PLAIN.items()},
            "y": [1.0, 2.0, 3.0],
        }
        | columns
    )


@pytest.fixture
def both(frozen):
    return frozen.join(own(arm=["reference", "reference", "treated"]), V)


def test_the_covariance_is_block_diagonal(frozen, both):
    n = len(frozen.observations)
    np.testing.assert_array_equal(both.V[:n, :n], frozen.V)
    np.testing.assert_allclose(both.V[n:, n:], V, rtol=1e-12, atol=1e-16)
    assert not both.V[:n, n:].any()


def test_the_covariance_of_some_own_rows_is_their_block(both):
    asked = both.V_of(["own.3", "own.1"])
    np.testing.assert_allclose(asked, [[0.01, 0.0], [0.0, 0.04]], rtol=1e-12, atol=1e-16)


def test_variances_alone_are_a_diagonal(frozen):
    joined = frozen.join(own(), [0.01, 0.02, 0.03])
    np.testing.assert_allclose(joined.V[-3:, -3:], np.diag([0.01, 0.02, 0.03]), rtol=1e-12)
    assert joined.observations["v"].iloc[-3:].to_list() == pytest.approx([0.01, 0.02, 0.03])


def test_rows_that_share_all_their_error_are_joined(frozen):
    shared = np.full((3, 3), 0.04)  # singular: one unknown for the three
    np.testing.assert_allclose(frozen.join(own(), shared).V[-3:, -3:], shared, rtol=1e-12)


def test_the_entries_of_the_covariance_sum_to_the_covariance(both):
    entries = both.covariance[both.covariance["term"] == "own"]
    found = entries.set_index(["observation_i", "observation_j"])["value"]
    assert found[("own.1", "own.2")] == pytest.approx(0.01)
    assert found[("own.2", "own.2")] == pytest.approx(0.09)
    assert sum(entries["value"]) == pytest.approx(0.04 + 0.09 + 0.01 + 0.01)


def test_own_rows_get_keys_and_their_place_in_the_headline_set(frozen, both):
    rows = both.observations.set_index("observation_id").loc[["own.1", "own.3"]]
    assert set(rows["family"]) == {"PE/SE | Li | garnet | polymer"}
    assert set(rows["system"]) == {"PE/SE | Li | LLZO | PEO | not_reported | not_reported (own)"}
    assert rows["asr_ohm_cm2"].to_list() == pytest.approx([10.0, 1000.0])
    assert rows["lo"].to_list() == rows["hi"].to_list() == [1.0, 3.0]
    assert both.headline["observation_id"].to_list()[-2:] == ["own.1", "own.2"]
    assert both.left_out[["observation_id", "reason"]].iloc[-1].to_list() == ["own.3", "treated"]
    assert both.studies.set_index("study_id").loc["own", "observations"] == 3
    for name, table in frozen.tables.items():
        assert both.tables[name].dtypes.equals(table.dtypes), name


def test_a_subset_takes_own_rows_and_others_alike(frozen, both):
    part = both.subset(pair="PEO | garnet")
    there = frozen.subset(pair="PEO | garnet").observations["observation_id"].to_list()
    assert part.observations["observation_id"].to_list() == [*there, "own.1", "own.2", "own.3"]
    assert "own" in set(part.studies["study_id"])
    assert "own" not in part.cite()


def test_a_resistance_takes_the_place_of_its_logarithm(frozen):
    rows = own(asr_ohm_cm2=[10.0, 100.0, 1000.0]).drop(columns="y")
    assert frozen.join(rows, V).observations["y"].iloc[-3:].to_list() == pytest.approx([1, 2, 3])


def test_the_dataset_that_is_joined_stays_as_it_was(frozen):
    n = len(frozen.observations)
    frozen.join(own(), V)
    assert len(frozen.observations) == len(frozen.V) == n


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"solid_electrolyte": ["LLZO", "LLZOO", "LLZO"]}, "own row 1: 'LLZOO' is no word of sol"),
        ({"interface_class": ["PE/SE", "PE/SE", "PE"]}, "own row 2: 'PE' is no word of interface"),
        ({"arm": ["reference", "control", "treated"]}, "own row 1: 'control' is no word of arm"),
        ({"y": [1.0, np.nan, 2.0]}, "own row 1: the resistance is no positive, finite number"),
        ({"reference_c": [60.0, 60.0, None]}, "own row 2: reference_c is no temperature"),
        ({"partner": ["PEO", "", "PEO"]}, "own row 1: partner is ''; give a text"),
        ({"observation_id": ["a", "b", "a"]}, "observation_id 'a' is there already"),
        ({"tempreature_c": [1, 2, 3]}, "named 'tempreature_c'; did you mean temperature_c"),
        ({"v": [1, 2, 3]}, "own rows: v is computed; leave the column out"),
        ({"asr_ohm_cm2": [1, 2, 3]}, "give y .* or asr_ohm_cm2, one of the two"),
        ({"censoring": ["exact", "left", "exact"]}, "a bound cannot be joined"),
    ],
)
def test_a_fault_of_a_row_is_named(frozen, columns, message):
    with pytest.raises(OwnRowsError, match=message):
        frozen.join(own(**columns), V)


def test_an_id_of_the_dataset_is_refused(frozen):
    there = frozen.observations["observation_id"].iloc[0]
    with pytest.raises(OwnRowsError, match="is there already; give each row its own"):
        frozen.join(own(observation_id=["a", "b", there]), V)


def test_a_needed_column_is_named(frozen):
    with pytest.raises(OwnRowsError, match="own rows lack the column reference_c; give obs"):
        frozen.join(own().drop(columns="reference_c"), V)
    with pytest.raises(OwnRowsError, match="no own row is given"):
        frozen.join(own().head(0), V)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([0.1, 0.1], r"V has the shape \(2,\); 3 own rows need \(3, 3\), or \(3,\)"),
        (
            np.array([[1.0, 2, 0], [2, 1, 0], [0, 0, 1]]),
            "V is no covariance: it has the eigenvalue -1",
        ),
        (np.array([[1.0, 0.5, 0], [0.1, 1, 0], [0, 0, 1]]), "V is not symmetric"),
        ([0.1, -0.1, 0.1], "V is no covariance: it has the eigenvalue -0.1"),
        ([0.1, np.nan, 0.1], "V holds a number that is not finite"),
    ],
)
def test_what_is_no_covariance_is_refused(frozen, given, message):
    with pytest.raises(OwnRowsError, match=message):
        frozen.join(own(), given)
