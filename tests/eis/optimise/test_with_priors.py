"""What is known beforehand: its limits, one case by hand, and what it settles."""

import numpy as np
import pytest
from scipy.optimize import brentq

from metastudy import eis
from metastudy.eis import CellError, CircuitError, FitError, Spectrum
from metastudy.eis.optimise.levenberg_marquardt import minimise

from ..ensembles import TWO_ARCS, spectrum_of
from ..simulated_cells import ceramic, polymer, sandwich

VALUES = [50, 500, 1e-7, 0.9, 800, 1e-6, 0.85]


@pytest.fixture
def spectrum():
    return spectrum_of(TWO_ARCS, VALUES, np.random.default_rng(160))


@pytest.mark.parametrize("weight", ["modulus", "structure"])
def test_a_prior_that_says_nothing_gives_the_fit_without(spectrum, weight):
    without = eis.fit(spectrum, TWO_ARCS, weight=weight)
    vague = {"R1": (100.0, 1e4), "CPE2_Q": (1e-5, 1e4), "CPE1_n": (0.5, 1e4)}
    fit = eis.fit(spectrum, TWO_ARCS, weight=weight, prior=vague)
    np.testing.assert_allclose(fit.estimates, without.estimates, rtol=1e-5)
    np.testing.assert_allclose(fit.bse, without.bse, rtol=1e-4)
    np.testing.assert_allclose(fit.intervals(["R1"]), without.intervals(["R1"]), rtol=1e-3)
    assert fit.df_resid == pytest.approx(without.df_resid, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "value"), [("R1", 510.0), ("CPE1_Q", 1.02e-7), ("CPE2_n", 0.86), ("R0", 50.5)]
)
def test_a_prior_that_says_all_is_a_fixed_value(spectrum, name, value):
    fixed = eis.fit(spectrum, TWO_ARCS, fix={name: value})
    fit = eis.fit(spectrum, TWO_ARCS, prior={name: (value, 1e-7)})
    np.testing.assert_allclose(fit.estimates, fixed.estimates, rtol=1e-5)
    np.testing.assert_allclose(fit.intervals(["R2"]), fixed.intervals(["R2"]), rtol=1e-4)
    assert fit.chi2 == pytest.approx(fixed.chi2, rel=1e-5)
    assert fit.df_resid == pytest.approx(fixed.df_resid, abs=1e-4)


def test_one_resistance_by_hand():
    """Setting the slope of chi-square + s^2 ((ln R - c)/sd)^2 to zero, R by R."""
    rng = np.random.default_rng(161)
    f = np.logspace(4, 0, 12)
    z = 100 + 5 * (rng.normal(size=12) + 1j * rng.normal(size=12))
    centre, sd = np.log(97.0), 0.01

    def solved(s2):
        r = brentq(
            lambda r: 12 * r * (r - z.real.mean()) + s2 * (np.log(r) - centre) / sd**2, 50, 200
        )
        information = s2 / sd**2
        share = information / (12 * r**2 + information)
        chi2 = np.sum(np.abs(z - r) ** 2)
        return r, chi2, 24 - 1 + share

    s2 = brentq(lambda s2: solved(s2)[1] / solved(s2)[2] - s2, 1, 200)
    r, chi2, freedom = solved(s2)
    fit = eis.fit(Spectrum(f, z), "R0", weight="unit", prior={"R0": (97.0, sd)})
    assert fit.params["R0"] == pytest.approx(r, rel=1e-7)
    assert fit.chi2 == pytest.approx(chi2, rel=1e-6)
    assert fit.df_resid == pytest.approx(freedom, rel=1e-6)
    assert fit.bse["R0"] == pytest.approx(r / np.sqrt(12 * r**2 / s2 + 1 / sd**2), rel=1e-6)
    assert fit.prior_distance == pytest.approx([(np.log(r) - centre) / sd], rel=1e-6)


def test_information_of_data_and_prior_adds_up(spectrum):
    """A prior at the estimate moves nothing, and the inverse covariance gains 1/sd^2."""
    without = eis.fit(spectrum, TWO_ARCS)
    sd = 0.003
    fit = eis.fit(spectrum, TWO_ARCS, prior={"R1": (without.params["R1"], sd)})
    np.testing.assert_allclose(fit.estimates, without.estimates, rtol=1e-5)
    gain = np.zeros((7, 7))
    gain[1, 1] = 1 / sd**2
    by_data = np.linalg.inv(without.log_covariance) * without.chi2_reduced / fit.chi2_reduced
    expected = np.linalg.inv(by_data + gain)
    np.testing.assert_allclose(np.diag(fit.log_covariance), np.diag(expected), rtol=1e-4)


def test_a_prior_names_its_arc(spectrum):
    """The slower arc is the larger one: a prior on R1 of its size makes it the first."""
    fit = eis.fit(spectrum, TWO_ARCS, prior={"R1": (800.0, 0.05), "R2": (500.0, 0.05)})
    assert fit.params["R1"] == pytest.approx(800, rel=0.05)
    assert fit.params["R2"] == pytest.approx(500, rel=0.05)
    assert fit.params["CPE1_Q"] == pytest.approx(1e-6, rel=0.2)


