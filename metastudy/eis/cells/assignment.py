"""Which arc is which part of the cell, with the evidence, and what would settle what is open.

Capacitance gives each arc its possible names: bulk by eps_r = C d/(eps0 A) in 3 to 100, grain
boundary by C_gb/C_bulk in 10 to 10^4, a contact by n C/A in 0.05 to 20 uF/cm2. The windows of
boundaries and contacts overlap, and so do their activation energies, so an arc is an interface only
if another measurement has ruled the grain boundary out; otherwise it is ``interface+gb``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import CellError
from ..fits.result import CircuitFit
from .arc_order import apply_order
from .candidates import (
    Candidate,
    MeasuredArc,
    arcs_of_fit,
    candidates_of,
    expected,
    material,
    measured_bulk,
    part_named,
    window,
)
from .evidence import CONTRADICTED, ArcEvidence, ArcOrder, Evidence, arcs_in
from .evidence_rules import MIXED, apply
from .layers import Cell

if TYPE_CHECKING:
    import pandas as pd

Z95 = 1.6449  # one-sided 95 % point of the normal distribution
# SD of ln C above which a capacitance names nothing: a factor of 2.7.
UNKNOWN_CAPACITANCE = 1.0
# Kinds of evidence that can tell a contact from a grain boundary.
TELLING = ("thickness pair", "plate alone", "partner change", "material", "arc order")

NAMES = {
    "bulk": "ions move in the inside of a layer",
    "grain boundary": "ions cross the grain boundaries of a solid electrolyte",
    "interface": "ions cross the contact of two conductors",
    "electrode": "charge crosses the contact of an electrode and a conductor",
    "interface+gb": "contact and grain boundaries, not told apart",
    "interface+electrode": "contact of two conductors and of an electrode, not told apart",
    "cannot be assigned": "no name, or too many, fit what was measured",
}


@dataclass(frozen=True)
class ExtraCell:
    """The one more measurement that would settle a name: what it is and what it would show."""

    what: str
    shows: str


@dataclass(frozen=True)
class Assignment:
    """What an arc stands for.

    Attributes
    ----------
    arc : MeasuredArc
    name : str
        One of ``NAMES``.
    parts : tuple of str
        Layers or pairs that the name is about, such as ``("PE|SE",)``.
    evidence : tuple of ArcEvidence
        All evidence, for and against.
    interface_ohm, interface_error_ohm : float or None
        What is left for the contact where a plate alone gave the grain boundary's share, and its
        standard error from both measurements, ohm. Less than three errors are a bound only.
    settled_by : ExtraCell or None
        What to measure where the name is open.
    """

    arc: MeasuredArc
    name: str
    parts: tuple[str, ...]
    evidence: tuple[ArcEvidence, ...] = field(repr=False)
    interface_ohm: float | None = None
    interface_error_ohm: float | None = None
    settled_by: ExtraCell | None = None

    @property
    def left_words(self) -> str:
        """What is left for the contact with its error, or at most; empty where nothing was."""
        if self.interface_ohm is None or self.interface_error_ohm is None:
            return ""
        left, error = self.interface_ohm, self.interface_error_ohm
        said = f"Less the plate's share {left:.4g} ohm are left for the contact, SE {error:.2g} ohm"
        if left >= CONTRADICTED * error:
            return f"{said}."
        return f"{said}: not three errors, so at most {left + Z95 * error:.4g} ohm (95 %)."

    @property
    def label(self) -> str:
        """Arc, name and part in three short lines, for a picture."""
        if self.name == "cannot be assigned":
            return f"{self.arc.name}\nnot assigned"
        return "\n".join([self.arc.name, self.name, " or ".join(self.parts)]).rstrip()

    @property
    def words(self) -> str:
        """Name, reasons and the measurement that would settle it, as sentences."""
        parts = f" of {' or '.join(self.parts)}" if self.parts else ""
        lines = [f"{self.arc.name} ({self.arc.resistance_ohm:.4g} ohm): {self.name}{parts}."]
        lines += [piece.words for piece in self.evidence if piece.words]
        if self.left_words:
            lines.append(self.left_words)
        if self.settled_by is not None:
            lines.append(f"To settle it: {self.settled_by.what}; {self.settled_by.shows}.")
        return " ".join(lines)


@dataclass(frozen=True)
class Assignments:
    """The arcs of one spectrum with their names, in the order given.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> blocking = eis.Contact(("SS", "PE"), 0.1, None, 5e-6, blocking=True)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel), (blocking,))
    >>> arc = eis.MeasuredArc("R1", 400.0, 2e-8, 0.01, 0.02)
    >>> found = eis.assign_arcs([arc], cell)
    >>> found.table()[["name", "settled_by"]].iloc[0].tolist()
    ['interface+gb', 'SE alone between two blocking electrodes, at this temperature']
    """

    arcs: tuple[Assignment, ...]

    def __iter__(self) -> Iterator[Assignment]:
        return iter(self.arcs)

    def __getitem__(self, name: str) -> Assignment:
        for assignment in self.arcs:
            if assignment.arc.name == name:
                return assignment
        names = ", ".join(a.arc.name for a in self.arcs)
        raise CellError(f"there is no arc {name!r}; there are {names}")

    @property
    def words(self) -> str:
        """One paragraph for each arc."""
        return "\n".join(assignment.words for assignment in self.arcs)

    def labels(self) -> dict[str, str]:
        """Text for each arc by its resistor, for ``CircuitFit.plot``."""
        return {assignment.arc.name: assignment.label for assignment in self.arcs}

    def table(self) -> pd.DataFrame:
        """One row per arc: name, parts, r_ohm, c_f, settled_by; indexed by the resistor."""
        import pandas as pd

        rows = {
            a.arc.name: {
                "name": a.name,
                "parts": " or ".join(a.parts),
                "r_ohm": a.arc.resistance_ohm,
                "c_f": a.arc.capacitance_f,
                "settled_by": "" if a.settled_by is None else a.settled_by.what,
            }
            for a in self.arcs
        }
        return pd.DataFrame.from_dict(rows, orient="index")


def assign_arcs(
    fit_or_arcs: CircuitFit | Sequence[MeasuredArc],
    cell: Cell,
    evidence: Sequence[Evidence] = (),
    *,
    temperature_c: float | None = None,
) -> Assignments:
    """Name the arcs of a spectrum of a layered cell.

    Parameters
    ----------
    fit_or_arcs : CircuitFit or sequence of MeasuredArc
        A fit of the whole cell, or its arcs.
    cell : Cell
        Geometry and what is known of each part.
    evidence : sequence
        ``ThicknessPair``, ``PlateAlone``, ``PartnerChange``, ``ElectrodesLeftOut``, ``ArcOrder``.
    temperature_c : float, optional
        Of the spectrum. With it, known conductivities count too.

    Returns
    -------
    Assignments

    Raises
    ------
    CellError
        If evidence names an arc, a layer or a part that is not there, or there is no arc.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> blocking = eis.Contact(("SS", "PE"), 0.1, None, 5e-6, blocking=True)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel), (blocking,))
    >>> arc = eis.MeasuredArc("R1", 400.0, 2e-8, 0.01, 0.02)
    >>> plate_alone = eis.PlateAlone("SE", (200.0,), (2e-11,), spread=0.0)
    >>> found = eis.assign_arcs([arc], cell, [plate_alone])
    >>> [(one.arc.name, one.name) for one in found.arcs]
    [('R1', 'interface')]
    """
    if not isinstance(cell, Cell):
        raise CellError(f"cell is {type(cell).__name__}, not an eis.Cell with its layers")
    arcs = arcs_of_fit(fit_or_arcs) if isinstance(fit_or_arcs, CircuitFit) else tuple(fit_or_arcs)
    if not arcs:
        raise CellError("there is no arc to assign; fit a circuit with p(R,CPE) or p(R,C)")
    unknown = arcs_in(evidence) - {arc.name for arc in arcs}
    if unknown:
        names = ", ".join(arc.name for arc in arcs)
        raise CellError(f"evidence is about arc {min(unknown)!r}; the spectrum has {names}")
    bulk = measured_bulk(arcs, cell)
    of_arc = {
        arc: _evidence_on(arc, arcs, cell, evidence, temperature_c, bulk)
        for arc in arcs
        if arc.log_c_error <= UNKNOWN_CAPACITANCE
    }
    candidates = candidates_of(cell)
    for piece in evidence:
        if isinstance(piece, ArcOrder):
            order = _of_this_cell(piece, candidates)
            possible = {arc: _alive(candidates, found) for arc, found in of_arc.items()}
            for arc, found in apply_order(order, candidates, possible).items():
                of_arc[arc] += found
    return Assignments(
        tuple(_named(arc, cell, of_arc[arc]) if arc in of_arc else _unnamed(arc) for arc in arcs)
    )


def _of_this_cell(order: ArcOrder, candidates: Sequence[Candidate]) -> ArcOrder:
    """Return the order in the names of the cell's own parts."""
    parts = []
    for text in order.parts:
        part = part_named(text, candidates)
        if part is None:
            known = ", ".join(candidate.name for candidate in candidates)
            raise CellError(f"the order of arcs names {text!r}; this cell may show {known}")
        parts.append(part)
    return ArcOrder(tuple(parts))


