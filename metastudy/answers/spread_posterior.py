"""The Bayesian twin of preparation varied on purpose, by quadrature, under priors of three scales.

The standard deviation has a half-t prior with 4 degrees of freedom, as in the twin of the share.
Where works may differ it is the root mean square over works, and the standard deviation of their
log standard deviations has a half-normal prior of scale 0.5: a factor 1.65. The likelihood is that
of the fit, so both differ from its profiles by the priors alone.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp
from scipy.stats import norm
from scipy.stats import t as student

from metastudy import mixed
from metastudy.answers.share_posterior import PRIOR_DF, SCALES, quantiles

OMEGA_SCALE = 0.5
OMEGAS = np.linspace(0.0, 3 * OMEGA_SCALE, 31)
POINTS = 401
"""Points of the log standard deviation."""


def spread_posterior(fit: mixed.RandomScaleFit) -> pd.DataFrame:
    """Summarise the posterior of the standard deviation (dex) of contrasts.

    Parameters
    ----------
    fit
        Contrasts with a standard deviation for each work.

    Returns
    -------
    pandas.DataFrame
        One row a prior scale (dex) and model: scale, works (alike, differ), median, lower, upper
        (95 %).
    """
    grid = fit.likelihood.log_sd
    log_sd = np.linspace(grid[0], grid[-1], POINTS)
    by_omega = np.stack([fit.likelihood.llf(log_sd - w * w, np.full(POINTS, w)) for w in OMEGAS])
    omega_prior = norm.logpdf(OMEGAS / OMEGA_SCALE)
    differ = logsumexp(by_omega + omega_prior[:, None], axis=0)
    rows = []
    for scale in SCALES:
        prior = student.logpdf(np.exp(log_sd) / scale, PRIOR_DF) + log_sd
        for works, llf in (("alike", by_omega[0]), ("differ", differ)):
            lower, median, upper = _summary(log_sd, llf + prior)
            row = {"scale": scale, "works": works, "median": median}
            rows.append(row | {"lower": lower, "upper": upper})
    return pd.DataFrame(rows)


def _summary(log_sd: NDArray[np.float64], log_weights: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(log_weights - log_weights.max())
    return np.exp(quantiles(log_sd, weights, (0.025, 0.5, 0.975)))
