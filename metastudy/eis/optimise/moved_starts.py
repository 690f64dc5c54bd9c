"""Starts made from a minimum with one part moved, split, sharpened or exchanged with another.

A local minimum has an arc in the wrong place, one arc for two, or the shapes of two neighbours
exchanged, and no step leads from there to the lowest.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations

import numpy as np

from ..circuits.elements import R
from ..circuits.model import Model
from ..circuits.notation import Leaf
from ..spectrum import FloatArray
from ..weighting.data import Data

# Places over the window to which an arc is moved.
_PLACES = 6
# Of the smallest |Z|: a resistor that has all but gone, and the sizes that it is given again.
_GONE, _BACK = 0.1, (0.2, 0.5, 0.9)
# From an arc to its halves, where it is split: in ln tau, or in their exponents.
_SPLIT_TIME, _SPLIT_EXPONENT = 0.7, 0.15
# An exponent that may be that of a sharp arc in truth, and what it is given then.
_BROAD, _SHARP = 0.75, 0.97


def moved_starts(model: Model, data: Data, v: FloatArray) -> FloatArray:
    """Make starts (s, q) from a minimum (q,) with one part moved and all else kept."""
    rows = [*_returned(model, data, v), *_elsewhere(model, data, v)]
    rows += [*_split(model, v), *_exchanged(model, v), *_sharpened(model, v)]
    return np.array(rows).reshape(-1, v.size)


def _elsewhere(model: Model, data: Data, v: FloatArray) -> Iterator[FloatArray]:
    """Move the time constant of one arc at a time over the window."""
    column = {i: k for k, i in enumerate(model.free)}
    for tau in (column[arc.q] for arc in model.arcs if arc.q in column):
        for place in np.linspace(-np.log(data.omega.max()), -np.log(data.omega.min()), _PLACES):
            yield np.where(np.arange(v.size) == tau, place, v)


def _returned(model: Model, data: Data, v: FloatArray) -> Iterator[FloatArray]:
    """Give a resistor in series that has all but gone a size again.

    Its logarithm no longer changes the cost, so no step would bring it back.
    """
    smallest = np.log(np.abs(data.z).min())
    for k in _series_resistors(model):
        if v[k] < smallest + np.log(_GONE):
            for share in _BACK:
                yield np.where(np.arange(v.size) == k, smallest + np.log(share), v)


def _split(model: Model, v: FloatArray) -> Iterator[FloatArray]:
    """Put two arcs in the place of one, and none in the place of another.

    Two arcs of nearly one time constant and different exponents are seldom among the combinations
    of shapes that explain most on the grid, and no step leads to them from one arc for both.
    """
    column = {i: k for k, i in enumerate(model.free)}
    for group in model.interchangeable:
        for kept, moved in permutations(group, 2):
            row = v.copy()
            row[column[kept.r]] -= np.log(2.0)
            for there, here in ((moved.r, kept.r), (moved.q, kept.q)):
                row[column[there]] = row[column[here]]
            if kept.n is None or moved.n is None:
                row[column[kept.q]] -= _SPLIT_TIME
                row[column[moved.q]] += _SPLIT_TIME
            else:
                n = row[column[kept.n]]
                row[column[kept.n]], row[column[moved.n]] = n - _SPLIT_EXPONENT, n + _SPLIT_EXPONENT
            yield np.clip(row, model.low, model.high)


def _exchanged(model: Model, v: FloatArray) -> Iterator[FloatArray]:
    """Let two arcs change places.

    A broad arc beside a sharp one looks much like a sharp one beside a broad one.
    """
    column = {i: k for k, i in enumerate(model.free)}
    for group in model.interchangeable:
        for a, b in combinations(group, 2):
            row = v.copy()
            row[[column[a.q], column[b.q]]] = row[[column[b.q], column[a.q]]]
            yield row


def _sharpened(model: Model, v: FloatArray) -> Iterator[FloatArray]:
    """Make a broad arc small and sharp: a broader neighbour may take over the rest."""
    column = {i: k for k, i in enumerate(model.free)}
    for arc in (arc for group in model.interchangeable for arc in group):
        if arc.n is not None and v[column[arc.n]] < _BROAD:
            row = v.copy()
            row[column[arc.n]] = _SHARP
            row[column[arc.r]] -= np.log(2.0)
            yield np.clip(row, model.low, model.high)


def _series_resistors(model: Model) -> list[int]:
    """Coordinates of free resistors in series."""
    column = {i: k for k, i in enumerate(model.free)}
    alone = [term for term in model.circuit.terms if isinstance(term, Leaf) and term.element is R]
    where = [model.circuit.positions(term)[0] for term in alone]
    return [column[i] for i in where if i in column]
