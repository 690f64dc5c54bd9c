"""The door for files: `read` for a file with one spectrum, `read_all` for any number."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..spectrum import Spectrum
from .formats import spectra_in
from .hints import Hints
from .source import FileContent, ReadError, SeveralSpectraError
from .sweeps import RESTARTED

__all__ = ["ReadError", "SeveralSpectraError", "left_out", "read", "read_all", "read_with"]

_COPY = re.compile(r"spectra: number \d+ is a copy")
_LEFT_OUT = re.compile(
    rf"rows: |points: .*declares|sheets: |spectra: \d+ points make none|end: |{_COPY.pattern}"
)


def read_all(
    path: str | os.PathLike[str],
    *,
    imaginary: str | None = None,
    frequency_unit: str | None = None,
    impedance_unit: str | None = None,
    phase_unit: str | None = None,
    decimal: str | None = None,
    columns: Mapping[str, str | int] | None = None,
    sheet: str | None = None,
    invalid_rows: str | None = None,
) -> tuple[Spectrum, ...]:
    """Read every impedance spectrum of a file, in the order of the file.

    The format is known by the file's content. What the file leaves open is settled by evidence
    and said in ``metadata["notes"]`` of each spectrum, or asked for by an error that names the
    keyword which answers it.

    Parameters
    ----------
    path : path-like
        An instrument file, a text table or a workbook.
    imaginary : {"Im", "-Im"}, optional
        What the imaginary column (or the phase) holds; ``"-Im"`` if capacitive is positive.
    frequency_unit : {"Hz", "kHz", "MHz", "mHz", "rad/s"}, optional
        ColumnUnit of the frequency column.
    impedance_unit : {"ohm", "mohm", "kohm", "Mohm"}, optional
        ColumnUnit of the impedance columns, of the whole cell.
    phase_unit : {"deg", "rad"}, optional
        ColumnUnit of the phase column.
    decimal : {".", ","}, optional
        Decimal sign of a text table.
    columns : mapping, optional
        Names, or numbers from 1, of the columns that hold ``"frequency"``, ``"re"``, ``"im"``,
        ``"modulus"`` or ``"phase"``.
    sheet : str, optional
        Sheet of a workbook.
    invalid_rows : {"error", "report"}, optional
        Whether a row without a usable number is an error (the default) or is left out and noted.

    Returns
    -------
    tuple of Spectrum
        At least one; frequency in Hz, impedance in ohm, Im Z < 0 if capacitive. A new spectrum
        begins with each cycle, temperature or repeated sweep. ``metadata`` has ``source`` (file
        name), ``sha256``, ``format``, ``notes``, and what the header says, among it
        ``area_cm2_header``, which is never used.

    Raises
    ------
    ReadError
        For a file that cannot be read; the message names file, line and expectation.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> from metastudy import eis
    >>> table = pd.DataFrame({"frequency/Hz": [1e5, 1e4, 1e3, 1e2, 1e1] * 2})
    >>> table["Re(Z)/ohm"] = [10, 40, 100, 110, 111] * 2
    >>> table["-Im(Z)/ohm"] = [1, 30, 20, 2, 1] * 2
    >>> table["cycle number"] = [1] * 5 + [2] * 5
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "cell.csv"
    ...     table.to_csv(path, index=False)
    ...     spectra = eis.read_all(path)
    >>> [spectrum.metadata["cycle"] for spectrum in spectra]
    [1.0, 2.0]
    """
    hints = Hints(
        imaginary=imaginary,
        frequency_unit=frequency_unit,
        impedance_unit=impedance_unit,
        phase_unit=phase_unit,
        decimal=decimal,
        invalid_rows=invalid_rows,
        columns=columns or {},
        sheet=sheet,
    )
    return read_with(path, hints)


def read_with(path: str | os.PathLike[str], hints: Hints) -> tuple[Spectrum, ...]:
    """Read every impedance spectrum of a file, as `read_all` with the keywords of ``hints``."""
    if not isinstance(path, (str, os.PathLike)):
        raise ReadError(f"path is {path!r}; read takes the path of one file, as text or a Path")
    source = FileContent.open(path)
    spectra = _without_silent_copies(spectra_in(source, hints))
    return tuple(
        Spectrum(
            spectrum.frequency_hz,
            spectrum.impedance_ohm,
            {
                "source": Path(source.name).name,
                "sha256": source.sha256,
                "number": number,
                "of": len(spectra),
                **spectrum.metadata,
            },
        )
        for number, spectrum in enumerate(spectra, start=1)
    )


def _without_silent_copies(spectra: Sequence[Spectrum]) -> list[Spectrum]:
    """Note at each spectrum that has the numbers of an earlier one that it is a copy."""
    first: dict[tuple[bytes, bytes], int] = {}
    out = []
    for number, spectrum in enumerate(spectra, start=1):
        numbers = spectrum.frequency_hz.tobytes(), spectrum.impedance_ohm.tobytes()
        earlier = first.setdefault(numbers, number)
        metadata = dict(spectrum.metadata)
        if earlier != number:
            note = f"spectra: number {number} is a copy of number {earlier}, and no measurement"
            metadata["notes"] = (*metadata.get("notes", ()), note)
        out.append(Spectrum(spectrum.frequency_hz, spectrum.impedance_ohm, metadata))
    return out


def read(
    path: str | os.PathLike[str],
    *,
    imaginary: str | None = None,
    frequency_unit: str | None = None,
    impedance_unit: str | None = None,
    phase_unit: str | None = None,
    decimal: str | None = None,
    columns: Mapping[str, str | int] | None = None,
    sheet: str | None = None,
    invalid_rows: str | None = None,
) -> Spectrum:
    """Read the one impedance spectrum of a file.

    Parameters, metadata and errors are those of `read_all`.

    Returns
    -------
    Spectrum
        Frequency in Hz, impedance in ohm, Im Z < 0 if capacitive.

    Raises
    ------
    ReadError
        For a file that cannot be read.
    SeveralSpectraError
        For a file with several spectra (cycles, temperatures, sweeps): none is chosen and none
        are joined; `read_all` returns them all.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import pandas as pd
    >>> from metastudy import eis
    >>> table = pd.DataFrame({"frequency/Hz": [1e5, 1e4, 1e3, 1e2, 1e1]})
    >>> table["Re(Z)/ohm"] = [10, 40, 100, 110, 111]
    >>> table["-Im(Z)/ohm"] = [1, 30, 20, 2, 1]
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "cell.csv"
    ...     table.to_csv(path, index=False)
    ...     spectrum = eis.read(path)
    >>> complex(spectrum.impedance_ohm[1])
    (40-30j)
    """
    spectra = read_all(
        path,
        imaginary=imaginary,
        frequency_unit=frequency_unit,
        impedance_unit=impedance_unit,
        phase_unit=phase_unit,
        decimal=decimal,
        columns=columns,
        sheet=sheet,
        invalid_rows=invalid_rows,
    )
    if len(spectra) > 1:
        raise SeveralSpectraError(f"{os.fspath(path)}: {_several(spectra)}")
    return spectra[0]


def _several(spectra: Sequence[Spectrum]) -> str:
    """Say how many spectra a file holds, where the second begins, and what reads them."""
    points = sorted({len(spectrum) for spectrum in spectra})
    words = f"{points[0]}" if len(points) == 1 else f"{points[0]} to {points[-1]}"
    first, second = spectra[:2]
    notes = second.metadata["notes"]
    jumps = any(RESTARTED in note for note in notes)
    place = f"the second begins at line {second.metadata['lines'][0]}"
    if jumps:
        place += (
            f", where the frequency jumps from {first.frequency_hz[-1]:.6g} to "
            f"{second.frequency_hz[0]:.6g} Hz"
        )
    parts = [f"{len(spectra)} spectra of {words} points each; {place}"]
    parts += [note.removeprefix("spectra: ") for note in notes if _COPY.match(note)]
    parts.append("eis.read_all(path) returns them as a tuple")
    if jumps:
        parts.append(
            "parts of one sweep are joined by eis.Spectrum(np.concatenate([s.frequency_hz for s in "
            "parts]), np.concatenate([s.impedance_ohm for s in parts]))"
        )
    return "; ".join(parts)


def left_out(spectrum: Spectrum) -> tuple[str, ...]:
    """Return the notes of a spectrum that count what its file holds and it does not."""
    return tuple(note for note in spectrum.metadata.get("notes", ()) if _LEFT_OUT.match(note))
