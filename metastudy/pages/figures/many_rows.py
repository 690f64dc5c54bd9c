"""Pictures of more rows than can have a line each: rows of one material share a line."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metastudy.pages.figures.bounds import draw_bounds
from metastudy.pages.rendering.style import CLASS_COLOURS, house_style, new_figure

MOST_LINES = 120
"""Rows up to which a picture has a line, with its label, for each."""
SHARED = (
    "Those of one {what} share a line, as {count} rows are more than the "
    f"{MOST_LINES} that can have a line each; the tables have every row."
)
"""What a caption says of a picture of many rows."""
LINE_IN, FRAME_IN = 0.3, 1.0
LETTERS = 28
"""Length at which a name goes on in a second line, so that the values keep half of the width."""
SPREAD = 0.7
"""Part of a line over which its rows are spread."""


def are_many(rows: pd.DataFrame) -> bool:
    """Whether rows are too many for a line each."""
    return len(rows) > MOST_LINES


def spread_places(lines: Sequence[int], spread: float = SPREAD) -> NDArray[np.float64]:
    """Spread the rows of each line evenly over part of it, in their order, without chance."""
    line = pd.Series(list(lines))
    group = line.groupby(line)
    step = (group.cumcount() + 0.5) / group.transform("size")
    return (line + spread * (step - 0.5)).to_numpy(float)


def materials_figure(observations: pd.DataFrame, label: str, names: Sequence[str]) -> Figure:
    """Draw values (points) and bounds (arrows) of each material on one line.

    Parameters
    ----------
    observations
        Rows in their order, those of one material together; columns material, interface_class, y,
        lo, hi, censoring.
    label
        Label of the axis of values.
    names
        Name of each material, in the order in which they come.
    """
    lines = pd.factorize(observations["material"])[0]
    places = spread_places(list(lines))
    colours = observations["interface_class"].map(CLASS_COLOURS).to_numpy()
    exact = (observations["censoring"] == "exact").to_numpy()
    with house_style():
        figure = new_figure(LINE_IN * len(names) + FRAME_IN)
        axes = figure.subplots()
        for colour in dict.fromkeys(colours[exact]):
            own = exact & (colours == colour)
            axes.plot(observations["y"][own], places[own], "o", ms=2.2, color=colour)
        bounds = observations[~exact]
        draw_bounds(axes, bounds, places[~exact], list(colours[~exact]), horizontal=True)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_yticks(range(len(names)), [fill(name, LETTERS) for name in names], fontsize=7)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        figure.supxlabel(label, fontsize=9)
        return figure


def budget_by_rank_figure(rows: pd.DataFrame, parts: Sequence[tuple[str, str, str]]) -> Figure:
    """Draw parts of the known variance, stacked, of rows by their rank.

    Parameters
    ----------
    rows
        Rows, the largest variance first.
    parts
        Column, name and colour of each part.
    """
    widths = [rows[column].clip(lower=0.0).to_numpy(float) for column, _, _ in parts]
    with house_style():
        figure = new_figure(3.0)
        axes = figure.subplots()
        axes.stackplot(
            np.arange(1, len(rows) + 1),
            widths,
            labels=[label for _, label, _ in parts],
            colors=[colour for _, _, colour in parts],
            step="mid",
            lw=0,
        )
        axes.set_xlim(0.5, len(rows) + 0.5)
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel("rows, the one with the largest known variance first")
        axes.set_ylabel("known variance (dex²)")
        figure.legend(loc="outside lower center", ncols=2)
        return figure
