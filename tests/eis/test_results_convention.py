"""Every result has the names of statsmodels, on one kind of index."""

import inspect

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from metastudy import eis
from metastudy.eis import EisError
from metastudy.summary import Summary

from .ensembles import TWO_ARCS, spectrum_of

mpl.use("Agg")
VALUES = np.array([50.0, 300.0, 1e-8, 0.9, 900.0, 1e-6, 0.85])
CELSIUS = (20.0, 40.0, 60.0)


def spectra():
    rng = np.random.default_rng(12)
    scale = np.array([1, 1, 0, 0, 1, 0, 0])
    return [spectrum_of(TWO_ARCS, VALUES * 1.5 ** (-k * scale), rng) for k in range(3)]


def energies():
    return eis.arrhenius_line(CELSIUS, [3.0, 2.1, 1.4], [0.01, 0.01, 0.02])


# class -> how one is made, kind of rows, and what it has beside estimates and intervals
FIT = {"cov_params", "resid", "df_resid", "llf", "plot"}
RESULTS = {
    "CircuitFit": (lambda: eis.fit(spectra()[0], TWO_ARCS), None, FIT),
    "FitBatch": (lambda: eis.fit_many(spectra(), TWO_ARCS), "spectrum", FIT),
    "JointFit": (lambda: eis.fit_joint(spectra(), TWO_ARCS, ["CPE2_n"]), "spectrum", FIT),
    "SeriesFit": (lambda: eis.fit_series(spectra(), CELSIUS, TWO_ARCS), "temperature_c", FIT),
    "RelaxationTimes": (lambda: eis.relaxation_times(spectra()[0]), None, FIT - {"llf"}),
    "ArrheniusLine": (energies, None, {"cov_params", "df_resid"}),
    "Averaged": (lambda: eis.average(spectra()[0], TWO_ARCS, "R2", weights=["unit"]), None, set()),
}


@pytest.fixture(scope="module", params=RESULTS)
def case(request):
    make, rows, has = RESULTS[request.param]
    return make(), rows, has


def test_no_public_result_is_missing_from_the_table():
    classes = [one for name in eis.__all__ if inspect.isclass(one := getattr(eis, name))]
    # ``params`` of an element or of a circuit would be no estimates; neither has the name.
    assert {one.__name__ for one in classes if hasattr(one, "params")} == set(RESULTS)


def test_estimates_and_errors_share_one_index(case):
    found, rows, _ = case
    params, bse = found.params, found.bse
    assert isinstance(params, pd.Series)
    assert (params.name, bse.name) == ("estimate", "se")
    pd.testing.assert_index_equal(params.index, bse.index)
    if rows is not None:
        assert params.index.names == [rows, "parameter"]
        assert params.unstack().shape == (3, len(VALUES))
        assert params.index[1][1] == "R1"


def test_intervals_are_one_frame_around_the_estimates(case):
    found, *_ = case
    ends = found.conf_int()
    pd.testing.assert_index_equal(ends.index, found.params.index)
    assert list(ends.columns) == ["lower", "upper"]
    assert (ends["lower"] <= found.params).all()
    assert (found.params <= ends["upper"]).all()
    narrow = found.conf_int(alpha=0.5)
    pd.testing.assert_frame_equal(found.conf_int(0.5), narrow)
    assert ((narrow["upper"] - narrow["lower"]) <= (ends["upper"] - ends["lower"])).all()


@pytest.mark.parametrize("method", ["conf_int", "to_frame", "summary"])
@pytest.mark.parametrize(("alpha", "meant"), [(0.95, "0.05"), (5, "0.05"), (0, "0.05"), (-1, "")])
def test_a_level_in_place_of_alpha_is_refused(case, method, alpha, meant):
    with pytest.raises(EisError, match=rf"alpha = {alpha} .*{meant}"):
        getattr(case[0], method)(alpha=alpha)


def test_the_table_joins_estimates_errors_and_intervals(case):
    found, *_ = case
    table = found.to_frame(alpha=0.1)
    assert list(table.columns) == ["estimate", "se", "lower", "upper"]
    expected = pd.concat([found.params, found.bse, found.conf_int(0.1)], axis=1)
    pd.testing.assert_frame_equal(table, expected)


def test_the_covariance_has_the_squared_errors_on_its_diagonal(case):
    found, _, has = case
    assert hasattr(found, "cov_params") == ("cov_params" in has)
    if "cov_params" in has:
        covariance = found.cov_params()
        for axis in (covariance.index, covariance.columns):
            pd.testing.assert_index_equal(axis, found.params.index)
        np.testing.assert_allclose(np.diag(covariance), found.bse**2, rtol=1e-9)
        np.testing.assert_allclose(covariance, covariance.T, rtol=1e-6, atol=1e-12)


def test_residuals_are_measured_minus_fitted(case):
    found, rows, has = case
    assert hasattr(found, "resid") == hasattr(found, "fittedvalues") == ("resid" in has)
    if "resid" in has:
        measured = [one.impedance_ohm for one in spectra()[: 1 if rows is None else 3]]
        total = np.asarray(found.resid) + np.asarray(found.fittedvalues)
        np.testing.assert_allclose(total, np.concatenate(measured), rtol=1e-12)
        assert found.nobs == 2 * total.size
    if "resid" in has and rows is not None:
        assert found.resid.index.names == [rows, "frequency_hz"]


def test_degrees_of_freedom_are_what_parameters_leave(case):
    found, _, has = case
    assert hasattr(found, "df_resid") == ("df_resid" in has)
    if "df_resid" in has:
        assert 0 < found.df_resid < found.nobs


def test_criteria_follow_from_the_likelihood(case):
    found, _, has = case
    for name in ("llf", "aic", "bic"):
        assert hasattr(found, name) == ("llf" in has)
    if "llf" in has:
        variances = 3 if isinstance(found, eis.FitBatch) else 1
        k = found.nobs - found.df_resid + variances
        assert found.aic == pytest.approx(-2 * found.llf + 2 * k)
        assert found.bic == pytest.approx(-2 * found.llf + k * np.log(found.nobs))


def test_the_summary_prints_itself_and_is_html_in_a_notebook(case):
    summary = case[0].summary(alpha=0.1)
    assert isinstance(summary, Summary)
    assert "<table" in summary._repr_html_()
    if not isinstance(case[0], eis.FitBatch):
        assert "90 % " in str(summary)


def test_the_plot_is_a_figure(case):
    import matplotlib.pyplot as plt

    found, _, has = case
    assert hasattr(found, "plot") == ("plot" in has)
    if "plot" in has:
        assert found.plot().axes
        plt.close("all")
