"""A temperature series from files: which spectra, at which temperatures, fitted together.

The result is one of all files. It makes no row of refits.csv, because a row must come out again
from its own file; the rows of single fits meet in one Arrhenius line in the normalisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from metastudy.bridge.refits.failures import reason_of
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.bridge.refits.temperature import temperature_of
from metastudy.eis.api import fit
from metastudy.eis.errors import FitError
from metastudy.eis.fits.options import model_of, require_points
from metastudy.eis.readers.hints import Hints
from metastudy.eis.readers.reading import left_out, read_with
from metastudy.eis.series.activation_energy import COMMON_K, POINT_K
from metastudy.eis.series.fitting import fit_series
from metastudy.eis.series.result import SeriesFit
from metastudy.eis.spectrum import Spectrum
from metastudy.eis.weighting.sum_of_squares import windowed


@dataclass(frozen=True)
class SpectraRead:
    """The spectra of a series by rising temperature, and what could not be used, with its reason.

    ``names`` are files, with the number of the spectrum where a file has several. ``noted`` says of
    each file what it holds and its spectra do not.
    """

    names: tuple[str, ...]
    spectra: tuple[Spectrum, ...]
    temperature_c: tuple[float, ...]
    failed: tuple[tuple[str, str], ...]
    noted: tuple[tuple[str, str], ...] = ()


def read_spectra(
    paths: Sequence[Path],
    temperature: str = "",
    window_hz: tuple[float, float] | None = None,
    reading: Hints | None = None,
) -> SpectraRead:
    """Read every spectrum of some files with its temperature.

    A spectrum with the points of an earlier one is left out: a copy is no second measurement, and
    would make every interval narrower.

    Parameters
    ----------
    temperature
        A regular expression with one group that finds degC in the file name; empty takes what the
        file says.
    window_hz
        Lowest and highest frequency (Hz) to keep; None keeps all.
    reading
        The keywords with which the files are read, where they leave something open.
    """
    found: list[tuple[float, str, Spectrum]] = []
    failed: list[tuple[str, str]] = []
    noted: list[tuple[str, str]] = []
    first: dict[tuple[bytes, bytes], str] = {}
    for path in paths:
        try:
            spectra = read_with(path, reading or Hints())
        except Exception as error:
            reason = reason_of(error, str(path))
            failed.append((path.name, reason.removeprefix(f"{path}: ")))
            continue
        notes = dict.fromkeys(note for spectrum in spectra for note in left_out(spectrum))
        noted += [(path.name, note) for note in notes]
        for spectrum in spectra:
            of = f" [{spectrum.metadata['number']}]" if len(spectra) > 1 else ""
            name = f"{path.name}{of}"
            points = (spectrum.frequency_hz.tobytes(), spectrum.impedance_ohm.tobytes())
            if points in first:
                failed.append((name, f"has the same points as {first[points]}; each counts once"))
                continue
            try:
                celsius = _celsius(spectrum, path.name, temperature)
                found.append((celsius, name, windowed(spectrum, window_hz)))
            except Exception as error:
                failed.append((name, reason_of(error, name)))
                continue
            first[points] = name
    found.sort(key=lambda one: one[:2])
    celsius_, names, kept = zip(*found, strict=True) if found else ((), (), ())
    return SpectraRead(names, kept, celsius_, tuple(failed), tuple(noted))


def _celsius(spectrum: Spectrum, name: str, wanted: str) -> float:
    text = temperature_of(spectrum, name, wanted)
    if not text:
        raise RefitError(
            f"{name} says no temperature; give an expression that finds it in the file name, such "
            "as --temperature '([0-9.]+)C'"
        )
    return float(text)


def fit_spectra(
    read: SpectraRead,
    circuit: str | None,
    *,
    weight: str = "modulus",
    arrhenius: str = "test",
    melting: str = "",
    point_k: float | None = None,
    common_k: float | None = None,
) -> tuple[SpectraRead, SeriesFit]:
    """Fit the spectra of a series together; returns those that are in it, and the fit.

    A spectrum with too few points for the circuit is left out with that reason.

    Parameters
    ----------
    circuit
        None proposes one from the spectrum in the middle of the temperatures, where most arcs are
        inside the window.
    melting
        Temperature in degC between lines of their own, ``find``, or empty for none.

    Raises
    ------
    EisError
        If a spectrum or an option does not do.
    RefitError
        If fewer than three temperatures could be read, or the melting point is no temperature.
    """
    melting_c = _melting(melting)
    _require_three(read, "read")
    if circuit is None:
        circuit = fit(read.spectra[len(read.spectra) // 2], weight=weight).circuit.text
    read = _long_enough(read, circuit)
    _require_three(read, "used")
    return read, fit_series(
        read.spectra,
        read.temperature_c,
        circuit,
        weight=weight,
        arrhenius=arrhenius,
        melting_c=melting_c,
        point_k=POINT_K if point_k is None else point_k,
        common_k=COMMON_K if common_k is None else common_k,
    )


def _require_three(read: SpectraRead, done: str) -> None:
    temperatures = len(set(read.temperature_c))
    if temperatures < 3:
        reasons = "".join(f"\n  {name}: {reason}" for name, reason in read.failed)
        raise RefitError(
            f"a series needs three temperatures; spectra of {temperatures} could be {done}{reasons}"
        )


def _long_enough(read: SpectraRead, circuit: str) -> SpectraRead:
    """Leave out the spectra that have too few points for a circuit."""
    model = model_of(circuit, None, None, ())
    kept, failed = [], list(read.failed)
    for one in zip(read.names, read.spectra, read.temperature_c, strict=True):
        try:
            require_points(one[1], model)
        except FitError as error:
            failed.append((one[0], str(error)))
        else:
            kept.append(one)
    names, spectra, celsius = zip(*kept, strict=True) if kept else ((), (), ())
    return replace(read, names=names, spectra=spectra, temperature_c=celsius, failed=tuple(failed))


def _melting(text: str) -> float | str | None:
    if not text or text == "find":
        return text or None
    try:
        return float(text)
    except ValueError:
        raise RefitError(
            f"the melting point {text!r} is neither degC nor find; 60 is that of PEO"
        ) from None