def _unnamed(arc: MeasuredArc) -> Assignment:
    """Leave an arc without a name because its capacitance is not determined."""
    words = (
        f"Its capacitance is known within a factor of {np.exp(arc.log_c_error):.3g} only, so "
        "it names nothing."
    )
    piece = ArcEvidence("capacitance", "", "neither", arc.log_c_error, 0.0, 1.0, "1", words)
    what = "a spectrum at a temperature where the apex of the arc is inside the window"
    extra = ExtraCell(what, "its capacitance would then be measured")
    return Assignment(arc, "cannot be assigned", (), (piece,), settled_by=extra)


def _evidence_on(
    arc: MeasuredArc,
    arcs: Sequence[MeasuredArc],
    cell: Cell,
    evidence: Sequence[Evidence],
    temperature_c: float | None,
    bulk: dict[str, float],
) -> list[ArcEvidence]:
    """Gather what windows, known conductivities and other measurements say about one arc."""
    candidates = candidates_of(cell)
    found = [window(arc, cell, candidate, bulk) for candidate in candidates]
    if temperature_c is not None:
        possible = _alive(candidates, found)
        seen = [expected(arc, cell, candidate, temperature_c) for candidate in possible]
        found += [one for one in seen if one is not None]
    found += material(cell, candidates)
    alive = _alive(candidates, found)
    for piece in evidence:
        found += apply(piece, arc, cell, alive, arcs)
    return found


