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
from metastudy.mixed.model.structures import Array
from metastudy.mixed.optimise.newton import maximise
from metastudy.mixed.optimise.profile_likelihood import VarianceProfile, share_profile

SPREADS = np.linspace(0.0, 1.5, 61)
"""Standard deviations of log standard deviations that are searched."""


@dataclass(frozen=True)
class UnequalWorks:
    """The gain as a term of the log-likelihood in one variance (dex squared).

    Attributes
    ----------
    parameter
        Number of the variance of preparation.
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


def gain_of_unequal_works(fit: mixed.RandomScaleFit) -> CubicSpline:
    """Tabulate how much log-likelihood the contrasts gain, over the log root mean square (dex).

    With log standard deviations normal about m with standard deviation w, the mean square is
    exp(2 m + 2 w^2), so the same root mean square is reached at m less w^2.
    """
    by_spread = np.stack([fit.likelihood.llf_along(float(w)) for w in SPREADS])
    return CubicSpline(fit.likelihood.log_sd, by_spread.max(axis=0) - by_spread[0])


def unequal_share_profile(
    fit: mixed.MixedFit | mixed.CensoredFit | mixed.MixtureFit,
    contrasts: mixed.RandomScaleFit,
    part: str,
    other: str,
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
    members = [names.index(part)]
    term = UnequalWorks(members[0], gain_of_unequal_works(contrasts))
    likelihood = copy.copy(fit.likelihood)
    likelihood.extras = (*likelihood.extras, term)
    optimum = maximise(likelihood, fit.optimum.theta)
    return share_profile(likelihood, optimum, members, [*members, names.index(other)])
