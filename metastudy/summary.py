"""The printed report of a fit, one form for both engines: lines, tables, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SummaryTable:
    """A table of a summary.

    Attributes
    ----------
    title
        The line above it; empty for none.
    frame
        Numbers and words, with the index as first column.
    digits
        Significant digits of the numbers.
    """

    title: str
    frame: pd.DataFrame
    digits: int = 4

    def __str__(self) -> str:
        text = self.frame.to_string(float_format=f"{{:.{self.digits}g}}".format)
        return f"{self.title}\n{text}" if self.title else text

    def to_html(self) -> str:
        """Return the table as HTML, every cell escaped, in a frame that scrolls."""
        caption = f"<p>{escape(self.title)}</p>" if self.title else ""
        table = self.frame.to_html(
            float_format=f"{{:.{self.digits}g}}".format, escape=True, border=0
        )
        return f'{caption}<div style="overflow-x: auto" tabindex="0">{table}</div>'


@dataclass(frozen=True)
class Summary:
    """What ``fit.summary()`` returns: prints itself, in a notebook as HTML.

    Attributes
    ----------
    head
        What was fitted and how, a line each.
    tables
        Estimates and what belongs to them.
    notes
        Warnings and remarks, a line each.
    """

    head: Sequence[str]
    tables: Sequence[SummaryTable]
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        parts = ["\n".join(self.head), *map(str, self.tables), "\n".join(self.notes)]
        return "\n\n".join(part for part in parts if part)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "<br>".join(map(escape, self.head))
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        tables = "".join(table.to_html() for table in self.tables)
        return f"<p>{head}</p>{tables}" + (f"<ul>{notes}</ul>" if notes else "")
