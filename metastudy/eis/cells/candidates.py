"""What an arc of a layered cell can be, by its capacitance and by what is known of the layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..circuits.arcs import find_arcs
from ..circuits.capacitance import hsu_mansfeld
from ..errors import CellError
from ..fits.result import CircuitFit
from .equivalent_circuit import BOUNDARY_RATIO, CONTACT_F_CM2
from .evidence import ArcEvidence
from .layers import PERMITTIVITY_RANGE, Cell, Contact

# A resistance this far (factor) from the one expected of a layer is not that layer's.
FAR, NEAR = 10.0, 3.0


@dataclass(frozen=True)
class MeasuredArc:
    """An arc of a spectrum of the whole cell.

    Parameters
    ----------
    name : str
        Such as ``R1``.
    resistance_ohm, capacitance_f : float
        Of the arc; the capacitance by Hsu and Mansfeld.
    log_r_error, log_c_error : float
        Standard errors of ln R and ln C.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> blocking = eis.Contact(("SS", "PE"), 0.1, None, 5e-6, blocking=True)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel), (blocking,))
    >>> arc = eis.MeasuredArc("R1", 400.0, 2e-8, 0.01, 0.02)
    >>> eis.assign_arcs([arc], cell).arcs[0].name  # its capacitance leaves both open
    'interface+gb'
    """

    name: str
    resistance_ohm: float
    capacitance_f: float
    log_r_error: float = 0.0
    log_c_error: float = 0.0


@dataclass(frozen=True)
class Candidate:
    """A part of the cell that an arc may stand for: a kind, and which layer or pair."""

    kind: str
    of: str

    @property
    def name(self) -> str:
        """Both, such as ``bulk PE``."""
        return f"{self.kind} {self.of}"


def arcs_of_fit(fit: CircuitFit) -> tuple[MeasuredArc, ...]:
    """Take the arcs R || CPE and R || C of a fit with the errors of ln R and ln C."""
    found = []
    for arc in find_arcs(fit.circuit):
        r, q = float(fit.estimates[arc.r]), float(fit.estimates[arc.q])
        n = 1.0 if arc.n is None else float(fit.estimates[arc.n])
        # ln C = (ln Q + (1 - n) ln R)/n
        slope = np.zeros(len(fit.estimates))
        slope[arc.q], slope[arc.r] = 1 / n, (1 - n) / n
        if arc.n is not None:
            slope[arc.n] = -np.log(q * r) / n**2
        found.append(
            MeasuredArc(
                fit.circuit.names[arc.r],
                r,
                hsu_mansfeld(q, n, r),
                float(np.sqrt(fit.log_covariance[arc.r, arc.r])),
                float(np.sqrt(slope @ fit.log_covariance @ slope)),
            )
        )
    return tuple(found)


def candidates_of(cell: Cell) -> list[Candidate]:
    """Every part of the cell that can show an arc; a blocking contact cannot."""
    found = [Candidate("bulk", name) for name in cell.conductors]
    found += [
        Candidate("grain boundary", name)
        for name in cell.conductors
        if cell.named(name)[0].granular
    ]
    for contact in contacts_of(cell):
        if not contact.blocking:
            kind = "interface" if cell.is_interface(contact) else "electrode"
            found.append(Candidate(kind, contact.name))
    return found


def part_named(text: str, candidates: Sequence[Candidate]) -> str | None:
    """Return the candidate's name that a text means, its layers in either order, or None."""
    kind, _, of = text.rpartition(" ")
    turned = f"{kind} {'|'.join(reversed(of.split('|')))}"
    return next((c.name for c in candidates if c.name in (text, turned)), None)


def contacts_of(cell: Cell) -> list[Contact]:
    """Every pair that touches, described or not; undescribed ones may conduct."""
    found = list(cell.contacts)
    for one, other in cell.touching():
        conducting = [layer for layer in (one, other) if layer.conducts]
        if conducting and not any(c.joins(one.name, other.name) for c in found):
            area = min(layer.area_cm2 for layer in conducting)
            found.append(Contact((one.name, other.name), area))
    return found


def measured_bulk(arcs: Sequence[MeasuredArc], cell: Cell) -> dict[str, float]:
    """Bulk capacitance (F) of a layer where one arc, and one layer only, can be it."""
    low, high = PERMITTIVITY_RANGE
    possible = {
        arc.name: [
            n for n in cell.conductors if low <= cell.permittivity_of(n, arc.capacitance_f) <= high
        ]
        for arc in arcs
    }
    measured = {}
    for name in cell.conductors:
        mine = [arc for arc in arcs if name in possible[arc.name]]
        if len(mine) == 1 and possible[mine[0].name] == [name]:
            measured[name] = mine[0].capacitance_f
    return measured


