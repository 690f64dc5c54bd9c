"""Frames as CSV and as plain rows: what commands print for other programs."""

from __future__ import annotations

import io
import math
from typing import Any

import pandas as pd

from metastudy.tables.csv_cells import without_formula


def csv_of(table: pd.DataFrame, digits: int = 12) -> str:
    """Write a frame as CSV; numbers to some significant digits, missing ones as empty cells.

    A text that a spreadsheet would compute is quoted as :func:`without_formula` says.
    """
    buffer = io.StringIO()
    table.map(without_formula).to_csv(
        buffer, index=False, lineterminator="\n", float_format=f"%.{digits}g"
    )
    return buffer.getvalue()


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as mappings; missing values and open ends are None."""
    return [
        {str(key): _plain(value) for key, value in row.items()} for row in table.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    is_open = isinstance(value, float) and not math.isfinite(value)
    return None if is_open or pd.isna(value) else value
