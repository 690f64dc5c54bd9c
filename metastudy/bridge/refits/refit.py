"""From spectra to the rows of refits.csv: one resistance with everything needed to fit it again.

A row holds the resistance of the measured circuit in ohm. Nothing here multiplies by an area or
divides by contacts: :mod:`metastudy.normalise` does both, once, for refits as for printed numbers.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scipy.special import stdtrit

from metastudy.bridge.refits.contact_arc import name_arc
from metastudy.bridge.refits.evaluation_options import Choices
from metastudy.bridge.refits.refits_csv import RefitError, placed, read_refits, write_refits
from metastudy.corpus.refits import (
    LEVEL,
    NOISE,
    NOT_DETERMINED,
    STRUCTURE,
    Refit,
    parse_window,
    write_parameters,
    write_window,
)
from metastudy.eis.api import fit
from metastudy.eis.errors import EisError
from metastudy.eis.evaluators.evaluations import WEIGHTS
from metastudy.eis.evaluators.specifications import Multiverse, multiverse
from metastudy.eis.fits.intervals import BetterMinimumWarning
from metastudy.eis.fits.result import CircuitFit
from metastudy.eis.readers.reading import read_all
from metastudy.eis.spectrum import Spectrum
from metastudy.eis.validation.kramers_kronig import check_kramers_kronig
from metastudy.eis.weighting.sum_of_squares import objective, windowed
from metastudy.errors import MetastudyError
from metastudy.units import ZERO_CELSIUS_K

Report = Callable[[Path, str], None]  # a file, and its outcome: "fitted", "kept" or "failed"


@dataclass(frozen=True)
class RefitBatch:
    """The rows of refits.csv after a run, and each file that failed with its reason."""

    rows: tuple[Refit, ...]
    failed: tuple[tuple[str, str], ...]
    fitted: int
    kept: int


def refit_files(
    paths: Sequence[Path],
    choices: Choices,
    out: Path | None = None,
    report: Report = lambda path, outcome: None,
) -> RefitBatch:
    """Fit every spectrum of every file; one bad file never stops the rest.

    Parameters
    ----------
    out
        A refits.csv. Rows that stand in it for the same bytes and choices are kept and not fitted
        again; it is written whole after every file, so an interruption loses one file at most.
    report
        Called after each file, for a progress display.

    Raises
    ------
    RefitError
        Where ``out`` cannot be read or written.
    """
    rows = list(read_refits(out)) if out is not None and out.exists() else []
    seen: dict[str, str] = {}
    failed: list[tuple[str, str]] = []
    fitted = kept = 0
    for path in paths:
        new, old, reasons = _file_rows(path, choices, rows, seen)
        for row in new:
            rows = placed(rows, row)
        failed += [(str(path), reason) for reason in reasons]
        fitted, kept = fitted + len(new), kept + old
        if out is not None and new:
            write_refits(out, rows)
        report(path, "failed" if reasons else "fitted" if new else "kept")
    if out is not None and not out.exists():
        write_refits(out, rows)
    return RefitBatch(tuple(rows), tuple(failed), fitted, kept)


def _file_rows(
    path: Path, choices: Choices, rows: Sequence[Refit], seen: dict[str, str]
) -> tuple[list[Refit], int, list[str]]:
    """Return the new rows of a file, how many it has already, and what failed in it."""
    try:
        spectra = _read(path, seen)
    except MetastudyError as error:
        return [], 0, [str(error)]
    new: list[Refit] = []
    kept, reasons = 0, []
    for spectrum in spectra:
        try:
            temperature = temperature_of(spectrum, path.name, choices.temperature)
            if any(is_fit_of(row, spectrum, temperature, choices) for row in rows):
                kept += 1
            else:
                new.append(refit_spectrum(spectrum, choices, temperature))
        except MetastudyError as error:
            which = f"spectrum {spectrum.metadata['number']}: " if len(spectra) > 1 else ""
            reasons.append(f"{which}{error}")
    return new, kept, reasons


def refit_spectrum(spectrum: Spectrum, choices: Choices, temperature: str = "") -> Refit:
    """Fit one spectrum and write its row, with ``r000`` for an id.

    Raises
    ------
    EisError
        If the fit cannot be done as asked.
    RefitError
        If the arc of the contact is not named and there is more than one.
    """
    inside = windowed(spectrum, choices.window_hz)
    found = _fitted(inside, choices)
    named = name_arc(found, choices.arc, choices.cell, temperature, choices.evidence)
    arc = named.resistor
    position = found.circuit.names.index(arc)
    (lower, upper), heard = _interval(found, arc)
    variance = _log_variance(found, position, lower, upper)
    if not math.isfinite(variance):
        raise RefitError(f"{arc} has no finite standard error in {found.circuit.text}")
    parameters = dict(zip(found.circuit.names, (float(v) for v in found.estimates), strict=True))
    weight = choices.weight if found.structure is None else found.structure
    metadata = spectrum.metadata
    return Refit(
        refit_id="r000",
        file=str(metadata.get("source", "")),
        sha256=str(metadata.get("sha256", "")),
        spectrum=str(metadata.get("number", 1)),
        cycle=str(metadata.get("cycle", "")),
        sample_id=choices.sample_id,
        cell_id=choices.cell_id,
        state_id=choices.state_id,
        component=choices.component or named.component,
        value_covers=choices.value_covers,
        temperature_text=temperature,
        circuit=found.circuit.text if choices.circuit is None else choices.circuit,
        circuit_by="proposed" if choices.circuit is None else "given",
        window_hz=write_window(choices.window_hz),
        weight=choices.weight,
        loss=found.loss,
        high_frequency_error=choices.high_frequency_text,
        noise=_noise(found),
        parameters=write_parameters(parameters),
        arc=arc,
        arc_by=named.by,
        cell_sha256=choices.cell_sha256,
        resistance_ohm=repr(parameters[arc]),
        lower_ohm=repr(max(lower, 0.0)),
        upper_ohm=repr(upper) if math.isfinite(upper) else "",
        log_variance=repr(variance),
        identifiability=_identifiability(found.identifiability[arc]),
        verdict=found.verdict,
        kramers_kronig=_kramers_kronig(inside),
        objective=repr(objective(inside, found.circuit, parameters, weight)),
        software=f"metastudy {_version()}",
        notes=_notes((*_outliers(found), *named.notes, *heard, *metadata.get("notes", ()))),
    )


def multiverse_of(
    path: Path, choices: Choices, bulk_ohm: float | None = None
) -> Iterator[tuple[str, Multiverse]]:
    """Evaluate the arc of every spectrum of a file in every defensible way; nothing is stored.

    The window of the choices bounds all others. All laws of the data alone are tried, and where the
    weights of the choices are read off the residuals, these too.

    Raises
    ------
    EisError, RefitError
        If the file or its reference fit gives nothing.
    """
    for spectrum in read_all(path):
        inside = windowed(spectrum, choices.window_hz)
        circuit, arc = choices.circuit, choices.arc
        if circuit is None or arc is None:
            found = _fitted(inside, choices)
            circuit = found.circuit.text
            temperature = temperature_of(spectrum, path.name, choices.temperature)
            arc = name_arc(found, choices.arc, choices.cell, temperature, choices.evidence).resistor
        number = f" [{spectrum.metadata['number']}]" if spectrum.metadata["of"] > 1 else ""
        evaluations = multiverse(
            inside,
            circuit,
            arc,
            bulk_ohm=bulk_ohm,
            weights=(*WEIGHTS, STRUCTURE) if choices.weight == STRUCTURE else WEIGHTS,
            high_frequency_error=choices.high_frequency_error,
        )
        yield f"{path.name}{number}", evaluations


def window_of(text: str) -> tuple[float, float] | None:
    """Read a window as the command line gives it: ``all``, or ``0.5..1e6`` in Hz.

    Raises
    ------
    RefitError
        If it is neither.
    """
    try:
        return parse_window(text)
    except ValueError:
        raise RefitError(
            f"the window {text!r} is neither all nor lowest..highest in Hz, such as 0.5..1e6"
        ) from None


def temperature_of(spectrum: Spectrum, name: str, wanted: str) -> str:
    """Return the temperature (degC) as text: given, found in the file name, or the file's own.

    Raises
    ------
    RefitError
        If the expression cannot be read, or does not find a number in the name.
    """
    if not wanted:
        own = spectrum.metadata.get("temperature_c")
        return "" if own is None else f"{float(own):g}"
    with suppress(ValueError):
        given = float(wanted)
        if not -ZERO_CELSIUS_K < given < math.inf:
            raise RefitError(f"the temperature {wanted!r} is not degC above absolute zero")
        return f"{given:g}"
    try:
        match = re.search(wanted, name)
    except re.error as error:
        raise RefitError(
            f"temperature {wanted!r} is neither degC nor an expression: {error}"
        ) from None
    if match is None or not match.groups():
        raise RefitError(
            f"the expression {wanted!r} finds no temperature in the file name {name!r}; write one "
            "group in brackets, such as '([0-9.]+)C'"
        )
    try:
        return f"{float(match[1]):g}"
    except ValueError:
        raise RefitError(
            f"the expression {wanted!r} finds {match[1]!r}, which is no number"
        ) from None


def _read(path: Path, seen: dict[str, str]) -> tuple[Spectrum, ...]:
    """Read a file, and refuse two contents under one name: spectra/ is one folder."""
    spectra = read_all(path)
    checksum = str(spectra[0].metadata["sha256"])
    if seen.setdefault(path.name, checksum) != checksum:
        raise RefitError(
            f"{path}: another file of this name was given; each spectrum needs its own name"
        )
    return spectra


def is_fit_of(row: Refit, spectrum: Spectrum, temperature: str, choices: Choices) -> bool:
    """Say whether a row is the fit of this spectrum under these choices."""
    return (
        row.sha256 == spectrum.metadata["sha256"]
        and row.spectrum == str(spectrum.metadata["number"])
        and row.file == spectrum.metadata["source"]
        and row.temperature_text == temperature
        and choices.made(row)
    )


def _fitted(spectrum: Spectrum, choices: Choices) -> CircuitFit:
    return fit(
        spectrum,
        choices.circuit,
        weight=choices.weight,
        loss=choices.loss,
        high_frequency_error=choices.high_frequency_error,
    )


def _interval(found: CircuitFit, arc: str) -> tuple[tuple[float, float], tuple[str, ...]]:
    """Return the interval (ohm), and as notes what the fit warned of on the way."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", BetterMinimumWarning)
        low, high = found.intervals([arc], 1 - LEVEL)[0]
    return (float(low), float(high)), tuple(str(warning.message) for warning in heard)


