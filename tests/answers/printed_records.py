"""The numbers that the tested claims name, as their works print them, beside the frozen dataset.

``printed_records.csv`` holds them in canonical units (eV, ohm cm2, Hz, S cm-1, A cm-2; a change is
what is left of the reference). It is typed once: a test of a claim must not move when the dataset
does.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from metastudy.tables.loading import Dataset

TABLE = Path(__file__).with_suffix(".csv")


def with_printed_records(data: Dataset) -> Dataset:
    """Return a dataset with the printed records added to its own."""
    printed = pd.read_csv(TABLE).assign(excluded=None, notes="")
    own = data.records
    columns = {name: printed[name] for name in own.columns if name in printed}
    records = pd.concat([own, pd.DataFrame(columns)], ignore_index=True)
    return replace(data, tables={**data.tables, "records": records})


def without_secondary(data: Dataset) -> Dataset:
    """Return a dataset whose secondary records are left out, as the switch leaves them out."""
    records = data.records.copy()
    records.loc[records["basis"] == "secondary", "excluded"] = "secondary"
    return replace(data, tables={**data.tables, "records": records})
