"""A CSV reader that keeps the line and column of every cell, and rejects what spreadsheets break.

The files are plain: UTF-8, LF, comma, double quotes only where a cell needs them. Everything else
is one finding with its remedy, never a silent repair.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from metastudy.corpus.finding import Finding, Place, Severity

MAX_CELL = 4_000

# Control characters, what no font shows, direction marks, and line ends that editors do not count.
CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\uffff\U000e0000-\U000e0fff]"
)
# What drawings and pages read as commands: a formula sign, and tags.
_MARKUP = re.compile(r"\$|</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_MARKS = re.compile(r"[\u0300-\u036f]")
_MERGE = re.compile(r"^(<{7}|>{7}|={7}|\|{7})( |$)", re.MULTILINE)
# A sign is a formula too, unless nothing but a number or a range follows it, and its unit.
_UNIT = r"( ?[A-Za-zµμΩ°%][A-Za-zµμΩ°%²·/]*)?"
_SIGNED = rf"[0-9.]+( ?[x×·]? ?10\^[+-]?[0-9]+|[eE][+-]?[0-9]+|\.\.-?[0-9.]+)?{_UNIT}$"
_FORMULA = re.compile(rf"^[=@\t\r]|^[+-](?!{_SIGNED})")
_COMMAS = re.compile(r"[,\n]")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row: its line, and of each cell the name of its column, its text and where it starts."""

    line: int
    header: tuple[str, ...]
    texts: tuple[str, ...]
    starts: array[int]

    @property
    def cells(self) -> dict[str, str]:
        """The texts by column name."""
        return dict(zip(self.header, self.texts, strict=True))

    def start(self, column: str) -> int:
        """Return where a cell starts in its line, from 1; 1 for a column that is not there."""
        return self.starts[self.header.index(column)] if column in self.header else 1


@dataclass
class CsvTable:
    """The rows of one CSV file."""

    file: str
    header: tuple[str, ...] = ()
    rows: list[CsvRow] = field(default_factory=list)

    def place(self, row: CsvRow, column: str) -> Place:
        """Return the place of one cell."""
        return Place(self.file, row.line, row.start(column))


class TextFault(NamedTuple):
    """What is wrong with a text wherever it stands: rule, message (after its name) and remedy."""

    rule: str
    message: str
    hint: str


@lru_cache(maxsize=50_000)  # most texts repeat, in one file and in the next
def text_fault(text: str) -> TextFault | None:
    """Return the first fault of one cell or one value of a YAML file, or None."""
    control = CONTROL.search(text)
    if control:
        message = f"holds the character U+{ord(control.group()):04X}."
        return TextFault("control-character", message, "Delete it and type the text again.")
    if _FORMULA.search(text):
        message = f"starts with {text[0]!r}, which spreadsheets run as a formula."
        return TextFault("csv-formula", message, "Start the text with a letter or a digit.")
    if _MARKUP.search(text):
        message = f"holds {_MARKUP.findall(text)[0]!r}, which pages and drawings act on."
        return TextFault("markup", message, "Write plain text, such as Li7La3Zr2O12.")
    if _decomposed(text):
        mark = _decomposed(text)
        message = f"holds {mark!r} as a letter and a mark (U+{ord(mark[-1]):04X})."
        hint = "Type it as one letter; metastudy tidy does it."
        return TextFault("decomposed-letter", message, hint)
    if len(text) > MAX_CELL:
        message = f"has {len(text)} characters, the limit is {MAX_CELL}."
        return TextFault("csv-long", message, "Say it shorter.")
    return None


def _decomposed(text: str) -> str:
    """Return the first letter with a mark behind it that Unicode has as one letter, or nothing."""
    for match in _MARKS.finditer(text):
        pair = text[max(match.start() - 1, 0) : match.end()]
        if len(unicodedata.normalize("NFC", pair)) < len(pair):
            return pair
    return ""


class _Cell(NamedTuple):
    """One cell as read: its text, where it starts, and what is wrong with its quotes."""

    text: str
    line: int
    column: int
    fault: str = ""


