"""Circuits that contain another one, and how much of what they add a spectrum would not show."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ..circuits.circuit import Circuit
from ..circuits.model import Model
from ..circuits.notation import Node, dashed, leaves
from ..optimise.basin_hopping import shape_range
from ..spectrum import FloatArray
from ..weighting.data import Data, interleave

# Draws of what is added. Decades that its resistance may be below the smallest |Z| and above the
# largest, and that its time may lie outside the window: a fast arc hides in a resistor.
_DRAWS, _BELOW, _ABOVE, _OUTSIDE = 400, 4.0, 2.0, 6.0
_ARC, _DEBYE, _RESISTOR = "p(R,CPE)", "p(R,C)", "R"
# A kind of part and those of which it is a limit: exponent 1, or a time far from the window.
_LIMIT_OF = {_DEBYE: (_DEBYE, _ARC), _RESISTOR: (_RESISTOR, _DEBYE, _ARC)}


def added_parts(larger: Model, smaller: Model) -> tuple[Node, ...] | None:
    """Series terms that a circuit has beside those of a smaller one; None if it lacks one."""
    left = list(larger.circuit.terms)
    for term in sorted(smaller.circuit.terms, key=lambda one: -len(leaves(one))):
        kinds = _LIMIT_OF.get(_kind(term), (_kind(term),))
        like = next((one for kind in kinds for one in left if _kind(one) == kind), None)
        if like is None:
            return None
        left.remove(like)
    return tuple(left)


def needed(model: Model, v: FloatArray, data: Data, variance: float) -> bool:
    """Whether leaving out any part in series would cost more than its parameters do by BIC.

    To first order: what the other parts can take over does not count.

    Parameters
    ----------
    v
        A minimum (q,).
    variance
        Of a weighted residual.
    """
    slopes = model.evaluate(data.omega, v[None])[1][0].view(np.float64) * data.weight[0]
    slopes = slopes / (np.linalg.norm(slopes, axis=1, keepdims=True) + 1e-300)
    column = {i: k for k, i in enumerate(model.free)}
    for term, z in zip(model.circuit.terms, model.terms(data.omega, v[None]), strict=True):
        own = [column[i] for leaf in leaves(term) for i in model.circuit.positions(leaf)]
        basis = np.linalg.qr(np.delete(slopes, own, axis=0).T)[0]
        part = (interleave(z) * data.weight)[0]
        part = part - basis @ (basis.T @ part)
        if part @ part < variance * len(own) * np.log(part.size):
            return False
    return True


def unseen_share(
    model: Model,
    v: FloatArray,
    data: Data,
    added: Sequence[Node],
    least: float,
    rng: np.random.Generator,
) -> float:
    """Share of random parts that would change the cost by less than ``least`` if left out.

    Their resistances spread evenly over decades from 1e-4 of the smallest |Z| to a hundred times
    the largest, their times over the window and six decades on either side. What the fitted
    parameters can take over, to first order, is not seen.

    Parameters
    ----------
    model, v
        The smaller circuit at its minimum (q,).
    added
        The parts.
    least
        Cost, in the units of ``data``.
    """
    slopes = model.evaluate(data.omega, v[None])[1][0].view(np.float64) * data.weight[0]
    basis = np.linalg.qr(slopes.T / (np.linalg.norm(slopes, axis=1) + 1e-300))[0]
    size = np.log(np.abs(data.z))
    smallest, largest = size.min() - _BELOW * np.log(10), size.max() + _ABOVE * np.log(10)
    total = np.zeros((_DRAWS, basis.shape[0]))
    for part in added:
        alone = Model(Circuit(dashed(part), model.circuit.elements))
        low, high = shape_range(alone, data.omega, _OUTSIDE)
        drawn = low + rng.uniform(size=(_DRAWS, low.size)) * (high - low)
        scale = np.exp(rng.uniform(smallest, largest, size=(_DRAWS, 1)))
        total += interleave(alone.impedance(data.omega, drawn) * scale) * data.weight[0]
    total -= (total @ basis) @ basis.T
    return float(np.mean(np.einsum("kn,kn->k", total, total) < least))


def _kind(term: Node) -> str:
    """Spell a term without its numbers, branches in one order."""
    text = re.sub("[0-9]+", "", dashed(term))
    return {"p(CPE,R)": _ARC, "p(C,R)": _DEBYE}.get(text, text)
