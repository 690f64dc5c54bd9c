"""Columns and design matrices of data frames, with messages that name what is missing."""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.linalg

from ..errors import DataError, FormulaError, MixedError
from .structures import Array

SMALLEST = 1e-100
"""Size of a moderator whose products are still numbers."""


def column(
    name: str,
    data: pd.DataFrame,
    labels: Sequence[str],
    where: str,
    remedy: str = "drop those rows or fill them before fitting",
) -> pd.Series[Any]:
    """Column ``name`` without missing values; the message offers the nearest name."""
    if name not in data.columns:
        known = [str(c) for c in data.columns]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"columns are {', '.join(known) or 'none'}"
        raise FormulaError(f"{where}: the data have no column {name!r}; {hint}")
    values: pd.Series[Any] = data[name]
    if isinstance(values, pd.DataFrame):
        raise DataError(
            f"{where}: the data have {values.shape[1]} columns {name!r}; drop or rename one"
        )
    kind = values.dtype.kind if isinstance(values.dtype, np.dtype) else ""
    if kind and kind in "iub":
        return values  # numpy's integers have no missing value
    missing = np.isnan(values.to_numpy()) if kind == "f" else values.isna().to_numpy()
    if missing.any():
        rows = ", ".join(labels[i] for i in np.flatnonzero(missing)[:5])
        raise DataError(
            f"{where}: column {name!r} is missing in {int(missing.sum())} rows ({rows}); {remedy}"
        )
    return values


def in_row_order(given: Any, data: pd.DataFrame, what: str) -> Any:
    """Bring a Series or DataFrame (its first axis) into the row order of the data, by its labels.

    Anything else is returned as it is: arrays and lists are in row order.

    Raises
    ------
    DataError
        If its labels are not those of the rows.
    """
    if not isinstance(given, (pd.Series, pd.DataFrame)) or given.index.equals(data.index):
        return given
    lone = data.index.is_unique and given.index.is_unique
    if not lone or len(given) != len(data) or not data.index.isin(given.index).all():
        missing = data.index[~data.index.isin(given.index)]
        fault = f"has no row {missing[0]!r}" if len(missing) else "has other rows, or rows twice"
        raise DataError(
            f"{what}: the {type(given).__name__} is not labelled as the data's rows ({fault}); "
            "give it the index of the data, or pass an array in row order with .to_numpy()"
        )
    return given.loc[data.index]


@dataclass(frozen=True)
class NumericColumns:
    """Recipe of a design of plain numeric columns, which needs no formula library."""

    intercept: bool
    names: tuple[str, ...]

    def get_model_matrix(self, data: pd.DataFrame) -> Array:
        """Design of the rows of a data frame, shape (n, p)."""
        columns = [_numbers(name, data) for name in self.names]
        if self.intercept:
            columns.insert(0, np.ones(len(data)))
        return np.column_stack(columns)


def _numbers(name: str, data: pd.DataFrame) -> Array:
    try:
        return np.asarray(data[name].to_numpy(dtype=float))
    except (TypeError, ValueError):
        raise _not_numeric(name) from None


def _not_numeric(name: str) -> DataError:
    return DataError(
        f"moderator {name!r} is numeric in the fit, but not in the new rows; give numbers"
    )


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
        What repeats them for new rows, by ``get_model_matrix(data)``.
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
    known = list(data.columns)
    plain = all(name.isidentifier() and known.count(name) == 1 for name in names)
    if not names or not plain or len(set(names)) < len(names):
        return None
    if any(getattr(data[name].dtype, "kind", "O") not in "iuf" for name in names):
        return None
    return NumericColumns(intercept, names)


def _by_formulaic(text: str, data: pd.DataFrame, labels: Sequence[str], where: str) -> DesignMatrix:
    import formulaic

    with _own_errors(f"{where} {text!r} cannot be read"):
        parsed = formulaic.Formula("0" if "|" in text else text)
        if "|" in text or not hasattr(parsed, "required_variables") or hasattr(parsed, "lhs"):
            raise FormulaError(
                f"{where} {text!r} is not one sum of terms; write random terms in brackets, as in "
                "(1 | g)"
            )
        required = required_columns(parsed)
        for variable in required:
            column(variable, data, labels, where)
        used = _plain_columns(data, required)
        matrix = parsed.get_model_matrix(used, na_action="ignore")
        if not hasattr(matrix, "model_spec") or not hasattr(matrix, "columns"):
            raise FormulaError(f"{where} {text!r} is not one sum of terms")
        values = np.asarray(matrix, dtype=float)
    names = tuple(str(name) for name in matrix.columns)
    _check_levels(matrix.model_spec, names, where)
    return DesignMatrix(values, names, matrix.model_spec)


