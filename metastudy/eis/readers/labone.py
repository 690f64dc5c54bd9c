"""Zurich Instruments LabOne sweeper (MFIA, MFLI): one line for each quantity of each sweep."""

from __future__ import annotations

import re

from ..spectrum import Spectrum
from .assembly import spectra_of
from .hints import Hints
from .row_gate import is_missing, number_of
from .source import FileContent
from .table import RawTable, decimal_of

_HEADER = re.compile(r"chunk([;,\t])timestamp[;,\t]size[;,\t]fieldname", re.IGNORECASE)
# name of a line -> name of the column it becomes
_FIELDS = {
    "realz": "Re(Z) [ohm]",
    "imagz": "Im(Z) [ohm]",
    "absz": "|Z| [ohm]",
    "phasez": "Phase(Z) [rad]",
}


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read every sweep of a LabOne export; points the sweep did not reach are reported."""
    heading = _HEADER.match(source.lines[0].lstrip("\ufeff"))
    separator = heading[1] if heading else ";"
    sweeps: dict[tuple[int, str], dict[str, tuple[int, list[str]]]] = {}
    part = 0  # files put together repeat the header and count their chunks anew
    for index, line in enumerate(source.lines[1:], start=2):
        if _HEADER.match(line):
            part += 1
            continue
        cells = line.split(separator)
        if len(cells) < 5:
            if line.strip():
                raise source.error(
                    f"{line[:40]!r} is no line of a sweep",
                    "expected chunk, timestamp, size, fieldname and the values; the file was cut",
                    index,
                )
            continue
        chunk, _, size, field, *values = (cell.strip() for cell in cells)
        while values and not values[-1]:
            values.pop()
        if re.fullmatch("[0-9]{1,9}", size) and len(values) != int(size):
            raise source.error(
                f"{field} declares {size} values and holds {len(values)}",
                "expected as many as declared; the file was cut",
                index,
            )
        sweep = sweeps.setdefault((part, chunk), {})
        if sweep.setdefault(field.casefold(), (index, values))[0] != index:
            raise source.error(
                f"{field} occurs twice in chunk {chunk}",
                "expected each quantity once in a sweep; the file is damaged",
                index,
            )
    spectra: list[Spectrum] = []
    for (_, chunk), fields in sweeps.items():
        table = _table(source, chunk, fields, hints)
        metadata = {"format": "LabOne csv", "cycle": chunk, "notes": ()}
        spectra.extend(spectra_of(source, table, hints, metadata))
    if not spectra:
        raise source.error("the file holds no sweep", "expected lines frequency, realz and imagz")
    return spectra


def _table(
    source: FileContent, chunk: str, fields: dict[str, tuple[int, list[str]]], hints: Hints
) -> RawTable:
    grid = fields.get("frequency") or fields.get("grid")
    if grid is None:
        raise source.error(
            f"sweep {chunk} has no frequency", "expected a line frequency (or grid) in each sweep"
        )
    line, frequency = grid
    names, columns = ["Frequency [Hz]"], [frequency]
    for field, name in _FIELDS.items():
        if field in fields:
            if len(fields[field][1]) != len(frequency):
                raise source.error(
                    f"{field} has {len(fields[field][1])} values and the frequency "
                    f"{len(frequency)}",
                    "expected one value for each frequency",
                    fields[field][0],
                )
            names.append(name)
            columns.append(fields[field][1])
    if not frequency:
        raise source.error("the sweep has no points", "expected values behind the fieldname", line)
    decimal = hints.decimal or (decimal_of(columns) if separator_free(columns) else ".")
    for field in ("frequency", "grid", *_FIELDS):
        _refuse_text(source, field, fields, decimal, hints)
    return RawTable(
        tuple(names),
        columns,
        [line] * len(frequency),
        decimal=decimal,
        vendor_signs=True,
        rows_lost=True,
    )


def _refuse_text(
    source: FileContent,
    field: str,
    fields: dict[str, tuple[int, list[str]]],
    decimal: str,
    hints: Hints,
) -> None:
    """Raise at the line of the quantity, which is not that of the frequency."""
    line, values = fields.get(field, (0, []))
    for value in values:
        if number_of(value, decimal) is None and not is_missing(value):
            if hints.invalid_rows == "report" and not re.search(r"\d", value):
                continue
            raise source.error(
                f"{value[:40]!r} in {field} is no number",
                f"expected a number with the decimal sign {decimal!r}",
                line,
            )


def separator_free(columns: list[list[str]]) -> bool:
    """Whether no number has a point, so that a comma may be the decimal sign."""
    return not any("." in cell for column in columns for cell in column)
