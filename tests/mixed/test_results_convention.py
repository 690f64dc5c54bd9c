"""Every public result has the same names, shapes and refusals; a class that is missing fails."""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from metastudy import mixed
from metastudy.mixed.errors import UndefinedError

from .posteriors import drawn_posterior

COEFFICIENTS = ["Intercept", "x"]
NO_RESULTS = {"ConvergenceWarning", "Design", "MixedError"}
"""Public classes that a caller makes or catches."""


@dataclass(frozen=True)
class Has:
    """What a class has beside ``summary`` and ``to_frame``."""

    params: bool = False
    rows: bool = False
    likelihood: bool = False
    nobs: bool = False
    plot: bool = False
    takes_alpha: bool = True
    columns: tuple[str, ...] = ()


FIT = ("estimate", "se", "df", "t", "p", "lower", "upper")
TABLE = {
    "MixedFit": Has(True, True, True, True, True, columns=FIT),
    "CensoredFit": Has(True, False, True, True, columns=FIT),
    "MixtureFit": Has(True, False, True, True, columns=FIT),
    "BayesFit": Has(True, nobs=True, plot=True, columns=("estimate", "se", "lower", "upper")),
    "RandomScaleFit": Has(nobs=True, columns=("estimate", "lower", "upper")),
    "MarginalMeans": Has(columns=("estimate", "se", "df", "lower", "upper")),
    "RobustCovariance": Has(True, columns=FIT),
    "Comparison": Has(takes_alpha=False, columns=("statistic", "df", "p")),
    "FunnelData": Has(plot=True, takes_alpha=False, columns=("response", "se", "residual")),
    "Plan": Has(takes_alpha=False, columns=("design", "component", "lower", "upper")),
}


@pytest.fixture(scope="module")
def results():
    """One small object of each class."""
    rng = np.random.default_rng(11)
    work = np.repeat(np.arange(12), 3)
    data = pd.DataFrame({"work": work, "x": rng.normal(size=36), "v": 0.05})
    data["y"] = 1 + 0.5 * data["x"] + rng.normal(size=12)[work] + 0.4 * rng.normal(size=36)
    data["upper"] = np.nan
    data["unit"] = np.where(work < 2, work, np.nan)
    data["shift"], data["chance"] = 0.3, 0.5
    censored = data.copy()
    censored.loc[[4, 20], ["y", "upper"]] = np.nan, 2.0
    formula, options = "y ~ x + (1 | work)", {"v": "v", "residual": True}
    fit = mixed.fit(formula, data, **options)
    design = mixed.Design({"lab": 5, "run": 3})
    units = {"unit": "unit", "shift": "shift", "probability": "chance"}
    return {
        "MixedFit": fit,
        "CensoredFit": mixed.fit(formula, censored, upper="upper", **options),
        "MixtureFit": mixed.fit(formula, data, alternatives=units, **options),
        "BayesFit": drawn_posterior(formula, data, rng.uniform(0.3, 1.2, (400, 2)), rng),
        "RandomScaleFit": mixed.fit_random_scale("y ~ 1 + (1 | work)", data, by="work", v="v"),
        "MarginalMeans": mixed.fit("y ~ C(half)", data.assign(half=work % 2)).marginal_means(
            "half"
        ),
        "RobustCovariance": fit.robust("work"),
        "Comparison": mixed.compare(mixed.fit("y ~ x", data), mixed.fit(formula, data)),
        "FunnelData": fit.diagnostics.funnel(),
        "Plan": mixed.plan({"lab": 0.1, "run": 0.2}, design, 8, rng=rng),
    }


def with_(attribute):
    return [name for name, has in TABLE.items() if getattr(has, attribute)]


def test_every_public_result_is_in_the_table(results):
    public = {name: getattr(mixed, name) for name in mixed.__all__}
    classes = {name for name, thing in public.items() if isinstance(thing, type)}
    assert classes - NO_RESULTS == set(TABLE)
    assert {name: type(result) for name, result in results.items()} == {
        name: public[name] for name in TABLE
    }


@pytest.mark.parametrize("name", TABLE)
def test_a_result_prints_itself_as_text_and_html(results, name):
    summary = results[name].summary()
    assert str(summary)
    html = summary._repr_html_()
    assert "<table" in html
    for frame in (table.frame for table in summary.tables):
        for row in frame.index:
            words = row if isinstance(row, tuple) else (row,)
            assert all(f">{word}</th>" in html for word in words)


@pytest.mark.parametrize("name", TABLE)
def test_a_result_is_named_in_few_words(results, name):
    text = repr(results[name])
    assert text.startswith(f"{name}(")
    assert len(text) < 160
    assert "\n" not in text


