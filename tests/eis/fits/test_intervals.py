"""Intervals, verdicts and residual tests of a fit."""

import numpy as np
import pytest
from scipy import stats

from metastudy import eis
from metastudy.eis import FitError, Spectrum
from metastudy.eis.weighting.residual_tests import runs_test

from ..ensembles import BLOCKING, FREQUENCY, TWO_ARCS, draw, spectrum_of


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(30)
    values = np.array([100, 1000, 1e-8, 0.85, 2000, 1e-6, 0.85])
    return eis.fit(spectrum_of(TWO_ARCS, values, rng), TWO_ARCS)


def test_covariance_is_that_of_linear_least_squares():
    # Z = R + j w L is linear, so covariance has a closed form: with unit weights
    # var R = s2/n and var L = s2/sum(w^2); and profile and Wald intervals are the same.
    rng = np.random.default_rng(31)
    frequency = np.linspace(1e5, 1e6, 50)
    omega = 2 * np.pi * frequency
    z = 10 + 1j * omega * 2e-6 + rng.normal(size=50) + 1j * rng.normal(size=50)
    fit = eis.fit(Spectrum(frequency, z), "R0-L0", weight="unit")
    inductance = np.sum(omega * z.imag) / np.sum(omega**2)
    s2 = (np.sum((z.real - z.real.mean()) ** 2) + np.sum((z.imag - inductance * omega) ** 2)) / 98
    assert fit.params["R0"] == pytest.approx(z.real.mean(), rel=1e-9)
    assert fit.params["L0"] == pytest.approx(inductance, rel=1e-9)
    assert fit.chi2_reduced == pytest.approx(s2, rel=1e-9)
    assert fit.bse["R0"] == pytest.approx(np.sqrt(s2 / 50), rel=1e-6)
    assert fit.bse["L0"] == pytest.approx(np.sqrt(s2 / np.sum(omega**2)), rel=1e-6)
    t = stats.t.ppf(0.975, 98)
    half = t * np.sqrt(s2 / 50)
    expected = [z.real.mean() - half, z.real.mean() + half]
    assert fit.conf_int().loc["R0"].to_numpy() == pytest.approx(expected, rel=2e-3)
    assert fit.conf_int(method="wald").loc["R0"].to_numpy() == pytest.approx(expected, rel=1e-6)


def test_profile_ends_have_the_cost_of_the_quantile(fit):
    # Refitting with the parameter held at an end must raise chi-square by t^2 s^2.
    t2 = stats.t.ppf(0.975, fit.df_resid) ** 2
    ends = fit.conf_int()
    for name in ("R1", "CPE2_Q", "CPE1_n"):
        for side in ("lower", "upper"):
            # From the estimate alone: a search could exchange the two arcs.
            options = {"fix": {name: ends.loc[name, side]}, "start": dict(fit.params), "starts": 1}
            held = eis.fit(fit.spectrum, TWO_ARCS, **options)
            rise = (held.chi2 - fit.chi2) / fit.chi2_reduced
            assert rise == pytest.approx(t2, rel=0.03)


def test_profile_and_wald_agree_where_the_fit_is_sharp(fit):
    profile, wald = fit.conf_int(), fit.conf_int(method="wald_log")
    width = np.log(profile["upper"] / profile["lower"]) / np.log(wald["upper"] / wald["lower"])
    np.testing.assert_allclose(width, 1.0, atol=0.15)


def test_bootstrap_agrees_with_wald_where_the_fit_is_sharp(fit):
    ends = fit.conf_int(method="bootstrap", rng=np.random.default_rng(1), draws=300)
    wald = fit.conf_int(method="wald_log")
    width = np.log(ends["upper"] / ends["lower"]) / np.log(wald["upper"] / wald["lower"])
    np.testing.assert_allclose(width, 1.0, atol=0.25)
    with pytest.raises(FitError, match="the bootstrap needs rng="):
        fit.conf_int(method="bootstrap")


