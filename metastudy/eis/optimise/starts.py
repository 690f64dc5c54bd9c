"""Starting values from the data: which shapes of the series terms explain a spectrum best.

Each term in series offers shapes on a grid (time constants a third of a decade apart, a few
exponents). With the shapes given, impedance is linear in the scales, so a combination is rated
by small sums over one Gram matrix: all pairs of arcs are tried, further arcs are added to the
best pairs. This is a coarse distribution of relaxation times with as many peaks as arcs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from ..circuits.model import Model
from ..circuits.notation import Leaf, Node, Series, leaves
from ..spectrum import ComplexArray, FloatArray
from ..weighting.data import Data, interleave

IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]
# First column and one past the last.
Range = tuple[int, int]

# Shapes kept while further terms are added.
BEAM = 24
# A term with so few shapes is tried with every combination of the others.
FEW = 12


@dataclass(frozen=True)
class Fineness:
    """How finely shapes are laid out: time constants per decade and exponents."""

    per_decade: float
    arc_exponents: tuple[float, ...]
    cpe_exponents: tuple[float, ...]


PLAIN = Fineness(3, (0.85,), (0.5, 0.7, 0.85, 0.97))
COARSE = Fineness(3, (0.75, 0.95), (0.5, 0.7, 0.85, 0.97))
FINE = Fineness(
    3, (0.65, 0.8, 0.95), (0.4, 0.5, 0.6, 0.68, 0.74, 0.79, 0.84, 0.88, 0.92, 0.96, 1.0)
)


@dataclass(frozen=True)
class TermCandidates:
    """Candidate shapes of one series term at unit scale.

    ``log_parameters`` is (c, m) over the term's ``where`` positions in the circuit; ``columns``
    is (c, n), its impedance per unit scale; terms of one ``kind`` have the same columns.
    """

    where: tuple[int, ...]
    log_parameters: FloatArray
    columns: ComplexArray
    kind: int


def time_constants(omega: FloatArray, per_decade: float, beyond: float = 1.0) -> FloatArray:
    """Return time constants in s over the window, ``beyond`` decades wider on each side."""
    low, high = -np.log10(omega.max()) - beyond, -np.log10(omega.min()) + beyond
    count = max(int(np.ceil((high - low) * per_decade)) + 1, 2)
    return np.asarray(np.logspace(low, high, count))


def propose(model: Model, data: Data, count: int, fineness: Fineness = COARSE) -> FloatArray:
    """Propose starting coordinates (K, count, q), best first, for the K spectra of ``data``.

    Parameters
    ----------
    count : int
        Starts per spectrum; repeated where fewer distinct combinations exist.
    """
    shapes = _all_shapes(model, data.omega, fineness)
    # Terms of one kind share their columns.
    kinds = {shape.kind: shape for shape in shapes}
    columns = np.concatenate([shape.columns for shape in kinds.values()])
    ends = dict(zip(kinds, accumulate(len(k.columns) for k in kinds.values()), strict=True))
    ranges = [(ends[shape.kind] - len(shape.columns), ends[shape.kind]) for shape in shapes]
    spectra = max(data.z.shape[0], data.weight.shape[0])
    out = np.empty((spectra, count, len(model.free)))
    # In blocks, so that the Gram matrices and pair tables stay in the cache.
    for first in range(0, spectra, 50):
        block = np.arange(first, min(first + 50, spectra))
        part = data.rows(block)
        basis = interleave(columns)[None] * part.weight[:, None, :]
        target = interleave(part.z) * part.weight
        gram = basis @ basis.transpose(0, 2, 1)
        moment = (basis @ target[:, :, None])[:, :, 0]
        gram, moment = np.broadcast_arrays(gram, moment[:, :, None])[0], moment
        chosen = np.array(
            [_combinations(g, m, ranges, count) for g, m in zip(gram, moment, strict=True)]
        )
        out[block] = _coordinates(model, shapes, ranges, chosen, gram, moment)
    return out


def _combinations(
    gram: FloatArray, moment: FloatArray, ranges: list[Range], count: int
) -> IntArray:
    """Best combinations of one column per term, shape (count, terms), as column numbers.

    ``ranges`` says for each term which columns are its shapes.
    """
    sizes = [end - begin for begin, end in ranges]
    terms = len(sizes)
    few = [k for k in range(terms) if sizes[k] <= FEW]
    many = [k for k in range(terms) if sizes[k] > FEW]
    beam = [_State(gram, None, moment, 0.0, {})]
    for k in sorted(few, key=lambda k: sizes[k] > 1):
        beam = [state.add(k, j) for state in beam for j in range(*ranges[k])]
    if len(many) >= 2:
        keep = BEAM if len(many) > 2 else 4 * count
        found, i, j = _best_pairs(beam, ranges[many[0]], ranges[many[1]], keep)
        if len(many) == 2:
            rows = np.array([[state.chosen.get(k, 0) for k in range(terms)] for state in beam])
            rows = rows[found]
            rows[:, many[0]], rows[:, many[1]] = i, j
            return _distinct(rows, count)
        pairs = zip(found.tolist(), i.tolist(), j.tolist(), strict=True)
        beam = [beam[k].add(many[0], one).add(many[1], two) for k, one, two in pairs]
        many = many[2:]
    for n, k in enumerate(many):
        last = n == len(many) - 1
        beam = _best_single(beam, k, ranges[k], 4 * count if last else BEAM)
    beam.sort(key=lambda state: -state.gain)
    return _distinct(np.array([[s.chosen[k] for k in range(terms)] for s in beam]), count)


class _State:
    """Columns chosen so far; Gram matrix and moments of what they leave of the others.

    The Gram matrix is ``before`` less the outer product of ``taken``. It is made only as far as it
    is used: all states of a beam in full would not stay in the cache.
    """

    def __init__(
        self,
        before: FloatArray,
        taken: tuple[FloatArray, FloatArray] | None,
        moment: FloatArray,
        gain: float,
        chosen: dict[int, int],
    ) -> None:
        self.before, self.taken, self.moment = before, taken, moment
        self.gain, self.chosen = gain, chosen

    @cached_property
    def gram(self) -> FloatArray:
        """The whole Gram matrix."""
        return self.block(slice(None), slice(None))

    @cached_property
    def diagonal(self) -> FloatArray:
        """Diagonal of the Gram matrix."""
        diagonal = self.before.diagonal()
        return diagonal if self.taken is None else diagonal - self.taken[0] * self.taken[1]

    def block(self, first: slice, second: slice) -> FloatArray:
        """Make some rows and columns of the Gram matrix."""
        if self.taken is None:
            return self.before[first, second]
        projected = np.multiply.outer(self.taken[0][first], self.taken[1][second])
        return np.subtract(self.before[first, second], projected, out=projected)

    @property
    def promise(self) -> float:
        """What is explained with the best single column more."""
        diagonal = self.diagonal
        usable = (diagonal > 0) & (self.moment > 0)
        more = np.divide(self.moment**2, diagonal, out=np.zeros(diagonal.size), where=usable)
        return self.gain + float(more.max())

    def add(self, term: int, j: int) -> _State:
        gram, pivot = self.gram, self.diagonal[j]
        chosen = {**self.chosen, term: j}
        if pivot <= 0:
            return _State(gram, None, self.moment, self.gain, chosen)
        row = gram[j] / pivot
        moment = self.moment - row * self.moment[j]
        return _State(gram, (gram[j], row), moment, self.gain + self.moment[j] ** 2 / pivot, chosen)


def _best_pairs(
    beam: list[_State], a: Range, b: Range, keep: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Best pairs of a column of ``a`` and one of ``b``, both with positive scale, best first.

    Position in the beam and both columns of each. Of two terms of one kind each pair is taken once.
    """
    # State by state: small tables stay in the cache. What is below the best so far is dropped.
    found: list[tuple[IntArray, IntArray, FloatArray]] = []
    least = 0.0
    # The most promising first, so that of the others little is left.
    for k in sorted(range(len(beam)), key=lambda k: -beam[k].promise):
        pairs, gain = _pair_gains(beam[k], a, b, least)
        if gain.size >= keep:
            best = _largest(gain, keep)
            pairs, gain = pairs[best], gain[best]
            least = float(gain[-1])
        found.append((np.full(pairs.size, k), pairs, gain))
    states, pairs, gain = (np.concatenate(part) for part in zip(*found, strict=True))
    if pairs.size == 0:
        middle = np.array([[(2 * a[0] + a[1]) // 3], [(b[0] + 2 * b[1]) // 3]])
        return np.array([0]), middle[0], middle[1]
    best = _largest(gain, keep)
    i, j = np.divmod(pairs[best], b[1] - b[0])
    return states[best], i + a[0], j + b[0]


def _largest(values: FloatArray, keep: int) -> IntArray:
    """Positions of the largest values in falling order, equals by position."""
    if keep >= values.size:
        return np.argsort(-values, kind="stable")
    near = np.flatnonzero(values >= np.partition(values, -keep)[-keep])
    return np.asarray(near[np.argsort(-values[near], kind="stable")[:keep]])


def _pair_gains(state: _State, a: Range, b: Range, least: float) -> tuple[IntArray, FloatArray]:
    """Pairs (row-major in ``a`` and ``b``) that explain at least so much with positive scales."""
    first, second = slice(*a), slice(*b)
    diagonal = state.diagonal
    # A column that those chosen already span explains nothing more.
    per_size = np.where(diagonal > 0, diagonal, np.inf) ** -0.5
    moment = state.moment * per_size
    ma, mb = moment[first], moment[second]
    cosine = state.block(first, second) * per_size[first, None]
    cosine *= per_size[second]
    # A pair explains (ma^2 + mb^2 - 2 cosine ma mb)/(1 - cosine^2); without the division first.
    missing = least - state.gain
    left = np.add.outer(ma * ma - missing, mb * mb)
    right = np.multiply.outer(ma, 2 * mb)
    right -= missing * cosine
    right *= cosine
    enough = left >= right
    if a == b:
        enough &= _once(a[1] - a[0])
    pairs = np.flatnonzero(enough)
    i, j = np.divmod(pairs, b[1] - b[0])
    ma, mb, cosine = ma[i], mb[j], cosine.ravel()[pairs]
    rest_a, rest_b = ma - cosine * mb, mb - cosine * ma
    det = 1 - cosine * cosine
    # Columns that almost coincide would divide by rounding.
    usable = (rest_a > 0) & (rest_b > 0) & (det > 1e-9)
    gain = state.gain + (ma * rest_a + mb * rest_b) / np.maximum(det, 1e-9)
    usable &= gain >= least
    return pairs[usable], gain[usable]


@lru_cache(maxsize=32)
def _once(size: int) -> BoolArray:
    """Mark each pair of two different columns of one kind once, shape (size, size)."""
    return np.triu(np.ones((size, size), dtype=bool), 1)


def _best_single(beam: list[_State], term: int, columns: Range, keep: int) -> list[_State]:
    candidates = np.arange(*columns)
    found: list[tuple[float, _State, int]] = []
    for state in beam:
        diagonal = state.diagonal[candidates]
        moment = state.moment[candidates]
        usable = (diagonal > 0) & (moment > 0)
        gain = np.where(usable, moment**2 / np.where(usable, diagonal, 1.0), 0.0)
        top = np.argsort(-gain)[:keep].tolist()
        found.extend((state.gain + float(gain[i]), state, int(candidates[i])) for i in top)
    found.sort(key=lambda item: -item[0])
    return [state.add(term, j) for _, state, j in found[:keep]]


def _distinct(rows: IntArray, count: int) -> IntArray:
    """Take combinations (c, terms) in order, passing over those next to one already taken."""
    near = np.ones((len(rows), len(rows)), dtype=bool)
    for column in rows.T.astype(np.int32):
        near &= np.abs(column[:, None] - column) <= 1
    taken: list[int] = []
    open_ = np.ones(len(rows), dtype=bool)
    while len(taken) < count and open_.any():
        i = int(open_.argmax())
        taken.append(i)
        open_ &= ~near[i]
    if len(taken) < count:
        taken += [i for i in range(len(rows)) if i not in taken][: count - len(taken)]
        taken = (taken * count)[:count]
    return rows[taken]


def _coordinates(
    model: Model,
    shapes: Sequence[TermCandidates],
    ranges: list[Range],
    chosen: IntArray,
    gram: FloatArray,
    moment: FloatArray,
) -> FloatArray:
    """Coordinates (K, count, q) of chosen columns (K, count, terms) with their best scales."""
    spectra, count, terms = chosen.shape
    row = np.arange(spectra)[:, None, None]
    block = gram[row[..., None], chosen[..., :, None], chosen[..., None, :]]
    block = block.reshape(spectra * count, terms, terms)
    right = moment[row, chosen].reshape(spectra * count, terms)
    chosen = chosen.reshape(spectra * count, terms)
    scale_of = np.sqrt(np.maximum(np.einsum("kii->ki", block), 1e-300))
    block = block / (scale_of[:, :, None] * scale_of[:, None, :]) + 1e-9 * np.eye(terms)
    solved = np.linalg.solve(block, (right / scale_of)[:, :, None])[:, :, 0]
    # A scale whose least-squares value is negative starts small.
    solved = np.maximum(solved, 1e-2 * np.abs(solved).max(axis=1, keepdims=True) + 1e-300)
    log_scale = np.log(solved / scale_of)
    x = np.zeros((len(chosen), len(model.parameters)))
    for k, shape in enumerate(shapes):
        where = list(shape.where)
        power = np.array([model.parameters[i].declared.scaling for i in where])
        x[:, where] = shape.log_parameters[chosen[:, k] - ranges[k][0]]
        x[:, where] += log_scale[:, [k]] * power
    return model.from_logs(x).reshape(spectra, count, -1)


# Shapes depend on circuit and frequencies only, and a series of spectra shares both.
_CACHE: dict[object, list[TermCandidates]] = {}


def _all_shapes(model: Model, omega: FloatArray, fineness: Fineness) -> list[TermCandidates]:
    fixed = tuple(sorted(model.fixed.items()))
    key = (model.circuit.root, fixed, fineness, omega.tobytes())
    if key not in _CACHE:
        if len(_CACHE) >= 16:
            _CACHE.clear()
        _CACHE[key] = [_shapes(model, k, omega, fineness) for k in range(len(model.circuit.terms))]
    return _CACHE[key]


def _shapes(model: Model, term: int, omega: FloatArray, fineness: Fineness) -> TermCandidates:
    """Shapes of one series term: fixed parameters keep their value where they are shapes."""
    node = model.circuit.terms[term]
    labels = [leaf.label for leaf in leaves(node)]
    where = tuple(i for i, p in enumerate(model.parameters) if p.label in labels)
    table = _table(node, [model.parameters[i].declared.symbol for i in where], omega, fineness)
    for column, i in enumerate(where):
        name = model.circuit.names[i]
        if name in model.fixed and model.parameters[i].declared.scaling == 0:
            value = model.fixed[name]
            table[:, column] = np.log(value) if model.is_log[i] else value
    table = np.unique(table, axis=0)
    full = np.zeros((len(table), len(model.parameters)))
    full[:, list(where)] = table
    natural = np.where(model.is_log, np.exp(np.where(model.is_log, full, 0.0)), full)
    columns = _column_impedance(node, natural, model, omega)
    return TermCandidates(where, table, columns, hash(columns.tobytes()))


def _column_impedance(
    node: Node, natural: FloatArray, model: Model, omega: FloatArray
) -> ComplexArray:
    """Impedance (c, n) of one term at rows of natural parameters (c, p)."""
    if isinstance(node, Leaf):
        where = [i for i, p in enumerate(model.parameters) if p.label == node.label]
        z = node.element.impedance(omega, *(natural[:, [i]] for i in where))
        return np.broadcast_to(z, (len(natural), omega.size)).astype(np.complex128)
    parts = [_column_impedance(child, natural, model, omega) for child in node.children]
    if isinstance(node, Series):
        return np.asarray(np.sum(parts, axis=0, dtype=np.complex128))
    return np.asarray(1 / np.sum([1 / part for part in parts], axis=0), dtype=np.complex128)


def _table(node: Node, symbols: list[str], omega: FloatArray, fineness: Fineness) -> FloatArray:
    """Log parameters (c, m) of a term's shapes at unit scale."""
    elements = [leaf.element.symbol for leaf in leaves(node)]
    tau = np.log(time_constants(omega, fineness.per_decade))
    if elements in (["R", "CPE"], ["CPE", "R"]):
        t, n = (grid.ravel() for grid in np.meshgrid(tau, fineness.arc_exponents, indexing="ij"))
        table = np.column_stack([np.zeros_like(t), n * t, n])
        return table if elements[0] == "R" else table[:, [1, 2, 0]]
    if sorted(elements) in (["C", "R"], ["L", "R"]):
        # With R = 1 ohm the time constant is C or L.
        table = np.column_stack([np.zeros_like(tau), tau])
        return table if elements[0] == "R" else table[:, ::-1].copy()
    if isinstance(node, Leaf):
        return _leaf_table(symbols, tau, fineness)
    return _random_table(node, omega)


def _leaf_table(symbols: list[str], tau: FloatArray, fineness: Fineness) -> FloatArray:
    """Shapes of a single element: its exponents and its time constant on a grid."""
    axes = {"n": [*fineness.cpe_exponents], "b": [0.6, 0.95], "tau": tau.tolist()}
    if "tau" in symbols:
        axes["n"] = (
            [0.45] if "b" not in symbols and len(symbols) == 3 else [*fineness.arc_exponents]
        )
    if "Rp" in symbols:
        # Wall time constant Ri Q = tau beside a pore of the same or a larger resistance.
        axes |= {"Rp": np.log([0.3, 3.0]).tolist(), "Q": tau.tolist(), "n": [0.85]}
    grids = np.meshgrid(*(axes.get(symbol, [0.0]) for symbol in symbols), indexing="ij")
    return np.column_stack([grid.ravel() for grid in grids])


def _random_table(node: Node, omega: FloatArray, count: int = 256) -> FloatArray:
    """Spread shapes of a nested term evenly: resistances over two decades, times over the window.

    Additive recurrence with the generalised golden ratio (a fixed sequence, no random state).
    """
    parameters = [p for leaf in leaves(node) for p in leaf.element.parameters]
    ratio = 2.0
    for _ in range(60):
        ratio = (1 + ratio) ** (1 / (len(parameters) + 1))
    steps = ratio ** -np.arange(1, len(parameters) + 1)
    draws = (0.5 + np.outer(np.arange(1, count + 1), steps)) % 1.0
    low, high = -np.log(omega.max()), -np.log(omega.min())
    table = np.zeros((count, len(parameters)))
    exponents = [i for i, p in enumerate(parameters) if p.symbol == "n"]
    for i, p in enumerate(parameters):
        u = draws[:, i]
        time = low + u * (high - low)
        if p.unit == "ohm":
            table[:, i] = np.log(10) * (2 * u - 1)
        elif p.unit in ("s", "F", "S s^n"):
            n = i + 1 if p.symbol == "Q" and i + 1 in exponents else None
            power = 0.6 + 0.38 * draws[:, n] if n is not None else 1.0
            table[:, i] = time * power
        elif p.unit == "ohm s^-1/2":
            table[:, i] = -0.5 * time
        elif p.unit == "H":
            table[:, i] = time
        else:
            table[:, i] = 0.6 + 0.38 * u if p.high > 0.5 else 0.3 + 0.2 * u
    return table
