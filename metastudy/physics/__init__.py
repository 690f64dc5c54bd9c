"""Equations of the founding papers: arrays in, arrays out, with units, signs and sources.

Names are loaded when they are first used. A source in a docstring is a key of ``docs/physics.md``.
The line of de Levie for a porous contact and the brick layer of grains stand in ``metastudy.eis``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import PhysicsError

# public name -> module beside this file that defines it
_HOME: dict[str, str] = {}
_HOME |= dict.fromkeys(
    ("arrhenius_lever", "arrhenius_shift", "arrhenius_slope", "ea_of_resistance", "two_point_ea"),
    "arrhenius",
)
_HOME |= dict.fromkeys(
    (
        "activated_exchange_current",
        "current_density",
        "exchange_current",
        "exchange_flux",
        "limiting_current",
        "overpotential",
        "polarisation_resistance",
        "transfer_resistance",
        "transfer_resistance_at",
    ),
    "kinetics",
)
_HOME |= dict.fromkeys(
    ("debye_length", "depletion_potential", "depletion_resistance", "potential_profile"),
    "space_charge",
)
_HOME |= dict.fromkeys(
    ("Optimum", "TransferFit", "fit_transfer", "least_resistance"), "salt_content"
)
_HOME |= dict.fromkeys(
    ("GrowthFit", "fit_growth", "interphase_conductivity", "interphase_thickness", "resistance_at"),
    "growth",
)
_HOME |= {"CurveFit": "curve_fit"}
_HOME |= dict.fromkeys(
    ("LawComparison", "compare_laws", "fit_arrhenius", "fit_piecewise", "fit_vtf"), "temperature"
)
_HOME |= dict.fromkeys(("Compensation", "fit_compensation"), "compensation")
_HOME |= dict.fromkeys(
    (
        "concentration",
        "mass_fraction",
        "molar_mass",
        "salt_mass_fraction",
        "units_per_salt",
        "units_per_salt_by_mass",
        "volume_fraction",
    ),
    "conversions",
)
_HOME |= dict.fromkeys(
    (
        "bruggeman",
        "bruggeman_differential",
        "contact_area",
        "critical_radius",
        "hasselman_johnson",
        "nan_spheroids",
        "particle_behind_contact",
    ),
    "composite",
)
_HOME |= dict.fromkeys(("MatrixAndContact", "matrix_and_contact"), "composite_pair")
_HOME |= dict.fromkeys(
    (
        "Electrode",
        "Materials",
        "UnitAreaCell",
        "break_even_um",
        "liquid_cell",
        "ohmic_drop_v",
        "ohmic_thickness_um",
        "parity_loading_mg_cm2",
        "plated_lithium_um",
        "solid_cell",
    ),
    "energy_density",
)

__all__ = [
    "Compensation",
    "CurveFit",
    "Electrode",
    "GrowthFit",
    "LawComparison",
    "Materials",
    "MatrixAndContact",
    "Optimum",
    "PhysicsError",
    "TransferFit",
    "UnitAreaCell",
    "activated_exchange_current",
    "arrhenius_lever",
    "arrhenius_shift",
    "arrhenius_slope",
    "break_even_um",
    "bruggeman",
    "bruggeman_differential",
    "compare_laws",
    "concentration",
    "contact_area",
    "critical_radius",
    "current_density",
    "debye_length",
    "depletion_potential",
    "depletion_resistance",
    "ea_of_resistance",
    "exchange_current",
    "exchange_flux",
    "fit_arrhenius",
    "fit_compensation",
    "fit_growth",
    "fit_piecewise",
    "fit_transfer",
    "fit_vtf",
    "hasselman_johnson",
    "interphase_conductivity",
    "interphase_thickness",
    "least_resistance",
    "limiting_current",
    "liquid_cell",
    "mass_fraction",
    "matrix_and_contact",
    "molar_mass",
    "nan_spheroids",
    "ohmic_drop_v",
    "ohmic_thickness_um",
    "overpotential",
    "parity_loading_mg_cm2",
    "particle_behind_contact",
    "plated_lithium_um",
    "polarisation_resistance",
    "potential_profile",
    "resistance_at",
    "salt_mass_fraction",
    "solid_cell",
    "transfer_resistance",
    "transfer_resistance_at",
    "two_point_ea",
    "units_per_salt",
    "units_per_salt_by_mass",
    "volume_fraction",
]

if TYPE_CHECKING:
    from .arrhenius import (
        arrhenius_lever,
        arrhenius_shift,
        arrhenius_slope,
        ea_of_resistance,
        two_point_ea,
    )
    from .compensation import Compensation, fit_compensation
    from .composite import (
        bruggeman,
        bruggeman_differential,
        contact_area,
        critical_radius,
        hasselman_johnson,
        nan_spheroids,
        particle_behind_contact,
    )
    from .composite_pair import MatrixAndContact, matrix_and_contact
    from .conversions import (
        concentration,
        mass_fraction,
        molar_mass,
        salt_mass_fraction,
        units_per_salt,
        units_per_salt_by_mass,
        volume_fraction,
    )
    from .curve_fit import CurveFit
    from .energy_density import (
        Electrode,
        Materials,
        UnitAreaCell,
        break_even_um,
        liquid_cell,
        ohmic_drop_v,
        ohmic_thickness_um,
        parity_loading_mg_cm2,
        plated_lithium_um,
        solid_cell,
    )
    from .growth import (
        GrowthFit,
        fit_growth,
        interphase_conductivity,
        interphase_thickness,
        resistance_at,
    )
    from .kinetics import (
        activated_exchange_current,
        current_density,
        exchange_current,
        exchange_flux,
        limiting_current,
        overpotential,
        polarisation_resistance,
        transfer_resistance,
        transfer_resistance_at,
    )
    from .salt_content import Optimum, TransferFit, fit_transfer, least_resistance
    from .space_charge import (
        debye_length,
        depletion_potential,
        depletion_resistance,
        potential_profile,
    )
    from .temperature import LawComparison, compare_laws, fit_arrhenius, fit_piecewise, fit_vtf


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
