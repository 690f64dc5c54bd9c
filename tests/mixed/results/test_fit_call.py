"""A fit asked again: other formulas, rows and arguments give what a new call gives."""

import numpy as np
import pandas as pd
import pytest
import scipy.linalg
import scipy.sparse

from metastudy import mixed
from metastudy.mixed.errors import DataError, FormulaError, UndefinedError
from metastudy.mixed.model.formula import updated


@pytest.fixture
def data(rng):
    work = np.repeat(np.arange(10), 4)
    table = pd.DataFrame(
        {"work": work, "x": rng.normal(size=40), "z": rng.normal(size=40), "v": 0.05}
    )
    table["prep"] = np.tile([0, 0, 1, 1], 10)
    table["y"] = table["x"] + rng.normal(size=10)[work] + rng.normal(0, 0.4, 40)
    table.index = [f"r{i}" for i in range(40)]
    return table


def same(one, two):
    assert one.llf == pytest.approx(two.llf, abs=1e-10)
    assert one.frame.labels == two.frame.labels
    np.testing.assert_allclose(one.params, two.params, rtol=1e-8)
    np.testing.assert_allclose(one.sigma2, two.sigma2, rtol=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("y ~ x", ". ~ . + z", "y ~ x + z"),
        ("y ~ x + z + (1 | g)", ". ~ . - z", "y ~ x + z + (1 | g) - z"),
        ("y ~ x + (1 | g/h)", "log(y) ~ .", "log(y) ~ x + (1 | g/h)"),
        ("y ~ x + (1 | g)", ". ~ . - (1|g) + (1 | h)", "y ~ x + (1 | h)"),
        ("y ~ 1", ". ~ . + `a.b` + I(x / 2.5)", "y ~ 1 + `a.b` + I(x / 2.5)"),
    ],
)
def test_a_dot_is_that_side_of_the_old_formula(old, new, expected):
    assert updated(old, new) == expected


def test_what_is_not_there_cannot_be_taken_away():
    with pytest.raises(FormulaError, match=r"has no random term '\(1 \| h\)' to take away"):
        updated("y ~ x + (1 | g)", ". ~ . - (1 | h)")
    with pytest.raises(FormulaError, match=r"needs one '~', as in '. ~ . [+] x'"):
        updated("y ~ x", "x")


def test_update_changes_the_formula_and_arguments(data):
    fit = mixed.fit("y ~ x + (1 | work)", data, v="v", residual=True)
    again = fit.update(". ~ . - x + z + (1 | work:prep)", method="ML", residual=None)
    same(again, mixed.fit("y ~ z + (1 | work) + (1 | work:prep)", data, v="v", method="ML"))
    same(again.update(method="REML").update(formula="y ~ x + (1 | work)", residual=True), fit)


def test_refit_takes_other_rows(data, rng):
    fit = mixed.fit("y ~ x + (1 | work)", data, v="v", method="ML")
    other = data.assign(y=rng.normal(size=40))
    same(fit.refit(other), mixed.fit("y ~ x + (1 | work)", other, v="v", method="ML"))


def test_refit_refuses_arrays_of_the_old_rows(data):
    fit = mixed.fit("y ~ x + (1 | work)", data, v=data["v"].to_numpy())
    fewer = data.iloc[:20]
    with pytest.raises(DataError, match="v was given as values for the 40 rows of the fit; give v"):
        fit.refit(fewer)
    same(fit.refit(fewer, v="v"), mixed.fit("y ~ x + (1 | work)", fewer, v="v"))


def test_a_subset_keeps_what_was_given_for_its_rows(data, rng):
    blocks = [0.02 * np.eye(4) + 0.01 * (1 + w % 3) for w in range(10)]
    V = scipy.linalg.block_diag(*blocks)
    weights = rng.uniform(0.5, 2, 40)
    mask = (data["z"] > -0.5).to_numpy()
    formula, fewer = "y ~ x + (1 | work)", data[mask]
    expected = mixed.fit(
        formula,
        fewer,
        V=V[np.ix_(mask, mask)],
        residual=True,
        row_weights={"residual": weights[mask]},
    )
    labelled = pd.DataFrame(V, data.index, data.index)
    for given in (V, blocks, scipy.sparse.csr_array(V), labelled):
        fit = mixed.fit(formula, data, V=given, residual=True, row_weights={"residual": weights})
        same(fit.subset(mask), expected)
        same(fit.subset("z > -0.5"), expected)
        same(fit.subset(data["z"].iloc[::-1] > -0.5), expected)


def test_a_subset_keeps_its_bounds(data):
    data["hi"] = np.where(data["z"] > 1, 1.0, np.nan)
    data.loc[data["z"] > 1, "y"] = np.nan
    fit = mixed.fit("y ~ 1 + (1 | work)", data, v="v", residual=True, upper=data["hi"], method="ML")
    fewer = data[data["work"] < 6]
    expected = mixed.fit("y ~ 1 + (1 | work)", fewer, v="v", residual=True, upper="hi", method="ML")
    part = fit.subset("work < 6")
    assert part.bounds.equals(expected.bounds)
    assert part.llf == pytest.approx(expected.llf, abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("z >", "subset 'z >' cannot be read"),
        ([0, 1], r"subset has int64 values of shape \(2,\); give a boolean for each of the 40"),
        ("z > 100", "subset keeps no row"),
    ],
)
def test_a_subset_that_is_none_is_refused(data, rows, message):
    with pytest.raises(DataError, match=message):
        mixed.fit("y ~ x", data, v="v").subset(rows)


def test_simulated_responses_have_the_moments_of_the_fit(data, rng):
    """Mean X b and covariance V + Z G Z' + S S', within four errors of 20,000 draws."""
    V = scipy.linalg.block_diag(*[0.02 * np.eye(4) + 0.01] * 10)
    fit = mixed.fit("y ~ x + (1 | work)", data, V=V)
    drawn = fit.simulate(20_000, rng=rng)
    assert list(drawn.index) == list(data.index)
    M = V + fit.sigma2["work"] * (data["work"].to_numpy()[:, None] == data["work"].to_numpy())
    error = np.sqrt(np.diag(M) / 20_000)
    assert (np.abs(drawn.mean(axis=1) - fit.fittedvalues) < 4.5 * error).all()
    found = np.cov(drawn.to_numpy())
    size = np.sqrt(np.outer(np.diag(M), np.diag(M)))
    np.testing.assert_allclose(found / size, M / size, atol=5 * np.sqrt(2 / 20_000))


def test_simulated_responses_give_back_the_parameters(data):
    rng = np.random.default_rng(5)
    fit = mixed.fit("y ~ x + (1 | work)", data, v="v")
    found = [
        fit.refit(data.assign(y=column)).params["x"]
        for _, column in fit.simulate(60, rng=rng).items()
    ]
    assert np.mean(found) == pytest.approx(fit.params["x"], abs=4 * fit.bse["x"] / np.sqrt(60))
    assert np.std(found) == pytest.approx(fit.bse["x"], rel=0.4)


def test_a_fit_by_hand_cannot_be_repeated(data):
    from dataclasses import replace

    fit = replace(mixed.fit("y ~ x", data, v="v"), call=None)
    with pytest.raises(UndefinedError, match=r"was not made by mixed\.fit"):
        fit.update(method="ML")
    with pytest.raises(UndefinedError, match="n = 0 draws; give a whole number from 1"):
        fit.simulate(0, rng=np.random.default_rng(1))
