"""A CSV reader that knows the line and column of every cell, and refuses what spreadsheets break.

The files are plain: UTF-8, LF, comma, double quotes only where a cell needs them. Everything else
is one finding with its remedy, never a silent repair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from metastudy.corpus.finding import Finding, Place, Severity

MAX_BYTES = 20_000_000

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_FORMULA = re.compile(r"^[=+@\t\r]|^-(?![0-9.])")


@dataclass(frozen=True)
class Row:
    """One row: its cells by column name, its line, and the column where each cell starts."""

    line: int
    cells: dict[str, str]
    starts: dict[str, int]


@dataclass
class Table:
    """The rows of one CSV file."""

    file: str
    header: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)

    def place(self, row: Row, column: str) -> Place:
        """Return the place of one cell."""
        return Place(self.file, row.line, row.starts.get(column, 1))


def decode(data: bytes, file: str) -> tuple[str, list[Finding]]:
    """Decode UTF-8 text; the finding names the first byte that is none."""

    def fault(rule: str, line: int, column: int, message: str, hint: str) -> list[Finding]:
        return [Finding(rule, Severity.ERROR, Place(file, line, column), message, hint)]

    if len(data) > MAX_BYTES:
        return "", fault(
            "file-size",
            1,
            1,
            f"the file has {len(data)} bytes, the limit is {MAX_BYTES}.",
            "Split it.",
        )
    if data.startswith(b"\xef\xbb\xbf") or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "", fault(
            "encoding",
            1,
            1,
            "the file starts with a byte order mark.",
            "Save as UTF-8 without BOM (in a spreadsheet: CSV UTF-8, then remove the mark).",
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        byte = data[error.start]
        return "", fault(
            "encoding",
            line,
            column,
            f"the byte 0x{byte:02X} is not UTF-8.",
            "Save the file as UTF-8 and type the character again.",
        )
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        return "", fault(
            "line-ending",
            line,
            1,
            "lines end with CR or CRLF.",
            "Save with LF line ends (in git: the repository's .gitattributes does it).",
        )
    return text, []


def read_table(text: str, file: str, columns: Sequence[str]) -> tuple[Table, list[Finding]]:
    """Read a CSV whose header must be ``columns``, in that order."""
    table = Table(file, tuple(columns))
    findings: list[Finding] = []

    def fault(rule: str, line: int, column: int, message: str, hint: str, cell: str = "") -> None:
        place = Place(file, line, column)
        findings.append(Finding(rule, Severity.ERROR, place, message, hint, cell))

    lines = _scan(text)
    try:
        first_line, header = next(lines)
    except StopIteration:
        fault("csv-header", 1, 1, "the file is empty.", f"The header is: {','.join(columns)}")
        return table, findings
    names = [cell for cell, _ in header]
    if names != list(columns):
        _header_fault(names, header, columns, first_line, fault)
        return table, findings
    for line, cells in lines:
        if line < 0:
            fault(
                "csv-quote",
                -line,
                cells[-1][1],
                "a quoted cell is not closed.",
                'Close it with "; the file may have been cut off.',
            )
            return table, findings
        if len(cells) != len(columns):
            last = cells[-1][0] if cells else ""
            fault(
                "csv-ragged",
                line,
                1,
                f"the row has {len(cells)} cells, the header has {len(columns)}.",
                "Quote cells that hold a comma; keep empty cells as empty.",
                last,
            )
            continue
        for name, (cell, start) in zip(columns, cells, strict=True):
            _cell_faults(name, cell, line, start, fault)
        table.rows.append(
            Row(
                line,
                {name: cell for name, (cell, _) in zip(columns, cells, strict=True)},
                {name: start for name, (_, start) in zip(columns, cells, strict=True)},
            )
        )
    if text and not text.endswith("\n"):
        fault(
            "csv-cut",
            text.count("\n") + 1,
            1,
            "the last line has no line end, as if the file had been cut off.",
            "Check that the last row is whole and end it with a line end.",
        )
    return table, findings


def _header_fault(names, header, columns, line, fault) -> None:  # type: ignore[no-untyped-def]
    """Say what is wrong with a header, in the words of its likeliest cause."""
    if len(names) == 1 and names[0].count(";") >= len(columns) - 1:
        fault(
            "csv-header",
            line,
            1,
            "the cells are separated by semicolons.",
            "Save with commas (some spreadsheets write semicolons in some countries).",
        )
        return
    missing = [name for name in columns if name not in names]
    extra = [(name, start) for name, start in header if name not in columns]
    start = extra[0][1] if extra else 1
    parts = []
    if missing:
        parts.append(f"missing: {', '.join(missing)}")
    if extra:
        parts.append(f"not known: {', '.join(repr(name) for name, _ in extra)}")
    if not parts:
        parts.append("the columns stand in another order")
    fault(
        "csv-header",
        line,
        start,
        f"the header is not the expected one ({'; '.join(parts)}).",
        f"The header is: {','.join(columns)}",
        extra[0][0] if extra else "",
    )


def _cell_faults(name: str, cell: str, line: int, start: int, fault) -> None:  # type: ignore[no-untyped-def]
    control = _CONTROL.search(cell)
    if control:
        code = ord(control.group())
        fault(
            "control-character",
            line,
            start,
            f"{name} holds the character U+{code:04X}.",
            "Delete it and type the text again.",
            cell,
        )
    elif _FORMULA.search(cell):
        fault(
            "csv-formula",
            line,
            start,
            f"{name} starts with {cell[0]!r}, which spreadsheets run as a formula.",
            "Start the text with a letter or a digit.",
            cell,
        )
    elif cell != cell.strip() or "\n" in cell:
        fault(
            "csv-space",
            line,
            start,
            f"{name} has blanks at its ends or a line break inside.",
            "Remove them.",
            cell,
        )


def _scan(text: str) -> Iterator[tuple[int, list[tuple[str, int]]]]:
    """Yield (line, [(cell, column)]); a negative line marks a quote that is never closed."""
    position, line, size = 0, 1, len(text)
    while position < size:
        cells: list[tuple[str, int]] = []
        row_line, line_start = line, position
        while True:
            start = position - line_start + 1
            if position < size and text[position] == '"':
                cell, position, breaks, closed = _quoted(text, position)
                line += breaks
                if breaks:
                    line_start = text.rfind("\n", 0, position) + 1
                cells.append((cell, start))
                if not closed:
                    yield -row_line, cells
                    return
            else:
                end = position
                while end < size and text[end] not in ",\n":
                    end += 1
                cells.append((text[position:end], start))
                position = end
            if position >= size or text[position] == "\n":
                position += 1
                line += 1
                break
            position += 1
        yield row_line, cells


def _quoted(text: str, position: int) -> tuple[str, int, int, bool]:
    """Read one quoted cell: text, position after it, line breaks inside, closed or not."""
    parts: list[str] = []
    begin = position + 1
    while True:
        end = text.find('"', begin)
        if end < 0:
            cell = "".join(parts) + text[begin:]
            return cell, len(text), cell.count("\n"), False
        parts.append(text[begin:end])
        if text.startswith('""', end):
            parts.append('"')
            begin = end + 2
            continue
        end += 1
        while end < len(text) and text[end] not in ",\n":
            parts.append(text[end])  # stray text after a closing quote stays visible
            end += 1
        cell = "".join(parts)
        return cell, end, cell.count("\n"), True
