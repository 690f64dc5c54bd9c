"""What other measurements showed of a cell's arcs: read from ``cell.yaml``, put beside a spectrum.

A plate alone is given whole. Another cell is given by the resistance of the arc in it, so that the
ratio to the spectrum at hand, and its error, follow from the fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metastudy.bridge.refits.cell_quantities import QuantityReader
from metastudy.corpus.strict_yaml import TreePath
from metastudy.eis.cells.candidates import MeasuredArc, candidates_of, part_named
from metastudy.eis.cells.evidence import (
    SAMPLE_SPREAD,
    ArcOrder,
    ElectrodesLeftOut,
    Evidence,
    PartnerChange,
    PlateAlone,
    ThicknessPair,
)
from metastudy.eis.cells.layers import Cell
from metastudy.eis.errors import CellError

# Evidence holds for spectra this near in temperature (K): at 1 eV and 25 degC a kelvin is
# 13 %, as much as two samples differ.
NEAR_K = 1.0


@dataclass(frozen=True)
class OtherCell:
    """An arc of the cell as it was in another cell.

    Attributes
    ----------
    arc : str
        Its resistor in the circuit of the fit, such as ``R1``.
    layer : str
        The layer of another thickness, or the one that was kept under another partner.
    resistance_ohm : float
        Of the arc in the other cell, scaled to the area of this one.
    relative_error : float
        Standard error of its logarithm.
    spread : float
        SD of ln R between nominally equal samples; 0 for the very same plate.
    thickness_ratio : float or None
        Of the layer, other cell over this one; None if the partner is another.
    """

    arc: str
    layer: str
    resistance_ohm: float
    relative_error: float
    spread: float = SAMPLE_SPREAD
    thickness_ratio: float | None = None

    def beside(self, arcs: Sequence[MeasuredArc]) -> ThicknessPair | PartnerChange:
        """Compare it with the same arc of a spectrum.

        Raises
        ------
        CellError
            If the spectrum has no such arc.
        """
        here = next((arc for arc in arcs if arc.name == self.arc), None)
        if here is None:
            names = ", ".join(arc.name for arc in arcs) or "none"
            raise CellError(f"evidence is about arc {self.arc!r}; the spectrum has {names}")
        ratio = self.resistance_ohm / here.resistance_ohm
        error = float(np.hypot(self.relative_error, here.log_r_error))
        if self.thickness_ratio is None:
            return PartnerChange(self.arc, self.layer, ratio, error, self.spread)
        return ThicknessPair(self.arc, self.layer, self.thickness_ratio, ratio, error, self.spread)


Showed = PlateAlone | OtherCell | ElectrodesLeftOut | ArcOrder


@dataclass(frozen=True)
class Observed:
    """One piece of evidence and its temperature (degC), None where it holds at every one."""

    at_c: float | None
    showed: Showed


def evidence_at(
    observed: Sequence[Observed], temperature_c: float | None, arcs: Sequence[MeasuredArc]
) -> list[Evidence]:
    """Return the evidence on a spectrum at a temperature.

    Where that is unknown, only what holds at every temperature is returned.

    Raises
    ------
    CellError
        If a piece of it is about an arc that the spectrum does not have.
    """
    near = [
        one.showed
        for one in observed
        if one.at_c is None
        or (temperature_c is not None and abs(one.at_c - temperature_c) <= NEAR_K)
    ]
    return [one.beside(arcs) if isinstance(one, OtherCell) else one for one in near]


@dataclass
class EvidenceReader(QuantityReader):
    """Reads the evidence of a cell.yaml, each fault with its place."""

    def observed(self, cell: Cell) -> tuple[Observed, ...]:
        """Read all evidence of the file."""
        found = []
        if self.get(("arc_order",)):
            found.append(Observed(None, self._arc_order(("arc_order",), cell)))
        for key, read in _KINDS.items():
            for i in range(len(self.get((key,)) or ())):
                path = (key, i)
                at_c = self.needed((*path, "at"), "temperature")
                found.append(Observed(at_c, read(self, path, cell)))
        return tuple(found)

    def plate_alone(self, path: TreePath, cell: Cell) -> PlateAlone:
        """Read one entry of ``measured_alone``."""
        layer = self._conductor((*path, "layer"), cell)
        arcs = [(*path, "arcs", i) for i in range(len(self.get((*path, "arcs"))))]
        return PlateAlone(
            layer,
            tuple(self._positive((*arc, "resistance"), "resistance") for arc in arcs),
            tuple(self._positive((*arc, "capacitance"), "capacitance") for arc in arcs),
            self._error(path),
            self._spread(path),
        )

    def other_thickness(self, path: TreePath, cell: Cell) -> OtherCell:
        """Read one entry of ``other_thickness``."""
        layer = self._conductor((*path, "layer"), cell)
        here = {one.thickness_cm for one in cell.named(layer)}
        if len(here) > 1:
            raise self.fail(
                (*path, "layer"),
                f"the layers {layer} differ in thickness, so none is {layer}'s; name another layer",
            )
        other, (own,) = self._positive((*path, "thickness"), "length"), here
        if np.isclose(other, own):
            raise self.fail(
                (*path, "thickness"),
                f"the other cell's {layer} is as thick as this one's; that tells nothing apart",
            )
        ohm = self._positive((*path, "resistance"), "resistance")
        return OtherCell(
            self.get((*path, "arc")), layer, ohm, self._error(path), thickness_ratio=other / own
        )

    def other_partner(self, path: TreePath, cell: Cell) -> OtherCell:
        """Read one entry of ``other_partner``."""
        kept = self._conductor((*path, "kept"), cell)
        ohm = self._positive((*path, "resistance"), "resistance")
        return OtherCell(self.get((*path, "arc")), kept, ohm, self._error(path), self._spread(path))

    def electrodes_left_out(self, path: TreePath, cell: Cell) -> ElectrodesLeftOut:
        """Read one entry of ``electrodes_left_out``."""
        return ElectrodesLeftOut(self.get((*path, "arc")), self.get((*path, "remains")) == "yes")

    def _arc_order(self, path: TreePath, cell: Cell) -> ArcOrder:
        candidates, parts = candidates_of(cell), []
        for i, text in enumerate(self.get(path)):
            part = part_named(text, candidates)
            if part is None:
                known = ", ".join(candidate.name for candidate in candidates)
                raise self.fail((*path, i), f"no arc of this cell is {text!r}; use {known}")
            parts.append(part)
        try:
            return ArcOrder(tuple(parts))
        except CellError as error:
            raise self.fail(path, str(error)) from None

    def _conductor(self, path: TreePath, cell: Cell) -> str:
        layer = str(self.get(path))
        if layer not in cell.conductors:
            known = ", ".join(cell.conductors)
            raise self.fail(
                path, f"layer {layer!r} is no ionic conductor of the stack; use {known}"
            )
        return layer

    def _positive(self, path: TreePath, dimension: str) -> float:
        value = self.needed(path, dimension)
        if value <= 0:
            raise self.fail(path, f"{path[-1]} must be above 0")
        return value

    def _error(self, path: TreePath) -> float:
        return self.quantity((*path, "relative_error"), "fraction") or 0.0

    def _spread(self, path: TreePath) -> float:
        return 0.0 if self.get((*path, "same_sample")) == "yes" else SAMPLE_SPREAD


# Key of the file -> how one of its entries is read.
_KINDS: Mapping[str, Callable[[EvidenceReader, TreePath, Cell], Showed]] = {
    "measured_alone": EvidenceReader.plate_alone,
    "other_thickness": EvidenceReader.other_thickness,
    "other_partner": EvidenceReader.other_partner,
    "electrodes_left_out": EvidenceReader.electrodes_left_out,
}
