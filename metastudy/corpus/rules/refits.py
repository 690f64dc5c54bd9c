"""A refit names a spectrum that is there, byte for byte, and says one thing in all its columns."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from metastudy.corpus.canonical import CanonicalRow
from metastudy.corpus.finding import Finding, Place
from metastudy.corpus.refits import NOISE, STRUCTURE, Refit, parse_parameters, parse_window
from metastudy.corpus.rules.checked_rows import CheckedRows
from metastudy.corpus.rules.provenance import TEMPERATURE_TEXT
from metastudy.corpus.rules.references import (
    SAMPLE_MISSING,
    UNKNOWN_CELL,
    UNKNOWN_SAMPLE,
    UNKNOWN_STATE,
    near,
)
from metastudy.corpus.rules.rule import error, warning
from metastudy.corpus.study import Study
from metastudy.units import ZERO_CELSIUS_K

REFIT_TWICE = error(
    "refit-twice",
    reason="An id names one refit for good, and one part of a spectrum is one measurement.",
    good="r001 and r002 for two spectra",
    bad="r001 on two rows, or two rows with component total of one spectrum",
)
REFIT_FILE = error(
    "refit-file",
    reason="A refit whose spectrum is not there cannot be done again.",
    good="file names a file of the study's spectra/",
    bad="file names a spectrum that was not added",
)
REFIT_CHECKSUM = error(
    "refit-checksum",
    reason="A spectrum that changed after the fit is another spectrum.",
    good="sha256 is that of the file's bytes",
    bad="The file was opened and saved again by another program",
)
REFIT_ARC = error(
    "refit-arc",
    reason="The resistance that enters the dataset is the one that was fitted.",
    good="arc R2, resistance_ohm equal to R2 among the parameters, lower and upper around it",
    bad="resistance_ohm multiplied by the area, or an interval that does not hold it",
)
REFIT_NOISE = error(
    "refit-noise",
    reason="Weights that were read off the residuals can only be had again from the stored law.",
    good="weight structure with high_frequency_error 0.02 and its law in noise; both empty else",
    bad="weight structure without a law, a law beside modulus weights, or a scale of 0",
)
REFIT_OBJECTIVE = error(
    "refit-objective",
    reason="A row whose objective does not come out again was not fitted to this spectrum so.",
    good="The objective at the stored parameters is the stored one to 1e-6",
    bad="A parameter, the window or the weights were edited after the fit",
)
REFIT_MISSES = warning(
    "refit-misses",
    reason="A circuit of another shape than the spectrum has intervals that mean nothing.",
    good="Residuals of 0.4 % of |Z| that change sign at random",
    bad="Residuals of 7 % of |Z| in two long waves",
    needs="a refit whose residuals exceed 3 % of |Z| (root mean square, outliers aside) with fewer "
    "changes of sign than chance would have in one of 1,000 spectra",
)

# Digits kept by the program are all; this holds rounding of a row that was opened elsewhere.
SAME = 1e-9


def findings(checked: CheckedRows) -> Iterator[Finding]:
    """Hold every refit of every study; the objective is held where spectra can be read."""
    ids: dict[str, Place] = {}
    parts: dict[tuple[str, ...], Place] = {}
    sums: dict[Path, str | None] = {}
    for row in checked.refits:
        refit = row.refit
        assert refit is not None
        yield from _twice(row, refit, ids, parts)
        yield from _names(row, refit)
        yield from _file(row, refit, spectrum_path(checked.corpus.root, row.study, refit), sums)
        yield from _finite(row, refit)
        yield from _arc(row, refit)
        yield from _noise(row, refit)


def spectrum_path(root: Path, study: Study, refit: Refit) -> Path:
    """Return the file of the spectrum of a refit."""
    return root / "data" / "studies" / study.id / "spectra" / refit.file


def _twice(
    row: CanonicalRow, refit: Refit, ids: dict[str, Place], parts: dict[tuple[str, ...], Place]
) -> Iterator[Finding]:
    place = row.place("refit_id")
    part = (row.study.id, refit.file, refit.spectrum, refit.component)
    if row.id in ids:
        message = f"refit_id {refit.refit_id} is already in {_at(ids[row.id])}."
        yield REFIT_TWICE.at(place, message, "Take the next free number.", refit.refit_id)
    elif part in parts:
        message = (
            f"{refit.place_in_file} has its {refit.component} resistance already in "
            f"{_at(parts[part])}."
        )
        hint = "Keep the row whose options hold; other options belong in a multiverse table."
        yield REFIT_TWICE.at(place, message, hint, refit.refit_id)
    ids.setdefault(row.id, place)
    parts.setdefault(part, place)


def _names(row: CanonicalRow, refit: Refit) -> Iterator[Finding]:
    study = row.study
    known: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("sample", study.samples),
        ("cell", study.cells),
        ("state", study.states),
    )
    rules = {"sample": UNKNOWN_SAMPLE, "cell": UNKNOWN_CELL, "state": UNKNOWN_STATE}
    for kind, names in known:
        name = getattr(refit, f"{kind}_id")
        if name in names or (kind == "state" and not name):
            continue
        message = f"{kind}_id is {name!r}, which is no {kind} of this study."
        yield rules[kind].of_row(row, f"{kind}_id", message, near(name, names))
    sample = study.samples.get(refit.sample_id)
    if sample is not None and not sample.contact:
        message = f"a refit is of a contact, but sample {sample.id!r} has none."
        hint = "Give the sample its contact in study.yaml, or name another sample."
        yield SAMPLE_MISSING.of_row(row, "sample_id", message, hint)


def _file(
    row: CanonicalRow, refit: Refit, path: Path, sums: dict[Path, str | None]
) -> Iterator[Finding]:
    if path not in sums:
        sums[path] = _sha256(path)
    if sums[path] is None:
        present = sorted(other.name for other in path.parent.glob("*"))
        message = f"spectra/{refit.file} is not in the study."
        hint = "Add it. " + near(refit.file, present).replace("The study has none.", "")
        yield REFIT_FILE.of_row(row, "file", message, hint.strip())
    elif sums[path] != refit.sha256:
        message = f"spectra/{refit.file} has the checksum {sums[path]}."
        hint = "Put the fitted file back, or refit the new one: metastudy refit."
        yield REFIT_CHECKSUM.of_row(row, "sha256", message, hint)


def _finite(row: CanonicalRow, refit: Refit) -> Iterator[Finding]:
    """Refuse numbers such as 1e999, which have the form of a number and are infinite."""
    for column in ("resistance_ohm", "lower_ohm", "upper_ohm", "log_variance", "objective"):
        text = getattr(refit, column)
        if text and not math.isfinite(float(text)):
            message = f"{column} is {text}, which is no finite number."
            yield REFIT_ARC.of_row(row, column, message, "Refit the spectrum.")
    if refit.temperature_text and float(refit.temperature_text) <= -ZERO_CELSIUS_K:
        message = f"the temperature {refit.temperature_text} degC is not above absolute zero."
        yield TEMPERATURE_TEXT.of_row(row, "temperature_text", message, "Write degC.")


def _arc(row: CanonicalRow, refit: Refit) -> Iterator[Finding]:
    parameters = parse_parameters(refit.parameters)
    value = float(refit.resistance_ohm)
    fitted = parameters.get(refit.arc)
    if fitted is None:
        message = f"arc is {refit.arc!r}, which is no parameter of {refit.circuit}."
        yield REFIT_ARC.of_row(row, "arc", message, f"Known: {', '.join(parameters)}.")
        return
    if value <= 0.0 or abs(fitted - value) > SAME * value:
        message = f"resistance_ohm is {value:.6g}, but {refit.arc} is {fitted:.6g} ohm."
        hint = "Write the fitted value in ohm; area and contact count are applied later."
        yield REFIT_ARC.of_row(row, "resistance_ohm", message, hint)
        return
    low = float(refit.lower_ohm)
    high = float(refit.upper_ohm) if refit.upper_ohm else value
    if not low <= value <= high:
        message = f"the interval {low:.6g} to {high:.6g} ohm does not hold {value:.6g}."
        yield REFIT_ARC.of_row(row, "resistance_ohm", message, "Refit the spectrum.")
    window = parse_window(refit.window_hz)
    if window is not None and not 0.0 < window[0] < window[1]:
        message = f"the window {refit.window_hz} does not rise."
        yield REFIT_ARC.of_row(row, "window_hz", message, "Write lowest..highest in Hz.")


def _noise(row: CanonicalRow, refit: Refit) -> Iterator[Finding]:
    """Hold the law of the errors: there where it was read off, and then one that can have been."""
    again = "Refit the spectrum."
    for column in ("high_frequency_error", "noise"):
        text = getattr(refit, column)
        if bool(text) == (refit.weight == STRUCTURE):
            continue
        is_told = f"{column} is {text!r}" if text else f"{column} is empty"
        message = f"{is_told}, but weight is {refit.weight}."
        hint = f"The law of the errors goes with the weight {STRUCTURE}, and only with it. {again}"
        yield REFIT_NOISE.of_row(row, column, message, hint)
        return
    stated = refit.high_frequency_error
    if stated and not float(stated) < 1.0:
        message = f"high_frequency_error is {stated}, which is no relative error below 1."
        yield REFIT_NOISE.of_row(row, "high_frequency_error", message, again)
    for name, value in parse_parameters(refit.noise).items():
        low, high = NOISE[name]
        if not low <= value <= high:
            message = f"{name} of the law of the errors is {value:g}, not from {low:g} to {high:g}."
            yield REFIT_NOISE.of_row(row, "noise", message, again)


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _at(place: Place) -> str:
    return f"{place.file}:{place.line}"
