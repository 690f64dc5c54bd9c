"""Estimators of the one variance of a two-level model by moments, and its Q-profile interval.

y_i = x_i b + u_i + e_i with Var(u_i) = tau2 and known v_i. With weights A and
P_A = A - A X (X'A X)^-1 X'A, E[y'P_A y] = tr(P_A V) + tau2 tr(P_A), from which most follow
(DerSimonian & Kacker 2007, 10.1016/j.cct.2006.04.004; Viechtbauer 2005, 10.3102/10769986030003261;
Veroniki et al. 2016, 10.1002/jrsm.1164).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from ..errors import UndefinedError
from ..model.frame import Frame
from ..model.structures import Array


def _residual_form(y: Array, X: Array, weights: Array) -> tuple[float, Array, Array]:
    """y'P_A y, the residuals' inverse information (X'A X)^-1 and A X."""
    AX = weights[:, None] * X
    inverse = np.linalg.inv(X.T @ AX) if X.shape[1] else np.zeros((0, 0))
    residual = y - X @ (inverse @ (AX.T @ y))
    return float(weights @ residual**2), inverse, AX


def _moment(y: Array, X: Array, v: Array, weights: Array) -> float:
    """(y'P_A y - tr(P_A V)) / tr(P_A)."""
    q, inverse, AX = _residual_form(y, X, weights)
    trace_v = float(weights @ v - np.trace(inverse @ (AX.T @ (v[:, None] * AX))))
    trace = float(weights.sum() - np.trace(inverse @ (AX.T @ AX)))
    return (q - trace_v) / trace


def _dersimonian_laird(y: Array, X: Array, v: Array) -> float:
    return _moment(y, X, v, 1 / v)


def _hedges(y: Array, X: Array, v: Array) -> float:
    return _moment(y, X, v, np.ones_like(v))


def _hunter_schmidt(y: Array, X: Array, v: Array) -> float:
    q = _residual_form(y, X, 1 / v)[0]
    return float((q - y.size) / (1 / v).sum())


def _hunter_schmidt_corrected(y: Array, X: Array, v: Array) -> float:
    n, p = X.shape
    q = _residual_form(y, X, 1 / v)[0]
    return float((q * n / (n - p) - n) / (1 / v).sum())


def _sidik_jonkman(y: Array, X: Array, v: Array) -> float:
    n, p = X.shape
    crude = float(y.var())
    return float(_residual_form(y, X, 1 / (v / crude + 1))[0] / (n - p))


def generalised_q(y: Array, X: Array, v: Array, tau2: float) -> float:
    """Generalised Q statistic y'P(tau2) y, chi-square with n - p at the true tau2."""
    return _residual_form(y, X, 1 / (v + tau2))[0]


def solve_generalised_q(y: Array, X: Array, v: Array, target: float) -> float:
    """tau2 at which the generalised Q statistic falls to ``target``; 0 where it starts below."""
    if v.min() > 0 and generalised_q(y, X, v, 0.0) <= target:
        return 0.0
    high = float(y.var()) or float(v.max())
    smallest = 1e-15 * high
    while generalised_q(y, X, v, high) > target:
        high *= 4
    low = 0.0 if v.min() > 0 else high * 1e-14
    root = brentq(
        lambda t: generalised_q(y, X, v, t) - target, low, high, xtol=smallest, rtol=1e-14
    )
    return float(root)


def _paule_mandel(y: Array, X: Array, v: Array) -> float:
    n, p = X.shape
    return solve_generalised_q(y, X, v, n - p)


def _paule_mandel_median(y: Array, X: Array, v: Array) -> float:
    n, p = X.shape
    return solve_generalised_q(y, X, v, float(chi2.median(n - p)))


MOMENTS: dict[str, Callable[[Array, Array, Array], float]] = {
    "DL": _dersimonian_laird,
    "HE": _hedges,
    "HS": _hunter_schmidt,
    "HSk": _hunter_schmidt_corrected,
    "SJ": _sidik_jonkman,
    "PM": _paule_mandel,
    "EB": _paule_mandel,
    "PMM": _paule_mandel_median,
}
"""DerSimonian-Laird, Hedges, Hunter-Schmidt (and corrected), Sidik-Jonkman, Paule-Mandel (the
empirical Bayes estimator is the same number), Paule-Mandel to the median."""


def check_two_level(frame: Frame, what: str) -> None:
    """Refuse models other than known variances and one effect for each row.

    Raises
    ------
    UndefinedError
        With the reason.
    """
    terms = frame.terms
    if not frame.V.given or not frame.V.is_diagonal:
        raise UndefinedError(f"{what} needs known sampling variances v without covariances")
    if len(terms) != 1 or not terms[0].is_record_level or len(terms[0].parameters) != 1:
        raise UndefinedError(
            f"{what} is defined for the two-level model alone: one random intercept with a level "
            "for each row, as in 'y ~ 1 + (1 | study)' with one row for each study; "
            "use method='REML' or 'ML' for others"
        )
    if terms[0].log_scale is not None or not np.all(terms[0].design == 1):
        raise UndefinedError(f"{what} is defined for one common variance without weights")


def estimate_tau2(frame: Frame, method: str) -> float:
    """Estimate tau2 of a two-level frame by a method of ``MOMENTS``, cut at 0."""
    check_two_level(frame, f"method {method!r}")
    v = frame.V.diagonal
    if method in ("DL", "HS", "HSk") and v.min() <= 0:
        raise UndefinedError(f"method {method!r} weighs by 1/v, which needs v > 0 in every row")
    return max(0.0, MOMENTS[method](frame.y, frame.X, v))


def q_profile(frame: Frame, alpha: float) -> tuple[float, float]:
    """Interval of tau2 from the generalised Q statistic (Viechtbauer 2007, 10.1002/sim.2514)."""
    check_two_level(frame, "the Q-profile interval")
    n, p = frame.X.shape
    v = frame.V.diagonal
    ends = [
        solve_generalised_q(frame.y, frame.X, v, float(chi2.ppf(q, n - p)))
        for q in (1 - alpha / 2, alpha / 2)
    ]
    return ends[0], ends[1]
