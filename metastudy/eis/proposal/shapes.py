"""Circuits that can be proposed: a series of L, R, arcs R || CPE and a tail, and their neighbours.

A neighbour differs by one arc, the tail, L, or an arc in the place of the tail. R is a part of
every cell: it is left out only where it cannot be had. What a fitted circuit says of a
neighbour's parameters is laid out here as starts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..circuits.circuit import Circuit
from ..optimise.starts import time_constants
from ..spectrum import FloatArray, Spectrum

MOST_ARCS = 4
TAILS = {
    "": "no tail",
    "CPE": "a constant-phase tail",
    "Wo": "an open Warburg",
    "Ws": "a short Warburg",
}
# An arc that is added: time constants per decade, exponents, size over |Z| at its apex.
_PER_DECADE, _EXPONENTS, _SIZE = 2.0, (0.75, 0.95), 0.1
# Part of its usual size from which R or L may grow again.
_GONE = 0.1
# Exponents of a constant-phase tail.
_TAIL_EXPONENTS = (0.5, 0.7, 0.85, 0.97)
# Two arcs in the place of one lie apart by this factor on each side of it.
_APART = 3.0
_NUMBERS = ("no arc", "one arc", "two arcs", "three arcs", "four arcs")

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Shape:
    """A circuit of the family: number of arcs, tail (or none), series inductance and resistance."""

    arcs: int
    tail: str
    inductance: bool
    resistance: bool = True

    @property
    def circuit(self) -> str:
        """The circuit in writing."""
        parts = ["L0"] if self.inductance else []
        if self.resistance:
            parts.append("R0")
        parts += [f"p(R{k},CPE{k})" for k in range(1, self.arcs + 1)]
        if self.tail:
            parts.append(f"{self.tail}{self.arcs + 1}")
        return "-".join(parts)

    @property
    def words(self) -> str:
        """The circuit in words, such as ``one arc and an open Warburg``."""
        parts = [_NUMBERS[self.arcs]]
        if self.tail:
            parts.append(TAILS[self.tail])
        if self.inductance:
            parts.append("inductance")
        said = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
        return said if self.resistance else f"{said} without R0"

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.resistance + 3 * self.arcs + 2 * bool(self.tail) + self.inductance

    def neighbours(self) -> list[Shape]:
        """Circuits one step away, the likely ones first; R is added, never left out."""
        tails = [tail for tail in TAILS if tail != self.tail]
        near = [replace(self, arcs=self.arcs + 1)]
        near += [replace(self, tail=tail) for tail in tails]
        near.append(replace(self, arcs=self.arcs - 1))
        if self.tail:
            near.append(replace(self, arcs=self.arcs + 1, tail=""))
        else:
            near += [replace(self, arcs=self.arcs - 1, tail=tail) for tail in tails]
        near.append(replace(self, inductance=not self.inductance))
        if not self.resistance:
            near.append(replace(self, resistance=True))
        return [shape for shape in near if 0 <= shape.arcs <= MOST_ARCS and shape.size]


@dataclass(frozen=True)
class Parts:
    """Parameters of a shape by its parts: L (H), R (ohm), arcs (R, Q, n), the tail's two."""

    inductance: float | None
    resistance: float | None
    arcs: tuple[Triple, ...]
    tail: tuple[float, float] | None

    @classmethod
    def of(cls, shape: Shape, values: FloatArray) -> Parts:
        """Take the circuit's parameters (p,) apart."""
        rest = values.tolist()
        inductance = rest.pop(0) if shape.inductance else None
        resistance = rest.pop(0) if shape.resistance else None
        arcs = tuple((rest[k], rest[k + 1], rest[k + 2]) for k in range(0, 3 * shape.arcs, 3))
        tail = (rest[-2], rest[-1]) if shape.tail else None
        return cls(inductance, resistance, arcs, tail)

    @classmethod
    def guessed(
        cls,
        shape: Shape,
        spectrum: Spectrum,
        resistance: float,
        peaks: list[tuple[float, float]],
    ) -> Parts:
        """Guess a shape's parameters from R (ohm) and peaks (tau in s, ohm), the largest first."""
        tau = time_constants(spectrum.omega, _PER_DECADE, beyond=0.0)
        largest = float(np.abs(spectrum.impedance_ohm).max())
        filled = [*peaks, *((t, _SIZE * largest) for t in tau.tolist())][: shape.arcs]
        return cls(
            _lead(spectrum) if shape.inductance else None,
            max(resistance, _least(spectrum)) if shape.resistance else None,
            tuple(_arc(r, t, _EXPONENTS[0]) for t, r in filled),
            _tails(shape.tail, spectrum)[-1],
        )

    def revived(self, spectrum: Spectrum) -> Parts:
        """Give back a size to R and L that had gone to nothing: another circuit may need them."""
        r, inductance = self.resistance, self.inductance
        return replace(
            self,
            resistance=None if r is None else max(r, _GONE * _least(spectrum)),
            inductance=None if inductance is None else max(inductance, _GONE * _lead(spectrum)),
        )

    @property
    def values(self) -> list[float]:
        """Parameters in the circuit's order, arcs by rising time constant."""
        out = [value for value in (self.inductance, self.resistance) if value is not None]
        for arc in sorted(self.arcs, key=_tau):
            out += arc
        return [*out, *(self.tail or ())]


