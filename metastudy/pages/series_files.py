"""A temperature series on the terminal and on disk: decisions, energies, resistances, picture."""

from __future__ import annotations

from pathlib import Path

from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.bridge.refits.series_files import SpectraRead
from metastudy.eis.series.result import SeriesFit
from metastudy.pages.rendering.style import to_svg
from metastudy.whole_file import write_whole


def series_text(read: SpectraRead, found: SeriesFit) -> str:
    """Write the summary of the series after the files and the lines that it lacks."""
    lacking = [f"left out  {name}: {reason}" for name, reason in read.failed]
    lacking += [f"note      {name}: {note}" for name, note in read.noted]
    note = (
        "Resistances are of the measured circuit, neither times an area nor divided by contacts; "
        "their intervals are for the temperature that the cell had, those of the energies for the "
        "stated one."
    )
    return "\n".join([*lacking, str(found.summary()), "", note])


def write_series(read: SpectraRead, found: SeriesFit, folder: Path) -> list[Path]:
    """Write ``resistances.csv``, ``energies.csv`` and ``series.svg``, each whole or not at all.

    Units are in the names of the columns: degC, ohm, F, s, eV.

    Raises
    ------
    RefitError
        If the folder cannot be written.
    """
    resistances = found.resistances()
    per_spectrum = len(resistances) // len(read.names)
    files = [name for name in read.names for _ in range(per_spectrum)]
    resistances.insert(0, "file", files)
    tables = {"resistances.csv": resistances, "energies.csv": found.activation_energies()}
    texts = {
        folder / name: table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        for name, table in tables.items()
    }
    return write_whole({**texts, folder / "series.svg": to_svg(found.plot())}, folder, RefitError)
