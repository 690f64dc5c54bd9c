"""The building blocks of a page: texts, tables and figures, with their digits decided here."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from metastudy.pages.rendering.style import to_svg


@dataclass(frozen=True)
class Head:
    """The head of a table column; numbers are set to the right."""

    text: str
    number: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph, or a note in small print."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class TablePart:
    """A table of finished words."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = field(default="table", init=False)


@dataclass(frozen=True)
class Fold:
    """A long table behind a line that opens it."""

    title: str
    table: TablePart
    kind: str = field(default="fold", init=False)


@dataclass(frozen=True)
class Warnings:
    """Named warnings that travel with a number."""

    items: tuple[tuple[str, str], ...]
    kind: str = field(default="warnings", init=False)


@dataclass(frozen=True)
class FigurePart:
    """A figure as SVG with its caption and its words for those who do not see it.

    Over a ``dense`` one, with many small labels, a narrow screen pans instead of shrinking it.
    """

    name: str
    svg: str
    caption: str
    alt: str
    dense: bool = False
    kind: str = field(default="figure", init=False)

    @property
    def source(self) -> str:
        """The figure as a data address: two inline SVGs of matplotlib would share their ids."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode()


Part = Text | TablePart | Fold | Warnings | FigurePart


@dataclass(frozen=True)
class Section:
    """A headed part of the page; ``short`` is its name in the list of contents, else its title."""

    id: str
    title: str
    parts: tuple[Part, ...]
    short: str = ""


def draw(name: str, figure: Figure, caption: str, alt: str, *, dense: bool = False) -> FigurePart:
    """Turn a figure into a part."""
    return FigurePart(name, to_svg(figure), caption, alt, dense)


def words(value: Any) -> str:
    """Return a cell as text: three significant digits, a dash where there is nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return significant(value)
    text = str(value)
    return "–" if text in ("<NA>", "nan", "None") else text


def significant(value: float, digits: int = 3) -> str:
    """Return a number to some significant digits, without an exponent where that is readable."""
    if value == 0.0:
        return "0"
    if 1e-3 <= abs(value) < 1e6:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        return f"{value:.{decimals}f}"
    return f"{value:.{digits - 1}e}"


def table_of(
    columns: Mapping[str, str], rows: Iterable[Mapping[Any, Any]], numbers: Sequence[str] = ()
) -> TablePart:
    """Make a table of some columns: ``columns`` maps a key of the rows to its head."""
    heads = tuple(Head(text, key in numbers) for key, text in columns.items())
    cells = tuple(tuple(words(row.get(key)) for key in columns) for row in rows)
    return TablePart(heads, cells)


def rows_of(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the rows of a frame as mappings."""
    return frame.to_dict("records")
