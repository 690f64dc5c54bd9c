"""Refits held against their spectra: the objective at the stored parameters, or the whole fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from metastudy.corpus.collection import Corpus, CorpusError
from metastudy.corpus.finding import Finding, Severity
from metastudy.corpus.refits import Refit, parse_parameters
from metastudy.corpus.rules.refits import REFIT_OBJECTIVE, place_of, spectrum_path
from metastudy.corpus.study import Study
from metastudy.eis.errors import EisError
from metastudy.eis.fitting import fit
from metastudy.eis.reading import read_all
from metastudy.eis.residuals import objective, windowed
from metastudy.eis.spectrum import Spectrum

TOLERANCE = 1e-6
# Of the weighted sum of squares of the data: where noise-free data leave nothing but rounding.
FLOOR = 1e-20
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
    """Yield a finding for every sound refit whose objective does not come out again."""
    faulty = {(f.place.file, f.place.line) for f in found if f.severity is Severity.ERROR}
    spectra: dict[Path, tuple[Spectrum, ...] | EisError] = {}
    for study in corpus.studies.values():
        for index, refit in enumerate(study.refits):
            place = place_of(study, index, "objective")
            if (place.file, place.line) in faulty:
                continue
            stored = float(refit.objective)
            try:
                spectrum = stored_spectrum(corpus.root, study, refit, spectra)
                again, floor = _objective(spectrum, refit)
            except EisError as error:
                path = spectrum_path(corpus.root, study, refit)
                reason = str(error).replace(str(path), f"spectra/{refit.file}")
                message = f"the objective cannot be computed: {reason}"
                hint = "Refit the spectrum: metastudy refit."
                yield REFIT_OBJECTIVE.at(place, message, hint, refit.objective)
                continue
            if abs(again - stored) > TOLERANCE * stored + floor:
                message = (
                    f"the objective is {stored:.9g}; at the stored parameters it is {again:.9g}."
                )
                hint = "Refit the spectrum, and edit no row by hand."
                yield REFIT_OBJECTIVE.at(place, message, hint, refit.objective)


def stored_spectrum(
    root: Path,
    study: Study,
    refit: Refit,
    read: dict[Path, tuple[Spectrum, ...] | EisError],
) -> Spectrum:
    """Return the points that a refit was made of; ``read`` keeps what was read before.

    Raises
    ------
    EisError
        If the file cannot be read or has no such spectrum.
    """
    path = spectrum_path(root, study, refit)
    if path not in read:
        try:
            read[path] = read_all(path)
        except EisError as error:
            read[path] = error
    found = read[path]
    if isinstance(found, EisError):
        raise found
    number = int(refit.spectrum)
    if number > len(found):
        raise EisError(f"{refit.file} has {len(found)} spectra, not {number}")
    return windowed(found[number - 1], refit.window)


def _objective(spectrum: Spectrum, refit: Refit) -> tuple[float, float]:
    """Return the objective at the stored parameters, and what rounding alone may leave of it."""
    parameters = parse_parameters(refit.parameters)
    value = objective(spectrum, refit.circuit, parameters, refit.weight)
    return value, FLOOR * 2 * len(spectrum)


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
    spectra: dict[Path, tuple[Spectrum, ...] | EisError] = {}
    return [_verify(corpus.root, study, refit, spectra) for refit in study.refits]


def _verify(
    root: Path, study: Study, refit: Refit, spectra: dict[Path, tuple[Spectrum, ...] | EisError]
) -> Verification:
    stored, value = float(refit.objective), float(refit.resistance_ohm)
    try:
        spectrum = stored_spectrum(root, study, refit, spectra)
        again = fit(spectrum, refit.circuit, weight=refit.weight)
    except EisError as error:
        return Verification(refit.refit_id, refit.file, value, None, stored, None, str(error))
    resistance = again.estimates[again.circuit.names.index(refit.arc)]
    floor = FLOOR * 2 * len(spectrum)
    if again.chi2 < stored * (1 - TOLERANCE) - floor:
        verdict = "a lower minimum was found"
    elif again.chi2 > stored * (1 + TOLERANCE) + floor:
        verdict = "the stored minimum is lower than the one found"
    elif abs(resistance / value - 1) > SAME_RESISTANCE:
        verdict = "another resistance at the same objective"
    else:
        verdict = "agrees"
    return Verification(
        refit.refit_id, refit.file, value, float(resistance), stored, again.chi2, verdict
    )
