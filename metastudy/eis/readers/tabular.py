"""Text tables of any program: separator, decimal sign, header and units are found by evidence.

Serves CSV files, Parstat, PowerSuite, CH Instruments, Nova, RelaxIS and Keysight exports, lists of
blocks as home-made LabVIEW programs write them, and EC-Lab columns copied without their head.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ..spectrum import Spectrum
from .assembly import spectra_of
from .columns import may_name_a_frequency, meaning_of, unit_of
from .hints import Hints
from .other_quantities import INSTEAD, other_quantity
from .roles import refuse_other_quantity
from .row_gate import (
    Passed,
    begins_with_number,
    is_missing_row,
    is_number,
    is_row,
    is_row_without_number,
)
from .source import FileContent
from .table import named_with_units, table_of_rows, units_among

_SEPARATORS = ("\t", ";", ",", None)  # None is any run of blanks
_FREQUENCY = {"frequency", "angular"}
_IMPEDANCE = {"re", "im", "modulus", "phase", "parallel re", "parallel im"}
_COMMENT = ("#", "%", "!", "//")
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
    """A table in the text: its names, its form, the lines it follows and those it may hold."""

    names: tuple[str, ...]
    width: int
    separator: str | None
    decimal: str
    head: range
    rows: range
    units: int | None = None  # index of the line of units, which is no row
    notes: tuple[str, ...] = ()


def read(source: FileContent, hints: Hints, what: str = "table") -> list[Spectrum]:
    """Read every table of a text file; see `spectra_of` for what is settled and how."""
    spectra: list[Spectrum] = []
    below = 0  # index of the first line that no earlier table holds
    blocks = list(_blocks(source, hints))
    for block in blocks:
        rows, lines, passed = _rows(source, block)
        table = table_of_rows(
            source,
            block.names,
            rows,
            lines,
            decimal=block.decimal,
            asked_decimal=hints.decimal,
        )
        counts = {i: word for i in passed.text if (word := _count(source, i)) and i < lines[0]}
        passed = replace(passed, text=tuple(i for i in passed.text if i not in counts))
        lead = [line for line in passed.text if line < lines[0]]
        above = [source.lines[i] for i in block.head if i >= below]
        above += [source.lines[line - 1] for line in lead]
        below = lines[-1]
        if block is not blocks[-1]:  # text below it is kept as the head of the next table
            missing = [
                line
                for line in passed.text
                if is_missing_row(split_line(source.lines[line - 1], block.separator))
            ]
            passed = replace(passed, text=tuple(dict.fromkeys((*lead, *missing))))
        metadata = {"format": what} | head_metadata(above)
        metadata["notes"] = (
            *metadata.get("notes", ()),
            _how(block),
            *block.notes,
            *(
                f"points: line {line} declares {word} and the table holds {len(rows)}"
                for line, word in counts.items()
                if int(word) != len(rows)
            ),
            *passed.notes(source.lines[passed.text[0] - 1] if passed.text else ""),
        )
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
    with_rows = [(h, e) for h, e in zip(headers, ends, strict=True) if _any_row(lines[h:e])]
    if not with_rows:
        with_rows = [(headers[-1], len(lines))]  # refused below, at its line
    start = 0
    for header, end in with_rows:
        yield _block_below(source, hints, range(start, header), header, end)
        start = header + 1


def _any_row(lines: list[str]) -> bool:
    """Whether a row, with or without its numbers, is below the header that comes first."""
    named = _names_of(lines[0])
    for line in lines[1:]:
        for separator in _SEPARATORS:
            cells = split_line(line, separator)
            if any(is_row(cells, decimal) for decimal in _decimals(separator, line)):
                return True
        if named and line.strip():
            cells = split_line(line, named[1] if named[1] != "  " else None)
            if len(cells) == len(named[0]) and is_row_without_number(cells, "."):
                return True
    return False


def _decimals(separator: str | None, text: str) -> tuple[str, ...]:
    """Decimal signs that a separator leaves open; beside commas a comma is in quotes."""
    return (".", ",") if separator != "," or '"' in text else (".",)


def _holds_the_asked(line: str, hints: Hints) -> bool:
    wanted = {name.strip() for name in hints.columns.values() if isinstance(name, str)}
    return bool(wanted) and any(wanted <= set(split_line(line, s)) for s in _SEPARATORS)


def _names_of(line: str) -> tuple[tuple[str, ...], str | None] | None:
    """Return names and separator of a header line, or ``None`` for any other line.

    A header names a frequency and an impedance. Words before the frequency and after the
    impedance that would not fit the columns are cut off later, when the rows are known.
    """
    if len(line) > 20_000 or not may_name_a_frequency(line):
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
        text = re.sub(r"(?<!\s)\s+(?=[\[(/])", "", text)
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
    separator, decimal, width = _form_of_rows(source, hints, range(header + 1, end))
    # A header without known names is one that the caller's words point to.
    names = named[0] if named else tuple(_without_comment(lines[header], separator))
    names, notes = _fitted(source, hints, names, header, separator, width)
    units_at = None
    for i in range(header + 1, end):
        if is_row(_trimmed(split_line(lines[i], separator)), decimal):
            break
        units = _units_in(lines[i])
        if units:
            names = _with_units(source, hints, names, units, i)
            units_at = i
            break
    return _Block(names, width, separator, decimal, head, range(header + 1, end), units_at, notes)


def _units_in(line: str) -> list[str]:
    """Return the cells of a line of units, without brackets, or nothing for any other line."""
    return units_among(max((_without_comment(line, s) for s in _SEPARATORS), key=len))


def _with_units(
    source: FileContent, hints: Hints, names: tuple[str, ...], units: list[str], at: int
) -> tuple[str, ...]:
    """Put the units of the line on index ``at`` behind the names that have none."""
    if len(units) == len(names):
        return named_with_units(names, units)
    settled = hints.frequency_unit and hints.impedance_unit
    if not settled and any((unit := unit_of(word)) and unit.factor != 1.0 for word in units):
        raise source.error(
            f"the line names {len(units)} units and the table has {len(names)} columns",
            "expected one unit for each column; say frequency_unit='kHz' and "
            "impedance_unit='kohm', or what they are",
            at + 1,
        )
    return names


def _fitted(
    source: FileContent,
    hints: Hints,
    names: tuple[str, ...],
    header: int,
    separator: str | None,
    width: int,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return as many names as there are columns, and a note where the names are not used.

    Words around the names are cut, and names with blanks are told apart as the rows are.
    """
    filled = tuple(name for name in names if name.strip())  # two tabs for looks are no column
    as_rows = tuple(_without_comment(source.lines[header], separator))
    for fitting in (names, filled, as_rows):
        if len(fitting) == width:
            return fitting, ()
    kinds = [m.quantity if (m := meaning_of(name)) else None for name in names]
    first = next((i for i, kind in enumerate(kinds) if kind in _FREQUENCY), 0)
    window = kinds[first : first + width]
    at_the_end = first + width == len(names)
    if len(names) > width == len(window) and (at_the_end or None not in window):
        return names[first : first + width], ()
    if hints.columns and all(isinstance(column, int) for column in hints.columns.values()):
        return (), (
            f"columns: line {header + 1} names {len(names)} and the rows hold {width}; taken by "
            "number, as asked",
        )
    raise source.error(
        f"the header names {len(names)} columns and the rows hold {width}",
        "expected one name for each column; a column was added or lost in export; say which is "
        "which with columns={'frequency': 1, 're': 2, 'im': 3}",
        header + 1,
    )


