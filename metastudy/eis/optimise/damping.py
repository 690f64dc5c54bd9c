"""One damping loop for least squares over all unknowns of several spectra.

The rows of ``levenberg_marquardt`` are damped each by itself; here one damping holds for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

State = TypeVar("State")

_START, _LEAST, _MOST = 1e-3, 1e-12, 1e10
_STEPS = 200


def descend(
    state: State,
    cost: Callable[[State], float],
    step: Callable[[State, float], State],
    *,
    absolute: float = 0.0,
    relative: float = 0.0,
) -> tuple[State, bool]:
    """Go down from ``state`` until a step gains next to nothing, or none goes down.

    Parameters
    ----------
    cost
        What is minimised.
    step
        The state that a step of this damping leads to.
    absolute, relative
        Gain, and share of the cost, below which the last step was taken.

    Returns
    -------
    state
        The lowest met.
    converged : bool
        False where the steps ran out.
    """
    damping, here = _START, cost(state)
    for _ in range(_STEPS):
        trial = step(state, damping)
        there = cost(trial)
        if there < here:
            gain, state, here = here - there, trial, there
            damping = max(damping / 5, _LEAST)
            if gain < max(absolute, relative * here):
                return state, True
        else:
            damping *= 4
            if damping > _MOST:
                return state, True
    return state, False
