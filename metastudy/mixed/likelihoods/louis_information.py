"""Information on theta where part of the rows is not observed: bounds, or alternatives.

Observed information is that of the completed rows less the variance of their score given what was
observed (Louis 1982, 10.1111/j.2517-6161.1982.tb01203.x). Let M^-1 (y - Q b) of the completed rows
be alpha + W e with an unknown vector e of m entries: for bounds S^-1 times the deviation from the
prediction. The completed score is then 1/2 e'dS e + e'dmean for theta, up to a constant, with
dS = W'dM W and dmean = W'dM alpha, and D'e for the coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from ..model.structures import Array
from ..model.terms import Index

MOST_MISSING = 0.95
"""Largest share of the completed rows' information that censoring may take from any direction."""
MOST_EXACT = 200
"""Entries of e whose covariance enters as it is; of more, a random root of it does."""
COLUMNS = 64
"""Columns of that root."""
WIDE = 64
"""Entries of a lone joint law from which its scores are taken draw by draw."""


@dataclass(frozen=True)
class Completed:
    """The completed rows: M^-1 (y - Q b) is alpha + W e.

    Attributes
    ----------
    apply
        Function (j, B) -> dM/dtheta_j B for B of shape (n, c).
    solve
        Function B -> M^-1 B.
    Q
        Orthonormal design, shape (n, p).
    W
        Shape (n, m).
    alpha, Py
        alpha, and alpha + W e at the mean of e, shape (n,).
    D
        Slope of the prediction by the coefficients, shape (m, p), where they are profiled (ML);
        None where they are integrated out (REML).
    """

    apply: Callable[[int, Array], Array]
    solve: Callable[[Array], Array]
    Q: Array
    W: Array
    alpha: Array
    Py: Array
    D: Array | None


@dataclass(frozen=True)
class Draws:
    """Values of e that a joint probability allows, with their weights.

    ``rows`` (g, s) are the numbers of their entries among the m, ``e`` has shape (g, s, n) and
    ``weights`` (g, n), summing to 1 in each of the g stacked probabilities.
    """

    rows: Index
    e: Array
    weights: Array

    @property
    def deviations(self) -> Array:
        """Square roots of the weights times e less its mean, shape (g, s, n)."""
        weights = self.weights[:, None]
        mean = (weights * self.e).sum(axis=2, keepdims=True)
        return np.asarray((self.e - mean) * np.sqrt(weights))

    @property
    def is_wide(self) -> bool:
        """Whether one law joins so many entries that products by draws are cheaper."""
        return bool(self.rows.shape[0] == 1 and self.rows.shape[1] > WIDE)


def newton_information(
    completed: Completed, draws: list[Draws], slopes: list[Array], blocks: list[list[Array]]
) -> Array:
    """Information on theta (k, k) for Newton steps, kept positive definite.

    Parameters
    ----------
    completed
        What the rows are, completed.
    draws
        What e may be, group by group of entries that are independent.
    slopes
        dM/dtheta_j alpha, for each of the k parameters.
    blocks
        W'dM/dtheta_j W on the entries of each group (g, s, s), for each parameter; not read for a
        group that is wide.
    """
    if not slopes:
        return np.zeros((0, 0))
    missing = _missing(completed, draws, slopes, blocks)
    complete = _complete(completed, len(slopes), _root_of_spread(draws, completed.W.shape[1]))
    left = complete - _limited(missing, complete)
    p = 0 if completed.D is None else completed.D.shape[1]
    if not p:
        return left
    cross = np.linalg.solve(left[:p, :p], left[:p, p:])
    return np.asarray(left[p:, p:] - left[p:, :p] @ cross)


def _missing(
    completed: Completed, draws: list[Draws], slopes: list[Array], blocks: list[list[Array]]
) -> Array:
    """Covariance of the completed score (p + k, p + k), from weighted draws."""
    k, D = len(slopes), completed.D
    p = 0 if D is None else D.shape[1]
    mean = [completed.W.T @ slope for slope in slopes]
    missing = np.zeros((p + k, p + k))
    for i, part in enumerate(draws):
        rows, e, weights = part.rows, part.e, part.weights[:, None]
        score = np.empty((rows.shape[0], p + k, e.shape[2]))
        if D is not None:
            score[:, :p] = np.swapaxes(D[rows], 1, 2) @ e
        moved = completed.W[:, rows[0]] @ e[0] if part.is_wide else None
        for j in range(k):
            if moved is not None:
                quadratic = (moved * completed.apply(j, moved)).sum(axis=0)
            else:
                quadratic = (e * (blocks[i][j] @ e)).sum(axis=1)
            score[:, p + j] = 0.5 * quadratic + (mean[j][rows][:, None] @ e)[:, 0]
        score -= (weights * score).sum(axis=2, keepdims=True)
        missing += ((score * weights) @ np.swapaxes(score, 1, 2)).sum(axis=0)
    return missing


def _root_of_spread(draws: list[Draws], m: int) -> Array:
    """Matrix F (m, c) with F F' the covariance of e, or has it as its mean where m is large."""
    if m <= MOST_EXACT:
        spread = np.zeros((m, m))
        for part in draws:
            deviations = part.deviations
            block = (part.rows[:, :, None], part.rows[:, None, :])
            spread[block] = deviations @ np.swapaxes(deviations, 1, 2)
        values, vectors = np.linalg.eigh(spread)
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
    rng = np.random.default_rng(0)
    root = np.zeros((m, COLUMNS))
    for part in draws:
        deviations = part.deviations
        signs = rng.choice((-1.0, 1.0), (deviations.shape[0], deviations.shape[2], COLUMNS))
        root[part.rows] = deviations @ signs / np.sqrt(COLUMNS)
    return root


def _complete(completed: Completed, k: int, root: Array) -> Array:
    """Average information of the completed rows, on coefficients too unless integrated out."""
    Q = completed.Q
    p, c = Q.shape[1], root.shape[1] + 1
    # The mean and the columns of the root are as many vectors whose outer products add up.
    vectors = np.column_stack([completed.Py, completed.W @ root])
    moved = [completed.apply(j, vectors) for j in range(k)]
    solved = completed.solve(np.column_stack([*moved, Q]))
    parts = [solved[:, j * c : (j + 1) * c] for j in range(k)]
    MiQ = solved[:, k * c :]
    QQ = Q.T @ MiQ
    information = np.array([[float((a * b).sum()) for b in parts] for a in moved])
    information = (information + information.T) / 2
    if completed.D is None:
        if p:
            F = np.linalg.inv(QQ)
            crosses = [Q.T @ part for part in parts]
            lost = [[float((a * (F @ b)).sum()) for b in crosses] for a in crosses]
            information -= np.array(lost)
        return np.asarray(information / 2)
    # The factor sqrt(1/2) leaves, after elimination of b, half of the completed rows' quadratic
    # form, as the average information has it.
    cross = np.column_stack([Q.T @ part[:, 0] for part in parts]).reshape(p, k) / np.sqrt(2)
    return np.block([[QQ, cross], [cross.T, information / 2]])


def _limited(missing: Array, complete: Array) -> Array:
    """Cut missing information where simulation or average make it exceed the complete one."""
    factor = np.linalg.cholesky(complete + 1e-12 * np.diag(np.diag(complete)))
    half = scipy.linalg.solve_triangular(factor, missing, lower=True)
    inner = scipy.linalg.solve_triangular(factor, half.T, lower=True)
    values, vectors = np.linalg.eigh((inner + inner.T) / 2)
    kept = (vectors * np.clip(values, 0.0, MOST_MISSING)) @ vectors.T
    return np.asarray(factor @ kept @ factor.T)