def _form_of_rows(
    source: FileContent, hints: Hints, rows: range, at_least: int = 1
) -> tuple[str | None, str, int]:
    """Find separator, decimal sign and width by which most lines are rows of numbers."""
    sample = list(islice((line for i in rows if (line := source.lines[i]).strip()), 200))
    quoted = '"' if any('"' in line for line in sample) else ""
    best: tuple[int, int, str | None, str] = (0, 0, None, ".")
    for separator in _SEPARATORS:
        split = [_trimmed(split_line(line, separator)) for line in sample]
        for decimal in _decimals(separator, quoted):
            if hints.decimal not in (None, decimal):
                continue
            widths = [len(cells) for cells in split if is_row(cells, decimal)]
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
    return separator, decimal, width


def _trimmed(cells: list[str]) -> list[str]:
    """Drop the empty cell that a separator after the last column leaves."""
    return cells[:-1] if len(cells) > 3 and not cells[-1].strip() else cells


def _block_without_header(source: FileContent, hints: Hints) -> _Block:
    """Make the block of the longest run of rows of one width in a text without a header."""
    lines = source.lines
    separator, decimal, width = _form_of_rows(source, hints, range(len(lines)), at_least=5)
    first = next(
        i
        for i, line in enumerate(lines)
        if len(cells := _trimmed(split_line(line, separator))) == width and is_row(cells, decimal)
    )
    while first and _lacks_numbers(split_line(lines[first - 1], separator), width, decimal):
        first -= 1
    above = next((i for i in range(first - 1, -1, -1) if lines[i].strip()), None)
    if above is not None:
        words = _without_comment(lines[above], separator)
        if len(words) == width:
            _refuse_names(source, words, hints, above)
    return _Block(
        (),
        width,
        separator,
        decimal,
        range(first),
        range(first, len(lines)),
        notes=_text_right_above(source, first),
    )


