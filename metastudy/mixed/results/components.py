"""The variance components of a fit to numbers: bootstrap, heterogeneity, explained shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ...confidence import check_alpha
from ..arguments import check_count, check_mapping, check_rng
from ..errors import UndefinedError
from ..inference.explained_variance import ExplainedShares, RSquared, explained_shares, r_squared
from ..inference.heterogeneity_measures import Heterogeneity, heterogeneity
from ..inference.location_scale import scale_ratios
from ..inference.parametric_bootstrap import (
    BCa,
    Bootstrap,
    bca_interval,
    bootstrap,
    leave_one_out,
    ratio_interval,
)
from ..optimise.moments import q_profile
from .profile_intervals import ProfiledComponents


@dataclass(frozen=True)
class Components(ProfiledComponents):
    """Variance components with bootstrap, heterogeneity and what explains them."""

    def q_profile(self, alpha: float = 0.05) -> tuple[float, float]:
        """Q-profile interval of the one variance of a two-level model."""
        return q_profile(self.model.frame, check_alpha(alpha, UndefinedError))

    def bootstrap(self, n: int = 1000, *, rng: np.random.Generator) -> Bootstrap:
        """Simulate n data sets from the fit and refit them, as one batch where possible."""
        check_count(n, "replicates")
        fit = self.model
        names = fit.component_names
        return bootstrap(fit.frame, fit.likelihood, fit.optimum, names, n, check_rng(rng))

    def ratio_conf_int(
        self, component: str, alpha: float = 0.05, n: int = 999, *, rng: np.random.Generator
    ) -> tuple[float, float]:
        """Interval of a component by inversion of its bootstrapped restricted likelihood ratio.

        The second choice beside the profile: slower, and right where few levels make the
        chi-square reference doubtful. Its ends carry a simulation error of about 1/sqrt(n).
        """
        alpha = check_alpha(alpha, UndefinedError)
        check_count(n, "replicates")
        fit = self.model
        (j,) = self._variance_numbers([component], "the bootstrapped likelihood ratio")
        return ratio_interval(fit.frame, fit.likelihood, fit.optimum, j, alpha, n, check_rng(rng))

    def bca_conf_int(
        self, component: str, alpha: float = 0.05, n: int = 1999, *, rng: np.random.Generator
    ) -> BCa:
        """BCa bootstrap interval of a component, None with a reason where it is not defined."""
        alpha = check_alpha(alpha, UndefinedError)
        (j,) = self._variance_numbers([component], "BCa")
        replicates = self.bootstrap(n, rng=rng).sigma2[component].to_numpy()
        outs = leave_one_out(self.model.frame, self.model.method == "REML", j)
        return bca_interval(replicates, float(self.model.optimum.theta[j]), outs, alpha)

    def scale_ratios(self, alpha: float = 0.05) -> pd.DataFrame:
        """Ratios of standard deviations of a location-scale fit, with profile intervals."""
        fit = self.model
        alpha = check_alpha(alpha, UndefinedError)
        return scale_ratios(fit.frame, fit.likelihood, fit.optimum, alpha)

    def r_squared(self) -> RSquared:
        """Marginal and conditional R2."""
        fit = self.model
        beta = np.linalg.solve(fit.likelihood.R, fit.optimum.evaluation.beta)
        return r_squared(fit.frame, beta, self.sigma2)

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
        check_count(n, "permutations")
        check_rng(rng)
        check_mapping(candidates, "candidates", "{'moderator': 'x'}")
        fit = self.model
        if len(data) != fit.nobs:
            raise UndefinedError(f"data have {len(data)} rows; give the {fit.nobs} of the fit")
        names = fit.component_names if of is None else list(of)
        numbers = self._variance_numbers(names, "an explained share")
        return explained_shares(
            fit.frame, fit.likelihood, fit.optimum.theta, numbers, names, candidates, data, n, rng
        )

    @cached_property
    def heterogeneity(self) -> Heterogeneity:
        """Q, typical sampling variance, I2 and H2, or the reason why they do not exist."""
        return heterogeneity(self.model.frame, self.sigma2)

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
