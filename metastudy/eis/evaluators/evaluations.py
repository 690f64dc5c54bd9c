"""What an evaluator may choose for one spectrum, and what each choice gives for one arc.

Every variant starts from the reference fit, so that the arcs keep their places, and its arc must
stay near the time constant that it has there: an arc that went elsewhere is another process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from ..circuits.arcs import find_arcs
from ..circuits.circuit import Circuit
from ..circuits.elements import R
from ..circuits.notation import Leaf, Node, Series, dashed
from ..errors import EisError, FitError
from ..fits.fitting import fit_circuit
from ..fits.options import require_stated
from ..fits.result import CircuitFit
from ..numerics.criteria import aicc
from ..optimise.shunts import without_shunts
from ..spectrum import FloatArray, Spectrum
from ..weighting.sum_of_squares import windowed
from ..weighting.weights import LAWS

Window = tuple[float, float]
# Laws of the data alone, tried where nothing else is asked for; "structure" may be among them.
WEIGHTS = tuple(LAWS)
STRUCTURE = "structure"
DECADE = 10.0
# How many times longer or shorter the time constant of the same arc may be.
FAR = 30.0
# Share of the sum below which a part of a split arc may be anywhere.
MATTERS = 0.01


@dataclass(frozen=True)
class Variant:
    """A circuit to evaluate by.

    Attributes
    ----------
    words : str
        What it changes.
    circuit : str
    resistors : tuple of str
        Those that together are the arc in question.
    fixed : tuple of (str, float)
        Parameters that are held.
    start : tuple of (str, float)
        Where the fit begins: from the reference, so that the arcs keep their places.
    slowest : bool
        Whether only the slowest of the resistors is the arc in question, not their sum.
    """

    words: str
    circuit: str
    resistors: tuple[str, ...]
    fixed: tuple[tuple[str, float], ...] = ()
    start: tuple[tuple[str, float], ...] = ()
    slowest: bool = False


@dataclass(frozen=True)
class Reference:
    """The fit that says which arc is meant.

    Attributes
    ----------
    fitted : CircuitFit
    arc : str
        Resistor of the arc, such as ``R2``.
    log_times : ndarray
        ln of the time constants (s) of all its arcs.
    position : int
        Of the arc among them.
    high_frequency_error : float
        Of the instrument, for evaluations under the error structure.
    """

    fitted: CircuitFit = field(repr=False)
    arc: str
    log_times: FloatArray
    position: int
    high_frequency_error: float = 0.0

    @property
    def start(self) -> dict[str, float]:
        """Its parameters by name."""
        values = (float(value) for value in self.fitted.estimates)
        return dict(zip(self.fitted.circuit.names, values, strict=True))

    def stated(self, weight: str) -> float:
        """Return the error of the instrument that goes with a weight law."""
        return self.high_frequency_error if weight == STRUCTURE else 0.0

    @classmethod
    def of(
        cls,
        spectrum: Spectrum,
        circuit: str,
        arc: str,
        weights: Sequence[str] = WEIGHTS,
        high_frequency_error: float = 0.0,
    ) -> Reference:
        """Fit a circuit and point at one arc of it.

        The weights are modulus, or the error structure where it is among ``weights``: it is asked
        for where the laws of the data alone are known to mislead.

        Raises
        ------
        FitError
            If no arc of the circuit has this resistor, or the weights are none.
        """
        weight = _reference_weight(weights, high_frequency_error)
        fitted = fit_circuit(
            spectrum, circuit, weight=weight, high_frequency_error=high_frequency_error
        )
        resistors = _resistors(fitted)
        if arc not in resistors:
            raise FitError(
                f"{arc} is the resistor of no arc of {fitted.circuit.text}; the arcs have "
                f"{', '.join(resistors) or 'none'}"
            )
        position = resistors.index(arc)
        return cls(fitted, arc, log_times(fitted), position, high_frequency_error)


def _reference_weight(weights: Sequence[str], high_frequency_error: float) -> str:
    """Return the weights of the reference fit, and refuse laws that are none."""
    known = (*WEIGHTS, STRUCTURE)
    if isinstance(weights, str) or not weights or not set(weights) <= set(known):
        raise FitError(
            f"weights = {weights!r} is no list of weight laws; take some of {', '.join(known)}"
        )
    weight = STRUCTURE if STRUCTURE in weights else "modulus"
    require_stated(high_frequency_error, weight)
    return weight


@dataclass(frozen=True)
class Estimate:
    """What one evaluation gave: ln of the resistance (ohm), its variance, and how well it fits.

    Attributes
    ----------
    criterion : float
        AICc of the spectrum under the weight law.
    df_resid : float
    rms : float
        Root mean square of (Z - model)/|Z| over both parts.
    """

    log_resistance: float
    log_variance: float
    criterion: float
    df_resid: float
    rms: float


def log_times(fitted: CircuitFit) -> FloatArray:
    """Return ln of the time constant (s) of every arc, (R Q)^(1/n), in the order of the circuit."""
    times = []
    for arc in find_arcs(fitted.circuit):
        n = 1.0 if arc.n is None else float(fitted.estimates[arc.n])
        times.append(np.log(fitted.estimates[arc.r] * fitted.estimates[arc.q]) / max(n, 1e-3))
    return np.array(times)


def _resistors(fitted: CircuitFit) -> list[str]:
    return [fitted.circuit.names[a.r] for a in find_arcs(fitted.circuit)]


def variants(reference: Reference) -> tuple[Variant, ...]:
    """Return the circuits that an evaluator may defend: exponent free or 1, one arc more or fewer.

    One arc more splits the arc in question in two; both are the contact, or the slower one alone,
    where the faster is taken for grain boundaries and the data support two. One fewer takes another
    arc as a resistor, as is done where it has left the window.
    """
    fitted = reference.fitted
    circuit, own = fitted.circuit, (reference.arc,)
    arcs = find_arcs(circuit)
    values = reference.start
    found = [Variant("as given", circuit.text, own, (), tuple(values.items()))]
    arc = arcs[reference.position]
    if arc.n is not None:
        held = circuit.names[arc.n]
        start = tuple((values | {held: 1.0}).items())
        found.append(Variant("exponent 1", circuit.text, own, ((held, 1.0),), start))
    split = _split(reference, values)
    found += [split, replace(split, words="slower part of the split", slowest=True)]
    for k in range(len(arcs)):
        if k != reference.position:
            found.append(_merged(reference, k, values))
    return tuple(found)


def _split(reference: Reference, values: dict[str, float]) -> Variant:
    """Two arcs in the place of one, each with half of it and a time constant three times away."""
    circuit = reference.fitted.circuit
    arc = find_arcs(circuit)[reference.position]
    digits = [int("".join(filter(str.isdigit, p.label)) or 0) for p in circuit.parameters]
    new = 1 + max(digits)
    n = 1.0 if arc.n is None else values[circuit.names[arc.n]]
    half = values[reference.arc] / 2
    time = float(np.exp(reference.log_times[reference.position]))
    written = _written(circuit, reference.position)
    start = values | {
        reference.arc: half,
        circuit.names[arc.q]: (time / 3) ** n / half,
        f"R{new}": half,
        f"CPE{new}_Q": (time * 3) ** n / half,
        f"CPE{new}_n": n,
    }
    text = circuit.text.replace(written, f"{written}-p(R{new},CPE{new})")
    resistors = (reference.arc, f"R{new}")
    return Variant("arc split in two", text, resistors, (), tuple(start.items()))


def _merged(reference: Reference, k: int, values: dict[str, float]) -> Variant:
    """Another arc as a resistor, added to one in series where there is one."""
    circuit = reference.fitted.circuit
    arc = find_arcs(circuit)[k]
    name, written = circuit.names[arc.r], _written(circuit, k)
    beside = in_series(circuit)
    plain = [term.label for term in beside if isinstance(term, Leaf) and term.element is R]
    start = dict(values)
    for position in (arc.q, arc.n):
        if position is not None:
            del start[circuit.names[position]]
    if plain and written in map(dashed, beside):
        text = circuit.text.replace(f"-{written}", "").replace(f"{written}-", "")
        start[plain[0]] += start.pop(name)
    else:
        text = circuit.text.replace(written, name)
    words = f"{name} without its arc"
    return Variant(words, text, (reference.arc,), (), tuple(start.items()))


def in_series(circuit: Circuit) -> tuple[Node, ...]:
    """Return what is in series in a circuit, shunts such as a stray capacitance taken out."""
    tree, _ = without_shunts(circuit.root)
    return tree.children if isinstance(tree, Series) else (tree,)


def windows(spectrum: Spectrum) -> tuple[Window | None, ...]:
    """Return all frequencies, without the highest decade, and without the lowest."""
    low, high = float(spectrum.frequency_hz.min()), float(spectrum.frequency_hz.max())
    if high / low < DECADE**3:
        return (None,)
    return (None, (low, high / DECADE), (low * DECADE, high))


def window_words(window: Window | None) -> str:
    """Write a window as ``all`` or ``low to high Hz``."""
    return "all" if window is None else f"{window[0]:.3g} to {window[1]:.3g} Hz"


def estimate(
    spectrum: Spectrum,
    reference: Reference,
    variant: Variant,
    window: Window | None = None,
    weight: str = "modulus",
) -> Estimate:
    """Evaluate the arc of ``reference`` by one variant.

    Raises
    ------
    FitError
        If the fit cannot be done, its arc went to another time constant, or a part of a split is
        asked for where AICc does not prefer the split.
    """
    inside = windowed(spectrum, window)
    start = dict(variant.start)
    fitted = fit_circuit(
        inside,
        variant.circuit,
        weight=weight,
        high_frequency_error=reference.stated(weight),
        fix=dict(variant.fixed),
        start=start or None,
        starts=1 if start else None,
    )
    resistors = variant.resistors
    if variant.slowest:
        whole = fit_circuit(
            inside,
            reference.fitted.circuit,
            weight=weight,
            high_frequency_error=reference.stated(weight),
            start=reference.start,
            starts=1,
        )
        if aicc_of(whole) <= aicc_of(fitted):
            raise FitError(f"the data do not support two arcs in the place of {reference.arc}")
        times = dict(zip(_resistors(fitted), log_times(fitted), strict=True))
        resistors = (max(resistors, key=times.__getitem__),)
    return estimate_of(fitted, reference, resistors)


@dataclass(frozen=True)
class EvaluatedVariant:
    """One variant in one window under one weight law; ``reason`` says why it gave nothing."""

    variant: Variant
    window: Window | None
    weight_law: str
    found: Estimate | None
    reason: str = ""


def evaluate_all(
    spectrum: Spectrum,
    reference: Reference,
    tried: Iterable[Variant],
    in_windows: Sequence[Window | None],
    weights: Sequence[str],
) -> list[EvaluatedVariant]:
    """Evaluate the arc of ``reference`` by every variant, in every window, under every law."""
    done = []
    for variant, window, weight in product(tried, in_windows, weights):
        try:
            found, reason = estimate(spectrum, reference, variant, window, weight), ""
        except EisError as error:
            found, reason = None, str(error)
        done.append(EvaluatedVariant(variant, window, weight, found, reason))
    return done


def estimate_of(fitted: CircuitFit, reference: Reference, resistors: Sequence[str]) -> Estimate:
    """Return the estimate of the arc of ``reference`` by a fit, the sum of some of its resistors.

    Raises
    ------
    FitError
        If a resistor that matters to the sum is not an arc near the time constant of the arc in
        question: it then stands for another process. If the sum has no finite standard error.
    """
    rows = [fitted.circuit.names.index(name) for name in resistors]
    times = {a.r: t for a, t in zip(find_arcs(fitted.circuit), log_times(fitted), strict=True)}
    total = float(fitted.estimates[rows].sum())
    wanted = float(reference.log_times[reference.position])
    for row in rows:
        if fitted.estimates[row] > MATTERS * total and abs(times[row] - wanted) > np.log(FAR):
            raise FitError(
                f"{fitted.circuit.names[row]} of {fitted.circuit.text} went to a time constant of "
                f"{np.exp(times[row]):.2g} s; that of {reference.arc} is {np.exp(wanted):.2g} s"
            )
    parts = fitted.estimates[rows]
    gradient = np.zeros(fitted.estimates.size)
    gradient[rows] = parts / parts.sum()
    # A part that is gone has a flat direction, whose variance may be beyond all numbers.
    with np.errstate(all="ignore"):
        variance = float(gradient @ fitted.log_covariance @ gradient)
    if not np.isfinite(variance):
        raise FitError(f"{' + '.join(resistors)} has no finite standard error")
    relative = np.abs(fitted.resid) / np.abs(fitted.spectrum.impedance_ohm)
    return Estimate(
        log_resistance=float(np.log(parts.sum())),
        log_variance=variance,
        criterion=aicc_of(fitted),
        df_resid=fitted.df_resid,
        rms=float(np.sqrt(np.mean(relative**2) / 2)),
    )


def aicc_of(fitted: CircuitFit) -> float:
    """Akaike's criterion for few data, comparable between weight laws too.

    The variance counts as a parameter, and what else of the law of the errors was read off. The
    data must be the same, so windows cannot be compared by it.
    """
    k, law = len(fitted.model.free) + 1, fitted.structure
    if law is not None:
        k += 1 + (law.rise > 0) + (law.bend > 0)
    return aicc(fitted.llf, fitted.nobs, k)


def _written(circuit: Circuit, position: int) -> str:
    """Return an arc as the circuit's text writes it."""
    arc = find_arcs(circuit)[position]
    r, q = circuit.parameters[arc.r].label, circuit.parameters[arc.q].label
    for text in (f"p({r},{q})", f"p({q},{r})"):
        if text in circuit.text:
            return text
    raise FitError(f"the arc of {r} in {circuit.text} is not a resistor beside one other element")
