"""Rows at the edge of a model, arguments that meet, and wrong questions to a fit."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed


def rows(seed, groups=12, size=4):
    """Groups of rows with a covariate x, a factor kind, times t and known v."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), size)
    n = g.size
    data = pd.DataFrame({"g": g, "r": np.arange(n), "t": np.tile(np.arange(size), groups)})
    data["x"] = rng.normal(size=n)
    data["kind"] = np.array(["dry", "wet", "hot"])[np.arange(n) % 3]
    data["w"] = rng.uniform(0.4, 2.0, n)
    data["v"] = rng.uniform(0.02, 0.08, n)
    data["y"] = 0.4 * data["x"] + rng.normal(0, 0.5, groups)[g] + rng.normal(0, 0.4, n)
    return data


def dense_llf(fit, M):
    """Restricted log-likelihood with marginal covariance M, by numpy alone (lme4's constant)."""
    y, X = fit.frame.y, fit.frame.X
    WX = np.linalg.solve(M, X)
    A = X.T @ WX
    e = y - X @ np.linalg.solve(A, WX.T @ y)
    half = np.linalg.slogdet(M)[1] + np.linalg.slogdet(A)[1] + e @ np.linalg.solve(M, e)
    return -0.5 * ((y.size - X.shape[1]) * np.log(2 * np.pi) + half)


# --- rows at the edge


def test_a_variance_at_its_limit_is_exactly_zero():
    rng = np.random.default_rng(40)
    data = pd.DataFrame({"g": np.repeat(range(8), 4), "r": range(32), "v": 0.5})
    data["y"] = rng.normal(0, 0.3, 32)  # less scatter than v alone makes
    assert mixed.fit("y ~ 1 + (1 | g/r)", data, v="v").sigma2.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("value", [0.0, 3.0])
@pytest.mark.parametrize("formula", ["y ~ 1 + (1|g)", "y ~ 1 + (1|g/r)", "y ~ 1 + x + (1|r)"])
def test_rows_that_agree_exactly_have_no_variance_but_v(formula, value):
    data = rows(41).assign(y=value)
    fit = mixed.fit(formula, data, v="v")
    assert not fit.sigma2.any()
    weights = 1 / data["v"]
    assert fit.params["Intercept"] == pytest.approx(value, abs=1e-12)
    if formula != "y ~ 1 + x + (1|r)":
        assert fit.bse["Intercept"] == pytest.approx(weights.sum() ** -0.5)
    fit.summary()


def test_a_row_without_any_weight_is_as_good_as_left_out():
    data = rows(42)
    huge = data["v"].where(data.index != 5, 1e30)
    fit = mixed.fit("y ~ 1 + (1|g)", data, v=huge)
    without = mixed.fit("y ~ 1 + (1|g)", data.drop(index=5), v="v")
    np.testing.assert_allclose(fit.sigma2, without.sigma2, rtol=1e-6)
    np.testing.assert_allclose(fit.params, without.params, rtol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_residual_of_zero_beside_a_structure_in_time_is_a_maximum(seed):
    """An autoregressive term fills every row, so M is definite without the residual."""
    rng = np.random.default_rng(seed)
    g, t = np.repeat(np.arange(15), 6), np.tile(np.arange(6.0), 15)
    y = rng.multivariate_normal(np.zeros(6), 0.3 * 0.6 ** abs(np.subtract.outer(t[:6], t[:6])), 15)
    data = pd.DataFrame({"g": g, "t": t, "y": y.ravel()})
    fit = mixed.fit("y ~ 1 + ar(t|g)", data)
    same = g[:, None] == g

    def marginal(variance, rho, own):
        return variance * same * rho ** abs(t[:, None] - t) + own * np.eye(90)

    at = fit.theta.to_numpy()
    assert fit.llf_lme4 == pytest.approx(dense_llf(fit, marginal(*at)), abs=1e-8)
    for step in ([0.01, 0, 0], [-0.01, 0, 0], [0, 0.02, 0], [0, -0.02, 0], [0, 0, 0.01]):
        assert dense_llf(fit, marginal(*(at + step))) < fit.llf_lme4


# --- arguments that meet


def test_a_scale_refuses_weights_that_differ_within_a_level():
    data = rows(43).assign(z=lambda d: d["g"] % 3)
    with pytest.raises(mixed.MixedError, match=r"scale of 'g': row_weights .* differ between"):
        mixed.fit("y ~ 1 + (1|g)", data, v="v", scale={"g": "~ z"}, row_weights={"g": "w"})
    weights = {"residual": "w"}  # each row is a level there
    fit = mixed.fit("y ~ 1 + (1|g)", data, scale={"residual": "~ x"}, row_weights=weights)
    group, a, b = fit.theta
    M = group * (data.g.to_numpy()[:, None] == data.g.to_numpy())
    M = M + np.diag(data.w * np.exp(a + b * data.x))
    assert fit.llf_lme4 == pytest.approx(dense_llf(fit, M), abs=1e-8)


def test_replicates_and_row_weights_of_one_term_are_refused():
    data = rows(44).assign(sd=0.3, n=4)
    with pytest.raises(mixed.MixedError, match="'g:r' has row_weights and replicates"):
        mixed.fit(
            "y ~ 1 + (1|g/r)",
            data,
            v="v",
            row_weights={"g:r": "w"},
            replicates={"g:r": ("sd", "n")},
        )


def test_split_is_true_or_false():
    with pytest.raises(mixed.MixedError, match="split is 'no'"):
        mixed.fit("y ~ 1 + (1|g)", rows(45), v="v", split="no")


# --- labels


@pytest.mark.parametrize("word", ["v", "V", "row_weights"])
def test_a_subset_takes_labelled_arguments_by_their_labels(word):
    data = rows(46)
    data.index = [f"row {i}" for i in data.index]
    mixed_up = data.sample(frac=1, random_state=1)
    given = {
        "v": {"v": data["v"]},
        "V": {"V": pd.DataFrame(np.diag(data["v"]), data.index, data.index)},
        "row_weights": {"v": "v", "residual": True, "row_weights": {"residual": data["w"]}},
    }[word]
    named = {"v": "v"} | (given if word == "row_weights" else {})
    if word == "row_weights":
        named["row_weights"] = {"residual": "w"}
    part = mixed.fit("y ~ 1 + x + (1|g)", mixed_up, **given).subset(data["x"] > 0)
    alone = mixed.fit("y ~ 1 + x + (1|g)", data[data["x"] > 0], **named)
    assert part.llf == pytest.approx(alone.llf, abs=1e-9)


def test_a_fit_keeps_its_rows_when_the_caller_changes_the_data():
    data = rows(47)
    fit = mixed.fit("y ~ 1 + x + (1|g)", data, v="v")
    data["y"] = 0.0
    assert fit.update(method="REML").llf == pytest.approx(fit.llf, abs=1e-12)


@pytest.mark.parametrize("dtype", ["string", "str", "category", "object"])
def test_text_is_a_factor_whatever_its_type(dtype):
    data = rows(48)
    plain = mixed.fit("y ~ 1 + kind + (1|g)", data, v="v")
    fit = mixed.fit("y ~ 1 + kind + (1|g)", data.astype({"kind": dtype}), v="v")
    pd.testing.assert_series_equal(fit.params, plain.params)
    new = pd.DataFrame({"kind": pd.Series(["wet"], dtype=dtype)})
    expected = plain.params["Intercept"] + plain.params["kind[T.wet]"]
    assert fit.predict(new)["prediction"].iloc[0] == pytest.approx(expected)


def test_nullable_numbers_are_numbers():
    data = rows(49)
    nullable = data.astype({"y": "Float64", "x": "Float64", "v": "Float64", "g": "Int64"})
    one, two = (mixed.fit("y ~ 1 + x * kind + (1|g)", d, v="v") for d in (data, nullable))
    assert two.llf == pytest.approx(one.llf, abs=1e-10)


def test_a_grouping_of_lists_is_refused_by_name():
    data = rows(50).assign(k=lambda d: [[i] for i in d["g"]])
    for formula in ("y ~ 1 + (1|k)", "y ~ 1 + cs(k|g)"):
        with pytest.raises(mixed.MixedError, match="column 'k' holds what is no label"):
            mixed.fit(formula, data, v="v")


@pytest.mark.parametrize("term", ["id(one|g)", "cs(one|g)", "(one|g)"])
def test_a_structure_of_one_level_is_refused(term):
    with pytest.raises(mixed.MixedError, match="factor 'one' has one level"):
        mixed.fit(f"y ~ 1 + {term}", rows(51).assign(one="w"), v="v")


def test_merged_groupings_of_two_columns_have_predicted_effects():
    data = rows(52)
    merged = mixed.fit("y ~ 1 + (1|g:t) + (1|t:g)", data, v="v").ranef()["g:t + t:g"]
    alone = mixed.fit("y ~ 1 + (1|g:t)", data, v="v").ranef()["g:t"]
    np.testing.assert_allclose(merged["effect"], alone["effect"], rtol=1e-6)
    assert {frozenset(level) for level in merged.index} == {frozenset(x) for x in alone.index}


# --- questions to a fit


def test_a_wrong_new_row_leaves_the_fit_as_it_was():
    data = rows(53).assign(flag=lambda d: d["x"] > 0)
    fit = mixed.fit("y ~ 1 + flag + kind + (1|g)", data, v="v")
    good = pd.DataFrame({"flag": [True], "kind": ["wet"]})
    before = fit.predict(good)
    for wrong in (good.assign(flag="yes"), good.assign(kind="cold")):
        with pytest.raises(mixed.MixedError):
            fit.predict(wrong)
    pd.testing.assert_frame_equal(fit.predict(good), before)


def test_text_in_the_place_of_a_number_is_named():
    fit = mixed.fit("y ~ 1 + x + kind + (1|g)", rows(54), v="v")
    with pytest.raises(mixed.MixedError, match="moderator 'x' is numeric in the fit"):
        fit.predict(pd.DataFrame({"x": ["a"], "kind": "wet"}))
    with pytest.raises(mixed.MixedError, match="at gives 'a' for 'x'; give one finite number"):
        fit.marginal_means("kind", at={"x": "a"})


def test_a_new_level_of_a_scaled_term_has_an_expectation():
    data = rows(55).assign(z=lambda d: d["g"] % 3)
    fit = mixed.fit("y ~ 1 + x + (1|g)", data, v="v", scale={"g": "~ z"})
    new = pd.DataFrame({"x": [0.5], "g": [99]})
    at = fit.predict(new).iloc[0]
    assert at["prediction"] == pytest.approx(fit.params["Intercept"] + 0.5 * fit.params["x"])
    row = np.array([1.0, 0.5])
    assert at["se"] == pytest.approx(np.sqrt(row @ fit.cov_params().to_numpy() @ row))
    with pytest.raises(mixed.MixedError, match="depends on its moderators"):
        fit.predict(new, interval="prediction")


def test_a_time_is_the_same_level_as_a_whole_or_a_decimal_number():
    data = rows(56)
    fit = mixed.fit("y ~ 1 + cs(t|g)", data, v="v")
    whole, decimal = (fit.predict(pd.DataFrame({"t": [t], "g": 3})) for t in (2, 2.0))
    pd.testing.assert_frame_equal(whole, decimal)
    with pytest.raises(mixed.MixedError, match=r"level '2\.5' is not one of 0, 1, 2, 3"):
        fit.predict(pd.DataFrame({"t": [2.5], "g": 3}))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([], "no contrast is named"),
        ("x - x", "contrast number 1 is zero"),
        (["x", "2 * x"], "contrast number 2 of the joint test is a combination"),
        ([[0, 0, 0, 0]], "contrast number 1 is zero"),
        (["x", 1], "cannot be read"),
        ([[np.nan, 0, 0, 1]], "cannot be read"),
    ],
)
def test_a_joint_test_of_nothing_or_of_the_same_twice_is_refused(wrong, message):
    fit = mixed.fit("y ~ 1 + x + kind + (1|g)", rows(57), v="v")
    for test in (fit.f_test, fit.robust("g").htz_test):
        with pytest.raises(mixed.MixedError, match=message):
            test(wrong)


