"""The building blocks of a page: texts, tables, figures, and the sections that they make."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from metastudy.pages.rendering.style import to_svg
from metastudy.pages.rendering.table import Table


@dataclass(frozen=True)
class Text:
    """A paragraph, or a note in small print."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Fold:
    """A long table behind a line that opens it."""

    title: str
    table: Table
    kind: str = field(default="fold", init=False)


@dataclass(frozen=True)
class Warnings:
    """Named warnings that travel with a number."""

    items: tuple[tuple[str, str], ...]
    kind: str = field(default="warnings", init=False)


@dataclass(frozen=True)
class FigureBlock:
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
    def inline(self) -> Markup:
        """The figure for the page itself: its text can be found, its ids are its own there."""
        body = self.svg[self.svg.index("<svg") :]
        body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
        own = re.sub(r"\W+", "-", self.name)  # a name may come from a file
        body = re.sub(r'\bid="', f'id="{own}-', body)
        body = re.sub(r'(href="#|url\(#)', rf"\g<1>{own}-", body)
        head, rest = body.split(">", 1)
        head = re.sub(r' (width|height)="[^"]*"', "", head)
        return Markup(f'{head} role="img" aria-label="{escape(self.alt)}">{rest}')


@dataclass(frozen=True)
class Numbers:
    """A few large numbers, each with a line that says what it is."""

    items: tuple[tuple[str, str], ...]
    kind: str = field(default="numbers", init=False)


Block = Text | Table | Fold | Warnings | FigureBlock | Numbers


@dataclass(frozen=True)
class Section:
    """Blocks under a title; ``short`` names them in the list of contents, else the title does."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    short: str = ""


def draw(name: str, figure: Figure, caption: str, alt: str, *, dense: bool = False) -> FigureBlock:
    """Turn a figure into a block."""
    return FigureBlock(name, to_svg(figure), caption, alt, dense)


def rows_of(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the rows of a frame as mappings."""
    return frame.to_dict("records")
