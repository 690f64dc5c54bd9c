"""Confidence intervals of a circuit fit: from the covariance, by profiles, by a bootstrap.

A profile spans every minimum that fits as well as the best: the set of values the data allow may
have several pieces.
"""

from __future__ import annotations

import warnings

import numpy as np

from ..circuits.model import Model
from ..errors import FitError
from ..optimise.levenberg_marquardt import Minimum, minimise
from ..optimise.multistart import scored
from ..optimise.profile_likelihood import ParameterProfile
from ..spectrum import FloatArray
from ..weighting.data import Data
from .fitted_circuit import FittedCircuit


class BetterMinimumWarning(UserWarning):
    """A profile met a lower minimum than the fit; refit with a start of your own."""


def wald(fit: FittedCircuit, alpha: float, *, logarithm: bool) -> FloatArray:
    """Estimate plus or minus t standard errors, all parameters, shape (p, 2)."""
    t = fit.quantile(alpha)
    if logarithm:
        half = t * np.sqrt(np.diag(fit.log_covariance))
        x = fit.model.log_parameters(fit.v)
        ends = np.column_stack([x - half, x + half])
        return np.where(fit.model.is_log[:, None], np.exp(ends), ends)
    half = t * np.sqrt(np.diag(fit.covariance))
    return np.column_stack([fit.estimates - half, fit.estimates + half])


def profiled(fit: FittedCircuit, chosen: list[int], alpha: float) -> FloatArray:
    """Profile-likelihood intervals of the parameters at positions ``chosen``, shape (c, 2)."""
    ends = np.column_stack([fit.estimates, fit.estimates])
    in_arc = {arc.q for arc in fit.model.arcs}
    owners = fit.model.owners
    wanted = sorted({fit.model.free[owners[i][0]] for i in chosen if owners[i][0] >= 0})
    groups = [(fit.model, [i for i in wanted if i not in in_arc])]
    if any(i in in_arc for i in wanted):
        groups.append((fit.model.plain(), [i for i in wanted if i in in_arc]))
    for model, positions in groups:
        if positions:
            ends[positions] = _profile_of(fit, model, positions, alpha)
    for i in chosen:
        owner, _ = owners[i]
        if owner >= 0 and fit.model.free[owner] != i:
            j = fit.model.free[owner]
            ends[i] = ends[j] * (fit.estimates[i] / fit.estimates[j])
    return ends[chosen]


def _profile_of(fit: FittedCircuit, model: Model, positions: list[int], alpha: float) -> FloatArray:
    columns = [model.free.index(i) for i in positions]
    quantile = fit.quantile(alpha)
    ends = np.column_stack([np.full(len(columns), np.inf), np.full(len(columns), -np.inf)])
    lowest = fit.cost
    for minimum in _minima_within(fit, quantile):
        best = minimum
        if model is not fit.model:
            natural = fit.model.natural(minimum.v)
            best = scored(model, fit.data, model.coordinates(natural))
        profile = ParameterProfile(
            model, fit.data, best, columns, quantile, fit.residual_variance, fit.cost
        )
        found = profile.solve()
        lowest = min(lowest, profile.lowest)
        # The set of values the data allow may have several pieces; the interval spans them.
        ends[:, 0] = np.minimum(ends[:, 0], found[:, 0])
        ends[:, 1] = np.maximum(ends[:, 1], found[:, 1])
    if fit.cost - lowest > 1e-3 * max(fit.cost, fit.residual_variance):
        warnings.warn(
            f"a profile of {fit.circuit.text} met a lower minimum (chi-square "
            f"{lowest:.6g} beside {fit.cost:.6g}); refit with a start of your own",
            BetterMinimumWarning,
            stacklevel=4,
        )
    logs = model.is_log[positions][:, None]
    with np.errstate(over="ignore"):
        return np.asarray(np.where(logs, np.exp(np.where(logs, ends, 0.0)), ends))


def _minima_within(fit: FittedCircuit, quantile: float) -> list[Minimum]:
    """Minima whose cost lies inside the likelihood interval, the best first."""
    others = fit.search.others
    excess = (others.cost - fit.cost) / fit.residual_variance if others.cost.size else others.cost
    near = np.flatnonzero(excess < quantile**2)
    return [fit.minimum, *(others.rows([int(k)]) for k in near)]


def bootstrapped(
    fit: FittedCircuit, alpha: float, rng: np.random.Generator | None, draws: int
) -> FloatArray:
    """Percentile intervals of a parametric bootstrap, all parameters, shape (p, 2)."""
    if rng is None:
        raise FitError("the bootstrap needs rng=numpy.random.default_rng(seed)")
    if fit.model.priors:
        raise FitError(
            "the bootstrap draws the data anew, not what was known beforehand; use method='profile'"
        )
    sd = np.sqrt(fit.chi2_reduced) / fit.weights
    noise = fit.data.coloured(rng.standard_normal((draws, sd.size))) * sd
    z = fit.fittedvalues + np.ascontiguousarray(noise).view(np.complex128)
    data = Data(fit.spectrum.omega, z, fit.weights[None], fit.shared)
    found = minimise(fit.model, data, np.repeat(fit.minimum.v, draws, axis=0))
    natural = fit.model.natural(found.v)
    return np.asarray(np.quantile(natural, [alpha / 2, 1 - alpha / 2], axis=0).T)


def half_widths(fit: FittedCircuit) -> FloatArray:
    """Larger side of each 95 % profile interval, on the logarithm of positive parameters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BetterMinimumWarning)
        ends = profiled(fit, list(range(len(fit.circuit.names))), 0.05)
    with np.errstate(all="ignore"):
        centre = fit.estimates[:, None]
        away = np.where(fit.model.is_log[:, None], np.log(ends / centre), ends - centre)
    away = np.abs(away).max(axis=1)
    away[[name in fit.model.fixed for name in fit.circuit.names]] = 0.0
    return np.asarray(away)
