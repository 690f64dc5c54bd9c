"""Preparation varied on purpose: how far the preparations that one work set side by side differ.

One contrast a treatment: log10 R of the treated over the reference preparation, bounds in the
likelihood. The contrast of a preparation t with its reference r is e_t - e_r plus errors of both
arms; the error of a reference is shared by its contrasts. The standard deviation of e is how far
deliberate preparation moves the resistance, as published. It is no measure of what laboratories do
unintended: treatments are chosen for effect, and the reference is mostly the worst arm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize_scalar

from metastudy import mixed
from metastudy.answers.scatter import LEAST_DF, LEAST_WORKS, MEDIAN_RATIO, differing
from metastudy.answers.spread_posterior import spread_posterior
from metastudy.answers.treatments import Treatments
from metastudy.corpus.work_name import work_name

FORMULA = "y ~ 0 + (1 | mm(treated, reference, weights=(1, -1)))"
SHIFTED = FORMULA.replace("0 +", "1 +", 1)
# What an arm repeats to where a work prints no error: 15 % of one resistance.
REPEATABILITY = 0.15
REPEATABILITIES = (0.02, 0.15, 0.30, 0.50)
# Floors: below them the contrasts are listed and no standard deviation is printed.
DF_NEEDED = LEAST_DF
WORKS_NEEDED = LEAST_WORKS
FLOOR = f"{DF_NEEDED} contrasts known on both sides in {WORKS_NEEDED} works are needed"
# States of a treatment, the one that is used first.
STATES = {"fresh": 0, "unknown": 1}
# A work that changes the standard deviation by more than this is said after the others.
ONE_WORK_FACTOR = 1.5
SMALLEST_DEX = 1e-6
"""Stands for a standard deviation of zero where a logarithm is taken."""


@dataclass(frozen=True)
class Spread:
    """The standard deviation (dex) of preparations in some works; None under the floors.

    Attributes
    ----------
    sd
        With one standard deviation for all works.
    common
        Its 95 % profile interval.
    by_work
        The 95 % profile interval of the root mean square over works that may differ.
    exact, bounded
        Contrasts known on both sides, and by one bound.
    works
        Works with a contrast.
    fit
        The model in which works may differ.
    """

    sd: float | None
    common: tuple[float, float] | None
    by_work: tuple[float, float] | None
    exact: int
    bounded: int
    works: int
    fit: mixed.RandomScaleFit | None = field(default=None, repr=False, compare=False)

    @property
    def median_ratio(self) -> float | None:
        """Median ratio of two preparations of one work."""
        return None if self.sd is None else 10 ** (MEDIAN_RATIO * self.sd)


@dataclass(frozen=True)
class Preparation:
    """The answer on preparation varied on purpose.

    Attributes
    ----------
    contrasts
        One row a treatment of a contact: study_id, treated, reference, system, state_kind,
        treatments, lo, hi, records.
    left_out
        Contrasts that are none of these rows, with the reason.
    all_works, without
        The spread of all works, and without the work that moves it most.
    moved_by
        That work, or None where leaving one out leaves too few.
    by_work
        Contrasts of each work, their lowest and highest value (None where open), and the standard
        deviation of each work alone.
    shift, shifted_sd
        Mean of treated over reference (dex) with its 95 % interval, and the standard deviation
        about it; None under the floors.
    sensitivity
        Standard deviation at other repeatabilities of an arm.
    """

    contrasts: pd.DataFrame
    left_out: pd.DataFrame
    all_works: Spread
    without: Spread | None
    moved_by: str | None
    by_work: pd.DataFrame
    shift: tuple[float, float, float] | None
    shifted_sd: float | None
    sensitivity: pd.DataFrame

    @property
    def V(self) -> NDArray[np.float64]:  # noqa: N802 (the covariance, as everywhere)
        """Covariance (dex squared) of the errors of the contrasts."""
        return covariance(self.contrasts)

    @cached_property
    def posterior(self) -> pd.DataFrame:
        """The standard deviation under priors of three scales; empty under the floors.

        Columns: of (all works, without the work that moves it most), scale (dex), works (alike,
        differ), median, lower, upper (dex, 95 %).
        """
        found = []
        for of, spread in self._selections():
            if spread.fit is not None:
                found.append(spread_posterior(spread.fit).assign(of=of))
        columns = ["of", "scale", "works", "median", "lower", "upper"]
        return pd.concat(found)[columns] if found else pd.DataFrame(columns=columns)

    def _selections(self) -> list[tuple[str, Spread]]:
        found = [("all works", self.all_works)]
        if self.without is not None:
            found.append((f"without {self.moved_by}", self.without))
        return found

    @property
    def largest_share(self) -> tuple[str, float] | None:
        """The work with most degrees of freedom, and its share of them; None without any."""
        counts = self.contrasts[two_sided(self.contrasts)].groupby("study_id").size()
        if counts.empty:
            return None
        return str(counts.idxmax()), float(counts.max() / counts.sum())


def preparation(found: Treatments, series: pd.Series[str]) -> Preparation:
    """Answer from the contrasts of deliberate treatments.

    Parameters
    ----------
    found
        The contrasts.
    series
        For each preparation id the series of its work that it belongs to, joined by blanks.
    """
    contrasts, left_out = one_a_treatment(found.contrasts, series)
    everything = preparation_spread(contrasts)
    moved_by, without = _most_influential(contrasts, everything)
    shift, shifted_sd = _shift(contrasts, everything)
    return Preparation(
        contrasts,
        left_out,
        everything,
        without,
        moved_by,
        _by_work(contrasts),
        shift,
        shifted_sd,
        _sensitivity(contrasts, everything),
    )


def series_of(records: pd.DataFrame) -> pd.Series[str]:
    """Give the series of each preparation in the built table of records."""
    known = records.dropna(subset=["preparation_id"]).drop_duplicates("preparation_id")
    return known.set_index("preparation_id")["series"]


def one_a_treatment(
    contrasts: pd.DataFrame, series: pd.Series[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Choose the contrast of each treatment: fresh before aged; the others keep their reason."""
    reasons = pd.Series("", index=contrasts.index, dtype=object)
    several = [len(str(series.get(name, "")).split()) > 1 for name in contrasts["treated"]]
    reasons[several] = "a statement about several treatments together"
    reasons[contrasts["lo"].isna() & contrasts["hi"].isna()] = "no limit is printed"
    reasons[~contrasts["used"].astype(bool)] = "the same change again"
    rank = contrasts["state_kind"].map(STATES).fillna(len(STATES))
    treatment = ["treated", "system"]
    order = contrasts.assign(rank=rank)[reasons == ""]
    order = order.sort_values([*treatment, "rank"], kind="stable")
    again = order.index[order.duplicated(treatment)]
    reasons[again] = "a later state of a treatment that has an earlier one"
    keep = reasons == ""
    columns = [
        "study_id",
        "treated",
        "reference",
        "system",
        "state_kind",
        "treatments",
        "lo",
        "hi",
        "records",
    ]
    chosen = contrasts.loc[keep, columns].reset_index(drop=True)
    others = contrasts.loc[~keep, columns].assign(reason=reasons[~keep]).reset_index(drop=True)
    return chosen, others


