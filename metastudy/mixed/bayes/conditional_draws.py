"""Exact draws of coefficients and random effects, given draws of covariances and response.

Effects and sampling errors are simulated from their prior; what the response leaves over is then
regressed with the same covariance, and the correction makes the draw exact, coefficients under a
flat prior included (Papandreou & Yuille 2010, "Gaussian sampling by local perturbations", Advances
in Neural Information Processing Systems 23).
"""

from __future__ import annotations

import numpy as np

from ..model.frame import Frame
from ..model.structures import Array
from ..model.terms import Index, RandomTerm
from ..solvers.blocks import BlockSolver

CELLS = 4_000_000
"""Entries of the covariances factorised at a time, to bound the memory."""


def complete(
    frame: Frame, covariances: tuple[Array, ...], y: Array, rng: np.random.Generator
) -> tuple[Array, tuple[Array, ...]]:
    """Draw coefficients and effects, one set for each draw of what they depend on.

    Parameters
    ----------
    frame
        Rows, terms and V.
    covariances
        Covariance of the effects within one level, for each term (D, q, q).
    y
        Response (D, n).

    Returns
    -------
    tuple
        Coefficients (D, p), and the effects of each term's levels (D, L, q).
    """
    solver = BlockSolver(frame.terms, frame.V)
    blocks = []
    for stack in solver.stacks:
        rows = solver.order[stack.lo : stack.hi].reshape(stack.shape)
        blocks.append((rows, stack.V, stack.pairs, stack.design))
    size = sum(V.size for _, V, _, _ in blocks)
    step = max(CELLS // size, 1)
    parts = [
        _chunk(frame, blocks, tuple(G[lo : lo + step] for G in covariances), y[lo : lo + step], rng)
        for lo in range(0, len(y), step)
    ]
    beta = np.concatenate([b for b, _ in parts])
    effects = tuple(np.concatenate([u[k] for _, u in parts]) for k in range(len(frame.terms)))
    return beta, effects


_Block = tuple[Index, Array, tuple[Array, ...], tuple[Array, ...]]


def _chunk(
    frame: Frame,
    blocks: list[_Block],
    covariances: tuple[Array, ...],
    y: Array,
    rng: np.random.Generator,
) -> tuple[Array, list[Array]]:
    p, n = frame.X.shape[1], frame.nobs
    prior = [
        _prior_effects(t, G, len(y), rng) for t, G in zip(frame.terms, covariances, strict=True)
    ]
    left = y.copy()
    for term, u in zip(frame.terms, prior, strict=True):
        left -= np.einsum("nq,dnq->dn", term.design, u[:, term.codes])
    for rows, V, _, _ in blocks:
        noise = rng.standard_normal((len(y), *rows.shape))
        left[:, rows] -= np.einsum("mij,dmj->dmi", root(V), noise)
    X = np.broadcast_to(frame.X, (len(y), n, p))
    B = np.concatenate([X, left[..., None]], axis=-1)
    WB = np.empty_like(B)
    for rows, V, pairs, design in blocks:
        M: Array = np.broadcast_to(V, (len(y), *V.shape))
        for shared, z, G in zip(pairs, design, covariances, strict=True):
            M = M + shared * (z @ G[:, None] @ np.swapaxes(z, -1, -2))
        WB[:, rows] = np.linalg.solve(M, B[:, rows])
    A = np.swapaxes(X, -1, -2) @ WB
    beta: Array = np.linalg.solve(A[..., :p], A[..., p:])[..., 0]
    pull = WB[..., p] - np.einsum("dnp,dp->dn", WB[..., :p], beta)
    effects: list[Array] = []
    for term, u, G in zip(frame.terms, prior, covariances, strict=True):
        members = 1.0 * (np.arange(term.n_levels)[:, None] == term.codes)
        Za = members @ (term.design * pull[..., None])
        if term.correlation is not None:
            Za = term.correlation @ Za
        effects.append(np.asarray(u + Za @ G))
    return beta, effects


def _prior_effects(term: RandomTerm, G: Array, draws: int, rng: np.random.Generator) -> Array:
    """Effects of every level from their prior, (draws, L, q)."""
    u = rng.standard_normal((draws, term.n_levels, term.structure.size)) @ np.swapaxes(
        root(G), -1, -2
    )
    return np.asarray(u if term.correlation is None else root(term.correlation) @ u)


def root(matrix: Array) -> Array:
    """Square root L, M = L L', of covariances (..., q, q) that may be singular."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :])
