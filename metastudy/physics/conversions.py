"""Contents of an electrolyte: salt ratio, concentration, mass and volume.

EO:Li is the number n of polymer repeat units for each formula unit of salt. A concentration per
litre of electrolyte needs the electrolyte's density, which is never assumed here. Numbers or arrays
that broadcast; a float comes back where all were numbers.
"""

from __future__ import annotations

import re
from typing import Any

from .arguments import Number, Values, fraction, positive
from .errors import PhysicsError

# Standard atomic weights, abridged to five digits: Prohaska et al. 2022, Pure Appl. Chem. 94, 573
# (`prohaska_2022`).
ATOMIC_WEIGHT = {
    "H": 1.0080,
    "Li": 6.94,
    "Be": 9.0122,
    "B": 10.81,
    "C": 12.011,
    "N": 14.007,
    "O": 15.999,
    "F": 18.998,
    "Na": 22.990,
    "Mg": 24.305,
    "Al": 26.982,
    "Si": 28.085,
    "P": 30.974,
    "S": 32.06,
    "Cl": 35.45,
    "K": 39.098,
    "Ca": 40.078,
    "Ti": 47.867,
    "Y": 88.906,
    "Zr": 91.224,
    "Nb": 92.906,
    "Ge": 72.630,
    "As": 74.922,
    "Br": 79.904,
    "Ag": 107.87,
    "Sn": 118.71,
    "Sb": 121.76,
    "I": 126.90,
    "Cs": 132.91,
    "Ba": 137.33,
    "La": 138.91,
    "Ta": 180.95,
}

SALTS = {
    "LiTFSI": "LiN(SO2CF3)2",
    "LiFSI": "LiN(SO2F)2",
    "LiTf": "LiSO3CF3",
    "LiBOB": "LiB(C2O4)2",
    "NaTFSI": "NaN(SO2CF3)2",
    "NaFSI": "NaN(SO2F)2",
    "NaTf": "NaSO3CF3",
}

# The unit that holds one oxygen that binds the cation.
REPEAT_UNITS = {"PEO": "C2H4O", "PPO": "C3H6O"}

_PART = re.compile(r"(?P<element>[A-Z][a-z]?)|(?P<open>\()|(?P<close>\))")
_COUNT = re.compile(r"\d+(?:\.\d+)?|")


def molar_mass(formula: str) -> float:
    """Return the molar mass in g/mol of a formula, or of a salt or polymer unit named here.

    Raises
    ------
    PhysicsError
        Where the formula cannot be read or holds an element without a weight here.

    Examples
    --------
    >>> round(molar_mass("C2H4O"), 2), round(molar_mass("LiClO4"), 2)
    (44.05, 106.39)
    """
    text = (SALTS | REPEAT_UNITS).get(formula, formula)
    sums, position = [0.0], 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            raise _unreadable(formula)
        position = part.end()
        if part["open"]:
            sums.append(0.0)
            continue
        if part["close"] and len(sums) == 1:
            raise _unreadable(formula)
        mass = sums.pop() if part["close"] else _weight(part["element"], formula)
        count = _COUNT.match(text, position)
        if count is not None and count[0]:
            mass *= float(count[0])
            position = count.end()
        if mass <= 0:
            raise _unreadable(formula)
        sums[-1] += mass
    if len(sums) != 1 or sums[0] <= 0:
        raise _unreadable(formula)
    return sums[0]


def concentration(
    units_per_salt: Number, density_g_cm3: Values, salt: str, polymer: str = "PEO"
) -> Number:
    """Return mol/L of electrolyte: c = 1000 rho/(n M_unit + M_salt).

    Parameters
    ----------
    units_per_salt
        n, such as 20 for EO:Li = 20:1.
    density_g_cm3
        Of polymer and salt together.
    salt, polymer
        Names or formulas; the polymer by its repeat unit.

    Examples
    --------
    >>> round(concentration(15, 1.2, "LiTFSI"), 2)
    1.27
    """
    mass = positive("units_per_salt", units_per_salt) * molar_mass(polymer) + molar_mass(salt)
    result: Number = 1e3 * positive("density_g_cm3", density_g_cm3) / mass
    return result