def covariance(
    contrasts: pd.DataFrame, repeatability: float = REPEATABILITY
) -> NDArray[np.float64]:
    """Covariance (dex squared) of the errors: both arms repeat to a share of their resistance."""
    variance = (repeatability / math.log(10)) ** 2
    reference = _on_contact(contrasts, "reference").to_numpy()
    return np.asarray(
        variance * ((reference[:, None] == reference) + np.eye(len(contrasts))), dtype=float
    )


def solid_electrolyte_in(system: str) -> str:
    """Return the solid electrolyte in the key of a system."""
    parts = system.split(" | ")
    return parts[2] if len(parts) > 2 else system


def two_sided(contrasts: pd.DataFrame) -> pd.Series[bool]:
    """Mark contrasts that are known on both sides: values and ranges."""
    return contrasts["lo"].notna() & contrasts["hi"].notna()


def _on_contact(contrasts: pd.DataFrame, arm: str) -> pd.Series[str]:
    """Name an arm with its contact: one preparation on two contacts has two effects."""
    return contrasts[arm].astype(str) + " on " + contrasts["system"].astype(str)


def _rows(contrasts: pd.DataFrame) -> pd.DataFrame:
    exact = contrasts["lo"] == contrasts["hi"]
    return contrasts.assign(
        treated=_on_contact(contrasts, "treated"),
        reference=_on_contact(contrasts, "reference"),
        y=contrasts["lo"].where(exact),
        lower=contrasts["lo"].where(~exact),
        upper=contrasts["hi"].where(~exact),
    )


