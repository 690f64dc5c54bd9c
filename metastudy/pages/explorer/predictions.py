"""The prediction interval of each family, at the reference temperature of its class."""

from __future__ import annotations

from typing import Any

import numpy as np

from metastudy.answers.predict import family_gap, pool_of
from metastudy.pages.explorer.coded_tables import rounded
from metastudy.tables.dataset import Dataset

SHARES = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
SEED = 1


def predictions(data: Dataset) -> list[dict[str, Any]]:
    """Return what a new laboratory will find for each family, as ``metastudy predict`` says it.

    ``quantiles`` are log10 of ohm cm2 at the shares of :data:`SHARES`; empty where ``missing`` says
    what an interval lacks.
    """
    pool = pool_of(data.observations, data.V)
    found = []
    for family in sorted(data.observations["family"].dropna().unique()):
        rows = pool.of_family(family)
        missing = family_gap(pool, family)
        quantiles: list[float] = []
        if not missing:
            rng = np.random.default_rng(SEED)
            predicted = pool.predict(family, None, pool.counts.df_total, rng)
            quantiles = [rounded(predicted.quantile(share)) for share in SHARES]
        found.append(
            {
                "family": family,
                "quantiles": quantiles,
                "missing": missing,
                "rows": len(rows),
                "works": int(rows["work"].nunique()),
            }
        )
    return found
