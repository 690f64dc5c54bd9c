"""Correlated slopes on orthonormal columns: the same model, whatever the zero and unit of x.

With a covariate far from zero the effects of ``(x | g)`` are almost collinear, and their
correlation lies at its limit. The design of a term is written D = Q T with orthonormal columns Q
(times the root of n), so that effects T u replace u and T G T' their covariance G. Search,
information and profiles run there; theta is reported for u.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg

from ..likelihoods.gaussian import Likelihood, build_solver
from ..model.structures import Array, unstructured_parameters
from ..model.terms import RandomTerm, parameter_slices
from ..solvers.blocks import BlockSolver

ZERO = 1e-7
"""Standard deviation, as a share of its typical size, that a change of basis cannot tell from 0."""


@dataclass(frozen=True)
class OrthonormalEffects:
    """A likelihood in the effects T u.

    Attributes
    ----------
    likelihood
        The same criterion, its theta that of T u.
    original
        The likelihood in the effects u.
    bases, inverses
        T and its inverse (q, q) of each term, None where its effects are left as they are.
    """

    likelihood: Likelihood
    original: Likelihood
    bases: tuple[Array | None, ...]
    inverses: tuple[Array | None, ...]

    def to_orthonormal(self, theta: Array) -> Array:
        """Theta of T u from that of u."""
        return _mapped(theta, self.bases, self.likelihood)

    def to_original(self, theta: Array) -> Array:
        """Theta of u from that of T u."""
        return _mapped(theta, self.inverses, self.original)


def _mapped(theta: Array, changes: tuple[Array | None, ...], into: Likelihood) -> Array:
    out = theta.copy()
    places = parameter_slices(into.terms)
    for term, change, place in zip(into.terms, changes, places, strict=True):
        if change is not None:
            least = ZERO * into.typical_sizes[place][: term.structure.size]
            G = change @ term.structure.matrix(theta[place]) @ change.T
            out[place] = unstructured_parameters(G, least)
    return out


def orthonormal_effects(
    likelihood: Likelihood, last: tuple[int, int] | None = None
) -> OrthonormalEffects | None:
    """Change to orthonormal effects, None where no term has correlated effects of columns.

    Parameters
    ----------
    likelihood
        The criterion; censored and mixture likelihoods are left as they are.
    last
        Number of a term and of its effect, whose standard deviation stays a parameter but for a
        factor: it is the last of that term's effects.
    """
    if type(likelihood) is not Likelihood:
        return None
    terms = list(likelihood.terms)
    bases: list[Array | None] = [None] * len(terms)
    inverses: list[Array | None] = [None] * len(terms)
    for k, term in enumerate(likelihood.terms):
        found = _basis(term, last[1] if last is not None and last[0] == k else None)
        if found is not None:
            design, bases[k], inverses[k] = found
            terms[k] = replace(term, design=design)
    if all(T is None for T in bases):
        return None
    changed = _with_terms(likelihood, tuple(terms))
    return OrthonormalEffects(changed, likelihood, tuple(bases), tuple(inverses))


def _basis(term: RandomTerm, last: int | None) -> tuple[Array, Array, Array] | None:
    """Orthonormal design (n, q), T and its inverse; None where the columns are orthogonal."""
    q = term.structure.size
    if term.structure.name != "un" or q < 2 or term.log_scale is not None:
        return None
    norms = np.linalg.norm(term.design, axis=0)
    if norms.min() == 0:
        return None
    scaled = term.design / norms
    if np.abs(scaled.T @ scaled - np.eye(q)).max() < 1e-12:
        return None
    order = [i for i in range(q) if i != last] + ([] if last is None else [last])
    Q, R = scipy.linalg.qr(scaled[:, order], mode="economic")
    if np.abs(np.diag(R)).min() < 1e-10:
        return None
    root, back = np.sqrt(term.codes.size), np.argsort(order)
    inverse = scipy.linalg.solve_triangular(R, np.eye(q))
    T = R[:, back] * norms / root
    return np.ascontiguousarray(Q * root), T, inverse[back] * root / norms[:, None]


def _with_terms(likelihood: Likelihood, terms: tuple[RandomTerm, ...]) -> Likelihood:
    """Take terms with other designs on the same rows and levels."""
    new = object.__new__(Likelihood)
    new.__dict__.update(likelihood.__dict__)
    for name in ("typical_sizes", "least_values"):
        new.__dict__.pop(name, None)
    new.terms = terms
    solver = likelihood.solver
    if isinstance(solver, BlockSolver):
        new.solver = solver.with_designs(terms)
    else:
        new.solver = build_solver(terms, likelihood.V)
    return new
