"""The Bayesian twin against closed forms, quadrature and the restricted likelihood."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed
from metastudy.mixed.likelihoods.gaussian import build_likelihood

pytestmark = pytest.mark.bayes

LEVELS = np.array([0.025, 0.25, 0.5, 0.75, 0.975])


def _half_t(sd, scale):
    return 2 * stats.t.pdf(sd / scale, 4) / scale


def _probabilities(draws, quantiles):
    """Share of draws below each quantile of another road."""
    return (np.asarray(draws)[:, None] <= quantiles).mean(axis=0)


def _agrees(draws, quantiles, ess):
    """Shares below the quantiles are those of the levels within four standard errors."""
    error = np.sqrt(LEVELS * (1 - LEVELS) / ess)
    assert np.all(np.abs(_probabilities(draws, quantiles) - LEVELS) < 4 * error)


def _quantiles(grid, density, levels=LEVELS):
    """Quantiles of a density on a regular grid."""
    below = np.cumsum(density) - density / 2
    return np.interp(levels, below / density.sum(), grid)


def test_effective_draws_of_an_autoregression(rng):
    """AR(1) with coefficient 0.6 is worth (1 - 0.6) / (1 + 0.6) of its length."""
    from metastudy.mixed.bayes.convergence import convergence_table

    x = rng.normal(size=(4, 5000))
    for i in range(1, x.shape[1]):
        x[:, i] = 0.6 * x[:, i - 1] + np.sqrt(1 - 0.36) * x[:, i]
    apart = x + np.array([0.0, 0.0, 0.0, 0.8])[:, None]
    wider = x * np.array([1.0, 1.0, 1.0, 3.0])[:, None]
    table = convergence_table({"even": x, "apart": apart, "wider": wider, "log": np.exp(x)})
    assert table["ess_bulk"]["even"] == pytest.approx(20000 / 4, rel=0.1)
    assert table["ess_bulk"]["log"] == pytest.approx(table["ess_bulk"]["even"])
    assert table["r_hat"]["even"] < 1.01
    assert table["r_hat"]["apart"] > 1.05
    assert table["r_hat"]["wider"] > 1.05


def test_one_mean_with_known_variances_is_normal(rng):
    v = rng.uniform(0.01, 0.1, 20)
    data = pd.DataFrame({"y": rng.normal(1, np.sqrt(v)), "v": v})
    fit = mixed.bayes.fit("y ~ 1", data, v="v", seed=1)
    mean, sd = np.average(data["y"], weights=1 / v), (1 / v).sum() ** -0.5
    _agrees(fit.beta_draws["Intercept"], stats.norm.ppf(LEVELS, mean, sd), 4000)
    assert fit.bse["Intercept"] == pytest.approx(sd, rel=0.05)
    assert fit.conf_int().loc["Intercept"].to_numpy() == pytest.approx(
        [mean - 1.96 * sd, mean + 1.96 * sd], abs=0.15 * sd
    )
    assert fit.component_names == []


def test_a_model_without_fixed_part():
    """Balanced rows without mean: the posterior of the sd by quadrature."""
    y = np.array([-0.6, -0.2, 0.1, 0.3, 0.5, 0.9])
    data = pd.DataFrame({"y": y, "g": range(6), "v": 0.01})
    fit = mixed.bayes.fit("y ~ 0 + (1 | g)", data, v="v", seed=9, warmup=500, draws=500)
    sd = np.linspace(0, 5, 5001)
    total = sd**2 + 0.01
    density = total**-3 * np.exp(-(y @ y) / (2 * total)) * _half_t(sd, 0.5)
    ess = fit.convergence["ess_tail"].min()
    _agrees(fit.theta_draws["g"] ** 0.5, _quantiles(sd, density), ess)
    assert fit.params.empty
    assert "sd g" in str(fit.summary())


@pytest.fixture(scope="module")
def trials():
    """Eleven trials with known variances, from a normal of sd 0.3."""
    rng = np.random.default_rng(11)
    v = rng.uniform(0.02, 0.2, 11)
    return pd.DataFrame({"y": rng.normal(0.5, np.sqrt(v + 0.09)), "v": v, "trial": range(11)})


@pytest.fixture(scope="module")
def trials_fit(trials):
    return mixed.bayes.fit("y ~ 1 + (1 | trial)", trials, v="v", seed=2)


def _trials_posterior(trials, scale):
    """Density of the sd on a grid: prior x likelihood integrated over the mean."""
    sd = np.linspace(0, 4, 8001) + 1e-9
    w = 1 / (trials["v"].to_numpy() + sd[:, None] ** 2)
    y = trials["y"].to_numpy()
    mean = w @ y / w.sum(axis=1)
    square = (w * (y - mean[:, None]) ** 2).sum(axis=1)
    log = 0.5 * np.log(w).sum(axis=1) - 0.5 * np.log(w.sum(axis=1)) - square / 2
    return sd, np.exp(log - log.max()) * _half_t(sd, scale), mean, w.sum(axis=1) ** -0.5


def test_two_levels_against_quadrature(trials, trials_fit):
    sd, density, mean, se = _trials_posterior(trials, 0.5)
    ess = trials_fit.convergence["ess_tail"].min()
    assert ess > 400
    _agrees(trials_fit.theta_draws["trial"] ** 0.5, _quantiles(sd, density), ess)
    mu = np.linspace(-2, 3, 2001)
    mixture = density @ stats.norm.pdf(mu, mean[:, None], se[:, None])
    _agrees(trials_fit.beta_draws["Intercept"], _quantiles(mu, mixture), ess)
    new = density @ stats.norm.pdf(mu, mean[:, None], np.sqrt(se**2 + sd**2)[:, None])
    row = trials_fit.predict(interval="prediction").loc["new"]
    assert row["new"] == "trial"
    assert row[["lower", "upper"]].to_numpy(dtype=float) == pytest.approx(
        _quantiles(mu, new, [0.025, 0.975]), abs=0.06
    )


def test_sensitivity_is_the_posterior_under_other_scales(trials, trials_fit):
    table = trials_fit.sensitivity()
    medians = table["median"]["sd trial"]
    assert medians.is_monotonic_increasing
    for factor in (0.5, 1.0, 2.0):
        sd, density, _, _ = _trials_posterior(trials, 0.5 * factor)
        row = table.loc[("sd trial", factor)]
        assert row[["lower", "median", "upper"]].to_numpy() == pytest.approx(
            _quantiles(sd, density, [0.025, 0.5, 0.975]), rel=0.08, abs=0.01
        )
    assert table["draws"]["sd trial"][1.0] == pytest.approx(4000)


def test_the_summary_states_priors_seed_and_sensitivity(trials_fit):
    text = str(trials_fit.summary())
    assert "half-t with 4 df on standard deviations, scale 0.5 (trial)" in text
    assert "seed 2" in text
    assert "At half, once and twice the prior scale" in text


def test_an_sd_near_zero_is_not_called_scatter():
    """Rows that differ less than their errors: any sd that small is possible."""
    n = 8
    y = stats.norm.ppf((np.arange(n) + 0.5) / n) * 0.05
    data = pd.DataFrame({"y": y, "v": 0.01, "g": range(n)})
    fit = mixed.bayes.fit("y ~ 1 + (1 | g)", data, v="v", seed=3, target_accept=0.95)
    texts = {w.name: w.text for w in fit.warnings}
    assert (
        "the sd of 'g' is not distinguishable from zero, at most"
        in (texts["not distinguishable from zero"])
    )
    assert "'g' has 8 levels" in texts["interval only"]


@pytest.fixture(scope="module")
def schools_fit(dataset):
    data = dataset("konstantopoulos2011")
    return mixed.bayes.fit("yi ~ 1 + (1 | district/school)", data, v="vi", seed=4)


def test_three_levels_against_the_restricted_likelihood_on_a_grid(schools_fit):
    """Posterior = prior x restricted likelihood, the latter by the engine's own solvers."""
    likelihood = build_likelihood(schools_fit.frame, reml=True)
    a, b = np.linspace(0.05, 1.2, 100), np.linspace(0.08, 0.4, 60)
    llf = np.array(
        [[likelihood.evaluate(np.array([x, y]) ** 2, derivatives=False).llf for y in b] for x in a]
    )
    density = np.exp(llf - llf.max()) * _half_t(a, 0.5)[:, None] * _half_t(b, 0.5)
    ess = schools_fit.convergence["ess_tail"].min()
    sds = schools_fit.theta_draws**0.5
    _agrees(sds["district"], _quantiles(a, density.sum(axis=1)), ess)
    _agrees(sds["district:school"], _quantiles(b, density.sum(axis=0)), ess)
    total = (a[:, None] ** 2 + b**2).ravel()
    order = np.argsort(total)
    low, high = _quantiles(total[order], density.ravel()[order], [0.025, 0.975])
    found = schools_fit.components.sum_conf_int(["district", "district:school"])
    assert found == pytest.approx((low, high), rel=0.08)
    share = (a[:, None] ** 2 / (a[:, None] ** 2 + b**2)).ravel()
    order = np.argsort(share)
    low, high = _quantiles(share[order], density.ravel()[order], [0.025, 0.975])
    assert schools_fit.components.share_conf_int(["district"]) == pytest.approx(
        (low, high), abs=0.03
    )


