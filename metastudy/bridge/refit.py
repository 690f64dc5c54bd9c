"""From spectra to the rows of refits.csv: one resistance with everything needed to fit it again.

A row holds the resistance of the measured circuit in ohm. Nothing here multiplies by an area or
divides by contacts: :mod:`metastudy.normalise` does both, once, for refits as for printed numbers.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scipy.special import stdtrit

from metastudy.corpus.refits import (
    LEVEL,
    NOT_DETERMINED,
    REFIT_COLUMNS,
    Refit,
    parse_window,
    write_parameters,
    write_window,
)
from metastudy.eis.capacitance import hsu_mansfeld
from metastudy.eis.errors import EisError
from metastudy.eis.fitting import fit
from metastudy.eis.kramers_kronig import check_kramers_kronig
from metastudy.eis.multiverse import Multiverse, multiverse
from metastudy.eis.objective import objective, windowed
from metastudy.eis.reading import read_all
from metastudy.eis.result import CircuitFit, arcs_of
from metastudy.eis.spectrum import Spectrum
from metastudy.eis.weights import LAWS
from metastudy.errors import MetastudyError
from metastudy.units import ZERO_CELSIUS_K

Report = Callable[[Path, str], None]  # a file, and its outcome: "fitted", "kept" or "failed"


class RefitError(MetastudyError):
    """A spectrum that gives no row, a choice that is none, or a refits.csv that cannot be used."""


@dataclass(frozen=True)
class Choices:
    """What the evaluator decides.

    Attributes
    ----------
    circuit
        None proposes one from each spectrum.
    arc
        The resistor of the contact, such as ``R2``; None takes the only arc, or asks.
    window_hz
        Lowest and highest frequency (Hz) that is fitted; None takes all.
    weight
        modulus, proportional or unit: laws that the data alone fix, so that the objective can be
        computed again from the row.
    sample_id, cell_id, state_id
        Names of the study's study.yaml; empty outside a study.
    component, value_covers
        What the arc contains, and whether one or all contacts are in it.
    temperature
        Temperature in degC of every file, or a regular expression with one group that finds it in
        the file name; empty takes what the file says.
    """

    circuit: str | None = None
    arc: str | None = None
    window_hz: tuple[float, float] | None = None
    weight: str = "modulus"
    sample_id: str = ""
    cell_id: str = ""
    state_id: str = ""
    component: str = "total"
    value_covers: str = "all"
    temperature: str = ""

    def __post_init__(self) -> None:
        if self.weight not in LAWS:
            raise RefitError(
                f"weight {self.weight!r} is no law of a stored refit; use one of {', '.join(LAWS)}"
            )
        if self.window_hz is not None and not 0.0 < self.window_hz[0] < self.window_hz[1]:
            low, high = self.window_hz
            raise RefitError(f"the window {low:g}..{high:g} Hz does not rise from above 0")

    def made(self, row: Refit) -> bool:
        """Say whether a row was made by these choices."""
        circuit = (
            row.circuit_by == "proposed"
            if self.circuit is None
            else (row.circuit_by == "given" and row.circuit == self.circuit)
        )
        arc = row.arc_by != "given" if self.arc is None else row.arc == self.arc
        return (
            circuit
            and arc
            and row.window_hz == write_window(self.window_hz)
            and all(
                getattr(row, name) == getattr(self, name)
                for name in ("weight", "sample_id", "cell_id", "state_id", "component")
            )
            and row.value_covers == self.value_covers
        )


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
            rows = _placed(rows, row)
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
            if any(_same(row, spectrum, temperature, choices) for row in rows):
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
    found = fit(inside, choices.circuit, weight=choices.weight)
    arc, arc_by = _the_arc(found, choices.arc)
    position = found.circuit.names.index(arc)
    lower, upper = (float(end) for end in found.intervals([arc], 1 - LEVEL)[0])
    variance = _log_variance(found, position, lower, upper)
    if not math.isfinite(variance):
        raise RefitError(f"{arc} has no finite standard error in {found.circuit.text}")
    parameters = dict(zip(found.circuit.names, (float(v) for v in found.estimates), strict=True))
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
        component=choices.component,
        value_covers=choices.value_covers,
        temperature_text=temperature,
        circuit=found.circuit.text if choices.circuit is None else choices.circuit,
        circuit_by="proposed" if choices.circuit is None else "given",
        window_hz=write_window(choices.window_hz),
        weight=choices.weight,
        parameters=write_parameters(parameters),
        arc=arc,
        arc_by=arc_by,
        resistance_ohm=repr(parameters[arc]),
        lower_ohm=repr(max(lower, 0.0)),
        upper_ohm=repr(upper) if math.isfinite(upper) else "",
        log_variance=repr(variance),
        identifiability=_identifiability(found.identifiability[arc]),
        verdict=found.verdict,
        kramers_kronig=_kramers_kronig(inside),
        objective=repr(objective(inside, found.circuit, parameters, choices.weight)),
        software=f"metastudy {_version()}",
        notes=" ".join("; ".join(map(str, metadata.get("notes", ()))).split())[:1000].strip(),
    )


def multiverse_of(
    path: Path, choices: Choices, bulk_ohm: float | None = None
) -> Iterator[tuple[str, Multiverse]]:
    """Evaluate the arc of every spectrum of a file in every defensible way; nothing is stored.

    The window of the choices bounds all others, and the weight law is one of those tried.

    Raises
    ------
    EisError, RefitError
        If the file or its reference fit gives nothing.
    """
    for spectrum in read_all(path):
        inside = windowed(spectrum, choices.window_hz)
        circuit, arc = choices.circuit, choices.arc
        if circuit is None or arc is None:
            found = fit(inside, circuit)
            circuit = found.circuit.text
            arc, _ = _the_arc(found, arc)
        number = f" [{spectrum.metadata['number']}]" if spectrum.metadata["of"] > 1 else ""
        yield f"{path.name}{number}", multiverse(inside, circuit, arc, bulk_ohm=bulk_ohm)


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


def read_refits(path: Path) -> tuple[Refit, ...]:
    """Read the rows of a refits.csv.

    Raises
    ------
    RefitError
        If the file cannot be read or is not of this form.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RefitError(f"{path}: cannot be read: {error}") from None
    if not lines or tuple(lines[0]) != REFIT_COLUMNS:
        raise RefitError(
            f"{path}:1 is no refits.csv: its header must be {','.join(REFIT_COLUMNS)}; "
            "move the file away or give another --out"
        )
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(REFIT_COLUMNS):
            raise RefitError(
                f"{path}:{number} has {len(line)} cells, the header has {len(REFIT_COLUMNS)}"
            )
    return tuple(Refit(*line) for line in lines[1:])


