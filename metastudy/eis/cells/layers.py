"""A layered cell as data: its geometry, what each part should show, and its circuit.

Lengths in cm, areas in cm2, conductivities in S/cm, resistances of a contact in ohm cm2,
capacitances of a contact in F/cm2. Layers are in order from terminal to terminal; layers of one
name are one material in series, and so are the contacts of one pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from ...units import VACUUM_PERMITTIVITY_F_PER_CM
from ..errors import CellError
from .temperature_laws import Law

Kind = Literal["SE", "PE", "LE", "electrode"]
# What a solid or liquid ion conductor's relative permittivity is; outside, an arc is no bulk.
PERMITTIVITY_RANGE = (3.0, 100.0)
# Where none is given: the geometric middle of the range.
TYPICAL_PERMITTIVITY = float(np.sqrt(PERMITTIVITY_RANGE[0] * PERMITTIVITY_RANGE[1]))


@dataclass(frozen=True)
class Boundary:
    """Grain boundaries of a solid electrolyte in the brick-layer picture.

    Parameters
    ----------
    conductivity : Law
        Apparent conductivity in S/cm: R_gb = thickness/(conductivity x area).
    capacitance_ratio : float
        C_gb/C_bulk; grain size over boundary thickness at equal permittivity.
    exponent : float
        Of the arc's constant phase element.

    Examples
    --------
    >>> from metastudy import eis
    >>> boundary = eis.Boundary(eis.Arrhenius(5e-4, 25.0, 0.4), capacitance_ratio=1000.0)
    >>> law = eis.Arrhenius(1e-3, 25.0, 0.3)
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, law, permittivity=30, boundary=boundary)
    >>> round(eis.Cell((plate,)).boundary_ohm("SE", 25.0), 6)
    400.0
    """

    conductivity: Law
    capacitance_ratio: float = 1000.0
    exponent: float = 1.0

    def __post_init__(self) -> None:
        _positive("capacitance_ratio", self.capacitance_ratio)
        _exponent(self.exponent)


def brick_layer(
    grain_s_cm: float, boundary_s_cm: float, grain_cm: float, boundary_cm: float
) -> tuple[float, float]:
    """Total conductivity (S/cm) and C_gb/C_bulk of cubic grains with resistive boundaries.

    1/sigma = 1/sigma_g + (delta/d)/sigma_gb and C_gb/C_b = d/delta at equal permittivity, with
    ``boundary_s_cm`` the boundary's own conductivity, d the grain size and delta the boundary's
    thickness, both in cm.

    Examples
    --------
    >>> from metastudy import eis
    >>> sigma, ratio = eis.brick_layer(1e-3, 1e-6, 1e-4, 1e-7)
    >>> round(1 / sigma), round(ratio)  # 1/1e-3 + (1e-7/1e-4)/1e-6 ohm cm
    (2000, 1000)
    """
    sizes = (grain_s_cm, boundary_s_cm, grain_cm, boundary_cm)
    names = ("grain_s_cm", "boundary_s_cm", "grain_cm", "boundary_cm")
    for name, value in zip(names, sizes, strict=True):
        _positive(name, value)
    share = boundary_cm / grain_cm
    return 1 / (1 / grain_s_cm + share / boundary_s_cm), 1 / share


@dataclass(frozen=True)
class Layer:
    """One layer of the stack.

    Parameters
    ----------
    name : str
        As in the stack, such as ``PE``; layers of one name are one material.
    kind : {"SE", "PE", "LE", "electrode"}
    thickness_cm, area_cm2 : float
        Not asked of an electrode.
    conductivity : Law, optional
        Of the bulk, S/cm; None where it is unknown.
    permittivity : float, optional
        Relative; None where it is unknown.
    boundary : Boundary, optional
        Grain boundaries of a solid electrolyte, where something is known of them.
    has_boundaries : bool
        False for a glass or a single crystal. Only a solid electrolyte has any.
    known : float, optional
        Relative standard deviation with which the resistances of this layer are known from
        another measurement, such as 0.02 from the plate alone.

    Examples
    --------
    >>> from metastudy import eis
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> round(plate.resistance_ohm(25.0), 6)  # d/(sigma A), ohm
    200.0
    """

    name: str
    kind: Kind
    thickness_cm: float = 0.0
    area_cm2: float = 0.0
    conductivity: Law | None = None
    permittivity: float | None = None
    boundary: Boundary | None = None
    has_boundaries: bool = True
    known: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise CellError(
                f"layer {self.name}: kind {self.kind!r} is not one of {', '.join(get_args(Kind))}"
            )
        if self.kind == "electrode":
            return
        _positive(f"layer {self.name}: thickness_cm", self.thickness_cm)
        _positive(f"layer {self.name}: area_cm2", self.area_cm2)
        if self.permittivity is not None:
            _positive(f"layer {self.name}: permittivity", self.permittivity)
        if self.known is not None:
            _positive(f"layer {self.name}: known", self.known)
        if self.boundary is not None and not self.granular:
            raise CellError(f"layer {self.name} is {self.kind} and has no grain boundaries")

    @property
    def conducts(self) -> bool:
        """Whether it is an ionic conductor."""
        return self.kind != "electrode"

    @property
    def granular(self) -> bool:
        """Whether it can have grain boundaries."""
        return self.kind == "SE" and self.has_boundaries

    def resistance_ohm(self, temperature_c: float) -> float:
        """Bulk resistance d/(sigma A) in ohm.

        Raises
        ------
        CellError
            If the conductivity is unknown.
        """
        if self.conductivity is None:
            raise CellError(f"layer {self.name} has no conductivity; give one in S/cm")
        return self.thickness_cm / (self.conductivity.at(temperature_c) * self.area_cm2)

    def capacitance_f(self, permittivity: float | None = None) -> float:
        """Geometric capacitance eps0 eps_r A/d in F, by default at the layer's permittivity."""
        relative = permittivity or self.permittivity or TYPICAL_PERMITTIVITY
        return VACUUM_PERMITTIVITY_F_PER_CM * relative * self.area_cm2 / self.thickness_cm


