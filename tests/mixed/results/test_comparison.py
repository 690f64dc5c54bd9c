"""Which pairs of models have a likelihood-ratio test, and its value by dense algebra."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metastudy import mixed
from metastudy.mixed.errors import UndefinedError


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(77)
    g = np.repeat(np.arange(14), 6)
    table = pd.DataFrame({"g": g, "h": np.tile([0, 0, 1, 1, 2, 2], 14), "k": np.arange(84) % 7})
    table["f"] = np.tile(list("ab"), 42)
    table["t"] = np.tile(np.arange(6.0), 14)
    table["v"] = rng.uniform(0.02, 0.1, 84)
    table[["x", "z"]] = rng.normal(size=(84, 2))
    table["y"] = rng.normal(0, 0.6, 14)[g] + rng.normal(0, 0.4, 84) + 0.2 * table["x"]
    return table


def fitted(data, formula, **given):
    return mixed.fit(f"y ~ {formula}", data, **{"v": "v", "residual": True, **given})


@pytest.mark.parametrize(
    ("smaller", "larger", "df"),
    [
        ("1 + (1 | g)", "1 + (1 | g/h)", 1),
        ("1 + (1 | g:h)", "1 + (1 | g) + (1 | g:h)", 1),
        ("1 + (1 | g)", "1 + (1 | g) + (1 | k)", 1),
        ("1 + (1 | g)", "1 + (x | g)", 2),
        ("1 + (1 | g)", "1 + (x || g)", 1),
        ("1 + (x || g)", "1 + (x | g)", 1),
        ("1 + (1 | g)", "1 + cs(f | g)", 1),
        ("1 + (1 | g:f)", "1 + cs(f | g)", 1),
        ("1 + id(f | g)", "1 + diag(f | g)", 1),
        ("1 + cs(f | g)", "1 + un(f | g)", 1),
        ("1 + (x | g)", "1 + (I(2 * x - 3) | g) + (1 | k)", 1),
    ],
)
def test_special_cases_are_compared(data, smaller, larger, df):
    one, two = fitted(data, smaller), fitted(data, larger)
    test = mixed.compare(one, two)
    assert test.df == df
    assert two.llf >= one.llf - 1e-7
    assert test.statistic == pytest.approx(2 * max(0.0, two.llf - one.llf), abs=1e-9)
    assert test.pvalue == pytest.approx(stats.chi2.sf(test.statistic, df))


@pytest.mark.parametrize(
    ("smaller", "larger", "term"),
    [
        ("1 + (1 | k)", "1 + (1 | g/h)", "'k'"),
        ("1 + (1 | h:k)", "1 + (1 | g) + (1 | g:h)", "'h:k'"),
        ("1 + (0 + x | g)", "1 + (1 | g) + (1 | k)", "'g'"),
        ("1 + (z | g)", "1 + (x | g) + (1 | k)", "'g'"),
        ("1 + ar(t | g)", "1 + (1 | g) + (1 | k) + (1 | g:f)", "'g'"),
        ("1 + hcs(f | g)", "1 + cs(f | g) + (1 | k) + (1 | h)", "'g'"),
    ],
)
def test_random_terms_that_are_no_special_case_are_refused(data, smaller, larger, term):
    with pytest.raises(UndefinedError, match=f"not nested: the random term {term} of the first"):
        mixed.compare(fitted(data, smaller), fitted(data, larger))


@pytest.mark.parametrize(
    ("smaller", "larger", "column"),
    [("x", "z + f", "x"), ("0 + x", "0 + z + f", "x"), ("f + x", "x + z + t", "f.T.b.")],
)
def test_fixed_parts_that_are_no_subspace_are_refused(data, smaller, larger, column):
    fits = [fitted(data, f"{f} + (1 | g)", method="ML") for f in (smaller, larger)]
    with pytest.raises(UndefinedError, match=f"not nested: '{column}' of the first is not in the"):
        mixed.compare(*fits)


def test_recoded_moderators_span_the_same_space(data):
    one = fitted(data, "1 + f + (1 | g)", method="ML")
    two = fitted(data, "0 + f + I(x - 7) + (1 | g)", method="ML")
    assert mixed.compare(one, two).df == 1


def with_covariances(data, rho):
    sd = np.sqrt(data["v"].to_numpy())
    same = data["g"].to_numpy()[:, None] == data["g"].to_numpy()
    return np.outer(sd, sd) * np.where(same, rho, 0) + (1 - rho) * np.diag(sd**2)


@pytest.mark.parametrize("unit", [1e-8, 1.0, 1e8])
def test_the_whole_v_must_be_the_same(data, unit):
    table = data.assign(y=data["y"] * unit, v=data["v"] * unit**2)
    V = with_covariances(table, 0.4)
    small = fitted(table, "1 + (1 | g)", v=None, V=V)
    assert mixed.compare(small, fitted(table, "1 + (1 | g/h)", v=None, V=V)).df == 1
    one_pair = V.copy()
    one_pair[0, 1] = one_pair[1, 0] = V[0, 1] * 1.001
    for other in (with_covariances(table, 0.41), one_pair, np.diag(np.diag(V))):
        with pytest.raises(UndefinedError, match="the fits have different sampling covariances"):
            mixed.compare(small, fitted(table, "1 + (1 | g/h)", v=None, V=other))


def test_the_statistic_by_dense_algebra(data):
    """Both restricted likelihoods at the estimates, from the marginal covariances."""
    one, two = fitted(data, "x + (1 | g)"), fitted(data, "x + (1 | g/h)")
    g, h, y = (data[c].to_numpy() for c in "ghy")
    X = np.column_stack([np.ones(84), data["x"]])

    def llf(M):
        W = np.linalg.inv(M)
        P = W - W @ X @ np.linalg.inv(X.T @ W @ X) @ X.T @ W
        logdets = np.linalg.slogdet(M)[1] + np.linalg.slogdet(X.T @ W @ X)[1]
        return -0.5 * (logdets + y @ P @ y)

    def marginal(fit):
        total = np.diag(data["v"] + fit.sigma2["residual"])
        total = total + fit.sigma2["g"] * (g[:, None] == g)
        both = (g[:, None] == g) & (h[:, None] == h)
        return total + fit.sigma2.get("g:h", 0.0) * both

    expected = 2 * (llf(marginal(two)) - llf(marginal(one)))
    test = mixed.compare(one, two)
    assert test.statistic == pytest.approx(max(0, expected), abs=1e-8)
    assert test.pvalue_boundary == pytest.approx(test.pvalue / 2)
