"""Profile-likelihood intervals of components, of their sums and of their shares.

The profile of the fitted criterion (REML or ML) is maximised at fixed values of c'theta and left
where it has dropped by half the chi-square quantile; the lower end is 0 where the drop at 0 is
smaller (Cox & Snell 1989; Viechtbauer 2007, 10.1002/sim.2514, for variances). The constraint's
multiplier is the slope of the profile, so a few safeguarded Newton steps on the signed root
sqrt(2 drop), nearly linear in the logarithm of the value, find each end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from ..likelihoods.censored import CensoredLikelihood
from ..likelihoods.gaussian import Likelihood
from ..model.structures import Array
from ..model.terms import Index, parameter_slices
from .bracketing import Brackets, bracketed_roots
from .newton import Constraint, Optimum, maximise
from .orthonormal_effects import orthonormal_effects

ROOT_TOLERANCE = 1e-11
"""Error of the log-likelihood at an interval's end."""
SIMULATED_ROOT_TOLERANCE, SIMULATED_STEP = 1e-6, 1e-9
"""The same, and the gain at which a profiled maximum is reached, where probabilities are simulated:
their points move the log-likelihood by more, and exactness takes half of the evaluations."""
STEP = 1e-13


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
        return isinstance(self.likelihood, CensoredLikelihood) and self.likelihood.simulated

    def at(self, value: float, warm: Array) -> tuple[float, float, Array] | None:
        """Drop of the log-likelihood at a value, its slope dl/dvalue, and theta there."""
        constraint = self.constraint(value)
        start = self.move(warm, value)
        there = self.likelihood.evaluate(start)
        if there is None:
            return None
        tolerance = SIMULATED_STEP if self.simulated else STEP
        found = maximise(self.likelihood, start, constraint, tolerance, there)
        best = float(self.optimum.evaluation.llf)
        slope = found.multiplier * self.total(found.theta)
        return best - float(found.evaluation.llf), slope, found.theta


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
    estimate = profile.estimate
    if estimate <= 0:
        return 0.0
    at_zero = profile.at(0.0, profile.optimum.theta)
    if at_zero is not None and 2 * at_zero[0] < z * z:
        return 0.0
    return _solve(profile, z, 0.0, estimate, -1.0)


def _upper_end(profile: VarianceProfile, z: float, limit: float, scale: float | None) -> float:
    estimate = profile.estimate
    if estimate >= limit:
        return limit
    if np.isfinite(limit):
        at_limit = profile.at(limit, profile.optimum.theta)
        if at_limit is not None and 2 * at_limit[0] < z * z:
            return limit
        return _solve(profile, z, estimate, limit, 1.0)
    high = max(2 * estimate, scale or 1e-6 * float(profile.likelihood.typical_sizes.min()))
    warm = profile.optimum.theta
    low = estimate
    for _ in range(80):
        found = profile.at(high, warm)
        if found is not None:
            warm = found[2]
            if 2 * found[0] > z * z:
                return _solve(profile, z, low, high, 1.0, warm)
        low, high = high, high * 2.5
    return float("inf")


def _solve(
    profile: VarianceProfile,
    z: float,
    low: float,
    high: float,
    side: float,
    warm: Array | None = None,
) -> float:
    """Value between low and high where the signed root of the drop is ``side * z``."""
    theta = profile.optimum.theta if warm is None else warm
    search = _Search(profile, z, theta)
    inside, outside = (low, high) if side > 0 else (high, low)
    brackets = Brackets(*np.array([[inside], [-z * z], [outside], [np.inf]]))
    guess = np.array([_first_guess(low, high, side)])
    tolerance = 2 * (SIMULATED_ROOT_TOLERANCE if profile.simulated else ROOT_TOLERANCE)
    found = bracketed_roots(
        search.gap, brackets, guess, search.propose, tolerance=tolerance, turns=60
    )
    return float(found[0])


def _first_guess(low: float, high: float, side: float) -> float:
    if low > 0:
        return float(np.sqrt(low * high))
    return 0.4 * high if side < 0 else 0.5 * (low + high)


@dataclass
class _Search:
    """One end of a profile, with what the last evaluation gave.

    Attributes
    ----------
    theta
        Where the next maximisation starts.
    last
        Value, drop and slope there, None where the likelihood is not defined.
    """

    profile: VarianceProfile
    z: float
    theta: Array
    last: tuple[float, float, float] | None = None

    def gap(self, _: Index, value: Array) -> Array:
        """2 drop - z^2."""
        found = self.profile.at(float(value[0]), self.theta)
        if found is None:
            self.last = None
            return np.array([np.inf])
        drop, slope, self.theta = found
        self.last = float(value[0]), drop, slope
        return np.array([2 * drop - self.z * self.z])

    def propose(self, _: Index, brackets: Brackets, turn: int) -> Array:
        """Newton step of sqrt(2 drop) = z in the logarithm of the value, kept in the bracket."""
        low, high = sorted((float(brackets.inside[0]), float(brackets.outside[0])))
        if self.last is None:
            return np.array([0.5 * (low + high)])
        value, drop, slope = self.last
        root = np.sqrt(max(2 * drop, 0.0))
        rate = -slope * value / root if root > 0 else 0.0
        if rate != 0 and np.isfinite(rate):
            guess = value * float(np.exp(np.clip((self.z - root) / rate, -3.0, 3.0)))
            if low < guess < high:
                return np.array([guess])
        return np.array([np.sqrt(low * high) if low > 0 else 0.5 * (low + high)])
