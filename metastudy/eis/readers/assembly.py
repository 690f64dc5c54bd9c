"""From a table to spectra: rows that are no points are named, and sweeps told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..spectrum import Spectrum
from .hints import Hints
from .quantities import ColumnReader
from .roles import WANTED
from .row_gate import ranges
from .source import FileContent, ReadError
from .sweeps import runs_of
from .table import RawTable

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

MIN_POINTS = 5  # fewer points carry no spectrum: aborted runs and templates


def spectra_of(
    source: FileContent, table: RawTable, hints: Hints, metadata: Mapping[str, Any]
) -> list[Spectrum]:
    """Turn a table into its spectra, in the order of the file.

    Parameters
    ----------
    source, table
        The file, for messages, and its table.
    hints
        What the caller settled.
    metadata
        What every spectrum of this table carries; ``notes`` in it are kept and extended.

    Raises
    ------
    ReadError
        If a column is missing, its meaning is open, or a row is unusable.
    """
    if len(table.lines) < MIN_POINTS:
        raise _too_few(source, len(table.lines), table.first_line)
    table = replace(table, words_are_missing=hints.invalid_rows == "report")
    with np.errstate(all="ignore"):  # rows that are no numbers are found below, by line
        reading = ColumnReader(source, table, hints)
        frequency, impedance = reading.frequency_hz, reading.impedance_ohm()
    keep = _usable_rows(reading, frequency, impedance)
    lines = np.asarray(table.lines)[keep]
    cycle = _optional(reading, "cycle", keep)
    temperature = _temperature(reading, keep)
    runs, why = runs_of(frequency[keep], cycle, temperature)
    reading.notes.extend(why)
    long = [run for run in runs if np.unique(frequency[keep][run]).size >= MIN_POINTS]
    reading.notes.extend(
        f"spectra: {run.size} points make none and are left out (lines {ranges(lines[run])})"
        for run in runs
        if not any(run is kept for kept in long)
    )
    if not long:
        raise _too_few(source, np.unique(frequency[keep]).size, int(lines[0]))
    notes = (*metadata.get("notes", ()), *table.notes, *reading.notes)
    spectra = []
    for run in long:
        own = dict(metadata) | {"notes": notes, "lines": (int(lines[run[0]]), int(lines[run[-1]]))}
        if cycle is not None and np.ptp(cycle[run]) == 0:
            own["cycle"] = float(cycle[run[0]])
        own |= _own_temperature(temperature, run, own)
        spectra.append(Spectrum(frequency[keep][run], impedance[keep][run], own))
    return spectra


def _too_few(source: FileContent, points: int, line: int | None) -> ReadError:
    return source.error(
        f"points at {points} frequenc{'y' if points == 1 else 'ies'} make no spectrum",
        f"expected at least {MIN_POINTS}; the measurement was stopped or the file was cut",
        line,
    )


def _usable_rows(
    reading: ColumnReader, frequency: FloatArray, impedance: ComplexArray
) -> npt.NDArray[np.bool_]:
    """Mark the rows that are points; the others are reported, or refused by line."""
    lines = np.asarray(reading.table.lines)
    with np.errstate(invalid="ignore"):
        idle = (frequency == 0) & ((impedance == 0) | ~np.isfinite(impedance))
        bad = ~(np.isfinite(frequency) & np.isfinite(impedance) & (frequency > 0))
        bad = (bad | (impedance == 0)) & ~idle
    if idle.any():
        reading.notes.append(
            f"rows: {int(idle.sum())} with frequency 0 hold no impedance and are left out "
            f"(lines {ranges(lines[idle])})"
        )
    if bad.any():
        report = reading.hints.invalid_rows or ("report" if reading.table.rows_lost else "error")
        if report == "error":
            row = int(np.argmax(bad))
            raise reading.source.error(
                f"frequency {frequency[row]:g} Hz with impedance {impedance[row]:g} ohm is no "
                f"point{_blame(reading, row)} ({int(bad.sum())} such of {bad.size})",
                "expected a positive frequency and a finite impedance other than 0; "
                "invalid_rows='report' leaves such rows out and says so",
                int(lines[row]),
            )
        reading.notes.append(
            f"rows: {int(bad.sum())} without a usable number are left out "
            f"(lines {ranges(lines[bad])})"
        )
    keep = np.asarray(~(idle | bad), dtype=np.bool_)
    if not keep.any():
        raise reading.error(
            "no row holds an impedance", f"{WANTED}; the measurement was stopped before it began"
        )
    return keep


def _blame(reading: ColumnReader, row: int) -> str:
    """Name the cell of a row that holds no number, as printed."""
    for quantity, role in reading.roles.items():
        cell = reading.table.columns[role.index][row]
        if isinstance(cell, str) and not np.isfinite(reading.column(quantity)[row]):
            return f": {cell.strip()[:40]!r} in column {reading.title(quantity)} is no number"
    return ""


def _optional(
    reading: ColumnReader, quantity: str, keep: npt.NDArray[np.bool_]
) -> FloatArray | None:
    if quantity not in reading.roles:
        return None
    values = reading.column(quantity)[keep]
    return values if np.all(np.isfinite(values)) else None


def _temperature(reading: ColumnReader, keep: npt.NDArray[np.bool_]) -> FloatArray | None:
    """Return the temperature column in degC, or ``None`` without one that can be a temperature."""
    values = _optional(reading, "temperature", keep)
    meaning = reading.roles["temperature"].meaning if values is not None else None
    if values is None or meaning is None or meaning.unit is None:
        return None
    if meaning.unit.kind == "kelvin":
        values = values - 273.15
    if np.any(values <= -273.0):
        reading.notes.append(
            f"temperature: {reading.title('temperature')} is at or below absolute zero, not used"
        )
        return None
    return values


def _own_temperature(
    temperature: FloatArray | None, run: npt.NDArray[np.int_], own: Mapping[str, Any]
) -> dict[str, Any]:
    if temperature is None or "temperature_c" in own:
        return {}
    values = temperature[run]
    return {
        "temperature_c": float(np.mean(values)),
        "temperature_c_range": (float(values.min()), float(values.max())),
    }
