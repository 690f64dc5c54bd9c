"""Profile-likelihood intervals of one variance for many responses at once.

The signed root sqrt(2 drop) is nearly linear in the logarithm of the variance; each end is
bracketed and interpolated for all replicates together (see
:mod:`metastudy.mixed.optimise.profile_likelihood`).
"""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from ..likelihoods.gaussian import Likelihood
from ..model.structures import Array
from ..model.terms import Index
from .batched_newton import BatchedOptimum, maximise_batched
from .bracketing import Brackets, bracketed_roots

ROOT_ERROR = 0.01
"""Error of sqrt(2 drop) at an end, about 0.5 % of the end's distance from the estimate."""
ZERO = 1e-8
"""Share of the components' sum below which a variance counts as zero."""
TOLERANCE = 1e-8
"""Expected gain of a step at which a refit stops."""


def batched_intervals(
    likelihood: Likelihood, Y: Array, best: BatchedOptimum, j: int, alpha: float = 0.05
) -> Array:
    """Lower and upper ends of variance j for each response of Y (b, n), shape (b, 2).

    The lower end is 0 where the drop at 0 is too small.
    """
    z = float(np.sqrt(chi2.isf(alpha, 1)))
    total = best.theta.sum(axis=1)
    estimate = np.where(best.theta[:, j] > ZERO * total, best.theta[:, j], 0.0)
    out = np.zeros((len(Y), 2))
    above = np.flatnonzero(lower_above_zero(likelihood, Y, best, j, alpha))
    if above.size:
        part = _Search(likelihood, Y[above], best.llf[above], best.theta[above].copy(), j, z)
        out[above, 0] = part.end(np.log(estimate[above]), -1.0)
    inner = np.log(np.maximum(estimate, 0.02 * total))
    whole = _Search(likelihood, Y, best.llf, best.theta.copy(), j, z)
    out[:, 1] = whole.end(inner, 1.0)
    return out


def lower_above_zero(
    likelihood: Likelihood, Y: Array, best: BatchedOptimum, j: int, alpha: float = 0.05
) -> np.ndarray:
    """Whether the profile of variance j leaves out 0, for each response, shape (b,) bool."""
    start = best.theta.copy()
    start[:, j] = 0.0
    start = np.maximum(
        start, 0.05 * best.theta.sum(axis=1)[:, None] * (np.arange(start.shape[1]) != j)
    )
    held = maximise_batched(likelihood, Y, start, np.array([j]), TOLERANCE)
    return np.asarray(2 * (best.llf - held.llf) > chi2.isf(alpha, 1))


class _Search:
    """One end of the profile of variance j for a set of responses."""

    def __init__(
        self, likelihood: Likelihood, Y: Array, llf: Array, theta: Array, j: int, z: float
    ) -> None:
        self.likelihood = likelihood
        self.Y = Y
        self.llf = llf
        self.theta = theta
        self.j = j
        self.z = z

    def gap(self, rows: Index, value: Array) -> Array:
        """sqrt(2 drop) - z of the given responses at the logarithms of the variance."""
        start = self.theta[rows]
        start[:, self.j] = np.exp(value)
        held = maximise_batched(self.likelihood, self.Y[rows], start, np.array([self.j]), TOLERANCE)
        self.theta[rows] = held.theta
        return np.asarray(np.sqrt(np.maximum(2 * (self.llf[rows] - held.llf), 0.0)) - self.z)

    def end(self, inner: Array, direction: float) -> Array:
        """Variance beyond exp(inner), in the direction, where the root reaches z."""

        def propose(_: Index, brackets: Brackets, turn: int) -> Array:
            """Interpolate in the bracket, every third time its middle; or go on outwards."""
            inside, outside = brackets.inside, brackets.outside
            with np.errstate(invalid="ignore"):
                rise = brackets.gap_outside - brackets.gap_inside
                share = np.clip(-brackets.gap_inside / rise, 0.05, 0.95)
            share = np.where(turn % 3 == 2, 0.5, share)
            further = inside + direction * 0.7
            return np.where(np.isnan(outside), further, inside + share * (outside - inside))

        unknown = np.full(inner.size, np.nan)
        brackets = Brackets(inner.copy(), np.full(inner.size, -self.z), unknown, unknown.copy())
        start = inner + direction * 0.8
        found = bracketed_roots(self.gap, brackets, start, propose, tolerance=ROOT_ERROR, turns=40)
        return np.asarray(np.exp(found))
