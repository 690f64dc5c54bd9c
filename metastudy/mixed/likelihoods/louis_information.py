"""Information on theta where part of the rows is not observed: bounds, or alternatives.

Observed information is that of the completed rows less the variance of their score given what was
observed (Louis 1982, 10.1111/j.2517-6161.1982.tb01203.x). Let M^-1 (y - Q b) of the completed rows
be alpha + W e with an unknown vector e of m entries: for bounds S^-1 times the deviation from the
prediction. The completed score is then 1/2 e'dS e + e'dmean for theta, up to a constant, with
dS = W'dM W and dmean = W'dM alpha, and D'e for the coefficients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from ..model.structures import Array
from ..model.terms import Index
from .gaussian import Factor

MOST_MISSING = 0.95
"""Largest share of the completed rows' information that censoring may take from any direction."""


@dataclass(frozen=True)
class Slopes:
    """How the unknown part moves with the k parameters of theta; for bounds, their prediction.

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


@dataclass(frozen=True)
class Draws:
    """Values of e that a joint probability allows, with their weights.

    ``rows`` (g, s) are the numbers of their entries among the m, ``e`` has shape (g, s, n) and
    ``weights`` (g, n), summing to 1 in each of the g stacked probabilities.
    """

    rows: Index
    e: Array
    weights: Array


def newton_information(
    factor: Factor, Q: Array, slopes: Slopes, draws: list[Draws], D: Array | None
) -> Array:
    """Information on theta (k, k) for Newton steps, kept positive definite.

    Parameters
    ----------
    factor, Q
        M of all rows and their orthonormal design, in the solver's order.
    draws
        What the unknown part may be, group by group of entries that are independent.
    D
        Slope of the prediction by the coefficients where they are profiled (ML), None where they
        are integrated out (REML).
    """
    spread, missing = _moments(slopes, draws, D)
    complete = _completed(factor, Q, slopes, spread, integrated=D is None)
    left = complete - _limited(missing, complete)
    p = 0 if D is None else D.shape[1]
    if not p:
        return left
    cross = np.linalg.solve(left[:p, :p], left[:p, p:])
    return np.asarray(left[p:, p:] - left[p:, :p] @ cross)


def _moments(slopes: Slopes, draws: list[Draws], D: Array | None) -> tuple[Array, Array]:
    """Covariance of e (m, m) and of the completed score (p + k, p + k), from weighted draws."""
    k, m = slopes.mean.shape
    p = 0 if D is None else D.shape[1]
    spread, missing = np.zeros((m, m)), np.zeros((p + k, p + k))
    for part in draws:
        rows, e, weights = part.rows, part.e, part.weights[:, None]
        block = (rows[:, :, None], rows[:, None, :])
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
