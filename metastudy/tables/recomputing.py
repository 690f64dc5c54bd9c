"""Refits held against their spectra: the objective at the stored parameters, or the whole fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from metastudy.corpus.canonical import CanonicalRow, shown
from metastudy.corpus.corpus import Corpus, CorpusError
from metastudy.corpus.finding import Finding, Severity
from metastudy.corpus.refits import NOISE, STRUCTURE, Refit, parse_parameters
from metastudy.corpus.rules.refits import (
    REFIT_MISSES,
    REFIT_OBJECTIVE,
    spectrum_path,
)
from metastudy.corpus.study import Study
from metastudy.eis.api import fit
from metastudy.eis.circuits.circuit import Circuit
from metastudy.eis.errors import EisError
from metastudy.eis.readers.hints import Hints
from metastudy.eis.readers.reading import read_with
from metastudy.eis.spectrum import Spectrum
from metastudy.eis.weighting.residual_tests import misfit, misses, runs_test
from metastudy.eis.weighting.sum_of_squares import objective, weighed, windowed
from metastudy.eis.weighting.weights import ErrorStructure

# What was read already, by file and the keywords of its reading.
_Read = dict[tuple[Path, str], tuple[Spectrum, ...] | EisError]

TOLERANCE = 1e-6
# Of the weighted sum of squares of the data: where noise-free data leave nothing but rounding.
FLOOR = 1e-20
# Share of a deviation by which a law of the errors that is read off again may differ.
SAME_LAW = 0.02
# A full refit may find the same minimum to this share of the resistance.
SAME_RESISTANCE = 1e-3


@dataclass(frozen=True)
class Verification:
    """A refit done again: stored and new resistance (ohm), both objectives, and the verdict."""

    refit_id: str
    file: str
    stored_ohm: float
    again_ohm: float | None
    stored_objective: float
    again_objective: float | None
    verdict: str

    @property
    def agrees(self) -> bool:
        """Whether the fit came out as stored."""
        return self.verdict == "agrees"


def objective_findings(corpus: Corpus, found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield a finding for every sound refit whose objective does not come out again.

    Where it does, the shape of the fit is held against the points.
    """
    faulty = {(f.place.file, f.place.line) for f in found if f.severity is Severity.ERROR}
    spectra: _Read = {}
    for row in corpus.rows:
        refit = row.refit
        if refit is None or (row.table.file, row.line) in faulty:
            continue
        stored = float(refit.objective)
        try:
            spectrum = stored_spectrum(corpus.root, row.study, refit, spectra)
            again, floor = _objective(spectrum, refit)
        except EisError as error:
            path = spectrum_path(corpus.root, row.study, refit)
            reason = str(error).replace(str(path), f"spectra/{refit.file}")
            message = f"the objective cannot be computed: {reason}"
            hint = "Refit the spectrum: metastudy refit."
            yield REFIT_OBJECTIVE.of_row(row, "objective", message, hint)
            continue
        if abs(again - stored) > TOLERANCE * stored + floor:
            message = f"the objective is {stored:.9g}; at the stored parameters it is {again:.9g}."
            hint = "Refit the spectrum, and edit no row by hand."
            yield REFIT_OBJECTIVE.of_row(row, "objective", message, hint)
            continue
        yield from _shape(spectrum, row, refit)


def _shape(spectrum: Spectrum, row: CanonicalRow, refit: Refit) -> Iterator[Finding]:
    parameters = parse_parameters(refit.parameters)
    z = spectrum.impedance_ohm
    model = Circuit(refit.circuit).impedance(spectrum.frequency_hz, parameters)
    share = (z - model) / np.abs(z)
    size, runs = misfit(share), runs_test(spectrum.frequency_hz, share)
    if not misses(size, runs):
        return
    percent, resistance = f"{100 * size:.1f}", shown(float(refit.resistance_ohm))
    message = (
        f"the circuit, with {refit.arc} = {resistance} ohm, misses the points by {percent} % of "
        f"|Z| in waves: {runs.runs} runs of one sign, {runs.expected:.0f} expected."
    )
    hint = "Refit with another circuit or window (metastudy refit-page shows it), or decide."
    numbers = {"misfit_percent": percent, "resistance_ohm": resistance}
    yield REFIT_MISSES.of_row(row, "circuit", message, hint, [row.id], numbers)


