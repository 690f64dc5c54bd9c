"""Search among circuits: each is fitted from its neighbour's optimum, and the best is improved.

Beginning with one circuit, neighbours are fitted roughly, from a few starts that the optimum at
hand suggests, and the search moves on as soon as one has a smaller criterion, until none has.
The criterion is the Bayesian one (Schwarz 1978, Ann. Stat. 6, 461), for a residual variance that is
estimated; all circuits share data and weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..fits.fitting import fit_circuit
from ..fits.options import initial_weight, model_of
from ..fits.result import CircuitFit
from ..numerics.criteria import bic, log_likelihood
from ..optimise.levenberg_marquardt import SAME, assess, minimise
from ..optimise.multistart import ROUGH
from ..optimise.starts import propose
from ..spectrum import FloatArray, Spectrum
from ..weighting.data import Data
from .shapes import MOST_ARCS, TAILS, Parts, Shape, starts

# Starts fitted, of those tried; how far apart they are in some coordinate.
_FITTED, _APART = 4, 0.7
# Steps of a race, and how near in the criterion a start must come to the lowest to stay in it.
_STEPS, _NEAR = 40, 6.0
# Circuits of so many arcs and tails also start from the data, which is quick for them.
_SMALL = 2
# Differences in the criterion that are worth a step.
_BETTER = 0.5


@dataclass(frozen=True, eq=False)
class CandidateCircuit:
    """A circuit that was tried: its parameters (p,) and its criterion at a rough optimum."""

    shape: Shape
    values: FloatArray
    chi2: float
    criterion: float


@dataclass
class CircuitSearch:
    """The circuits tried on one spectrum, by shape.

    Attributes
    ----------
    spectrum : Spectrum
    weight : str or array_like
        Weights of all circuits, a law or deviations as ``fit`` takes them.
    candidates : dict
        The best known of each circuit.
    fits : dict
        Of those that had the full search.
    """

    spectrum: Spectrum
    weight: str | npt.ArrayLike = "modulus"
    candidates: dict[Shape, CandidateCircuit] = field(default_factory=dict)
    fits: dict[Shape, CircuitFit] = field(default_factory=dict)
    _added_from: dict[tuple[Shape, Shape], float] = field(default_factory=dict)

    @property
    def numbers(self) -> int:
        """Real numbers fitted."""
        return 2 * len(self.spectrum)

    @property
    def best(self) -> CandidateCircuit:
        """The candidate with the smallest criterion."""
        return min(self.candidates.values(), key=_criterion)

    def near(self, difference: float) -> list[CandidateCircuit]:
        """Candidates within a difference of the smallest criterion, the best first."""
        limit = self.best.criterion + difference
        within = [one for one in self.candidates.values() if one.criterion <= limit]
        return sorted(within, key=_criterion)

    def add(self, shape: Shape, rows: list[Parts]) -> CandidateCircuit | None:
        """Fit a circuit roughly from starts; None where it has none, or too many parameters."""
        if not 0 < shape.size < np.unique(self.spectrum.frequency_hz).size:
            return None
        model = model_of(shape.circuit, None, None, ())
        data = self._data
        natural = np.array([row.values for row in rows])
        v = np.clip(model.coordinates(natural), model.low, model.high)
        if shape.arcs + bool(shape.tail) <= _SMALL:
            v = np.concatenate([v, propose(model, data, _FITTED)[0]])
        at = assess(model, data, v, rescale=True)
        apart = at.v[_distinct(at.v, at.cost)]
        near = _NEAR / self.numbers
        at = minimise(model, data, apart, race=near, tolerance=ROUGH, iterations=_STEPS)
        k = int(np.argmin(at.cost))
        return self._keep(shape, model.natural(at.v[k]), float(at.cost[k]))

    def add_from(self, here: CandidateCircuit, shape: Shape) -> CandidateCircuit | None:
        """Enter a circuit from the optimum of another one, if not done from as good a one."""
        pair = (here.shape, shape)
        if self._added_from.get(pair, np.inf) <= here.criterion + _BETTER:
            return self.candidates.get(shape)
        self._added_from[pair] = here.criterion
        parts = Parts.of(here.shape, here.values)
        return self.add(shape, starts(shape, here.shape, parts, self.spectrum))

    def add_arcs(self, here: CandidateCircuit) -> None:
        """Add arcs one by one to ``here`` with each tail, as long as that lowers the criterion."""
        for tail in TAILS:
            candidate = here if tail == here.shape.tail else None
            if candidate is None:
                candidate = self.add_from(here, replace(here.shape, tail=tail))
            while candidate is not None and candidate.shape.arcs < MOST_ARCS:
                larger = self.add_from(
                    candidate, replace(candidate.shape, arcs=candidate.shape.arcs + 1)
                )
                better = larger is not None and larger.criterion < candidate.criterion
                candidate = larger if better else None

    def improve(self, here: CandidateCircuit) -> CandidateCircuit:
        """Move on to better neighbours until there is none; returns the last."""
        while True:
            for shape in here.shape.neighbours():
                found = self.add_from(here, shape)
                if found is not None and found.criterion < here.criterion - _BETTER:
                    here = found
                    break
            else:
                return here

    def finish(self, shape: Shape) -> CircuitFit:
        """Fit a circuit with the full search, or from its candidate where that is lower."""
        candidate = self.candidates[shape]
        found = fit_circuit(self.spectrum, shape.circuit, weight=self.weight)
        if found.chi2 > candidate.chi2 * (1 + SAME):
            start = dict(zip(found.circuit.names, candidate.values.tolist(), strict=True))
            found = fit_circuit(self.spectrum, shape.circuit, weight=self.weight, start=start)
        self.fits[shape] = found
        self._keep(shape, found.estimates, found.chi2)
        return found

    def _keep(self, shape: Shape, values: FloatArray, chi2: float) -> CandidateCircuit:
        candidate = CandidateCircuit(shape, values, chi2, self._bic(shape, chi2))
        known = self.candidates.get(shape)
        if known is None or candidate.criterion < known.criterion:
            self.candidates[shape] = candidate
        return self.candidates[shape]

    def _bic(self, shape: Shape, chi2: float) -> float:
        return bic(log_likelihood(chi2, self.numbers), self.numbers, shape.size + 1)

    @cached_property
    def _data(self) -> Data:
        z = self.spectrum.impedance_ohm
        return Data(self.spectrum.omega, z[None], initial_weight(self.weight, z)[None])


def _criterion(candidate: CandidateCircuit) -> float:
    return candidate.criterion


def _distinct(v: FloatArray, cost: FloatArray) -> list[int]:
    """Rows of the lowest cost that are not next to each other."""
    taken: list[int] = []
    for k in np.argsort(cost, kind="stable").tolist():
        if all(np.abs(v[k] - v[other]).max() > _APART for other in taken):
            taken.append(k)
        if len(taken) == _FITTED:
            break
    return taken
