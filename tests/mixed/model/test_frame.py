import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from metastudy import mixed
from metastudy.mixed.errors import DataError, FormulaError, IdentifiabilityError, UndefinedError


@pytest.fixture
def rows():
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "y": rng.normal(size=12),
            "v": np.full(12, 0.1),
            "x": np.arange(12.0),
            "work": np.repeat(list("abcd"), 3),
            "prep": np.tile([1, 1, 2], 4),
            "one": "same",
        },
        index=[f"r{i}" for i in range(12)],
    )


def test_negative_variance(rows):
    rows.loc["r3", "v"] = -0.2
    with pytest.raises(DataError, match=r"variance of row r3 is negative \(-0.2\)"):
        mixed.fit("y ~ 1 + (1 | work)", rows, v="v")


def test_infinite_variance(rows):
    rows.loc["r3", "v"] = np.inf
    with pytest.raises(DataError, match="variance of row r3 is infinite"):
        mixed.fit("y ~ 1 + (1 | work)", rows, v="v")


def test_length_of_v(rows):
    with pytest.raises(DataError, match=r"v have shape \(3,\); the data have 12 rows"):
        mixed.fit("y ~ 1 + (1 | work)", rows, v=[1.0, 2.0, 3.0])


def test_size_of_the_covariance(rows):
    with pytest.raises(DataError, match="V has shape 4 x 4; the data have 12 rows"):
        mixed.fit("y ~ 1 + (1 | work)", rows, V=np.eye(4))


def test_symmetry_of_the_covariance(rows):
    V = np.eye(12)
    V[0, 1] = 0.3
    with pytest.raises(DataError, match=r"V is not symmetric: rows r0 and r1 have 0\.3 one way"):
        mixed.fit("y ~ 1 + (1 | work)", rows, V=V)


def test_negative_eigenvalue_of_the_covariance(rows):
    V = np.eye(12)
    V[0, 1] = V[1, 0] = 2.0
    with pytest.raises(DataError, match="rows r0 to r1 has the negative eigenvalue -1"):
        mixed.fit("y ~ 1 + (1 | work)", rows, V=V)


def test_both_v_and_covariance(rows):
    with pytest.raises(DataError, match="not both"):
        mixed.fit("y ~ 1 + (1 | work)", rows, v="v", V=np.eye(12))


def test_missing_response(rows):
    rows.loc["r7", "y"] = np.nan
    with pytest.raises(
        DataError, match=r"column 'y' is missing in 1 rows \(r7\); give their limits"
    ):
        mixed.fit("y ~ 1 + (1 | work)", rows, v="v")


def test_missing_moderator_and_grouping(rows):
    rows.loc["r7", "x"] = np.nan
    with pytest.raises(DataError, match=r"column 'x' is missing in 1 rows \(r7\)"):
        mixed.fit("y ~ x + (1 | work)", rows, v="v")
    rows["work"] = rows["work"].where(rows["work"] != "c")
    with pytest.raises(DataError, match=r"column 'work' is missing in 3 rows"):
        mixed.fit("y ~ 1 + (1 | work)", rows, v="v")


def test_missing_variance_without_a_record_level_effect(rows):
    rows.loc["r2", "v"] = np.nan
    with pytest.raises(DataError, match=r"variance of row r2 is missing .* pass residual=True"):
        mixed.fit("y ~ 1 + (1 | work)", rows, v="v")


def test_grouping_with_one_level(rows):
    with pytest.raises(DataError, match=r"grouping 'one' has one level \('same'\)"):
        mixed.fit("y ~ 1 + (1 | one)", rows, v="v")


def test_misspelt_columns_offer_the_nearest(rows):
    with pytest.raises(FormulaError, match="no column 'wrok'; did you mean 'work'"):
        mixed.fit("y ~ 1 + (1 | wrok)", rows, v="v")
    with pytest.raises(FormulaError, match="fixed part: the data have no column 'xx'"):
        mixed.fit("y ~ xx + (1 | work)", rows, v="v")
    with pytest.raises(FormulaError, match="sampling variances v: the data have no column 'var'"):
        mixed.fit("y ~ 1 + (1 | work)", rows, v="var")


def test_collinear_moderator_is_named(rows):
    rows["twice"] = 2 * rows["x"] + 1
    with pytest.raises(DataError, match="'twice' is a linear combination of Intercept, x"):
        mixed.fit("y ~ x + twice + (1 | work)", rows, v="v")


def test_more_parameters_than_rows(rows):
    with pytest.raises(DataError, match="has 12 coefficients for 12 rows"):
        mixed.fit("y ~ 0 + C(x) + (1 | work)", rows, v="v")


def test_fixed_part_that_takes_all_levels(rows):
    with pytest.raises(IdentifiabilityError, match="component 'work' cannot be estimated"):
        mixed.fit("y ~ 0 + work + (1 | work)", rows, v="v")


def test_unknown_words(rows):
    with pytest.raises(UndefinedError, match="method 'MLE' is not known here"):
        mixed.fit("y ~ 1 + (1 | work)", rows, v="v", method="MLE")
    with pytest.raises(UndefinedError, match="test 'wald' is not known"):
        mixed.fit("y ~ 1 + (1 | work)", rows, v="v", test="wald")
    with pytest.raises(FormulaError, match="correlations names 'lab', which is not a random term"):
        mixed.fit("y ~ 1 + (1 | work)", rows, v="v", correlations={"lab": np.eye(4)})


def test_identical_levels_are_merged_with_a_warning_and_never_split(rows):
    once = rows.drop_duplicates(["work", "prep"])
    fit = mixed.fit("y ~ 1 + (1 | work/prep)", once)
    assert list(fit.sigma2.index) == ["work", "work:prep + residual"]
    assert fit.warnings[0].name == "merged components"
    with pytest.raises(IdentifiabilityError, match="'work:prep' and 'residual' have the same lev"):
        mixed.fit("y ~ 1 + (1 | work/prep)", once, split=True)
    with pytest.raises(UndefinedError, match="'work:prep' is merged in 'work:prep \\+ residual'"):
        fit.components.sum_conf_int(["work:prep"])


def test_known_variances_keep_one_record_per_group_apart(rows):
    once = rows.drop_duplicates(["work", "prep"])
    fit = mixed.fit("y ~ 1 + (1 | work/prep)", once, v="v")
    assert list(fit.sigma2.index) == ["work", "work:prep"]
    assert fit.merged == ()


def test_covariance_as_array_sparse_or_blocks_is_the_same(rows):
    blocks = [0.1 * (np.eye(3) + 0.5) for _ in range(4)]
    V = scipy.sparse.block_diag([scipy.sparse.coo_array(block) for block in blocks])
    fits = [
        mixed.fit("y ~ 1 + (1 | work/prep)", rows, V=given) for given in (blocks, V, V.toarray())
    ]
    assert fits[0].llf == pytest.approx(fits[1].llf, abs=1e-10)
    assert fits[0].llf == pytest.approx(fits[2].llf, abs=1e-10)
