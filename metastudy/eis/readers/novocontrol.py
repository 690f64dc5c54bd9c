"""Novocontrol WinDETA text export: geometry and fixed values above a table of many quantities."""

from __future__ import annotations

import math
import re
from typing import Any

from ..spectrum import Spectrum
from . import tabular
from .hints import Hints
from .source import FileContent

_GEOMETRY = re.compile(r"(Diameter|Thickness)\s*\[mm\][\s:]*([-+\d.eE]+)")
_PERMITTIVITY = re.compile(r"\bEps'|\bModulus'|\bSig'")
_IMPEDANCE = re.compile(r"\bZ[sp]?'")


def read(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read every table of a WinDETA export; a temperature column tells spectra apart."""
    header = next((i for i, line in enumerate(source.lines) if "Freq." in line), None)
    if header is not None and not hints.columns:
        line = source.lines[header]
        if _PERMITTIVITY.search(line) and not _IMPEDANCE.search(line):
            raise source.error(
                "the file holds permittivity or conductivity and no impedance",
                "expected the columns Zs' and Zs'' (or Zp' and Zp''); export them from WinDETA, "
                "because the way back needs a geometry",
                header + 1,
            )
    geometry = _geometry(source.lines[:header] if header else [])
    spectra = []
    for spectrum in tabular.read(source, hints, "Novocontrol WinDETA"):
        own = dict(spectrum.metadata)
        notes = (*own.pop("notes"), *geometry.get("notes", ()))
        own |= geometry | {"notes": notes, "instrument": "Novocontrol"}
        spectra.append(Spectrum(spectrum.frequency_hz, spectrum.impedance_ohm, own))
    return spectra


def _geometry(head: list[str]) -> dict[str, Any]:
    found: dict[str, float] = {}
    for line in head:
        for key, text in _GEOMETRY.findall(line.replace("Electrode Thickness", "Electrode")):
            try:
                found[key] = float(text)
            except ValueError:
                continue
    metadata: dict[str, Any] = {}
    if found.get("Diameter", 0.0) > 0:
        metadata |= tabular.area_metadata(math.pi / 4 * (found["Diameter"] / 10) ** 2)
    if found.get("Thickness", 0.0) > 0:
        metadata["thickness_cm_header"] = found["Thickness"] / 10
        sentence = f"thickness: {found['Thickness']:g} mm is in the header, not used"
        metadata["notes"] = (*metadata.get("notes", ()), sentence)
    return metadata
