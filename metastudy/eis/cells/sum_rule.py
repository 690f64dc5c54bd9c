"""The high-frequency sum rule: what the layers show alone must add up in the cell.

R_HF = 2 R_PEO + R_ceramic, bulk and grain boundaries, for SS|PE|SE|PE|SS (Mangani 2024, section 2
and Fig. S3). A gap says that a layer changed when the cell was made (thickness, contact area,
solvent), or that an arc of the cell has been given the wrong name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from ..errors import CellError
from .layers import Cell

# Standard errors beyond which the sum does not hold.
BROKEN = 3.0


@dataclass(frozen=True)
class Part:
    """Resistance of one layer (ohm, scaled to its thickness and area in the cell) and its SD.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel))
    >>> layers = {"PE": eis.Part(1000.0, 20.0), "SE": eis.Part(200.0, 4.0)}
    >>> eis.check_sum_rule(cell, eis.Part(2210.0, 10.0), layers).holds
    True
    """

    resistance_ohm: float
    error_ohm: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.resistance_ohm) and self.resistance_ohm > 0):
            raise CellError(f"resistance {self.resistance_ohm:g} ohm of a layer must be positive")
        if not (np.isfinite(self.error_ohm) and self.error_ohm >= 0):
            raise CellError(f"error {self.error_ohm:g} ohm of a layer must be 0 or more")


@dataclass(frozen=True)
class SumRule:
    """Measured high-frequency resistance beside the sum of the layers, ohm.

    Attributes
    ----------
    measured, expected, error : float
        ohm; the error is that of their difference.
    terms : dict
        Share of each material in the sum, ohm, such as ``{"PE": 2000.0, "SE": 150.0}``.
    counts : dict
        How many layers of each.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel))
    >>> rule = eis.check_sum_rule(cell, eis.Part(2210.0, 10.0), temperature_c=25.0)
    >>> round(rule.expected, 3), rule.counts
    (2200.0, {'PE': 2, 'SE': 1})
    """

    measured: float
    expected: float
    error: float
    terms: Mapping[str, float]
    counts: Mapping[str, int]

    @property
    def difference(self) -> float:
        """Measured minus expected, ohm."""
        return self.measured - self.expected

    @property
    def z(self) -> float:
        """Difference over its standard error; NaN where no error is known."""
        return self.difference / self.error if self.error > 0 else float("nan")

    @property
    def pvalue(self) -> float:
        """Two-sided normal probability of a difference at least as large."""
        return float(2 * ndtr(-abs(self.z)))

    @property
    def holds(self) -> bool | None:
        """Whether the difference is within three standard errors; None where none is known."""
        return bool(abs(self.z) <= BROKEN) if self.error > 0 else None

    @property
    def words(self) -> str:
        """One sentence."""
        terms = " + ".join(
            f"{self.counts[name]} x {value / self.counts[name]:.4g} ({name})"
            for name, value in self.terms.items()
        )
        verdict = {True: "the sum holds", False: "the sum does not hold", None: "no error is known"}
        gap = f" (difference {self.difference:+.3g} ohm, {self.z:+.1f} SE)" if self.error else ""
        return (
            f"R_HF = {self.measured:.4g} ohm, the layers give {terms} = {self.expected:.4g} ohm: "
            f"{verdict[self.holds]}{gap}."
        )


def check_sum_rule(
    cell: Cell,
    measured: Part,
    layers: Mapping[str, Part] | None = None,
    *,
    temperature_c: float | None = None,
) -> SumRule:
    """Compare the high-frequency resistance of a cell with the sum of its layers.

    Parameters
    ----------
    cell : Cell
        How many layers of each material there are.
    measured : Part
        R_HF of the cell and its standard error: where the interface arc begins.
    layers : mapping of str to Part, optional
        For each material one layer measured alone, bulk and grain boundaries. Without it the
        conductivities of the cell at ``temperature_c`` are taken, with the errors in ``known``.

    Raises
    ------
    CellError
        If a material is missing, or neither layers nor a temperature are given.

    Examples
    --------
    >>> from metastudy import eis
    >>> steel = eis.Layer("SS", "electrode")
    >>> polymer = eis.Layer("PE", "PE", 0.01, 0.1, eis.Arrhenius(1e-4, 25.0, 0.5))
    >>> plate = eis.Layer("SE", "SE", 0.02, 0.1, eis.Arrhenius(1e-3, 25.0, 0.3), permittivity=30)
    >>> cell = eis.Cell((steel, polymer, plate, polymer, steel))
    >>> layers = {"PE": eis.Part(1000.0, 20.0), "SE": eis.Part(200.0, 4.0)}
    >>> rule = eis.check_sum_rule(cell, eis.Part(2500.0, 10.0), layers)
    >>> round(rule.difference, 3), rule.holds
    (300.0, False)
    """
    counts = {name: len(cell.named(name)) for name in cell.conductors}
    if layers is None:
        if temperature_c is None:
            raise CellError("give one layer of each material, or temperature_c of the spectrum")
        layers = {name: _expected(cell, name, temperature_c) for name in cell.conductors}
    missing = [name for name in cell.conductors if name not in layers]
    if missing:
        raise CellError(f"the sum needs {' and '.join(missing)} measured alone")
    terms = {name: counts[name] * layers[name].resistance_ohm for name in cell.conductors}
    # Layers of one material were measured once, so their errors add, not their squares.
    errors = [counts[name] * layers[name].error_ohm for name in cell.conductors]
    error = float(np.sqrt(measured.error_ohm**2 + np.sum(np.square(errors))))
    return SumRule(measured.resistance_ohm, sum(terms.values()), error, terms, counts)


def _expected(cell: Cell, name: str, temperature_c: float) -> Part:
    """One layer by its conductivities: the mean of the layers of that name."""
    total = cell.bulk_ohm(name, temperature_c) + cell.boundary_ohm(name, temperature_c)
    layers = cell.named(name)
    one = total / len(layers)
    return Part(one, one * (layers[0].known or 0.0))
