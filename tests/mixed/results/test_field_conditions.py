"""Invariance, honoured arguments and refusals, against dense likelihoods, algebra and limits."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import minimize

from metastudy import mixed


def grouped(seed, groups=14, rows=4):
    """Groups of rows with a covariate x, known v and a weight w."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), rows)
    n = g.size
    data = pd.DataFrame({"g": g, "r": np.arange(n), "x": rng.normal(size=n)})
    data["v"] = rng.uniform(0.02, 0.08, n)
    data["w"] = 1 / rng.integers(1, 12, n)
    data["y"] = 0.4 * data.x + rng.normal(0, 0.5, groups)[g] + rng.normal(0, 0.4, n)
    return data


def dense_reml(y, X, V, kernels):
    """Maximise the restricted log-likelihood over log variances, by numpy alone (lme4's constant).

    Returns the maximum and the variances.
    """

    def loss(log_theta):
        M = V + sum(np.exp(t) * K for t, K in zip(log_theta, kernels, strict=True))
        WX = np.linalg.solve(M, X)
        A = X.T @ WX
        e = y - X @ np.linalg.solve(A, WX.T @ y)
        half = np.linalg.slogdet(M)[1] + np.linalg.slogdet(A)[1] + e @ np.linalg.solve(M, e)
        return 0.5 * ((y.size - X.shape[1]) * np.log(2 * np.pi) + half)

    starts = ([-2.0] * len(kernels), [0.0] * len(kernels))
    best = min(
        (minimize(loss, s, bounds=[(-18, 6)] * len(kernels)) for s in starts), key=lambda r: r.fun
    )
    return -best.fun, np.exp(best.x)


def same_group(data):
    return (data.g.to_numpy()[:, None] == data.g.to_numpy()).astype(float)


# --- arguments act on every term


def test_row_weights_scale_the_residual():
    data = grouped(1)
    X = np.c_[np.ones(len(data)), data.x]
    fit = mixed.fit("y ~ 1 + x + (1|g)", data, row_weights={"residual": "w"})
    llf, theta = dense_reml(
        data.y.to_numpy(), X, 0.0, [same_group(data), np.diag(data.w.to_numpy())]
    )
    assert fit.llf_lme4 == pytest.approx(llf, abs=1e-6)
    np.testing.assert_allclose(fit.sigma2, theta, rtol=1e-3)


def test_correlations_of_the_residual_are_taken_by_label():
    data = grouped(2)
    n = len(data)
    R = 0.5 ** abs(np.subtract.outer(np.arange(n), np.arange(n)))
    labelled = pd.DataFrame(R, data.index, data.index)
    shuffled = data.sample(frac=1, random_state=4)
    fit = mixed.fit("y ~ 1 + (1|g)", shuffled, correlations={"residual": labelled})
    llf, _ = dense_reml(data.y.to_numpy(), np.ones((n, 1)), 0.0, [same_group(data), R])
    assert fit.llf_lme4 == pytest.approx(llf, abs=1e-6)


def test_row_weights_act_on_a_slope():
    data = grouped(3)
    fit = mixed.fit("y ~ 1 + (0 + x|g)", data, v="v", row_weights={"g": "w"})
    z = data.x.to_numpy() * np.sqrt(data.w.to_numpy())
    llf, _ = dense_reml(
        data.y.to_numpy(),
        np.ones((len(data), 1)),
        np.diag(data.v),
        [same_group(data) * np.outer(z, z)],
    )
    assert fit.llf_lme4 == pytest.approx(llf, abs=1e-6)


@pytest.mark.parametrize("word", ["row_weights", "replicates", "correlations", "scale"])
def test_arguments_of_a_residual_that_is_not_there_are_refused(word):
    with pytest.raises(mixed.MixedError, match="names the residual, but the model has none"):
        mixed.fit("y ~ 1 + (1|g)", grouped(4), v="v", **{word: {"residual": "w"}})


# --- unit and zero of the data


