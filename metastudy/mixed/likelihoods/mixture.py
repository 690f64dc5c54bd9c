"""The likelihood of rows with two alternatives, summed over all combinations of the units.

With shifts A (n, K) the rows are y - A s, s in {0, 1}^K with prior p, and

    L = sum_s p(s) f(y - A s).

ML takes f at the best coefficients, with one sum for each connected component; REML takes the
restricted likelihood, the integral over flat coefficients, with one sum for all. Both depend on s
through A'P y and A'P A alone, so that the 2^K terms cost K x K algebra.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from ..errors import UndefinedError
from ..model.alternatives import unit_components
from ..model.frame import Frame, alternatives_of
from ..model.sampling_covariance import component_rows
from ..model.structures import Array
from ..model.terms import Index
from ..solvers.blocks import marginal_components
from .gaussian import Evaluation, Likelihood, chi_square_terms, inverse_logdet
from .louis_information import Completed, Draws, newton_information


@dataclass(frozen=True)
class MixtureEvaluation(Evaluation):
    """The likelihood at one theta; ``posterior`` is each unit's probability given all rows."""

    posterior: Array = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class _States:
    """Combinations of one component's units: (2^k, k), their log prior, and which units."""

    units: Index
    s: Array
    log_prior: Array


@dataclass(frozen=True)
class _Sum:
    """The sum over combinations: ln sum, mean of s (K,), its covariance, weights by component."""

    log: float
    mean: Array
    cov: Array
    weights: list[Array]


