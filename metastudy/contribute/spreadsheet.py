"""A table of a contributor, CSV or XLSX, as text with the place of every cell."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metastudy.contribute.open_study import AddError

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECIMALS = re.compile(r"0(?:\.(0+))?")


@dataclass(frozen=True)
class SheetRow:
    """One row below the header: its number in the file, and its cells by heading."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table as text.

    Attributes
    ----------
    name
        File, and sheet of a workbook, for messages.
    decimal_comma
        Whether a comma inside a number is its decimal point.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    decimal_comma: bool = False


def read_sheet(path: Path, sheet: str | None = None) -> Sheet:
    """Read the first sheet of a workbook, the named one, or a CSV.

    Raises
    ------
    AddError
        Where the file cannot be read, has no header, equal headings, or a cell that is a formula.
    """
    if not path.is_file():
        raise AddError(f"{path}: no such file")
    if path.suffix.lower() == ".xlsx":
        return _workbook(path, sheet)
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        raise AddError(f"{path}: tables are read from .csv and .xlsx; save it as one of them")
    return _text_table(path)


def _text_table(path: Path) -> Sheet:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AddError(f"{path}: cannot be read: {error.strerror or error}") from None
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise AddError(
            f"{path}:{line}: the byte 0x{data[error.start]:02X} is not UTF-8; save it as CSV UTF-8"
        ) from None
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines = []
    try:
        for cells in reader:
            lines.append((reader.line_num, cells))
    except csv.Error as error:
        raise AddError(f"{path}:{reader.line_num}: no CSV: {error}; check its quotes") from None
    return _sheet(str(path), lines, decimal_comma=separator == ";")


def _workbook(path: Path, name: str | None) -> Sheet:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    try:
        book = load_workbook(path)
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        raise AddError(f"{path}: cannot be read as .xlsx: {error}") from None
    if name is not None and name not in book.sheetnames:
        raise AddError(f"{path}: no sheet is named {name!r}; it has {', '.join(book.sheetnames)}")
    chosen: Any = book[name or book.sheetnames[0]]
    lines = []
    for cells in chosen.iter_rows():
        lines.append((cells[0].row, [_cell_text(cell, path) for cell in cells]))
    return _sheet(f"{path}, sheet {chosen.title}", lines)


def _cell_text(cell: Any, path: Path) -> str:
    """Write a cell as it is shown where its format says so plainly."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise AddError(f"{path}: cell {cell.coordinate} is a formula; numbers are typed as printed")
    if cell.data_type == "d":
        raise AddError(
            f"{path}: cell {cell.coordinate} is a date; format the column as text and type it again"
        )
    if isinstance(value, float):
        shown = _DECIMALS.fullmatch(cell.number_format)
        if shown and float(f"{value:.{len(shown[1] or '')}f}") == value:
            return f"{value:.{len(shown[1] or '')}f}"
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _sheet(name: str, lines: Sequence[tuple[int, list[str]]], decimal_comma: bool = False) -> Sheet:
    tidy = [(number, [" ".join(cell.split()) for cell in cells]) for number, cells in lines]
    filled = [(number, cells) for number, cells in tidy if any(cells)]
    if not filled:
        raise AddError(f"{name}: the table is empty; its first row names the columns")
    number, header = filled[0]
    while header and not header[-1]:
        header.pop()
    twice = sorted({heading for heading in header if heading and header.count(heading) > 1})
    if twice:
        raise AddError(f"{name}, row {number}: two columns are named {', '.join(twice)}")
    if "" in header:
        raise AddError(f"{name}, row {number}: column {header.index('') + 1} has no heading")
    rows = []
    for number, cells in filled[1:]:
        if any(cells[len(header) :]):
            raise AddError(
                f"{name}, row {number}: {len(cells)} cells, the header has {len(header)}; "
                "quote cells that hold a comma"
            )
        padded = cells + [""] * (len(header) - len(cells))
        rows.append(SheetRow(number, dict(zip(header, padded, strict=False))))
    if not rows:
        raise AddError(f"{name}: no row stands below the header")
    return Sheet(name, tuple(header), tuple(rows), decimal_comma)