def starts(shape: Shape, near: Shape, parts: Parts, spectrum: Spectrum) -> list[Parts]:
    """Lay out starts for ``shape`` from the parameters of its neighbour ``near``."""
    found = [parts.revived(spectrum)]
    if shape.resistance != near.resistance:
        found = [
            replace(p, resistance=_least(spectrum) if shape.resistance else None) for p in found
        ]
    if shape.inductance != near.inductance:
        found = [
            replace(p, inductance=_lead(spectrum) if shape.inductance else None) for p in found
        ]
    if shape.tail != near.tail:
        tails = _tails(shape.tail, spectrum)
        found = [replace(p, tail=tail) for p in found for tail in tails]
    if shape.arcs > near.arcs:
        found = [replace(p, arcs=arcs) for p in found for arcs in _more(p.arcs, spectrum)]
    elif shape.arcs < near.arcs:
        found = [replace(p, arcs=arcs) for p in found for arcs in _fewer(p.arcs)]
    return found


def _tau(arc: Triple) -> float:
    r, q, n = arc
    return float((r * q) ** (1 / max(n, 0.1)))


def _arc(r: float, tau: float, n: float) -> Triple:
    return r, tau**n / r, n


def _more(arcs: tuple[Triple, ...], spectrum: Spectrum) -> list[tuple[Triple, ...]]:
    """Add an arc anywhere in the window, or put two in the place of one."""
    order = np.argsort(spectrum.omega)
    omega, size = spectrum.omega[order], np.abs(spectrum.impedance_ohm[order])
    found = []
    for tau in time_constants(omega, _PER_DECADE, beyond=0.5).tolist():
        r = _SIZE * float(np.interp(np.log(1 / tau), np.log(omega), size))
        found += [(*arcs, _arc(r, tau, n)) for n in _EXPONENTS]
    for k, (r, q, n) in enumerate(arcs):
        tau, wider = _tau((r, q, n)), min(n + 0.1, 1.0)
        pair = (_arc(r / 2, tau / _APART, wider), _arc(r / 2, tau * _APART, wider))
        found.append((*arcs[:k], *pair, *arcs[k + 1 :]))
    return found


def _fewer(arcs: tuple[Triple, ...]) -> list[tuple[Triple, ...]]:
    """Leave one arc out, or put one in the place of two neighbours."""
    arcs = tuple(sorted(arcs, key=_tau))
    found = [(*arcs[:k], *arcs[k + 1 :]) for k in range(len(arcs))]
    for k, (one, other) in enumerate(pairwise(arcs)):
        r = one[0] + other[0]
        n = max(min(one[2], other[2]) - 0.1, 0.4)
        merged = _arc(r, float(np.sqrt(_tau(one) * _tau(other))), n)
        found.append((*arcs[:k], merged, *arcs[k + 2 :]))
    return found


def _tails(tail: str, spectrum: Spectrum) -> list[tuple[float, float] | None]:
    """Parameters of a tail: CPE with Q and n; Warburg with R and a time constant in the window."""
    lowest = int(np.argmin(spectrum.omega))
    omega, size = float(spectrum.omega[lowest]), float(np.abs(spectrum.impedance_ohm[lowest]))
    if not tail:
        return [None]
    if tail == "CPE":
        return [(1 / (_SIZE * size * omega**n), n) for n in _TAIL_EXPONENTS]
    element = Circuit(tail)
    lowest_hz = spectrum.frequency_hz[[lowest]]
    found: list[tuple[float, float] | None] = []
    for tau in time_constants(spectrum.omega, _PER_DECADE, beyond=0.5).tolist():
        unit = abs(complex(element.impedance(lowest_hz, [1.0, tau])[0]))
        found.append((_SIZE * size / unit, tau))
    return found


def _lead(spectrum: Spectrum) -> float:
    """Inductance (H) that a lead may have: part of |Z| at the highest frequency."""
    highest = int(np.argmax(spectrum.omega))
    return float(_SIZE * np.abs(spectrum.impedance_ohm[highest]) / spectrum.omega[highest])


def _least(spectrum: Spectrum) -> float:
    """Resistance (ohm) that R may have: part of the smallest |Z|."""
    return float(_SIZE * np.abs(spectrum.impedance_ohm).min())
