"""A standard deviation that differs between units: its root mean square, with profile intervals."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Unpack

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2, t

from metastudy.confidence import check_alpha
from metastudy.summary import Summary, SummaryTable

from ..arguments import check_keywords, check_rng
from ..errors import DataError, UndefinedError
from ..likelihoods.random_scale import RandomScaleLikelihood
from ..model.frame import Frame, build_frame
from ..model.frame_arguments import ScaleArguments
from ..model.structures import Array

LARGEST_LOG_SD = 1.5
"""Largest spread of log standard deviations that is searched: a factor 20 between two units one
standard deviation above and below the middle. Few units set no upper limit of their own."""
SEARCHED = np.linspace(0.0, LARGEST_LOG_SD, 31)
REFINEMENTS, WITHIN_A_BRACKET = 2, 13
"""The best of these points is refined twice on this many more: many points cost as much as one."""


@dataclass(frozen=True, repr=False)
class RandomScaleFit:
    """A random term whose log standard deviation is normal between units.

    Attributes
    ----------
    frame
        What the model was fitted to.
    likelihood
        Log-likelihood of the median log standard deviation and its spread.
    unit_names
        Units in the order of the likelihood.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> fit = mixed.fit_random_scale("y ~ 1 + (1 | work)", data, by="work", v="v")
    >>> sorted(fit.unit_names)
    ['a', 'b', 'c', 'd']
    """

    frame: Frame
    likelihood: RandomScaleLikelihood = field(repr=False)
    unit_names: tuple[Any, ...]

    @property
    def nobs(self) -> int:
        """Number of rows."""
        return self.frame.nobs

    @cached_property
    def _best(self) -> tuple[float, float, float]:
        """Log root mean square, its omega and the log-likelihood at the maximum."""
        grid = self.likelihood.log_sd
        coarse = grid[::2]
        both = self.likelihood.llf(
            (coarse[:, None] - SEARCHED**2).ravel(), np.tile(SEARCHED, coarse.size)
        )
        k = int(np.argmax(both.reshape(coarse.size, -1).max(axis=1)))
        around = coarse[max(k - 1, 0)], coarse[min(k + 1, coarse.size - 1)]
        found = minimize_scalar(
            lambda x: -self._profiled(float(x))[0], bounds=around, method="bounded"
        )
        at = float(found.x)
        if k == 0 or self._profiled(float(grid[0]))[0] >= -found.fun - 1e-9:
            at = float(grid[0])
        llf, omega = self._profiled(at)
        return at, omega, llf

    def _llf(self, log_median: float, omega: float) -> float:
        return float(self.likelihood.llf(np.array([log_median]), np.array([omega]))[0])

    def _profiled(self, log_rms: float) -> tuple[float, float]:
        """Greatest log-likelihood over omega at a root mean square s = e^(m + omega^2)."""
        omegas = SEARCHED
        for _ in range(REFINEMENTS + 1):
            values = self.likelihood.llf(log_rms - omegas**2, omegas)
            k = int(np.argmax(values))
            best = float(values[k]), float(omegas[k])
            ends = omegas[max(k - 1, 0)], omegas[min(k + 1, omegas.size - 1)]
            omegas = np.linspace(*ends, WITHIN_A_BRACKET)
        return best

    @property
    def llf(self) -> float:
        """Log-likelihood at the maximum; restricted where the model has an intercept."""
        return self._best[2]

    @property
    def params(self) -> pd.Series[float]:
        """``sd``, the root mean square over units, and ``log_sd``, the spread of log SDs."""
        at, omega, _ = self._best
        lowest = at <= self.likelihood.log_sd[0]
        return pd.Series({"sd": 0.0 if lowest else float(np.exp(at)), "log_sd": omega})

    @cached_property
    def equal(self) -> tuple[float, float]:
        """Standard deviation and log-likelihood where all units have the same."""
        grid = self.likelihood.log_sd
        values = self.likelihood.llf(grid, np.zeros(grid.size))
        k = int(np.argmax(values))
        bounds = grid[max(k - 1, 0)], grid[min(k + 1, grid.size - 1)]
        found = minimize_scalar(
            lambda x: -self._llf(x, 0.0),
            bounds=bounds,
            method="bounded",
        )
        return (0.0 if k == 0 else float(np.exp(found.x))), float(-found.fun)

    def profile(self, sd: Array) -> pd.DataFrame:
        """Profile of the root mean square: drop of 2 log L at each ``sd``, and the best omega."""
        sd = np.asarray(sd, dtype=float)
        if sd.ndim != 1 or not (np.isfinite(sd) & (sd > 0)).all():
            raise UndefinedError("sd must be a list of standard deviations above 0")
        found = [self._profiled(float(x)) for x in np.log(sd)]
        return pd.DataFrame(
            {"drop": [2 * (self.llf - v) for v, _ in found], "log_sd": [w for _, w in found]},
            index=pd.Index(sd, name="sd"),
        )

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Profile-likelihood intervals, index ``sd`` and ``log_sd``, columns lower, upper.

        ``sd`` ends where the profile has dropped by ``critical_drop``, ``log_sd`` by the quantile
        of chi-square. An upper end is infinite where the rows set none.
        """
        chi_square = float(chi2.ppf(1 - check_alpha(alpha, UndefinedError), 1)) / 2
        drop = critical_drop(len(self.unit_names), alpha) / 2
        at, omega, best = self._best
        grid = self.likelihood.log_sd

        def above(x: float) -> float:
            return self._profiled(x)[0] - best + drop

        low, high = 0.0, np.inf
        if above(float(grid[0])) < 0:
            low = float(np.exp(brentq(above, float(grid[0]), at, xtol=1e-6)))
        if above(float(grid[-1])) < 0:
            high = float(np.exp(brentq(above, at, float(grid[-1]), xtol=1e-6)))
        spread = np.array([self._over_median(float(w)) for w in SEARCHED]) - best + chi_square
        inside = SEARCHED[spread >= 0] if (spread >= 0).any() else np.array([omega])
        step = SEARCHED[1]
        ends = (
            self._spread_end(float(inside[0]) - step, float(inside[0]), best - chi_square),
            self._spread_end(float(inside[-1]) + step, float(inside[-1]), best - chi_square),
        )
        return pd.DataFrame([(low, high), ends], index=["sd", "log_sd"], columns=["lower", "upper"])

    def _over_median(self, omega: float) -> float:
        grid = self.likelihood.log_sd
        return float(np.max(self.likelihood.llf(grid, np.full(grid.size, omega))))

    def _spread_end(self, outside: float, inside: float, least: float) -> float:
        if outside < 0 or outside > LARGEST_LOG_SD:
            return float(np.clip(outside, 0.0, LARGEST_LOG_SD))

        def above(omega: float) -> float:
            return self._over_median(omega) - least

        if above(outside) >= 0 or above(inside) <= 0:
            return inside
        return float(brentq(above, outside, inside, xtol=1e-5))

    @cached_property
    def units(self) -> pd.DataFrame:
        """Each unit alone: rows, bounded rows, and its own standard deviation (0 where least)."""
        grid = self.likelihood.log_sd
        rows = []
        centre = self.likelihood.intercepts.size // 2
        for name, unit, table in zip(
            self.unit_names, self.likelihood.units, self.likelihood.tables, strict=True
        ):
            own = table[centre]
            k = int(np.argmax(own))
            edge = k in (0, grid.size - 1)
            sd = float(np.exp(grid[k])) if not edge else (0.0 if k == 0 else np.inf)
            bounded = int((~np.isfinite(self.frame.y[unit.rows])).sum())
            rows.append({"unit": name, "rows": unit.rows.size, "bounded": bounded, "sd": sd})
        return pd.DataFrame(rows).set_index("unit")

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Estimates with their intervals: estimate, lower, upper."""
        return pd.concat([self.params.rename("estimate"), self.conf_int(alpha)], axis=1)

    def summary(self, alpha: float = 0.05) -> Summary:
        """Both parameters, and each unit's own standard deviation."""
        sd, llf = self.equal
        head = [
            self.frame.formula.text,
            f"{self.nobs} rows in {len(self.unit_names)} units, log-likelihood {self.llf:.4f}",
            f"with one standard deviation for all units: {sd:.4g}, log-likelihood {llf:.4f}",
        ]
        level = 100 * (1 - alpha)
        tables = [
            SummaryTable(
                f"Standard deviation: root mean square over units, spread of its logarithm "
                f"({level:g} % profile)",
                self.to_frame(alpha),
            ),
            SummaryTable("Each unit alone", self.units),
        ]
        return Summary(head, tables)

    def __repr__(self) -> str:
        units = len(self.unit_names)
        return f"RandomScaleFit({self.nobs} rows, {units} units, sd {self.params['sd']:.4g})"


