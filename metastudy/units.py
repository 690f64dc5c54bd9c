"""Unit factors and physical constants, in one place.

How a unit may be spelt in print stands in ``data/vocabulary/unit.csv``; what it is worth stands
here, and a test compares each factor with pint. Inside the package a quantity has the canonical
unit of its dimension and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from metastudy.errors import MetastudyError

BOLTZMANN_EV_PER_K = 8.617333262e-5  # CODATA 2018, exact since 2019
FARADAY_C_PER_MOL = 96485.33212  # CODATA 2018, exact since 2019
GAS_CONSTANT_J_PER_MOL_K = 8.314462618  # CODATA 2018, exact since 2019
VACUUM_PERMITTIVITY_F_PER_CM = 8.8541878128e-14  # CODATA 2018
ZERO_CELSIUS_K = 273.15
KJ_PER_MOL_PER_EV = FARADAY_C_PER_MOL / 1000.0


class UnitError(MetastudyError):
    """A unit that is not known, or that does not fit what it stands with."""


@dataclass(frozen=True)
class Unit:
    """A unit: its dimension, and canonical = factor * value + offset."""

    dimension: str
    factor: float
    offset: float = 0.0


CANONICAL = {
    "resistance_area": "ohm cm2",
    "resistance": "ohm",
    "conductance_per_area": "S cm-2",
    "energy": "eV",
    "current_density": "A cm-2",
    "dimensionless": "1",
    "capacitance": "F",
    "capacitance_per_area": "F cm-2",
    "conductivity": "S cm-1",
    "length": "cm",
    "area": "cm2",
    "relative_change": "ratio",
    "fraction": "1",
    "mass_fraction": "1",
    "concentration": "mol L-1",
    "molality": "mol kg-1",
    "salt_ratio": "EO:Li",
    "time": "s",
    "inductance": "H",
    "frequency": "Hz",
    "angular_frequency": "rad s-1",
    "temperature": "degC",
    "pressure": "Pa",
    "force": "N",
    "potential": "V",
    "molar_mass": "kg mol-1",
    "resistance_area_per_time": "ohm cm2 s-1",
    "density": "g cm-3",
    "viscosity": "Pa s",
    "grit": "grit",
}

UNITS = {
    "ohm cm2": Unit("resistance_area", 1.0),
    "kohm cm2": Unit("resistance_area", 1e3),
    "Mohm cm2": Unit("resistance_area", 1e6),
    "mohm cm2": Unit("resistance_area", 1e-3),
    "ohm m2": Unit("resistance_area", 1e4),
    "ohm": Unit("resistance", 1.0),
    "kohm": Unit("resistance", 1e3),
    "Mohm": Unit("resistance", 1e6),
    "S cm-2": Unit("conductance_per_area", 1.0),
    "mS cm-2": Unit("conductance_per_area", 1e-3),
    "S m-2": Unit("conductance_per_area", 1e-4),
    "eV": Unit("energy", 1.0),
    "meV": Unit("energy", 1e-3),
    "kJ mol-1": Unit("energy", 1.0 / KJ_PER_MOL_PER_EV),
    "kcal mol-1": Unit("energy", 4.184 / KJ_PER_MOL_PER_EV),
    "A cm-2": Unit("current_density", 1.0),
    "mA cm-2": Unit("current_density", 1e-3),
    "uA cm-2": Unit("current_density", 1e-6),
    "A m-2": Unit("current_density", 1e-4),
    "1": Unit("dimensionless", 1.0),
    "F": Unit("capacitance", 1.0),
    "mF": Unit("capacitance", 1e-3),
    "uF": Unit("capacitance", 1e-6),
    "nF": Unit("capacitance", 1e-9),
    "pF": Unit("capacitance", 1e-12),
    "F cm-2": Unit("capacitance_per_area", 1.0),
    "mF cm-2": Unit("capacitance_per_area", 1e-3),
    "uF cm-2": Unit("capacitance_per_area", 1e-6),
    "nF cm-2": Unit("capacitance_per_area", 1e-9),
    "H": Unit("inductance", 1.0),
    "uH": Unit("inductance", 1e-6),
    "nH": Unit("inductance", 1e-9),
    "S cm-1": Unit("conductivity", 1.0),
    "mS cm-1": Unit("conductivity", 1e-3),
    "uS cm-1": Unit("conductivity", 1e-6),
    "S m-1": Unit("conductivity", 1e-2),
    "cm": Unit("length", 1.0),
    "m": Unit("length", 1e2),
    "mm": Unit("length", 1e-1),
    "um": Unit("length", 1e-4),
    "nm": Unit("length", 1e-7),
    "cm2": Unit("area", 1.0),
    "mm2": Unit("area", 1e-2),
    "m2": Unit("area", 1e4),
    # A change is the ratio of the changed to the reference value. "84 percent decrease" is 0.16.
    "ratio": Unit("relative_change", 1.0),
    "percent of reference": Unit("relative_change", 1e-2),
    "percent decrease": Unit("relative_change", -1e-2, 1.0),
    "percent increase": Unit("relative_change", 1e-2, 1.0),
    "percent": Unit("fraction", 1e-2),
    "vol%": Unit("fraction", 1e-2),
    "wt%": Unit("mass_fraction", 1e-2),
    "ppm": Unit("mass_fraction", 1e-6),
    "ppb": Unit("mass_fraction", 1e-9),
    "g g-1": Unit("mass_fraction", 1.0),
    "mol L-1": Unit("concentration", 1.0),
    "mol kg-1": Unit("molality", 1.0),
    "EO:Li": Unit("salt_ratio", 1.0),
    "EO:Na": Unit("salt_ratio", 1.0),
    "s": Unit("time", 1.0),
    "ms": Unit("time", 1e-3),
    "us": Unit("time", 1e-6),
    "min": Unit("time", 60.0),
    "h": Unit("time", 3600.0),
    "d": Unit("time", 86400.0),
    "week": Unit("time", 604800.0),
    "month": Unit("time", 2629800.0),
    "Hz": Unit("frequency", 1.0),
    "kHz": Unit("frequency", 1e3),
    "MHz": Unit("frequency", 1e6),
    "mHz": Unit("frequency", 1e-3),
    "rad s-1": Unit("angular_frequency", 1.0),
    "degC": Unit("temperature", 1.0),
    "K": Unit("temperature", 1.0, -ZERO_CELSIUS_K),
    "Pa": Unit("pressure", 1.0),
    "kPa": Unit("pressure", 1e3),
    "MPa": Unit("pressure", 1e6),
    "GPa": Unit("pressure", 1e9),
    "bar": Unit("pressure", 1e5),
    "mbar": Unit("pressure", 1e2),
    "Torr": Unit("pressure", 101325.0 / 760.0),
    "psi": Unit("pressure", 6894.757293168),
    "t": Unit("force", 9806.65),
    "N": Unit("force", 1.0),
    "kN": Unit("force", 1e3),
    "V": Unit("potential", 1.0),
    "mV": Unit("potential", 1e-3),
    "kg mol-1": Unit("molar_mass", 1.0),
    "g mol-1": Unit("molar_mass", 1e-3),
    "ohm cm2 s-1": Unit("resistance_area_per_time", 1.0),
    "ohm cm2 h-1": Unit("resistance_area_per_time", 1.0 / 3600.0),
    "g cm-3": Unit("density", 1.0),
    "Pa s": Unit("viscosity", 1.0),
    "mPa s": Unit("viscosity", 1e-3),
    "cP": Unit("viscosity", 1e-3),
    "grit": Unit("grit", 1.0),
    "mesh": Unit("grit", 1.0),
}

# "Lower by a factor of 6" divides the reference value, so no linear factor expresses it.
RECIPROCAL = {
    "factor decrease": "relative_change",
    "factor increase": "relative_change",
}


def dimension_of(unit: str) -> str:
    """Return the dimension of a unit by its name here (not by its printed spelling).

    Raises
    ------
    UnitError
        Where no unit has that name.
    """
    if unit in RECIPROCAL:
        return RECIPROCAL[unit]
    if unit not in UNITS:
        raise UnitError(f"no unit is named {unit!r}; the names stand in metastudy/units.py")
    return UNITS[unit].dimension


def to_canonical(value: float, unit: str) -> float:
    """Convert a value to the canonical unit of its dimension.

    Percent and factor changes become the ratio of the changed to the reference value:
    ``to_canonical(84, "percent decrease")`` is 0.16 and ``to_canonical(6, "factor decrease")`` is
    1/6.
    """
    dimension_of(unit)
    if unit == "factor decrease":
        return 1.0 / value
    if unit == "factor increase":
        return value
    known = UNITS[unit]
    return known.factor * value + known.offset


def spread_to_canonical(spread: float, value: float, unit: str) -> float:
    """Convert a standard deviation printed in ``unit`` beside ``value`` (offsets do not count).

    A factor change is divided out: sd(1/x) is sd(x)/x**2 to first order.
    """
    dimension_of(unit)
    if unit == "factor decrease":
        return spread / value**2
    if unit == "factor increase":
        return spread
    return abs(UNITS[unit].factor) * spread
