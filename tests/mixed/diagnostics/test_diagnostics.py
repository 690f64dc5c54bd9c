"""Residuals, deletion, plots' data and asymmetry against dense algebra and separate fits."""

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.mixed.errors import DataError, UndefinedError


@pytest.fixture
def hierarchy(rng):
    """Twelve works with three preparations of two rows, a moderator of rows and known v."""
    work = np.repeat(np.arange(12), 6)
    preparation = np.repeat(np.arange(36), 2)
    v = rng.uniform(0.01, 0.05, 72)
    x = rng.standard_normal(72)
    y = (
        1
        + 0.2 * x
        + 0.4 * rng.standard_normal(12)[work]
        + 0.3 * rng.standard_normal(36)[preparation]
    )
    y = y + np.sqrt(v) * rng.standard_normal(72)
    names = [f"w{i}" for i in work]
    columns = {"y": y, "x": x, "work": names, "prep": preparation, "v": v, "n": 1 + work % 5}
    return pd.DataFrame(columns)


@pytest.fixture
def fit(hierarchy):
    return mixed.fit("y ~ x + (1 | work/prep)", hierarchy, v="v")


def dense_covariance(fit, data):
    work = np.equal.outer(data["work"].to_numpy(), data["work"].to_numpy())
    prep = np.equal.outer(data["prep"].to_numpy(), data["prep"].to_numpy())
    s = fit.sigma2
    return np.diag(data["v"]) + s["work"] * work + s["work:prep"] * prep


def test_leverage_and_internal_residuals_are_those_of_dense_algebra(fit, hierarchy):
    M, X = dense_covariance(fit, hierarchy), fit.frame.X
    W = np.linalg.inv(M)
    H = X @ np.linalg.solve(X.T @ W @ X, X.T @ W)
    rest = np.eye(len(M)) - H
    r = rest @ hierarchy["y"].to_numpy()
    np.testing.assert_allclose(fit.diagnostics.hat_values, np.diag(H), rtol=1e-9)
    assert fit.diagnostics.hat_values.sum() == pytest.approx(2)
    np.testing.assert_allclose(fit.resid, r, atol=1e-9)
    np.testing.assert_allclose(
        fit.diagnostics.rstandard, r / np.sqrt(np.diag(rest @ M @ rest.T)), rtol=1e-8
    )


def test_marginal_variance_of_slopes_and_correlated_levels(hierarchy):
    fit = mixed.fit("y ~ x + (x | work)", hierarchy, v="v")
    G = fit.frame.terms[0].structure.matrix(fit.optimum.theta)
    Z = np.column_stack([np.ones(72), hierarchy["x"]])
    M = np.diag(hierarchy["v"]) + np.equal.outer(*[hierarchy["work"].to_numpy()] * 2) * (
        Z @ G @ Z.T
    )
    X, W = fit.frame.X, np.linalg.inv(M)
    left = M - X @ np.linalg.solve(X.T @ W @ X, X.T)
    np.testing.assert_allclose(
        fit.diagnostics.rstandard, fit.resid / np.sqrt(np.diag(left)), rtol=1e-7
    )


def test_deletion_of_a_work_is_the_fit_to_the_other_works(fit, hierarchy):
    out = fit.diagnostics.deletion("work")
    rest = hierarchy[hierarchy["work"] != "w3"]
    other = mixed.fit("y ~ x + (1 | work/prep)", rest, v="v")
    np.testing.assert_allclose(out.params.loc["w3"], other.params, rtol=1e-7)
    np.testing.assert_allclose(out.theta.loc["w3"], other.sigma2, rtol=1e-5)
    shift = (fit.params - other.params).to_numpy()
    F = fit.cov_params().to_numpy()
    assert out.cooks["w3"] == pytest.approx(shift @ np.linalg.solve(F, shift), rel=1e-5)
    ratio = np.linalg.det(other.cov_params()) / np.linalg.det(F)
    assert out.cov_ratio["w3"] == pytest.approx(ratio, rel=1e-5)
    assert out.qe["w3"] == pytest.approx(other.components.qe)
    rows = (hierarchy["work"] == "w3").to_numpy()
    joint = dense_covariance(other, hierarchy)[np.ix_(rows, rows)]
    X = fit.frame.X[rows]
    joint = joint + X @ other.cov_params().to_numpy() @ X.T
    gap = hierarchy["y"].to_numpy()[rows] - X @ other.params.to_numpy()
    assert out.chi2["w3"] == pytest.approx(gap @ np.linalg.solve(joint, gap), rel=1e-5)
    np.testing.assert_allclose(out.rstudent[rows], gap / np.sqrt(np.diag(joint)), rtol=1e-5)
    assert out.chi2_df["w3"] == 6
    assert list(out.to_frame()["outcome"].unique()) == ["converged"]


