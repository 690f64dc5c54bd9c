"""How the marginal covariance M moves with theta, as products with sparse matrices, without M."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import scipy.sparse

from ..model.structures import Array
from ..model.terms import Index, RandomTerm, parameter_slices


class SlopesAlone:
    """A solver's place where only the derivatives of M are asked for; rows keep their order.

    Parameters
    ----------
    terms
        The random terms.
    n
        Number of rows.
    """

    def __init__(self, terms: tuple[RandomTerm, ...], n: int) -> None:
        self.terms = terms
        self.order: Index = np.arange(n)
        self.slices = parameter_slices(terms)

    @property
    def n_parameters(self) -> int:
        """Length of theta."""
        return self.slices[-1].stop if self.slices else 0

    def factor(self, theta: Array) -> Slopes:
        """Return the slopes at theta (k,)."""
        return Slopes(self, theta)

    @cached_property
    def designs(self) -> list[scipy.sparse.csr_array]:
        """Z of each term, one column for each effect of each level, shape (n, L q)."""
        out = []
        for term in self.terms:
            n, q = term.design.shape
            rows = np.repeat(np.arange(n), q)
            columns = (term.codes[:, None] * q + np.arange(q)).ravel()
            shape = (n, term.n_levels * q)
            out.append(scipy.sparse.csr_array((term.design.ravel(), (rows, columns)), shape=shape))
        return out

    @cached_property
    def indicators(self) -> list[scipy.sparse.csr_array]:
        """Level of each row as 0 and 1, shape (n, L), of each term."""
        out = []
        for term in self.terms:
            n = term.codes.size
            columns = (np.ones(n), (np.arange(n), term.codes))
            out.append(scipy.sparse.csr_array(columns, shape=(n, term.n_levels)))
        return out


class Slopes:
    """Derivatives of M at one theta."""

    def __init__(self, solver: SlopesAlone, theta: Array) -> None:
        self.solver, self.theta = solver, theta
        self.places = [(k, r) for k, s in enumerate(solver.slices) for r in range(s.stop - s.start)]

    def apply(self, j: int, B: Array) -> Array:
        """dM/dtheta_j times B (n, c)."""
        k, r = self.places[j]
        term, Z = self.solver.terms[k], self.solver.designs[k]
        part = self.theta[self.solver.slices[k]]
        if term.is_scalar:
            indicator = self.solver.indicators[k]
            slope = term.level_variance_slopes(part)[r]
            return np.asarray(indicator @ (slope[:, None] * (indicator.T @ B)))
        dG = term.structure.derivatives(part)[r]
        effects = (Z.T @ B).reshape(term.n_levels, len(dG), B.shape[1])
        moved = np.einsum("pq,lqc->lpc", dG, effects)
        if term.correlation is not None:
            moved = np.einsum("lm,mpc->lpc", term.correlation, moved)
        return np.asarray(Z @ moved.reshape(Z.shape[1], B.shape[1]))
