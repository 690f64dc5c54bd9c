"""What a contact costs in a cell: polarisation at a current, its share, the largest resistance.

Three architectures (`weiss_2020` Fig. 1): a solid electrolyte between two layers of liquid, two
contacts in series; a bilayer with one contact; particles in a matrix, an effective medium
(`hasselman_1987`). Polarisation is current times resistance; if all of a contact's resistance is
charge transfer, Butler-Volmer gives the smaller overpotential beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from metastudy.answers.pooled_resistance import PooledResistance
from metastudy.answers.predict import rounded
from metastudy.errors import MetastudyError
from metastudy.physics.arguments import fraction, positive
from metastudy.physics.composite import hasselman_johnson
from metastudy.physics.kinetics import exchange_current, overpotential
from metastudy.units import ZERO_CELSIUS_K

CM_PER_UM = 1e-4
COLUMNS = [
    "architecture",
    "point",
    "resistance_ohm_cm2",
    "interface_v",
    "transfer_v",
    "polarisation_v",
    "interface_share",
    "missing",
]
LIMIT_COLUMNS = ["architecture", "goal", "largest_ohm_cm2", "probability", "missing"]


class ImpactError(MetastudyError):
    """A cell or a goal that is not complete."""


@dataclass(frozen=True)
class Layer:
    """A layer: thickness (um) and conductivity (S/cm)."""

    thickness_um: float
    conductivity_s_cm: float

    @property
    def resistance_ohm_cm2(self) -> float:
        """Its area-specific resistance."""
        thickness = float(positive("thickness_um", self.thickness_um)) * CM_PER_UM
        return thickness / float(positive("conductivity_s_cm", self.conductivity_s_cm))


@dataclass(frozen=True)
class InSeries:
    """Contacts in series with layers.

    Attributes
    ----------
    name
        The architecture.
    contacts
        Contacts that the current crosses.
    layers_ohm_cm2
        All layers together; None where they are not stated.
    """

    name: str
    contacts: int
    layers_ohm_cm2: float | None

    @property
    def missing(self) -> str:
        """What is missing for the share."""
        return "" if self.layers_ohm_cm2 is not None else "the share: thickness and conductivity"

    def interface(self, r_ohm_cm2: float) -> float:
        """Return the resistance (ohm cm2) of all contacts."""
        return self.contacts * r_ohm_cm2

    def total(self, r_ohm_cm2: float) -> float | None:
        """Return the resistance (ohm cm2) of contacts and layers."""
        if self.layers_ohm_cm2 is None:
            return None
        return self.interface(r_ohm_cm2) + self.layers_ohm_cm2

    def largest(self, limit_ohm_cm2: float) -> float | None:
        """Return the largest resistance of one contact for a total; None if none is low enough.

        Layers that are not stated count as none, which gives an upper limit.
        """
        left = (limit_ohm_cm2 - (self.layers_ohm_cm2 or 0.0)) / self.contacts
        return left if left > 0 else None


@dataclass(frozen=True)
class Particles:
    """Spheres in a matrix: a layer (um) of an effective medium.

    Attributes
    ----------
    matrix
        The layer, with the conductivity of its matrix.
    particle_s_cm, volume_fraction, diameter_um
        The particles.
    """

    matrix: Layer
    particle_s_cm: float
    volume_fraction: float
    diameter_um: float
    name: str = "particles in a matrix"
    missing: str = ""

    def total(self, r_ohm_cm2: float) -> float:
        """Return the resistance (ohm cm2) of the layer."""
        conductivity = hasselman_johnson(
            float(positive("conductivity_s_cm", self.matrix.conductivity_s_cm)),
            self.particle_s_cm,
            self.volume_fraction,
            self.diameter_um * CM_PER_UM / 2.0,
            r_ohm_cm2,
        )
        return replace(self.matrix, conductivity_s_cm=float(conductivity)).resistance_ohm_cm2

    def interface(self, r_ohm_cm2: float) -> float:
        """Return what the contacts add to the layer (ohm cm2)."""
        return self.total(r_ohm_cm2) - self.total(0.0)

    def largest(self, limit_ohm_cm2: float) -> float | None:
        """Return the largest resistance of a contact for a total.

        None where even contacts without resistance are too much, infinite where voids would do.
        The effective medium s is solved for the conductivity p of a particle with its contact:
        p = m (s (2 + phi) - 2 m (1 - phi)) / (m (1 + 2 phi) - s (1 - phi)).
        """
        if self.total(0.0) > limit_ohm_cm2:
            return None
        phi = float(fraction("volume_fraction", self.volume_fraction))
        m = self.matrix.conductivity_s_cm
        s = self.matrix.thickness_um * CM_PER_UM / limit_ohm_cm2
        above = s * (2.0 + phi) - 2.0 * m * (1.0 - phi)
        if above <= 0:
            return math.inf
        behind = m * above / (m * (1.0 + 2.0 * phi) - s * (1.0 - phi))
        radius = self.diameter_um * CM_PER_UM / 2.0
        return max(radius * (1.0 / behind - 1.0 / self.particle_s_cm), 0.0)


@dataclass(frozen=True)
class NotStated:
    """An architecture that lacks numbers of its cell."""

    name: str
    missing: str


Architecture = InSeries | Particles | NotStated


@dataclass(frozen=True)
class Goal:
    """A largest total resistance (ohm cm2) and the goal that it comes from."""

    text: str
    limit_ohm_cm2: float


def efficiency_goal(efficiency: float, voltage_v: float, current_ma_cm2: float) -> Goal:
    """Return the goal of an energy efficiency.

    Charge and discharge at the same current and resistance: (V - iR)/(V + iR) = efficiency.
    """
    share = float(fraction("efficiency", efficiency))
    voltage = float(positive("voltage", voltage_v))
    drop = voltage * (1.0 - share) / (1.0 + share)
    current = float(positive("current", current_ma_cm2))
    return Goal(
        f"energy efficiency {100 * share:g} % at {voltage:g} V and {current:g} mA cm-2",
        drop / (1e-3 * current),
    )


def charging_goal(capacity_mah_cm2: float, hours: float, overvoltage_v: float) -> Goal:
    """Return the goal of a charging time: capacity over hours within an overvoltage."""
    time = float(positive("hours", hours))
    current = 1e-3 * float(positive("capacity", capacity_mah_cm2)) / time
    drop = float(positive("overvoltage", overvoltage_v))
    text = f"charge of {capacity_mah_cm2:g} mAh cm-2 in {time:g} h within {drop:g} V"
    return Goal(text, drop / current)


def architectures(
    solid: Layer | None,
    partner: Layer | None,
    volume_fraction: float | None = None,
    diameter_um: float | None = None,
) -> tuple[Architecture, ...]:
    """Return the three architectures of a solid electrolyte and its partner.

    ``partner`` is all of the partner in the cell: both layers of liquid together. The composite
    has its thickness and, as matrix, its conductivity.
    """
    layers = None
    if solid is not None and partner is not None:
        layers = solid.resistance_ohm_cm2 + partner.resistance_ohm_cm2
    composite: Architecture = NotStated(
        "particles in a matrix",
        "conductivity of both, thickness of the partner, volume fraction and diameter",
    )
    if solid and partner and volume_fraction is not None and diameter_um is not None:
        composite = Particles(
            partner,
            solid.conductivity_s_cm,
            float(fraction("volume_fraction", volume_fraction)),
            float(positive("diameter_um", diameter_um)),
        )
    return (InSeries("liquid hybrid", 2, layers), InSeries("bilayer", 1, layers), composite)


@dataclass(frozen=True, repr=False)
class Impact:
    """What a pooled resistance costs.

    Attributes
    ----------
    resistance
        The resistance of one contact.
    current_ma_cm2
        Current density.
    architectures, goals
        What was asked.
    polarisation
        One row an architecture and point of the interval: interface_v (V, ohmic), transfer_v (V, if
        all of it is charge transfer), polarisation_v (V, layers included), interface_share.
    limits
        One row an architecture and goal: the largest resistance of one contact (ohm cm2), and the
        probability that a new contact is below it.
    """

    resistance: PooledResistance
    current_ma_cm2: float
    architectures: tuple[Architecture, ...]
    goals: tuple[Goal, ...]
    polarisation: pd.DataFrame
    limits: pd.DataFrame

    @property
    def sentence(self) -> str:
        """Say the polarisation of one contact, or what is missing."""
        r = self.resistance
        where = f"{r.name} at {r.reference_c:g} °C"
        points = r.points()
        if not points:
            return f"{where}: no prediction interval of the resistance. Missing: {r.missing}."
        volts = {name: 1e-3 * self.current_ma_cm2 * value for name, value in points.items()}
        return (
            f"{where}: one contact of a new laboratory has {rounded(points['median'])} ohm cm2 "
            f"({100 * (1 - r.alpha):g} % prediction interval {rounded(points['lower'])} to "
            f"{rounded(points['upper'])} ohm cm2; {r.counted}) and "
            f"polarises by {rounded(volts['median'])} V ({rounded(volts['lower'])} to "
            f"{rounded(volts['upper'])} V) at {self.current_ma_cm2:g} mA cm-2 if it is ohmic."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the polarisation, one row an architecture and point."""
        return self.polarisation

    def __repr__(self) -> str:
        return f"Impact({self.sentence})"


