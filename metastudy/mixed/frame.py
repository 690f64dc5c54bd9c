"""The gate: formula and data become response, fixed design, random terms and V, checked once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.linalg

from .covariance import (
    SamplingCovariance,
    from_matrix,
    from_variances,
    no_sampling_covariance,
)
from .errors import DataError, FormulaError
from .formula import ModelFormula, RandomPart, parse
from .structures import Array, build_structure
from .terms import RandomTerm

RESIDUAL = "residual"


@dataclass(frozen=True)
class PrintedSpreads:
    """Standard deviations between the samples of one term, printed beside rows that are means.

    Each says nu s^2 / sigma^2 ~ chi-square with nu = n - 1.
    """

    term: str
    variances: Array
    df: Array


@dataclass(frozen=True)
class Frame:
    """What a model is fitted to; a result keeps it and asks nothing again.

    Attributes
    ----------
    formula
        The parsed formula.
    labels
        Row labels of the data, as text.
    y, X
        Response (n,) and fixed design (n, p), in the rows' order.
    names
        Names of the fixed coefficients.
    terms
        Random terms, nested ones from the outermost inwards, the residual last.
    V
        Known sampling covariance.
    spec
        formulaic's recipe of the fixed part, None for an intercept alone.
    data
        The columns that the model used.
    spreads
        Printed standard deviations of the samples behind rows that are means.
    """

    formula: ModelFormula
    labels: tuple[str, ...]
    y: Array
    X: Array
    names: tuple[str, ...]
    terms: tuple[RandomTerm, ...]
    V: SamplingCovariance
    spec: Any
    data: pd.DataFrame
    spreads: tuple[PrintedSpreads, ...] = ()

    @property
    def nobs(self) -> int:
        """Number of rows."""
        return int(self.y.size)


def build_frame(
    formula: str,
    data: pd.DataFrame,
    v: Any = None,
    V: Any = None,
    residual: bool | None = None,
    correlations: Mapping[str, Any] | None = None,
    row_weights: Mapping[str, Any] | None = None,
    replicates: Mapping[str, tuple[str, str]] | None = None,
    scale: Mapping[str, str] | None = None,
) -> Frame:
    """Build the frame of a model; see :func:`metastudy.mixed.fit` for the arguments.

    Raises
    ------
    FormulaError, DataError
        Naming the column, row or term at fault and what would be right.
    """
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data must be a pandas DataFrame, not {type(data).__name__}")
    if data.empty:
        raise DataError("data have no rows")
    model = parse(formula)
    labels = [str(label) for label in data.index]
    y = _response(model, data, labels)
    X, names, spec = _fixed_design(model, data, labels)
    sampling = _sampling(v, V, data, labels)
    terms = [
        _random_term(part, data, labels, (correlations or {}).get(part.name))
        for part in model.random
    ]
    for word, given in (
        ("correlations", correlations),
        ("row_weights", row_weights),
        ("replicates", replicates),
        ("scale", scale),
    ):
        _check_keys(word, given, [term.name for term in terms])
    means = {name: _means(name, *pair, data, labels) for name, pair in (replicates or {}).items()}
    weights = {name: 1.0 / n for name, (_, n) in means.items()} | dict(row_weights or {})
    terms = [_weighted(term, weights, data, labels) for term in terms]
    if residual if residual is not None else not sampling.given:
        terms.append(_residual_term(len(labels)))
    if scale:
        terms = [_scaled(term, scale.get(term.name), data, labels) for term in terms]
    _check_rank(X, names, formula)
    _check_spread(sampling, terms, labels)
    used = [c for c in data.columns if str(c) in formula or c == v]
    return Frame(
        model,
        tuple(labels),
        y,
        X,
        names,
        tuple(terms),
        sampling,
        spec,
        data[used].copy(),
        tuple(_printed_spreads(name, *pair) for name, pair in means.items()),
    )


def column(name: str, data: pd.DataFrame, labels: Sequence[str], where: str) -> pd.Series[Any]:
    """Column ``name`` without missing values; the message offers the nearest name."""
    if name not in data.columns:
        near = difflib.get_close_matches(name, [str(c) for c in data.columns], n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"columns are {', '.join(data.columns)}"
        raise FormulaError(f"{where}: the data have no column {name!r}; {hint}")
    values: pd.Series[Any] = data[name]
    missing = values.isna().to_numpy()
    if missing.any():
        rows = ", ".join(labels[i] for i in np.flatnonzero(missing)[:5])
        raise DataError(
            f"{where}: column {name!r} is missing in {int(missing.sum())} rows ({rows}); "
            "drop those rows or fill them before fitting"
        )
    return values


def _response(model: ModelFormula, data: pd.DataFrame, labels: list[str]) -> Array:
    if model.response.isidentifier():
        values: Any = column(model.response, data, labels, "response")
    else:
        matrix = _matrix(f"0 + {model.response}", data, labels, "response")
        if matrix.shape[1] != 1:
            raise FormulaError(f"response {model.response!r} is not one numeric column")
        values = matrix.iloc[:, 0]
    try:
        y = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"response {model.response!r} is not numeric") from None
    if not np.isfinite(y).all():
        i = int(np.flatnonzero(~np.isfinite(y))[0])
        raise DataError(f"response {model.response!r} is not finite in row {labels[i]}")
    return y


def _fixed_design(
    model: ModelFormula, data: pd.DataFrame, labels: list[str]
) -> tuple[Array, tuple[str, ...], Any]:
    if model.fixed.strip() == "1":
        return np.ones((len(labels), 1)), ("Intercept",), None
    if model.fixed.strip() in ("0", "-1"):
        return np.empty((len(labels), 0)), (), None
    matrix = _matrix(model.fixed, data, labels, "fixed part")
    X = np.asarray(matrix, dtype=float)
    return X, tuple(str(c) for c in matrix.columns), matrix.model_spec


def _matrix(text: str, data: pd.DataFrame, labels: list[str], where: str) -> Any:
    """Design matrix of formulaic, with its errors put into our words."""
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
    values = np.asarray(matrix, dtype=float)
    if not np.isfinite(values).all():
        i, j = np.argwhere(~np.isfinite(values))[0]
        raise DataError(
            f"{where}: {matrix.columns[j]!r} is not finite in row {labels[i]}; "
            "drop the row or mend the moderator"
        )
    return matrix


def _sampling(v: Any, V: Any, data: pd.DataFrame, labels: list[str]) -> SamplingCovariance:
    if v is not None and V is not None:
        raise DataError("give sampling variances v or a sampling covariance V, not both")
    if V is not None:
        return from_matrix(V, labels)
    if v is None:
        return no_sampling_covariance(len(labels))
    if isinstance(v, str):
        if v not in data.columns:
            column(v, data, labels, "sampling variances v")
        v = data[v]
    return from_variances(np.asarray(v), labels)


def _random_term(
    part: RandomPart, data: pd.DataFrame, labels: list[str], correlation: Any
) -> RandomTerm:
    where = f"random term ({part.effects} | {part.name})"
    codes, levels = _grouping(part.grouping, data, labels, where)
    if len(levels) == 1:
        raise DataError(
            f"{where}: grouping {part.name!r} has one level ({levels[0]!r}); "
            "a variance between levels needs at least two"
        )
    times: Array | None = None
    if part.inner:
        inner = column(part.effects, data, labels, where)
        inner_codes, inner_levels = pd.factorize(inner, sort=True)
        design = np.eye(len(inner_levels))[inner_codes]
        effects = tuple(str(x) for x in inner_levels)
        if part.structure in ("ar", "har", "car"):
            times = _times(inner_levels, part, where)
    elif part.effects == "1":
        design, effects = np.ones((len(labels), 1)), ("",)
    else:
        matrix = _matrix(part.effects, data, labels, where)
        design, effects = np.asarray(matrix, dtype=float), tuple(str(c) for c in matrix.columns)
    structure = build_structure(part.structure, effects, times)
    if part.effects == "1":
        structure = replace(structure, parameters=(replace(structure.parameters[0], label=""),))
    known = _correlation(correlation, levels, where)
    return RandomTerm(part.name, levels, codes, design, structure, known, effects=effects)


def _times(inner_levels: Any, part: RandomPart, where: str) -> Array:
    try:
        return np.asarray(inner_levels, dtype=float)
    except (TypeError, ValueError):
        raise DataError(
            f"{where}: structure {part.structure!r} needs numeric times, "
            f"but {part.effects!r} has levels such as {inner_levels[0]!r}"
        ) from None


def _grouping(
    names: tuple[str, ...], data: pd.DataFrame, labels: list[str], where: str
) -> tuple[np.ndarray[Any, np.dtype[np.intp]], tuple[Any, ...]]:
    codes, uniques = pd.factorize(column(names[0], data, labels, where))
    levels: list[Any] = list(uniques)
    for name in names[1:]:
        inner, inner_uniques = pd.factorize(column(name, data, labels, where))
        width = len(inner_uniques)
        codes, pairs = pd.factorize(codes * width + inner)
        levels = [
            (*_as_tuple(levels[int(p) // width]), inner_uniques[int(p) % width]) for p in pairs
        ]
    return np.asarray(codes, dtype=np.intp), tuple(levels)


def _as_tuple(level: Any) -> tuple[Any, ...]:
    return level if isinstance(level, tuple) else (level,)


def _correlation(given: Any, levels: tuple[Any, ...], where: str) -> Array | None:
    if given is None:
        return None
    if isinstance(given, pd.DataFrame):
        missing = [x for x in levels if x not in given.index or x not in given.columns]
        if missing:
            raise DataError(f"{where}: the correlation matrix has no row for level {missing[0]!r}")
        matrix = given.loc[list(levels), list(levels)].to_numpy(dtype=float)
    else:
        matrix = np.asarray(given, dtype=float)
    if matrix.shape != (len(levels), len(levels)):
        raise DataError(
            f"{where}: the correlation matrix has shape {matrix.shape}, "
            f"but the grouping has {len(levels)} levels"
        )
    if not np.allclose(matrix, matrix.T, atol=1e-12) or not np.allclose(np.diag(matrix), 1):
        raise DataError(f"{where}: a correlation matrix is symmetric and has ones on its diagonal")
    if np.linalg.eigvalsh(matrix)[0] < -1e-10:
        raise DataError(f"{where}: the correlation matrix has a negative eigenvalue")
    return np.asarray(matrix)


def _check_keys(word: str, given: Mapping[str, Any] | None, names: list[str]) -> None:
    for key in given or {}:
        if key not in [*names, RESIDUAL]:
            raise FormulaError(
                f"{word} names {key!r}, which is not a random term; "
                f"terms are {', '.join(names) or 'none'}"
            )


def _means(
    name: str, sd: str, n: str, data: pd.DataFrame, labels: list[str]
) -> tuple[Array, Array]:
    """Printed sd (missing where none) and number of samples (1 where missing) of each row."""
    where = f"replicates of {name!r}"
    for key in (sd, n):
        if key not in data.columns:
            column(key, data, labels, where)
    counts = data[n].fillna(1).to_numpy(dtype=float)
    spreads = data[sd].to_numpy(dtype=float)
    wrong = (counts < 1) | (spreads < 0)
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"{where}: row {labels[i]} has sd {spreads[i]:g} of {counts[i]:g} samples; "
            "an sd is not negative and a mean has at least one sample"
        )
    return spreads, counts


def _printed_spreads(name: str, sd: Array, n: Array) -> PrintedSpreads:
    use = np.isfinite(sd) & (n >= 2)
    return PrintedSpreads(name, sd[use] ** 2, n[use] - 1)


def _weighted(
    term: RandomTerm, given: Mapping[str, Any] | None, data: pd.DataFrame, labels: list[str]
) -> RandomTerm:
    if not given or term.name not in given:
        return term
    where = f"row_weights of {term.name!r}"
    weights = given[term.name]
    if isinstance(weights, str):
        weights = column(weights, data, labels, where)
    values = np.asarray(weights, dtype=float)
    if values.shape != (len(labels),) or not np.all(np.isfinite(values) & (values > 0)):
        raise DataError(f"{where}: give one positive number for each of the {len(labels)} rows")
    return replace(term, design=term.design * np.sqrt(values)[:, None])


def _scaled(
    term: RandomTerm, formula: str | None, data: pd.DataFrame, labels: list[str]
) -> RandomTerm:
    if formula is None:
        return term
    where = f"scale of {term.name!r}"
    if term.structure.size != 1 or term.correlation is not None:
        raise FormulaError(f"{where}: only an intercept term can have moderators of its variance")
    matrix = _matrix(formula.lstrip("~ "), data, labels, where)
    by_row = np.asarray(matrix, dtype=float)
    first = np.zeros(term.n_levels, dtype=np.intp)
    first[term.codes[::-1]] = np.arange(len(labels))[::-1]
    by_level = by_row[first]
    if not np.allclose(by_level[term.codes], by_row):
        j = int(np.argmax(np.abs(by_level[term.codes] - by_row).max(axis=0)))
        raise DataError(
            f"{where}: moderator {matrix.columns[j]!r} differs between rows of one level; "
            f"a variance of {term.name!r} can only depend on what its levels have in common"
        )
    _check_rank(by_level, tuple(str(c) for c in matrix.columns), where)
    return replace(term, log_scale=by_level, scale_labels=tuple(str(c) for c in matrix.columns))


def _residual_term(n: int) -> RandomTerm:
    structure = build_structure("un", ("",))
    return RandomTerm(
        RESIDUAL, tuple(range(n)), np.arange(n, dtype=np.intp), np.ones((n, 1)), structure
    )


def _check_rank(X: Array, names: tuple[str, ...], where: str) -> None:
    n, p = X.shape
    if p >= n:
        raise DataError(
            f"{where!r} has {p} coefficients for {n} rows; it needs more rows than coefficients"
        )
    norms = np.linalg.norm(X, axis=0)
    if p and norms.min() == 0:
        raise DataError(f"moderator {names[int(np.argmin(norms))]!r} is zero in every row")
    R = scipy.linalg.qr(X / norms, mode="r")[0][:p] if p else X
    for j in range(p):
        if abs(R[j, j]) < 1e-10:
            weights = np.linalg.lstsq(R[:j, :j], R[:j, j], rcond=None)[0]
            partners = [names[i] for i in np.flatnonzero(np.abs(weights) > 1e-8)]
            raise DataError(
                f"moderator {names[j]!r} is a linear combination of {', '.join(partners)}; "
                "leave one of them out"
            )


def _check_spread(V: SamplingCovariance, terms: list[RandomTerm], labels: list[str]) -> None:
    if any(term.is_record_level for term in terms) or not V.given:
        return
    bare = V.unreported
    if bare.any():
        i = int(np.flatnonzero(bare)[0])
        raise DataError(
            f"sampling variance of row {labels[i]} is missing ({int(bare.sum())} rows in all); "
            "rows without a spread stay in only beside a record-level effect: add one to the "
            "formula, or pass residual=True"
        )


def new_design(frame: Frame, newdata: pd.DataFrame) -> Array:
    """Build the fixed design of new rows, by the recipe of the fit."""
    if frame.spec is None:
        return np.ones((len(newdata), len(frame.names)))
    labels = [str(label) for label in newdata.index]
    for variable in sorted(str(name) for name in frame.spec.required_variables):
        column(variable, newdata, labels, "newdata")
    return np.asarray(frame.spec.get_model_matrix(newdata), dtype=float)


def new_levels(
    frame: Frame, term: RandomTerm, newdata: pd.DataFrame, i: int
) -> tuple[Array, int | None]:
    """Random design of new row i in a term, and its level's number, None if the level is new."""
    part = next((p for p in frame.formula.random if p.name == term.name), None)
    z: Array = np.ones(1)
    if part is not None and part.effects != "1":
        z = _new_effects(part, term, newdata.iloc[[i]])
    names = part.grouping if part is not None else tuple(term.name.split(":"))
    if not all(name in newdata.columns for name in names):
        return z, None
    row = newdata.iloc[i]
    key = tuple(row[name] for name in names)
    lookup = key if len(key) > 1 else key[0]
    return z, (term.levels.index(lookup) if lookup in term.levels else None)


def _new_effects(part: RandomPart, term: RandomTerm, row: pd.DataFrame) -> Array:
    where = f"newdata for ({part.effects} | {part.name})"
    labels = [str(label) for label in row.index]
    if not part.inner:
        design = np.asarray(_matrix(part.effects, row, labels, where), dtype=float)
        return np.asarray(design[0])
    value = str(column(part.effects, row, labels, where).iloc[0])
    effects = term.effects
    if value not in effects:
        raise DataError(f"{where}: level {value!r} is not one of {', '.join(effects)}")
    return np.asarray([float(value == e) for e in effects])
