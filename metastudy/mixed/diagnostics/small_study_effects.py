"""Small-study effects: Egger-type regressions, PEESE, the rank test.

The response is regressed on a measure of imprecision, in the fitted model with all its random
effects (Egger et al. 1997, 10.1136/bmj.315.7109.629; Rodgers & Pustejovsky 2021,
10.1037/met0000300; PEESE: Stanley & Doucouliagos 2014, 10.1002/jrsm.1095). The sampling error of a
level such as log R grows with the level where errors are relative, so there the regression on the
standard error shows an asymmetry that is none; only a predictor free of the response will do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import kendalltau, t

from ..errors import UndefinedError
from ..model.columns import check_rank, design_matrix
from ..model.frame import Frame
from ..model.structures import Array
from .funnel import sampling_variances

RESPONSES = ("contrast", "level")


def check_response(response: str, what: str, reason: str) -> None:
    """Refuse a method for levels.

    Raises
    ------
    UndefinedError
        With the reason.
    """
    if response not in RESPONSES:
        raise UndefinedError(
            f"response {response!r} is not known; give 'contrast' for differences or log ratios of "
            "arms, 'level' for values such as log10 R"
        )
    if response == "level":
        raise UndefinedError(f"{what} is not defined for levels: {reason}")


@dataclass(frozen=True)
class AsymmetryTest:
    """Slope of the response on a measure of imprecision.

    Attributes
    ----------
    predictor
        What the response was regressed on.
    slope, se, df, statistic, pvalue
        The slope and its test; the p-value is missing below 4 degrees of freedom.
    limit, limit_se
        Estimate where the predictor is 0 (None where the model has moderators beside it).
    reference
        Distribution and covariance behind the test, such as ``"satterthwaite"`` or ``"CR2"``.
    """

    predictor: str
    slope: float
    se: float
    df: float
    statistic: float
    pvalue: float
    limit: float | None
    limit_se: float | None
    reference: str


def predictor_column(frame: Frame, predictor: str, response: str) -> tuple[str, Array]:
    """Name and values of a predictor: ``"se"``, ``"v"`` or an expression in the data's columns.

    Raises
    ------
    UndefinedError
        For ``"se"`` and ``"v"`` where the response is a level.
    """
    if not isinstance(predictor, str):
        raise UndefinedError(
            f"predictor {predictor!r} is no text; give 'se', 'v', or an expression in columns"
        )
    if predictor in ("se", "v"):
        check_response(
            response,
            f"a regression on {predictor!r}",
            "their sampling error depends on the level itself; regress on a predictor free of it, "
            "such as '1 / np.sqrt(n)'",
        )
        v = sampling_variances(frame, f"the predictor {predictor!r}")
        return predictor, np.sqrt(v) if predictor == "se" else v
    if response not in RESPONSES:
        check_response(response, "", "")
    text = predictor if predictor.isidentifier() else f"I({predictor})"
    values = design_matrix(f"0 + {text}", frame.data, list(frame.labels), "predictor").values
    if values.shape[1] != 1:
        raise UndefinedError(f"predictor {predictor!r} is not one numeric column")
    return predictor, values[:, 0]


def with_predictor(frame: Frame, name: str, values: Array) -> Frame:
    """Add a column to the fixed part, as its last."""
    X = np.column_stack([frame.X, values])
    names = (*frame.names, name)
    check_rank(X, names, f"predictor {name!r}")
    return replace(frame, X=X, names=names)


def egger_by_least_squares(frame: Frame, predictor: str, response: str) -> AsymmetryTest:
    """Classic Egger test: weighted least squares with an estimated factor on v, t with n - p."""
    name, values = predictor_column(frame, predictor, response)
    v = sampling_variances(frame, "Egger's regression")
    X = with_predictor(frame, name, values).X
    n, p = X.shape
    W = X / v[:, None]
    cov = np.linalg.inv(X.T @ W)
    beta = cov @ (W.T @ frame.y)
    scale = float(((frame.y - X @ beta) ** 2 / v).sum() / (n - p))
    se = np.sqrt(scale * np.diag(cov))
    statistic = float(beta[-1] / se[-1])
    lone = frame.names == ("Intercept",)
    return AsymmetryTest(
        name,
        float(beta[-1]),
        float(se[-1]),
        float(n - p),
        statistic,
        float(2 * t.sf(abs(statistic), n - p)),
        float(beta[0]) if lone else None,
        float(se[0]) if lone else None,
        "least squares",
    )


def rank_test(frame: Frame, response: str) -> tuple[float, float]:
    """Kendall's tau between standardised deviations and v, and its p-value.

    Begg & Mazumdar 1994 (10.2307/2533446); exact without ties below 50 rows.
    """
    check_response(response, "the rank test", "their sampling error depends on the level itself")
    v = sampling_variances(frame, "the rank test")
    if frame.names != ("Intercept",):
        raise UndefinedError("the rank test is defined for a model with an intercept alone")
    weights = 1 / v
    mean = float(weights @ frame.y / weights.sum())
    deviation = (frame.y - mean) / np.sqrt(v - 1 / weights.sum())
    ties = len(np.unique(v)) < v.size or len(np.unique(deviation)) < v.size
    if ties or v.size >= 50:
        found = kendalltau(deviation, v, method="asymptotic")
    else:
        found = kendalltau(deviation, v, method="exact")
    return float(found.statistic), float(found.pvalue)