def test_one_start_is_that_start_alone(spectrum):
    """Beside a start near the truth nothing else is tried, and the same minimum is found."""
    prior = {"R1": (480.0, 0.05)}
    searched = eis.fit(spectrum, TWO_ARCS, prior=prior)
    alone = eis.fit(spectrum, TWO_ARCS, prior=prior, start={"R1": 500.0}, starts=1)
    assert alone.search.starts == 1
    np.testing.assert_allclose(alone.estimates, searched.estimates, rtol=1e-5)


@pytest.mark.parametrize("loss", ["linear", "huber"])
def test_profiles_end_where_the_likelihood_says(spectrum, loss):
    """R1 held at an end costs t^2 residual variances more, all else fitted again."""
    fit = eis.fit(spectrum, TWO_ARCS, loss=loss, prior={"R2": (780.0, 0.01)})
    columns = [fit.model.free.index(fit.circuit.names.index("R1"))]
    for end in fit.intervals(["R1"])[0]:
        start = fit.v[None].copy()
        start[:, columns] = np.log(end)
        held = np.zeros(start.shape, dtype=bool)
        held[:, columns] = True
        cost = minimise(fit.model, fit.data, start, held=held, tolerance=1e-12).cost[0]
        excess = (cost - fit.cost) / fit.chi2_reduced
        assert np.sqrt(excess) == pytest.approx(fit.quantile(0.05), rel=0.01)


def test_summary_shows_what_was_known(spectrum):
    text = str(eis.fit(spectrum, TWO_ARCS, prior={"R1": (450.0, 0.1)}).summary())
    assert "Prior        R1 = 450 to 10 %; the fit is +" in text


@pytest.mark.parametrize(
    ("prior", "error", "message"),
    [
        ({"R7": (1.0, 0.1)}, CircuitError, "has no parameter 'R7'"),
        ({"R1": 450.0}, FitError, r"prior of R1 is 450.0; give values and relative standard dev"),
        ({"R1": (450.0,)}, FitError, r"prior of R1 is \(450.0,\); give values"),
        ({"R1": ("a", 0.1)}, FitError, "prior of R1 is .*; give values"),
        (["R1"], FitError, r"prior is \['R1'\]; give values"),
        ({"R1": (0.0, 0.1)}, FitError, "prior of R1 has the value 0; it is known as ln R1, so > 0"),
        ({"R1": (450.0, 0.0)}, FitError, "standard deviation 0; it must be positive and finite"),
        ({"R1": (450.0, np.inf)}, FitError, "standard deviation inf; it must be positive"),
        ({"CPE1_n": (1.2, 0.1)}, CircuitError, "CPE1_n = 1.2 1 is outside its limits 0 to 1"),
        ({"R2": (800.0, 0.1)}, FitError, "R2 has a prior and is fixed or tied; choose one"),
    ],
)
def test_mistakes_are_named(spectrum, prior, error, message):
    with pytest.raises(error, match=message):
        eis.fit(spectrum, TWO_ARCS, fix={"R2": 800.0}, prior=prior)


def test_the_bootstrap_is_refused(spectrum):
    fit = eis.fit(spectrum, TWO_ARCS, prior={"R1": (450.0, 0.1)})
    with pytest.raises(FitError, match="not what was known beforehand; use method='profile'"):
        fit.conf_int(method="bootstrap", rng=np.random.default_rng(1))


def test_conductivities_of_a_cell_are_priors():
    """R = d/(sigma A): 0.015 cm, 1e-4 and 3e-5 S/cm, disc of 4 mm."""
    cell = sandwich(se=ceramic(boundary=3e-5, known=0.1), pe=polymer(known=0.2))
    area = np.pi * 0.2**2
    found = eis.known_resistances(
        cell, 25.0, {"R1": "bulk SE", "R2": "grain boundary SE", "R3": "bulk PE"}
    )
    assert found["R1"] == pytest.approx((0.015 / (1e-4 * area), 0.1))
    assert found["R2"] == pytest.approx((0.015 / (3e-5 * area), 0.1))
    assert found["R3"] == pytest.approx((2 * 0.01 / (1e-5 * area), 0.2))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("interface PE|SE", "'interface PE|SE' is no part of a layer; write 'bulk X' or 'grain"),
        ("bulk LLZO", "the stack SS|PE|SE|PE|SS has no layer 'LLZO'"),
        ("bulk PE", "layer PE does not say how well its resistances are known; give known"),
        ("grain boundary SE", "layer SE has no grain boundary described; give its conductivity"),
    ],
)
def test_what_a_cell_does_not_say_is_named(what, message):
    cell = sandwich(se=ceramic(known=0.1))
    with pytest.raises(CellError, match=message.replace("|", r"\|")):
        eis.known_resistances(cell, 25.0, {"R1": what})
