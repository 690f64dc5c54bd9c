"""Censored rows: limits, quadrature of the model, dense algebra, R's fit, and refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from metastudy import mixed
from metastudy.mixed.errors import DataError, FormulaError, IdentifiabilityError, UndefinedError
from metastudy.mixed.likelihoods.censored import CensoredLikelihood
from metastudy.mixed.model.frame import build_frame
from metastudy.mixed.optimise import censored_maximum
from metastudy.mixed.optimise.newton import starting_values

INF = np.inf
CROSSED = "y ~ 1 + x + (1 | work/row) + (1 | system)"
ONE_INTERCEPT = "y ~ 1 + (1 | g)"


@pytest.fixture
def crossed(rng):
    """60 rows in 18 works crossed with 8 systems, V with one shared unknown in half of the works.

    Columns lower and upper hold bounds around the truth of half of the rows, which of them are
    used is up to the test.
    """
    n = 60
    work, system = np.sort(rng.integers(0, 18, n)), rng.integers(0, 8, n)
    y = 1 + 0.4 * rng.normal(size=8)[system] + 0.3 * rng.normal(size=18)[work]
    y += 0.3 * rng.normal(size=n)
    V = 0.01 * np.eye(n) + 0.0226 * np.equal.outer(work, work) * (work % 2 == 0)
    data = pd.DataFrame({"y": y, "work": work, "system": system, "row": range(n)})
    data["x"] = rng.normal(size=n)
    data["truth"] = y
    data["lower"], data["upper"] = np.nan, np.nan
    return data, V


def censor(data, rows, kinds, rng):
    """Replace responses by bounds that hold, of the kinds in turn."""
    data = data.copy()
    for k, i in enumerate(rows):
        kind, y = kinds[k % len(kinds)], data.loc[i, "truth"]
        if kind != "left":
            data.loc[i, "lower"] = y - 0.5 * rng.random()
        if kind != "right":
            data.loc[i, "upper"] = y + 0.5 * rng.random()
        data.loc[i, "y"] = np.nan
    return data


@pytest.fixture
def grouped(rng):
    """16 groups of 1 to 5 rows; four in ten are bounds of any kind, at most four in a group."""
    sizes = np.tile([5, 3, 1, 2], 4)
    g = np.repeat(np.arange(16), sizes)
    y = 0.5 + 0.6 * rng.normal(size=16)[g] + 0.4 * rng.normal(size=g.size)
    data = pd.DataFrame({"y": y, "truth": y, "g": g, "lower": np.nan, "upper": np.nan})
    data["v"] = rng.uniform(0.01, 0.05, g.size)
    rows = [i for i in range(g.size) if i % 5 in (1, 3)]
    return censor(data, rows, ("left", "right", "interval"), rng)


def bounds_of(data):
    low = data["y"].fillna(data["lower"]).fillna(-INF).to_numpy()
    high = data["y"].fillna(data["upper"]).fillna(INF).to_numpy()
    return low, high


def quadrature_llf(data, mean, between, within):
    """Log-likelihood of one random intercept, each group's integral by 300 Gauss-Legendre nodes."""
    low, high = bounds_of(data)
    sd = np.sqrt(within + data["v"].to_numpy())
    nodes, weights = np.polynomial.legendre.leggauss(300)
    u = 8.5 * np.sqrt(between) * nodes
    prior = weights * 8.5 * stats.norm.pdf(8.5 * nodes)
    total = 0.0
    for rows in data.groupby("g").indices.values():
        a, b = ((x[rows, None] - mean - u) / sd[rows, None] for x in (low, high))
        exact = (low[rows] == high[rows])[:, None]
        density = stats.norm.logpdf(a) - np.log(sd[rows])[:, None]
        between_limits = np.log(np.maximum(stats.norm.cdf(b) - stats.norm.cdf(a), 1e-300))
        logs = np.where(exact, density, between_limits).sum(axis=0)
        total += np.log(prior @ np.exp(logs))
    return total


