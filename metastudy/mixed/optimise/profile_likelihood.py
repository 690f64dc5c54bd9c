"""Profile-likelihood intervals of components, of their sums and of their shares.

The profile of the fitted criterion (REML or ML) is maximised at fixed values of c'theta and left
where it has dropped by half the chi-square quantile; the lower end is 0 where the drop at 0 is
smaller (Cox & Snell 1989; Viechtbauer 2007, 10.1002/sim.2514, for variances). The constraint's
multiplier is the slope of the profile, so a few safeguarded Newton steps on the signed root
sqrt(2 drop), nearly linear in the logarithm of the value, find each end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import chi2

from ..errors import ConvergenceError
from ..likelihoods.bounded import BoundedLikelihood
from ..likelihoods.gaussian import Likelihood
from ..model.structures import Array
from ..model.terms import Index, parameter_slices
from .bracketing import Brackets, bracketed_roots
from .newton import Constraint, Optimum, maximise
from .orthonormal_effects import orthonormal_effects

ROOT_TOLERANCE = 1e-11
"""Error of the log-likelihood at an interval's end."""
SIMULATED_ROOT_TOLERANCE = 5e-4
"""Error from which one more Newton step ends the search where probabilities are simulated: it
squares the error, which is then far below that of the simulation."""
STEP = 1e-13
NEAR_ZERO, FEW_TURNS = 0.1, 3
"""Share of the estimate below which an expected lower end is as likely 0, and steps towards one
before 0 is tried."""
GROWTH, MOST_TURNS = 2.5, 80
"""Largest factor of a step to larger values where no end is known, and steps before it is infinite.
"""


@dataclass(frozen=True)
class VarianceProfile:
    """The likelihood as a function of one linear form of theta.

    Attributes
    ----------
    constraint
        Function giving c and d of c'theta = d for the value profiled.
    move
        Function (theta, value) -> theta inside the limits on the constraint.
    total
        Function of theta that turns the multiplier into the slope dl/dvalue: 1, or the total
        for a share, whose constraint is (part - share whole)'theta = 0.
    """

    likelihood: Likelihood
    optimum: Optimum
    estimate: float
    constraint: Callable[[float], Constraint]
    move: Callable[[Array, float], Array]
    total: Callable[[Array], float] = lambda theta: 1.0

    @property
    def simulated(self) -> bool:
        """Whether the likelihood holds simulated probabilities."""
        return isinstance(self.likelihood, BoundedLikelihood) and self.likelihood.simulated

    @property
    def _least_gain(self) -> float:
        if isinstance(self.likelihood, BoundedLikelihood) and self.likelihood.simulated:
            return self.likelihood.profile_gain
        return STEP

    def at(self, value: float, warm: Array) -> tuple[float, float, Array] | None:
        """Drop of the log-likelihood at a value, its slope dl/dvalue, and theta there."""
        start, constraint = self.move(warm, value), self.constraint(value)
        try:
            found = maximise(self.likelihood, start, constraint, tolerance=self._least_gain)
        except ConvergenceError:  # the likelihood is not defined at the start
            return None
        best = float(self.optimum.evaluation.llf)
        slope = found.multiplier * self.total(found.theta)
        return best - float(found.evaluation.llf), slope, found.theta

    def expected_end(self, z: float, side: float) -> float | None:
        """Where the quadratic at the estimate has its signed root at ``side * z``.

        In the logarithm of the value, or in the value where the estimate is 0; None where the
        likelihood has no curvature there.
        """
        at, c = self.optimum.evaluation, self.constraint(self.estimate).c
        free = ~self.optimum.active
        if not c[free].any():
            free = free | (c != 0)
        if at.score is None or at.average_information is None or not c.any():
            return None
        information = at.average_information[np.ix_(free, free)]
        variance = float(c[free] @ np.linalg.lstsq(information, c[free], rcond=1e-14)[0])
        sd = np.sqrt(max(variance, 0.0)) / self.total(at.theta)
        if not np.isfinite(sd) or sd <= 0:
            return None
        if self.estimate > 0:
            return float(self.estimate * np.exp(np.clip(side * z * sd / self.estimate, -3, 3)))
        slope = min(float(at.score[c > 0].max(initial=-np.inf)), 0.0)
        found = z * z / (np.hypot(slope, z / sd) - slope) if np.isfinite(slope) else np.nan
        return float(found) if found > 0 else None