def _refuse_names(source: FileContent, words: list[str], hints: Hints, line: int) -> None:
    """Raise `ReadError` if words above the columns are names that say no impedance."""
    for quantity, column in hints.columns.items():
        if isinstance(column, int) and 1 <= column <= len(words):
            refuse_other_quantity(source, words[column - 1], quantity, line + 1)
    if hints.columns or source.lines[line].lstrip().startswith(_COMMENT):
        return
    other = other_quantity(words)
    raise source.error(
        f"the names {', '.join(map(repr, words))} say "
        + (f"no impedance, but {other}" if other else "no frequency and impedance"),
        INSTEAD if other else "name the columns with columns={'frequency': 1, 're': 2, 'im': 3}",
        line + 1,
    )


def _text_right_above(source: FileContent, first: int) -> tuple[str, ...]:
    """Note the lines of text between the first row and the empty line or comment above it."""
    above: list[int] = []
    for i in range(first - 1, -1, -1):
        line = source.lines[i].strip("\ufeff \t\r")
        if not line or line.startswith(_COMMENT):
            break
        if _count(source, i + 1) is None:
            above.append(i + 1)
    return Passed(text=tuple(above)).notes(source.lines[above[-1] - 1] if above else "")


def _lacks_numbers(cells: list[str], width: int, decimal: str) -> bool:
    """Whether cells are a row of the table but for the numbers in it."""
    fits = width in (len(cells), len(_trimmed(cells)))
    return fits and is_row_without_number(cells, decimal)


def _rows(source: FileContent, block: _Block) -> tuple[list[list[str]], list[int], Passed]:
    """Collect the rows of a block, with and without numbers, and the lines that are none.

    Text inside the table is an error, text around it is not.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    text, comments, blank = [], [], []
    interrupted: int | None = None
    for i in block.rows:
        line = source.lines[i]
        if not line.strip("\ufeff\r\f") or i == block.units:
            continue
        cells = split_line(line, block.separator)
        trimmed = _trimmed(cells)
        if line.lstrip().startswith(_COMMENT):
            comments.append(i + 1)
        elif not any(cell.strip() for cell in cells):
            if len(cells) > 1:
                blank.append(i + 1)
        elif is_row(trimmed, block.decimal) or _lacks_numbers(cells, block.width, block.decimal):
            if interrupted is not None:
                raise _inside(source, interrupted)
            rows.append(cells if len(cells) == block.width else trimmed)
            lines.append(i + 1)
        elif begins_with_number(line) and (rows or _mostly_numbers(cells, block.decimal)):
            raise _inside(source, i)
        else:
            text.append(i + 1)
            interrupted = i if rows and interrupted is None else interrupted
    return rows, lines, Passed(tuple(text), tuple(comments), tuple(blank))


def _mostly_numbers(cells: list[str], decimal: str) -> bool:
    """Whether cells are a row that was cut; one number alone is a count of the rows."""
    filled = [cell for cell in cells if cell.strip()]
    numbers = sum(is_number(cell, decimal) for cell in filled)
    return numbers >= 2 and 2 * numbers >= len(filled)


def _count(source: FileContent, line: int) -> str | None:
    """Return the whole number that is alone on a line; below the names it counts the rows."""
    word = source.lines[line - 1].strip()
    return word if re.fullmatch("[0-9]{1,9}", word) else None


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
