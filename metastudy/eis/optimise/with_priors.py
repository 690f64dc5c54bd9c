"""The search where something is known beforehand: first without it, for the residual variance.

The weight of the priors beside the data depends on the residual variance s^2, and that on the fit.
It is chi-square over the degrees of freedom that the priors leave
(``ParameterPriors.effective_df``): n - p where they are flat, n - p + m where they fix m of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..circuits.model import Model
from ..spectrum import FloatArray
from ..weighting.data import Data
from .levenberg_marquardt import Minimum, minimise
from .multistart import Search, search
from .starts import FINE, propose

# Rounds in which fit and residual variance follow each other, and the relative change that ends.
_ROUNDS, _SETTLED = 50, 1e-9
# Starts that the data propose, tried as they are and with what is known in its place.
_STARTS = 30


def search_with_priors(
    model: Model, data: Data, found: Search, given: FloatArray | None
) -> tuple[Search, Data]:
    """Search again with the priors of the model, from a search without them."""
    data = replace(data, variance=residual_variance(model, data, found.minimum))
    proposed = propose(model, data, _STARTS, FINE)[0]
    without = np.concatenate([found.minimum.v, found.others.v, proposed])
    # A prior may be off by several of its deviations, so starts are tried as they are too.
    starts = [without, model.coordinates(model.priors.at_prior(model.natural(without)))]
    found = search(
        model, data, given=np.concatenate([*starts, *([] if given is None else [given])])
    )
    return reweighted(model, data, found)


def reweighted(model: Model, data: Data, found: Search) -> tuple[Search, Data]:
    """Let fit and residual variance follow each other until neither changes."""
    best = found.minimum
    for _ in range(_ROUNDS):
        variance = residual_variance(model, data, best)
        still = abs(variance - data.variance) <= _SETTLED * variance
        data = replace(data, variance=variance)
        best = minimise(model, data, best.v, tolerance=1e-13)
        if still:
            break
    return replace(found, minimum=best), data


def residual_variance(model: Model, data: Data, at: Minimum) -> float:
    """Chi-square of the data alone over the degrees of freedom that the priors leave."""
    share = model.priors.effective_df(model.free, at.normal[0], data.variance)
    distance = model.priors.standardised(model.log_parameters(at.v))
    penalty = data.variance * float(np.sum(distance**2))
    freedom = max(2 * data.omega.size - at.v.shape[1] + share, 1.0)
    return float(max(float(at.cost[0]) - penalty, 1e-300) / freedom)
