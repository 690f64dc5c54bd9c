"""Marginal means and tests of factors against averages of cells and the textbook's F."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed
from metastudy.mixed.errors import FormulaError, UndefinedError


@pytest.fixture
def unequal(rng):
    """Two crossed factors with unequal numbers, a covariate and no random effects."""
    cells = [("a", "u")] * 3 + [("a", "w")] * 5 + [("b", "u")] * 7 + [("b", "w")] * 2
    cells += [("c", "u")] * 4 + [("c", "w")] * 4
    data = pd.DataFrame(cells, columns=["salt", "route"])
    data["x"] = rng.normal(3, 1, len(data))
    data["y"] = rng.normal(size=len(data)) + data["x"]
    return data


def test_equal_weights_average_the_means_of_cells(unequal):
    """With all interactions the fit is the means of the cells."""
    fit = mixed.fit("y ~ salt * route", unequal)
    cells = unequal.groupby(["salt", "route"])["y"].mean().unstack()
    equal = fit.marginal_means("salt")
    np.testing.assert_allclose(equal.params, cells.mean(axis=1))
    share = unequal["route"].value_counts(normalize=True)[["u", "w"]]
    weighted = fit.marginal_means("salt", weights="proportional")
    np.testing.assert_allclose(weighted.params, cells @ share)
    both = fit.marginal_means(["route", "salt"])
    np.testing.assert_allclose(both.params.unstack("route"), cells)
    assert both.index.names == ["route", "salt"]
    residual = unequal["y"] - [cells.loc[a, b] for a, b in unequal[["salt", "route"]].to_numpy()]
    s2 = (residual**2).sum() / (25 - 6)
    n = unequal.groupby(["salt", "route"]).size().unstack()
    np.testing.assert_allclose(equal.bse, np.sqrt(s2 * (1 / n).sum(axis=1)) / 2, rtol=1e-6)
    np.testing.assert_allclose(equal.df, 19, rtol=1e-6)


def test_means_do_not_depend_on_the_coding_of_factors(unequal):
    """With a covariate at its mean, and at another value."""
    codings = [
        "y ~ salt + route + x",
        "y ~ C(salt, contr.sum) + C(route, contr.sum) + x",
        "y ~ 0 + C(salt) + C(route, contr.treatment('w')) + x",
    ]
    fits = [mixed.fit(formula, unequal) for formula in codings]
    for at in (None, {"x": 1.0}):
        tables = [fit.marginal_means("salt", at=at) for fit in fits]
        for other in tables[1:]:
            np.testing.assert_allclose(other.to_frame(), tables[0].to_frame(), rtol=1e-6)
            np.testing.assert_allclose(other.cov_params(), tables[0].cov_params(), atol=1e-9)
    shift = fits[0].params["x"] * (unequal["x"].mean() - 1)
    moved = fits[0].marginal_means("salt").params - fits[0].marginal_means("salt", {"x": 1}).params
    np.testing.assert_allclose(moved, shift)


def test_contrasts_of_means_are_differences_of_coefficients(unequal):
    fit = mixed.fit("y ~ salt + x", unequal)
    means = fit.marginal_means("salt")
    pairs = means.contrasts()
    assert list(pairs.index) == ["b - a", "c - a", "c - b"]
    direct = fit.contrasts(["salt[T.b]", "salt[T.c]", "salt[T.c] - salt[T.b]"])
    np.testing.assert_allclose(pairs, direct, rtol=1e-9)
    against = means.contrasts("reference", adjust="none")
    np.testing.assert_allclose(against["estimate"], fit.params[["salt[T.b]", "salt[T.c]"]])
    np.testing.assert_allclose(
        means.contrasts("mean")["estimate"], means.params - means.params.mean()
    )


def test_a_factor_of_booleans_has_two_levels(unequal):
    unequal["dry"] = unequal["route"] == "u"
    fit = mixed.fit("y ~ dry + x", unequal)
    means = fit.marginal_means("dry")
    assert list(means.index) == [False, True]
    assert means.params.diff().iloc[1] == pytest.approx(
        fit.contrasts(fit.params.index[1])["estimate"].iloc[0]
    )


def test_a_summary_says_what_was_held(unequal):
    text = str(mixed.fit("y ~ salt + x", unequal).marginal_means("salt", {"x": 2}).summary())
    assert "Marginal means of salt, other factors averaged with equal weights\nat x = 2" in text


def test_a_factor_is_tested_by_name(unequal):
    """Without random effects and by REML it is the F test of two nested least-squares fits."""
    fit = mixed.fit("y ~ salt + route + x", unequal)
    X = fit.frame.X

    def rss(columns):
        b = np.linalg.lstsq(X[:, columns], unequal["y"], rcond=None)[0]
        return float(((unequal["y"] - X[:, columns] @ b) ** 2).sum())

    whole, without = rss([0, 1, 2, 3, 4]), rss([0, 3, 4])
    F = (without - whole) / 2 / (whole / 20)
    test = fit.f_test("salt")
    assert (test.statistic, test.df_num) == (pytest.approx(F, rel=1e-6), 2)
    table = fit.wald_test_terms()
    assert list(table.index) == ["salt", "route", "x"]
    assert table.loc["salt", "p"] == pytest.approx(stats.f.sf(F, 2, 20), rel=1e-5)
    t = fit.tvalues["x"]
    assert table.loc["x", "F"] == pytest.approx(t**2)
    assert list(fit.contrasts("salt").index) == ["salt[T.b]", "salt[T.c]"]
    coded = mixed.fit("y ~ C(salt, contr.sum) + route + x", unequal)
    assert coded.f_test("salt").statistic == pytest.approx(F, rel=1e-6)
    assert len(coded.contrasts("salt")) == 2


def test_a_factor_is_tested_by_name_with_clusters(rng):
    work = np.repeat(np.arange(15), 4)
    data = pd.DataFrame({"work": work, "kind": np.array(list("abc"))[np.arange(60) % 3]})
    data["y"] = rng.normal(size=15)[work] + rng.normal(size=60)
    robust = mixed.fit("y ~ kind + (1 | work)", data).robust("work")
    named, rows = robust.htz_test("kind"), robust.htz_test([[0, 1, 0], [0, 0, 1]])
    assert named == rows


def test_names_that_are_no_factors_are_refused(unequal):
    fit = mixed.fit("y ~ salt + x", unequal)
    with pytest.raises(FormulaError, match="'x' is no factor of the fixed part; factors are salt"):
        fit.marginal_means("x")
    with pytest.raises(FormulaError, match="at names 'z', which is no numeric moderator; modera"):
        fit.marginal_means("salt", at={"z": 1})
    with pytest.raises(UndefinedError, match="weights 'cells' are not known; use one of equal"):
        fit.marginal_means("salt", weights="cells")
    with pytest.raises(UndefinedError, match="kind 'tukey' is not known; use one of pairwise"):
        fit.marginal_means("salt").contrasts("tukey")
    with pytest.raises(FormulaError, match=r"coefficients are .*; terms are salt, x"):
        fit.f_test("solvent")
