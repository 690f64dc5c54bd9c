"""Information on theta where some rows are known only between limits.

Observed information is that of the completed rows less the variance of their score given what was
observed (Louis 1982, 10.1111/j.2517-6161.1982.tb01203.x). With deviations d of the censored rows
from their prediction and e = S^-1 d, the completed score is 1/2 e'dS e + e'dmean, up to a constant,
for theta and D'e for coefficients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from .likelihood import Factor
from .orthant import Rectangles
from .structures import Array
from .terms import Index

MOST_MISSING = 0.95
"""Largest share of the completed rows' information that censoring may take from any direction."""


@dataclass(frozen=True)
class Slopes:
    """How the prediction of censored rows moves with the k parameters of theta.

    Attributes
    ----------
    S
        Covariances dS, shape (k, m, m).
    mean
        Means, shape (k, m).
    W
        dM W in the solver's row order, shape (k, n, m).
    completed
        dM times M^-1 (y - Q b) of the rows completed by their expectation, shape (n, k), likewise.
    """

    S: Array
    mean: Array
    W: Array
    completed: Array


def newton_information(
    factor: Factor,
    Q: Array,
    slopes: Slopes,
    S: Array,
    parts: list[tuple[Index, Rectangles]],
    D: Array | None,
) -> Array:
    """Information on theta (k, k) for Newton steps, kept positive definite.

    Parameters
    ----------
    factor, Q
        M of all rows and their orthonormal design, in the solver's order.
    S, parts
        Covariance of the censored rows and their probabilities by groups of rows (g, s).
    D
        Slope of the prediction by the coefficients where they are profiled (ML), None where they
        are integrated out (REML).
    """
    spread, missing = _moments(slopes, S, parts, D)
    complete = _completed(factor, Q, slopes, spread, integrated=D is None)
    left = complete - _limited(missing, complete)
    p = 0 if D is None else D.shape[1]
    if not p:
        return left
    cross = np.linalg.solve(left[:p, :p], left[:p, p:])
    return np.asarray(left[p:, p:] - left[p:, :p] @ cross)


def _moments(
    slopes: Slopes, S: Array, parts: list[tuple[Index, Rectangles]], D: Array | None
) -> tuple[Array, Array]:
    """Covariance of e (m, m) and of the completed score (p + k, p + k), from weighted draws."""
    m, k = S.shape[0], slopes.S.shape[0]
    p = 0 if D is None else D.shape[1]
    spread, missing = np.zeros((m, m)), np.zeros((p + k, p + k))
    for rows, found in parts:
        block = (rows[:, :, None], rows[:, None, :])
        e = np.linalg.solve(S[block], found.draws)
        weights = found.weights[:, None]
        e_mean = (weights * e).sum(axis=2, keepdims=True)
        spread[block] = ((e - e_mean) * weights) @ np.swapaxes(e - e_mean, 1, 2)
        score = np.empty((rows.shape[0], p + k, e.shape[2]))
        if D is not None:
            score[:, :p] = np.swapaxes(D[rows], 1, 2) @ e
        for j in range(k):
            quadratic = 0.5 * (e * (slopes.S[j][block] @ e)).sum(axis=1)
            score[:, p + j] = quadratic + (slopes.mean[j][rows][:, None] @ e)[:, 0]
        score -= (weights * score).sum(axis=2, keepdims=True)
        missing += ((score * weights) @ np.swapaxes(score, 1, 2)).sum(axis=0)
    return spread, missing


def _completed(factor: Factor, Q: Array, slopes: Slopes, spread: Array, integrated: bool) -> Array:
    """Average information of the completed rows, on coefficients too unless integrated out."""
    k, n, m = slopes.W.shape
    p = Q.shape[1]
    W = np.swapaxes(slopes.W, 0, 1).reshape(n, k * m)
    both = np.column_stack([slopes.completed, W, Q])
    solved = factor.solve(both)
    MiD, MiW, MiQ = solved[:, :k], solved[:, k : k + k * m], solved[:, k + k * m :]
    QD, QW, QQ = Q.T @ MiD, Q.T @ MiW, Q.T @ MiQ
    weighted = (slopes.W @ spread).reshape(k, n * m)
    traces = weighted @ np.swapaxes(MiW.reshape(n, k, m), 0, 1).reshape(k, n * m).T
    information = slopes.completed.T @ MiD + traces
    if integrated:
        if p:
            F = np.linalg.inv(QQ)
            QWk = np.swapaxes(QW.reshape(p, k, m), 0, 1)
            information -= QD.T @ F @ QD
            information -= np.einsum("iam,ab,jbl,ml->ij", QWk, F, QWk, spread)
        return np.asarray(information / 2)
    # The factor sqrt(1/2) leaves, after elimination of b, half of the completed rows' quadratic
    # form, as the average information has it.
    cross = QD / np.sqrt(2)
    return np.block([[QQ, cross], [cross.T, information / 2]])


def _limited(missing: Array, complete: Array) -> Array:
    """Cut missing information where simulation or average make it exceed the complete one."""
    factor = np.linalg.cholesky(complete + 1e-12 * np.diag(np.diag(complete)))
    half = scipy.linalg.solve_triangular(factor, missing, lower=True)
    inner = scipy.linalg.solve_triangular(factor, half.T, lower=True)
    values, vectors = np.linalg.eigh((inner + inner.T) / 2)
    kept = (vectors * np.clip(values, 0.0, MOST_MISSING)) @ vectors.T
    return np.asarray(factor @ kept @ factor.T)
