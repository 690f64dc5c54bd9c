"""Permutation tests of the coefficients: signs of independent units, or permuted moderators.

An intercept alone is tested by the signs of the units, all of them for up to ``EXACT_UNITS``:
under a mean of zero and symmetric errors every choice of signs is as likely (Follmann & Proschan
1999, 10.1111/j.0006-341X.1999.00732.x). Moderators are permuted among the units of their own level
(Higgins & Thompson 2004, 10.1002/sim.1752). All refits of one test run in batches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..arguments import check_count, check_rng
from ..errors import UndefinedError
from ..inference.explained_variance import own_level, permuted
from ..likelihoods.gaussian import Likelihood
from ..model.frame import Frame
from ..model.structures import Array
from ..optimise.batched_newton import MEMORY, batched_start, maximise_batched
from ..optimise.moments import MOMENTS
from ..optimise.newton import Optimum, at_estimate, maximise
from ..optimise.refitting import coefficients
from ..solvers.blocks import marginal_components

EXACT_UNITS = 16
"""Units up to which all sign changes are refitted; half of them, as the others mirror them."""
TIE = 1e-9
"""Relative difference up to which two statistics count as equal."""


@dataclass(frozen=True)
class PermutationTest:
    """Result of a permutation test.

    Attributes
    ----------
    statistic
        Observed ratio of each coefficient tested to its standard error.
    pvalue
        Share of permutations whose statistic is at least as far from zero; sampled ones count the
        observed order too.
    n
        Number of permutations, the observed order among them.
    exact
        Whether they are all there are.
    units
        Number of units whose signs were changed or among which moderators were permuted.
    failed
        Share of refits that did not converge; they count as if they were as extreme as observed.
    null
        Statistics of the permutations that were refitted, shape (refits, coefficients).
    """

    statistic: pd.Series[float]
    pvalue: pd.Series[float]
    n: int
    exact: bool
    units: int
    failed: float
    null: Array


def permutation_test(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    method: str,
    scaled: str,
    n: int | None,
    rng: np.random.Generator | None,
) -> PermutationTest:
    """Test the coefficients by permutation.

    Parameters
    ----------
    frame, likelihood, optimum, method
        The fit; each permutation is refitted by the same method.
    scaled
        The fit's test; Knapp-Hartung tests scale each refit's covariance.
    n
        Permutations to sample; None for all, up to ``EXACT_UNITS`` units and an intercept alone.
    rng
        Source of the samples.
    """
    if n is not None:
        check_count(n, "permutations")
        check_rng(rng)
    if not frame.names:
        raise UndefinedError("the model has no coefficient that could be tested")
    if frame.names == ("Intercept",):
        return _by_signs(frame, likelihood, optimum, method, scaled, n, rng)
    if n is None or rng is None:
        raise UndefinedError(
            "with moderators the permutations are sampled: give n=, such as 1999, and rng="
        )
    return _by_permuting(frame, likelihood, optimum, method, scaled, n, rng)


def _by_signs(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    method: str,
    scaled: str,
    n: int | None,
    rng: np.random.Generator | None,
) -> PermutationTest:
    codes = np.unique(marginal_components(frame.terms, frame.V), return_inverse=True)[1]
    units = int(codes.max()) + 1
    if units < 2:
        raise UndefinedError(
            "all rows covary in the model, through a crossed grouping or V, so there are no "
            "independent units whose signs could be changed"
        )
    if n is None:
        if units > EXACT_UNITS:
            raise UndefinedError(
                f"{units} units have 2^{units} sign changes; up to {EXACT_UNITS} units are tested "
                "exactly, otherwise give n= and rng="
            )
        signs = _half_of_all_signs(units)
    else:
        assert rng is not None
        signs = rng.choice([-1.0, 1.0], (n, units))
        signs = np.vstack([np.ones(units), signs])
    null, failed = _flipped(frame, likelihood, optimum, method, scaled, signs[:, codes])
    observed = null[0]
    extreme = np.abs(null) >= np.abs(observed) * (1 - TIE)
    extreme |= failed[:, None]
    count = 2 * len(signs) if n is None else len(signs)
    index = list(frame.names)
    return PermutationTest(
        pd.Series(observed, index, name="statistic"),
        pd.Series(extreme.mean(axis=0), index, name="pvalue"),
        count,
        n is None,
        units,
        float(failed.mean()),
        null,
    )


def _half_of_all_signs(units: int) -> Array:
    """Signs (2^(units - 1), units) with the first unit's kept; the rest are their mirrors."""
    numbers = np.arange(2 ** (units - 1))
    bits = (numbers[:, None] >> np.arange(units - 1)) & 1
    return np.column_stack([np.ones(numbers.size), 1.0 - 2.0 * bits])


