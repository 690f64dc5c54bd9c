"""Eco Chemie (Autolab) FRA ``.dfr``: one number a line, nine of them for each point.

The layout was taken from a public file: a line ``VERSION8.0``, the number of points, one more
number, and for each point the frequency (Hz), Re Z (ohm), -Im Z (ohm) and six others.
"""

from __future__ import annotations

import re

from ..spectrum import Spectrum
from .assembly import spectra_of
from .hints import Hints
from .source import FileContent
from .table import table_of_rows

_NAMES = ("Frequency [Hz]", "Re Z [ohm]", "-Im Z [ohm]")
_PER_POINT = 9
_HEAD = 3


def is_dfr(source: FileContent) -> bool:
    """Whether a text begins as a file of the FRA program."""
    return bool(re.match(r"\ufeff?\s{0,9}VERSION\d+\.\d+\s*[\r\n]", source.text[:80]))


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read the spectrum of a ``.dfr`` file."""
    lines = [line.strip() for line in source.lines]
    declared = lines[1] if len(lines) > 1 else ""
    points = int(declared) if re.fullmatch("[0-9]{1,7}", declared) else 0
    end = _HEAD + points * _PER_POINT
    if not points or len(lines) < end:
        raise source.error(
            f"{declared!r} points are declared and {len(lines) - 2} lines follow",
            f"expected the number of points on line 2 and {_PER_POINT} lines for each; the file "
            "was cut",
            2,
        )
    starts = range(_HEAD, end, _PER_POINT)
    rows = [lines[start : start + len(_NAMES)] for start in starts]
    numbers = [start + 1 for start in starts]
    table = table_of_rows(
        source, _NAMES, rows, numbers, asked_decimal=hints.decimal, vendor_signs=True
    )
    return spectra_of(source, table, hints, {"format": "Eco Chemie dfr", "notes": ()})
