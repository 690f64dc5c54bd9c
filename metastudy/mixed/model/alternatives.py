"""Unknowns with two alternatives: a unit's rows are all shifted, or none of them is.

The response of row i in unit u is y_i - shift_i with probability p_u and y_i otherwise, one draw
for the whole unit. By moments this is y - shift p with covariance shift_i shift_j p (1 - p) between
the rows of a unit, which is a block of V.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from ..errors import DataError, FormulaError
from .columns import column
from .structures import Array
from .terms import Index

KEYS = ("unit", "shift", "probability")
MOST_ENUMERATED = 10
"""Unknown units of one component whose 2^k combinations are summed."""


@dataclass(frozen=True)
class Alternatives:
    """Unknown units of a frame.

    Attributes
    ----------
    units
        Labels of the K units, in order of first appearance.
    shifts
        What each unit's alternative takes from the response of each row, shape (n, K).
    probability
        Probability of that alternative, shape (K,).
    enumerated
        Units whose two alternatives the likelihood sums; the others enter by their moments.
    """

    units: tuple[Any, ...]
    shifts: Array
    probability: Array
    enumerated: NDArray[np.bool_]

    def take(self, rows: Index) -> Alternatives:
        """Reduce the shifts to the given rows; all units are kept."""
        return replace(self, shifts=self.shifts[rows])

    @property
    def mean_shift(self) -> Array:
        """Expected shift of each row in the units that enter by their moments, shape (n,)."""
        kept = ~self.enumerated
        return np.asarray(self.shifts[:, kept] @ self.probability[kept])

    @property
    def shared(self) -> Array:
        """Columns S of those units, so that S S' is the covariance of their shifts."""
        kept = ~self.enumerated
        p = self.probability[kept]
        return np.asarray(self.shifts[:, kept] * np.sqrt(p * (1 - p)))

    def table(self) -> pd.DataFrame:
        """One row for each unit: rows, prior probability, and how it entered."""
        how = np.where(self.enumerated, "enumerated", "moments")
        return pd.DataFrame(
            {
                "rows": (self.shifts != 0).sum(axis=0),
                "probability": self.probability,
                "treatment": how,
            },
            index=pd.Index(list(self.units), name="unit"),
        )


def read_alternatives(
    given: Mapping[str, str], data: pd.DataFrame, labels: list[str]
) -> Alternatives:
    """Read the columns that name each row's unit, shift and probability.

    A row with a missing unit has no alternative.

    Raises
    ------
    FormulaError, DataError
        For missing columns, a shift or probability that is no number, or a probability that is
        outside 0 to 1 or differs within a unit.
    """
    if sorted(given) != sorted(KEYS):
        raise FormulaError(
            f"alternatives have the keys {', '.join(map(str, given)) or 'none'}; "
            f"give one column for each of {', '.join(KEYS)}"
        )
    for key in KEYS:
        if given[key] not in data.columns:
            column(given[key], data, labels, f"alternatives, {key}")
    codes, units = pd.factorize(data[given["unit"]])
    rows = np.flatnonzero(codes >= 0)
    shift, p = (_numbers(given[key], key, data, rows, labels) for key in ("shift", "probability"))
    wrong = rows[(p[rows] < 0) | (p[rows] > 1)]
    if wrong.size:
        raise DataError(
            f"alternatives: probability of row {labels[wrong[0]]} is {p[wrong[0]]:g}; "
            "it lies between 0 and 1"
        )
    probability = np.zeros(len(units))
    probability[codes[rows[::-1]]] = p[rows[::-1]]
    wrong = rows[probability[codes[rows]] != p[rows]]
    if wrong.size:
        unit = units[codes[wrong[0]]]
        raise DataError(
            f"alternatives: unit {unit!r} has more than one probability (row {labels[wrong[0]]}); "
            "one unknown has one"
        )
    shifts = np.zeros((len(labels), len(units)))
    shifts[rows, codes[rows]] = shift[rows]
    return Alternatives(tuple(units), shifts, probability, np.zeros(len(units), dtype=bool))


def _numbers(name: str, key: str, data: pd.DataFrame, rows: Index, labels: list[str]) -> Array:
    values = pd.to_numeric(data[name], errors="coerce").to_numpy(dtype=float)
    wrong = rows[~np.isfinite(values[rows])]
    if wrong.size:
        raise DataError(
            f"alternatives: {key} of row {labels[wrong[0]]} is {data[name].iloc[wrong[0]]}; "
            "every row with a unit needs a number"
        )
    return values


def unit_components(shifts: Array, components: Index, joined: bool) -> Index:
    """Component of each of K units, from their rows (n, K) and the components of the rows."""
    K = shifts.shape[1]
    if joined:
        return np.zeros(K, dtype=np.intp)
    row, unit = np.nonzero(shifts)
    offset = int(components.max()) + 1
    links = scipy.sparse.csr_array(
        (np.ones(row.size), (components[row], offset + unit)), shape=(offset + K, offset + K)
    )
    return np.asarray(connected_components(links, directed=False)[1][offset:], dtype=np.intp)
