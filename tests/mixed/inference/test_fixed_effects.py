"""Prediction, comparison, contrasts, robust covariance and the named warnings."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed
from metastudy.mixed.errors import DataError, FormulaError, UndefinedError
from metastudy.mixed.inference.contrasts import adjusted_pvalues
from metastudy.mixed.inference.location_scale import detectable_ratio


@pytest.fixture(scope="module")
def konst(dataset):
    return mixed.fit("yi ~ 1 + (1 | district/school)", dataset("konstantopoulos2011"), v="vi")


@pytest.fixture
def oats(rng):
    """Works with preparations and a moderator at each level."""
    work = np.repeat(np.arange(12), 8)
    prep = np.tile(np.repeat(np.arange(4), 2), 12)
    y = rng.normal(0, 0.5, 12)[work] + rng.normal(0, 0.3, (12, 4))[work, prep]
    return pd.DataFrame(
        {
            "y": y + rng.normal(0, 0.2, work.size),
            "work": work,
            "prep": prep,
            "kind": np.array(list("abc"))[work % 3],
            "x": rng.normal(size=work.size),
        }
    )


def test_a_new_preparation_in_a_known_work_adds_less(konst):
    """A known district gives its effect and its uncertainty, a new one its whole variance."""
    known = pd.DataFrame({"district": [11, 999]})
    rows = konst.predict(known, interval="prediction")
    assert list(rows["new"]) == ["district:school", "district, district:school"]
    effect = konst.ranef()["district"].loc[11, "effect"]
    mean = konst.params["Intercept"]
    assert rows["prediction"].iloc[0] == pytest.approx(mean + effect, abs=1e-10)
    assert rows["prediction"].iloc[1] == pytest.approx(mean, abs=1e-12)
    widths = rows["upper"] - rows["lower"]
    assert widths.iloc[0] < widths.iloc[1]


def test_the_error_of_a_known_level_by_dense_algebra(konst):
    """Kriging variance of mean + district effect, from the joint covariance."""
    frame, (between, within) = konst.frame, konst.optimum.theta
    code = frame.terms[0].codes
    M = np.diag(frame.V.diagonal + within) + between * (code[:, None] == code)
    W = np.linalg.inv(M)
    one = np.ones(56)
    level = frame.terms[0].levels.index(11)
    c = between * (code == level)
    F = 1 / (one @ W @ one)
    expected = between - c @ W @ c + (1 - one @ W @ c) ** 2 * F
    row = konst.predict(pd.DataFrame({"district": [11]})).iloc[0]
    assert row["se"] == pytest.approx(np.sqrt(expected), rel=1e-9)


def test_predicted_effects_have_the_error_of_their_prediction(konst):
    frame, (between, within) = konst.frame, konst.optimum.theta
    code = frame.terms[0].codes
    M = np.diag(frame.V.diagonal + within) + between * (code[:, None] == code)
    W = np.linalg.inv(M)
    one = np.ones(56)
    P = W - np.outer(W @ one, one @ W) / (one @ W @ one)
    Z = 1.0 * (code[:, None] == np.arange(11))
    table = konst.ranef()["district"]
    np.testing.assert_allclose(table["effect"], between * Z.T @ P @ frame.y, atol=1e-10)
    expected = between - np.diag(between**2 * Z.T @ P @ Z)
    np.testing.assert_allclose(table["se"], np.sqrt(expected), rtol=1e-9)


def test_prediction_errors(konst, oats):
    with pytest.raises(UndefinedError, match="interval 'tolerance' is not known"):
        konst.predict(interval="tolerance")
    fit = mixed.fit("y ~ x + (1 | work/prep)", oats)
    with pytest.raises(FormulaError, match="newdata: the data have no column 'x'"):
        fit.predict(pd.DataFrame({"z": [1.0]}))
    with pytest.raises(DataError, match="newdata has no rows"):
        fit.predict(oats.iloc[:0])


def test_comparison_of_nested_models(oats):
    big = mixed.fit("y ~ 1 + (1 | work/prep)", oats)
    small = mixed.fit("y ~ 1 + (1 | work)", oats)
    test = mixed.compare(small, big)
    assert test.statistic == pytest.approx(2 * (big.llf - small.llf))
    assert test.pvalue == pytest.approx(stats.chi2.sf(test.statistic, 1))
    assert test.pvalue_boundary == pytest.approx(test.pvalue / 2)


def test_comparisons_that_are_refused(oats):
    base = mixed.fit("y ~ 1 + (1 | work/prep)", oats)
    other = mixed.fit("y ~ x + (1 | work/prep)", oats)
    with pytest.raises(UndefinedError, match="REML likelihoods of different fixed parts"):
        mixed.compare(base, other)
    ml = [mixed.fit(f"y ~ {f} + (1 | work/prep)", oats, method="ML") for f in ("1", "x")]
    assert mixed.compare(*ml).df == 1
    assert mixed.compare(*ml).pvalue_boundary is None
    with pytest.raises(UndefinedError, match="give the smaller one first"):
        mixed.compare(*ml[::-1])
    with pytest.raises(UndefinedError, match="fits by REML and ML maximise different criteria"):
        mixed.compare(base, ml[1])
    short = mixed.fit("y ~ x + (1 | work/prep)", oats.iloc[:-1], method="ML")
    with pytest.raises(UndefinedError, match="the fits have different rows"):
        mixed.compare(ml[0], short)


def test_contrasts_by_name(oats):
    fit = mixed.fit("y ~ 0 + kind + (1 | work/prep)", oats)
    table = fit.contrasts(["kind[b] - kind[a]", "kind[c] - 0.5*kind[a] - 0.5*kind[b]"])
    beta = fit.params.to_numpy()
    np.testing.assert_allclose(table["estimate"], [beta[1] - beta[0], beta[2] - beta[:2].mean()])
    np.testing.assert_allclose(table["p_adjusted"], adjusted_pvalues(table["p"].to_numpy(), "holm"))
    joint = fit.f_test(["kind[b] - kind[a]", "kind[c] - kind[a]"])
    assert joint.df_num == 2
    # Balanced: works within kinds are the units, 12 - 3 = 9 degrees of freedom.
    assert joint.df_denom == pytest.approx(9, rel=1e-6)
    means = oats.groupby(["kind", "work"])["y"].mean()
    anova = stats.f_oneway(*(g.to_numpy() for _, g in means.groupby(level="kind")))
    assert joint.statistic == pytest.approx(anova.statistic, rel=1e-8)
    assert joint.pvalue == pytest.approx(anova.pvalue, rel=1e-5)
    with pytest.raises(FormulaError, match=r"no coefficient at 'kind\[d\]'; coefficients are kind"):
        fit.contrasts("kind[a] - kind[d] ")
    with pytest.raises(UndefinedError, match="adjustment 'tukey' is not known"):
        fit.contrasts("kind[a]", adjust="tukey")


def test_adjustments_by_hand():
    p = np.array([0.01, 0.04, 0.03])
    np.testing.assert_allclose(adjusted_pvalues(p, "holm"), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(adjusted_pvalues(p, "bonferroni"), [0.03, 0.12, 0.09])
    np.testing.assert_allclose(adjusted_pvalues(p, "fdr"), [0.03, 0.04, 0.04])


def test_balanced_kenward_roger_is_the_classical_test(oats):
    fit = mixed.fit("y ~ 0 + kind + (1 | work/prep)", oats, test="kenward-roger")
    joint = fit.f_test(["kind[b] - kind[a]", "kind[c] - kind[a]"])
    assert joint.df_denom == pytest.approx(9, rel=1e-5)
    ml = mixed.fit("y ~ x + (1 | work)", oats, method="ML", test="kenward-roger")
    with pytest.raises(UndefinedError, match="Kenward-Roger is defined for REML fits"):
        ml.pvalues  # noqa: B018


def test_robust_covariance_is_refused_where_clusters_covary(oats, konst):
    crossed = mixed.fit("y ~ 1 + (1 | work) + (1 | kind)", oats)
    with pytest.raises(UndefinedError, match="rows of different clusters covary"):
        crossed.robust("work")
    with pytest.raises(UndefinedError, match="rows of different clusters covary"):
        konst.robust("district:school")
    with pytest.raises(UndefinedError, match="kind 'HC3' is not known; use one of CR0"):
        konst.robust("district", "HC3")


def test_robust_covariance_with_one_row_per_cluster_is_the_sandwich(rng):
    """CR0 with singletons: (X'X)^-1 X' diag(e^2) X (X'X)^-1 when V is constant."""
    data = pd.DataFrame({"y": rng.normal(size=40), "x": rng.normal(size=40), "v": 0.3})
    data["row"] = range(40)
    fit = mixed.fit("y ~ x + (1 | row)", data, v="v")
    X = np.column_stack([np.ones(40), data["x"]])
    bread = np.linalg.inv(X.T @ X)
    e = data["y"].to_numpy() - X @ bread @ X.T @ data["y"].to_numpy()
    expected = bread @ (X.T * e**2) @ X @ bread
    np.testing.assert_allclose(fit.robust("row", "CR0").cov, expected, rtol=1e-8)
    leverage = np.einsum("ij,jk,ik->i", X, bread, X)
    hc3 = bread @ (X.T * (e / (1 - leverage)) ** 2) @ X @ bread
    np.testing.assert_allclose(fit.robust("row", "CR3").cov, hc3, rtol=1e-8)


def names_of(fit):
    return [w.name for w in fit.warnings]


def test_warning_of_few_levels_and_of_z(rng):
    data = pd.DataFrame({"y": rng.normal(size=20), "g": np.repeat(np.arange(4), 5)})
    fit = mixed.fit("y ~ 1 + (1 | g)", data, test="z")
    assert "few levels" in names_of(fit)
    assert "'g' has 4 levels; fewer than 5" in str(fit.summary())
    assert "tests by z with 4 levels of the smallest grouping are too narrow" in str(fit.summary())


def test_no_pvalue_below_four_degrees_of_freedom(rng):
    y = rng.normal(size=20) + np.repeat(3 * rng.normal(size=4), 5)
    fit = mixed.fit("y ~ 1 + (1 | g)", pd.DataFrame({"y": y, "g": np.repeat(np.arange(4), 5)}))
    assert fit.df["Intercept"] == pytest.approx(3, rel=1e-6)
    assert np.isnan(fit.pvalues["Intercept"])
    text = next(w.text for w in fit.warnings if w.name == "few degrees of freedom")
    assert text == "no p-value below 4 degrees of freedom: Intercept (3)"


def test_warning_of_many_moderators(oats):
    fit = mixed.fit("y ~ kind + (1 | work/prep)", oats)
    text = next(w.text for w in fit.warnings if w.name == "many moderators")
    assert "2 moderator columns at the level of 'work' have 12 units" in text


def test_warning_where_nested_factors_cannot_be_told_apart(dataset):
    known = dataset("synth400").query("known == 1")
    fit = mixed.fit("yi ~ 1 + (1 | lab/study/prep/rec)", known, v="vi")
    text = next(w.text for w in fit.warnings if w.name == "not told apart")
    assert "'lab' (25 levels)" in text
    assert "cannot be told apart" in text


def test_warning_of_separate_record_variances(rng):
    """Three replicated preparations stand in each group of reporting; ten are needed."""
    prep = np.concatenate([np.repeat(np.arange(6), 2), np.arange(6, 30)])
    data = pd.DataFrame({"y": rng.normal(size=36), "prep": prep, "rec": np.arange(36)})
    data["group"] = np.where(prep % 2 == 0, "given", "missing")
    fit = mixed.fit("y ~ 1 + (1 | prep) + diag(group | rec)", data, residual=False)
    texts = [w.text for w in fit.warnings if w.name == "record variance not identified"]
    assert len(texts) == 2
    assert "is estimated from 3 levels of 'prep' with two rows or more; it needs 10" in texts[0]


def test_heterogeneity_has_a_reason_where_it_does_not_exist(oats, rng):
    fit = mixed.fit("y ~ 1 + (1 | work/prep)", oats)
    assert fit.components.h2 is None
    assert fit.components.heterogeneity.reason == "no sampling variances were given"
    V = np.kron(np.eye(48), np.full((2, 2), 0.01))
    shared = mixed.fit("y ~ 1 + (1 | work/prep)", oats, V=V, residual=True)
    assert shared.components.qe is None
    assert "the sampling covariance V is singular" in shared.components.heterogeneity.reason


def test_a_ratio_of_scatter_is_refused_with_the_detectable_one(dataset):
    known = dataset("synth400").query("known == 1").assign(b=lambda d: 1.0 * (d["study"] % 9 == 0))
    fit = mixed.fit(
        "yi ~ 1 + (1 | study) + (1 | prep) + (1 | rec)", known, v="vi", scale={"prep": "1 + b"}
    )
    with pytest.raises(UndefinedError, match="degrees of freedom, fewer than 15; only a ratio of"):
        fit.components.scale_ratios()


def test_detectable_ratios():
    """Ratios found with 80 % power by simulation at 14, 9 and 7 degrees of freedom per arm."""
    ratios = [detectable_ratio(df, df) for df in (14, 9, 7)]
    np.testing.assert_allclose(ratios, [2.2, 2.7, 3.1], atol=0.05)


def test_a_ratio_of_scatter_covers_the_truth(dataset):
    """synth400 was simulated with preparation sd .55 as received and .15 to .30 otherwise."""
    known = dataset("synth400").query("known == 1")
    known = known.assign(ar=1.0 * (known["route"] == "as_received"))
    fit = mixed.fit(
        "yi ~ ar + (1 | study) + (1 | prep) + (1 | rec)", known, v="vi", scale={"prep": "1 + ar"}
    )
    row = fit.components.scale_ratios().loc["prep[ar]"]
    assert 1 < row["lower"] < row["sd_ratio"] < row["upper"]
    end = fit.optimum.theta.copy()
    assert row["sd_ratio"] == pytest.approx(np.exp(end[2] / 2))


def test_warning_of_five_to_ten_levels(rng):
    data = pd.DataFrame({"y": rng.normal(size=24), "g": np.repeat(np.arange(8), 3)})
    text = next(w.text for w in mixed.fit("y ~ 1 + (1 | g)", data).warnings)
    assert text == "'g' has 8 levels; below 10 state the interval of its variance, not the estimate"


def test_containment_where_satterthwaite_does_not_exist(konst):
    """A saddle of the likelihood: the observed information is made indefinite by hand."""
    fit = konst.with_test("satterthwaite")
    theta = np.array([2.0, 0.5])  # far above the optimum the likelihood is convex
    at = fit.likelihood.evaluate(theta)
    moved = replace(fit, optimum=replace(fit.optimum, evaluation=at))
    assert moved.inference.reference == "contain"
    assert moved.df["Intercept"] == 10
    assert "containment instead of Satterthwaite" in [w.name for w in moved.warnings]
