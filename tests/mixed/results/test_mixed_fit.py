"""Weights, printed spreads, structures and known correlations against dense algebra."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from metastudy import mixed
from metastudy.mixed.errors import DataError, UndefinedError
from metastudy.mixed.optimise.moments import generalised_q
from metastudy.mixed.optimise.newton import LEAST_SHARE, starting_values


@pytest.fixture
def means(rng):
    """Rows that are means of n samples, with the printed sd of most."""
    works = np.repeat(np.arange(12), 3)
    n = rng.integers(1, 7, works.size)
    y = rng.normal(0, 0.4, 12)[works] + rng.normal(0, 0.3, works.size) / np.sqrt(n)
    sd = np.where(
        n > 1, 0.3 * np.sqrt(rng.chisquare(np.maximum(n - 1, 1)) / np.maximum(n - 1, 1)), np.nan
    )
    return pd.DataFrame(
        {"y": y, "work": works, "sample": np.arange(works.size), "n": n, "sd": sd, "v": 0.001}
    )


def test_printed_spreads_enter_as_chi_square(means):
    """Against a general optimiser on the dense likelihood plus the chi-square densities."""
    fit = mixed.fit(
        "y ~ 1 + (1 | work) + (1 | sample)",
        means,
        v="v",
        method="ML",
        replicates={"sample": ("sd", "n")},
    )
    work = means["work"].to_numpy()
    n, sd, y = (means[c].to_numpy() for c in ("n", "sd", "y"))
    use = n > 1

    def minus_llf(log_theta):
        between, within = np.exp(log_theta)
        M = between * (work[:, None] == work) + np.diag(within / n + 0.001)
        W = np.linalg.inv(M)
        mean = W.sum(0) @ y / W.sum()
        llf = stats.multivariate_normal(np.full(y.size, mean), M).logpdf(y)
        nu = n[use] - 1
        # density of s^2 when nu s^2 / sigma^2 is chi-square with nu
        llf += (stats.chi2(nu).logpdf(nu * sd[use] ** 2 / within) + np.log(nu / within)).sum()
        return -llf

    best = optimize.minimize(
        minus_llf,
        np.log([0.1, 0.1]),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000},
    )
    assert fit.llf == pytest.approx(-best.fun, abs=1e-8)
    np.testing.assert_allclose(fit.sigma2, np.exp(best.x), rtol=1e-5)


def test_printed_spreads_narrow_the_sample_variance(means):
    formula = "y ~ 1 + (1 | work) + (1 | sample)"
    weights = {"sample": 1 / means["n"]}
    without = mixed.fit(formula, means, v="v", row_weights=weights).components.conf_int()
    with_sd = mixed.fit(formula, means, v="v", replicates={"sample": ("sd", "n")})
    widths = [
        ends.loc["sample", "upper"] - ends.loc["sample", "lower"]
        for ends in (with_sd.components.conf_int(), without)
    ]
    assert widths[0] < widths[1]


def test_wrong_spreads_and_weights(means):
    formula = "y ~ 1 + (1 | work) + (1 | sample)"
    means.loc[4, "n"] = 0
    with pytest.raises(DataError, match="replicates of 'sample': row 4 has sd"):
        mixed.fit(formula, means, v="v", replicates={"sample": ("sd", "n")})
    with pytest.raises(DataError, match="row_weights of 'sample': give one positive number"):
        mixed.fit(formula, means, v="v", row_weights={"sample": "n"})


def test_row_weights_scale_the_variance_of_each_row(means):
    """A record-level effect with weight 1/n equals v + theta/n on the diagonal."""
    fit = mixed.fit(
        "y ~ 1 + (1 | work) + (1 | sample)", means, v="v", row_weights={"sample": 1 / means["n"]}
    )
    theta = fit.optimum.theta
    shifted = means.assign(v=0.001 + theta[1] / means["n"])
    again = mixed.fit("y ~ 1 + (1 | work)", shifted, v="v")
    assert again.llf == pytest.approx(fit.llf, abs=1e-9)
    assert again.sigma2["work"] == pytest.approx(theta[0], rel=1e-6)


def test_free_correlations_are_those_of_the_covariance(rng):
    """Three correlated effects: G has the stated variances and correlations."""
    effects = rng.multivariate_normal([0, 0, 0], [[1, 0.6, 0.2], [0.6, 1, 0.4], [0.2, 0.4, 1]], 60)
    data = pd.DataFrame(
        {
            "y": effects.ravel() + rng.normal(0, 0.2, 180),
            "g": np.repeat(np.arange(60), 3),
            "k": np.tile(list("abc"), 60),
            "v": 0.04,
        }
    )
    fit = mixed.fit("y ~ 0 + k + un(k | g)", data, v="v")
    centred = data["y"].to_numpy().reshape(60, 3)
    sample = np.cov(centred.T)  # REML of a saturated covariance: sample covariance minus v
    G = sample - 0.04 * np.eye(3)
    sd = np.sqrt(np.diag(G))
    np.testing.assert_allclose(fit.sigma2, np.diag(G), rtol=1e-6)
    pairs = [(0, 1), (0, 2), (1, 2)]
    np.testing.assert_allclose(
        fit.theta.iloc[3:], [G[i, j] / sd[i] / sd[j] for i, j in pairs], rtol=1e-6
    )


def test_an_identity_correlation_changes_nothing(dataset):
    data = dataset("konstantopoulos2011")
    formula = "yi ~ 1 + (1 | district) + (1 | study)"
    plain = mixed.fit(formula, data, v="vi")
    known = mixed.fit(formula, data, v="vi", correlations={"district": np.eye(11)})
    np.testing.assert_allclose(known.sigma2, plain.sigma2, rtol=1e-7)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.eye(3), r"has shape \(3, 3\), but the grouping has 11 levels"),
        (2 * np.eye(11), "has ones on its diagonal"),
        (np.eye(11) + 1.5 * (np.ones((11, 11)) - np.eye(11)), "has a negative eigenvalue"),
        (pd.DataFrame(np.eye(2), [11, 12], [11, 12]), "has no row for level 18"),
    ],
)
def test_wrong_correlations(dataset, matrix, message):
    with pytest.raises(DataError, match=message):
        mixed.fit(
            "yi ~ 1 + (1 | district)",
            dataset("konstantopoulos2011"),
            v="vi",
            correlations={"district": matrix},
        )


def test_times_of_an_autoregression_are_numbers(dataset):
    data = dataset("ishak2007").assign(when=lambda d: "t" + d["time"].astype(str))
    with pytest.raises(DataError, match="structure 'ar' needs numeric times, but 'when' has lev"):
        mixed.fit("yi ~ 1 + ar(when | study)", data, v="vi")


def test_moment_estimators_are_for_two_levels(dataset):
    data = dataset("konstantopoulos2011")
    with pytest.raises(UndefinedError, match="method 'DL' is defined for the two-level model"):
        mixed.fit("yi ~ 1 + (1 | district/school)", data, v="vi", method="DL")
    with pytest.raises(UndefinedError, match="method 'DL' needs known sampling variances"):
        mixed.fit("yi ~ 1 + (1 | district/school)", data, method="DL")


def test_paule_mandel_solves_its_equation(dataset):
    data = dataset("bcg")
    fit = mixed.fit("yi ~ 1 + (1 | trial)", data, v="vi", method="PM")
    q = generalised_q(fit.frame.y, fit.frame.X, data["vi"].to_numpy(), fit.sigma2["trial"])
    assert q == pytest.approx(12, abs=1e-9)
    low, high = fit.components.q_profile()
    ends = [generalised_q(fit.frame.y, fit.frame.X, data["vi"].to_numpy(), t) for t in (low, high)]
    np.testing.assert_allclose(ends, stats.chi2.ppf([0.975, 0.025], 12), rtol=1e-9)
    np.testing.assert_allclose(fit.components.conf_int().iloc[0], [low, high])
    assert fit.test == "knapp-hartung"
    assert fit.df["Intercept"] == 12


def test_a_residual_only_model_is_least_squares(rng):
    data = pd.DataFrame({"y": rng.normal(size=30), "x": np.arange(30.0)})
    fit = mixed.fit("y ~ x", data)
    slope = stats.linregress(data["x"], data["y"])
    assert fit.params["x"] == pytest.approx(slope.slope, rel=1e-10)
    assert fit.bse["x"] == pytest.approx(slope.stderr, rel=1e-8)
    assert fit.df["x"] == pytest.approx(28, rel=1e-6)
    assert fit.pvalues["x"] == pytest.approx(slope.pvalue, rel=1e-6)


def test_rows_without_any_variance_of_their_own(rng):
    data = pd.DataFrame({"y": rng.normal(size=6), "g": [0, 0, 1, 1, 2, 2], "v": 0.0})
    with pytest.raises(mixed.MixedError, match="neither a sampling variance nor a record-level"):
        mixed.fit("y ~ 1 + (1 | g)", data, v="v")


def test_rows_that_share_all_of_their_variance(rng):
    data = pd.DataFrame({"y": rng.normal(size=6), "g": [0, 0, 1, 1, 2, 2]})
    block = np.kron(np.eye(3), np.full((2, 2), 0.1))
    with pytest.raises(mixed.MixedError, match="share all of their sampling variance"):
        mixed.fit("y ~ 1 + (1 | g)", data, V=block)


def test_a_mean_without_random_terms_has_a_summary(rng):
    """With known variances and no component the mean is the inverse-variance average."""
    y, v = rng.normal(size=6), np.linspace(0.1, 0.6, 6)
    fit = mixed.fit("y ~ 1", pd.DataFrame({"y": y, "v": v}), v="v")
    assert fit.params["Intercept"] == pytest.approx(np.average(y, weights=1 / v), rel=1e-12)
    assert fit.bse["Intercept"] == pytest.approx((1 / v).sum() ** -0.5, rel=1e-12)
    assert "No variance components: all of V is known" in str(fit.summary())


def test_a_fit_shows_its_formula_not_its_arrays(rng):
    data = pd.DataFrame({"y": rng.normal(size=30)})
    assert repr(mixed.fit("y ~ 1", data)) == "MixedFit('y ~ 1', REML, 30 rows, converged)"


def test_a_shared_unknown_is_a_column(rng):
    """An unknown on all rows of a group equals the block it puts in V."""
    group = np.repeat(np.arange(10), 4)
    data = pd.DataFrame({"y": rng.normal(size=40), "g": group, "v": 0.1})
    S = 0.4 * (group[:, None] == np.arange(10))
    V = 0.1 * np.eye(40) + S @ S.T
    one = mixed.fit("y ~ 1 + (1 | g)", data, v="v", shared=S, residual=True)
    two = mixed.fit("y ~ 1 + (1 | g)", data, V=V, residual=True)
    assert one.llf == pytest.approx(two.llf, abs=1e-10)
    with pytest.raises(DataError, match=r"shared unknowns have shape \(3, 1\)"):
        mixed.fit("y ~ 1 + (1 | g)", data, v="v", shared=np.ones((3, 1)))


def test_a_plain_sum_of_columns_is_what_formulaic_makes_of_it(rng):
    data = pd.DataFrame({"y": rng.normal(size=30), "x": rng.normal(size=30), "z": np.arange(30)})
    data["g"] = np.repeat(np.arange(6), 5)
    for plain, other in (("x + z", "x + {z}"), ("0 + x", "0 + {x}"), ("1 + z", "1 + {z + 0}")):
        one = mixed.fit(f"y ~ {plain} + (1 | g)", data)
        two = mixed.fit(f"y ~ {other} + (1 | g)", data)
        np.testing.assert_allclose(one.params.to_numpy(), two.params.to_numpy(), rtol=1e-9)
        new = pd.DataFrame({"x": [0.5], "z": [3]})
        assert one.predict(new)["prediction"].iloc[0] == pytest.approx(
            two.predict(new)["prediction"].iloc[0]
        )


def test_a_dense_block_beyond_memory_is_refused(rng, monkeypatch):
    from metastudy.mixed.solvers import blocks

    monkeypatch.setattr(blocks, "LARGEST_BLOCK", 20)
    data = pd.DataFrame({"y": rng.normal(size=40), "x": rng.normal(size=40)})
    data["g"] = np.tile([0, 1], 20)
    data["h"] = np.repeat(np.arange(10), 4)
    with pytest.raises(UndefinedError, match="40 rows are connected by crossed or correlated"):
        mixed.fit("y ~ 1 + (x | g) + (1 | h)", data)


def test_a_residual_variance_by_group_is_that_of_each_group(rng):
    """Location-scale on the residual: with a mean for each group the groups separate."""
    kind = np.repeat([0, 1], [40, 60])
    y = np.where(kind == 1, 2.0, 0.5) * rng.normal(size=100) + kind
    data = pd.DataFrame({"y": y, "k": kind})
    fit = mixed.fit("y ~ k", data, scale={"residual": "1 + k"})
    sd = [y[kind == k].std(ddof=1) for k in (0, 1)]
    row = fit.components.scale_ratios().loc["residual[k]"]
    assert row["sd_ratio"] == pytest.approx(sd[1] / sd[0], rel=1e-6)
    assert row["lower"] < sd[1] / sd[0] < row["upper"]


def balanced(rng, labs=9, preps=4, repeats=3):
    """One value for each repeat of each preparation of each laboratory; SD 1.0, 0.7, 0.4."""
    shape = (labs, preps, repeats)
    y = rng.normal(size=(labs, 1, 1)) + 0.7 * rng.normal(size=(labs, preps, 1))
    y = y + 0.4 * rng.normal(size=shape)
    lab, prep, _ = np.indices(shape)
    data = pd.DataFrame({"y": y.ravel(), "lab": lab.ravel(), "prep": prep.ravel()})
    return data, y


def test_a_balanced_nested_design_starts_at_its_analysis_of_variance(rng):
    """Mean squares by hand; where no estimate is negative they are the REML estimates."""
    data, y = balanced(rng)
    within = y.var(axis=2, ddof=1).mean()
    between_preps = y.mean(axis=2).var(axis=1, ddof=1).mean() - within / 3
    between_labs = y.mean(axis=(1, 2)).var(ddof=1) - y.mean(axis=2).var(axis=1, ddof=1).mean() / 4
    expected = [between_labs, between_preps, within]
    fit = mixed.fit("y ~ 1 + (1 | lab/prep)", data)
    np.testing.assert_allclose(starting_values(fit.likelihood), expected, rtol=1e-10)
    np.testing.assert_allclose(fit.sigma2, expected, rtol=1e-10)
    assert fit.outcome == "converged"


def test_known_sampling_variances_are_taken_off_the_start(rng):
    data, _ = balanced(rng)
    start = starting_values(mixed.fit("y ~ 1 + (1 | lab/prep)", data).likelihood)
    known = mixed.fit("y ~ 1 + (1 | lab/prep)", data.assign(v=0.01), v="v", residual=True)
    np.testing.assert_allclose(starting_values(known.likelihood), start - [0, 0, 0.01], rtol=1e-10)


def test_no_variance_starts_at_zero_and_one_that_is_zero_ends_there(rng):
    """Laboratories whose means are all equal vary less than their preparations let expect."""
    data, y = balanced(rng)
    level = y - y.mean(axis=(1, 2), keepdims=True)
    fit = mixed.fit("y ~ 1 + (1 | lab/prep)", data.assign(y=level.ravel()))
    start = starting_values(fit.likelihood)
    assert start[0] == pytest.approx(LEAST_SHARE * level.var(ddof=1))
    assert fit.sigma2["lab"] == 0.0
    assert fit.outcome == "converged"
    assert (fit.sigma2[["lab:prep", "residual"]] > 0).all()


def test_a_slope_of_few_levels_starts_with_its_half_of_the_spread_of_its_grouping(rng):
    """Each effect's sd times the root mean square of its column gives half of the variance."""
    data, _ = balanced(rng)
    data = data[data["lab"].isin(data["lab"].unique()[:3])]
    data = data.assign(x=rng.normal(2, 3, len(data)))
    start = starting_values(mixed.fit("y ~ x + (x | lab)", data).likelihood)
    assert start[0] == pytest.approx(start[1] * np.sqrt((data["x"] ** 2).mean()))
    assert start[2] == 0.0


