"""The functions that a comparison of ``data/claims.csv`` may call; their names are in claim_terms.

Arguments and results are in the canonical units of their dimensions: cm, V, A cm-2, S cm-1, eV,
ohm cm2, degC, shares; and in mg cm-2, mAh cm-2, g cm-3, Wh kg-1, Wh L-1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from metastudy.physics import arrhenius, conversions, kinetics
from metastudy.physics import energy_density as cells
from metastudy.units import BOLTZMANN_EV_PER_K, FARADAY_C_PER_MOL, ZERO_CELSIUS_K

COULOMB_PER_MAH = 3.6
UM_PER_CM = cells.UM_PER_CM
Function = Callable[..., float]


def _kelvin(temperature_c: float) -> float:
    return temperature_c + ZERO_CELSIUS_K


def _two_point(r_cold: float, cold_c: float, r_hot: float, hot_c: float) -> float:
    return float(arrhenius.two_point_ea(r_cold, _kelvin(cold_c), r_hot, _kelvin(hot_c)))


def _solid(loading: float, separator_cm: float, density: float) -> cells.UnitAreaCell:
    return cells.solid_cell(loading, UM_PER_CM * separator_cm, density)


def _thin(loading: float, separator_cm: float, density: float, foil: float) -> cells.UnitAreaCell:
    """Return the cell with a thinner aluminium foil (cm) and no copper."""
    materials = replace(cells.Materials(), aluminium_um=UM_PER_CM * foil, copper_um=0.0)
    return cells.solid_cell(loading, UM_PER_CM * separator_cm, density, materials)


def _even_by_mass(loading: float, density: float, goal: float) -> float:
    return cells.break_even_um(_solid(loading, 0.0, density), goal, density) / UM_PER_CM


def _even_by_volume(loading: float, density: float, goal: float) -> float:
    return cells.break_even_um(_solid(loading, 0.0, density), goal) / UM_PER_CM


def _parity(goal: float, separator_cm: float, density: float) -> float:
    separator = UM_PER_CM * separator_cm
    return cells.parity_loading_mg_cm2(goal, separator, density, "volumetric")


def _ohmic(drop: float, current: float, conductivity: float) -> float:
    return float(cells.ohmic_thickness_um(drop, current, conductivity)) / UM_PER_CM


def _utilisation(capacity: float, molar_mass: float, electrons: float) -> float:
    charge = 1e3 * capacity * COULOMB_PER_MAH  # C per kg
    return charge * molar_mass / (electrons * FARADAY_C_PER_MOL)


FUNCTIONS: Mapping[str, Function] = {
    "ln": np.log,
    "sqrt": np.sqrt,
    "least": min,
    "largest": max,
    "thermal_energy": lambda t: BOLTZMANN_EV_PER_K * _kelvin(t),
    "two_point_energy": _two_point,
    "transfer_resistance": lambda i0, t: float(kinetics.transfer_resistance(i0, _kelvin(t))),
    "ohmic_thickness": _ohmic,
    "liquid_specific": lambda loading: cells.liquid_cell(loading).specific,
    "liquid_volumetric": lambda loading: cells.liquid_cell(loading).volumetric,
    "solid_specific": lambda *cell: _solid(*cell).specific,
    "solid_volumetric": lambda *cell: _solid(*cell).volumetric,
    "thin_foils_specific": lambda *cell: _thin(*cell).specific,
    "thin_foils_volumetric": lambda *cell: _thin(*cell).volumetric,
    "no_anode_specific": lambda *cell: _solid(*cell).without("lithium").specific,
    "no_anode_volumetric": lambda *cell: _solid(*cell).without("lithium").volumetric,
    "break_even_by_mass": _even_by_mass,
    "break_even_by_volume": _even_by_volume,
    "parity_loading": _parity,
    "plated_lithium": lambda charge: float(cells.plated_lithium_um(charge)) / UM_PER_CM,
    "utilisation": _utilisation,
    "volume_share": lambda *given: float(conversions.volume_fraction(*given)),
    "close_packing": lambda: np.pi / np.sqrt(18.0),
}
