"""The likelihood with censored rows: a density of the exact rows times normal probabilities.

    ln L = ln f(exact rows) + sum over components of ln P(lower <= censored rows <= upper | exact)

ML takes this at the best coefficients, with one probability for each connected component of the
marginal covariance. REML integrates it over flat coefficients: ln f is then the restricted
likelihood of the exact rows and the prediction carries their uncertainty, which joins all censored
rows in one probability. Without censored rows both are the ordinary criteria. (The model: Hughes
1999, 10.1111/j.0006-341X.1999.00625.x; Vaida & Liu 2009, 10.1198/jcgs.2009.07130.)

Units with two alternatives, y - a s with s = 1 with probability p and 0 otherwise, are entries
s - p beside the censored rows. f is the density under a normal s of the same mean and variance; the
expectation then has, for each unit, its two points divided by that normal density, which makes the
likelihood exact whatever the number of units (``joined_conditions``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg

from ..model.frame import Frame
from ..model.structures import Array
from ..model.terms import Index
from ..solvers.blocks import marginal_components
from .bounded import SIMULATED_GOOD_ENOUGH, BoundedLikelihood, CensoredEvaluation
from .conditioning import Conditional, ExactRows
from .joined_conditions import Conditions, Joined, joined_entries
from .louis_information import Completed, Draws, newton_information
from .orthant import Expectation

POINTS, FEWER_POINTS, FEW_POINTS = 128, 64, 32
"""Points in each replicate of the simulation, in that of more than ``MANY`` entries, and in that of
more than ``LARGE``."""
SIMULATED_TOLERANCE = 1e-15
"""Expected gain that ends a search, times the squared size of an expectation: its rounding."""
MANY, MANY_TOLERANCE = 250, 1e-7
"""Entries of an expectation above which half of the points leave its error as small as needed, and
that gain is what its rounding leaves to be seen."""
LARGE, LARGE_TOLERANCE = 500, 1e-5
"""Entries of an expectation above which that gain is enough: half a per cent of an error."""
PROFILE_STEP, PROFILE_ROUNDING = 1e-7, 5e-12
"""Expected gain at which a profiled maximum is reached, and the same over the squared size of an
expectation, whose rounding leaves no more to be seen."""
NEAR, NEGLIGIBLE = 1e-9, 1e-18
"""Expected gains of a Newton step on the coefficients: taken unseen, and not taken at all."""


@dataclass(frozen=True)
class _Spot:
    """Value at one theta (and b), with slopes by mean g (m,) and covariance H (m, m).

    m counts censored rows and units. ``curvature`` is the second derivative by the mean: for a
    normal law dP/dS is half of d2P/dmean2, so that it is 2 H - g g' within each expectation.
    """

    llf: float
    error: float
    mean: Array
    S: Array
    g: Array
    H: Array
    curvature: Array
    parts: list[tuple[Index, Expectation]]


@dataclass(frozen=True)
class _Located:
    """Where a theta puts the coefficients.

    ``b`` is what the prediction of censored rows starts from, with covariance ``F`` if integrated
    (then from exact rows alone); ``beta`` and ``cov`` are the estimate from all rows.
    """

    spot: _Spot
    b: Array
    F: Array | None
    beta: Array
    cov: Array


class CensoredLikelihood(BoundedLikelihood):
    """Log-likelihood of theta with bounds.

    ``joined`` are the entries of the largest expectation, units included.

    Parameters
    ----------
    frame
        Rows with bounds.
    reml
        Whether the fixed part is integrated out.
    rng
        Draws the points of the simulation, once: they stay the same for every theta.
    n_points
        Points in each replicate, a power of two; by default by the size of the expectations.
    """

    def __init__(
        self, frame: Frame, reml: bool, rng: np.random.Generator, n_points: int | None = None
    ) -> None:
        super().__init__(frame, reml)
        y, Q, bounds, units = self.y, self.Q, self.bounds, self.units
        self.rows = ExactRows(y, Q, bounds, frame.terms, self.V, units.cross, units.variance)
        shift = units.mean_shift[bounds.censored]
        self.conditions = Conditions(
            bounds.lower[bounds.censored] - shift,
            bounds.upper[bounds.censored] - shift,
            units.p,
        )
        components = marginal_components(frame.terms, self.V)
        components = np.append(components[bounds.censored], components[units.first_rows])
        stacks = joined_entries(components, bounds.censored.size, reml and self.p > 0)
        self.joined = max((entries.shape[1] for entries, _ in stacks), default=0)
        if n_points is None:
            few = FEWER_POINTS if self.joined <= LARGE else FEW_POINTS
            n_points = POINTS if self.joined <= MANY else few
        self.groups = [Joined(entries, K, self.conditions, n_points, rng) for entries, K in stacks]
        if self.simulated:
            self.tolerance = max(self.tolerance, SIMULATED_TOLERANCE * self.joined**2)
            self.good_enough = SIMULATED_GOOD_ENOUGH
            if self.joined > MANY:
                self.tolerance = LARGE_TOLERANCE if self.joined > LARGE else MANY_TOLERANCE
        self.n_points = n_points
        self._crude = Q.T @ y
        self._b: Array | None = None

    @property
    def profile_gain(self) -> float:
        """Expected gain at which a maximum of a profile is reached."""
        return max(PROFILE_STEP, PROFILE_ROUNDING * self.joined**2)

    def fault_at(self, theta: Array) -> str:
        """Say why the criterion has no value at the starting values."""
        return self.no_covariance if self.rows.at(theta) is None else super().fault_at(theta)

    @property
    def largest(self) -> int:
        """Censored rows of the largest probability."""
        return max((group.m for group in self.groups), default=0)

    @property
    def simulated(self) -> bool:
        """Whether any expectation is simulated."""
        return any(group.simulated for group in self.groups)

    def settle(self, theta: Array) -> None:
        """Fit the simulation to theta: stand-ins, order, draws of units; they stay until then."""
        if not self.simulated:
            return
        at = self.rows.at(theta)
        law = None if at is None else self._law(at)
        if law is not None:
            for group in self.groups:
                group.settle(*law, self.conditions)

    def _law(self, at: Conditional) -> tuple[Array, Array] | None:
        """Mean and covariance of the entries, with the coefficients integrated out or at best."""
        if self.reml:
            whole = at.integrated
            return None if whole is None else (at.mean + at.D @ whole.b, whole.S)
        spot, _ = self._best_coefficients(at)
        return None if spot is None else (spot.mean, spot.S)

    def _located(self, at: Conditional) -> _Located | None:
        """Probabilities with the coefficients integrated out (REML) or at their best (ML)."""
        if not self.reml:
            spot, b = self._best_coefficients(at)
            if spot is None:
                return None
            cov = _definite_solve(self._fixed_information(at, spot), np.eye(self.p))
            return _Located(spot, b, None, b, cov)
        found = at.integrated
        if found is None:
            return None
        spot = self._spot(found.llf, at.mean + at.D @ found.b, found.S)
        if spot is None:
            return None
        FD = found.F @ at.D.T
        beta, cov = found.b + FD @ spot.g, found.F + FD @ spot.curvature @ FD.T
        return _Located(spot, found.b, found.F, beta, cov)

    def evaluate(self, theta: Array, derivatives: bool = True) -> CensoredEvaluation | None:
        """Likelihood at theta (k,); None where M is not positive definite."""
        at = self.rows.at(theta)
        found = None if at is None else self._located(at)
        if at is None or found is None:
            return None
        spot = found.spot
        llf = spot.llf + sum(float(x.llf(theta[x.parameter])) for x in self.extras)
        if not np.isfinite(llf):
            return None
        C = self.rows.censored
        completed = self.rows.y + self.units.mean_shift
        completed[C] += (spot.mean + spot.S @ spot.g)[: C.size] - self.rows.y[C]
        base = CensoredEvaluation(
            theta,
            np.asarray(llf),
            found.beta,
            found.cov,
            np.asarray(np.nan),
            llf_error=spot.error,
            completed=completed,
            posterior=self._posterior(spot),
        )
        return self._differentiated(base, at, found) if derivatives else base

    def _spot(self, llf: float, mean: Array, S: Array) -> _Spot | None:
        m = mean.size
        g: Array = np.zeros(m)
        H: Array = np.zeros((m, m))
        curvature: Array = np.zeros((m, m))
        variance = 0.0
        parts: list[tuple[Index, Expectation]] = []
        for group in self.groups:
            found = group.expectation(mean, S, self.conditions)
            if found is None:
                return None
            entries = group.entries
            block = (entries[:, :, None], entries[:, None, :])
            llf += float(found.logp.sum())
            variance += found.error**2
            g[entries] = found.mean_slope
            H[block] = found.covariance_slope
            slope = found.mean_slope
            curvature[block] = 2 * H[block] - slope[:, :, None] * slope[:, None]
            parts.append((entries, found))
        return _Spot(llf, float(np.sqrt(variance)), mean, S, g, H, curvature, parts)

    def _posterior(self, spot: _Spot) -> Array:
        """Give the probability of each unit's alternative: the mean of its weighted draws."""
        m = self.conditions.lower.size
        out = np.empty(self.conditions.p.size)
        for entries, found in spot.parts:
            unit = entries >= m
            expected = spot.mean[entries] + (found.draws * found.weights[:, None]).sum(axis=2)
            out[entries[unit] - m] = expected[unit]
        return np.clip(out + self.conditions.p, 0.0, 1.0)

    def _fixed_information(self, at: Conditional, spot: _Spot) -> Array:
        return np.asarray(at.information - at.D.T @ spot.curvature @ at.D)

    def _best_coefficients(self, at: Conditional) -> tuple[_Spot | None, Array]:
        """Maximise over the coefficients by Newton steps; the log-likelihood is concave in them."""

        def spot_at(b: Array) -> _Spot | None:
            return self._spot(at.llf(b), at.mean + at.D @ b, at.S)

        b = self._crude if self._b is None else self._b
        spot = spot_at(b)
        if spot is None and self._b is not None:
            b = self._crude
            spot = spot_at(b)
        for _ in range(100 if spot is not None and self.p else 0):
            assert spot is not None
            slope = at.slope(b) + at.D.T @ spot.g
            step = _definite_solve(self._fixed_information(at, spot), slope)
            gain = float(slope @ step)
            if gain < NEGLIGIBLE:
                break
            moved, length = spot_at(b + step), 1.0
            # Below NEAR the likelihood's rounding hides the gain; there the full step is right.
            while gain > NEAR and length > 1e-6 and (moved is None or moved.llf < spot.llf):
                length /= 2
                moved = spot_at(b + length * step)
            if moved is None:
                break
            b, spot = b + length * step, moved
        if spot is not None:
            self._b = b
        return spot, b

    def _differentiated(
        self, base: CensoredEvaluation, at: Conditional, found: _Located
    ) -> CensoredEvaluation:
        factor = self.solver.factor(base.theta)
        spot, F = found.spot, found.F
        W, alpha, AQ = self.rows.weights(at, found.b, F)
        Py, WH = alpha + W @ spot.g, self.rows.weighted(W, spot.H)
        draws = [
            Draws(rows, _stacked_solve(spot.S, rows, part.draws), part.weights)
            for rows, part in spot.parts
        ]
        slopes: list[Array] = []
        blocks: list[list[Array]] = [[] for _ in draws]
        score = np.empty(len(self.parameters))
        for j in range(score.size):
            moved = factor.apply(j, np.column_stack([alpha, AQ]))
            slopes.append(moved[:, 0])
            trace = at.traces[j]
            if F is not None:
                trace = trace - float((F * (AQ.T @ moved[:, 1:])).sum())
            score[j] = 0.5 * (alpha @ moved[:, 0] - trace) + spot.g @ (W.T @ moved[:, 0])
            moved = factor.apply(j, W)
            score[j] += float((WH * moved).sum())
            for part, own in zip(draws, blocks, strict=True):
                if not part.is_wide:
                    left, right = W[:, part.rows], moved[:, part.rows]
                    own.append(left.transpose(1, 2, 0) @ right.transpose(1, 0, 2))
        D = at.D if F is None else None
        completed = Completed(factor.apply, at.solve, self.Q, W, alpha, Py, D)
        information = newton_information(completed, draws, slopes, blocks)
        for extra in self.extras:
            j, value = extra.parameter, base.theta[extra.parameter]
            score[j] += float(extra.score(value))
            information[j, j] += float(extra.information(value))
        return replace(base, score=score, average_information=information, factor=factor, Py=Py)


def _stacked_solve(S: Array, rows: Index, B: Array) -> Array:
    """S^-1 B on stacked groups of entries, B of shape (g, s, n)."""
    if rows.shape[0] == 1:
        block = S[np.ix_(rows[0], rows[0])]
        factor = scipy.linalg.cho_factor(block, lower=True)
        return np.asarray(scipy.linalg.cho_solve(factor, B[0])[None])
    return np.linalg.solve(S[rows[:, :, None], rows[:, None, :]], B)


def _definite_solve(A: Array, B: Array) -> Array:
    """Solve with a matrix that simulation error may have left short of positive definite."""
    values, vectors = np.linalg.eigh((A + A.T) / 2)
    largest = float(values.max(initial=0.0))
    # Where nothing is determined there is no scale to take a floor from; a step of B is as good.
    floor = 1e-10 * largest if largest > np.finfo(float).tiny * 1e20 else 1.0
    return np.asarray((vectors / np.maximum(values, floor)) @ (vectors.T @ B))