@pytest.mark.parametrize("unit", [1e-12, 1e-5, 1e12])
def test_nothing_depends_on_the_unit_of_the_response(unit):
    data = grouped(5)
    other = data.assign(y=data.y * unit, v=data.v * unit**2)
    for formula in ("y ~ 1 + x + (1|g/r)", "y ~ 1 + x + (x|g)"):
        one, two = mixed.fit(formula, data, v="v"), mixed.fit(formula, other, v="v")
        free = len(data) - 2
        assert two.llf + free * np.log(unit) == pytest.approx(one.llf, abs=1e-6)
        np.testing.assert_allclose(two.df, one.df, rtol=1e-4)
        ends = two.components.conf_int() / unit**2
        np.testing.assert_allclose(ends, one.components.conf_int(), rtol=1e-4, atol=1e-9)
        np.testing.assert_allclose(two.components.i2, one.components.i2, rtol=1e-4)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_moments_do_not_depend_on_the_unit(unit):
    data = grouped(6)
    other = data.assign(y=data.y * unit, v=data.v * unit**2)
    one = mixed.fit("y ~ 1 + (1|r)", data, v="v", method="PM")
    two = mixed.fit("y ~ 1 + (1|r)", other, v="v", method="PM")
    assert two.sigma2.iloc[0] / unit**2 == pytest.approx(one.sigma2.iloc[0], rel=1e-8)
    np.testing.assert_allclose(
        two.components.conf_int() / unit**2, one.components.conf_int(), rtol=1e-8
    )


@pytest.mark.parametrize(
    ("shift", "factor"), [(300.0, 1.0), (1960.0, 1.0), (0.0, 1e-6), (5e4, 1e3)]
)
def test_a_random_slope_does_not_depend_on_zero_and_unit_of_x(shift, factor):
    data = grouped(7, groups=18, rows=5)
    data["y"] += np.random.default_rng(8).normal(0, 0.5, 18)[data.g] * data.x
    moved = data.assign(x=(data.x + shift) * factor)
    one = mixed.fit("y ~ 1 + x + (x|g)", data, v="v")
    two = mixed.fit("y ~ 1 + x + (x|g)", moved, v="v")
    # X'X changes its determinant by factor**2, which metafor's constant takes in and lme4's not.
    assert two.llf == pytest.approx(one.llf, abs=1e-6)
    assert two.df["x"] == pytest.approx(one.df["x"], rel=1e-4)
    assert two.bse["x"] * factor == pytest.approx(one.bse["x"], rel=1e-5)
    np.testing.assert_allclose(
        two.components.conf_int().loc["g[x]"] * factor**2,
        one.components.conf_int().loc["g[x]"],
        rtol=1e-4,
    )
    near = [
        fit.predict(pd.DataFrame({"x": [x]}), interval="prediction").iloc[0]
        for fit, x in ((one, 1.0), (two, (1.0 + shift) * factor))
    ]
    for name in ("prediction", "lower", "upper", "df"):
        assert near[1][name] == pytest.approx(near[0][name], rel=1e-4)


def test_the_intercept_of_a_slope_has_the_variance_at_zero_of_x():
    data = grouped(9, groups=20, rows=6)
    data["y"] += np.random.default_rng(10).normal(0, 0.6, 20)[data.g] * data.x
    one = mixed.fit("y ~ 1 + x + (x|g)", data)
    two = mixed.fit("y ~ 1 + x + (x|g)", data.assign(x=data.x + 40))
    a, b, rho = (one.theta[k] for k in ("g[Intercept]", "g[x]", "g[cor(Intercept,x)]"))
    at_zero = a + 1600 * b - 80 * rho * np.sqrt(a * b)
    assert two.theta["g[Intercept]"] == pytest.approx(at_zero, rel=1e-4)
    low, high = two.components.conf_int().loc["g[Intercept]"]
    assert low < at_zero < high


def test_order_of_rows_does_not_matter():
    data = grouped(11)
    for formula in ("y ~ 1 + x + (x|g)", "y ~ 1 + x + (1|g/r)"):
        one = mixed.fit(formula, data, v="v")
        two = mixed.fit(formula, data.sample(frac=1, random_state=1), v="v")
        assert two.llf == pytest.approx(one.llf, abs=1e-8)
        np.testing.assert_allclose(two.df, one.df, rtol=1e-5)


# --- v = 0 beside a group