def integrated_llf(data, between, within):
    """The same integrated over a flat mean, plus half ln|X'X| as metafor's REML has it."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    logs = np.array([quadrature_llf(data, 0.5 + 1.5 * x, between, within) for x in nodes])
    value = 1.5 * weights @ np.exp(logs - logs.max())
    return np.log(value) + logs.max() + 0.5 * np.log(len(data))


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_exact_rows_alone_give_the_uncensored_answer(method, crossed):
    data, V = crossed
    plain = mixed.fit(CROSSED, data, V=V, method=method)
    bounded = mixed.fit(CROSSED, data, V=V, method=method, lower="lower", upper="upper")
    assert bounded.llf == pytest.approx(plain.llf, abs=1e-8)
    assert bounded.llf_error == 0.0
    for name in ("sigma2", "params", "bse", "df"):
        ours, theirs = getattr(bounded, name), getattr(plain, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6 if name == "df" else 1e-8)
    np.testing.assert_allclose(
        bounded.components.conf_int(), plain.components.conf_int(), atol=1e-8
    )
    np.testing.assert_allclose(
        bounded.components.sum_conf_int(["work", "work:row"]),
        plain.components.sum_conf_int(["work", "work:row"]),
        atol=1e-8,
    )
    assert [w.name for w in bounded.warnings] == [w.name for w in plain.warnings]


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_equal_limits_are_exact_rows(method, crossed):
    data, V = crossed
    equal = data.assign(lower=data["y"], upper=data["y"])
    equal.loc[::2, "y"] = np.nan
    bounded = mixed.fit(CROSSED, equal, V=V, method=method, lower="lower", upper="upper")
    assert bounded.llf == pytest.approx(mixed.fit(CROSSED, data, V=V, method=method).llf, abs=1e-8)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_narrow_intervals_approach_densities(method, crossed):
    """P(interval of width w) / w is the density: crossed factors, V with blocks, 30 of 60 rows."""
    data, V = crossed
    width = 1e-3
    narrow = data.assign(lower=data["y"] - width / 2, upper=data["y"] + width / 2)
    narrow.loc[::2, ["lower", "upper"]] = np.nan
    narrow.loc[1::2, "y"] = np.nan
    bounded = mixed.fit(CROSSED, narrow, V=V, method=method, lower="lower", upper="upper")
    plain = mixed.fit(CROSSED, data, V=V, method=method)
    assert bounded.largest_probability == 30
    assert bounded.llf - 30 * np.log(width) == pytest.approx(plain.llf, abs=1e-3)
    np.testing.assert_allclose(bounded.sigma2, plain.sigma2, rtol=1e-3)
    np.testing.assert_allclose(bounded.params, plain.params, atol=1e-4)
    np.testing.assert_allclose(bounded.bse, plain.bse, rtol=1e-3)
    np.testing.assert_allclose(bounded.completed, data["y"], atol=width / 2)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_bounds_without_information_change_nothing(method, crossed):
    data, V = crossed
    empty = data.copy()
    empty.loc[::3, ["y", "upper"]] = np.nan, 40.0
    bounded = mixed.fit(CROSSED, empty, V=V, method=method, lower="lower", upper="upper")
    kept = np.flatnonzero(empty["y"].notna())
    plain = mixed.fit(CROSSED, data.iloc[kept], V=V[np.ix_(kept, kept)], method=method)
    np.testing.assert_allclose(bounded.sigma2, plain.sigma2, rtol=1e-6)
    np.testing.assert_allclose(bounded.params, plain.params, rtol=1e-7)
    np.testing.assert_allclose(bounded.bse, plain.bse, rtol=1e-7)
    shift = bounded.likelihood.half_logdet_xtx - plain.likelihood.half_logdet_xtx
    assert bounded.llf == pytest.approx(plain.llf + (shift if method == "REML" else 0), abs=1e-7)


def test_ml_of_one_random_intercept_is_its_quadrature(grouped):
    """Estimates, log-likelihood, standard error and profile ends by an optimiser on quadrature."""
    fit = mixed.fit(
        ONE_INTERCEPT, grouped, v="v", method="ML", lower="lower", upper="upper", residual=True
    )

    def minus(par):
        return -quadrature_llf(grouped, par[0], *np.exp(par[1:]))

    best = optimize.minimize(minus, [0.5, -1, -2], method="BFGS", options={"gtol": 1e-6})
    assert fit.llf == pytest.approx(-best.fun, abs=max(4 * fit.llf_error, 1e-7))
    assert fit.llf_error < 1e-3
    assert fit.params["Intercept"] == pytest.approx(best.x[0], abs=1e-4)
    np.testing.assert_allclose(fit.sigma2, np.exp(best.x[1:]), rtol=2e-3)
    h = 1e-3
    step = h * np.eye(3)[0]
    bend = (minus(best.x + step) + minus(best.x - step) - 2 * best.fun) / h**2
    assert fit.bse["Intercept"] == pytest.approx(bend**-0.5, rel=1e-3)

    def drop(between):
        inner = optimize.minimize(
            lambda par: minus([par[0], np.log(between), par[1]]), best.x[[0, 2]], method="BFGS"
        )
        return inner.fun - best.fun - stats.chi2.ppf(0.95, 1) / 2

    between = np.exp(best.x[1])
    ends = [
        optimize.brentq(drop, between * a, between * b, xtol=1e-5) for a, b in ((0.15, 1), (1, 6))
    ]
    np.testing.assert_allclose(fit.components.conf_int().loc["g"], ends, rtol=2e-3)


def test_reml_is_the_likelihood_integrated_over_a_flat_mean(grouped):
    """All censored rows are one probability; by quadrature they are a double integral."""
    fit = mixed.fit(ONE_INTERCEPT, grouped, v="v", lower="lower", upper="upper", residual=True)
    theta = fit.sigma2.to_numpy()
    assert fit.likelihood.largest == grouped["y"].isna().sum()
    expected = integrated_llf(grouped, *theta)
    assert fit.llf == pytest.approx(expected, abs=max(4 * fit.llf_error, 1e-6))
    h = 1e-2
    for j in range(2):
        moved = [theta * np.where(np.arange(2) == j, 1 + s * h, 1) for s in (1, -1)]
        slope = (integrated_llf(grouped, *moved[0]) - integrated_llf(grouped, *moved[1])) / (2 * h)
        assert slope == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_crossed_rows_and_covariance_blocks_by_dense_algebra(method, crossed, rng):
    """Six bounds: density of the exact rows times scipy's rectangle probability."""
    data, V = crossed
    data = censor(data, [3, 4, 20, 33, 34, 50], ("left", "interval", "right"), rng)
    frame = build_frame(CROSSED, data, V=V, lower="lower", upper="upper")
    theta = np.array([0.08, 0.1, 0.15])
    likelihood = CensoredLikelihood(frame, method == "REML", rng, 2048)
    found = likelihood.evaluate(theta)
    work, system = data["work"].to_numpy(), data["system"].to_numpy()
    M = V + 0.08 * np.equal.outer(work, work) + 0.1 * np.eye(60)
    M += 0.15 * np.equal.outer(system, system)
    low, high = bounds_of(data)
    E, C = np.flatnonzero(low == high), np.flatnonzero(low < high)
    X = np.column_stack([np.ones(60), data["x"]])
    A = np.linalg.inv(M[np.ix_(E, E)])
    B = M[np.ix_(C, E)] @ A
    D = X[C] - B @ X[E]
    S = M[np.ix_(C, C)] - B @ M[np.ix_(E, C)]
    F = np.linalg.inv(X[E].T @ A @ X[E])
    gls = F @ X[E].T @ A @ low[E]

    def llf(b, S):
        mean = X[C] @ b + B @ (low[E] - X[E] @ b)
        p = stats.multivariate_normal(mean, S, maxpts=4_000_000, abseps=1e-9, releps=1e-9, seed=1)
        density = stats.multivariate_normal(X[E] @ b, M[np.ix_(E, E)]).logpdf(low[E])
        return density + np.log(p.cdf(high[C], lower_limit=low[C]))

    if method == "ML":
        b = np.linalg.solve(likelihood.R, found.beta)
        assert found.llf == pytest.approx(llf(b, S), abs=2e-4)
        for step in ([0.02, 0], [-0.02, 0], [0, 0.02], [0, -0.02]):
            assert llf(b + step, S) < found.llf
    else:
        integral = 0.5 * np.linalg.slogdet(2 * np.pi * F)[1]
        constant = 0.5 * np.linalg.slogdet(X.T @ X)[1]
        expected = llf(gls, S + D @ F @ D.T) + integral + constant
        assert found.llf == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_score_is_the_derivative_of_the_likelihood(method, crossed, rng):
    data, V = crossed
    data = censor(data, range(0, 60, 3), ("left", "right", "interval"), rng)
    frame = build_frame(CROSSED, data, V=V, lower="lower", upper="upper")
    likelihood = CensoredLikelihood(frame, method == "REML", rng, 64)
    theta, h = np.array([0.05, 0.1, 0.2]), 1e-5
    score = likelihood.evaluate(theta).score
    for j in range(3):
        step = h * np.eye(3)[j]
        sides = [likelihood.evaluate(theta + s * step, derivatives=False).llf for s in (1, -1)]
        assert score[j] == pytest.approx((sides[0] - sides[1]) / (2 * h), abs=1e-5)


