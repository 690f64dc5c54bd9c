"""Where along a temperature series the resistances change their line, such as a melting point."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ...units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K
from ..errors import FitError
from ..fits.identifiability import UNDETERMINED
from .activation_energy import arrhenius_line
from .global_least_squares import SeriesMinimum
from .parameter_map import Rows
from .problem import SeriesProblem, Side

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
    problem: SeriesProblem, free: SeriesMinimum, resistors: Sequence[str]
) -> tuple[float | None, str]:
    """Temperature (degC) at which two lines per resistance beat one, by BIC; and the evidence.

    The place counts as a parameter. Errors of the temperature are in the weights.
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
    one = _chi2(problem, free, usable)
    best, where = np.inf, None
    for low, high in pairwise(levels):
        below = [(j, rows[kelvin[rows] <= low]) for j, rows in usable]
        above = [(j, rows[kelvin[rows] >= high]) for j, rows in usable]
        if any(np.unique(kelvin[rows]).size < _LEAST for _, rows in (*below, *above)):
            continue
        cost = _chi2(problem, free, [*below, *above])
        if cost < best:
            best, where = cost, (low + high) / 2 - ZERO_CELSIUS_K
    if where is None:
        return None, "no transition looked for: that needs three temperatures on either side"
    change = best - one + (2 * len(usable) + 1) * count
    words = f"BIC {change:+.1f} for lines of their own below and above {where:.4g} degC"
    if change >= 0:
        return None, f"no transition found: {words} at best"
    return float(where), f"transition found near {where:.4g} degC: {words}"


def _known(problem: SeriesProblem, free: SeriesMinimum, j: int) -> Rows:
    rows = problem.present(j, problem.everywhere)
    return np.asarray(rows[np.diag(free.across(j, rows)) < UNDETERMINED**2])


def _chi2(problem: SeriesProblem, free: SeriesMinimum, lines: Sequence[tuple[int, Rows]]) -> float:
    """Residuals of resistances ``j`` in ``rows`` about a line for each, in units of their errors.

    All resistances of a spectrum have one error of the temperature, which two arcs would
    otherwise tell twice.
    """
    T = problem.temperatures
    x = 1 / (BOLTZMANN_EV_PER_K * T.kelvin)
    entries = [(int(k), j, number) for number, (j, rows) in enumerate(lines) for k in rows]
    spectrum, column, number = (np.array(part) for part in zip(*entries, strict=True))
    A = free.parameter_map.matrix[spectrum, column]
    V = A @ free.covariance @ A.T
    rate = np.empty(spectrum.size)
    for j, rows in lines:
        line = arrhenius_line(
            T.kelvin[rows] - ZERO_CELSIUS_K, free.v[rows, j], free.across(j, rows),
            point_k=T.point_k, common_k=T.common_k,
        )  # fmt: skip
        mine = (column == j) & np.isin(spectrum, rows)
        rate[mine] = -line.ea_ev * x[spectrum[mine]] / T.kelvin[spectrum[mine]]
    V = V + T.point_k**2 * np.outer(rate, rate) * (spectrum[:, None] == spectrum[None])
    V = V + 1e-12 * np.eye(spectrum.size)
    own = number[:, None] == np.arange(len(lines))
    X = np.hstack([own * 1.0, own * (x[spectrum] - x.mean())[:, None]])
    y = free.v[spectrum, column]
    weighted = np.linalg.solve(V, X)
    rest = y - X @ np.linalg.solve(X.T @ weighted, weighted.T @ y)
    return float(rest @ np.linalg.solve(V, rest))
