"""What a line below the names of a table is: a row, a row without a number, or text.

No line is dropped unsaid. A row without a number stays in the table, where `assembly` refuses it
by its line or counts it; text is noted with its lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = frozenset(
    "nan -nan +nan inf -inf +inf infinity -infinity 1.#qnan -1.#qnan 1.#ind -1.#ind 1.#inf "
    "-1.#inf".split()
)
# Words that instruments, Excel and programs print in place of a number.
_OVERLOADED = frozenset(
    "overload overloaded over overflow overrange over-range ovl ovld ovfl ovf ovr ol o.l. o/l "
    "sat saturated clipped clip invalid error err #n/a #value! #div/0! #num! #ref! #null! #name? "
    "nodata no-data missing range! <na>".split()
)
_MISSING = _NOT_FINITE | _OVERLOADED | {"", "na", "n/a", "n.a.", "none", "null", "nil"}
_FILLED = re.compile(r"[-–—−_*.#?x=~/]+")  # dashes, stars and the like: ----, ***, ..., ???, xxx
# SCPI instruments print 9.9E37 for an overload and 9.91E37 for no number (SCPI-99, 7.2.1).
_SCPI_OVERLOAD = 9.9e37


class Formula(str):
    """A formula of a workbook whose value is not stored in the file, with its ``cell`` (``C5``)."""

    __slots__ = ("cell",)
    cell: str

    def __new__(cls, formula: str, cell: str) -> Formula:
        """Make the text ``formula`` with its cell."""
        made = super().__new__(cls, formula)
        made.cell = cell
        return made

    @property
    def fault(self) -> str:
        """What is wrong with the cell, in words."""
        return f"cell {self.cell} holds the formula {str(self)[:40]!r} without a stored value"


# What makes the values of formulas part of a workbook.
SAVE_VALUES = "open the workbook in a spreadsheet program and save it, then read it again"

# A minus sign and an en dash before a digit, as programs in Swedish or Norwegian write them.
_MINUS = re.compile("^[\u2212\u2013](?=[.,]?[0-9])|(?<=[eE])\u2212(?=[0-9])")
_NUMBER_BEGINS = re.compile(r"[-+\u2212\u2013]?[.,]?\d")
_DATE_BEGINS = re.compile(r"\d{1,4}[/:]\d|\d{4}-\d|\d{1,2}([-.])\d{1,2}\1\d{2}(?:\d{2})?(?!\d)")


def number_of(cell: str, decimal: str) -> float | None:
    """Read a number; NaN for an overload, ``None`` for what is no number."""
    cell = cell.strip()
    if not cell.isascii():
        cell = _MINUS.sub("-", cell)
    if decimal == ",":
        if "." in cell:
            return None
        cell = cell.replace(",", ".")
    if not _NUMBER.fullmatch(cell):
        return None
    value = float(cell)
    return value if abs(value) < _SCPI_OVERLOAD else np.nan


def is_number(cell: str, decimal: str) -> bool:
    """Whether a cell is a number (or not-a-number) written with this decimal sign."""
    return number_of(cell, decimal) is not None or cell.strip().casefold() in _NOT_FINITE


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no number: empty, OVERLOAD, #N/A, dashes."""
    cell = cell.strip().casefold()
    return cell in _MISSING or bool(_FILLED.fullmatch(cell))


def is_row(cells: Sequence[str], decimal: str) -> bool:
    """Whether cells are a row of numbers: at least three, and half of the filled cells."""
    filled = [cell for cell in cells if cell.strip()]
    numbers = sum(is_number(cell, decimal) for cell in filled)
    return numbers >= 3 and 2 * numbers >= len(filled)


def is_row_without_number(cells: Sequence[str], decimal: str) -> bool:
    """Whether cells, as many as the table has columns, are a row that lacks numbers.

    It begins with a number, or holds a word for a missing one, or a number and beside it only
    signs for missing ones. A number in a form that is not understood begins with a digit too. A
    line of dashes alone underlines the names.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return False
    first = filled[0]
    if _NUMBER_BEGINS.match(first) and not _DATE_BEGINS.match(first):
        return True
    if any(cell.casefold() in _OVERLOADED for cell in filled):
        return True
    numbers = [is_number(cell, decimal) for cell in filled]
    return any(numbers) and all(
        number or is_missing(cell) for number, cell in zip(numbers, filled, strict=True)
    )


def is_missing_row(cells: Sequence[str]) -> bool:
    """Whether cells say of nothing but missing numbers; one line of dashes alone separates."""
    filled = [cell for cell in cells if cell.strip()]
    overloaded = any(cell.strip().casefold() in _OVERLOADED for cell in filled)
    return all(map(is_missing, filled)) and (len(filled) > 1 or overloaded)


def begins_with_number(line: str) -> bool:
    """Whether a line begins with a number that is no date and no time."""
    line = line.lstrip()
    return bool(_NUMBER_BEGINS.match(line)) and not _DATE_BEGINS.match(line)


@dataclass(frozen=True)
class Passed:
    """Lines (1-based) below the names of a table that are no rows, and why they are not read."""

    text: tuple[int, ...] = ()
    comments: tuple[int, ...] = ()
    blank: tuple[int, ...] = ()

    def notes(self, shown: str = "") -> tuple[str, ...]:
        """Count the lines in sentences; ``shown`` is the first line of text."""
        words = f", such as {shown.strip()[:40]!r}" if shown.strip() else ""
        parts = (
            (self.text, f"{_lines(self.text)} at the table hold text and no row{words}"),
            (self.comments, f"{_lines(self.comments)} in the table begin as comments"),
            (self.blank, f"{_lines(self.blank)} in the table hold only empty cells"),
        )
        return tuple(
            f"rows: {sentence}; not read (lines {ranges(lines)})"
            for lines, sentence in parts
            if lines
        )


def _lines(lines: Sequence[int]) -> str:
    return f"{len(lines)} lines" if len(lines) > 1 else "1 line"


def ranges(lines: Iterable[int]) -> str:
    """Write line numbers as ranges, at most five of them."""
    sorted_ = np.unique(np.fromiter(lines, dtype=np.int_))
    groups = np.split(sorted_, np.flatnonzero(np.diff(sorted_) != 1) + 1)
    words = [str(g[0]) if g.size == 1 else f"{g[0]}-{g[-1]}" for g in groups]
    return ", ".join(words[:5]) + (", ..." if len(words) > 5 else "")
