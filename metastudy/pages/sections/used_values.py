"""Every value that the answer uses: as printed and where, normalised, its preparation, its DOI."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from metastudy.corpus.work_name import NAMELESS, work_name
from metastudy.pages.rendering.blocks import Block, Section, Text, rows_of
from metastudy.pages.rendering.table import Head, Table, table_of
from metastudy.tables.loading import Dataset

DOI = "https://doi.org/"
TWO_SIDED = 1.959963984540054


def used_values_section(data: Dataset) -> Section:
    """Show all untreated and treated values that enter, one table."""
    rows = data.observations[_enters(data.observations)]
    blocks: list[Block] = [
        Text(
            "Untreated contacts, those with a liquid in their state nearest 100 h and others in "
            "their first, and treated ones with nothing else against them. "
            "Normalised: of one contact, at 25 °C or (polymers) 60 °C; in brackets the 95 % "
            "interval of what is known of the number itself, which is no scatter.",
            "note",
        ),
        values_table(data, rows),
    ]
    unnamed = _unnamed(data, rows)
    if unnamed.rows:
        blocks += [
            Text(
                "Help us name these: works whose numbers are used and whose authors or title are "
                "not known."
            ),
            unnamed,
        ]
    return Section("values", "Every value used", tuple(blocks))


def _enters(observations: pd.DataFrame) -> pd.Series[bool]:
    return observations["headline"].astype(bool) | (observations["left_out"] == "treated")


def values_table(data: Dataset, rows: pd.DataFrame) -> Table:
    """Set the values, by pair."""
    records = data.records.drop_duplicates("record_id").set_index("record_id")
    works = data.studies.set_index("study_id")
    columns: dict[str, str | Head] = {
        "pair": "pair",
        "value": Head("Ω cm²", number=True),
        "printed": "printed",
        "place": "where",
        "preparation": "preparation",
        "work": "work",
        "doi": Head("DOI", link=DOI),
    }
    ordered = rows.sort_values(["interface_class", "material", "observation_id"])
    return table_of(columns, (_row(row, records, works) for row in rows_of(ordered)))


def _row(row: Mapping[Any, Any], records: pd.DataFrame, works: pd.DataFrame) -> Mapping[str, Any]:
    first = str(row["records"]).split()[0]
    printed = records.loc[first] if first in records.index else None
    work = works.loc[row["study_id"]]
    return {
        "pair": f"{row['solid_electrolyte']} | {row['partner']}".replace("_", " "),
        "value": normalised_text(row),
        "printed": "" if printed is None else f"{printed['value_text']} {printed['unit_text']}",
        "place": "" if printed is None else printed["locator"],
        "preparation": str(row["preparation_id"]).partition("/")[2].replace("_", " ")
        + (" (treated)" if row["arm"] == "treated" else ""),
        "work": work_label(row["study_id"], work),
        "doi": work["doi"] if pd.notna(work["doi"]) else "",
    }


def normalised_text(row: Mapping[Any, Any]) -> str:
    """Write a normalised value with the interval of its known error, or a bound."""
    if row["censoring"] == "exact":
        reach = TWO_SIDED * math.sqrt(row["v"])
        low, high = 10 ** (row["y"] - reach), 10 ** (row["y"] + reach)
        return f"{_short(10 ** row['y'])} ({_short(low)} to {_short(high)})"
    lo, hi = row["lo"], row["hi"]
    if pd.isna(lo):
        return f"< {_short(10**hi)}"
    return f"> {_short(10**lo)}" if pd.isna(hi) else f"{_short(10**lo)} to {_short(10**hi)}"


def _short(value: float) -> str:
    rounded = float(f"{value:.2g}")
    return f"{rounded:.0f}" if rounded >= 10 else f"{rounded:g}"


def work_label(study_id: str, work: Mapping[Any, Any] | pd.Series[Any]) -> str:
    """Name a work by first author and year; by its own id where these are not known."""
    if _is_unnamed(study_id, work):
        return work_name(study_id)
    author = str(work["authors"]).split(";")[0].split(",")[0]
    return f"{author} {work['year']}"


def _is_unnamed(study_id: str, work: Mapping[Any, Any] | pd.Series[Any]) -> bool:
    return study_id.split("_")[0] in NAMELESS or work["kind"] == "unidentified"


def _unnamed(data: Dataset, rows: pd.DataFrame) -> Table:
    used = set(rows["study_id"])
    works = [
        {"work": work_name(row["study_id"]), "known": row["title"], "year": row["year"]}
        for row in rows_of(data.studies)
        if row["study_id"] in used and _is_unnamed(row["study_id"], row)
    ]
    return table_of({"work": "work", "known": "what is known of it", "year": "year"}, works)
