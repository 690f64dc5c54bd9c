"""Refits with one unit left out: a row, a preparation, a work, or any other grouping of rows.

Variances are estimated anew each time. Measures as in Viechtbauer & Cheung 2010 (10.1002/jrsm.11):
Cook's distance is not divided by p, DFBETAS take the standard error of all rows at the variances
of the reduced fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.linalg

from .errors import DataError, IdentifiabilityError, MixedError, UndefinedError
from .fitting import Optimum
from .frame import Frame
from .heterogeneity import heterogeneity
from .identifiability import merge_components
from .likelihood import Likelihood
from .marginal import marginal_covariance
from .refitting import coefficients, refit
from .residuals import hat_values, marginal_variance
from .structures import Array
from .terms import Index

CONVERGED = "converged"


@dataclass(frozen=True)
class Deletion:
    """What each unit does to the fit; tables are indexed by unit unless they say otherwise.

    Attributes
    ----------
    by
        Grouping whose units were left out, ``"row"`` for single rows.
    outcome
        ``"converged"``, or why the rest of that unit's numbers are missing.
    params, bse
        Coefficients and model standard errors without the unit.
    theta
        Covariance parameters without it, on the scale of ``likelihood`` (variances as they are).
    cooks
        (b - b_(i))' F^-1 (b - b_(i)) with F = cov(b) of all rows.
    dfbetas
        Changes of the coefficients over the standard errors of all rows at theta_(i).
    cov_ratio
        det cov(b_(i)) / det cov(b).
    qe, i2
        Cochran's Q and total I2 (per cent) without the unit; missing where V is not invertible.
    chi2, chi2_df
        Residuals of the unit's rows jointly, r' (M_uu(theta_(i)) + X_u cov(b_(i)) X_u')^-1 r, and
        their number.
    rstudent
        Externally studentised residual of each row, against the fit without the row's unit.
    dffits
        Change of each row's own fitted value over sqrt(h_ii M_ii(theta_(i))), with the leverage of
        the full fit; by row.
    """

    by: str
    outcome: pd.Series[str]
    params: pd.DataFrame
    bse: pd.DataFrame
    theta: pd.DataFrame
    cooks: pd.Series[float]
    dfbetas: pd.DataFrame
    cov_ratio: pd.Series[float]
    qe: pd.Series[float]
    i2: pd.Series[float]
    chi2: pd.Series[float]
    chi2_df: pd.Series[int]
    rstudent: pd.Series[float]
    dffits: pd.Series[float]

    def to_frame(self) -> pd.DataFrame:
        """One row for each unit: rows left out, coefficients, parameters, influence, outcome."""
        return pd.concat(
            [
                self.chi2_df.rename("rows"),
                self.params,
                self.theta,
                self.cooks,
                self.dfbetas.add_prefix("dfbetas "),
                self.cov_ratio,
                self.chi2,
                self.outcome,
            ],
            axis=1,
        )


@dataclass(frozen=True)
class _Without:
    """The fit without one unit, and what it says of the unit's rows."""

    beta: Array
    cov: Array
    theta: Array
    full_se: Array
    qe: float | None
    i2: float | None
    chi2: float
    rstudent: Array
    dffits: Array


def unit_codes(frame: Frame, by: object) -> tuple[str, Index, list[object]]:
    """Name, code of each row and labels of the units that ``by`` means.

    Parameters
    ----------
    by
        None for single rows, the name of a grouping of the model or of a column, or labels (n,).

    Raises
    ------
    UndefinedError, DataError
        If there is no such grouping, or the labels do not match the rows.
    """
    if by is None:
        return "row", np.arange(frame.nobs), list(frame.labels)
    name = by if isinstance(by, str) else "unit"
    if isinstance(by, str):
        term = next((t for t in frame.terms if t.name == by), None)
        if term is not None:
            return by, term.codes, list(term.levels)
        if by not in frame.data.columns:
            groupings = ", ".join(t.name for t in frame.terms)
            raise UndefinedError(
                f"no grouping or column {by!r} in the model; groupings are {groupings or 'none'}, "
                "and labels of the rows can be passed as an array"
            )
        by = frame.data[by]
    labels = np.asarray(by, dtype=object)
    if labels.shape != (frame.nobs,):
        raise DataError(f"labels of units have shape {labels.shape}; give one for each row")
    codes, levels = pd.factorize(labels)
    if (codes < 0).any():
        row = frame.labels[int(np.argmin(codes))]
        raise DataError(f"the unit of row {row} is missing; every row belongs to one")
    return name, np.asarray(codes, dtype=np.intp), list(levels)


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
    """
    name, codes, labels = unit_codes(frame, by)
    if len(labels) < 2:
        raise UndefinedError(f"grouping {name!r} has one unit; leaving it out leaves no rows")
    frame.take(np.arange(frame.nobs))  # refuses frames that cannot be reduced, once for all units
    h = hat_values(likelihood, optimum.evaluation)
    outcome: list[str] = []
    fits: list[_Without | None] = []
    for unit in range(len(labels)):
        rows = np.flatnonzero(codes == unit)
        try:
            fits.append(_without(frame, likelihood, optimum, method, rows, h[rows]))
            outcome.append(CONVERGED)
        except MixedError as error:
            fits.append(None)
            outcome.append(str(error))
    return _collect(frame, likelihood, optimum, names, (name, codes, labels), fits, outcome)


def _without(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    method: str,
    rows: Index,
    leverage: Array,
) -> _Without:
    keep = np.setdiff1d(np.arange(frame.nobs), rows)
    rest = frame.take(keep)
    _check_estimable(rest)
    model, found = refit(rest, method, optimum.theta)
    if found.outcome != CONVERGED:
        raise UndefinedError(f"the fit without the unit ended as {found.outcome!r}")
    beta, cov = coefficients(model, found)
    full = likelihood.evaluate(found.theta, derivatives=False)
    assert full is not None
    to_x = np.linalg.inv(likelihood.R)
    full_se = np.sqrt(np.diag(to_x @ full.cov @ to_x.T))
    X = frame.X[rows]
    gap = frame.y[rows] - X @ beta
    joint = marginal_covariance(frame.terms, frame.V, found.theta, rows) + X @ cov @ X.T
    own = marginal_variance(frame, found.theta)[rows]
    before = coefficients(likelihood, optimum)[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        dffits = np.where(leverage > 0, X @ (before - beta) / np.sqrt(leverage * own), np.nan)
    spread = heterogeneity(rest, pd.Series(_variances(model, found.theta)))
    return _Without(
        beta,
        cov,
        found.theta,
        full_se,
        spread.qe,
        spread.i2_total,
        float(gap @ scipy.linalg.solve(joint, gap, assume_a="pos")),
        gap / np.sqrt(np.diag(joint)),
        dffits,
    )


def _variances(likelihood: Likelihood, theta: Array) -> Array:
    """Entries of theta that are variances, and squares of those that are standard deviations."""
    kinds = [p.kind for p in likelihood.parameters]
    return np.array([t**2 if k == "sd" else t for t, k in zip(theta, kinds, strict=True)])[
        [k in ("variance", "sd") for k in kinds]
    ]


def _check_estimable(frame: Frame) -> None:
    """Refuse a rest that has lost a coefficient or a component."""
    n, p = frame.X.shape
    if n <= p or np.linalg.matrix_rank(frame.X) < p:
        lost = [
            frame.names[j]
            for j in range(p)
            if np.linalg.matrix_rank(np.delete(frame.X, j, axis=1))
            == np.linalg.matrix_rank(frame.X)
        ]
        raise IdentifiabilityError(
            f"coefficient {', '.join(lost) or frame.names[-1]} cannot be estimated without the unit"
        )
    for term in frame.terms:
        if term.n_levels < 2:
            raise IdentifiabilityError(
                f"grouping {term.name!r} keeps one level without the unit, so its variance "
                "cannot be estimated"
            )
    merge_components(frame, split=True)


def _collect(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    names: list[str],
    units: tuple[str, Index, list[object]],
    fits: list[_Without | None],
    outcome: list[str],
) -> Deletion:
    name, codes, labels = units
    index = pd.Index(labels, tupleize_cols=False, name=name)
    beta, cov = coefficients(likelihood, optimum)
    p, k = beta.size, optimum.theta.size
    precision = np.linalg.inv(cov) if p else cov
    B = np.array([np.full(p, np.nan) if f is None else f.beta for f in fits]).reshape(-1, p)
    full_se = np.array([np.full(p, np.nan) if f is None else f.full_se for f in fits])
    full_se = full_se.reshape(-1, p)
    se = np.array([np.full(p, np.nan) if f is None else np.sqrt(np.diag(f.cov)) for f in fits])
    theta = np.array([np.full(k, np.nan) if f is None else f.theta for f in fits])
    shift = beta - B
    ratio = [np.nan if f is None else np.linalg.det(f.cov) / np.linalg.det(cov) for f in fits]
    rstudent, dffits = np.full(frame.nobs, np.nan), np.full(frame.nobs, np.nan)
    for unit, fit in enumerate(fits):
        if fit is not None:
            rows = np.flatnonzero(codes == unit)
            rstudent[rows], dffits[rows] = fit.rstudent, fit.dffits
    by_row = list(frame.labels)

    def numbers(attribute: str) -> list[float]:
        values = [None if fit is None else getattr(fit, attribute) for fit in fits]
        return [np.nan if value is None else float(value) for value in values]

    return Deletion(
        name,
        pd.Series(outcome, index, name="outcome"),
        pd.DataFrame(B, index, list(frame.names)),
        pd.DataFrame(se.reshape(-1, p), index, list(frame.names)),
        pd.DataFrame(theta.reshape(-1, k), index, names),
        pd.Series(np.einsum("ui,ij,uj->u", shift, precision, shift), index, name="cooks"),
        pd.DataFrame(shift / full_se, index, list(frame.names)),
        pd.Series(ratio, index, name="cov_ratio", dtype=float),
        pd.Series(numbers("qe"), index, name="qe"),
        pd.Series(numbers("i2"), index, name="i2"),
        pd.Series(numbers("chi2"), index, name="chi2"),
        pd.Series(np.bincount(codes, minlength=len(labels)), index, name="chi2_df"),
        pd.Series(rstudent, by_row, name="rstudent"),
        pd.Series(dffits, by_row, name="dffits"),
    )
