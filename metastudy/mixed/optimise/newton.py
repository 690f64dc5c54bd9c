"""Maximisation of the likelihood over theta: average-information Newton with an active set.

Each step maximises the local quadratic model inside the limits of theta (variances stay at or above
zero) and, for profiles, on one linear constraint c'theta = d: a component, a sum of components or a
share of their total are all of that form (Gilmour, Thompson & Cullis 1995, 10.2307/2533274, for the
average information).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dposv, dpotrf

from ..errors import ConvergenceError
from ..likelihoods.gaussian import Evaluation, Likelihood
from ..model.structures import Array, unstructured_parameters
from ..model.terms import RandomTerm, parameter_slices, with_parameters
from ..solvers.crossed import largest_chain
from ..solvers.nested import NestedSolver
from .orthonormal_effects import orthonormal_effects

Mask = NDArray[np.bool_]

MAX_ITERATIONS = 200
LAST_STEP = 1e-12
"""Expected gain of a step after which the next one is foreseen: gains fall faster and faster."""
NEAR_OPTIMUM = 0.05
"""Expected gain of a step below which the score's last change corrects the curvature."""
NEAR_LIMIT = 1e-10
"""Correlations and variances closer to a limit than this (relative) count as on it."""
NO_SCATTER = 1e-12
"""Share of the spread below which a variance of rows without v is rounding."""
RANDOM_STARTS = 6
"""Seeded starts beside the others for structures of the levels of a factor."""
LEAST_CURVATURE = 1e-3
"""Least share of the average information that a corrected one must have in every direction."""
LEAST_INFORMATION = 1e-8
"""Least information on a parameter, times its typical size, as a share of its score."""
LEAST_SHARE = 0.02
"""Least variance at the start, as a share of the spread that sampling variances leave."""


@dataclass(frozen=True)
class Constraint:
    """The linear condition c'theta = d on which a profile maximises."""

    c: Array
    d: float


@dataclass(frozen=True)
class Iteration:
    """One line of the fit log: log-likelihood, expected gain of the next step, step length."""

    iteration: int
    llf: float
    decrement: float
    length: float


@dataclass(frozen=True)
class Optimum:
    """Where the search ended.

    ``outcome`` is ``"converged"``, ``"stalled"`` (no step improves, gain still expected) or
    ``"out of iterations"``. ``multiplier`` is dl/dd, the slope of the profile, with a constraint.
    """

    evaluation: Evaluation
    active: Mask
    outcome: str
    log: tuple[Iteration, ...]
    multiplier: float = 0.0

    @property
    def theta(self) -> Array:
        """Parameters at the optimum, shape (k,)."""
        return self.evaluation.theta


def maximise(
    likelihood: Likelihood,
    start: Array,
    constraint: Constraint | None = None,
    tolerance: float = 0.0,
) -> Optimum:
    """Maximise over theta from a start inside the limits (and on the constraint).

    Stops where the expected gain of a step (half the Newton decrement) falls below ``tolerance``,
    or the likelihood's own; without a constraint also after a step whose successor is foreseen to
    gain less.

    Raises
    ------
    ConvergenceError
        If the covariance is not positive definite at the start.
    """
    now = likelihood.evaluate(start)
    if now is None or not np.isfinite(now.llf):
        raise ConvergenceError(likelihood.fault_at(start))
    tolerance = max(tolerance, likelihood.tolerance)
    log: list[Iteration] = []
    outcome, multiplier = "out of iterations", 0.0
    active = np.zeros(start.size, dtype=bool)
    best_decrement, idle, before = np.inf, 0, now
    typical, floor = likelihood.typical_sizes, likelihood.least_values
    for iteration in range(MAX_ITERATIONS):
        assert now.score is not None
        assert now.average_information is not None
        lower, upper = _trust_limits(likelihood, now.theta, typical, floor)
        information = _secant(before, now) if best_decrement < NEAR_OPTIMUM else None
        for curvature in (information, now.average_information):
            if curvature is None:
                continue
            step, active, multiplier = newton_step(
                now.theta, now.score, curvature, lower, upper, constraint, typical
            )
            decrement = float(now.score @ step)
            if decrement >= 0:
                break
        idle = idle + 1 if decrement > 0.5 * best_decrement else 0
        last = constraint is None and decrement**2 <= tolerance * min(best_decrement, LAST_STEP)
        best_decrement = min(best_decrement, decrement)
        if decrement <= tolerance or (idle >= 3 and decrement < 1e-12):
            outcome = "converged"
            break
        if idle >= 20 and decrement < likelihood.good_enough:
            outcome = "converged"
            break
        moved, length = _search(likelihood, now, step, decrement, floor)
        log.append(Iteration(iteration, float(now.llf), decrement / 2, length))
        if moved is None:
            outcome = "converged" if decrement < likelihood.good_enough else "stalled"
            break
        before, now = now, moved
        if last and length == 1.0:
            outcome = "converged"
            break
        if constraint is None:
            _check_scatter(likelihood, now)
    return Optimum(now, active, outcome, tuple(log), multiplier)


