"""Tests of linear hypotheses on the fixed coefficients with small-sample degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ..errors import UndefinedError
from ..likelihoods.gaussian import Likelihood
from ..model.structures import Array
from ..model.terms import with_parameters
from ..solvers.blocks import BlockSolver
from ..solvers.marginal import linear_basis

LARGEST_BLOCK = 3000
"""Rows of a connected component up to which Kenward-Roger's dense products are formed."""


@dataclass(frozen=True)
class FTest:
    """F test of L beta = 0: statistic, degrees of freedom (infinite: chi-square / df) and p."""

    statistic: float
    df_num: float
    df_denom: float
    pvalue: float


def f_test(statistic: float, df_num: float, df_denom: float) -> FTest:
    """Wrap a statistic with its p-value."""
    if np.isinf(df_denom):
        p = float(stats.chi2.sf(statistic * df_num, df_num))
    else:
        p = float(stats.f.sf(statistic, df_num, df_denom)) if df_denom > 0 else float("nan")
    return FTest(float(statistic), float(df_num), float(df_denom), p)


def wald_statistic(L: Array, beta: Array, cov: Array) -> float:
    """(L beta)'(L cov L')^-1 (L beta) / rank."""
    value = L @ beta
    return float(value @ np.linalg.solve(L @ cov @ L.T, value) / L.shape[0])


def satterthwaite_f_df(L: Array, cov: Array, slopes: Array, theta_cov: Array) -> float:
    """Denominator df of a joint test (Fai & Cornelius 1996, 10.1080/00949659608811740).

    The hypothesis is turned into independent t tests by the eigenvectors of L cov L'; the expected
    sum of their squares, sum of nu/(nu-2), gives 2E/(E - q).
    """
    from .degrees_of_freedom import satterthwaite_df

    values, vectors = np.linalg.eigh(L @ cov @ L.T)
    keep = values > values.max() * 1e-12
    rows = vectors[:, keep].T @ L
    nu = satterthwaite_df(rows, cov, slopes, theta_cov)
    q = rows.shape[0]
    if q == 1:
        return float(nu[0])
    if np.ptp(nu) < 1e-8 * nu.max():
        return float(nu.mean())
    if np.any(nu <= 2):
        return 2.0
    expected = float((nu / (nu - 2)).sum())
    return float(2 * expected / (expected - q))


@dataclass(frozen=True)
class KenwardRoger:
    """Kenward & Roger's (1997, 10.2307/2533558) adjusted covariance and what its tests need.

    Attributes
    ----------
    cov
        Phi_A, adjusted covariance of the orthonormal coefficients.
    model_cov
        Phi, the unadjusted one.
    P
        -X'M^-1 K_i M^-1 X for each parameter, shape (r, p, p).
    W
        Inverse expected information of the parameters, shape (r, r).
    """

    cov: Array
    model_cov: Array
    P: Array
    W: Array

    def test(self, L: Array, beta: Array) -> FTest:
        """Scaled F test of L beta = 0 with their degrees of freedom."""
        q = L.shape[0]
        theta = L.T @ np.linalg.solve(L @ self.model_cov @ L.T, L)
        half = np.array([theta @ self.model_cov @ P @ self.model_cov for P in self.P])
        traces = np.trace(half, axis1=1, axis2=2)
        a1 = float(traces @ self.W @ traces)
        a2 = float(np.einsum("ij,iab,jba->", self.W, half, half))
        scale, df = _scale_and_df(a1, a2, q)
        return f_test(scale * wald_statistic(L, beta, self.cov), q, df)


def _scale_and_df(a1: float, a2: float, q: int) -> tuple[float, float]:
    if a2 == 0:
        return 1.0, np.inf
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    d = 3 * q + 2 * (1 - g)
    c1, c2, c3 = g / d, (q - g) / d, (q + 2 - g) / d
    expected = 1 / (1 - a2 / q)
    variance = (2 / q) * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    rho = variance / (2 * expected**2)
    df = 4 + (q + 2) / (q * rho - 1)
    return df / (expected * (df - 2)), df


def kenward_roger(likelihood: Likelihood, theta: Array) -> KenwardRoger:
    """Kenward-Roger's quantities at the REML estimate.

    Raises
    ------
    UndefinedError
        For ML fits, for structures that are not linear in covariances, and for components too
        large for dense blocks.
    """
    if not likelihood.reml:
        raise UndefinedError("Kenward-Roger is defined for REML fits; refit with method='REML'")
    if likelihood.extras:
        raise UndefinedError(
            "Kenward-Roger is not defined with printed spreads; use test='satterthwaite'"
        )
    solver, slopes = _linear_slopes(likelihood, theta)
    factor = solver.factor(theta)
    if factor is None:
        raise UndefinedError("Kenward-Roger needs a positive definite marginal covariance")
    Q = np.empty_like(likelihood.Q)
    Q[likelihood.order] = likelihood.Q
    Q = Q[solver.order]
    WQ = factor.solve(Q)
    phi = np.linalg.inv(Q.T @ WQ)
    KWQ = [solver.multiply(K, WQ) for K in slopes]
    P = np.array([-WQ.T @ k for k in KWQ])
    r = len(slopes)
    products = [[inverse @ K[s] for s, inverse in enumerate(factor.inverses)] for K in slopes]
    info, inner = np.empty((r, r)), np.zeros_like(phi)
    cross = {}
    for i in range(r):
        solved = factor.solve(KWQ[i])
        for j in range(r):
            cross[j, i] = KWQ[j].T @ solved
            trace = sum(
                float((a * np.swapaxes(b, -1, -2)).sum())
                for a, b in zip(products[i], products[j], strict=True)
            )
            info[i, j] = 0.5 * (
                trace - 2 * np.trace(phi @ cross[j, i]) + np.trace(phi @ P[i] @ phi @ P[j])
            )
    W = np.linalg.inv((info + info.T) / 2)
    for i in range(r):
        for j in range(r):
            inner += W[i, j] * (cross[i, j] - P[i] @ phi @ P[j])
    adjusted = phi + 2 * phi @ ((inner + inner.T) / 2) @ phi
    return KenwardRoger(adjusted, phi, P, W)


def _linear_slopes(likelihood: Likelihood, theta: Array) -> tuple[BlockSolver, list[list[Array]]]:
    """Dense solver and the derivatives of M by the covariances, zero variances left out."""
    solver = BlockSolver(likelihood.terms, likelihood.V)
    if solver.largest > LARGEST_BLOCK:
        raise UndefinedError(
            f"Kenward-Roger needs dense blocks, and {solver.largest} rows are connected; "
            "use test='satterthwaite'"
        )
    out: list[list[Array]] = []
    size = likelihood.typical_sizes
    for k, (term, part) in enumerate(with_parameters(likelihood.terms, theta)):
        basis = linear_basis(term.structure) if term.log_scale is None else None
        if basis is None:
            raise UndefinedError(
                f"Kenward-Roger is defined for structures that are linear in their covariances; "
                f"{term.name!r} is not; use test='satterthwaite'"
            )
        zero = len(basis) == 1 and part[0] <= 1e-10 * size[solver.slices[k]][0]
        if not zero:
            out += [solver.linear_slope(k, E) for E in basis]
    return solver, out
