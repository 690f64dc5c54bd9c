"""What a dataset holds, in short: counts by class, and its first rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from metastudy.summary import Summary, SummaryTable
from metastudy.tables.resistance_text import resistance_text

SHOWN = 10


def contents(tables: Mapping[str, pd.DataFrame], version: str | None) -> Summary:
    """Return the counts of observations and works by class, and the first observations.

    Parameters
    ----------
    tables
        Every table by its name.
    version
        Version of the data; None where it has none.
    """
    observations = tables["observations"]
    head = [
        f"Dataset, data {version or 'without version'}",
        f"{len(observations)} observations of {observations['study_id'].nunique()} works, "
        f"{int(observations['headline'].sum())} in the headline set",
    ]
    counts = observations.groupby("interface_class").agg(
        observations=("observation_id", "size"), works=("study_id", "nunique")
    )
    return Summary(
        head,
        (SummaryTable("By class", counts), SummaryTable("First rows", _first(observations))),
        (f"{len(observations) - SHOWN} more rows",) if len(observations) > SHOWN else (),
    )


def _first(observations: pd.DataFrame) -> pd.DataFrame:
    rows = observations.head(SHOWN)
    return pd.DataFrame(
        {
            "solid electrolyte": rows["solid_electrolyte"],
            "partner": rows["partner"],
            "salt": rows["salt"],
            "ohm cm2": [resistance_text(dict(row)) for _, row in rows.iterrows()],
            "at degC": rows["reference_c"],
            "sd (dex)": np.sqrt(rows["v"]),
            "arm": rows["arm"],
        }
    ).set_index(rows["observation_id"].rename(None))