@dataclass(frozen=True)
class Contact:
    """What is at every place where two layers of these names touch.

    Parameters
    ----------
    pair : (str, str)
        Names of the layers, in either order.
    area_cm2 : float
        Projected area of one contact.
    asr : Law, optional
        Resistance of one contact in ohm cm2; None if unknown.
    capacitance_f_cm2 : float, optional
        Of one contact, by Hsu and Mansfeld; for a blocking contact Q per area, S s^n cm-2, which
        is the capacitance at 1 rad/s.
    exponent : float
        Of its constant phase element.
    blocking : bool
        Whether no ion crosses it.
    capacitance_range_f_cm2 : (float, float), optional
        Lowest and highest capacitance that an arc of this contact may have; None takes the window
        of contacts in general.

    Examples
    --------
    >>> from metastudy import eis
    >>> face = eis.Contact(("PE", "SE"), 0.1, eis.Arrhenius(100.0, 60.0, 0.7, rises=False), 1e-6)
    >>> face.name, face.joins("SE", "PE")
    ('PE|SE', True)
    """

    pair: tuple[str, str]
    area_cm2: float
    asr: Law | None = None
    capacitance_f_cm2: float | None = None
    exponent: float = 0.9
    blocking: bool = False
    capacitance_range_f_cm2: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        _positive(f"contact {self.name}: area_cm2", self.area_cm2)
        self._hold_range()
        _exponent(self.exponent)
        if self.capacitance_f_cm2 is not None:
            _positive(f"contact {self.name}: capacitance_f_cm2", self.capacitance_f_cm2)
        if self.blocking and self.asr is not None:
            raise CellError(f"contact {self.name} is blocking and has a resistance; choose one")

    def _hold_range(self) -> None:
        if self.capacitance_range_f_cm2 is None:
            return
        low, high = self.capacitance_range_f_cm2
        if not 0 < low < high:
            raise CellError(
                f"contact {self.name}: the capacitance range {low:g} to {high:g} F/cm2 does not "
                "rise from above 0"
            )
        if self.blocking:
            raise CellError(
                f"contact {self.name} is blocking, so no arc is its; leave its capacitance range "
                "out"
            )
        own = self.capacitance_f_cm2
        if own is not None and not low <= own <= high:
            raise CellError(
                f"contact {self.name}: its capacitance {own:g} F/cm2 is outside its range "
                f"{low:g} to {high:g}"
            )

    @property
    def name(self) -> str:
        """The pair as ``PE|SE``."""
        return "|".join(self.pair)

    def joins(self, one: str, other: str) -> bool:
        """Whether it is the contact of these two layers."""
        return {*self.pair} == {one, other}


