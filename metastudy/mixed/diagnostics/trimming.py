"""Trim and fill of a two-level model with an intercept alone.

Rows missing on one side of the funnel are counted from the ranks of the deviations, and their
mirror images are added (Duval & Tweedie 2000, 10.1111/j.0006-341X.2000.00455.x and
10.1080/01621459.2000.10473905). A sensitivity analysis for contrasts, no correction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..errors import UndefinedError
from ..model.frame import Frame
from ..model.sampling_covariance import SamplingCovariance
from ..model.structures import Array
from ..model.terms import Index
from ..optimise.moments import check_two_level
from ..optimise.refitting import coefficients, refit
from .funnel import sampling_variances
from .small_study_effects import check_response, with_predictor

ESTIMATORS = ("L0", "R0", "Q0")


@dataclass(frozen=True)
class TrimAndFill:
    """Result of trim and fill.

    Attributes
    ----------
    k0, k0_se
        Estimated number of rows that are missing, and its standard error.
    side
        Side of the funnel on which they are missing.
    estimate, se, tau2
        Mean, its standard error and the variance with the filled rows.
    filled_response, filled_v
        The rows that were added.
    """

    k0: int
    k0_se: float
    side: str
    estimate: float
    se: float
    tau2: float
    filled_response: Array
    filled_v: Array


def trim_and_fill(
    frame: Frame, method: str, response: str, estimator: str = "L0", side: str | None = None
) -> TrimAndFill:
    """Trim and fill a two-level fit.

    Parameters
    ----------
    frame, method
        The fit's rows and its estimator, which is used for every refit.
    response
        ``"contrast"``; levels are refused.
    estimator
        L0, R0 or Q0.
    side
        ``"left"`` or ``"right"``; by default opposite to the slope of the regression on the
        standard error.

    Raises
    ------
    UndefinedError
        For levels, moderators and models that are not two-level.
    """
    check_response(
        response,
        "trim and fill",
        "nothing suppresses a value for being on one side of a mean of levels",
    )
    if estimator not in ESTIMATORS:
        raise UndefinedError(f"estimator {estimator!r} is not one of {', '.join(ESTIMATORS)}")
    if side not in (None, "left", "right"):
        raise UndefinedError(f"side {side!r} is neither 'left' nor 'right'")
    if frame.names != ("Intercept",):
        raise UndefinedError("trim and fill is defined for a model with an intercept alone")
    if frame.terms:
        check_two_level(frame, "trim and fill")
    v = sampling_variances(frame, "trim and fill")
    side = side or _side(frame, v)
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * frame.y, kind="stable")
    y, v = sign * frame.y[order], v[order]
    k0, k0_se, centre = _missing(frame.take(order), y, v, method, estimator)
    n = y.size
    extra = 2 * centre - y[n - k0 :]
    filled_v = v[n - k0 :]
    whole = _two_level(frame, np.append(y, extra), np.append(v, filled_v))
    likelihood, optimum = refit(whole, method)
    beta, cov = coefficients(likelihood, optimum)
    return TrimAndFill(
        k0,
        k0_se,
        side,
        float(sign * beta[0]),
        float(np.sqrt(cov[0, 0])),
        float(optimum.theta.sum()),
        sign * extra,
        filled_v,
    )


def _side(frame: Frame, v: Array) -> str:
    """Side opposite to where the imprecise rows lie."""
    likelihood, optimum = refit(with_predictor(frame, "se", np.sqrt(v)), "REML")
    return "right" if coefficients(likelihood, optimum)[0][-1] < 0 else "left"


def _missing(
    frame: Frame, y: Array, v: Array, method: str, estimator: str
) -> tuple[int, float, float]:
    """Iterate between the trimmed mean and the number of rows missing on the left."""
    n, k0 = y.size, 0
    for _ in range(100):
        part = _two_level(frame, y[: n - k0], v[: n - k0])
        centre = float(coefficients(*refit(part, method))[0][0])
        deviation = y - centre
        ranks = _ranks(np.abs(deviation))
        signed = np.sign(deviation) * ranks
        raw = _count(signed, n, estimator)
        before, k0 = k0, max(0, int(np.round(raw)))
        if k0 == before:
            return k0, _count_se(max(0.0, raw), n, estimator), centre
    raise UndefinedError("trim and fill does not settle: the number of missing rows alternates")


def _ranks(values: Array) -> Index:
    ranks = np.empty(values.size, dtype=np.intp)
    ranks[np.argsort(values, kind="stable")] = np.arange(1, values.size + 1)
    return ranks


def _count(signed: Array, n: int, estimator: str) -> float:
    if estimator == "R0":
        return float(n - np.max(-signed[signed < 0], initial=0.0)) - 1
    wilcoxon = float(signed[signed > 0].sum())
    if estimator == "L0":
        return (4 * wilcoxon - n * (n + 1)) / (2 * n - 1)
    return n - 0.5 - float(np.sqrt(max(2 * n**2 - 4 * wilcoxon + 0.25, 0.0)))


def _count_se(k0: float, n: int, estimator: str) -> float:
    """Give the standard error of the number, by the variance of the signed-rank sum given k0."""
    if estimator == "R0":
        return float(np.sqrt(2 * k0 + 2))
    variance = (
        n * (n + 1) * (2 * n + 1)
        + 10 * k0**3
        + 27 * k0**2
        + 17 * k0
        - 18 * n * k0**2
        - 18 * n * k0
        + 6 * n**2 * k0
    ) / 24
    if estimator == "L0":
        return float(4 * np.sqrt(variance) / (2 * n - 1))
    return float(2 * np.sqrt(variance) / np.sqrt((n - 0.5) ** 2 - k0 * (2 * n - k0 - 1)))


def _two_level(frame: Frame, y: Array, v: Array) -> Frame:
    """Frame of the same model with other rows."""
    n = y.size
    rows = np.arange(n)
    terms = tuple(
        replace(t, levels=tuple(range(n)), codes=rows, design=np.ones((n, 1))) for t in frame.terms
    )
    V = SamplingCovariance(v, None, np.zeros(n, dtype=bool))
    return replace(
        frame,
        labels=tuple(map(str, range(n))),
        y=y,
        X=np.ones((n, 1)),
        terms=terms,
        V=V,
    )