def _check_scatter(likelihood: Likelihood, now: Evaluation) -> None:
    """Refuse rows that the other terms fit exactly: the likelihood rises without end."""
    if likelihood.V.diagonal.any() or likelihood.extras or likelihood.other_terms_fill_rows:
        return
    assert now.score is not None
    slopes = (slope for _, slope in with_parameters(likelihood.terms, now.score))
    for (term, part), slope in zip(
        with_parameters(likelihood.terms, now.theta), slopes, strict=True
    ):
        if not term.is_record_level or len(term.parameters) != 1 or term.log_scale is not None:
            continue
        if (
            slope[0] < 0
            and part[0] * float(term.mean_squares.mean()) < NO_SCATTER * likelihood.spread
        ):
            others = ", ".join(repr(t.name) for t in likelihood.terms if t is not term)
            raise ConvergenceError(
                f"the rows have no scatter within {others or 'the fixed part'}: the likelihood "
                f"rises without end as the variance of {term.name!r} falls to 0; give sampling "
                "variances v, or leave out rows that are copies"
            )


def _secant(before: Evaluation, now: Evaluation) -> Array | None:
    """Average information corrected by the last change of the score (symmetric rank one).

    Near the optimum this turns the linear convergence of the average information into a
    superlinear one. None where the correction is not defined or not positive definite.
    """
    assert before.score is not None
    assert now.score is not None
    assert now.average_information is not None
    move = now.theta - before.theta
    missing = before.score - now.score - now.average_information @ move
    product = float(missing @ move)
    if abs(product) <= 1e-8 * float(np.sqrt((missing @ missing) * (move @ move))):
        return None
    corrected = now.average_information + missing[:, None] * (missing / product)
    lowered = corrected.copy()
    lowered.flat[:: move.size + 1] -= LEAST_CURVATURE * now.average_information.diagonal()
    return np.asarray(corrected) if dpotrf(lowered)[1] == 0 else None


def at_estimate(likelihood: Likelihood, tau2: float) -> Optimum:
    """Likelihood at an estimate found by moments, in the form of an optimum."""
    found = likelihood.evaluate(np.array([tau2]))
    if found is None:
        raise ConvergenceError("the marginal covariance is not positive definite at the estimate")
    return Optimum(found, np.array([tau2 == 0]), "converged", ())


def _trust_limits(
    likelihood: Likelihood, theta: Array, typical: Array, floor: Array
) -> tuple[Array, Array]:
    """Limits of one step: a standard deviation or correlation goes at most 4/5 of its way.

    Landing on its limit in one stride would leave it where its score vanishes or blows up.
    """
    lower, upper = np.minimum(floor, theta), likelihood.upper
    if not likelihood.cautious:
        return lower, upper
    upper = upper.copy()
    for j in likelihood.cautious:
        if theta[j] - lower[j] > 1e-7 * typical[j]:
            lower[j] = theta[j] - 0.8 * (theta[j] - lower[j])
        if upper[j] - theta[j] > 1e-7 * typical[j]:
            upper[j] = theta[j] + 0.8 * (upper[j] - theta[j])
    return lower, upper


def best_maximum(likelihood: Likelihood) -> Optimum:
    """Maximise from several starts, correlated slopes on orthonormal columns."""
    effects = orthonormal_effects(likelihood)
    if effects is None:
        return _highest(likelihood)
    found = _highest(effects.likelihood)
    theta = effects.to_original(found.theta)
    at = likelihood.evaluate(theta)
    if at is None:
        raise ConvergenceError(
            "the marginal covariance at the maximum is not positive definite to rounding; centre "
            "the covariates of the random slopes"
        )
    # What does not depend on the basis of the effects keeps the digits that u loses far from zero.
    best = found.evaluation
    at = replace(at, llf=best.llf, beta=best.beta, cov=best.cov, ypy=best.ypy)
    span = NEAR_LIMIT * np.maximum(np.abs(theta), likelihood.typical_sizes)
    active = (theta - likelihood.lower <= span) | (likelihood.upper - theta <= span)
    return Optimum(at, active, found.outcome, found.log)


