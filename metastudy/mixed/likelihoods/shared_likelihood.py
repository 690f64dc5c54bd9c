"""The restricted likelihood with bounds of rows in small blocks that share few effects.

    L(theta) = int N(a; 0, prior) prod over blocks L_block(a; theta) da,

a being the coefficients (flat), the standardised effects of large groupings, and unknowns that V
shares. A block's likelihood is closed (``shared_blocks``). The integral is taken by importance
sampling from the normal law of a that expectation propagation gives, at points that stay the same:
the estimate is unbiased, a smooth function of theta, and nearly free of noise, because many rows
make the law of a nearly normal. Each point comes with its mirror image, so that terms odd in the
root of a variance cancel and the estimate is smooth at a variance of zero, too. The cost grows with
the number of rows; that of one expectation of all censored rows (``censored``) with its cube.

The derivatives by theta are difference quotients of the estimate. How the curvatures of two entries
go together is needed for steps alone, and kept while theta stays near.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from ..model.frame import Frame
from ..model.shared_effects import SharedEffects
from ..model.structures import Array
from .bounded import SIMULATED_GOOD_ENOUGH, BoundedLikelihood, CensoredEvaluation
from .gaussian import LOG_2_PI
from .orthant import REPLICATES, scrambled
from .shared_blocks import BlockLaw
from .shared_model import SharedModel
from .shared_proposal import BlockSites, Entries, Proposal, Shape, fitted_block_sites

POINTS = 32
"""Points in each replicate."""
TOLERANCE, PROFILE_GAIN = 1e-9, 1e-7
"""Expected gain that ends a search, and one of a profile."""
LEAST_CURVATURE = 1e-4
"""Least curvature in any direction, beside the largest, in sizes of the parameters."""
MOST_COUPLED, NEAR = 0.99, 0.25
"""Largest correlation of curvatures, and how far theta may go until it is taken anew, in sizes."""
STEP, LEAST = 1e-3, 1e-2
"""Step of the difference quotients in sizes of a parameter, and the least size beside the typical
one."""


@dataclass(frozen=True)
class _Quotients:
    """Score and curvature by each entry of theta (k,), at its size with steps h.

    ``after`` are the log-likelihoods one step ahead.
    """

    score: Array
    curvature: Array
    size: Array
    after: Array
    h: Array


class SharedLikelihood(BoundedLikelihood):
    """Restricted log-likelihood of theta.

    Parameters
    ----------
    frame
        Rows with bounds.
    shared
        What joins their blocks.
    rng
        Draws the points, once.
    n_points
        Points in each replicate, a power of two.
    """

    def __init__(
        self,
        frame: Frame,
        shared: SharedEffects,
        rng: np.random.Generator,
        n_points: int | None = None,
    ) -> None:
        super().__init__(frame, reml=True)
        self.model = SharedModel.of(frame, shared, self.Q)
        self.prior = self.model.prior
        self.joined = self.prior.size
        self.n_points = POINTS if n_points is None else n_points
        self._shares = _mirrored(self.joined, self.n_points, rng)
        self.sites = [BlockSites.nothing(stack) for stack in self.model.stacks]
        self._place([Shape.normal()] * self.joined)
        self._coupling: Array = np.eye(len(self.parameters))
        self._coupled_at: Array = np.full(len(self.parameters), np.inf)
        self.tolerance, self.good_enough = TOLERANCE, SIMULATED_GOOD_ENOUGH

    @property
    def profile_gain(self) -> float:
        """Expected gain at which a maximum of a profile is reached."""
        return PROFILE_GAIN

    @property
    def largest(self) -> int:
        """Censored rows of the largest probability, that of one block."""
        return max(stack.c for stack in self.model.stacks)

    @property
    def what_is_simulated(self) -> str:
        """Name the integral for a reader."""
        return f"{self.joined} effects that blocks of rows share are integrated over"

    def fault_at(self, theta: Array) -> str:
        """Say why the criterion has no value at the starting values."""
        singular = _entries(self.model.laws(theta)) is None
        return self.no_covariance if singular else super().fault_at(theta)

    @property
    def simulated(self) -> bool:
        """The integral over the shared effects is simulated."""
        return True

    def settle(self, theta: Array) -> None:
        """Fit the stand-ins that propose the shared effects."""
        laws = self.model.laws(theta)
        entries = _entries(laws)
        if entries is None:
            return
        self.sites = fitted_block_sites(entries, self.prior)
        proposal = Proposal.of(entries, self.sites, self.prior)
        if proposal is not None:
            self._place([self._shape(laws, proposal, j) for j in range(self.joined)])

    def _shape(self, laws: list[BlockLaw], proposal: Proposal, j: int) -> Shape:
        """Take the law of one standardised coordinate, the others at zero."""
        z = np.zeros((self.joined, Shape.grid().size))
        z[j] = Shape.grid()
        log_p = self._log_target(laws, proposal.at(z))
        return Shape.normal() if log_p is None else Shape.of(log_p)

    def _place(self, shapes: list[Shape]) -> None:
        """Put the points where the shape of each coordinate has its shares."""
        self._shapes = shapes
        placed = [s.quantiles(w) for s, w in zip(shapes, self._shares, strict=True)]
        self.z = np.array([z for z, _ in placed])
        self.log_density: Array = np.sum([log_q for _, log_q in placed], axis=0)

    def evaluate(self, theta: Array, derivatives: bool = True) -> CensoredEvaluation | None:
        """Likelihood at theta (k,); None where M is not positive definite."""
        found = self._integrated(theta)
        if found is None:
            return None
        llf, error, beta, cov = found
        extra = sum(float(x.llf(theta[x.parameter])) for x in self.extras)
        base = CensoredEvaluation(
            theta, np.asarray(llf + extra), beta, cov, np.asarray(np.nan), llf_error=error
        )
        if not np.isfinite(base.llf):
            return None
        if not derivatives:
            return base
        own = self._quotients(theta, llf)
        if own is None:
            return None
        curvatures = self._curvatures(theta, llf, own)
        if curvatures is None:
            return None
        score, information = own.score, _definite(curvatures, own.size)
        for x in self.extras:
            j, value = x.parameter, theta[x.parameter]
            score[j] += float(x.score(value))
            information[j, j] += float(x.information(value))
        return replace(base, score=score, average_information=information)

    def completed_at(self, at: CensoredEvaluation) -> Array:
        """Give the response with censored rows at their expectation given all rows, (n,)."""
        out = self.y + self.units.mean_shift
        for stack, (rows, _) in zip(self.model.stacks, self._expected(at.theta), strict=True):
            out[stack.rows[:, stack.e :]] = rows
        return out

    def posterior_at(self, at: CensoredEvaluation) -> Array:
        """Give the probability of each summed unit's alternative given all rows, (K,)."""
        out = np.empty(self.units.p.size)
        for stack, (_, units) in zip(self.model.stacks, self._expected(at.theta), strict=True):
            out[stack.units] = units
        return out

    def _expected(self, theta: Array) -> list[tuple[Array, Array]]:
        laws = self.model.laws(theta)
        drawn = self._weighted(laws)
        assert drawn is not None
        log_w, a, _ = drawn
        w = np.exp(log_w - logsumexp(log_w))
        return [law.expected(a, w) for law in laws]

    def _integrated(self, theta: Array) -> tuple[float, float, Array, Array] | None:
        """Log-likelihood, its error, and mean and covariance of the coefficients given all rows."""
        laws = self.model.laws(theta)
        drawn = self._weighted(laws)
        if drawn is None:
            return None
        log_w, a, proposal = drawn
        top = float(log_w.max())
        w = np.exp(log_w - top)
        by_replicate = w.reshape(REPLICATES, -1).mean(axis=1)
        llf = top + float(np.log(w.mean()))
        error = float(by_replicate.std(ddof=1) / np.sqrt(REPLICATES) / w.mean())
        # The proposal's own moments are known; points only add how the law differs from it.
        own = self.model.coefficients
        mean, cov = (x[own] for x in proposal.moments(self._shapes))
        b = a[own] - mean[:, None]
        apart = w / w.sum() - 1 / w.size
        moved = b @ apart
        cov = cov[:, own] + (b * apart) @ b.T - np.outer(moved, moved)
        return llf, error, mean + moved, (cov + cov.T) / 2

    def _weighted(self, laws: list[BlockLaw]) -> tuple[Array, Array, Proposal] | None:
        """Log of likelihood times prior over proposal (n,), at the points a (q, n)."""
        entries = _entries(laws)
        proposal = None if entries is None else Proposal.of(entries, self.sites, self.prior)
        if proposal is None:
            return None
        a = proposal.at(self.z)
        log_p = self._log_target(laws, a)
        if log_p is None:
            return None
        log_w = log_p + proposal.log_volume - self.log_density
        return (log_w, a, proposal) if np.isfinite(log_w).all() else None

    def _log_target(self, laws: list[BlockLaw], a: Array) -> Array | None:
        """Log of likelihood times prior at shared effects a (q, n)."""
        log_p = -0.5 * (self.prior[:, None] * a * a).sum(axis=0)
        log_p -= 0.5 * float(self.prior.sum()) * LOG_2_PI
        for law in laws:
            own = law.log_factor(a)
            if own is None:
                return None
            log_p += own.sum(axis=0)
        return np.asarray(log_p)

    def _quotients(self, theta: Array, llf: float) -> _Quotients | None:
        """Differentiate the estimate by each entry of theta, once and twice."""
        size = np.maximum(theta, LEAST * self.typical_sizes)
        h = STEP * size
        after, before = np.empty(theta.size), np.empty(theta.size)
        one_sided = theta < h
        for j in range(theta.size):
            for out, sign in ((after, 1.0), (before, 2.0 if one_sided[j] else -1.0)):
                found = self._llf_beside(theta, {j: sign * h[j]})
                if found is None:
                    return None
                out[j] = found
        slope = np.where(one_sided, 4 * after - 3 * llf - before, after - before) / (2 * h)
        bend = np.where(one_sided, before - 2 * after + llf, after - 2 * llf + before) / h**2
        return _Quotients(slope, -bend, size, after, h)

    def _curvatures(self, theta: Array, llf: float, own: _Quotients) -> Array | None:
        """Curvatures (k, k); how two entries go together is kept while theta stays near."""
        scale = np.sqrt(np.abs(own.curvature))
        far = np.abs(theta - self._coupled_at) > NEAR * own.size
        if far.any():
            coupling = np.eye(theta.size)
            for i in range(theta.size):
                for j in range(i):
                    found = self._llf_beside(theta, {i: own.h[i], j: own.h[j]})
                    if found is None:
                        return None
                    mixed = (own.after[i] + own.after[j] - found - llf) / (own.h[i] * own.h[j])
                    r = mixed / max(scale[i] * scale[j], np.finfo(float).tiny)
                    coupling[i, j] = coupling[j, i] = np.clip(r, -MOST_COUPLED, MOST_COUPLED)
            self._coupling, self._coupled_at = coupling, theta
        return self._coupling * scale * scale[:, None]

    def _llf_beside(self, theta: Array, moves: dict[int, float]) -> float | None:
        moved = theta.copy()
        for j, step in moves.items():
            moved[j] += step
        drawn = self._weighted(self.model.laws(moved))
        return None if drawn is None else float(logsumexp(drawn[0]) - np.log(drawn[0].size))


def _mirrored(q: int, n_points: int, rng: np.random.Generator) -> Array:
    """Points of the unit cube (q, n): half of each replicate mirrors the other half."""
    w = scrambled(q, max(n_points // 2, 1), rng).w.reshape(q, REPLICATES, -1)
    return np.concatenate([w, 1 - w], axis=2).reshape(q, -1)


def _entries(laws: list[BlockLaw]) -> list[Entries] | None:
    """Condition all blocks on their exact rows, where that is possible."""
    found = [own for own in map(Entries.of, laws) if own is not None]
    return found if len(found) == len(laws) else None


def _definite(information: Array, size: Array) -> Array:
    """Make an information positive definite that is not so far from a maximum."""
    scale = size[:, None] * size
    values, vectors = np.linalg.eigh(information * scale)
    least = LEAST_CURVATURE * float(np.abs(values).max(initial=0.0))
    values = np.maximum(np.abs(values), max(least, np.finfo(float).tiny))
    return np.asarray((vectors * values) @ vectors.T / scale)
