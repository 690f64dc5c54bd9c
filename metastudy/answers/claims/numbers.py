"""Printed numbers compared within what their print allows.

A number printed as 0.47 may be 0.465 to 0.475; of a bound one end is open. An expression is
evaluated at all ends of its numbers, so that rounding is never a contradiction.
"""

from __future__ import annotations

import ast
import itertools
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from metastudy.errors import MetastudyError
from metastudy.physics.errors import PhysicsError
from metastudy.tables.claim_terms import (
    ABOUT,
    Comparison,
    Printed,
    PropertyTerm,
    RecordTerm,
    Term,
    half_digit,
    names_in,
)
from metastudy.tables.claims import Claim

from .functions import FUNCTIONS
from .rows import PRINT, RowTables
from .verdict import REVERSED, Interval, Outcome, Verdict

RECOMPUTED = "recomputed"
# Of a longer expression the name is too long for a table.
LONGEST_NAME = 45
# Kinds that hold a work against itself, where its own words on others are no circle.
OF_ONE_WORK = (RECOMPUTED, "consistency")
RELATIVE: Mapping[str, Callable[[float], float]] = {
    "percent": math.log1p,
    "dex": lambda margin: margin * math.log(10.0),
}
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


class MissingError(MetastudyError):
    """A record or property that the dataset does not hold, or that is no evidence.

    The message says what would be needed, ``note`` why.
    """

    def __init__(self, missing: str, note: str = "") -> None:
        super().__init__(missing)
        self.note = note


@dataclass(frozen=True)
class Known:
    """The value of one term: as printed, what the print allows, and its record."""

    value: float
    interval: Interval
    record: pd.Series[Any] | None = None


def compare(claim: Claim, comparison: Comparison, tables: RowTables) -> Outcome:
    """Compare two expressions of printed numbers."""
    names = list(dict.fromkeys(comparison.names()))
    try:
        known = {name: _known(claim.terms[name], tables) for name in names}
        if claim.kind not in OF_ONE_WORK:
            _no_circle(claim, known)
        return _compared(claim, comparison, known)
    except MissingError as missing:
        return Outcome(Verdict.CANNOT_BE_TOLD, note=missing.note, missing=str(missing))
    except PhysicsError as error:
        return Outcome(Verdict.CANNOT_BE_TOLD, note=str(error), missing="numbers that it takes")


def _compared(claim: Claim, comparison: Comparison, known: Mapping[str, Known]) -> Outcome:
    records = tuple(str(k.record["record_id"]) for k in known.values() if k.record is not None)
    values = _values(comparison, known, claim)
    if claim.kind == RECOMPUTED:
        computed, printed = (_ends(side, known) for side in (comparison.left, comparison.right))
        agree = computed.overlaps(printed)  # within what both prints allow
        verdict = Verdict.REPRODUCED if agree else Verdict.DOES_NOT_HOLD
        return Outcome(verdict, values, records=records)
    verdict = _verdict(claim, comparison, known)
    if verdict is not Verdict.CANNOT_BE_TOLD:
        return Outcome(verdict, values, records=records)
    note = f"what is printed allows {comparison} and its opposite"
    return Outcome(verdict, values, None, note, "numbers printed more exactly", records)


def _verdict(claim: Claim, comparison: Comparison, known: Mapping[str, Known]) -> Verdict:
    sides = (comparison.left, comparison.right)
    if comparison.sign in ("=", "!="):
        margin = _margin(claim)
        found = _ends(_difference(sides, claim), known).verdict(Interval(-margin, margin))
        return REVERSED[found] if comparison.sign == "!=" else found
    if comparison.sign.startswith(">"):
        sides = (comparison.right, comparison.left)
    open_ends = comparison.sign in ("<", ">")
    return _ends(_difference(sides), known).verdict(Interval(0.0, math.inf), open_ends=open_ends)


def _known(term: Term, tables: RowTables) -> Known:
    if isinstance(term, Printed):
        value, half = term.value, term.half_width
        return Known(value, Interval(value - half, value + half))
    if isinstance(term, PropertyTerm):
        return _property(term, tables.data.properties)
    if isinstance(term, RecordTerm):
        return _of_record(term, tables)
    raise MissingError("rows have no single number")  # the reader admits none here


def _property(term: PropertyTerm, table: pd.DataFrame) -> Known:
    rows = table[
        (table["vocabulary"] == term.table)
        & (table["word"] == term.word)
        & (table["property"] == term.name)
    ]
    if term.scale:
        rows = rows[rows["scale"] == term.scale]
    if rows.empty:
        raise MissingError(f"{term.name} of {term.word}")
    row = rows.iloc[0]
    half = _half_width(row)
    return Known(float(row["value"]), Interval(row["value"] - half, row["value"] + half))


def _of_record(term: RecordTerm, tables: RowTables) -> Known:
    row = tables.by_record.get(term.record)
    if row is None:
        raise MissingError(f"record {term.record}, which is not in this dataset, or left out")
    if term.end is not None:
        return _end(row, term)
    ends = row[["lo", "hi"]].astype(float)
    if ends.isna().all():
        raise MissingError(f"a number for {term.record}, of which none is printed")
    lower = _allowed(row, ends["lo"]).lower
    upper = _allowed(row, ends["hi"]).upper
    lower = (-math.inf if row["unit"] == "V" else 0.0) if math.isnan(lower) else lower
    upper = math.inf if math.isnan(upper) else upper
    value = float(row["value"]) if pd.notna(row["value"]) else float(ends.mean())
    return Known(value, Interval(lower, upper), row)


def _end(row: pd.Series[Any], term: RecordTerm) -> Known:
    end = row[str(term.end)]
    if pd.isna(end):
        raise MissingError(f"the {term.end} end of {term.record}, which is open")
    return Known(float(end), _allowed(row, float(end)), row)


