"""Solver with dense blocks: one for each connected component of the marginal covariance.

Components of equal size are stacked into one array, so that a thousand small clusters cost a few
calls of LAPACK. It takes every structure: slopes, correlated levels, V with covariances.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.linalg.lapack
import scipy.sparse
from scipy.sparse.csgraph import connected_components

from ..errors import UndefinedError
from ..model.sampling_covariance import SamplingCovariance, rows_by_size
from ..model.structures import Array
from ..model.terms import Index, RandomTerm, parameter_slices
from .sparse_products import symmetric_product

LEAST_PIVOT = 1e-12
"""Variance of a row given those before it, as a share of its own, below which M is singular."""
LARGEST_BLOCK = 8000
"""Rows of a connected component up to which its covariance is formed (0.5 GB)."""


@dataclass(frozen=True)
class _Stack:
    """All components of one size s: rows lo to hi of the solver's order as (m, s)."""

    lo: int
    hi: int
    shape: tuple[int, int]
    V: Array
    pairs: tuple[Array, ...]
    design: tuple[Array, ...]
    codes: tuple[Index, ...]


class BlockSolver:
    """M by dense blocks, rows ordered so that each component is contiguous.

    Attributes
    ----------
    order
        Row numbers in the solver's order; all arrays given to it are in that order.
    """

    def __init__(self, terms: tuple[RandomTerm, ...], V: SamplingCovariance) -> None:
        self.terms = terms
        self.slices = parameter_slices(terms)
        stacks = rows_by_size(marginal_components(terms, V))
        largest = stacks[-1].shape[1]
        if largest > LARGEST_BLOCK:
            raise UndefinedError(
                f"{largest} rows are connected by crossed or correlated terms or by V, and their "
                f"covariance would be one dense block; up to {LARGEST_BLOCK} rows are solved so. "
                "Crossed intercepts over a diagonal V have no such limit"
            )
        self.stacks: list[_Stack] = []
        lo = 0
        order: list[Index] = []
        for rows in stacks:
            self.stacks.append(
                _Stack(
                    lo,
                    lo + rows.size,
                    (rows.shape[0], rows.shape[1]),
                    V.dense_blocks(rows),
                    tuple(term.pairs(rows) for term in terms),
                    tuple(term.design[rows] for term in terms),
                    tuple(term.codes[rows] for term in terms),
                )
            )
            lo += rows.size
            order.append(rows.ravel())
        self.order: Index = np.concatenate(order)

    def with_designs(self, terms: tuple[RandomTerm, ...]) -> BlockSolver:
        """Take terms with other designs on the same rows and levels."""
        new = copy(self)
        new.terms = terms
        new.stacks = [
            replace(
                stack,
                design=tuple(
                    term.design[self.order[stack.lo : stack.hi]].reshape(*stack.shape, -1)
                    for term in terms
                ),
            )
            for stack in self.stacks
        ]
        return new

    @property
    def n_parameters(self) -> int:
        """Length of theta."""
        return self.slices[-1].stop if self.slices else 0

    @property
    def largest(self) -> int:
        """Rows of the largest component."""
        return max(stack.shape[1] for stack in self.stacks)

    def linear_slope(self, k: int, E: Array) -> list[Array]:
        """Z_k (C kron E) Z_k' by stacks, for a matrix E (q, q) of effects of term k."""
        out: list[Array] = []
        for stack in self.stacks:
            z = stack.design[k]
            out.append(np.asarray(stack.pairs[k] * (z @ E @ np.swapaxes(z, -1, -2))))
        return out

    def covariances(self, theta: Array) -> list[Array]:
        """M of each stack, shape (..., m, s, s)."""
        return [self._covariance(stack, theta) for stack in self.stacks]

    def _covariance(self, stack: _Stack, theta: Array) -> Array:
        M = stack.V
        for k, term in enumerate(self.terms):
            part = theta[..., self.slices[k]]
            if term.is_scalar:
                variance = term.level_variance(part)[..., stack.codes[k]]
                M = M + stack.pairs[k] * variance[..., None]
            else:
                z = stack.design[k]
                M = M + stack.pairs[k] * (z @ term.structure.matrix(part) @ np.swapaxes(z, -1, -2))
        return np.asarray(M)

    def slopes(self, theta: Array) -> list[list[Array]]:
        """Differentiate M by theta: for each stack, one array for each parameter."""
        return [self._slopes(stack, theta) for stack in self.stacks]

    def _slopes(self, stack: _Stack, theta: Array) -> list[Array]:
        out: list[Array] = []
        for k, term in enumerate(self.terms):
            part = theta[..., self.slices[k]]
            if term.is_scalar:
                by_level = term.level_variance_slopes(part)
                for r in range(by_level.shape[-2]):
                    own = by_level[..., r, :][..., stack.codes[k]]
                    out.append(np.asarray(stack.pairs[k] * own[..., None]))
            else:
                z = stack.design[k]
                for dG in term.structure.derivatives(part):
                    out.append(np.asarray(stack.pairs[k] * (z @ dG @ np.swapaxes(z, -1, -2))))
        return out

    def factor(self, theta: Array) -> BlockFactor | None:
        """Factor M at theta (..., k); None where M is not positive definite."""
        inverses: list[Array] = []
        logdet: Array = np.zeros(theta.shape[:-1])
        for M in self.covariances(theta):
            inverse = _invert(M)
            if inverse is None:
                return None
            inverses.append(inverse[0])
            logdet = logdet + inverse[1].sum(axis=-1)
        return BlockFactor(self, theta, inverses, logdet)

    def multiply(self, blocks: list[Array], B: Array) -> Array:
        """Multiply symmetric blocks, given by stacks, with B (..., n, c)."""
        parts = []
        for stack, block in zip(self.stacks, blocks, strict=True):
            rows = B[..., stack.lo : stack.hi, :]
            shaped = rows.reshape(*rows.shape[:-2], *stack.shape, rows.shape[-1])
            product = symmetric_product(block, shaped)
            parts.append(product.reshape(*product.shape[:-3], *rows.shape[-2:]))
        return np.concatenate(parts, axis=-2)


