"""Spectra and their fits as Parquet: many spectra in one long table, one row per fit.

The table of spectra has the columns ``spectrum_id``, ``frequency_hz``, ``z_re_ohm``, ``z_im_ohm``,
one row per point, and may have ``temperature_c``. The table of fits has the columns of refits.csv,
numbers as numbers, and ``reason``: empty, or why the spectrum has no fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from metastudy.bridge.refits.failures import reason_of
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.corpus.refits import ADDED_COLUMNS, REFIT_COLUMNS, Refit
from metastudy.eis.spectrum import Spectrum
from metastudy.whole_file import whole_file

POINT_COLUMNS = ("spectrum_id", "frequency_hz", "z_re_ohm", "z_im_ohm")
FIT_COLUMNS = (*REFIT_COLUMNS, "reason")
NUMBERS = (
    "high_frequency_error",
    "resistance_ohm",
    "lower_ohm",
    "upper_ohm",
    "log_variance",
    "objective",
)


def read_spectra(path: Path) -> tuple[dict[str, Spectrum], dict[str, str]]:
    """Read a long table of spectra.

    Returns
    -------
    spectra : dict of str to Spectrum
        By id, in order of appearance; ``metadata["sha256"]`` is that of the spectrum's own numbers.
    failed : dict of str to str
        Ids whose points make no spectrum, and the reason.

    Raises
    ------
    RefitError
        If the file cannot be read or has not these columns.
    """
    table = _read(path)
    missing = [name for name in POINT_COLUMNS if name not in table]
    if missing:
        raise RefitError(
            f"{path}: the column {missing[0]} is missing; a table of spectra has "
            f"{', '.join(POINT_COLUMNS)}, one row per point, and may have temperature_c"
        )
    if table["spectrum_id"].isna().any():
        row = int(np.flatnonzero(table["spectrum_id"].isna())[0])
        raise RefitError(f"{path}: row {row + 1} has no spectrum_id; every point needs one")
    spectra: dict[str, Spectrum] = {}
    failed: dict[str, str] = {}
    for key, points in table.groupby(table["spectrum_id"].astype(str), sort=False):
        try:
            spectra[str(key)] = _spectrum(path.name, str(key), points)
        except Exception as error:
            failed[str(key)] = reason_of(error, str(key))
    return spectra, failed


def _spectrum(source: str, key: str, points: pd.DataFrame) -> Spectrum:
    columns = []
    for name in POINT_COLUMNS[1:]:
        try:
            columns.append(points[name].to_numpy(dtype=float, na_value=np.nan))
        except (ValueError, TypeError):
            raise RefitError(f"column {name} holds what is no number") from None
    frequency, real, imaginary = columns
    metadata: dict[str, object] = {"source": source, "number": key, "of": 1}
    digest = hashlib.sha256(np.array([frequency, real, imaginary]).astype("<f8").tobytes())
    if "temperature_c" in points:
        found = pd.to_numeric(points["temperature_c"], errors="coerce").dropna().unique()
        if found.size > 1:
            raise RefitError(f"has {found.size} temperatures; one spectrum has one")
        if found.size:
            metadata["temperature_c"] = float(found[0])
    return Spectrum(frequency, real + 1j * imaginary, metadata | {"sha256": digest.hexdigest()})


def read_fits(path: Path) -> dict[str, Refit]:
    """Read the fits of an earlier run by spectrum; those that failed are left out.

    Raises
    ------
    RefitError
        If the file cannot be read or is no table of fits.
    """
    table = _read(path)
    table = table.assign(**{name: "" for name in ADDED_COLUMNS if name not in table})
    if set(table.columns) != set(FIT_COLUMNS):
        raise RefitError(f"{path} is no table of fits; move it away or give another --out")
    rows = {}
    for line in table[table["reason"] == ""].to_dict("records"):
        cells = {name: _text(line[name]) for name in REFIT_COLUMNS}
        rows[cells["spectrum"]] = Refit(**cells)
    return rows


def write_fits(path: Path, rows: Mapping[str, Refit], failed: Mapping[str, str]) -> None:
    """Write the fits, and the spectra that failed with their reason, whole or not at all.

    Raises
    ------
    RefitError
        If the file cannot be written.
    """
    lines: list[dict[str, object]] = []
    for row in rows.values():
        cells: dict[str, object] = {name: getattr(row, name) for name in REFIT_COLUMNS}
        lines.append(cells | {name: _number(str(cells[name])) for name in NUMBERS} | {"reason": ""})
    empty: dict[str, object] = {name: np.nan if name in NUMBERS else "" for name in REFIT_COLUMNS}
    lines += [empty | {"spectrum": key, "reason": reason} for key, reason in failed.items()]
    kinds = {name: "float64" if name in NUMBERS else "str" for name in FIT_COLUMNS}
    table = pd.DataFrame(lines, columns=list(FIT_COLUMNS)).astype(kinds)
    with whole_file(path, RefitError) as new:
        table.to_parquet(new, index=False)


def in_order(keys: Sequence[str], rows: Mapping[str, Refit]) -> dict[str, Refit]:
    """Return the rows in the order of the spectra."""
    return {key: rows[key] for key in keys if key in rows}


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except Exception as error:  # a damaged table raises errors of every kind
        raise RefitError(f"{path}: cannot be read as Parquet: {error}") from None


def _number(text: str) -> float:
    return float(text) if text else np.nan


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value)
    return str(value)
