"""The criterion by which an arc keeps its identity along a series.

Its capacitance stays within a factor of 2, its resistance does not rise with temperature, and no
exchange with another arc of the same spectrum brings the capacitances closer to those of the
neighbours. Each holds within two standard errors. A spectrum that does not determine an arc is
passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

from ..fits.identifiability import UNDETERMINED
from ..spectrum import FloatArray
from ..weighting.data import BoolArray

# Factor by which the capacitance of one layer may move along a series.
FACTOR_C = 2.0
# What differs by fewer standard errors is equal.
_SURE = 2.0
# Places of ln R, ln C and n in the arrays of arcs.
LOG_R, LOG_C = 0, 1

IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class ArcValues:
    """ln R (ohm), ln C (F), n of every arc and their standard errors, both (t, m, 3).

    ``x`` (t,) falls with temperature.
    """

    values: FloatArray
    errors: FloatArray
    x: FloatArray

    @property
    def known(self) -> BoolArray:
        """Arcs (t, m) whose resistance and capacitance are determined."""
        return np.asarray((self.errors[..., :2] < UNDETERMINED).all(axis=2))

    def ordered(self, order: IntArray) -> ArcValues:
        """Arcs in the order (t, m) of a series."""
        there = order[:, :, None]
        values, errors = (np.take_along_axis(a, there, 1) for a in (self.values, self.errors))
        return ArcValues(values, errors, self.x)

    def neighbours(self, k: int, arc: int, among: IntArray) -> list[int]:
        """Nearest spectra on either side of ``k`` that determine the arc, one or two."""
        at = among[(among != k) & self.known[among, arc]]
        out = []
        for side in (at[self.x[at] >= self.x[k]], at[self.x[at] < self.x[k]]):
            if side.size:
                out.append(int(side[np.argmin(np.abs(self.x[side] - self.x[k]))]))
        return out


def breaks(arcs: ArcValues, k: int, ordered: ArcValues, among: IntArray) -> FloatArray:
    """How often each arc of fit ``k`` would break the criterion in each place of the series.

    Parameters
    ----------
    arcs
        In the order of their fits.
    ordered
        In the order of the series, right in the rows ``among``.

    Returns
    -------
    ndarray, shape (m, m)
        By arc of the series and arc of the fit: steps to the neighbours in which C moves by more
        than the factor or R rises.
    """
    values, errors = arcs.values[k], arcs.errors[k]
    out = np.zeros(2 * (values.shape[0],))
    for i in range(values.shape[0]):
        for other in ordered.neighbours(k, i, among):
            step = values - ordered.values[other, i]
            error = _SURE * np.hypot(errors, ordered.errors[other, i])
            jumps = np.abs(step[:, LOG_C]) > np.log(FACTOR_C) + error[:, LOG_C]
            warming = np.sign(ordered.x[other] - arcs.x[k])
            rises = warming * step[:, LOG_R] > error[:, LOG_R]
            out[i] += jumps.astype(float) + rises
    return out * arcs.known[k]


@dataclass(frozen=True)
class Discontinuity:
    """A place in a series where the criterion is not met.

    Attributes
    ----------
    arcs : tuple of int
        The arc, or the two whose exchange would bring their capacitances closer.
    spectra : tuple of int
        The step between two spectra, the colder one first, or the one of the exchange.
    kind : {"C moves", "R rises", "exchange"}
    factor : float
        By which C or R moves; of an exchange, by how much less C would.
    """

    arcs: tuple[int, ...]
    spectra: tuple[int, ...]
    kind: str
    factor: float


def discontinuities(ordered: ArcValues) -> list[Discontinuity]:
    """Find every place where the arcs of a series, in its order, break the criterion."""
    m = ordered.values.shape[1]
    found: list[Discontinuity] = []
    for i in range(m):
        found += _moves(ordered, i)
        found += _rises(ordered, i)
    for i, j in combinations(range(m), 2):
        found += _exchanges(ordered, i, j)
    return found


def _path(ordered: ArcValues, arc: int) -> list[int]:
    """Spectra that determine an arc, from cold to warm."""
    rows = np.argsort(-ordered.x, kind="stable")
    return [int(k) for k in rows if ordered.known[k, arc]]


def _moves(ordered: ArcValues, arc: int) -> Iterator[Discontinuity]:
    """The largest move of C, where it is beyond the factor."""
    path = _path(ordered, arc)
    c, error = ordered.values[:, arc, LOG_C], ordered.errors[:, arc, LOG_C]
    worst = max(
        combinations(path, 2),
        key=lambda pair: _beyond(abs(c[pair[0]] - c[pair[1]]), error[list(pair)]),
        default=None,
    )
    if worst is not None:
        move = abs(c[worst[0]] - c[worst[1]])
        if _beyond(move, error[list(worst)]) > np.log(FACTOR_C):
            yield Discontinuity((arc,), worst, "C moves", float(np.exp(move)))


def _rises(ordered: ArcValues, arc: int) -> Iterator[Discontinuity]:
    r, error = ordered.values[:, arc, LOG_R], ordered.errors[:, arc, LOG_R]
    for cold, warm in pairwise(_path(ordered, arc)):
        rise = r[warm] - r[cold]
        if ordered.x[cold] > ordered.x[warm] and _beyond(rise, error[[cold, warm]]) > 0:
            yield Discontinuity((arc,), (cold, warm), "R rises", float(np.exp(rise)))


def _exchanges(ordered: ArcValues, i: int, j: int) -> Iterator[Discontinuity]:
    """Spectra in which two arcs exchanged would be closer to their neighbours in ln C."""
    both = np.flatnonzero(ordered.known[:, i] & ordered.known[:, j])
    c, error = ordered.values[..., LOG_C], ordered.errors[..., LOG_C]
    for k in both.tolist():
        near = [n for n in ordered.neighbours(k, i, both) if n in ordered.neighbours(k, j, both)]
        # The squares of the exchanged order less those of this one are 2 (ci - cj)(di - dj).
        gap, there = c[k, i] - c[k, j], [c[n, i] - c[n, j] for n in near]
        if not near or _beyond(abs(gap), error[k, [i, j]]) <= 0:
            continue
        if gap * sum(there) < 0 and all(
            _beyond(abs(d), error[n, [i, j]]) > 0 for d, n in zip(there, near, strict=True)
        ):
            yield Discontinuity((i, j), (k,), "exchange", float(np.exp(abs(gap))))


def _beyond(difference: float, errors: FloatArray) -> float:
    """What of a difference is more than its errors."""
    return float(difference - _SURE * np.hypot(*errors))