def write_refits(path: Path, rows: Iterable[Refit]) -> None:
    """Write a refits.csv whole or not at all.

    Raises
    ------
    RefitError
        If the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(REFIT_COLUMNS)
    writer.writerows([getattr(row, name) for name in REFIT_COLUMNS] for row in rows)
    new = path.with_name(f".{path.name}.new-{os.getpid()}")
    try:
        new.write_text(text.getvalue(), encoding="utf-8", newline="")
        new.replace(path)
    except OSError as error:
        raise RefitError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _read(path: Path, seen: dict[str, str]) -> tuple[Spectrum, ...]:
    """Read a file, and refuse two contents under one name: spectra/ is one folder."""
    spectra = read_all(path)
    checksum = str(spectra[0].metadata["sha256"])
    if seen.setdefault(path.name, checksum) != checksum:
        raise RefitError(
            f"{path}: another file of this name was given; each spectrum needs its own name"
        )
    return spectra


def _same(row: Refit, spectrum: Spectrum, temperature: str, choices: Choices) -> bool:
    return (
        row.sha256 == spectrum.metadata["sha256"]
        and row.spectrum == str(spectrum.metadata["number"])
        and row.file == spectrum.metadata["source"]
        and row.temperature_text == temperature
        and choices.made(row)
    )


def _placed(rows: Sequence[Refit], new: Refit) -> list[Refit]:
    """Put a row in: in the place of an older one of the same part of the spectrum, or last."""
    part = (new.file, new.spectrum, new.component)
    for index, row in enumerate(rows):
        if (row.file, row.spectrum, row.component) == part:
            return [*rows[:index], replace(new, refit_id=row.refit_id), *rows[index + 1 :]]
    last = max((int(row.refit_id[1:]) for row in rows if row.refit_id[1:].isdigit()), default=0)
    return [*rows, replace(new, refit_id=f"r{last + 1:03d}")]


def _the_arc(found: CircuitFit, wanted: str | None) -> tuple[str, str]:
    """Return the resistor of the contact and how it was chosen."""
    names = found.circuit.names
    if wanted is not None:
        found.circuit.require([wanted])
        return wanted, "given"
    arcs = arcs_of(found.circuit)
    if len(arcs) == 1:
        return names[arcs[0].r], "only_arc"
    listed = []
    for arc in arcs:
        n = 1.0 if arc.n is None else found.estimates[arc.n]
        r, q = found.estimates[arc.r], found.estimates[arc.q]
        listed.append(f"{names[arc.r]} = {r:.4g} ohm with {hsu_mansfeld(q, n, r):.2g} F")
    what = "; ".join(listed) or "none"
    raise RefitError(
        f"{found.circuit.text} has {len(arcs)} arcs, and which is the contact was not said; name "
        f"its resistor (--arc): {what}"
    )


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