def test_effects_of_known_levels_enter_predictions(schools_fit):
    """The mean of draws is linear: intercept plus the district's effect."""
    district = schools_fit.ranef()["district"]
    row = schools_fit.predict(pd.DataFrame({"district": [district.index[3]]})).iloc[0]
    expected = schools_fit.params["Intercept"] + district["effect"].iloc[3]
    assert row["prediction"] == pytest.approx(expected)
    assert row["new"] == "district:school"


def test_divergent_draws_name_their_parameter(schools_fit):
    """Marked by hand: the draws with the smallest district variance."""
    small = schools_fit.chains.theta[..., 0] < 0.03
    chains = replace(schools_fit.chains, diverging=small)
    text = {w.name: w.text for w in replace(schools_fit, chains=chains).warnings}["divergent draws"]
    assert f"{small.sum()} of 4000 draws diverged, most of all where 'district' is near" in text
    assert "raise target_accept (now 0.9)" in text
    assert not [w for w in schools_fit.warnings if w.name == "divergent draws"]


def test_large_sample_posterior_is_the_estimate_with_its_information():
    """300 groups of 2: median and sd of the posterior are REML's estimate and its error."""
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(300), 2)
    x = rng.normal(size=600)
    y = 0.2 * x + rng.normal(0, 0.4, 300)[group] + rng.normal(0, 0.3, 600)
    data = pd.DataFrame({"y": y, "x": x, "group": group})
    formula = "y ~ x + (1 | group)"
    fit = mixed.bayes.fit(formula, data, seed=5, warmup=300, draws=400)
    reml = mixed.fit(formula, data)
    error = np.sqrt(np.diag(reml.inference.theta_covariance[0]))
    # A chi-square's median lies below its mean by 2/3, which is 0.04 sd at 300 df.
    assert np.abs(fit.sigma2 - reml.sigma2).to_numpy() == pytest.approx([0, 0], abs=0.15 * error[0])
    np.testing.assert_allclose(fit.theta_draws.std(), error, rtol=0.1)
    np.testing.assert_allclose(fit.bse, reml.bse, rtol=0.1)
    assert np.all(np.abs(fit.params - reml.params) < 0.15 * reml.bse)


