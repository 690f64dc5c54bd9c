"""The gate: formula and data become response, fixed design, random terms and V, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Unpack

import numpy as np
import pandas as pd

from ..arguments import check_mapping
from ..errors import DataError, FormulaError, UndefinedError
from .alternatives import Alternatives, read_alternatives
from .bounds import Bounds, build_bounds, read_limits
from .columns import check_rank, column, design_matrix, in_row_order, required_columns
from .formula import ModelFormula, RandomPart, parse
from .frame_arguments import FitArguments
from .memberships import membership_term
from .sampling_covariance import (
    SamplingCovariance,
    from_matrix,
    from_variances,
    no_sampling_covariance,
    with_shared_unknowns,
)
from .structures import Array, build_structure
from .terms import Index, RandomTerm, TermSource
from .weights import (
    PrintedSpreads,
    key_of,
    printed_means,
    printed_spreads,
    scaled_term,
    weighted_term,
)

RESIDUAL = "residual"
EXAMPLES = {
    "correlations": "{'g': R}",
    "row_weights": "{'g': 'weight'}",
    "replicates": "{'g': ('sd', 'n')}",
    "scale": "{'g': '~ x'}",
    "alternatives": "{'unit': 'u', 'shift': 's', 'probability': 'p'}",
}
"""Arguments that are mappings, with an example of each."""
FEW_VALUES = 300
"""Numbers up to which a dictionary finds the different ones faster than pandas."""
NO_NUMBERS = "mMc"
"""Kinds of columns that numpy would turn into numbers of no use: times and complex numbers."""
LARGEST = 1e150
"""Size of a response whose square is still a number."""
Coding = tuple[Index, list[Any]]
"""Number of each row's level, and the levels."""


