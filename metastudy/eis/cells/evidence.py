"""What other measurements say about an arc: other thickness, the plate alone, another partner.

Each kind of evidence predicts how the arc's resistance follows if it belongs to a part of the
cell. A prediction is contradicted where the measured logarithm is more than three standard errors
away, and borne out where it is within two and some other prediction is contradicted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import CellError

# Standard errors beyond which a prediction is contradicted, and within which it is borne out.
CONTRADICTED, BORNE_OUT = 3.0, 2.0
# Nobody prepares two samples more alike than this (SD of ln R between nominally equal samples).
SAMPLE_SPREAD = 0.1


@dataclass(frozen=True)
class ThicknessPair:
    """The arc in two cells that differ in the thickness of one layer.

    Parameters
    ----------
    arc, layer : str
        Which arc; which layer was thicker.
    thickness_ratio, resistance_ratio : float
        Second cell over first; resistances times area.
    relative_error : float
        Standard error of ln(resistance ratio) from both spectra.
    spread : float
        SD of ln R between nominally equal samples, added to it.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> blocking = eis.Contact(("SS", "PE"), 0.1, None, 5e-6, blocking=True)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel), (blocking,))
    >>> arc = eis.MeasuredArc("R1", 400.0, 2e-8, 0.01, 0.02)
    >>> stays = eis.ThicknessPair("R1", "SE", thickness_ratio=2.0, resistance_ratio=1.0)
    >>> eis.assign_arcs([arc], cell, [stays]).arcs[0].name
    'interface'
    """

    arc: str
    layer: str
    thickness_ratio: float
    resistance_ratio: float
    relative_error: float = 0.0
    spread: float = SAMPLE_SPREAD

    def __post_init__(self) -> None:
        _ratios(self, "thickness_ratio", "resistance_ratio")

    @property
    def error(self) -> float:
        """Standard error of the logarithm of the ratio."""
        return float(np.hypot(self.relative_error, self.spread))


@dataclass(frozen=True)
class PlateAlone:
    """One layer measured by itself between electrodes, at the same temperature.

    Parameters
    ----------
    layer : str
        Which.
    resistances_ohm, capacitances_f : tuple of float
        Its arcs, scaled to the thickness and area that the layer has in the cell.
    relative_error : float
        Standard error of their logarithms.
    spread : float
        SD of ln R between nominally equal samples; 0 if it is the very plate of the cell.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> blocking = eis.Contact(("SS", "PE"), 0.1, None, 5e-6, blocking=True)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel), (blocking,))
    >>> arc = eis.MeasuredArc("R1", 400.0, 2e-8, 0.01, 0.02)
    >>> plate_alone = eis.PlateAlone("SE", (200.0,), (2e-11,))  # no arc of 400 ohm in the plate
    >>> eis.assign_arcs([arc], cell, [plate_alone]).arcs[0].name
    'interface'
    """

    layer: str
    resistances_ohm: tuple[float, ...]
    capacitances_f: tuple[float, ...]
    relative_error: float = 0.0
    spread: float = SAMPLE_SPREAD

    def __post_init__(self) -> None:
        if len(self.resistances_ohm) != len(self.capacitances_f):
            raise CellError(
                f"plate {self.layer}: {len(self.resistances_ohm)} resistances and "
                f"{len(self.capacitances_f)} capacitances; give both of each arc"
            )

    @property
    def error(self) -> float:
        """Standard error of the logarithm of a resistance."""
        return float(np.hypot(self.relative_error, self.spread))


@dataclass(frozen=True)
class PartnerChange:
    """The arc in two cells with the same layer ``kept`` and another partner in its contacts.

    ``resistance_ratio`` is second over first, times area; ``relative_error`` and ``spread`` as in
    ``ThicknessPair``.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> blocking = eis.Contact(("SS", "PE"), 0.1, None, 5e-6, blocking=True)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel), (blocking,))
    >>> arc = eis.MeasuredArc("R1", 400.0, 2e-8, 0.01, 0.02)
    >>> change = eis.PartnerChange("R1", "SE", resistance_ratio=8.0)
    >>> eis.assign_arcs([arc], cell, [change]).arcs[0].name
    'interface'
    """

    arc: str
    kept: str
    resistance_ratio: float
    relative_error: float = 0.0
    spread: float = SAMPLE_SPREAD

    def __post_init__(self) -> None:
        _ratios(self, "resistance_ratio")

    @property
    def error(self) -> float:
        """Standard error of the logarithm of the ratio."""
        return float(np.hypot(self.relative_error, self.spread))


@dataclass(frozen=True)
class ElectrodesLeftOut:
    """Whether the arc remains in the same cell with reference electrodes inside the others.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> blocking = eis.Contact(("SS", "PE"), 0.1, None, 5e-6, blocking=True)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel), (blocking,))
    >>> arc = eis.MeasuredArc("R1", 400.0, 2e-8, 0.01, 0.02)
    >>> left_out = eis.ElectrodesLeftOut("R1", remains=True)  # so it is no electrode's
    >>> eis.assign_arcs([arc], cell, [left_out]).arcs[0].name
    'interface+gb'
    """

    arc: str
    remains: bool


@dataclass(frozen=True)
class ArcOrder:
    """Parts of the cell that each have an arc of their own, from the fastest to the slowest.

    ``parts`` are names such as ``grain boundary SE`` and ``interface PE|SE``. It is what the
    evaluator knows or assumes, and the words of the result say so.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel))
    >>> arcs = [
    ...     eis.MeasuredArc("R1", 400.0, 2e-8, 0.01, 0.02),
    ...     eis.MeasuredArc("R2", 900.0, 4e-7, 0.01, 0.02),
    ... ]
    >>> order = eis.ArcOrder(("grain boundary SE", "interface PE|SE"))
    >>> [one.name for one in eis.assign_arcs(arcs, cell, [order]).arcs]
    ['grain boundary', 'interface']
    """

    parts: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.parts) < 2 or len(set(self.parts)) < len(self.parts):
            raise CellError(
                f"the order {self.words or 'of nothing'} must name two or more parts, each once, "
                "from fast to slow"
            )

    @property
    def words(self) -> str:
        """The parts from fast to slow, such as ``grain boundary SE before interface PE|SE``."""
        return " before ".join(self.parts)


Evidence = ThicknessPair | PlateAlone | PartnerChange | ElectrodesLeftOut | ArcOrder


@dataclass(frozen=True)
class ArcEvidence:
    """One piece of evidence about one possible name of an arc.

    Attributes
    ----------
    rule : str
        ``permittivity``, ``boundary ratio``, ``contact capacitance``, ``expected resistance``,
        ``thickness pair``, ``plate alone``, ``partner change``, ``electrodes left out``,
        ``arc order`` or ``material``.
    name : str
        The possible name it is about, such as ``interface PE|SE``.
    outcome : {"for", "against", "neither"}
    value, low, high : float
        The number that was compared, and the range that it is compared with.
    unit : str
        Of these three.
    words : str
        The same as a sentence.
    error : float or None
        Standard error of ``value``, where another measurement gave it.
    """

    rule: str
    name: str
    outcome: str
    value: float
    low: float
    high: float
    unit: str
    words: str
    error: float | None = None


def compare(log_ratio: float, predicted: float, error: float) -> str:
    """Say whether a prediction of ln(ratio) is borne out, contradicted or neither."""
    distance = abs(log_ratio - predicted) / error
    if distance > CONTRADICTED:
        return "against"
    return "for" if distance <= BORNE_OUT else "neither"


def arcs_in(evidence: Sequence[Evidence]) -> set[str]:
    """Names of the arcs that the evidence is about."""
    return {piece.arc for piece in evidence if not isinstance(piece, PlateAlone | ArcOrder)}


def _ratios(piece: object, *names: str) -> None:
    for name in names:
        value = getattr(piece, name)
        if not (np.isfinite(value) and value > 0):
            raise CellError(f"{name} = {value:g} must be positive: the second cell over the first")