def test_units_may_be_a_column_or_labels(fit, hierarchy):
    by_column = fit.diagnostics.deletion("n")
    by_labels = fit.diagnostics.deletion(hierarchy["n"].to_numpy())
    assert sorted(by_column.cooks.index) == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(by_column.cooks, by_labels.cooks)
    assert by_column is fit.diagnostics.deletion("n")


def test_crossed_and_correlated_fits_can_lose_rows(hierarchy):
    data = hierarchy.assign(system=np.arange(72) % 7)
    fit = mixed.fit("y ~ 1 + (1 | work) + (1 | system)", data, v="v")
    rest = data[data["system"] != 4]
    other = mixed.fit("y ~ 1 + (1 | work) + (1 | system)", rest, v="v")
    out = fit.diagnostics.deletion("system")
    assert out.params.loc[4, "Intercept"] == pytest.approx(other.params["Intercept"], rel=1e-6)
    levels = sorted(data["work"].unique())
    R = pd.DataFrame(0.3 + 0.7 * np.eye(12), levels, levels)
    fit = mixed.fit("y ~ 1 + (1 | work/prep)", data, v="v", correlations={"work": R})
    rest = data[data["work"] != "w0"]
    other = mixed.fit("y ~ 1 + (1 | work/prep)", rest, v="v", correlations={"work": R})
    first = fit.diagnostics.deletion("work").params.loc["w0", "Intercept"]
    assert first == pytest.approx(other.params["Intercept"], rel=1e-5)


def test_a_unit_that_carries_a_coefficient_gets_its_reason(hierarchy):
    data = hierarchy.assign(dry=1.0 * (hierarchy["work"] == "w5"))
    out = mixed.fit("y ~ dry + (1 | work/prep)", data, v="v").diagnostics.deletion("work")
    assert "coefficient dry cannot be estimated without the unit" in out.outcome["w5"]
    assert np.isnan(out.cooks["w5"])
    assert (out.outcome.drop("w5") == "converged").all()
    two = hierarchy[hierarchy["work"].isin(["w0", "w1"])]
    out = mixed.fit("y ~ 1 + (1 | work/prep)", two, v="v").diagnostics.deletion("work")
    assert "grouping 'work' keeps one level without the unit" in out.outcome["w0"]


def test_units_are_checked(fit, hierarchy):
    with pytest.raises(UndefinedError, match=r"no grouping or column 'wrk'.*work, work:prep"):
        fit.diagnostics.deletion("wrk")
    with pytest.raises(DataError, match=r"shape \(3,\); give one for each row"):
        fit.diagnostics.deletion(np.arange(3))
    labels = hierarchy["work"].where(hierarchy.index != 7)
    with pytest.raises(DataError, match="unit of row 7 is missing"):
        fit.diagnostics.deletion(labels)
    with pytest.raises(UndefinedError, match="has one unit"):
        fit.diagnostics.deletion(np.ones(72))


def test_alternatives_by_moments_can_lose_rows(hierarchy):
    """More unknown units in one component than are summed stand by their mean and covariance."""
    known = np.arange(72) % 4 == 0
    data = hierarchy.assign(
        unit=np.where(known, None, hierarchy["prep"].astype(str)), shift=np.log10(2), p=0.5
    )
    columns = {"unit": "unit", "shift": "shift", "probability": "p"}
    formula = "y ~ 1 + (1 | work/prep) + (1 | n)"
    fit = mixed.fit(formula, data, v="v", alternatives=columns)
    assert isinstance(fit, mixed.MixedFit)
    out = fit.diagnostics.deletion("work")
    other = mixed.fit(formula, data[data["work"] != "w2"], v="v", alternatives=columns)
    assert out.params.loc["w2", "Intercept"] == pytest.approx(other.params["Intercept"], rel=1e-6)


def test_fits_with_printed_spreads_are_not_reduced(hierarchy):
    data = hierarchy.assign(sd=0.2, k=3)
    fit = mixed.fit("y ~ 1 + (1 | work/prep)", data, v="v", replicates={"work:prep": ("sd", "k")})
    with pytest.raises(UndefinedError, match="replicates cannot be reduced to some of its rows"):
        fit.diagnostics.deletion("work")


def test_funnel_and_radial_data(hierarchy):
    fit = mixed.fit("y ~ 1 + (1 | work/prep)", hierarchy, v="v")
    data = fit.diagnostics.funnel()
    assert data.centre == pytest.approx(fit.params["Intercept"])
    np.testing.assert_allclose(data.points["se"] ** 2, hierarchy["v"])
    edge = data.limits.iloc[-1]
    assert edge["upper"] - data.centre == pytest.approx(1.959964 * edge["se"], rel=1e-6)
    total = np.sqrt(edge["se"] ** 2 + fit.sigma2.sum())
    assert data.centre - edge["lower_total"] == pytest.approx(1.959964 * total, rel=1e-6)
    radial = fit.diagnostics.radial()
    np.testing.assert_allclose(radial["z"] / radial["x"], hierarchy["y"])
    np.testing.assert_allclose(radial["x"] ** -2, hierarchy["v"] + fit.sigma2.sum())
    plain = mixed.fit("y ~ 1 + (1 | work)", hierarchy)
    with pytest.raises(UndefinedError, match="a funnel plot needs a sampling variance above zero"):
        plain.diagnostics.funnel()


