"""Which arc may be which part of the cell, if the order of the parts is known.

Whoever says that the grain boundary is faster than the contact says two things: each has an arc of
its own, and the relaxation times R C of these arcs rise in that order. All ways to give the stated
parts to arcs so are tried; a name that occurs in none of them is ruled out. An order that leaves
out a grain boundary says nothing of it: the arc of a contact may hold it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from .evidence import ArcEvidence, ArcOrder

if TYPE_CHECKING:
    from .candidates import Candidate, MeasuredArc

_WORDS = {"for": "agrees", "against": "ruled out", "neither": "possible"}


def apply_order(
    order: ArcOrder,
    candidates: Sequence[Candidate],
    possible: Mapping[MeasuredArc, Sequence[Candidate]],
) -> dict[MeasuredArc, list[ArcEvidence]]:
    """Return what a stated order says about the names that are possible for each arc.

    ``candidates`` are all parts of the cell, ``possible`` those that other evidence left an arc.
    Where no arcs fit the order, every arc that might have been one of its parts loses all names:
    a statement that is wrong must not name an arc by what it rules out.
    """
    arcs = sorted(possible, key=relaxation_s)
    names = {arc: {candidate.name for candidate in possible[arc]} for arc in arcs}
    ways = [
        chosen
        for chosen in combinations(arcs, len(order.parts))
        if all(part in names[arc] for arc, part in zip(chosen, order.parts, strict=True))
    ]
    if not ways:
        concerned = [arc for arc in arcs if names[arc] & set(order.parts)]
        return {arc: _nothing_fits(order, arc, arcs, possible[arc]) for arc in concerned}
    boundaries = {c.name for c in candidates if c.kind == "grain boundary"}
    silent = boundaries - set(order.parts)
    found = {}
    for arc in arcs:
        stay = [n for n in names[arc] if n in silent or _fits(n, arc, order, ways)]
        tells = not silent and (len(stay) == 1 or len(stay) < len(names[arc]))
        says = dict.fromkeys(stay, "for" if tells else "neither")
        found[arc] = [
            _evidence(order, arc, arcs, c.name, says.get(c.name, "against")) for c in possible[arc]
        ]
    return found


def relaxation_s(arc: MeasuredArc) -> float:
    """Relaxation time R C of an arc in s."""
    return arc.resistance_ohm * arc.capacitance_f


def _fits(
    name: str, arc: MeasuredArc, order: ArcOrder, ways: Sequence[tuple[MeasuredArc, ...]]
) -> bool:
    """Whether some way gives the name to the arc, or leaves the arc to an unstated name."""
    if name in order.parts:
        place = order.parts.index(name)
        return any(chosen[place] == arc for chosen in ways)
    return any(arc not in chosen for chosen in ways)


def _nothing_fits(
    order: ArcOrder,
    arc: MeasuredArc,
    arcs: Sequence[MeasuredArc],
    candidates: Sequence[Candidate],
) -> list[ArcEvidence]:
    times = ", ".join(f"{one.name} {relaxation_s(one):.3g} s" for one in arcs)
    words = f"No arcs fit the stated order {order.words}; relaxation times: {times}."
    ends = relaxation_s(arcs[0]), relaxation_s(arcs[-1])
    tau = relaxation_s(arc)
    found = [ArcEvidence("arc order", c.name, "against", tau, *ends, "s", "") for c in candidates]
    return [ArcEvidence("arc order", "", "neither", tau, *ends, "s", words), *found]


def _evidence(
    order: ArcOrder, arc: MeasuredArc, arcs: Sequence[MeasuredArc], name: str, outcome: str
) -> ArcEvidence:
    tau, ends = relaxation_s(arc), (relaxation_s(arcs[0]), relaxation_s(arcs[-1]))
    words = (
        f"By the stated order {order.words}, with {tau:.3g} s among {ends[0]:.3g} to "
        f"{ends[1]:.3g} s, {name}: {_WORDS[outcome]}."
    )
    return ArcEvidence("arc order", name, outcome, tau, *ends, "s", words)
