"""The criterion by which an arc keeps its identity along a series.

Its capacitance stays within a factor of 2, its resistance does not rise with temperature, and no
exchange with another arc of the same spectrum brings the capacitances closer to those of the
neighbours. Each holds within two standard errors. A spectrum that does not determine an arc is
passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
# A rise of R within its errors is named from here on.
_VISIBLE = 1.1
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
    return np.asarray(out * arcs.known[k])


@dataclass(frozen=True)
class Discontinuity:
    """A place in a series where the criterion is not met.

    Attributes
    ----------
    resistors : tuple of str
        Of the arc, or of the two whose exchange would bring their capacitances closer.
    temperature_c : tuple of float
        The two temperatures of a step, the colder one first, or that of the exchange.
    kind : {"C moves", "R rises", "exchange"}
    factor : float
        By which C or R moves; of an exchange, the ratio of both capacitances.
    sure : bool
        Whether it is more than two standard errors.
    """

    resistors: tuple[str, ...]
    temperature_c: tuple[float, ...]
    kind: str
    factor: float
    sure: bool

    @property
    def words(self) -> str:
        """One sentence, without its full stop."""
        if self.kind == "exchange":
            (celsius,), (one, other) = self.temperature_c, self.resistors
            return (
                f"at {celsius:g} degC {one} and {other} exchanged would bring C closer to its "
                "neighbours"
            )
        cold, warm = self.temperature_c
        step = f"by a factor of {self.factor:.3g} from {cold:g} to {warm:g} degC"
        if self.kind == "R rises":
            return f"{self.resistors[0]} rises {step}{'' if self.sure else ', within its errors'}"
        return f"C of {self.resistors[0]} moves {step}, more than {FACTOR_C:g}"


def discontinuities(
    ordered: ArcValues, resistors: Sequence[str], temperature_c: FloatArray
) -> list[Discontinuity]:
    """Find every place where the arcs of a series, in its order, break the criterion.

    Parameters
    ----------
    resistors
        Of the arcs (m).
    temperature_c : ndarray, shape (t,)
    """
    found: list[Discontinuity] = []
    for i, name in enumerate(resistors):
        path = _path(ordered, i)
        r, c = (_Trace(ordered, i, part) for part in (LOG_R, LOG_C))
        step = max(combinations(path, 2), key=lambda pair: c.beyond(*pair), default=None)
        if step is not None and c.beyond(*step) > np.log(FACTOR_C):
            found.append(_at("C moves", (name,), step, c.factor(*step), True, temperature_c))
        for cold, warm in pairwise(path):
            sure = r.rise(cold, warm) > 0 and r.beyond(cold, warm) > 0
            if ordered.x[cold] > ordered.x[warm] and (
                sure or r.rise(cold, warm) > np.log(_VISIBLE)
            ):
                step, factor = (cold, warm), r.factor(cold, warm)
                found.append(_at("R rises", (name,), step, factor, sure, temperature_c))
    for i, j in combinations(range(len(resistors)), 2):
        for k, factor in _exchanges(ordered, i, j):
            pair = resistors[i], resistors[j]
            found.append(_at("exchange", pair, (k,), factor, True, temperature_c))
    return found


def _at(
    kind: str,
    resistors: tuple[str, ...],
    spectra: tuple[int, ...],
    factor: float,
    sure: bool,
    temperature_c: FloatArray,
) -> Discontinuity:
    celsius = tuple(float(temperature_c[k]) for k in spectra)
    return Discontinuity(resistors, celsius, kind, factor, sure)


def _path(ordered: ArcValues, arc: int) -> list[int]:
    """Spectra that determine an arc, from cold to warm."""
    rows = np.argsort(-ordered.x, kind="stable")
    return [int(k) for k in rows if ordered.known[k, arc]]


class _Trace:
    """One value of one arc along a series: steps between two spectra, colder and warmer."""

    def __init__(self, ordered: ArcValues, arc: int, part: int) -> None:
        self.value, self.error = ordered.values[:, arc, part], ordered.errors[:, arc, part]

    def rise(self, cold: int, warm: int) -> float:
        """Change of the logarithm."""
        return float(self.value[warm] - self.value[cold])

    def factor(self, cold: int, warm: int) -> float:
        """Give the larger of both over the smaller."""
        return float(np.exp(abs(self.rise(cold, warm))))

    def beyond(self, cold: int, warm: int) -> float:
        """Give what of the change is more than its errors."""
        return abs(self.rise(cold, warm)) - _SURE * float(
            np.hypot(self.error[cold], self.error[warm])
        )


def _exchanges(ordered: ArcValues, i: int, j: int) -> Iterator[tuple[int, float]]:
    """Spectra in which two arcs exchanged would be closer to their neighbours in ln C."""
    both = np.flatnonzero(ordered.known[:, i] & ordered.known[:, j])
    c, error = ordered.values[..., LOG_C], ordered.errors[..., LOG_C]
    gap = c[:, i] - c[:, j]
    distinct = np.abs(gap) > _SURE * np.hypot(error[:, i], error[:, j])
    for k in both[distinct[both]].tolist():
        near = [n for n in ordered.neighbours(k, i, both) if n in ordered.neighbours(k, j, both)]
        # The squared steps of this order less those of the other are -2 gap[k] gap[n].
        if near and distinct[near].all() and gap[k] * gap[near].sum() < 0:
            yield k, float(np.exp(abs(gap[k])))