def test_components_without_common_effects_have_their_own_probability(grouped):
    frame = build_frame(ONE_INTERCEPT, grouped, v="v", residual=True, lower="lower", upper="upper")
    likelihood = CensoredLikelihood(frame, False, np.random.default_rng(0))
    per_group = grouped["y"].isna().groupby(grouped["g"]).sum()
    assert likelihood.largest == per_group.max()
    assert sum(group.entries.size for group in likelihood.groups) == per_group.sum()


def test_reml_does_not_change_when_the_moderator_is_recoded(crossed, rng):
    data, V = crossed
    data = censor(data, range(0, 60, 4), ("left",), rng)
    options = {"V": V, "lower": "lower", "upper": "upper"}
    plain = mixed.fit(CROSSED, data, **options)
    recoded = mixed.fit(CROSSED, data.assign(x=100 + 7 * data["x"]), **options)
    assert recoded.llf == pytest.approx(plain.llf, abs=1e-6)
    assert recoded.params["x"] == pytest.approx(plain.params["x"] / 7, rel=1e-5)
    assert recoded.params["x"] / recoded.bse["x"] == pytest.approx(plain.tvalues["x"], rel=1e-5)


def test_mirrored_rows_give_the_mirrored_fit(crossed, rng):
    data, V = crossed
    data = censor(data, range(0, 60, 3), ("left", "interval"), rng)
    mirror = data.assign(y=-data["y"], lower=-data["upper"], upper=-data["lower"])
    one, two = (
        mixed.fit(CROSSED, d, V=V, lower="lower", upper="upper", rng=np.random.default_rng(4))
        for d in (data, mirror)
    )
    np.testing.assert_allclose(one.params, -two.params, atol=5e-4)
    np.testing.assert_allclose(one.sigma2, two.sigma2, rtol=5e-3)