def units_per_salt(
    concentration_mol_l: Number, density_g_cm3: Values, salt: str, polymer: str = "PEO"
) -> Number:
    """Return n of EO:Li = n:1 at a concentration in mol/L; the inverse of ``concentration``.

    Raises
    ------
    PhysicsError
        Where the salt alone would weigh more than the electrolyte.

    Examples
    --------
    >>> round(units_per_salt(concentration(15, 1.2, "LiTFSI"), 1.2, "LiTFSI"), 6)
    15.0
    """
    c = positive("concentration_mol_l", concentration_mol_l)
    mass = 1e3 * positive("density_g_cm3", density_g_cm3) / c - molar_mass(salt)
    result: Number = _units(mass, salt, polymer)
    return result


def salt_mass_fraction(units_per_salt: Number, salt: str, polymer: str = "PEO") -> Number:
    """Return the mass of salt over that of polymer and salt, at n units for each salt.

    Examples
    --------
    >>> share = salt_mass_fraction(15, "LiTFSI")
    >>> round(share, 3), round(units_per_salt_by_mass(share, "LiTFSI"), 6)
    (0.303, 15.0)
    """
    own = molar_mass(salt)
    n = positive("units_per_salt", units_per_salt)
    result: Number = own / (n * molar_mass(polymer) + own)
    return result


def units_per_salt_by_mass(salt_fraction: Number, salt: str, polymer: str = "PEO") -> Number:
    """Return n of EO:Li = n:1 at a mass fraction of salt; inverse of ``salt_mass_fraction``.

    Examples
    --------
    >>> round(units_per_salt_by_mass(salt_mass_fraction(20, "LiTFSI"), "LiTFSI"), 6)
    20.0
    """
    share = positive("salt_fraction", fraction("salt_fraction", salt_fraction))
    result: Number = _units(molar_mass(salt) * (1.0 / share - 1.0), salt, polymer)
    return result


def volume_fraction(
    mass_fraction: Number, density_g_cm3: Values, matrix_density_g_cm3: Values
) -> Number:
    """Return the volume fraction of a component from its mass fraction.

    v/(v + v_m) with v = w/rho and v_m = (1 - w)/rho_m; without pores.

    Parameters
    ----------
    mass_fraction
        w of the component, 0 to 1.
    density_g_cm3, matrix_density_g_cm3
        Of the component and of what surrounds it.

    Examples
    --------
    >>> round(volume_fraction(0.5, 5.1, 1.275), 3)
    0.2
    """
    w = fraction("mass_fraction", mass_fraction)
    own = w / positive("density_g_cm3", density_g_cm3)
    rest = (1.0 - w) / positive("matrix_density_g_cm3", matrix_density_g_cm3)
    result: Number = own / (own + rest)
    return result


def mass_fraction(
    volume_fraction: Number, density_g_cm3: Values, matrix_density_g_cm3: Values
) -> Number:
    """Return the mass fraction of a component; the inverse of ``volume_fraction``.

    Examples
    --------
    >>> round(mass_fraction(0.2, 5.1, 1.275), 3)
    0.5
    """
    v = fraction("volume_fraction", volume_fraction)
    own = v * positive("density_g_cm3", density_g_cm3)
    rest = (1.0 - v) * positive("matrix_density_g_cm3", matrix_density_g_cm3)
    result: Number = own / (own + rest)
    return result


def _units(polymer_mass: Any, salt: str, polymer: str) -> Any:
    least = min(polymer_mass.flat) if hasattr(polymer_mass, "flat") else polymer_mass
    if least <= 0:
        raise PhysicsError(
            f"so much {salt} leaves no mass for {polymer}: a concentration cannot reach "
            "1000 density/molar mass of the salt, nor a mass fraction 1"
        )
    return polymer_mass / molar_mass(polymer)


def _weight(element: str, formula: str) -> float:
    if element not in ATOMIC_WEIGHT:
        raise _unreadable(formula, f"; no atomic weight of {element!r} stands here")
    return ATOMIC_WEIGHT[element]


def _unreadable(formula: str, why: str = "") -> PhysicsError:
    names = ", ".join(SALTS | REPEAT_UNITS)
    return PhysicsError(
        f"{formula!r} is neither one of {names} nor a formula such as LiN(SO2CF3)2{why}"
    )
