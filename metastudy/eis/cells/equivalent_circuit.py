"""The equivalent circuit of a layered cell: which element stands for what, and what is known of it.

Cable L and R in series; the stray C across the sample; in it, one arc for the bulk of each
material, one for its grain boundaries, one for the contacts of each pair, and a constant phase
element for each blocking pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..circuits.circuit import Circuit
from ..errors import CellError
from .layers import PERMITTIVITY_RANGE, Cell, Contact

# Windows of the assignment rules: C_gb/C_bulk, and n C/A of a contact in F/cm2.
BOUNDARY_RATIO = (10.0, 1e4)
CONTACT_F_CM2 = (0.05e-6, 20e-6)


def _spread(low: float, high: float) -> float:
    """Return the SD of a logarithm that is uniform between the ends of a window."""
    return float(np.log(high / low) / np.sqrt(12))


# Standard deviations of what every evaluator knows beforehand: of ln R, ln C and of exponents. The
# windows are those by which arcs are assigned; a resistance is known within four decades.
ANY_RESISTANCE = _spread(1e-2, 1e2)
ANY_EXPONENT = 0.5 / np.sqrt(12)
ANY_PERMITTIVITY = _spread(*PERMITTIVITY_RANGE)
GIVEN_PERMITTIVITY = 0.2
ANY_BOUNDARY = _spread(*BOUNDARY_RATIO)
ANY_CONTACT = _spread(*CONTACT_F_CM2)
ANY_LEAD = 1.0


@dataclass
class CellCircuit:
    """The circuit of a cell at one temperature.

    Attributes
    ----------
    text : str
        Circuit in the module's notation.
    values : dict
        Every parameter by name, in its unit.
    meaning : dict
        Label of each resistor or electrode CPE: what it stands for, such as ``bulk PE``.
    resistance_sd, capacitance_sd, exponent_sd : dict
        By resistor (``R1``) or element label: what is known beforehand, SD of ln R (None: nothing),
        of ln C of the arc, of the exponent.
    asked : str
        Resistor of the contact that is asked for, empty if none is.
    """

    text: str = ""
    values: dict[str, float] = field(default_factory=dict)
    meaning: dict[str, str] = field(default_factory=dict)
    resistance_sd: dict[str, float | None] = field(default_factory=dict)
    capacitance_sd: dict[str, float] = field(default_factory=dict)
    exponent_sd: dict[str, float] = field(default_factory=dict)
    asked: str = ""
    _terms: list[str] = field(default_factory=list)

    @property
    def circuit(self) -> Circuit:
        """The circuit."""
        return Circuit(self.text)

    def arc(
        self,
        meaning: str,
        r: float,
        c: float,
        n: float,
        r_sd: float | None,
        c_sd: float,
    ) -> str:
        """Add R || C, or R || CPE of the same Hsu-Mansfeld capacitance; returns the resistor."""
        k = len(self._terms) + 1
        name = f"R{k}"
        self.meaning[name] = meaning
        self.values[name] = r
        self.resistance_sd[name], self.capacitance_sd[name] = r_sd, c_sd
        if n == 1.0:
            self._terms.append(f"p(R{k},C{k})")
            self.values[f"C{k}"] = c
        else:
            self._terms.append(f"p(R{k},CPE{k})")
            self.values[f"CPE{k}_Q"] = c**n * r ** (n - 1)
            self.values[f"CPE{k}_n"] = n
            self.exponent_sd[name] = float(ANY_EXPONENT)
        return name

    def blocking(self, meaning: str, q: float, n: float) -> None:
        """Add the constant phase element (a capacitor where n = 1) of blocking contacts."""
        k = len(self._terms) + 1
        label = f"C{k}" if n == 1.0 else f"CPE{k}"
        self._terms.append(label)
        self.meaning[label] = meaning
        self.capacitance_sd[label] = ANY_CONTACT
        if n == 1.0:
            self.values[label] = q
        else:
            self.values[f"{label}_Q"], self.values[f"{label}_n"] = q, n
            self.exponent_sd[label] = float(ANY_EXPONENT)

    def close(self, cell: Cell) -> None:
        """Put the leads around what has been added."""
        inner = "-".join(self._terms)
        around = []
        if cell.inductance_h > 0:
            around.append("L0")
            self.values["L0"], self.capacitance_sd["L0"] = cell.inductance_h, ANY_LEAD
        if cell.lead_ohm > 0:
            around.append("R0")
            self.values["R0"], self.resistance_sd["R0"] = cell.lead_ohm, ANY_LEAD
        if cell.stray_f > 0:
            inner = f"p(C0,{inner})"
            self.values["C0"], self.capacitance_sd["C0"] = cell.stray_f, ANY_LEAD
        self.text = "-".join([*around, inner])


def cell_circuit(cell: Cell, temperature_c: float, asked: Contact | None = None) -> CellCircuit:
    """Build the circuit that a cell should show at a temperature.

    Parameters
    ----------
    asked : Contact, optional
        The contact whose resistance is asked for.

    Raises
    ------
    CellError
        If a conductivity, or a resistance or capacitance of a contact, is unknown, naming it.
    """
    out = CellCircuit()
    for name in cell.conductors:
        _add_layer(out, cell, name, temperature_c)
    for contact in cell.contacts:
        name = _add_contact(out, cell, contact, temperature_c)
        if contact == asked:
            out.asked = name
            out.resistance_sd[name] = None
    if asked is not None and not out.asked:
        raise CellError(f"contact {asked.name} has no resistance in this cell; it blocks")
    out.close(cell)
    return out


def _add_layer(out: CellCircuit, cell: Cell, name: str, temperature_c: float) -> None:
    first = cell.named(name)[0]
    known = first.known or ANY_RESISTANCE
    c = cell.bulk_f(name)
    c_sd = ANY_PERMITTIVITY if first.permittivity is None else GIVEN_PERMITTIVITY
    out.arc(f"bulk {name}", cell.bulk_ohm(name, temperature_c), c, 1.0, known, c_sd)
    if first.boundary is not None:
        out.arc(
            f"grain boundary {name}",
            cell.boundary_ohm(name, temperature_c),
            c * first.boundary.capacitance_ratio,
            first.boundary.exponent,
            known,
            ANY_BOUNDARY,
        )


def _add_contact(out: CellCircuit, cell: Cell, contact: Contact, temperature_c: float) -> str:
    if contact.capacitance_f_cm2 is None:
        raise CellError(f"contact {contact.name} has no capacitance; give one in F/cm2")
    c = contact.capacitance_f_cm2 * contact.area_cm2 / cell.count(contact)
    if contact.blocking:
        out.blocking(f"blocking {contact.name}", c, contact.exponent)
        return ""
    r = cell.contact_ohm(contact, temperature_c)
    kind = "interface" if cell.is_interface(contact) else "electrode"
    return out.arc(f"{kind} {contact.name}", r, c, contact.exponent, ANY_RESISTANCE, ANY_CONTACT)


def known_resistances(
    cell: Cell, temperature_c: float, resistors: Mapping[str, str]
) -> dict[str, tuple[float, float]]:
    """Priors of resistors from the conductivities of a cell, as ``fit`` takes them.

    Parameters
    ----------
    resistors : mapping of str to str
        What each resistor of a circuit stands for: ``{"R1": "bulk LLZO", "R2": "grain boundary
        LLZO"}``, in the words of ``CellCircuit.meaning``.

    Returns
    -------
    dict
        Resistance in ohm of all layers of the name, and its relative standard deviation, the
        layer's ``known``.

    Raises
    ------
    CellError
        If a name is neither bulk nor grain boundary of a layer, its conductivity is not given, or
        nothing says how well it is known.

    Examples
    --------
    >>> from metastudy import eis
    >>> law = eis.Arrhenius(1e-3, 25.0, 0.3)
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, law, permittivity=30, known=0.02)
    >>> known = eis.known_resistances(eis.Cell((plate,)), 25.0, {"R1": "bulk SE"})
    >>> round(known["R1"][0], 6), known["R1"][1]
    (200.0, 0.02)
    """
    return {name: _known_of(cell, temperature_c, what) for name, what in resistors.items()}


def _known_of(cell: Cell, temperature_c: float, what: str) -> tuple[float, float]:
    kind, _, layer = what.rpartition(" ")
    if kind not in ("bulk", "grain boundary"):
        raise CellError(
            f"{what!r} is no part of a layer; write 'bulk X' or 'grain boundary X' with a layer of "
            f"the stack {cell.stack}"
        )
    known = cell.named(layer)[0].known
    if known is None:
        raise CellError(
            f"layer {layer} does not say how well its resistances are known; give known, a "
            "relative standard deviation (0.1 is 10 %)"
        )
    if kind == "bulk":
        return cell.bulk_ohm(layer, temperature_c), known
    if not all(part.boundary for part in cell.named(layer)):
        raise CellError(f"layer {layer} has no grain boundary described; give its conductivity")
    return cell.boundary_ohm(layer, temperature_c), known