def _flipped(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    method: str,
    scaled: str,
    signs: Array,
) -> tuple[Array, np.ndarray]:
    """Statistics (b, p) of responses with changed signs, and which refits did not converge."""
    Y = signs * frame.y
    if method in MOMENTS:
        theta = batched_tau2(frame, Y, method)[:, None]
        good = np.ones(len(Y), dtype=bool)
    elif optimum.theta.size:
        found = maximise_batched(
            likelihood, Y, batched_start(likelihood, optimum.theta), None, 1e-10
        )
        theta, good = found.theta, found.converged
    else:
        theta, good = np.empty((len(Y), 0)), np.ones(len(Y), dtype=bool)
    size = max(1, MEMORY // (8 * likelihood.n * (likelihood.p + 1)))
    out = []
    for lo in range(0, len(Y), size):
        part = likelihood.with_response(Y[lo : lo + size])
        at = part.evaluate(theta[lo : lo + size], derivatives=False)
        if at is None:
            raise UndefinedError("a permutation's covariance is not positive definite")
        cov = at.cov * _factor(scaled, at.ypy, likelihood)[:, None, None]
        to_x = np.linalg.inv(likelihood.R)
        beta = at.beta @ to_x.T
        se = np.sqrt(np.einsum("ij,bjk,ik->bi", to_x, cov, to_x))
        out.append(beta / se)
    return np.concatenate(out), ~good


def _factor(scaled: str, ypy: Array, likelihood: Likelihood) -> Array:
    """Factor of Knapp & Hartung on the covariance, 1 for other tests."""
    if not scaled.startswith("knapp-hartung"):
        return np.ones(np.shape(ypy))
    factor = np.asarray(ypy / (likelihood.n - likelihood.p))
    return np.maximum(factor, 1.0) if scaled.endswith("adhoc") else factor


def batched_tau2(frame: Frame, Y: Array, method: str) -> Array:
    """Moment estimate of tau2 for each response of Y (b, n), cut at 0.

    DL, HE, HS and HSk are linear in one quadratic form y'P_A y, so that two refits of other
    responses fix the line; the rest are solved one by one.
    """
    v, X = frame.V.diagonal, frame.X
    if method not in ("DL", "HE", "HS", "HSk"):
        return np.array([max(0.0, MOMENTS[method](y, X, v)) for y in Y])
    weights = np.ones_like(v) if method == "HE" else 1 / v
    root = np.sqrt(weights)
    basis = np.linalg.qr(root[:, None] * X)[0]
    scaled = Y * root
    q = (scaled**2).sum(axis=1) - ((scaled @ basis) ** 2).sum(axis=1)
    first = MOMENTS[method](np.zeros_like(v), X, v)
    probe = frame.y
    at_probe = root * probe
    form = float(at_probe @ at_probe - ((at_probe @ basis) ** 2).sum())
    slope = (MOMENTS[method](probe, X, v) - first) / form
    return np.asarray(np.maximum(0.0, first + slope * q))


def _by_permuting(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    method: str,
    scaled: str,
    n: int,
    rng: np.random.Generator,
) -> PermutationTest:
    moving = [j for j, name in enumerate(frame.names) if name != "Intercept"]
    columns = frame.X[:, moving]
    codes, units = own_level(columns, frame)
    null = np.full((n + 1, len(moving)), np.nan)
    for b in range(n + 1):
        X = frame.X.copy()
        X[:, moving] = columns if b == 0 else permuted(columns, codes, rng)
        null[b] = _statistic(frame, likelihood, optimum, X, method, scaled)[moving]
    failed = np.isnan(null).any(axis=1)
    extreme = np.isnan(null) | (np.abs(null) >= np.abs(null[0]) * (1 - TIE))
    index = [frame.names[j] for j in moving]
    return PermutationTest(
        pd.Series(null[0], index, name="statistic"),
        pd.Series(extreme.mean(axis=0), index, name="pvalue"),
        n + 1,
        False,
        units,
        float(failed.mean()),
        null,
    )


def _statistic(
    frame: Frame,
    likelihood: Likelihood,
    optimum: Optimum,
    X: Array,
    method: str,
    scaled: str,
) -> Array:
    """Ratio of each coefficient to its standard error with another design; missing if it fails."""
    model = Likelihood(
        frame.y, X, frame.terms, frame.V, likelihood.reml, likelihood.solver, likelihood.extras
    )
    if method in MOMENTS:
        tau2 = max(0.0, MOMENTS[method](frame.y, X, frame.V.diagonal))
        found = at_estimate(model, tau2)
    else:
        found = maximise(model, batched_start(likelihood, optimum.theta), tolerance=1e-12)
    if found.outcome != "converged":
        return np.full(X.shape[1], np.nan)
    beta, cov = coefficients(model, found)
    factor = _factor(scaled, found.evaluation.ypy, model)
    return np.asarray(beta / np.sqrt(np.diag(cov) * factor))
