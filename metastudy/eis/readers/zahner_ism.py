"""Zahner ``.ism``, by the optional package zahner_analysis (MIT), imported only here.

The package's getters leave out the first sweep of a measurement that turns round, and sort; here
every point is kept in the order measured, because frequencies measured twice show drift.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np

from ..spectrum import Spectrum
from .assembly import spectra_of
from .hints import Hints
from .source import FileContent, ReadError
from .table import RawTable
from .tabular import area_metadata

_NAMES = ("Frequency [Hz]", "|Z| [ohm]", "Phase [rad]")


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read the spectrum of an ``.ism`` file, all points in the order measured."""
    try:
        from zahner_analysis.file_import.ism_import import IsmImport
    except ImportError:
        raise ReadError(
            f"{source.name}: a Zahner file needs the optional reader; install it with "
            "pip install 'metastudy[zahner]', or export the spectrum as text"
        ) from None
    if len(source.data) >= 12:
        # The reader allocates what the file declares, so that is checked against its size.
        declared = int.from_bytes(source.data[6:12], "big", signed=True) + 1
        if not 0 < declared <= len(source.data) // 24:
            raise source.error(
                f"the file declares {declared} points and has {len(source.data)} bytes",
                "expected a whole .ism file of Zahner Thales",
            )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = IsmImport(source.data)
            columns = [
                np.asarray(values, dtype=np.float64)
                for values in (file.frequency, file.impedance, file.phase)
            ]
    except Exception as error:  # the reader checks nothing, so its errors are of every kind
        raise source.error(
            f"the Zahner reader cannot read it ({type(error).__name__}: {str(error)[:120]})",
            "expected a whole .ism file of Zahner Thales",
        ) from None
    lines = np.arange(1, columns[0].size + 1).tolist()
    table = RawTable(_NAMES, columns, lines, vendor_signs=True)
    return spectra_of(source, table, hints, _metadata(file, columns[0]))


def _metadata(file: Any, frequency_hz: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"format": "Zahner ism", "notes": ()}
    area = re.match(r"\s*([\d.]+)\s*(?:cm|$)", str(file.electrodeArea))
    if area and re.fullmatch(r"\d+\.?\d*", area[1]) and float(area[1]) > 0:
        metadata |= area_metadata(float(area[1]))
    for key, name in (("system", "comment"), ("temperature", "temperature_header")):
        text = str(getattr(file, key, "")).strip()
        if text:
            metadata[name] = text
    repeated = frequency_hz.size - np.unique(frequency_hz).size
    if repeated:
        metadata["notes"] += (
            f"points: {repeated} frequencies were measured twice (the sweep turns round); all kept",
        )
    return metadata