def impact(
    resistance: PooledResistance,
    current_ma_cm2: float,
    cells: Sequence[Architecture],
    goals: Sequence[Goal] = (),
) -> Impact:
    """Say what a pooled resistance costs in cells at a current.

    Raises
    ------
    PhysicsError
        Where a current, thickness, conductivity or fraction cannot be.
    """
    current = 1e-3 * float(positive("current", current_ma_cm2))
    rows = [row for cell in cells for row in _polarisation_rows(cell, resistance, current)]
    limits = [_limit_row(cell, goal, resistance) for cell in cells for goal in goals]
    return Impact(
        resistance,
        current_ma_cm2,
        tuple(cells),
        tuple(goals),
        pd.DataFrame(rows, columns=COLUMNS),
        pd.DataFrame(limits, columns=LIMIT_COLUMNS),
    )


def _polarisation_rows(
    cell: Architecture, resistance: PooledResistance, current_a_cm2: float
) -> list[dict[str, object]]:
    empty = dict.fromkeys(COLUMNS) | {"architecture": cell.name}
    if isinstance(cell, NotStated) or resistance.missing:
        lacks = [resistance.missing, getattr(cell, "missing", "")]
        return [empty | {"missing": "; ".join(filter(None, lacks))}]
    temperature = resistance.reference_c + ZERO_CELSIUS_K
    rows = []
    for point, r in resistance.points().items():
        own, total = cell.interface(r), cell.total(r)
        row = empty | {"point": point, "resistance_ohm_cm2": r, "missing": cell.missing}
        row["interface_v"] = current_a_cm2 * own
        if isinstance(cell, InSeries):
            each = overpotential(current_a_cm2, exchange_current(r, temperature), temperature)
            row["transfer_v"] = cell.contacts * float(each)
        if total is not None:
            row |= {"polarisation_v": current_a_cm2 * total, "interface_share": own / total}
        rows.append(row)
    return rows


def _limit_row(cell: Architecture, goal: Goal, resistance: PooledResistance) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(LIMIT_COLUMNS)
    row |= {"architecture": cell.name, "goal": goal.text, "missing": resistance.missing}
    if isinstance(cell, NotStated):
        return row | {"missing": cell.missing}
    largest = cell.largest(goal.limit_ohm_cm2)
    row |= {"largest_ohm_cm2": largest, "probability": resistance.below(largest)}
    if largest is None:
        row["missing"] = "no contact is low enough: the layers alone are above the goal"
    elif math.isinf(largest):
        row |= {"largest_ohm_cm2": None, "missing": "no limit: voids would reach the goal too"}
    return row
