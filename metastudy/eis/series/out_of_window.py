"""Arcs that leave the measured window at some temperatures of a series, and enter it again.

A warm arc is faster than the highest frequency: the spectrum shows its resistance, added to every
other resistance in series, and nothing of its capacitance. It is left out where both hold: its
apex, by the line of ln tau through the other temperatures or by its own fit, lies near or above the
highest frequency, and the spectrum fitted without it has the lower BIC. Each spectrum is tested by
itself, so an arc comes back where it can be seen again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..circuits.arcs import Arc
from ..circuits.elements import L, R
from ..circuits.model import Model
from ..circuits.notation import Leaf, leaves
from ..fits.identifiability import UNDETERMINED
from ..optimise.levenberg_marquardt import minimise
from ..spectrum import FloatArray
from ..weighting.data import BoolArray, Data
from .alignment import (
    AlignedArcs,
    Expectation,
    arc_values,
    expectation,
    free_arcs,
    is_far,
    log_rc,
    predicted,
)
from .global_least_squares import SeriesData

# An arc whose apex is more than this factor below the highest frequency is inside.
_EDGE = 5.0
# Changes of ln R and ln C that leave an arc where it is.
_STILL = 0.2
# ln of what a held resistance or time constant is: nothing beside any that is measured.
_NOTHING = -80.0


@dataclass(frozen=True)
class OutOfWindow:
    """An arc near the upper edge of the window, at one temperature.

    Attributes
    ----------
    spectrum : int
    resistor : str
        Of the arc.
    apex_hz, highest_hz : float
        Expected apex, and the highest frequency measured.
    delta_bic : float
        BIC without the arc's capacitance less BIC with it; negative where it is better left out.
    into : str
        The resistor in series that takes up the arc's resistance; the arc's own where none can.
    others_stay : bool
        Whether the other arcs keep their capacitances without it; else one of them takes its
        place, and which of the two cannot be seen is not known.
    """

    spectrum: int
    resistor: str
    apex_hz: float
    highest_hz: float
    delta_bic: float
    into: str
    others_stay: bool = True

    @property
    def left(self) -> bool:
        """Whether the arc is a plain resistance at this temperature."""
        return self.delta_bic < 0 and self.others_stay

    @property
    def verdict(self) -> str:
        """What becomes of the arc."""
        if not self.others_stay:
            return f"{self.resistor} stays an arc, as another would take its place"
        if not self.left:
            return f"{self.resistor} stays an arc"
        if self.into == self.resistor:
            return f"{self.resistor} is a plain resistance"
        return f"{self.resistor} is part of {self.into}"


def find_out_of_window(
    model: Model, data: SeriesData, aligned: AlignedArcs, x: FloatArray, kept: frozenset[str]
) -> tuple[FloatArray, BoolArray, list[OutOfWindow]]:
    """Find the arcs that are out of the window.

    Parameters
    ----------
    x : ndarray, shape (K,)
        1/(kT).
    kept : frozenset of str
        Series resistors that cannot take up an arc's resistance, because they are shared.

    Returns
    -------
    held : ndarray, shape (K, q)
        Values of the coordinates that go with an arc that left, NaN elsewhere.
    mixed : ndarray of bool, shape (K, q)
        Resistors and inductors in series that took up what is left of such an arc: its
        resistance, and -R^2 C as an inductance. They are no longer what they are elsewhere.
    list of OutOfWindow
        Every arc near the edge, those that stay too.
    """
    held = np.full(aligned.v.shape, np.nan)
    mixed = np.zeros(held.shape, dtype=bool)
    series = _series_resistor(model, kept)
    near_edge = []
    values = arc_values(model, data, aligned.v, x)
    for arc in _arcs_in_series(model):
        columns = [model.free.index(i) for i in (arc.r, arc.q, arc.n) if i in model.free]
        for k in range(data.count):
            highest = float(data.one(k).omega.max() / (2 * np.pi))
            apex = _apex(aligned, x, columns[0], columns[1], k)
            if apex < highest / _EDGE:
                continue
            without, change, there = _without(
                data.one(k), model, aligned.v[k], held[k], columns, series
            )
            others = expectation(model, values, aligned.v, aligned.weight, k)
            stay = _others_stay(model, others, aligned.v[k], there, without)
            names = model.circuit.names
            into = arc.r if series is None else model.free[series]
            near_edge.append(
                OutOfWindow(
                    k, names[arc.r], apex, highest, change, names[into], stay or change >= 0
                )
            )
            if near_edge[-1].left:
                held[k] = without
                mixed[k, [j for j in (series, *_inductors(model)) if j is not None]] = True
    return held, mixed, near_edge


def _without(
    data: Data,
    model: Model,
    v: FloatArray,
    held: FloatArray,
    columns: list[int],
    series: int | None,
) -> tuple[FloatArray, float, FloatArray]:
    """Held coordinates (q,) with one more arc left out, the change of BIC, and that minimum."""
    less, start = held.copy(), np.where(np.isnan(held), v, held)
    # The exponent of an arc that cannot be seen is held where it is: it must not count.
    less[columns] = [_NOTHING if part < 2 else v[c] for part, c in enumerate(columns)]
    if series is None:
        less[columns[0]] = np.nan
    else:
        start[series] = np.logaddexp(start[series], start[columns[0]])
    costs = []
    for hold, at in ((held, np.where(np.isnan(held), v, held)), (less, start)):
        fixed = ~np.isnan(hold)
        row = np.where(fixed, hold, at)
        found = minimise(model, data, row[None], held=fixed[None])
        costs.append(float(found.cost[0]))
    numbers = 2 * data.omega.size
    dropped = int((~np.isnan(less)).sum() - (~np.isnan(held)).sum())
    floor = numbers * 1e-6  # in residual variances: below it both are the data themselves
    change = numbers * np.log(max(costs[1], floor) / max(costs[0], floor))
    return less, float(change - dropped * np.log(numbers)), found.v[0]


def _others_stay(
    model: Model, expected: Expectation, before: FloatArray, after: FloatArray, held: FloatArray
) -> bool:
    """Whether arcs that are not held stay what they are to the other spectra, or do not move."""
    for i, arc in enumerate(free_arcs(model)):
        columns = [model.free.index(arc.r), model.free.index(arc.q)]
        if not np.isnan(held[columns]).all():
            continue
        moved = off = log_rc(after[columns] - before[columns])
        if i in expected.parts:
            off = log_rc(after[columns] - expected.parts[i][1][:2])
        if is_far(off) and np.abs(moved).max() > _STILL:
            return False
    return True


def _apex(aligned: AlignedArcs, x: FloatArray, r: int, t: int, k: int) -> float:
    """Apex (Hz) of an arc at row ``k``: by the other rows where they know it, else by its fit."""
    known = np.asarray((aligned.weight[:, [r, t]] > 1 / UNDETERMINED**2).all(axis=1))
    own = float(aligned.v[k, t])
    others = known & (np.arange(x.size) != k)
    if others.sum() >= 2 and np.ptp(x[others]) > 0:
        line = predicted(x[others], aligned.v[others, t], aligned.weight[others, t], x[k])
        own = line if not known[k] else min(own, line)
    return float(np.exp(-np.clip(own, -200, 200)) / (2 * np.pi))


def _arcs_in_series(model: Model) -> list[Arc]:
    """Arcs with a free resistance and time constant that are terms of the circuit themselves."""
    tops = [
        {i for leaf in leaves(term) for i in model.circuit.positions(leaf)}
        for term in model.circuit.terms
    ]
    return [
        arc
        for arc in model.arcs
        if arc.r in model.free
        and arc.q in model.free
        and {i for i in (arc.r, arc.q, arc.n) if i is not None} in tops
    ]


def _inductors(model: Model) -> list[int]:
    """Coordinates of the free inductors in series."""
    positions = [
        model.circuit.names.index(term.label)
        for term in model.circuit.terms
        if isinstance(term, Leaf) and term.element is L
    ]
    return [model.free.index(i) for i in positions if i in model.free]


def _series_resistor(model: Model, kept: frozenset[str]) -> int | None:
    """Coordinate of the first free resistor in series, unless it is shared."""
    for term in model.circuit.terms:
        if isinstance(term, Leaf) and term.element is R and term.label not in kept:
            position = model.circuit.names.index(term.label)
            tied = {tie.other for tie in model.tied.values()}
            if position in model.free and term.label not in tied:
                return model.free.index(position)
    return None
