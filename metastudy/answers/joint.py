"""Levels and contrasts in one model: which share of the scatter would preparation have.

A level is mu + family + between + preparation + error, a contrast preparation_t - preparation_r +
error, so that the system, the work, the area, the count of contacts and a borrowed activation
energy cancel in it. "Between" is between works, chemistry inside the family included: few systems
are reported by two works, so the two cannot be told apart. One preparation in several solvents is
one preparation. The share compares preparation with preparation and between together; it holds only
if what laboratories do unreported is as diverse as what they have tried on purpose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import scipy.linalg
from numpy.typing import NDArray

from metastudy import mixed
from metastudy.answers.preparation import (
    REPEATABILITY,
    Spread,
    solid_electrolyte_in,
)
from metastudy.answers.scatter import ALPHA, COUNTS, LEAST_DF, LEAST_WORKS
from metastudy.answers.share_posterior import SharePosterior, share_posterior
from metastudy.answers.unequal_works import unequal_share_profile
from metastudy.bridge.modelling.model_rows import ModelRows, with_both_counts
from metastudy.mixed.likelihoods.censored import FEWER_POINTS, MANY
from metastudy.mixed.optimise.profile_likelihood import VarianceProfile, interval
from metastudy.normalise.contacts import PROBABILITY_ALL

PREPARATION = "mm(treated, reference)"
BETWEEN = "between[level]"
BETWEEN_NAME = "between works, chemistry inside the family included"


@dataclass(frozen=True)
class Joint:
    """The rows of the joint model.

    Attributes
    ----------
    rows
        One row a level or contrast: y, lower, upper (log10 ohm cm2, or dex), level (1 or 0),
        family, between, treated, reference, study_id, row (its observation or records), and the
        unit, shift and probability of an unknown count of contacts.
    V
        Known covariance (dex squared): that of the levels, and an error of each arm (15 %) that a
        reference shares with its contrasts.
    missing
        What is missing for a share; empty where it can be had.
    varied
        The contrasts' spread, with the model in which works may differ.
    """

    rows: pd.DataFrame
    V: NDArray[np.float64]
    missing: str
    varied: Spread | None

    @property
    def formula(self) -> str:
        """The model; families are crossed random where there are several."""
        families = self.rows.loc[self.rows["level"] == 1, "family"].nunique()
        family = "(0 + level | family) + " if families > 1 else ""
        return (
            f"y ~ 0 + level + {family}(0 + level | between) + "
            "(1 | mm(treated, reference, weights=(1, -1)))"
        )

    @cached_property
    def fit(self) -> mixed.MixedFit | mixed.CensoredFit | mixed.MixtureFit:
        """The model by REML, bounds in the likelihood."""
        return mixed.fit(
            self.formula,
            self.rows,
            V=self.V,
            lower="lower",
            upper="upper",
            alternatives=COUNTS,
            points=FEWER_POINTS if MANY < len(self.rows) <= 2 * MANY else None,
        )

    @property
    def sd(self) -> pd.Series[float]:
        """Standard deviations (dex): family, between, preparation."""
        found = self.fit.sigma2.pow(0.5)
        names = {"family[level]": "family", BETWEEN: "between", PREPARATION: "preparation"}
        return found.rename(index=names).rename("sd")

    @cached_property
    def share(self) -> tuple[float, float] | None:
        """95 % profile interval of preparation's share; None where something is missing.

        Works may differ in their scatter of preparations.
        """
        profile = self.share_profile
        return None if profile is None else interval(profile, ALPHA, upper_limit=1.0)

    @cached_property
    def share_profile(self) -> VarianceProfile | None:
        """Profile of the share, None where something is missing."""
        by_work = None if self.varied is None else self.varied.fit
        if (
            self.missing
            or by_work is None
            or not {BETWEEN, PREPARATION} <= set(self.fit.sigma2.index)
        ):
            return None
        if self.fit.sigma2[[BETWEEN, PREPARATION]].sum() <= 0:
            return None
        return unequal_share_profile(self.fit, by_work, part=PREPARATION, other=BETWEEN)

    @cached_property
    def posterior(self) -> SharePosterior | None:
        """The share under priors of three scales; None where something is missing."""
        if self.missing:
            return None
        return share_posterior(self.fit, part=PREPARATION, other=BETWEEN)

    def share_text(self, priors: bool = False) -> str:
        """Say what is known of preparation's share; a point only where ``priors`` agree on it."""
        share = self.share
        if share is None:
            return f"cannot be said: {self.missing or 'one component cannot be told apart'}"
        text = f"at least {share[0]:.2f}, at most {share[1]:.2f} (95 % profile; works may differ)"
        posterior = self.posterior if priors else None
        if posterior is None:
            return text
        point = posterior.point
        if point is None:
            return f"{text}; priors of three scales do not agree on a point"
        return f"{point:.2f}, {text}"


