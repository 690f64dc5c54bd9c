"""Raw spectra of a contributor, fitted into a study: files to spectra/, rows to refits.csv."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import FileDone, RefitBatch, refit_files
from metastudy.bridge.refits.refits_csv import read_refits
from metastudy.contribute.open_study import PARTS, AddError, OpenStudy, open_study
from metastudy.contribute.study_rows import drop_unfilled
from metastudy.corpus.files import SPECTRA
from metastudy.corpus.refits import REFITS
from metastudy.corpus.table import text_fault
from metastudy.whole_file import whole_file

_OPTIONS = {"sample_id": "--sample", "cell_id": "--cell-id", "state_id": "--state"}


def refit_into(
    study_id: str,
    files: Sequence[Path],
    options: EvaluationOptions,
    root: Path | None = None,
    report: FileDone = lambda path, outcome: None,
) -> tuple[RefitBatch, Path]:
    """Copy impedance files into a study and fit them there.

    A file that gives no row is not kept, also after an interruption.

    Parameters
    ----------
    options
        Sample, cell and state that are not named are the only ones of the study.

    Returns
    -------
    RefitBatch
        What was fitted.
    Path
        refits.csv of the study.

    Raises
    ------
    AddError
        Where a part of the study is not named and it has several, or a file is no spectrum or
        another one of its name is there.
    CheckoutError, UnknownStudyError
        As :func:`metastudy.contribute.open_study.open_study`.
    RefitError
        Where refits.csv cannot be read or written.
    """
    study = open_study(study_id, root)
    sample, cell, state = _parts(study, options)
    options = replace(options, sample_id=sample, cell_id=cell, state_id=state)
    spectra, out = study.folder / "spectra", study.folder / REFITS
    there = out.exists()
    places = [_place(path, spectra) for path in files]
    copied: list[Path] = []
    try:
        for path, place in zip(files, places, strict=True):
            if not place.exists():
                _copy(path, place)
                copied.append(place)
        batch = refit_files(places, options, out, report)
        if batch.rows:
            drop_unfilled(study)
    finally:
        rows = read_refits(out) if out.exists() else ()
        _drop(copied, {row.file for row in rows})
        if not rows and not there:
            out.unlink(missing_ok=True)
    return batch, out


def _parts(study: OpenStudy, options: EvaluationOptions) -> list[str]:
    """Return sample, cell and state: as named, or the only one that the study has."""
    parts = []
    for column, option in _OPTIONS.items():
        named, known = getattr(options, column), study.names(PARTS[column])
        if not named and len(known) != 1:
            listed = ", ".join(known) or "none"
            raise AddError(f"{study.id} has the {PARTS[column]} {listed}; name one by {option}")
        fault = study.cell_fault(column, named or known[0])
        if fault:
            raise AddError(fault)
        parts.append(named or known[0])
    return parts


def _place(path: Path, spectra: Path) -> Path:
    """Return the place of a file in spectra/, or refuse it."""
    if not path.is_file():
        raise AddError(f"{path}: no such file")
    if path.suffix.lower() not in SPECTRA:
        raise AddError(f"{path}: spectra/ holds files of the types {' '.join(sorted(SPECTRA))}")
    if text_fault(path.name) is not None:
        raise AddError(f"{path}: use letters, digits, -, _ and dots in the name of a spectrum")
    place = spectra / path.name
    if place.exists() and place.read_bytes() != path.read_bytes():
        raise AddError(
            f"{place}: another file of this name is there; give the new one its own name"
        )
    return place


def _copy(path: Path, place: Path) -> None:
    try:
        place.parent.mkdir(exist_ok=True)
        data = path.read_bytes()
    except OSError as error:
        raise AddError(f"{error.filename}: {error.strerror or error}") from None
    with whole_file(place, AddError) as new:
        new.write_bytes(data)


def _drop(copied: Sequence[Path], named: set[str]) -> None:
    for place in copied:
        if place.name not in named:
            place.unlink(missing_ok=True)
            with suppress(OSError):
                place.parent.rmdir()
