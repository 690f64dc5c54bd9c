"""What rows add to a random term: known weights, printed spreads, moderators of its variance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError, FormulaError, UndefinedError
from .columns import check_rank, column, design_matrix, in_row_order
from .structures import Array
from .terms import RandomTerm


@dataclass(frozen=True)
class PrintedSpreads:
    """Standard deviations between the samples of one term, printed beside rows that are means.

    For each nu s^2 / sigma^2 ~ chi-square with nu = n - 1.
    """

    term: str
    variances: Array
    df: Array


def printed_means(
    name: str, columns: tuple[str, str], data: pd.DataFrame, labels: list[str]
) -> tuple[Array, Array]:
    """Read the printed sd (missing where none) and number of samples (1 where missing)."""
    where = f"replicates of {name!r}"
    if isinstance(columns, str) or len(columns) != 2:
        raise DataError(f"{where}: {columns!r} are not the columns of sd and number of samples")
    sd, n = columns
    for key in (sd, n):
        if key not in data.columns:
            column(key, data, labels, where)
    try:
        counts = data[n].fillna(1).to_numpy(dtype=float)
        spreads = data[sd].to_numpy(dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{where}: columns {sd!r} and {n!r} must be numbers") from None
    wrong = (counts < 1) | (spreads < 0)
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"{where}: row {labels[i]} has sd {spreads[i]:g} of {counts[i]:g} samples; "
            "an sd is not negative and a mean has at least one sample"
        )
    return spreads, counts


def printed_spreads(name: str, sd: Array, n: Array) -> PrintedSpreads:
    """Keep the rows that print an sd of two samples or more."""
    use = np.isfinite(sd) & (n >= 2)
    return PrintedSpreads(name, sd[use] ** 2, n[use] - 1)


def key_of(term: RandomTerm, given: Mapping[str, Any] | None) -> str | None:
    """Find the key by which an argument means a term: its name, else its grouping."""
    if given and term.name in given:
        return term.name
    grouping = "" if term.source is None else ":".join(term.source.grouping)
    return grouping if given and grouping in given else None


def weighted_term(
    term: RandomTerm, given: Mapping[str, Any] | None, data: pd.DataFrame, labels: list[str]
) -> RandomTerm:
    """Scale a term's variance in each row by known factors, if it has any.

    Raises
    ------
    DataError
        If they are not one positive number for each row.
    """
    key = key_of(term, given)
    if key is None or given is None:
        return term
    where = f"row_weights of {key!r}"
    weights = in_row_order(given[key], data, where)
    if isinstance(weights, str):
        weights = column(weights, data, labels, where)
    try:
        values = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{where}: they are no numbers") from None
    if values.shape != (len(labels),) or not np.all(np.isfinite(values) & (values > 0)):
        raise DataError(f"{where}: give one positive number for each of the {len(labels)} rows")
    return replace(term, design=term.design * np.sqrt(values)[:, None])


def scaled_term(
    term: RandomTerm, formula: str | None, data: pd.DataFrame, labels: list[str]
) -> RandomTerm:
    """Let the log variance of a term depend on moderators of its levels.

    Raises
    ------
    FormulaError, DataError, UndefinedError
        If the term is no plain intercept, or a moderator or a weight differs within a level.
    """
    if formula is None:
        return term
    where = f"scale of {term.name!r}"
    if term.structure.size != 1 or term.correlation is not None:
        raise FormulaError(f"{where}: only an intercept term can have moderators of its variance")
    if not isinstance(formula, str):
        raise FormulaError(f"{where}: {formula!r} is no formula, such as '~ x'")
    if term.level_design is None:
        raise UndefinedError(
            f"{where}: row_weights (or replicates) of {term.name!r} differ between rows of one "
            "level, which is not defined beside a scale; leave one of the two out"
        )
    design = design_matrix(formula.lstrip("~ "), data, labels, where)
    by_row = design.values
    by_level = by_row[term.first_rows]
    if not np.allclose(by_level[term.codes], by_row):
        j = int(np.argmax(np.abs(by_level[term.codes] - by_row).max(axis=0)))
        raise DataError(
            f"{where}: moderator {design.names[j]!r} differs between rows of one level; "
            f"a variance of {term.name!r} can only depend on what its levels have in common"
        )
    check_rank(by_level, design.names, where)
    return replace(term, log_scale=by_level, scale_labels=design.names)
