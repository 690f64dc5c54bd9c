"""Caterpillar plots: the predicted effects of a grouping's levels in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from scipy.stats import norm

from .style import DATA, INK, QUIET, Array, own_axes, plain

MOST_LABELS = 60
"""Levels up to which each has its label."""


def caterpillar(
    labels: Sequence[str],
    effect: Array,
    se: Array,
    *,
    name: str,
    alpha: float = 0.05,
    axes: Axes | None = None,
) -> Axes:
    """Draw predicted effects with their intervals, the smallest at the bottom.

    Effects whose interval holds zero are hollow.

    Parameters
    ----------
    labels, effect, se
        Label, predicted effect and its standard error of each level, shape (L,).
    name
        What the effect is, for the axis.
    alpha
        Share outside the intervals.
    axes
        Where to draw; a new figure unless given.
    """
    n = len(labels)
    axes = own_axes(axes, 4.6, 1.0 + (0.2 * n if n <= MOST_LABELS else 12))
    order = np.argsort(effect, kind="stable")
    place, mean = np.arange(n), effect[order]
    reach = float(norm.isf(alpha / 2)) * se[order]
    axes.hlines(place, mean - reach, mean + reach, color=DATA, lw=1.2)
    clear = np.abs(mean) > reach
    axes.plot(mean[clear], place[clear], "o", ms=4, color=DATA)
    axes.plot(mean[~clear], place[~clear], "o", ms=4, mfc="white", mec=DATA)
    axes.axvline(0, color=QUIET, lw=0.9, zorder=0)
    if n <= MOST_LABELS:
        axes.set_yticks(place, [labels[i] for i in order], fontsize=8, color=INK)
    else:
        axes.set_yticks([])
        axes.set_ylabel(f"{n} levels")
    axes.set_ylim(-0.8, n - 0.2)
    axes.set_xlabel(f"{name}, with {100 - 100 * alpha:g} % intervals")
    axes.tick_params(axis="y", length=0)
    plain(axes)
    return axes
