"""Numbers and labels of the rows, given by the name of a column or as an array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataError, FormulaError

Array = NDArray[np.floating[Any]]


def check_data(data: Any) -> pd.DataFrame:
    """Return the data if they are a frame with rows.

    Raises
    ------
    DataError
        Otherwise.
    """
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data must be a pandas DataFrame, not {type(data).__name__}")
    if data.empty:
        raise DataError("data have no rows")
    return data


def values_of(given: Any, data: pd.DataFrame, word: str) -> pd.Series[Any]:
    """Values (n,) of an argument, labelled as the rows; a single number holds for all rows.

    Raises
    ------
    FormulaError, DataError
        If there is no such column, or the values are not those of the rows.
    """
    if isinstance(given, str):
        if given not in data.columns:
            known = ", ".join(map(str, data.columns))
            raise FormulaError(f"{word}: the data have no column {given!r}; columns are {known}")
        return data[given]
    if isinstance(given, pd.Series):
        if not given.index.equals(data.index):
            raise DataError(
                f"{word}: the Series is not labelled as the data's rows; give it their index, or "
                "an array in row order"
            )
        return given
    if np.ndim(given) == 0:
        return pd.Series([given] * len(data), data.index)
    if np.shape(given) != (len(data),):
        raise DataError(
            f"{word} has shape {np.shape(given)}; give one value for each of the {len(data)} rows"
        )
    return pd.Series(list(given), data.index)


def numbers_of(
    given: Any,
    data: pd.DataFrame,
    word: str,
    *,
    above: float = -np.inf,
    least: float = -np.inf,
    missing: bool = False,
) -> Array:
    """Numbers (n,) of an argument within limits.

    Parameters
    ----------
    above, least
        Values are above the one and not below the other.
    missing
        Whether values may be missing (NaN).

    Raises
    ------
    FormulaError, DataError
        Naming the row and what would be right.
    """
    try:
        values = np.asarray(values_of(given, data, word), dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{word}: the values are not numbers") from None
    absent = np.isnan(values)
    if absent.any() and not missing:
        row = data.index[int(np.argmax(absent))]
        raise DataError(f"{word} of row {row} is missing; drop the row or fill it")
    wrong = ~absent & ~((values > above) & (values >= least) & np.isfinite(values))
    if wrong.any():
        i = int(np.argmax(wrong))
        limit = f"above {above:g}" if np.isfinite(above) else f"at least {least:g}"
        right = f"a number {limit}" if np.isfinite([above, least]).any() else "a finite number"
        raise DataError(f"{word} of row {data.index[i]} is {values[i]:g}; it must be {right}")
    return values
