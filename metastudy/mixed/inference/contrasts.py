"""Linear combinations of coefficients by name, with p-values adjusted for their number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ...confidence import check_alpha
from ..errors import FormulaError, UndefinedError
from ..model.columns import dependent_column
from ..model.structures import Array
from .fixed_effects import TESTS, FixedInference

ADJUSTMENTS = ("holm", "bonferroni", "fdr", "none")


def check_test(test: str) -> str:
    """Return the name of a reference distribution if it is one.

    Raises
    ------
    UndefinedError
        Otherwise.
    """
    if test not in TESTS:
        raise UndefinedError(f"test {test!r} is not known; use one of {', '.join(TESTS)}")
    return test


def linear_combinations(
    L: Any, names: pd.Index[Any], terms: Mapping[str, Sequence[int]] | None = None
) -> Array:
    """Rows (q, p) from an array, from expressions in coefficient names, or all but the intercept.

    Parameters
    ----------
    L
        Rows, expressions, names of terms (all coefficients of a factor), or None.
    names
        Names of the coefficients.
    terms
        Places of each term's coefficients.

    Raises
    ------
    FormulaError
        If an expression names an unknown coefficient or the array has another width.
    """
    p = len(names)
    if L is None:
        keep = [i for i, name in enumerate(names) if name != "Intercept"]
        return np.eye(p)[keep or [0]]
    expressions = [L] if isinstance(L, str) else L
    if np.size(expressions) == 0:
        raise FormulaError("no contrast is named; give at least one")
    if np.ndim(expressions) and all(isinstance(x, str) for x in expressions):
        words = [str(n) for n in names]
        rows = np.concatenate([_rows_of(x, words, terms or {}) for x in expressions])
        return _not_empty(rows)
    try:
        rows = np.atleast_2d(np.asarray(L, dtype=float))
    except (TypeError, ValueError):
        rows = np.empty((0, 0, 0))
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise FormulaError(
            f"contrasts {L!r} cannot be read; give expressions in coefficient names, or rows of "
            "finite numbers"
        )
    if rows.shape[1] != p:
        raise FormulaError(f"contrasts have {rows.shape[1]} columns for {p} coefficients")
    return _not_empty(rows)


def _not_empty(rows: Array) -> Array:
    empty = np.flatnonzero(~rows.any(axis=1))
    if empty.size:
        raise FormulaError(
            f"contrast number {empty[0] + 1} is zero for every coefficient, so it tests nothing"
        )
    return rows


def independent_combinations(
    L: Any, names: pd.Index[Any], terms: Mapping[str, Sequence[int]] | None = None
) -> Array:
    """Rows (q, p) of a joint test, as :func:`linear_combinations` reads them.

    Raises
    ------
    FormulaError
        As there; or if a row is a combination of the others.
    """
    rows = linear_combinations(L, names, terms)
    j = dependent_column(rows.T)
    if j is not None:
        raise FormulaError(
            f"contrast number {j + 1} of the joint test is a combination of those before it; "
            "leave it out"
        )
    return rows


def _rows_of(text: str, names: list[str], terms: Mapping[str, Sequence[int]]) -> Array:
    """Rows of a term, or of one expression."""
    term = None if text in names else _term_of(text, terms)
    if term is not None:
        return np.eye(len(names))[list(terms[term])]
    return _expression(text, names, terms)[None]


def _term_of(text: str, terms: Mapping[str, Sequence[int]]) -> str | None:
    """Find the term that a text names, by itself or by the column within ``C(...)``."""
    if text in terms:
        return text
    pattern = rf"C\(\s*`?{re.escape(text)}`?\s*(,.*)?\)"
    return next((term for term in terms if re.fullmatch(pattern, term)), None)


def _expression(text: str, names: list[str], terms: Mapping[str, Sequence[int]]) -> Array:
    """Coefficients of an expression such as ``"route[polished] - 0.5 * Intercept"``."""
    row, rest, sign = np.zeros(len(names)), text.strip(), 1.0
    if rest.startswith("-"):
        rest, sign = rest[1:].strip(), -1.0
    by_length = sorted(names, key=len, reverse=True)
    while rest:
        weight = 1.0
        head, star, tail = rest.partition("*")
        try:
            weight, rest = (float(head), tail.strip()) if star else (1.0, rest)
        except ValueError:
            weight = 1.0
        name = next((n for n in by_length if rest.startswith(n)), None)
        if name is None:
            words = f"; terms are {', '.join(terms)}" if terms else ""
            raise FormulaError(
                f"contrast {text!r}: no coefficient at {rest!r}; "
                f"coefficients are {', '.join(names)}{words}"
            )
        row[names.index(name)] += sign * weight
        rest = rest[len(name) :].strip()
        if rest:
            if rest[0] not in "+-":
                raise FormulaError(f"contrast {text!r}: expected + or - at {rest!r}")
            sign = 1.0 if rest[0] == "+" else -1.0
            rest = rest[1:].strip()
    return row


def contrast_labels(
    L: Any, names: pd.Index[Any], terms: Mapping[str, Sequence[int]] | None = None
) -> list[str]:
    """Row labels: expressions themselves, coefficients for a term, numbers for an array."""
    expressions = [L] if isinstance(L, str) else L
    if expressions is None or not all(isinstance(x, str) for x in expressions):
        return [str(i) for i in range(len(linear_combinations(L, names)))]
    out: list[str] = []
    for text in expressions:
        term = None if text in names else _term_of(text, terms or {})
        out += [text] if term is None or terms is None else [str(names[j]) for j in terms[term]]
    return out


def contrast_table(
    inference: FixedInference, rows: Array, labels: list[str], adjust: str, alpha: float
) -> pd.DataFrame:
    """Estimate, se, df, t, p, adjusted p and interval of each combination."""
    if adjust not in ADJUSTMENTS:
        raise UndefinedError(
            f"adjustment {adjust!r} is not known; use one of {', '.join(ADJUSTMENTS)}"
        )
    estimate = rows @ inference.beta
    se = np.sqrt(np.einsum("mi,ij,mj->m", rows, inference.cov, rows))
    df = inference.df(rows)
    t = estimate / se
    p = np.asarray(2 * stats.t.sf(np.abs(t), df))
    share = check_alpha(alpha, UndefinedError) / (1 if adjust == "none" else len(rows))
    reach = stats.t.isf(share / 2, df) * se
    return pd.DataFrame(
        {
            "estimate": estimate,
            "se": se,
            "df": df,
            "t": t,
            "p": p,
            "p_adjusted": adjusted_pvalues(p, adjust),
            "lower": estimate - reach,
            "upper": estimate + reach,
        },
        index=labels,
    )


def adjusted_pvalues(p: Array, adjust: str) -> Array:
    """Adjust p-values for their number by a method of ``ADJUSTMENTS``."""
    m = p.size
    if adjust == "none":
        return p
    if adjust == "bonferroni":
        return np.minimum(1.0, m * p)
    if adjust == "fdr":
        return np.asarray(stats.false_discovery_control(p))
    order = np.argsort(p)
    stepped = np.maximum.accumulate((m - np.arange(m)) * p[order])
    out = np.empty(m)
    out[order] = np.minimum(1.0, stepped)
    return out
