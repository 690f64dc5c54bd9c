"""Data of funnel, radial and Baujat plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import norm

from ...summary import Summary, SummaryTable
from ..errors import UndefinedError
from ..inference.residuals import fixed_residuals, marginal_variance
from ..likelihoods.gaussian import Evaluation, Likelihood
from ..model.frame import Frame
from ..model.structures import Array
from .deletion import Deletion

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class FunnelData:
    """Points and limits of a funnel plot (Sterne & Egger 2001, 10.1016/S0895-4356(01)00377-8).

    Attributes
    ----------
    points
        For each row: response, se (root of its sampling variance), residual.
    centre
        Estimated mean, or 0 with moderators, where the residuals are to be drawn.
    centred
        Whether the model is a mean alone, so that the responses are drawn and not the residuals.
    limits
        Lower and upper limit of rows without heterogeneity (``lower``, ``upper``) and with the
        estimated heterogeneity (``lower_total``, ``upper_total``) on a grid of se.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> fit = mixed.fit("y ~ 1 + (1 | work)", data, v="v")
    >>> funnel = fit.diagnostics.funnel()
    >>> funnel.points.columns.tolist()
    ['response', 'se', 'residual']
    >>> round(funnel.centre, 3)
    1.775
    """

    points: pd.DataFrame
    centre: float
    centred: bool
    limits: pd.DataFrame

    def __repr__(self) -> str:
        return f"FunnelData({len(self.points)} rows around {self.centre:.4g})"

    def to_frame(self) -> pd.DataFrame:
        """Return the points, a row each."""
        return self.points.copy()

    def summary(self) -> Summary:
        """Give the centre, and count the rows outside each pair of limits."""
        shown = self.points["response" if self.centred else "residual"]
        rows = {}
        for word, end in (("no heterogeneity", ""), ("estimated heterogeneity", "_total")):
            low, high = (
                np.interp(self.points["se"], self.limits["se"], self.limits[f"{side}{end}"])
                for side in ("lower", "upper")
            )
            rows[f"outside the limits of {word}"] = int(((shown < low) | (shown > high)).sum())
        head = f"Funnel of {len(self.points)} rows around {self.centre:.4g}"
        return Summary([head], [SummaryTable("", pd.DataFrame({"rows": rows}))])

    def plot(self, axes: Axes | None = None) -> Figure:
        """Funnel plot: response (with moderators: residual) against standard error.

        Parameters
        ----------
        axes
            Where to draw; a new figure unless given.
        """
        from ..drawing.funnel import funnel
        from ..drawing.style import figure_of

        word = "response" if self.centred else "residual"
        shown = self.points[word].to_numpy()
        se = self.points["se"].to_numpy()
        return figure_of(funnel(shown, se, self.centre, self.limits, name=word, axes=axes))


def funnel_data(
    frame: Frame, likelihood: Likelihood, at: Evaluation, alpha: float, size: int = 41
) -> FunnelData:
    """Funnel of a fit with known sampling variances; see :class:`FunnelData`."""
    v = sampling_variances(frame, "a funnel plot")
    residual = fixed_residuals(likelihood, at)
    points = pd.DataFrame(
        {"response": frame.y, "se": np.sqrt(v), "residual": residual}, list(frame.labels)
    )
    lone = frame.names == ("Intercept",)
    centre = float(frame.y[0] - residual[0]) if lone else 0.0
    extra = float(np.median(marginal_variance(frame, at.theta) - v))
    se = np.linspace(0.0, float(np.sqrt(v.max())), size)
    z = norm.isf(alpha / 2)
    total = z * np.sqrt(se**2 + extra)
    limits = pd.DataFrame(
        {
            "se": se,
            "lower": centre - z * se,
            "upper": centre + z * se,
            "lower_total": centre - total,
            "upper_total": centre + total,
        }
    )
    return FunnelData(points, centre, lone, limits)


def radial_data(frame: Frame, theta: Array) -> pd.DataFrame:
    """Radial plot (Galbraith 1988, 10.1002/sim.4780070807): x = 1/sd, z = response/sd.

    sd is the root of the row's marginal variance; the slope through the origin is the mean of a
    two-level model.
    """
    sampling_variances(frame, "a radial plot")
    sd = np.sqrt(marginal_variance(frame, theta))
    return pd.DataFrame({"x": 1 / sd, "z": frame.y / sd}, list(frame.labels))


def baujat_data(
    frame: Frame, likelihood: Likelihood, at: Evaluation, deletion: Deletion
) -> pd.DataFrame:
    """Baujat plot (Baujat et al. 2002, 10.1002/sim.1221) from a deletion of single rows.

    ``heterogeneity`` is the squared Pearson residual (y_i - x_i b)^2 / M_ii; ``influence`` is
    (x_i b - x_i b_(i))^2 / Var(x_i b_(i)).
    """
    if deletion.by != "row":
        raise UndefinedError("a Baujat plot takes the deletion of single rows")
    residual = fixed_residuals(likelihood, at)
    fitted = frame.y - residual
    without = np.einsum("np,np->n", frame.X, deletion.params.to_numpy())
    left_se = deletion.bse.to_numpy()
    if frame.X.shape[1] != 1:
        raise UndefinedError(
            "a Baujat plot is drawn for a model with one coefficient; with moderators use "
            "dffits of deletion()"
        )
    variance = (frame.X[:, 0] * left_se[:, 0]) ** 2
    return pd.DataFrame(
        {
            "heterogeneity": residual**2 / marginal_variance(frame, at.theta),
            "influence": (fitted - without) ** 2 / variance,
        },
        list(frame.labels),
    )


def sampling_variances(frame: Frame, what: str) -> Array:
    """Give the sampling variances of all rows.

    Raises
    ------
    UndefinedError
        Where a row has none.
    """
    v = frame.V.diagonal
    if not frame.V.given or (v <= 0).any():
        bare = frame.labels[int(np.argmin(v))]
        raise UndefinedError(
            f"{what} needs a sampling variance above zero in every row; row {bare} has none"
        )
    return v
