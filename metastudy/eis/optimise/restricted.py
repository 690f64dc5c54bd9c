"""Starts of a restricted problem: the optimum of the free one, put where the restrictions hold.

With a parameter fixed, tied, bounded or known beforehand the starts from the data are rated
without that knowledge. The free optimum is often a point of the restricted problem, or near one.
Arcs that the free circuit may exchange are tried in every order, since a name is bound to one.
"""

from __future__ import annotations

from itertools import islice, permutations, product

import numpy as np

from ..circuits.arcs import Arc
from ..circuits.model import Model
from ..spectrum import FloatArray
from ..weighting.data import Data
from .levenberg_marquardt import minimise
from .multistart import search

# Orders of interchangeable arcs and minima beside the lowest that are tried at most.
_ORDERS, _OTHERS = 24, 3


def free_starts(model: Model, data: Data) -> FloatArray | None:
    """Minima of the circuit without restrictions as starts (s, q); None without restrictions."""
    if not model.restricted:
        return None
    free = Model(model.circuit)
    if 2 * data.omega.size <= len(free.free):
        return None
    found = search(free, data)
    v = np.concatenate([found.minimum.v, found.others.v[:_OTHERS]])
    natural = free.natural(minimise(free, data, v).v)
    rows = np.array([natural[:, order] for order in _orders(free)])
    if not (model.constrained or model.bounds):
        rows = _nearest(model, rows)
    return model.coordinates(rows.reshape(-1, natural.shape[1]))


def _nearest(model: Model, rows: FloatArray) -> FloatArray:
    """Of the orders (o, m, p) of each minimum the one nearest to the priors, shape (m, p).

    Priors only prefer an order: the present one, where no other is nearer by a standard deviation.
    """
    flat = model.log_parameters(model.coordinates(rows.reshape(-1, rows.shape[2])))
    squares = np.sum(model.priors.standardised(flat) ** 2, axis=1).reshape(rows.shape[:2])
    best = np.where(squares.min(axis=0) < squares[0] - 1, squares.argmin(axis=0), 0)
    return rows[best, np.arange(rows.shape[1])]


def _orders(free: Model) -> list[list[int]]:
    """Orders of the parameters (p,) that exchange interchangeable arcs, the present one first."""
    names = range(len(free.parameters))
    out = []
    choices = product(*(permutations(group) for group in free.interchangeable))
    for choice in islice(choices, _ORDERS):
        order = list(names)
        for group, arranged in zip(free.interchangeable, choice, strict=True):
            for here, there in zip(group, arranged, strict=True):
                for i, j in zip(_members(here), _members(there), strict=True):
                    order[i] = j
        out.append(order)
    return out


def _members(arc: Arc) -> list[int]:
    return [i for i in (arc.r, arc.q, arc.n) if i is not None]
