"""Propose a circuit from the data, with the reason and the candidates it was chosen from.

Candidates are series of R, arcs R || CPE, a tail and lead inductance: what relaxation times, the
phase at low frequency and the sign of Im Z at high frequency suggest, and its neighbours. R is
left out where the best of them cannot tell it from another element. The smallest Bayesian
information criterion wins (Schwarz 1978, Ann. Stat. 6, 461), unless another circuit is nearly as
good and has fewer parameters that the spectrum does not determine. What an arc is (bulk, grain
boundary, interface) is not said here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .drt import RelaxationTimes, relaxation_times
from .errors import FitError
from .fitting import fit
from .result import CircuitFit
from .spectrum import Spectrum

MOST_ARCS = 4
# BIC differences below this do not pay for a parameter that cannot be had.
_NEARLY = 6.0
TAILS = ("", "CPE", "Wo", "Ws")


@dataclass(frozen=True)
class Shape:
    """A candidate: number of arcs, tail element (or none), series inductance and resistance."""

    arcs: int
    tail: str
    inductance: bool
    resistance: bool = True

    @property
    def circuit(self) -> str:
        """The candidate as a circuit."""
        parts = ["L0"] if self.inductance else []
        if self.resistance:
            parts.append("R0")
        parts += [f"p(R{k},CPE{k})" for k in range(1, self.arcs + 1)]
        if self.tail:
            parts.append(f"{self.tail}{self.arcs + 1}")
        return "-".join(parts)

    @property
    def size(self) -> int:
        """Number of parameters, at most."""
        return self.resistance + 3 * self.arcs + 2 * bool(self.tail) + self.inductance


@dataclass(frozen=True)
class Proposal:
    """Why a circuit was proposed.

    Attributes
    ----------
    reason : str
        What was seen in the data, and how far the next candidate is away.
    candidates : tuple of (str, float, bool)
        Every circuit tried with its BIC and whether all its parameters are determined, best BIC
        first.
    """

    reason: str
    candidates: tuple[tuple[str, float, bool], ...]


def propose_circuit(
    spectrum: Spectrum,
    *,
    weight: str | npt.ArrayLike = "modulus",
    loss: str = "linear",
    high_frequency_error: float = 0.0,
) -> CircuitFit:
    """Fit the circuit that the data suggest; the result's ``proposal`` says why.

    The criterion compares circuits under one law of the errors. With ``weight="structure"`` each
    circuit would bring its own, so modulus weights choose and the chosen circuit is fitted again.

    Raises
    ------
    FitError
        If the spectrum has fewer than ten points.
    """
    if len(spectrum) < 10:
        raise FitError(
            f"the spectrum has {len(spectrum)} points; a circuit can be proposed from 10 on, so "
            "name one yourself, as in fit(spectrum, 'R0-p(R1,CPE1)')"
        )
    if isinstance(weight, str) and weight == "structure":
        proposed = propose_circuit(spectrum, loss=loss)
        found = fit(
            spectrum,
            proposed.circuit,
            weight=weight,
            loss=loss,
            high_frequency_error=high_frequency_error,
        )
        return replace(found, proposal=proposed.proposal)
    times = relaxation_times(spectrum)
    shape = _first(spectrum, times)
    tried: dict[Shape, CircuitFit] = {}

    def try_all(shapes: list[Shape]) -> None:
        for candidate in shapes:
            if candidate not in tried:
                if 0 < candidate.size < len(spectrum):
                    tried[candidate] = fit(spectrum, candidate.circuit, weight=weight, loss=loss)

    try_all([shape])
    for _ in range(6):
        best = min(tried, key=lambda s: tried[s].bic)
        before = len(tried)
        try_all(_neighbours(best))
        if len(tried) == before:
            break
    best = min(tried, key=lambda s: tried[s].bic)
    if _is_lost(tried[best], "R0"):
        try_all([replace(best, resistance=False)])
    chosen = _choose(tried)
    ranked = sorted(tried.values(), key=lambda f: f.bic)
    proposal = Proposal(
        _reason(spectrum, times, chosen, tried),
        tuple((f.circuit.text, f.bic, f.identifiable) for f in ranked),
    )
    return replace(tried[chosen], proposal=proposal)


def _first(spectrum: Spectrum, times: RelaxationTimes) -> Shape:
    """Read the first candidate off relaxation times, phase at the bottom and sign at the top."""
    arcs = min(max(len(times.arcs), 1), MOST_ARCS)
    tail = "CPE" if abs(_low_phase(spectrum)) > 20 else ""
    return Shape(arcs, tail, _inductive(spectrum))


def _low_phase(spectrum: Spectrum) -> float:
    """Phase in degrees of the three lowest frequencies."""
    lowest = np.argsort(spectrum.frequency_hz)[:3]
    return float(np.degrees(np.median(np.angle(spectrum.impedance_ohm[lowest]))))


def _inductive(spectrum: Spectrum) -> bool:
    top = np.argsort(spectrum.frequency_hz)[-3:]
    return bool(np.median(spectrum.impedance_ohm[top].imag) > 0)


def _neighbours(shape: Shape) -> list[Shape]:
    """One arc more or less, another tail, inductance the other way."""
    near = [replace(shape, arcs=k) for k in (shape.arcs - 1, shape.arcs + 1) if 0 <= k <= MOST_ARCS]
    near += [replace(shape, tail=tail) for tail in TAILS if tail != shape.tail]
    near.append(replace(shape, inductance=not shape.inductance))
    return near


def _lost(candidate: CircuitFit) -> int:
    """Count the parameters that the spectrum does not determine."""
    return sum(_is_lost(candidate, name) for name in candidate.identifiability)


def _is_lost(candidate: CircuitFit, name: str) -> bool:
    return candidate.identifiability.get(name) in ("not determined", "at its limit")


def _choose(tried: dict[Shape, CircuitFit]) -> Shape:
    lowest = min(f.bic for f in tried.values())
    near = [shape for shape, f in tried.items() if f.bic <= lowest + _NEARLY]
    return min(near, key=lambda s: (_lost(tried[s]), tried[s].bic))


def _reason(
    spectrum: Spectrum, times: RelaxationTimes, chosen: Shape, tried: dict[Shape, CircuitFit]
) -> str:
    seen = ", ".join(f"{peak.tau:.2g} s" for peak in times.arcs) or "none"
    parts = [
        f"relaxation times peak at {seen}",
        f"phase at the lowest frequencies {_low_phase(spectrum):.0f} degrees",
        "Im Z > 0 at the highest" if _inductive(spectrum) else "Im Z < 0 at the highest",
    ]
    others = [(f.bic, shape) for shape, f in tried.items() if shape != chosen]
    bic, runner_up = min(others, key=lambda item: item[0])
    difference = bic - tried[chosen].bic
    if difference >= 0:
        verdict = f"its BIC is {difference:.1f} below that of {runner_up.circuit}"
    else:
        verdict = (
            f"{runner_up.circuit} has a BIC lower by only {-difference:.1f} and leaves more "
            "parameters undetermined"
        )
    return f"{'; '.join(parts)}; of {len(tried)} circuits tried {verdict}"
