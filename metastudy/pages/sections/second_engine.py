"""The check table: what statsmodels computes again."""

from __future__ import annotations

import pandas as pd

from metastudy.pages.rendering.blocks import Section, Text, rows_of
from metastudy.pages.rendering.table import Head, table_of


def second_engine_section(table: pd.DataFrame) -> Section:
    """Show the numbers of both engines beside each other."""
    columns: dict[str, str | Head] = {
        "what": "what",
        "rows": Head("rows", number=True),
        "metastudy": Head("metastudy", number=True),
        "statsmodels": Head("statsmodels", number=True),
        "difference": Head("difference", number=True),
    }
    return Section(
        "second_engine",
        "Computed again by statsmodels",
        (
            Text(
                "statsmodels knows values and no bounds, so both engines get the exact rows alone; "
                "these numbers are a check of the engine and no answer."
            ),
            table_of(columns, rows_of(table)),
        ),
    )