def test_baujat_is_for_one_coefficient(fit):
    with pytest.raises(UndefinedError, match="one coefficient; with moderators use dffits"):
        fit.diagnostics.baujat()


def test_egger_is_the_model_with_the_predictor_in_its_formula(hierarchy):
    fit = mixed.fit("y ~ 1 + (1 | work/prep)", hierarchy, v="v")
    ours = fit.diagnostics.egger(response="contrast")
    by_hand = mixed.fit("y ~ np.sqrt(v) + (1 | work/prep)", hierarchy, v="v")
    assert ours.slope == pytest.approx(by_hand.params.iloc[1], rel=1e-7)
    assert ours.pvalue == pytest.approx(by_hand.pvalues.iloc[1], rel=1e-5)
    assert ours.limit == pytest.approx(by_hand.params.iloc[0], rel=1e-7)
    assert ours.reference == "satterthwaite"
    robust = fit.diagnostics.egger(response="contrast", cluster="work")
    assert robust.se == pytest.approx(by_hand.robust("work").bse.iloc[1], rel=1e-6)
    assert robust.reference == "CR2"


def test_levels_are_regressed_on_sample_sizes_only(hierarchy):
    fit = mixed.fit("y ~ 1 + (1 | work/prep)", hierarchy, v="v")
    ours = fit.diagnostics.egger("1 / np.sqrt(n)", response="level")
    by_hand = mixed.fit("y ~ I(1 / np.sqrt(n)) + (1 | work/prep)", hierarchy, v="v")
    assert ours.slope == pytest.approx(by_hand.params.iloc[1], rel=1e-7)
    with pytest.raises(
        UndefinedError, match=r"'se' is not defined for levels.*depends on the level"
    ):
        fit.diagnostics.egger(response="level")
    with pytest.raises(UndefinedError, match="'v' is not defined for levels"):
        fit.diagnostics.peese(response="level")
    with pytest.raises(UndefinedError, match="rank test is not defined for levels"):
        fit.diagnostics.rank_test(response="level")
    with pytest.raises(UndefinedError, match="response 'logR' is not known; give 'contrast'"):
        fit.diagnostics.egger(response="logR")


def test_trim_and_fill_mirrors_what_is_missing():
    """Symmetric rows miss nothing; rows cut on the left come back as images of the right."""
    y = np.concatenate([-np.arange(1, 16), [0], np.arange(1, 16)]) / 10 + 2.0
    v = 0.02 + 0.1 * np.abs(y - 2)
    data = pd.DataFrame({"y": y, "v": v})
    whole = mixed.fit("y ~ 1", data, v="v", method="ML")
    assert whole.diagnostics.trim_and_fill(response="contrast", side="left").k0 == 0
    cut = data.sort_values("y").iloc[6:]
    ours = mixed.fit("y ~ 1", cut, v="v", method="ML").diagnostics.trim_and_fill(
        response="contrast", estimator="R0"
    )
    assert ours.side == "left"
    assert 4 <= ours.k0 <= 6
    n = len(cut)
    top = np.sort(cut["y"])[n - ours.k0 :]
    left = cut.sort_values("y").iloc[: n - ours.k0]
    centre = np.average(left["y"], weights=1 / left["v"])
    np.testing.assert_allclose(np.sort(ours.filled_response), np.sort(2 * centre - top))
    mirrored = mixed.fit(
        "y ~ 1", cut.assign(y=-cut["y"]), v="v", method="ML"
    ).diagnostics.trim_and_fill(response="contrast", estimator="R0", side="right")
    assert mirrored.estimate == pytest.approx(-ours.estimate)
    assert mirrored.k0 == ours.k0


def test_trim_and_fill_refuses_what_it_is_not_for(hierarchy, fit):
    with pytest.raises(UndefinedError, match="trim and fill is not defined for levels"):
        fit.diagnostics.trim_and_fill(response="level")
    with pytest.raises(UndefinedError, match="intercept alone"):
        fit.diagnostics.trim_and_fill(response="contrast")
    three = mixed.fit("y ~ 1 + (1 | work/prep)", hierarchy, v="v")
    with pytest.raises(UndefinedError, match="two-level model alone"):
        three.diagnostics.trim_and_fill(response="contrast")
    with pytest.raises(UndefinedError, match="estimator 'M0' is not one of L0, R0, Q0"):
        three.diagnostics.trim_and_fill(response="contrast", estimator="M0")
