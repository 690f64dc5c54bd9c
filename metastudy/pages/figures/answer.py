"""The picture beside the answer: resistances by family pair, treated arms joined to references."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from metastudy.pages.figures.many_rows import spread_places
from metastudy.pages.rendering.style import CLASS_COLOURS, GREY, house_style, new_figure

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
        levels, pairs = _placed(families, shown.sort_values("study_id"), joined)
        _draw_pairs(axes, pairs)
        _draw_levels(axes, levels)
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


def _placed(
    families: Sequence[str], shown: pd.DataFrame, joined: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each row its height: levels of a family above its pairs, evenly about its line."""
    both = pd.concat([shown["family"], joined["family"]], ignore_index=True)
    lines = both.map({family: line for line, family in enumerate(families)})
    heights = spread_places(list(lines), SPREAD)
    return (
        shown.assign(height=heights[: len(shown)]),
        joined.assign(height=heights[len(shown) :]),
    )


def _draw_levels(axes: Axes, rows: pd.DataFrame) -> None:
    for (name, censoring), own in rows.groupby(["interface_class", "censoring"]):
        colour = CLASS_COLOURS[str(name)]
        if censoring == "exact":
            axes.plot(own["y"], own["height"], "o", ms=4.5, color=colour)
        elif censoring == "interval":
            axes.hlines(own["height"], own["lo"], own["hi"], lw=2, color=colour)
        else:
            left = censoring == "left"
            end = own["hi" if left else "lo"]
            axes.plot(end, own["height"], "<" if left else ">", ms=4, color=colour)


def _draw_pairs(axes: Axes, rows: pd.DataFrame) -> None:
    """Join each reference to its treated arm; a bound ends in an arrow head."""
    if rows.empty:
        return
    end = rows["lo"].fillna(rows["hi"])
    axes.hlines(rows["height"], rows["reference_y"], end, lw=0.9, color=GREY)
    axes.plot(rows["reference_y"], rows["height"], "|", ms=5, color=GREY)
    markers = np.select([rows["lo"].isna(), rows["hi"].isna()], ["<", ">"], "o")
    for marker in ("o", "<", ">"):
        own = markers == marker
        axes.plot(end[own], rows["height"][own], marker, ms=4, mec=GREY, mfc="white", ls="")


def _handles(shown: pd.DataFrame, joined: pd.DataFrame) -> list[Line2D]:
    """Name what is drawn and nothing else."""
    handles = [
        Line2D([], [], marker="s", ls="", color=CLASS_COLOURS[word], label=CLASSES[word])
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