@dataclass
class _Faults:
    """Collects the faults of one file."""

    file: str
    findings: list[Finding] = field(default_factory=list)

    def add(self, rule: str, at: tuple[int, int], message: str, hint: str, cell: str = "") -> None:
        """Add an error at (line, column)."""
        place = Place(self.file, *at)
        self.findings.append(Finding(rule, Severity.ERROR, place, message, hint, cell))


def decode(data: bytes, file: str) -> tuple[str, list[Finding]]:
    """Decode UTF-8 text; the finding names the first byte that is none."""
    faults = _Faults(file)
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        hint = "Save as UTF-8 without BOM (in a spreadsheet: CSV UTF-8, then remove the mark)."
        faults.add("encoding", (1, 1), "the file starts with a byte order mark.", hint)
        return "", faults.findings
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        message = f"the byte 0x{data[error.start]:02X} is not UTF-8."
        hint = "Save the file as UTF-8 and type the character again."
        faults.add("encoding", (line, column), message, hint)
        return "", faults.findings
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        hint = "Save with LF line ends (in git: the repository's .gitattributes does it)."
        faults.add("line-ending", (line, 1), "lines end with CR or CRLF.", hint)
    marker = _MERGE.search(text)
    if marker and not faults.findings:
        line = text.count("\n", 0, marker.start()) + 1
        hint = "Keep the lines of one side and remove the lines with <<<<<<<, ======= and >>>>>>>."
        message = f"the line holds {marker.group(1)}, a marker of an unfinished merge."
        faults.add("merge-marker", (line, 1), message, hint, marker.group(1))
    return text, faults.findings


def read_table(
    text: str, file: str, columns: Sequence[str], optional: Sequence[str] = ()
) -> tuple[CsvTable, list[Finding]]:
    """Read a CSV whose header must be ``columns``, in that order, all ``optional`` ones or none."""
    table = CsvTable(file, tuple(columns))
    faults = _Faults(file)
    good: set[str] = set()  # most cells repeat, and what was right once is right again
    lines = _scan(text)
    header = next(lines, None)
    if header is None:
        hint = f"The header is: {','.join(columns)}"
        faults.add("csv-header", (1, 1), "the file is empty.", hint)
        return table, faults.findings
    required = [name for name in columns if name not in optional]
    if [cell.text for cell in header] == required:
        columns = required
        table.header = tuple(required)
    elif [cell.text for cell in header] != list(columns):
        _header_fault(header, columns, faults)
        return table, faults.findings
    for cells in lines:
        first, last = cells[0], cells[-1]
        if last.fault == "open":
            hint = 'Close it with "; the file may have been cut off.'
            at = (last.line, last.column)
            faults.add("csv-quote", at, "a quoted cell is not closed.", hint)
            return table, faults.findings
        if len(cells) == 1 and not first.text:
            faults.add("csv-ragged", (first.line, 1), "the line is empty.", "Remove it.")
            continue
        if len(cells) != len(columns):
            message = f"the row has {len(cells)} cells, the header has {len(columns)}."
            hint = "Quote cells that hold a comma; keep empty cells as empty."
            faults.add("csv-ragged", (first.line, 1), message, hint, last.text)
            continue
        for name, cell in zip(columns, cells, strict=True):
            if cell.fault or cell.text not in good:
                before = len(faults.findings)
                _cell_faults(name, cell, faults)
                if len(faults.findings) == before:
                    good.add(cell.text)
        texts = tuple(intern(cell.text) for cell in cells)
        starts = array("I", [cell.column for cell in cells])
        table.rows.append(CsvRow(first.line, table.header, texts, starts))
    if not text.endswith("\n"):
        message = "the last line has no line end, as if the file had been cut off."
        hint = "Check that the last row is whole and end it with a line end."
        faults.add("csv-cut", (text.count("\n") + 1, 1), message, hint)
    return table, faults.findings