def _allowed(row: pd.Series[Any], value: float) -> Interval:
    """Return what the print allows about one end; of a factor decrease it is the reciprocal."""
    printed = _digits(str(row["value_text"]))
    if str(row["unit_text"]) == "factor decrease" and printed is not None and value > 0:
        half = _print_half(row, printed)
        return Interval(1.0 / (1.0 / value + half), 1.0 / max(1.0 / value - half, 1e-300))
    half = _half_width(row)
    return Interval(value - half, value + half)


def _half_width(row: pd.Series[Any]) -> float:
    """Return how far the print of a record lets it be off, in its canonical unit."""
    if "sd" in row and pd.notna(row["sd"]):
        return 1.96 * float(row["sd"])
    printed = _digits(str(row["value_text"]))
    value = row["value"] if pd.notna(row["value"]) else row.get("lo")
    value = value if pd.notna(value) else row.get("hi")
    if printed is None or pd.isna(value):
        return 0.0
    number, half = printed[0], _print_half(row, printed)
    if row["unit"] == "ratio" and "percent" in str(row["unit_text"]):
        return half / 100.0
    return float(abs(value) * half / abs(number)) if number else 0.0


def _print_half(row: pd.Series[Any], printed: tuple[float, float]) -> float:
    """Return how far a printed number may be off, in its printed unit."""
    number, half = printed
    return max(half, ABOUT * abs(number)) if row.get("qualifier") == "approx" else half


def _digits(text: str) -> tuple[float, float] | None:
    """Return a printed number, and half a unit of its last digit."""
    plain = text.replace("×", "x").replace(" ", "").replace("x10^", "e")
    mantissa = plain.partition("10^")[0] if "e" not in plain and "10^" in plain else plain
    exponent = plain.partition("10^")[2] if mantissa != plain else ""
    whole = f"{mantissa}e{exponent}" if exponent else plain
    try:
        return float(whole), half_digit(whole.lower().replace("+", ""))
    except ValueError:
        return None


def _no_circle(claim: Claim, known: Mapping[str, Known]) -> None:
    """Refuse what the claiming work says of others, and one printed number for two things."""
    rows = [k.record for k in known.values() if k.record is not None]
    for row in rows:
        if row.get("via") == claim.work:
            name = row["record_id"]
            note = f"circular: {name} was read in the claiming work"
            raise MissingError(f"another source of {name}", note)
    for first, second in itertools.combinations(rows, 2):
        # A table has a cell for each number; a sentence may give one number to several things.
        one = first["record_id"] != second["record_id"] and first.get("basis") != "table"
        if one and all(str(first.get(name)) == str(second.get(name)) for name in PRINT):
            names = f"{first['record_id']} and {second['record_id']}"
            raise MissingError(f"a number for each of {names}", f"{names} are one printed number")


def _margin(claim: Claim) -> float:
    if claim.margin is None:
        return 0.0
    relative = RELATIVE.get(claim.margin.unit)
    return claim.margin.value if relative is None else float(relative(claim.margin.value))


def _difference(sides: tuple[ast.expr, ast.expr], equal: Claim | None = None) -> ast.expr:
    """Return right less left, of logarithms where a margin is relative."""
    left, right = sides
    if equal is not None and equal.margin is not None and equal.margin.unit in RELATIVE:
        left, right = _logarithm(left), _logarithm(right)
    return ast.BinOp(right, ast.Sub(), left)


def _logarithm(node: ast.expr) -> ast.expr:
    return ast.Call(func=ast.Name("ln"), args=[node], keywords=[])


def _ends(node: ast.expr, known: Mapping[str, Known]) -> Interval:
    """Return the smallest and largest value of an expression over all ends of its numbers."""
    names = list(dict.fromkeys(names_in(node)))
    ends = [dict.fromkeys(known[name].interval.ends) for name in names]
    with np.errstate(all="ignore"):
        found = [
            _value(node, dict(zip(names, corner, strict=True)))
            for corner in itertools.product(*ends)
        ]
    if any(math.isnan(value) for value in found):
        return Interval(-math.inf, math.inf)
    return Interval(min(found), max(found))


def _value(node: ast.expr, numbers: Mapping[str, float]) -> float:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return numbers[node.id]
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, numbers)
    if isinstance(node, ast.BinOp):
        left, right = (np.float64(_value(side, numbers)) for side in (node.left, node.right))
        return float(_ARITHMETIC[type(node.op)](left, right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        given = [_value(argument, numbers) for argument in node.args]
        return float(FUNCTIONS[node.func.id](*given))
    raise MissingError(f"{ast.unparse(node)} is no arithmetic")  # the reader admits none


def _values(comparison: Comparison, known: Mapping[str, Known], claim: Claim) -> dict[str, float]:
    """Return both sides as numbers, in the printed unit where one side is printed.

    A side of many signs is called by the name that it is compared with.
    """
    numbers = {name: k.value for name, k in known.items()}
    found = {}
    for side, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
        printed = _printed_side(side, claim) or _printed_side(other, claim)
        if isinstance(side, ast.Constant):
            continue
        value = _value(side, numbers)
        name = ast.unparse(side)
        if len(name) > LONGEST_NAME:
            name = (
                f"for {ast.unparse(other)}"
                if isinstance(other, ast.Name)
                else name.partition("(")[0]
            )
        found[name] = value if printed is None else printed.as_printed(value)
    return found


def _printed_side(node: ast.expr, claim: Claim) -> Printed | None:
    term = claim.terms.get(node.id) if isinstance(node, ast.Name) else None
    return term if isinstance(term, Printed) else None
