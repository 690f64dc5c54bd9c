"""What the figures share: colours, and a figure where the caller gives no Axes."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

INK, DATA, MODEL, QUIET = "#222222", "#0072B2", "#D55E00", "#999999"
"""Text; what was measured; what was fitted; the rest. Okabe and Ito's palette."""


def own_axes(axes: Axes | None, width: float, height: float) -> Axes:
    """Return the given Axes, or those of a new figure of this size in inches."""
    if axes is not None:
        return axes
    _, made = plt.subplots(figsize=(width, height), layout="constrained")
    return made


def plain(axes: Axes) -> None:
    """Remove the frame's upper and right lines."""
    axes.spines[["top", "right"]].set_visible(False)


def figure_of(axes: Axes) -> Figure:
    """Return the figure that Axes belong to."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure
