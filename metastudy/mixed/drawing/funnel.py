"""Funnel plots: effects against their standard errors."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from .style import DATA, MODEL, QUIET, Array, own_axes, plain


def funnel(
    effect: Array,
    se: Array,
    centre: float,
    limits: pd.DataFrame,
    *,
    name: str,
    axes: Axes | None = None,
) -> Axes:
    """Draw a funnel plot, precise rows on top.

    Parameters
    ----------
    effect, se
        Value and standard error of each row, shape (n,).
    centre
        Value at which the funnel is centred.
    limits
        Columns se, lower, upper, and lower_total, upper_total with heterogeneity.
    name
        What the effect is, for the axis.
    axes
        Where to draw; a new figure unless given.
    """
    axes = own_axes(axes, 5.4, 4.4)
    axes.fill_betweenx(
        limits["se"],
        limits["lower"],
        limits["upper"],
        color="#E6E6E6",
        label="sampling error alone",
    )
    for side in ("lower_total", "upper_total"):
        label = "with heterogeneity" if side == "lower_total" else None
        axes.plot(limits[side], limits["se"], color=MODEL, lw=1.2, ls="--", label=label)
    axes.axvline(centre, color=QUIET, lw=0.8)
    axes.plot(effect, se, "o", ms=5, color=DATA, mec="white", mew=0.5)
    axes.set_ylim(float(limits["se"].max()) * 1.04, 0)
    axes.set_xlabel(name)
    axes.set_ylabel("standard error")
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    plain(axes)
    return axes