def _highest(likelihood: Likelihood) -> Optimum:
    """Maximise from the crude start, and from more where a second maximum is likely.

    That is where standard deviations or correlations end near a limit, and always for structures
    of the levels of a factor, whose effects may differ much in spread. The highest is taken.
    """
    start = starting_values(likelihood)
    best = maximise(likelihood, start)
    room = np.minimum(best.theta - likelihood.lower, likelihood.upper - best.theta)
    near = room[likelihood.cautious] <= 0.05 * likelihood.typical_sizes[likelihood.cautious]
    factors = any(t.source is not None and t.source.inner for t in likelihood.terms)
    if not likelihood.cautious or (best.outcome == "converged" and not near.any() and not factors):
        return best
    for other in _other_starts(likelihood, start, factors):
        if likelihood.evaluate(other, derivatives=False) is None:
            continue
        found = maximise(likelihood, other)
        if found.evaluation.llf > best.evaluation.llf + 1e-9 or (
            best.outcome != "converged" and found.outcome == "converged"
        ):
            best = found
    return best


def _other_starts(likelihood: Likelihood, start: Array, factors: bool) -> Iterator[Array]:
    """Correlations of 0.6 of their way to either limit, then spreads effect by effect."""
    free = [j for j, p in enumerate(likelihood.parameters) if p.kind == "correlation"]
    spread = _spreads_by_effect(likelihood, start) if factors else start
    for base, share in ((start, 0.6), (start, -0.6), (spread, 0.0), (spread, 0.6)):
        if (base is spread and not factors) or (share and not free):
            continue
        other = base.copy()
        for j in free if share else ():
            limit = likelihood.upper[j] if share > 0 else likelihood.lower[j]
            other[j] = abs(share) * limit if len(free) == 1 else 0.5 * share * likelihood.upper[j]
        yield other
    rng = np.random.default_rng(1)
    for _ in range(RANDOM_STARTS if factors else 0):
        other = spread.copy()
        for j, p in enumerate(likelihood.parameters):
            if p.kind == "correlation":
                other[j] = 0.9 * rng.uniform(p.lower, p.upper)
            elif p.kind in ("variance", "sd"):
                other[j] *= np.exp(rng.normal())
        yield other


def _spreads_by_effect(likelihood: Likelihood, start: Array) -> Array:
    """Estimate the spread of each effect from its own rows, less what sampling makes of it."""
    residual = np.empty(likelihood.n)
    residual[likelihood.order] = likelihood.residual
    out = start.copy()
    for term, part in with_parameters(likelihood.terms, out):
        if term.source is None or not term.source.inner or term.structure.n_sd < 2:
            continue
        for i in range(term.structure.n_sd):
            rows = term.design[:, i] != 0
            crude = float((residual[rows] ** 2).mean())
            own = max(crude - float(likelihood.V.diagonal[rows].mean()), LEAST_SHARE * crude)
            part[i] = np.sqrt(own) if term.parameters[i].kind == "sd" else own
    return out


def _search(
    likelihood: Likelihood, now: Evaluation, step: Array, decrement: float, floor: Array
) -> tuple[Evaluation | None, float]:
    """Halve the step until the likelihood does not fall (beyond its rounding)."""
    length = 1.0
    noise = 1e-13 * (abs(float(now.llf)) + likelihood.n)
    lower = np.minimum(floor, now.theta)
    while length > 1e-10:
        theta = np.minimum(np.maximum(now.theta + length * step, lower), likelihood.upper)
        tried = likelihood.evaluate(theta)
        if tried is not None and np.isfinite(tried.llf):
            gain = float(tried.llf - now.llf)
            if gain >= min(1e-4 * length * decrement, noise) - noise:
                return tried, length
        length *= 0.5 if length > 0.1 else 0.1
    return None, 0.0


