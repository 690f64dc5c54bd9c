"""How the coordinates of every spectrum of a series depend on the unknowns of the series.

Row k has coordinates v_k = A_k u + c_k. A coordinate is the spectrum's own, shared with other
rows, held at a value, or ln R on an Arrhenius line. On a line two unknowns are the level and the
energy, and each row adds an error of its temperature, in standard deviations, with a standard
normal prior; the error is common to all lines of the row, because it is one cell at one time:

    ln R_k = level + Ea (x_k - x0) + m ln(T_k/T0) + (d ln R/dT)_k (point_k e_k + common_k e_0)

with x = 1/(kT). The rate d ln R/dT is taken at the last known energy, not at the one that is
sought: otherwise a steeper line would pay less for the same residual, and energies come out high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K
from ..circuits.model import Model
from ..spectrum import FloatArray
from .activation_energy import FORMS, ArrheniusLine

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Shared:
    """Coordinate ``j`` is equal in ``rows``."""

    j: int
    rows: Rows


@dataclass(frozen=True)
class LineConstraint:
    """Coordinate ``j``, a ln R, follows a line in ``rows``; ``ea_ev`` is the last known energy."""

    j: int
    rows: Rows
    form: str
    ea_ev: float


@dataclass(frozen=True)
class Temperatures:
    """Stated temperatures (K, shape (K,)) and their errors (K): of each row, and of all rows."""

    kelvin: FloatArray
    point_k: float
    common_k: float

    @classmethod
    def stated(cls, celsius: FloatArray, point_k: float, common_k: float) -> Temperatures:
        """From temperatures in degC."""
        return cls(celsius + ZERO_CELSIUS_K, point_k, common_k)


class ParameterMap:
    """The linear map from the unknowns of a series to the coordinates of its spectra.

    Parameters
    ----------
    model : Model
        With q coordinates.
    temperatures : Temperatures
        Of the K rows.
    shared, lines : sequence of Shared, LineConstraint
        No coordinate of a row may be in two of them.
    held : ndarray, shape (K, q)
        Values of held coordinates, NaN where none is held. A held coordinate is neither shared
        nor on a line.

    Attributes
    ----------
    matrix : ndarray, shape (K, q, p)
    offset : ndarray, shape (K, q)
    prior : ndarray, shape (p,)
        1 for an error of a temperature, in standard deviations, otherwise 0.
    low, high : ndarray, shape (p,)
        Limits of the unknowns.
    line_columns : tuple of (int, int)
        Level and energy of each line.
    """

    def __init__(
        self,
        model: Model,
        temperatures: Temperatures,
        shared: Sequence[Shared] = (),
        lines: Sequence[LineConstraint] = (),
        held: FloatArray | None = None,
    ) -> None:
        count, q = temperatures.kelvin.size, len(model.free)
        self.model, self.temperatures = model, temperatures
        self.shared, self.lines = tuple(shared), tuple(lines)
        self.held = np.full((count, q), np.nan) if held is None else held
        self._columns: list[dict[tuple[int, int], float]] = []
        self.offset = np.where(np.isnan(self.held), 0.0, self.held)
        taken = ~np.isnan(self.held)
        for group in self.shared:
            rows = group.rows[~taken[group.rows, group.j]]
            self._columns.append({(int(k), group.j): 1.0 for k in rows})
            taken[rows, group.j] = True
        self.line_columns = tuple(self._add_line(line, taken) for line in self.lines)
        self._columns += [{(int(k), int(j)): 1.0} for k, j in np.argwhere(~taken)]
        size = len(self._columns)
        self._add_errors()
        self.prior = np.zeros(len(self._columns))
        self.prior[size:] = 1.0
        self.matrix = np.zeros((count, q, len(self._columns)))
        for column, entries in enumerate(self._columns):
            for (k, j), value in entries.items():
                self.matrix[k, j, column] = value
        self.low, self.high = self._limits()

    def coordinates(self, u: FloatArray) -> FloatArray:
        """Coordinates (K, q) at the unknowns (p,)."""
        return np.asarray(self.matrix @ u + self.offset)

    def unknowns(self, v: FloatArray, weight: FloatArray) -> FloatArray:
        """Unknowns (p,) that come nearest to coordinates (K, q) under weights (K, q)."""
        flat = self.matrix.reshape(-1, self.prior.size)
        w = np.broadcast_to(weight, v.shape).reshape(-1, 1)
        normal = flat.T @ (w * flat) + np.diag(self.prior + 1e-9)
        right = flat.T @ (w[:, 0] * (v - self.offset).reshape(-1))
        return np.clip(np.linalg.solve(normal, right), self.low, self.high)

    def line(self, number: int, u: FloatArray, covariance: FloatArray) -> ArrheniusLine:
        """Line ``number`` at the unknowns (p,) with their covariance (p, p)."""
        line, (level, energy) = self.lines[number], self.line_columns[number]
        kelvin, x0, t0 = self._of(line)
        # Intercept at infinite temperature from the level at the middle of the line.
        back = np.array([[1.0, -x0], [0.0, 1.0]])
        both = covariance[np.ix_([level, energy], [level, energy])]
        intercept = u[level] - u[energy] * x0 - FORMS[line.form] * np.log(t0)
        return ArrheniusLine(
            float(intercept), float(u[energy]), back @ both @ back.T, np.nan, kelvin.size - 2,
            line.form,
        )  # fmt: skip

    def _of(self, line: LineConstraint) -> tuple[FloatArray, float, float]:
        """Temperatures of a line's rows, and 1/(kT) and T of its middle."""
        kelvin = self.temperatures.kelvin[line.rows]
        x0 = float(np.mean(1 / (BOLTZMANN_EV_PER_K * kelvin)))
        return kelvin, x0, 1 / (BOLTZMANN_EV_PER_K * x0)

    def _add_line(self, line: LineConstraint, taken: npt.NDArray[np.bool_]) -> tuple[int, int]:
        kelvin, x0, t0 = self._of(line)
        x = 1 / (BOLTZMANN_EV_PER_K * kelvin)
        at = [(int(k), line.j) for k in line.rows]
        self._columns.append(dict.fromkeys(at, 1.0))
        self._columns.append(dict(zip(at, (x - x0).tolist(), strict=True)))
        self.offset[line.rows, line.j] = FORMS[line.form] * np.log(kelvin / t0)
        taken[line.rows, line.j] = True
        return len(self._columns) - 2, len(self._columns) - 1

    def _add_errors(self) -> None:
        """One error of the temperature for each row with a line, and one for all of them."""
        point: dict[int, dict[tuple[int, int], float]] = {}
        common: dict[tuple[int, int], float] = {}
        for line in self.lines:
            kelvin, *_ = self._of(line)
            rate = FORMS[line.form] / kelvin - line.ea_ev / (BOLTZMANN_EV_PER_K * kelvin**2)
            for k, slope in zip(line.rows, rate, strict=True):
                point.setdefault(int(k), {})[int(k), line.j] = slope * self.temperatures.point_k
                common[int(k), line.j] = slope * self.temperatures.common_k
        self._columns += [*point.values(), *([common] if common else [])]

    def _limits(self) -> tuple[FloatArray, FloatArray]:
        low = np.full(len(self._columns), -np.inf)
        high = -low
        for column, entries in enumerate(self._columns):
            for (_, j), value in entries.items():
                if value == 1.0 and np.isfinite([self.model.low[j], self.model.high[j]]).any():
                    low[column], high[column] = self.model.low[j], self.model.high[j]
        return low, high
