"""Location-scale models, which ask whether the scatter of a component differs between groups.

The log variance of each level is z'a; exp(a/2) is a ratio of standard deviations and carries a
profile-likelihood interval (Viechtbauer & Lopez-Lopez 2022, 10.1002/jrsm.1562).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import chi2, f

from ..errors import UndefinedError
from ..likelihoods.gaussian import Likelihood
from ..model.frame import Frame
from ..model.terms import Index, RandomTerm, parameter_slices
from ..optimise.newton import Optimum
from ..optimise.profile_likelihood import VarianceProfile, variance_profile
from .degrees_of_freedom import component_df

LEAST_DF = 15
"""Degrees of freedom that each arm needs for a ratio to be reported."""


def detectable_ratio(df_one: float, df_two: float, power: float = 0.8) -> float:
    """Ratio of two standard deviations that an F test at 5 % finds with the given power."""
    critical = float(f.ppf(0.975, df_one, df_two))
    return float(np.sqrt(critical / f.ppf(1 - power, df_one, df_two)))


def arm_df(frame: Frame, term: RandomTerm, arm: NDArray[np.bool_]) -> int:
    """Degrees of freedom of a term within the rows of one arm."""
    rows = np.flatnonzero(arm)
    if rows.size < 2:
        return 0
    terms = tuple(_relabelled(t, rows) for t in frame.terms)
    own = next(k for k, t in enumerate(frame.terms) if t is term)
    return int(component_df(frame.X[rows], terms)[own] or 0)


def _relabelled(term: RandomTerm, rows: Index) -> RandomTerm:
    levels, codes = np.unique(term.codes[rows], return_inverse=True)
    labels = tuple(term.levels[k] for k in levels)
    scale = None if term.log_scale is None else term.log_scale[levels]
    return replace(term, codes=codes, levels=labels, design=term.design[rows], log_scale=scale)


def scale_ratios(
    frame: Frame, likelihood: Likelihood, optimum: Optimum, alpha: float
) -> pd.DataFrame:
    """Ratio of standard deviations for each moderator of a log variance, with profile interval.

    Raises
    ------
    UndefinedError
        If no term has moderators of its variance, or an arm of a two-valued moderator has fewer
        than 15 degrees of freedom; the message gives the ratio that such arms could detect.
    """
    rows: dict[str, tuple[float, float, float]] = {}
    for term, place in zip(frame.terms, parameter_slices(frame.terms), strict=True):
        if term.log_scale is not None:
            for k, label in enumerate(term.scale_labels):
                if label == "Intercept":
                    continue
                _check_arms(frame, term, k, label)
                low, high = coefficient_interval(likelihood, optimum, place.start + k, alpha)
                estimate = float(optimum.theta[place.start + k])
                rows[f"{term.name}[{label}]"] = (
                    float(np.exp(estimate / 2)),
                    float(np.exp(low / 2)),
                    float(np.exp(high / 2)),
                )
    if not rows:
        raise UndefinedError("no term has moderators of its variance; pass scale={term: formula}")
    return pd.DataFrame.from_dict(rows, orient="index", columns=["sd_ratio", "lower", "upper"])


def _check_arms(frame: Frame, term: RandomTerm, k: int, label: str) -> None:
    assert term.log_scale is not None
    values = term.log_scale[term.codes, k]
    kinds = np.unique(values)
    if kinds.size != 2:
        return
    df = [arm_df(frame, term, values == kind) for kind in kinds]
    if min(df) < LEAST_DF:
        ratio = detectable_ratio(max(df[0], 1), max(df[1], 1))
        raise UndefinedError(
            f"a ratio of standard deviations of {term.name!r} by {label!r} is not reported: its "
            f"arms have {df[0]} and {df[1]} degrees of freedom, fewer than {LEAST_DF}; only a "
            f"ratio of {ratio:.2g} or more would be seen with 80 % power"
        )


def coefficient_interval(
    likelihood: Likelihood, optimum: Optimum, j: int, alpha: float
) -> tuple[float, float]:
    """Profile-likelihood interval of a coefficient that may have any sign."""
    profile = variance_profile(likelihood, optimum, j)
    crit = float(chi2.isf(alpha, 1)) / 2
    return _end(profile, crit, -1.0), _end(profile, crit, 1.0)


def _end(profile: VarianceProfile, crit: float, side: float) -> float:
    warm = profile.optimum.theta

    def gap(value: float) -> float:
        found = profile.at(value, warm)
        return np.inf if found is None else found[0] - crit

    reach = 0.5
    while reach < 40:
        if gap(profile.estimate + side * reach) > 0:
            ends = sorted((profile.estimate, profile.estimate + side * reach))
            return float(brentq(gap, ends[0], ends[1], xtol=1e-9))
        reach *= 2
    return side * np.inf
