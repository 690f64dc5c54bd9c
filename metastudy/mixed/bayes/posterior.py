"""The Bayesian twin's result: draws of the posterior under the names of ``MixedFit``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import optimize, stats

from ..errors import DataError, UndefinedError
from ..inference.prediction import level_labels, new_design, new_levels
from ..model.frame import RESIDUAL, Frame
from ..model.identifiability import JOINT
from ..model.structures import Array
from .chains import Chains, Sampling, joined
from .prior import Prior, parameter_names, variance_names

if TYPE_CHECKING:
    from ..results.fit_warnings import NamedWarning

FACTORS = (0.5, 1.0, 2.0)
"""Multiples of the prior scale under which the posterior is shown."""


@dataclass(frozen=True)
class BayesFit:
    """A mixed model with half-t priors on its standard deviations, known by posterior draws.

    ``params`` are posterior means, ``sigma2`` posterior medians (so that ``sigma2**0.5`` is the
    median standard deviation); every interval holds equal tails of the posterior.

    Attributes
    ----------
    frame
        What the model was fitted to.
    prior
        The priors.
    sampling
        Settings of the chains, with their seed.
    chains
        Draws of covariance parameters and censored rows.
    beta, effects
        Draws of the fixed coefficients (chains, draws, p), and of the effects of each term's levels
        (chains, draws, L, q).
    diagnostics
        R-hat and effective draws (``r_hat``, ``ess_bulk``, ``ess_tail``) of every coefficient,
        covariance parameter and censored row.
    merged
        Names joined because the rows cannot tell them apart.
    """

    frame: Frame
    prior: Prior
    sampling: Sampling
    chains: Chains
    beta: Array
    effects: tuple[Array, ...]
    diagnostics: pd.DataFrame
    merged: tuple[tuple[str, ...], ...] = ()

    @property
    def nobs(self) -> int:
        """Number of rows."""
        return self.frame.nobs

    @property
    def divergences(self) -> int:
        """Number of draws whose trajectory diverged."""
        return int(self.chains.diverging.sum())

    @cached_property
    def beta_draws(self) -> pd.DataFrame:
        """Draws of the fixed coefficients, a row each, chains one after the other."""
        return pd.DataFrame(joined(self.beta), columns=list(self.frame.names))

    @cached_property
    def theta_draws(self) -> pd.DataFrame:
        """Draws of variances and correlations, a row each, chains one after the other."""
        return pd.DataFrame(joined(self.chains.theta), columns=parameter_names(self.frame))

    @cached_property
    def params(self) -> pd.Series[float]:
        """Posterior means of the fixed coefficients."""
        return self.beta_draws.mean().rename("params")

    @cached_property
    def bse(self) -> pd.Series[float]:
        """Posterior standard deviations of the coefficients."""
        return self.beta_draws.std().rename("bse")

    def cov_params(self) -> pd.DataFrame:
        """Posterior covariance of the coefficients."""
        return self.beta_draws.cov()

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Posterior intervals of the coefficients, columns lower and upper."""
        return _intervals(self.beta_draws, level)

    @cached_property
    def theta(self) -> pd.Series[float]:
        """Posterior medians of all covariance parameters: variances and correlations."""
        return self.theta_draws.median().rename("theta")

    @property
    def component_names(self) -> list[str]:
        """Names of the variance components, the index of ``sigma2``."""
        return [name for names in variance_names(self.frame).values() for name in names]

    @property
    def sigma2(self) -> pd.Series[float]:
        """Posterior medians of the variance components by name, in the order of ``MixedFit``."""
        return self.theta[self.component_names].rename("sigma2")

    def sigma2_conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Posterior intervals of the variance components, columns lower and upper.

        The lower end is never zero: where the data do not exclude zero, a warning says so and
        gives the upper end.
        """
        return _intervals(self.theta_draws[self.component_names], level)

    def sd_conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Posterior intervals of the standard deviations, columns lower and upper."""
        return self.sigma2_conf_int(level) ** 0.5

    def _sum_draws(self, components: Sequence[str]) -> Array:
        for name in components:
            joint = next((JOINT.join(m) for m in self.merged if name in m), None)
            if joint is not None:
                raise UndefinedError(
                    f"component {name!r} is merged in {joint!r}: the rows give only the sum; "
                    "ask for the joint name"
                )
            if name not in self.component_names:
                raise UndefinedError(
                    f"no variance component {name!r}; components are "
                    f"{', '.join(self.component_names) or 'none'}"
                )
        if len(set(components)) < len(components) or not components:
            raise UndefinedError("name at least one component, and each of them once")
        return np.asarray(self.theta_draws[list(components)].sum(axis=1))

    def sum_conf_int(self, components: Sequence[str], level: float = 0.95) -> tuple[float, float]:
        """Posterior interval of the sum of the named variance components."""
        low, high = np.quantile(self._sum_draws(components), _tails(level))
        return float(low), float(high)

    def share_conf_int(
        self, components: Sequence[str], level: float = 0.95, of: Sequence[str] | None = None
    ) -> tuple[float, float]:
        """Posterior interval of (sum of the named components) / (sum of ``of``).

        ``of`` is all components unless named; it must hold the others.
        """
        whole = self.component_names if of is None else list(of)
        part, total = self._sum_draws(components), self._sum_draws(whole)
        if not set(components) <= set(whole):
            raise UndefinedError("a share's components must be among those it is a share of")
        low, high = np.quantile(part / total, _tails(level))
        return float(low), float(high)

    def ranef(self) -> dict[str, pd.DataFrame]:
        """Posterior mean (``effect``) and sd (``se``) of each grouping's levels."""
        out = {}
        for term, u in zip(self.frame.terms, self.effects, strict=True):
            if term.name != RESIDUAL:
                flat = joined(u).reshape(-1, term.n_levels * term.structure.size)
                table = {"effect": flat.mean(axis=0), "se": flat.std(axis=0, ddof=1)}
                out[term.name] = pd.DataFrame(table, index=level_labels(term))
        return out

    @cached_property
    def completed(self) -> pd.Series[float]:
        """The response with each censored row at its posterior mean."""
        y = self.frame.y.copy()
        if self.frame.bounds is not None:
            rows = self.frame.bounds.censored
            y[rows] = joined(self.chains.y[..., rows]).mean(axis=0)
        return pd.Series(y, list(self.frame.labels), name="completed")

    def predict(
        self,
        newdata: pd.DataFrame | None = None,
        interval: str = "confidence",
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Predict new rows and say what is new in them, as ``MixedFit.predict`` does.

        Parameters
        ----------
        newdata
            Moderators of the new rows, and those groupings whose level is known. Groupings left
            out, or with a level the fit has not seen, are new. None predicts the mean of an
            intercept-only model.
        interval
            ``"confidence"`` for the expectation given the known levels, or ``"prediction"`` for
            one new row without sampling error: everything new adds its variance.

        Returns
        -------
        pandas.DataFrame
            Columns prediction, se (of the expectation), lower, upper and new.
        """
        if interval not in ("confidence", "prediction"):
            raise UndefinedError(
                f"interval {interval!r} is not known; use 'confidence' or 'prediction'"
            )
        tails = _tails(level)
        newdata = pd.DataFrame(index=["new"]) if newdata is None else newdata
        if len(newdata.index) == 0:
            raise DataError("newdata has no rows to predict")
        rows = []
        for i, x in enumerate(new_design(self.frame, newdata)):
            mean, variance, new = self._expectation(newdata, i, x)
            if interval == "prediction" and variance.any():
                low, high = (_mixture_quantile(mean, variance, p) for p in tails)
            else:
                low, high = (float(q) for q in np.quantile(mean, tails))
            rows.append((mean.mean(), mean.std(ddof=1), low, high, ", ".join(new) or "nothing"))
        columns = ["prediction", "se", "lower", "upper", "new"]
        return pd.DataFrame(rows, index=newdata.index, columns=columns)

    def _expectation(
        self, newdata: pd.DataFrame, i: int, x: Array
    ) -> tuple[Array, Array, list[str]]:
        """Draws of new row i's expectation, of the variance of what is new, and its names."""
        mean, new = joined(self.beta) @ x, []
        variance = np.zeros(mean.size)
        parts = zip(self.frame.terms, self.effects, self.chains.covariances, strict=True)
        for term, effects, covariances in parts:
            z, level = new_levels(self.frame, term, newdata, i)
            if level is None:
                variance = variance + np.einsum("i,dij,j->d", z, joined(covariances), z)
                new.append(term.name)
            else:
                mean = mean + joined(effects)[:, level] @ z
        return mean, variance, new

    def sensitivity(self, level: float = 0.95) -> pd.DataFrame:
        """Medians and intervals at half, once and twice the prior scale.

        The draws are reweighted by the ratio of the priors, which is bounded, so no new chains
        are needed; ``draws`` is the number of equally weighted draws that the weights are worth.

        Returns
        -------
        pandas.DataFrame
            Indexed by quantity (coefficients, and ``"sd NAME"`` for components) and factor of the
            scale; columns median, lower, upper and draws.
        """
        tails = _tails(level)
        sds = (self.theta_draws[self.component_names] ** 0.5).add_prefix("sd ")
        quantities = pd.concat([self.beta_draws, sds], axis=1)
        rows = {}
        for factor in FACTORS:
            w = self._weights(factor)
            for name in quantities.columns:
                median, low, high = _weighted_quantiles(quantities[name], w, (0.5, *tails))
                rows[name, factor] = (median, low, high, w.sum() ** 2 / (w**2).sum())
        index = pd.MultiIndex.from_tuples(
            [(name, factor) for name in quantities.columns for factor in FACTORS],
            names=["quantity", "factor"],
        )
        return pd.DataFrame(
            [rows[key] for key in index], index, ["median", "lower", "upper", "draws"]
        )

    def _weights(self, factor: float) -> Array:
        """Give importance weights of the draws for the prior scale times ``factor``, at most 1."""
        log_weight = np.zeros(len(self.theta_draws))
        for term, names in variance_names(self.frame).items():
            sd = np.sqrt(self.theta_draws[names].to_numpy())
            log_weight += self.prior.log_density(term, sd, factor)
            log_weight -= self.prior.log_density(term, sd, 1.0)
        return np.asarray(np.exp(log_weight - log_weight.max()))

    @cached_property
    def warnings(self) -> tuple[NamedWarning, ...]:
        """What the chains, the priors and these rows do not let a reader conclude."""
        from .posterior_warnings import caveats_of

        return caveats_of(self)

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Coefficients with posterior mean, sd, interval and diagnostics, one row each."""
        table = pd.DataFrame({"estimate": self.params, "se": self.bse})
        return table.join(self.conf_int(level)).join(self.diagnostics)

    def components_frame(self, level: float = 0.95) -> pd.DataFrame:
        """List standard deviations with median, interval, levels and diagnostics, one row each."""
        levels = [
            term.n_levels
            for term, names in zip(
                self.frame.terms, variance_names(self.frame).values(), strict=True
            )
            for _ in names
        ]
        table = pd.DataFrame({"sd": np.sqrt(self.sigma2)}).join(self.sd_conf_int(level))
        return table.assign(levels=levels).join(self.diagnostics)

    def summary(self, level: float = 0.95) -> str:
        """Priors, coefficients, components, sensitivity to the priors and every warning as text."""
        settings = self.sampling
        text = "{:.4g}".format
        percent = f"{100 * level:g} %"
        head = [
            self.frame.formula.text,
            f"Posterior by NUTS, {self.nobs} rows, {settings.chains} chains of {settings.draws} "
            f"draws after {settings.warmup}, seed {settings.seed}, {self.divergences} divergent",
            self.prior.describe(),
            "",
            f"Fixed part (posterior mean, sd and {percent} interval)",
            self.to_frame(level).to_string(float_format=text),
            "",
            f"Standard deviations (posterior median and {percent} interval)",
            self.components_frame(level).to_string(float_format=text),
            "",
            f"At half, once and twice the prior scale (median and {percent} interval)",
            self.sensitivity(level).to_string(float_format=text),
        ]
        if self.warnings:
            head += ["", "Warnings", *(f"- {w.name}: {w.text}" for w in self.warnings)]
        return "\n".join(head)


def _tails(level: float) -> tuple[float, float]:
    if not 0 < level < 1:
        raise UndefinedError(f"level {level:g} is not between 0 and 1; give one such as 0.95")
    return (1 - level) / 2, (1 + level) / 2


def _intervals(draws: pd.DataFrame, level: float) -> pd.DataFrame:
    table = draws.quantile(list(_tails(level))).T
    return table.set_axis(["lower", "upper"], axis=1)


def _weighted_quantiles(x: pd.Series[float], w: Array, levels: Sequence[float]) -> list[float]:
    order = np.argsort(x.to_numpy())
    below = (np.cumsum(w[order]) - w[order] / 2) / w.sum()
    return [float(q) for q in np.interp(levels, below, x.to_numpy()[order])]


def _mixture_quantile(mean: Array, variance: Array, p: float) -> float:
    """Quantile of a normal mixture, one component for each draw: no new simulation error."""
    sd = np.sqrt(variance)
    reach = 10 * float(sd.max())
    return float(
        optimize.brentq(
            lambda q: float(np.mean(stats.norm.cdf(q, mean, np.maximum(sd, 1e-300)))) - p,
            float(mean.min()) - reach,
            float(mean.max()) + reach,
        )
    )
