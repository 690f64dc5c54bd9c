"""A temperature series on the terminal and on disk: decisions, energies, resistances, picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.bridge.refits.series_files import SpectraRead
from metastudy.eis.series.result import SeriesFit
from metastudy.pages.rendering.plain import plain_rows
from metastudy.pages.rendering.style import to_svg
from metastudy.whole_file import write_whole

NOTE = (
    "Resistances are of the measured circuit, neither times an area nor divided by contacts; "
    "their intervals are for the temperature that the cell had, those of the energies for the "
    "stated one."
)


def series_text(read: SpectraRead, found: SeriesFit) -> str:
    """Write the summary of the series after the files and the lines that it lacks."""
    lacking = [f"left out  {name}: {reason}" for name, reason in read.failed]
    lacking += [f"note      {name}: {note}" for name, note in read.noted]
    return "\n".join([*lacking, str(found.summary()), "", NOTE])


def series_content(read: SpectraRead, found: SeriesFit) -> dict[str, Any]:
    """Return resistances and energies, and the files that the series lacks."""
    return {
        "resistances": plain_rows(_resistances(read, found)),
        "energies": plain_rows(found.activation_energies()),
        "left_out": [{"file": name, "reason": reason} for name, reason in read.failed],
    }


def write_series(read: SpectraRead, found: SeriesFit, folder: Path) -> list[Path]:
    """Write ``resistances.csv``, ``energies.csv`` and ``series.svg``, each whole or not at all.

    Units are in the names of the columns: degC, ohm, F, s, eV.

    Raises
    ------
    RefitError
        If the folder cannot be written.
    """
    resistances = _resistances(read, found)
    tables = {"resistances.csv": resistances, "energies.csv": found.activation_energies()}
    texts = {
        folder / name: table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        for name, table in tables.items()
    }
    return write_whole({**texts, folder / "series.svg": to_svg(found.plot())}, folder, RefitError)


def _resistances(read: SpectraRead, found: SeriesFit) -> pd.DataFrame:
    """Return the resistances of the series, each with its file."""
    table = found.resistances()
    per_spectrum = len(table) // len(read.names)
    table.insert(0, "file", [name for name in read.names for _ in range(per_spectrum)])
    return table
