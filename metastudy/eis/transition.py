"""Where along a temperature series the resistances change their line, such as a melting point."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..units import ZERO_CELSIUS_K
from .activation import arrhenius_line
from .errors import FitError
from .pooling import Pooled
from .series_problem import SeriesProblem, Side

# Distinct temperatures that a line needs on either side.
_LEAST = 3


def sides_of(problem: SeriesProblem, edge_c: float | None) -> tuple[Side, ...]:
    """Rows below and above a temperature (degC); one side where there is none.

    Raises
    ------
    FitError
        If no spectrum lies on one side.
    """
    if edge_c is None:
        return (Side("", problem.everywhere),)
    celsius = problem.temperatures.kelvin - ZERO_CELSIUS_K
    below = np.flatnonzero(celsius < edge_c)
    above = np.flatnonzero(celsius >= edge_c)
    if not (below.size and above.size):
        raise FitError(
            f"melting_c = {edge_c:g} lies outside the series ({celsius.min():g} to "
            f"{celsius.max():g} degC); give a temperature between two of its own, or none"
        )
    return Side(f"below {edge_c:g} degC", below), Side(f"from {edge_c:g} degC", above)


def find_transition(
    problem: SeriesProblem, free: Pooled, resistors: Sequence[str]
) -> tuple[float | None, str]:
    """Temperature (degC) at which two lines per resistance beat one, by BIC; and the evidence.

    The place counts as a parameter. Errors of the temperature stand in the weights.
    """
    kelvin = problem.temperatures.kelvin
    levels = np.unique(kelvin)
    columns = [
        problem.model.free.index(problem.model.circuit.names.index(name)) for name in resistors
    ]
    usable = [(j, _known(problem, free, j)) for j in columns]
    usable = [(j, rows) for j, rows in usable if np.unique(kelvin[rows]).size >= 2 * _LEAST]
    if not usable:
        return None, "no transition looked for: that needs six temperatures of one resistance"
    count = np.log(sum(rows.size for _, rows in usable))
    one = sum(_chi2(problem, free, j, rows) for j, rows in usable)
    best, where, lines = np.inf, None, 0
    for low, high in pairwise(levels):
        parts = [(rows[kelvin[rows] <= low], rows[kelvin[rows] >= high], j) for j, rows in usable]
        split = [p for p in parts if all(np.unique(kelvin[r]).size >= _LEAST for r in p[:2])]
        if len(split) < len(parts):
            continue
        cost = sum(_chi2(problem, free, j, r) for *both, j in split for r in both)
        if cost < best:
            best, where, lines = cost, (low + high) / 2 - ZERO_CELSIUS_K, len(split)
    if where is None:
        return None, "no transition looked for: that needs three temperatures on either side"
    change = best - one + (2 * lines + 1) * count
    words = f"BIC {change:+.1f} for lines of their own below and above {where:.4g} degC"
    if change >= 0:
        return None, f"no transition found: {words} at best"
    return float(where), f"transition found near {where:.4g} degC: {words}"


def _known(problem: SeriesProblem, free: Pooled, j: int) -> np.ndarray:
    rows = problem.present(j, problem.everywhere)
    return np.asarray(rows[np.diag(free.across(j, rows)) < 1.0])


def _chi2(problem: SeriesProblem, free: Pooled, j: int, rows: np.ndarray) -> float:
    T = problem.temperatures
    line = arrhenius_line(
        T.kelvin[rows] - ZERO_CELSIUS_K, free.v[rows, j], free.across(j, rows),
        point_k=T.point_k, common_k=T.common_k,
    )  # fmt: skip
    return line.chi2