@dataclass(frozen=True)
class Frame:
    """What a model is fitted to; a result keeps it.

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
        Recipe of the fixed part for new rows, None for an intercept alone.
    data
        The data frame as it was given.
    spreads
        Printed standard deviations of the samples behind rows that are means.
    bounds
        Limits of all rows, None where every row is exact. Censored rows have y = NaN.
    alternatives
        Units whose rows are shifted or not, None where there are none.
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
    bounds: Bounds | None = None
    alternatives: Alternatives | None = None

    @property
    def nobs(self) -> int:
        """Number of rows."""
        return int(self.y.size)

    def take(self, rows: Index) -> Frame:
        """Reduce the frame to the given rows, each term to the levels that they have.

        Raises
        ------
        UndefinedError
            Where printed spreads enter the likelihood, which are not kept by row.
        """
        if any(spread.df.size for spread in self.spreads):
            raise UndefinedError("a fit with replicates cannot be reduced to some of its rows yet")
        return replace(
            self,
            labels=tuple(self.labels[int(i)] for i in rows),
            y=self.y[rows],
            X=self.X[rows],
            terms=tuple(term.restrict(rows) for term in self.terms),
            V=self.V.take(rows),
            data=self.data.iloc[rows],
            bounds=None if self.bounds is None else self.bounds.take(rows),
            alternatives=None if self.alternatives is None else self.alternatives.take(rows),
        )


def alternatives_of(frame: Frame) -> Alternatives:
    """Alternatives of a frame that has them.

    Raises
    ------
    UndefinedError
        If it has none.
    """
    if frame.alternatives is None:
        raise UndefinedError("the frame has no alternatives")
    return frame.alternatives


def build_frame(formula: str, data: pd.DataFrame, **given: Unpack[FitArguments]) -> Frame:
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
    correlations, scale = given.get("correlations") or {}, given.get("scale") or {}
    row_weights, replicates = given.get("row_weights") or {}, given.get("replicates") or {}
    for word in EXAMPLES.keys() & given:
        check_mapping(given.get(word), word, EXAMPLES[word])
    residual = given.get("residual")
    if residual not in (None, True, False):
        raise DataError(f"residual is {residual!r}; give True or False, or leave it to v and V")
    if given.get("split", False) not in (True, False):
        raise DataError(f"split is {given['split']!r}; give True or False")
    model = parse(formula)
    labels = [str(label) for label in data.index.tolist()]
    limits = (in_row_order(given.get(word), data, f"{word} limits") for word in ("lower", "upper"))
    y, bounds = _bounded_response(model, data, labels, *limits)
    X, names, spec = _fixed_design(model, data, labels)
    sampling = _sampling(given.get("v"), given.get("V"), data, labels)
    if given.get("shared") is not None:
        shared = in_row_order(given["shared"], data, "shared unknowns")
        sampling = with_shared_unknowns(sampling, shared, labels)
    factors: dict[str, Coding] = {}
    terms = [_random_term(part, data, labels, factors) for part in model.random]
    if residual if residual is not None else not sampling.given:
        terms.append(_residual_term(len(labels)))
    terms = _with_own_names(terms)
    for word, by_term in (
        ("correlations", correlations),
        ("row_weights", row_weights),
        ("replicates", replicates),
        ("scale", scale),
    ):
        if by_term:
            _check_keys(word, by_term, terms)
    terms = [_correlated(term, correlations, data) for term in terms]
    twice = next((name for name in replicates if name in row_weights), None)
    if twice is not None:
        raise DataError(
            f"{twice!r} has row_weights and replicates, which weigh its rows by 1/n; give one"
        )
    means = {name: printed_means(name, pair, data, labels) for name, pair in replicates.items()}
    weights = {name: 1.0 / n for name, (_, n) in means.items()} | dict(row_weights)
    terms = [weighted_term(term, weights, data, labels) for term in terms]
    if scale:
        terms = [scaled_term(term, scale.get(term.name), data, labels) for term in terms]
    check_rank(X, names, formula)
    _check_spread(sampling, terms, labels)
    return Frame(
        model,
        tuple(labels),
        y,
        X,
        names,
        tuple(terms),
        sampling,
        spec,
        data.copy(deep=False),
        tuple(printed_spreads(name, *pair) for name, pair in means.items()),
        bounds,
        _alternatives(given.get("alternatives"), data, labels),
    )


def _response(model: ModelFormula, data: pd.DataFrame, labels: list[str]) -> Array:
    if model.column_response:
        remedy = (
            "give their limits with lower= and upper= if they are bounds, else drop or fill them"
        )
        values: Any = column(model.response, data, labels, "response", remedy)
    else:
        matrix = design_matrix(f"0 + {model.response}", data, labels, "response").values
        if matrix.shape[1] != 1:
            raise FormulaError(f"response {model.response!r} is not one numeric column")
        values = matrix[:, 0]
    try:
        if getattr(values.dtype, "kind", "") in NO_NUMBERS:
            raise TypeError
        y = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"response {model.response!r} is not numeric") from None
    usable = np.abs(y) < LARGEST
    if not usable.all():
        i = int(usable.argmin())
        if not np.isfinite(y[i]):
            raise DataError(f"response {model.response!r} is not finite in row {labels[i]}")
        raise DataError(
            f"response {model.response!r} is {y[i]:.3g} in row {labels[i]}, whose square is no "
            "number here; give another unit"
        )
    return y


def _bounded_response(
    model: ModelFormula, data: pd.DataFrame, labels: list[str], lower: Any, upper: Any
) -> tuple[Array, Bounds | None]:
    """Response (NaN in censored rows) and bounds, None where no row is censored."""
    if lower is None and upper is None:
        return _response(model, data, labels), None
    low, high = read_limits("lower", lower, data, labels), read_limits("upper", upper, data, labels)
    y = np.full(len(labels), np.nan)
    rows = np.flatnonzero(np.isnan(low) & np.isnan(high))
    if model.column_response:
        if model.response not in data.columns:
            column(model.response, data, labels, "response")
        rows = np.flatnonzero(data[model.response].notna())
    if rows.size:
        y[rows] = _response(model, data.iloc[rows], [labels[i] for i in rows])
    bounds = build_bounds(y, low, high, labels)
    return np.where(bounds.lower == bounds.upper, bounds.lower, np.nan), bounds


def _alternatives(
    given: Mapping[str, str] | None,
    data: pd.DataFrame,
    labels: list[str],
) -> Alternatives | None:
    if given is None:
        return None
    found = read_alternatives(given, data, labels)
    return found if found.units else None


def _fixed_design(
    model: ModelFormula, data: pd.DataFrame, labels: list[str]
) -> tuple[Array, tuple[str, ...], Any]:
    if model.fixed.strip() == "1":
        return np.ones((len(labels), 1)), ("Intercept",), None
    if model.fixed.strip() in ("0", "-1"):
        return np.empty((len(labels), 0)), (), None
    found = design_matrix(model.fixed, data, labels, "fixed part")
    if len(set(found.names)) < len(found.names):
        twice = next(name for name in found.names if found.names.count(name) > 1)
        raise FormulaError(f"two coefficients would be called {twice!r}; rename the column")
    if model.column_response and model.response in required_columns(found.recipe):
        raise FormulaError(f"the response {model.response!r} is a moderator too; leave it out")
    return found.values, found.names, found.recipe


def _sampling(v: Any, V: Any, data: pd.DataFrame, labels: list[str]) -> SamplingCovariance:
    if v is not None and V is not None:
        raise DataError("give sampling variances v or a sampling covariance V, not both")
    if V is not None:
        return from_matrix(labelled_matrix(V, data, "V"), labels)
    if v is None:
        return no_sampling_covariance(len(labels))
    if isinstance(v, str):
        if v not in data.columns:
            column(v, data, labels, "sampling variances v")
        v = data[v]
    v = in_row_order(v, data, "sampling variances v")
    return from_variances(np.asarray(v), labels)


def labelled_matrix(matrix: Any, data: pd.DataFrame, what: str) -> Any:
    """Bring a labelled matrix (n, n) into the row order of the data, along both axes."""
    if not isinstance(matrix, pd.DataFrame):
        return matrix
    rows = in_row_order(matrix, data, f"{what}, by its index")
    return in_row_order(rows.T, data, f"{what}, by its columns").T.to_numpy()


def _with_own_names(terms: list[RandomTerm]) -> list[RandomTerm]:
    """Name terms of one grouping apart; the intercept, else the first, keeps the grouping's name.

    Names of parameters begin with the grouping where that leaves them different.
    """
    if len({term.name for term in terms}) == len(terms):
        return terms
    order = sorted(range(len(terms)), key=lambda k: terms[k].effects != ("",))
    out, taken, used = list(terms), set[str](), set[str]()
    for k in order:
        term, source = terms[k], terms[k].source
        if term.name in taken and source is not None:
            text = f"{source.effects} | {term.name}"
            own = f"{term.structure.name}({text})" if source.inner else text
            shared = set(term.parameter_names)
            term = replace(term, name=own, prefix="" if shared & used else term.name)
            out[k] = term
        taken.add(term.name)
        used |= set(term.parameter_names)
    return out


def _random_term(
    part: RandomPart,
    data: pd.DataFrame,
    labels: list[str],
    factors: dict[str, Coding],
) -> RandomTerm:
    if part.members is not None:
        return membership_term(part.members, data, labels)
    where = f"random term ({part.effects} | {part.name})"
    if part.name == RESIDUAL:
        raise FormulaError(
            f"{where}: {RESIDUAL!r} is the name of the rows' own component; rename the column"
        )
    for name in part.grouping:
        if name not in factors:
            factors[name] = _factor(column(name, data, labels, where), where)
    codes, levels = _grouping([factors[name] for name in part.grouping])
    if len(levels) == 1:
        raise DataError(
            f"{where}: grouping {part.name!r} has one level ({levels[0]!r}); "
            "a variance between levels needs at least two"
        )
    times: Array | None = None
    recipe: Any = None
    if part.inner:
        inner = column(part.effects, data, labels, where)
        inner_codes, inner_levels = _sorted_levels(inner, where)
        design = np.eye(len(inner_levels))[inner_codes]
        effects = tuple(str(x) for x in inner_levels)
        if part.structure in ("ar", "har", "car"):
            times = _times(inner_levels, part, where)
    elif part.effects == "1":
        design, effects = np.ones((len(labels), 1)), ("",)
    else:
        found = design_matrix(part.effects, data, labels, where)
        design, effects, recipe = np.asarray(found.values), found.names, found.recipe
    structure = build_structure(part.structure, effects, times)
    source = TermSource(part.effects, part.grouping, part.inner, recipe)
    return RandomTerm(part.name, levels, codes, design, structure, effects=effects, source=source)


def _correlated(term: RandomTerm, given: Mapping[str, Any], data: pd.DataFrame) -> RandomTerm:
    """Give a term the known correlation between its levels, if it has one."""
    key = key_of(term, given)
    if key is None:
        return term
    where = f"correlations of {key!r}"
    matrix = given[key]
    if term.name == RESIDUAL:
        matrix = labelled_matrix(matrix, data, where)
    elif term.source is None:
        raise DataError(f"{where}: a multiple membership takes none")
    return replace(term, correlation=_correlation(matrix, term.levels, where))


def _times(inner_levels: Any, part: RandomPart, where: str) -> Array:
    try:
        if getattr(inner_levels.dtype, "kind", "") in NO_NUMBERS:
            raise TypeError
        times = np.asarray(inner_levels, dtype=float)
    except (TypeError, ValueError):
        raise DataError(
            f"{where}: structure {part.structure!r} needs numeric times, "
            f"but {part.effects!r} has levels such as {inner_levels[0]!r}"
        ) from None
    lags = times - times[0]
    if part.structure != "car" and not np.array_equal(lags, np.round(lags)):
        raise DataError(
            f"{where}: structure {part.structure!r} needs times that are whole steps apart; use "
            "car for others"
        )
    return times


def _factor(values: pd.Series[Any], where: str) -> Coding:
    """Level of each row and the levels, in order of first appearance."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iufb":
        return _coded(values.to_numpy())
    try:
        return _codes_of(pd.factorize(values))
    except TypeError:
        raise _no_label(values, where) from None


