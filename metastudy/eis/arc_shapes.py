"""The arcs of a fit as shapes in the plane: where each begins on the real axis, and its line.

Processes in series follow each other from high to low frequency; each is drawn from where the ones
before it end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from .circuit import Circuit, node_impedance
from .elements import C, R
from .notation import Leaf, Node, Parallel, Series, leaves
from .spectrum import ComplexArray, FloatArray

# Far beyond any window, so that an arc is drawn whole.
_OMEGA = 2 * np.pi * np.logspace(-6, 12, 400)
# An impedance this near to the real axis at the lowest frequency has come back to it.
_CLOSED = 0.05


@dataclass(frozen=True)
class ArcShape:
    """One process: the name of its first resistor, and Re Z and -Im Z (ohm) of its line."""

    name: str
    x: FloatArray
    y: FloatArray


def arc_shapes(circuit: Circuit, parameters: Mapping[str, float]) -> list[ArcShape]:
    """Return every process in series that begins and ends on the real axis, fastest first.

    A capacitor beside a whole series of arcs (the stray capacitance of leads) is looked through:
    the arcs are those of the series behind it.
    """
    offset, closed = 0.0, []
    for node in _in_series(circuit.root):
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
        shapes.append(ArcShape(_name(node), offset + z.real, -z.imag))
        offset += float(z[0].real)
    return shapes


def _in_series(node: Node) -> Iterator[Node]:
    """Yield the parts in series, looking through a stray capacitance."""
    if isinstance(node, Series):
        for child in node.children:
            yield from _in_series(child)
        return
    behind = _behind_stray(node)
    if behind is None:
        yield node
    else:
        yield from _in_series(behind)


def _behind_stray(node: Node) -> Series | None:
    if not isinstance(node, Parallel) or len(node.children) != 2:
        return None
    series = [child for child in node.children if isinstance(child, Series)]
    stray = [child for child in node.children if isinstance(child, Leaf) and child.element is C]
    if not series or not stray:
        return None
    arcs = any(isinstance(child, Parallel) for child in series[0].children)
    return series[0] if arcs else None


def _name(node: Node) -> str:
    inside = leaves(node)
    return next((leaf.label for leaf in inside if leaf.element is R), inside[0].label)


def _apex(z: ComplexArray) -> float:
    return float(_OMEGA[int(np.argmax(-z.imag))])
