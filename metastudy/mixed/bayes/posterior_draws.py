"""Draws of a posterior, and what they become under another scale of the priors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ...confidence import check_alpha
from ..errors import UndefinedError
from ..model.frame import Frame
from ..model.structures import Array
from .chains import Chains, Sampling, joined
from .prior import HalfTPrior, parameter_names, variance_names

FACTORS = (0.5, 1.0, 2.0)
"""Multiples of the prior scale under which the posterior is shown."""


@dataclass(frozen=True)
class PosteriorDraws:
    """A posterior by its draws.

    The attributes are described in :class:`metastudy.mixed.bayes.posterior.BayesFit`.
    """

    frame: Frame
    prior: HalfTPrior
    sampling: Sampling
    chains: Chains
    beta: Array
    effects: tuple[Array, ...]
    convergence: pd.DataFrame
    merged: tuple[tuple[str, ...], ...] = ()

    @property
    def nobs(self) -> int:
        """Number of rows."""
        return self.frame.nobs

    @property
    def divergences(self) -> int:
        """Number of draws whose trajectory diverged."""
        return int(self.chains.diverging.sum())

    @cached_property
    def beta_draws(self) -> pd.DataFrame:
        """Draws of the fixed coefficients, a row each, chains one after the other."""
        return pd.DataFrame(joined(self.beta), columns=list(self.frame.names))

    @cached_property
    def theta_draws(self) -> pd.DataFrame:
        """Draws of variances and correlations, a row each, chains one after the other."""
        return pd.DataFrame(joined(self.chains.theta), columns=parameter_names(self.frame))

    @cached_property
    def theta(self) -> pd.Series[float]:
        """Posterior medians of all covariance parameters: variances and correlations."""
        return self.theta_draws.median().rename("theta")

    @property
    def component_names(self) -> list[str]:
        """Names of the variance components, the index of ``sigma2``."""
        return [name for names in variance_names(self.frame).values() for name in names]

    @property
    def sigma2(self) -> pd.Series[float]:
        """Posterior medians of the variance components by name, in the order of ``MixedFit``."""
        return self.theta[self.component_names].rename("sigma2")

    def sensitivity(self, alpha: float = 0.05) -> pd.DataFrame:
        """Medians and intervals at 1 - alpha, at half, once and twice the prior scale.

        The draws are reweighted by the ratio of the priors, which is bounded, so no new chains
        are needed; ``draws`` is the number of equally weighted draws that the weights are worth.

        Returns
        -------
        pandas.DataFrame
            Indexed by quantity (coefficients, and ``"sd NAME"`` for components) and factor of the
            scale; columns median, lower, upper and draws.
        """
        probabilities = (0.5, *tails(alpha))
        sds = (self.theta_draws[self.component_names] ** 0.5).add_prefix("sd ")
        quantities = pd.concat([self.beta_draws, sds], axis=1)
        rows = {}
        for factor in FACTORS:
            w = self._weights(factor)
            for name in quantities.columns:
                median, low, high = _weighted_quantiles(quantities[name], w, probabilities)
                rows[name, factor] = (median, low, high, w.sum() ** 2 / (w**2).sum())
        index = pd.MultiIndex.from_tuples(
            [(name, factor) for name in quantities.columns for factor in FACTORS],
            names=["quantity", "factor"],
        )
        return pd.DataFrame(
            [rows[key] for key in index], index, ["median", "lower", "upper", "draws"]
        )

    def _weights(self, factor: float) -> Array:
        """Give importance weights of the draws for the prior scale times ``factor``, at most 1."""
        log_weight = np.zeros(len(self.theta_draws))
        for term, names in variance_names(self.frame).items():
            sd = np.sqrt(self.theta_draws[names].to_numpy())
            log_weight += self.prior.log_density(term, sd, factor)
            log_weight -= self.prior.log_density(term, sd, 1.0)
        return np.asarray(np.exp(log_weight - log_weight.max()))


def tails(alpha: float) -> tuple[float, float]:
    """Lower and upper probability of an interval with equal tails."""
    alpha = check_alpha(alpha, UndefinedError)
    return alpha / 2, 1 - alpha / 2


def intervals(draws: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Intervals with equal tails of the columns of draws, columns lower and upper."""
    return draws.quantile(list(tails(alpha))).T.set_axis(["lower", "upper"], axis=1)


def _weighted_quantiles(x: pd.Series[float], w: Array, levels: Sequence[float]) -> list[float]:
    order = np.argsort(x.to_numpy())
    below = (np.cumsum(w[order]) - w[order] / 2) / w.sum()
    return [float(q) for q in np.interp(levels, below, x.to_numpy()[order])]
