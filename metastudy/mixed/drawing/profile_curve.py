"""Profile curves: how far the log-likelihood drops where one parameter is held."""

from __future__ import annotations

from matplotlib.axes import Axes
from scipy.stats import chi2

from .style import DATA, INK, MODEL, QUIET, Array, own_axes, plain


def profile_curve(
    value: Array,
    drop: Array,
    estimate: float,
    ends: tuple[float, float],
    *,
    name: str,
    alpha: float = 0.05,
    axes: Axes | None = None,
) -> Axes:
    """Draw a profile of the log-likelihood with the interval that it gives.

    Parameters
    ----------
    value, drop
        Values of the parameter, ascending, and the drop of the log-likelihood there, from 0 up.
    estimate
        Where the drop is 0.
    ends
        Ends of the interval.
    name
        What the parameter is, for the axis.
    alpha
        Share outside the interval.
    axes
        Where to draw; a new figure unless given.
    """
    axes = own_axes(axes, 4.6, 3.2)
    cut = 0.5 * float(chi2.isf(alpha, 1))
    axes.plot(value, -drop, color=DATA, lw=1.6)
    axes.axhline(-cut, color=QUIET, lw=0.9, ls="--")
    axes.plot(ends, (-cut, -cut), color=MODEL, lw=2.4, solid_capstyle="butt")
    axes.plot([estimate], [0.0], "o", ms=5, color=MODEL)
    axes.annotate(
        f"{100 - 100 * alpha:g} %: {ends[0]:.3g} to {ends[1]:.3g}",
        (ends[0] if ends[0] > value[0] else value[0], -cut),
        xytext=(2, -12),
        textcoords="offset points",
        fontsize=8,
        color=INK,
    )
    axes.set_ylim(-1.9 * cut, 0.12 * cut)
    axes.set_xlim(value[0], value[-1])
    axes.set_xlabel(name)
    axes.set_ylabel("log-likelihood,\nless its maximum")
    plain(axes)
    return axes