@pytest.mark.parametrize("least", [0.0, 1e-15, 1e-9])
def test_rows_without_error_in_different_groups_are_fitted(least):
    data = grouped(12)
    v = data.v.to_numpy().copy()
    v[[2, 9, 30]] = least
    fit = mixed.fit("y ~ 1 + x + (1|g)", data, v=v)
    X = np.c_[np.ones(len(data)), data.x]
    llf, theta = dense_reml(data.y.to_numpy(), X, np.diag(v), [same_group(data)])
    assert fit.llf_lme4 == pytest.approx(llf, abs=1e-6)
    assert fit.sigma2.iloc[0] == pytest.approx(theta[0], rel=1e-4)


def test_two_rows_without_error_in_one_group_are_refused():
    data = grouped(13)
    v = data.v.to_numpy().copy()
    v[[4, 5]] = 0.0
    with pytest.raises(mixed.MixedError, match="not positive definite"):
        mixed.fit("y ~ 1 + (1|g)", data, v=v)


# --- labels


@pytest.mark.parametrize("word", ["v", "V", "shared", "row_weights"])
def test_labelled_arguments_follow_their_labels(word):
    data = grouped(14)
    shuffled = data.sample(frac=1, random_state=2)

    def given(frame):
        labelled = {
            "v": {"v": data.v},
            "V": {"V": pd.DataFrame(np.diag(data.v), data.index, data.index)},
            "shared": {"v": data.v, "shared": pd.DataFrame({"s": data.x / 5})},
            "row_weights": {"v": data.v, "row_weights": {"g:r": data.w}},
        }[word]
        return mixed.fit("y ~ 1 + (1|g/r)", frame, **labelled).llf

    assert given(shuffled) == pytest.approx(given(data), abs=1e-7)


def test_labels_of_other_rows_are_refused():
    data = grouped(15)
    with pytest.raises(mixed.MixedError, match=r"has no row 0.*\.to_numpy\(\)"):
        mixed.fit("y ~ 1 + (1|g/r)", data, v=data.v.set_axis(data.index + 100))


def test_robust_clusters_follow_their_labels():
    data = grouped(16)
    fit = mixed.fit("y ~ 1 + x + (1|g)", data.sample(frac=1, random_state=5), v="v")
    pd.testing.assert_series_equal(fit.robust(data.g).bse, fit.robust("g").bse)


# --- names of components


@pytest.mark.parametrize("term", ["ar(t|g)", "cs(t|g)", "(0 + x|g)", "hcs(t|g)"])
def test_two_terms_of_one_grouping_have_names_of_their_own(term):
    data = grouped(17, groups=24).assign(t=np.tile(np.arange(4), 24))
    fit = mixed.fit(f"y ~ 1 + {term} + (1|g)", data, v="v")
    assert len(set(fit.parameter_names)) == len(fit.parameter_names)
    assert "g" in fit.sigma2.index
    assert list(fit.components.conf_int().index) == list(fit.sigma2.index)
    assert len(fit.levels) == len(fit.frame.terms)
    assert str(fit.summary())


def test_a_slope_beside_an_intercept_is_predicted_with_its_covariate():
    data = grouped(18, groups=20, rows=6)
    data["y"] += np.random.default_rng(19).normal(0, 0.8, 20)[data.g] * data.x
    fit = mixed.fit("y ~ 1 + x + (1|g) + (0 + x|g)", data, v="v")
    at = fit.predict(pd.DataFrame({"x": [0.0, 3.0]}), interval="prediction")
    variance = fit.sigma2["g"] + np.array([0.0, 9.0]) * fit.sigma2["g[x]"]
    X = np.array([[1.0, 0.0], [1.0, 3.0]])
    mean = np.einsum("ij,jk,ik->i", X, fit.cov_params().to_numpy(), X)
    reach = stats.t.isf(0.025, at["df"]) * np.sqrt(variance + mean)
    np.testing.assert_allclose(at["upper"] - at["prediction"], reach, rtol=1e-8)


# --- levels


