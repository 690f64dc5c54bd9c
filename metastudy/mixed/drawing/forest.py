"""Forest plots: the rows with their intervals, and the mean below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from scipy.stats import norm

from ..errors import UndefinedError
from .style import DATA, INK, MODEL, QUIET, Array, own_axes, plain

MOST_ROWS = 120
"""Rows up to which the labels can be read."""


@dataclass(frozen=True)
class Mean:
    """An estimated mean: value, confidence interval, prediction interval of a new row."""

    value: float
    confidence: tuple[float, float]
    prediction: tuple[float, float]


def forest(
    labels: Sequence[str],
    response: Array,
    se: Array,
    fitted: Array | None,
    mean: Mean | None,
    *,
    name: str,
    alpha: float = 0.05,
    axes: Axes | None = None,
) -> Axes:
    """Draw a forest plot.

    Parameters
    ----------
    labels, response, se
        Label, value and standard error of each row, shape (n,); a row without a standard error
        (NaN) is a hollow point without interval.
    fitted
        Fitted value of each row (n,), drawn as a bar, or None.
    mean
        The mean, drawn as a diamond with its prediction interval, or None.
    name
        What the response is, for the axis.
    alpha
        Share outside the rows' intervals.
    axes
        Where to draw; a new figure unless given.

    Raises
    ------
    UndefinedError
        Above ``MOST_ROWS`` rows.
    """
    n = len(labels)
    if n > MOST_ROWS:
        raise UndefinedError(
            f"a forest plot of {n} rows cannot be read; up to {MOST_ROWS} are drawn"
        )
    axes = own_axes(axes, 6.4, 1.2 + 0.22 * (n + (2 if mean else 0)))
    place = np.arange(n)
    known = np.isfinite(se)
    reach = float(norm.isf(alpha / 2)) * se[known]
    axes.errorbar(
        response[known], place[known], xerr=reach, fmt="s", ms=4, color=DATA, lw=1.2, capsize=0
    )
    axes.plot(response[~known], place[~known], "s", ms=4, mfc="white", mec=DATA)
    if fitted is not None:
        axes.plot(fitted, place, "|", ms=9, mew=1.8, color=MODEL, label="fitted")
        axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1))
    ticks, words = list(place.astype(float)), list(labels)
    if mean is not None:
        ticks.append(n + 0.5)
        words.append("mean\n(line: a new row)")
        _diamond(axes, mean, n + 0.5)
        axes.axvline(mean.value, color=QUIET, lw=0.8, ls=":", zorder=0)
        axes.axhline(n - 0.25, color=QUIET, lw=0.8)
    axes.set_yticks(ticks, words, fontsize=8, color=INK)
    axes.set_ylim(ticks[-1] + 0.8, -0.8)
    axes.set_xlabel(f"{name}, with {100 - 100 * alpha:g} % intervals")
    axes.tick_params(axis="y", length=0)
    plain(axes)
    return axes


def _diamond(axes: Axes, mean: Mean, place: float) -> None:
    low, high = mean.confidence
    axes.plot(mean.prediction, (place, place), color=MODEL, lw=1.2, label="prediction interval")
    x = (low, mean.value, high, mean.value)
    axes.fill(x, (place, place - 0.35, place, place + 0.35), color=MODEL, lw=0)