def test_a_contrast_may_begin_with_a_minus():
    fit = mixed.fit("y ~ 1 + x + (1|g)", rows(58), v="v")
    assert fit.contrasts("-x")["estimate"].iloc[0] == pytest.approx(-fit.params["x"])


# --- columns that are no numbers, or out of range


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("y", pd.date_range("2020-01-01", periods=48)),
        ("y", pd.to_timedelta(np.arange(48), "D")),
        ("y", np.arange(48) * 1j),
    ],
)
def test_a_response_that_is_no_number_is_refused(column, values):
    with pytest.raises(mixed.MixedError, match="response 'y' is not numeric"):
        mixed.fit("y ~ 1 + (1|g)", rows(60).assign(**{column: values}), v="v")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": 1e200}, "response 'y' is .*give another unit"),
        ({"x": 1e300}, "moderator 'x' reaches .*; give it another unit"),
        ({"x": 1e-300}, "moderator 'x' reaches .*; give it another unit"),
    ],
)
def test_numbers_out_of_range_are_refused(changes, message):
    data = rows(61)
    data = data.assign(**{name: data[name] * factor for name, factor in changes.items()})
    with pytest.raises(mixed.MixedError, match=message):
        mixed.fit("y ~ 1 + x + kind + (1|g)", data, v="v")


