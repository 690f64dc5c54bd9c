"""Named warnings of a posterior: chains that cannot be trusted, priors that decide the result.

Each rule is a function of the posterior; those of :mod:`metastudy.mixed.results.row_warnings` are
added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from ..named_warning import NamedWarning
from ..results.row_warnings import row_warnings
from .density import kernel_density
from .posterior_draws import PosteriorDraws
from .prior import variance_names

LARGEST_RHAT = 1.01
"""Split R-hat above which chains disagree (Vehtari et al. 2021, 10.1214/20-BA1221)."""
LEAST_ESS = 400
"""Effective draws below which quantiles are not trusted (the same source)."""
PRIOR_DRIVEN = 1.25
"""Ratio of an sd's medians at twice and half the prior scale above which the prior decides."""
DROP = 1.9207
"""Fall of the log-likelihood at zero, half the 95 % point of chi-square with 1 df."""


def chains_disagree(fit: PosteriorDraws) -> Iterator[NamedWarning]:
    """Name the parameters whose split R-hat is too large."""
    high = fit.convergence["r_hat"]
    high = high[~(high <= LARGEST_RHAT)]
    if len(high):
        yield NamedWarning(
            "chains disagree",
            f"split R-hat above {LARGEST_RHAT:g} for {_words(high, '.4f', largest=True)}; "
            "run more warmup and draws",
        )


def few_effective_draws(fit: PosteriorDraws) -> Iterator[NamedWarning]:
    """Name the parameters whose effective draws do not carry a quantile."""
    for column, where in (("ess_bulk", "centre"), ("ess_tail", "tails")):
        low = fit.convergence[column]
        low = low[~(low >= LEAST_ESS)]
        if len(low):
            yield NamedWarning(
                "few effective draws",
                f"fewer than {LEAST_ESS} effective draws in the {where} for "
                f"{_words(low, '.0f', largest=False)}; run more draws",
            )


def _words(values: pd.Series[float], form: str, largest: bool) -> str:
    """Name the three worst parameters with their values, and how many more there are."""
    ordered = values.sort_values(ascending=not largest, na_position="first")
    named = ", ".join(f"{name!r} ({value:{form}})" for name, value in ordered.head(3).items())
    more = len(ordered) - 3
    return named + (f" and {more} more" if more > 0 else "")


def divergent_transitions(fit: PosteriorDraws) -> Iterator[NamedWarning]:
    """Count the divergent draws and name the parameter that sets them apart from the others."""
    if not fit.divergences:
        return
    text = f"{fit.divergences} of {fit.chains.diverging.size} draws diverged"
    apart = _set_apart(fit)
    if apart is not None:
        name, inside, outside = apart
        text += f", most of all where {name!r} is near {inside:.3g} (the others: {outside:.3g})"
    yield NamedWarning(
        "divergent draws",
        f"{text}: a part of the posterior is not explored; raise target_accept "
        f"(now {fit.sampling.target_accept:g})",
    )


def _set_apart(fit: PosteriorDraws) -> tuple[str, float, float] | None:
    """Parameter whose ranks differ most between divergent and other draws, and both medians."""
    hit = fit.chains.diverging.ravel()
    draws = pd.concat([fit.theta_draws, fit.beta_draws], axis=1)
    if hit.all() or draws.empty:
        return None
    ranks = draws.rank(pct=True)
    gap = (ranks[hit].mean() - ranks[~hit].mean()).abs()
    name = str(gap.idxmax())
    return name, float(draws[name][hit].median()), float(draws[name][~hit].median())


def prior_driven(fit: PosteriorDraws) -> Iterator[NamedWarning]:
    """Name the standard deviations that move with the scale of their prior."""
    table = fit.sensitivity()["median"].unstack("factor")
    for name in fit.component_names:
        row = table.loc[f"sd {name}"]
        if row[2.0] > PRIOR_DRIVEN * row[0.5]:
            yield NamedWarning(
                "prior-driven",
                f"the sd of {name!r} depends on its prior: median {row[0.5]:.3g}, {row[1.0]:.3g} "
                f"and {row[2.0]:.3g} at half, once and twice the prior scale",
            )


def not_distinguishable(fit: PosteriorDraws) -> Iterator[NamedWarning]:
    """State only an upper end where the data do not exclude zero.

    The marginal likelihood of an sd is its posterior density over its prior's; zero stays possible
    where it has fallen there by less than in a 95 % likelihood interval.
    """
    for term, names in variance_names(fit.frame).items():
        for name in names:
            sd = np.sqrt(fit.theta_draws[name].to_numpy())
            grid = np.linspace(0.0, float(np.quantile(sd, 0.99)), 100)
            log_density = np.log(np.maximum(kernel_density(sd, grid), 1e-300))
            fall = log_density - fit.prior.log_density(term, grid[:, None])
            if fall.max() - fall[0] < DROP:
                upper = float(np.quantile(sd, 0.95))
                yield NamedWarning(
                    "not distinguishable from zero",
                    f"the sd of {name!r} is not distinguishable from zero, at most {upper:.3g} "
                    "(95 % of the posterior)",
                )


def posterior_warnings(fit: PosteriorDraws) -> tuple[NamedWarning, ...]:
    """Collect every warning that applies to a posterior, those of its rows included."""
    own = [warning for rule in RULES for warning in rule(fit)]
    return (*own, *row_warnings(fit.frame, fit.merged))


RULES: tuple[Callable[[PosteriorDraws], Iterator[NamedWarning]], ...] = (
    chains_disagree,
    few_effective_draws,
    divergent_transitions,
    prior_driven,
    not_distinguishable,
)
