"""Bounds in pictures: arrows from the end that is known, bars between two ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

REACH = 0.35
"""Length of an arrow (dex)."""
HEADS = {True: ("<", ">", "|"), False: ("v", "^", "_")}
"""Ends of upper bounds, of lower bounds and of ranges, by whether they lie horizontally."""


def draw_bounds(
    axes: Axes,
    rows: pd.DataFrame,
    places: Sequence[float] | NDArray[Any],
    colours: Sequence[str],
    horizontal: bool,
) -> None:
    """Draw bounds, those of one colour together, so that thousands are drawn as fast as a few.

    Parameters
    ----------
    axes
        Where to draw.
    rows
        Columns lo and hi; one is missing where its side is open.
    places
        Place of each row on the other axis.
    colours
        Colour of each row.
    horizontal
        Whether the values lie along the horizontal axis.
    """
    if rows.empty:
        return
    lo, hi = (rows[name].to_numpy(float) for name in ("lo", "hi"))
    is_upper, is_lower = np.isnan(lo), np.isnan(hi)
    is_range = ~is_upper & ~is_lower
    start = np.where(is_upper, hi, lo)
    end = np.select([is_upper, is_lower], [hi - REACH, lo + REACH], hi)
    across, gap = np.asarray(places, dtype=float), np.full(len(rows), np.nan)
    upper_head, lower_head, end_mark = HEADS[horizontal]
    for colour in dict.fromkeys(colours):
        own = np.array([word == colour for word in colours])
        shafts = np.column_stack([start, end, gap])[own].ravel()
        marks = [("-", shafts, np.repeat(across[own], 3))]
        for mark, chosen, at in (
            (upper_head, is_upper, end),
            (lower_head, is_lower, end),
            (end_mark, is_range, start),
            (end_mark, is_range, end),
            (".", ~is_range, start),
        ):
            marks.append((mark, at[own & chosen], across[own & chosen]))
        for mark, along, place in marks:
            if len(along):
                points = (along, place) if horizontal else (place, along)
                axes.plot(*points, mark, color=colour, lw=1.1, ms=3)
