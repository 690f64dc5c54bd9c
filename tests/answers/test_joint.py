"""The joint model of levels and contrasts, against a dense computation from its exported rows."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm
from scipy.stats import t as student

from metastudy import mixed
from metastudy.answers.joint import BETWEEN, PREPARATION
from metastudy.answers.share_posterior import SharePosterior, share_posterior
from metastudy.answers.yardsticks import scatter
from metastudy.pages.sections.yardsticks import write_rows

# Standard deviations (dex) of family, between and preparation.
POINTS = [(0.8, 0.4, 0.4), (0.3, 0.1, 0.9), (1.5, 0.7, 0.2)]


@pytest.fixture(scope="module")
def written(frozen, tmp_path_factory):
    out = tmp_path_factory.mktemp("rows")
    answer = scatter(frozen)
    write_rows(answer, out)
    return answer, out


def membership(rows, names):
    """Incidence of levels, +1 for the first name and -1 for the second."""
    words = sorted({w for name in names for w in rows[name].dropna()})
    Z = np.zeros((len(rows), len(words)))
    for sign, name in zip((1.0, -1.0), names, strict=False):
        for i, word in rows[name].dropna().items():
            Z[i, words.index(word)] += sign
    return Z


def dense_llf(rows, V, family, between, preparation):
    """Log-likelihood with every unknown count summed over both alternatives."""
    level = rows["level"].to_numpy()
    covariance = V.copy()
    for sd, names in ((family, ["family"]), (between, ["between"])):
        Z = membership(rows, names) * level[:, None]
        covariance += sd**2 * Z @ Z.T
    Z = membership(rows, ["treated", "reference"])
    covariance += preparation**2 * Z @ Z.T
    units = rows["count_unit"].dropna().unique()
    values = []
    for covers_all in product((0.0, 1.0), repeat=len(units)):
        factor = rows["count_unit"].map(dict(zip(units, covers_all, strict=True))).fillna(0.0)
        values.append(integrated(rows, covariance, (factor * rows["count_shift"]).to_numpy()))
    return np.logaddexp.reduce(values) - len(units) * np.log(2)


def integrated(rows, covariance, shift):
    """Log of the integral, over a flat mean of the levels, of density times probability.

    The measure of the mean is that of the column scaled to length one, as in restricted
    likelihood.
    """
    level = rows["level"].to_numpy()
    exact = rows["y"].notna().to_numpy()
    lower = (rows["lower"].fillna(-np.inf).to_numpy() - shift)[~exact]
    upper = (rows["upper"].fillna(np.inf).to_numpy() - shift)[~exact]
    A = np.linalg.inv(covariance[np.ix_(exact, exact)])
    B = covariance[np.ix_(~exact, exact)] @ A
    rest = covariance[np.ix_(~exact, ~exact)] - B @ covariance[np.ix_(exact, ~exact)]
    y, x = (rows["y"].to_numpy() - shift)[exact], level[exact]
    centre, width = (x @ A @ y) / (x @ A @ x), (x @ A @ x) ** -0.5
    nodes = centre + width * np.linspace(-7, 7, 29)
    values = np.empty(nodes.size)
    for k, mu in enumerate(nodes):
        mean = mu * level[~exact] + B @ (y - mu * x)
        density = multivariate_normal.logpdf(y, mu * x, covariance[np.ix_(exact, exact)])
        inside = multivariate_normal.cdf(
            upper - mean, cov=rest, lower_limit=lower - mean, maxpts=20_000, rng=1
        )
        values[k] = density + np.log(max(inside, 1e-300))
    step = (nodes[1] - nodes[0]) * np.sqrt(level @ level)
    return values.max() + np.log(np.exp(values - values.max()).sum() * step)


@pytest.mark.parametrize("sd", POINTS)
def test_the_likelihood_is_that_of_the_exported_rows(written, sd):
    answer, out = written
    rows = pd.read_csv(out / "joint_rows.csv")
    V = pd.read_csv(out / "joint_V.csv").to_numpy()
    dense = dense_llf(rows, V, *sd)
    by_name = dict(zip(("family[level]", BETWEEN, PREPARATION), sd, strict=True))
    theta = np.array([by_name[name] ** 2 for name in answer.joint.fit.sigma2.index])
    found = answer.joint.fit.likelihood.evaluate(theta, derivatives=False)
    assert found.llf == pytest.approx(dense, abs=0.02)


def test_a_reference_shares_its_error_with_its_contrasts(written):
    answer, _ = written
    rows, V = answer.joint.rows, answer.joint.V
    contrasts = rows[rows["level"] == 0]
    reference = contrasts["reference_arm"].value_counts().index[0]
    first, second = contrasts.index[contrasts["reference_arm"] == reference][:2]
    arm = (0.15 / np.log(10)) ** 2
    assert V[first, first] == pytest.approx(2 * arm)
    assert V[first, second] == pytest.approx(arm)
    levels = rows.index[(rows["level"] == 1) & (rows["arm"] == reference)]
    assert V[first, levels] == pytest.approx(-arm if len(levels) == 1 else 0.0)


def test_the_profile_of_the_share_has_both_ends(written):
    answer, _ = written
    low, high = answer.joint.share
    sigma2 = answer.joint.fit.sigma2
    share = sigma2[PREPARATION] / (sigma2[PREPARATION] + sigma2[BETWEEN])
    assert 0 <= low < share <= high <= 1


def test_without_contrasts_nothing_is_said_of_the_share(frozen):
    answer = scatter(frozen, interface_class="SE/SE")
    assert answer.joint.share is None
    assert "too few" in answer.joint.share_text()
    assert answer.joint.posterior is None


def simulated_fit(between, within, rng, works=12, rows=3):
    """Exact rows of works, fitted by restricted likelihood."""
    data = pd.DataFrame({"work": np.repeat(np.arange(works), rows).astype(str), "v": 0.01})
    data["y"] = (
        np.repeat(rng.normal(0, between, works), rows)
        + rng.normal(0, within, works * rows)
        + rng.normal(0, 0.1, works * rows)
    )
    return data, mixed.fit("y ~ 1 + (1 | work)", data, v="v", residual=True)


def test_the_posterior_of_a_share_is_that_of_a_finer_dense_grid():
    data, fit = simulated_fit(0.4, 0.3, np.random.default_rng(11))
    found = share_posterior(fit, part="residual", other="work").table
    same = data["work"].to_numpy()[:, None] == data["work"].to_numpy()
    X, y, n = np.ones(len(data)), data["y"].to_numpy(), len(data)
    sds = np.exp(np.linspace(np.log(0.005), np.log(6.0), 160))
    share, values = [], []
    for between in sds:
        for within in sds:
            V = between**2 * same + (within**2 + 0.01) * np.eye(n)
            solved = np.linalg.solve(V, np.column_stack([X, y]))
            information = X @ solved[:, 0]
            residual = y @ solved[:, 1] - (X @ solved[:, 1]) ** 2 / information
            llf = -0.5 * (np.linalg.slogdet(V)[1] + np.log(information) + residual)
            prior = student.logpdf([between / 0.5, within / 0.5], 4).sum()
            share.append(within**2 / (within**2 + between**2))
            values.append(llf + prior + np.log(between * within))
    order = np.argsort(share)
    weights = np.exp(np.array(values) - max(values))[order]
    below = np.cumsum(weights) / weights.sum()
    expected = np.interp([0.5, 0.025, 0.975], below, np.array(share)[order])
    row = found.set_index("scale").loc[0.5, ["median", "lower", "upper"]]
    assert row.to_numpy(float) == pytest.approx(expected, abs=0.02)


def test_a_point_needs_priors_that_agree():
    agreed = SharePosterior(pd.DataFrame({"scale": [1, 2, 3], "median": [0.44, 0.40, 0.36]}))
    assert agreed.point == pytest.approx(0.40)
    apart = SharePosterior(pd.DataFrame({"scale": [1, 2, 3], "median": [0.81, 0.58, 0.41]}))
    assert apart.point is None


def test_preparation_is_that_of_a_dense_likelihood_from_the_exported_contrasts(written):
    answer, out = written
    rows = pd.read_csv(out / "contrasts.csv")
    V = pd.read_csv(out / "contrasts_V.csv").to_numpy()
    contact = rows["system"]
    named = rows.assign(treated=rows["treated"] + contact, reference=rows["reference"] + contact)
    Z = membership(named, ["treated", "reference"])
    exact = (rows["lo"] == rows["hi"]).to_numpy()
    sds = np.linspace(0.1, 1.2, 441)
    values = []
    for sd in sds:
        M = V + sd**2 * Z @ Z.T
        y = rows["lo"].to_numpy()[exact]
        B = M[np.ix_(~exact, exact)] @ np.linalg.inv(M[np.ix_(exact, exact)])
        rest = np.diag(M[np.ix_(~exact, ~exact)] - B @ M[np.ix_(exact, ~exact)])
        mean = B @ y
        upper = rows["hi"].fillna(np.inf).to_numpy()[~exact]
        lower = rows["lo"].fillna(-np.inf).to_numpy()[~exact]
        assert (~exact).sum() == 1  # one bounded row: its probability is one-dimensional
        inside = norm.cdf((upper - mean) / rest**0.5) - norm.cdf((lower - mean) / rest**0.5)
        values.append(
            multivariate_normal.logpdf(y, cov=M[np.ix_(exact, exact)]) + np.log(inside).sum()
        )
    assert answer.preparation.all_works.sd == pytest.approx(sds[np.argmax(values)], abs=0.004)
