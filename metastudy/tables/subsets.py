"""Tables cut to a question, so that they still belong together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metastudy.tables.filters import SALT_PART, Question

_KEY_PARTS = {"ion": 1, "solid_electrolyte": 2, "partner": 3, "salt": SALT_PART}
_BY_OBSERVATION = ("budget", "headline", "left_out")
_BY_PREPARATION = ("preparations", "surface_steps")


def cut(tables: Mapping[str, pd.DataFrame], asked: Question) -> dict[str, pd.DataFrame]:
    """Return the tables of the observations that answer to a question.

    A record goes with its observation. One that went into none stays where it answers itself; one
    without a contact, such as a constant of a work, stays with the works that keep a record.
    Substances and vocabulary stay whole.

    Parameters
    ----------
    tables
        Every table by its name.
    asked
        The question.
    """
    observations = tables["observations"]
    observations = observations[asked.answers(observations)]
    ids = observations["observation_id"]
    records = tables["records"]
    records = records[_kept_records(records, set(ids), asked)]
    works = set(records["study_id"]) | set(observations["study_id"])
    prepared = set(records["preparation_id"].dropna()) | set(observations["preparation_id"])
    kept = {**tables, "records": records, "observations": observations}
    for name in _BY_OBSERVATION:
        kept[name] = kept[name][kept[name]["observation_id"].isin(ids)]
    shared = kept["covariance"]
    both = shared["observation_i"].isin(ids) & shared["observation_j"].isin(ids)
    kept["covariance"] = shared[both]
    excluded = kept["excluded"]
    kept["excluded"] = excluded[excluded["record_id"].isin(records["record_id"])]
    for name in _BY_PREPARATION:
        kept[name] = kept[name][kept[name]["preparation_id"].isin(prepared)]
    kept["studies"] = _counted(kept["studies"], works, records, observations)
    return {name: table.reset_index(drop=True) for name, table in kept.items()}


def _kept_records(records: pd.DataFrame, ids: set[str], asked: Question) -> NDArray[np.bool_]:
    answers = asked.answers(records.assign(**_keys(records)))
    used = records["observation_id"].notna()
    own = np.where(used, records["observation_id"].isin(ids), answers)
    works = set(records.loc[own, "study_id"])
    constant = records["sample_id"].isna() & records["study_id"].isin(works)
    kept: NDArray[np.bool_] = own | constant.to_numpy(bool)
    return kept


def _keys(records: pd.DataFrame) -> dict[str, pd.Series[str]]:
    """Return the columns of the observations that the system of a record names."""
    parts = records["system"].str.split(" | ", regex=False)
    return {name: parts.str[place] for name, place in _KEY_PARTS.items()}


def _counted(
    studies: pd.DataFrame, works: set[str], records: pd.DataFrame, observations: pd.DataFrame
) -> pd.DataFrame:
    """Return the works kept, with the counts of what is kept."""
    kept = studies[studies["study_id"].isin(works)]
    printed = records[records["derived_from"].isna()]
    counts = {
        name: kept["study_id"].map(rows["study_id"].value_counts()).fillna(0).astype("Int64")
        for name, rows in (("records", printed), ("observations", observations))
    }
    return kept.assign(**counts)