def test_covariance_matches_the_scatter_of_refits():
    rng = np.random.default_rng(32)
    values = np.array([100, 1000, 1e-8, 0.85, 2000, 1e-6, 0.85])
    fits = [eis.fit(spectrum_of(TWO_ARCS, values, rng), TWO_ARCS) for _ in range(150)]
    scatter = np.cov(np.log([f.estimates for f in fits]).T)
    stated = np.mean(
        [f.cov_params().to_numpy() / np.outer(f.estimates, f.estimates) for f in fits], axis=0
    )
    np.testing.assert_allclose(np.sqrt(np.diag(stated)), np.sqrt(np.diag(scatter)), rtol=0.2)
    correlation = scatter / np.sqrt(np.outer(np.diag(scatter), np.diag(scatter)))
    np.testing.assert_allclose(fits[0].correlations(), correlation, atol=0.2)


def test_profile_covers_both_resistances():
    # 95 % nominal; with 300 draws the binomial 99.9 % band of the share is 90 to 99 %.
    rng = np.random.default_rng(33)
    inside = np.zeros(2)
    draws = 150
    for _ in range(draws):
        values = draw(rng, TWO_ARCS, separation=(1.0, 3.0))
        fit = eis.fit(spectrum_of(TWO_ARCS, values, rng), TWO_ARCS)
        ends = fit.conf_int(parameters=["R1", "R2"]).to_numpy()
        inside += (ends[:, 0] <= values[[1, 4]]) & (values[[1, 4]] <= ends[:, 1])
    assert np.all(inside / draws > 0.885)
    assert np.sum(inside) / (2 * draws) < 0.995


def test_arc_hidden_under_another_is_called_not_identifiable():
    rng = np.random.default_rng(34)
    values = np.array([100, 5000, 1e-8, 0.8, 12, 2e-5, 0.8])
    fit = eis.fit(spectrum_of(TWO_ARCS, values, rng, noise=0.01), TWO_ARCS)
    assert not fit.identifiable
    assert fit.verdict.startswith("not identifiable: ")
    assert fit.identifiability["R1"] == "not determined"
    # Whether the hidden arc is the faster one is open, and so is which arc is the large one:
    # the interval of R2 spans both answers and holds the truth.
    lower, upper = fit.conf_int(parameters=["R2"]).loc["R2"]
    assert lower < 5000 < upper


def test_verdict_of_a_sharp_fit(fit):
    assert fit.identifiable
    assert fit.verdict == "identifiable: every parameter within 10 %"


def test_a_circuit_of_another_shape_is_told_before_what_it_determines():
    values = {"R0": 50, "R1": 300, "CPE1_Q": 1e-8, "CPE1_n": 0.9}
    values |= {"R2": 900, "CPE2_Q": 1e-6, "CPE2_n": 0.85}
    z = eis.Circuit(TWO_ARCS).impedance(FREQUENCY, values)
    one_arc = eis.fit(eis.Spectrum(FREQUENCY, z), "R0-p(R1,CPE1)")
    share = np.abs(one_arc.resid / z)
    assert one_arc.misfit == pytest.approx(np.sqrt(np.mean(share**2) / 2), rel=0.3)
    assert one_arc.misfit > 0.03
    percent = f"{100 * one_arc.misfit:.1f}"
    assert one_arc.verdict.startswith(f"the circuit misses the points by {percent} % of |Z| in wav")
    assert "its intervals do not hold" in str(one_arc.summary())


def test_noise_is_no_misfit():
    loud = spectrum_of(
        TWO_ARCS, [50, 300, 1e-8, 0.9, 900, 1e-6, 0.85], np.random.default_rng(37), noise=0.08
    )
    fit = eis.fit(loud, TWO_ARCS)
    assert fit.misfit == pytest.approx(0.08, rel=0.2)
    assert "misses" not in fit.verdict