def test_r_fit_of_one_random_intercept(reference, dataset):
    """R: left-censored rows, two record variances, adaptive Gauss-Hermite with 61 nodes."""
    stored, data = reference("synth.censored.2l.ML"), dataset("synth400")
    data["as_received"] = 1.0 * (data["route"] == "as_received")
    data["vk"] = data["vi"].where(data["known"] == 1, 0.0)
    data["y"] = data["yc"].where(data["cens"] == 0)
    data["limit"] = data["yc"].where(data["cens"] == 1)
    fit = mixed.fit(
        "y ~ as_received + xT + (1 | study) + diag(known | rec)",
        data,
        v="vk",
        method="ML",
        upper="limit",
    )
    assert fit.bounds["left"] == stored["n_cens"]
    assert fit.llf == pytest.approx(stored["logLik"], abs=4 * fit.llf_error)
    assert fit.llf_error < 2e-3
    np.testing.assert_allclose(fit.params, stored["par"][:3], atol=1e-4)
    sigma = dict(zip(("study", "rec[1]", "rec[0]"), np.exp(stored["par"][3:]), strict=True))
    for name, sd in sigma.items():
        assert np.sqrt(fit.sigma2[name]) == pytest.approx(sd, rel=1e-4)
    # R inverts the joint information, ours is that of the coefficients at the estimated variances.
    np.testing.assert_allclose(fit.bse, stored["se"][:3], rtol=0.01)


def test_a_fit_repeats_and_another_seed_moves_it_within_its_error(crossed, rng):
    data, V = crossed
    data = censor(data, range(0, 60, 2), ("left", "right"), rng)
    options = {"V": V, "lower": "lower", "upper": "upper"}
    first, again = mixed.fit(CROSSED, data, **options), mixed.fit(CROSSED, data, **options)
    assert first.llf == again.llf
    other = mixed.fit(CROSSED, data, rng=np.random.default_rng(99), **options)
    error = np.hypot(first.llf_error, other.llf_error)
    assert 0 < error < 0.02
    assert other.llf == pytest.approx(first.llf, abs=5 * error)
    np.testing.assert_allclose(other.sigma2, first.sigma2, rtol=0.02)


def test_a_model_without_fixed_part(grouped):
    options = {"v": "v", "lower": "lower", "upper": "upper", "residual": True}
    ml = mixed.fit("y ~ 0 + (1 | g)", grouped, method="ML", **options)
    reml = mixed.fit("y ~ 0 + (1 | g)", grouped, **options)
    assert ml.llf == pytest.approx(reml.llf, abs=1e-9)
    expected = quadrature_llf(grouped, 0.0, *ml.sigma2)
    assert ml.llf == pytest.approx(expected, abs=max(4 * ml.llf_error, 1e-6))


