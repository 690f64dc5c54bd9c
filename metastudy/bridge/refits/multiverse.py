"""All defensible evaluations of the spectra of a file; nothing is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from metastudy.bridge.refits.contact_arc import name_arc
from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.refit import fit_with
from metastudy.bridge.refits.temperature import temperature_of
from metastudy.corpus.refits import STRUCTURE
from metastudy.eis.evaluators.evaluations import WEIGHTS
from metastudy.eis.evaluators.specifications import Multiverse, multiverse
from metastudy.eis.readers.reading import read_with
from metastudy.eis.weighting.sum_of_squares import windowed


def multiverse_of(
    path: Path, options: EvaluationOptions, bulk_ohm: float | None = None
) -> Iterator[tuple[str, Multiverse]]:
    """Evaluate the arc of every spectrum of a file in every defensible way; nothing is stored.

    The window of the options bounds all others. All laws of the data alone are tried, and where the
    weights of the options are read off the residuals, these too.

    Raises
    ------
    EisError, RefitError
        If the file or its reference fit gives nothing.
    """
    for spectrum in read_with(path, options.reading):
        inside = windowed(spectrum, options.window_hz)
        circuit, arc = options.circuit, options.arc
        if circuit is None or arc is None:
            found = fit_with(inside, options)
            circuit = found.circuit.text
            temperature = temperature_of(spectrum, path.name, options.temperature)
            arc = name_arc(found, options.arc, options.cell, temperature, options.evidence).resistor
        number = f" [{spectrum.metadata['number']}]" if spectrum.metadata["of"] > 1 else ""
        evaluations = multiverse(
            inside,
            circuit,
            arc,
            bulk_ohm=bulk_ohm,
            weights=(*WEIGHTS, STRUCTURE) if options.weight == STRUCTURE else WEIGHTS,
            high_frequency_error=options.high_frequency_error,
        )
        yield f"{path.name}{number}", evaluations
