"""statsmodels as second engine: what it can express of the answers, computed again.

It knows rows that are values, not bounds, so both engines get the exact rows alone. Covariances are
built here by hand from who shares what, not by the formulas of the first engine.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metastudy import mixed
from metastudy.answers.preparation import FORMULA, REPEATABILITY, SHIFTED, fit_contrasts
from metastudy.answers.yardsticks import Yardsticks

COLUMNS = ["what", "rows", "metastudy", "statsmodels", "difference"]
LEAST_ROWS = 3


def second_engine(found: Yardsticks) -> pd.DataFrame:
    """Compute again what statsmodels can express.

    Returns
    -------
    DataFrame
        what, rows, the number of each engine and their difference; empty below three exact rows.
    """
    contrasts = found.contrasts
    exact = contrasts[contrasts["lo"] == contrasts["hi"]].reset_index(drop=True)
    levels = found.levels[found.levels["exact"].astype(bool)]
    rows: list[tuple[str, int, float, float]] = []
    if len(exact) >= LEAST_ROWS:
        rows += _of_contrasts(exact)
    if len(levels) >= LEAST_ROWS:
        rows += _of_levels(levels["y"].to_numpy(float))
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    return table.assign(difference=table["metastudy"] - table["statsmodels"])[COLUMNS]


def _of_contrasts(exact: pd.DataFrame) -> list[tuple[str, int, float, float]]:
    from statsmodels.regression.linear_model import GLS

    y, K = exact["lo"].to_numpy(float), _shared_arms(exact)
    error = (REPEATABILITY / math.log(10)) ** 2
    none, one = np.zeros((len(y), 1)), np.ones((len(y), 1))

    # A column of zeros has no coefficient. Effects and errors of arms are shared alike, so that the
    # covariance is one number times K, and statsmodels estimates that number.
    alone = GLS(y, none, sigma=K)
    total = float((alone.whiten(y) ** 2).mean())
    ours = fit_contrasts(exact, FORMULA)
    about = fit_contrasts(exact, SHIFTED)
    variance = float(about.sigma2.iloc[0])
    theirs = GLS(y, one, sigma=(variance + error) * K).fit(cov_type="fixed scale")
    n = len(y)
    return [
        ("varied on purpose, SD (dex), ML", n, _sd(ours), math.sqrt(max(total - error, 0.0))),
        ("the same, log-likelihood", n, float(ours.llf), float(alone.loglike([0.0]))),
        ("mean shift (dex) at the fitted SD", n, float(about.params.iloc[0]), theirs.params[0]),
        ("its standard error (dex)", n, float(about.bse.iloc[0]), theirs.bse[0]),
    ]


def _of_levels(y: NDArray[np.float64]) -> list[tuple[str, int, float, float]]:
    from statsmodels.stats.meta_analysis import combine_effects

    variance = np.full(y.size, (REPEATABILITY / math.log(10)) ** 2)
    data = pd.DataFrame({"y": y, "v": variance, "row": np.arange(y.size).astype(str)})
    ours = mixed.fit("y ~ 1 + (1 | row)", data, v="v", method="DL")
    theirs = combine_effects(y, variance, method_re="dl")
    return [
        (
            "untreated contacts, all families, variance (dex²) by moments",
            y.size,
            float(ours.sigma2.iloc[0]),
            float(theirs.tau2),
        ),
        (
            "their mean (log10 ohm cm²)",
            y.size,
            float(ours.params.iloc[0]),
            float(theirs.mean_effect_re),
        ),
    ]


def _sd(fit: mixed.MixedFit | mixed.CensoredFit | mixed.MixtureFit) -> float:
    return math.sqrt(float(fit.sigma2.iloc[0]))


def _shared_arms(exact: pd.DataFrame) -> NDArray[np.float64]:
    """Count the arms that two contrasts share, with the sign of each in its contrast."""
    arms = [
        {(row["treated"], row["system"]): 1, (row["reference"], row["system"]): -1}
        for row in exact.to_dict("records")
    ]
    return np.array(
        [[sum(a[key] * b[key] for key in a.keys() & b.keys()) for b in arms] for a in arms], float
    )
