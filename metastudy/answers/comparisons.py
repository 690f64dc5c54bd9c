"""Two groups of reference arms compared: the difference of log10 R, bounds included.

A group is a word of a column, such as one salt. The model is that of the reference arms with the
group as its fixed part: chemistry, the work and the contact are random. It is fitted only above the
floor of a regression: ten works with an exact value, and three in each group.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metastudy import mixed
from metastudy.answers.coverage import UNSAID
from metastudy.answers.moderators import WORKS_A_COLUMN, WORKS_A_LEVEL
from metastudy.answers.scatter import WITHIN, fit_rows
from metastudy.bridge.modelling.model_rows import LADDER, ModelRows, headline_rows

# What readers compare, each a column of observations.
GROUPED_BY = (
    *("family", "partner_class", "solid_electrolyte", "partner", "salt", "phase", "lab"),
    *("electrodes", "evaluation", "film_process", "residual_solvent", "surface_state"),
    *("joining_method", "state_kind", "component"),
)
COLUMNS = (
    *("interface_class", "column", "a", "b", "difference", "lower", "upper", "df"),
    *("works_a", "works_b", "values_a", "values_b", "bounds_a", "bounds_b"),
)


def compare_all(observations: pd.DataFrame, V: NDArray[np.float64]) -> pd.DataFrame:
    """Compare every two words of a column, within a class, that the floor allows.

    Parameters
    ----------
    observations
        The built table.
    V
        Its known covariance (dex squared), in the same order.

    Returns
    -------
    pandas.DataFrame
        One row a comparison: interface_class, column, a, b; difference of log10 R, b less a (dex),
        with 95 % limits by Satterthwaite's degrees of freedom, df; works, values and bounds of
        both.
    """
    rows = headline_rows(observations, V, LADDER[0])
    table = observations.set_index("observation_id").loc[rows.frame["observation"]].reset_index()
    found = [
        row
        for name in sorted(table["interface_class"].unique())
        for column in GROUPED_BY
        for row in _column(rows, table, name, column)
    ]
    return pd.DataFrame(found, columns=COLUMNS)


def _column(
    rows: ModelRows, table: pd.DataFrame, name: str, column: str
) -> Iterator[dict[str, object]]:
    words = table[column].where(table["interface_class"] == name)
    words = words.where(~words.isin(UNSAID))
    for a, b in combinations(sorted(words.dropna().unique()), 2):
        of = words.where(words.isin([a, b]))
        counts = _counts(rows.frame, of, a, b)
        if _reaches_the_floor(rows.frame, of, counts):
            yield {
                "interface_class": name,
                "column": column,
                "a": a,
                "b": b,
                **_difference(rows, of, b),
                **counts,
            }


def _counts(frame: pd.DataFrame, of: pd.Series[str], a: str, b: str) -> dict[str, int]:
    exact = frame["exact"]
    return {
        f"{what}_{side}": int(count)
        for side, word in (("a", a), ("b", b))
        for what, count in (
            ("works", frame.loc[exact & (of == word), "work"].nunique()),
            ("values", (exact & (of == word)).sum()),
            ("bounds", (~exact & (of == word)).sum()),
        )
    }


def _reaches_the_floor(frame: pd.DataFrame, of: pd.Series[str], counts: dict[str, int]) -> bool:
    works = frame.loc[frame["exact"] & of.notna(), "work"].nunique()
    return works >= WORKS_A_COLUMN and min(counts["works_a"], counts["works_b"]) >= WORKS_A_LEVEL


def _difference(rows: ModelRows, of: pd.Series[str], b: str) -> dict[str, float]:
    """Fit the two groups; NaN where the model has no fit."""
    keep = of.notna().to_numpy()
    frame = rows.frame[keep].assign(group=(of[keep] == b).astype(float).to_numpy())
    frame = frame.reset_index(drop=True)
    groups = frame.groupby("system")["group"]
    # A family that is one group alone has the effect of the group: both cannot be told apart.
    if groups.nunique().max() == 1 and groups.ngroups == frame["group"].nunique():
        frame["system"] = ""
    chosen = ModelRows(frame, rows.V[np.ix_(keep, keep)], rows.dropped)
    try:
        fit = fit_rows(chosen, WITHIN, fixed="group").with_test("satterthwaite")
        limits = fit.conf_int().loc["group"].to_numpy(float)
    except mixed.MixedError:
        return dict.fromkeys(("difference", "lower", "upper", "df"), float("nan"))
    return {
        "difference": float(fit.params["group"]),
        "lower": float(limits[0]),
        "upper": float(limits[1]),
        "df": float(fit.df["group"]),
    }