def newton_step(
    theta: Array,
    score: Array,
    information: Array,
    lower: Array,
    upper: Array,
    constraint: Constraint | None = None,
    typical: Array | None = None,
) -> tuple[Array, Mask, float]:
    """Maximise score's - 1/2 s' information s within the limits and on the constraint.

    Parameters that the solution would take beyond a limit are held there, the worst first, and
    let go again where the model's slope points back inside.

    ``typical`` are the sizes of theta that count as large, 1 unless given.
    Returns the step, which parameters it holds at a limit, and the constraint's multiplier.
    """
    k = theta.size
    room_low, room_high = lower - theta, upper - theta
    large = 1.0 if typical is None else typical
    # Rows that the fixed part fits exactly have a slope and no average information.
    size = np.maximum(information.diagonal(), LEAST_INFORMATION * np.abs(score) / large + 1e-300)
    damped = information.copy()
    damped.flat[:: k + 1] += 1e-10 * size
    if constraint is None and k:
        _, step, failed = dposv(damped, score)
        if not failed and ((step > room_low) & (step < room_high)).all():
            return step, np.zeros(k, dtype=bool), 0.0
    scale = np.sqrt(size)
    span = np.maximum(np.abs(theta), NEAR_LIMIT * large)
    at_lower, at_upper = -room_low <= NEAR_LIMIT * span, room_high <= NEAR_LIMIT * span
    held = (at_lower & (score < 0)) | (at_upper & (score > 0))
    step = np.zeros(k)
    step[held & at_lower] = room_low[held & at_lower]
    step[held & at_upper] = room_high[held & at_upper]
    multiplier = 0.0
    for _ in range(4 * k + 4):
        step, multiplier = _equality_step(score, damped, scale, held, step, constraint)
        excess = np.where(held, 0.0, np.maximum(room_low - step, step - room_high)) * scale
        worst = int(np.argmax(excess)) if k else 0
        if k and excess[worst] > 1e-14 * max(1.0, float(np.abs(step * scale).max())):
            held[worst] = True
            step[worst] = room_low[worst] if step[worst] < 0 else room_high[worst]
            continue
        slope = score - damped @ step
        if constraint is not None:
            slope = slope - multiplier * constraint.c
        low = held & (step <= room_low + NEAR_LIMIT * span)
        inward = np.where(low, slope, -slope) / scale
        inward[~held] = 0.0
        freed = int(np.argmax(inward)) if k else 0
        if not k or inward[freed] <= 1e-9:
            break
        held[freed] = False
    return np.clip(step, room_low, room_high), held, multiplier


def _equality_step(
    score: Array,
    information: Array,
    scale: Array,
    held: Mask,
    step: Array,
    constraint: Constraint | None,
) -> tuple[Array, float]:
    """Solve for the free parameters given the steps of those held, on the constraint."""
    free = np.flatnonzero(~held)
    if free.size == 0:
        return step, 0.0
    step = np.where(held, step, 0.0)
    s = scale[free]
    matrix = information[np.ix_(free, free)] / np.outer(s, s)
    right = (score - information @ step)[free] / s
    if constraint is None or not np.any(constraint.c[free]):
        step[free] = _solve(matrix, right) / s
        return step, 0.0
    c = constraint.c[free] / s
    size = np.abs(c).max()
    kkt = np.block([[matrix, c[:, None] / size], [c[None] / size, np.zeros((1, 1))]])
    gap = -float(constraint.c @ step) / size
    solution = _solve(kkt, np.append(right, gap))
    step[free] = solution[:-1] / s
    return step, float(solution[-1] / size)


def _solve(matrix: Array, right: Array) -> Array:
    """Solve for a symmetric matrix, by least squares where it is singular."""
    if right.size:
        _, solution, failed = dposv(matrix, right)
        if not failed:
            return np.asarray(solution)
    try:
        return np.asarray(np.linalg.solve(matrix, right))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, right, rcond=1e-14)[0])


def starting_values(likelihood: Likelihood) -> Array:
    """Variances by moments, correlations at zero or, where they cannot be negative, at a half.

    Terms outside the nested chain share evenly what the chain and the sampling variances leave of
    the spread. No variance starts below ``LEAST_SHARE`` of the spread, so that none is stuck at 0.
    """
    residual = likelihood.residual
    total = float(residual @ residual) / max(1, likelihood.n - likelihood.p)
    left = max(total - likelihood.V.mean_variance, 0.05 * total, 1e-6 * likelihood.spread)
    found = _moments(likelihood, residual)
    found = {k: min(max(value, LEAST_SHARE * left), left) for k, value in found.items()}
    others = max(1, len(likelihood.terms) - len(found))
    share = max(left - sum(found.values()), 0.1 * left) / others
    start = np.zeros(len(likelihood.parameters))
    for k, (term, part) in enumerate(with_parameters(likelihood.terms, start)):
        part[:] = _term_start(term, found.get(k, share))
    _correlated_starts(likelihood, residual, start)
    return start


