"""Marginal means of factors: expectations on a grid of the moderators, averaged over the others.

The grid has every combination of the levels of all factors of the fixed part, numeric moderators at
one value; a mean is the average of its rows x'b (Searle, Speed & Milliken 1980,
10.1080/00031305.1980.10483031).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ...confidence import check_alpha
from ...summary import Summary, SummaryTable
from ..errors import DataError, FormulaError, UndefinedError
from ..model.columns import factor_levels, new_values, required_columns
from ..model.frame import Frame
from ..model.structures import Array
from .contrasts import contrast_table
from .fixed_effects import FixedInference

KINDS = ("pairwise", "reference", "mean")
WEIGHTS = ("equal", "proportional")


@dataclass(frozen=True, repr=False)
class MarginalMeans:
    """Means of the response at the levels of factors.

    Attributes
    ----------
    rows
        Each mean as a combination of the coefficients, shape (m, p).
    index
        Levels of the factors, one entry for each mean.
    at
        Values of the numeric moderators.
    weights
        How levels of the other factors were averaged.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccddee"), "v": 0.02, "kind": list("pq") * 5})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.2, 1.4, 1.5, 2.4, 2.7, 2.0, 2.1]
    >>> fit = mixed.fit("y ~ kind + (1 | work)", data, v="v")
    >>> means = fit.marginal_means("kind")
    >>> means.params.round(2).to_dict()
    {'p': 1.74, 'q': 1.94}
    >>> means.contrasts("reference")["estimate"].round(2).to_dict()
    {'q - p': 0.2}
    """

    rows: Array
    index: pd.Index[Any]
    at: Mapping[str, float]
    weights: str
    _inference: FixedInference

    def __repr__(self) -> str:
        names = ", ".join(str(name) for name in self.index.names)
        return f"MarginalMeans({names}, {len(self.index)} means)"

    @property
    def params(self) -> pd.Series[float]:
        """Estimates."""
        return pd.Series(self.rows @ self._inference.beta, self.index, name="params")

    def cov_params(self) -> pd.DataFrame:
        """Covariance of the estimates, labelled."""
        cov = self.rows @ self._inference.cov @ self.rows.T
        return pd.DataFrame(cov, self.index, self.index)

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors."""
        return pd.Series(np.sqrt(np.diag(self.cov_params())), self.index, name="bse")

    @cached_property
    def df(self) -> pd.Series[float]:
        """Degrees of freedom of each mean by the test of the fit."""
        return pd.Series(self._inference.df(self.rows), self.index, name="df")

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Intervals by t with ``df`` at 1 - alpha, columns lower and upper."""
        reach = stats.t.isf(check_alpha(alpha, UndefinedError) / 2, self.df) * self.bse
        return pd.DataFrame({"lower": self.params - reach, "upper": self.params + reach})

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Means with standard error, df and interval, one row each."""
        table = pd.DataFrame({"estimate": self.params, "se": self.bse, "df": self.df})
        return table.join(self.conf_int(alpha))

    def contrasts(
        self, kind: str = "pairwise", adjust: str = "holm", alpha: float = 0.05
    ) -> pd.DataFrame:
        """Differences of the means, with p-values adjusted for their number.

        Parameters
        ----------
        kind
            ``"pairwise"``, each mean less each one before it; ``"reference"``, each less the first;
            ``"mean"``, each less the average of all.
        adjust
            As in ``MixedFit.contrasts``; intervals are widened by Bonferroni unless ``"none"``.
        """
        m, words = len(self.index), [_word(level) for level in self.index]
        if m < 2:
            raise UndefinedError("one mean has no contrasts")
        each = np.eye(m)
        if kind == "mean":
            C, labels = each - 1 / m, [f"{word} - mean" for word in words]
        elif kind in ("pairwise", "reference"):
            pairs = [(i, j) for i, j in combinations(range(m), 2) if kind == "pairwise" or i == 0]
            C = np.array([each[j] - each[i] for i, j in pairs])
            labels = [f"{words[j]} - {words[i]}" for i, j in pairs]
        else:
            raise UndefinedError(f"kind {kind!r} is not known; use one of {', '.join(KINDS)}")
        return contrast_table(self._inference, C @ self.rows, labels, adjust, alpha)

    def summary(self, alpha: float = 0.05) -> Summary:
        """Means with intervals at 1 - alpha, and what they were averaged over."""
        names = ", ".join(str(name) for name in self.index.names)
        held = [f"{name} = {value:.4g}" for name, value in self.at.items()]
        head = [f"Marginal means of {names}, other factors averaged with {self.weights} weights"]
        if held:
            head.append(f"at {', '.join(held)}")
        title = f"Means with {100 - 100 * check_alpha(alpha, UndefinedError):g} % intervals"
        return Summary(head, [SummaryTable(title, self.to_frame(alpha))])