def test_a_variance_below_all_numbers_is_zero():
    data = rows(62)
    zero, tiny = (
        mixed.fit("y ~ 1 + (1|g/r)", data, v=data["v"].where(data.index != 3, least))
        for least in (0.0, 1e-320)
    )
    assert tiny.llf == zero.llf


@pytest.mark.parametrize("formula", ["y ~ 1 | g", "y ~ 1 + x | g"])
def test_a_bar_without_brackets_is_explained(formula):
    with pytest.raises(mixed.MixedError, match=r"write random terms in brackets, as in \(1 \| g\)"):
        mixed.fit(formula, rows(63), v="v")


@pytest.mark.parametrize("formula", ["y ~ 1 + y + (1|g)", "y ~ kind * y + (1|g)"])
def test_a_response_is_no_moderator_of_itself(formula):
    with pytest.raises(mixed.MixedError, match="the response 'y' is a moderator too"):
        mixed.fit(formula, rows(64), v="v")


def test_a_formula_that_is_no_text_is_refused():
    for wrong in (None, 5, ["y ~ 1"], {"y": 1}):
        with pytest.raises(mixed.MixedError, match="is no text"):
            mixed.fit(wrong, rows(65), v="v")


def test_times_of_a_structure_are_numbers_and_whole_steps_where_it_needs_them():
    data = rows(66).assign(
        day=lambda d: pd.Timestamp("2020-01-01") + pd.to_timedelta(d["t"], "D"),
        half=lambda d: d["t"] * 1.5,
        later=lambda d: d["t"] + 0.5,
    )
    with pytest.raises(mixed.MixedError, match="'car' needs numeric times, but 'day' has levels"):
        mixed.fit("y ~ 1 + car(day|g)", data, v="v")
    with pytest.raises(mixed.MixedError, match="'ar' needs times that are whole steps apart"):
        mixed.fit("y ~ 1 + ar(half|g)", data, v="v")
    whole, later = (mixed.fit(f"y ~ 1 + ar({t}|g)", data, v="v") for t in ("t", "later"))
    assert later.llf == pytest.approx(whole.llf, abs=1e-10)


# --- bounds


def bounded(seed):
    """Some rows with their value, every fourth known to be below a limit."""
    data = rows(seed)
    below = data.index % 4 == 0
    return data.assign(limit=np.where(below, data["y"] + 0.2, np.nan), y=data["y"].where(~below))


@pytest.mark.parametrize("method", ["ML", "REML"])
@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_degrees_of_freedom_with_bounds_do_not_depend_on_the_unit(unit, method):
    data = bounded(70)
    other = data.assign(y=data.y * unit, limit=data.limit * unit, v=data.v * unit**2)
    one, two = (
        mixed.fit("y ~ 1 + (1|g)", d, v="v", upper="limit", method=method) for d in (data, other)
    )
    np.testing.assert_allclose(two.df, one.df, rtol=1e-4)
    np.testing.assert_allclose(two.bse / unit, one.bse, rtol=1e-5)


def test_limits_far_above_all_rows_say_nothing():
    data = bounded(71)
    far = mixed.fit("y ~ x + (1|g)", data.assign(limit=data.limit + 1e6), v="v", upper="limit")
    without = mixed.fit("y ~ x + (1|g)", data[data["limit"].isna()], v="v")
    np.testing.assert_allclose(far.sigma2, without.sigma2, rtol=1e-5)
    np.testing.assert_allclose(far.params, without.params, rtol=1e-6)


def test_limits_that_contradict_the_other_rows_are_named():
    data = bounded(72)
    with pytest.raises(mixed.MixedError, match="some bounds are so far from what the other rows"):
        mixed.fit("y ~ x + (1|g)", data.assign(limit=data.limit - 80), v="v", upper="limit")


def test_bounds_without_random_terms_give_the_likelihood_of_independent_rows():
    data = bounded(73)
    fit = mixed.fit("y ~ 1", data, v="v", upper="limit", method="ML")
    exact = data["limit"].isna()
    sd = np.sqrt(data["v"])

    def llf(mean):
        below = stats.norm.logcdf(data["limit"], mean, sd)[~exact].sum()
        return float(stats.norm.logpdf(data["y"], mean, sd)[exact].sum() + below)

    mean = fit.params["Intercept"]
    assert fit.llf == pytest.approx(llf(mean), abs=1e-8)
    assert max(llf(mean - 1e-3), llf(mean + 1e-3)) < fit.llf
    fit.summary()


