"""Excel workbooks ``.xlsx``: values only, by openpyxl, imported when such a file is read.

A formula has a value only where a spreadsheet program stored one; a program that writes workbooks
may store none. Such a cell is not empty: it is refused where its value is needed.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..spectrum import Spectrum
from .assembly import spectra_of
from .columns import meaning_of
from .hints import Hints
from .row_gate import (
    SAVE_VALUES,
    Formula,
    is_number,
    is_row,
    is_row_without_number,
    ranges,
)
from .source import FileContent, ReadError
from .table import RawTable, named_with_units, table_of_rows, units_among
from .workbook_formulas import formulas_without_value

MAX_UNPACKED = 64 * 2**20
MAX_ROWS, MAX_COLUMNS = 200_000, 300

# Number of a row from 1, and the text of its filled cells by the number of the column from 0.
Row = tuple[int, Mapping[int, str]]


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read the sheets of a workbook that hold a spectrum, or the sheet asked for."""
    _refuse_a_bomb(source)
    tables: list[tuple[str, RawTable, tuple[str, ...]]] = []
    passed: list[str] = []
    numbers: list[str] = []
    formulas: list[tuple[str, Formula]] = []
    for name, rows in _sheets(source, hints.sheet):
        found = _table(source, rows, hints)
        if found is not None:
            tables.append((name, *found))
            continue
        passed.append(name)
        numbers += [name] if _holds_numbers(rows) else []
        formulas += [
            (name, cell) for _, row in rows for cell in row.values() if isinstance(cell, Formula)
        ]
    if not tables and formulas:
        name, cell = formulas[0]
        raise source.error(
            f"no sheet with columns of frequency and impedance; in sheet {name!r} {cell.fault} "
            f"({len(formulas)} such)",
            SAVE_VALUES,
        )
    if not tables:
        asked = [name for name in hints.columns.values() if isinstance(name, str)]
        wanted = f"the names {', '.join(map(repr, asked))}" if asked else "frequency and impedance"
        raise source.error(
            f"no sheet with columns of {wanted} ({', '.join(passed)})",
            "expected a row such as frequency (Hz), Re Z (ohm), Im Z (ohm) above the numbers, or "
            "columns={'frequency': 1, 're': 2, 'im': 3}",
        )
    beside = (f"sheets: {', '.join(numbers)} hold numbers without a known name; not read",)
    spectra: list[Spectrum] = []
    for name, table, notes in tables:
        notes = (*notes, *beside) if numbers else notes
        metadata: dict[str, Any] = {"format": "xlsx", "sheet": name, "notes": notes}
        spectra.extend(spectra_of(source, table, hints, metadata))
    return spectra


def _holds_numbers(rows: list[Row]) -> bool:
    return any(is_row(list(cells.values()), ".") for _, cells in rows)


