"""A standard deviation that differs between units: against quadrature and against plain fits."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from metastudy import mixed
from metastudy.mixed import MixedError
from metastudy.mixed.results.random_scale_fit import critical_drop

CONTRASTS = "y ~ 0 + (1 | mm(t, r, weights=(1, -1)))"


def simulated(seed, sizes=(5, 2, 1, 1, 3), omega=0.5):
    rng = np.random.default_rng(seed)
    rows = []
    for w, size in enumerate(sizes):
        effects = rng.normal(0, 0.5 * np.exp(rng.normal(-(omega**2), omega)), size + 1)
        rows += [(f"{w}t{k}", f"{w}r", w, effects[k + 1] - effects[0]) for k in range(size)]
    return pd.DataFrame(rows, columns=["t", "r", "w", "y"]).assign(v=0.01)


def quadrature(data, log_median, omega, bounded=()):
    """Sum over works of log of the integral over log s, by scipy's adaptive rule."""
    total = 0.0
    for _, rows in data.groupby("w"):
        k = len(rows)
        K = np.eye(k) + 1.0

        y = rows["y"].to_numpy()

        def density(x, y=y, K=K, rows=rows):
            M = np.exp(2 * x) * K + 0.01 * np.eye(len(y))
            limits = [i for i in rows.index if i in bounded]
            if limits:
                (i,) = limits
                place = list(rows.index).index(i)
                rest = [j for j in range(len(y)) if j != place]
                A = M[np.ix_(rest, rest)]
                weights = np.linalg.solve(A, M[rest, place])
                mean, var = weights @ y[rest], M[place, place] - weights @ M[rest, place]
                value = norm.sf(bounded[i], mean, np.sqrt(var))
                return value * (multivariate_normal.pdf(y[rest], cov=A) if rest else 1.0)
            return multivariate_normal.pdf(y, cov=M)

        inside = quad(
            lambda x, density=density: density(x) * norm.pdf(x, log_median, omega),
            log_median - 9 * omega,
            log_median + 9 * omega,
            limit=400,
            epsabs=1e-13,
        )[0]
        total += np.log(inside)
    return total


@pytest.mark.parametrize("omega", [0.03, 0.1, 0.13, 0.5, 1.4])
@pytest.mark.parametrize("log_median", [-2.5, -0.7, 0.4])
def test_likelihood_is_the_integral_over_each_units_standard_deviation(omega, log_median):
    data = simulated(1)
    fit = mixed.fit_random_scale(CONTRASTS, data, by="w", v="v")
    found = fit.likelihood.llf(np.array([log_median]), np.array([omega]))[0]
    assert found == pytest.approx(quadrature(data, log_median, omega), abs=2e-4)


@pytest.mark.parametrize("omega", [0.0, 0.3, 1.5])
def test_along_one_omega_it_is_the_likelihood_of_each_root_mean_square(omega):
    likelihood = mixed.fit_random_scale(CONTRASTS, simulated(1), by="w", v="v").likelihood
    m = likelihood.log_sd - omega**2
    expected = likelihood.llf(m, np.full(m.size, omega))
    assert likelihood.llf_along(omega) == pytest.approx(expected, abs=1e-9)


def test_three_bounds_of_one_reference_are_those_of_the_dense_rule():
    data = simulated(10, sizes=(4, 3, 1), omega=0.0)
    bounded = [0, 1, 3]
    data["hi"] = np.nan
    data.loc[bounded, "hi"] = data.loc[bounded, "y"] + 0.2
    hidden = data.assign(y=data["y"].mask(data.index.isin(bounded)))
    fit = mixed.fit_random_scale(CONTRASTS, hidden, by="w", v="v", upper="hi")
    k = 40
    M = np.exp(2 * fit.likelihood.log_sd[k]) * (np.eye(4) + 1.0) + 0.01 * np.eye(4)
    weights = M[bounded, 2] / M[2, 2]
    cov = M[np.ix_(bounded, bounded)] - np.outer(weights, M[2, bounded])
    mean = weights * data.loc[2, "y"]
    inside = multivariate_normal.cdf(
        data.loc[bounded, "hi"], mean, cov, maxpts=2_000_000, abseps=1e-9, releps=1e-9, rng=1
    )
    expected = np.log(inside) + norm.logpdf(data.loc[2, "y"], 0, M[2, 2] ** 0.5)
    assert fit.likelihood.tables[0, 0, k] == pytest.approx(expected, abs=1e-4)


def test_a_bounded_row_enters_by_its_probability():
    data = simulated(2)
    bounded = {1: 0.2, 7: -0.1}
    data["lo"] = pd.Series(bounded).reindex(data.index)
    data.loc[list(bounded), "y"] = np.nan
    fit = mixed.fit_random_scale(CONTRASTS, data, by="w", v="v", lower="lo")
    found = fit.likelihood.llf(np.array([-0.7]), np.array([0.4]))[0]
    assert found == pytest.approx(quadrature(data, -0.7, 0.4, bounded), abs=2e-4)


