"""Cells of a CSV file that a spreadsheet must not take for a formula."""

from __future__ import annotations

import re
from typing import Any

# What a spreadsheet takes for a formula, blanks before it included; a negative number is none.
_FORMULA = re.compile(r"[\s\x00]*[=+\-@]|[\t\r]")
_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def without_formula(cell: Any) -> Any:
    """Return a cell, with an apostrophe before a text that a spreadsheet would compute.

    Such a text begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return. A negative
    number is left as it is, and so is everything that is no text.
    """
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NEGATIVE.fullmatch(cell):
        return f"'{cell}"
    return cell