class BlockFactor:
    """M at one theta: its inverse by blocks and its log-determinant."""

    def __init__(
        self, solver: BlockSolver, theta: Array, inverses: list[Array], logdet: Array
    ) -> None:
        self.solver = solver
        self.theta = theta
        self.inverses = inverses
        self.logdet = logdet

    def solve(self, B: Array) -> Array:
        """M^-1 B for B of shape (..., n, c)."""
        return self.solver.multiply(self.inverses, B)

    @cached_property
    def slopes(self) -> list[list[Array]]:
        """Differentiate M by theta: for each stack, one array for each parameter."""
        return self.solver.slopes(self.theta)

    def apply(self, j: int, B: Array) -> Array:
        """dM/dtheta_j times B (..., n, c)."""
        return self.solver.multiply([slopes[j] for slopes in self.slopes], B)

    def traces(self) -> Array:
        """tr(M^-1 dM/dtheta_j), shape (..., k)."""
        out = np.zeros((*self.theta.shape[:-1], self.solver.n_parameters))
        for inverse, slopes in zip(self.inverses, self.slopes, strict=True):
            for j, slope in enumerate(slopes):
                out[..., j] += (inverse * slope).sum(axis=(-1, -2, -3))
        return out


def _invert(M: Array) -> tuple[Array, Array] | None:
    """Inverse and ln-determinants of a stack of matrices, or None if one is not definite."""
    if M.shape[-1] == 1:
        if not np.all(M > 0):
            return None
        return 1.0 / M, np.log(M[..., 0, 0])
    if M.ndim == 3 and M.shape[0] == 1:
        factor, info = scipy.linalg.lapack.dpotrf(M[0], lower=1)
        if info != 0 or not _is_definite(factor[None], M):
            return None
        inverse, info = scipy.linalg.lapack.dpotri(factor, lower=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        return inverse[None], 2 * np.log(np.diag(factor)).sum()[None]
    try:
        factor = np.linalg.cholesky(M)
        inverse = np.linalg.inv(M)
    except np.linalg.LinAlgError:
        return None
    if not _is_definite(factor, M):
        return None
    logdet = 2 * np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)
    return (inverse + np.swapaxes(inverse, -1, -2)) / 2, logdet


def _is_definite(factor: Array, M: Array) -> bool:
    """Whether a triangle of M holds more than rounding: no pivot vanishes beside its variance."""
    pivots = np.diagonal(factor, axis1=-2, axis2=-1) ** 2
    least = LEAST_PIVOT * np.diagonal(M, axis1=-2, axis2=-1)
    return bool(np.all(np.isfinite(pivots) & (pivots > least)))


def marginal_components(terms: tuple[RandomTerm, ...], V: SamplingCovariance) -> Index:
    """Component of each row in the pattern of M: V's covariances and the shared levels."""
    n = V.diagonal.size
    links = []
    offset = n
    rows = np.arange(n)
    for term in terms:
        if term.is_record_level:
            continue
        links.append((rows, offset + term.codes))
        if term.correlation is not None:
            a, b = np.nonzero(term.correlation)
            links.append((offset + a, offset + b))
        offset += term.n_levels
    links.append((rows, V.components + offset))
    i = np.concatenate([a for a, _ in links])
    j = np.concatenate([b for _, b in links])
    size = offset + n
    graph = scipy.sparse.csr_array((np.ones(i.size), (i, j)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1][:n], dtype=np.intp)
