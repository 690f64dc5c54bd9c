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

# Draws of what is added; decades that its resistance and its time may lie outside the data.
_DRAWS, _OUTSIDE = 200, 2.0
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


def unseen_share(
    model: Model,
    v: FloatArray,
    data: Data,
    added: Sequence[Node],
    least: float,
    rng: np.random.Generator,
) -> float:
    """Share of random parts that would change the cost by less than ``least`` if left out.

    Their resistances spread evenly over decades from a hundredth of the smallest |Z| to a hundred
    times the largest, their times over the window and two decades on either side. What the fitted
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
    size, outside = np.log(np.abs(data.z)), _OUTSIDE * np.log(10)
    total = np.zeros((_DRAWS, basis.shape[0]))
    for part in added:
        alone = Model(Circuit(dashed(part), model.circuit.elements))
        low, high = shape_range(alone, data.omega, _OUTSIDE)
        drawn = low + rng.uniform(size=(_DRAWS, low.size)) * (high - low)
        scale = np.exp(rng.uniform(size.min() - outside, size.max() + outside, size=(_DRAWS, 1)))
        total += interleave(alone.impedance(data.omega, drawn) * scale) * data.weight[0]
    total -= (total @ basis) @ basis.T
    return float(np.mean(np.einsum("kn,kn->k", total, total) < least))


def _kind(term: Node) -> str:
    """Spell a term without its numbers, branches in one order."""
    text = re.sub("[0-9]+", "", dashed(term))
    return {"p(CPE,R)": _ARC, "p(C,R)": _DEBYE}.get(text, text)
