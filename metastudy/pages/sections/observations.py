"""Observations as a table for the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from metastudy.pages.rendering.blocks import rows_of
from metastudy.pages.rendering.table import Head, table_of, to_rich
from metastudy.tables.resistance_text import resistance_text

if TYPE_CHECKING:
    from rich.table import Table as RichTable

HEADS = {
    "observation_id": Head("observation", ratio=3),
    "solid_electrolyte": Head("solid", ratio=1),
    "partner": Head("partner", ratio=1),
    "salt": Head("salt", ratio=1),
    "resistance": Head("ohm cm2", number=True),
    "reference": Head("at degC", number=True),
    "sd": Head("sd dex", number=True),
    "arm": Head("arm", ratio=1),
    "state_kind": Head("state", ratio=1),
    "left_out": Head("left out", ratio=1),
}


def observations_terminal(observations: pd.DataFrame) -> RichTable:
    """Return observations as a table for the terminal."""
    rows = (
        {
            **row,
            "resistance": resistance_text(row),
            "reference": f"{row['reference_c']:g}",
            "sd": f"{math.sqrt(row['v']):.2f}",
            "left_out": row["left_out"] if isinstance(row["left_out"], str) else "",
        }
        for row in rows_of(observations)
    )
    return to_rich(table_of(HEADS, rows, title=f"{len(observations)} observations"))
