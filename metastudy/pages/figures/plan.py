"""The picture of a plan: precision over the number of cells."""

from __future__ import annotations

from matplotlib.figure import Figure

from metastudy.answers.plan import StudyPlan
from metastudy.pages.rendering.style import COLOURS, GREY, MARKERS, house_style, new_figure


def plan_figure(found: StudyPlan) -> Figure:
    """Draw half widths over cells; a line joins designs that differ in laboratories alone."""
    with house_style():
        figure = new_figure(3.2)
        axes = figure.subplots()
        groups = found.designs.groupby(["preparation", "repeat"])
        for place, (counts, rows) in enumerate(groups):
            preparations, repeats = counts
            line = rows.sort_values("cells")
            axes.plot(
                line["cells"],
                line["half_width"],
                marker=MARKERS[place % len(MARKERS)],
                color=COLOURS[place % len(COLOURS)],
                ms=4.5,
                label=f"{preparations} preparations, {repeats} repeats",
            )
        axes.axhline(found.precision, color=GREY, lw=1, ls="--")
        axes.annotate(
            f"asked for: {found.precision:g} dex",
            (1.0, found.precision),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            color=GREY,
        )
        axes.set_xscale("log")
        ticks = sorted({int(cells) for cells in found.designs["cells"]})
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel("cells in all")
        axes.set_ylabel(f"half width of the interval of\nthe {found.level} SD (dex)")
        axes.legend()
        return figure
