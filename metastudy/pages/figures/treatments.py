"""The forest of treatments: each contrast with the error of its arms, and the pooled shift."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from metastudy.answers.pooled_treatments import PooledTreatments
from metastudy.corpus.work_name import work_name
from metastudy.mixed.drawing.forest import Total, forest
from metastudy.pages.figures.bounds import draw_bounds
from metastudy.pages.figures.many_rows import LINE_IN, are_many, spread_places
from metastudy.pages.rendering.style import COLOURS, GREY, house_style, new_figure

NAME = "log$_{10}$ (treated / reference)"


def treatments_figure(found: PooledTreatments) -> Figure:
    """Draw contrasts by family of treatment; arrows are bounds, bars ranges.

    Of many contrasts, those of one family share a line and have no bars.
    """
    rows = found.contrasts.sort_values(["family", "study_id", "treated"]).reset_index(drop=True)
    if are_many(rows):
        return _families_figure(found, rows)
    exact = (rows["lo"] == rows["hi"]).to_numpy(bool)
    error = pd.Series(np.sqrt(np.diag(found.preparation.V)), index=found.contrasts.index)
    pooled = found.shifts[found.shifts["shift"].notna()]
    with house_style():
        figure = new_figure(0.2 * (len(rows) + 1.4 * len(pooled)) + 1.2)
        axes = forest(
            [_label(row) for row in rows.to_dict("records")],
            np.where(exact, rows["lo"], np.nan),
            np.where(exact, np.resize(error.to_numpy(float), len(rows)), np.nan),
            totals=[
                Total(
                    f"{row['family']} ({row['works']} works)",
                    row["shift"],
                    (row["lower"], row["upper"]),
                    (row["predicted_lower"], row["predicted_upper"]),
                )
                for row in pooled.to_dict("records")
            ],
            name=NAME,
            estimates=False,
            axes=figure.subplots(),
        )
        colours = [COLOURS[0]] * int((~exact).sum())
        draw_bounds(axes, rows[~exact], np.flatnonzero(~exact), colours, horizontal=True)
        axes.axvline(0, color=GREY, lw=0.8)
        axes.set_xlabel(NAME)
        axes.tick_params(axis="y", labelsize=6.5)
        return figure


def _families_figure(found: PooledTreatments, rows: pd.DataFrame) -> Figure:
    """Draw the contrasts of each family on one line, with its mean shift and its 95 % interval."""
    lines, families = pd.factorize(rows["family"])
    places, exact = spread_places(list(lines)), (rows["lo"] == rows["hi"]).to_numpy(bool)
    shifts = found.shifts.set_index("family").reindex(families)[["shift", "lower", "upper"]]
    shift, lower, upper = (shifts[name].to_numpy(float) for name in shifts)
    with house_style():
        figure = new_figure(LINE_IN * len(families) + 1.2)
        axes = figure.subplots()
        axes.plot(rows["lo"][exact], places[exact], "o", ms=2.5, color=COLOURS[0])
        colours = [COLOURS[0]] * int((~exact).sum())
        draw_bounds(axes, rows[~exact], places[~exact], colours, horizontal=True)
        error = [shift - lower, upper - shift]
        at = np.arange(len(families))
        axes.errorbar(shift, at, xerr=error, fmt="D", ms=5, color=COLOURS[1], lw=1.6)
        axes.axvline(0, color=GREY, lw=0.8)
        axes.set_ylim(len(families) - 0.4, -0.6)
        axes.set_yticks(at, [str(name).replace("_", " ") for name in families], fontsize=7)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(NAME)
        return figure


def _label(row: dict[object, object]) -> str:
    name = str(row["treated"]).partition("/")[2].replace("_", " ")
    return f"{work_name(str(row['study_id']))}, {name}"