def _sorted_levels(values: pd.Series[Any], where: str) -> tuple[Index, Any]:
    """Level of each row and the levels, in order; a structure needs two."""
    try:
        codes, levels = pd.factorize(values, sort=True)
    except TypeError:
        raise _no_label(values, where) from None
    if len(levels) == 1:
        raise DataError(
            f"{where}: factor {values.name!r} has one level ({levels[0]!r}), which tells no rows "
            "apart; write an intercept, as in (1 | g)"
        )
    return codes, levels


def _no_label(values: pd.Series[Any], where: str) -> DataError:
    return DataError(
        f"{where}: column {values.name!r} holds what is no label, such as {values.iloc[0]!r}; "
        "give text or numbers"
    )


def _coded(values: Any) -> Coding:
    """Do the same for numbers; pandas is faster where they are many."""
    if values.size > FEW_VALUES:
        return _codes_of(pd.factorize(values))
    places: dict[Any, int] = {}
    codes = [places.setdefault(x, len(places)) for x in values.tolist()]
    return np.array(codes, dtype=np.intp), list(places)


def _codes_of(found: tuple[Index, Any]) -> Coding:
    return found[0], found[1].tolist()


def _grouping(factors: list[Coding]) -> tuple[Index, tuple[Any, ...]]:
    """Combine the factors of a nested grouping; a level of several is a tuple."""
    codes, levels = factors[0]
    if len(factors) > 1:
        levels = [(level,) for level in levels]
    for inner, inner_levels in factors[1:]:
        width = len(inner_levels)
        codes, pairs = _coded(codes * width + inner)
        levels = [(*levels[p // width], inner_levels[p % width]) for p in pairs]
    return np.asarray(codes, dtype=np.intp), tuple(levels)


def _correlation(given: Any, levels: tuple[Any, ...], where: str) -> Array:
    if isinstance(given, pd.DataFrame):
        missing = [x for x in levels if x not in given.index or x not in given.columns]
        if missing:
            raise DataError(f"{where}: the correlation matrix has no row for level {missing[0]!r}")
        given = given.loc[list(levels), list(levels)].to_numpy()
    try:
        matrix = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{where}: the correlation matrix holds what is no number") from None
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


def _check_keys(word: str, given: Mapping[str, Any], terms: list[RandomTerm]) -> None:
    names = [term.name for term in terms]
    for key in given:
        if key == RESIDUAL and key not in names:
            raise FormulaError(
                f"{word} names the residual, but the model has none: with v or V it is there only "
                f"by residual=True; terms are {', '.join(names) or 'none'}"
            )
        if key not in names:
            raise FormulaError(
                f"{word} names {key!r}, which is not a random term; "
                f"terms are {', '.join(names) or 'none'}"
            )


def _residual_term(n: int) -> RandomTerm:
    return RandomTerm(
        RESIDUAL,
        tuple(range(n)),
        np.arange(n, dtype=np.intp),
        np.ones((n, 1)),
        build_structure("un", ("",)),
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
