"""The three solvers against dense algebra, and the score against differences."""

import numpy as np
import pandas as pd
import pytest

from metastudy.mixed.likelihoods.gaussian import Likelihood
from metastudy.mixed.model.frame import build_frame
from metastudy.mixed.solvers.blocks import BlockSolver
from metastudy.mixed.solvers.crossed import CrossedSolver
from metastudy.mixed.solvers.nested import NestedSolver

NESTED = "y ~ x + (1 | lab/study/prep)"
CROSSED = "y ~ x + (1 | system) + (1 | lab/study/prep) + (1 | method)"


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(11)
    n = 90
    lab = rng.integers(0, 6, n)
    study = lab * 10 + rng.integers(0, 3, n)
    return pd.DataFrame(
        {
            "y": rng.normal(size=n),
            "x": rng.normal(size=n),
            "v": rng.uniform(0.01, 0.2, n),
            "lab": lab,
            "study": study,
            "prep": rng.integers(0, 3, n),
            "system": rng.integers(0, 7, n),
            "method": rng.integers(0, 4, n),
        }
    )


def dense_llf(frame, theta, reml):
    """Textbook formula with n x n matrices (Harville 1977), metafor's constant for REML."""
    M = frame.V.dense() + sum(
        t * (term.codes[:, None] == term.codes) for t, term in zip(theta, frame.terms, strict=True)
    )
    X, y, (n, p) = frame.X, frame.y, frame.X.shape
    W = np.linalg.inv(M)
    A = X.T @ W @ X
    e = y - X @ np.linalg.solve(A, X.T @ W @ y)
    llf = -0.5 * (np.linalg.slogdet(M)[1] + e @ W @ e)
    if not reml:
        return llf - n / 2 * np.log(2 * np.pi)
    llf += 0.5 * (np.linalg.slogdet(X.T @ X)[1] - np.linalg.slogdet(A)[1])
    return llf - (n - p) / 2 * np.log(2 * np.pi)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize(
    ("formula", "solver"),
    [
        (NESTED, NestedSolver),
        (NESTED, BlockSolver),
        (CROSSED, CrossedSolver),
        (CROSSED, BlockSolver),
    ],
)
def test_solvers_give_the_textbook_likelihood(rows, formula, solver, residual, reml):
    frame = build_frame(formula, rows, v="v", residual=residual)
    likelihood = Likelihood(
        frame.y, frame.X, frame.terms, frame.V, reml, solver(frame.terms, frame.V)
    )
    for theta in (np.linspace(0.05, 0.4, len(frame.terms)), np.zeros(len(frame.terms))):
        got = likelihood.evaluate(theta)
        assert got.llf == pytest.approx(dense_llf(frame, theta, reml), abs=1e-9)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize(
    ("formula", "solver"),
    [
        (NESTED, NestedSolver),
        (CROSSED, CrossedSolver),
        (CROSSED, BlockSolver),
        ("y ~ x + (x | lab) + (1 | study)", BlockSolver),
        ("y ~ x + hcs(method | lab)", BlockSolver),
        ("y ~ x + har(method | lab)", BlockSolver),
        ("y ~ x + car(method | study) + (1 | system)", BlockSolver),
    ],
)
def test_score_is_the_slope_of_the_likelihood(rows, formula, solver, reml):
    frame = build_frame(formula, rows, v="v", residual=True)
    likelihood = Likelihood(
        frame.y, frame.X, frame.terms, frame.V, reml, solver(frame.terms, frame.V)
    )
    theta = np.array([0.3 if p.kind == "correlation" else 0.2 for p in likelihood.parameters])
    score = likelihood.evaluate(theta).score
    h = 1e-5
    for j in range(theta.size):
        step = np.eye(theta.size)[j] * h
        slope = (likelihood.evaluate(theta + step).llf - likelihood.evaluate(theta - step).llf) / (
            2 * h
        )
        assert score[j] == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_score_of_crossed_factors_at_zero_and_without_sampling_error(rows):
    frame = build_frame(CROSSED, rows)
    theta = np.array([0.0, 0.1, 0.0, 0.2, 0.05, 0.3])
    scores = [
        Likelihood(frame.y, frame.X, frame.terms, frame.V, True, solver(frame.terms, frame.V))
        .evaluate(theta)
        .score
        for solver in (CrossedSolver, BlockSolver)
    ]
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-9, atol=1e-9)


def test_average_information_is_half_the_quadratic_form(rows):
    frame = build_frame(NESTED, rows, v="v")
    likelihood = Likelihood(frame.y, frame.X, frame.terms, frame.V, True)
    theta = np.array([0.1, 0.2, 0.3])
    K = [1.0 * (t.codes[:, None] == t.codes) for t in frame.terms]
    M = frame.V.dense() + sum(t * k for t, k in zip(theta, K, strict=True))
    W = np.linalg.inv(M)
    P = W - W @ frame.X @ np.linalg.solve(frame.X.T @ W @ frame.X, frame.X.T @ W)
    expected = [[0.5 * frame.y @ P @ a @ P @ b @ P @ frame.y for b in K] for a in K]
    np.testing.assert_allclose(likelihood.evaluate(theta).average_information, expected, rtol=1e-9)


def test_a_batch_gives_what_each_replicate_gives(rows):
    frame = build_frame(NESTED, rows, v="v")
    rng = np.random.default_rng(2)
    Y = rng.normal(size=(5, len(rows)))
    thetas = rng.uniform(0, 0.5, (5, 3))
    base = Likelihood(frame.y, frame.X, frame.terms, frame.V, True)
    batch = base.with_response(Y).evaluate(thetas)
    for b in range(5):
        single = base.with_response(Y[b]).evaluate(thetas[b])
        assert batch.llf[b] == pytest.approx(float(single.llf), abs=1e-10)
        np.testing.assert_allclose(batch.score[b], single.score, rtol=1e-9, atol=1e-9)


def test_recoding_the_fixed_part_leaves_the_restricted_likelihood(rows):
    one = build_frame(NESTED, rows, v="v")
    moved = rows.assign(x=1000 + 50 * rows["x"])
    two = build_frame(NESTED, moved, v="v")
    theta = np.array([0.1, 0.2, 0.3])
    values = [
        float(Likelihood(f.y, f.X, f.terms, f.V, True).evaluate(theta).llf) for f in (one, two)
    ]
    assert values[0] == pytest.approx(values[1], abs=1e-9)


def test_singular_covariance_blocks_are_taken(rows):
    """Two rows that share all of their sampling error: V has rank one there."""
    n = len(rows)
    V = np.diag(rows["v"].to_numpy())
    V[:2, :2] = 0.09
    frame = build_frame(NESTED, rows, V=V, residual=True)
    theta = np.array([0.1, 0.2, 0.3, 0.05])
    got = Likelihood(frame.y, frame.X, frame.terms, frame.V, True).evaluate(theta)
    assert got.llf == pytest.approx(dense_llf(frame, theta, True), abs=1e-9)
    assert not frame.V.is_invertible
    assert frame.V.components.max() == n - 2
