"""Means, differences and slopes of rows with works as random effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from metastudy import mixed
from metastudy.tables.claim_terms import OBSERVED
from metastudy.tables.loading import Dataset

from .verdict import Interval

MEAN = "1"


@dataclass(frozen=True)
class Estimate:
    """A fitted number with its 95 % interval and degrees of freedom."""

    value: float
    interval: Interval
    df: float

    def less(self, number: float) -> Estimate:
        """Return the estimate less a number."""
        lower, upper = (end - number for end in self.interval.ends)
        return Estimate(self.value - number, Interval(lower, upper), self.df)


def estimate(frame: pd.DataFrame, x: str, quantity: str, data: Dataset) -> Estimate | None:
    """Fit y on one column, or its mean; None where the rows carry no fit.

    Resistances have the known covariance V, bounds in the likelihood and Satterthwaite's degrees of
    freedom, because works share the unknowns of V. Other quantities have known variances and
    cluster-robust intervals (CR2), because most of their errors are assumed ones. One work has
    ordinary least squares and Student's interval of its own scatter.

    Parameters
    ----------
    frame
        Columns y, lo, hi, sd, study_id, observation_id of resistances, and ``x``.
    x
        The column, or ``MEAN``.
    quantity
        What y is.
    data
        The tables, for V.
    """
    name = "Intercept" if x == MEAN else x
    exact = frame[frame["y"].notna()]
    try:
        if exact["study_id"].nunique() == 1:
            return _one_work(exact, x)
        if quantity == OBSERVED:
            return _of_resistances(frame, x, name, data)
        rows = exact.assign(v=exact["sd"].astype(float) ** 2)
        fit = mixed.fit(f"y ~ {x} + (1 | study_id)", _columns(rows, x, "y", "v", "study_id"), v="v")
        robust = fit.robust("study_id")
        interval = robust.conf_int().loc[name].to_numpy(float)
        return Estimate(float(fit.params[name]), Interval(*interval), float(robust.df[name]))
    except mixed.MixedError:
        return None


def _columns(rows: pd.DataFrame, x: str, *names: str) -> pd.DataFrame:
    kept = [*names, *([] if x == MEAN else [x])]
    return rows[kept].reset_index(drop=True)


def _of_resistances(frame: pd.DataFrame, x: str, name: str, data: Dataset) -> Estimate:
    bounded = bool(frame["y"].isna().any())
    rows = frame.assign(
        y=frame["y"].fillna(0.0).astype(float),  # a bound has no y, and none is read
        lo=frame["lo"].astype(float),
        hi=frame["hi"].astype(float),
    )
    fit = mixed.fit(
        f"y ~ {x} + (1 | study_id/observation_id)",
        _columns(rows, x, "y", "lo", "hi", "study_id", "observation_id"),
        V=data.V_of(frame["observation_id"]),
        lower="lo" if bounded else None,
        upper="hi" if bounded else None,
    )
    interval = fit.conf_int().loc[name].to_numpy(float)
    return Estimate(float(fit.params[name]), Interval(*interval), float(fit.df[name]))


def _one_work(rows: pd.DataFrame, x: str) -> Estimate | None:
    y = rows["y"].to_numpy(float)
    if len(y) < 3:
        return None
    if x == MEAN:
        value, error, df = float(y.mean()), float(stats.sem(y)), len(y) - 1
    else:
        line = stats.linregress(rows[x].to_numpy(float), y)
        value, error, df = float(line.slope), float(line.stderr), len(y) - 2
    half = float(stats.t.ppf(0.975, df)) * error
    return Estimate(value, Interval(value - half, value + half), float(df))


def span_of(y: pd.Series[float], group: pd.Series[str]) -> Estimate | None:
    """Return the span that holds 95 % of the members of one group, 2 x 1.96 pooled deviations.

    The interval is that of a pooled variance (chi-square). None where no group has two members.
    """
    groups = y.groupby(group)
    df = int((groups.count() - 1).sum())
    if df < 1:
        return None
    squares = float(((y - groups.transform("mean")) ** 2).sum())
    ends = stats.chi2.ppf(np.array([0.975, 0.025]), df)
    lower, upper = 2 * 1.96 * np.sqrt(squares / ends)
    value = 2 * 1.96 * float(np.sqrt(squares / df))
    return Estimate(value, Interval(float(lower), float(upper)), float(df))
