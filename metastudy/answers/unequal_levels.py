"""Reference arms where the scatter of each work may differ.

The profile of the total has one standard deviation for all works. Where works scatter unequally,
few works make the total, and such an interval is too narrow. So the log-likelihood of the reference
arms gains, at each standard deviation s of what a work adds to all its rows of a family,

    gain(s) = ln integral over omega of L(s, omega) pi(omega) - ln L(s, 0),

where in L(s, omega) the works' log standard deviations are normal with standard deviation omega,
and their root mean square is s. pi is the prior of the Bayesian twin: half-normal, scale 0.5. In L
the works of a family are independent given its level, so that all integrals are one-dimensional;
the variances of families and within works are at their estimate. What works share beside it (a
borrowed activation energy, a work in two families) is in the likelihood that gains, but not in L.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline
from scipy.special import logsumexp

from metastudy import mixed
from metastudy.answers.spread_posterior import OMEGA_SCALE
from metastudy.bridge.modelling.model_rows import ModelRows, with_both_counts
from metastudy.mixed.errors import UndefinedError
from metastudy.mixed.likelihoods.random_scale import UnitNumbers, unit_table
from metastudy.mixed.model.alternatives import MOST_ENUMERATED
from metastudy.mixed.model.structures import Array

OMEGAS = np.concatenate([np.arange(0.0, 1.0, 0.1), [1.0, 1.25, 1.5]])
"""Standard deviations of log standard deviations of works."""
STEP = 0.1
"""Distance of the tabulated log standard deviations of a work."""
BELOW, ABOVE = 2.6, 6.0
"""Their reach around the estimate; a work below is taken at the lowest."""
REACH_GAIN = 2.0
"""Reach, in the logarithm, of the standard deviations where the gain is tabulated, at 2 STEP."""
NODES = 8
"""Nodes of a family's level in one estimated standard deviation."""
REACH_ROWS, REACH_FAMILY = 3.0, 3.5
"""Reach of the nodes: estimates beyond the exact rows, and SDs of families from their mean."""
NOTHING, LEAST_SD = 0.01, 0.1
"""Share of the variance that counts as nothing beside it, and of the SD of the exact rows that the
tables take for the least estimate."""
LEAST = 1e-300
"""Stands for a likelihood of zero where a logarithm is taken."""

Fit = mixed.MixedFit | mixed.CensoredFit | mixed.MixtureFit


@dataclass(frozen=True)
class LevelGrid:
    """Where the likelihood of a work is tabulated.

    Attributes
    ----------
    log_estimate
        Natural logarithm of the estimated standard deviation (dex).
    means
        Nodes of the level of a family (log10 ohm cm2), evenly spaced, shape (b,).
    """

    log_estimate: float
    means: Array

    @classmethod
    def of(cls, exact: Array, sd: float, family_sd: float) -> LevelGrid:
        """Reach beyond the exact rows as far as the level of a family known by bounds may be."""
        sd = max(sd, LEAST_SD * float(exact.std()))
        middle, reach = exact.mean(), REACH_FAMILY * family_sd
        low = min(exact.min() - REACH_ROWS * sd, middle - reach)
        high = max(exact.max() + REACH_ROWS * sd, middle + reach)
        return cls(float(np.log(sd)), np.arange(low, high, sd / NODES))

    @property
    def log_sd(self) -> Array:
        """Logarithms of a work's standard deviation (dex), shape (g,)."""
        steps = np.arange(-round(BELOW / STEP), round(ABOVE / STEP) + 1)
        return np.asarray(self.log_estimate + STEP * steps)

    @property
    def log_rms(self) -> Array:
        """Logarithms of the root mean squares (dex) at which the gain is tabulated, shape (t,)."""
        half = round(REACH_GAIN / STEP / 2)
        return np.asarray(self.log_estimate + 2 * STEP * np.arange(-half, half + 1))

    def weights(self, omega: float) -> Array:
        """Weights of ``log_sd`` at each of ``log_rms``, shape (g, t).

        With log standard deviations normal about m, the mean square is exp(2 m + 2 omega^2).
        """
        log_sd, m = self.log_sd, self.log_rms - omega**2
        if omega == 0:
            return np.asarray(np.abs(log_sd[:, None] - m) < STEP / 2, float)
        steps = np.arange(round(ABOVE / STEP), 0, -1) * STEP
        extended = np.concatenate([log_sd[0] - steps, log_sd])
        weights = np.exp(-0.5 * ((extended[:, None] - m) / omega) ** 2)
        weights /= weights.sum(axis=0)
        found: Array = weights[steps.size :].copy()
        found[0] += weights[: steps.size].sum(axis=0)
        return found

    def joined(self, families: Array, family_sd: float) -> Array:
        """Log of the integral of exp(families), (k, b, c), over their levels and mean, (c,)."""
        if family_sd > 0:
            step = self.means[1] - self.means[0]
            apart = (self.means[:, None] - self.means) / family_sd
            # Of families narrower than the step a factor is wrong, which cancels in the gain.
            kernel = np.exp(-0.5 * apart**2) * step / (family_sd * np.sqrt(2 * np.pi))
            top = families.max(axis=-2, keepdims=True)
            families = np.log(np.maximum(kernel @ np.exp(families - top), LEAST)) + top
        return np.asarray(logsumexp(families.sum(axis=0), axis=-2))