def test_summary_and_prediction(grouped):
    fit = mixed.fit(ONE_INTERCEPT, grouped, v="v", residual=True, lower="lower", upper="upper")
    counts = fit.bounds
    text = str(fit.summary())
    assert f"{counts['exact']} exact, {counts['left']} left, {counts['right']} right" in text
    assert "simulation error of the log-likelihood" in text
    new = fit.predict(interval="prediction").iloc[0]
    assert new["prediction"] == pytest.approx(fit.params["Intercept"])
    reach = np.sqrt(fit.bse["Intercept"] ** 2 + fit.sigma2.sum())
    assert new["upper"] == pytest.approx(
        new["prediction"] + stats.t.ppf(0.975, new["df"]) * reach, rel=1e-9
    )


def test_what_is_not_defined_with_bounds_is_refused(grouped):
    options = {"v": "v", "lower": "lower", "upper": "upper", "residual": True}
    fit = mixed.fit(ONE_INTERCEPT, grouped, **options)
    with pytest.raises(UndefinedError, match="predicts new levels only"):
        fit.predict(pd.DataFrame({"g": [0]}))
    with pytest.raises(
        UndefinedError, match="test 'kenward-roger' is not defined for a fit with b"
    ):
        fit.with_test("kenward-roger")
    with pytest.raises(UndefinedError, match="method 'DL' is not defined with bounds or alter"):
        mixed.fit(ONE_INTERCEPT, grouped, method="DL", **options)
    with pytest.raises(UndefinedError, match="takes its rows as they are"):
        fit.likelihood.with_response(np.zeros(len(grouped)))


def test_likelihoods_of_different_censored_rows_do_not_compare(grouped):
    options = {"v": "v", "lower": "lower", "upper": "upper", "residual": True, "method": "ML"}
    fit = mixed.fit(ONE_INTERCEPT, grouped, **options)
    fewer = grouped.copy()
    row = int(np.flatnonzero(grouped["y"].isna())[0])
    fewer.loc[row, "y"] = grouped.loc[row, "truth"]
    fewer.loc[row, ["lower", "upper"]] = np.nan
    smaller = mixed.fit("y ~ 1", fewer, **options)
    with pytest.raises(UndefinedError, match="different rows known by bounds"):
        mixed.compare(smaller, fit)
    plain = mixed.fit("truth ~ 1", grouped, v="v", residual=True, method="ML")
    with pytest.raises(UndefinedError, match="different rows known by bounds"):
        mixed.compare(plain, fit)
    same = mixed.fit("y ~ 1", grouped, **options)
    result = mixed.compare(same, fit)
    assert result.statistic == pytest.approx(2 * (fit.llf - same.llf))
    assert result.df == 1


def test_wrong_bounds_get_one_clear_error(grouped):
    options = {"v": "v", "residual": True}

    def fit(data, **more):
        return mixed.fit(ONE_INTERCEPT, data, **options, **more)

    bare = grouped.copy()
    bare.loc[1, ["y", "lower", "upper"]] = np.nan
    with pytest.raises(DataError, match="bounds: row 1 has no response and no limit"):
        fit(bare, lower="lower", upper="upper")
    bare.loc[4, ["y", "lower", "upper"]] = np.nan
    with pytest.raises(DataError, match=r"bounds: 2 rows \(1, 4\) have no response and no limit"):
        fit(bare, lower="lower", upper="upper")
    wrong = grouped.copy()
    wrong.loc[3, ["lower", "upper"]] = 2.0, 1.0
    with pytest.raises(DataError, match="bounds: row 3 has a lower limit above the upper"):
        fit(wrong, lower="lower", upper="upper")
    both = grouped.copy()
    both.loc[0, ["lower", "upper"]] = 7.0
    with pytest.raises(DataError, match="row 0 has equal limits that differ from the"):
        fit(both, lower="lower", upper="upper")
    endless = grouped.copy()
    endless.loc[0, ["lower", "upper"]] = -INF, INF
    with pytest.raises(DataError, match="bounds: row 0 has no finite limit"):
        fit(endless, lower="lower", upper="upper")
    with pytest.raises(FormulaError, match="upper limits: the data have no column 'uper'; did you"):
        fit(grouped, lower="lower", upper="uper")
    with pytest.raises(DataError, match=r"lower limits have shape \(3,\)"):
        fit(grouped, lower=np.zeros(3))
    with pytest.raises(DataError, match="upper limits must be numbers"):
        fit(grouped.assign(upper="<3"), upper="upper")
    with pytest.raises(FormulaError, match="response: the data have no column 'z'"):
        mixed.fit("z ~ 1 + (1 | g)", grouped, lower="lower", upper="upper", **options)


