"""Propose a circuit from the data, with the reason and the candidates it was chosen from.

Candidates are series of R, arcs R || CPE, a tail and lead inductance (``shapes``). Relaxation
times, the phase at low frequency and the sign of Im Z at high frequency give the first, a search
(``model_selection``) leads from neighbour to neighbour, and those that come near the best are
fitted with the full search. Of circuits as good as the best the one with the fewest parameters that
the spectrum does not determine is proposed, and the others are named. What an arc is (bulk, grain
boundary, interface) is not said here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..errors import FitError
from ..fits.fitting import fit_circuit
from ..fits.identifiability import undetermined
from ..fits.options import require_loss
from ..fits.proposed import Proposal, Tried
from ..fits.result import CircuitFit
from ..numerics.criteria import aicc, log_likelihood
from ..spectrum import Spectrum
from ..validation.drt import RelaxationTimes, relaxation_times
from ..weighting.copies import without_copies
from ..weighting.residual_tests import MISSES, OUTLIER, in_waves, stands_out
from .model_selection import CandidateCircuit, CircuitSearch
from .shapes import MOST_ARCS, TAILS, Parts, Shape

# Differences in BIC below this do not pay for a parameter that cannot be had: circuits within it
# are called as good as the best (6 is "strong" evidence: Kass and Raftery 1995, J. Am. Stat. Assoc.
# 90, 773). Those further away than the second may still gain by a step.
AS_GOOD, _FAR = 6.0, 40.0
# Circuits near the best that the full search may take.
_FINALISTS = 4
# At most so often the best found by the full search is followed on.
_ROUNDS = 6
# Points at different frequencies.
_FEWEST = 10
# Robust standard deviations of a residual over |Z| that show an artefact; fewer do where all
# others are missed, which widens the measure.
_FAR_OUT = 10.0
# Factor in the misfit of all other points that shows that outliers have decided.
_PULLED = 1.5
# Degrees of the phase at the lowest frequencies that suggest a tail.
_TAIL_PHASE = 20.0


def propose_circuit(
    spectrum: Spectrum,
    *,
    weight: str | npt.ArrayLike = "modulus",
    loss: str | None = None,
    high_frequency_error: float = 0.0,
) -> CircuitFit:
    """Fit the circuit that the data suggest; the result's ``proposal`` says why.

    All candidates are compared under the same weights. Where these are read off residuals (weight
    "structure", or a loss), they are those of the circuit that is proposed without.

    Without a loss squares are tried first. Where points are far from a circuit that leaves
    waves in the rest, Huber's loss is tried too, and taken for choice and fit if the rest is then
    met much better: by squares the points that stand out have decided.

    Raises
    ------
    FitError
        If the spectrum has fewer than ten points, or an option is not one of those named.
    """
    given = len(spectrum)
    spectrum, kept = without_copies(spectrum)
    if kept.size < given and not isinstance(weight, str) and np.shape(weight) == (given,):
        weight = np.asarray(weight)[kept]
    points = np.unique(spectrum.frequency_hz).size
    if points < _FEWEST:
        raise FitError(
            f"the spectrum has {points} points; a circuit can be proposed from {_FEWEST} on, so "
            "name one yourself, as in fit_circuit(spectrum, 'R0-p(R1,CPE1)')"
        )
    if loss is None:
        return _undisturbed(spectrum, weight, high_frequency_error)
    require_loss(loss)
    from_residuals = isinstance(weight, str) and weight == "structure"
    if not (from_residuals or loss != "linear"):
        return _proposed(spectrum, weight)

    def fitted(circuit: str) -> CircuitFit:
        stated = high_frequency_error
        return fit_circuit(spectrum, circuit, weight=weight, loss=loss, high_frequency_error=stated)

    plain = _proposed(spectrum, "modulus" if from_residuals else weight)
    law = fitted(plain.circuit.text)
    found = _proposed(spectrum, (1 / law.weights).view(np.complex128))
    same = law.circuit.text == found.circuit.text
    last = law if same else fitted(found.circuit.text)
    return replace(last, proposal=found.proposal)


def _undisturbed(
    spectrum: Spectrum, weight: str | npt.ArrayLike, high_frequency_error: float
) -> CircuitFit:
    """Propose by squares, or by Huber's loss where points that stand out decide by squares."""

    def proposed(loss: str) -> CircuitFit:
        stated = high_frequency_error
        return propose_circuit(spectrum, weight=weight, loss=loss, high_frequency_error=stated)

    found = proposed("linear")
    size = np.abs(found.resid) / (np.sqrt(2) * np.abs(spectrum.impedance_ohm))
    far = _FAR_OUT if found.misfit < MISSES else OUTLIER
    if not (stands_out(size, far).any() and in_waves(found.runs_test)):
        return found
    robust = proposed("huber")
    if robust.misfit * _PULLED > found.misfit or robust.proposal is None:
        return found
    at = ", ".join(f"{f:.4g} Hz" for f in spectrum.frequency_hz[robust.outliers])
    reason = (
        f"{robust.proposal.reason}; chosen and fitted with Huber's loss, because by squares "
        f"points that stand out decide (kept, with less weight: {at})"
    )
    return replace(robust, proposal=replace(robust.proposal, reason=reason))