def joint(
    levels: ModelRows,
    observations: pd.DataFrame,
    contrasts: pd.DataFrame,
    varied: Spread | None,
) -> Joint:
    """Put reference arms and contrasts into one model.

    Parameters
    ----------
    levels
        Reference arms of the loosest rung, ``system`` being the family.
    observations
        The built table, for the contacts of the levels.
    contrasts
        Preparations varied on purpose, one contrast a treatment.
    varied
        Their spread, for its floor.
    """
    frame, known = with_both_counts(levels)
    rows = pd.concat(
        [_level_rows(frame, observations), _contrast_rows(contrasts)], ignore_index=True
    )
    # A contrast has no level; what stands in these columns counts nothing there.
    rows[["family", "between"]] = rows[["family", "between"]].ffill()
    arms = _arms(rows)
    V = scipy.linalg.block_diag(known, np.zeros((len(contrasts),) * 2)) + (
        REPEATABILITY / math.log(10)
    ) ** 2 * (arms @ arms.T)
    return Joint(rows, np.asarray(V, float), _missing(levels, varied), varied)


def _level_rows(frame: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    known = observations.set_index("observation_id").loc[frame["observation"]]
    system = known["system"].to_numpy()
    return pd.DataFrame(
        {
            "y": frame["y"],
            "lower": frame["lo"].where(~frame["exact"]),
            "upper": frame["hi"].where(~frame["exact"]),
            "level": 1.0,
            "family": frame["system"],
            "between": frame["work"] + " on " + system,
            "treated": frame["preparation"] + " on " + known["solid_electrolyte"].to_numpy(),
            "reference": None,
            "study_id": frame["work"],
            "arm": frame["preparation"] + " on " + system,
            "reference_arm": None,
            "row": frame["observation"],
            **{name: frame[name] for name in COUNTS.values()},
        }
    )


def _contrast_rows(contrasts: pd.DataFrame) -> pd.DataFrame:
    exact = contrasts["lo"] == contrasts["hi"]
    material = contrasts["system"].map(solid_electrolyte_in)
    return pd.DataFrame(
        {
            "y": contrasts["lo"].where(exact),
            "lower": contrasts["lo"].where(~exact),
            "upper": contrasts["hi"].where(~exact),
            "level": 0.0,
            "family": None,
            "between": None,
            "treated": contrasts["treated"] + " on " + material,
            "reference": contrasts["reference"] + " on " + material,
            "study_id": contrasts["study_id"],
            "arm": contrasts["treated"] + " on " + contrasts["system"],
            "reference_arm": contrasts["reference"] + " on " + contrasts["system"],
            "row": contrasts["records"],
            COUNTS["unit"]: None,
            COUNTS["shift"]: 0.0,
            COUNTS["probability"]: PROBABILITY_ALL,
        }
    )


def _arms(rows: pd.DataFrame) -> NDArray[np.float64]:
    """Incidence of the errors of arms: +1 for a row's own, -1 for its reference's.

    Samples of one arm are made one by one, so each has an error of its own.
    """
    own = rows["arm"].astype(str)
    several = own.duplicated(keep=False) & (rows["level"] == 1)
    own = own.where(~several, own + " " + rows["row"].astype(str))
    reference = rows["reference_arm"]
    codes, names = pd.factorize(pd.concat([own, reference]))
    n = len(rows)
    arms = np.zeros((n, len(names)))
    arms[np.arange(n), codes[:n]] = 1.0
    contrasts = np.flatnonzero(codes[n:] >= 0)
    arms[contrasts, codes[n:][contrasts]] -= 1.0
    return arms


def _missing(levels: ModelRows, varied: Spread | None) -> str:
    if varied is None or varied.sd is None:
        return "contrasts of deliberate preparations are too few"
    exact = levels.exact
    df, works = len(exact) - exact["system"].nunique(), exact["work"].nunique()
    if df < LEAST_DF or works < LEAST_WORKS:
        return (
            f"reference arms give {df} degrees of freedom in {works} works; {LEAST_DF} in "
            f"{LEAST_WORKS} are needed"
        )
    return ""