def test_small_moderators_are_different_moderators():
    """REML likelihoods compare where the columns span one space, whatever their unit."""
    rng = np.random.default_rng(75)
    data = rows(74).assign(z=rng.normal(size=48) * 1e-9)
    data["x"] *= 1e-9
    smaller = mixed.fit("y ~ 1 + x + (1|g)", data, v="v")
    with pytest.raises(mixed.MixedError, match="REML likelihoods of different fixed parts"):
        mixed.compare(smaller, mixed.fit("y ~ 1 + z + (1|g/r)", data, v="v"))
    assert mixed.compare(smaller, mixed.fit("y ~ 1 + x + (1|g/r)", data, v="v")).df == 1


# --- names of columns and levels


def test_names_that_mean_something_else_are_refused():
    data = rows(80).assign(Intercept=lambda d: d["x"], residual=lambda d: d["g"])
    with pytest.raises(mixed.MixedError, match="two coefficients would be called 'Intercept'"):
        mixed.fit("y ~ 1 + Intercept + (1|g)", data, v="v")
    for given in ({}, {"v": "v"}):
        with pytest.raises(mixed.MixedError, match="'residual' is the name of the rows' own"):
            mixed.fit("y ~ 1 + x + (1|residual)", data, **given)


@pytest.mark.parametrize(
    "label",
    [
        lambda i: (i, "a"),
        lambda i: f"g: {i}",
        lambda i: "" if i == 0 else f"level {i}",
        lambda i: pd.Timestamp("2020-01-01") + pd.Timedelta(i, "D"),
        lambda i: i if i % 2 else f"g{i}",
        lambda i: i * 1.5,
    ],
    ids=["tuple", "colon", "empty", "time", "mixed", "decimal"],
)
def test_levels_may_be_any_label(label):
    data = rows(81)
    other = data.assign(g=pd.Series([label(i) for i in data["g"]]))
    plain, fit = (mixed.fit("y ~ 1 + x + (1|g/t)", d, v="v") for d in (data, other))
    assert fit.llf == pytest.approx(plain.llf, abs=1e-9)
    at, same = (f.predict(d.iloc[[7, 20]]) for f, d in ((fit, other), (plain, data)))
    assert at["new"].tolist() == ["nothing", "nothing"]
    np.testing.assert_allclose(at["prediction"], same["prediction"], rtol=1e-9)
    effects = fit.ranef()["g"]["effect"]
    np.testing.assert_allclose(effects, plain.ranef()["g"]["effect"], atol=1e-9)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_quadratic_slopes_do_not_depend_on_the_zero_of_their_covariate(method: str) -> None:
    rng = np.random.default_rng(5)
    groups, t = np.repeat(np.arange(20), 8), np.tile(np.linspace(-1, 1, 8), 20)
    columns = np.c_[np.ones(160), t, t**2]
    effects = rng.standard_normal((20, 3)) * [0.5, 0.4, 0.3]
    y = columns @ [1, 0.5, 0.2] + (effects[groups] * columns).sum(1) + rng.normal(0, 0.2, 160)

    def at(shift: float) -> mixed.MixedFit:
        data = pd.DataFrame({"y": y, "x": t + shift, "g": groups})
        return mixed.fit("y ~ x + I(x**2) + (x + I(x**2) | g)", data, residual=True, method=method)

    near, far = at(0.0), at(1000.0)
    assert far.llf == pytest.approx(near.llf, abs=1e-7)
    assert far.params["I(x ** 2)"] == pytest.approx(near.params["I(x ** 2)"], rel=1e-6)
    assert far.bse["I(x ** 2)"] == pytest.approx(near.bse["I(x ** 2)"], rel=1e-5)
    assert "collinear effects" in [w.name for w in far.warnings]
    assert "collinear effects" not in [w.name for w in near.warnings]


def test_a_slope_of_zero_in_every_row_leaves_the_warnings_readable() -> None:
    y = np.random.default_rng(1).normal(size=24)
    data = pd.DataFrame({"y": y, "g": list("aabbccdd") * 3, "x": 0.0, "v": 0.01})
    fit = mixed.fit("y ~ 1 + (x | g)", data, v="v")
    assert "collinear effects" not in [w.name for w in fit.warnings]
