"""Excel workbooks ``.xlsx``: values only, by openpyxl, imported when such a file is read."""

from __future__ import annotations

import io
import warnings
import zipfile
from typing import Any

from ..spectrum import Spectrum
from .assembly import spectra_of
from .columns import meaning_of
from .hints import Hints
from .row_gate import is_number
from .source import ReadError, Source
from .table import Table, table_of_rows

MAX_UNPACKED = 64 * 2**20
MAX_ROWS, MAX_COLUMNS = 200_000, 300


def read(source: Source, hints: Hints) -> list[Spectrum]:
    """Read the one sheet of a workbook that holds a spectrum, or the sheet asked for."""
    _refuse_a_bomb(source)
    sheets = _sheets(source)
    if hints.sheet is not None:
        if hints.sheet not in sheets:
            raise source.error(
                f"there is no sheet {hints.sheet!r}", f"the workbook has {', '.join(sheets)}"
            )
        sheets = {hints.sheet: sheets[hints.sheet]}
    spectra: list[Spectrum] = []
    reasons = []
    for name, rows in sheets.items():
        table = _table(source, rows, hints)
        if table is None:
            reasons.append(name)
            continue
        metadata: dict[str, Any] = {"format": "xlsx", "sheet": name, "notes": ()}
        spectra.extend(spectra_of(source, table, hints, metadata))
    if not spectra:
        raise source.error(
            f"no sheet with columns of frequency and impedance ({', '.join(reasons)})",
            "expected a row such as frequency (Hz), Re Z (ohm), Im Z (ohm) above the numbers",
        )
    return spectra


def _refuse_a_bomb(source: Source) -> None:
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


def _sheets(source: Source) -> dict[str, list[list[str]]]:
    """Return the cells of every sheet as text, row by row."""
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(source.data), read_only=True, data_only=True)
            try:
                return {sheet.title: _cells(source, sheet) for sheet in book.worksheets}
            finally:
                book.close()
    except ReadError:
        raise
    except Exception as error:  # damaged XML surfaces as errors of every kind
        raise source.error(
            f"the workbook cannot be read ({type(error).__name__}: {str(error)[:120]})",
            "expected a whole .xlsx file; export the spectra as CSV",
        ) from None


def _cells(source: Source, sheet: Any) -> list[list[str]]:
    sheet.reset_dimensions()  # the stated size of a sheet may be wrong
    rows: list[list[str]] = []
    for row in sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS):
        if len(rows) == MAX_ROWS:
            raise source.error(
                f"sheet {sheet.title!r} has more than {MAX_ROWS} rows",
                "expected a table of spectra; export it as CSV",
            )
        rows.append(["" if value is None else _text(value) for value in row])
    return rows


def _text(value: object) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _table(source: Source, rows: list[list[str]], hints: Hints) -> Table | None:
    """Find the header row and the rows of numbers below it, or a sheet of three bare columns."""
    header = next((i for i, row in enumerate(rows) if _is_header(row, hints)), None)
    if header is None:
        return _bare_table(source, rows, hints)
    used = [i for i, name in enumerate(rows[header]) if name.strip()]
    first, last = used[0], used[-1]
    names = [
        name or f"column {i + 1}" for i, name in enumerate(rows[header][first : last + 1], first)
    ]
    kept: list[list[str]] = []
    lines: list[int] = []
    ended = None
    for index, row in enumerate(rows[header + 1 :], start=header + 2):
        cells = [*row, *[""] * (last + 1 - len(row))][first : last + 1]
        if not any(cell.strip() for cell in cells):
            ended = ended or (index if kept else None)
            continue
        if ended is not None and sum(is_number(cell, ".") for cell in cells) >= 3:
            raise source.error(
                f"row {ended} is empty and the table goes on below it",
                "expected one table in a sheet, without gaps",
                ended,
            )
        if ended is None:
            kept.append(cells)
            lines.append(index)
    if not kept:
        return None
    return table_of_rows(source, names, kept, lines, decimal=hints.decimal, is_text=False)


def _is_header(row: list[str], hints: Hints) -> bool:
    asked = {name for name in hints.columns.values() if isinstance(name, str)}
    if asked:
        return asked <= {cell.strip() for cell in row}
    meanings = [meaning for cell in row if (meaning := meaning_of(cell))]
    kinds = {meaning.quantity.removeprefix("weak ") for meaning in meanings}
    impedance = {"re", "im", "modulus", "phase", "parallel re"}
    return bool(kinds & {"frequency", "angular"} and kinds & impedance)


def _bare_table(source: Source, rows: list[list[str]], hints: Hints) -> Table | None:
    filled = [(i, row) for i, row in enumerate(rows, start=1) if any(c.strip() for c in row)]
    numeric = [(i, row) for i, row in filled if all(is_number(c, ".") for c in row if c.strip())]
    if len(numeric) < 5 or len(numeric) != len(filled):
        return None
    width = max(len([c for c in row if c.strip()]) for _, row in numeric)
    if width != 3 and not hints.columns:
        return None
    start = next(i for i, c in enumerate(numeric[0][1]) if c.strip())
    cells = [[*row, *[""] * width][start : start + width] for _, row in numeric]
    return table_of_rows(source, (), cells, [i for i, _ in numeric], decimal=".", is_text=False)
