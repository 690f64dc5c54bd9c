"""How a fit was asked for, so that it can be asked again with something changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
import scipy.sparse

from ..errors import DataError
from ..model.columns import in_row_order
from ..model.formula import updated
from ..model.frame import RESIDUAL, labelled_matrix

BY_ROW = ("v", "shared", "lower", "upper")
"""Arguments that may hold a value for each row."""


@dataclass(frozen=True)
class FitCall:
    """Formula, data and arguments of a fit.

    Attributes
    ----------
    function
        What was called: ``function(formula, data, **given)``.
    formula, data, given
        Its arguments.
    """

    function: Callable[..., Any]
    formula: str
    data: pd.DataFrame
    given: Mapping[str, Any]

    def again(self, formula: str | None, changes: Mapping[str, Any]) -> Any:
        """Call the function with another formula or other arguments."""
        text = self.formula if formula is None else updated(self.formula, formula)
        return self.function(text, self.data, **{**self.given, **changes})

    def with_data(self, data: pd.DataFrame, changes: Mapping[str, Any]) -> Any:
        """Call the function with other rows.

        Raises
        ------
        DataError
            Where an argument has values for the rows of the fit and not for the new ones.
        """
        given = {**self.given, **changes}
        if isinstance(data, pd.DataFrame) and not data.index.equals(self.data.index):
            for word, value in self.given.items():
                if word not in changes and self._is_by_row(word, value):
                    raise DataError(
                        f"{word} was given as values for the {len(self.data)} rows of the fit; "
                        f"give {word}= for the new rows too, or name a column in the fit"
                    )
        return self.function(self.formula, data, **given)

    def _is_by_row(self, word: str, value: Any) -> bool:
        if word in (*BY_ROW, "V"):
            return value is not None and not isinstance(value, str)
        if word == "row_weights":
            return any(not isinstance(x, str) for x in (value or {}).values())
        return word == "correlations" and RESIDUAL in (value or {})

    def with_rows(self, rows: Any) -> Any:
        """Call the function with some of the rows, and what was given for them.

        Parameters
        ----------
        rows
            Booleans (n,), or an expression in the data's columns that gives them.

        Raises
        ------
        DataError
            If that is no choice of rows, or a choice of none.
        """
        keep = self._chosen(rows)
        given = {word: self._reduced(word, value, keep) for word, value in self.given.items()}
        return self.function(self.formula, self.data.iloc[keep], **given)

    def _chosen(self, rows: Any) -> Any:
        if isinstance(rows, str):
            text = rows
            try:
                rows = self.data.eval(text)
            except Exception as error:  # an expression may fail in any way
                raise DataError(f"subset {text!r} cannot be read: {error}") from None
        elif isinstance(rows, pd.Series) and self.data.index.is_unique:
            rows = rows.reindex(self.data.index)
        mask = np.asarray(rows)
        if mask.dtype != bool or mask.shape != (len(self.data),):
            raise DataError(
                f"subset has {mask.dtype} values of shape {mask.shape}; give a boolean for each of "
                f"the {len(self.data)} rows, or an expression such as \"family == 'garnet'\""
            )
        if not mask.any():
            raise DataError("subset keeps no row")
        return np.flatnonzero(mask)

    def _reduced(self, word: str, value: Any, keep: Any) -> Any:
        if not self._is_by_row(word, value):
            return value
        if word == "V":
            return self._square(value, keep)
        if word in BY_ROW:
            return self._along_rows(value, keep)
        return {
            name: x
            if isinstance(x, str) or (word == "correlations" and name != RESIDUAL)
            else (self._square if word == "correlations" else self._along_rows)(x, keep)
            for name, x in value.items()
        }

    def _along_rows(self, value: Any, keep: Any) -> Any:
        return np.asarray(in_row_order(value, self.data, "subset"))[keep]

    def _square(self, value: Any, keep: Any) -> Any:
        """Rows and columns of a covariance: labelled, an array, sparse, or blocks in row order."""
        return _cut(labelled_matrix(value, self.data, "subset"), keep)


def _cut(value: Any, keep: Any) -> Any:
    if isinstance(value, (list, tuple)) and np.ndim(value[0]) == 2:
        value = scipy.sparse.block_diag([scipy.sparse.coo_array(block) for block in value])
    if scipy.sparse.issparse(value):
        return cast(Any, value).tocsr()[keep][:, keep]
    return np.asarray(value)[np.ix_(keep, keep)]
