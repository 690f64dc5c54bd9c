"""From observations to the rows of a model: what stays, what drops, and why.

Every question asks for its rows here, so that a dropped row always keeps a reason word and V always
fits the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metastudy.normalise.contacts import PROBABILITY_ALL
from metastudy.normalise.headline import AGE_OF_A_LAYER_H

# Entries of V this small beside its largest are rounding.
ROUNDING = 1e-12
# A row this near its reference temperature (K) hardly depends on an activation energy.
NEAR_REFERENCE_K = 5.0
# Where a layer grows with the root of time, this factor of its age is 0.15 dex of its resistance.
AGE_FACTOR = 2.0


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder of strictness.

    Attributes
    ----------
    name
        What "nominally the same" means on it.
    key
        The column of ``observations`` whose equal values are nominally the same.
    holds
        What the scatter on this rung still holds besides preparation.
    keeps
        Which rows are on it.
    """

    name: str
    key: str
    holds: str
    keeps: Callable[[pd.DataFrame], pd.Series[bool]]


def _all(rows: pd.DataFrame) -> pd.Series[bool]:
    return pd.Series(True, index=rows.index)


def _near(rows: pd.DataFrame) -> pd.Series[bool]:
    return (rows["temperature_c"] - rows["reference_c"]).abs() <= NEAR_REFERENCE_K


def _of_one_age(rows: pd.DataFrame) -> pd.Series[bool]:
    """Mark contacts of a liquid near 100 h old, others fresh: the states that the headline asks."""
    ends = AGE_OF_A_LAYER_H / AGE_FACTOR, AGE_OF_A_LAYER_H * AGE_FACTOR
    liquid = rows["interface_class"] == "LE/SE"
    layer = rows["age_h"].astype(float).between(*ends)
    return _near(rows) & ((liquid & layer) | (~liquid & (rows["state_kind"] == "fresh")))


def _counted(rows: pd.DataFrame) -> pd.Series[bool]:
    return _of_one_age(rows) & rows["coverage_known"].astype(bool)


LADDER = (
    Rung(
        "family",
        "family",
        "composition, partner, salt, temperature, age and the count of contacts",
        _all,
    ),
    Rung("material", "material", "salt, temperature, age and the count of contacts", _all),
    Rung("salt", "system", "temperature, age and the count of contacts", _all),
    Rung("temperature within 5 K", "system", "age and the count of contacts", _near),
    Rung("age within a factor 2", "system", "the count of contacts", _of_one_age),
    Rung("known interface count", "system", "evaluation and assembly", _counted),
)


@dataclass(frozen=True)
class ModelRows:
    """Rows of one model, with V in their order, and the rows that dropped with their reason.

    ``frame`` has the columns y, lo, hi, exact, system, work, lab, preparation and observation. A
    bound has no y; lo or hi is missing where its side is open. Dropping bounds would hide scatter,
    so they stay in. ``count_unit`` names the cell design whose count is unknown, missing where it
    is known, and ``count_shift`` its log10.
    """

    frame: pd.DataFrame
    V: NDArray[np.float64]
    dropped: pd.DataFrame

    @property
    def exact(self) -> pd.DataFrame:
        """The rows that are values."""
        return self.frame[self.frame["exact"]]


def with_both_counts(rows: ModelRows) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Return rows and V of one contact alone, where the count of each unit is one unknown.

    ``y``, ``lo`` and ``hi`` are then what the rows say if their numbers cover one contact; if they
    cover all, ``count_shift`` is to be taken from them. In ``frame`` an exact row has its mean over
    both, with its variance in V, and a bound the weaker of its two limits.
    """
    frame = rows.frame.copy()
    shift = frame["count_shift"].to_numpy()
    frame["lo"] += np.where(frame["exact"], PROBABILITY_ALL * shift, shift)
    frame["hi"] += np.where(frame["exact"], PROBABILITY_ALL * shift, 0.0)
    frame["y"] += PROBABILITY_ALL * shift
    unit = pd.factorize(frame["count_unit"])[0]
    same = np.equal.outer(unit, unit) & (unit >= 0)
    loading = np.sqrt(PROBABILITY_ALL * (1 - PROBABILITY_ALL)) * np.where(
        frame["exact"], shift, 0.0
    )
    V = rows.V - np.where(same, np.outer(loading, loading), 0.0)
    V[np.abs(V) < ROUNDING * np.abs(rows.V).max(initial=0.0)] = 0.0
    return frame.assign(count_probability=PROBABILITY_ALL), V


def headline_rows(observations: pd.DataFrame, V: NDArray[np.float64], rung: Rung) -> ModelRows:
    """Return the headline rows of a rung, bounds included; other rows drop with their reason.

    Parameters
    ----------
    observations
        The built table.
    V
        Its known covariance (dex squared), in the same order.
    rung
        The rung of the ladder.
    """
    reasons = pd.Series("", index=observations.index, dtype=object)
    reasons[~rung.keeps(observations)] = "not_on_rung"
    headline = observations["headline"].astype(bool)
    reasons[~headline] = observations.loc[~headline, "left_out"]
    keep = (reasons == "").to_numpy()
    rows = observations[keep]
    frame = pd.DataFrame(
        {
            "y": rows["y"].to_numpy(float),
            "lo": rows["lo"].to_numpy(float),
            "hi": rows["hi"].to_numpy(float),
            "exact": (rows["censoring"] == "exact").to_numpy(bool),
            "system": rows[rung.key].to_numpy(),
            "work": rows["study_id"].to_numpy(),
            "lab": rows["lab"].to_numpy(),
            "preparation": rows["preparation_id"].to_numpy(),
            "observation": rows["observation_id"].to_numpy(),
            "count_unit": rows["cell_id"].where(rows["count_shift"] > 0).to_numpy(),
            "count_shift": rows["count_shift"].to_numpy(float),
        }
    )
    dropped = pd.DataFrame(
        {
            "observation_id": observations.loc[~keep, "observation_id"].to_numpy(),
            "reason": reasons[~keep].to_numpy(),
        }
    )
    return ModelRows(frame, V[np.ix_(keep, keep)], dropped)
