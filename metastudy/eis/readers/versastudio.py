"""Princeton VersaStudio ``.par``: sections in angle brackets, points in ``<Segment...>``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..spectrum import Spectrum
from .assembly import spectra_of
from .columns import meaning_of
from .hints import Hints
from .source import FileContent
from .table import RawTable, table_of_rows
from .tabular import area_metadata

_OPEN = re.compile(r"<(Segment\d*)>\s*$")
_IN_OHM = {"Z Real", "Z Imag", "Z2 Real", "Z2 Imag"}
_UNCALIBRATED = (
    "calibration: by the maker's manual, a .par file stores values before calibration; an export "
    "from VersaStudio has it applied"
)


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read the impedance of every segment of a VersaStudio file."""
    metadata = _metadata(source)
    spectra: list[Spectrum] = []
    techniques = []
    for name, table in _segments(source, hints):
        known = {m.quantity for n in table.names if (m := meaning_of(n))}
        if "frequency" not in known:
            techniques.append(name)
            continue
        spectra.extend(spectra_of(source, table, hints, metadata | {"segment": name}))
    if not spectra:
        raise source.error(
            "a VersaStudio file without a segment that has a frequency"
            + (f" ({', '.join(techniques)} have none)" if techniques else ""),
            "expected a section <Segment1> with Definition= naming Frequency(Hz), Z Real, Z Imag",
        )
    return spectra


def _segments(source: FileContent, hints: Hints) -> Iterator[tuple[str, RawTable]]:
    lines = source.lines
    for start, line in enumerate(lines):
        opening = _OPEN.match(line)
        if not opening:
            continue
        name = opening[1]
        end = next(
            (
                i
                for i in range(start + 1, len(lines))
                if lines[i].strip() == f"</{name}>" or _OPEN.match(lines[i])
            ),
            None,
        )
        if end is None or _OPEN.match(lines[end]):
            raise source.error(
                f"<{name}> has no end",
                f"expected </{name}>; the file was cut",
                len(lines) if end is None else end + 1,
            )
        definition = next(
            (i for i in range(start, end) if lines[i].startswith("Definition=")), None
        )
        if definition is None:
            raise source.error(
                f"<{name}> does not name its columns", "expected a line Definition=", start + 1
            )
        names = lines[definition].removeprefix("Definition=").rstrip(" ,").split(",")
        if names[-1].strip().isdigit():  # some versions end the list with a 0 that no row has
            names.pop()
        names = [f"{name} (ohm)" if name.strip() in _IN_OHM else name for name in names]
        kept = [i for i in range(definition + 1, end) if lines[i].strip()]
        if kept:
            rows = [lines[i].split(",") for i in kept]
            numbers = [i + 1 for i in kept]
            yield (
                name,
                table_of_rows(
                    source, names, rows, numbers, asked_decimal=hints.decimal, vendor_signs=True
                ),
            )


def _metadata(source: FileContent) -> dict[str, Any]:
    header: dict[str, str] = {}
    for line in source.lines:
        key, found, value = line.partition("=")
        if found and not line.startswith("<") and len(key) < 60:
            header.setdefault(key.strip(), value.strip())
    metadata: dict[str, Any] = {"format": "VersaStudio par", "header": header, "notes": ()}
    area = header.get("Working Electrode Area (cm2)", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", area) and float(area) > 0:
        metadata |= area_metadata(float(area))
    if header.get("Type"):
        metadata["instrument"] = header["Type"]
    metadata["notes"] += (_UNCALIBRATED,)
    return metadata
