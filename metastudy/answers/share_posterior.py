"""The share of one variance component under priors of several scales, by quadrature.

Standard deviations have half-t priors with 4 degrees of freedom (Gelman 2006, 10.1214/06-BA117A),
coefficients flat ones, as in the Bayesian twin of the engine. The log-likelihood is computed on a
coarse grid of log standard deviations, interpolated by cubic splines, and summed on a fine one.
Where medians under half, once and twice the scale differ, the data do not give a point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator
from scipy.stats import t as student

from metastudy import mixed

SCALES = (0.25, 0.5, 1.0)
PRIOR_DF = 4
DISAGREEMENT = 0.1
"""Largest difference of medians at which a point is printed."""
USUAL = 0.3
"""Standard deviation (dex) that every grid holds, whatever the estimate."""
BELOW, ABOVE = 12.0, 8.0
"""Factors below and above the estimate and the usual value that the grid spans."""
COARSE, FINE = 10, 61
OUT_OF_REACH = 60.0
"""Drop of the log-likelihood beyond which a point has no weight."""


@dataclass(frozen=True)
class SharePosterior:
    """Posterior of a share.

    Attributes
    ----------
    table
        One row a prior scale (dex): scale, median, lower, upper (95 %).
    """

    table: pd.DataFrame

    @property
    def point(self) -> float | None:
        """The median at the middle scale; None where the medians differ by more than 0.1."""
        medians = self.table["median"]
        if medians.max() - medians.min() > DISAGREEMENT:
            return None
        return float(medians.iloc[len(medians) // 2])


def share_posterior(
    fit: mixed.MixedFit | mixed.CensoredFit | mixed.MixtureFit, part: str, other: str
) -> SharePosterior:
    """Posterior of sigma2[part] / (sigma2[part] + sigma2[other]) under priors of three scales."""
    names = list(fit.sigma2.index)
    coarse, fine = _log_sd(fit, COARSE), _log_sd(fit, FINE)
    llf = _log_likelihood(fit, coarse)
    mesh = np.meshgrid(*fine, indexing="ij")
    points = np.stack([axis.ravel() for axis in mesh], axis=-1)
    values = RegularGridInterpolator(coarse, llf, method="cubic")(points)
    variance = np.exp(2 * points)
    own = variance[:, names.index(part)]
    share = own / (own + variance[:, names.index(other)])
    rows = []
    for scale in SCALES:
        prior = student.logpdf(np.exp(points) / scale, PRIOR_DF) + points
        log_weights = values + prior.sum(axis=1)
        weights = np.exp(log_weights - log_weights.max())
        lower, median, upper = quantiles(share, weights, (0.025, 0.5, 0.975))
        rows.append({"scale": scale, "median": median, "lower": lower, "upper": upper})
    return SharePosterior(pd.DataFrame(rows))


def _log_sd(
    fit: mixed.MixedFit | mixed.CensoredFit | mixed.MixtureFit, size: int
) -> list[NDArray[np.float64]]:
    """Log standard deviations of each component, about their estimates."""
    found = np.sqrt(fit.sigma2.to_numpy(float))
    low, high = np.minimum(found, USUAL) / BELOW, np.maximum(found, USUAL) * ABOVE
    low = np.maximum(low, USUAL / BELOW**2)
    return [np.linspace(a, b, size) for a, b in zip(np.log(low), np.log(high), strict=True)]


def _log_likelihood(
    fit: mixed.MixedFit | mixed.CensoredFit | mixed.MixtureFit, grid: list[NDArray[np.float64]]
) -> NDArray[np.float64]:
    shape = tuple(axis.size for axis in grid)
    out = np.empty(shape)
    for place in np.ndindex(*shape):
        theta = np.exp([2 * axis[i] for axis, i in zip(grid, place, strict=True)])
        found = fit.likelihood.evaluate(theta, derivatives=False)
        out[place] = -np.inf if found is None else found.llf
    return np.asarray(np.maximum(out - out.max(), -OUT_OF_REACH))


def quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], levels: tuple[float, ...]
) -> NDArray[np.float64]:
    """Quantiles of values with weights."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return np.asarray(np.interp(levels, below / below[-1], values[order]))
