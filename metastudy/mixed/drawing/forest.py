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
class Total:
    """An estimated mean below the rows.

    Attributes
    ----------
    label
        What it is the mean of.
    value
        The estimate.
    confidence
        Ends of its confidence interval.
    prediction
        Ends of the prediction interval of a new row, None for none.
    """

    label: str
    value: float
    confidence: tuple[float, float]
    prediction: tuple[float, float] | None = None


def forest(
    labels: Sequence[str],
    response: Array,
    se: Array,
    fitted: Array | None = None,
    totals: Sequence[Total] = (),
    *,
    name: str,
    alpha: float = 0.05,
    estimates: bool = True,
    axes: Axes | None = None,
) -> Axes:
    """Draw a forest plot: rows with their intervals, means as diamonds below them.

    Parameters
    ----------
    labels, response, se
        Label, value and standard error of each row, shape (n,); a row without a standard error
        (NaN) is a hollow point without interval, one without a value keeps its place empty.
    fitted
        Fitted value of each row (n,), drawn as a bar, or None.
    totals
        Means, from top to bottom, with their prediction intervals as lines.
    name
        What the response is, for the axis.
    alpha
        Share outside the rows' intervals.
    estimates
        Whether numbers stand on the right.
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
    axes = own_axes(axes, 5.4, 1.2 + 0.22 * (n + 1.5 * len(totals)))
    place = np.arange(n)
    known = np.isfinite(se)
    reach = float(norm.isf(alpha / 2)) * se
    axes.errorbar(
        response[known], place[known], xerr=reach[known], fmt="s", ms=4, color=DATA, lw=1.2
    )
    axes.plot(response[~known], place[~known], "s", ms=4, mfc="white", mec=DATA)
    if fitted is not None:
        axes.plot(fitted, place, "|", ms=9, mew=1.8, color=MODEL, label="fitted")
        axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1))
    below = n + 0.25 + 1.25 * np.arange(len(totals))
    for total, at in zip(totals, below, strict=True):
        _diamond(axes, total, float(at))
    words = [*labels, *(total.label for total in totals)]
    ticks = np.concatenate([place, below])
    axes.set_yticks(ticks, words, fontsize=8, color=INK)
    axes.set_ylim(ticks[-1] + 0.8, -0.8)
    if len(totals):
        axes.axhline(n - 0.4, color=QUIET, lw=0.8)
    if len(totals) == 1:
        axes.axvline(totals[0].value, color=QUIET, lw=0.8, ls=":", zorder=0)
    if estimates:
        ends = [(v - r, v + r) for v, r in zip(response, reach, strict=True)]
        ends += [total.confidence for total in totals]
        values = [*response, *(total.value for total in totals)]
        _numbers(axes, ticks, values, ends)
    axes.set_xlabel(f"{name}, with {100 - 100 * alpha:g} % intervals")
    axes.tick_params(axis="y", length=0)
    plain(axes)
    return axes


def _diamond(axes: Axes, total: Total, place: float) -> None:
    low, high = total.confidence
    if total.prediction is not None:
        axes.plot(
            total.prediction, (place, place), color=MODEL, lw=1.2, label="prediction interval"
        )
    x = (low, total.value, high, total.value)
    axes.fill(x, (place, place - 0.35, place, place + 0.35), color=MODEL, lw=0)


def _numbers(
    axes: Axes, places: Array, values: Sequence[float], ends: Sequence[tuple[float, float]]
) -> None:
    """Write estimates and intervals at the right, as many decimals as their range needs."""
    finite = [x for pair in [*ends, values] for x in pair if np.isfinite(x)]
    span = max(finite) - min(finite)
    decimals = int(max(0, 2 - np.floor(np.log10(span)))) if span > 0 else 2

    def word(number: float) -> str:
        return f"{number:z.{decimals}f}".replace("-", "\N{MINUS SIGN}")

    for place, value, (low, high) in zip(places, values, ends, strict=True):
        if not np.isfinite(value):
            continue
        text = word(value)
        if np.isfinite(low):
            text += f" [{word(low)}, {word(high)}]"
        axes.text(
            1.02,
            place,
            text,
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=7.5,
            color=INK,
        )
