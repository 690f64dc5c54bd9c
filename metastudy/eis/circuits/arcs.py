"""Arcs of a circuit: every R || CPE and R || C, and which of them may change places."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from .circuit import Circuit
from .elements import CPE, C, R
from .notation import Leaf, Node, Parallel, Series


@dataclass(frozen=True)
class Arc:
    """Positions of R, Q (or C) and n (None for a capacitor) of one R || CPE."""

    r: int
    q: int
    n: int | None


def as_arc(node: Node, positions: Callable[[Leaf], list[int]]) -> Arc | None:
    """Recognise R || CPE or R || C."""
    if not isinstance(node, Parallel) or len(node.children) != 2:
        return None
    a, b = node.children
    if not (isinstance(a, Leaf) and isinstance(b, Leaf)):
        return None
    if b.element is R:
        a, b = b, a
    if a.element is not R or b.element not in (CPE, C):
        return None
    where = positions(b)
    return Arc(positions(a)[0], where[0], where[1] if len(where) > 1 else None)


def find_arcs(circuit: Circuit) -> tuple[Arc, ...]:
    """Every R || CPE and R || C of a circuit, in the order of the text."""
    found: list[Arc] = []

    def visit(node: Node) -> None:
        arc = as_arc(node, circuit.positions)
        if arc is not None:
            found.append(arc)
        elif not isinstance(node, Leaf):
            for child in node.children:
                visit(child)

    visit(circuit.root)
    return tuple(found)


def interchangeable_arcs(
    circuit: Circuit, arcs: Collection[Arc], constrained: Collection[str]
) -> tuple[tuple[Arc, ...], ...]:
    """Group unconstrained arcs of one kind in one series: their order has no meaning.

    Parameters
    ----------
    arcs
        Those that may change places.
    constrained
        Names of parameters that are fixed, tied or known beforehand: their arcs keep their place.
    """
    names = circuit.names
    groups: list[list[Arc]] = []

    def visit(node: Node) -> None:
        if isinstance(node, Leaf):
            return
        if isinstance(node, Series):
            found = [as_arc(child, circuit.positions) for child in node.children]
            alike = [
                arc
                for arc in found
                if arc is not None
                and arc in arcs
                and not any(names[i] in constrained for i in (arc.r, arc.q, arc.n) if i is not None)
            ]
            for with_n in (False, True):
                groups.append([arc for arc in alike if (arc.n is not None) == with_n])
        for child in node.children:
            visit(child)

    visit(circuit.root)
    return tuple(tuple(group) for group in groups if len(group) > 1)
