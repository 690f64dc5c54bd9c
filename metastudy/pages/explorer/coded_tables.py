"""Tables as columns: words as places in a list of words, numbers to 12 significant digits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from metastudy.tables.columns import Column

Rows = Sequence[Mapping[str, Any]]
# Columns that join words by blanks.
LISTS = frozenset({"treatments", "left_out", "records", "series", "derived_from", "solid_words"})
LISTS |= {"partner_words"}
# A word that is missing.
MISSING = -1


def rounded(value: float) -> float:
    """Return a number to 12 significant digits, as the built CSV has it."""
    return float(f"{value:.12g}")


def coded_table(rows: Rows, columns: Iterable[Column]) -> dict[str, Any]:
    """Return the rows of a table column by column; a column without a value is left out.

    A text is ``{"words": [...], "codes": [...]}``, -1 where it is missing. A column of
    :data:`LISTS` has a list of codes in each place. A number or flag is ``{"values": [...]}``, null
    where it is missing.
    """
    found = {}
    for column in columns:
        cells = [cell(row.get(column.name)) for row in rows]
        if any(each is not None for each in cells):
            found[column.name] = _coded(column, cells)
    return {"rows": len(rows), "columns": found}


def kind_of(column: Column) -> str:
    """Return what a column holds: word, list, number or flag."""
    if column.name in LISTS:
        return "list"
    return {"text": "word", "flag": "flag"}.get(column.kind, "number")


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as mappings, missing cells as None."""
    columns = [[cell(value) for value in frame[name].tolist()] for name in frame]
    names = [str(name) for name in frame]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def cell(value: Any) -> Any:
    """Return a cell, None where it is missing."""
    if isinstance(value, list | tuple):
        return value or None
    return None if value is None or value is pd.NA or value != value or value == "" else value


def _coded(column: Column, cells: Sequence[Any]) -> dict[str, Any]:
    kind = kind_of(column)
    if kind == "number":
        return {"values": [None if c is None else _number(c) for c in cells]}
    if kind == "flag":
        return {"values": [None if c is None else bool(c) for c in cells]}
    split = [_words(c) if kind == "list" else _one(c) for c in cells]
    words = sorted({word for each in split for word in each})
    code = {word: place for place, word in enumerate(words)}
    if kind == "list":
        return {"words": words, "codes": [[code[word] for word in each] for each in split]}
    return {"words": words, "codes": [code[each[0]] if each else MISSING for each in split]}


def _words(text: Any) -> list[str]:
    if text is None:
        return []
    return list(text) if isinstance(text, list | tuple) else str(text).split()


def _one(text: Any) -> list[str]:
    return [] if text is None else [str(text)]


def _number(value: Any) -> float | int:
    found = rounded(float(value))
    return int(found) if found.is_integer() and abs(found) < 1e15 else found
