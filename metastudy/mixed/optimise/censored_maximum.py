"""The maximum of a likelihood with bounds, and what the exact rows must identify before the search.

The probabilities of bounds are simulated; points are added until their error is small.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from ..errors import IdentifiabilityError, MixedError
from ..likelihoods.bounded import BoundedLikelihood, CensoredEvaluation, bounds_of
from ..likelihoods.censored import LARGE, CensoredLikelihood
from ..likelihoods.shared_likelihood import SharedLikelihood
from ..model.columns import dependent_column
from ..model.frame import Frame
from ..model.shared_effects import SharedEffects
from ..model.structures import Array
from .batched_newton import batched_start
from .newton import Optimum, best_maximum, maximise, starting_values

LARGEST_ERROR = 0.02
"""Standard error of the log-likelihood up to which no points are added."""
ROUGH = 1e-2
"""Expected gain below which the simulation is fitted to where the search has come, once more."""
SHARED_ABOVE = 400
"""Censored rows and units joined by REML above which few shared effects are integrated instead; the
cost of their joint expectation grows with the cube."""
MOST_POINTS = 2048
"""Points of a replicate beyond which the error is stated instead of lowered."""


def maximise_censored(
    frame: Frame,
    method: str,
    rng: np.random.Generator,
    points: int | None,
    near: Array | None = None,
) -> tuple[BoundedLikelihood, Optimum]:
    """Maximise with as many points as the error asks for.

    Parameters
    ----------
    frame
        Rows with bounds.
    method
        ``"ML"`` or ``"REML"``.
    rng
        Source of the points.
    points
        How many of them to begin with, a power of two; None for the likelihood's own number.
    near
        Theta to start from.

    Raises
    ------
    IdentifiabilityError
        Where a coefficient has no finite estimate.
    """
    if method == "REML":
        _check_exact_rows(frame)
    else:
        _check_finite(frame)
    likelihood = bounded_likelihood(frame, method, rng, points)
    if near is None and likelihood.joined > LARGE:
        near = _near_by_part(frame, method, points)
    scalar = all(p.kind == "variance" for p in likelihood.parameters)
    if scalar and near is not None and likelihood.joined > LARGE:
        # From so near, stand-ins fitted to the start hold to the end.
        start = batched_start(likelihood, near)
        likelihood.settle(start)
        return _with_more_points(frame, method, rng, likelihood, maximise(likelihood, start))
    if scalar:
        start = starting_values(likelihood) if near is None else batched_start(likelihood, near)
        likelihood.settle(start)
        optimum = maximise(likelihood, start, tolerance=ROUGH if likelihood.simulated else 0.0)
    else:
        likelihood.settle(starting_values(likelihood))
        optimum = best_maximum(likelihood)
    if likelihood.simulated or not scalar:
        optimum = _refined(likelihood, optimum)
    return _with_more_points(frame, method, rng, likelihood, optimum)


def bounded_likelihood(
    frame: Frame, method: str, rng: np.random.Generator, points: int | None
) -> BoundedLikelihood:
    """Choose the likelihood: by few shared effects where REML would join many censored rows."""
    shared = None
    if method == "REML" and _joined_by_reml(frame) > SHARED_ABOVE:
        shared = SharedEffects.of(frame)
    if shared is None:
        return CensoredLikelihood(frame, method == "REML", rng, points)
    return SharedLikelihood(frame, shared, rng, points)


def _joined_by_reml(frame: Frame) -> int:
    """Censored rows and summed units, which REML joins in one expectation."""
    units = frame.alternatives
    summed = 0 if units is None else int(units.enumerated.sum())
    return int(bounds_of(frame).censored.size) + summed


def _with_more_points(
    frame: Frame,
    method: str,
    rng: np.random.Generator,
    likelihood: BoundedLikelihood,
    optimum: Optimum,
) -> tuple[BoundedLikelihood, Optimum]:
    """Add points until the error of the log-likelihood is small, and search again with them."""
    while _error(optimum) > LARGEST_ERROR and likelihood.n_points < MOST_POINTS:
        n = _points_needed(likelihood.n_points, _error(optimum))
        likelihood = bounded_likelihood(frame, method, rng, n)
        optimum = _refined(likelihood, optimum)
    return likelihood, optimum


def _near_by_part(frame: Frame, method: str, points: int | None) -> Array | None:
    """Theta of a quarter of the levels of the largest grouping, None where they do not give it.

    The cost of a step grows with the cube of the bounds, so that this saves the first steps.
    """
    groupings = [t for t in frame.terms if not t.is_record_level and t.n_levels >= 8]
    if not groupings or any(p.kind != "variance" for t in frame.terms for p in t.parameters):
        return None
    largest = max(groupings, key=lambda t: t.n_levels)
    rng = np.random.default_rng(0)
    kept = rng.permutation(largest.n_levels)[: largest.n_levels // 4]
    try:
        part = frame.take(np.flatnonzero(np.isin(largest.codes, kept)))
        return maximise_censored(part, method, rng, points)[1].theta
    except MixedError:
        return None


def _points_needed(n: int, error: float) -> int:
    """Next power of two that brings an error, which falls as the root of n, below the largest."""
    wanted = n * (1.2 * error / LARGEST_ERROR) ** 2
    return int(min(max(2 ** np.ceil(np.log2(wanted)), 2 * n), MOST_POINTS))


def _refined(likelihood: BoundedLikelihood, optimum: Optimum) -> Optimum:
    """Fit the simulation to the estimate, and search again from there."""
    likelihood.settle(optimum.theta)
    return maximise(likelihood, optimum.theta)


def _error(optimum: Optimum) -> float:
    found = optimum.evaluation
    return found.llf_error if isinstance(found, CensoredEvaluation) else 0.0


def _check_exact_rows(frame: Frame) -> None:
    """REML needs coefficients that the exact rows identify."""
    bounds = bounds_of(frame)
    j = dependent_column(frame.X[bounds.exact])
    if j is not None:
        raise IdentifiabilityError(
            f"REML integrates over the coefficients, but the {bounds.exact.size} exact rows do not "
            f"identify {frame.names[j]!r}; use method='ML', or merge levels known by bounds alone"
        )


def _check_finite(frame: Frame) -> None:
    """ML needs that no direction of the coefficients raises the likelihood without end.

    Such a direction leaves exact and interval rows as they are and moves every one-sided row away
    from its limit (the separation of binary regression; Albert & Anderson 1984,
    10.1093/biomet/71.1.1).
    """
    bounds, X = bounds_of(frame), frame.X
    if dependent_column(X[bounds.exact]) is None:
        return
    scaled = X / np.linalg.norm(X, axis=0)
    fixed = scaled[np.isfinite(bounds.lower) & np.isfinite(bounds.upper)]
    away = np.where(np.isfinite(bounds.upper), -1.0, 1.0)
    loose = np.isinf(bounds.lower) | np.isinf(bounds.upper)
    outwards = (away[:, None] * scaled)[loose]
    found = linprog(
        -outwards.sum(axis=0),
        A_ub=-outwards,
        b_ub=np.zeros(len(outwards)),
        A_eq=fixed if len(fixed) else None,
        b_eq=np.zeros(len(fixed)) if len(fixed) else None,
        bounds=[(-1, 1)] * X.shape[1],
    )
    if found.status == 0 and float((outwards @ found.x).sum()) > 1e-7:
        j = int(np.argmax(np.abs(np.asarray(found.x))))
        raise IdentifiabilityError(
            f"the rows give no finite estimate of {frame.names[j]!r}: every row that bears on it "
            "alone is a bound on the same side; merge its level with another, or leave it out"
        )
