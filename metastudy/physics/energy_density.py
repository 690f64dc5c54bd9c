"""Energy density of a cell with a liquid or a solid electrolyte (`wu_2016` section 3).

Each layer of one cell has a mass (mg cm-2) and a thickness (um) per area of the stack:
E_S = C m V / sum(w_i) and E_V = C m V / sum(thickness_i), where pores that the liquid does not fill
count as volume. Electrodes on both sides of a foil, tabs and packaging are left out, as there.

The paper takes 19.5 mg cm-2 of NCA and a cathode of 60 um for the solid cell; its densities and
pores make 60.38 um of that loading. So the five break-even thicknesses by volume come out 0.4 um
lower than with the 60 um of the paper, for any capacity of graphite: 119.5 in place of 119.9 um.
``solid_cell(cathode_um=60.0)`` takes the paper's thickness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, get_args

from .arguments import Number, Values, not_negative, positive
from .errors import PhysicsError

UM_PER_CM = 1e4
Measure = Literal["specific", "volumetric"]


@dataclass(frozen=True)
class Electrode:
    """Mass fractions of a dry electrode by component, its share of pores.

    Examples
    --------
    >>> cathode = Electrode({"NCA": 0.95, "carbon": 0.02, "binder": 0.03}, porosity=0.4)
    >>> round(sum(cathode.fractions.values()), 9)
    1.0
    """

    fractions: Mapping[str, float]
    porosity: float


@dataclass(frozen=True)
class Materials:
    """Table 1 and the text of section 3; densities in g cm-3, capacities in mAh g-1.

    Four numbers are not printed there: the densities of the two foils and the capacities of lithium
    (its theoretical one) and of graphite. With 360 mAh g-1 for graphite, between what cells reach
    and the theoretical 372, the liquid cell comes out as printed.

    Examples
    --------
    >>> thicker = Materials(copper_um=10.0)
    >>> thicker.copper_um, Materials().copper_um
    (10.0, 5.0)
    """

    density: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                "NCA": 4.7,
                "carbon": 2.2,
                "binder": 1.8,
                "graphite": 2.2,
                "lithium": 0.54,
                "separator": 0.95,
                "liquid": 1.1,
                "solid": 5.0,
                "aluminium": 2.70,
                "copper": 8.96,
            }
        )
    )
    nca_mah_g: float = 200.0
    graphite_mah_g: float = 360.0
    lithium_mah_g: float = 3861.0
    voltage_v: float = 3.6
    excess: float = 1.2
    liquid_cathode: Electrode = Electrode(
        MappingProxyType({"NCA": 0.95, "carbon": 0.02, "binder": 0.03}), 0.40
    )
    liquid_anode: Electrode = Electrode(MappingProxyType({"graphite": 0.95, "binder": 0.05}), 0.30)
    solid_cathode: Electrode = Electrode(
        MappingProxyType({"NCA": 0.80, "carbon": 0.05, "solid": 0.15}), 0.10
    )
    lithium_porosity: float = 0.10
    separator_um: float = 25.0
    separator_porosity: float = 0.50
    aluminium_um: float = 10.0
    copper_um: float = 5.0


@dataclass(frozen=True)
class UnitAreaCell:
    """One cell per area: energy (mWh cm-2), and mass (mg cm-2) and thickness (um) of its layers.

    Examples
    --------
    >>> cell = liquid_cell(20.0)
    >>> mass_mg_cm2 = sum(cell.mass_mg_cm2.values())
    >>> round(cell.specific * mass_mg_cm2 / cell.energy_mwh_cm2)  # Wh kg-1 from mWh mg-1
    1000
    """

    energy_mwh_cm2: float
    mass_mg_cm2: Mapping[str, float]
    thickness_um: Mapping[str, float]

    @property
    def specific(self) -> float:
        """Energy per mass in Wh kg-1."""
        return 1e3 * self.energy_mwh_cm2 / sum(self.mass_mg_cm2.values())

    @property
    def volumetric(self) -> float:
        """Energy per volume in Wh L-1."""
        return UM_PER_CM * self.energy_mwh_cm2 / sum(self.thickness_um.values())

    def without(self, layer: str) -> UnitAreaCell:
        """Return the cell without one of its layers."""
        return replace(
            self,
            mass_mg_cm2={k: v for k, v in self.mass_mg_cm2.items() if k != layer},
            thickness_um={k: v for k, v in self.thickness_um.items() if k != layer},
        )


def liquid_cell(loading_mg_cm2: float, materials: Materials | None = None) -> UnitAreaCell:
    """Return the cell with a liquid in all pores, a graphite anode and a porous separator.

    Parameters
    ----------
    loading_mg_cm2
        NCA in the cathode.
    materials
        Densities, capacities and compositions; those of the paper if none.

    Examples
    --------
    >>> cell = liquid_cell(20.0)
    >>> round(cell.energy_mwh_cm2, 6)  # 20 mg cm-2 x 200 mAh g-1 x 3.6 V
    14.4
    """
    m = materials or Materials()
    not_negative("loading_mg_cm2", loading_mg_cm2)
    masses, thicknesses = _foils(m)
    cathode = _dry(loading_mg_cm2, "NCA", m.liquid_cathode, m.density)
    graphite = m.excess * loading_mg_cm2 * m.nca_mah_g / m.graphite_mah_g
    anode = _dry(graphite, "graphite", m.liquid_anode, m.density)
    separator_solid = m.separator_um * (1.0 - m.separator_porosity)
    pores_um = m.separator_um - separator_solid
    for name, dry, electrode in (
        ("cathode", cathode, m.liquid_cathode),
        ("anode", anode, m.liquid_anode),
    ):
        masses[name], solid_um = dry
        thicknesses[name] = solid_um / (1.0 - electrode.porosity)
        pores_um += thicknesses[name] - solid_um
    masses["separator"] = _mass(separator_solid, m.density["separator"])
    thicknesses["separator"] = m.separator_um
    masses["liquid"] = _mass(pores_um, m.density["liquid"])
    return UnitAreaCell(_energy(loading_mg_cm2, m), masses, thicknesses)


def solid_cell(
    loading_mg_cm2: float,
    separator_um: float,
    density_g_cm3: float = 5.0,
    materials: Materials | None = None,
    cathode_um: float | None = None,
) -> UnitAreaCell:
    """Return the cell with a dense solid electrolyte and a lithium anode.

    A lighter electrolyte takes the same *volume* in the cathode, which keeps the loading and the
    thickness of the cathode, as section 3 says.

    Parameters
    ----------
    loading_mg_cm2
        NCA in the cathode.
    separator_um
        Thickness of the solid electrolyte between the electrodes.
    density_g_cm3
        Its density.
    materials
        As for the liquid cell.
    cathode_um
        Thickness of the cathode where it is not the one of its loading and pores.

    Raises
    ------
    PhysicsError
        Where a loading or thickness is negative, or a density not positive.

    Examples
    --------
    >>> thin, thick = solid_cell(20.0, 20.0), solid_cell(20.0, 100.0)
    >>> thin.energy_mwh_cm2 == thick.energy_mwh_cm2, thin.specific > thick.specific
    (True, True)
    """
    m = materials or Materials()
    not_negative("loading_mg_cm2", loading_mg_cm2)
    not_negative("separator_um", separator_um)
    positive("density_g_cm3", density_g_cm3)
    masses, thicknesses = _foils(m)
    cathode, solid_um = _dry(loading_mg_cm2, "NCA", m.solid_cathode, m.density)
    electrolyte = loading_mg_cm2 * m.solid_cathode.fractions["solid"]
    electrolyte /= m.solid_cathode.fractions["NCA"]
    masses["cathode"] = cathode - electrolyte * (1.0 - density_g_cm3 / m.density["solid"])
    thicknesses["cathode"] = solid_um / (1.0 - m.solid_cathode.porosity)
    if cathode_um is not None:
        thicknesses["cathode"] = positive("cathode_um", cathode_um)
    masses["lithium"] = m.excess * loading_mg_cm2 * m.nca_mah_g / m.lithium_mah_g
    lithium_um = _thickness(masses["lithium"], m.density["lithium"])
    thicknesses["lithium"] = lithium_um / (1.0 - m.lithium_porosity)
    masses["electrolyte"] = _mass(separator_um, density_g_cm3)
    thicknesses["electrolyte"] = separator_um
    return UnitAreaCell(_energy(loading_mg_cm2, m), masses, thicknesses)


def break_even_um(bare: UnitAreaCell, goal: float, density_g_cm3: float | None = None) -> float:
    """Return the thickness of solid electrolyte (um) at which a cell reaches an energy density.

    Parameters
    ----------
    bare
        The solid cell with a separator of no thickness.
    goal
        Wh kg-1 where a density is given, otherwise Wh L-1.
    density_g_cm3
        Density of the solid electrolyte.

    Returns
    -------
    float
        Negative where even the bare cell stays below the goal.

    Examples
    --------
    >>> goal = liquid_cell(20.0).volumetric
    >>> thickness = break_even_um(solid_cell(20.0, 0.0), goal)
    >>> round(solid_cell(20.0, thickness).volumetric / goal, 9)
    1.0
    """
    positive("goal", goal)
    if density_g_cm3 is None:
        return UM_PER_CM * bare.energy_mwh_cm2 / goal - sum(bare.thickness_um.values())
    spare_mg_cm2 = 1e3 * bare.energy_mwh_cm2 / goal - sum(bare.mass_mg_cm2.values())
    return _thickness(spare_mg_cm2, density_g_cm3)


def parity_loading_mg_cm2(
    goal: float,
    separator_um: float,
    density_g_cm3: float = 5.0,
    measure: Measure = "specific",
    materials: Materials | None = None,
) -> float:
    """Return the NCA loading (mg cm-2) at which a solid cell reaches an energy density.

    Energy, mass and thickness are linear in the loading, so the energy density rises with it to a
    limit.

    Parameters
    ----------
    goal
        Wh kg-1 for ``specific``, Wh L-1 for ``volumetric``.

    Raises
    ------
    PhysicsError
        Where no loading reaches the goal.

    Examples
    --------
    >>> round(parity_loading_mg_cm2(638.7, 100.0, measure="volumetric"), 1)
    16.7
    """
    if measure not in get_args(Measure):
        raise PhysicsError(f"measure {measure!r} is not one of {', '.join(get_args(Measure))}")
    positive("goal", goal)
    cells = [solid_cell(load, separator_um, density_g_cm3, materials) for load in (0.0, 1.0)]
    amounts = [
        sum((c.mass_mg_cm2 if measure == "specific" else c.thickness_um).values()) for c in cells
    ]
    factor = 1e3 if measure == "specific" else UM_PER_CM
    energy, growth = factor * cells[1].energy_mwh_cm2, amounts[1] - amounts[0]
    if energy / growth <= goal:
        unit = "Wh/kg" if measure == "specific" else "Wh/L"
        raise PhysicsError(
            f"goal = {goal:g} {unit} is reached at no loading; the limit is {energy / growth:.4g}"
        )
    return amounts[0] / (energy / goal - growth)


def ohmic_thickness_um(drop_v: Number, current_a_cm2: Values, conductivity_s_cm: Values) -> Number:
    """Return the thickness (um) over which a current loses a voltage: L = dE sigma/J.

    `wu_2016` section 1.

    Examples
    --------
    >>> round(ohmic_thickness_um(0.05, 3e-3, 1e-4), 1)
    16.7
    """
    drop, current = positive("drop_v", drop_v), positive("current_a_cm2", current_a_cm2)
    sigma = positive("conductivity_s_cm", conductivity_s_cm)
    result: Number = UM_PER_CM * drop * sigma / current
    return result


def ohmic_drop_v(thickness_um: Number, current_a_cm2: Values, conductivity_s_cm: Values) -> Number:
    """Return the voltage (V) that a current loses over a thickness: dE = J L/sigma.

    Examples
    --------
    >>> round(ohmic_drop_v(100.0, 1e-3, 1e-4), 6)  # 1 mA cm-2 through 100 um of 0.1 mS cm-1
    0.1
    """
    length = not_negative("thickness_um", thickness_um) / UM_PER_CM
    current = not_negative("current_a_cm2", current_a_cm2)
    result: Number = current * length / positive("conductivity_s_cm", conductivity_s_cm)
    return result


def plated_lithium_um(charge_mah_cm2: Number, materials: Materials | None = None) -> Number:
    """Return the thickness (um) of dense lithium of a charge per area: L = Q/(q rho).

    `wu_2016` section 4.4.

    Examples
    --------
    >>> round(plated_lithium_um(1.0), 2)
    4.8
    """
    m = materials or Materials()
    per_mah = UM_PER_CM / (m.lithium_mah_g * m.density["lithium"])
    result: Number = not_negative("charge_mah_cm2", charge_mah_cm2) * per_mah
    return result


def _energy(loading_mg_cm2: float, m: Materials) -> float:
    return loading_mg_cm2 * m.nca_mah_g * m.voltage_v / 1e3


def _foils(m: Materials) -> tuple[dict[str, float], dict[str, float]]:
    thicknesses = {"aluminium": m.aluminium_um, "copper": m.copper_um}
    masses = {name: _mass(um, m.density[name]) for name, um in thicknesses.items()}
    return masses, thicknesses


def _dry(
    active: float, name: str, electrode: Electrode, density: Mapping[str, float]
) -> tuple[float, float]:
    """Return the mass (mg cm-2) and the pore-free thickness (um) of an electrode."""
    total = active / electrode.fractions[name]
    parts = electrode.fractions.items()
    return total, sum(_thickness(total * share, density[part]) for part, share in parts)


def _mass(thickness_um: float, density_g_cm3: float) -> float:
    return 1e3 * density_g_cm3 * thickness_um / UM_PER_CM


def _thickness(mass_mg_cm2: float, density_g_cm3: float) -> float:
    return UM_PER_CM * mass_mg_cm2 / 1e3 / density_g_cm3