@dataclass(frozen=True)
class Component:
    """What differs between works, and what scatters beside it.

    Attributes
    ----------
    name
        The component.
    sd
        Its estimate (dex).
    shared
        Whether rows of one work in one family have it in common.
    rest
        Variance (dex squared) of each row's own scatter beside it.
    family_sd
        Standard deviation between families (dex).
    """

    name: str
    sd: float
    shared: bool
    rest: float
    family_sd: float

    @classmethod
    def of(cls, fit: Fit) -> Component:
        """Take what works add; where that is nothing, what each row adds."""
        sigma2 = fit.sigma2
        parts = sigma2.drop("system", errors="ignore")
        own = "work:observation"
        works = parts.drop(own, errors="ignore")
        name = str(works.index[0]) if works.sum() > NOTHING * parts.sum() else own
        return cls(
            name,
            float(np.sqrt(parts[name])),
            name != own,
            float(parts.sum() - parts[name]),
            float(np.sqrt(sigma2.get("system", 0.0))),
        )


def llf_of_unequal_levels(rows: ModelRows, differs: Component) -> tuple[Array, Array]:
    """Give logarithms of root mean squares (t,), and ln L at each of ``OMEGAS`` there, (w, t)."""
    frame, V = with_both_counts(rows)
    exact = frame["exact"].to_numpy(bool)
    grid = LevelGrid.of(frame["y"].to_numpy(float)[exact], differs.sd, differs.family_sd)
    weights = np.hstack([grid.weights(float(omega)) for omega in OMEGAS])
    systems, names = pd.factorize(frame["system"])
    families = np.zeros((len(names), grid.means.size, weights.shape[1]))
    rng = np.random.default_rng(0)
    for rows_of_unit in frame.groupby(["work", "system"], sort=False).indices.values():
        index = np.asarray(rows_of_unit, dtype=np.intp)
        own = V[np.ix_(index, index)] + differs.rest * np.eye(index.size)
        K = _scatter(index.size, differs.shared)
        table = _table(frame.iloc[index], K, own, grid.means, grid.log_sd, rng)
        top = table.max(axis=-1, keepdims=True)
        found = np.log(np.maximum(np.exp(table - top) @ weights, LEAST)) + top
        families[systems[index[0]]] += found
    at = grid.log_rms
    return at, grid.joined(families, differs.family_sd).reshape(OMEGAS.size, at.size)


def _scatter(n: int, shared: bool) -> Array:
    """Covariance of n rows of a work where it is of variance 1.

    What they share leaves each a hundredth of its own: without, it would be singular.
    """
    if not shared or n == 1:
        return np.eye(n)
    return np.ones((n, n)) + NOTHING * np.eye(n)


def _table(
    own: pd.DataFrame, K: Array, V: Array, means: Array, log_sd: Array, rng: np.random.Generator
) -> Array:
    """Tabulate the rows of one work, both alternatives of each unknown count summed, (b, g)."""
    unit = pd.factorize(own["count_unit"])[0]
    shift, probability = (own[f"count_{x}"].to_numpy(float) for x in ("shift", "probability"))
    exact = own["exact"].to_numpy(bool)
    number = int(unit.max()) + 1
    if number > MOST_ENUMERATED:
        raise UndefinedError(
            f"the {number} unknown counts of {own['work'].iloc[0]!r} in one family have too many "
            f"alternatives to sum; {MOST_ENUMERATED} can be"
        )
    found = []
    for state in product((0.0, 1.0), repeat=number):
        covers_all = np.array([*state, 0.0])[unit]  # unit -1, a known count, has no shift
        taken = covers_all * shift
        p = np.array([probability[unit == k][0] for k in range(number)])
        weight = np.where(np.array(state) > 0, p, 1 - p).prod()
        numbers = UnitNumbers(
            np.where(exact, own["y"].to_numpy(float) - taken, np.nan),
            _or_infinite(own["lo"], -np.inf) - taken,
            _or_infinite(own["hi"], np.inf) - taken,
            K,
            V,
            own["observation"].tolist(),
        )
        found.append(unit_table(numbers, means, log_sd, rng) + np.log(weight))
    return np.asarray(logsumexp(np.stack(found), axis=0))


def _or_infinite(limits: pd.Series[float], where_none: float) -> Array:
    values = limits.to_numpy(float)
    return np.where(np.isnan(values), where_none, values)


def gain_of_unequal_levels(rows: ModelRows, fit: Fit) -> tuple[str, CubicSpline]:
    """Name the component that differs between works, and tabulate the gain over its log SD (dex).

    Parameters
    ----------
    rows
        Reference arms.
    fit
        Their model: families, works, and observations within works.

    Raises
    ------
    UndefinedError
        If a work has more unknown counts in one family than can be summed.
    """
    differs = Component.of(fit)
    at, llf = llf_of_unequal_levels(rows, differs)
    return differs.name, CubicSpline(at, integrated_over_omega(llf, OMEGAS) - llf[0])


def integrated_over_omega(llf: Array, omegas: Array) -> Array:
    """Integrate exp(llf), shape (w, ...), over the prior of omega at ``omegas``; its logarithm."""
    width = np.gradient(omegas)
    width[[0, -1]] /= 2
    prior = -0.5 * (omegas / OMEGA_SCALE) ** 2 + np.log(width)
    prior -= logsumexp(prior)
    shape = (-1, *(1,) * (llf.ndim - 1))
    return np.asarray(logsumexp(llf + prior.reshape(shape), axis=0))
