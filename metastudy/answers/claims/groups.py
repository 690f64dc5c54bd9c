"""Rows of several works compared: a difference, a mean, every row, and how y goes with a column.

A difference needs two works a side, a mean or slope two works; a selection of one named work needs
that work alone. An interval needs four degrees of freedom.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from metastudy.tables.claim_terms import Comparison, Printed, RowsTerm
from metastudy.tables.claims import Claim
from metastudy.tables.loading import Dataset

from .estimates import MEAN, estimate, span_of
from .rows import Rows
from .sides import VALUES_NEEDED, WORKS_NEEDED, held, lacking, on_scale, records_of, some, untold
from .verdict import Interval, Outcome, Verdict

TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
# Fewer values of a column show no course along it.
COLUMN_VALUES = 3
# A dependence on these is a power law, so their logarithm is taken.
CONTENTS = ("salt_mol_l", "salt_eo", "residual_content", "water_content")


def compare(
    claim: Claim, comparison: Comparison, select: Callable[[RowsTerm], Rows], data: Dataset
) -> Outcome:
    """Compare rows with rows, or rows with a number."""
    left, sign, right = comparison.left, comparison.sign, comparison.right
    if not _is_of_rows(left, claim):  # a number stands first: turn the comparison round
        left, sign, right = right, TURNED[sign], left
    name, rows = _selected(left, claim, select)
    if _is_of_rows(right, claim):
        return _difference(claim, (name, rows), _selected(right, claim, select), sign, data)
    number = _number(right, claim)
    if not isinstance(left, ast.Call):
        return _mean(claim, name, rows, sign, number, data)
    function = ast.unparse(left.func)
    if function == "every":
        return _every(name, rows, sign, number)
    column = ast.unparse(left.args[1])
    if function == "minimum":
        return _minimum(name, rows, column, sign, number)
    if function == "span":
        return _span(claim, name, rows, column, sign, number)
    return _slope(claim, name, rows, column, sign, number, data)


def _is_of_rows(node: ast.expr, claim: Claim) -> bool:
    parts = (part for part in ast.walk(node) if isinstance(part, ast.Name))
    return any(isinstance(claim.terms.get(part.id), RowsTerm) for part in parts)


def _selected(node: ast.expr, claim: Claim, select: Callable[[RowsTerm], Rows]) -> tuple[str, Rows]:
    name = ast.unparse(node.args[0] if isinstance(node, ast.Call) else node)
    term = claim.terms[name]
    if not isinstance(term, RowsTerm):
        raise TypeError("the reader admits rows alone here")
    return name, select(term)


def _number(node: ast.expr, claim: Claim) -> Printed:
    term = claim.terms.get(ast.unparse(node))
    if isinstance(term, Printed):
        return term
    value = float(ast.literal_eval(node))
    return Printed(f"{value:g}", value, 0.0, "1", 1.0, 0.0)


def _difference(
    claim: Claim, first: tuple[str, Rows], second: tuple[str, Rows], sign: str, data: Dataset
) -> Outcome:
    """Compare two selections by first less second.

    A printed number that is on both sides says nothing of their difference and is left out.
    """
    a, b = first[1].apart_from(second[1]), second[1].apart_from(first[1])
    sides = {first[0]: a, second[0]: b}
    if missing := lacking(sides, VALUES_NEEDED):
        return untold(sides, missing)
    what = f"{first[0]} less {second[0]}"
    frame = pd.concat([a.frame.assign(marked=1.0), b.frame.assign(marked=0.0)], ignore_index=True)
    found = held(claim, sides, estimate(frame, "marked", a.quantity, data), sign, what)
    exact = frame[frame["y"].notna()]
    if len(exact) == len(frame):
        return found
    alone = estimate(exact, "marked", a.quantity, data)
    if alone is None:
        return found
    bare = held(claim, sides, alone, sign, what).verdict
    rests = f"{found.note}; it rests on bounds: without them it {bare}"
    note = found.note if bare is found.verdict else rests
    return replace(found, values={**found.values, "without bounds": alone.value}, note=note)


def _mean(
    claim: Claim, name: str, rows: Rows, sign: str, number: Printed, data: Dataset
) -> Outcome:
    """Compare the mean of the works with a number."""
    sides = {name: rows}
    if missing := lacking(sides, VALUES_NEEDED):
        return untold(sides, missing)
    found = estimate(rows.frame, MEAN, rows.quantity, data)
    away = None if found is None else found.less(on_scale(number, rows))
    return held(claim, sides, away, sign, f"mean of {name} less {number.text}")


def _every(name: str, rows: Rows, sign: str, number: Printed) -> Outcome:
    """Hold every row against a number, within twice its error; bounds count where they can."""
    goal, frame, sides = on_scale(number, rows), rows.frame, {name: rows}
    region = Interval(goal, math.inf) if sign.startswith(">") else Interval(-math.inf, goal)
    half = 1.96 * frame["sd"].fillna(0.0).astype(float)
    lower = (frame["y"] - half).fillna(frame["lo"]).fillna(-math.inf).astype(float)
    upper = (frame["y"] + half).fillna(frame["hi"]).fillna(math.inf).astype(float)
    found = [Interval(*ends).verdict(region) for ends in zip(lower, upper, strict=True)]
    inside, outside, undecided = (
        found.count(v) for v in (Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.CANNOT_BE_TOLD)
    )
    values = {"inside": float(inside), "outside": float(outside), "undecided": float(undecided)}
    works = frame.loc[[v is Verdict.HOLDS for v in found], "study_id"].nunique()
    short = (1 if rows.one_work else WORKS_NEEDED) - works
    if not outside and short > 0:
        return untold(sides, f"{some(short, 'more work')} with a value that decides", values)
    counted = untold(sides, "", values)
    return replace(counted, verdict=Verdict.DOES_NOT_HOLD if outside else Verdict.HOLDS)


def _with_column(rows: Rows, column: str) -> Rows:
    """Return the rows with a value of a column, which becomes ``x``."""
    frame = rows.frame
    given = frame[column] if column in frame else pd.Series(math.nan, index=frame.index)
    x = pd.to_numeric(given, errors="coerce").astype(float)
    if column in CONTENTS:  # nothing has no logarithm
        x = x.where(x > 0).map(np.log10)
    usable = frame.assign(x=x)[x.notna() & rows.exact]
    return replace(rows, frame=usable.reset_index(drop=True))


def _slope(
    claim: Claim,
    name: str,
    rows: Rows,
    column: str,
    sign: str,
    number: Printed,
    data: Dataset,
) -> Outcome:
    """Compare the slope of y on a column with a number."""
    kept = _with_column(rows, column)
    sides = {f"{name} with {column}": kept}
    short = COLUMN_VALUES - kept.frame["x"].nunique()
    more = f"{some(short, 'more value')} of {column}" if short > 0 else ""
    if missing := ", ".join(filter(None, [lacking(sides), more])):
        return untold(sides, missing)
    found = estimate(kept.frame, "x", kept.quantity, data)
    away = None if found is None else found.less(number.value)
    return held(claim, sides, away, sign, f"slope on {column} less {number.text}")


def _span(claim: Claim, name: str, rows: Rows, column: str, sign: str, number: Printed) -> Outcome:
    """Compare the 95 % span between works with equal words of a column with a number of decades."""
    sides = {name: rows}
    means = rows.frame[rows.exact].groupby([column, "study_id"], as_index=False)["y"].mean()
    found = span_of(means["y"], means[column])
    if found is None:
        return untold(sides, f"two works with one {column}")
    return held(claim, sides, found.less(number.value), sign, f"span less {number.text} decades")


def _minimum(name: str, rows: Rows, column: str, sign: str, number: Printed) -> Outcome:
    """Hold the place of the smallest value of each work against a printed place or limit.

    A work counts with three values of the column; its smallest must stand between two larger ones.
    """
    sides = {name: rows}
    below, above = number.value - number.half_width, number.value + number.half_width
    place = Interval(
        -math.inf if sign.startswith("<") else below, math.inf if sign.startswith(">") else above
    )
    values, found = {}, []
    usable = _with_column(rows, column).frame
    for work, own in usable.groupby("study_id"):
        line = own.groupby(pd.to_numeric(own[column]))["y"].mean().sort_index()
        if len(line) >= COLUMN_VALUES:
            x, at = [float(value) for value in line.index], int(np.argmin(line.to_numpy(float)))
            values[f"smallest of {work} at"] = x[at]
            inner = 0 < at < len(x) - 1
            found.append(inner and Interval(x[at - 1], x[at + 1]).overlaps(place))
    short = (1 if rows.one_work else WORKS_NEEDED) - len(found)
    if all(found) and short > 0:
        missing = f"{some(short, 'more work')} with {COLUMN_VALUES} values of {column}"
        return untold(sides, missing, values)
    verdict = Verdict.HOLDS if all(found) else Verdict.DOES_NOT_HOLD
    counted = untold(sides, "", values)
    return replace(counted, verdict=verdict, records=records_of(sides))
