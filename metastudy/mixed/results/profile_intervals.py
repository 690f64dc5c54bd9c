"""The variance components of a fit with their profile-likelihood intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ...confidence import check_alpha
from ..arguments import check_count
from ..errors import UndefinedError
from ..inference.degrees_of_freedom import component_df
from ..model.identifiability import check_component_names
from ..model.terms import parameter_slices
from ..optimise.moments import MOMENTS, q_profile
from ..optimise.profile_likelihood import (
    VarianceProfile,
    interval,
    sd_profile,
    share_profile,
    sum_profile,
    variance_profile,
)
from .fitted_model import FittedModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ProfiledComponents:
    """Variance components, and intervals of each, of their sums and of their shares.

    Attributes
    ----------
    model
        The fit.
    """

    model: FittedModel

    @property
    def sigma2(self) -> pd.Series[float]:
        """Variance components by name."""
        return self.model.sigma2

    @cached_property
    def df(self) -> pd.Series[float]:
        """Degrees of freedom of each grouping beyond the fixed part, coarser and crossed ones.

        The rank that its levels add; missing above 3,000 rows.
        """
        frame = self.model.frame
        values = component_df(frame.X, frame.terms)
        names = [term.name for term in frame.terms]
        return pd.Series([np.nan if x is None else float(x) for x in values], names, name="df")

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Profile-likelihood intervals of the variance components, columns lower and upper.

        The fitted criterion is profiled; the lower end is 0 where its drop at 0 is too small.
        Fits by moments have the Q-profile interval instead.
        """
        alpha = check_alpha(alpha, UndefinedError)
        if alpha not in self._intervals:
            if self.model.method in MOMENTS:
                rows = [q_profile(self.model.frame, alpha)]
            else:
                rows = [
                    self._variance_interval(j, alpha)
                    for j, p in enumerate(self.model.likelihood.parameters)
                    if p.kind in ("variance", "sd")
                ]
            self._intervals[alpha] = pd.DataFrame(
                rows, self.sigma2.index, ["lower", "upper"], dtype=float
            )
        return self._intervals[alpha].copy()

    @cached_property
    def _intervals(self) -> dict[float, pd.DataFrame]:
        """The intervals that were computed, by alpha."""
        return {}

    def sum_conf_int(self, components: Sequence[str], alpha: float = 0.05) -> tuple[float, float]:
        """Profile-likelihood interval of the sum of the named variance components."""
        alpha = check_alpha(alpha, UndefinedError)
        members = self._variance_numbers(components, "a sum")
        profile = sum_profile(self.model.likelihood, self.model.optimum, members)
        return interval(profile, alpha, scale=self._scale)

    def share_conf_int(
        self, components: Sequence[str], alpha: float = 0.05, of: Sequence[str] | None = None
    ) -> tuple[float, float]:
        """Profile-likelihood interval of (sum of the named components) / (sum of ``of``).

        ``of`` is all components unless named; it must hold the others.
        """
        alpha = check_alpha(alpha, UndefinedError)
        members = self._variance_numbers(components, "a share")
        names = self.model.component_names if of is None else of
        whole = self._variance_numbers(names, "a share")
        if not set(members) <= set(whole):
            raise UndefinedError("a share's components must be among those it is a share of")
        if self.model.optimum.theta[whole].sum() <= 0:
            raise UndefinedError("a share is not defined: all components are estimated as zero")
        if set(members) == set(whole):
            return 1.0, 1.0
        profile = share_profile(self.model.likelihood, self.model.optimum, members, whole)
        return interval(profile, alpha, upper_limit=1.0)

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Variance components with sd, profile interval and levels, one row each."""
        table = pd.DataFrame({"variance": self.sigma2, "sd": np.sqrt(self.sigma2)})
        levels = [
            term.n_groups
            for term in self.model.frame.terms
            for p in term.parameters
            if p.kind in ("variance", "sd")
        ]
        return table.join(self.conf_int(alpha)).assign(levels=levels)

    def profile(self, component: str, alpha: float = 0.05, points: int = 31) -> pd.DataFrame:
        """Profile of the log-likelihood over one standard deviation.

        Parameters
        ----------
        component
            Its name.
        alpha
            Share outside the interval, a little beyond which the curve ends.
        points
            Points of the curve.

        Returns
        -------
        pandas.DataFrame
            ``sd`` and ``drop`` (of the log-likelihood below its maximum), ascending in sd.

        Raises
        ------
        UndefinedError
            If there is no such component, or the fit is one by moments.
        """
        check_component_names([component], self.model.component_names, self.model.merged)
        if self.model.method in MOMENTS:
            raise UndefinedError(
                f"a fit by {self.model.method} maximises no likelihood, so it has no profile"
            )
        j = self.model.parameter_names.index(component)
        curve, value_of = self._profile_of(j)
        low, high = np.sqrt(self.conf_int(alpha).loc[component])
        middle = float(np.sqrt(self.sigma2[component]))
        if not np.isfinite(high):
            high = 4 * middle
        grid = np.linspace(0.7 * low, high + 0.15 * (high - low), check_count(points, "points"))
        drops = np.full(grid.size, np.nan)
        for side in (np.flatnonzero(grid >= middle), np.flatnonzero(grid < middle)[::-1]):
            warm = curve.optimum.theta
            for i in side:
                found = curve.at(value_of(float(grid[i])), warm)
                if found is not None:
                    drops[i], warm = max(found[0], 0.0), found[2]
        return pd.DataFrame({"sd": grid, "drop": drops})

    def plot(
        self,
        component: str | None = None,
        alpha: float = 0.05,
        *,
        points: int = 31,
        axes: Axes | None = None,
    ) -> Figure:
        """Draw the profile of a component's standard deviation with its interval.

        Parameters
        ----------
        component
            Its name; may be left out where there is one.
        alpha, points
            As in ``profile``.
        axes
            Where to draw; a new figure unless given.
        """
        from ..drawing.profile_curve import profile_curve
        from ..drawing.style import figure_of

        names = self.model.component_names
        if component is None and len(names) == 1:
            (component,) = names
        if component is None:
            raise UndefinedError(f"name a component to draw: {', '.join(map(repr, names))}")
        curve = self.profile(component, alpha, points)
        low, high = np.sqrt(self.conf_int(alpha).loc[component])
        drawn = profile_curve(
            curve["sd"].to_numpy(),
            curve["drop"].to_numpy(),
            float(np.sqrt(self.sigma2[component])),
            (float(low), float(high)),
            name=f"sd of {component}",
            alpha=alpha,
            axes=axes,
        )
        return figure_of(drawn)

    def _variance_interval(self, j: int, alpha: float) -> tuple[float, float]:
        likelihood = self.model.likelihood
        curve, value_of = self._profile_of(j)
        if likelihood.parameters[j].kind == "sd":
            factor = value_of(1.0)
            low, high = interval(curve, alpha, scale=float(likelihood.typical_sizes[j]) * factor)
            return (low / factor) ** 2, (high / factor) ** 2
        return interval(curve, alpha, scale=self._scale)

    def _profile_of(self, j: int) -> tuple[VarianceProfile, Callable[[float], float]]:
        """Profile of entry j of theta, and its value there at a standard deviation."""
        likelihood, optimum = self.model.likelihood, self.model.optimum
        if likelihood.parameters[j].kind != "sd":
            return variance_profile(likelihood, optimum, j), lambda sd: sd**2
        places = parameter_slices(likelihood.terms)
        k = next(k for k, place in enumerate(places) if place.start <= j < place.stop)
        curve, factor = sd_profile(likelihood, optimum, k, j - places[k].start)
        return curve, lambda sd: sd * factor

    def _variance_numbers(self, components: Sequence[str], what: str) -> list[int]:
        """Positions in theta of named components that are plain variances."""
        check_component_names(components, self.model.component_names, self.model.merged)
        numbers = [self.model.parameter_names.index(name) for name in components]
        for j in numbers:
            if self.model.likelihood.parameters[j].kind != "variance":
                raise UndefinedError(
                    f"{what} needs components that are plain variances, but "
                    f"{self.model.parameter_names[j]!r} belongs to a structure with correlations"
                )
        return numbers

    @cached_property
    def _scale(self) -> float:
        return float(self.sigma2.sum())
