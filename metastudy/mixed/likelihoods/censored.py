"""The likelihood with censored rows: a density of the exact rows times normal probabilities.

    ln L = ln f(exact rows) + sum over components of ln P(lower <= censored rows <= upper | exact)

ML takes this at the best coefficients, with one probability for each connected component of the
marginal covariance. REML integrates it over flat coefficients: ln f is then the restricted
likelihood of the exact rows and the prediction carries their uncertainty, which joins all censored
rows in one probability. Without censored rows both are the ordinary criteria. (The model: Hughes
1999, 10.1111/j.0006-341X.1999.00625.x; Vaida & Liu 2009, 10.1198/jcgs.2009.07130.)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ..errors import UndefinedError
from ..model.bounds import Bounds
from ..model.frame import Frame
from ..model.sampling_covariance import component_rows
from ..model.structures import Array
from ..model.terms import Index
from ..solvers.blocks import marginal_components
from .conditioning import Conditional, ExactRows
from .gaussian import Evaluation, Likelihood, chi_square_terms
from .louis_information import Draws, Slopes, newton_information
from .orthant import (
    CLOSED,
    IntegrationPoints,
    Rectangles,
    integration_order,
    points_for,
    rectangles,
)

POINTS = 512
"""Points in each replicate of the simulation."""
NEAR, NEGLIGIBLE = 1e-9, 1e-18
"""Expected gains of a Newton step on the coefficients: taken unseen, and not taken at all."""


@dataclass(frozen=True)
class CensoredEvaluation(Evaluation):
    """The likelihood at one theta.

    Attributes
    ----------
    llf_error
        Standard error of ``llf`` from the simulation; 0 where every probability is closed.
    completed
        The response with censored rows at their expectation given all rows, in row order.
    """

    llf_error: float = 0.0
    completed: Array = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class _Spot:
    """Value at one theta (and b), with slopes by mean g (m,) and covariance H (m, m).

    ``curvature`` is the second derivative by the mean: for a normal law dP/dS is half of
    d2P/dmean2, so that it is 2 H - g g' within each joint probability.
    """

    llf: float
    error: float
    mean: Array
    S: Array
    g: Array
    H: Array
    curvature: Array
    parts: list[tuple[Index, Rectangles]]


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


class CensoredLikelihood(Likelihood):
    """Log-likelihood of theta with bounds.

    Parameters
    ----------
    frame
        Rows with bounds.
    reml
        Whether the fixed part is integrated out.
    rng
        Draws the points of the simulation, once: they stay the same for every theta.
    n_points
        Points in each replicate, a power of two.
    """

    def __init__(
        self, frame: Frame, reml: bool, rng: np.random.Generator, n_points: int = POINTS
    ) -> None:
        bounds = bounds_of(frame)
        y = bounds.substituted
        super().__init__(y, frame.X, frame.terms, frame.V, reml, extras=chi_square_terms(frame))
        Q = np.empty_like(self.Q)
        Q[self.order] = self.Q
        self.rows = ExactRows(y, Q, bounds, frame.terms, frame.V)
        self.limits = bounds.lower[bounds.censored], bounds.upper[bounds.censored]
        components = marginal_components(frame.terms, frame.V)[bounds.censored]
        self.groups = _stacks(components, joined=reml and self.p > 0)
        self.points: dict[int, IntegrationPoints] = {
            group.shape[1]: points_for(group.shape[1], n_points, rng) for group in self.groups
        }
        self.n_points = n_points
        self._crude = Q.T @ y
        self._b: Array | None = None

    def with_response(self, y: Array) -> Likelihood:
        """Refuse: another response has other censored rows."""
        raise UndefinedError("a fit with bounds takes its rows as they are")

    @property
    def largest(self) -> int:
        """Rows of the largest probability."""
        return max((group.shape[1] for group in self.groups), default=0)

    def settle_order(self, theta: Array) -> None:
        """Choose the order of integration at theta; it stays until chosen again."""
        at = self.rows.at(theta)
        found = None if at is None else self._located(at)
        if found is None:
            return
        spot = found.spot
        a, b = self.limits[0] - spot.mean, self.limits[1] - spot.mean
        for group in self.groups:
            if group.shape[1] > CLOSED:
                for k, rows in enumerate(group):
                    block = spot.S[np.ix_(rows, rows)]
                    group[k] = rows[integration_order(a[rows], b[rows], block)]

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
        completed = self.rows.y.copy()
        completed[self.rows.censored] = spot.mean + spot.S @ spot.g
        base = CensoredEvaluation(
            theta,
            np.asarray(llf),
            found.beta,
            found.cov,
            np.asarray(np.nan),
            llf_error=spot.error,
            completed=completed,
        )
        return self._differentiated(base, at, found) if derivatives else base

    def _spot(self, llf: float, mean: Array, S: Array) -> _Spot | None:
        m = mean.size
        lower: Array = self.limits[0] - mean
        upper: Array = self.limits[1] - mean
        g: Array = np.zeros(m)
        H: Array = np.zeros((m, m))
        curvature: Array = np.zeros((m, m))
        variance = 0.0
        parts: list[tuple[Index, Rectangles]] = []
        for group in self.groups:
            block = (group[:, :, None], group[:, None, :])
            found = rectangles(lower[group], upper[group], S[block], self.points[group.shape[1]])
            if found is None:
                return None
            llf += float(found.logp.sum())
            variance += found.error**2
            g[group] = found.mean_slope
            H[block] = found.covariance_slope
            slope = found.mean_slope
            curvature[block] = 2 * H[block] - slope[:, :, None] * slope[:, None]
            parts.append((group, found))
        return _Spot(llf, float(np.sqrt(variance)), mean, S, g, H, curvature, parts)

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
    ) -> CensoredEvaluation | None:
        factor = self.solver.factor(base.theta)
        if factor is None:
            return None
        spot, F = found.spot, found.F
        k, m, order = len(self.parameters), spot.mean.size, self.order
        W, alpha, AQ = (part[order] for part in self.rows.weights(at, found.b, F))
        columns = np.column_stack([W, alpha, AQ])
        slopes = Slopes(
            np.empty((k, m, m)), np.empty((k, m)), np.empty((k, self.n, m)), np.empty((self.n, k))
        )
        score = np.empty(k)
        for j in range(k):
            applied = factor.apply(j, columns)
            slopes.W[j] = applied[:, :m]
            slopes.S[j], slopes.mean[j] = W.T @ applied[:, :m], W.T @ applied[:, m]
            slopes.completed[:, j] = applied[:, m] + applied[:, :m] @ spot.g
            trace = at.traces[j]
            if F is not None:
                trace = trace - float((F * (AQ.T @ applied[:, m + 1 :])).sum())
            score[j] = 0.5 * (alpha @ applied[:, m] - trace)
            score[j] += spot.g @ slopes.mean[j] + float((spot.H * slopes.S[j]).sum())
        draws = []
        for rows, part in spot.parts:
            block = spot.S[rows[:, :, None], rows[:, None, :]]
            draws.append(Draws(rows, np.linalg.solve(block, part.draws), part.weights))
        D = at.D if F is None else None
        information = newton_information(factor, self.Q, slopes, draws, D)
        for extra in self.extras:
            j, value = extra.parameter, base.theta[extra.parameter]
            score[j] += float(extra.score(value))
            information[j, j] += float(extra.information(value))
        return replace(
            base,
            score=score,
            average_information=information,
            factor=factor,
            Py=alpha + W @ spot.g,
        )


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


def _stacks(components: Index, joined: bool) -> list[Index]:
    """Censored rows that one probability joins, stacked by their number, shape (g, s)."""
    if not components.size:
        return []
    if joined:
        return [np.arange(components.size)[None]]
    by_size: dict[int, list[Index]] = {}
    for rows in component_rows(components):
        by_size.setdefault(rows.size, []).append(rows)
    return [np.array(by_size[size]) for size in sorted(by_size)]


def _definite_solve(A: Array, B: Array) -> Array:
    """Solve with a matrix that simulation error may have left short of positive definite."""
    values, vectors = np.linalg.eigh((A + A.T) / 2)
    largest = float(values.max(initial=0.0))
    # Where nothing is determined there is no scale to take a floor from; a step of B is as good.
    floor = 1e-10 * largest if largest > np.finfo(float).tiny * 1e20 else 1.0
    return np.asarray((vectors / np.maximum(values, floor)) @ (vectors.T @ B))
