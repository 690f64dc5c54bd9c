"""Rows known only between limits: which rows are exact, left-, right- or interval-censored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataError
from .columns import column
from .structures import Array
from .terms import Index


@dataclass(frozen=True)
class Bounds:
    """Limits of every row on the scale of the response, in row order.

    Attributes
    ----------
    lower, upper
        Limits, shape (n,); infinite where open, equal in exact rows.
    """

    lower: Array
    upper: Array

    def take(self, rows: Index) -> Bounds:
        """Limits of the given rows."""
        return Bounds(self.lower[rows], self.upper[rows])

    @property
    def censored(self) -> Index:
        """Numbers of the rows that are not exact."""
        return np.flatnonzero(self.lower < self.upper)

    @property
    def exact(self) -> Index:
        """Numbers of the exact rows."""
        return np.flatnonzero(self.lower == self.upper)

    @property
    def counts(self) -> pd.Series[int]:
        """Number of exact, left-, right- and interval-censored rows."""
        low, high = np.isfinite(self.lower), np.isfinite(self.upper)
        exact = self.lower == self.upper
        kinds = {
            "exact": exact,
            "left": ~low & high,
            "right": low & ~high,
            "interval": low & high & ~exact,
        }
        return pd.Series({name: int(rows.sum()) for name, rows in kinds.items()}, name="rows")

    @property
    def substituted(self) -> Array:
        """Exact values, single limits, and the middle of intervals: a start, never an estimate.

        Limits far from all exact values are brought near them.
        """
        low = np.where(np.isfinite(self.lower), self.lower, self.upper)
        high = np.where(np.isfinite(self.upper), self.upper, self.lower)
        middle = (low + high) / 2
        if not self.exact.size:
            return np.asarray(middle)
        least, most = middle[self.exact].min(), middle[self.exact].max()
        return np.clip(middle, 2 * least - most, 2 * most - least)


def read_limits(name: str, given: Any, data: pd.DataFrame, labels: list[str]) -> Array:
    """One limit of each row from a column name or an array; missing values stay missing.

    Raises
    ------
    FormulaError, DataError
        If there is no such column, the length is wrong or a value is not a number.
    """
    if given is None:
        return np.full(len(labels), np.nan)
    if isinstance(given, str):
        if given not in data.columns:
            column(given, data, labels, f"{name} limits")
        given = data[given]
    try:
        values = np.array(given, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{name} limits must be numbers, missing where there is none") from None
    if values.shape != (len(labels),):
        raise DataError(
            f"{name} limits have shape {values.shape}; the data have {len(labels)} rows, "
            f"so they need shape ({len(labels)},)"
        )
    return values


def build_bounds(y: Array, lower: Array, upper: Array, labels: list[str]) -> Bounds:
    """Join response and limits; all three may be missing (NaN), shape (n,).

    A row is exact where its limits are equal, or where it has a response and no limit. Every other
    row is censored, and its response, if any, is not used.

    Raises
    ------
    DataError
        For rows without response and limits, limits in the wrong order, or a response that
        contradicts equal limits.
    """
    unlimited = ~np.isfinite(lower) & ~np.isfinite(upper)
    _refuse(
        unlimited & np.isnan(y),
        labels,
        "no response and no limit; give a lower or an upper limit, or leave the row out",
    )
    exact = unlimited & np.isnan(lower) & np.isnan(upper)
    _refuse(
        unlimited & ~exact,
        labels,
        "no finite limit; an exact row has missing limits, an open end one missing limit",
    )
    low = np.where(np.isnan(lower), -np.inf, lower)
    high = np.where(np.isnan(upper), np.inf, upper)
    _refuse(low > high, labels, "a lower limit above the upper one; exchange them")
    _refuse(
        ~exact & (low == high) & ~np.isnan(y) & (y != low),
        labels,
        "equal limits that differ from the response; give one of the two",
    )
    return Bounds(np.where(exact, y, low), np.where(exact, y, high))


def _refuse(wrong: NDArray[np.bool_], labels: list[str], what: str) -> None:
    if wrong.any():
        rows = np.flatnonzero(wrong)
        first = ", ".join(labels[i] for i in rows[:5])
        who = f"row {first} has" if rows.size == 1 else f"{rows.size} rows ({first}) have"
        raise DataError(f"bounds: {who} {what}")
