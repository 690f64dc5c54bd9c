"""Deliberate changes within a work, as contrasts of its arms.

A contrast is log10 R of the treated over the reference arm of the same work, contact, cell design
and state kind, at the same temperature: area, count of contacts and an imputed activation energy
cancel. Printed relative changes are contrasts already. Where a work prints both, or one change
twice, one is used and the other named.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from metastudy.normalise.exclusions import SWITCHES
from metastudy.normalise.filters import SAME_TEMPERATURE_K

Row = Mapping[Hashable, Any]

# How firmly a printed change is known, best first: two absolute values, then plain, then about.
_RANK = {"absolute": 0, "exact": 1, "approx": 2, "between": 3, "le": 4, "ge": 4, "lt": 4, "gt": 4}


@dataclass(frozen=True)
class Treatments:
    """The contrasts of deliberate treatments.

    Attributes
    ----------
    contrasts
        One row a contrast: study_id, treated, reference, system, state_kind, treatments, log_ratio
        (dex), lo, hi, kind (absolute or the qualifier of a printed change), records, used, note.
    """

    contrasts: pd.DataFrame


COLUMNS = [
    "study_id",
    "treated",
    "reference",
    "system",
    "state_kind",
    "treatments",
    "log_ratio",
    "lo",
    "hi",
    "kind",
    "records",
    "used",
    "note",
]


READ = [
    "record_id",
    "study_id",
    "cell_id",
    "preparation_id",
    "arm",
    "series",
    "treatments",
    "system",
    "state_kind",
    "quantity",
    "unit",
    "value",
    "temperature_c",
]
"""Columns of the levels of a contrast; making rows of the other columns takes most of the time."""


def treatments(records: pd.DataFrame) -> Treatments:
    """Collect the contrasts among the printed numbers (the built table of records)."""
    records = switched_on(records)
    rows = [*_absolute(records), *_printed(records)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame = _one_each(frame)
    return Treatments(frame)


def switched_on(records: pd.DataFrame) -> pd.DataFrame:
    """Return the records without those that a leave-out switch took: the table keeps them."""
    return records[~records["excluded"].isin(SWITCHES)]


def repeats_a_primary(records: pd.DataFrame) -> pd.Series[bool]:
    """Mark numbers read in another work that only repeat the same quantity of the primary one."""
    quantity = records.drop_duplicates("record_id").set_index("record_id")["quantity"]
    repeated = records["reference_record"].map(quantity) == records["quantity"]
    return (records["basis"] == "secondary") & repeated


def _absolute(records: pd.DataFrame) -> Iterator[Row]:
    """Yield contrasts of two absolute values of one work, resistances in ohm included."""
    levels = records[
        records["quantity"].isin(["area_specific_resistance", "resistance"])
        & (records["role"] == "interface")
        & records["component"].isin(["total", "unknown"])
        & records["qualifier"].isin(["exact", "approx"])
        & (records["value"] > 0)
        & ~repeats_a_primary(records)
        & records["cell_id"].notna()
    ]
    group = ["study_id", "system", "cell_id", "quantity", "unit", "state_kind"]
    for _, members in levels[READ].groupby(group, sort=True):
        rows = members.to_dict("records")
        for ref in (row for row in rows if row["arm"] == "reference"):
            for row in (row for row in rows if row["arm"] == "treated"):
                if _comparable(row, ref):
                    ratio = math.log10(row["value"] / ref["value"])
                    ids = f"{row['record_id']} {ref['record_id']}"
                    reference = str(ref["preparation_id"])
                    yield _contrast(row, reference, ratio, ratio, "absolute", ids)


def _comparable(row: Row, ref: Row) -> bool:
    """Say whether two rows differ in the treatment and in nothing else that is known."""
    if not set(str(row["series"]).split()) & set(str(ref["series"]).split()):
        return False
    warm, cool = row["temperature_c"], ref["temperature_c"]
    return bool((pd.isna(warm) and pd.isna(cool)) or abs(warm - cool) <= SAME_TEMPERATURE_K)


def _contrast(
    row: Row, reference: str, lo: float | None, hi: float | None, kind: str, ids: str
) -> Row:
    return {
        "study_id": row["study_id"],
        "treated": row["preparation_id"],
        "reference": reference,
        "system": row["system"],
        "state_kind": row["state_kind"],
        "treatments": row["treatments"],
        "log_ratio": lo if lo == hi else None,
        "lo": lo,
        "hi": hi,
        "kind": kind,
        "records": ids,
        "used": True,
        "note": "",
    }


def _printed(records: pd.DataFrame) -> Iterator[Row]:
    """Yield printed relative changes of the contact's own resistance."""
    changes = records[
        (records["quantity"] == "relative_resistance")
        & (records["role"] == "relative")
        & records["component"].isin(["total", "unknown"])
        & ~repeats_a_primary(records)
        & records["reference_preparation_id"].notna()
    ]
    for row in changes.to_dict("records"):
        reference = str(row["reference_preparation_id"])
        if row["arm"] == "treated" and reference != row["preparation_id"]:
            lo, hi = _log10(row["lo"]), _log10(row["hi"])
            yield _contrast(row, reference, lo, hi, row["qualifier"], row["record_id"])


def _log10(value: float) -> float | None:
    return None if pd.isna(value) or value <= 0 else math.log10(value)


def _one_each(frame: pd.DataFrame) -> pd.DataFrame:
    """Use one contrast of each treated arm, reference and state kind: the firmest one."""
    if frame.empty:
        return frame
    frame = frame.assign(rank=frame["kind"].map(_RANK).fillna(9))
    key = ["study_id", "treated", "reference", "system", "state_kind"]
    frame = frame.sort_values([*key, "rank", "records"])
    first = frame.groupby(key, dropna=False)["records"].transform("first")
    again = frame.duplicated(key)
    frame["used"] = ~again
    frame.loc[again, "note"] = "the same change as " + first[again]
    return frame.drop(columns="rank").reset_index(drop=True)
