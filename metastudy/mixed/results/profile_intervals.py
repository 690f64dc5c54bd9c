"""The variance components of a fit with their profile-likelihood intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ...confidence import check_alpha
from ..errors import UndefinedError
from ..inference.degrees_of_freedom import component_df
from ..model.identifiability import check_component_names
from ..model.terms import parameter_slices
from ..optimise.moments import MOMENTS, q_profile
from ..optimise.profile_likelihood import (
    interval,
    sd_profile,
    share_profile,
    sum_profile,
    variance_profile,
)
from .fitted_model import FittedModel


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

    def _variance_interval(self, j: int, alpha: float) -> tuple[float, float]:
        likelihood, optimum = self.model.likelihood, self.model.optimum
        if likelihood.parameters[j].kind == "sd":
            places = parameter_slices(likelihood.terms)
            k = next(k for k, place in enumerate(places) if place.start <= j < place.stop)
            profile, factor = sd_profile(likelihood, optimum, k, j - places[k].start)
            typical = float(likelihood.typical_sizes[j]) * factor
            low, high = interval(profile, alpha, scale=typical)
            return (low / factor) ** 2, (high / factor) ** 2
        profile = variance_profile(likelihood, optimum, j)
        return interval(profile, alpha, scale=self._scale)

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