def _word(level: Any) -> str:
    return ", ".join(map(str, level)) if isinstance(level, tuple) else str(level)


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise DataError(f"at gives {value!r} for {name!r}; give one finite number")
    return number


def marginal_means(
    inference: FixedInference,
    factors: str | Sequence[str],
    at: Mapping[str, float] | None,
    weights: str,
) -> MarginalMeans:
    """Average the fit over a grid of its moderators; see ``MixedFit.marginal_means``."""
    frame = inference.frame
    asked = [factors] if isinstance(factors, str) else list(factors)
    if weights not in WEIGHTS:
        raise UndefinedError(f"weights {weights!r} are not known; use one of {', '.join(WEIGHTS)}")
    levels, numbers = _moderators(frame)
    for name in asked:
        if name not in levels:
            known = ", ".join(levels) or "none"
            raise FormulaError(f"{name!r} is no factor of the fixed part; factors are {known}")
    for name in at or {}:
        if name not in numbers:
            known = ", ".join(numbers) or "none"
            raise FormulaError(
                f"at names {name!r}, which is no numeric moderator; moderators are {known}"
            )
    values = {**numbers, **{name: _number(name, value) for name, value in (at or {}).items()}}
    rest = [name for name in levels if name not in asked]
    cells = [
        dict(zip((*asked, *rest), cell, strict=True))
        for cell in product(*(levels[name] for name in (*asked, *rest)))
    ]
    grid = pd.DataFrame(cells).assign(**values)
    X = new_values(frame.spec, grid, [str(i) for i in grid.index], "the grid of marginal means")
    groups = grid.groupby(asked if len(asked) > 1 else asked[0], sort=False).indices
    order = list(product(*(levels[name] for name in asked)))
    keys = order if len(asked) > 1 else [key[0] for key in order]
    share = _shares(grid, frame.data, rest) if weights == "proportional" else np.ones(len(grid))
    rows = np.array([np.average(X[groups[k]], axis=0, weights=share[groups[k]]) for k in keys])
    index: pd.Index[Any]
    if len(asked) > 1:
        index = pd.MultiIndex.from_tuples(order, names=asked)
    else:
        index = pd.Index(keys, name=asked[0])
    return MarginalMeans(rows, index, values, weights, inference)


def moderator_rows(frame: Frame, name: str, at: Array | None = None) -> Array:
    """Give expectations along a numeric moderator as combinations of the coefficients (g, p).

    Other numeric moderators are at their means; levels of factors are averaged in proportion to
    their rows.

    Parameters
    ----------
    frame
        The rows of the fit.
    name
        The moderator.
    at
        Its values (g,), those of the rows unless given.

    Raises
    ------
    UndefinedError
        If it is no numeric moderator of the fixed part.
    """
    levels, numbers = _moderators(frame)
    if name not in numbers:
        known = ", ".join(numbers) or "none"
        raise UndefinedError(f"{name!r} is no numeric moderator; moderators are {known}")
    values = frame.data[name].to_numpy(dtype=float) if at is None else at
    cells = pd.DataFrame(list(product(*levels.values())), columns=list(levels))
    share = _shares(cells, frame.data, list(levels))
    whole = pd.DataFrame({name: values}).merge(cells, how="cross")
    grid = whole.assign(**{k: v for k, v in numbers.items() if k != name})
    X = new_values(frame.spec, grid, [str(i) for i in grid.index], f"the line over {name!r}")
    return np.average(X.reshape(len(values), len(cells), -1), axis=1, weights=share)


def _moderators(frame: Frame) -> tuple[dict[str, list[Any]], dict[str, float]]:
    """Levels of each factor of the fixed part, and the mean of each numeric moderator."""
    if frame.spec is None:
        return {}, {}
    levels = factor_levels(frame.spec, list(frame.data.columns))
    numbers: dict[str, float] = {}
    for name in required_columns(frame.spec):
        column = frame.data[name]
        if name not in levels and column.dtype == bool:
            levels[name] = [False, True]
        elif name not in levels:
            numbers[name] = float(column.mean())
    return levels, numbers


def _shares(grid: pd.DataFrame, data: pd.DataFrame, rest: list[str]) -> Array:
    """Share of the data's rows that have the levels of each row of the grid in other factors."""
    if not rest:
        return np.ones(len(grid))
    counts = data.groupby(rest, observed=True).size().rename("rows").reset_index()
    return np.asarray(grid.merge(counts, on=rest, how="left")["rows"].fillna(0), dtype=float)
