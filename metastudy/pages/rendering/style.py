"""The look of every figure: one style, colour-blind safe colours, the same bytes at each run."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Okabe and Ito's palette (2008), told apart with any colour vision; yellow is left out on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
GREY = "#666666"
CLASS_COLOURS = dict(zip(("LE/SE", "PE/SE", "SE/SE"), COLOURS, strict=False))
"""Colour of each class of contacts."""
WIDTH_IN = 4.8

STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 7.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "legend.frameon": False,
    "svg.hashsalt": "metastudy",
    "svg.fonttype": "none",  # words stay words, so that a reader can search them
    "figure.dpi": 100,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style, whatever the caller's own settings are."""
    with mpl.rc_context(STYLE):
        yield


def new_figure(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """Return an empty figure that belongs to no window or global state."""
    return Figure(figsize=(width_in, height_in), layout="constrained")


def to_svg(figure: Figure) -> str:
    """Return a figure as SVG text, without date, the same bytes for the same data."""
    buffer = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def assign(words: Iterable[str], looks: tuple[str, ...]) -> dict[str, str]:
    """Give each word a colour or marker, in sorted order, repeating when they run out."""
    return {word: looks[i % len(looks)] for i, word in enumerate(sorted(set(words)))}
