"""Posterior densities, each beside its prior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .style import DATA, QUIET, Array, own_axes, plain

COLUMNS = 3


@dataclass(frozen=True)
class Density:
    """A density on a grid: name of the quantity, points (g,), density there, and the prior's."""

    name: str
    at: Array
    posterior: Array
    prior: Array | None = None


def density(one: Density, axes: Axes | None = None) -> Axes:
    """Draw one density, filled, and its prior as a dashed line.

    Parameters
    ----------
    one
        What to draw.
    axes
        Where to draw; a new figure unless given.
    """
    axes = own_axes(axes, 3.6, 2.6)
    axes.fill_between(one.at, one.posterior, color=DATA, alpha=0.35, lw=0)
    axes.plot(one.at, one.posterior, color=DATA, lw=1.4, label="posterior")
    if one.prior is not None:
        axes.plot(one.at, one.prior, color=QUIET, lw=1.2, ls="--", label="prior")
    axes.set_ylim(bottom=0)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(one.name)
    plain(axes)
    axes.spines["left"].set_visible(False)
    return axes


def densities(panels: Sequence[Density]) -> Figure:
    """Draw densities side by side, three in a row."""
    rows = -(-len(panels) // COLUMNS)
    columns = min(len(panels), COLUMNS)
    figure, grid = plt.subplots(
        rows, columns, figsize=(3.0 * columns, 2.4 * rows), layout="constrained", squeeze=False
    )
    for one, axes in zip(panels, grid.flat, strict=False):
        density(one, axes)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    last = grid.flat[len(panels) - 1]
    last.legend(frameon=False, fontsize=8)
    return figure
