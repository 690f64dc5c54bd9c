"""Simulated replicates: the batch against single fits, and the intervals that it gives."""

import numpy as np
import pandas as pd
import pytest

from metastudy import mixed
from metastudy.mixed.inference.parametric_bootstrap import bca_interval, simulate_errors
from metastudy.mixed.optimise.batched_newton import batched_start, maximise_batched
from metastudy.mixed.optimise.newton import best_maximum


@pytest.fixture(scope="module")
def konst(dataset):
    return mixed.fit("yi ~ 1 + (1 | district/school)", dataset("konstantopoulos2011"), v="vi")


@pytest.mark.parametrize(
    "formula",
    [
        "yi ~ 1 + (1 | district/school)",
        "yi ~ yr + (1 | district) + (1 | year) + (1 | study)",
        "yi ~ 1 + (yr | district) + (1 | study)",
    ],
)
def test_a_batch_finds_what_single_fits_find(formula, dataset, rng):
    data = dataset("konstantopoulos2011").assign(yr=lambda d: (d["year"] - 1990) / 10)
    fit = mixed.fit(formula, data, v="vi")
    Y = simulate_errors(fit.frame, fit.optimum.theta, 12, rng)
    like = fit.likelihood
    batch = maximise_batched(like, Y, batched_start(like, fit.optimum.theta))
    for b in range(12):
        single = best_maximum(like.with_response(Y[b]))
        assert batch.llf[b] == pytest.approx(float(single.evaluation.llf), abs=1e-7)
    assert batch.converged.all()


def test_simulated_responses_have_the_marginal_covariance(konst, rng):
    Y = simulate_errors(konst.frame, konst.optimum.theta, 40_000, rng)
    code = konst.frame.terms[0].codes
    between, within = konst.optimum.theta
    M = between * (code[:, None] == code) + np.diag(within + konst.frame.V.diagonal)
    np.testing.assert_allclose(np.cov(Y.T), M, atol=0.012)


def test_the_bootstrap_centres_on_the_fit(konst, rng):
    boot = konst.components.bootstrap(2000, rng=rng)
    assert boot.converged == 1.0
    np.testing.assert_allclose(boot.sigma2.mean(), konst.sigma2, rtol=0.06)
    assert boot.params["Intercept"].std() == pytest.approx(konst.bse["Intercept"], rel=0.06)
    same = konst.components.bootstrap(50, rng=np.random.default_rng(1)).sigma2
    again = konst.components.bootstrap(50, rng=np.random.default_rng(1)).sigma2
    pd.testing.assert_frame_equal(same, again)


def test_the_inverted_ratio_is_close_to_the_profile(konst, rng):
    """The chi-square reference is good here, so the two intervals nearly agree."""
    profile = konst.components.conf_int().loc["district:school"]
    low, high = konst.components.ratio_conf_int("district:school", n=299, rng=rng)
    assert low == pytest.approx(profile["lower"], rel=0.15)
    assert high == pytest.approx(profile["upper"], rel=0.15)


def test_bca_is_refused_where_replicates_are_zero(rng):
    replicates = np.concatenate([np.zeros(30), rng.gamma(2, size=970)])
    found = bca_interval(replicates, 1.0, rng.normal(1, 0.1, 10), 0.05)
    assert found.lower is None
    assert "3.0 % of the replicates are zero, so BCa is not defined" in found.reason


def test_bca_without_bias_or_skewness_is_the_percentile(rng):
    replicates = np.sort(rng.normal(5, 1, 4001))
    jackknife = np.array([4.0, 5.0, 6.0])
    found = bca_interval(replicates, float(np.median(replicates)) + 1e-9, jackknife, 0.1)
    np.testing.assert_allclose(
        [found.lower, found.upper], np.quantile(replicates, [0.05, 0.95]), atol=0.01
    )


def test_explained_shares_come_with_their_null(rng):
    work = np.repeat(np.arange(30), 3)
    x = rng.normal(size=30)
    y = (0.8 * x + rng.normal(0, 0.4, 30))[work] + rng.normal(0, 0.3, 90)
    data = pd.DataFrame({"y": y, "work": work, "x": x[work], "noise": rng.normal(size=30)[work]})
    fit = mixed.fit("y ~ 1 + (1 | work)", data)
    found = fit.components.explained_shares(
        {"x": "x", "noise": "noise"}, data, of=["work"], n=40, rng=rng
    )
    assert found.table.loc["x", "units"] == 30
    assert found.table.loc["x", "share"] > found.null_95
    assert found.table.loc["noise", "share"] < found.table.loc["x", "share"]
    assert 0 < found.null_95 < 0.5


def test_r_squared_of_a_perfect_line(rng):
    data = pd.DataFrame({"x": np.arange(40.0), "g": np.repeat(np.arange(10), 4)})
    data["y"] = data["x"] + rng.normal(0, 0.01, 40)
    fit = mixed.fit("y ~ x + (1 | g)", data)
    assert fit.components.r_squared().marginal == pytest.approx(1, abs=1e-4)
    flat = mixed.fit("y ~ 1 + (1 | g)", data)
    sigma2 = flat.sigma2
    assert flat.components.r_squared().marginal == 0
    assert flat.components.r_squared().conditional == pytest.approx(sigma2["g"] / sigma2.sum())
