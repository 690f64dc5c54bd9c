"""Influence: what leaving out each unit does, as bars of one measure or a table of changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ..errors import UndefinedError
from .style import DATA, INK, QUIET, Array, own_axes, plain

MOST_UNITS = 60
"""Units up to which each has its label."""
NAMED = 3
"""Units that are named where not all can be."""


def influence(labels: Sequence[str], value: Array, *, name: str, axes: Axes | None = None) -> Axes:
    """Draw one measure of influence, a line for each unit; a cross where there is none.

    Parameters
    ----------
    labels, value
        Label and measure of each unit, shape (u,); NaN where a refit was refused.
    name
        What the measure is, for the axis.
    axes
        Where to draw; a new figure unless given.
    """
    n = len(labels)
    few = n <= MOST_UNITS
    axes = own_axes(axes, 4.6, 1.0 + 0.2 * n if few else 4.0)
    place = np.arange(n)
    ranked = [i for i in np.argsort(-np.abs(np.nan_to_num(value)), kind="stable")[:NAMED]]
    axes.hlines(place, 0, value, color=DATA, lw=1.6)
    axes.plot(value, place, "o", ms=4, color=DATA)
    refused = np.flatnonzero(np.isnan(value))
    axes.plot(np.zeros(refused.size), place[refused], "x", ms=5, color=QUIET)
    axes.axvline(0, color=QUIET, lw=0.9, zorder=0)
    if few:
        axes.set_yticks(place, list(labels), fontsize=8, color=INK)
    else:
        axes.set_yticks(place[ranked], [labels[i] for i in ranked], fontsize=8, color=INK)
    axes.set_ylim(n - 0.2, -0.8)
    axes.set_xlabel(name)
    axes.tick_params(axis="y", length=0)
    plain(axes)
    return axes


def influence_table(changes: pd.DataFrame, *, name: str, axes: Axes | None = None) -> Axes:
    """Draw standardised changes of coefficients, a row for each unit, as a table of colours.

    Parameters
    ----------
    changes
        Units by coefficients.
    name
        What the numbers are.
    axes
        Where to draw; a new figure unless given.

    Raises
    ------
    UndefinedError
        Above ``MOST_UNITS`` units, or where no refit gave numbers.
    """
    n, p = changes.shape
    if n > MOST_UNITS:
        raise UndefinedError(f"a table of {n} units cannot be read; up to {MOST_UNITS} are drawn")
    if changes.isna().to_numpy().all():
        raise UndefinedError("no unit could be left out, so there are no changes to draw")
    axes = own_axes(axes, 2.2 + 0.7 * p, 1.2 + 0.24 * n)
    values = changes.to_numpy(dtype=float)
    reach = float(np.nanmax(np.abs(values))) or 1.0
    axes.imshow(values, cmap="PuOr", vmin=-reach, vmax=reach, aspect="auto")
    for (i, j), value in np.ndenumerate(values):
        text = "" if np.isnan(value) else f"{value:.2f}"
        colour = "white" if abs(value) > 0.6 * reach else INK
        axes.text(j, i, text, ha="center", va="center", fontsize=7.5, color=colour)
    names = [str(name) for name in changes.columns]
    axes.set_xticks(range(p), names, fontsize=8, rotation=30, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(n), [str(label) for label in changes.index], fontsize=8, color=INK)
    axes.set_xlabel(name)
    axes.tick_params(axis="both", length=0)
    axes.spines[:].set_visible(False)
    return axes