def _refuse_a_bomb(source: FileContent) -> None:
    """Raise if the archive unpacks to more than a workbook of spectra does."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except Exception as error:  # a damaged archive raises errors of every kind
        raise source.error(
            f"the workbook cannot be unpacked ({error})", "expected a whole .xlsx file"
        ) from None
    if unpacked > MAX_UNPACKED:
        raise source.error(
            f"the workbook unpacks to {unpacked // 2**20} MB",
            f"expected at most {MAX_UNPACKED // 2**20} MB; export the spectra as CSV",
        )


def _sheets(source: FileContent, asked: str | None) -> Iterator[tuple[str, list[Row]]]:
    """Yield the name and the filled cells of every sheet, or of the one that is asked for."""
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(source.data), read_only=True, data_only=True)
            try:
                names = [sheet.title for sheet in book.worksheets]
                if asked is not None and asked not in names:
                    raise source.error(
                        f"there is no sheet {asked!r}", f"the workbook has {', '.join(names)}"
                    )
                found = [
                    (sheet.title, _rows(source, sheet))
                    for sheet in book.worksheets
                    if asked in (None, sheet.title)
                ]
            finally:
                book.close()
            formulas = formulas_without_value(source.data)
    except ReadError:
        raise
    except Exception as error:  # damaged XML surfaces as errors of every kind
        raise source.error(
            f"the workbook cannot be read ({type(error).__name__}: {str(error)[:120]})",
            "expected a whole .xlsx file; export the spectra as CSV",
        ) from None
    for name, rows in found:
        yield name, _joined(rows, formulas.get(name, {}))


def _joined(rows: list[Row], formulas: Mapping[int, Mapping[int, Formula]]) -> list[Row]:
    """Put formulas without a value among the cells that have one."""
    cells = dict(rows)
    return sorted((i, {**formulas.get(i, {}), **cells.get(i, {})}) for i in {*cells, *formulas})


def _rows(source: FileContent, sheet: Any) -> list[Row]:
    """Return the rows that hold anything; the cost follows the cells that the file holds."""
    sheet.reset_dimensions()  # the stated size of a sheet may be wrong
    rows: list[Row] = []
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        beyond = row[MAX_COLUMNS:]
        if beyond.count(None) < len(beyond):
            raise source.error(
                f"sheet {sheet.title!r} has a cell beyond column {MAX_COLUMNS}",
                "expected a table of spectra; clear the cell, export the table as CSV, or name "
                "another sheet with sheet='...'",
                number,
            )
        cells = {i: _text(v) for i, v in enumerate(row[:MAX_COLUMNS]) if v is not None}
        if any(text.strip() for text in cells.values()):
            rows.append((number, cells))
        if len(rows) > MAX_ROWS:
            raise source.error(
                f"sheet {sheet.title!r} has more than {MAX_ROWS} rows",
                "expected a table of spectra; export it as CSV",
            )
    return rows


def _text(value: object) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _table(
    source: FileContent, rows: list[Row], hints: Hints
) -> tuple[RawTable, tuple[str, ...]] | None:
    """Find the names and the rows below them, or rows without names; notes say what is no row."""
    header = next((i for i, row in enumerate(rows) if _is_header(row[1].values(), hints)), None)
    if header is None:
        return _bare_table(source, rows, hints)
    line_of_names, named = rows[header]
    used = sorted(column for column, name in named.items() if name.strip())
    span = range(used[0], used[-1] + 1)
    names = [named.get(i, "").strip() or f"column {i + 1}" for i in span]
    kept: list[list[str]] = []
    lines: list[int] = []
    below: list[int] = []
    unnamed: list[int] = []
    below_names = rows[header + 1 :]
    units = units_among([below_names[0][1].get(i, "") for i in span]) if below_names else []
    if units:
        names = [*named_with_units(names, units)]
        line_of_names, _ = below_names.pop(0)
    for number, cells in below_names:
        inside = [cells.get(i, "") for i in span]
        if any(is_number(cell, ".") for i, cell in cells.items() if i not in span):
            unnamed.append(number)
        if below or (kept and number > lines[-1] + 1):
            if sum(is_number(cell, ".") or isinstance(cell, Formula) for cell in inside) >= 3:
                raise source.error(
                    f"row {lines[-1] + 1} is empty and the table goes on below it",
                    "expected one table in a sheet, without gaps",
                    lines[-1] + 1,
                )
            below.append(number)
        elif any(cell.strip() for cell in inside):
            kept.append(inside)
            lines.append(number)
    if not kept:
        return None
    table = table_of_rows(source, names, kept, lines, asked_decimal=hints.decimal, is_text=False)
    empty = list(range(line_of_names + 1, lines[0]))
    return table, (
        *_counted(empty, "between the names and the table hold no value"),
        *_counted(below, "below the table hold no row of it"),
        *_counted(unnamed, "hold numbers in columns without a name, not read"),
    )


def _counted(rows: list[int], what: str) -> tuple[str, ...]:
    return (f"rows: {len(rows)} {what} (rows {ranges(rows)})",) if rows else ()


def _is_header(cells: Collection[str], hints: Hints) -> bool:
    asked = {name.strip() for name in hints.columns.values() if isinstance(name, str)}
    if asked:
        return asked <= {cell.strip() for cell in cells}
    meanings = [meaning for cell in cells if (meaning := meaning_of(cell))]
    kinds = {meaning.quantity.removeprefix("weak ") for meaning in meanings}
    impedance = {"re", "im", "modulus", "phase", "parallel re"}
    return bool(kinds & {"frequency", "angular"} and kinds & impedance)


def _bare_table(
    source: FileContent, rows: list[Row], hints: Hints
) -> tuple[RawTable, tuple[str, ...]] | None:
    """Take rows without known names: three columns, or those that the caller names by number."""
    # A formula stands for a number, which is refused where it is needed.
    texts = [
        ["nan" if isinstance(cell, Formula) else cell for cell in cells.values()]
        for _, cells in rows
    ]
    first = next((i for i, cells in enumerate(texts) if is_row(cells, ".")), None)
    if first is None:
        return None
    while first and is_row_without_number(texts[first - 1], "."):
        first -= 1
    if first and not hints.columns:
        return None
    for (number, _), cells in zip(rows[first:], texts[first:], strict=True):
        if not is_row(cells, ".") and not is_row_without_number(cells, "."):
            if not hints.columns:
                return None
            raise source.error(
                f"{' '.join(cells)[:40]!r} is in the table and is no row of it",
                "expected rows of numbers to the end of the sheet",
                number,
            )
    used = {column for _, cells in rows[first:] for column in cells}
    span = range(min(used), max(used) + 1)
    if len(span) != 3 and not hints.columns:
        return None
    kept = [[row.get(i, "") for i in span] for _, row in rows[first:]]
    lines = [number for number, _ in rows[first:]]
    table = table_of_rows(source, (), kept, lines, asked_decimal=hints.decimal, is_text=False)
    return table, _counted([number for number, _ in rows[:first]], "above the table hold text")
