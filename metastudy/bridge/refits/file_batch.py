"""The batch of refits over files: one row of refits.csv per spectrum, kept as it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.refit import is_fit_of, refit_spectrum
from metastudy.bridge.refits.refits_csv import RefitError, placed, read_refits, write_refits
from metastudy.bridge.refits.temperature import temperature_of
from metastudy.corpus.refits import Refit
from metastudy.eis.readers.reading import read_all
from metastudy.eis.spectrum import Spectrum
from metastudy.errors import MetastudyError

FileDone = Callable[[Path, str], None]  # a file, and its outcome: "fitted", "kept" or "failed"


@dataclass(frozen=True)
class RefitBatch:
    """The rows of refits.csv after a run, and each file that failed with its reason."""

    rows: tuple[Refit, ...]
    failed: tuple[tuple[str, str], ...]
    fitted: int
    kept: int


def refit_files(
    paths: Sequence[Path],
    options: EvaluationOptions,
    out: Path | None = None,
    report: FileDone = lambda path, outcome: None,
) -> RefitBatch:
    """Fit every spectrum of every file; one bad file never stops the rest.

    Parameters
    ----------
    out
        A refits.csv. Rows that it has for the same bytes and options are kept and not fitted
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
        new, old, reasons = _file_rows(path, options, rows, seen)
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
    path: Path, options: EvaluationOptions, rows: Sequence[Refit], seen: dict[str, str]
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
            temperature = temperature_of(spectrum, path.name, options.temperature)
            if any(is_fit_of(row, spectrum, temperature, options) for row in rows):
                kept += 1
            else:
                new.append(refit_spectrum(spectrum, options, temperature))
        except MetastudyError as error:
            which = f"spectrum {spectrum.metadata['number']}: " if len(spectra) > 1 else ""
            reasons.append(f"{which}{error}")
    return new, kept, reasons


def _read(path: Path, seen: dict[str, str]) -> tuple[Spectrum, ...]:
    """Read a file, and refuse two contents under one name: spectra/ is one folder."""
    spectra = read_all(path)
    checksum = str(spectra[0].metadata["sha256"])
    if seen.setdefault(path.name, checksum) != checksum:
        raise RefitError(
            f"{path}: another file of this name was given; each spectrum needs its own name"
        )
    return spectra