def test_coefficients_that_rest_on_bounds_alone(grouped):
    """REML needs exact rows for every coefficient; ML needs limits on both sides."""
    data = grouped.assign(odd=0.0)
    rows = np.flatnonzero(data["y"].isna())[:3]
    data.loc[rows, "odd"] = 1.0
    data.loc[rows, ["lower", "upper"]] = np.nan, 1.0
    formula = "y ~ 1 + odd + (1 | g)"
    options = {"v": "v", "residual": True, "lower": "lower", "upper": "upper"}
    with pytest.raises(IdentifiabilityError, match="exact rows do not identify 'odd'"):
        mixed.fit(formula, data, **options)
    with pytest.raises(IdentifiabilityError, match="no finite estimate of 'odd'"):
        mixed.fit(formula, data, method="ML", **options)
    data.loc[rows[0], ["lower", "upper"]] = 0.5, np.nan
    fit = mixed.fit(formula, data, method="ML", **options)
    assert fit.outcome == "converged"
    assert -1 < fit.params["odd"] < 1.5


def test_bounds_alone_can_be_fitted_by_ml(rng):
    """Grouped data without one exact row: intervals of width 0.5 around 150 values."""
    g = np.repeat(np.arange(30), 5)
    y = 1 + 0.5 * rng.normal(size=30)[g] + 0.5 * rng.normal(size=150)
    low = np.floor(y * 2) / 2
    data = pd.DataFrame({"y": np.nan, "g": g, "truth": y, "lower": low, "upper": low + 0.5})
    fit = mixed.fit(ONE_INTERCEPT, data, method="ML", lower="lower", upper="upper")
    plain = mixed.fit("truth ~ 1 + (1 | g)", data, method="ML")
    assert fit.bounds["exact"] == 0
    np.testing.assert_allclose(fit.params, plain.params, atol=0.05)
    np.testing.assert_allclose(fit.sigma2, plain.sigma2, rtol=0.25)


def test_settling_lowers_the_error_and_keeps_the_value(crossed, rng):
    data, V = crossed
    data = censor(data, range(0, 60, 3), ("left", "right"), rng)
    frame = build_frame(CROSSED, data, V=V, lower="lower", upper="upper")
    theta = np.array([0.05, 0.1, 0.2])
    likelihood = CensoredLikelihood(frame, True, np.random.default_rng(1), 512)
    before = likelihood.evaluate(theta)
    likelihood.settle(starting_values(likelihood))
    after = likelihood.evaluate(theta)
    assert after.llf_error < before.llf_error / 2
    assert after.llf == pytest.approx(before.llf, abs=4 * before.llf_error)


def test_stated_error_holds_where_levels_are_all_bounds_on_one_side():
    """Half of the groups are 15 rows below limits; the exact value comes by quadrature.

    The ratio of root mean squares over 40 seeds has a standard error of .11.
    """
    rng = np.random.default_rng(3)
    g = np.repeat(np.arange(8), 15)
    y = 0.5 + 0.6 * rng.normal(size=8)[g] + 0.4 * rng.normal(size=g.size)
    data = pd.DataFrame({"y": y, "g": g, "v": 0.01, "lower": np.nan, "upper": np.nan})
    data.loc[g < 4, "upper"] = 0.5 + 0.2 * rng.normal(size=60)
    data.loc[g < 4, "y"] = np.nan
    options = {"v": "v", "lower": "lower", "upper": "upper", "residual": True}
    frame = build_frame(ONE_INTERCEPT, data, **options)
    theta = np.array([0.36, 0.16])
    exact = integrated_llf(data, *theta)
    differences, errors = [], []
    for seed in range(40):
        likelihood = CensoredLikelihood(frame, True, np.random.default_rng(seed), 16)
        likelihood.settle(theta)
        found = likelihood.evaluate(theta, derivatives=False)
        errors.append(found.llf_error)
        differences.append(float(found.llf) - exact)
    assert 0.002 < np.median(errors) < 0.05
    ratio = np.sqrt(np.mean(np.square(differences)) / np.mean(np.square(errors)))
    assert ratio == pytest.approx(1, abs=0.3)


