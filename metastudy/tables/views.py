"""Observations as a reader asks for them: filtered by words, as CSV or as JSON."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from metastudy.errors import MetastudyError
from metastudy.tables.building import arrow_schema, csv_text
from metastudy.tables.columns import OBSERVATIONS
from metastudy.tables.loading import Dataset


class FilterError(MetastudyError):
    """A filter, or a word of one, that is not known."""


@dataclass(frozen=True)
class Filter:
    """One filter: the words that a row answers to, and the vocabulary that holds more of them."""

    words: Callable[[Mapping[str, Any]], Iterable[str]]
    vocabulary: str


def _parts(key: str) -> list[str]:
    """Return a key such as ``PE/SE | Li | garnet`` whole and part by part."""
    return [key, *key.split(" | ")]


FILTERS: Mapping[str, Filter] = {
    "class": Filter(lambda row: [row["interface_class"]], "interface_class"),
    "family": Filter(lambda row: _parts(row["family"]), "family"),
    "system": Filter(lambda row: _parts(row["system"]), "solid_electrolyte"),
    "salt": Filter(lambda row: [row["salt"]], "salt"),
    "arm": Filter(lambda row: [row["arm"]], "arm"),
    "treatment": Filter(lambda row: _texts(row["treatments"]), "treatment"),
}


def _dicts(rows: pd.DataFrame) -> list[dict[str, Any]]:
    columns = [str(name) for name in rows.columns]
    return [dict(zip(columns, row, strict=True)) for row in rows.itertuples(index=False, name=None)]


def _texts(joined: Any) -> list[str]:
    return joined.split() if isinstance(joined, str) else []


@dataclass(frozen=True)
class Selection:
    """Rows of some classes: observations with their V (dex squared, in their order), records."""

    observations: pd.DataFrame
    V: NDArray[np.float64]
    records: pd.DataFrame


def narrowed(data: Dataset, wanted: Mapping[str, Sequence[str]]) -> Selection:
    """Return the rows that answer to words of filters; a filter without words keeps all.

    Records without a contact, such as constants of a work, stay with the works that have a record
    in the selection.

    Parameters
    ----------
    data
        The dataset.
    wanted
        Words by filter, class and family.

    Raises
    ------
    FilterError
        For a word that is not known.
    """
    asked = {name: words for name, words in wanted.items() if words}
    if not asked:
        return Selection(data.observations, data.V, data.records)
    ids = select(data, asked)["observation_id"]
    keep = data.observations["observation_id"].isin(ids).to_numpy()
    records = data.records
    own = np.ones(len(records), dtype=bool)
    for name, words in asked.items():
        column = records[{"class": "interface_class", "family": "family"}[name]]
        folded = {word.casefold() for word in words}
        own &= np.array([_names(key, folded) for key in column.fillna("")], dtype=bool)
    works = set(records.loc[own, "study_id"])
    without_contact = records["sample_id"].isna() & records["study_id"].isin(works)
    return Selection(
        data.observations[keep].reset_index(drop=True),
        data.V[np.ix_(keep, keep)],
        records[own | without_contact],
    )


def _names(key: str, folded: set[str]) -> bool:
    return any(part.casefold() in folded for part in _parts(key))


def select(data: Dataset, wanted: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the observations that answer to one of the words of every filter.

    Parameters
    ----------
    data
        The dataset.
    wanted
        Words by filter: class, family, system, salt, arm, treatment. Case does not count. A family
        or system is named whole or by one of its parts.

    Raises
    ------
    FilterError
        Where a filter or a word is not known; the nearest words are offered. A word that is known
        but has no observation gives no row.
    """
    rows = data.observations
    keep = np.ones(len(rows), dtype=bool)
    records = _dicts(rows)
    for name, words in wanted.items():
        if name not in FILTERS:
            raise FilterError(f"no filter is named {name!r}; use one of {', '.join(FILTERS)}")
        answers = [{word.casefold() for word in FILTERS[name].words(row)} for row in records]
        asked = {word.casefold() for word in words}
        _known(name, words, data, records)
        keep &= np.array([bool(answer & asked) for answer in answers], dtype=bool)
    return rows[keep]


def _known(
    name: str, words: Sequence[str], data: Dataset, records: Sequence[Mapping[str, Any]]
) -> None:
    vocabulary = data.vocabulary
    listed = vocabulary.loc[vocabulary["vocabulary"] == FILTERS[name].vocabulary, "word"]
    present = (word for row in records for word in FILTERS[name].words(row))
    known = {word.casefold(): word for word in (*listed, *present)}
    for word in words:
        if word.casefold() not in known:
            near = difflib.get_close_matches(word.casefold(), known, n=3, cutoff=0.5)
            within = [folded for folded in known if word.casefold() in folded][:3]
            hint = " or ".join(known[folded] for folded in dict.fromkeys([*near, *within]))
            few = f"use one of {', '.join(sorted(known.values()))}" if len(known) < 8 else ""
            tail = f"did you mean {hint}?" if hint else few or "metastudy table lists what there is"
            raise FilterError(f"no {name} is named {word!r}; {tail}")


def as_csv(rows: pd.DataFrame) -> str:
    """Return observations as CSV, as the built ``observations.csv`` has them."""
    table = pa.Table.from_pandas(rows, schema=arrow_schema(OBSERVATIONS), preserve_index=False)
    return csv_text(OBSERVATIONS, table)


def as_json(rows: pd.DataFrame) -> str:
    """Return observations as JSON: ``units`` by column, and ``observations``, missing as null."""
    table = pa.Table.from_pandas(rows, schema=arrow_schema(OBSERVATIONS), preserve_index=False)
    units = {column.name: column.unit for column in OBSERVATIONS.columns if column.unit}
    content = {"units": units, "observations": table.to_pylist()}
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def resistance_text(row: Mapping[str, Any]) -> str:
    """Return the area-specific resistance (ohm cm2) as read: a value, a bound or a range."""
    lo, hi = (_power(row[end]) for end in ("lo", "hi"))
    if row["censoring"] == "interval":
        return f"{lo} to {hi}"
    return {"exact": lo, "left": f"< {hi}", "right": f"> {lo}"}[row["censoring"]]


def _power(log10: float) -> str:
    if math.isnan(log10):
        return ""
    value = float(f"{10.0**log10:.3g}")
    return f"{value:.0f}" if value >= 100.0 else f"{value:g}"