def stored_spectrum(
    root: Path,
    study: Study,
    refit: Refit,
    read: _Read,
) -> Spectrum:
    """Return the points that a refit was made of; ``read`` keeps what was read before.

    Raises
    ------
    EisError
        If the file cannot be read or has no such spectrum.
    """
    path = spectrum_path(root, study, refit)
    key = (path, refit.reading)
    if key not in read:
        try:
            read[key] = read_with(path, Hints.parse(refit.reading))
        except EisError as error:
            read[key] = error
    found = read[key]
    if isinstance(found, EisError):
        raise found
    number = int(refit.spectrum)
    if number > len(found):
        raise EisError(f"{refit.file} has {len(found)} spectra, not {number}")
    return windowed(found[number - 1], refit.window)


def _objective(spectrum: Spectrum, refit: Refit) -> tuple[float, float]:
    """Return the objective at the stored parameters, and what rounding alone may leave of it."""
    weight = stored_weight(refit)
    value = objective(spectrum, refit.circuit, parse_parameters(refit.parameters), weight)
    return value, _rounding(spectrum, weight)


def _rounding(spectrum: Spectrum, weight: str | ErrorStructure) -> float:
    data = weighed(spectrum, weight, spectrum.impedance_ohm)
    return FLOOR * float(data.magnitude[0])


def stored_weight(refit: Refit) -> str | ErrorStructure:
    """Return the weights of a refit: the name of a law of the data, or the law that was read off.

    Raises
    ------
    EisError
        If the row lacks the law.
    """
    if refit.weight != STRUCTURE:
        return refit.weight
    law = parse_parameters(refit.noise)
    if law.keys() != NOISE.keys() or not refit.high_frequency_error:
        raise EisError("the row does not hold the law of its errors; metastudy check says more")
    return ErrorStructure(**law, instrument=float(refit.high_frequency_error))


def verify_study(corpus: Corpus, study_id: str) -> list[Verification]:
    """Fit every refit of a study again from nothing but its file and its choices.

    Raises
    ------
    CorpusError
        If the study's files have faults.
    """
    if study_id not in corpus.studies:
        raise CorpusError(corpus.findings)
    study = corpus.studies[study_id]
    spectra: _Read = {}
    return [_verify(corpus.root, study, refit, spectra) for refit in study.refits]


def _verify(root: Path, study: Study, refit: Refit, spectra: _Read) -> Verification:
    stored, value = float(refit.objective), float(refit.resistance_ohm)
    try:
        weight = stored_weight(refit)
        spectrum = stored_spectrum(root, study, refit, spectra)
        again = fit(
            spectrum,
            refit.circuit,
            weight=refit.weight,
            loss=refit.loss,
            high_frequency_error=float(refit.high_frequency_error or 0.0),
        )
    except EisError as error:
        return Verification(refit.refit_id, refit.file, value, None, stored, None, str(error))
    resistance = float(again.estimates[again.circuit.names.index(refit.arc)])
    found = dict(zip(again.circuit.names, again.estimates.tolist(), strict=True))
    # Both fits are held under the stored covariance: under its own law each leaves about as many
    # squares as it has degrees of freedom, and the lower of the two would say nothing.
    at = parse_parameters(refit.parameters)
    objective_again = objective(spectrum, refit.circuit, found, weight, at)
    rounding = _rounding(spectrum, weight)
    same = abs(resistance / value - 1) <= SAME_RESISTANCE
    if refit.loss != "linear":
        # The objective is in squares, of which another loss makes no minimum.
        verdict = "agrees" if same else "another resistance under the same loss"
    elif objective_again < stored * (1 - TOLERANCE) - rounding:
        verdict = "a lower minimum was found"
    elif objective_again > stored * (1 + TOLERANCE) + rounding:
        verdict = "the stored minimum is lower than the one found"
    elif isinstance(weight, ErrorStructure) and not _same_law(spectrum, weight, again.structure):
        verdict = "another law of the errors was read off"
    elif not same:
        verdict = "another resistance at the same objective"
    else:
        verdict = "agrees"
    return Verification(
        refit.refit_id, refit.file, value, resistance, stored, objective_again, verdict
    )


def _same_law(spectrum: Spectrum, law: ErrorStructure, again: ErrorStructure | None) -> bool:
    """Whether two laws give every point the same deviation."""
    if again is None:
        return False
    f, z = spectrum.frequency_hz, spectrum.impedance_ohm
    ratio = np.log(again.deviation(f, z) / law.deviation(f, z))
    return bool(np.max(np.abs(ratio)) < SAME_LAW)
