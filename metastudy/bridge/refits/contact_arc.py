"""Which arc of a fit is the contact: as named, by the cell's evidence, or the only one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metastudy.bridge.refits.cell_evidence import Observed, evidence_at
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.eis.cells.assignment import Assignment, Assignments, assign_arcs
from metastudy.eis.cells.candidates import arcs_of_fit
from metastudy.eis.cells.layers import Cell
from metastudy.eis.circuits.arcs import find_arcs
from metastudy.eis.circuits.capacitance import hsu_mansfeld
from metastudy.eis.fits.result import CircuitFit

# What an arc is called by its evidence, and the component that it then is.
COMPONENTS = {
    "interface": "total",
    "interface+gb": "interface+gb",
    "interface+electrode": "interface+electrode",
}
# Rules that are left out of a row where they decide nothing.
WINDOWS = ("permittivity", "boundary ratio", "contact capacitance")


@dataclass(frozen=True)
class NamedArc:
    """The arc of the contact: its resistor, how it was chosen, what it contains, and notes."""

    resistor: str
    by: str
    component: str = "total"
    notes: tuple[str, ...] = ()


def name_arc(
    found: CircuitFit,
    arc: str | None,
    cell: Cell | None,
    temperature: str,
    observed: Sequence[Observed] = (),
) -> NamedArc:
    """Return the arc that was named, that the cell's evidence names, or that is the only one.

    Parameters
    ----------
    arc
        The resistor that the caller named, or None.
    cell
        Stack, thicknesses and area, or None.
    temperature
        Of the spectrum in degC, as text; empty where it is not known.
    observed
        What other measurements showed of the cell's arcs, each with its temperature.

    Raises
    ------
    RefitError
        If more or less than one arc may be the contact.
    CircuitError
        If the named resistor is no parameter.
    """
    names = found.circuit.names
    if arc is not None:
        found.circuit.require([arc])
        return NamedArc(arc, "given", notes=_evidence(found, arc, cell, temperature, observed))
    if cell is not None:
        _hold_contact(cell)
        return _assigned(found, arcs_by_evidence(found, cell, temperature, observed))
    arcs = find_arcs(found.circuit)
    if len(arcs) == 1:
        return NamedArc(names[arcs[0].r], "only_arc")
    listed = []
    for one in arcs:
        n = 1.0 if one.n is None else found.estimates[one.n]
        r, q = found.estimates[one.r], found.estimates[one.q]
        listed.append(f"{names[one.r]} = {r:.4g} ohm with {hsu_mansfeld(q, n, r):.2g} F")
    what = "; ".join(listed) or "none"
    raise RefitError(
        f"{found.circuit.text} has {len(arcs)} arcs, and which is the contact was not said; name "
        f"its resistor (--arc) or describe the cell (--cell): {what}"
    )


def _hold_contact(cell: Cell) -> None:
    """Refuse to look for a contact of two ionic conductors in a stack that has none."""
    if not any(one.conducts and other.conducts for one, other in cell.touching()):
        raise RefitError(
            f"the stack {cell.stack} has no contact of two ionic conductors, so no arc is one; "
            "name the arc that is meant (--arc), or correct the stack"
        )


def arcs_by_evidence(
    found: CircuitFit, cell: Cell, temperature: str, observed: Sequence[Observed]
) -> Assignments:
    """Name all arcs by what is known of the cell at the temperature of the spectrum."""
    at = float(temperature) if temperature else None
    arcs = arcs_of_fit(found)
    return assign_arcs(arcs, cell, evidence_at(observed, at, arcs), temperature_c=at)


def _assigned(found: CircuitFit, assignments: Assignments) -> NamedArc:
    """Name the arc by the cell's evidence; more or less than one candidate is asked for."""
    holds = [a for a in assignments if a.name in COMPONENTS]
    if len(holds) != 1:
        remedy = "name one (--arc)"
        if len(holds) > 1:
            remedy += ", or state in cell.yaml which is faster (arc_order)"
        raise RefitError(
            f"{len(holds)} arcs of {found.circuit.text} may hold the contact; {remedy}. "
            + " ".join(a.words for a in assignments)
        )
    (one,) = holds
    return NamedArc(one.arc.name, "assigned", COMPONENTS[one.name], (evidence_words(one),))


def evidence_words(one: Assignment) -> str:
    """Return for the row the name of an arc, the evidence on it, and what would settle it.

    A window that only leaves a name open is not repeated; ``assign_arcs`` shows every clue.
    """
    parts = f" of {' or '.join(one.parts)}" if one.parts else ""
    said = [
        clue.words
        for clue in one.evidence
        if clue.words and (clue.rule not in WINDOWS or clue.outcome != "neither")
    ]
    words = [f"{one.arc.name}: {one.name}{parts}.", *said]
    if one.left_words:
        words.append(one.left_words)
    if one.settled_by is not None:
        # First what would settle it: a row keeps a thousand characters.
        words.insert(1, f"To settle it: {one.settled_by.what}.")
    return " ".join(words)


def _evidence(
    found: CircuitFit,
    arc: str,
    cell: Cell | None,
    temperature: str,
    observed: Sequence[Observed],
) -> tuple[str, ...]:
    """Return what the cell's evidence says of an arc that was named by hand, for the notes."""
    if cell is None:
        return ()
    named = arcs_by_evidence(found, cell, temperature, observed)
    return tuple(
        f"by the cell's evidence {evidence_words(one)}" for one in named if one.arc.name == arc
    )
