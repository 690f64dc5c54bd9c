"""The share of preparation where each work may have a scatter of its own.

One common standard deviation makes the interval of the share too narrow if works scatter unequally.
So the log-likelihood of the joint model gains, at each standard deviation s of preparation, what
that of the contrasts gains where the works' log standard deviations differ and their root mean
square is s. The spread of these logarithms is profiled; the levels keep one standard deviation.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from metastudy import mixed
from metastudy.answers.unequal_levels import Fit, gain_of_unequal_levels
from metastudy.bridge.modelling.model_rows import ModelRows
from metastudy.mixed.likelihoods.gaussian import Likelihood
from metastudy.mixed.model.structures import Array
from metastudy.mixed.optimise.newton import Optimum, maximise
from metastudy.mixed.optimise.profile_likelihood import (
    VarianceProfile,
    share_profile,
    sum_profile,
)

SPREADS = np.linspace(0.0, 1.5, 61)
"""Standard deviations of log standard deviations that are searched."""


@dataclass(frozen=True)
class UnequalWorks:
    """A gain as a term of the log-likelihood in a variance (dex squared).

    Attributes
    ----------
    parameter
        Number of the variance.
    gain
        Gain in log-likelihood over the natural logarithm of the standard deviation (dex); constant
        beyond its ends.
    """

    parameter: int
    gain: CubicSpline

    def llf(self, sigma2: Array) -> Array:
        """Give the gain at variances ``sigma2`` (dex squared), of the same shape."""
        return np.asarray(self.gain(self._log_sd(sigma2)[0]))

    def score(self, sigma2: Array) -> Array:
        """Differentiate ``llf`` by the variance (1/dex squared)."""
        x, inside = self._log_sd(sigma2)
        return np.where(inside, self.gain(x, 1) / (2 * np.exp(2 * x)), 0.0)

    def information(self, sigma2: Array) -> Array:
        """Give minus the second derivative where it is positive: only steps are taken with it."""
        x, inside = self._log_sd(sigma2)
        second = (self.gain(x, 2) / 4 - self.gain(x, 1) / 2) / np.exp(4 * x)
        return np.where(inside, np.maximum(-second, 0.0), 0.0)

    def _log_sd(self, sigma2: Array) -> tuple[Array, NDArray[np.bool_]]:
        low, high = self.gain.x[0], self.gain.x[-1]
        x = 0.5 * np.log(np.maximum(sigma2, np.exp(2 * low - 1)))
        return np.clip(x, low, high), (x > low) & (x < high)


def llf_by_spread(fit: mixed.RandomScaleFit) -> Array:
    """Log-likelihood of contrasts at each of ``SPREADS`` and root mean square, shape (w, g).

    With log standard deviations normal about m with standard deviation w, the mean square is
    exp(2 m + 2 w^2), so the same root mean square is reached at m less w^2.
    """
    return np.stack([fit.likelihood.llf_along(float(w)) for w in SPREADS])


def gain_of_unequal_works(fit: mixed.RandomScaleFit) -> CubicSpline:
    """Tabulate how much log-likelihood the contrasts gain, over the log root mean square (dex)."""
    by_spread = llf_by_spread(fit)
    return CubicSpline(fit.likelihood.log_sd, by_spread.max(axis=0) - by_spread[0])


def _with_gain(fit: Fit, term: UnequalWorks) -> tuple[Likelihood, Optimum]:
    """Give the likelihood of a fit with a gain as a further term, and its maximum."""
    likelihood = copy.copy(fit.likelihood)
    likelihood.extras = (*likelihood.extras, term)
    return likelihood, maximise(likelihood, fit.optimum.theta)


def unequal_share_profile(
    fit: Fit, contrasts: mixed.RandomScaleFit, part: str, other: str
) -> VarianceProfile:
    """Profile of sigma2[part] / (sigma2[part] + sigma2[other]) with the gain of unequal works.

    Parameters
    ----------
    fit
        The joint model.
    contrasts
        Its contrasts alone, with a standard deviation for each work.
    part, other
        Names of the two components (variances in dex squared).
    """
    names = list(fit.sigma2.index)
    j = names.index(part)
    term = UnequalWorks(j, gain_of_unequal_works(contrasts))
    return share_profile(*_with_gain(fit, term), [j], [j, names.index(other)])


def unequal_total_profile(fit: Fit, rows: ModelRows) -> VarianceProfile:
    """Profile of the total variance (dex squared) of reference arms with their gain.

    Parameters
    ----------
    fit
        Their model, in which something scatters.
    rows
        Its rows.
    """
    names = list(fit.sigma2.index)
    component, gain = gain_of_unequal_levels(rows, fit)
    term = UnequalWorks(names.index(component), gain)
    parts = [k for k, name in enumerate(names) if name != "system"]
    return sum_profile(*_with_gain(fit, term), parts)
