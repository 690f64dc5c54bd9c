"""A temperature series of one cell fitted together.

The road: fits one by one, arcs under one identity, arcs that are out of the window left out,
exponents shared where the data bear it, resistances on Arrhenius lines where the data bear it. Each
decision is a test between two fits of the whole series and is kept in the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K
from ..circuits.arcs import find_arcs
from ..circuits.circuit import Circuit
from ..circuits.elements import Element
from ..errors import FitError
from ..fits.batch import fit_many
from ..fits.options import Ties
from ..fits.result import CircuitFit
from ..spectrum import FloatArray, Spectrum, require_spectrum
from .activation_energy import COMMON_K, POINT_K
from .alignment import align_arcs
from .global_least_squares import SeriesData
from .lines import draw_lines, require_laws
from .out_of_window import OutOfWindow, find_out_of_window
from .parameter_map import Temperatures
from .problem import SeriesProblem
from .result import SeriesFit
from .sharing import choose_shared, require_shareable
from .tracking import ArcSeries, track_arcs
from .transition import find_transition, sides_of


def fit_series(
    spectra: Sequence[Spectrum],
    temperature_c: npt.ArrayLike,
    circuit: str | Circuit,
    *,
    shared: str | Sequence[str] = "test",
    arrhenius: str | Mapping[str, str] = "test",
    melting_c: float | str | None = None,
    point_k: float = POINT_K,
    common_k: float = COMMON_K,
    weight: str = "modulus",
    fix: Mapping[str, float] | None = None,
    tie: Ties | None = None,
    elements: Sequence[Element] = (),
) -> SeriesFit:
    """Fit one circuit to the spectra of one cell at several temperatures.

    Parameters
    ----------
    spectra : sequence of Spectrum
        At least three, in any order.
    temperature_c : array_like, shape (K,)
        Stated temperature of each, degC; repeats are allowed.
    circuit, weight, fix, tie, elements
        As in ``fit``; every spectrum has the same circuit.
    shared : {"test", "none"} or sequence of str
        Parameters that are equal at all temperatures. By default every exponent and inductance
        that the data let be equal, on each side of the melting point by itself where they differ.
    arrhenius : {"test", "free", "R", "R/T"} or mapping of str to these
        Law of the resistances: free, ln R or ln(R/T) linear in 1/T, or the line where the data
        bear it. A mapping names resistors; those it leaves out are tested.
    melting_c : float or "find", optional
        Temperature (degC) with a line and an exponent of its own on either side, the second from
        it upwards; or found by the BIC of the lines, with three temperatures on each side.
    point_k, common_k : float
        Standard deviation (K) of the cell's temperature from the stated one, for each spectrum
        and for all of them together.

    Returns
    -------
    SeriesFit

    Raises
    ------
    CircuitError, FitError
        If a name is unknown, the series is too short for what is asked, or a spectrum cannot be
        fitted; the message names the spectrum and its temperature.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> circuit = eis.Circuit("R0-p(R1,C1)")
    >>> noise = np.random.default_rng(1).normal(1, 1e-3, (4, 41))
    >>> temperature_c = [20.0, 40.0, 60.0, 80.0]
    >>> line = eis.Arrhenius(1000.0, 20.0, 0.5, rises=False)
    >>> values = [{"R0": 10.0, "R1": float(line.at(t)), "C1": 1e-6} for t in temperature_c]
    >>> spectra = [
    ...     eis.Spectrum(f, circuit.impedance(f, each) * factor)
    ...     for each, factor in zip(values, noise, strict=True)
    ... ]
    >>> series = eis.fit_series(spectra, temperature_c, circuit)
    >>> round(float(series.activation_energies()["ea_ev"].iloc[-1]), 2)
    0.5
    """
    celsius = _temperatures(spectra, temperature_c)
    temperatures = Temperatures.stated(celsius, *_errors_k(point_k, common_k))
    fits = _separate(spectra, celsius, circuit, weight, fix, tie, elements)
    laws = require_laws(fits[0].model, arrhenius)
    problem, window = _problem(fits, temperatures, shared)
    edge, words = _edge(problem, melting_c, laws)
    problem = replace(problem, sides=sides_of(problem, edge))
    sharing, groups = choose_shared(problem, shared)
    free = problem.solve(groups)
    lines, solution, test = draw_lines(problem, groups, free, laws)
    return SeriesFit(
        temperature_c=celsius, separate=tuple(fits), tracked=_tracked(fits, celsius),
        moved=problem.aligned.moved, window=tuple(window), sharing=tuple(sharing),
        melting_c=edge, melting_words=words, lines=tuple(lines), line_test=test,
        problem=problem, solution=solution,
    )  # fmt: skip


def _temperatures(spectra: Sequence[Spectrum], given: npt.ArrayLike) -> FloatArray:
    for spectrum in spectra:
        require_spectrum(spectrum)
    celsius = np.asarray(given, dtype=float)
    if celsius.shape != (len(spectra),):
        raise FitError(
            f"{len(spectra)} spectra and {celsius.size} temperatures; give one (degC) for each"
        )
    bad = ~(np.isfinite(celsius) & (celsius > -ZERO_CELSIUS_K))
    if bad.any():
        k = int(np.argmax(bad))
        raise FitError(
            f"temperature_c[{k}] = {celsius[k]:g} degC is not above absolute zero; temperatures "
            "are in degC"
        )
    if np.unique(celsius).size < 3:
        raise FitError(
            f"a series needs three temperatures; {np.unique(celsius).size} were given. Spectra of "
            "one temperature are fitted together by fit_joint"
        )
    return celsius


def _errors_k(point_k: float, common_k: float) -> tuple[float, float]:
    for name, value in (("point_k", point_k), ("common_k", common_k)):
        if not (np.isfinite(value) and value >= 0):
            raise FitError(f"{name} = {value:g} is no standard deviation in K; give 0 or more")
    return point_k, common_k


def _separate(
    spectra: Sequence[Spectrum],
    celsius: FloatArray,
    circuit: str | Circuit,
    weight: str,
    fix: Mapping[str, float] | None,
    tie: Ties | None,
    elements: Sequence[Element],
) -> list[CircuitFit]:
    batch = fit_many(spectra, circuit, weight=weight, fix=fix, tie=tie, elements=elements)
    if batch.errors:
        k, reason = next(iter(batch.errors.items()))
        raise FitError(f"spectrum {k} at {celsius[k]:g} degC cannot be fitted: {reason}")
    fits = [one for one in batch.fits if one is not None]
    # One model for all, so that their coordinates mean the same.
    return [replace(one, model=fits[0].model) for one in fits]


def _tracked(fits: list[CircuitFit], celsius: FloatArray) -> ArcSeries | None:
    return track_arcs(fits, celsius.tolist()) if find_arcs(fits[0].circuit) else None


def _problem(
    fits: list[CircuitFit], temperatures: Temperatures, shared: str | Sequence[str]
) -> tuple[SeriesProblem, list[OutOfWindow]]:
    """Identity of the arcs, and those that are out of the window."""
    model, data = fits[0].model, SeriesData.of(fits)
    require_shareable(model, shared)
    x = 1 / (BOLTZMANN_EV_PER_K * temperatures.kelvin)
    tracked = _tracked(fits, temperatures.kelvin - ZERO_CELSIUS_K)
    aligned = align_arcs(fits, tracked, data, x)
    kept = frozenset(() if isinstance(shared, str) else shared)
    held, mixed, window = find_out_of_window(model, data, aligned, x, kept)
    problem = SeriesProblem(model, data, aligned, held, mixed, temperatures, ())
    return replace(problem, sides=sides_of(problem, None)), window


def _edge(
    problem: SeriesProblem, melting_c: float | str | None, laws: Mapping[str, str]
) -> tuple[float | None, str]:
    """Temperature between lines of their own, and where it comes from."""
    if melting_c is None:
        return None, ""
    if isinstance(melting_c, str):
        if melting_c != "find":
            raise FitError(f"melting_c = {melting_c!r} is no temperature in degC; or give 'find'")
        names = problem.model.circuit.names
        arcs = [names[arc.r] for arc in find_arcs(problem.model.circuit) if names[arc.r] in laws]
        return find_transition(problem, problem.solve(), arcs or list(laws))
    return float(melting_c), f"at {melting_c:g} degC, as given"