def test_an_influence_is_named_in_few_words(results):
    deletion = results["MixedFit"].diagnostics.deletion("work")
    assert repr(deletion) == "Deletion(work, 12 units, 12 left out)"


@pytest.mark.parametrize("name", TABLE)
def test_a_result_becomes_a_frame(results, name):
    frame = results[name].to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert set(TABLE[name].columns) <= set(frame.columns)
    del frame[frame.columns[0]]  # the result keeps what it has
    assert len(results[name].to_frame().columns) == len(frame.columns) + 1


@pytest.mark.parametrize("name", with_("params"))
def test_coefficients_have_one_index(results, name):
    fit = results[name]
    for series in (fit.params, fit.bse):
        assert list(series.index) == COEFFICIENTS
    covariance = fit.cov_params()
    assert list(covariance.index) == list(covariance.columns) == COEFFICIENTS
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), fit.bse)
    assert list(fit.to_frame().index) == COEFFICIENTS
    ends = fit.conf_int()
    assert list(ends.index) == COEFFICIENTS
    assert list(ends.columns) == ["lower", "upper"]
    assert (ends["lower"] < fit.params).all()
    assert (ends["upper"] > fit.params).all()


@pytest.mark.parametrize("name", with_("params"))
def test_alpha_comes_first_and_is_what_lies_outside(results, name):
    fit = results[name]
    widths = [fit.conf_int(alpha).diff(axis=1)["upper"] for alpha in (0.01, 0.05, 0.5)]
    assert (widths[0] > widths[1]).all()
    assert (widths[1] > widths[2]).all()
    narrow = fit.conf_int(0.5)
    np.testing.assert_allclose(fit.to_frame(0.5)[["lower", "upper"]], narrow)


@pytest.mark.parametrize("alpha", [0.95, 5])
@pytest.mark.parametrize("name", with_("takes_alpha"))
def test_a_level_in_place_of_alpha_is_refused(results, name, alpha):
    fit = results[name]
    calls = [fit.conf_int, fit.to_frame, fit.summary]
    if hasattr(fit, "components"):
        parts = fit.components
        names = [str(component) for component in parts.sigma2.index]
        calls += [
            parts.conf_int,
            parts.to_frame,
            lambda alpha: parts.sum_conf_int(names, alpha),
            lambda alpha: parts.share_conf_int(names[:1], alpha),
            lambda alpha: fit.predict(pd.DataFrame({"x": [0.0]}), alpha=alpha),
        ]
    for call in calls:
        with pytest.raises(UndefinedError, match=r"did you mean alpha=0\.05, an interval of 95 %"):
            call(alpha)


@pytest.mark.parametrize("name", with_("likelihood"))
def test_criteria_follow_from_the_likelihood(results, name):
    fit = results[name]
    assert fit.nobs == 36
    assert fit.df_resid == 34
    q = 4  # two coefficients, two variances
    assert fit.aic == pytest.approx(2 * q - 2 * fit.llf)
    assert fit.bic == pytest.approx(q * np.log(fit.df_resid) - 2 * fit.llf)


@pytest.mark.parametrize("name", with_("nobs"))
def test_rows_are_counted(results, name):
    assert results[name].nobs == 36


@pytest.mark.parametrize("name", with_("params"))
def test_residuals_exist_where_every_row_is_a_number(results, name):
    fit = results[name]
    if not TABLE[name].rows:
        assert not hasattr(fit, "resid")
        assert not hasattr(fit, "fittedvalues")
        return
    frame = fit.frame
    np.testing.assert_allclose(fit.fittedvalues, frame.X @ fit.params.to_numpy())
    np.testing.assert_allclose(fit.resid + fit.fittedvalues, frame.y)
    assert list(fit.resid.index) == list(fit.fittedvalues.index) == list(frame.labels)


@pytest.mark.parametrize("name", ["MixedFit", "CensoredFit", "MixtureFit", "BayesFit"])
def test_components_have_one_index(results, name):
    components = results[name].components
    assert list(components.sigma2.index) == ["work", "residual"]
    ends = components.conf_int()
    assert list(ends.index) == list(components.to_frame().index) == ["work", "residual"]
    assert list(ends.columns) == ["lower", "upper"]
    assert (ends["lower"] <= components.sigma2).all()
    assert (ends["upper"] >= components.sigma2).all()


@pytest.mark.parametrize("name", with_("plot"))
def test_a_plot_is_a_figure(results, name):
    figure = results[name].plot()
    assert isinstance(figure, Figure)
    assert all(axes.get_xlabel() for axes in figure.axes if axes.axison)
    plt.close(figure)


def test_a_result_without_a_plot_has_no_such_method(results):
    for name in set(TABLE) - set(with_("plot")):
        assert not hasattr(results[name], "plot")