def required_columns(recipe: Any) -> list[str]:
    """Columns that a recipe takes, or a formula that formulaic has parsed.

    Formulaic cuts names in backticks at a dot, so its factors are read here.
    """
    if isinstance(recipe, NumericColumns):
        return list(recipe.names)
    factors = {f for term in getattr(recipe, "formula", recipe) for f in term.factors}
    plain = {str(f.expr) for f in factors if f.eval_method.value == "lookup"}
    calls = " ".join(str(f.expr) for f in factors if f.eval_method.value == "python")
    quoted = set(re.findall(r"`([^`]*)`", calls))
    bare = set(re.findall(r"\w+", re.sub(r"`[^`]*`", " ", calls)))
    cut = {name.split(".")[0] for name in plain | quoted if "." in name} - bare
    return sorted({str(name) for name in recipe.required_variables} - cut | plain | quoted)


def term_columns(recipe: Any, names: Sequence[str]) -> dict[str, list[int]]:
    """Places of each term's columns in a design, the intercept left out.

    Parameters
    ----------
    recipe
        The recipe of the design, None for an intercept alone.
    names
        Names of its columns.
    """
    if recipe is None or isinstance(recipe, NumericColumns):
        return {name: [j] for j, name in enumerate(names) if name != "Intercept"}
    places = {name: j for j, name in enumerate(names)}
    return {
        str(term.term): [places[str(name)] for name in term.columns]
        for term in recipe.structure
        if term.columns and list(term.columns) != ["Intercept"]
    }


def factor_levels(recipe: Any, columns: Sequence[str]) -> dict[str, list[Any]]:
    """Levels that the fit has seen of each factor of a recipe, by column.

    Parameters
    ----------
    recipe
        The recipe of a design, None for an intercept alone.
    columns
        The columns there are.
    """
    if recipe is None or isinstance(recipe, NumericColumns):
        return {}
    found: dict[str, list[Any]] = {}
    for factor, (_, state) in recipe.encoder_state.items():
        match = re.fullmatch(r"(?:C\(\s*)?`?(.*?)`?\s*(?:,.*)?\)?", str(factor))
        name = factor if factor in columns else match[1] if match else ""
        if state.get("categories") is not None and name in columns:
            found[name] = list(state["categories"])
    return found


@contextmanager
def _own_errors(what: str) -> Iterator[None]:
    """Turn what a formula raises, whatever it calls, into an error of this package."""
    try:
        yield
    except MixedError:
        raise
    except Exception as error:  # a formula may call any function
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise FormulaError(f"{what}: {reason}") from None


