"""Parametric bootstrap of a fit, and the intervals of a variance that it gives.

The second interval beside the profile is the inversion of the restricted likelihood ratio: a value
belongs to it if the ratio observed there is not extreme among the ratios of data simulated at that
value (Crainiceanu & Ruppert 2004, 10.1111/j.1467-9868.2004.00438.x). BCa (Efron 1987,
10.1080/01621459.1987.10478410) is given only where hardly any replicate is zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from ...confidence import check_alpha
from ..errors import UndefinedError
from ..likelihoods.gaussian import Likelihood
from ..model.frame import Frame
from ..model.sampling_covariance import component_rows
from ..model.structures import Array
from ..model.terms import Index, RandomTerm, with_parameters
from ..optimise.batched_newton import batched_start, maximise_batched
from ..optimise.bracketing import Brackets, bracketed_roots
from ..optimise.newton import Optimum, maximise, starting_values
from ..optimise.profile_likelihood import interval, variance_profile

ZERO_SHARE = 0.01
"""Share of replicates at zero from which BCa is not defined."""
TURNS = 9
"""Bisections of an end whose p-values are simulated."""


def simulate_errors(frame: Frame, theta: Array, n: int, rng: np.random.Generator) -> Array:
    """Draw n responses without fixed part, random effects plus sampling error, shape (n, rows)."""
    out = _sampling_errors(frame, n, rng)
    for term, part in with_parameters(frame.terms, theta):
        out += _effects(term, part, n, rng)
    return out


def _sampling_errors(frame: Frame, n: int, rng: np.random.Generator) -> Array:
    draws = rng.standard_normal((n, frame.nobs))
    if frame.V.is_diagonal:
        return np.asarray(draws * np.sqrt(frame.V.diagonal))
    out = np.empty_like(draws)
    for rows in component_rows(frame.V.components):
        out[:, rows] = draws[:, rows] @ _root(frame.V.dense(rows)).T
    return out


def _effects(term: RandomTerm, part: Array, n: int, rng: np.random.Generator) -> Array:
    q = term.structure.size
    if term.is_scalar:
        sd = np.sqrt(term.level_variance(part))
        return np.asarray((rng.standard_normal((n, term.n_levels)) * sd)[:, term.codes])
    effects = rng.standard_normal((n, term.n_levels, q)) @ _root(term.structure.matrix(part)).T
    if term.correlation is not None:
        effects = np.einsum("lm,nmq->nlq", _root(term.correlation), effects)
    return np.asarray(np.einsum("nrq,rq->nr", effects[:, term.codes], term.design))


def _root(matrix: Array) -> Array:
    """Find a factor A with A A' = matrix, for matrices that may be singular."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


