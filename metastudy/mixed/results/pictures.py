"""Pictures of a fit: what each needs from the fit, handed to the drawing functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import UndefinedError
from ..inference.marginal_means import moderator_rows
from ..inference.prediction import new_rows_are_alike, predict_rows, random_effects
from ..inference.residuals import marginal_variance
from .coefficients import FixedPart

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..drawing.forest import Total

KINDS = ("forest", "regression", "caterpillar")
GRID = 81
"""Points of a fitted line."""


def draw(
    fit: FixedPart, kind: str, of: str | None, by: str | None, alpha: float, axes: Axes | None
) -> Axes:
    """Draw one kind of picture; see :meth:`metastudy.mixed.MixedFit.plot`."""
    if kind == "forest":
        return _forest(fit, of, alpha, axes)
    if kind == "regression":
        return _regression(fit, of, by, alpha, axes)
    if kind == "caterpillar":
        return _caterpillar(fit, of, alpha, axes)
    raise UndefinedError(f"kind {kind!r} of picture is not known; use one of {', '.join(KINDS)}")


def _forest(fit: FixedPart, of: str | None, alpha: float, axes: Axes | None) -> Axes:
    from ..drawing.forest import forest

    V = fit.frame.V
    unknown = V.unreported if V.given else np.ones(fit.nobs, dtype=bool)
    se = np.where(unknown, np.nan, np.sqrt(V.diagonal))
    totals = _totals(fit, of, alpha)
    fitted = None if totals else fit.frame.X @ fit.params.to_numpy()
    name, labels = fit.frame.formula.response, list(fit.frame.labels)
    return forest(labels, fit.frame.y, se, fitted, totals, name=name, alpha=alpha, axes=axes)


def _totals(fit: FixedPart, of: str | None, alpha: float) -> list[Total]:
    """Means of a factor's levels, or the mean of a model that has no moderators."""
    from ..drawing.forest import Total

    if of is not None:
        means = fit.marginal_means(of).to_frame(alpha)
        return [
            Total(str(level), row["estimate"], (row["lower"], row["upper"]))
            for level, row in means.iterrows()
        ]
    if fit.frame.names != ("Intercept",):
        return []
    row = fit.to_frame(alpha).iloc[0]
    new = fit.predict(interval="prediction", alpha=alpha).iloc[0]
    return [
        Total(
            "mean\n(line: a new row)",
            float(row["estimate"]),
            (float(row["lower"]), float(row["upper"])),
            (float(new["lower"]), float(new["upper"])),
        )
    ]


def _regression(
    fit: FixedPart, of: str | None, by: str | None, alpha: float, axes: Axes | None
) -> Axes:
    from ..drawing.regression import GROUPS, Line, regression

    if of is None:
        raise UndefinedError("a regression is drawn over a moderator; name it with of=")
    frame = fit.frame
    own = moderator_rows(frame, of)
    x = frame.data[of].to_numpy(dtype=float)
    at = np.linspace(x.min(), x.max(), GRID)
    rows = moderator_rows(frame, of, at)
    mean = predict_rows(fit.inference, rows, "confidence", alpha)
    new = None
    if new_rows_are_alike(frame):
        new = predict_rows(fit.inference, rows, "prediction", alpha)[["lower", "upper"]]
    line = Line(
        at,
        mean["prediction"].to_numpy(),
        mean[["lower", "upper"]].to_numpy().T,
        None if new is None else new.to_numpy().T,
    )
    groups = None
    if by is not None:
        if by not in frame.data.columns:
            raise UndefinedError(f"by names {by!r}, which is no column of the data")
        groups = [str(value) for value in frame.data[by]]
        if len(set(groups)) > len(GROUPS):
            raise UndefinedError(
                f"{by!r} has {len(set(groups))} groups; up to {len(GROUPS)} differ"
            )
    adjusted = frame.y + (own - frame.X) @ fit.params.to_numpy()
    alone = np.allclose(own, frame.X)
    word = frame.formula.response + ("" if alone else ",\nother moderators held")
    weight = 1 / marginal_variance(frame, fit.optimum.theta)
    return regression(
        x, adjusted, weight, line, names=(of, word), groups=groups, group_name=by or "", axes=axes
    )


def _caterpillar(fit: FixedPart, of: str | None, alpha: float, axes: Axes | None) -> Axes:
    from ..drawing.caterpillar import caterpillar

    effects = random_effects(fit.frame, fit.likelihood, fit.optimum.evaluation)
    known = ", ".join(map(repr, effects)) or "none"
    if of is None and len(effects) == 1:
        (of,) = effects
    if of is None or of not in effects:
        raise UndefinedError(f"of is {of!r}; name a grouping of the model: {known}")
    table = effects[of]
    if table.index.names[-1] == "effect":
        raise UndefinedError(
            f"{of!r} has several effects a level; draw those of one with "
            "metastudy.mixed.drawing.caterpillar"
        )
    labels = [
        ", ".join(map(str, level)) if isinstance(level, tuple) else str(level)
        for level in table.index
    ]
    return caterpillar(
        labels,
        table["effect"].to_numpy(),
        table["se"].to_numpy(),
        name=f"effect of {of}",
        alpha=alpha,
        axes=axes,
    )
