"""The forest of treatments: each contrast with the error of its arms, and the pooled shift."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from metastudy.answers.pooled_treatments import PooledTreatments
from metastudy.corpus.work_name import work_name
from metastudy.mixed.drawing.forest import Total, forest
from metastudy.pages.figures.strips import draw_bound
from metastudy.pages.rendering.style import COLOURS, GREY, house_style, new_figure

NAME = "log$_{10}$ (treated / reference)"


def treatments_figure(found: PooledTreatments) -> Figure:
    """Draw contrasts by family of treatment; arrows are bounds, bars ranges."""
    rows = found.contrasts.sort_values(["family", "study_id", "treated"]).reset_index(drop=True)
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
        for place, row in enumerate(rows.to_dict("records")):
            if not exact[place]:
                draw_bound(axes, row, place, COLOURS[0], horizontal=True)
        axes.axvline(0, color=GREY, lw=0.8)
        axes.set_xlabel(NAME)
        axes.tick_params(axis="y", labelsize=6.5)
        return figure


def _label(row: dict[object, object]) -> str:
    name = str(row["treated"]).partition("/")[2].replace("_", " ")
    return f"{work_name(str(row['study_id']))}, {name}"
