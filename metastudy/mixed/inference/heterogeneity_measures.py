"""Cochran's Q, the typical sampling variance, I2 of each component and H2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.linalg
from scipy.stats import chi2

from ..model.frame import Frame
from ..model.sampling_covariance import component_rows
from ..model.structures import Array


@dataclass(frozen=True)
class Heterogeneity:
    """Heterogeneity beside sampling error; every number is None where ``reason`` is given.

    Attributes
    ----------
    qe, qe_df, qe_pvalue
        Cochran's Q of the residuals, y'P0 y, chi-square with n - p if there is no heterogeneity.
    typical_v
        Typical sampling variance (n - p) / tr(P0) (Higgins & Thompson 2002, 10.1002/sim.1186).
    i2
        Share of each component in components + typical v, in per cent.
    i2_total, h2
        Their sum in per cent; total over sampling variance, sum / typical v + 1.
    """

    qe: float | None
    qe_df: int
    qe_pvalue: float | None
    typical_v: float | None
    i2: pd.Series[float] | None
    i2_total: float | None
    h2: float | None
    reason: str | None = None


def heterogeneity(frame: Frame, sigma2: pd.Series[float]) -> Heterogeneity:
    """Heterogeneity of a fit with components ``sigma2``."""
    df = frame.nobs - len(frame.names)
    reason = None
    if not frame.V.given:
        reason = "no sampling variances were given"
    elif not frame.V.is_invertible:
        reason = "the sampling covariance V is singular, so that V^-1 does not exist"
    if reason is not None:
        return Heterogeneity(None, df, None, None, None, None, None, reason)
    WC = _solve(frame, np.column_stack([frame.X, frame.y]))
    X, y = frame.X, frame.y
    cov = np.linalg.inv(X.T @ WC[:, :-1]) if X.shape[1] else np.zeros((0, 0))
    residual = y - X @ (cov @ (X.T @ WC[:, -1]))
    qe = float(residual @ (WC[:, -1] - WC[:, :-1] @ (cov @ (X.T @ WC[:, -1]))))
    trace = _trace_inverse(frame) - float(np.trace(cov @ (WC[:, :-1].T @ WC[:, :-1])))
    typical = df / trace
    total = float(sigma2.sum())
    i2 = 100 * sigma2 / (total + typical)
    return Heterogeneity(
        qe,
        df,
        float(chi2.sf(qe, df)),
        typical,
        i2.rename("i2"),
        float(i2.sum()),
        total / typical + 1,
    )


def _solve(frame: Frame, B: Array) -> Array:
    if frame.V.is_diagonal:
        return np.asarray(B / frame.V.diagonal[:, None])
    out = np.empty_like(B)
    for rows in component_rows(frame.V.components):
        out[rows] = scipy.linalg.solve(frame.V.dense(rows), B[rows], assume_a="pos")
    return out


def _trace_inverse(frame: Frame) -> float:
    if frame.V.is_diagonal:
        return float((1 / frame.V.diagonal).sum())
    return float(
        sum(
            np.trace(np.linalg.inv(frame.V.dense(rows)))
            for rows in component_rows(frame.V.components)
        )
    )