def _named(arc: MeasuredArc, cell: Cell, evidence: Sequence[ArcEvidence]) -> Assignment:
    """Name an arc by the evidence."""
    candidates = candidates_of(cell)
    result = _verdict(arc, cell, _alive(candidates, evidence), evidence)
    mixed = [piece for piece in evidence if piece.outcome == MIXED]
    if mixed:
        # The plate gave a part of the arc, so it is both; what is left is the contact's.
        both = {piece.name for piece in mixed}
        pairs = tuple(c.of for c in candidates if c.kind == "interface" and c.name in both)
        left = arc.resistance_ohm - mixed[0].value
        # The whole cell and the plate were measured apart: their errors are independent.
        error = float(np.hypot(arc.resistance_ohm * arc.log_r_error, mixed[0].error or 0.0))
        return replace(
            result,
            name="interface+gb",
            parts=pairs,
            interface_ohm=left,
            interface_error_ohm=error,
            settled_by=None,
        )
    return result


def _alive(candidates: Sequence[Candidate], evidence: Sequence[ArcEvidence]) -> list[Candidate]:
    gone = {piece.name for piece in evidence if piece.outcome == "against"}
    return [candidate for candidate in candidates if candidate.name not in gone]


def _verdict(
    arc: MeasuredArc, cell: Cell, alive: Sequence[Candidate], evidence: Sequence[ArcEvidence]
) -> Assignment:
    kinds = {candidate.kind for candidate in alive}
    parts = tuple(dict.fromkeys(candidate.of for candidate in alive))
    told = {piece.name for piece in evidence if piece.rule in TELLING and piece.outcome == "for"}
    if "interface" in kinds and not any(c.kind == "interface" and c.name in told for c in alive):
        # Windows alone do not keep a grain boundary out of a contact.
        kinds.add("grain boundary")
    pairs = tuple(c.of for c in alive if c.kind == "interface")
    settled: ExtraCell | None = None
    if len(kinds) == 1:
        name = next(iter(kinds))
        if len(parts) > 1:
            settled = _plate(cell, parts)
    elif kinds == {"interface", "grain boundary"}:
        name, parts, settled = "interface+gb", pairs, _plate(cell, cell.conductors)
    elif kinds == {"interface", "electrode"}:
        name, settled = "interface+electrode", _references(cell)
    else:
        name = "cannot be assigned"
        parts = tuple(candidate.name for candidate in alive)
        settled = _open(cell, kinds)
    return Assignment(arc, name, parts, tuple(evidence), settled_by=settled)


def _open(cell: Cell, kinds: set[str]) -> ExtraCell:
    if "electrode" in kinds:
        return _references(cell)
    if kinds & {"bulk", "grain boundary"}:
        return _plate(cell, cell.conductors)
    solid = _solid(cell, cell.conductors)
    return ExtraCell(
        f"the same cell with {solid} of twice the thickness",
        f"an arc of {solid} doubles, that of a contact stays",
    )


def _plate(cell: Cell, parts: Sequence[str]) -> ExtraCell:
    solid = _solid(cell, parts)
    return ExtraCell(
        f"{solid} alone between two blocking electrodes, at this temperature",
        f"arcs of {solid} are there with the same resistance, that of a contact is not",
    )


def _solid(cell: Cell, parts: Sequence[str]) -> str:
    """Pick the layer that can be measured by itself, a granular one before others."""
    names = [name for name in parts if name in cell.conductors] or list(cell.conductors)
    return next((name for name in names if cell.named(name)[0].granular), names[0])


def _references(cell: Cell) -> ExtraCell:
    return ExtraCell(
        f"{cell.stack} with reference electrodes inside the two that carry the current",
        "an arc of the electrodes is gone, that of a contact stays",
    )