@dataclass(frozen=True)
class Bootstrap:
    """Refits of data simulated from a fit.

    Attributes
    ----------
    sigma2
        Variance components of each replicate, one column each.
    params
        Fixed coefficients of each replicate.
    converged
        Share of replicates that converged.
    """

    sigma2: pd.DataFrame
    params: pd.DataFrame
    converged: float

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Percentile intervals at 1 - alpha; those of variances lie low, prefer the profile."""
        tail = check_alpha(alpha, UndefinedError) / 2
        both = pd.concat([self.params, self.sigma2], axis=1)
        return both.quantile([tail, 1 - tail]).T.set_axis(["lower", "upper"], axis=1)


def bootstrap(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    names: list[str],
    n: int,
    rng: np.random.Generator,
) -> Bootstrap:
    """Simulate n replicates from a fit and refit them."""
    if likelihood.extras:
        raise UndefinedError("the bootstrap does not simulate printed spreads yet")
    Y = simulate_errors(frame, optimum.theta, n, rng)
    found = maximise_batched(likelihood, Y, batched_start(likelihood, optimum.theta))
    keep = [j for j, p in enumerate(likelihood.parameters) if p.kind in ("variance", "sd")]
    power = [2 if likelihood.parameters[j].kind == "sd" else 1 for j in keep]
    beta = np.linalg.solve(likelihood.R, (found.beta + optimum.evaluation.beta).T).T
    return Bootstrap(
        pd.DataFrame(found.theta[:, keep] ** power, columns=names),
        pd.DataFrame(beta, columns=list(frame.names)),
        float(found.converged.mean()),
    )


@dataclass(frozen=True)
class RatioInversion:
    """Interval of one variance by inversion of its simulated restricted likelihood ratio."""

    frame: Frame
    likelihood: Likelihood
    optimum: Optimum
    j: int
    n: int
    seed: int

    def pvalue(self, value: float) -> float:
        """Share of data simulated at ``value`` whose likelihood ratio is at least the observed."""
        profile = variance_profile(self.likelihood, self.optimum, self.j)
        here = profile.at(value, self.optimum.theta)
        if here is None:
            return 0.0
        drop, _, theta = here
        rng = np.random.default_rng(self.seed)
        Y = simulate_errors(self.frame, theta, self.n, rng)
        free = maximise_batched(self.likelihood, Y, batched_start(self.likelihood, theta))
        start = batched_start(self.likelihood, theta)
        start[self.j] = value
        held = maximise_batched(self.likelihood, Y, start, np.array([self.j]))
        ratios = np.maximum(free.llf - held.llf, 0.0)
        return float((1 + (ratios >= drop - 1e-9).sum()) / (self.n + 1))


def ratio_interval(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    j: int,
    alpha: float,
    n: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Invert the simulated likelihood ratio of variance j; its ends are good to about 1/sqrt(n).

    Raises
    ------
    UndefinedError
        For parameters other than plain variances.
    """
    if likelihood.parameters[j].kind != "variance" or likelihood.extras:
        raise UndefinedError("the bootstrapped likelihood ratio is defined for plain variances")
    seed = int(rng.integers(2**31))
    inversion = RatioInversion(frame, likelihood, optimum, j, n, seed)
    scale = float(np.sum(optimum.theta))
    low, high = interval(variance_profile(likelihood, optimum, j), alpha, scale=scale)
    estimate = float(optimum.theta[j])
    lower = 0.0
    if estimate > 0 and inversion.pvalue(0.0) <= alpha:
        lower = _bisect(inversion, alpha, estimate, max(0.5 * low, 1e-3 * estimate))
    upper = _bisect(inversion, alpha, max(estimate, 0.3 * high), 2.0 * high)
    return lower, upper


def _bisect(inversion: RatioInversion, alpha: float, inside: float, outside: float) -> float:
    """Value between two others where the p-value falls to alpha, by bisection in the logarithm."""

    def gap(_: Index, value: Array) -> Array:
        return np.array([-1.0 if inversion.pvalue(float(x)) > alpha else 1.0 for x in value])

    def middle(_: Index, brackets: Brackets, turn: int) -> Array:
        return np.sqrt(brackets.inside * brackets.outside)

    ends = Brackets(*np.array([[inside], [np.nan], [outside], [np.nan]]))
    start = np.sqrt(np.array([inside * outside]))
    return float(bracketed_roots(gap, ends, start, middle, tolerance=0.0, turns=TURNS)[0])


@dataclass(frozen=True)
class BCa:
    """Bias-corrected and accelerated interval, or None with its reason."""

    lower: float | None
    upper: float | None
    reason: str | None = None


def bca_interval(replicates: Array, estimate: float, jackknife: Array, alpha: float) -> BCa:
    """BCa interval of a variance from its replicates and leave-one-cluster-out estimates."""
    zero = float((replicates <= 1e-8 * max(estimate, 1e-300)).mean())
    if zero >= ZERO_SHARE or estimate == 0:
        return BCa(
            None,
            None,
            f"{100 * zero:.1f} % of the replicates are zero, so BCa is not defined; use the "
            "profile or the inverted likelihood ratio",
        )
    below = float((replicates < estimate).mean())
    z0 = float(norm.ppf(np.clip(below, 1e-6, 1 - 1e-6)))
    d = jackknife.mean() - jackknife
    a = float((d**3).sum() / (6 * max((d**2).sum(), 1e-300) ** 1.5))
    z = norm.ppf([alpha / 2, 1 - alpha / 2])
    share = np.atleast_1d(norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))))
    ends = [float(np.quantile(replicates, x)) for x in share]
    return BCa(ends[0], ends[1])


def leave_one_out(frame: Frame, reml: bool, j: int) -> Array:
    """Estimates of parameter j with each level of the coarsest grouping left out."""
    outer = min((t for t in frame.terms if not t.is_record_level), key=lambda t: t.n_levels)
    out = []
    for level in range(outer.n_levels):
        rows = np.flatnonzero(outer.codes != level)
        terms = tuple(term.restrict(rows) for term in frame.terms)
        model = Likelihood(frame.y[rows], frame.X[rows], terms, frame.V.take(rows), reml)
        out.append(maximise(model, starting_values(model)).theta[j])
    return np.array(out)
