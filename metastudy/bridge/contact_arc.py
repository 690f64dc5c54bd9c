"""Which arc of a fit is the contact: as told, by the cell's evidence, or the only one."""

from __future__ import annotations

from dataclasses import dataclass

from metastudy.bridge.refit_table import RefitError
from metastudy.eis.arcs import find_arcs
from metastudy.eis.assignment import assign_arcs
from metastudy.eis.capacitance import hsu_mansfeld
from metastudy.eis.layers import Cell
from metastudy.eis.result import CircuitFit

# What an arc is called by its evidence, and the component that it then is.
COMPONENTS = {
    "interface": "total",
    "interface+gb": "interface+gb",
    "interface+electrode": "interface+electrode",
}


@dataclass(frozen=True)
class NamedArc:
    """The arc of the contact: its resistor, how it was chosen, what it contains, and notes."""

    resistor: str
    by: str
    component: str = "total"
    notes: tuple[str, ...] = ()


def name_arc(found: CircuitFit, arc: str | None, cell: Cell | None, temperature: str) -> NamedArc:
    """Return the arc that was named, that the cell's evidence names, or that is the only one.

    Parameters
    ----------
    arc
        The resistor that the caller named, or None.
    cell
        Stack, thicknesses and area, or None.
    temperature
        Of the spectrum in degC, as text; empty where it is not known.

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
        return NamedArc(arc, "given", notes=_evidence(found, arc, cell, temperature))
    if cell is not None:
        return _assigned(found, cell, temperature)
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


def _assigned(found: CircuitFit, cell: Cell, temperature: str) -> NamedArc:
    """Name the arc by the cell's evidence; more or less than one candidate is asked for."""
    assignments = assign_arcs(
        found, cell, temperature_c=float(temperature) if temperature else None
    )
    holds = [a for a in assignments if a.name in COMPONENTS]
    if len(holds) != 1:
        raise RefitError(
            f"{len(holds)} arcs of {found.circuit.text} may hold the contact; name one (--arc). "
            + " ".join(a.words for a in assignments)
        )
    (one,) = holds
    return NamedArc(
        one.arc.name, "assigned", COMPONENTS[one.name], (f"{one.arc.name}: {one.name}",)
    )


def _evidence(found: CircuitFit, arc: str, cell: Cell | None, temperature: str) -> tuple[str, ...]:
    """Return what the cell's evidence says of an arc that was named by hand, for the notes."""
    if cell is None:
        return ()
    at = float(temperature) if temperature else None
    for one in assign_arcs(found, cell, temperature_c=at):
        if one.arc.name == arc:
            return (f"{one.arc.name}: {one.name} by the cell's evidence",)
    return ()
