"""A model as blocks that share few effects: what theta makes of their designs and covariances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..model.frame import Frame
from ..model.shared_effects import SharedEffects
from ..model.structures import Array
from ..model.terms import Index, RandomTerm, with_parameters
from .bounded import SummedUnits, bounds_of
from .shared_blocks import BlockLaw, Stack, stacks_of


@dataclass(frozen=True)
class SharedModel:
    """Blocks and shared effects of a frame.

    The q shared effects are the standardised effects of large groupings, the p coefficients of the
    orthonormal design, and the unknowns that V shares.

    Attributes
    ----------
    terms
        The random terms.
    stacks
        Equal blocks.
    V
        Known covariance within them, less what is shared, (g, s, s) by stack.
    own
        Numbers of the terms within blocks, with the covariance that a variance of 1 gives.
    groupings
        Numbers of the shared terms, with their designs (n, L).
    Q, F
        Designs of the coefficients (n, p) and of V's unknowns (n, r).
    """

    terms: tuple[RandomTerm, ...]
    stacks: list[Stack]
    V: list[Array]
    own: list[tuple[int, list[Array]]]
    groupings: list[tuple[int, Array]]
    Q: Array
    F: Array

    @classmethod
    def of(cls, frame: Frame, shared: SharedEffects, Q: Array) -> SharedModel:
        """Take the blocks of a frame."""
        bounds, units, F = bounds_of(frame), SummedUnits.of(frame), shared.factors
        y = np.where(bounds.lower == bounds.upper, bounds.lower, np.nan)
        stacks = stacks_of(y, bounds, shared.blocks, units.shifts, units.p)
        rows = [stack.rows for stack in stacks]
        own = [k for k in range(len(frame.terms)) if k not in shared.terms]
        return cls(
            frame.terms,
            stacks,
            [frame.V.dense_blocks(r) - F[r] @ np.swapaxes(F[r], 1, 2) for r in rows],
            [(k, [_joint(frame.terms[k], r) for r in rows]) for k in own],
            [(k, _columns(frame.terms[k])) for k in shared.terms],
            Q,
            F,
        )

    @property
    def coefficients(self) -> slice:
        """Where the coefficients are among the shared effects."""
        start = sum(Z.shape[1] for _, Z in self.groupings)
        return slice(start, start + self.Q.shape[1])

    @property
    def prior(self) -> Array:
        """Precision of each shared effect before any row: 1, or 0 of a coefficient, shape (q,)."""
        out = np.ones(self.coefficients.stop + self.F.shape[1])
        out[self.coefficients] = 0.0
        return out

    def laws(self, theta: Array) -> list[BlockLaw]:
        """Give the blocks at theta (k,)."""
        parts = [float(part[0]) for _, part in with_parameters(self.terms, theta)]
        scaled = [Z * np.sqrt(parts[k]) for k, Z in self.groupings]
        A = np.hstack([*scaled, self.Q, self.F])
        out = []
        for i, stack in enumerate(self.stacks):
            M = self.V[i]
            for k, shapes in self.own:
                M = M + parts[k] * shapes[i]
            out.append(BlockLaw(stack, A[stack.rows], M))
        return out


def _joint(term: RandomTerm, rows: Index) -> Array:
    """Covariance that a variance of 1 gives to the rows of each block, shape (g, s, s)."""
    design = term.design[rows]
    return np.asarray(term.pairs(rows) * (design @ np.swapaxes(design, 1, 2)))


def _columns(term: RandomTerm) -> Array:
    """Design of a term's effects, shape (n, L q)."""
    hit = np.eye(term.n_levels)[term.codes]
    return np.asarray(hit[:, :, None] * term.design[:, None, :]).reshape(len(hit), -1)