def test_parameter_at_its_limit_is_named():
    rng = np.random.default_rng(35)
    z = spectrum_of("R0-p(R1,C1)", [20, 300, 1e-7], rng)
    limited = [f for f in (eis.fit(z, "R(RQ)"),) if f.params["Q1_n"] == 1.0]
    for seed in range(36, 60):
        if limited:
            break
        z = spectrum_of("R0-p(R1,C1)", [20, 300, 1e-7], np.random.default_rng(seed))
        limited = [f for f in (eis.fit(z, "R(RQ)"),) if f.params["Q1_n"] == 1.0]
    found = limited[0]
    assert found.identifiability["Q1_n"] == "at its limit"
    assert "at its limit: Q1_n" in found.verdict
    assert np.isnan(found.bse["Q1_n"])
    assert np.isfinite(found.bse["R2"])
    ends = found.conf_int(parameters=["Q1_n"]).iloc[0]
    assert ends["upper"] == 1.0
    assert ends["lower"] < 1.0


def test_runs_test_by_hand():
    # Signs ++-- in Re and +-+- in Im: 2 and 4 runs, 3 expected of each with 2 above, 2 below;
    # variance of each 2*2*2*(8 - 4)/(16*3) = 2/3.
    residual = np.array([1 + 1j, 1 - 1j, -1 + 1j, -1 - 1j])
    result = runs_test(np.array([1.0, 2.0, 3.0, 4.0]), residual)
    assert (result.runs, result.expected) == (6, 6.0)
    assert result.z == 0.0
    assert result.pvalue == 1.0
    waves = runs_test(np.arange(1.0, 21), np.repeat([1 + 1j, -1 - 1j], 10))
    # 4 runs; 22 expected; variance 2 * (200*180)/(400*19)
    assert waves.z == pytest.approx((4 - 22) / np.sqrt(2 * 200 * 180 / (400 * 19)))


def test_wrong_circuit_leaves_waves():
    rng = np.random.default_rng(36)
    values = np.array([100, 1000, 1e-8, 0.85, 2000, 1e-5, 0.85])
    fit = eis.fit(spectrum_of(TWO_ARCS, values, rng), "R0-p(R1,CPE1)")
    assert fit.runs_test.pvalue < 1e-4
    assert not fit.search.settled
    assert "another circuit" in fit.search.words
    assert "residuals keep waves" in str(fit.summary()).split("Runs test")[1]


def test_information_criteria_prefer_the_true_circuit():
    rng = np.random.default_rng(37)
    values = draw(rng, BLOCKING)
    spectrum = spectrum_of(BLOCKING, values, rng)
    right = eis.fit(spectrum, BLOCKING)
    small = eis.fit(spectrum, "R0-p(R1,CPE1)-CPE3")
    assert right.bic < small.bic
    assert right.aic < small.aic


def test_summary_says_what_was_done(fit):
    text = str(fit.summary())
    for part in (
        "Circuit      R0-p(R1,CPE1)-p(R2,CPE2)",
        "64 points, 0.1 to 7e+06 Hz",
        "121 degrees of freedom",
        "best minimum reached from",
        "S s^n",
        "Hsu-Mansfeld",
        "Brug",
        "Runs test",
        "identifiable: every parameter",
    ):
        assert part in text
    html = fit.summary()._repr_html_()
    assert html.startswith("<p>Circuit")
    assert html.count("<tr") == 1 + len(fit.circuit.names)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 95}, r"alpha = 95 is no share .* alpha=0\.05, an interval of 95 %"),
        ({"alpha": "R1"}, r"alpha = .R1. is not above 0 and at most 0\.5, such as 0\.05"),
        ({"method": "delta"}, "method 'delta' is not known; use one of profile, wald"),
    ],
)
def test_mistakes_are_named(fit, options, message):
    with pytest.raises(FitError, match=message):
        fit.conf_int(**options)
