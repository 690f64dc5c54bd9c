"""PalmSens PSTrace session ``.pssession``: JSON, in UTF-16, with every measurement of a session."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..spectrum import Spectrum
from .assembly import spectra_of
from .hints import Hints
from .source import FileContent
from .table import RawTable

# kind of a unit in the file, without its name space -> name of the column it becomes
_COLUMNS = {
    "Hertz": "Frequency [Hz]",
    "ZRe": "Z' [ohm]",
    "ZIm": "-Z'' [ohm]",
    "Z": "|Z| [ohm]",
    "Phase": "-Phase [deg]",
}
_WANTED = "expected a session of PSTrace that holds an impedance measurement"


def is_session(source: FileContent) -> bool:
    """Whether a text begins as JSON that PalmSens wrote."""
    head = source.text[:400].lstrip("\ufeff \r\n")
    return head.startswith("{") and '"PalmSens.' in head


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read the impedance of every measurement of a session."""
    spectra: list[Spectrum] = []
    others = []
    for number, measurement in enumerate(_measurements(source), start=1):
        title = str(measurement.get("Title") or f"number {number}")
        found = list(_data_sets(measurement))
        if not found:
            others.append(title)
        for own_title, values in found:
            metadata = _metadata(measurement, own_title or title)
            spectra.extend(spectra_of(source, _table(source, title, values), hints, metadata))
    if not spectra:
        listed = f" ({', '.join(others[:5])} have none)" if others else ""
        raise source.error(f"a PalmSens session without impedance{listed}", _WANTED)
    return spectra


def _measurements(source: FileContent) -> list[dict[str, Any]]:
    try:
        session = json.loads(source.text.strip("\ufeff\0 \r\n"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise source.error(
            f"the session is no whole JSON ({str(error)[:80]})",
            "expected a whole .pssession file; the file was cut or damaged",
            line,
        ) from None
    measurements = session.get("Measurements") if isinstance(session, dict) else None
    if not isinstance(measurements, list):
        raise source.error("the session lists no measurements", _WANTED)
    return [one for one in measurements if isinstance(one, dict)]


def _data_sets(measurement: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield title and columns of each spectrum; the plotted ones restate those of the whole."""
    plotted = measurement.get("EISDataList")
    parts = [part for part in plotted if isinstance(part, dict)] if plotted else []
    for part in parts or [measurement]:
        data = part.get("DataSet")
        values = data.get("Values") if isinstance(data, dict) else None
        arrays = [a for a in values if isinstance(a, dict)] if isinstance(values, list) else []
        if any(_column_of(array) == "Frequency [Hz]" for array in arrays):
            yield (str(part.get("Title") or "") if parts else ""), arrays


def _column_of(array: dict[str, Any]) -> str | None:
    unit = array.get("Unit")
    kind = str(unit.get("Type", "")) if isinstance(unit, dict) else ""
    return _COLUMNS.get(kind.rpartition(".")[2]) if kind.startswith("PalmSens.") else None


def _table(source: FileContent, title: str, arrays: list[dict[str, Any]]) -> RawTable:
    columns: dict[str, list[str]] = {}
    for array in arrays:
        name = _column_of(array)
        if name is not None and name not in columns:
            columns[name] = [_printed(value) for value in array.get("DataValues") or ()]
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise source.error(
            f"the columns of {title!r} hold {min(lengths)} to {max(lengths)} values",
            "expected one value of each quantity at every point; the file is damaged",
        )
    points = list(range(1, lengths.pop() + 1))
    return RawTable(tuple(columns), list(columns.values()), points, vendor_signs=True)


def _printed(value: object) -> str:
    number = value.get("V") if isinstance(value, dict) else value
    return "" if number is None else str(number)


def _metadata(measurement: dict[str, Any], title: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"format": "PalmSens session", "notes": (), "title": title}
    serial = measurement.get("DeviceSerial")
    if serial:
        metadata["instrument"] = f"PalmSens {serial}"
    return metadata
