"""The variance budget: one unknown is one unknown, with a scope and a signed loading.

An observation's error is the sum of its terms. A term is one unknown of standard deviation
one and says by how many decades, and in which direction, it moves this observation. Observations
that share the unknown (same term, same key) share it in V: V_ij is the sum over shared unknowns of
loading_i loading_j. An unknown that a work has once, put on the diagonal, would be taken from
preparation and given to study.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Term:
    """One unknown as it acts on one observation.

    Attributes
    ----------
    name
        Which step brought it: area, reading, refit, derived, interfaces, temperature, ea,
        ea_pool_mean, ea_pool_between, ea_pool_within, ea_form, arrhenius_line, spread.
    scope
        What shares the unknown: row, sample, cell design, study, class.
    key
        The unit that shares it; equal name and key mean the same unknown.
    loading
        Signed effect of one standard deviation on log10 R (dex).
    """

    name: str
    scope: str
    key: str
    loading: float

    @property
    def variance(self) -> float:
        """The variance (dex squared) that the term adds to its observation."""
        return self.loading**2


@dataclass(frozen=True)
class CovarianceEntries:
    """The non-zero contributions to V, m of them, column by column.

    A row for each would be an object for each, and works that share a pooled activation energy
    share an entry two by two.

    Attributes
    ----------
    i, j
        Rows of V that share an unknown, i <= j; shape (m,).
    label
        Which of ``labels`` the unknown has; shape (m,).
    value
        The contribution (dex squared); shape (m,).
    labels
        Name and scope of the terms.
    """

    i: NDArray[np.int32]
    j: NDArray[np.int32]
    label: NDArray[np.int32]
    value: NDArray[np.float64]
    labels: tuple[tuple[str, str], ...]


def covariance_entries(budgets: Sequence[Sequence[Term]]) -> CovarianceEntries:
    """List every non-zero contribution to V by row, column and name of the term.

    Parameters
    ----------
    budgets
        The terms of each observation, in the order of V's rows.
    """
    acting = [(term, row) for row, terms in enumerate(budgets) for term in terms]
    acting.sort(key=lambda pair: (pair[0].name, pair[0].key, pair[1]))
    labels = tuple(sorted({(term.name, term.scope) for term, _ in acting}))
    number = {label: index for index, label in enumerate(labels)}
    row = np.array([row for _, row in acting], dtype=np.int32)
    loading = np.array([term.loading for term, _ in acting], dtype=float)
    label = np.array([number[term.name, term.scope] for term, _ in acting], dtype=np.int32)
    first, second = _pairs_of_equals([(term.name, term.key) for term, _ in acting])
    value = loading[first] * loading[second]
    kept = value != 0.0
    first, second, value = first[kept], second[kept], value[kept]
    names = sorted({name for name, _ in labels})
    rank = np.array([names.index(name) for name, _ in labels], dtype=np.int32)[label[first]]
    order = np.lexsort((rank, row[second], row[first]))  # stable
    first, second = first[order], second[order]
    return CovarianceEntries(row[first], row[second], label[first], value[order], labels)


def _pairs_of_equals(
    keys: Sequence[tuple[str, str]],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the positions a <= b of every pair of equal keys; equal keys are neighbours."""
    firsts = [np.empty(0, dtype=np.int32)]
    seconds = [np.empty(0, dtype=np.int32)]
    start = 0
    for _, group in groupby(keys):
        size = sum(1 for _ in group)
        a, b = np.triu_indices(size)
        firsts.append((start + a).astype(np.int32))
        seconds.append((start + b).astype(np.int32))
        start += size
    return np.concatenate(firsts), np.concatenate(seconds)


def assemble(
    n: int,
    rows: NDArray[np.intp],
    loadings: NDArray[np.float64],
    unknowns: Iterable[NDArray[np.intp]],
) -> NDArray[np.float64]:
    """Return V (dex squared, shape (n, n)) from its terms: the sum over unknowns of l l'.

    Parameters
    ----------
    n
        Number of observations.
    rows, loadings
        For each term the row of V that it acts on, and its signed loading (dex).
    unknowns
        For each unknown the indices of its terms.
    """
    V = np.zeros((n, n))
    for terms in unknowns:
        acting = rows[terms]
        V[np.ix_(acting, acting)] += np.outer(loadings[terms], loadings[terms])
    return V


def by_name(terms: Sequence[Term]) -> dict[str, float]:
    """Return the variance (dex squared) of each term's name."""
    ordered = sorted(terms, key=attrgetter("name"))
    grouped = groupby(ordered, key=attrgetter("name"))
    return {name: sum(term.variance for term in group) for name, group in grouped}
