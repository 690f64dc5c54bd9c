"""The Bayesian twin's result: draws of the posterior under the names of ``MixedFit``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import optimize, stats

from ...summary import Summary, SummaryTable
from ..inference.prediction import level_labels, new_design, new_levels, new_rows
from ..model.frame import RESIDUAL
from ..model.structures import Array
from ..named_warning import NamedWarning
from .chains import joined
from .density import kernel_density
from .posterior_components import PosteriorComponents
from .posterior_draws import PosteriorDraws, intervals, tails
from .posterior_warnings import posterior_warnings
from .prior import variance_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class BayesFit(PosteriorDraws):
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
    convergence
        R-hat and effective draws (``r_hat``, ``ess_bulk``, ``ess_tail``) of every coefficient,
        covariance parameter and censored row.
    merged
        Names joined because the rows cannot tell them apart.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> fit = mixed.bayes.fit(
    ...     "y ~ 1 + (1 | work)", data, v="v", seed=1, warmup=200, draws=200, progress=False
    ... )
    >>> list(fit.conf_int().columns)
    ['lower', 'upper']
    """

    def __repr__(self) -> str:
        chains, draws = self.beta.shape[:2]
        return f"BayesFit({self.frame.formula.text!r}, {chains} chains of {draws} draws)"

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

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Posterior intervals of the coefficients at 1 - alpha, columns lower and upper."""
        return intervals(self.beta_draws, alpha)

    @cached_property
    def components(self) -> PosteriorComponents:
        """The variance components: intervals of each, of sums and of shares."""
        return PosteriorComponents(self)

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
        alpha: float = 0.05,
    ) -> pd.DataFrame:
        """Predict new rows and name what is new in them, as ``MixedFit.predict`` does.

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
        low_tail, high_tail = tails(alpha)
        newdata = new_rows(newdata, interval)
        rows = []
        for i, x in enumerate(new_design(self.frame, newdata)):
            mean, variance, new = self._expectation(newdata, i, x)
            if interval == "prediction" and variance.any():
                low, high = (_mixture_quantile(mean, variance, p) for p in (low_tail, high_tail))
            else:
                low, high = (float(q) for q in np.quantile(mean, (low_tail, high_tail)))
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

    @cached_property
    def warnings(self) -> tuple[NamedWarning, ...]:
        """What the chains, the priors and these rows do not let a reader conclude."""
        return posterior_warnings(self)

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Coefficients with posterior mean, sd, interval and convergence, one row each."""
        table = pd.DataFrame({"estimate": self.params, "se": self.bse})
        return table.join(self.conf_int(alpha)).join(self.convergence)

    def summary(self, alpha: float = 0.05) -> Summary:
        """Priors, coefficients, components, sensitivity to the priors and every warning."""
        low, high = tails(alpha)
        percent = f"{100 * (high - low):g} %"
        settings = self.sampling
        head = [
            self.frame.formula.text,
            f"Posterior by NUTS, {self.nobs} rows, {settings.chains} chains of {settings.draws} "
            f"draws after {settings.warmup}, seed {settings.seed}, {self.divergences} divergent",
            self.prior.describe(),
        ]
        titles = {
            f"Fixed part (posterior mean, sd and {percent} interval)": self.to_frame(alpha),
            f"Standard deviations (posterior median and {percent} interval)": (
                self.components.to_frame(alpha)
            ),
            f"At half, once and twice the prior scale (median and {percent} interval)": (
                self.sensitivity(alpha)
            ),
        }
        tables = [SummaryTable(title, table) for title, table in titles.items()]
        return Summary(head, tables, [f"{w.name}: {w.text}" for w in self.warnings])

    def plot(self) -> Figure:
        """Posterior densities of the coefficients and standard deviations, beside their priors."""
        from ..drawing.densities import Density, densities

        panels = []
        for name, draws in self.beta_draws.items():
            low, high = np.quantile(draws, (0.001, 0.999))
            x = np.linspace(float(low), float(high), 200)
            panels.append(Density(str(name), x, stats.gaussian_kde(draws)(x)))
        for term, names in variance_names(self.frame).items():
            for name in names:
                sd = np.sqrt(self.theta_draws[name].to_numpy())
                x = np.linspace(0.0, float(np.quantile(sd, 0.999)), 200)
                prior = np.exp(self.prior.log_density(term, x[:, None]))
                panels.append(Density(f"sd {name}", x, kernel_density(sd, x), prior))
        return densities(panels)


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
