"""Text tables of any program: separator, decimal sign, header and units are found by evidence.

Serves CSV files, Parstat, PowerSuite, CH Instruments, Nova, RelaxIS and Keysight exports, lists of
blocks as home-made LabVIEW programs write them, and EC-Lab columns copied without their head.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..spectrum import Spectrum
from .assembly import spectra_of
from .columns import meaning_of, unit_of
from .hints import Hints
from .source import FileContent
from .table import is_number, table_of_rows

_SEPARATORS = ("\t", ";", ",", None)  # None is any run of blanks
_FREQUENCY = {"frequency", "angular"}
_IMPEDANCE = {"re", "im", "modulus", "phase", "parallel re", "parallel im"}
_COMMENT = ("#", "%", "!", "//")
_MAYBE_HEADER = re.compile(r"freq|(?:^|[\W_])[fw](?:$|[\W_])|ω|omega", re.IGNORECASE)
_MAX_HEAD = 400  # lines of header kept as metadata

_AREA = re.compile(
    r"area[^:=\d]*?\(?\[?(?P<unit1>[cm]m\^?[2²])?\)?\]?\s*[:=]\s*(?P<value>[-+\d.,eE]+)\s*"
    r"(?P<unit2>[cm]m\^?[2²])?",
    re.IGNORECASE,
)
_TEMPERATURE = re.compile(
    r"^\W*(?:set ?|sample ?)?temp(?:erature|\.)?\s*[\[(/]?\s*(?P<unit1>K|[°˚º]?C)?\b[^:=]*[:=]\s*"
    r"(?P<value>[-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*(?P<unit2>K|[°˚º]?C)?\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Block:
    """A table in the text: its names, its first row and the lines it follows."""

    names: tuple[str, ...]
    separator: str | None
    decimal: str
    head: range
    rows: range


def read(source: FileContent, hints: Hints, what: str = "table") -> list[Spectrum]:
    """Read every table of a text file; see `spectra_of` for what is settled and how."""
    spectra: list[Spectrum] = []
    below = 0  # index of the first line that no earlier table holds
    for block in _blocks(source, hints):
        rows, lines = _rows(source, block)
        table = table_of_rows(source, block.names, rows, lines, decimal=block.decimal)
        above = [source.lines[i] for i in block.head if i >= below]
        below = lines[-1]
        metadata = {"format": what} | head_metadata(above)
        metadata["notes"] = (*metadata.get("notes", ()), _how(block))
        spectra.extend(spectra_of(source, table, hints, metadata))
    return spectra


def _how(block: _Block) -> str:
    names = {"\t": "tabs", ";": "semicolons", ",": "commas", None: "blanks"}
    return f"table: columns separated by {names[block.separator]}, decimal {block.decimal!r}"


def split_line(line: str, separator: str | None) -> list[str]:
    """Split a line into cells; a quoted cell may hold the separator."""
    if separator is None:
        return line.split()
    if '"' in line and re.search(rf'(?:^|{re.escape(separator)})\s*"', line):
        try:
            cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
        except (csv.Error, StopIteration):
            cells = line.split(separator)
        return [cell.strip() for cell in cells]
    return [cell.strip() for cell in line.split(separator)]


def _blocks(source: FileContent, hints: Hints) -> Iterator[_Block]:
    """Find the tables of a text: one below each header, or one without a header."""
    lines = source.lines
    headers = [i for i, line in enumerate(lines) if _names_of(line) is not None]
    if hints.columns and not headers:
        headers = [i for i, line in enumerate(lines) if _holds_the_asked(line, hints)][:1]
    if not headers:
        yield _block_without_header(source, hints)
        return
    ends = [*headers[1:], len(lines)]
    with_rows = [(h, e) for h, e in zip(headers, ends, strict=True) if _any_row(lines[h + 1 : e])]
    if not with_rows:
        with_rows = [(headers[-1], len(lines))]  # refused below, at its line
    start = 0
    for header, end in with_rows:
        yield _block_below(source, hints, range(start, header), header, end)
        start = header + 1


def _any_row(lines: list[str]) -> bool:
    return any(
        _is_row(split_line(line, separator), decimal)
        for line in lines
        for separator in _SEPARATORS
        for decimal in (".", ",")
        if separator != decimal
    )


def _holds_the_asked(line: str, hints: Hints) -> bool:
    wanted = {name.strip() for name in hints.columns.values() if isinstance(name, str)}
    return bool(wanted) and any(wanted <= set(split_line(line, s)) for s in _SEPARATORS)


def _names_of(line: str) -> tuple[tuple[str, ...], str | None] | None:
    """Return names and separator of a header line, or ``None`` for any other line.

    A header names a frequency and an impedance. Words before the frequency and after the
    impedance that would not fit the columns are cut off later, when the rows are known.
    """
    if len(line) > 20_000 or not _MAYBE_HEADER.search(line):
        return None
    for separator in (*_SEPARATORS[:3], "  ", None):
        cells = _without_comment(line, separator)
        if len(cells) < 3:
            continue
        kinds = {m.quantity.removeprefix("weak ") for m in map(meaning_of, cells) if m is not None}
        if kinds & _FREQUENCY and kinds & _IMPEDANCE:
            return tuple(cells), separator
    return None


def _without_comment(line: str, separator: str | None) -> list[str]:
    text = line.strip("\ufeff \r")
    for mark in _COMMENT:
        text = text.removeprefix(mark)
    if separator in ("  ", None):  # a unit belongs to the name before it
        text = re.sub(r"\s+(?=[\[(/])", "", text)
    if separator == "  ":
        cells = re.split(r"\s{2,}|\t", text.strip())
    else:
        cells = split_line(text, separator)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _block_below(source: FileContent, hints: Hints, head: range, header: int, end: int) -> _Block:
    """Make the block of the header on line index ``header``, which ends before ``end``."""
    lines = source.lines
    named = _names_of(lines[header])
    names = named[0] if named else ()
    first = header + 1
    units: list[str] = []
    for i in range(first, min(first + 4, end)):
        if not lines[i].strip():
            continue
        cells = max((_without_comment(lines[i], s) for s in _SEPARATORS), key=len)
        stripped = [cell.strip("[]() ") for cell in cells]
        if cells and not any(is_number(c, ".") or is_number(c, ",") for c in cells):
            if any(unit_of(cell) for cell in stripped):
                units, first = stripped, i + 1
        break
    separator, decimal, width = _form_of_rows(source, hints, range(first, end))
    if not named:  # a header the caller's words point to
        names = tuple(_without_comment(lines[header], separator))
    names = _fitted(source, names, header, width)
    if len(units) == len(names):
        names = tuple(
            f"{n} [{u}]" if u and unit_of(u) and "[" not in n else n
            for n, u in zip(names, units, strict=True)
        )
    return _Block(names, separator, decimal, head, range(first, end))


def _fitted(
    source: FileContent, names: tuple[str, ...], header: int, width: int
) -> tuple[str, ...]:
    """Cut words around the names so that as many remain as there are columns."""
    filled = tuple(name for name in names if name.strip())  # two tabs for looks are no column
    if width in (len(names), len(filled)):
        return names if len(names) == width else filled
    kinds = [m.quantity if (m := meaning_of(name)) else None for name in names]
    first = next((i for i, kind in enumerate(kinds) if kind in _FREQUENCY), 0)
    window = kinds[first : first + width]
    at_the_end = first + width == len(names)
    if len(names) > width == len(window) and (at_the_end or None not in window):
        return names[first : first + width]
    raise source.error(
        f"the header names {len(names)} columns and the rows hold {width}",
        "expected one name for each column; a column was added or lost in export",
        header + 1,
    )


def _form_of_rows(
    source: FileContent, hints: Hints, rows: range, at_least: int = 1
) -> tuple[str | None, str, int]:
    """Find separator, decimal sign and width by which most lines are rows of numbers."""
    sample = [source.lines[i] for i in rows if source.lines[i].strip()][:200]
    best: tuple[int, int, str | None, str] = (0, 0, None, ".")
    for separator in _SEPARATORS:
        split = [_trimmed(split_line(line, separator)) for line in sample]
        for decimal in (".", ","):
            if decimal == separator or hints.decimal not in (None, decimal):
                continue
            widths = [len(cells) for cells in split if _is_row(cells, decimal)]
            if not widths:
                continue
            width = max(set(widths), key=widths.count)
            score = widths.count(width)
            if score > best[0]:
                best = (score, width, separator, decimal)
    if best[0] < at_least:
        found = f"no table of numbers, only {best[0]} rows" if best[0] else "no table of numbers"
        raise source.error(
            "no row of numbers follows the header" if rows.start else found,
            "expected rows of at least three numbers, separated by tabs, semicolons, commas or "
            "blanks",
            min(rows.start + 1, len(source.lines)) if rows.start else None,
        )
    _, width, separator, decimal = best
    _refuse_thousands(source, hints, rows, separator)
    return separator, decimal, width


def _trimmed(cells: list[str]) -> list[str]:
    """Drop the empty cell that a separator after the last column leaves."""
    return cells[:-1] if len(cells) > 3 and not cells[-1].strip() else cells


def _is_row(cells: list[str], decimal: str) -> bool:
    """Whether cells are a row: at least three numbers, and half of the filled cells."""
    filled = [cell for cell in cells if cell.strip()]
    numbers = sum(is_number(cell, decimal) for cell in filled)
    return numbers >= 3 and 2 * numbers >= len(filled)


def _refuse_thousands(
    source: FileContent, hints: Hints, rows: range, separator: str | None
) -> None:
    """Ask if every comma could separate thousands: "1,000" is 1 or 1000."""
    if hints.decimal or separator == ",":
        return
    grouped = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
    example = None
    for i in rows:
        for cell in split_line(source.lines[i], separator):
            if "," in cell and (is_number(cell, ",") or grouped.fullmatch(cell)):
                if not grouped.fullmatch(cell):
                    return
                example = example or (cell, i + 1)
    if example:
        raise source.error(
            f"{example[0]!r} could be a decimal comma or a thousands separator, here and in every "
            "number with a comma",
            "say decimal=',' if it is the decimal sign, otherwise take the separators out",
            example[1],
        )


def _block_without_header(source: FileContent, hints: Hints) -> _Block:
    """Make the block of the longest run of rows of one width in a text without a header."""
    lines = source.lines
    separator, decimal, width = _form_of_rows(source, hints, range(len(lines)), at_least=5)
    first = next(
        i
        for i, line in enumerate(lines)
        if len(cells := _trimmed(split_line(line, separator))) == width and _is_row(cells, decimal)
    )
    above = next((i for i in range(first - 1, -1, -1) if lines[i].strip()), None)
    if above is not None and not hints.columns:
        words = _without_comment(lines[above], separator)
        if len(words) == width and not lines[above].lstrip().startswith(_COMMENT):
            raise source.error(
                f"the names {', '.join(map(repr, words))} say no frequency and impedance",
                "name the columns with columns={'frequency': 1, 're': 2, 'im': 3}",
                above + 1,
            )
    return _Block((), separator, decimal, range(first), range(first, len(lines)))


def _rows(source: FileContent, block: _Block) -> tuple[list[list[str]], list[int]]:
    """Collect the rows of a block; text inside the table is an error, text below it is not."""
    rows: list[list[str]] = []
    lines: list[int] = []
    interrupted: int | None = None
    width = len(block.names) or None
    for i in block.rows:
        line = source.lines[i]
        if not line.strip() or line.lstrip().startswith(_COMMENT):
            continue
        cells = split_line(line, block.separator)
        trimmed = _trimmed(cells)
        fits = len(cells) == width or len(trimmed) == width
        if _is_row(trimmed, block.decimal) or (
            fits and rows and is_number(cells[0], block.decimal)
        ):
            if interrupted is not None:
                raise _inside(source, interrupted)
            width = width or len(trimmed)
            rows.append(cells if len(cells) == width else trimmed)
            lines.append(i + 1)
        elif rows and interrupted is None:
            interrupted = i
            if re.match(r"\s*[-+]?[.,]?\d", line) and not re.match(r"\s*\d+[/:-]\d", line):
                raise _inside(source, i)
    return rows, lines


def _inside(source: FileContent, index: int) -> Exception:
    shown = source.lines[index].strip()
    return source.error(
        f"{shown[:40]!r} is in the table and is no row of it",
        "expected rows of numbers to the end of the table; the file is damaged or was cut",
        index + 1,
    )


def head_metadata(lines: list[str]) -> dict[str, Any]:
    """Keep the lines above a table, and read area and temperature where they are plain."""
    kept = [line.strip()[:400] for line in lines if line.strip()][:_MAX_HEAD]
    metadata: dict[str, Any] = {"header": tuple(kept)} if kept else {}
    for line in kept:
        found = _TEMPERATURE.match(line)
        if found and (unit := found["unit1"] or found["unit2"]):
            value = _plain(found["value"])
            celsius = None if value is None else value - 273.15 if unit.upper() == "K" else value
            if celsius is not None and celsius > -273.0:
                metadata["temperature_c"] = celsius  # the last one is nearest to the table
        area = _AREA.search(line)
        if area and (unit := area["unit1"] or area["unit2"]):
            value = _plain(area["value"])
            if value is not None and value > 0:
                metadata |= area_metadata(value * (0.01 if unit.casefold().startswith("mm") else 1))
    return metadata


def area_metadata(area_cm2: float) -> dict[str, Any]:
    """Report the area a header states; it is a default of the software more often than true."""
    return {
        "area_cm2_header": area_cm2,
        "notes": (f"area: {area_cm2:g} cm2 is in the header, reported and not used",),
    }


def _plain(text: str) -> float | None:
    text = text.strip().rstrip(".,")
    if is_number(text, "."):
        return float(text)
    return float(text.replace(",", ".")) if is_number(text, ",") else None