def test_levels_that_the_fit_has_not_seen_are_refused_in_every_part():
    data = grouped(20).assign(kind=np.tile(["a", "b"], 28))
    new = pd.DataFrame({"kind": ["a", "z"], "x": 0.0})
    for formula in (
        "y ~ 1 + kind + (1|g)",
        "y ~ 1 + C(kind) * x + (1|g)",
        "y ~ 1 + (0 + kind|g)",
    ):
        with pytest.raises(mixed.MixedError, match="'z'"):
            mixed.fit(formula, data, v="v").predict(new, interval="prediction")


def test_a_factor_slope_is_predicted_by_its_own_levels():
    data = grouped(21, groups=30).assign(kind=np.tile(["a", "b"], 60))
    fit = mixed.fit("y ~ 1 + (0 + kind|g)", data, v="v")
    at = fit.predict(pd.DataFrame({"kind": ["a", "b"]}, ["a", "b"]), interval="prediction")
    assert at["df"].notna().all()
    half = (at["upper"] - at["prediction"]) ** 2
    larger = fit.sigma2.idxmax()
    assert f"kind[{half.idxmax()}]" in str(larger)


@pytest.mark.parametrize("formula", ["y ~ 1 + kind + (1|g)", "y ~ x + C(one) + (1|g)"])
def test_a_factor_of_one_level_is_refused(formula):
    with pytest.raises(mixed.MixedError, match="has one level"):
        mixed.fit(formula, grouped(22).assign(kind="wet", one=3), v="v")


def test_categories_that_no_row_has_are_left_out():
    data = grouped(23)
    kind = np.tile(["a", "b"], 28)
    wide = pd.Categorical(kind, ["c", "a", "b", "d"])
    one = mixed.fit("y ~ 1 + kind + (1|g)", data.assign(kind=kind), v="v")
    two = mixed.fit("y ~ 1 + kind + (1|g)", data.assign(kind=wide), v="v")
    pd.testing.assert_series_equal(one.params, two.params)


# --- what cannot be told apart, has no maximum, or did not converge


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ 1 + (1|g) + (0 + kind|g)",
        "y ~ 1 + (1|g) + un(kind|g)",
        "y ~ 1 + (1|g) + cs(kind|g)",
        "y ~ 1 + (x|g) + (0 + x|g)",
    ],
)
def test_terms_that_make_the_same_covariance_are_named(formula):
    data = grouped(24).assign(kind=np.tile(["a", "b"], 28))
    fit = mixed.fit(formula, data, v="v")
    texts = [w.text for w in fit.warnings if w.name == "terms not told apart"]
    assert len(texts) == 1
    assert all(repr(term.name) in texts[0] for term in fit.frame.terms)


def test_terms_that_make_different_covariances_are_fitted():
    data = grouped(25).assign(t=np.tile(np.arange(4), 14))
    for formula in ("y ~ 1 + (1|g) + (0 + x|g)", "y ~ 1 + (1|g) + ar(t|g)", "y ~ 1 + (1|g/t)"):
        fit = mixed.fit(formula, data, v="v")
        assert "terms not told apart" not in [w.name for w in fit.warnings]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_groups_without_scatter_within_are_refused(seed):
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(11), 3)
    x = rng.normal(size=33)
    data = pd.DataFrame({"g": g, "x": x, "y": rng.normal(size=11)[g] + 0.7 * x})
    with pytest.raises(mixed.MixedError, match=r"no scatter within 'g'.*give sampling variances"):
        mixed.fit("y ~ 1 + x + (1|g)", data)


def test_a_response_without_any_scatter_is_refused():
    with pytest.raises(mixed.MixedError, match="no scatter about the fixed part"):
        mixed.fit("y ~ 1 + (1|g)", grouped(26).assign(y=2.5))


def test_a_fit_that_did_not_converge_warns(monkeypatch):
    from metastudy.mixed.optimise import newton

    monkeypatch.setattr(newton, "MAX_ITERATIONS", 1)
    with pytest.warns(mixed.ConvergenceWarning, match="'out of iterations'"):
        mixed.fit("y ~ 1 + x + (x|g)", grouped(27), v="v")


