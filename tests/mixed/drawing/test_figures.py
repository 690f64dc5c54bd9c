"""What the figures show, read back from the Axes."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed
from metastudy.mixed.bayes.density import kernel_density
from metastudy.mixed.drawing.densities import Density, densities, density
from metastudy.mixed.drawing.forest import MOST_ROWS, Mean, forest
from metastudy.mixed.drawing.funnel import funnel
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
    mean = Mean(2.0, (1.5, 2.5), (0.0, 4.5))
    drawn = forest(["a", "b", "c"], y, se, None, mean, name="log R", alpha=0.1, axes=axes)
    assert drawn is axes
    assert words(axes.get_yticklabels())[:3] == ["a", "b", "c"]
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
        forest([""] * n, np.zeros(n), np.ones(n), None, None, name="y")


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
