"""Scribner ZPlot and ZView ``.z``, which other programs write too: nine columns below a header."""

from __future__ import annotations

import re
from typing import Any

from ..spectrum import Spectrum
from .assembly import spectra_of
from .hints import Hints
from .source import FileContent
from .table import table_of_rows
from .tabular import area_metadata

_NAMES = ("Freq [Hz]", "Ampl", "Bias", "Time", "Z' [ohm]", "Z'' [ohm]", "GD", "Err", "Range")
_HEADER = re.compile(r'[\s"]*Freq\s*\(Hz\).*Z\'\(a\)[,\s]+Z\'\'\(b\)', re.IGNORECASE)
_ROW = re.compile(r"\s*[-+]?[.,]?\d")


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read the one table of a ZPlot or ZView file."""
    rows, lines = [], []
    start = _first_row(source)
    for index in range(start, len(source.lines)):
        line = source.lines[index]
        if not line.strip():
            continue
        if not _ROW.match(line):
            raise source.error(
                f"{line.strip()[:40]!r} is in the table",
                f"expected rows of {len(_NAMES)} numbers to the end of the file",
                index + 1,
            )
        rows.append(_cells(line))
        lines.append(index + 1)
    table = table_of_rows(
        source, _NAMES, rows, lines, asked_decimal=hints.decimal, vendor_signs=True
    )
    return spectra_of(source, table, hints, _metadata(source, start, len(rows)))


def _cells(line: str) -> list[str]:
    """Split at tabs, else at commas, or at comma and blank where the comma is the decimal sign."""
    if "\t" in line:
        return line.split("\t")
    cells = line.split(",")
    return cells if len(cells) == len(_NAMES) else re.split(r",\s+|\s{2,}", line.strip())


def _first_row(source: FileContent) -> int:
    for index, line in enumerate(source.lines):
        if _HEADER.match(line):
            below = source.lines[index + 1 : index + 2]
            return index + 1 + (below == ["End Comments"])
    raise source.error(
        "a ZPlot file without its line of column names",
        "expected a line like \"Freq (Hz) Ampl Bias Time(Sec) Z'(a) Z''(b) GD Err Range\" before "
        "the numbers; the file was cut",
    )


def _metadata(source: FileContent, start: int, points: int) -> dict[str, Any]:
    above = [line.strip().strip('"').strip() for line in source.lines[:start]]
    metadata: dict[str, Any] = {
        "format": "ZPlot/ZView z",
        "header": tuple(line for line in above if line)[:400],
        "notes": (),
    }
    for line in above:
        found = re.match(r"Surface Area:\s*([\d.,eE+-]+)", line)
        if found and re.fullmatch(r"\d+[.,]?\d*", found[1]) and float(found[1].replace(",", ".")):
            metadata |= area_metadata(float(found[1].replace(",", ".")))
    counts = [
        line.removeprefix("Data Points:").strip()
        for line in above[-4:]
        if re.fullmatch(r"(?:Data Points:)?\s*[0-9]{1,9}", line)
    ]
    if counts and int(counts[-1]) != points:
        metadata["notes"] += (
            f"points: the header declares {counts[-1]} and the file holds {points}; stopped early "
            "or cut at a line end",
        )
    return metadata
