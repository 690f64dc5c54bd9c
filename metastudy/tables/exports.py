"""Observations as files for other programs: CSV, JSON, XLSX, each with the DOIs of the sources."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from metastudy.errors import MetastudyError
from metastudy.tables.building import arrow_schema, csv_text
from metastudy.tables.columns import OBSERVATIONS, Column, TableForm
from metastudy.tables.dataset import Dataset
from metastudy.whole_file import whole_file

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FORM = TableForm(
    OBSERVATIONS.name,
    OBSERVATIONS.meaning,
    OBSERVATIONS.key,
    (
        *OBSERVATIONS.columns,
        Column("doi", "text", "", "DOI of the work."),
        Column("via_doi", "text", "", "DOI of the work in which a secondary number was read."),
    ),
)
_ENDS = {"y": ("hi", "lo"), "asr_ohm_cm2": ("hi", "lo")}
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class ExportError(MetastudyError):
    """A file that cannot be written, or a column that is not there."""


def with_dois(rows: pd.DataFrame, data: Dataset) -> pd.DataFrame:
    """Return observations with the columns ``doi`` and ``via_doi``."""
    doi = dict(zip(data.studies["study_id"], data.studies["doi"], strict=True))
    via = data.vocabulary[data.vocabulary["vocabulary"] == "via"]
    read_in = {
        word: json.loads(properties).get("doi")
        for word, properties in zip(via["word"], via["properties"], strict=True)
    }
    return rows.assign(doi=rows["study_id"].map(doi), via_doi=rows["via"].map(read_in))


def ordered(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return rows ordered by columns, the first before the others; missing values come last.

    Parameters
    ----------
    rows
        Observations.
    columns
        Names of columns, each with ``:desc`` behind it for falling order. A bound has the place of
        its known end in ``y`` and ``asr_ohm_cm2``.

    Raises
    ------
    ExportError
        Where a column is not there.
    """
    for text in reversed(columns):
        name, _, direction = text.partition(":")
        if name not in rows or direction not in ("", "asc", "desc"):
            raise ExportError(
                f"cannot sort by {text!r}; give a column such as y or salt, with :desc "
                f"behind it for falling order; the columns are {', '.join(rows.columns)}"
            )
        keys = rows[name]
        if name in _ENDS:
            keys = rows["y"].fillna(rows["hi"]).fillna(rows["lo"])
        rows = rows.loc[
            keys.sort_values(ascending=direction != "desc", kind="stable", na_position="last").index
        ]
    return rows


def _arrow(rows: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(rows, schema=arrow_schema(FORM), preserve_index=False)


def as_csv(rows: pd.DataFrame) -> str:
    """Return observations as CSV, as the built ``observations.csv`` has them, with the DOIs.

    A text that a spreadsheet would take for a formula has an apostrophe before it; the JSON has
    every text unchanged.
    """
    return csv_text(FORM, _arrow(rows))


def content(rows: pd.DataFrame) -> dict[str, Any]:
    """Return ``units`` by column, and ``observations`` as mappings, missing as None."""
    units = {column.name: column.unit for column in FORM.columns if column.unit}
    return {"units": units, "observations": _arrow(rows).to_pylist()}


def write(
    rows: pd.DataFrame, path: Path, as_json: Callable[[pd.DataFrame], str], made: str = ""
) -> None:
    """Write observations whole or not at all, in the format of the file's ending.

    ``.csv`` is :func:`as_csv`, ``.json`` what ``as_json`` returns. ``.xlsx`` has a sheet of
    observations, with the names of the columns in its first row and the units in its second, and a
    sheet with the meaning of each column; no cell is a formula, and ``made``, from which versions
    the rows are, is a property of the file.

    Raises
    ------
    ExportError
        For another ending, or where the file cannot be written.
    """
    writers: dict[str, Callable[[Path], Any]] = {
        ".csv": lambda new: new.write_text(as_csv(rows), encoding="utf-8"),
        ".json": lambda new: new.write_text(as_json(rows), encoding="utf-8"),
        ".xlsx": lambda new: _write_xlsx(rows, new, made),
    }
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise ExportError(f"{path}: give a name that ends in {', '.join(writers)}")
    with whole_file(path, ExportError) as new:
        path.parent.mkdir(parents=True, exist_ok=True)
        writer(new)


def _write_xlsx(rows: pd.DataFrame, path: Path, made: str) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=False)
    sheet = book.active
    assert sheet is not None  # a new workbook has one sheet
    sheet.title = FORM.name
    _put(sheet, [column.name for column in FORM.columns])
    _put(sheet, [column.unit for column in FORM.columns])
    for row in _arrow(rows).to_pylist():
        _put(sheet, list(row.values()))
    sheet.freeze_panes = "B3"
    meanings = book.create_sheet("columns")
    _put(meanings, ["column", "unit", "meaning"])
    for column in FORM.columns:
        _put(meanings, [column.name, column.unit, column.meaning])
    book.properties.description = made
    with path.open("wb") as file:  # openpyxl chooses by the name, which is a temporary one
        book.save(file)


def _put(sheet: Worksheet, values: Sequence[Any]) -> None:
    place = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for number, value in enumerate(values, start=1):
        if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
            continue
        cell = sheet.cell(place, number)
        if isinstance(value, str):
            cell.value = _NOT_IN_XML.sub("", value)
            cell.data_type = "s"  # also a text that begins with an equals sign
        else:
            cell.value = value