def _plain_columns(data: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Take the columns as formulaic reads them: numpy's types, categories that rows have."""
    changed = {name: _plain(data[name]) for name in names}
    changed = {name: values for name, values in changed.items() if values is not data[name]}
    return data.assign(**changed) if changed else data


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Change categories and nullable types, which have no missing value here."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return values.cat.remove_unused_categories()
    if isinstance(dtype, np.dtype):
        return values
    if pd.api.types.is_bool_dtype(dtype):
        return values.astype(bool)
    if pd.api.types.is_integer_dtype(dtype):
        return values.astype("int64")
    if pd.api.types.is_float_dtype(dtype):
        return values.astype("float64")
    return values.astype("str") if pd.api.types.is_string_dtype(dtype) else values


def _check_levels(spec: Any, names: tuple[str, ...], where: str) -> None:
    """Refuse a factor of one level that has no column, since an intercept says it all."""
    for factor, (_, state) in spec.encoder_state.items():
        levels = list(state.get("categories", ()))
        if len(levels) == 1 and not any(f"{factor}[" in name for name in names):
            raise DataError(
                f"{where}: factor {factor!r} has one level ({levels[0]!r}), which tells no rows "
                "apart; leave it out"
            )


def new_values(recipe: Any, data: pd.DataFrame, labels: Sequence[str], where: str) -> Array:
    """Design of new rows by the recipe of a fit, shape (n, p).

    Raises
    ------
    FormulaError, DataError
        For missing columns, a level that the fit has not seen, or values out of a term's range.
    """
    for variable in required_columns(recipe):
        column(variable, data, labels, where)
    if isinstance(recipe, NumericColumns):
        return recipe.get_model_matrix(data)
    for name, (kind, _) in recipe.encoder_state.items():
        numeric = kind.value == "numerical" and name in data.columns
        if numeric and not pd.api.types.is_numeric_dtype(data[name].dtype):
            raise _not_numeric(name)
    _check_known_levels(recipe, data, labels, where)
    from formulaic.errors import DataMismatchWarning

    # The levels and states of a recipe change while it is used.
    kept = replace(
        recipe,
        encoder_state=deepcopy(recipe.encoder_state),
        transform_state=deepcopy(recipe.transform_state),
    )
    with _own_errors(where), warnings.catch_warnings():
        warnings.simplefilter("error", DataMismatchWarning)
        plain = _plain_columns(data, required_columns(recipe))
        values = np.asarray(kept.get_model_matrix(plain, na_action="ignore"), dtype=float)
    if not np.isfinite(values).all():
        i = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise DataError(f"{where}: row {labels[i]} gives a design that is not finite")
    return values


def _check_known_levels(recipe: Any, data: pd.DataFrame, labels: Sequence[str], where: str) -> None:
    for name, known in factor_levels(recipe, list(data.columns)).items():
        new = ~data[name].isin(known).to_numpy()
        if new.any():
            values = ", ".join(dict.fromkeys(repr(x) for x in data.loc[new, name].tolist()))
            raise DataError(
                f"{where}: the fit has no level {values} of {name!r} (row "
                f"{labels[int(np.flatnonzero(new)[0])]}); its levels are "
                f"{', '.join(map(repr, known))}"
            )


def check_rank(X: Array, names: tuple[str, ...], where: str) -> None:
    """Refuse more columns than rows and columns that depend on others, naming them."""
    n, p = X.shape
    if p >= n:
        raise DataError(
            f"{where!r} has {p} coefficients for {n} rows; it needs more rows than coefficients"
        )
    sizes = np.abs(X).max(axis=0)
    for name, size in zip(names, sizes.tolist(), strict=True):
        if size == 0:
            raise DataError(f"moderator {name!r} is zero in every row")
        if not SMALLEST < size < 1 / SMALLEST:
            raise DataError(f"moderator {name!r} reaches {size:.3g}; give it another unit")
    if p < 2:
        return
    norms = np.linalg.norm(X, axis=0)
    R = scipy.linalg.qr(X / norms, mode="r")[0][:p]
    for j in range(p):
        if abs(R[j, j]) < 1e-10:
            weights = np.linalg.lstsq(R[:j, :j], R[:j, j], rcond=None)[0]
            partners = [names[i] for i in np.flatnonzero(np.abs(weights) > 1e-8)]
            raise DataError(
                f"moderator {names[j]!r} is a linear combination of {', '.join(partners)}; "
                "leave one of them out, or centre a covariate that is far from zero"
            )


def orthonormal(X: Array) -> tuple[Array, Array]:
    """Orthonormal columns Q (n, p) and a triangle R (p, p) with X = Q R, for X of full rank."""
    if X.shape[1] == 1:
        norm = np.sqrt(X[:, 0] @ X[:, 0])
        return X / norm, np.full((1, 1), norm)
    Q, R = np.linalg.qr(X)
    return Q, R


def dependent_column(X: Array) -> int | None:
    """Find the first column that depends on those before it."""
    norms = np.linalg.norm(X, axis=0)
    for j in range(X.shape[1]):
        if j >= X.shape[0] or norms[j] == 0:
            return j
        if np.linalg.matrix_rank(X[:, : j + 1] / np.maximum(norms[: j + 1], 1e-300)) <= j:
            return j
    return None