def fit_contrasts(
    contrasts: pd.DataFrame, formula: str, repeatability: float = REPEATABILITY
) -> mixed.MixedFit | mixed.CensoredFit | mixed.MixtureFit:
    """Fit contrasts by a formula, bounds in the likelihood: ML without a mean, else REML."""
    return mixed.fit(
        formula,
        _rows(contrasts),
        V=covariance(contrasts, repeatability),
        lower="lower",
        upper="upper",
        method="ML" if formula == FORMULA else "REML",
    )


def fit_by_work(contrasts: pd.DataFrame) -> mixed.RandomScaleFit:
    """Fit contrasts with a standard deviation for each work, bounds in the likelihood."""
    return mixed.fit_random_scale(
        FORMULA,
        _rows(contrasts),
        by="study_id",
        V=covariance(contrasts),
        lower="lower",
        upper="upper",
    )


def preparation_spread(contrasts: pd.DataFrame) -> Spread:
    """Fit the standard deviation of contrasts with both intervals; None under the floors."""
    sided = two_sided(contrasts)
    works = int(contrasts["study_id"].nunique())
    counts = int(sided.sum()), int((~sided).sum()), works
    contributing = int(contrasts.loc[sided, "study_id"].nunique())
    if counts[0] < DF_NEEDED or contributing < WORKS_NEEDED:
        return Spread(None, None, None, *counts)
    fit = fit_contrasts(contrasts, FORMULA)
    low, high = np.sqrt(fit.components.conf_int().iloc[0].to_numpy(float))
    by_work = fit_by_work(contrasts)
    lower, upper = by_work.conf_int().loc["sd"].to_numpy(float)
    return Spread(
        float(np.sqrt(fit.sigma2.iloc[0])),
        (float(low), float(high)),
        (float(lower), float(upper)),
        *counts,
        by_work,
    )


def _most_influential(
    contrasts: pd.DataFrame, everything: Spread
) -> tuple[str | None, Spread | None]:
    """Leave out each work: the one that changes the logarithm of the standard deviation most."""
    if everything.sd is None or everything.fit is None:
        return None, None
    sided = contrasts[two_sided(contrasts)].groupby("study_id").size()
    without = without_each_work(everything.fit).clip(lower=SMALLEST_DEX)
    changes = (without / max(everything.sd, SMALLEST_DEX)).apply(np.log)
    own = sided.reindex(changes.index, fill_value=0)
    enough = (sided.sum() - own >= DF_NEEDED) & (len(sided) - (own > 0) >= WORKS_NEEDED)
    if not enough.any():
        return None, None
    most = str(changes[enough].abs().idxmax())
    return most, preparation_spread(contrasts[contrasts["study_id"] != most])


def without_each_work(fit: mixed.RandomScaleFit) -> pd.Series[float]:
    """Return the common standard deviation (dex) without each work.

    Works share nothing, so the log-likelihood of the others is the sum without a work's own: one
    table for all works instead of a fit for each.
    """
    log_sd, own = fit.likelihood.log_sd, fit.likelihood.tables[:, 0, :]
    rest = own.sum(axis=0) - own
    found = [np.exp(greatest(log_sd, values)[0]) for values in rest]
    return pd.Series(found, index=pd.Index(fit.unit_names, name="study_id"), name="sd")


