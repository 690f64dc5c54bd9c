"""What likelihoods with bounds share: their rows, their unknown units, and what a search asks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..errors import UndefinedError
from ..model.bounds import Bounds
from ..model.frame import Frame
from ..model.sampling_covariance import SamplingCovariance, with_shared_unknowns
from ..model.structures import Array
from ..model.terms import Index
from ..solvers.slopes import SlopesAlone
from .gaussian import Evaluation, Likelihood, chi_square_terms

SIMULATED_GOOD_ENOUGH = 1e-6
"""Expected gain at which a search that no longer advances counts as converged, with simulation."""


@dataclass(frozen=True)
class CensoredEvaluation(Evaluation):
    """The likelihood at one theta.

    Attributes
    ----------
    llf_error
        Standard error of ``llf`` from the simulation; 0 where every probability is closed.
    completed
        The response with censored rows at their expectation given all rows, in row order.
    posterior
        Probability of each summed unit's alternative given all rows.
    """

    llf_error: float = 0.0
    completed: Array = field(default_factory=lambda: np.empty(0))
    posterior: Array = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class SummedUnits:
    """The K units of a frame whose two alternatives enter the likelihood.

    Attributes
    ----------
    shifts
        What each takes from the response of each row, shape (n, K).
    p
        Probability of its alternative, shape (K,).
    """

    shifts: Array
    p: Array

    @classmethod
    def of(cls, frame: Frame) -> SummedUnits:
        """Take the units of a frame that are summed and bear on a row."""
        given = frame.alternatives
        if given is None:
            return cls(np.empty((frame.nobs, 0)), np.empty(0))
        used = given.enumerated
        return cls(given.shifts[:, used], given.probability[used])

    @property
    def mean_shift(self) -> Array:
        """Expected shift of each row, shape (n,)."""
        return np.asarray(self.shifts @ self.p)

    @property
    def cross(self) -> Array:
        """Covariance of the response with each unit's entry, shape (n, K)."""
        return np.asarray(self.shifts * self.variance)

    @property
    def variance(self) -> Array:
        """Variance of each unit's entry, shape (K,)."""
        return np.asarray(self.p * (1 - self.p))

    def with_moments(self, V: SamplingCovariance, labels: tuple[str, ...]) -> SamplingCovariance:
        """V of rows whose shifts are normal with the same covariance."""
        if not self.p.size:
            return V
        return with_shared_unknowns(V, self.shifts * np.sqrt(self.variance), list(labels))

    @property
    def first_rows(self) -> Index:
        """A row of each unit."""
        return np.asarray((self.shifts != 0).argmax(axis=0), dtype=np.intp)


class BoundedLikelihood(Likelihood):
    """Log-likelihood of theta where some rows are known by bounds.

    Attributes
    ----------
    units
        Units whose two alternatives are summed.
    bounds
        Limits of all rows.
    n_points
        Points of a simulation in each of its replicates.
    joined
        Coordinates of the largest simulated expectation.
    """

    n_points: int
    joined: int

    def __init__(self, frame: Frame, reml: bool) -> None:
        self.bounds, self.units = bounds_of(frame), SummedUnits.of(frame)
        y = self.bounds.substituted - self.units.mean_shift
        V = self.units.with_moments(frame.V, frame.labels)
        slopes = SlopesAlone(frame.terms, y.size)
        super().__init__(y, frame.X, frame.terms, V, reml, slopes, chi_square_terms(frame))

    def with_response(self, y: Array) -> Likelihood:
        """Refuse: another response has other censored rows."""
        raise UndefinedError("a fit with bounds takes its rows as they are")

    def fault_at(self, theta: Array) -> str:
        """Say why the criterion has no value at the starting values."""
        return (
            "some bounds are so far from what the other rows expect that their probability is no "
            "number at the starting values; look at their unit, sign and side"
        )

    @property
    def profile_gain(self) -> float:
        """Expected gain at which a maximum of a profile is reached, with simulation."""
        raise NotImplementedError

    @property
    def largest(self) -> int:
        """Censored rows of the largest probability."""
        raise NotImplementedError

    @property
    def what_is_simulated(self) -> str:
        """Name the expectation that is simulated, for a reader."""
        return f"{self.largest} censored rows are joined in one probability"

    @property
    def simulated(self) -> bool:
        """Whether any expectation is simulated."""
        raise NotImplementedError

    def settle(self, theta: Array) -> None:
        """Fit the simulation to theta; it stays so until then."""
        raise NotImplementedError

    def completed_at(self, at: CensoredEvaluation) -> Array:
        """Give the response with censored rows at their expectation given all rows, (n,)."""
        return at.completed

    def posterior_at(self, at: CensoredEvaluation) -> Array:
        """Give the probability of each summed unit's alternative given all rows, (K,)."""
        return at.posterior


def bounds_of(frame: Frame) -> Bounds:
    """Bounds of a frame that has them.

    Raises
    ------
    UndefinedError
        If it has none.
    """
    if frame.bounds is None:
        raise UndefinedError("the frame has no bounds")
    return frame.bounds
