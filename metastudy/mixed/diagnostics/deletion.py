"""Refits with one unit left out, and the fit of the unit's own rows to the others.

Variances are estimated anew each time. Measures as in Viechtbauer & Cheung 2010 (10.1002/jrsm.11).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.linalg

from ..inference.heterogeneity_measures import heterogeneity
from ..inference.residuals import hat_values, marginal_variance
from ..likelihoods.gaussian import Likelihood
from ..model.frame import Frame
from ..model.structures import Array
from ..model.terms import Index
from ..optimise.newton import Optimum
from ..optimise.refitting import coefficients, refit
from ..solvers.marginal import marginal_covariance
from .case_influence import Influence, LeaveOneOutFit, influence, leave_out, refit_of, units_of


@dataclass(frozen=True, repr=False)
class Deletion(Influence):
    """What each unit does to the fit; tables are indexed by unit unless stated otherwise.

    Attributes
    ----------
    qe, i2
        Cochran's Q and total I2 (per cent) without the unit; missing where V is not invertible.
    chi2
        Residuals of the unit's rows jointly, r' (M_uu(theta_(i)) + X_u cov(b_(i)) X_u')^-1 r.
    rstudent
        Externally studentised residual of each row, against the fit without the row's unit.
    dffits
        Change of each row's own fitted value over sqrt(h_ii M_ii(theta_(i))), with the leverage of
        the full fit; by row.
    """

    qe: pd.Series[float]
    i2: pd.Series[float]
    chi2: pd.Series[float]
    rstudent: pd.Series[float]
    dffits: pd.Series[float]

    @property
    def chi2_df(self) -> pd.Series[int]:
        """Degrees of freedom of ``chi2``, the number of the unit's rows."""
        return self.rows.rename("chi2_df")

    def to_frame(self) -> pd.DataFrame:
        """One row for each unit: rows left out, coefficients, parameters, influence, outcome."""
        table = super().to_frame()
        table.insert(len(table.columns) - 1, "chi2", self.chi2)
        return table


@dataclass(frozen=True)
class _Without(LeaveOneOutFit):
    """The fit without one unit, and how the unit's rows fit it."""

    qe: float | None
    i2: float | None
    chi2: float
    rstudent: Array
    dffits: Array


def delete_units(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    method: str,
    names: list[str],
    by: object,
) -> Deletion:
    """Leave out each unit in turn and refit; see :class:`Deletion`.

    ``names`` are those of theta's entries.

    Raises
    ------
    UndefinedError, DataError
        If ``by`` gives no two units, or the frame cannot lose rows.
    """
    units = units_of(frame, by)
    leverage = hat_values(likelihood, optimum.evaluation)

    def without(rest: Frame, rows: Index) -> _Without:
        reduced, found = refit(rest, method, optimum.theta)
        return _without(frame, likelihood, optimum, rest, reduced, found, rows, leverage[rows])

    fits, outcome = leave_out(frame, units, without)
    common = influence(frame, likelihood, optimum, names, units, fits, outcome)
    rstudent, dffits = np.full(frame.nobs, np.nan), np.full(frame.nobs, np.nan)
    for unit, fit in enumerate(fits):
        if fit is not None:
            rows = units.rows(unit)
            rstudent[rows], dffits[rows] = fit.rstudent, fit.dffits

    def numbers(attribute: str) -> pd.Series[float]:
        values = [None if fit is None else getattr(fit, attribute) for fit in fits]
        return pd.Series(values, common.cooks.index, dtype=float, name=attribute)

    by_row = list(frame.labels)
    return Deletion(
        **vars(common),
        qe=numbers("qe"),
        i2=numbers("i2"),
        chi2=numbers("chi2"),
        rstudent=pd.Series(rstudent, by_row, name="rstudent"),
        dffits=pd.Series(dffits, by_row, name="dffits"),
    )


def _without(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    rest: Frame,
    reduced: Likelihood,
    found: Optimum,
    rows: Index,
    leverage: Array,
) -> _Without:
    """Compare the rows of the unit with the fit to the others."""
    plain = refit_of(likelihood, reduced, found)
    X = frame.X[rows]
    gap = frame.y[rows] - X @ plain.beta
    joint = marginal_covariance(frame.terms, frame.V, found.theta, rows) + X @ plain.cov @ X.T
    own = marginal_variance(frame, found.theta)[rows]
    before = coefficients(likelihood, optimum)[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        change = X @ (before - plain.beta)
        dffits = np.where(leverage > 0, change / np.sqrt(leverage * own), np.nan)
    spread = heterogeneity(rest, pd.Series(_variances(reduced, found.theta)))
    return _Without(
        **vars(plain),
        qe=spread.qe,
        i2=spread.i2_total,
        chi2=float(gap @ scipy.linalg.solve(joint, gap, assume_a="pos")),
        rstudent=gap / np.sqrt(np.diag(joint)),
        dffits=dffits,
    )


def _variances(likelihood: Likelihood, theta: Array) -> Array:
    """Entries of theta that are variances, and squares of those that are standard deviations."""
    kinds = [p.kind for p in likelihood.parameters]
    return np.array([t**2 if k == "sd" else t for t, k in zip(theta, kinds, strict=True)])[
        [k in ("variance", "sd") for k in kinds]
    ]
