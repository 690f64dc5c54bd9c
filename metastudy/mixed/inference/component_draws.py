"""Variance components drawn from the likelihood of a fit.

Draws follow the normalised likelihood of the fitted criterion, flat in the standard deviations, by
a random walk of many chains that are evaluated as one batch (Gelman 2006, 10.1214/06-BA117A, on the
flat prior of a standard deviation, proper from three levels on).
"""

from __future__ import annotations

import numpy as np

from ..errors import UndefinedError
from ..likelihoods.gaussian import Likelihood
from ..model.structures import Array
from ..optimise.batched_newton import batched_start, chunk_size
from ..optimise.newton import Optimum

CHAINS = 100
BURN_IN = 150
THINNING = 10
LONE_THINNING = 3
"""Steps between draws of the one chain of a likelihood that takes no batch."""


def draw_components(
    likelihood: Likelihood, optimum: Optimum, n: int, rng: np.random.Generator
) -> Array:
    """Draw n sets of variance components, shape (n, k).

    Raises
    ------
    UndefinedError
        If theta holds more than plain variances.
    """
    if any(p.kind != "variance" for p in likelihood.parameters):
        raise UndefinedError(
            "components are drawn from fits with plain variances only; give variances as a mapping"
        )
    batched = type(likelihood) is Likelihood and chunk_size(likelihood) > 0
    chains = min(CHAINS, n) if batched else 1
    thinning = THINNING if batched else LONE_THINNING
    start = np.sqrt(batched_start(likelihood, optimum.theta))
    width = _widths(likelihood, start) * 2.4 / np.sqrt(start.size)
    sd = np.tile(start, (chains, 1))
    now = _log_density(likelihood, sd)
    kept: list[Array] = []
    rounds = -(-n // chains)
    for step in range(BURN_IN + thinning * rounds):
        moved = np.abs(sd + width * rng.standard_normal(sd.shape))
        there = _log_density(likelihood, moved)
        take = np.log(rng.random(chains)) < there - now
        sd = np.where(take[:, None], moved, sd)
        now = np.where(take, there, now)
        if step >= BURN_IN and (step - BURN_IN) % thinning == thinning - 1:
            kept.append(sd**2)
    return np.concatenate(kept)[:n]


def _log_density(likelihood: Likelihood, sd: Array) -> Array:
    if len(sd) == 1:
        at = likelihood.evaluate(sd[0] ** 2, derivatives=False)
        return np.array([-np.inf if at is None else float(at.llf)])
    many = likelihood.with_response(np.broadcast_to(_rows(likelihood), (len(sd), likelihood.n)))
    at = many.evaluate(sd**2, derivatives=False)
    if at is not None:
        return at.llf
    return np.concatenate([_log_density(likelihood, row[None]) for row in sd])


def _rows(likelihood: Likelihood) -> Array:
    """Put the response in the order of the rows."""
    out = np.empty(likelihood.n)
    out[likelihood.order] = likelihood.y
    return out


def _widths(likelihood: Likelihood, sd: Array) -> Array:
    """Approximate the standard error of each standard deviation, from the average information."""
    at = likelihood.evaluate(sd**2)
    if at is None or at.average_information is None:
        raise UndefinedError("the likelihood is not defined at the estimate, so nothing is drawn")
    information = np.diag(at.average_information) * (2 * sd) ** 2
    return np.asarray(np.minimum(1 / np.sqrt(np.maximum(information, 1e-300)), 2 * sd.max()))
