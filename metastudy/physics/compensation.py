"""Compensation: several Arrhenius lines that meet at one temperature, or do not.

ln R_0 regressed on Ea shows a straight line whenever there is error, because both come from the
same points; its slope is then 1/(k T_hm), with T_hm the harmonic mean temperature (`krug_1976`).
Here the lines are fitted to the points themselves under the condition that they meet:
ln R_ij = y_0 + (Ea_i/k)(1/T_ij - 1/T_iso) (`exner_1970`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..confidence import check_alpha
from ..units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K
from .arguments import FloatArray, Values, celsius, positive
from .errors import PhysicsError

# Angles of u = 1/T_iso seen from the middle of the data, from -90 to 90 degrees.
_ANGLES = 181


@dataclass(frozen=True)
class Compensation:
    """Lines that meet at one temperature, against lines that are free and lines that are parallel.

    Attributes
    ----------
    isokinetic_k
        Temperature (K) at which the lines meet best; infinite where they meet at 1/T = 0, negative
        beyond it.
    lower_k, upper_k
        Its interval; None where the data leaves it open: parallel lines are not excluded, or
        1/T <= 0.
    ea_ev
        Activation energy of each line under the condition.
    pvalue_meeting
        Probability of so bad a fit of meeting lines if they do meet (F test against free lines).
    pvalue_parallel
        The same of lines of one activation energy.
    harmonic_mean_k
        Harmonic mean of the temperatures of the points.
    remark
        What follows.

    Examples
    --------
    >>> import numpy as np
    >>> temperature_c = np.arange(20.0, 91.0, 10.0)
    >>> u = 1 / (8.617333262e-5 * (temperature_c + 273.15)) - 1 / (8.617333262e-5 * 450.0)
    >>> noise = np.random.default_rng(1).normal(0, 0.01, (4, u.size))
    >>> lines = [np.exp(3 + ea * u + e) for ea, e in zip((0.4, 0.5, 0.6, 0.7), noise, strict=True)]
    >>> found = fit_compensation([temperature_c] * 4, lines)
    >>> np.round(found.ea_ev, 1).tolist(), found.remark
    ([0.4, 0.5, 0.6, 0.7], '')
    """

    isokinetic_k: float
    lower_k: float | None
    upper_k: float | None
    ea_ev: tuple[float, ...]
    pvalue_meeting: float
    pvalue_parallel: float
    harmonic_mean_k: float
    remark: str


def fit_compensation(
    temperature_c: Sequence[Values], resistance_ohm_cm2: Sequence[Values], alpha: float = 0.05
) -> Compensation:
    """Fit lines that meet at one temperature to the points of several series.

    Parameters
    ----------
    temperature_c, resistance_ohm_cm2 : sequence of array_like
        One pair of arrays a series: degC, and ohm cm2. Three series of at least three temperatures.
    alpha : float
        Share outside the interval.

    Raises
    ------
    PhysicsError
        Where series or temperatures are too few, or a number cannot be.

    Examples
    --------
    >>> import numpy as np
    >>> temperature_c = np.arange(20.0, 91.0, 10.0)
    >>> u = 1 / (8.617333262e-5 * (temperature_c + 273.15)) - 1 / (8.617333262e-5 * 450.0)
    >>> noise = np.random.default_rng(1).normal(0, 0.01, (4, u.size))
    >>> lines = [np.exp(3 + ea * u + e) for ea, e in zip((0.4, 0.5, 0.6, 0.7), noise, strict=True)]
    >>> found = fit_compensation([temperature_c] * 4, lines)  # lines that meet at 450 K
    >>> bool(abs(found.isokinetic_k - 450) < 10)
    True
    """
    from scipy.stats import f, t

    level = check_alpha(alpha, PhysicsError)
    series = _series(temperature_c, resistance_ohm_cm2)
    inverse = np.concatenate([x for x, _ in series])
    mean, m, n = float(inverse.mean()), len(series), inverse.size
    width = float(inverse.max() - inverse.min()) / 2.0
    free = sum(_line_squares(x, y) for x, y in series)
    parallel = _parallel_squares(series)
    angles = np.linspace(-math.pi / 2, math.pi / 2, _ANGLES)[1:-1]
    squares = np.array([_meeting(series, _u(a, mean, width))[0] for a in angles])
    best_angle, least = _refined(series, angles, squares, mean, width)
    df, df_free = n - (m + 2), n - 2 * m
    p_meeting = float(f.sf((least - free) / (m - 2) / (free / df_free), m - 2, df_free))
    p_parallel = float(f.sf((parallel - free) / (m - 1) / (free / df_free), m - 1, df_free))
    allowed = least * (1.0 + float(t.ppf(1.0 - level / 2.0, df)) ** 2 / df)
    low_u, high_u = _ends(series, best_angle, allowed, parallel, mean, width)
    if p_parallel > level:  # lines that do not differ meet at no one temperature
        low_u = high_u = None
    u = _u(best_angle, mean, width)
    lower = 1.0 / high_u if high_u is not None and high_u > 0 else None
    upper = 1.0 / low_u if low_u is not None and low_u > 0 else None
    harmonic = 1.0 / mean
    return Compensation(
        1.0 / u if u != 0 else math.inf,
        lower,
        upper,
        tuple(float(b * BOLTZMANN_EV_PER_K) for b in _meeting(series, u)[1]),
        p_meeting,
        p_parallel,
        harmonic,
        _remark(p_meeting, p_parallel, lower, upper, harmonic, level),
    )


def _remark(
    p_meeting: float,
    p_parallel: float,
    lower: float | None,
    upper: float | None,
    harmonic: float,
    alpha: float,
) -> str:
    if p_parallel > alpha:
        return "the activation energies do not differ, so there is nothing to compensate"
    if p_meeting <= alpha:
        return "the lines do not meet at one temperature"
    if lower is not None and (lower <= harmonic) and (upper is None or harmonic <= upper):
        return (
            f"the interval holds the harmonic mean of the temperatures, {harmonic:.0f} K, "
            "where lines meet by error alone"
        )
    return ""


def _series(
    temperature_c: Sequence[Values], resistance_ohm_cm2: Sequence[Values]
) -> list[tuple[FloatArray, FloatArray]]:
    """Return 1/T (1/K) and ln R of each series."""
    if len(temperature_c) != len(resistance_ohm_cm2) or len(temperature_c) < 3:
        raise PhysicsError(
            f"{len(temperature_c)} series of temperatures and {len(resistance_ohm_cm2)} of "
            "resistances; three of each at least are needed, one for each sample"
        )
    found = []
    for i, (t, r) in enumerate(zip(temperature_c, resistance_ohm_cm2, strict=True)):
        kelvin = np.atleast_1d(celsius(f"temperature_c[{i}]", t)) + ZERO_CELSIUS_K
        value = np.atleast_1d(positive(f"resistance_ohm_cm2[{i}]", r))
        if kelvin.shape != value.shape or np.unique(kelvin).size < 3:
            raise PhysicsError(
                f"series {i} has {kelvin.size} temperatures and {value.size} resistances; "
                "give one resistance for each of three different temperatures at least"
            )
        found.append((np.asarray(1.0 / kelvin), np.log(value)))
    return found


def _u(angle: float, mean: float, width: float) -> float:
    """Return 1/T_iso at an angle; from minus to plus infinity."""
    return mean + width * math.tan(angle)


def _meeting(series: list[tuple[FloatArray, FloatArray]], u: float) -> tuple[float, FloatArray]:
    """Return the sum of squares of lines that meet at 1/T = u, and their slopes (K)."""
    # y_0 is common; each slope is eliminated: b_i = x'(y - y_0)/x'x with x = 1/T - u
    top = bottom = 0.0
    for x, y in series:
        z = x - u
        z = z / math.sqrt(float(z @ z))
        one = 1.0 - z * z.sum()
        top += float(one @ y)
        bottom += float(one @ np.ones_like(x))
    level = top / bottom
    squares, slopes = 0.0, []
    for x, y in series:
        z = x - u
        b = float(z @ (y - level)) / float(z @ z)
        squares += float(((y - level - b * z) ** 2).sum())
        slopes.append(b)
    return squares, np.array(slopes)


def _line_squares(x: FloatArray, y: FloatArray) -> float:
    z = x - x.mean()
    b = float(z @ y) / float(z @ z)
    return float(((y - y.mean() - b * z) ** 2).sum())


def _parallel_squares(series: list[tuple[FloatArray, FloatArray]]) -> float:
    centred = [(x - x.mean(), y - y.mean()) for x, y in series]
    b = sum(float(z @ y) for z, y in centred) / sum(float(z @ z) for z, _ in centred)
    return sum(float(((y - b * z) ** 2).sum()) for z, y in centred)


def _refined(
    series: list[tuple[FloatArray, FloatArray]],
    angles: FloatArray,
    squares: FloatArray,
    mean: float,
    width: float,
) -> tuple[float, float]:
    """Return the angle of the least sum of squares and that sum."""
    from scipy.optimize import minimize_scalar

    i = int(np.argmin(squares))
    low, high = angles[max(i - 1, 0)], angles[min(i + 1, angles.size - 1)]
    found = minimize_scalar(
        lambda a: _meeting(series, _u(a, mean, width))[0],
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-12},
    )
    if float(found.fun) <= float(squares[i]):
        return float(found.x), float(found.fun)
    return float(angles[i]), float(squares[i])


def _ends(
    series: list[tuple[FloatArray, FloatArray]],
    best: float,
    allowed: float,
    parallel: float,
    mean: float,
    width: float,
) -> tuple[float | None, float | None]:
    """Return the ends of the 1/T_iso whose sum of squares is allowed; None for an open end.

    On both sides the sum goes to that of parallel lines, where no temperature is defined.
    """
    from scipy.optimize import brentq

    if parallel <= allowed:
        return None, None

    def excess(angle: float) -> float:
        return _meeting(series, _u(angle, mean, width))[0] - allowed

    edge = math.pi / 2 - 1e-6
    ends: list[float | None] = []
    for side in (-1.0, 1.0):
        steps = np.linspace(best, side * edge, _ANGLES)
        crossed = next((s for s in steps if excess(float(s)) > 0), None)
        if crossed is None:
            ends.append(None)
            continue
        before = float(steps[int(np.flatnonzero(steps == crossed)[0]) - 1])
        ends.append(_u(float(brentq(excess, before, float(crossed))), mean, width))
    return ends[0], ends[1]
