"""What the figures show, read back from the Axes."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed
from metastudy.mixed.bayes.density import kernel_density
from metastudy.mixed.drawing.caterpillar import MOST_LABELS, caterpillar
from metastudy.mixed.drawing.densities import Density, densities, density
from metastudy.mixed.drawing.forest import MOST_ROWS, Total, forest
from metastudy.mixed.drawing.funnel import funnel
from metastudy.mixed.drawing.influence import MOST_UNITS, influence, influence_table
from metastudy.mixed.drawing.profile_curve import profile_curve
from metastudy.mixed.drawing.regression import GROUPS, Line, regression
from metastudy.mixed.errors import UndefinedError


@pytest.fixture
def axes():
    figure, made = plt.subplots()
    yield made
    plt.close(figure)


def words(labels):
    return [label.get_text() for label in labels]


def test_a_forest_draws_each_row_with_its_interval_and_the_mean(axes):
    y, se = np.array([1.0, 2.0, 4.0]), np.array([0.5, np.nan, 1.0])
    mean = Total("mean", 2.0, (1.5, 2.5), (0.0, 4.5))
    drawn = forest(["a", "b", "c"], y, se, None, [mean], name="log R", alpha=0.1, axes=axes)
    assert drawn is axes
    assert words(axes.get_yticklabels()) == ["a", "b", "c", "mean"]
    assert axes.get_xlabel() == "log R, with 90 % intervals"
    assert axes.yaxis_inverted()
    (segments,) = (c.get_segments() for c in axes.collections)
    expected = [
        [v - stats.norm.ppf(0.95) * s, v + stats.norm.ppf(0.95) * s]
        for v, s in ((1.0, 0.5), (4.0, 1.0))
    ]
    np.testing.assert_allclose([segment[:, 0] for segment in segments], expected)
    hollow = next(line for line in axes.lines if line.get_markerfacecolor() == "white")
    assert hollow.get_xydata().tolist() == [[2.0, 1.0]]
    corners = axes.patches[0].get_xy()
    assert (corners[:, 0].min(), corners[:, 0].max()) == mean.confidence


def test_a_forest_writes_estimates_with_the_decimals_of_their_range(axes):
    y, se = np.array([-10.0, 20.0]), np.array([np.nan, 10 / stats.norm.ppf(0.975)])
    total = Total("all", 5.0, (-0.04, 10.0))
    forest(["a", "b"], y, se, None, [total], name="y", axes=axes)
    assert words(axes.texts) == ["−10.0", "20.0 [10.0, 30.0]", "5.0 [0.0, 10.0]"]
    axes.clear()
    forest(["a", "b"], y, se, name="y", estimates=False, axes=axes)
    assert not axes.texts


def test_a_forest_of_a_factor_has_a_total_for_each_level(axes):
    data = pd.DataFrame({"y": [0.0, 1.0, 3.0, 2.5], "k": list("ppqq"), "v": 0.1})
    fit = mixed.fit("y ~ k", data, v="v")
    fit.plot(of="k", alpha=0.1, axes=axes)
    means = fit.marginal_means("k").conf_int(0.1)
    assert words(axes.get_yticklabels())[-2:] == ["p", "q"]
    for patch, (_, ends) in zip(axes.patches, means.iterrows(), strict=True):
        x = patch.get_xy()[:, 0]
        assert (x.min(), x.max()) == pytest.approx((ends["lower"], ends["upper"]))


def test_a_forest_with_moderators_marks_the_fitted_values():
    data = pd.DataFrame({"y": [0.0, 1.0, 3.0, 2.5], "x": [0, 1, 2, 3], "v": 0.1}, list("abcd"))
    fit = mixed.fit("y ~ x", data, v="v")
    figure = fit.plot()
    line = next(line for line in figure.axes[0].lines if line.get_label() == "fitted")
    np.testing.assert_allclose(line.get_xdata(), fit.fittedvalues)
    plt.close(figure)


def test_a_forest_draws_on_the_axes_that_it_is_given(axes):
    data = pd.DataFrame({"y": [0.0, 1.0, 3.0], "v": 0.1})
    assert mixed.fit("y ~ 1", data, v="v").plot(axes=axes) is axes.figure
    assert axes.get_xlabel() == "y, with 95 % intervals"


def test_a_forest_of_too_many_rows_is_refused():
    n = MOST_ROWS + 1
    with pytest.raises(UndefinedError, match=f"a forest plot of {n} rows cannot be read; up to"):
        forest([""] * n, np.zeros(n), np.ones(n), name="y")


def test_a_funnel_has_the_precise_rows_on_top(axes):
    se = np.linspace(0, 1, 5)
    ends = {"se": se, "lower": -se, "upper": se, "lower_total": -1 - se, "upper_total": 1 + se}
    effect, own = np.array([0.1, -0.4]), np.array([0.2, 0.9])
    funnel(effect, own, 0.0, pd.DataFrame(ends), name="response", axes=axes)
    low, high = axes.get_ylim()
    assert low > 1 > high == 0
    points = next(line for line in axes.lines if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_xydata(), np.column_stack([effect, own]))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("response", "standard error")


def test_a_density_is_drawn_with_its_prior(axes):
    x = np.linspace(0, 3, 50)
    density(Density("sd work", x, np.exp(-x), 0.5 * np.exp(-x / 2)), axes)
    posterior, prior = axes.lines
    np.testing.assert_allclose(posterior.get_ydata(), np.exp(-x))
    np.testing.assert_allclose(prior.get_ydata(), 0.5 * np.exp(-x / 2))
    assert axes.get_xlabel() == "sd work"


def test_empty_panels_are_not_shown():
    x = np.linspace(0, 1, 9)
    figure = densities([Density(name, x, x) for name in "abcd"])
    assert [axes.get_xlabel() for axes in figure.axes if axes.axison] == list("abcd")
    plt.close(figure)


def test_a_kernel_density_of_a_positive_quantity_has_total_one(rng):
    draws = np.abs(rng.normal(size=2000))
    x = np.linspace(0, 8, 4001)
    assert np.trapezoid(kernel_density(draws, x), x) == pytest.approx(1, abs=1e-3)
    at_zero = kernel_density(draws, np.zeros(1))[0]  # the half-normal's is sqrt(2 / pi)
    assert at_zero == pytest.approx(np.sqrt(2 / np.pi), rel=0.1)


def test_a_profile_curve_crosses_the_cut_at_the_ends_of_the_interval(dataset, axes):
    """The ends are found by roots of the criterion, the curve on a grid."""
    fit = mixed.fit("yi ~ 1 + (1 | district/school)", dataset("konstantopoulos2011"), v="vi")
    fit.components.plot("district", alpha=0.1, axes=axes)
    curve = axes.lines[0].get_xydata()
    low, high = np.sqrt(fit.components.conf_int(0.1).loc["district"])
    cut = -stats.chi2.ppf(0.9, 1) / 2
    np.testing.assert_allclose(np.interp([low, high], *curve.T), cut, atol=0.02)
    assert curve[:, 1].max() <= 0
    assert curve[:, 1].max() == pytest.approx(0, abs=0.02)
    assert axes.get_xlabel() == "sd of district"
    assert words(axes.texts) == [f"90 %: {low:.3g} to {high:.3g}"]


def test_the_profile_of_a_correlated_slope_is_drawn_on_its_own_scale(dataset):
    fit = mixed.fit("Reaction ~ Days + (Days | Subject)", dataset("sleepstudy"))
    low, high = np.sqrt(fit.components.conf_int().loc["Subject[Days]"])
    curve = fit.components.profile("Subject[Days]", points=9)
    drop = np.interp([low, high], curve["sd"], curve["drop"])
    np.testing.assert_allclose(drop, stats.chi2.ppf(0.95, 1) / 2, rtol=0.15)
    with pytest.raises(UndefinedError, match="name a component to draw: 'Subject"):
        fit.components.plot()
    moments = mixed.fit("y ~ 1 + (1 | g)", table(), v="v", method="DL")
    with pytest.raises(UndefinedError, match="a fit by DL maximises no likelihood"):
        moments.components.profile("g")


def table():
    """Rows with a moderator, a factor and a grouping of single rows."""
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 4, 24)
    data = pd.DataFrame({"x": x, "k": list("pqr") * 8, "g": range(24), "v": 0.04})
    data["y"] = 0.5 * x + (data["k"] == "q") + rng.normal(0, 0.5, 24)
    return data


def test_a_profile_curve_on_given_axes(axes):
    x = np.linspace(0, 2, 21)
    assert profile_curve(x, (x - 1) ** 2, 1.0, (0.2, 1.8), name="sd", axes=axes) is axes
    np.testing.assert_allclose(axes.lines[0].get_ydata(), -((x - 1) ** 2))


def test_a_caterpillar_is_in_order_and_hollow_where_it_holds_zero(axes):
    effect, se = np.array([0.1, -1.0, 2.0]), np.array([0.5, 0.2, 0.6])
    caterpillar(["a", "b", "c"], effect, se, name="effect", axes=axes)
    assert words(axes.get_yticklabels()) == ["b", "a", "c"]
    clear, hollow = axes.lines[:2]
    assert clear.get_xydata().tolist() == [[-1.0, 0.0], [2.0, 2.0]]
    assert hollow.get_xydata().tolist() == [[0.1, 1.0]]
    (segments,) = (c.get_segments() for c in axes.collections)
    reach = stats.norm.ppf(0.975) * 0.2
    np.testing.assert_allclose(segments[0][:, 0], [-1 - reach, -1 + reach])


def test_a_caterpillar_of_many_levels_counts_them(axes):
    n = MOST_LABELS + 1
    caterpillar([""] * n, np.zeros(n), np.ones(n), name="effect", axes=axes)
    assert axes.get_ylabel() == f"{n} levels"


def test_the_caterpillar_of_a_fit_shows_its_predicted_effects(axes):
    fit = mixed.fit("y ~ 1 + (1 | g)", table(), v="v")
    fit.plot("caterpillar", axes=axes)
    shown = np.concatenate([line.get_xdata() for line in axes.lines[:2]])
    np.testing.assert_allclose(np.sort(shown), np.sort(fit.ranef()["g"]["effect"]))
    with pytest.raises(UndefinedError, match="of is 'h'; name a grouping of the model: 'g'"):
        fit.plot("caterpillar", "h")


def test_a_regression_has_areas_by_weight_and_marks_by_group(axes):
    x, y, weight = np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 4.0]), np.array([1.0, 4.0, 2.0])
    line = Line(x, y, np.array([y - 1, y + 1]), np.array([y - 2, y + 2]))
    regression(x, y, weight, line, names=("dose", "log R"), groups=list("bab"), axes=axes)
    a, b = axes.collections[2:]
    assert a.get_offsets().tolist() == [[1, 2]]
    assert b.get_offsets().tolist() == [[0, 1], [2, 4]]
    assert a.get_sizes()[0] / b.get_sizes()[1] == pytest.approx(2)
    assert a.get_facecolor().tolist() != b.get_facecolor().tolist()
    assert len(a.get_paths()[0].vertices) != len(b.get_paths()[0].vertices)
    assert words(axes.get_legend().get_texts())[-2:] == ["a", "b"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("dose", "log R")


def test_a_regression_of_a_fit_is_its_prediction(axes):
    data = table()
    fit = mixed.fit("y ~ x + (1 | g)", data, v="v")
    fit.plot("regression", "x", axes=axes)
    at, fitted = axes.lines[0].get_xydata().T
    grid = pd.DataFrame({"x": at})
    wide = fit.predict(grid, interval="prediction")
    np.testing.assert_allclose(fitted, wide["prediction"])
    for band, interval in zip(axes.collections, ("prediction", "confidence"), strict=False):
        ends = fit.predict(grid, interval=interval)
        y = band.get_paths()[0].vertices[:, 1]
        assert y.min() == pytest.approx(ends["lower"].min())
        assert y.max() == pytest.approx(ends["upper"].max())
    np.testing.assert_allclose(axes.collections[2].get_offsets(), data[["x", "y"]])


def test_other_moderators_are_held_at_their_means(axes):
    """The distance of each point from the line is the residual of its row."""
    data = table()
    fit = mixed.fit("y ~ x + k + (1 | g)", data, v="v")
    fit.plot("regression", "x", by="k", axes=axes)
    points = np.concatenate([np.asarray(c.get_offsets()) for c in axes.collections[2:]])
    gap = points[:, 1] - np.interp(points[:, 0], *axes.lines[0].get_xydata().T)
    np.testing.assert_allclose(np.sort(gap), np.sort(fit.resid), atol=1e-8)
    share = data["k"].value_counts(normalize=True)
    middle = fit.params["Intercept"] + share["q"] * fit.params["k[T.q]"]
    middle += share["r"] * fit.params["k[T.r]"]
    at, fitted = axes.lines[0].get_xydata()[0]
    assert fitted == pytest.approx(middle + fit.params["x"] * at)
    assert axes.get_ylabel() == "y,\nother moderators held"


def test_a_regression_that_cannot_be_drawn_is_refused():
    data = table().assign(many=list("abcdefgh") * 3)
    fit = mixed.fit("y ~ x + k + (1 | g)", data, v="v")
    with pytest.raises(UndefinedError, match="'k' is no numeric moderator; moderators are x"):
        fit.plot("regression", "k")
    with pytest.raises(UndefinedError, match=r"over a moderator; name it with of="):
        fit.plot("regression")
    with pytest.raises(UndefinedError, match=f"'many' has 8 groups; up to {len(GROUPS)} differ"):
        fit.plot("regression", "x", by="many")
    with pytest.raises(UndefinedError, match="kind 'radial' of picture is not known; use one of"):
        fit.plot("radial")


def test_influence_marks_a_refused_unit_with_a_cross(axes):
    influence(["a", "b", "c"], np.array([0.1, np.nan, 2.0]), name="D", axes=axes)
    cross = next(line for line in axes.lines if line.get_marker() == "x")
    assert cross.get_xydata().tolist() == [[0.0, 1.0]]
    assert words(axes.get_yticklabels()) == ["a", "b", "c"]
    assert axes.yaxis_inverted()


def test_influence_of_many_units_names_the_largest(axes):
    value = np.arange(MOST_UNITS + 1.0)
    influence([f"u{i}" for i in range(value.size)], value, name="D", axes=axes)
    last = value.size - 1
    assert words(axes.get_yticklabels()) == [f"u{last - i}" for i in range(3)]


def test_the_influence_of_a_deletion(axes):
    deletion = mixed.fit("y ~ x + (1 | g)", table(), v="v").diagnostics.deletion()
    deletion.plot(axes=axes)
    np.testing.assert_allclose(axes.lines[0].get_xdata(), deletion.cooks)
    axes.clear()
    deletion.plot("dfbetas", axes=axes)
    np.testing.assert_allclose(axes.images[0].get_array(), deletion.dfbetas)
    assert words(axes.get_xticklabels()) == ["Intercept", "x"]
    with pytest.raises(UndefinedError, match="'leverage' is not drawn; use one of cooks"):
        deletion.plot("leverage")


def test_a_table_of_too_many_units_is_refused():
    n = MOST_UNITS + 1
    with pytest.raises(UndefinedError, match=f"a table of {n} units cannot be read"):
        influence_table(pd.DataFrame(np.zeros((n, 2))), name="D")
