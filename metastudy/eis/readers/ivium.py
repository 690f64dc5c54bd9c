"""Ivium IviumSoft ``.idf`` and ``.ids``: binary records between lines of text.

The layout was taken from public files: each measurement is a list of settings, of which
``Method=Impedance`` is one, and a block ``primary_data`` with the number of columns, the number of
points, and rows of Re Z (ohm), Im Z (ohm) and the frequency (Hz).
"""

from __future__ import annotations

import re
from typing import Any

from ..spectrum import Spectrum
from .assembly import spectra_of
from .hints import Hints
from .source import FileContent
from .table import table_of_rows

_NAMES = ("Re Z [ohm]", "Im Z [ohm]", "Frequency [Hz]")
_SETTING = re.compile(r"(Method|Technique|Title|starttime|serialnumber)=(.*)")


def is_ivium(source: FileContent) -> bool:
    """Whether bytes hold a block of points as IviumSoft writes it, or its settings among zeros."""
    data = source.data
    return b"\nprimary_data" in data or (b"\0" in data[:200] and b"\nMethod=" in data)


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read every impedance measurement of an Ivium file."""
    lines = re.sub("(?<!\r)\r+\n", "\n", source.data.decode("latin-1")).split("\n")
    spectra: list[Spectrum] = []
    settings: dict[str, str] = {}
    others = []
    for index, line in enumerate(lines):
        found = _SETTING.match(line)
        if found:
            settings[found[1]] = found[2].strip()
        if line.strip() != "primary_data":
            continue
        method = settings.get("Method", "")
        if "impedance" not in method.casefold():
            others.append(method or "a measurement without a method")
            continue
        rows, numbers = _rows(source, lines, index)
        table = table_of_rows(
            source,
            _NAMES,
            rows,
            numbers,
            asked_decimal=hints.decimal,
            vendor_signs=True,
            is_text=False,
        )
        spectra.extend(spectra_of(source, table, hints, _metadata(settings)))
        settings = {}
    if not spectra:
        listed = f" ({', '.join(others[:5])})" if others else ""
        raise source.error(
            f"an Ivium file without impedance{listed}",
            "expected a measurement with Method=Impedance and a block primary_data",
        )
    return spectra


def _rows(source: FileContent, lines: list[str], start: int) -> tuple[list[list[str]], list[int]]:
    """Return the rows below line index ``start`` and their line numbers."""
    head = [line.strip() for line in lines[start + 1 : start + 3]]
    if len(head) < 2 or head[0] != str(len(_NAMES)) or not re.fullmatch("[0-9]{1,7}", head[1]):
        raise source.error(
            f"primary_data is followed by {' and '.join(map(repr, (h[:20] for h in head)))}",
            "expected 3 and the number of points; export the spectrum as text",
            start + 2,
        )
    first, points = start + 3, int(head[1])
    rows = [line.split() for line in lines[first : first + points]]
    if len(rows) < points:
        raise source.error(
            f"primary_data declares {points} points and holds {len(rows)}",
            "expected as many as declared; the file was cut",
            len(lines),
        )
    return rows, list(range(first + 1, first + points + 1))


def _metadata(settings: dict[str, str]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"format": "Ivium", "notes": (), "header": dict(settings)}
    named = (("Technique", "technique"), ("Title", "title"), ("starttime", "started"))
    metadata |= {name: settings[key] for key, name in named if settings.get(key)}
    return metadata
