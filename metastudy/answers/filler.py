"""Size and temperature above which particles of a solid electrolyte help a polymer.

Spheres of a filler raise the conductivity of their matrix where they are larger than
2 R/(1/sigma_m - 1/sigma_p) (`nan_1997`), with R the resistance of the contact. R falls faster with
temperature than the matrix gains, so a given size helps above some temperature, as long as the
polymer stays molten.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metastudy.answers.activation import contact_energies, group_names, pool, reference_values
from metastudy.answers.pooled_resistance import PooledResistance
from metastudy.answers.predict import rounded
from metastudy.errors import MetastudyError
from metastudy.physics.arguments import HIGHEST_C, fraction, positive
from metastudy.physics.composite import critical_radius, hasselman_johnson
from metastudy.tables.loading import Dataset
from metastudy.units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K

CM_PER_UM = 1e-4
NEVER = f"at no temperature up to {HIGHEST_C:g} °C"
COLUMNS = [
    "point",
    "resistance_ohm_cm2",
    "critical_diameter_um",
    "relative_conductivity",
    "helps_above_c",
    "missing",
]


class FillerError(MetastudyError):
    """A filler or matrix that no rule can be made for."""


@dataclass(frozen=True)
class Composite:
    """Particles in a matrix at one temperature.

    Attributes
    ----------
    matrix_s_cm, filler_s_cm
        Conductivities; the filler's may be infinite.
    filler_source
        Where the filler's conductivity is from, in words.
    volume_fraction, diameter_um
        Of the particles; None where they are not stated.
    matrix_ea_ev, contact_ea_ev
        Activation energies of the conductivity of the matrix and of the contact resistance; None
        where they are not known. The filler's is taken as that of the matrix.
    melting_c
        Melting point of the matrix (degC); the energies hold above it. None: no limit is known.
    """

    matrix_s_cm: float
    filler_s_cm: float
    filler_source: str
    volume_fraction: float | None = None
    diameter_um: float | None = None
    matrix_ea_ev: float | None = None
    contact_ea_ev: float | None = None
    melting_c: float | None = None

    def critical_diameter_um(self, r_ohm_cm2: float) -> float:
        """Return the diameter above which particles help."""
        radius = critical_radius(self.matrix_s_cm, r_ohm_cm2, self.filler_s_cm)
        return float(2.0 * radius / CM_PER_UM)

    def relative_conductivity(self, r_ohm_cm2: float, diameter_um: float) -> float:
        """Return the conductivity of the composite over that of its matrix."""
        phi = float(fraction("volume_fraction", self.volume_fraction or 0.0))
        filler = min(self.filler_s_cm, 1e6 * self.matrix_s_cm)
        radius = diameter_um * CM_PER_UM / 2.0
        return float(
            hasselman_johnson(self.matrix_s_cm, filler, phi, radius, r_ohm_cm2) / self.matrix_s_cm
        )

    @property
    def falls_with_temperature(self) -> bool:
        """Whether the critical size falls with temperature, where both energies are known."""
        assert self.contact_ea_ev is not None
        assert self.matrix_ea_ev is not None
        return self.contact_ea_ev > self.matrix_ea_ev

    def helps_above_c(self, r_ohm_cm2: float, at_c: float) -> float | None:
        """Return the temperature (degC) above which particles of the diameter help.

        d_c(T) = d_c(T0) exp((Ea_contact - Ea_matrix)/k (1/T - 1/T0)), solved for d_c = d; the
        melting point where they help in all of the melt. None where they help nowhere below
        ``HIGHEST_C``, or the critical size does not fall.
        """
        assert self.diameter_um is not None
        assert self.contact_ea_ev is not None
        assert self.matrix_ea_ev is not None
        if not self.falls_with_temperature:
            return None
        gap = self.contact_ea_ev - self.matrix_ea_ev
        ratio = math.log(self.diameter_um / self.critical_diameter_um(r_ohm_cm2))
        inverse = 1.0 / (at_c + ZERO_CELSIUS_K) + BOLTZMANN_EV_PER_K * ratio / gap
        if inverse < 1.0 / (HIGHEST_C + ZERO_CELSIUS_K):
            return None
        found = 1.0 / inverse - ZERO_CELSIUS_K
        return found if self.melting_c is None else max(found, self.melting_c)

    @property
    def missing(self) -> str:
        """What is missing for the temperature."""
        wanted = {
            "diameter of the particles": self.diameter_um,
            "activation energy of the matrix": self.matrix_ea_ev,
            "activation energy of the contact": self.contact_ea_ev,
        }
        return ", ".join(name for name, value in wanted.items() if value is None)


@dataclass(frozen=True, repr=False)
class Filler:
    """When a filler helps.

    Attributes
    ----------
    filler, matrix
        Words.
    resistance
        The resistance of their contact.
    composite
        What was stated or found.
    table
        One row a point of the interval: resistance_ohm_cm2, critical_diameter_um,
        relative_conductivity (at the stated diameter and volume fraction), helps_above_c (degC).
    """

    filler: str
    matrix: str
    resistance: PooledResistance
    composite: Composite
    table: pd.DataFrame

    @property
    def sentence(self) -> str:
        """Say above which size and temperature the filler helps, or what is missing."""
        r = self.resistance
        where = f"{self.filler} in {self.matrix} at {r.reference_c:g} °C"
        if r.missing:
            return f"{where}: no design rule. Missing: {r.missing}."
        sizes = self.table.set_index("point")["critical_diameter_um"]
        said = (
            f"{where}: spheres help above a diameter of {rounded(sizes['median'])} µm "
            f"({100 * (1 - r.alpha):g} % prediction interval {rounded(sizes['lower'])} to "
            f"{rounded(sizes['upper'])} µm; {r.counted}). Matrix {self.composite.matrix_s_cm:.2g} "
            f"S/cm, filler {self.composite.filler_s_cm:.2g} S/cm ({self.composite.filler_source})."
        )
        return f"{said} {self._temperature_sentence()}"

    def _temperature_sentence(self) -> str:
        found = self.composite
        if found.missing:
            return f"Missing for a temperature: {found.missing}."
        energies = f"{found.contact_ea_ev:.2f} eV for the contact, {found.matrix_ea_ev:.2f} eV"
        if not found.falls_with_temperature:
            return f"The size does not fall with temperature ({energies} for the matrix)."
        ends = {
            row["point"]: self._temperature(row["helps_above_c"])
            for row in self.table.to_dict("records")
        }
        return (
            f"A filler of {found.diameter_um:g} µm helps {ends['median']} (ends of the "
            f"interval: {ends['lower']}; {ends['upper']}), with {energies} for the matrix, if "
            "the filler's conductivity changes as that of the matrix."
        )

    def _temperature(self, value: float | None) -> str:
        if value is None or np.isnan(value):
            return NEVER
        if value == self.composite.melting_c:
            return f"at every temperature above the melting point, {value:g} °C"
        return f"above {value:.0f} °C"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a point of the interval."""
        return self.table

    def __repr__(self) -> str:
        return f"Filler({self.sentence})"


