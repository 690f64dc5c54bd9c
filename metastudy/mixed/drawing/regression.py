"""Meta-regressions: rows as bubbles over a moderator, with the fitted line and its bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from .style import DATA, MODEL, Array, own_axes, plain

AREAS = (12.0, 160.0)
"""Area of the smallest and of the largest bubble, in square points."""
GROUPS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#F0E442", "#000000")
"""Colours of groups, from Okabe and Ito's palette; the fitted line has the eighth."""
MARKS = ("o", "s", "D", "^", "v", "P", "X")
"""Marks of groups, so that they differ without colour too."""


@dataclass(frozen=True)
class Line:
    """A fitted line on a grid of the moderator.

    Attributes
    ----------
    at, fitted
        Values of the moderator, ascending, and the expectation there, shape (g,).
    confidence, prediction
        Lower and upper end of the intervals there (2, g); None for none.
    """

    at: Array
    fitted: Array
    confidence: Array
    prediction: Array | None = None


def regression(
    moderator: Array,
    response: Array,
    weight: Array,
    line: Line,
    *,
    names: tuple[str, str],
    groups: Sequence[str] | None = None,
    group_name: str = "",
    axes: Axes | None = None,
) -> Axes:
    """Draw a meta-regression; the area of a bubble is proportional to its weight.

    Parameters
    ----------
    moderator, response, weight
        Values of each row, shape (n,); a row without a weight (NaN) has the smallest bubble.
    line
        The fitted line with its bands.
    names
        What the moderator and the response are, for the axes.
    groups, group_name
        Group of each row, shown by colour and mark, and what the groups are; up to 7 groups.
    axes
        Where to draw; a new figure unless given.
    """
    axes = own_axes(axes, 5.4, 4.0)
    if line.prediction is not None:
        axes.fill_between(
            line.at, *line.prediction, color=MODEL, alpha=0.12, lw=0, label="prediction interval"
        )
    axes.fill_between(
        line.at, *line.confidence, color=MODEL, alpha=0.3, lw=0, label="confidence interval"
    )
    axes.plot(line.at, line.fitted, color=MODEL, lw=1.6)
    share = np.nan_to_num(weight / np.nanmax(weight)) if np.isfinite(weight).any() else weight * 0
    size = np.clip(np.nan_to_num(share) * AREAS[1], AREAS[0], None)
    frame = pd.DataFrame({"x": moderator, "y": response, "size": size})
    common = {"linewidth": 0.6, "edgecolor": "white", "alpha": 0.75, "ax": axes, "legend": False}
    if groups is None:
        sns.scatterplot(frame, x="x", y="y", s=size, color=DATA, **common)
    else:
        frame["group"] = list(groups)
        for k, (group, part) in enumerate(frame.groupby("group", sort=True)):
            look = {"color": GROUPS[k % len(GROUPS)], "marker": MARKS[k % len(MARKS)]}
            sns.scatterplot(part, x="x", y="y", s=part["size"], label=str(group), **look, **common)
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])
    title = f"bubbles: {group_name}" if groups is not None else None
    legend = axes.legend(
        frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, title=title
    )
    legend.set_alignment("left")
    plain(axes)
    return axes