def variance_profile(likelihood: Likelihood, optimum: Optimum, j: int) -> VarianceProfile:
    """Profile of the single parameter theta_j."""
    c = np.zeros(optimum.theta.size)
    c[j] = 1.0

    def move(theta: Array, value: float) -> Array:
        moved = theta.copy()
        moved[j] = value
        return moved

    return VarianceProfile(
        likelihood, optimum, float(optimum.theta[j]), lambda value: Constraint(c, value), move
    )


def sd_profile(
    likelihood: Likelihood, optimum: Optimum, term: int, effect: int
) -> tuple[VarianceProfile, float]:
    """Profile of a multiple of the standard deviation of one effect of a term, and the factor."""
    start = parameter_slices(likelihood.terms)[term].start
    effects = orthonormal_effects(likelihood, last=(term, effect))
    T = None if effects is None else effects.bases[term]
    if effects is None or T is None:
        return variance_profile(likelihood, optimum, start + effect), 1.0
    at = effects.likelihood.evaluate(effects.to_orthonormal(optimum.theta))
    if at is None:
        return variance_profile(likelihood, optimum, start + effect), 1.0
    active = np.zeros(at.theta.size, dtype=bool)
    near = Optimum(at, active, optimum.outcome, optimum.log)
    return variance_profile(effects.likelihood, near, start + len(T) - 1), abs(float(T[-1, effect]))


def sum_profile(likelihood: Likelihood, optimum: Optimum, members: list[int]) -> VarianceProfile:
    """Profile of the sum of the variances numbered ``members``."""
    c = np.zeros(optimum.theta.size)
    c[members] = 1.0

    def move(theta: Array, value: float) -> Array:
        moved = theta.copy()
        now = moved[members].sum()
        moved[members] = moved[members] * value / now if now > 0 else value / len(members)
        return moved

    return VarianceProfile(
        likelihood, optimum, float(c @ optimum.theta), lambda value: Constraint(c, value), move
    )


def share_profile(
    likelihood: Likelihood, optimum: Optimum, members: list[int], of: list[int]
) -> VarianceProfile:
    """Profile of the share sum(members) / sum(of); members are among ``of``."""
    part = np.zeros(optimum.theta.size)
    part[members] = 1.0
    whole = np.zeros(optimum.theta.size)
    whole[of] = 1.0

    def move(theta: Array, value: float) -> Array:
        total = whole @ theta
        rest = [j for j in of if j not in members]
        moved = theta.copy()
        for group, amount in ((members, value * total), (rest, (1 - value) * total)):
            now = moved[group].sum()
            moved[group] = moved[group] * amount / now if now > 0 else amount / len(group)
        return moved

    share = float(part @ optimum.theta) / float(whole @ optimum.theta)
    return VarianceProfile(
        likelihood,
        optimum,
        share,
        lambda value: Constraint(part - value * whole, 0.0),
        move,
        lambda theta: float(whole @ theta),
    )


def interval(
    profile: VarianceProfile, alpha: float, upper_limit: float = np.inf, scale: float | None = None
) -> tuple[float, float]:
    """Find the profile-likelihood interval on [0, upper_limit].

    Parameters
    ----------
    profile
        What to profile.
    alpha
        Share outside the interval, such as 0.05.
    upper_limit
        Largest possible value (1 for a share).
    scale
        Typical size of the value, for the first guess where the estimate is 0.
    """
    z = float(np.sqrt(chi2.isf(alpha, 1)))
    return _lower_end(profile, z), _upper_end(profile, z, upper_limit, scale)


def _lower_end(profile: VarianceProfile, z: float) -> float:
    """Find the end below the estimate, asking at 0 first where the end may be there."""
    estimate = profile.estimate
    if estimate <= 0:
        return 0.0
    search = _Search(profile, z)
    guess = profile.expected_end(z, -1.0)
    for _ in range(FEW_TURNS):
        if guess is None or guess < NEAR_ZERO * estimate:
            break
        if search.reaches_end(guess):
            return search.root(0.0, guess)
        guess = search.newton()
    at_zero = profile.at(0.0, profile.optimum.theta)
    if at_zero is not None and 2 * at_zero[0] < z * z:
        return 0.0
    return search.root(0.0, 0.4 * estimate if guess is None else guess)