def _correlated_starts(likelihood: Likelihood, residual: Array, start: Array) -> None:
    """Start one term of correlated slopes, and the record's variance, at moments.

    Each level with enough rows has its own least-squares effects; their covariance, less what the
    scatter within levels makes of it, estimates the term's. In a balanced design REML equals it.
    """
    slopes = [k for k, t in enumerate(likelihood.terms) if _has_correlated_columns(t)]
    if len(slopes) != 1:
        return
    term, place = likelihood.terms[slopes[0]], parameter_slices(likelihood.terms)[slopes[0]]
    by_row = np.empty(likelihood.n)
    by_row[likelihood.order] = residual
    found = slope_moments(term, by_row)
    if found is None:
        return
    G, within = found
    least = np.sqrt(LEAST_SHARE) * likelihood.typical_sizes[place][: term.structure.size]
    start[place] = np.clip(
        unstructured_parameters(G, least),
        0.9 * likelihood.lower[place],
        np.where(np.isfinite(likelihood.upper[place]), 0.9 * likelihood.upper[place], np.inf),
    )
    start[place][: term.structure.size] = np.maximum(start[place][: term.structure.size], least)
    own = max(within - likelihood.V.mean_variance, LEAST_SHARE * within)
    for other, part in with_parameters(likelihood.terms, start):
        if other.is_record_level and other.structure.size == 1 and other.log_scale is None:
            part[:] = own / float(other.mean_squares.mean())


def _has_correlated_columns(term: RandomTerm) -> bool:
    return (
        term.structure.name == "un"
        and term.structure.size > 1
        and term.log_scale is None
        and term.correlation is None
        and term.source is not None
        and not term.source.inner
    )


def slope_moments(term: RandomTerm, residual: Array) -> tuple[Array, float] | None:
    """Covariance (q, q) of a term's effects by moments, and the scatter within its levels.

    None where fewer than q + 2 levels have rows enough for effects of their own.
    """
    D, q = term.design, term.structure.size
    A = np.array([[np.bincount(term.codes, D[:, i] * D[:, j]) for j in range(q)] for i in range(q)])
    A = np.moveaxis(A, 2, 0)
    b = np.column_stack([np.bincount(term.codes, column * residual) for column in D.T])
    size = np.sqrt(np.einsum("lii->li", A))
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = A / (size[:, :, None] * size[:, None, :])
    usable = (size > 0).all(axis=1)
    usable[usable] = np.linalg.eigvalsh(scaled[usable])[:, 0] > 0.01
    rows = usable[term.codes]
    df = int(rows.sum()) - q * int(usable.sum())
    if usable.sum() < q + 2 or df < 1:
        return None
    inverse = np.linalg.inv(A[usable])
    effects = np.einsum("lij,lj->li", inverse, b[usable])
    left = float((residual[rows] ** 2).sum() - (effects * b[usable]).sum())
    within = max(left, 0.0) / df
    G = effects.T @ effects / (len(effects) - 1) - within * inverse.mean(axis=0)
    return np.asarray(G), within


def _moments(likelihood: Likelihood, residual: Array) -> dict[int, float]:
    """Variances of the nested chain of terms from unweighted means, by number of the term.

    The values of one level are the means of its units. Their pooled variance within the units of
    the next level, less what a mean carries from finer levels, estimates the level's own variance.
    In a balanced design this is the analysis of variance, which REML equals where no estimate is
    negative.
    """
    terms = likelihood.terms
    nested = isinstance(likelihood.solver, NestedSolver)
    chain = sorted(
        range(len(terms)) if nested else largest_chain(terms), key=lambda k: -terms[k].n_levels
    )
    values = np.empty(likelihood.n)
    values[likelihood.order] = residual
    rows = np.arange(likelihood.n)
    noise = likelihood.V.mean_variance
    out: dict[int, float] = {}
    finer: int | None = None
    for k in (*chain, None):
        codes = np.zeros(rows.size, dtype=np.intp) if k is None else terms[k].codes[rows]
        counts = np.bincount(codes)
        means = np.bincount(codes, values) / counts
        df = values.size - counts.size
        if finer is not None and df > 0:
            spread = float(((values - means[codes]) ** 2).sum()) / df
            out[finer] = spread - noise
            noise = spread
        noise *= float((1 / counts).sum()) / counts.size
        if k is not None:
            values, rows, finer = means, terms[k].first_rows, k
    return out


def _term_start(term: RandomTerm, variance: float) -> Array:
    """Parameters of a term whose effects give its rows this variance, in equal parts."""
    sizes = term.sizes
    if term.log_scale is not None:
        start = np.zeros(len(term.parameters))
        start[0] = np.log(variance / sizes[0])
        return start
    q = term.structure.size
    own = variance / (q * sizes) if term.structure.n_sd == q else [variance / sizes.sum()]
    return np.array(
        [np.sqrt(x) if p.kind == "sd" else x for p, x in zip(term.parameters, own, strict=False)]
        + [0.5 if p.lower == 0 else 0.0 for p in term.parameters[len(own) :]]
    )
