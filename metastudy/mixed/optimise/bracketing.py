"""Roots of many functions at once, each kept inside a bracket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..model.structures import Array
from ..model.terms import Index

WIDTH = 1e-14
"""Width of a bracket, relative to its ends, at which nothing is left to search."""


@dataclass(frozen=True)
class Brackets:
    """Points on both sides of each root, and the function there; all of shape (b,).

    Attributes
    ----------
    inside, gap_inside
        Points where the function is not positive, and its values.
    outside, gap_outside
        Points where it is positive, NaN where none is known yet, and its values.
    """

    inside: Array
    gap_inside: Array
    outside: Array
    gap_outside: Array

    def take(self, rows: Index) -> Brackets:
        """Give the brackets of some functions."""
        return Brackets(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def update(self, rows: Index, value: Array, gap: Array) -> None:
        """Move the end of the bracket on whose side each value lies."""
        inner, outer = gap <= 0, gap > 0
        self.inside[rows[inner]], self.gap_inside[rows[inner]] = value[inner], gap[inner]
        self.outside[rows[outer]], self.gap_outside[rows[outer]] = value[outer], gap[outer]


def bracketed_roots(
    gap: Callable[[Index, Array], Array],
    brackets: Brackets,
    start: Array,
    propose: Callable[[Index, Brackets, int], Array],
    *,
    tolerance: float,
    turns: int,
) -> Array:
    """Find where each function changes its sign, shape (b,).

    Parameters
    ----------
    gap
        Function (numbers of the functions, points) -> values.
    brackets
        Where to search; changed in place.
    start
        First points, shape (b,).
    propose
        Next points of the functions with the given numbers, from their brackets and the number of
        the turn; inside the bracket, or beyond ``inside`` where it is open.
    tolerance
        Value of a function that counts as zero.
    turns
        Evaluations of each function, at most; after the last one the next proposal is returned.
    """
    value = start.astype(float)
    rows = np.arange(value.size)
    for turn in range(turns):
        found = gap(rows, value[rows])
        brackets.update(rows, value[rows], found)
        done = np.abs(found) < tolerance
        low, high = brackets.inside[rows], brackets.outside[rows]
        done |= np.abs(high - low) <= WIDTH * np.maximum(np.abs(low), np.abs(high))
        rows = rows[~done]
        if not rows.size:
            break
        value[rows] = propose(rows, brackets.take(rows), turn)
    return value
