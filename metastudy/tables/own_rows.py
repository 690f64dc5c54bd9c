"""Own observations put beside those of the dataset, with their covariance."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from metastudy.errors import MetastudyError
from metastudy.tables.columns import OBSERVATIONS

NEEDED = (
    "observation_id",
    "interface_class",
    "ion",
    "solid_electrolyte",
    "partner",
    "reference_c",
)
PARTNER_CLASS = {"PE/SE": "polymer", "LE/SE": "liquid", "SE/SE": "solid"}
WORDS = ("interface_class", "ion", "solid_electrolyte", "arm", "partner_class", "salt")
TERM, SCOPE = "own", "own rows"
_COLUMNS = {column.name: column for column in OBSERVATIONS.columns}
_COMPUTED = ("v", "headline", "left_out", "lo", "hi", "measured_log10", "family", "material")
_ROUNDING = 1e-10  # of the largest eigenvalue


class OwnRowsError(MetastudyError):
    """Own rows, or a covariance of them, that cannot be joined."""


def joined(
    tables: Mapping[str, pd.DataFrame], rows: pd.DataFrame, V: ArrayLike
) -> dict[str, pd.DataFrame]:
    """Return the tables with own rows behind those of the dataset.

    Parameters
    ----------
    tables
        Every table by its name.
    rows
        Own observations, n of them, with columns of ``observations``.
    V
        Their known covariance (dex squared): shape (n, n), or (n,) for variances alone.

    Raises
    ------
    OwnRowsError
        Where a column, a word or the covariance is at fault.
    """
    if rows.empty:
        raise OwnRowsError("no own row is given")
    loadings = _loadings(V, len(rows))
    own = _observations(tables, rows.reset_index(drop=True), loadings)
    ids = own["observation_id"].to_numpy()
    treated = own[~own["headline"].astype(bool)]
    added = {
        "observations": own,
        "headline": own[own["headline"].astype(bool)],
        "left_out": treated.assign(reason="treated", meaning=_meaning(tables, "treated")),
        "budget": _budget(ids, loadings),
        "covariance": _covariance(ids, loadings @ loadings.T),
        "studies": _studies(tables["studies"], own),
    }
    return {
        name: _below(table, added[name]) if name in added else table
        for name, table in tables.items()
    }


def _loadings(V: ArrayLike, n: int) -> NDArray[np.float64]:
    """Return L (dex, shape (n, n)) with V = L L'; each column is an unknown of its own."""
    given = np.asarray(V, dtype=float)
    covariance = np.diag(given) if given.ndim == 1 else given
    if covariance.shape != (n, n):
        raise OwnRowsError(
            f"V has the shape {given.shape}; {n} own rows need ({n}, {n}), or ({n},) for variances"
        )
    if not np.isfinite(covariance).all():
        raise OwnRowsError("V holds a number that is not finite")
    if not np.allclose(covariance, covariance.T, rtol=1e-8, atol=0.0):
        raise OwnRowsError("V is not symmetric")
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    if values.min() < -_ROUNDING * max(values.max(), 0.0):
        raise OwnRowsError(f"V is no covariance: it has the eigenvalue {values.min():.3g}")
    loadings = vectors * np.sqrt(np.clip(values, 0.0, None))
    return np.where(np.abs(loadings) > _ROUNDING * np.abs(loadings).max(), loadings, 0.0)


def _observations(
    tables: Mapping[str, pd.DataFrame], rows: pd.DataFrame, loadings: NDArray[np.float64]
) -> pd.DataFrame:
    _check_columns(rows)
    own = _with_defaults(_with_response(rows))
    _check_cells(own, tables["vocabulary"])
    _check_ids(own["observation_id"], tables["observations"]["observation_id"])
    own = _with_keys(own, tables["vocabulary"])
    reference = own["arm"] == "reference"
    variance = (loadings**2).sum(axis=1)
    return own.assign(
        v=variance,
        v_other=variance,
        v_temperature=0.0,
        v_interfaces=0.0,
        headline=reference,
        left_out=reference.map({True: None, False: "treated"}),
    )


