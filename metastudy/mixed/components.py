"""The variance components of a result: profile intervals, bootstrap, heterogeneity, shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from .bootstrap import BCa, Bootstrap, bca_interval, bootstrap, leave_one_out, ratio_interval
from .errors import UndefinedError
from .estimators import MOMENTS, q_profile
from .explanation import ExplainedShares, RSquared, explained_shares, r_squared
from .fitted import FittedModel
from .heterogeneity import Heterogeneity, heterogeneity
from .identifiability import JOINT
from .profile import interval, share_profile, sum_profile, variance_profile
from .scale import scale_ratios


@dataclass(frozen=True)
class Components(FittedModel):
    """Intervals of variance components, of their sums and shares, and what explains them."""

    def _numbers(self, components: Sequence[str]) -> list[int]:
        """Positions in theta of named variance components."""
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
        cache: dict[float, pd.DataFrame] = self.__dict__.setdefault("_intervals", {})
        if level not in cache:
            if self.method in MOMENTS:
                return pd.DataFrame(
                    [q_profile(self.frame, level)], self.sigma2.index, ["lower", "upper"]
                )
            rows = [self._variance_interval(j, level) for j in self._numbers(self.component_names)]
            cache[level] = pd.DataFrame(
                rows, index=self.sigma2.index, columns=["lower", "upper"], dtype=float
            )
        return cache[level].copy()

    def q_profile(self, level: float = 0.95) -> tuple[float, float]:
        """Q-profile interval of the one variance of a two-level model."""
        return q_profile(self.frame, level)

    def _variance_interval(self, j: int, level: float) -> tuple[float, float]:
        profile = variance_profile(self.likelihood, self.optimum, j)
        if self.likelihood.parameters[j].kind == "sd":
            low, high = interval(profile, level, scale=float(np.sqrt(self._scale)))
            return low**2, high**2
        return interval(profile, level, scale=self._scale)

    def sum_conf_int(self, components: Sequence[str], level: float = 0.95) -> tuple[float, float]:
        """Profile-likelihood interval of the sum of the named variance components."""
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

    def bootstrap(self, n: int = 1000, *, rng: np.random.Generator) -> Bootstrap:
        """Simulate n data sets from the fit and refit them, as one batch where possible."""
        return bootstrap(self.frame, self.likelihood, self.optimum, self.component_names, n, rng)

    def ratio_conf_int(
        self, component: str, level: float = 0.95, n: int = 999, *, rng: np.random.Generator
    ) -> tuple[float, float]:
        """Interval of a component by inversion of its bootstrapped restricted likelihood ratio.

        The second choice beside the profile: slower, and right where few levels make the
        chi-square reference doubtful. Its ends carry a simulation error of about 1/sqrt(n).
        """
        (j,) = self._numbers([component])
        return ratio_interval(self.frame, self.likelihood, self.optimum, j, level, n, rng)

    def bca_conf_int(
        self, component: str, level: float = 0.95, n: int = 1999, *, rng: np.random.Generator
    ) -> BCa:
        """BCa bootstrap interval of a component, None with a reason where it is not defined."""
        (j,) = self._variance_numbers([component], "BCa")
        replicates = self.bootstrap(n, rng=rng).sigma2[component].to_numpy()
        outs = leave_one_out(self.frame, self.method == "REML", j)
        return bca_interval(replicates, float(self.optimum.theta[j]), outs, level)

    def scale_ratios(self, level: float = 0.95) -> pd.DataFrame:
        """Ratios of standard deviations of a location-scale fit, with profile intervals."""
        return scale_ratios(self.frame, self.likelihood, self.optimum, level)

    def r_squared(self) -> RSquared:
        """Marginal and conditional R2."""
        return r_squared(
            self.frame,
            np.linalg.solve(self.likelihood.R, self.optimum.evaluation.beta),
            self.sigma2,
        )

    def explained_shares(
        self,
        candidates: Mapping[str, str],
        data: pd.DataFrame,
        of: Sequence[str] | None = None,
        n: int = 199,
        *,
        rng: np.random.Generator,
    ) -> ExplainedShares:
        """Shares of components that each candidate moderator explains, with their null.

        Parameters
        ----------
        candidates
            Formula of each moderator that was tried, by a name; all that were tried belong here.
        data
            The rows of the fit, with the moderators' columns.
        of
            Components whose sum is explained; all unless named.
        n
            Permutations of the null.
        """
        names = self.component_names if of is None else list(of)
        numbers = self._variance_numbers(names, "an explained share")
        return explained_shares(
            self.frame,
            self.likelihood,
            self.optimum.theta,
            numbers,
            names,
            candidates,
            data,
            n,
            rng,
        )

    @cached_property
    def heterogeneity(self) -> Heterogeneity:
        """Q, typical sampling variance, I2 and H2, or the reason why they do not exist."""
        return heterogeneity(self.frame, self.sigma2)

    @property
    def qe(self) -> float | None:
        """Cochran's Q of the residuals; None where V is not invertible."""
        return self.heterogeneity.qe

    @property
    def i2(self) -> pd.Series[float] | None:
        """I2 of each component in per cent; None where V is not invertible."""
        return self.heterogeneity.i2

    @property
    def h2(self) -> float | None:
        """H2, total over sampling variance; None where V is not invertible."""
        return self.heterogeneity.h2
