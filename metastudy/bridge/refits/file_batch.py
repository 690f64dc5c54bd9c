"""The batch of refits over files: one row of refits.csv per spectrum, kept as it goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.failures import reason_of
from metastudy.bridge.refits.refit import is_fit_of, refit_spectrum
from metastudy.bridge.refits.refits_csv import RefitError, placed, read_refits, write_refits
from metastudy.bridge.refits.temperature import temperature_of
from metastudy.corpus.refits import Refit
from metastudy.eis.readers.reading import left_out, read_with
from metastudy.eis.spectrum import Spectrum
from metastudy.target_lock import locked

logger = logging.getLogger(__name__)
FileDone = Callable[[Path, str], None]  # a file, and its outcome: "fitted", "kept" or "failed"


@dataclass(frozen=True)
class RefitBatch:
    """The rows of refits.csv after a run, and each file that failed with its reason.

    ``noted`` says of each file what it holds and its spectra do not.
    """

    rows: tuple[Refit, ...]
    failed: tuple[tuple[str, str], ...]
    fitted: int
    kept: int
    noted: tuple[tuple[str, str], ...] = ()


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
        again. It is written whole after a file, in at most a twentieth of the time, and at the end,
        also after an interruption. One process at a time writes it.
    report
        Called after each file, for a progress display.

    Raises
    ------
    RefitError
        Where ``out`` cannot be read or written, or another process writes it.
    """
    with nullcontext() if out is None else locked(out, RefitError):
        return _refit_files(paths, options, out, report)


def _refit_files(
    paths: Sequence[Path], options: EvaluationOptions, out: Path | None, report: FileDone
) -> RefitBatch:
    rows = list(read_refits(out)) if out is not None and out.exists() else []
    seen: dict[str, str] = {}
    failed: list[tuple[str, str]] = []
    noted: list[tuple[str, str]] = []
    fitted = kept = 0
    to_write, not_before = out is not None and not out.exists(), 0.0
    try:
        for path in paths:
            found = _file_rows(path, options, rows, seen)
            for row in found.rows:
                rows = placed(rows, row)
            failed += [(str(path), reason) for reason in found.reasons]
            noted += [(str(path), note) for note in found.noted]
            fitted, kept = fitted + len(found.rows), kept + found.kept
            to_write = to_write or bool(found.rows)
            if out is not None and found.rows and time.monotonic() >= not_before:
                start = time.monotonic()
                write_refits(out, rows)
                to_write, end = False, time.monotonic()
                not_before = end + 20 * (end - start)
            logger.info(
                "%s: %d fitted, %d kept, %d failed",
                path,
                len(found.rows),
                found.kept,
                len(found.reasons),
            )
            outcome = "failed" if found.reasons else "fitted" if found.rows else "kept"
            report(path, outcome)
    finally:
        if out is not None and to_write:
            write_refits(out, rows)
    return RefitBatch(tuple(rows), tuple(failed), fitted, kept, tuple(noted))


@dataclass(frozen=True)
class _FileRows:
    """The new rows of a file, how many it has already, what failed, and what was left out."""

    rows: tuple[Refit, ...] = ()
    kept: int = 0
    reasons: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()


def _file_rows(
    path: Path, options: EvaluationOptions, rows: Sequence[Refit], seen: dict[str, str]
) -> _FileRows:
    try:
        spectra = _read(path, options, seen)
    except Exception as error:
        return _FileRows(reasons=(reason_of(error, str(path)),))
    new: list[Refit] = []
    kept, reasons = 0, []
    for spectrum in spectra:
        which = f"spectrum {spectrum.metadata['number']}: " if len(spectra) > 1 else ""
        try:
            temperature = temperature_of(spectrum, path.name, options.temperature)
            if any(is_fit_of(row, spectrum, temperature, options) for row in rows):
                kept += 1
            else:
                new.append(refit_spectrum(spectrum, options, temperature))
        except Exception as error:
            reasons.append(f"{which}{reason_of(error, f'{path} {which}')}")
    noted = dict.fromkeys(note for spectrum in spectra for note in left_out(spectrum))
    return _FileRows(tuple(new), kept, tuple(reasons), tuple(noted))


def _read(path: Path, options: EvaluationOptions, seen: dict[str, str]) -> tuple[Spectrum, ...]:
    """Read a file, and refuse two contents under one name: spectra/ is one folder."""
    spectra = read_with(path, options.reading)
    checksum = str(spectra[0].metadata["sha256"])
    if seen.setdefault(path.name, checksum) != checksum:
        raise RefitError(
            f"{path}: another file of this name was given; each spectrum needs its own name"
        )
    return spectra
