"""Which reader takes a file: by its first bytes, then by its words."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO

from ..spectrum import Spectrum
from .eco_chemie import is_dfr
from .hints import Hints
from .ivium import is_ivium
from .palmsens import is_session
from .source import FileContent

Reader = Callable[[FileContent, Hints], list[Spectrum]]


@dataclass(frozen=True)
class FileFormat:
    """A format by name: how it is known, and the module that reads it or why none does."""

    name: str
    is_it: Callable[[FileContent], bool]
    module: str | None = None
    refused: str = ""


def _begins(*words: str) -> Callable[[FileContent], bool]:
    return lambda source: source.text.lstrip('\ufeff" \r\n').startswith(words)


def _bytes(*magic: bytes) -> Callable[[FileContent], bool]:
    return lambda source: source.data.startswith(magic)


def _zip_with(part: str) -> Callable[[FileContent], bool]:
    def holds(source: FileContent) -> bool:
        if not source.data.startswith(b"PK"):
            return False
        try:
            with zipfile.ZipFile(BytesIO(source.data)) as archive:
                return any(name.startswith(part) for name in archive.namelist())
        except Exception:  # a damaged archive raises errors of every kind
            return source.suffix == ".xlsx" and part == "xl/"

    return holds


def _is_ism(source: FileContent) -> bool:
    # Version, a small number such as -2, and the number of points less one, each in the last four
    # of six bytes; then three blocks of eight bytes for each point.
    version = int.from_bytes(source.data[2:6], "big", signed=True)
    declared = int.from_bytes(source.data[6:12], "big", signed=True)
    head = source.data[:2] in (b"\x00\x00", b"\xff\xff")
    whole = -100 < version < 100 and 0 < declared < len(source.data) // 24
    return head and (whole or source.suffix == ".ism")


def _is_labone(source: FileContent) -> bool:
    return source.text.lstrip("\ufeff")[:200].casefold().startswith("chunk")


def _is_windeta(source: FileContent) -> bool:
    head = source.text[:4000]
    return "Freq." in head and any(
        word in head for word in ("Zs'", "Zp'", "Eps'", "Fixed value(s)", "Sig'")
    )


def _is_chi(source: FileContent) -> bool:
    head = source.text[:1000]
    return "A.C. Impedance" in head or "Instrument Model:  CHI" in head


_AS_TEXT = "export the spectrum as text or CSV from its program"

# Binary formats first: a text test decodes the file.
FORMATS: tuple[FileFormat, ...] = (
    FileFormat("BioLogic mpr", _bytes(b"BIO-LOGIC MODULAR FILE"), "biologic_mpr"),
    FileFormat("xlsx", _zip_with("xl/"), "xlsx"),
    FileFormat("OpenDocument", _zip_with("mimetype"), refused="save it as .xlsx or CSV"),
    FileFormat("zip archive", _bytes(b"PK\x03\x04"), refused="unpack it and read the files inside"),
    FileFormat("old Excel xls", _bytes(b"\xd0\xcf\x11\xe0"), refused="save it as .xlsx or CSV"),
    FileFormat("HDF5", _bytes(b"\x89HDF"), refused=_AS_TEXT),
    FileFormat("PDF", _bytes(b"%PDF"), refused="a printed report holds no numbers to read"),
    FileFormat("gzip archive", _bytes(b"\x1f\x8b"), refused="unpack it and read the files inside"),
    FileFormat("Ivium", is_ivium, "ivium"),
    FileFormat("Zahner ism", _is_ism, "zahner_ism"),
    FileFormat("PalmSens session", is_session, "palmsens"),
    FileFormat("Eco Chemie dfr", is_dfr, "eco_chemie"),
    FileFormat("BioLogic mpt", _begins("EC-Lab ASCII FILE", "BT-Lab ASCII FILE"), "biologic_mpt"),
    FileFormat(
        "BioLogic settings or log",
        _begins("EC-LAB SETTING FILE", "EC-Lab LOG FILE", "BT-LAB SETTING FILE", "BT-Lab LOG FILE"),
        refused="it holds no points; read the .mpr or .mpt file beside it",
    ),
    FileFormat("Gamry DTA", _begins("EXPLAIN"), "gamry"),
    FileFormat(
        "ZPlot/ZView z",
        _begins("ZPLOT2 ASCII", "ZPlotW Data File", "Z60W Data File", "ZView Calculated Data File"),
        "zplot",
    ),
    FileFormat("VersaStudio par", lambda s: "<Application>" in s.text[:400], "versastudio"),
    FileFormat("LabOne csv", _is_labone, "labone"),
    FileFormat("Novocontrol WinDETA", _is_windeta, "novocontrol"),
    FileFormat("CH Instruments text", _is_chi, "tabular"),
    FileFormat("table", lambda _: True, "tabular"),
)


def spectra_in(source: FileContent, hints: Hints) -> list[Spectrum]:
    """Read a file with the first format that it is, or raise `ReadError`."""
    form = next(form for form in FORMATS if form.is_it(source))
    if form.module is None:
        raise source.error(f"a file of the format {form.name} is not read here", form.refused)
    if hints.sheet is not None and form.module != "xlsx":
        raise source.error(f"sheet={hints.sheet!r} for a file without sheets", "leave sheet out")
    reader: Reader = import_module(f".{form.module}", __package__).read
    return reader(source, hints)
