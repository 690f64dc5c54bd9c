"""Other minima that may fit as well: the roles of arcs exchanged, or one of them gone.

Behind a stray capacitance a plain resistor is an arc too. A fit may then have called the bulk an
arc and left the resistor at nothing, while the arc that was asked for went unseen. Such a fit is
as good as that with the bulk in the resistor and an arc of any place and hardly any size, and
an interval that holds only one of the two is too short.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..circuits.elements import C, Element, R
from ..circuits.model import Model
from ..circuits.notation import leaves
from ..spectrum import FloatArray
from ..weighting.data import Data
from .levenberg_marquardt import minimise
from .multistart import Search, near_minima
from .shunts import without_shunts

# Resistance of an arc that is as good as gone, over the smallest |Z| of the data.
_HARDLY = 0.01
# Time constants at which it may begin, over the window.
_PLACES = 4


def reselected(model: Model, data: Data, found: Search) -> Search:
    """Compare all minima under the weights of ``data``, those with exchanged roles among them.

    The weights may have changed since the search: the lowest minimum becomes the fit, the others
    near it stay beside it.
    """
    starts = np.concatenate(
        [found.minimum.v, found.others.v, role_exchanged_starts(model, data, found)]
    )
    pool = minimise(model, data, starts)
    # The fit keeps its place unless another one is truly lower.
    lowest = int(np.argmin(pool.cost))
    keep = 0 if pool.cost[0] <= pool.cost[lowest] * (1 + 1e-6) else lowest
    best = pool.rows([keep])
    return replace(found, minimum=best, others=near_minima(data, pool, best))


def role_exchanged_starts(model: Model, data: Data, found: Search) -> FloatArray:
    """Make starts (s, q) with each arc in turn given to a plain resistor, and an arc of no size."""
    v = found.minimum.v[0]
    column = {i: k for k, i in enumerate(model.free)}
    resistors = [column[i] for i in _shunted(model, R) if i in column]
    capacitors = [column[i] for i in _shunted(model, C) if i in column]
    log_tau = np.linspace(-np.log(data.omega.max()), -np.log(data.omega.min()), _PLACES)
    size = np.log(_HARDLY * np.abs(data.z).min())
    rows = []
    for arc in model.arcs:
        if arc.r not in column or arc.q not in column:
            continue
        r, q = column[arc.r], column[arc.q]
        for plain in resistors:
            row = v.copy()
            row[plain] = np.logaddexp(v[plain], v[r])
            row[r] = size
            full = row.copy()
            # The arc's own capacitance goes to the shunt, or stays with what is gone.
            full[capacitors] = np.logaddexp(v[capacitors], v[q] - v[r])
            for place in log_tau:
                for start in (row, full):
                    rows.append(np.where(np.arange(v.size) == q, place, start))
    return np.array(rows).reshape(-1, v.size)


def _shunted(model: Model, element: Element) -> list[int]:
    """Positions of R or C outside the arcs, none where the circuit has no shunt."""
    if not without_shunts(model.circuit.root)[1]:
        return []
    taken = {i for arc in model.arcs for i in (arc.r, arc.q)}
    chosen = [leaf for leaf in leaves(model.circuit.root) if leaf.element is element]
    return [i for leaf in chosen for i in model.circuit.positions(leaf) if i not in taken]