def _proposed(spectrum: Spectrum, weight: str | npt.ArrayLike) -> CircuitFit:
    """Propose under given weights."""
    times = relaxation_times(spectrum)
    tried = CircuitSearch(spectrum, weight)
    smallest = Shape(1, "", _inductive(spectrum))
    for shape in (_first(spectrum, times), smallest):
        tried.add(shape, [_read_off(shape, spectrum, times)])
    tried.add_arcs(tried.candidates[smallest])
    _searched(tried)
    if "R0" in undetermined(tried.fits[tried.best.shape]):
        for candidate in tried.near(_FAR):
            tried.add_from(candidate, replace(candidate.shape, resistance=False))
        _searched(tried)
    near = [candidate.shape for candidate in tried.near(AS_GOOD) if candidate.shape in tried.fits]
    lost = {shape: undetermined(tried.fits[shape]) for shape in near}
    chosen = min(near, key=lambda s: (len(lost[s]), tried.candidates[s].criterion))
    reason = f"{_seen(spectrum, times)}; {_verdict(tried, chosen, lost)}"
    return replace(tried.fits[chosen], proposal=Proposal(reason, _table(tried, lost)))


def _searched(tried: CircuitSearch) -> None:
    """Follow the best, look around those as good, and give these the full search, until all rests.

    Where the best leaves waves in its residuals, a race may have missed how another tail would
    share the arcs: it gets the full search too.
    """
    for _ in range(_ROUNDS):
        tried.improve(tried.best)
        for candidate in tried.near(AS_GOOD):
            for shape in candidate.shape.neighbours():
                if shape.size <= candidate.shape.size:
                    tried.add_from(candidate, shape)
        best, *others = [candidate.shape for candidate in tried.near(AS_GOOD)]
        # The smaller of circuits as good is the one that may be proposed.
        others.sort(key=lambda shape: shape.size)
        wanted = [best, *others[:_FINALISTS]]
        if best.resistance and best in tried.fits and not tried.fits[best].search.settled:
            wanted += [replace(best, tail=tail) for tail in TAILS]
        new = [s for s in wanted if s in tried.candidates and s not in tried.fits]
        if not new:
            return
        for shape in new:
            tried.finish(shape)


def _first(spectrum: Spectrum, times: RelaxationTimes) -> Shape:
    """Read the first candidate off relaxation times, phase at the bottom and sign at the top."""
    arcs = min(max(len(times.arcs), 1), MOST_ARCS)
    tail = "CPE" if abs(_low_phase(spectrum)) > _TAIL_PHASE else ""
    return Shape(arcs, tail, _inductive(spectrum))


def _read_off(shape: Shape, spectrum: Spectrum, times: RelaxationTimes) -> Parts:
    """Parameters of the first candidate as the relaxation times have them."""
    return Parts.guessed(
        shape,
        spectrum,
        times.resistance,
        [(peak.tau, peak.area) for peak in sorted(times.arcs, key=lambda p: -p.area)],
    )


def _low_phase(spectrum: Spectrum) -> float:
    """Phase in degrees of the three lowest frequencies."""
    lowest = np.argsort(spectrum.frequency_hz)[:3]
    return float(np.degrees(np.median(np.angle(spectrum.impedance_ohm[lowest]))))


def _inductive(spectrum: Spectrum) -> bool:
    top = np.argsort(spectrum.frequency_hz)[-3:]
    return bool(np.median(spectrum.impedance_ohm[top].imag) > 0)


def _seen(spectrum: Spectrum, times: RelaxationTimes) -> str:
    peaks = ", ".join(f"{peak.tau:.2g} s" for peak in times.arcs) or "none"
    sign = "> 0" if _inductive(spectrum) else "< 0"
    return (
        f"relaxation times peak at {peaks}; phase at the lowest frequencies "
        f"{_low_phase(spectrum):.0f} degrees; Im Z {sign} at the highest"
    )


def _verdict(tried: CircuitSearch, chosen: Shape, lost: dict[Shape, tuple[str, ...]]) -> str:
    """Say how the circuit compares with the others and what it leaves open."""

    def compared(candidate: CandidateCircuit) -> str:
        difference = candidate.criterion - tried.candidates[chosen].criterion
        return f"{candidate.shape.words} ({difference:+.1f})"

    said = [f"of {len(tried.candidates)} circuits tried, {chosen.words}"]
    near = tried.near(AS_GOOD)
    equals = [
        candidate for candidate in near if candidate.shape in lost and candidate.shape != chosen
    ]
    if equals:
        said.append(f"as good by BIC: {', or '.join(compared(candidate) for candidate in equals)}")
    further = [candidate for candidate in tried.near(np.inf) if candidate not in near]
    if further:
        said.append(f"next by BIC: {compared(further[0])}")
    if lost[chosen]:
        said.append(f"not determined or at a limit: {', '.join(lost[chosen])}")
    return "; ".join(said)


def _table(tried: CircuitSearch, lost: dict[Shape, tuple[str, ...]]) -> tuple[Tried, ...]:
    ranked = sorted(tried.candidates.values(), key=lambda candidate: candidate.criterion)
    akaike = [
        aicc(log_likelihood(one.chi2, tried.numbers), tried.numbers, one.shape.size + 1)
        for one in ranked
    ]
    return tuple(
        Tried(
            circuit=candidate.shape.circuit,
            words=candidate.shape.words,
            parameters=candidate.shape.size,
            bic_difference=candidate.criterion - ranked[0].criterion,
            aicc_difference=value - min(akaike),
            searched=candidate.shape in tried.fits,
            lost=lost.get(candidate.shape),
        )
        for candidate, value in zip(ranked, akaike, strict=True)
    )
