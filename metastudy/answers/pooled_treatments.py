"""What treatments do on average: shifts by family, for a new treatment, and with age.

A shift is the mean of log10 R of treated over reference, one contrast a treatment. Contrasts of one
reference share its effect and its error, so they are dependent; the model and V say so. The
prediction interval is for the contrast of one new treatment.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from metastudy.answers.preparation import (
    DF_NEEDED,
    REPEATABILITY,
    SHIFTED,
    WORKS_NEEDED,
    Preparation,
    fit_contrasts,
    preparation,
    series_of,
    two_sided,
)
from metastudy.answers.treatments import treatments
from metastudy.corpus.work_name import work_name
from metastudy.errors import MetastudyError

SEVERAL, UNASSIGNED = "several families", "no family"
SHIFT_COLUMNS = [
    "family",
    "contrasts",
    "two_sided",
    "works",
    "shift",
    "lower",
    "upper",
    "predicted_lower",
    "predicted_upper",
    "lowest",
    "highest",
    "missing",
]


@dataclass(frozen=True)
class PooledTreatments:
    """Shifts of treatments.

    Attributes
    ----------
    preparation
        The contrasts, one a treatment, and those that are not used.
    contrasts
        The same with the family of their treatments.
    shifts
        One row for all, one without the work that moves them most, one a family. Numbers of
        contrasts, of those known on both sides, and of works; shift (dex) with its 95 % interval
        and the prediction interval of a new treatment, missing below the floors, where ``missing``
        says what is needed; lowest and highest value.
    ageing
        Treatments that were measured fresh and aged: both contrasts (dex) and their difference.
    """

    preparation: Preparation
    contrasts: pd.DataFrame
    shifts: pd.DataFrame
    ageing: pd.DataFrame


def pooled_treatments(
    records: pd.DataFrame, vocabulary: pd.DataFrame, known: Preparation | None = None
) -> PooledTreatments:
    """Pool the treatments among the printed numbers.

    Parameters
    ----------
    records, vocabulary
        The built tables.
    known
        What :func:`preparation` found of these records; computed where it is None.
    """
    found = preparation(treatments(records), series_of(records)) if known is None else known
    families = treatment_families(vocabulary)
    contrasts = found.contrasts.assign(
        family=[family_of(words, families) for words in found.contrasts["treatments"]]
    )
    rows = [_shift("all", contrasts)]
    if found.moved_by is not None:
        rest = contrasts[contrasts["study_id"] != found.moved_by]
        rows.append(_shift(f"all without {work_name(found.moved_by)}", rest))
    rows += [_shift(str(name), own) for name, own in contrasts.groupby("family")]
    return PooledTreatments(
        found, contrasts, pd.DataFrame(rows, columns=SHIFT_COLUMNS), ageing(records)
    )


def treatment_families(vocabulary: pd.DataFrame) -> dict[str, str]:
    """Return the family of each treatment word, from the built table of words."""
    rows = vocabulary[vocabulary["vocabulary"] == "treatment"]
    properties = (json.loads(text) for text in rows["properties"])
    families = (found.get("family") or UNASSIGNED for found in properties)
    return dict(zip(rows["word"], families, strict=True))


def family_of(words: str, families: Mapping[str, str]) -> str:
    """Return the family that all words of a treatment have, or that they have several."""
    found = {families.get(word, UNASSIGNED) for word in str(words).split()}
    return found.pop() if len(found) == 1 else SEVERAL


def _shift(family: str, contrasts: pd.DataFrame) -> Mapping[str, object]:
    sided = two_sided(contrasts)
    works = int(contrasts.loc[sided, "study_id"].nunique())
    row: dict[str, object] = {
        "family": family,
        "contrasts": len(contrasts),
        "two_sided": int(sided.sum()),
        "works": int(contrasts["study_id"].nunique()),
        "lowest": contrasts["lo"].min() if contrasts["lo"].notna().all() else None,
        "highest": contrasts["hi"].max() if contrasts["hi"].notna().all() else None,
    }
    if sided.sum() < DF_NEEDED or works < WORKS_NEEDED:
        return row | {
            "missing": f"{int(sided.sum())} contrasts known on both sides in {works} works; "
            f"{DF_NEEDED} in {WORKS_NEEDED} are needed"
        }
    try:
        fit = fit_contrasts(contrasts, SHIFTED)
    except MetastudyError as error:
        return row | {"missing": str(error)}
    shift, se, df = (float(x.iloc[0]) for x in (fit.params, fit.bse, fit.df))
    lower, upper = fit.conf_int().iloc[0].to_numpy(float)
    # A contrast of two preparations has twice their variance, and the error of two arms.
    new = 2 * float(fit.sigma2.iloc[0]) + 2 * (REPEATABILITY / math.log(10)) ** 2
    reach = float(student.isf(0.025, df)) * math.hypot(se, math.sqrt(new))
    return row | {
        "shift": shift,
        "lower": float(lower),
        "upper": float(upper),
        "predicted_lower": shift - reach,
        "predicted_upper": shift + reach,
        "missing": "",
    }


def ageing(records: pd.DataFrame) -> pd.DataFrame:
    """Return treatments whose contrast was measured fresh and aged, both known as values (dex)."""
    found = treatments(records).contrasts
    exact = found[found["used"].astype(bool) & found["log_ratio"].notna()]
    key = ["study_id", "treated", "reference", "system"]
    by_state = exact.assign(log_ratio=exact["log_ratio"].astype(float)).pivot_table(
        index=key, columns="state_kind", values="log_ratio", aggfunc="first", observed=True
    )
    columns = [*key, "fresh", "aged", "difference"]
    if not {"fresh", "aged"} <= set(by_state.columns):
        return pd.DataFrame(columns=columns)
    both = by_state.dropna(subset=["fresh", "aged"]).reset_index()
    both["difference"] = np.asarray(both["aged"] - both["fresh"], float)
    return both[columns]