class MixtureLikelihood(Likelihood):
    """Log-likelihood of theta with enumerated alternatives.

    Parameters
    ----------
    frame
        Rows with alternatives.
    reml
        Whether the fixed part is integrated out.
    """

    def __init__(self, frame: Frame, reml: bool) -> None:
        super().__init__(
            frame.y, frame.X, frame.terms, frame.V, reml, extras=chi_square_terms(frame)
        )
        given = alternatives_of(frame)
        self.A: Array = given.shifts[self.order][:, given.enumerated]
        prior = given.probability[given.enumerated]
        shifts = given.shifts[:, given.enumerated]
        components = marginal_components(frame.terms, frame.V)
        home = unit_components(shifts, components, joined=reml and self.p > 0)
        self.states = [_combinations(units, prior[units]) for units in component_rows(home)]
        self.prior = prior

    def with_response(self, y: Array) -> Likelihood:
        """Refuse: the alternatives belong to these rows."""
        raise UndefinedError("a fit with alternatives takes its rows as they are")

    def evaluate(self, theta: Array, derivatives: bool = True) -> MixtureEvaluation | None:
        """Likelihood at theta (k,); None where M is not positive definite."""
        factor = self.solver.factor(theta)
        if factor is None:
            return None
        W = factor.solve(np.column_stack([self.Q, self.y, self.A]))
        WQ, Wy, WA = W[:, : self.p], W[:, self.p], W[:, self.p + 1 :]
        information = self.Q.T @ WQ
        cov, log_information = inverse_logdet(information)
        if cov is None:
            return None
        lift = cov @ (self.Q.T @ WA)
        constant = self.n * np.log(2 * np.pi) + float(factor.logdet)
        if self.reml:
            constant += float(log_information) - self.p * np.log(2 * np.pi)
            b = cov @ (self.Q.T @ Wy)
            Z = WA - WQ @ lift
            found = self._sum(self.A.T @ (Wy - WQ @ b), self.A.T @ Z)
            residual = self.y - self.Q @ b
            alpha, start = Wy - WQ @ b, residual
            beta, cov_beta = b - lift @ found.mean, cov + lift @ found.cov @ lift.T
        else:
            Z = WA
            beta, found = self._best_coefficients(information, WQ, Wy, WA, lift)
            alpha, start = Wy - WQ @ beta, self.y - self.Q @ beta
            half = WQ.T @ self.A
            cov_beta = np.linalg.inv(information - half @ found.cov @ half.T)
        llf = -0.5 * (constant + float(start @ alpha)) + found.log
        llf += sum(float(x.llf(theta[x.parameter])) for x in self.extras)
        if not np.isfinite(llf):
            return None
        alpha = alpha - Z @ found.mean
        base = MixtureEvaluation(
            theta,
            np.asarray(llf),
            beta,
            cov_beta,
            np.asarray(np.nan),
            factor=factor,
            WQ=WQ,
            Py=alpha,
            posterior=found.mean,
        )
        return self._differentiated(base, Z, found, cov) if derivatives else base

    def _sum(self, h: Array, G: Array) -> _Sum:
        """Sum over s of p(s) exp(s'h - s'G s / 2)."""
        K = h.size
        total, mean, cov = 0.0, np.zeros(K), np.zeros((K, K))
        weights = []
        for states in self.states:
            u, s = states.units, states.s
            logs = states.log_prior + s @ h[u] - 0.5 * ((s @ G[np.ix_(u, u)]) * s).sum(axis=1)
            top = float(logs.max())
            w = np.exp(logs - top)
            total += top + float(np.log(w.sum()))
            w = w / w.sum()
            mean[u] = w @ s
            cov[np.ix_(u, u)] = (s - mean[u]).T @ ((s - mean[u]) * w[:, None])
            weights.append(w)
        return _Sum(total, mean, cov, weights)

    def _best_coefficients(
        self, information: Array, WQ: Array, Wy: Array, WA: Array, lift: Array
    ) -> tuple[Array, _Sum]:
        """ML: Newton steps on the coefficients, or those of EM where Newton's do not rise."""
        QWy, QWA, AWA = self.Q.T @ Wy, WQ.T @ self.A, self.A.T @ WA
        b = np.linalg.solve(information, QWy - QWA @ self.prior) if self.p else np.zeros(0)

        def value(b: Array) -> tuple[float, _Sum]:
            found = self._sum(self.A.T @ Wy - QWA.T @ b, AWA)
            return float(b @ QWy - 0.5 * b @ information @ b) + found.log, found

        now, found = value(b)
        for _ in range(200 if self.p else 0):
            slope = QWy - information @ b - QWA @ found.mean
            newton = information - QWA @ found.cov @ QWA.T
            definite = np.linalg.eigvalsh(newton)[0] > 0
            step = np.linalg.solve(newton if definite else information, slope)
            gain = float(slope @ step)
            if gain < 1e-20:
                break
            tried, moved = value(b + step)
            if gain > 1e-9 and tried < now:
                # The step of EM never lowers the likelihood.
                step = np.linalg.solve(information, slope)
                tried, moved = value(b + step)
            b, now, found = b + step, tried, moved
        return b, found

    def _differentiated(
        self, base: MixtureEvaluation, Z: Array, found: _Sum, cov: Array
    ) -> MixtureEvaluation:
        factor, alpha, WQ = base.factor, base.Py, base.WQ
        assert alpha is not None
        assert WQ is not None
        k = len(self.parameters)
        draws = [
            Draws(states.units[None], (found.mean[states.units] - states.s).T[None], w[None])
            for states, w in zip(self.states, found.weights, strict=True)
        ]
        columns = np.column_stack([Z, alpha, WQ])
        score, traces = np.empty(k), factor.traces()
        slopes: list[Array] = []
        blocks: list[list[Array]] = [[] for _ in draws]
        for j in range(k):
            applied = factor.apply(j, columns)
            moved, own = applied[:, : Z.shape[1]], applied[:, Z.shape[1]]
            slopes.append(own)
            S = Z.T @ moved
            for part, block in zip(draws, blocks, strict=True):
                block.append(S[np.ix_(part.rows[0], part.rows[0])][None])
            trace = float(traces[j])
            if self.reml:
                trace -= float((cov * (WQ.T @ applied[:, Z.shape[1] + 1 :])).sum())
            score[j] = 0.5 * (alpha @ own + (found.cov * S).sum() - trace)
        D = None if self.reml else Z.T @ self.Q
        completed = Completed(factor.apply, factor.solve, self.Q, Z, alpha, alpha, D)
        information = newton_information(completed, draws, slopes, blocks)
        for extra in self.extras:
            j, value = extra.parameter, base.theta[extra.parameter]
            score[j] += float(extra.score(value))
            information[j, j] += float(extra.information(value))
        return replace(base, score=score, average_information=information)


def _combinations(units: Index, prior: Array) -> _States:
    s = np.array(list(product((0.0, 1.0), repeat=units.size)))
    with np.errstate(divide="ignore"):
        log_prior = np.where(s > 0, np.log(prior), np.log1p(-prior)).sum(axis=1)
    return _States(units, s, log_prior)
