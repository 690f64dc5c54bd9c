"""Units with two alternatives against enumeration with dense densities, limits, and refusals."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed
from metastudy.mixed.errors import DataError, FormulaError, UndefinedError
from metastudy.mixed.likelihoods.censored import CensoredLikelihood
from metastudy.mixed.likelihoods.gaussian import build_likelihood
from metastudy.mixed.likelihoods.mixture import MixtureLikelihood
from metastudy.mixed.model.frame import build_frame
from metastudy.mixed.results.mixture_fit import settle_alternatives

SHIFT = np.log10(2)
FORMULA = "y ~ 1 + x + (1 | work/row) + (1 | system)"
NESTED = "y ~ 1 + (1 | work)"
COLUMNS = {"unit": "design", "shift": "shift", "probability": "p"}


@pytest.fixture
def rows(rng):
    """48 rows in 16 works and 6 systems; works 0 to 5 have an unknown count of interfaces."""
    work = np.repeat(np.arange(16), 3)
    system = rng.integers(0, 6, 48)
    y = 1 + 0.5 * rng.normal(size=6)[system] + 0.25 * rng.normal(size=16)[work]
    y += 0.2 * rng.normal(size=48)
    hidden = rng.random(6) < 0.5
    unknown = work < 6
    y[unknown] += 3 * SHIFT * hidden[work[unknown]]
    data = pd.DataFrame({"y": y, "work": work, "system": system, "row": range(48)})
    data["x"] = rng.normal(size=48)
    data["design"] = pd.Series(work).where(unknown)
    data["shift"] = np.where(unknown, 3 * SHIFT, np.nan)
    data.loc[1, "shift"] = 2 * SHIFT
    data["p"] = np.where(unknown, 0.5, np.nan)
    data.loc[data["design"] == 2, "p"] = 0.2
    data["v"] = 0.01
    return data


def shifts_of(data):
    """A (n, K) and p (K,), row by row."""
    units = list(pd.unique(data["design"].dropna()))
    A = np.zeros((len(data), len(units)))
    p = np.zeros(len(units))
    for i, row in data.iterrows():
        if not np.isnan(row["design"]):
            A[i, units.index(row["design"])] = row["shift"]
            p[units.index(row["design"])] = row["p"]
    return A, p


def marginal(data, theta):
    work, system = data["work"].to_numpy(), data["system"].to_numpy()
    theta = np.asarray(theta)
    M = (0.01 + theta[1]) * np.eye(len(data)) + theta[0] * np.equal.outer(work, work)
    return M + theta[2] * np.equal.outer(system, system)


def combinations(p):
    for s in product((0, 1), repeat=p.size):
        s = np.array(s)
        yield s, np.prod(np.where(s, p, 1 - p))


def test_ml_sums_all_combinations(rows):
    fit = mixed.fit(FORMULA, rows, v="v", method="ML", alternatives=COLUMNS)
    A, p = shifts_of(rows)
    M, X = marginal(rows, fit.sigma2), np.column_stack([np.ones(48), rows["x"]])

    def llf(b):
        law = stats.multivariate_normal(X @ b, M)
        return np.log(sum(w * law.pdf(rows["y"] - A @ s) for s, w in combinations(p)))

    b = fit.params.to_numpy()
    assert fit.outcome == "converged"
    assert fit.llf == pytest.approx(llf(b), abs=1e-8)
    h = 1e-3
    for step in h * np.eye(2):
        assert llf(b + step) < fit.llf
        assert llf(b - step) < fit.llf
    bends = [[0.0] * 2 for _ in range(2)]
    for i, j in product(range(2), repeat=2):
        a, c = h * np.eye(2)[i], h * np.eye(2)[j]
        bends[i][j] = llf(b + a + c) - llf(b + a - c) - llf(b - a + c) + llf(b - a - c)
    covariance = np.linalg.inv(-np.array(bends) / (4 * h**2))
    np.testing.assert_allclose(fit.bse, np.sqrt(np.diag(covariance)), rtol=1e-4)


def test_reml_sums_the_restricted_likelihoods(rows):
    """Each combination is an ordinary REML likelihood of shifted rows."""
    fit = mixed.fit(FORMULA, rows, v="v", alternatives=COLUMNS)
    A, p = shifts_of(rows)
    plain = build_likelihood(build_frame(FORMULA, rows, v="v"), True)
    y = rows["y"].to_numpy()
    theta = fit.sigma2.to_numpy()
    parts = [
        (s, np.log(w), plain.with_response(y - A @ s).evaluate(theta)) for s, w in combinations(p)
    ]
    logs = np.array([log + float(e.llf) for _, log, e in parts])
    weights = np.exp(logs - logs.max())
    assert fit.llf == pytest.approx(logs.max() + np.log(weights.sum()), abs=1e-8)
    weights /= weights.sum()
    posterior = sum(w * s for w, (s, _, _) in zip(weights, parts, strict=True))
    np.testing.assert_allclose(fit.alternatives["posterior"], posterior, atol=1e-8)
    coefficients = np.array([np.linalg.solve(plain.R, e.beta) for _, _, e in parts])
    np.testing.assert_allclose(fit.params, weights @ coefficients, atol=1e-8)
    within = np.linalg.inv(plain.R) @ parts[0][2].cov @ np.linalg.inv(plain.R).T
    between = np.cov(coefficients.T, aweights=weights, ddof=0)
    np.testing.assert_allclose(fit.cov_params(), within + between, atol=1e-8)


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_score_is_the_derivative(method, rows):
    frame = build_frame(FORMULA, rows, v="v", alternatives=COLUMNS)
    reml = method == "REML"
    likelihood = MixtureLikelihood(settle_alternatives(frame, reml), reml)
    theta, h = np.array([0.05, 0.04, 0.2]), 1e-5
    score = likelihood.evaluate(theta).score
    for j in range(3):
        step = h * np.eye(3)[j]
        sides = [likelihood.evaluate(theta + s * step, derivatives=False).llf for s in (1, -1)]
        assert score[j] == pytest.approx((sides[0] - sides[1]) / (2 * h), abs=1e-5)


@pytest.mark.parametrize("method", ["ML", "REML"])
@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_certain_alternatives_are_plain_rows(method, certain, rows):
    rows["p"] = certain
    fit = mixed.fit(FORMULA, rows, v="v", method=method, alternatives=COLUMNS)
    A, _ = shifts_of(rows)
    known = rows.assign(y=rows["y"] - certain * A.sum(axis=1))
    plain = mixed.fit(FORMULA, known, v="v", method=method)
    assert fit.llf == pytest.approx(plain.llf, abs=1e-8)
    np.testing.assert_allclose(fit.sigma2, plain.sigma2, atol=1e-8)
    np.testing.assert_allclose(fit.components.conf_int(), plain.components.conf_int(), atol=1e-7)
    np.testing.assert_allclose(fit.bse, plain.bse, rtol=1e-8)


def test_components_sum_on_their_own(rows):
    """ML of nested works: 12 unknown works are twelve sums of two, not one of 4,096."""
    rows["design"] = rows["work"].where(rows["work"] < 12)
    rows["shift"], rows["p"] = SHIFT, 0.5
    fit = mixed.fit(NESTED, rows, v="v", residual=True, method="ML", alternatives=COLUMNS)
    assert (fit.alternatives["treatment"] == "enumerated").all()
    total = 0.0
    for _, part in rows.groupby("work"):
        M = fit.sigma2["work"] + (fit.sigma2["residual"] + 0.01) * np.eye(3)
        law = stats.multivariate_normal(np.full(3, fit.params["Intercept"]), M)
        y, known = part["y"], part["design"].isna().any()
        total += np.log(law.pdf(y) if known else (law.pdf(y) + law.pdf(y - SHIFT)) / 2)
    assert fit.llf == pytest.approx(total, abs=1e-8)


def test_more_than_ten_units_enter_by_their_moments(rows):
    rows["design"] = rows["work"].where(rows["work"] < 12)
    rows["shift"], rows["p"] = SHIFT, 0.25
    fit = mixed.fit(FORMULA, rows, v="v", alternatives=COLUMNS)
    work = rows["work"].to_numpy()
    unknown = work < 12
    V = 0.01 * np.eye(48) + np.equal.outer(work, work) * unknown * (SHIFT**2 * 0.25 * 0.75)
    plain = mixed.fit(FORMULA, rows.assign(y=rows["y"] - 0.25 * SHIFT * unknown), V=V)
    assert fit.llf == pytest.approx(plain.llf, abs=1e-8)
    np.testing.assert_allclose(fit.sigma2, plain.sigma2, atol=1e-8)
    assert (fit.alternatives["treatment"] == "moments").all()
    assert plain.alternatives is None
    assert "12 units with two alternatives: 0 summed exactly, 12 by mean and covariance" in str(
        fit.summary()
    )


@pytest.mark.parametrize("method", ["ML", "REML"])
def test_bounds_take_both_alternatives(method, rows):
    """Each combination has the rows' density times scipy's probability of its shifted bounds."""
    rows["lower"], rows["upper"] = np.nan, np.nan
    rows.loc[[0, 4, 40], ["y", "upper"]] = np.nan, 2.0
    rows.loc[7, ["y", "lower"]] = np.nan, 1.0
    frame = build_frame(FORMULA, rows, v="v", lower="lower", upper="upper", alternatives=COLUMNS)
    reml = method == "REML"
    likelihood = CensoredLikelihood(
        settle_alternatives(frame, reml), reml, np.random.default_rng(0), 1024
    )
    theta = np.array([0.06, 0.04, 0.2])
    likelihood.settle(theta)
    found = likelihood.evaluate(theta)
    M, X = marginal(rows, theta), np.column_stack([np.ones(48), rows["x"]])
    A, p = shifts_of(rows)
    C, E = np.array([0, 4, 7, 40]), np.setdiff1d(np.arange(48), [0, 4, 7, 40])
    inverse = np.linalg.inv(M[np.ix_(E, E)])
    B = M[np.ix_(C, E)] @ inverse
    D, S = X[C] - B @ X[E], M[np.ix_(C, C)] - B @ M[np.ix_(E, C)]
    F = np.linalg.inv(X[E].T @ inverse @ X[E])
    low = rows["lower"].fillna(-np.inf).to_numpy()[C]
    high = rows["upper"].fillna(np.inf).to_numpy()[C]

    def one(s, b):
        y, shift = rows["y"].to_numpy()[E] - A[E] @ s, A[C] @ s
        if reml:
            b = F @ X[E].T @ inverse @ y
        density = stats.multivariate_normal(X[E] @ b, M[np.ix_(E, E)]).logpdf(y)
        mean = X[C] @ b + B @ (y - X[E] @ b)
        law = stats.multivariate_normal(
            mean, S + D @ F @ D.T if reml else S, maxpts=1_000_000, abseps=1e-8, seed=1
        )
        return density + np.log(law.cdf(high - shift, lower_limit=low - shift))

    b = np.linalg.solve(likelihood.R, found.beta)
    logs = np.array([np.log(w) + one(s, b) for s, w in combinations(p)])
    expected = logs.max() + np.log(np.exp(logs - logs.max()).sum())
    if reml:
        expected += 0.5 * np.linalg.slogdet(2 * np.pi * F)[1]
        expected += 0.5 * np.linalg.slogdet(X.T @ X)[1]
    assert found.llf == pytest.approx(expected, abs=max(4 * found.llf_error, 2e-4))
    weights = np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum()
    posterior = sum(w * s for w, (s, _) in zip(weights, combinations(p), strict=True))
    np.testing.assert_allclose(found.posterior, posterior, atol=5e-3)


@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_a_certain_alternative_shifts_the_limits(certain, rows):
    rows["p"], rows["upper"] = certain, np.nan
    rows.loc[[0, 4, 40], ["y", "upper"]] = np.nan, 2.0
    fit = mixed.fit(FORMULA, rows, v="v", upper="upper", alternatives=COLUMNS)
    shift = certain * shifts_of(rows)[0].sum(axis=1)
    known = rows.assign(y=rows["y"] - shift, upper=rows["upper"] - shift)
    plain = mixed.fit(FORMULA, known, v="v", upper="upper")
    assert fit.llf == pytest.approx(plain.llf, abs=1e-8)
    np.testing.assert_allclose(fit.sigma2, plain.sigma2, atol=1e-7)


def test_score_of_bounds_with_alternatives_is_the_derivative(rows):
    rows["upper"] = np.nan
    rows.loc[[0, 4, 9, 20, 33, 40], ["y", "upper"]] = np.nan, 1.5
    frame = build_frame(FORMULA, rows, v="v", upper="upper", alternatives=COLUMNS)
    for reml in (False, True):
        likelihood = CensoredLikelihood(
            settle_alternatives(frame, reml), reml, np.random.default_rng(0), 64
        )
        theta, h = np.array([0.05, 0.04, 0.2]), 1e-5
        likelihood.settle(theta)
        score = likelihood.evaluate(theta).score
        for j in range(3):
            step = h * np.eye(3)[j]
            sides = [likelihood.evaluate(theta + x * step, derivatives=False) for x in (1, -1)]
            slope = (sides[0].llf - sides[1].llf) / (2 * h)
            assert score[j] == pytest.approx(slope, rel=1e-6, abs=1e-5)


def test_the_report_of_units_beside_bounds(rows):
    rows["upper"] = np.nan
    rows.loc[[0, 40], ["y", "upper"]] = np.nan, 2.0
    fit = mixed.fit(FORMULA, rows, v="v", upper="upper", alternatives=COLUMNS)
    assert "6 units with two alternatives: 6 summed exactly" in str(fit.summary())
    assert fit.alternatives["posterior"].between(0, 1).all()


def test_the_summary_counts_how_units_entered(rows):
    fit = mixed.fit(FORMULA, rows, v="v", alternatives=COLUMNS)
    assert "6 units with two alternatives: 6 summed exactly, 0 by mean" in str(fit.summary())
    table = fit.alternatives
    assert list(table["rows"]) == [3] * 6
    assert table.loc[2, "probability"] == 0.2
    for name in ("robust", "diagnostics", "resid"):
        assert not hasattr(fit, name)
        with pytest.raises(UndefinedError, match=f"^{name} is not defined for a fit with bounds"):
            getattr(fit, name)
    with pytest.raises(UndefinedError, match="takes its rows as they are"):
        fit.likelihood.with_response(rows["y"].to_numpy())


def test_likelihoods_with_other_alternatives_do_not_compare(rows):
    with_units = mixed.fit(FORMULA, rows, v="v", method="ML", alternatives=COLUMNS)
    without = mixed.fit("y ~ 1 + x + (1 | work/row)", rows, v="v", method="ML")
    with pytest.raises(UndefinedError, match="different alternatives"):
        mixed.compare(without, with_units)


def test_wrong_alternatives_get_one_clear_error(rows):
    def fit(data, columns=COLUMNS):
        return mixed.fit(FORMULA, data, v="v", alternatives=columns)

    with pytest.raises(FormulaError, match="give one column for each of unit, shift, probability"):
        fit(rows, {"unit": "design"})
    with pytest.raises(FormulaError, match="alternatives, shift: the data have no column 'shft'"):
        fit(rows, {**COLUMNS, "shift": "shft"})
    with pytest.raises(DataError, match=r"probability of row 3 is 1.5; it lies between 0 and 1"):
        fit(rows.assign(p=rows["p"].where(rows.index != 3, 1.5)))
    with pytest.raises(DataError, match="has more than one probability"):
        fit(rows.assign(p=rows["p"].where(rows.index != 4, 0.3)))
    with pytest.raises(DataError, match="shift of row 5 is nan; every row with a unit needs"):
        fit(rows.assign(shift=rows["shift"].where(rows.index != 5)))
    with pytest.raises(UndefinedError, match="method 'PM' is not defined with bounds or altern"):
        mixed.fit("y ~ 1 + (1 | row)", rows, v="v", method="PM", alternatives=COLUMNS)