def test_a_mean_with_a_dense_v_and_no_components_is_generalised_least_squares():
    V = np.array([[0.2, 0.1, 0.0], [0.1, 0.3, 0.0], [0.0, 0.0, 0.4]])
    fit = mixed.fit("y ~ 1", pd.DataFrame({"y": [1.0, 2.0, 4.0]}), V=V)
    W = np.linalg.inv(V)
    assert fit.params["Intercept"] == pytest.approx(W.sum(0) @ [1, 2, 4] / W.sum())
    assert fit.bse["Intercept"] == pytest.approx(W.sum() ** -0.5)


def test_a_summary_gives_q_and_i2_of_each_component(dataset):
    """By the formulas of Higgins & Thompson: typical v = (n - p) / tr(P0), Q = y'P0 y."""
    data = dataset("konstantopoulos2011")
    fit = mixed.fit("yi ~ 1 + (1 | district/school)", data, v="vi")
    w, y = 1 / data["vi"].to_numpy(), data["yi"].to_numpy()
    q = (w * y**2).sum() - (w * y).sum() ** 2 / w.sum()
    typical = 55 / (w.sum() - (w**2).sum() / w.sum())
    total = fit.sigma2.sum()
    i2 = 100 * fit.sigma2 / (total + typical)
    line = next(note for note in fit.summary().notes if note.startswith("Heterogeneity"))
    assert line == (
        f"Heterogeneity: QE = {q:.5g} (55 df, p < 0.0001); I2 = {i2.sum():.3g} % (district "
        f"{i2['district']:.3g} %, district:school {i2['district:school']:.3g} %)"
    )


def test_a_summary_without_sampling_variances_has_no_heterogeneity(dataset):
    text = str(mixed.fit("strength ~ 1 + (1 | batch)", dataset("Pastes")).summary())
    assert "Heterogeneity" not in text
