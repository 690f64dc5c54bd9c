"""What a temperature series is once its arcs have an identity, and one fit of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..circuits.model import Model
from ..spectrum import FloatArray
from ..weighting.data import BoolArray
from .alignment import AlignedArcs
from .global_least_squares import SeriesData, SeriesMinimum, minimise_series
from .parameter_map import LineConstraint, ParameterMap, Rows, Shared, Temperatures


@dataclass(frozen=True)
class Side:
    """Temperatures that may have a line and exponents of their own: words and rows."""

    words: str
    rows: Rows


@dataclass(frozen=True)
class SeriesProblem:
    """Spectra, model and starts of a series.

    Attributes
    ----------
    held : ndarray, shape (K, q)
        Coordinates of arcs that left the window, NaN elsewhere.
    mixed : ndarray of bool, shape (K, q)
        Coordinates that took up what is left of such an arc.
    sides : tuple of Side
        One for all, or those below and above the melting point.
    """

    model: Model
    data: SeriesData
    aligned: AlignedArcs
    held: FloatArray
    mixed: BoolArray
    temperatures: Temperatures
    sides: tuple[Side, ...]

    @property
    def everywhere(self) -> Rows:
        """All rows."""
        return np.arange(self.data.count)

    def name(self, j: int) -> str:
        """Parameter whose coordinate is ``j``."""
        return self.model.circuit.names[self.model.free[j]]

    def present(self, j: int, rows: Rows) -> Rows:
        """Those of ``rows`` in which coordinate ``j`` is what it is named, and not held."""
        return np.asarray(rows[np.isnan(self.held[rows, j]) & ~self.mixed[rows, j]])

    def solve(
        self,
        shared: Sequence[Shared] = (),
        lines: Sequence[LineConstraint] = (),
        start: SeriesMinimum | None = None,
    ) -> SeriesMinimum:
        """Fit the whole series."""
        parameter_map = ParameterMap(self.model, self.temperatures, shared, lines, self.held)
        v = self.aligned.v if start is None else start.v
        return minimise_series(self.data, parameter_map, v, self.aligned.weight)

    def df_resid(self, solution: SeriesMinimum) -> int:
        """Real numbers less unknowns, errors of the temperature aside."""
        return self.data.numbers - int((solution.parameter_map.prior == 0).sum())
