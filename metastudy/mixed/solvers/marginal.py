"""The marginal covariance M of some rows, dense, and its derivatives in a linear basis."""

from __future__ import annotations

import numpy as np

from ..model.sampling_covariance import SamplingCovariance
from ..model.structures import Array, Structure
from ..model.terms import Index, RandomTerm, with_parameters


def marginal_covariance(
    terms: tuple[RandomTerm, ...], V: SamplingCovariance, theta: Array, rows: Index
) -> Array:
    """M at theta of the rows, shape (m, m)."""
    M = V.dense(rows)
    for term, part in with_parameters(terms, theta):
        M = M + random_covariance(term, part, rows, rows)
    return np.asarray(M)


def random_covariance(term: RandomTerm, part: Array, rows: Index, columns: Index) -> Array:
    """Covariance that one term gives to rows and columns, shape (m, k)."""
    if term.correlation is not None:
        shared = term.correlation[np.ix_(term.codes[rows], term.codes[columns])]
    else:
        shared = 1.0 * (term.codes[rows][:, None] == term.codes[columns])
    if term.is_scalar:
        variance = term.level_variance(part)
        return np.asarray(shared * variance[term.codes[columns]])
    left, right = term.design[rows], term.design[columns]
    return np.asarray(shared * (left @ term.structure.matrix(part) @ right.T))


def linear_basis(structure: Structure) -> Array | None:
    """Matrices (r, q, q) whose span is the structure, or None where it is not a linear one."""
    q = structure.size
    if structure.parameters[0].kind == "variance":
        return structure.derivatives(np.ones(len(structure.parameters)))
    if structure.name == "cs":
        return np.array([np.eye(q), np.ones((q, q)) - np.eye(q)])
    if structure.name != "un":
        return None
    out = []
    for i in range(q):
        for j in range(i, q):
            E = np.zeros((q, q))
            E[i, j] = E[j, i] = 1.0
            out.append(E)
    return np.array(out)