def filler(
    filler_word: str, matrix_word: str, resistance: PooledResistance, composite: Composite
) -> Filler:
    """Say when a filler helps its matrix.

    Raises
    ------
    PhysicsError
        Where the filler conducts no better than the matrix, or a number cannot be.
    FillerError
        Where the temperature is below the melting point of the matrix.
    """
    if composite.melting_c is not None and resistance.reference_c < composite.melting_c:
        raise FillerError(
            f"at {resistance.reference_c:g} degC {matrix_word} is not molten; "
            f"give --at {composite.melting_c:g} or more"
        )
    for name in ("diameter_um", "matrix_ea_ev", "contact_ea_ev"):
        value = getattr(composite, name)
        if value is not None:
            positive(name, value)
    rows = [
        _row(point, r, composite, resistance.reference_c)
        for point, r in resistance.points().items()
    ]
    if not rows:
        rows = [dict.fromkeys(COLUMNS) | {"missing": resistance.missing}]
    return Filler(
        filler_word, matrix_word, resistance, composite, pd.DataFrame(rows, columns=COLUMNS)
    )


def _row(point: str, r_ohm_cm2: float, composite: Composite, at_c: float) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(COLUMNS) | {"point": point, "missing": composite.missing}
    row["resistance_ohm_cm2"] = r_ohm_cm2
    row["critical_diameter_um"] = composite.critical_diameter_um(r_ohm_cm2)
    if composite.diameter_um is not None and composite.volume_fraction is not None:
        row["relative_conductivity"] = composite.relative_conductivity(
            r_ohm_cm2, composite.diameter_um
        )
    if not composite.missing:
        row["helps_above_c"] = composite.helps_above_c(r_ohm_cm2, at_c)
        if row["helps_above_c"] is None:
            row["missing"] = (
                f"it helps {NEVER}"
                if composite.falls_with_temperature
                else "the size does not fall with temperature"
            )
    return row


def contact_energy(data: Dataset, interface_class: str, ion: str) -> float | None:
    """Return the mean activation energy (eV) of a class and ion where it has an interval."""
    values = reference_values(contact_energies(data.records))
    groups, _ = pool(values.assign(group=group_names(values)))
    own = groups[(groups["group"] == f"{interface_class} {ion}") & groups["lower"].notna()]
    return None if own.empty else float(own["mean_ev"].iloc[0])


def printed_conductivity(data: Dataset, solid: str) -> tuple[float, str]:
    """Return the preferred conductivity (S/cm) of a solid electrolyte, and where it is from.

    Without one it is infinite: then the critical size is the smallest there can be.
    """
    table = data.properties
    rows = table[(table["word"] == solid) & (table["property"] == "conductivity")]
    if rows.empty:
        return math.inf, "not known, so without limit"
    return float(rows["value"].iloc[0]), "tabulated, at room temperature"


def melting_point(data: Dataset, polymer: str) -> float | None:
    """Return the melting point (degC) that the vocabulary has for a polymer."""
    table = data.vocabulary
    row = table[(table["vocabulary"] == "polymer") & (table["word"] == polymer)]
    text = json.loads(row["properties"].iloc[0]).get("melting_point_c", "") if len(row) else ""
    return float(text) if text else None
