"""Columns and design matrices of data frames, with messages that name what is missing."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.linalg

from ..errors import DataError, FormulaError
from .structures import Array


def column(
    name: str,
    data: pd.DataFrame,
    labels: Sequence[str],
    where: str,
    remedy: str = "drop those rows or fill them before fitting",
) -> pd.Series[Any]:
    """Column ``name`` without missing values; the message offers the nearest name."""
    if name not in data.columns:
        near = difflib.get_close_matches(name, [str(c) for c in data.columns], n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"columns are {', '.join(data.columns)}"
        raise FormulaError(f"{where}: the data have no column {name!r}; {hint}")
    values: pd.Series[Any] = data[name]
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iub":
        return values  # numpy's integers have no missing value
    missing = values.isna().to_numpy()
    if missing.any():
        rows = ", ".join(labels[i] for i in np.flatnonzero(missing)[:5])
        raise DataError(
            f"{where}: column {name!r} is missing in {int(missing.sum())} rows ({rows}); {remedy}"
        )
    return values


@dataclass(frozen=True)
class NumericColumns:
    """Recipe of a design of plain numeric columns, which needs no formula library."""

    intercept: bool
    names: tuple[str, ...]

    @property
    def required_variables(self) -> tuple[str, ...]:
        """Columns that new rows must have."""
        return self.names

    def get_model_matrix(self, data: pd.DataFrame) -> Array:
        """Design of the rows of a data frame, shape (n, p)."""
        columns = [data[name].to_numpy(dtype=float) for name in self.names]
        if self.intercept:
            columns.insert(0, np.ones(len(data)))
        return np.column_stack(columns)


@dataclass(frozen=True)
class DesignMatrix:
    """Columns of a formula's right side.

    Attributes
    ----------
    values
        Shape (n, p), finite.
    names
        Names of the columns.
    recipe
        What repeats them for new rows, by ``get_model_matrix(data)`` and ``required_variables``.
    """

    values: Array
    names: tuple[str, ...]
    recipe: Any


def design_matrix(text: str, data: pd.DataFrame, labels: Sequence[str], where: str) -> DesignMatrix:
    """Design of a formula's right side.

    Raises
    ------
    FormulaError, DataError
        In the module's own words, also for what formulaic finds.
    """
    recipe = _numeric_columns(text, data)
    if recipe is not None:
        for name in recipe.names:
            column(name, data, labels, where)
        head = ("Intercept",) if recipe.intercept else ()
        design = DesignMatrix(recipe.get_model_matrix(data), (*head, *recipe.names), recipe)
    else:
        design = _by_formulaic(text, data, labels, where)
    if not np.isfinite(design.values).all():
        i, j = np.argwhere(~np.isfinite(design.values))[0]
        raise DataError(
            f"{where}: {design.names[j]!r} is not finite in row {labels[i]}; "
            "drop the row or mend the moderator"
        )
    return design


def _numeric_columns(text: str, data: pd.DataFrame) -> NumericColumns | None:
    """Recipe of a sum of numeric columns, None where the formula is more than that."""
    words = [word.strip() for word in text.split("+")]
    intercept = "0" not in words
    names = tuple(word for word in words if word not in ("0", "1"))
    plain = all(name in data.columns and name.isidentifier() for name in names)
    if not names or not plain or len(set(names)) < len(names):
        return None
    if any(getattr(data[name].dtype, "kind", "O") not in "iuf" for name in names):
        return None
    return NumericColumns(intercept, names)


def _by_formulaic(text: str, data: pd.DataFrame, labels: Sequence[str], where: str) -> DesignMatrix:
    import formulaic
    from formulaic.errors import FormulaicError

    try:
        parsed = formulaic.Formula(text)
        for variable in sorted(str(name) for name in parsed.required_variables):
            column(variable, data, labels, where)
        matrix = parsed.get_model_matrix(data, na_action="ignore")
    except FormulaicError as error:
        reason = str(error).splitlines()[0]
        raise FormulaError(f"{where} {text!r} cannot be read: {reason}") from None
    names = tuple(str(name) for name in matrix.columns)
    return DesignMatrix(np.asarray(matrix, dtype=float), names, matrix.model_spec)


def check_rank(X: Array, names: tuple[str, ...], where: str) -> None:
    """Refuse more columns than rows and columns that depend on others, naming them."""
    n, p = X.shape
    if p >= n:
        raise DataError(
            f"{where!r} has {p} coefficients for {n} rows; it needs more rows than coefficients"
        )
    norms = np.linalg.norm(X, axis=0)
    if p and norms.min() == 0:
        raise DataError(f"moderator {names[int(np.argmin(norms))]!r} is zero in every row")
    if p < 2:
        return
    R = scipy.linalg.qr(X / norms, mode="r")[0][:p]
    for j in range(p):
        if abs(R[j, j]) < 1e-10:
            weights = np.linalg.lstsq(R[:j, :j], R[:j, j], rcond=None)[0]
            partners = [names[i] for i in np.flatnonzero(np.abs(weights) > 1e-8)]
            raise DataError(
                f"moderator {names[j]!r} is a linear combination of {', '.join(partners)}; "
                "leave one of them out"
            )


def dependent_column(X: Array) -> int | None:
    """Find the first column that depends on those before it."""
    norms = np.linalg.norm(X, axis=0)
    for j in range(X.shape[1]):
        if j >= X.shape[0] or norms[j] == 0:
            return j
        if np.linalg.matrix_rank(X[:, : j + 1] / np.maximum(norms[: j + 1], 1e-300)) <= j:
            return j
    return None