def test_effects_of_very_different_spread_are_found():
    """The second maximum is 1.1 lower; here a search of eight random starts is the other road."""
    rng = np.random.default_rng(0)
    n, k = 10, 4
    data = pd.DataFrame({"g": np.repeat(np.arange(n), k), "t": np.tile(np.arange(k), n)})
    effects = rng.normal(size=(n, k)) * rng.uniform(0.1, 1, k)
    data["v"] = rng.uniform(0.02, 0.3, n * k)
    data["y"] = effects.ravel() + rng.normal(0, np.sqrt(data.v))
    fit = mixed.fit("y ~ 1 + hcs(t|g)", data, v="v")
    same = same_group(data)
    times = data.t.to_numpy()

    def loss(theta):
        sd, rho = theta[:k], theta[k]
        G = np.outer(sd, sd) * np.where(np.eye(k) > 0, 1.0, rho)
        M = np.diag(data.v) + same * G[np.ix_(times, times)]
        one = np.linalg.solve(M, np.ones(n * k))
        e = data.y - one @ data.y / one.sum()
        half = np.linalg.slogdet(M)[1] + np.log(one.sum()) + e @ np.linalg.solve(M, e)
        return 0.5 * ((n * k - 1) * np.log(2 * np.pi) + half)

    limits = [(0, 5)] * k + [(-1 / (k - 1) + 1e-9, 1 - 1e-9)]
    starts = [np.append(rng.uniform(0.1, 1.2, k), rng.uniform(-0.3, 0.9)) for _ in range(8)]
    best = max(-minimize(loss, s, bounds=limits).fun for s in starts)
    assert fit.llf_lme4 >= best - 1e-5


# --- other people's exceptions


def test_wrong_calls_end_in_our_own_errors():
    data = grouped(28)
    twice = pd.concat([data, data[["x"]]], axis=1)
    calls = [
        lambda: mixed.fit("y ~ 1 + (1|nothing)", data.rename(columns={"x": 3}), v="v"),
        lambda: mixed.fit("y ~ 1 + x + (1|g)", twice, v="v"),
        lambda: mixed.fit("y ~ 1|g", data, v="v"),
        lambda: mixed.fit("y ~ poly(x, 3, + (1|g)", data, v="v"),
        lambda: mixed.fit("y ~ nofunction(x) + (1|g)", data, v="v"),
        lambda: mixed.fit("y ~ bs(x, df=1, degree=3) + (1|g)", data, v="v"),
        lambda: mixed.fit("y ~ 1 + (1|g)", data, v="v", row_weights={"g": ["a"] * len(data)}),
        lambda: mixed.fit("y ~ x + (1|g)", data, v="v").predict(pd.DataFrame({"x": ["much"]})),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in calls:
            with pytest.raises(mixed.MixedError):
                call()


def test_a_tiny_variance_makes_v_not_invertible():
    data = grouped(29)
    fit = mixed.fit("y ~ 1 + (1|g/r)", data, v=data.v.where(data.index != 7, 1e-25))
    assert fit.components.heterogeneity.reason is not None


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("structure", ["un(part | g)", "(0 + part | g)"])
def test_repeats_with_little_scatter_beside_large_correlated_effects(structure, unit):
    """Balanced: the residual is the mean square within cells, and G is what cells have beyond it.

    The first step of the search tries a residual of zero, where the covariance is singular.
    """
    rng = np.random.default_rng(31)
    root = np.linalg.cholesky([[14, 22, 9], [22, 62, 24], [9, 24, 16]])
    means = rng.normal(size=(8, 3)) @ root.T + [52, 60, 66]
    y = unit * (means[:, :, None] + rng.normal(0, 0.9, (8, 3, 3)))
    data = pd.DataFrame({"y": y.ravel(), "g": np.repeat(np.arange(8), 9)})
    data["part"] = np.tile(np.repeat(list("abc"), 3), 8)
    fit = mixed.fit(f"y ~ part + {structure}", data)
    within = y.var(axis=2, ddof=1).mean()
    G = np.cov(y.mean(axis=2).T) - np.eye(3) * within / 3
    np.testing.assert_allclose(fit.sigma2, [*np.diag(G), within], rtol=1e-6)
    sd = np.sqrt(np.diag(G))
    pairs = [G[i, j] / (sd[i] * sd[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    np.testing.assert_allclose(fit.theta.iloc[3:6], pairs, rtol=1e-6)