def critical_drop(units: int, alpha: float = 0.05) -> float:
    """Drop of twice the log-likelihood at the ends of the interval of ``sd``.

    n ln(1 + t^2 / (n - 1)) with Student's t of n - 1 degrees of freedom: that of the mean of n
    normal log standard deviations, which is right where each unit's own is well known. With few
    units it is above the quantile of chi-square, to which it falls as their number grows.

    Parameters
    ----------
    units
        Number n of units, 2 or more.
    alpha
        One minus the level.
    """
    square = float(t.ppf(1 - alpha / 2, units - 1)) ** 2
    return float(units * np.log1p(square / (units - 1)))


def fit_random_scale(
    formula: str,
    data: pd.DataFrame,
    *,
    by: str,
    rng: np.random.Generator | None = None,
    **given: Unpack[ScaleArguments],
) -> RandomScaleFit:
    """Fit one random term whose standard deviation differs between units, such as works.

    The log standard deviation is normal between units. The estimand is the root mean square over
    units, which equals the standard deviation of a plain fit where all units have the same.

    Parameters
    ----------
    formula
        One random term beside an intercept or nothing, such as
        ``"y ~ 0 + (1 | mm(treated, reference, weights=(1, -1)))"``.
    data, v, V, lower, upper
        As in :func:`metastudy.mixed.fit`.
    by
        Column that names the units; they share neither levels nor sampling errors.
    rng
        Draws the points of the probabilities of bounded rows, the same for every fit unless given.

    Raises
    ------
    MixedError
        UndefinedError for another model; DataError where units share something;
        IdentifiabilityError where no row is exact.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> fit = mixed.fit_random_scale("y ~ 1 + (1 | work)", data, by="work", v="v")
    >>> fit.params.index.tolist()
    ['sd', 'log_sd']
    """
    check_keywords(given, ScaleArguments, "mixed.fit_random_scale")
    if rng is not None:
        check_rng(rng)
    frame = build_frame(formula, data, residual=False, **given)
    plain = [term for term in frame.terms if len(term.parameters) == 1]
    if len(frame.terms) != 1 or not plain or frame.names not in ((), ("Intercept",)):
        raise UndefinedError(
            f"{formula!r}: give one random term of one variance beside '0' or '1', as in "
            "'y ~ 0 + (1 | mm(treated, reference, weights=(1, -1)))'"
        )
    codes, names = unit_codes(by, frame)
    likelihood = RandomScaleLikelihood(frame, codes, rng or np.random.default_rng(0))
    return RandomScaleFit(frame, likelihood, names)


def unit_codes(by: Any, frame: Frame) -> tuple[Any, tuple[Any, ...]]:
    """Give each row the number of its unit, named by a column of the data.

    Raises
    ------
    DataError
        If there is no such column, or it has fewer than two units.
    """
    if by not in frame.data.columns:
        raise DataError(f"by={by!r} is no column of the data")
    codes, names = pd.factorize(frame.data[by])
    if (codes < 0).any():
        raise DataError(f"by={by!r} is missing in row {frame.labels[int(np.argmin(codes))]}")
    if len(names) < 2:
        raise DataError(f"by={by!r} has one unit; standard deviations of units need two or more")
    return codes, tuple(names)
