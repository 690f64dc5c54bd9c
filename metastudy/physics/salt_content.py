"""Resistance over salt content: an interphase in series with a transfer, and an optimum.

R(c) = R_SLEI + R_ct (c/c_ref)^-(1 - alpha): `weiss_2020` eq. 3 and 4. It holds below the
concentration of least resistance; above it R rises again, and a parabola in ln c finds the minimum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..confidence import check_alpha
from .arguments import FloatArray, Values, positive
from .curve_fit import Curve, CurveFit, CurveParameter, as_points, fit_curve
from .errors import PhysicsError
from .kinetics import exchange_current

REFERENCE_MOL_L = 1.0
_ALPHA_STARTS = (0.2, 0.5, 0.8)
_SERIES_STARTS = (0.02, 0.5, 0.95)


class TransferFit(CurveFit):
    """R_SLEI, R_ct at a reference concentration, and alpha, with profile intervals.

    ``params``: r_slei_ohm_cm2 (0 or more), r_ct_ohm_cm2 (at ``reference_mol_l``), alpha (0 to 1).

    Examples
    --------
    >>> import numpy as np
    >>> content = np.array([0.01, 0.03, 0.1, 0.3, 1.0])
    >>> fit = fit_transfer(content, 40 + 12 * content**-0.5)
    >>> fit.params.round(3).to_dict()["r_slei_ohm_cm2"], fit.told_apart()
    (40.0, True)
    """

    def __init__(self, *args: Any, reference_mol_l: float) -> None:
        super().__init__(*args)
        self.reference_mol_l = reference_mol_l

    def exchange_current(self, temperature_k: float, charge: int = 1) -> float:
        """Return i0 = RT/(zF R_ct) in A cm-2 at the reference concentration."""
        return exchange_current(float(self.params["r_ct_ohm_cm2"]), temperature_k, charge)

    def told_apart(self, alpha: float = 0.05) -> bool:
        """Whether the data needs both terms: R_SLEI above 0, and a transfer that varies with c.

        With alpha = 1 the transfer does not vary, and only its sum with R_SLEI is determined.
        """
        ends = self.conf_int(alpha)
        series, exponent = ends.loc["r_slei_ohm_cm2"], ends.loc["alpha"]
        return bool(series["lower"] > 0 and exponent["upper"] < 1)

    def remarks(self, alpha: float = 0.05) -> list[str]:
        """Say which of the two terms the data cannot tell apart."""
        ends = self.conf_int(alpha)
        series, exponent = ends.loc["r_slei_ohm_cm2"], ends.loc["alpha"]
        found = []
        if exponent["upper"] >= 1:
            found.append(
                "R_SLEI and a transfer resistance that does not vary with concentration "
                "(alpha = 1) cannot be told apart"
            )
        if series["lower"] <= 0:
            found.append(
                f"R_SLEI is not distinguishable from zero, at most {series['upper']:.3g} ohm cm2"
            )
        return found


def fit_transfer(
    concentration_mol_l: Values,
    resistance_ohm_cm2: Values,
    log_sd: Values | None = None,
    reference_mol_l: float = REFERENCE_MOL_L,
) -> TransferFit:
    """Fit R_SLEI, R_ct and alpha to resistances at several salt concentrations.

    Parameters
    ----------
    concentration_mol_l, resistance_ohm_cm2 : array_like, shape (n,)
        At one temperature, below the concentration of least resistance; three different
        concentrations at least.
    log_sd : array_like, shape (n,) or number, optional
        Known standard deviation of ln R, such as 0.05 for 5 %.
    reference_mol_l : float
        Concentration at which R_ct is given.

    Raises
    ------
    PhysicsError
        Where a number is not positive, or fewer than three concentrations are given.

    Examples
    --------
    >>> c = [0.1, 0.3, 1.0, 3.0]
    >>> fit = fit_transfer(c, [20 + 80 * x**-0.5 for x in c], log_sd=0.02)
    >>> fit.params.round(2).tolist()
    [20.0, 80.0, 0.5]
    """
    c, r, sd = as_points(
        positive("concentration_mol_l", concentration_mol_l),
        resistance_ohm_cm2,
        log_sd,
        ("concentration_mol_l", "resistance_ohm_cm2"),
        3,
        "R_SLEI, R_ct and alpha need",
    )
    reference = float(positive("reference_mol_l", reference_mol_l))

    def log_value(theta: FloatArray, x: FloatArray) -> FloatArray:
        series, transfer, alpha = theta
        return np.asarray(np.log(series + transfer * (x / reference) ** (alpha - 1.0)))

    curve = Curve(
        "R_SLEI + R_ct (c/c_ref)^-(1 - alpha)",
        (
            CurveParameter("r_slei_ohm_cm2", "ohm cm2", low=0.0),
            CurveParameter("r_ct_ohm_cm2", "ohm cm2", is_log=True),
            CurveParameter("alpha", "1", low=0.0, high=1.0),
        ),
        log_value,
    )
    nearest = r[np.argmin(np.abs(np.log(c / reference)))]
    starts = [
        (share * r.min(), (1.0 - share) * nearest, alpha)
        for share in _SERIES_STARTS
        for alpha in _ALPHA_STARTS
    ]
    found: TransferFit = fit_curve(curve, c, r, sd, starts, TransferFit, reference_mol_l=reference)
    return found


@dataclass(frozen=True)
class Optimum:
    """The content of least resistance.

    Attributes
    ----------
    content
        Where the parabola of ln R over ln content has its minimum, in the unit of the content.
    lower, upper
        Ends of its interval; None for an end that the data leaves open.
    curvature, curvature_se
        d2 ln R/d(ln content)2 and its standard error.
    inside
        Whether the minimum lies within the contents that were measured.
    remark
        What the data does not determine; empty where it determines the minimum.

    Examples
    --------
    >>> import numpy as np
    >>> content = np.array([5.0, 10.0, 20.0, 40.0])
    >>> found = least_resistance(content, np.exp(np.log(content / 15) ** 2), log_sd=0.01)
    >>> round(found.curvature, 6)  # d2 ln R/d(ln content)2
    2.0
    """

    content: float
    lower: float | None
    upper: float | None
    curvature: float
    curvature_se: float
    inside: bool
    remark: str


def least_resistance(
    content: Values, resistance_ohm_cm2: Values, log_sd: Values | None = None, alpha: float = 0.05
) -> Optimum:
    """Find the salt content of least resistance by a parabola of ln R over ln content.

    The content is a concentration or EO:Li. The interval of the minimum is that of
    `fieller_1954`: the set of contents whose slope is not distinguishable from 0.

    Parameters
    ----------
    content, resistance_ohm_cm2 : array_like, shape (n,)
        Four points at least, or three with ``log_sd``.
    log_sd : array_like, shape (n,) or number, optional
        Known standard deviation of ln R.

    Raises
    ------
    PhysicsError
        Where a number is not positive, the points are too few, or the parabola has no minimum.

    Examples
    --------
    >>> import numpy as np
    >>> content = np.array([5.0, 10.0, 20.0, 40.0])
    >>> found = least_resistance(content, np.exp(np.log(content / 15) ** 2), log_sd=0.01)
    >>> round(found.content, 6), found.inside
    (15.0, True)
    """
    from scipy.stats import norm, t

    level = check_alpha(alpha, PhysicsError)
    x, r, sd = as_points(
        positive("content", content),
        resistance_ohm_cm2,
        log_sd,
        ("content", "resistance_ohm_cm2"),
        3,
        "a minimum needs",
    )
    free = x.size - 3
    if sd is None and free < 1:
        raise PhysicsError("three points leave no degree of freedom; give a fourth, or log_sd")
    weight = np.ones(x.size) if sd is None else 1.0 / sd
    centre = float(np.log(x).mean())
    u = np.log(x) - centre
    X = np.stack([np.ones_like(u), u, u**2], axis=1) * weight[:, None]
    covariance = np.asarray(np.linalg.inv(X.T @ X), dtype=float)
    beta = np.asarray(covariance @ X.T @ (np.log(r) * weight), dtype=float)
    if sd is None:
        covariance = covariance * float(((np.log(r) - X @ beta) ** 2).sum()) / free
    if beta[2] <= 0:
        raise PhysicsError(
            "ln R over ln content bends downwards or not at all, so it has no minimum; "
            "give contents on both sides of it"
        )
    quantile = float(norm.ppf(1 - level / 2) if sd is not None else t.ppf(1 - level / 2, free))
    best = -beta[1] / (2.0 * beta[2])
    lower, upper = _slope_not_from_zero(beta, covariance, quantile)
    low, high = (None if end is None else math.exp(end + centre) for end in (lower, upper))
    at = math.exp(best + centre)
    inside = bool(x.min() <= at <= x.max())
    return Optimum(
        at,
        low,
        high,
        2.0 * float(beta[2]),
        2.0 * math.sqrt(covariance[2, 2]),
        inside,
        _remark(inside, low, high),
    )


def _slope_not_from_zero(
    beta: FloatArray, covariance: FloatArray, quantile: float
) -> tuple[float | None, float | None]:
    """Return the ends of the u with |b1 + 2 b2 u| <= q se(b1 + 2 b2 u), around the minimum."""
    q2 = quantile**2
    a = 4.0 * (beta[2] ** 2 - q2 * covariance[2, 2])
    b = 4.0 * (beta[1] * beta[2] - q2 * covariance[1, 2])
    c = beta[1] ** 2 - q2 * covariance[1, 1]
    if a <= 0:  # the curvature is not distinguishable from 0
        return None, None
    root = math.sqrt(max(b**2 - 4.0 * a * c, 0.0))
    return float((-b - root) / (2.0 * a)), float((-b + root) / (2.0 * a))


def _remark(inside: bool, lower: float | None, upper: float | None) -> str:
    if lower is None or upper is None:
        return "the curvature is not distinguishable from zero, so a minimum is not shown"
    return "" if inside else "the minimum lies outside the contents that were measured"