def _notes(notes: Sequence[object]) -> str:
    """Join notes into one cell without line breaks."""
    return " ".join("; ".join(map(str, notes)).split())[:1000].strip()


def _log_variance(found: CircuitFit, position: int, lower: float, upper: float) -> float:
    """Variance of ln R: of the Wald form or of the profile interval, whichever is larger.

    Where the likelihood is not quadratic the interval is the wider; the variance must not promise
    more than it.
    """
    wald = float(found.log_covariance[position, position])
    if not (0.0 < lower < upper < math.inf):
        return wald
    half = (math.log(upper) - math.log(lower)) / 2.0
    return max(wald, float(half / stdtrit(max(found.df_resid, 1), (1 + LEVEL) / 2)) ** 2)


def _outliers(found: CircuitFit) -> tuple[str, ...]:
    """Name the points that stand out of the fit; they are in it all the same."""
    if not found.outliers.size:
        return ()
    at = ", ".join(f"{f:.4g} Hz" for f in found.spectrum.frequency_hz[found.outliers])
    return (f"points that stand out, kept in the fit: {at}",)


def _noise(found: CircuitFit) -> str:
    """Write the law that was read off the residuals, or nothing where the weights have none."""
    if found.structure is None:
        return ""
    return write_parameters({name: getattr(found.structure, name) for name in NOISE})


def _identifiability(word: str) -> str:
    if word in ("not determined", "at its limit"):
        return NOT_DETERMINED
    return "weakly_determined" if word.startswith("weakly") else "determined"


def _kramers_kronig(spectrum: Spectrum) -> str:
    try:
        return check_kramers_kronig(spectrum).words
    except EisError as error:
        return f"not checked: {error}"


def _version() -> str:
    try:
        return version("metastudy")
    except PackageNotFoundError:  # a source tree that was never installed
        return "unknown"