def test_an_error_that_points_cannot_lower_is_a_warning(grouped, monkeypatch):
    few = grouped.iloc[:22]
    options = {"v": "v", "residual": True, "lower": "lower", "upper": "upper"}
    monkeypatch.setattr("metastudy.mixed.optimise.censored_maximum.LARGEST_ERROR", 1e-9)
    monkeypatch.setattr("metastudy.mixed.results.censored_fit.LARGEST_ERROR", 1e-9)
    monkeypatch.setattr("metastudy.mixed.optimise.censored_maximum.MOST_POINTS", 1024)
    assert mixed.fit(ONE_INTERCEPT, few, **options).likelihood.n_points == 1024
    monkeypatch.setattr("metastudy.mixed.optimise.censored_maximum.MOST_POINTS", 128)
    fit = mixed.fit(ONE_INTERCEPT, few, **options)
    warning = next(w for w in fit.warnings if w.name == "simulation error")
    joined = int(few["y"].isna().sum())
    assert f"{joined} censored rows are joined in one probability" in warning.text
    assert "simulation error:" in str(fit.summary())


def test_more_points_move_a_simulated_likelihood_within_its_stated_error() -> None:
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"g": np.repeat(np.arange(4), 12), "y": rng.normal(size=48)})
    data["h"] = np.arange(48) // 2
    data["upper"] = np.where(data["y"] < 0, 0.1, np.nan)
    data["y"] = data["y"].mask(data["y"] < 0)
    few, many = (
        mixed.fit("y ~ 1 + (1 | g/h)", data, upper="upper", method="ML", points=points)
        for points in (64, 2048)
    )
    assert few.llf == pytest.approx(many.llf, abs=4 * few.llf_error + 1e-9)
    assert 0 < many.llf_error < few.llf_error