def test_a_bound_far_away_moves_the_estimate_as_in_the_plain_fit():
    """A unit of one bound far below the others: its probability underflows where sd is small."""
    data = simulated(9, omega=0.0)
    far = pd.DataFrame({"t": ["x"], "r": ["q"], "w": [9], "y": [np.nan], "v": [0.01], "hi": [-4.0]})
    data = pd.concat([data, far], ignore_index=True)
    plain = mixed.fit(CONTRASTS, data, v="v", upper="hi", method="ML")
    fit = mixed.fit_random_scale(CONTRASTS, data, by="w", v="v", upper="hi")
    assert fit.equal == pytest.approx((np.sqrt(plain.sigma2.iloc[0]), plain.llf), rel=1e-3)
    without = mixed.fit_random_scale(CONTRASTS, data.iloc[:-1], by="w", v="v")
    assert fit.conf_int().loc["sd", "upper"] > 2 * without.conf_int().loc["sd", "upper"]
    assert fit.params["log_sd"] > without.params["log_sd"]


@pytest.mark.parametrize(("fixed", "method"), [("0", "ML"), ("1", "REML")])
def test_equal_units_are_the_plain_fit(fixed, method):
    data = simulated(3, sizes=(4, 3, 3, 2, 4, 2), omega=0.0)
    formula = CONTRASTS.replace("0", fixed, 1)
    plain = mixed.fit(formula, data, v="v", method=method)
    sd, llf = mixed.fit_random_scale(formula, data, by="w", v="v").equal
    assert sd == pytest.approx(np.sqrt(plain.sigma2.iloc[0]), rel=1e-4)
    assert llf == pytest.approx(plain.llf, abs=1e-4)


def test_interval_holds_the_estimate_and_the_equal_fit_is_no_better():
    fit = mixed.fit_random_scale(CONTRASTS, simulated(4), by="w", v="v")
    ends = fit.conf_int()
    assert (ends["lower"] <= fit.params).all()
    assert (fit.params <= ends["upper"]).all()
    assert fit.equal[1] <= fit.llf + 1e-9
    drop = fit.profile(ends.loc["sd"].to_numpy())["drop"]
    assert drop.to_numpy() == pytest.approx(critical_drop(len(fit.unit_names)), abs=1e-3)
    wider = fit.conf_int(0.01).loc["sd"]
    assert wider["lower"] < ends.loc["sd", "lower"]
    assert wider["upper"] > ends.loc["sd", "upper"]


def test_critical_drop_is_the_likelihood_ratio_at_the_end_of_a_t_interval():
    """Of the mean of normal values, variance profiled; with many units it is chi-square's."""
    x = np.random.default_rng(0).normal(size=9)
    end = x.mean() + stats.t.ppf(0.95, 8) * x.std(ddof=1) / 3
    ratio = 9 * np.log(((x - end) ** 2).mean() / x.var())
    assert critical_drop(9, 0.1) == pytest.approx(ratio)
    assert critical_drop(10**6) == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-5)


def test_results_follow_the_unit_of_the_response():
    data = simulated(5)
    one = mixed.fit_random_scale(CONTRASTS, data, by="w", v="v")
    other = mixed.fit_random_scale(
        CONTRASTS, data.assign(y=1e6 * data["y"], v=1e12 * data["v"]), by="w", v="v"
    )
    assert other.params["sd"] == pytest.approx(1e6 * one.params["sd"], rel=1e-3)
    assert other.params["log_sd"] == pytest.approx(one.params["log_sd"], abs=1e-3)


def test_each_unit_alone_is_in_the_table():
    data = simulated(6)
    units = mixed.fit_random_scale(CONTRASTS, data, by="w", v="v").units
    assert units["rows"].tolist() == [5, 2, 1, 1, 3]
    alone = mixed.fit(CONTRASTS, data[data["w"] == 0], v="v", method="ML")
    assert units.loc[0, "sd"] == pytest.approx(np.sqrt(alone.sigma2.iloc[0]), rel=0.05)


@pytest.mark.parametrize(
    ("change", "call", "message"),
    [
        ({}, {"by": "nowhere"}, "no column"),
        ({"w": 1}, {"by": "w"}, "one unit"),
        ({"r": "shared"}, {"by": "w"}, "of another unit"),
        ({"y": np.nan, "lo": 0.0}, {"by": "w", "lower": "lo"}, "no row is exact"),
        ({"y": 0.0, "v": 0.0}, {"by": "w"}, "do not differ"),
    ],
)
def test_what_has_no_answer_is_refused_by_name(change, call, message):
    with pytest.raises(MixedError, match=message):
        mixed.fit_random_scale(CONTRASTS, simulated(7).assign(**change), v="v", **call)


def test_another_model_is_refused():
    with pytest.raises(MixedError, match="one random term of one variance"):
        mixed.fit_random_scale("y ~ x + (1 | w)", simulated(8).assign(x=range(12)), by="w", v="v")
