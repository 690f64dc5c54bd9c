"""Starts for circuits with a capacitor or inductor beside a whole series, such as a stray C.

A stray capacitance around everything hides the series from the search term by term. Without it
the circuit is a plain series again: that one is fitted first, and the shunt is put back with a
few sizes.
"""

from __future__ import annotations

import numpy as np

from ..circuits.circuit import Circuit
from ..circuits.elements import C, L
from ..circuits.model import Model
from ..circuits.notation import Leaf, Node, Parallel, Series, dashed, leaves
from ..spectrum import FloatArray
from ..weighting.data import Data
from .levenberg_marquardt import minimise
from .starts import propose

# Sizes of the shunt's reactance at the highest frequency over the smallest |Z| of the data.
_SIZES = (0.3, 3.0, 30.0)


def without_shunts(node: Node) -> tuple[Node, list[str]]:
    """Return the tree without shunts of a series, and the labels of the shunts taken out."""
    if isinstance(node, Leaf):
        return node, []
    if isinstance(node, Parallel) and len(node.children) == 2:
        for shunt, rest in (node.children, node.children[::-1]):
            if isinstance(shunt, Leaf) and shunt.element in (C, L) and isinstance(rest, Series):
                inner, labels = without_shunts(rest)
                return inner, [shunt.label, *labels]
    children, labels = [], []
    for child in node.children:
        plain, taken = without_shunts(child)
        labels += taken
        same = isinstance(plain, type(node)) and not isinstance(plain, Leaf)
        children += list(plain.children) if same and not isinstance(plain, Leaf) else [plain]
    return type(node)(tuple(children)), labels


def shunt_starts(model: Model, data: Data, count: int) -> FloatArray | None:
    """Make starts (s, q) from the circuit without its shunts, or None where it has none."""
    tree, labels = without_shunts(model.circuit.root)
    free = [label for label in labels if label not in model.fixed and label not in model.tied]
    if not labels or len(free) != len(labels):
        return None
    plain = Circuit(dashed(tree), model.circuit.elements)
    names = set(plain.names)
    tied = {k: tie for k, tie in model.tied.items() if k in names and tie.other in names}
    fixed = {k: value for k, value in model.fixed.items() if k in names}
    simple = Model(plain, fixed, tied)
    found = minimise(simple, data, propose(simple, data, count)[0], iterations=15)
    best = simple.natural(found.v[np.argsort(found.cost)[:3]])
    starts = []
    top, smallest = data.omega.max(), np.abs(data.z).min()
    for row in best:
        given = dict(zip(plain.names, row, strict=True))
        for size in _SIZES:
            # Every shunt barely touches the data at first: a large reactance beside them.
            reactance = size * max(float(smallest), 1e-300)
            for leaf_label in labels:
                is_c = _element(model, leaf_label) is C
                given[leaf_label] = 1 / (top * reactance) if is_c else reactance / data.omega.min()
            starts.append([given[name] for name in model.circuit.names])
    return model.coordinates(np.array(starts))


def _element(model: Model, label: str) -> object:
    return next(leaf.element for leaf in leaves(model.circuit.root) if leaf.label == label)
