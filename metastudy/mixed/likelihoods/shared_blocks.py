"""Rows in small blocks that are independent given a few shared effects a.

The rows of a block are A a + e with e normal, covariance M. Where it has unknown units, each
combination of their alternatives has a density of the exact rows and a probability of the censored
ones given these; the block's likelihood at a is their sum.

Equal blocks are stacked: g blocks of e exact and c censored rows and K units, S = 2^K combinations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import product

import numpy as np

from ..model.bounds import Bounds
from ..model.sampling_covariance import component_rows
from ..model.structures import Array
from ..model.terms import Index
from .gaussian import LOG_2_PI
from .small_rectangles import log_probabilities

DIFFERENCE = 1e-4
"""Step of difference quotients in standard deviations of a row."""


@dataclass(frozen=True)
class Stack:
    """Equal blocks.

    Attributes
    ----------
    rows
        Rows of each block, exact ones first, shape (g, e + c).
    e
        How many of them are exact.
    units
        Unknown units of each block, shape (g, K).
    p
        Their probabilities, shape (g, K).
    shifts
        What each unit takes from each row, shape (g, e + c, K).
    y
        Exact rows less their shifts in each combination, shape (g, S, e).
    lower, upper
        Limits less the shifts, shape (g, S, c).
    log_prior
        Log-probability of each combination, shape (g, S).
    """

    rows: Index
    e: int
    units: Index
    p: Array
    shifts: Array
    y: Array
    lower: Array
    upper: Array
    log_prior: Array

    @property
    def c(self) -> int:
        """How many rows of a block are censored."""
        return int(self.rows.shape[1]) - self.e

    @property
    def states(self) -> Array:
        """Combinations of the units, 1 where an alternative holds, shape (S, K)."""
        return states_of(self.p.shape[1])


def log_sum(log_f: Array) -> Array:
    """Log of the sum of exp(log_f) over its second axis."""
    return reduce(np.logaddexp, np.moveaxis(log_f, 1, 0))


def states_of(K: int) -> Array:
    """All combinations of K alternatives, shape (2^K, K)."""
    return np.array(list(product((0.0, 1.0), repeat=K))).reshape(2**K, K)


def stacks_of(y: Array, bounds: Bounds, blocks: Index, shifts: Array, p: Array) -> list[Stack]:
    """Stack the blocks that are equal in exact rows, kinds of limits, and units.

    Parameters
    ----------
    y
        Responses, shape (n,); those of censored rows are not read.
    bounds
        Limits of all rows.
    blocks
        Block of each row, shape (n,).
    shifts, p
        Shifts (n, K) and probabilities (K,) of the unknown units, each within one block.
    """
    censored = bounds.lower < bounds.upper
    kind = np.isfinite(bounds.lower) * 2 + np.isfinite(bounds.upper)
    by_block: dict[int, list[int]] = {}
    row, unit = np.nonzero(shifts)
    for block, u in zip(blocks[row], unit, strict=True):
        mine = by_block.setdefault(int(block), [])
        if u not in mine:
            mine.append(int(u))
    alike: dict[tuple[int, ...], list[tuple[Index, list[int]]]] = {}
    for rows in component_rows(blocks):
        own = rows[np.lexsort((-kind[rows], censored[rows]))]
        units = by_block.get(int(blocks[rows[0]]), [])
        key = (len(units), *np.where(censored[own], kind[own], 0).tolist())
        alike.setdefault(key, []).append((own, units))
    return [_stack(y, bounds, shifts, p, alike[key]) for key in sorted(alike)]


def _stack(
    y: Array, bounds: Bounds, shifts: Array, p: Array, members: list[tuple[Index, list[int]]]
) -> Stack:
    rows = np.array([rows for rows, _ in members], dtype=np.intp)
    units = np.array([units for _, units in members], dtype=np.intp).reshape(len(rows), -1)
    e = int((bounds.lower[rows[0]] == bounds.upper[rows[0]]).sum())
    H = shifts[rows[:, :, None], units[:, None, :]]
    s = states_of(units.shape[1])
    moved = np.einsum("grk,sk->gsr", H, s)
    at = p[units]
    chance = np.where(s[None] > 0, at[:, None], 1 - at[:, None])
    return Stack(
        rows,
        e,
        units,
        at,
        H,
        y[rows[:, :e]][:, None] - moved[:, :, :e],
        bounds.lower[rows[:, e:]][:, None] - moved[:, :, e:],
        bounds.upper[rows[:, e:]][:, None] - moved[:, :, e:],
        np.log(np.maximum(chance, 1e-300)).sum(axis=2),
    )


@dataclass(frozen=True)
class BlockLaw:
    """Blocks at one theta.

    Attributes
    ----------
    stack
        The blocks.
    A
        What the shared effects add to the rows, shape (g, e + c, q).
    M
        Covariance of the rows given them, shape (g, e + c, e + c).
    """

    stack: Stack
    A: Array
    M: Array

    def log_factor(self, a: Array) -> Array | None:
        """Log-likelihood of each block at shared effects a (q, n), shape (g, n).

        None where the covariance of exact rows is not positive definite, or a censored row has no
        variance given them.
        """
        given = self._given_exact()
        if given is None:
            return None
        log_f = given.log_density(a)
        if given.S.shape[1]:
            log_f = log_f + given.log_probability(given.mean(a))
        if log_f.shape[1] == 1:
            return np.asarray(log_f[:, 0])
        return log_sum(log_f + self.stack.log_prior[:, :, None])

    def expected(self, a: Array, w: Array) -> tuple[Array, Array]:
        """Expect censored rows (g, c) and units (g, K) where a (q, n) has weights w (n,)."""
        given = self._given_exact()
        assert given is not None
        stack, mean = self.stack, given.mean(a)
        log_f = given.log_density(a) + given.log_probability(mean)
        log_f = log_f + stack.log_prior[:, :, None]
        weights = w * np.exp(log_f - log_sum(log_f)[:, None])
        slope = np.empty_like(mean)
        for i in range(mean.shape[2]):
            step = np.zeros_like(mean)
            step[:, :, i] = DIFFERENCE * np.sqrt(given.S[:, i, i])[:, None, None]
            ends = [given.log_probability(mean + sign * step) for sign in (1, -1)]
            slope[:, :, i] = (ends[0] - ends[1]) / (2 * step[:, :, i])
        # Of a normal law between limits, S times that slope is how far the mean moves.
        found = mean + given.S[:, None] @ slope
        found = found + (stack.states @ np.swapaxes(stack.shifts[:, stack.e :], 1, 2))[..., None]
        rows = np.einsum("gscn,gsn->gc", found, weights)
        return rows, weights.sum(axis=2) @ stack.states

    def _given_exact(self) -> _GivenExact | None:
        stack, e = self.stack, self.stack.e
        M, A = self.M, self.A
        try:
            L = np.linalg.cholesky(M[:, :e, :e])
        except np.linalg.LinAlgError:
            return None
        y = np.swapaxes(stack.y, 1, 2)
        right = np.concatenate([y, A[:, :e], M[:, :e, e:]], axis=2)
        white = np.linalg.solve(L, right) if e else right
        states, q = y.shape[2], A.shape[2]
        own, seen, cross = np.split(white, [states, states + q], axis=2)
        back = np.swapaxes(cross, 1, 2)
        S = M[:, e:, e:] - back @ cross
        if not (np.diagonal(S, axis1=1, axis2=2) > 0).all():
            return None
        logdet = np.log(np.diagonal(L, axis1=1, axis2=2)).sum(axis=1)
        return _GivenExact(
            stack,
            -logdet - 0.5 * e * LOG_2_PI,
            np.swapaxes(own, 1, 2),
            seen,
            np.swapaxes(back @ own, 1, 2),
            A[:, e:] - back @ seen,
            S,
        )


@dataclass(frozen=True)
class _GivenExact:
    """Blocks given their exact rows, in each combination of alternatives.

    Attributes
    ----------
    constant
        Constant of the exact rows' log-density, shape (g,).
    own, seen
        Exact rows (g, S, e) and their design (g, e, q), both whitened.
    m, D, S
        Mean of the censored rows m + D a, shapes (g, S, c) and (g, c, q), and covariance (g, c, c).
    """

    stack: Stack
    constant: Array
    own: Array
    seen: Array
    m: Array
    D: Array
    S: Array

    def log_density(self, a: Array) -> Array:
        """Log-density of the exact rows, shape (g, S, n)."""
        g, states, e = self.own.shape
        if not e:
            return np.zeros((g, states, a.shape[1]))
        left = self.own[..., None] - (self.seen @ a)[:, None]
        return np.asarray(self.constant[:, None, None] - 0.5 * (left * left).sum(axis=2))

    def mean(self, a: Array) -> Array:
        """Mean of the censored rows, shape (g, S, c, n)."""
        return np.asarray(self.m[..., None] + (self.D @ a)[:, None])

    def log_probability(self, mean: Array) -> Array:
        """Log-probability that censored rows of that mean are between their limits, (g, S, n)."""
        g, states, c, n = mean.shape
        if not c:
            return np.zeros((g, states, n))
        ends = [
            np.swapaxes(end[..., None] - mean, 1, 2).reshape(g, c, states * n)
            for end in (self.stack.lower, self.stack.upper)
        ]
        return log_probabilities(ends[0], ends[1], self.S).reshape(g, states, n)
