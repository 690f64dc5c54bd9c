"""Gamry Framework ``.DTA``: keyword lines and tables, of which ZCURVE holds the impedance."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..spectrum import Spectrum
from .assembly import spectra_of
from .hints import Hints
from .row_gate import Passed, begins_with_number, is_missing, is_row
from .source import FileContent
from .table import table_of_rows
from .tabular import area_metadata

# Some exports mangle the degree sign of the unit row.
_UNITS = {"Zphz": "deg"}
_KEYWORD = re.compile(r"[A-Z][A-Z0-9_]*\t[A-Z]")


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read every ZCURVE of a Gamry file."""
    metadata = _metadata(source)
    spectra: list[Spectrum] = []
    for start, declared in _curves(source):
        names, rows, lines, passed = _curve(source, start)
        table = table_of_rows(
            source, names, rows, lines, asked_decimal=hints.decimal, vendor_signs=True
        )
        shown = source.lines[passed.text[0] - 1] if passed.text else ""
        notes = (*metadata["notes"], *passed.notes(shown))
        if declared is not None and declared != len(rows):
            notes = (*notes, f"points: ZCURVE declares {declared} and holds {len(rows)}")
        spectra.extend(spectra_of(source, table, hints, metadata | {"notes": notes}))
    if not spectra:
        raise source.error(
            f"a Gamry file ({metadata.get('technique', 'no TAG')}) without a ZCURVE table",
            "expected an impedance experiment such as EISPOT, GALVEIS or HYBRIDEIS",
        )
    return spectra


def _curves(source: FileContent) -> Iterator[tuple[int, int | None]]:
    """Yield the line index of each ZCURVE and its declared number of points."""
    for index, line in enumerate(source.lines):
        cells = line.split("\t")
        if cells[0].strip().upper().startswith("ZCURVE") and len(cells) > 1:
            count = cells[2].strip() if len(cells) > 2 else ""
            yield index, int(count) if re.fullmatch("[0-9]{1,9}", count) else None


def _curve(source: FileContent, start: int) -> tuple[list[str], list[list[str]], list[int], Passed]:
    """Return names with units, rows, line numbers and what is no row, below line index ``start``.

    The curve ends at the next keyword.
    """
    head = [line.rstrip("\r").split("\t") for line in source.lines[start + 1 : start + 3]]
    if len(head) < 2 or "Freq" not in (cell.strip() for cell in head[0]):
        raise source.error(
            "ZCURVE is not followed by its column names",
            "expected a line of names (Pt, Time, Freq, Zreal, Zimag, ...) and a line of units",
            start + 2,
        )
    titles = [cell.strip() for cell in head[0][1:]]
    while titles and not titles[-1]:
        titles.pop()
    units = [cell.strip() for cell in head[1][1:]] + [""] * len(titles)
    names = [
        f"{title} [{_UNITS.get(title, unit)}]" if unit else title
        for title, unit in zip(titles, units, strict=False)
    ]
    if is_row([cell.strip() for cell in head[1]], ".") or is_row(head[1], ","):
        raise source.error(
            "a row follows the names of ZCURVE", "expected a line of units below them", start + 3
        )
    rows, lines = [], []
    passed: list[int] = []
    blank: list[int] = []
    for index in range(start + 3, len(source.lines)):
        line = source.lines[index]
        if not line.strip():
            blank += [index + 1] if "\t" in line else []
            continue
        if _KEYWORD.match(line) and not is_missing(line.split("\t")[1]):
            break
        is_row_of_it = line.startswith(("\t", " "))
        if (begins_with_number(line) and not is_row_of_it) or (passed and is_row_of_it):
            raise source.error(
                f"{source.lines[passed[0] - 1 if passed else index][:40]!r} is no row of ZCURVE",
                "expected rows that begin with a tab, up to the next keyword; the line is damaged",
                passed[0] if passed else index + 1,
            )
        if not is_row_of_it:
            passed.append(index + 1)
            continue
        cells = line.split("\t")[1:]
        # No cell of ZCURVE is empty, so a line edited by hand may be split at any blanks.
        rows.append(cells if len(cells) >= len(names) else line.split())
        lines.append(index + 1)
    return names, rows, lines, Passed(text=tuple(passed), blank=tuple(blank))


def _metadata(source: FileContent) -> dict[str, Any]:
    header: dict[str, str] = {}
    aborted = False
    for line in source.lines:
        cells = line.split("\t")
        if (
            len(cells) > 2
            and cells[0]
            and cells[1] in {"LABEL", "QUANT", "IQUANT", "PSTAT", "POTEN"}
        ):
            header.setdefault(cells[0], cells[2].strip())
        elif cells[0] == "TAG" and len(cells) > 1:
            header.setdefault("TAG", cells[1].strip())
        elif cells[0] == "EXPERIMENTABORTED":
            aborted = True
    metadata: dict[str, Any] = {"format": "Gamry DTA", "header": header, "notes": ()}
    for key, name in (("TAG", "technique"), ("PSTAT", "instrument")):
        if key in header:
            metadata[name] = header[key]
    try:
        area = float(header.get("AREA", "").replace(",", "."))
    except ValueError:
        area = 0.0
    if 0 < area < 1e6:
        metadata |= area_metadata(area)
    if aborted:
        metadata["notes"] += ("experiment: aborted, says the file; it may lack low frequencies",)
    return metadata
