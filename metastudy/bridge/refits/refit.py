"""From spectra to the rows of refits.csv: one resistance with everything needed to fit it again.

A row holds the resistance of the measured circuit in ohm. Nothing here multiplies by an area or
divides by contacts: :mod:`metastudy.normalise` does both, once, for refits as for printed numbers.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

from scipy.special import stdtrit

from metastudy._version import __version__
from metastudy.bridge.refits.contact_arc import name_arc
from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.corpus.refits import (
    LEVEL,
    NOISE,
    NOT_DETERMINED,
    Refit,
    write_parameters,
    write_window,
)
from metastudy.eis.api import fit
from metastudy.eis.errors import EisError
from metastudy.eis.fits.intervals import BetterMinimumWarning
from metastudy.eis.fits.result import CircuitFit
from metastudy.eis.readers.reading import left_out
from metastudy.eis.spectrum import Spectrum
from metastudy.eis.validation.kramers_kronig import check_kramers_kronig
from metastudy.eis.weighting.sum_of_squares import objective, windowed


def refit_spectrum(spectrum: Spectrum, options: EvaluationOptions, temperature: str = "") -> Refit:
    """Fit one spectrum and write its row, with ``r000`` for an id.

    Raises
    ------
    EisError
        If the fit cannot be done as asked.
    RefitError
        If the arc of the contact is not named and there is more than one.
    """
    inside = windowed(spectrum, options.window_hz)
    found = fit_with(inside, options)
    named = name_arc(found, options.arc, options.cell, temperature, options.evidence)
    arc = named.resistor
    position = found.circuit.names.index(arc)
    (lower, upper), warned = _interval(found, arc)
    variance = _log_variance(found, position, lower, upper)
    if not math.isfinite(variance):
        raise RefitError(f"{arc} has no finite standard error in {found.circuit.text}")
    parameters = dict(zip(found.circuit.names, (float(v) for v in found.estimates), strict=True))
    weight = options.weight if found.structure is None else found.structure
    metadata = spectrum.metadata
    return Refit(
        refit_id="r000",
        file=str(metadata.get("source", "")),
        sha256=str(metadata.get("sha256", "")),
        spectrum=str(metadata.get("number", 1)),
        cycle=str(metadata.get("cycle", "")),
        sample_id=options.sample_id,
        cell_id=options.cell_id,
        state_id=options.state_id,
        component=options.component or named.component,
        value_covers=options.value_covers,
        temperature_text=temperature,
        circuit=found.circuit.text if options.circuit is None else options.circuit,
        circuit_by="proposed" if options.circuit is None else "given",
        window_hz=write_window(options.window_hz),
        weight=options.weight,
        loss=found.loss,
        high_frequency_error=options.high_frequency_text,
        noise=_noise(found),
        parameters=write_parameters(parameters),
        arc=arc,
        arc_by=named.by,
        cell_sha256=options.cell_sha256,
        resistance_ohm=repr(parameters[arc]),
        lower_ohm=repr(max(lower, 0.0)),
        upper_ohm=repr(upper) if math.isfinite(upper) else "",
        log_variance=repr(variance),
        identifiability=_identifiability(found.identifiability[arc]),
        verdict=found.verdict,
        kramers_kronig=_kramers_kronig(inside),
        objective=repr(objective(inside, found.circuit, parameters, weight)),
        software=f"metastudy {__version__}",
        notes=_notes(
            (
                *left_out(spectrum),
                *_outliers(found),
                *named.notes,
                *warned,
                *(note for note in metadata.get("notes", ()) if note not in left_out(spectrum)),
            )
        ),
        reading=options.reading.text,
    )


def is_fit_of(row: Refit, spectrum: Spectrum, temperature: str, options: EvaluationOptions) -> bool:
    """Say whether a row is the fit of this spectrum under these options."""
    return (
        row.sha256 == spectrum.metadata["sha256"]
        and row.spectrum == str(spectrum.metadata["number"])
        and row.file == spectrum.metadata["source"]
        and row.temperature_text == temperature
        and options.match(row)
    )


def fit_with(spectrum: Spectrum, options: EvaluationOptions) -> CircuitFit:
    """Fit the circuit of the options, or propose one where they have none."""
    return fit(
        spectrum,
        options.circuit,
        weight=options.weight,
        loss=options.loss,
        high_frequency_error=options.high_frequency_error,
    )


def _interval(found: CircuitFit, arc: str) -> tuple[tuple[float, float], tuple[str, ...]]:
    """Return the interval (ohm), and as notes what the fit warned of on the way."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", BetterMinimumWarning)
        low, high = found.intervals([arc], 1 - LEVEL)[0]
    return (float(low), float(high)), tuple(str(warning.message) for warning in warned)


def _notes(notes: Sequence[object]) -> str:
    """Join notes into one cell without line breaks."""
    return " ".join("; ".join(map(str, notes)).split())[:1000].strip()


def _log_variance(found: CircuitFit, position: int, lower: float, upper: float) -> float:
    """Variance of ln R: of the Wald form or of the profile interval, whichever is larger.

    Where the likelihood is not quadratic the interval is the wider; the variance must not be
    smaller than it allows.
    """
    wald = float(found.log_covariance[position, position])
    if not (0.0 < lower < upper < math.inf):
        return wald
    half = (math.log(upper) - math.log(lower)) / 2.0
    return max(wald, float(half / stdtrit(max(found.df_resid, 1), (1 + LEVEL) / 2)) ** 2)


def _outliers(found: CircuitFit) -> tuple[str, ...]:
    """Name the outlying points of the fit; they are in it all the same."""
    if not found.outliers.size:
        return ()
    at = ", ".join(f"{f:.4g} Hz" for f in found.spectrum.frequency_hz[found.outliers])
    return (f"outlying points, kept in the fit: {at}",)


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
