"""Mixed-effects models with known sampling covariance: meta-analysis and plain mixed models.

``fit(formula, data, v=... or V=...)`` fits y = X b + random effects + sampling error by ML or REML
and returns a :class:`MixedFit`, whose variance components carry profile-likelihood intervals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .errors import MixedError

if TYPE_CHECKING:
    import pandas as pd

    from .result import MixedFit

__all__ = ["MixedError", "MixedFit", "fit"]


def fit(
    formula: str,
    data: pd.DataFrame,
    *,
    v: Any = None,
    V: Any = None,
    method: str = "REML",
    test: str = "satterthwaite",
    residual: bool | None = None,
    correlations: Mapping[str, Any] | None = None,
    row_weights: Mapping[str, Any] | None = None,
    scale: Mapping[str, str] | None = None,
    split: bool = False,
) -> MixedFit:
    """Fit a mixed-effects model with known sampling covariance.

    Parameters
    ----------
    formula
        ``"y ~ moderators + (1 | work/preparation) + (1 | system)"``; random terms as described in
        :mod:`metastudy.mixed.formula`, the rest in formulaic's language.
    data
        One row for each observation, without missing values in the columns used.
    v
        Sampling variances: a column name or an array (n,). A missing value means that the row
        reports no spread; it stays in beside a record-level effect.
    V
        Sampling covariance instead of ``v``: array (n, n), sparse array, or list of blocks in row
        order. It may be singular where random effects make up for it.
    method
        ``"REML"`` (default) or ``"ML"``.
    test
        ``"satterthwaite"`` (default), ``"contain"``, ``"residual"`` or ``"z"``.
    residual
        Whether each row has an effect of its own (component ``"residual"``); by default only
        where neither ``v`` nor ``V`` is given.
    correlations
        Known correlation between the levels of a grouping, by its name: a data frame labelled with
        the levels, or an array in order of first appearance.
    row_weights
        Known factor on a term's variance in each row, by the term's name, such as 1/n for a row
        that is the mean of n samples.
    scale
        Moderators of the log variance of a term, by its name (location-scale model).
    split
        Refuse to merge components that the rows cannot tell apart.

    Raises
    ------
    MixedError
        A subclass for each kind: FormulaError, DataError, IdentifiabilityError, ConvergenceError.
    """
    from .errors import UndefinedError
    from .fitting import maximise, starting_values
    from .frame import build_frame
    from .identifiability import merge_components
    from .likelihood import Likelihood
    from .result import TESTS, MixedFit

    if method not in ("REML", "ML"):
        raise UndefinedError(f"method {method!r} is not known here; use 'REML' or 'ML'")
    if test not in TESTS:
        raise UndefinedError(f"test {test!r} is not known; use one of {', '.join(TESTS)}")
    frame = build_frame(formula, data, v, V, residual, correlations, row_weights, scale)
    frame, merged = merge_components(frame, split)
    likelihood = Likelihood(frame.y, frame.X, frame.terms, frame.V, method == "REML")
    optimum = maximise(likelihood, starting_values(likelihood))
    return MixedFit(frame, likelihood, optimum, method, test, merged)


def __getattr__(name: str) -> Any:
    if name == "MixedFit":
        from .result import MixedFit

        return MixedFit
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
