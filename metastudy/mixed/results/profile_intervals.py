"""Profile-likelihood intervals of the variance components of a result, their sums and shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..arguments import check_level
from ..errors import UndefinedError
from ..model.identifiability import JOINT
from ..optimise.moments import MOMENTS, q_profile
from ..optimise.profile_likelihood import interval, share_profile, sum_profile, variance_profile
from .fitted_model import FittedModel


@dataclass(frozen=True)
class ProfiledComponents(FittedModel):
    """Intervals of variance components, of their sums and shares."""

    def _numbers(self, components: Sequence[str]) -> list[int]:
        """Positions in theta of named variance components."""
        if isinstance(components, str):
            raise UndefinedError(
                f"components is the text {components!r}; give a list of names, [{components!r}]"
            )
        names = list(self.parameter_names)
        out: list[int] = []
        for name in components:
            joint = next((JOINT.join(m) for m in self.merged if name in m), None)
            if joint is not None:
                raise UndefinedError(
                    f"component {name!r} is merged in {joint!r}: the rows give only the sum; "
                    "ask for the joint name"
                )
            if name not in self.sigma2.index:
                raise UndefinedError(
                    f"no variance component {name!r}; components are {', '.join(self.sigma2.index)}"
                )
            out.append(names.index(name))
        if len(set(out)) < len(out) or not out:
            raise UndefinedError("name at least one component, and each of them once")
        return out

    def _variance_numbers(self, components: Sequence[str], what: str) -> list[int]:
        numbers = self._numbers(components)
        for j in numbers:
            if self.likelihood.parameters[j].kind != "variance":
                raise UndefinedError(
                    f"{what} needs components that are plain variances, but "
                    f"{self.parameter_names[j]!r} belongs to a structure with correlations"
                )
        return numbers

    @cached_property
    def _scale(self) -> float:
        return float(self.sigma2.sum())

    def sigma2_conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Profile-likelihood intervals of the variance components, columns lower and upper.

        The fitted criterion is profiled; the lower end is 0 where its drop at 0 is too small.
        Fits by moments have the Q-profile interval instead.
        """
        check_level(level)
        cache: dict[float, pd.DataFrame] = self.__dict__.setdefault("_intervals", {})
        if level not in cache:
            if self.method in MOMENTS:
                return pd.DataFrame(
                    [q_profile(self.frame, level)], self.sigma2.index, ["lower", "upper"]
                )
            names = self.component_names
            numbers = self._numbers(names) if len(names) else []
            rows = [self._variance_interval(j, level) for j in numbers]
            cache[level] = pd.DataFrame(
                rows, index=self.sigma2.index, columns=["lower", "upper"], dtype=float
            )
        return cache[level].copy()

    def _variance_interval(self, j: int, level: float) -> tuple[float, float]:
        profile = variance_profile(self.likelihood, self.optimum, j)
        if self.likelihood.parameters[j].kind == "sd":
            low, high = interval(profile, level, scale=float(np.sqrt(self._scale)))
            return low**2, high**2
        return interval(profile, level, scale=self._scale)

    def sum_conf_int(self, components: Sequence[str], level: float = 0.95) -> tuple[float, float]:
        """Profile-likelihood interval of the sum of the named variance components."""
        check_level(level)
        members = self._variance_numbers(components, "a sum")
        return interval(
            sum_profile(self.likelihood, self.optimum, members), level, scale=self._scale
        )

    def share_conf_int(
        self, components: Sequence[str], level: float = 0.95, of: Sequence[str] | None = None
    ) -> tuple[float, float]:
        """Profile-likelihood interval of (sum of the named components) / (sum of ``of``).

        ``of`` is all components unless named; it must hold the others.
        """
        check_level(level)
        members = self._variance_numbers(components, "a share")
        whole = self._variance_numbers(self.component_names if of is None else of, "a share")
        if not set(members) <= set(whole):
            raise UndefinedError("a share's components must be among those it is a share of")
        if self.optimum.theta[whole].sum() <= 0:
            raise UndefinedError("a share is not defined: all components are estimated as zero")
        if set(members) == set(whole):
            return 1.0, 1.0
        profile = share_profile(self.likelihood, self.optimum, members, whole)
        return interval(profile, level, upper_limit=1.0)
