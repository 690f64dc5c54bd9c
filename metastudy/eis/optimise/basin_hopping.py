"""Search for the global minimum by hops: one part of a good circuit is drawn anew, then minimised.

Nearly exact spectra give a fit many minima, and a coarse start seldom lies in the basin of the
lowest. Most parts of a low minimum are right, so a start that keeps them and draws a single one
anew is far more often in that basin than a start drawn at random (basin hopping: Wales and Doye
1997, J. Phys. Chem. A 101, 5111).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares, nnls

from ..circuits.model import Model
from ..circuits.notation import leaves
from ..spectrum import FloatArray
from ..weighting.data import Data, interleave
from .levenberg_marquardt import minimise
from .starts import COARSE, propose
from .variable_projection import Projected, VariableProjection

IntArray = npt.NDArray[np.intp]
# Shapes of parts by kind of part: time constants, exponents.
Shapes = Mapping[str, list[list[float]]]

# Starts of the first round: from the data, for each part drawn at random, from each other circuit.
_SUGGESTED, _DRAWN, _TAKEN = 4, 3, 6
# Hops of a later round for each part, and steps of every start.
_HOPS, _STEPS, _TOLERANCE = 8, 25, 1e-6
# Decades that time constants may lie outside the window.
_BEYOND = 1.5
# Minima from which hops start, and how far their costs are apart.
_BASES, _APART = 3, 1e-3
# Minima with a negative scale that are tried with positive ones.
_NEGATIVE = 2
# Of the largest scale: a part that least squares wants to be nothing or negative.
_LEAST = 1e-4
# Share of the cost that counts as a lower minimum.
_LOWER = 0.3
# Share of the data, squared, below which normal matrices may lose the digits still needed.
_NEARLY_EXACT = 1e-10
_EVALUATIONS = 60


class BasinHopping:
    """The minima met so far of one circuit and one spectrum.

    Parameters
    ----------
    model : Model
        Without constraints.
    data : Data
        Of one spectrum.
    goal : float
        Cost at which the data are met.
    rng : numpy Generator

    Attributes
    ----------
    v : ndarray, shape (K, q)
        Coordinates of the minima.
    cost : ndarray, shape (K,)
    idle : int
        Rounds since the lowest minimum fell clearly.
    """

    def __init__(self, model: Model, data: Data, goal: float, rng: np.random.Generator) -> None:
        self.model, self.data, self.goal, self.rng = model, data, goal, rng
        self.v: FloatArray = np.empty((0, len(model.free)))
        self.cost: FloatArray = np.empty(0)
        self.idle = 0
        self._projection = VariableProjection(model, data)

    @property
    def best(self) -> FloatArray:
        """Coordinates (q,) of the lowest minimum."""
        return np.asarray(self.v[int(np.argmin(self.cost))])

    @property
    def lowest(self) -> float:
        """Cost of the lowest minimum; infinite before the first round."""
        return float(self.cost.min(initial=np.inf))

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.lowest <= self.goal

    @property
    def parts(self) -> int:
        """Number of series terms that have a shape."""
        return len(self._shapes)

    @property
    def nearly_exact(self) -> bool:
        """Whether the goal is missed by digits that a normal matrix loses."""
        return self.goal < self.lowest < _NEARLY_EXACT * float(self.data.magnitude[0])

    @property
    def shapes(self) -> Shapes:
        """Shapes of the parts of the lowest minimum by kind; a capacitor's exponent is 1."""
        found: dict[str, list[list[float]]] = {}
        for where, kind in self._shapes:
            shape = self.best[where].tolist()
            found.setdefault(kind, []).append([*shape, 1.0] if len(shape) == 1 else shape)
        return found

    def round(self, known: Sequence[Shapes] = ()) -> None:
        """Minimise from new starts, also from the shapes of other circuits where given."""
        before = self.lowest
        starts = self._hops() if self.cost.size else self._first()
        if known:
            starts = np.concatenate([starts, self._from(known)])
        self.improve(starts)
        self.idle = 0 if self.lowest < before * (1 - _LOWER) else self.idle + 1

    def follow(self, known: Shapes) -> None:
        """Minimise from the shapes of another circuit, and by hops where little is missing."""
        starts = self._from([known])
        self.improve(np.concatenate([starts, self._hops()]) if self.nearly_exact else starts)

    def improve(self, starts: FloatArray) -> None:
        """Minimise from starts (s, q)."""
        before = self.lowest
        self._keep(self._projection.minimise(starts, _STEPS, _TOLERANCE, self.goal))
        if self.lowest < before and self.nearly_exact:
            self.refine()

    def refine(self, evaluations: int = _EVALUATIONS) -> None:
        """Go on from the lowest minimum without a normal matrix (MINPACK)."""
        start, projection = self.best, self._projection
        where = projection.shapes
        inside = (start[where] > self.model.low[where]) & (start[where] < self.model.high[where])
        if not inside.any():
            return

        def at(x: FloatArray) -> FloatArray:
            v = start[None].copy()
            v[0, where[inside]] = x
            return v

        def residual(x: FloatArray) -> FloatArray:
            return np.asarray(projection.slopes(at(x))[0][0])

        def jacobian(x: FloatArray) -> FloatArray:
            return np.asarray(projection.slopes(at(x))[1][0, inside].T)

        found = least_squares(
            residual,
            start[where[inside]],
            jacobian,
            method="lm",
            x_scale="jac",
            ftol=_TOLERANCE,
            xtol=1e-14,
            gtol=1e-15,
            max_nfev=evaluations,
        )
        v = at(found.x)
        if np.all(v == np.clip(v, self.model.low, self.model.high)):
            self._keep(projection.assess(v))

    def _keep(self, found: Projected) -> None:
        """Keep minima with positive scales; minimise the lowest others with positive ones."""
        v = self._projection.applied(found)
        fine = np.isfinite(v).all(axis=1) & np.isfinite(found.cost)
        self._add(v[fine], found.cost[fine])
        rest = np.flatnonzero(~fine & (found.cost < self.lowest))
        rest = rest[np.argsort(found.cost[rest], kind="stable")[:_NEGATIVE]]
        if rest.size:
            again = minimise(self.model, self.data, self._scaled(found.v[rest]), iterations=_STEPS)
            self._add(again.v, again.cost)

    def _add(self, v: FloatArray, cost: FloatArray) -> None:
        self.v = np.concatenate([self.v, v])
        self.cost = np.concatenate([self.cost, cost])

    def _first(self) -> FloatArray:
        suggested = propose(self.model, self.data, _SUGGESTED, COARSE)[0]
        return np.concatenate([suggested, self._drawn(_DRAWN * max(len(self._shapes), 1))])

    def _from(self, known: Sequence[Shapes]) -> FloatArray:
        """Lay out starts (s, q) with the shapes of other circuits in random places."""
        starts = self._drawn(_TAKEN * len(known))
        for k, row in enumerate(starts):
            self._take(row, known[k // _TAKEN])
        return starts

    def _take(self, row: FloatArray, shapes: Shapes) -> None:
        free = {kind: self.rng.permutation(rows).tolist() for kind, rows in shapes.items()}
        order = self.rng.permutation(len(self._shapes)).tolist()
        # A capacitor takes the arc that is most like one.
        for k in sorted(order, key=lambda k: self._shapes[k][0].size > 1):
            where, kind = self._shapes[k]
            if free.get(kind):
                if where.size == 1:
                    free[kind].sort(key=lambda shape: shape[-1])
                row[where] = free[kind].pop()[: where.size]

    def _hops(self) -> FloatArray:
        """Lay out starts with one shape drawn anew, and the lowest minimum to go on from."""
        count = _HOPS * max(len(self._shapes), 1)
        bases = self.v[self._distinct()]
        starts = bases[self.rng.integers(len(bases), size=count)]
        drawn = self._drawn(count)
        which = self.rng.integers(max(len(self._shapes), 1), size=count)
        for k, (where, _) in enumerate(self._shapes):
            rows = np.flatnonzero(which == k)[:, None]
            starts[rows, where] = drawn[rows, where]
        return np.concatenate([self.best[None], starts])

    def _distinct(self) -> list[int]:
        """Rows of the lowest minima whose costs differ."""
        taken: list[int] = []
        for k in np.argsort(self.cost, kind="stable").tolist():
            if not taken or self.cost[k] > self.cost[taken[-1]] * (1 + _APART):
                taken.append(k)
            if len(taken) == _BASES:
                break
        return taken

    def _drawn(self, count: int) -> FloatArray:
        """Coordinates (count, q) of parts of random shape and unit scale."""
        low, high = self._range
        return low + self.rng.uniform(size=(count, low.size)) * (high - low)

    def _scaled(self, v: FloatArray) -> FloatArray:
        """Give all parts their non-negative least-squares scales."""
        parts = interleave(np.array(self.model.terms(self.data.omega, v)))
        columns = (parts * self.data.weight).transpose(1, 2, 0)
        target = (interleave(self.data.z) * self.data.weight)[0]
        log_scale = np.array([_log_scales(rows, target) for rows in columns])
        return np.asarray(v + log_scale @ self.model.directions)

    @cached_property
    def _shapes(self) -> list[tuple[IntArray, str]]:
        """Coordinates of the shape of each series term that has one, and its kind."""
        column = {i: k for k, i in enumerate(self.model.free)}
        arcs = {arc.r: arc for arc in self.model.arcs}
        circuit = self.model.circuit
        found = []
        for term in circuit.terms:
            where = [i for leaf in leaves(term) for i in circuit.positions(leaf)]
            arc = next((arcs[i] for i in where if i in arcs), None)
            if arc is not None and len(where) <= 3:
                shape = [column[i] for i in (arc.q, arc.n) if i is not None]
                found.append((np.array(shape), "arc"))
            elif len(where) > 1:
                kind = "-".join(leaf.element.symbol for leaf in leaves(term))
                found.append((np.array([column[i] for i in where]), kind))
        return found

    @cached_property
    def _range(self) -> tuple[FloatArray, FloatArray]:
        return shape_range(self.model, self.data.omega, _BEYOND)


def shape_range(model: Model, omega: FloatArray, decades: float) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest coordinates (q,) of parts of unit scale.

    Times lie in the window of ``omega`` (rad/s) or as many decades outside, exponents in the upper
    half of their limits.
    """
    beyond = decades * np.log(10)
    time = (-np.log(omega.max()) - beyond, -np.log(omega.min()) + beyond)
    times = {arc.q for arc in model.arcs}
    sides = []
    for i in model.free:
        declared = model.parameters[i].declared
        if i in times or declared.unit in ("s", "F", "H"):
            sides.append(time)
        elif declared.is_scale:
            sides.append((-np.log(10), np.log(10)))
        else:
            sides.append((max(declared.low, 0.5 * declared.high), declared.high))
    low, high = np.array(sides).T
    return low, high


def _log_scales(columns: FloatArray, target: FloatArray) -> FloatArray:
    """Logarithms of the non-negative scales of columns (2n, t) that meet the target best."""
    size = np.linalg.norm(columns, axis=0)
    size = np.where(np.isfinite(size) & (size > 0), size, 1.0)
    scale, _ = nnls(np.nan_to_num(columns / size), target)
    return np.asarray(np.log(np.maximum(scale, _LEAST * scale.max() + 1e-300) / size))