def greatest(at: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[float, float]:
    """Return where a tabulated curve is greatest, and its value there."""
    k = int(np.argmax(values))
    curve = CubicSpline(at, values)
    around = float(at[max(k - 1, 0)]), float(at[min(k + 1, at.size - 1)])
    found = minimize_scalar(lambda x: float(-curve(x)), bounds=around, method="bounded")
    return float(found.x), float(-found.fun)


def _shift(
    contrasts: pd.DataFrame, everything: Spread
) -> tuple[tuple[float, float, float] | None, float | None]:
    if everything.sd is None:
        return None, None
    fit = fit_contrasts(contrasts, SHIFTED)
    lower, upper = fit.conf_int().iloc[0].to_numpy(float)
    shift = float(fit.params.iloc[0]), float(lower), float(upper)
    return shift, float(np.sqrt(fit.sigma2.iloc[0]))


def _by_work(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Count the contrasts of each work, and fit those that have an exact one alone."""
    rows = []
    for work, own in contrasts.groupby("study_id"):
        sided = two_sided(own)
        sd = float(np.sqrt(fit_contrasts(own, FORMULA).sigma2.iloc[0])) if sided.any() else None
        rows.append(
            {
                "study_id": work,
                "exact": int(sided.sum()),
                "bounded": int((~sided).sum()),
                "sd": sd,
                "lowest": own["lo"].min() if own["lo"].notna().all() else None,
                "highest": own["hi"].max() if own["hi"].notna().all() else None,
            }
        )
    return pd.DataFrame(rows, columns=["study_id", "exact", "bounded", "sd", "lowest", "highest"])


def _sensitivity(contrasts: pd.DataFrame, everything: Spread) -> pd.DataFrame:
    columns = ["repeatability", "sd"]
    if everything.sd is None:
        return pd.DataFrame(columns=columns)
    return pd.DataFrame(
        [
            {
                "repeatability": share,
                "sd": float(np.sqrt(fit_contrasts(contrasts, FORMULA, share).sigma2.iloc[0])),
            }
            for share in REPEATABILITIES
        ],
        columns=columns,
    )


def sentence(found: Preparation) -> str:
    """Say how far preparations varied on purpose differ, with and without the work that counts."""
    spread = found.all_works
    if spread.sd is None:
        ratios = found.contrasts.loc[two_sided(found.contrasts), ["lo", "hi"]].abs().to_numpy(float)
        largest = f"; the largest ratio is {10 ** ratios.max():.1f}" if ratios.size else ""
        return (
            "How far preparations that one work varied on purpose differ cannot be said: "
            f"contrasts known on both sides {spread.exact}, works {spread.works}; {DF_NEEDED} in "
            f"{WORKS_NEEDED} works are needed{largest}."
        )
    text = f"{_leading(found)}{_tail(found)}."
    share = found.largest_share
    if share is not None and share[1] > 0.5:
        text += (
            f" {100 * share[1]:.0f} % of the contrasts known on both sides are of "
            f"{work_name(share[0])}, so this is mostly the scatter of that work."
        )
    return text


def _leading(found: Preparation) -> str:
    """Say the spread that does not hang on one work, with its counts and direction."""
    spread, without = found.all_works, found.without
    rests = without if _hangs_on_one(found) and without is not None else spread
    downwards = int((found.contrasts["hi"] < 0).sum())
    return (
        "Preparations that one work varied on purpose and published differ by a median factor of "
        f"{rests.median_ratio:.1f} ({_numbers(rests)}; {rests.works} works, {downwards} of all "
        f"{len(found.contrasts)} contrasts towards lower resistance)"
    )


def _tail(found: Preparation) -> str:
    """Say what the work that moves it most does."""
    without = found.without
    if without is None or without.sd is None or found.moved_by is None:
        return ""
    if _hangs_on_one(found):
        spread = found.all_works
        raises = "raises" if (spread.sd or 0.0) > without.sd else "lowers"
        return (
            f"; one more work, {work_name(found.moved_by)}, moves it most and {raises} this to "
            f"{spread.median_ratio:.1f} ({_numbers(spread)})"
        )
    return (
        f"; without {work_name(found.moved_by)}, the work that moves it most, by "
        f"{without.median_ratio:.1f} ({_numbers(without)})"
    )


def _hangs_on_one(found: Preparation) -> bool:
    """Say whether one work alone changes the standard deviation by a factor that matters."""
    spread, without = found.all_works, found.without
    if spread.sd is None or without is None or without.sd is None:
        return False
    return abs(math.log(max(spread.sd, SMALLEST_DEX) / max(without.sd, SMALLEST_DEX))) > math.log(
        ONE_WORK_FACTOR
    )


def _numbers(spread: Spread) -> str:
    assert spread.by_work is not None
    assert spread.common is not None
    return (
        f"{spread.sd:.2f} dex; 95 %: {spread.common[0]:.2f} to {spread.common[1]:.2f} if works "
        f"scatter alike, {differing(*spread.by_work)} if not"
    )
