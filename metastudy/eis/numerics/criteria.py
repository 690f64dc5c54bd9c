"""Information criteria of fits with normal errors whose common variance is estimated."""

from __future__ import annotations

import numpy as np


def log_likelihood(
    chi2: float, nobs: int, log_det: float = 0.0, least_variance: float = 0.0
) -> float:
    """Largest log-likelihood over the common variance: -(n ln(2 pi e chi2/n) + ln det V)/2.

    Parameters
    ----------
    chi2
        r' V^-1 r of the residuals r; dimensionless.
    nobs
        Real numbers n.
    log_det
        ln det V of their covariance V before the common factor (ohm^2); 0 leaves it out, which is
        enough to compare fits under the same weights.
    least_variance
        Of one residual, in the units of chi2: a noise floor below which no fit is credited.
    """
    mean = max(chi2 / nobs, least_variance, 1e-300)
    return float(-(nobs * (np.log(2 * np.pi * mean) + 1) + log_det) / 2)


def aic(llf: float, parameters: float) -> float:
    """Akaike's criterion of ``parameters`` estimated numbers, the variance among them."""
    return -2 * llf + 2 * parameters


def aicc(llf: float, nobs: int, parameters: float) -> float:
    """Akaike's criterion for few data, infinite where they are too few.

    Source: Hurvich and Tsai 1989, Biometrika 76, 297, eq. 4.
    """
    spare = nobs - parameters - 1
    if spare <= 0:
        return float("inf")
    return aic(llf, parameters) + 2 * parameters * (parameters + 1) / spare


def bic(llf: float, nobs: int, parameters: float) -> float:
    """Bayesian criterion (Schwarz 1978, Ann. Stat. 6, 461); ``parameters`` as in ``aic``."""
    return float(-2 * llf + parameters * np.log(nobs))
