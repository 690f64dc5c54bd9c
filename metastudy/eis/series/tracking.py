"""Which arc is which along a series: identity by capacitance, exponent and smooth resistance.

Sorted by time constant, arcs change places where their lines cross in an Arrhenius plot. The
capacitance of a layer hardly depends on temperature while its resistance changes by decades. So
the arcs of each fit are matched to the mean ln C and n and to the Arrhenius line of ln R of all
others, each over its standard error and a tolerance, until no fit changes its order. A fit keeps
its own order where an exchange gains little, or breaks the criterion of ``continuity`` more often.
Fits in which two arcs cannot be told apart have large standard errors and so neither decide nor
mislead; an arc that has become another process costs at most so much in any place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...units import ZERO_CELSIUS_K
from ..circuits.arcs import Arc, find_arcs
from ..circuits.model import Model
from ..errors import FitError
from ..fits.result import CircuitFit
from ..spectrum import FloatArray
from .continuity import ArcValues, IntArray, breaks

if TYPE_CHECKING:
    import pandas as pd

# How far ln C, n and ln R (from the line) may move between neighbours without meaning anything.
TOLERANCE_C, TOLERANCE_N, TOLERANCE_R = 0.4, 0.1, 0.7
# ln R may move this far to a neighbour while the slope of its line is unknown.
_SLOPELESS = 4.0
# A kind of evidence counts at most so much: one wild value does not decide.
_CAP = 25.0
# Cost of a break of the criterion, and the most that an arc may cost: one that has become another
# process does not decide for the rest.
_BREAK, _ARC_CAP = 10.0, 40.0
# Gain of an exchange, in units of chi-square, below which a fit keeps its order.
_EVIDENCE = 4.0
# How often each fit is matched to all others.
_SWEEPS = 5
# Cost of an exchange that cannot be: of an arc with a capacitor and one with a CPE, for example.
_BARRED = 1e6
# Standard error of what a fit does not know.
_NO_ERROR = 1e6


@dataclass(frozen=True)
class ArcSeries:
    """Arcs with one identity along a series.

    Attributes
    ----------
    coordinate : ndarray, shape (t,)
        Temperature in degC (or position) of each fit, in the order given.
    order : ndarray of int, shape (t, m)
        For each fit and arc of the series the number of the arc in that fit's circuit.
    log_r, log_c, n : ndarray, shape (t, m)
        ln of resistance (ohm) and of Hsu-Mansfeld capacitance (F), exponent, in identity order.
    margin : ndarray, shape (t,)
        Evidence for this assignment over the next best, all other fits given, in units of
        chi-square; infinite where there is none to choose, negative where a fit keeps its order
        though an exchange would gain a little.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> circuit = eis.Circuit("R0-p(R1,C1)")
    >>> noise = np.random.default_rng(1).normal(1, 1e-3, (4, 41))
    >>> temperature_c = [20.0, 40.0, 60.0, 80.0]
    >>> line = eis.Arrhenius(1000.0, 20.0, 0.5, rises=False)
    >>> values = [{"R0": 10.0, "R1": float(line.at(t)), "C1": 1e-6} for t in temperature_c]
    >>> spectra = [
    ...     eis.Spectrum(f, circuit.impedance(f, each) * factor)
    ...     for each, factor in zip(values, noise, strict=True)
    ... ]
    >>> arcs = eis.track_arcs([eis.fit(each, circuit) for each in spectra], temperature_c)
    >>> arcs.order.shape  # spectra, arcs
    (4, 1)
    """

    coordinate: FloatArray
    order: npt.NDArray[np.intp]
    log_r: FloatArray
    log_c: FloatArray
    n: FloatArray
    margin: FloatArray

    @property
    def swapped(self) -> npt.NDArray[np.intp]:
        """Positions of the fits whose own order differs from the identity of the series."""
        return np.flatnonzero((self.order != np.arange(self.order.shape[1])).any(axis=1))

    def table(self) -> pd.DataFrame:
        """One row per fit and arc: coordinate, arc, r_ohm, c_f, n, tau_s, margin."""
        import pandas as pd

        t, m = self.order.shape
        return pd.DataFrame(
            {
                "coordinate": np.repeat(self.coordinate, m),
                "arc": np.tile(np.arange(1, m + 1), t),
                "r_ohm": np.exp(self.log_r).ravel(),
                "c_f": np.exp(self.log_c).ravel(),
                "n": self.n.ravel(),
                "tau_s": np.exp(self.log_r + self.log_c).ravel(),
                "margin": np.repeat(self.margin, m),
            }
        )


def track_arcs(
    fits: Iterable[CircuitFit | None],
    temperature_c: Sequence[float],
    first: int | None = None,
) -> ArcSeries:
    """Give the arcs of a temperature series one identity.

    Parameters
    ----------
    fits : iterable of CircuitFit
        Fits of one circuit, one per temperature; None, or fits of another circuit, are refused.
    temperature_c : sequence of float
        Temperatures in degC, in the same order.
    first : int, optional
        Position whose own order names the arcs. By default the fit in which all arcs are best
        determined, of those whose order another fit has too.

    Raises
    ------
    FitError
        If lengths differ, a fit is missing, circuits differ, or there are no arcs.

    Examples
    --------
    >>> import numpy as np
    >>> from metastudy import eis
    >>> f = np.logspace(5, 0, 41)
    >>> circuit = eis.Circuit("R0-p(R1,C1)")
    >>> noise = np.random.default_rng(1).normal(1, 1e-3, (4, 41))
    >>> temperature_c = [20.0, 40.0, 60.0, 80.0]
    >>> line = eis.Arrhenius(1000.0, 20.0, 0.5, rises=False)
    >>> values = [{"R0": 10.0, "R1": float(line.at(t)), "C1": 1e-6} for t in temperature_c]
    >>> spectra = [
    ...     eis.Spectrum(f, circuit.impedance(f, each) * factor)
    ...     for each, factor in zip(values, noise, strict=True)
    ... ]
    >>> arcs = eis.track_arcs([eis.fit(each, circuit) for each in spectra], temperature_c)
    >>> bool(arcs.table()["r_ohm"].is_monotonic_decreasing)
    True
    """
    if not isinstance(fits, Iterable):
        raise FitError(f"fits is {fits!r}; give the fits of a series, as fit_many returns them")
    held = list(fits)
    temperature = np.asarray(temperature_c, dtype=float)
    given = _checked(held, temperature)
    arcs = ArcValues(*_arcs_of(given), 1 / (temperature + ZERO_CELSIUS_K))
    order, margin = match_arcs(arcs, arc_kinds(given[0].model, find_arcs(given[0].circuit)), first)
    values = arcs.ordered(order).values
    return ArcSeries(temperature, order, values[..., 0], values[..., 1], values[..., 2], margin)


def match_arcs(
    arcs: ArcValues, kinds: IntArray, first: int | None = None
) -> tuple[IntArray, FloatArray]:
    """Match the arcs of every fit to those of all others.

    Parameters
    ----------
    kinds : ndarray of int, shape (m,)
        Arcs of one number may be exchanged.
    first : int, optional
        Fit whose own order is that of the series; by default the best determined one, of those
        whose order another fit has too.

    Returns
    -------
    order : ndarray of int, shape (t, m)
    margin : ndarray, shape (t,)
        As in ``ArcSeries``.
    """
    t, m = arcs.values.shape[:2]
    worst = arcs.errors.max(axis=(1, 2))
    start = int(np.argmin(worst)) if first is None else first
    own, matching = (_Matching(arcs, kinds, np.tile(np.arange(m), (t, 1))) for _ in range(2))
    by_x = np.argsort(arcs.x, kind="stable")
    place = int(np.flatnonzero(by_x == start)[0])
    for way in (by_x[place:], by_x[place::-1]):
        for done, k in enumerate(way[1:], start=1):
            matching.match(int(k), way[:done])
    # From the order of the fits and from one found step by step: the better one.
    matching = min(own, matching, key=_Matching.settle)
    if first is None:
        alike = (matching.order[:, None] == matching.order).all(axis=2).sum(axis=1)
        start = int(np.argmin(np.where((alike > 1) | (alike.max() == 1), worst, np.inf)))
    names = np.argsort(matching.order[start])
    return matching.order[:, names], matching.margin


def _checked(fits: list[CircuitFit | None], temperature: FloatArray) -> list[CircuitFit]:
    if temperature.shape != (len(fits),):
        raise FitError(f"{len(fits)} fits and {temperature.size} temperatures; give one for each")
    missing = [k for k, f in enumerate(fits) if f is None]
    if missing:
        raise FitError(f"fits {missing} are missing; leave them out with their temperatures")
    given = [f for f in fits if f is not None]
    if not given or any(f.circuit != given[0].circuit for f in given):
        raise FitError("arcs can be aligned along fits of one circuit only")
    if not find_arcs(given[0].circuit):
        raise FitError(f"circuit {given[0].circuit.text} has no arc R || CPE or R || C")
    return given


def _arcs_of(fits: list[CircuitFit]) -> tuple[FloatArray, FloatArray]:
    """Return ln R, ln C and n of every arc, and their standard errors, both (t, m, 3)."""
    arcs = find_arcs(fits[0].circuit)
    values = np.empty((len(fits), len(arcs), 3))
    errors = np.empty_like(values)
    for i, fitted in enumerate(fits):
        covariance = fitted.log_covariance
        for j, arc in enumerate(arcs):
            ln_r, ln_q = np.log(fitted.estimates[arc.r]), np.log(fitted.estimates[arc.q])
            n = 1.0 if arc.n is None else float(fitted.estimates[arc.n])
            ln_c = (ln_q + (1 - n) * ln_r) / n
            values[i, j] = ln_r, ln_c, n
            slope = np.zeros((3, covariance.shape[0]))
            slope[0, arc.r] = 1
            slope[1, arc.r], slope[1, arc.q] = (1 - n) / n, 1 / n
            if arc.n is not None:
                slope[1, arc.n] = -(ln_q + ln_r) / n**2
                slope[2, arc.n] = 1
            errors[i, j] = np.sqrt(np.einsum("ij,jk,ik->i", slope, covariance, slope))
    # An arc of nothing (R near 0) has no finite error; it then says nothing.
    return values, np.where(np.isfinite(errors), np.minimum(errors, _NO_ERROR), _NO_ERROR)


def arc_kinds(model: Model, arcs: Sequence[Arc]) -> IntArray:
    """Give arcs that may be exchanged one number, and no others, shape (m,)."""
    kinds = np.arange(len(arcs))
    for group in model.interchangeable:
        places = [arcs.index(arc) for arc in group]
        kinds[places] = places[0]
    return kinds


class _Matching:
    """Arcs of every fit (t) and their places in a series, by what the other fits expect."""

    def __init__(self, arcs: ArcValues, kinds: IntArray, order: IntArray) -> None:
        self.arcs, self.kinds, self.order = arcs, kinds, order
        self.margin = np.full(arcs.x.size, np.inf)
        self._places = np.arange(kinds.size)

    def settle(self) -> float:
        """Match each fit to all others until none moves; the cost of what is found."""
        everything = np.arange(self.arcs.x.size)
        for _ in range(_SWEEPS):
            if not any([self.match(k, everything[everything != k]) for k in everything.tolist()]):
                break
        return sum(
            float(self._cost(k, everything[everything != k])[0][self._places, self.order[k]].sum())
            for k in everything.tolist()
        )

    def match(self, k: int, among: IntArray) -> bool:
        """Match the arcs of fit ``k`` to those of others; True where its order changes."""
        from scipy.optimize import linear_sum_assignment

        cost, broken = self._cost(k, among)
        rows, columns = linear_sum_assignment(cost)
        gain = np.trace(cost) - cost[rows, columns].sum()
        if gain < _EVIDENCE or broken[rows, columns].sum() > np.trace(broken):
            # An exchange needs evidence, and must not break what the order of the fit keeps.
            columns = self._places
        best = float(cost[rows, columns].sum())
        others = [best + np.inf]
        for row, column in zip(rows, columns, strict=True):
            barred = cost.copy()
            barred[row, column] = _BARRED
            r, c = linear_sum_assignment(barred)
            if barred[r, c].max() < _BARRED:
                others.append(float(barred[r, c].sum()))
        self.margin[k] = min(others) - best
        changes = bool((self.order[k] != columns).any())
        self.order[k] = columns
        return changes

    def _cost(self, k: int, among: IntArray) -> tuple[FloatArray, FloatArray]:
        """Cost and breaks of the criterion, by arc of the series and arc of the fit, (m, m)."""
        arcs, order = self.arcs, self.order
        ordered = arcs.ordered(order)
        expected, variance = _expected(
            ordered.values[among], ordered.errors[among] ** 2, arcs.x[among], float(arcs.x[k])
        )
        variance = variance[:, None] + arcs.errors[k][None] ** 2
        squares = (arcs.values[k][None] - expected[:, None]) ** 2 / variance
        broken = breaks(arcs, k, ordered, among)
        cost = np.minimum(squares, _CAP).sum(axis=2) + _BREAK * broken
        cost = np.minimum(cost, _ARC_CAP)
        return np.where(self.kinds[:, None] == self.kinds[None], cost, _BARRED), broken


def _expected(
    seen: FloatArray, variance: FloatArray, x: FloatArray, at: float
) -> tuple[FloatArray, FloatArray]:
    """Expect values (m, 3) and their variance at ``at`` from those matched (d, m, 3) at ``x`` (d,).

    Means of ln C and n, and the line of ln R, each point with its own variance and a tolerance
    that grows with its distance along the series. One point alone gives no slope of ln R.
    """
    tolerance = np.array([TOLERANCE_R, TOLERANCE_C, TOLERANCE_N]) ** 2
    steps = 1 + np.abs(x - at) / max(float(np.abs(x - at).min()), 1e-12)
    weight = 1 / (variance + 0.5 * tolerance * steps[:, None, None])
    expected = (weight * seen).sum(axis=0) / weight.sum(axis=0)
    spread = tolerance + 1 / weight.sum(axis=0)
    if len(x) == 1 or np.ptp(x) == 0:
        spread[:, 0] = _SLOPELESS**2
        return expected, spread
    away = (x - at)[:, None]
    w, y = weight[..., 0], seen[..., 0]
    s0, s1, s2 = w.sum(axis=0), (w * away).sum(axis=0), (w * away**2).sum(axis=0)
    t0, t1 = (w * y).sum(axis=0), (w * away * y).sum(axis=0)
    determinant = s0 * s2 - s1**2
    expected[:, 0] = (s2 * t0 - s1 * t1) / determinant
    spread[:, 0] = tolerance[0] + s2 / determinant
    return expected, spread