def _header_fault(header: Sequence[_Cell], columns: Sequence[str], faults: _Faults) -> None:
    """Say what is wrong with a header, in the words of its likeliest cause."""
    names = [cell.text for cell in header]
    if len(names) == 1 and names[0].count(";") >= len(columns) - 1:
        hint = "Save with commas (some spreadsheets write semicolons in some countries)."
        faults.add("csv-header", (1, 1), "the cells are separated by semicolons.", hint)
        return
    if len(names) == 1 and names[0].count("\t") >= len(columns) - 1:
        faults.add("csv-header", (1, 1), "the cells are separated by tabs.", "Save with commas.")
        return
    missing = [name for name in columns if name not in names]
    extra = [cell for cell in header if cell.text not in columns]
    parts = []
    if missing:
        parts.append(f"missing: {', '.join(missing)}")
    if extra:
        parts.append(f"not known: {', '.join(repr(cell.text) for cell in extra)}")
    twice = [name for name in columns if names.count(name) > 1]
    if twice:
        parts.append(f"twice: {', '.join(twice)}")
    if not parts:
        parts.append("the columns are in another order")
    column, cell = (extra[0].column, extra[0].text) if extra else (1, "")
    message = f"the header is not the expected one ({'; '.join(parts)})."
    faults.add("csv-header", (1, column), message, f"The header is: {','.join(columns)}", cell)


def _cell_faults(name: str, cell: _Cell, faults: _Faults) -> None:
    text, at = cell.text, (cell.line, cell.column)
    fault = text_fault(text)
    if cell.fault:
        message = f"{name} has a quote in the wrong place."
        hint = 'Put the whole cell in "..." and write a quote inside it as "".'
        faults.add("csv-quote", at, message, hint, text)
    elif fault:
        shown = text[:40] if fault.rule == "csv-long" else text
        faults.add(fault.rule, at, f"{name} {fault.message}", fault.hint, shown)
    elif text != text.strip() or "\n" in text or "\t" in text:
        message = f"{name} has blanks at its ends or a line break or tab inside."
        faults.add("csv-space", at, message, "Remove them.", text)


def _scan(text: str) -> Iterator[list[_Cell]]:
    """Yield the cells of one row after another; a quote never closed ends the file."""
    position, line, size = 0, 1, len(text)
    while position < size:
        end = text.find("\n", position)
        end = size if end < 0 else end
        if text.find('"', position, end) < 0:
            yield _plain_row(text[position:end], line)
            position, line = end + 1, line + 1
        else:
            cells, position, line = _quoted_row(text, position, line)
            yield cells


def _plain_row(text: str, line: int) -> list[_Cell]:
    """Split a line without quotes."""
    cells, column = [], 1
    for part in text.split(","):
        cells.append(_Cell(part, line, column))
        column += len(part) + 1
    return cells


def _quoted_row(text: str, position: int, line: int) -> tuple[list[_Cell], int, int]:
    """Read a row with quotes: its cells, and position and line after it."""
    cells: list[_Cell] = []
    line_start, size = position, len(text)
    while True:
        column = position - line_start + 1
        if text.startswith('"', position):
            cell, position, fault = _quoted(text, position)
            cells.append(_Cell(cell, line, column, fault))
            breaks = cell.count("\n")
            if breaks:
                line += breaks
                line_start = text.rfind("\n", 0, position) + 1
        else:
            stop = _COMMAS.search(text, position)
            end = stop.start() if stop else size
            cell = text[position:end]
            cells.append(_Cell(cell, line, column, "bare" if '"' in cell else ""))
            position = end
        if position >= size or text[position] == "\n":
            return cells, position + 1, line + 1
        position += 1


def _quoted(text: str, position: int) -> tuple[str, int, str]:
    """Read one quoted cell: its text, the position after it, and its fault: open, tail or none."""
    parts: list[str] = []
    begin = position + 1
    while True:
        end = text.find('"', begin)
        if end < 0:
            return "".join(parts) + text[begin:], len(text), "open"
        parts.append(text[begin:end])
        if text.startswith('""', end):
            parts.append('"')
            begin = end + 2
            continue
        stop = _COMMAS.search(text, end + 1)
        after = stop.start() if stop else len(text)
        tail = text[end + 1 : after]
        return "".join(parts) + tail, after, "tail" if tail else ""