@dataclass(frozen=True)
class Cell:
    """A stack of layers with its contacts and leads.

    Parameters
    ----------
    layers : tuple of Layer
        From terminal to terminal.
    contacts : tuple of Contact
        What is known of each pair that touches; a pair that is left out adds nothing.
    inductance_h, stray_f, lead_ohm : float
        Of the cables: L and R in series with the cell, C across it; 0 where there is none.

    Raises
    ------
    CellError
        If layers of one name differ in kind, no layer conducts, or a contact does not occur.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel))
    >>> cell.stack, cell.conductors
    ('SS|PE|SE|PE|SS', ('PE', 'SE'))
    >>> round(cell.high_frequency_ohm(25.0), 3)  # 2 x 1000 + 200 ohm
    2200.0
    """

    layers: tuple[Layer, ...]
    contacts: tuple[Contact, ...] = ()
    inductance_h: float = 0.0
    stray_f: float = 0.0
    lead_ohm: float = 0.0

    def __post_init__(self) -> None:
        if not self.conductors:
            raise CellError(f"the stack {self.stack} has no ionic conductor; give a layer PE or SE")
        for layer in self.layers:
            first = self.named(layer.name)[0]
            if (first.kind, first.conductivity, first.boundary) != (
                layer.kind,
                layer.conductivity,
                layer.boundary,
            ):
                raise CellError(f"layers named {layer.name} differ; give each material its name")
        for contact in self.contacts:
            if self.count(contact) == 0:
                raise CellError(f"no layers {contact.name} touch in the stack {self.stack}")
        for name in ("inductance_h", "stray_f", "lead_ohm"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise CellError(f"{name} = {getattr(self, name):g} must be 0 or more")

    # -- what there is -------------------------------------------------------------------

    @property
    def stack(self) -> str:
        """Names from terminal to terminal, joined by |."""
        return "|".join(layer.name for layer in self.layers)

    @property
    def conductors(self) -> tuple[str, ...]:
        """Names of the ionic conductors, each once, in the order of the stack."""
        return tuple(dict.fromkeys(layer.name for layer in self.layers if layer.conducts))

    def named(self, name: str) -> tuple[Layer, ...]:
        """Every layer of a name.

        Raises
        ------
        CellError
            If there is none.
        """
        found = tuple(layer for layer in self.layers if layer.name == name)
        if not found:
            raise CellError(f"the stack {self.stack} has no layer {name!r}")
        return found

    def touching(self) -> Iterator[tuple[Layer, Layer]]:
        """Neighbours in the stack."""
        return zip(self.layers[:-1], self.layers[1:], strict=True)

    def count(self, contact: Contact) -> int:
        """How many contacts of this pair are in the circuit."""
        return sum(contact.joins(a.name, b.name) for a, b in self.touching())

    def is_interface(self, contact: Contact) -> bool:
        """Whether the contact joins two ionic conductors."""
        return all(self.named(name)[0].conducts for name in contact.pair)

    @property
    def interface(self) -> Contact:
        """The contact between two ionic conductors.

        Raises
        ------
        CellError
            If there is none, or more than one kind.
        """
        found = [contact for contact in self.contacts if self.is_interface(contact)]
        if len(found) != 1:
            names = ", ".join(contact.name for contact in found) or "none"
            raise CellError(
                f"the stack {self.stack} needs one contact of two ionic conductors to ask for; "
                f"described: {names}"
            )
        return found[0]

    # -- what each part should show --------------------------------------------------------

    def bulk_ohm(self, name: str, temperature_c: float) -> float:
        """Bulk resistance of all layers of a name, ohm."""
        return sum(layer.resistance_ohm(temperature_c) for layer in self.named(name))

    def bulk_f(self, name: str, permittivity: float | None = None) -> float:
        """Geometric capacitance of all layers of a name in series, F."""
        return 1 / sum(1 / layer.capacitance_f(permittivity) for layer in self.named(name))

    def permittivity_of(self, name: str, capacitance_f: float) -> float:
        """Relative permittivity that a bulk capacitance (F) of these layers means."""
        return capacitance_f / self.bulk_f(name, 1.0)

    def boundary_ohm(self, name: str, temperature_c: float) -> float:
        """Grain boundary resistance of all layers of a name, ohm; 0 where none is described."""
        total = 0.0
        for layer in self.named(name):
            if layer.boundary is not None:
                sigma = layer.boundary.conductivity.at(temperature_c)
                total += layer.thickness_cm / (sigma * layer.area_cm2)
        return total

    def contact_ohm(self, contact: Contact, temperature_c: float) -> float:
        """Resistance of all contacts of this pair, ohm.

        Raises
        ------
        CellError
            If its area-specific resistance is unknown.
        """
        if contact.asr is None:
            raise CellError(f"contact {contact.name} has no resistance; give one in ohm cm2")
        return self.count(contact) * contact.asr.at(temperature_c) / contact.area_cm2

    def high_frequency_ohm(self, temperature_c: float) -> float:
        """Where the interface arc begins: bulk and grain boundaries of all layers, ohm.

        R_HF = 2 R_PEO + R_ceramic for SS|PE|SE|PE|SS (Mangani 2024, section 2 and Fig. S3).
        """
        return sum(
            self.bulk_ohm(name, temperature_c) + self.boundary_ohm(name, temperature_c)
            for name in self.conductors
        )

    # -- other cells -----------------------------------------------------------------------

    def with_thickness(self, name: str, factor: float) -> Cell:
        """Return the cell with layers of a name ``factor`` times as thick."""
        self.named(name)
        layers = tuple(
            replace(layer, thickness_cm=layer.thickness_cm * factor)
            if layer.name == name
            else layer
            for layer in self.layers
        )
        return replace(self, layers=layers)

    def with_area(self, factor: float) -> Cell:
        """Return the cell with every layer and contact ``factor`` times as large."""
        layers = tuple(replace(layer, area_cm2=layer.area_cm2 * factor) for layer in self.layers)
        contacts = tuple(replace(c, area_cm2=c.area_cm2 * factor) for c in self.contacts)
        return replace(self, layers=layers, contacts=contacts)

    def with_known(self, name: str, known: float) -> Cell:
        """Return the cell with the resistances of a layer known to a relative SD."""
        layers = tuple(
            replace(layer, known=known) if layer.name == name else layer for layer in self.layers
        )
        return replace(self, layers=layers)


def _positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise CellError(f"{name} = {value:g} must be positive and finite")


def _exponent(value: float) -> None:
    if not 0 < value <= 1:
        raise CellError(f"exponent = {value:g} must be above 0 and at most 1")
