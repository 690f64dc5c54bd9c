"""The picture beside the answer: resistances by family pair, treated arms joined to references."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from metastudy.pages.figures.strips import class_colour
from metastudy.pages.rendering.style import GREY, house_style, new_figure

ROW_IN, FRAME_IN = 0.34, 1.25
SPREAD = 0.62


def treated_beside_reference(observations: pd.DataFrame, contrasts: pd.DataFrame) -> pd.DataFrame:
    """Put each contrast on the level of its reference arm, where that is a value.

    Returns
    -------
    DataFrame
        family, reference_y, lo, hi (log10 ohm cm2; one missing for a bound), study_id. A contrast
        whose reference has no value is no row.
    """
    exact = observations[observations["censoring"] == "exact"]
    levels = exact.drop_duplicates(["preparation_id", "system"]).set_index(
        ["preparation_id", "system"]
    )
    rows = []
    for row in contrasts.to_dict("records"):
        key = (row["reference"], row["system"])
        if key in levels.index:
            level = levels.loc[key]
            rows.append(
                {
                    "family": level["family"],
                    "study_id": row["study_id"],
                    "reference_y": level["y"],
                    "lo": level["y"] + row["lo"],
                    "hi": level["y"] + row["hi"],
                }
            )
    return pd.DataFrame(rows, columns=["family", "study_id", "reference_y", "lo", "hi"])


def answer_figure(observations: pd.DataFrame, contrasts: pd.DataFrame) -> Figure:
    """Draw untreated contacts by family pair, and treated ones joined to their reference.

    Parameters
    ----------
    observations
        The headline rows to draw, and those that contrasts refer to.
    contrasts
        Preparations varied on purpose, one contrast a treatment.
    """
    shown = observations[observations["headline"].astype(bool)]
    joined = treated_beside_reference(observations, contrasts)
    families = sorted(set(shown["family"]) | set(joined["family"]))
    with house_style():
        figure = new_figure(ROW_IN * len(families) + FRAME_IN)
        axes = figure.subplots()
        for place, family in enumerate(families):
            _family(
                axes,
                place,
                shown[shown["family"] == family],
                joined[joined["family"] == family],
            )
        axes.set_ylim(len(families) - 0.5, -0.5)
        axes.set_yticks(range(len(families)), [_label(name) for name in families])
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        low, high = axes.get_xlim()
        ticks = range(math.floor(low), math.ceil(high) + 1)
        axes.set_xticks(ticks, [_power(tick) for tick in ticks])
        axes.set_xlim(low, high)
        axes.set_xlabel("Ω cm² of one contact (25 °C; polymers 60 °C)")
        figure.legend(handles=_handles(shown, joined), loc="outside lower center", ncols=2)
        return figure


def _family(axes: Axes, place: int, shown: pd.DataFrame, joined: pd.DataFrame) -> None:
    rows: list[Mapping[Any, Any]] = [
        *({"kind": "level", **row} for row in shown.sort_values("study_id").to_dict("records")),
        *({"kind": "pair", **row} for row in joined.to_dict("records")),
    ]
    for k, row in enumerate(rows):
        height = place + SPREAD * ((k + 0.5) / len(rows) - 0.5)
        if row["kind"] == "pair":
            _pair(axes, height, row)
        else:
            _level(axes, height, row)


def _level(axes: Axes, height: float, row: Mapping[Any, Any]) -> None:
    colour = class_colour(str(row["interface_class"]))
    if row["censoring"] == "exact":
        axes.plot(row["y"], height, "o", ms=4.5, color=colour)
    elif row["censoring"] == "interval":
        axes.plot([row["lo"], row["hi"]], [height, height], "-", lw=2, color=colour)
    else:
        left = row["censoring"] == "left"
        axes.plot(row["hi" if left else "lo"], height, "<" if left else ">", ms=4, color=colour)


def _pair(axes: Axes, height: float, row: Mapping[Any, Any]) -> None:
    """Join the reference to its treated arm; a bound ends in an arrow head."""
    bound = pd.isna(row["lo"]) or pd.isna(row["hi"])
    end = row["hi"] if pd.isna(row["lo"]) else row["lo"]
    axes.plot([row["reference_y"], end], [height, height], "-", lw=0.9, color=GREY)
    axes.plot(row["reference_y"], height, "|", ms=5, color=GREY)
    marker = "o" if not bound else ("<" if pd.isna(row["lo"]) else ">")
    axes.plot(end, height, marker, ms=4, mec=GREY, mfc="white")


def _handles(shown: pd.DataFrame, joined: pd.DataFrame) -> list[Line2D]:
    """Name what is drawn and nothing else."""
    handles = [
        Line2D([], [], marker="s", ls="", color=class_colour(word), label=CLASSES[word])
        for word in CLASSES
        if (shown["interface_class"] == word).any()
    ]
    marks = {"o": shown["censoring"] == "exact", "<": shown["censoring"] == "left"}
    words = {"o": "untreated: a value", "<": "untreated: at most"}
    handles += [
        Line2D([], [], marker=mark, ls="", color="black", label=words[mark])
        for mark, there in marks.items()
        if there.any()
    ]
    if len(joined):
        handles.append(
            Line2D(
                [],
                [],
                marker="o",
                ls="-",
                color=GREY,
                mfc="white",
                label="treated, joined to its reference",
            )
        )
    return handles


CLASSES = {"LE/SE": "liquid | solid", "PE/SE": "polymer | solid", "SE/SE": "solid | solid"}


def _label(family: str) -> str:
    parts = family.replace("_", " ").split(" | ")
    return f"{parts[2]} | {parts[3]} ({parts[1]})"


def _power(exponent: int) -> str:
    if -2 <= exponent <= 3:
        return f"{10.0**exponent:g}"
    return f"$10^{{{exponent}}}$"
