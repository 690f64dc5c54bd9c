"""The arcs of a circuit in the plane: where each begins on the real axis, and its line.

Processes in series follow each other from high to low frequency; each is drawn from where the ones
before it end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..circuits.circuit import Circuit, node_impedance
from ..circuits.elements import R
from ..circuits.notation import Leaf, Node, Parallel, Series, leaves
from ..optimise.shunts import without_shunts
from ..spectrum import ComplexArray, FloatArray

# Far beyond any window, so that an arc is drawn whole.
_OMEGA = 2 * np.pi * np.logspace(-6, 12, 400)
# An impedance this near to the real axis at the lowest frequency has come back to it.
_CLOSED = 0.05


@dataclass(frozen=True)
class ArcOutline:
    """One process: the name of its first resistor, and Re Z and -Im Z (ohm) of its line."""

    name: str
    x: FloatArray
    y: FloatArray


def outlines_of(circuit: Circuit, parameters: Mapping[str, float]) -> list[ArcOutline]:
    """Return every process in series that begins and ends on the real axis, fastest first.

    A shunt beside a whole series of arcs (the stray capacitance of leads) is looked through: the
    arcs are those of the series behind it.
    """
    offset, closed = 0.0, []
    for node in _in_series(circuit):
        if isinstance(node, Leaf) and node.element is R:
            offset += parameters[node.label]
            continue
        with np.errstate(all="ignore"):  # an element of the user's own may overflow out here
            z = node_impedance(node, _OMEGA, parameters)
        if not isinstance(node, Leaf) or len(node.element.parameters) > 1:
            end = complex(z[0])
            if np.isfinite(z).all() and end.real > 0 and abs(end.imag) < _CLOSED * end.real:
                closed.append((node, z))
    shapes = []
    for node, z in sorted(closed, key=lambda one: -_apex(one[1])):
        shapes.append(ArcOutline(_name(node), offset + z.real, -z.imag))
        offset += float(z[0].real)
    return shapes


def _in_series(circuit: Circuit) -> Iterator[Node]:
    """Yield the parts in series, looking through a stray capacitance or lead around arcs."""
    for term in circuit.terms:
        inner, _ = without_shunts(term)
        parts = inner.children if isinstance(inner, Series) else (inner,)
        arcs = any(isinstance(part, Parallel) for part in parts)
        # Without arcs behind it a capacitor is no stray: it belongs to R and W in p(R1-W1,C1).
        yield from parts if arcs else (term,)


def _name(node: Node) -> str:
    inside = leaves(node)
    return next((leaf.label for leaf in inside if leaf.element is R), inside[0].label)


def _apex(z: ComplexArray) -> float:
    return float(_OMEGA[int(np.argmax(-z.imag))])
