"""Cluster-robust covariance by dense algebra: unbiasedness, the jackknife and the definition."""

import numpy as np
import pandas as pd
import pytest
import scipy.linalg

from metastudy import mixed
from metastudy.mixed.errors import UndefinedError

SIZES = (1, 2, 5, 3, 4, 2, 6, 1, 3)


@pytest.fixture(params=[11, 12, 13])
def clustered(request):
    """Unequal clusters with their own covariances, a moderator within and one between them."""
    rng = np.random.default_rng(request.param)
    cluster = np.repeat(np.arange(len(SIZES)), SIZES)
    blocks = []
    for size in SIZES:
        A = rng.normal(size=(size, size + 2))
        blocks.append(A @ A.T / size + 0.2 * np.eye(size))
    M = scipy.linalg.block_diag(*blocks)
    data = pd.DataFrame({"c": cluster, "x": rng.normal(size=cluster.size)})
    data["z"] = rng.normal(size=len(SIZES))[cluster]
    data["y"] = 1 + data["x"] + np.linalg.cholesky(M) @ rng.normal(size=cluster.size)
    return data, M


def dense(data, M, formula_columns):
    X = np.column_stack([np.ones(len(data)), *(data[c] for c in formula_columns)])
    W = np.linalg.inv(M)
    bread = np.linalg.inv(X.T @ W @ X)
    return X, W, bread, data["y"].to_numpy() - X @ (bread @ X.T @ W @ data["y"].to_numpy())


def test_cr2_is_unbiased_under_the_working_model(clustered):
    """Its expectation, the sum over the columns of a root of M, is the model's covariance."""
    data, M = clustered
    total = np.zeros((3, 3))
    for column in np.linalg.cholesky(M).T:
        fit = mixed.fit("y ~ x + z", data.assign(y=column), V=M)
        total += fit.robust("c").cov
    np.testing.assert_allclose(total, fit.cov_params(), rtol=1e-8)


def test_cr3_is_the_sum_of_the_shifts_without_each_cluster(clustered):
    data, M = clustered
    fit = mixed.fit("y ~ x + z", data, V=M)
    expected = np.zeros((3, 3))
    for cluster in data["c"].unique():
        keep = (data["c"] != cluster).to_numpy()
        rest = mixed.fit("y ~ x + z", data[keep], V=M[np.ix_(keep, keep)])
        shift = (fit.params - rest.params).to_numpy()
        expected += np.outer(shift, shift)
    np.testing.assert_allclose(fit.robust("c", "CR3").cov, expected, rtol=1e-8)


def test_cr2_and_its_df_by_the_definition(clustered):
    """A_j = D'(D B D')^-1/2 D with M_jj = D'D; df = (tr S)^2 / tr(S S) (Bell & McCaffrey 2002)."""
    data, M = clustered
    X, W, bread, e = dense(data, M, "xz")
    H = X @ bread @ X.T @ W
    cov = np.zeros((3, 3))
    vectors = np.zeros((3, len(SIZES), len(data)))
    for j in range(len(SIZES)):
        rows = np.flatnonzero(data["c"] == j)
        Mj, Xj, D = M[np.ix_(rows, rows)], X[rows], np.linalg.cholesky(M[np.ix_(rows, rows)]).T
        B = D @ (Mj - Xj @ bread @ Xj.T) @ D.T
        A = D.T @ np.linalg.inv(scipy.linalg.sqrtm(B).real) @ D
        scores = bread @ Xj.T @ np.linalg.inv(Mj) @ A
        cov += np.outer(scores @ e[rows], scores @ e[rows])
        vectors[:, j] = scores @ (np.eye(len(data)) - H)[rows]
    robust = mixed.fit("y ~ x + z", data, V=M).robust("c")
    np.testing.assert_allclose(robust.cov, cov, rtol=1e-6)
    for k in range(3):
        S = vectors[k] @ M @ vectors[k].T
        assert robust.df.iloc[k] == pytest.approx(np.trace(S) ** 2 / np.trace(S @ S), rel=1e-6)


def test_a_test_of_one_coefficient_is_the_t_test(clustered):
    data, M = clustered
    robust = mixed.fit("y ~ x + z", data, V=M).robust("c")
    joint = robust.htz_test("x")
    assert joint.statistic == pytest.approx(robust.tvalues["x"] ** 2, rel=1e-8)
    assert joint.df_denom == pytest.approx(robust.df["x"], rel=1e-8)


@pytest.mark.parametrize("kind", ["CR2", "CR3"])
def test_a_cluster_that_a_coefficient_fits_exactly_adds_nothing(clustered, kind):
    """One-row clusters with levels of their own: the intercept is that of the other rows alone."""
    data, M = clustered
    data["level"] = data["c"].map({0: "one", 7: "two"}).fillna("all")
    others = (data["level"] == "all").to_numpy()
    robust = mixed.fit("y ~ level", data, V=M).robust("c", kind)
    alone = mixed.fit("y ~ 1", data[others], V=M[np.ix_(others, others)]).robust("c", kind)
    assert robust.bse["Intercept"] == pytest.approx(alone.bse["Intercept"], rel=1e-8)
    assert robust.df["Intercept"] == pytest.approx(alone.df["Intercept"], rel=1e-8)
    # The level is its row less that mean, and the row adds no residual.
    np.testing.assert_allclose(robust.bse, alone.bse["Intercept"], rtol=1e-8)
    with pytest.raises(UndefinedError, match="the joint test of 2 combinations is not defined"):
        robust.htz_test("level")


def test_order_of_rows_and_names_of_clusters_do_not_matter(clustered):
    data, M = clustered
    order = np.random.default_rng(1).permutation(len(data))
    moved = data.iloc[order].assign(c=[f"work {c}" for c in data["c"].iloc[order]])
    one = mixed.fit("y ~ x + z", data, V=M).robust("c")
    two = mixed.fit("y ~ x + z", moved, V=M[np.ix_(order, order)]).robust("c")
    np.testing.assert_allclose(two.to_frame(), one.to_frame(), rtol=1e-8)


def test_a_summary_is_short(clustered):
    data, M = clustered
    text = str(mixed.fit("y ~ x + z", data, V=M).robust("c", "CR3").summary())
    assert text.startswith("Cluster-robust covariance CR3, 9 clusters\n")
    assert len(text.splitlines()) == 7
