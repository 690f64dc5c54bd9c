"""Terms in which a row belongs to several levels, each with a weight: multiple membership.

``(1 | mm(treated, reference, weights=(1, -1)))`` gives a row the effect of its treated preparation
minus that of its reference: a contrast. A weight is a number or the name of a column; a row whose
member is missing has no effect from it. (Browne, Goldstein & Rasbash 2001,
10.1177/1471082X0100100202, for multiple membership; brms writes it ``mm()`` too.)

Rows that share levels, directly or through others, form one block; the block's levels are the
effects of one level of the term, so that solvers meet a diagonal structure with a design of its own
in each row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse
from scipy.sparse.csgraph import connected_components

from ..errors import DataError, FormulaError
from .columns import column
from .structures import Array, build_structure
from .terms import Index, RandomTerm

EXAMPLE = "mm(treated, reference, weights=(1, -1))"


@dataclass(frozen=True)
class Members:
    """A multiple membership as the formula has it.

    Attributes
    ----------
    columns
        Columns whose values are levels of one factor.
    weights
        Weight of each column's effect: a number, or the name of a column.
    """

    columns: tuple[str, ...]
    weights: tuple[float | str, ...]

    @property
    def name(self) -> str:
        """Name of the term, such as ``"mm(treated, reference)"``."""
        return f"mm({', '.join(self.columns)})"


def parse_members(text: str, term: str) -> Members | None:
    """Read ``mm(a, b, weights=(1, -1))``, or return None for another grouping.

    Raises
    ------
    FormulaError
        Where it begins like one and cannot be read.
    """
    if not re.match(r"mm\s*\(", text):
        return None
    match = re.fullmatch(r"mm\s*\(([^()]*),\s*weights\s*=\s*\(([^()]*)\)\s*\)", text)
    if match is None:
        raise FormulaError(f"random term {term!r}: write a multiple membership as (1 | {EXAMPLE})")
    columns = tuple(piece.strip() for piece in match[1].split(","))
    weights = tuple(piece.strip() for piece in match[2].split(",") if piece.strip())
    for name in columns:
        if not re.fullmatch(r"[^\W\d]\w*", name):
            raise FormulaError(f"random term {term!r}: {name!r} is not a column name")
    if len(columns) < 2 or len(set(columns)) < len(columns) or len(weights) != len(columns):
        raise FormulaError(
            f"random term {term!r} has {len(columns)} columns and {len(weights)} weights; a "
            f"multiple membership has two or more different columns and a weight for each, as in "
            f"(1 | {EXAMPLE})"
        )
    return Members(columns, tuple(_weight(piece, term) for piece in weights))


def _weight(text: str, term: str) -> float | str:
    try:
        value = float(text)
    except ValueError:
        if re.fullmatch(r"[^\W\d]\w*", text):
            return text
        raise FormulaError(
            f"random term {term!r}: weight {text!r} is neither a number nor a column name"
        ) from None
    if not np.isfinite(value):
        raise FormulaError(f"random term {term!r}: weight {text!r} is not finite")
    return value


def membership_term(members: Members, data: pd.DataFrame, labels: list[str]) -> RandomTerm:
    """Build the random term of a multiple membership.

    Raises
    ------
    DataError
        For weights that are no finite numbers, a row that belongs to nothing, one level, or rows
        in which all weights of every level cancel.
    """
    where = f"random term (1 | {members.name})"
    values = pd.concat(
        [_member(name, data, labels, where) for name in members.columns], ignore_index=True
    )
    codes, levels = pd.factorize(values)
    n, k = len(labels), len(members.columns)
    weights = np.column_stack([_weights(w, data, labels, where) for w in members.weights])
    places: Index = np.asarray(codes, dtype=np.intp).reshape(k, n).T
    weights[places < 0] = 0.0
    Z = scipy.sparse.csr_array(
        (
            weights[places >= 0],
            (np.broadcast_to(np.arange(n)[:, None], (n, k))[places >= 0], places[places >= 0]),
        ),
        shape=(n, len(levels)),
    )
    Z.sum_duplicates()
    Z.eliminate_zeros()
    empty = np.flatnonzero(np.diff(Z.indptr) == 0)
    if empty.size:
        raise DataError(
            f"{where}: row {labels[int(empty[0])]} belongs to no level, or its weights cancel; "
            "give it a member with a weight, or leave it out"
        )
    if len(levels) < 2:
        raise DataError(f"{where} has one level ({levels[0]!r}); a variance needs at least two")
    return _blocks(members.name, Z, n)


def _member(name: str, data: pd.DataFrame, labels: list[str], where: str) -> pd.Series:
    if name not in data.columns:
        column(name, data, labels, where)
    return data[name].astype(object)


def _weights(weight: float | str, data: pd.DataFrame, labels: list[str], where: str) -> Array:
    if isinstance(weight, float):
        return np.full(len(labels), weight)
    try:
        values = np.asarray(column(weight, data, labels, where), dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{where}: weights {weight!r} are not numbers") from None
    if not np.isfinite(values).all():
        i = int(np.flatnonzero(~np.isfinite(values))[0])
        raise DataError(f"{where}: weight {weight!r} of row {labels[i]} is not finite")
    return values


def _blocks(name: str, Z: scipy.sparse.csr_array, n: int) -> RandomTerm:
    """Give each connected block of rows a code, and lay its levels side by side in the design."""
    size = n + Z.shape[1]
    entries = Z.tocoo()
    links = scipy.sparse.csr_array(
        (np.ones(entries.nnz), (entries.row, n + entries.col)), shape=(size, size)
    )
    block = connected_components(links, directed=False)[1]
    _, codes = np.unique(block[:n], return_inverse=True)
    used = np.unique(entries.col)
    order = used[np.argsort(block[n + used], kind="stable")]
    _, first, counts = np.unique(block[n + order], return_index=True, return_counts=True)
    place = np.zeros(Z.shape[1], dtype=np.intp)
    place[order] = np.arange(order.size) - np.repeat(first, counts)
    q = int(counts.max())
    design = np.zeros((n, q))
    design[entries.row, place[entries.col]] = entries.data
    effects = tuple(map(str, range(q)))
    structure = build_structure("id", effects if q > 1 else ("",))
    levels = tuple(range(int(codes.max()) + 1))
    place_of_row = np.asarray(codes, np.intp)
    return RandomTerm(
        name, levels, place_of_row, design, structure, effects=effects, membership=True
    )