def _upper_end(profile: VarianceProfile, z: float, limit: float, scale: float | None) -> float:
    """Find the end above the estimate; infinite where the profile never falls so far."""
    estimate = profile.estimate
    if estimate >= limit:
        return limit
    search = _Search(profile, z)
    guess = profile.expected_end(z, 1.0)
    if not np.isfinite(limit):
        if guess is None:
            least = 1e-6 * float(profile.likelihood.typical_sizes.min())
            guess = max(2 * estimate, scale or least)
        return search.root(np.nan, guess)
    if guess is None or guess >= limit or not search.reaches_end(guess):
        at_limit = profile.at(limit, profile.optimum.theta)
        if at_limit is not None and 2 * at_limit[0] < z * z:
            return limit
    if guess is None or guess >= limit:
        guess = float(np.sqrt(estimate * limit)) if estimate > 0 else 0.5 * limit
    return search.root(limit, guess)


@dataclass
class _Search:
    """One end of a profile, with what the last evaluation gave.

    Attributes
    ----------
    theta, value
        Where the last maximisation ended, and the value there; at first the estimate.
    before
        The same of the one before.
    last
        Value, drop and slope there, None where the likelihood is not defined.
    """

    profile: VarianceProfile
    z: float
    theta: Array = field(init=False)
    value: float = field(init=False)
    before: tuple[float, Array] = field(init=False)
    last: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        self.theta, self.value = self.profile.optimum.theta, self.profile.estimate
        self.before = self.value, self.theta

    def reaches_end(self, value: float) -> bool:
        """Whether the end is at a value, or between the estimate and it."""
        gap = self.gap(np.zeros(1, dtype=np.intp), np.array([value]))[0]
        return bool(gap > -self._tolerance)

    def root(self, outside: float, guess: float) -> float:
        """Find the end between the estimate and ``outside`` (NaN: wherever it is)."""
        inside = self.profile.estimate
        gap_outside = np.nan if np.isnan(outside) else np.inf
        brackets = Brackets(*np.array([[inside], [-(self.z**2)], [outside], [gap_outside]]))
        found = bracketed_roots(
            self.gap,
            brackets,
            np.array([guess]),
            self.propose,
            tolerance=self._tolerance,
            turns=MOST_TURNS,
        )
        if np.isnan(brackets.outside[0]) and abs(brackets.gap_inside[0]) >= self._tolerance:
            return float("inf")
        last = self.newton() if self.profile.simulated else None
        return float(found[0]) if last is None else last

    @property
    def _tolerance(self) -> float:
        return 2 * (SIMULATED_ROOT_TOLERANCE if self.profile.simulated else ROOT_TOLERANCE)

    def gap(self, _: Index, value: Array) -> Array:
        """2 drop - z^2."""
        if self.last is None or self.last[0] != value[0]:
            at = float(value[0])
            found = self.profile.at(at, self._expected(at))
            if found is None:
                self.last = None
                return np.array([np.inf])
            drop, slope, theta = found
            self.before, self.theta = (self.value, self.theta), theta
            self.value, self.last = at, (at, drop, slope)
        return np.array([2 * self.last[1] - self.z * self.z])

    def propose(self, _: Index, brackets: Brackets, turn: int) -> Array:
        """Newton step of sqrt(2 drop) = z in the logarithm of the value, kept in the bracket."""
        inside, outside = float(brackets.inside[0]), float(brackets.outside[0])
        is_open = np.isnan(outside)
        low, high = sorted((inside, GROWTH * inside if is_open else outside))
        guess = self.newton()
        if guess is not None and low < guess < high:
            return np.array([guess])
        if is_open:
            return np.array([high])
        return np.array([np.sqrt(low * high) if low > 0 else 0.5 * (low + high)])

    def _expected(self, value: float) -> Array:
        """Where theta is expected: on the line through the last two, over the log of the value."""
        value_before, theta_before = self.before
        if min(value, self.value, value_before) <= 0 or self.value == value_before:
            return self.theta
        ratio = float(np.log(value / self.value) / np.log(self.value / value_before))
        moved = self.theta + np.clip(ratio, -3.0, 3.0) * (self.theta - theta_before)
        likelihood = self.profile.likelihood
        inside = (moved > likelihood.lower) & (moved < likelihood.upper)
        return np.where(inside, moved, self.theta)

    def newton(self) -> float | None:
        """Step from the last evaluation to where sqrt(2 drop) would be z; None without a slope."""
        if self.last is None:
            return None
        value, drop, slope = self.last
        root = np.sqrt(max(2 * drop, 0.0))
        rate = -slope * value / root if root > 0 else 0.0
        if rate == 0 or not np.isfinite(rate):
            return None
        return value * float(np.exp(np.clip((self.z - root) / rate, -3.0, 3.0)))
