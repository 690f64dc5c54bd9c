"""Covariance of theta and degrees of freedom of linear combinations of the fixed coefficients."""

from __future__ import annotations

import numpy as np

from ..errors import UndefinedError
from ..likelihoods.gaussian import Evaluation, Likelihood
from ..model.structures import Array
from ..model.terms import Index, RandomTerm
from ..optimise.newton import NEAR_LIMIT

REACH = 1e-3
"""Relative step of the differences; their error falls with its fourth power."""


def interior(likelihood: Likelihood, theta: Array) -> Index:
    """Numbers of the parameters that do not sit on a limit of their range."""
    typical = likelihood.typical_sizes
    span = np.maximum(np.abs(theta), NEAR_LIMIT * typical)
    inside = (theta - likelihood.lower > 1e-7 * span) & (likelihood.upper - theta > 1e-7 * span)
    small = np.array([p.kind in ("variance", "sd") for p in likelihood.parameters], dtype=bool) & (
        theta <= 1e-9 * typical
    )
    return np.flatnonzero(inside & ~small)


def observed_information(likelihood: Likelihood, theta: Array) -> tuple[Array, Index]:
    """Observed information of the interior parameters, and their numbers.

    The exact score is differenced with four points (error of order h^4), which holds for every
    structure and needs no second derivatives.
    """
    free = interior(likelihood, theta)
    out = np.empty((free.size, free.size))
    for a, j in enumerate(free):
        h = difference_step(likelihood, theta, int(j))

        def score(offset: float, j: int = int(j)) -> Array:
            moved = theta.copy()
            moved[j] += offset
            evaluation = likelihood.evaluate(moved)
            if evaluation is None or evaluation.score is None:
                raise UndefinedError(
                    "the observed information is not defined: the covariance stops being positive "
                    "definite beside the estimate"
                )
            return np.asarray(evaluation.score[free])

        out[a] = -(8 * (score(h) - score(-h)) - (score(2 * h) - score(-2 * h))) / (12 * h)
    return (out + out.T) / 2, free


def difference_step(likelihood: Likelihood, theta: Array, j: int) -> float:
    """Step of difference quotients by theta_j, twice of which stays inside its limits."""
    room = float(min(theta[j] - likelihood.lower[j], likelihood.upper[j] - theta[j]))
    relative = likelihood.parameters[j].kind not in ("correlation", "coefficient")
    return min(REACH * float(abs(theta[j])) if relative else REACH, 0.4 * room)


def covariance_slopes(likelihood: Likelihood, at: Evaluation, free: Index) -> Array:
    """Differentiate cov(beta) by theta: F Q'M^-1 M_j M^-1 Q F, shape (r, p, p)."""
    assert at.WQ is not None
    out = np.empty((free.size, likelihood.p, likelihood.p))
    for a, j in enumerate(free):
        out[a] = at.cov @ (at.WQ.T @ at.factor.apply(int(j), at.WQ)) @ at.cov
    return out


def satterthwaite_df(L: Array, cov: Array, slopes: Array, theta_cov: Array) -> Array:
    """Satterthwaite's degrees of freedom of each row of L, 2 (c'Fc)^2 / (g'A g).

    Parameters
    ----------
    L
        Linear combinations of the coefficients, shape (m, p).
    cov, slopes
        F and its derivatives by theta.
    theta_cov
        A, inverse of the observed information of theta.

    Notes
    -----
    Giesbrecht & Burns 1985 (10.2307/2530872); as in lmerTest, Kuznetsova et al. 2017
    (10.18637/jss.v082.i13).
    """
    variance = np.einsum("mi,ij,mj->m", L, cov, L)
    g = np.einsum("mi,rij,mj->mr", L, slopes, L)
    spread = np.einsum("mr,rs,ms->m", g, theta_cov, g)
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(spread > 0, 2 * variance**2 / spread, np.inf))


def containment_df(X: Array, terms: tuple[RandomTerm, ...]) -> Array:
    """Degrees of freedom of each column: the coarsest factor within whose levels it is constant.

    (levels of that factor) - p, or n - p where no factor contains the column, as metafor's
    ``dfs="contain"``.
    """
    n, p = X.shape
    out = np.full(p, float(n - p))
    for term in terms:
        constant = np.all(X[term.first_rows[term.codes]] == X, axis=0)
        out[constant] = np.minimum(out[constant], term.n_levels - p)
    return out


def component_df(X: Array, terms: tuple[RandomTerm, ...]) -> list[int | None]:
    """Degrees of freedom of each component: rank its levels add to the fixed part and the others.

    Components finer than it do not count among the others. None above 3,000 rows.
    """
    if X.shape[0] > 3000:
        return [None] * len(terms)
    from ..solvers.nested import is_nested

    Z = [_level_columns(term) for term in terms]
    out: list[int | None] = []
    for k, term in enumerate(terms):
        others = [Z[m] for m, other in enumerate(terms) if m != k and not is_nested(term, other)]
        base = np.hstack([X, *others])
        out.append(_rank(np.hstack([base, Z[k]])) - _rank(base))
    return out


def _level_columns(term: RandomTerm) -> Array:
    """Columns of a term's levels, or of a multiple membership's members."""
    hit = np.eye(term.n_levels)[term.codes]
    if not term.membership:
        return hit
    return np.asarray(hit[:, :, None] * term.design[:, None, :]).reshape(hit.shape[0], -1)


def _rank(matrix: Array) -> int:
    return int(np.linalg.matrix_rank(matrix)) if matrix.size else 0