def window(
    arc: MeasuredArc, cell: Cell, candidate: Candidate, bulk: dict[str, float]
) -> ArcEvidence:
    """Compare the arc's capacitance with the window of a candidate."""
    c, of = arc.capacitance_f, candidate.of
    if candidate.kind == "bulk":
        low, high = PERMITTIVITY_RANGE
        value = cell.permittivity_of(of, c)
        said = f"as the bulk of {of} it would mean eps_r = {value:.3g} (3 to 100)"
        # A stray capacitance beside the sample may be part of what was fitted.
        least = cell.permittivity_of(of, max(c - cell.stray_f, 0.0))
        if cell.stray_f > 0:
            said += f", or {least:.3g} without the stray {cell.stray_f * 1e12:.3g} pF"
        rule, unit, ends = "permittivity", "1", (least, value)
    elif candidate.kind == "grain boundary":
        low, high = BOUNDARY_RATIO
        value, ends, source = _boundary_ratio(c, cell, of, bulk)
        said = f"C is {value:.3g} times the bulk's of {of} {source} (grain boundary: 10 to 10^4)"
        rule, unit = "boundary ratio", "1"
    else:
        contact = next(k for k in contacts_of(cell) if k.name == of)
        stated = contact.capacitance_range_f_cm2
        low, high = CONTACT_F_CM2 if stated is None else stated
        n = cell.count(contact)
        value = n * c / contact.area_cm2
        whose = "contact" if stated is None else "stated for this contact"
        said = f"as {n} x {of} it would have {value * 1e6:.3g} uF/cm2 "
        said += f"({whose}: {low * 1e6:.3g} to {high * 1e6:.3g})"
        rule, unit, ends = "contact capacitance", "F cm-2", (value, value)
    # A window rules a name out only beyond two standard errors of the capacitance.
    slack = float(np.exp(2 * arc.log_c_error))
    inside = ends[1] * slack >= low and ends[0] / slack <= high
    words = f"{said[0].upper()}{said[1:]}: {'possible' if inside else 'ruled out'}."
    outcome = "neither" if inside else "against"
    return ArcEvidence(rule, candidate.name, outcome, value, low, high, unit, words)


def _boundary_ratio(
    c: float, cell: Cell, of: str, bulk: dict[str, float]
) -> tuple[float, tuple[float, float], str]:
    if of in bulk:
        ratio = c / bulk[of]
        return ratio, (ratio, ratio), "as measured"
    given = cell.named(of)[0].permittivity
    if given is not None:
        ratio = c / cell.bulk_f(of)
        return ratio, (ratio, ratio), f"at eps_r = {given:.3g}"
    low, high = PERMITTIVITY_RANGE
    ends = (c / cell.bulk_f(of, high), c / cell.bulk_f(of, low))
    return c / cell.bulk_f(of), ends, "at eps_r of 3 to 100"


def expected(
    arc: MeasuredArc, cell: Cell, candidate: Candidate, temperature_c: float
) -> ArcEvidence | None:
    """Compare the arc's resistance with what a known conductivity makes of the layer."""
    layer = cell.named(candidate.of)[0] if candidate.kind in ("bulk", "grain boundary") else None
    if layer is None:
        return None
    try:
        if candidate.kind == "bulk" and layer.conductivity is not None:
            ohm = cell.bulk_ohm(candidate.of, temperature_c)
        elif candidate.kind == "grain boundary" and layer.boundary is not None:
            ohm = cell.boundary_ohm(candidate.of, temperature_c)
        else:
            return None
    except CellError:
        # A law that does not reach this temperature says nothing of it.
        return None
    ratio = arc.resistance_ohm / ohm
    far = max(ratio, 1 / ratio) > FAR
    near = max(ratio, 1 / ratio) <= NEAR
    words = (
        f"Its known conductivity gives {candidate.name} {ohm:.3g} ohm, the arc has "
        f"{arc.resistance_ohm:.3g}: {'ruled out' if far else 'agrees' if near else 'possible'}."
    )
    outcome = "against" if far else "for" if near else "neither"
    return ArcEvidence(
        "expected resistance", candidate.name, outcome, ratio, 1 / FAR, FAR, "1", words
    )


def material(cell: Cell, candidates: Sequence[Candidate]) -> list[ArcEvidence]:
    """Say of a contact that neither of its layers has grain boundaries, where that is so."""
    if any(cell.named(name)[0].granular for name in cell.conductors):
        return []
    words = "No layer of this cell has grain boundaries."
    return [
        ArcEvidence("material", c.name, "for", 0.0, 0.0, 0.0, "1", words)
        for c in candidates
        if c.kind == "interface"
    ]