def _with_defaults(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with what is taken where they do not say: each its own untreated sample."""
    study = rows["study_id"] if "study_id" in rows else pd.Series("own", rows.index)
    own = study.astype(str) + "/" + rows["observation_id"].astype(str)
    solid = rows["interface_class"] == "SE/SE"
    defaults = {
        "study_id": study,
        "preparation_id": own,
        "sample_id": own,
        "cell_id": study.astype(str) + "/cell",
        "arm": "reference",
        "state_kind": "unknown",
        "lab": "unknown",
        "component": "total",
        "salt": np.where(solid, "none", "not_reported"),
        "salt_content": np.where(solid, "not_applicable", "not_reported"),
        "partner_class": rows["interface_class"].map(PARTNER_CLASS),
        "temperature_in_words": False,
        "spread_reported": False,
        "coverage_known": True,
        "count_shift": 0.0,
    }
    return rows.assign(**{name: v for name, v in defaults.items() if name not in rows})


def _check_columns(rows: pd.DataFrame) -> None:
    missing = [name for name in NEEDED if name not in rows]
    if missing:
        raise OwnRowsError(f"own rows lack the column {missing[0]}; give {', '.join(NEEDED)} and y")
    for name in rows.columns:
        if name in _COMPUTED:
            raise OwnRowsError(f"own rows: {name} is computed; leave the column out")
        if name not in _COLUMNS:
            near = difflib.get_close_matches(str(name), _COLUMNS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise OwnRowsError(f"own rows: no column of observations is named {name!r}{hint}")


def _check_cells(own: pd.DataFrame, vocabulary: pd.DataFrame) -> None:
    for name in WORDS:
        table = vocabulary.loc[vocabulary["vocabulary"] == name, "word"]
        known = {*table, "not_reported", "not_accessed"} if name == "salt" else set(table)
        for place, cell in enumerate(own[name]):
            if cell not in known:
                near = difflib.get_close_matches(str(cell), known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise OwnRowsError(f"own row {place}: {cell!r} is no word of {name}{hint}")
    for name in ("observation_id", "partner", "study_id"):
        for place, cell in enumerate(own[name]):
            if not isinstance(cell, str) or not cell:
                raise OwnRowsError(f"own row {place}: {name} is {cell!r}; give a text")
    for place, cell in enumerate(pd.to_numeric(own["reference_c"], errors="coerce")):
        if not np.isfinite(cell):
            raise OwnRowsError(f"own row {place}: reference_c is no temperature in degC")


def _check_ids(own: pd.Series[str], there: pd.Series[str]) -> None:
    twice = [*own[own.duplicated()], *own[own.isin(there)]]
    if twice:
        raise OwnRowsError(f"observation_id {twice[0]!r} is there already; give each row its own")


def _with_response(own: pd.DataFrame) -> pd.DataFrame:
    """Return exact rows with y, its ends, and the resistance."""
    if ("y" in own) == ("asr_ohm_cm2" in own):
        raise OwnRowsError("own rows: give y (log10 of ohm cm2) or asr_ohm_cm2, one of the two")
    if "y" in own:
        y = pd.to_numeric(own["y"], errors="coerce")
    else:
        asr = pd.to_numeric(own["asr_ohm_cm2"], errors="coerce")
        y = np.log10(asr.where(asr > 0.0))
    for place in np.flatnonzero(~np.isfinite(y)):
        raise OwnRowsError(f"own row {place}: the resistance is no positive, finite number")
    if "censoring" in own and (own["censoring"] != "exact").any():
        raise OwnRowsError("own rows: a bound cannot be joined; give rows with a value")
    return own.assign(y=y, lo=y, hi=y, asr_ohm_cm2=10.0**y, censoring="exact")


def _with_keys(own: pd.DataFrame, vocabulary: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the keys of the dataset: family, material, system."""
    listed = vocabulary[vocabulary["vocabulary"] == "solid_electrolyte"]
    family = {
        word: json.loads(properties)["family"]
        for word, properties in zip(listed["word"], listed["properties"], strict=True)
    }
    start = own["interface_class"] + " | " + own["ion"] + " | "
    material = start + own["solid_electrolyte"] + " | " + own["partner"]
    # An unknown content is that of its work alone.
    unknown = own["salt_content"] == "not_reported"
    content = own["salt_content"].mask(unknown, "not_reported (" + own["study_id"] + ")")
    keyed = own.assign(
        family=start + own["solid_electrolyte"].map(family) + " | " + own["partner_class"],
        material=material,
    )
    if "system" not in own:
        keyed["system"] = material + " | " + own["salt"] + " | " + content
    return keyed


def _budget(ids: NDArray[Any], loadings: NDArray[np.float64]) -> pd.DataFrame:
    rows, unknowns = np.nonzero(loadings)
    return pd.DataFrame(
        {
            "observation_id": ids[rows],
            "term": TERM,
            "scope": SCOPE,
            "key": [f"{ids[0]} and {len(ids) - 1} more, {number}" for number in unknowns],
            "loading": loadings[rows, unknowns],
        }
    )


def _covariance(ids: NDArray[Any], V: NDArray[np.float64]) -> pd.DataFrame:
    i, j = np.nonzero(np.triu(V))
    return pd.DataFrame(
        {
            "observation_i": ids[i],
            "observation_j": ids[j],
            "term": TERM,
            "scope": SCOPE,
            "value": V[i, j],
        }
    )


def _studies(there: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return the works of own rows that the dataset has not."""
    counts = own["study_id"].value_counts(sort=False)
    new = counts[~counts.index.isin(there["study_id"])]
    return pd.DataFrame({"study_id": new.index, "records": 0, "observations": new.to_numpy()})


def _meaning(tables: Mapping[str, pd.DataFrame], word: str) -> str:
    vocabulary = tables["vocabulary"]
    of_word = (vocabulary["vocabulary"] == "reason") & (vocabulary["word"] == word)
    return str(vocabulary.loc[of_word, "meaning"].iloc[0])


def _below(table: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    """Return a table with rows below it, in its columns and types; what they lack is missing."""
    if added.empty:
        return table
    shaped = added.reindex(columns=table.columns).astype(table.dtypes)
    return pd.concat([table, shaped], ignore_index=True)
