"""BioLogic EC-Lab and BT-Lab text export ``.mpt``: a counted header, then one table."""

from __future__ import annotations

import re
from typing import Any

from ..spectrum import Spectrum
from .assembly import spectra_of
from .columns import meaning_of
from .hints import Hints
from .row_gate import Passed
from .source import FileContent
from .table import table_of_rows
from .tabular import area_metadata

_COUNT = re.compile(r"Nb header lines\s*:\s*([0-9]{1,9})\b")
_AREA = re.compile(r"Electrode surface area\s*:\s*([\d.,]+)\s*cm")


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read every cycle of an ``.mpt`` file."""
    lines = source.lines
    count = next((found for line in lines[:4] if (found := _COUNT.search(line))), None)
    if count is None or not 2 < int(count[1]) <= len(lines):
        raise source.error(
            "the number of header lines is missing or beyond the end of the file",
            "expected 'Nb header lines : N' on line 2 and the column names on line N",
            2,
        )
    at = int(count[1]) - 1
    metadata = _metadata(lines[:at])
    names = lines[at].split("\t")
    while names and not names[-1].strip():
        names.pop()
    rows, numbers, blank = [], [], []
    for index in range(at + 1, len(lines)):
        if lines[index].strip():
            rows.append(lines[index].split("\t"))
            numbers.append(index + 1)
        elif "\t" in lines[index]:
            blank.append(index + 1)
    metadata["notes"] += Passed(blank=tuple(blank)).notes()
    if rows:
        names = _written(names, max(map(_filled, rows)), metadata)
    kinds = {meaning.quantity for name in names if (meaning := meaning_of(name))}
    if "frequency" not in kinds and not hints.columns:
        raise source.error(
            f"no column freq/Hz in this export of {metadata['technique'] or 'an unnamed technique'}"
            f"; it has {', '.join(map(str.strip, names[:6]))}, ...",
            "expected an impedance technique exported with its column freq/Hz",
            at + 1,
        )
    table = table_of_rows(
        source, names, rows, numbers, asked_decimal=hints.decimal, vendor_signs=True
    )
    return spectra_of(source, table, hints, metadata)


def _filled(row: list[str]) -> int:
    """Count the cells up to the last that is not empty; EC-Lab ends its rows with a tab."""
    return next((i for i in range(len(row), 0, -1) if row[i - 1].strip()), 0)


def _written(names: list[str], width: int, metadata: dict[str, Any]) -> list[str]:
    """Return the names of the ``width`` columns that are written, where a name is blank.

    EC-Lab 11.5 may name columns behind a blank name that it does not write.
    """
    blank = next((i for i, name in enumerate(names) if not name.strip()), None)
    filled = [name for name in names if name.strip()]
    if blank is None or width == len(names):
        return names
    if width == blank:
        unwritten = ", ".join(name for name in names[blank:] if name.strip())
        metadata["notes"] += (f"table: {unwritten} is named and not written",)
        return names[:blank]
    if width == len(filled):
        metadata["notes"] += ("table: a blank name has no column",)
        return filled
    return names


def _metadata(head: list[str]) -> dict[str, Any]:
    header = tuple(line.rstrip() for line in head if line.strip())
    metadata: dict[str, Any] = {
        "format": "BioLogic mpt",
        "header": header,
        "technique": header[2].strip() if len(header) > 2 else "",
        "notes": (),
    }
    for line in header:
        key, _, value = line.partition(" : ")
        if key.strip() == "Device":
            metadata["instrument"] = value.strip()
        elif key.strip() == "Technique started on":
            metadata["started"] = value.strip()
        area = _AREA.match(line)
        if area and re.fullmatch(r"\d+(?:[.,]\d+)?", area[1]):
            value_cm2 = float(area[1].replace(",", "."))
            if value_cm2 > 0:
                metadata |= area_metadata(value_cm2)
            if value_cm2 == 0.001:
                metadata["notes"] += ("area: 0.001 cm2 is EC-Lab's default, not a measured area",)
    return metadata
