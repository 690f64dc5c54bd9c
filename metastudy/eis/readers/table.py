"""One table of a file: its columns by name, and the numbers in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .columns import meaning_of, unit_of
from .row_gate import SAVE_VALUES, Formula, is_missing, is_number, number_of
from .source import FileContent

FloatArray = npt.NDArray[np.float64]
Column = Sequence[str] | FloatArray

_DIGIT = re.compile(r"\d")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
# One separator between thousands and another sign before the decimals, or two separators.
_SURELY_GROUPED = re.compile(
    r"[+-]?\d{1,3}(?:(?:\.\d{3})+,\d*|(?:,\d{3})+\.\d*|(?:\.\d{3}){2,}"
    r"|(?:[' \u2019\xa0\u202f]\d{3})+(?:[.,]\d*)?)"
)


@dataclass(frozen=True)
class RawTable:
    """Columns of cells as printed (or as numbers, from a binary file), with their lines.

    ``names`` is empty for a table without a header. ``lines`` holds the line, row or point
    number of each row. ``decimal`` is the decimal sign of the cells. ``vendor_signs`` says that
    the format fixes the sign of Im Z, so that numbers that contradict it are reported but
    not overruled. ``rows_lost`` says that blank numbers are points the instrument did not take.
    ``words_are_missing`` takes any cell without a digit for a missing number.
    """

    names: tuple[str, ...]
    columns: Sequence[Column]
    lines: Sequence[int]
    decimal: str = "."
    vendor_signs: bool = False
    rows_lost: bool = False
    words_are_missing: bool = False
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.columns)

    @property
    def first_line(self) -> int | None:
        """Line of the first row, or ``None`` without rows."""
        return int(self.lines[0]) if len(self.lines) else None

    def title(self, index: int) -> str:
        """Name of a column for messages."""
        return repr(self.names[index].strip()) if self.names else f"number {index + 1}"

    def numbers(self, index: int, source: FileContent) -> FloatArray:
        """Return one column, shape (n,); missing values are NaN, text is a `ReadError`."""
        column = self.columns[index]
        if isinstance(column, np.ndarray):
            return np.asarray(column, dtype=np.float64)
        values = np.empty(len(column))
        for place, printed in enumerate(column):
            if isinstance(printed, Formula):
                raise source.error(printed.fault, SAVE_VALUES, self.lines[place])
            number = number_of(printed, self.decimal)
            if number is not None:
                values[place] = number
            elif is_missing(printed) or (self.words_are_missing and not _DIGIT.search(printed)):
                values[place] = np.nan
            else:
                raise source.error(
                    f"{_short(printed)} in column {self.title(index)} is no number",
                    f"expected a number with the decimal sign {self.decimal!r}{_hint(printed)}",
                    self.lines[place],
                )
        return values


def _hint(printed: str) -> str:
    """Say what is wrong with a number in a form that is not read."""
    cell = printed.strip()
    if _GROUPED.fullmatch(cell) or _SURELY_GROUPED.fullmatch(cell):
        return " and no separators between thousands; export it without them"
    other_sign = number_of(cell, ".") is not None or number_of(cell, ",") is not None
    if not other_sign and re.fullmatch(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?\s*[^\d\s].{0,15}", cell):
        return " alone; a unit or a mark belongs into the header"
    return ""


def _short(printed: str) -> str:
    text = printed.strip()
    return repr(text if len(text) <= 40 else text[:37] + "...")


def units_among(cells: Sequence[str]) -> list[str]:
    """Return the cells of a row of units, without brackets, or nothing for any other row."""
    if any(is_number(c, ".") or is_number(c, ",") for c in cells):
        return []
    stripped = [cell.strip("[]() ") for cell in cells]
    known = sum(unit_of(cell) is not None for cell in stripped)
    # In a line of text one word may look like a unit.
    return stripped if known >= 2 or (known and known == len(stripped)) else []


def named_with_units(names: Sequence[str], units: Sequence[str]) -> tuple[str, ...]:
    """Put the unit of each column behind its name, where the name has none."""

    def full(name: str, unit: str) -> str:
        meaning = meaning_of(name)
        has_one = "[" in name or (meaning is not None and meaning.unit is not None)
        return name if has_one or not unit_of(unit) else f"{name} [{unit}]"

    return tuple(full(name, unit) for name, unit in zip(names, units, strict=True))


def decimal_of(rows: Sequence[Sequence[str]]) -> str:
    """Decimal sign of cells that are split already: a comma in any number decides."""
    for row in rows:
        for cell in row:
            if "," in cell and is_number(cell, ","):
                return ","
    return "."


def table_of_rows(
    source: FileContent,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    lines: Sequence[int],
    *,
    decimal: str | None = None,
    asked_decimal: str | None = None,
    vendor_signs: bool = False,
    is_text: bool = True,
) -> RawTable:
    """Turn rows of cells into a table; a row of another width is a `ReadError`.

    Rows of a text file are tested for a last number that was cut (``is_text``). An empty cell at
    the end of a row, left by a separator after the last column, is dropped. ``decimal`` is the sign
    that was found, ``asked_decimal`` the caller's, without which ``1,000`` is asked about.
    """
    if not rows:
        raise source.error(
            "the table has no rows", "expected rows of frequency and impedance below its header"
        )
    width = len(names) if names else len(rows[0])
    even = []
    for row, line in zip(rows, lines, strict=True):
        cells = row[:-1] if len(row) == width + 1 and not row[-1].strip() else row
        if len(cells) != width:
            raise source.error(
                f"the row has {len(cells)} cells and the table {width} columns",
                "expected the same number in every row; the row is damaged or the file was cut",
                line,
            )
        even.append(cells)
    if asked_decimal is None:
        _refuse_thousands(source, even, lines)
    table = RawTable(
        names=tuple(names),
        columns=list(zip(*even, strict=True)),
        lines=lines,
        decimal=asked_decimal or decimal or decimal_of(even),
        vendor_signs=vendor_signs,
        notes=_open_end(source, lines) if is_text else (),
    )
    if is_text:
        _refuse_a_cut_last_row(source, table)
    return table


def _refuse_thousands(
    source: FileContent, rows: Sequence[Sequence[str]], lines: Sequence[int]
) -> None:
    """Ask if every comma could separate thousands: "1,000" is 1 or 1000."""
    example = None
    for row, line in zip(rows, lines, strict=True):
        for cell in row:
            if "," not in cell:
                continue
            grouped = _GROUPED.fullmatch(cell.strip())
            if _SURELY_GROUPED.fullmatch(cell.strip()):
                return  # refused by its line, where its column is read
            if grouped:
                example = example or (cell.strip(), line)
            elif is_number(cell, ","):
                return
    if example:
        raise source.error(
            f"{example[0]!r} could be a decimal comma or a thousands separator, here and in every "
            "number with a comma",
            "say decimal=',' if it is the decimal sign, otherwise take the separators out",
            example[1],
        )


def _refuse_a_cut_last_row(source: FileContent, table: RawTable) -> None:
    """Raise `ReadError` if the file ends inside the last number of its last row.

    A number that lost its tail is still a number. It shows by having no exponent or fewer
    decimals where every row above prints the same form.
    """
    last = table.columns[-1]
    if not source.ends_open or len(last) < 5 or table.lines[-1] != len(source.lines):
        return
    above = {_form(str(cell), table.decimal) for cell in last[:-1]}
    if len(above) == 1 and _form(str(last[-1]), table.decimal) != above.pop():
        raise source.error(
            f"the file ends inside the number {_short(str(last[-1]))}",
            "the rows above print longer numbers in this column; copy the whole file",
            table.lines[-1],
        )


def _open_end(source: FileContent, lines: Sequence[int]) -> tuple[str, ...]:
    if source.ends_open and lines[-1] == len(source.lines):
        return ("end: the last line has no line end; in a cut file its last number is short",)
    return ()


def _form(cell: str, decimal: str) -> tuple[int, bool, int]:
    """Decimals, presence of an exponent and its digits, of a printed number."""
    mantissa, mark, exponent = cell.strip().casefold().partition("e")
    _, _, decimals = mantissa.partition(decimal)
    return len(decimals), bool(mark), len(exponent.lstrip("+-"))