@pytest.mark.parametrize("points", [0, 1, 100, -64, 64.0, "64", True])
def test_points_are_a_power_of_two(points: object) -> None:
    data = pd.DataFrame(
        {"g": [1, 1, 2, 2], "y": [1.0, 2.0, 3.0, np.nan], "upper": [np.nan] * 3 + [2.0]}
    )
    with pytest.raises(UndefinedError, match=f"points = {points!r}: give a power of two"):
        mixed.fit("y ~ 1 + (1 | g)", data, upper="upper", points=points)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_deletion_is_the_fit_to_the_other_rows_with_their_bounds(method, grouped):
    options = {"v": "v", "lower": "lower", "upper": "upper", "residual": True, "method": method}
    fit = mixed.fit(ONE_INTERCEPT, grouped, **options)
    out = fit.diagnostics.deletion("g")
    other = mixed.fit(ONE_INTERCEPT, grouped[grouped["g"] != 4], **options)
    assert out.params.loc[4, "Intercept"] == pytest.approx(other.params["Intercept"], rel=1e-6)
    np.testing.assert_allclose(out.theta.loc[4], other.sigma2, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(out.bse.loc[4], other.bse, rtol=1e-6)
    shift = fit.params["Intercept"] - out.params.loc[4, "Intercept"]
    assert out.cooks[4] == pytest.approx(shift**2 / fit.bse["Intercept"] ** 2)
    ratio = (out.bse.loc[4, "Intercept"] / fit.bse["Intercept"]) ** 2
    assert out.cov_ratio[4] == pytest.approx(ratio)
    assert out.rows[4] == 5
    assert set(out.outcome) == {"converged"}


def test_deletion_without_a_bound_is_that_of_plain_rows(grouped):
    data = grouped.assign(y=grouped["truth"], lower=np.nan, upper=np.nan)
    plain = mixed.fit(ONE_INTERCEPT, data, v="v", residual=True).diagnostics.deletion("g")
    bounded = mixed.fit(ONE_INTERCEPT, data, v="v", residual=True, lower="lower", upper="upper")
    table = bounded.diagnostics.deletion("g").to_frame()
    np.testing.assert_allclose(
        table.drop(columns="outcome").astype(float),
        plain.to_frame()[table.columns].drop(columns="outcome").astype(float),
        rtol=1e-5,
        atol=1e-9,
    )


def test_a_unit_with_the_only_exact_rows_of_a_coefficient_gets_its_reason(grouped):
    data = grouped.assign(odd=1.0 * grouped["g"].isin([1, 2]))
    only = data.index[(data["odd"] == 1) & (data["g"] == 1)]
    data.loc[data["g"] == 2, ["y", "lower"]] = np.nan
    data.loc[data["g"] == 2, "upper"] = 2.0
    data.loc[only, "y"] = data.loc[only, "truth"]
    data.loc[only, ["lower", "upper"]] = np.nan
    fit = mixed.fit("y ~ odd + (1 | g)", data, v="v", residual=True, lower="lower", upper="upper")
    out = fit.diagnostics.deletion("g")
    assert "do not identify 'odd'" in out.outcome[1]
    assert np.isnan(out.cooks[1])
    assert np.isfinite(out.cooks[0])


def test_what_needs_a_number_in_every_row_does_not_exist(grouped):
    """A name that exists for plain rows ends in the engine's own message."""
    options = {"v": "v", "residual": True}
    plain = mixed.fit(ONE_INTERCEPT, grouped.assign(y=grouped["truth"]), **options)
    fit = mixed.fit(ONE_INTERCEPT, grouped, lower="lower", upper="upper", **options)
    missing = {}
    for full, part in (
        (plain, fit),
        (plain.components, fit.components),
        (plain.diagnostics, fit.diagnostics),
    ):
        names = {name for name in dir(type(full)) if not name.startswith("_")}
        missing[type(part).__name__] = {name for name in names if not hasattr(part, name)}
        for name in missing[type(part).__name__]:
            match = f"^{name} is not defined for a fit with bounds or alternatives: it needs every"
            with pytest.raises(UndefinedError, match=match):
                getattr(part, name)
    assert missing["CensoredFit"] == {
        "resid",
        "fittedvalues",
        "ranef",
        "robust",
        "simulate",
        "plot",
    }
    assert {"bootstrap", "r_squared", "q_profile", "i2"} <= missing["PartialComponents"]
    assert "deletion" not in missing["CensoredDiagnostics"]
    assert "hat_values" in missing["CensoredDiagnostics"]
    with pytest.raises(AttributeError, match="'CensoredFit' object has no attribute 'residual'"):
        fit.residual  # noqa: B018


def test_reml_warns_when_it_joins_more_bounds_than_were_tried(grouped, monkeypatch):
    """Four in ten of 44 rows; ML joins those of one group, at most two of its five rows."""
    options = {"v": "v", "lower": "lower", "upper": "upper", "residual": True}
    fit = mixed.fit(ONE_INTERCEPT, grouped, **options)
    assert not any(w.name == "many bounds joined" for w in fit.warnings)
    joined = int(grouped["y"].isna().sum())
    largest = int(grouped["y"].isna().groupby(grouped["g"]).sum().max())
    monkeypatch.setattr("metastudy.mixed.results.censored_fit.MOST_JOINED", joined - 1)
    fit = mixed.fit(ONE_INTERCEPT, grouped, **options)
    text = (
        f"many bounds joined: {joined} censored rows are joined in one probability; method='ML' "
        f"joins at most {largest}; beyond {joined - 1} the stated error of simulation was not"
    )
    assert text in str(fit.summary())
    by_ml = mixed.fit(ONE_INTERCEPT, grouped, method="ML", **options)
    assert not any(w.name == "many bounds joined" for w in by_ml.warnings)


def test_a_search_that_starts_from_a_part_ends_at_the_same_maximum(rng, monkeypatch):
    """240 rows in 60 works, a third of them bounds; a quarter of the works gives the start."""
    work = np.arange(240) // 4
    y = 0.5 * rng.normal(size=60)[work] + 0.4 * rng.normal(size=240)
    data = pd.DataFrame({"y": y, "work": work, "lower": np.nan, "upper": np.nan})
    data = censor(data.assign(truth=y), range(0, 240, 3), ("left", "right", "interval"), rng)
    options = {"residual": True, "lower": "lower", "upper": "upper"}
    whole = mixed.fit("y ~ 1 + (1 | work)", data, **options)
    parts = []
    near = censored_maximum._near_by_part

    def seen(*given):
        parts.append(near(*given))
        return parts[-1]

    monkeypatch.setattr(censored_maximum, "_near_by_part", seen)
    monkeypatch.setattr(censored_maximum, "LARGE", 40)
    found = mixed.fit("y ~ 1 + (1 | work)", data, **options)
    assert len(parts) == 1
    assert (np.abs(np.log(parts[0] / whole.sigma2)) < 1.5).all()
    assert found.outcome == "converged"
    np.testing.assert_allclose(found.sigma2, whole.sigma2, rtol=5e-3)
    assert found.llf == pytest.approx(whole.llf, abs=4 * (whole.llf_error + found.llf_error))
