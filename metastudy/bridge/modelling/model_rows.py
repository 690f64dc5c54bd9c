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

# A row this near its reference temperature (K) hardly depends on an activation energy.
NEAR_REFERENCE_K = 5.0


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


def _fresh(rows: pd.DataFrame) -> pd.Series[bool]:
    return _near(rows) & (rows["state_kind"] == "fresh")


def _counted(rows: pd.DataFrame) -> pd.Series[bool]:
    return _fresh(rows) & rows["coverage_known"].astype(bool)


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
    Rung("untreated and fresh", "system", "the count of contacts", _fresh),
    Rung("known interface count", "system", "evaluation and assembly", _counted),
)


@dataclass(frozen=True)
class ModelRows:
    """Rows of one model, with V in their order, and the rows that dropped with their reason.

    ``frame`` has the columns y, lo, hi, exact, system, work, lab, preparation and observation. A
    bound has no y; lo or hi is missing where its side is open. Dropping bounds would hide scatter,
    so they stay in.
    """

    frame: pd.DataFrame
    V: NDArray[np.float64]
    dropped: pd.DataFrame

    @property
    def exact(self) -> pd.DataFrame:
        """The rows that are values."""
        return self.frame[self.frame["exact"]]


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
        }
    )
    dropped = pd.DataFrame(
        {
            "observation_id": observations.loc[~keep, "observation_id"].to_numpy(),
            "reason": reasons[~keep].to_numpy(),
        }
    )
    return ModelRows(frame, V[np.ix_(keep, keep)], dropped)