@pytest.fixture(scope="module")
def bounded():
    """Works with one to three rows; three rows known by limits, one of each kind."""
    rng = np.random.default_rng(6)
    work = np.repeat(np.arange(7), [1, 2, 3, 2, 3, 2, 2])
    y = rng.normal(0, 0.4, 7)[work] + rng.normal(0, 0.2, work.size)
    data = pd.DataFrame({"y": y, "work": work, "v": 0.04, "lower": np.nan, "upper": np.nan})
    data.loc[[1, 4], "upper"] = [data["y"][1] + 0.1, data["y"][4] + 0.2]
    data.loc[9, "lower"] = data["y"][9] - 0.1
    data.loc[12, ["lower", "upper"]] = [data["y"][12] - 0.2, data["y"][12] + 0.3]
    data.loc[[1, 4, 9, 12], "y"] = np.nan
    return data


def _bounded_density(data, mu, sd):
    """Likelihood of mean and sd (grids) by Gauss-Hermite quadrature over each work's effect."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    centre = mu[:, None, None] + sd[None, :, None] * nodes
    log = np.zeros((mu.size, sd.size))
    for _, rows in data.groupby("work"):
        inside = np.ones(centre.shape)
        for row in rows.itertuples():
            s = np.sqrt(row.v)
            if np.isfinite(row.y):
                inside *= stats.norm.pdf(row.y, centre, s)
            else:
                low = -np.inf if np.isnan(row.lower) else row.lower
                high = np.inf if np.isnan(row.upper) else row.upper
                inside *= stats.norm.cdf((high - centre) / s) - stats.norm.cdf((low - centre) / s)
        log += np.log(np.maximum(inside @ weights, 1e-300))
    return np.exp(log - log.max())


def test_censored_rows_against_quadrature(bounded):
    fit = mixed.bayes.fit(
        "y ~ 1 + (1 | work)", bounded, v="v", lower="lower", upper="upper", seed=6
    )
    mu, sd = np.linspace(-1.5, 1.5, 151), np.linspace(0.002, 2, 200)
    density = _bounded_density(bounded, mu, sd) * _half_t(sd, 0.5)
    ess = fit.convergence["ess_tail"].min()
    assert ess > 400
    _agrees(fit.theta_draws["work"] ** 0.5, _quantiles(sd, density.sum(axis=0)), ess)
    _agrees(fit.beta_draws["Intercept"], _quantiles(mu, density.sum(axis=1)), ess)
    assert "row 12" in fit.convergence.index
    rows = [1, 4, 9, 12]
    limits = bounded.loc[rows]
    completed = fit.completed.to_numpy()[rows]
    assert np.all(completed > limits["lower"].fillna(-np.inf))
    assert np.all(completed < limits["upper"].fillna(np.inf))


def test_slopes_with_blocks_of_sampling_error(rng):
    """Intercept and slope of 40 groups with V in blocks: the truth lies in wide intervals."""
    group, t = np.repeat(np.arange(40), 4), np.tile(np.arange(4.0), 40)
    L = np.linalg.cholesky([[0.25, 0.05], [0.05, 0.04]])
    effects = rng.normal(size=(40, 2)) @ L.T
    block = 0.01 * np.eye(4) + 0.01
    noise = rng.multivariate_normal(np.zeros(4), block, 40).ravel()
    data = pd.DataFrame(
        {"y": effects[group, 0] + effects[group, 1] * t + noise, "t": t, "g": group}
    )
    V = [block] * 40
    fit = mixed.bayes.fit("y ~ t + (t | g)", data, V=V, seed=7, warmup=200, draws=200)
    reml = mixed.fit("y ~ t + (t | g)", data, V=V)
    assert list(fit.theta.index) == list(reml.theta.index)
    assert fit.component_names == reml.component_names
    np.testing.assert_allclose(fit.theta, reml.theta, rtol=0.15, atol=0.03)
    np.testing.assert_allclose(fit.ranef()["g"]["effect"], reml.ranef()["g"]["effect"], atol=0.03)


def test_short_chains_warn_by_name(trials):
    fit = mixed.bayes.fit("y ~ 1 + (1 | trial)", trials, v="v", seed=8, warmup=3, draws=8, chains=2)
    texts = [w.text for w in fit.warnings if w.name in ("few effective draws", "chains disagree")]
    assert any("fewer than 400 effective draws in the centre for" in text for text in texts)
    assert any("'trial'" in text for text in texts)
