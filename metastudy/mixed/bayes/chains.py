"""Markov chains: how they are run, and what they drew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..model.structures import Array


@dataclass(frozen=True)
class Sampling:
    """How chains are run.

    Attributes
    ----------
    chains, warmup, draws
        Their number, and their lengths while adapting and while drawing.
    seed
        Seed of all random numbers.
    target_accept
        Acceptance probability that NUTS aims at.
    progress
        Whether a bar shows the progress on standard error.
    """

    chains: int
    warmup: int
    draws: int
    seed: int
    target_accept: float
    progress: bool = False


@dataclass(frozen=True)
class Chains:
    """What the chains drew; the leading axes are (chains, draws).

    Attributes
    ----------
    theta
        Variances and correlations on their natural scale, term by term, (..., k).
    covariances
        Covariance of the effects within one level, for each term (..., q, q).
    y
        The response, each censored row at its draw, (..., n).
    diverging
        Whether the trajectory to a draw diverged.
    """

    theta: Array
    covariances: tuple[Array, ...]
    y: Array
    diverging: np.ndarray[Any, np.dtype[np.bool_]]


def joined(draws: Array) -> Array:
    """Chains one after the other, (chains, draws, ...) to (chains x draws, ...)."""
    chains, length, *shape = draws.shape
    return np.asarray(draws.reshape(chains * length, *shape))
