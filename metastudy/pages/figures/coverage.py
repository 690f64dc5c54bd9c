"""Figures of what the dataset covers: pairs, reporting, and codes of preparation."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from metastudy.answers.coverage import CLASSES
from metastudy.pages.rendering.style import (
    CLASS_COLOURS,
    COLOURS,
    GREY,
    MARKERS,
    house_style,
    new_figure,
)

SHADE = 0.45  # of the fullest cell, so that black digits stay readable on every colour
# Given is coloured; what a whole source does not report is dark; what was not read is light.
CODES = (
    ("works_given", "given", COLOURS[0]),
    ("works_unreported", "not reported", "#444444"),
    ("works_unread", "not accessed", "#c9c9c9"),
    ("works_outside", "not applicable", "#f4f4f4"),
)


def pairs_figure(pairs: pd.DataFrame) -> Figure:
    """Draw family of the solid electrolyte against class of the partner, responses and works.

    Parameters
    ----------
    pairs
        Columns interface_class, ion, family, partner_class, responses, works.
    """
    rows = pairs.assign(solid=pairs["family"] + " (" + pairs["ion"] + ")")
    solids = list(rows.groupby("solid")["responses"].sum().sort_values(ascending=False).index)
    partners = sorted(set(zip(rows["interface_class"], rows["partner_class"], strict=True)))
    most = max(int(rows["responses"].max()), 1)
    with house_style():
        figure = new_figure(0.4 * len(solids) + 1.5)
        axes = figure.subplots()
        axes.grid(visible=False)
        for row in rows.to_dict("records"):
            x = partners.index((row["interface_class"], row["partner_class"]))
            y = solids.index(row["solid"])
            colour = CLASS_COLOURS[row["interface_class"]]
            depth = 0.06 + SHADE * row["responses"] / most
            axes.fill_between([x - 0.5, x + 0.5], y - 0.5, y + 0.5, color=colour, alpha=depth, lw=0)
            words = f"{row['responses']} / {row['works']}"
            axes.text(x, y, words, ha="center", va="center", fontsize=8)
        _grid(axes, len(partners), len(solids))
        labels = [partner.replace("_", " ") for _, partner in partners]
        axes.set_xticks(range(len(partners)), labels, rotation=35, ha="right")
        for label, (name, _) in zip(axes.get_xticklabels(), partners, strict=True):
            label.set_color(CLASS_COLOURS[name])
        axes.set_yticks(range(len(solids)), [s.replace("_", " ") for s in solids])
        axes.set_title("Responses / works", loc="left")
        classes = [name for name in CLASSES if name in set(rows["interface_class"])]
        handles = [Patch(facecolor=CLASS_COLOURS[c], alpha=0.5, label=c) for c in classes]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
        return figure


def _grid(axes: Axes, columns: int, rows: int) -> None:
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.vlines([i + 0.5 for i in range(columns - 1)], -0.5, rows - 0.5, color="#e4e4e4", lw=0.6)
    axes.hlines([i + 0.5 for i in range(rows - 1)], -0.5, columns - 0.5, color="#e4e4e4", lw=0.6)
    axes.tick_params(length=0)


def reported_figure(reported: pd.DataFrame) -> Figure:
    """Draw the share of responses that say what a reader needs, by class.

    Filled: of all responses. Open: of those read in a full text.
    """
    kinds = list(dict.fromkeys(reported["what"]))
    with house_style():
        figure = new_figure(0.42 * len(kinds) + 1.2)
        axes = figure.subplots()
        for step, (name, marker) in enumerate(zip(CLASSES, MARKERS, strict=False)):
            members = reported[reported["interface_class"] == name].set_index("what").loc[kinds]
            places = [i + 0.24 * (step - 1) for i in range(len(kinds))]
            shares = 100 * members["reported"] / members["rows"]
            whole = 100 * members["full_text_reported"] / members["full_text_rows"]
            look: dict[str, Any] = {
                "color": CLASS_COLOURS[name],
                "marker": marker,
                "ls": "",
                "ms": 5,
            }
            axes.hlines(places, shares, whole, color=CLASS_COLOURS[name], lw=0.8)
            axes.plot(whole, places, **{**look, "mfc": "white"}, clip_on=False)
            axes.plot(shares, places, **look, clip_on=False)
        axes.set_xlim(0, 100)
        axes.set_ylim(len(kinds) - 0.5, -0.5)
        axes.set_yticks(range(len(kinds)), kinds)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("responses that say it (%)")
        figure.legend(handles=_reported_legend(), loc="outside lower center", ncols=3)
        return figure


def _reported_legend() -> list[Line2D]:
    shown = [
        Line2D([], [], color=CLASS_COLOURS[name], marker=marker, ls="", label=name)
        for name, marker in zip(CLASSES, MARKERS, strict=False)
    ]
    look: dict[str, Any] = {"color": GREY, "marker": "o", "ls": ""}
    filled = Line2D([], [], **look, label="all responses")
    hollow = Line2D([], [], **look, mfc="white", label="read in a full text")
    # The legend fills column by column: classes above, fillings below.
    return [shown[0], filled, shown[1], hollow, shown[2]]


def axes_figure(table: pd.DataFrame) -> Figure:
    """Draw how many works report each axis of preparation, do not, or were not read there."""
    table = table.assign(
        works_outside=table["works"]
        - table[["works_given", "works_unreported", "works_unread"]].sum(axis=1)
    )
    classes = [name for name in CLASSES if name in set(table["interface_class"])]
    heights = [len(table[table["interface_class"] == name]) for name in classes]
    with house_style():
        figure = new_figure(0.19 * sum(heights) + 0.45 * len(classes) + 0.6)
        panels = figure.subplots(len(classes), 1, height_ratios=heights, squeeze=False)[:, 0]
        for axes, name in zip(panels, classes, strict=True):
            members = table[table["interface_class"] == name]
            left = pd.Series(0, index=members.index)
            for word, _, colour in CODES:
                axes.barh(
                    range(len(members)),
                    members[word],
                    left=left,
                    color=colour,
                    height=0.72,
                    edgecolor="#999999",
                    lw=0.3,
                )
                left = left + members[word]
            labels = [axis.replace("_", " ") for axis in members["axis"]]
            axes.set_yticks(range(len(members)), labels, fontsize=7)
            axes.set_ylim(len(members) - 0.5, -0.5)
            axes.set_xlim(0, max(int(members["works"].max()), 1))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.grid(axis="y", visible=False)
            axes.set_title(name, loc="left")
        panels[-1].set_xlabel("works")
        handles = [
            Patch(facecolor=colour, edgecolor="#999999", lw=0.3, label=label)
            for _, label, colour in CODES
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=4)
        return figure
