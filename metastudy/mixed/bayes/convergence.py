"""Whether Markov chains have converged: split R-hat and effective sample sizes.

Rank-normalised split R-hat (the larger of the plain and the folded one), bulk and tail effective
sample size, as defined by Vehtari, Gelman, Simpson, Carpenter & Buerkner 2021 (10.1214/20-BA1221).
The sums over autocorrelations are NumPyro's; the transformations are here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpyro.diagnostics import effective_sample_size, split_gelman_rubin
from scipy import stats

from ..model.structures import Array


def convergence_table(draws: Mapping[str, Array]) -> pd.DataFrame:
    """R-hat and effective sample sizes of named quantities, each (chains, draws)."""
    return pd.DataFrame(
        [(split_rhat(x), bulk_ess(x), tail_ess(x)) for x in draws.values()],
        index=list(draws),
        columns=["r_hat", "ess_bulk", "ess_tail"],
    )


def split_rhat(draws: Array) -> float:
    """Rank-normalised split R-hat of one quantity, draws (chains, draws)."""
    folded = np.abs(draws - np.median(draws))
    return max(float(split_gelman_rubin(_rank_normal(x))) for x in (draws, folded))


def bulk_ess(draws: Array) -> float:
    """Effective sample size for the bulk of the distribution, draws (chains, draws)."""
    return _ess(_rank_normal(draws))


def tail_ess(draws: Array) -> float:
    """Effective sample size for its 5 % and 95 % quantiles, the smaller, draws (chains, draws)."""
    return min(_ess(1.0 * (draws <= np.quantile(draws, p))) for p in (0.05, 0.95))


def _ess(values: Array) -> float:
    """Effective sample size of a mean over chains cut in halves; at most S log10 S."""
    n = values.shape[1] // 2
    halves = np.concatenate([values[:, :n], values[:, -n:]])
    if np.ptp(halves) == 0:
        return float("nan")
    found: Any = effective_sample_size(halves)
    return float(min(found, halves.size * np.log10(halves.size)))


def _rank_normal(draws: Array) -> Array:
    ranks = stats.rankdata(draws).reshape(draws.shape)
    return np.asarray(stats.norm.ppf((ranks - 0.375) / (draws.size + 0.25)))
