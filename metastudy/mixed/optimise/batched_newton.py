"""Many refits of one model at once: replicates of a bootstrap run as one array.

The replicates share design, groupings and V and differ in the response, so every product of the
likelihood carries one leading axis more. A replicate leaves the array when it has converged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..likelihoods.gaussian import Evaluation, Likelihood
from ..model.structures import Array
from ..model.terms import Index, with_parameters
from ..solvers.blocks import BlockSolver
from ..solvers.nested import NestedSolver
from .newton import Constraint, best_maximum, maximise, starting_values

MEMORY = 4_000_000
"""Numbers that one array of a batch may hold."""


@dataclass(frozen=True)
class BatchedOptimum:
    """Refits of all replicates: theta (b, k), log-likelihood (b,), beta (b, p), converged (b,)."""

    theta: Array
    llf: Array
    beta: Array
    converged: NDArray[np.bool_]


def maximise_batched(
    likelihood: Likelihood,
    Y: Array,
    start: Array,
    fixed: Index | None = None,
    tolerance: float = 1e-12,
) -> BatchedOptimum:
    """Maximise the likelihood for each response of Y (b, n), given in the row order.

    Parameters
    ----------
    likelihood
        The model; its own response is not used.
    Y
        Responses of the replicates.
    start
        Starting theta, shape (k,) or (b, k).
    fixed
        Parameters held at their start.
    tolerance
        Expected gain of a step at which a replicate has converged.
    """
    fixed = np.empty(0, dtype=np.intp) if fixed is None else fixed
    theta = np.broadcast_to(start, (Y.shape[0], start.shape[-1])).astype(float)
    size = chunk_size(likelihood)
    if size == 0:
        parts = [_one(likelihood, y, t, fixed, tolerance) for y, t in zip(Y, theta, strict=True)]
    else:
        parts = [
            _many(likelihood, Y[lo : lo + size], theta[lo : lo + size], fixed, tolerance)
            for lo in range(0, len(Y), size)
        ]
    return BatchedOptimum(
        np.concatenate([part.theta for part in parts]),
        np.concatenate([part.llf for part in parts]),
        np.concatenate([part.beta for part in parts]),
        np.concatenate([part.converged for part in parts]),
    )


def chunk_size(likelihood: Likelihood) -> int:
    """Replicates for one array, 0 where the model cannot be batched."""
    scalar = all(t.is_scalar for t in likelihood.terms)
    solver = likelihood.solver
    if not scalar or any(p.kind != "variance" for p in likelihood.parameters):
        return 0
    width = likelihood.p + 1 + len(likelihood.parameters)
    if isinstance(solver, NestedSolver):
        return int(max(1, MEMORY // (likelihood.n * width)))
    if isinstance(solver, BlockSolver):
        squares = sum(stack.shape[0] * stack.shape[1] ** 2 for stack in solver.stacks)
        return int(max(1, MEMORY // max(squares, likelihood.n * width)))
    return 0


def _one(
    likelihood: Likelihood, y: Array, start: Array, fixed: Index, tolerance: float
) -> BatchedOptimum:
    model = likelihood.with_response(y)
    constraint = None
    if fixed.size:
        c = np.zeros(start.size)
        c[fixed[0]] = 1.0
        constraint = Constraint(c, float(start[fixed[0]]))
    found = maximise(model, start, constraint, tolerance) if fixed.size else best_maximum(model)
    at = found.evaluation
    return BatchedOptimum(
        at.theta[None], at.llf[None], at.beta[None], np.array([found.outcome == "converged"])
    )


def _many(
    likelihood: Likelihood, Y: Array, theta: Array, fixed: Index, tolerance: float
) -> BatchedOptimum:
    floor = _floor(likelihood, Y)
    theta = np.maximum(theta, floor)
    b = len(theta)
    llf, beta = np.full(b, -np.inf), np.zeros((b, likelihood.p))
    converged = np.zeros(b, dtype=bool)
    open_rows = np.arange(b)
    for _ in range(100):
        at = likelihood.with_response(Y[open_rows]).evaluate(theta[open_rows])
        assert at is not None
        llf[open_rows], beta[open_rows] = at.llf, at.beta
        step, gain = _steps(at, theta[open_rows], floor, fixed)
        done = gain <= tolerance
        converged[open_rows[done]] = True
        keep = ~done
        if not keep.any():
            break
        open_rows = open_rows[keep]
        theta[open_rows] = _search(
            likelihood, Y[open_rows], theta[open_rows], llf[open_rows], step[keep], floor
        )
    return BatchedOptimum(theta, llf, beta, converged)


def _floor(likelihood: Likelihood, Y: Array) -> Array:
    """Least variances: 0, or a trace at the record level where a row has no sampling variance."""
    floor = np.zeros(len(likelihood.parameters))
    if likelihood.V.diagonal.min() > 0:
        return floor
    for term, part in with_parameters(likelihood.terms, floor):
        if term.is_record_level:
            part[:] = 1e-10 * float(Y.var())
    return floor


def _steps(at: Evaluation, theta: Array, floor: Array, fixed: Index) -> tuple[Array, Array]:
    """Newton steps of all replicates with variances at zero held, and their expected gains."""
    assert at.score is not None
    assert at.average_information is not None
    held = (theta <= floor * (1 + 1e-9)) & (at.score < 0)
    held[:, fixed] = True
    k = theta.shape[1]
    for _ in range(k):
        score = np.where(held, 0.0, at.score)
        info = np.where(held[:, :, None] | held[:, None, :], 0.0, at.average_information)
        scale = np.sqrt(np.maximum(np.einsum("bii->bi", info), 1e-300))
        info = info / (scale[:, :, None] * scale[:, None, :])
        info[:, range(k), range(k)] = 1.0 + 1e-10
        step = np.linalg.solve(info, (score / scale)[..., None])[..., 0] / scale
        step = np.where(held, 0.0, step)
        beyond = (theta + step < floor) & (theta <= floor * (1 + 1e-9)) & ~held
        if not beyond.any():
            break
        held |= beyond
    return step, (score * step).sum(axis=1)


def _search(
    likelihood: Likelihood, Y: Array, theta: Array, llf: Array, step: Array, floor: Array
) -> Array:
    """Projected steps, halved where the likelihood falls."""
    moved = np.maximum(theta + step, floor)
    open_rows = np.arange(len(theta))
    length = 1.0
    for _ in range(30):
        at = likelihood.with_response(Y[open_rows]).evaluate(moved[open_rows], derivatives=False)
        assert at is not None
        worse = ~(at.llf >= llf[open_rows] - 1e-10 * (1 + np.abs(llf[open_rows])))
        if not worse.any():
            break
        open_rows = open_rows[worse]
        length /= 2
        moved[open_rows] = np.maximum(theta[open_rows] + length * step[open_rows], floor)
    return moved


def batched_start(likelihood: Likelihood, theta: Array) -> Array:
    """Choose a start inside the limits: the estimate, its zeros lifted."""
    crude = starting_values(likelihood)
    return np.where(theta > 0.05 * crude, theta, 0.2 * crude)
