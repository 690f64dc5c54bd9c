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
class CovarianceEntry:
    """One entry of the covariance artefact: what two observations share through one term."""

    observation_i: str
    observation_j: str
    term: str
    scope: str
    value: float


def covariance_entries(budgets: Sequence[tuple[str, Sequence[Term]]]) -> list[CovarianceEntry]:
    """List every non-zero contribution to V, i <= j in the order given.

    Parameters
    ----------
    budgets
        Observation id and its terms, in the order of V's rows.
    """
    order = {observation: index for index, (observation, _) in enumerate(budgets)}
    acting = [(term, observation) for observation, terms in budgets for term in terms]
    acting.sort(key=lambda pair: (pair[0].name, pair[0].key, order[pair[1]]))
    entries = []
    for _, group in groupby(acting, key=lambda pair: (pair[0].name, pair[0].key)):
        sharing = list(group)
        for a, (term_a, i) in enumerate(sharing):
            for term_b, j in sharing[a:]:
                value = term_a.loading * term_b.loading
                if value != 0.0:
                    entries.append(CovarianceEntry(i, j, term_a.name, term_a.scope, value))
    entries.sort(key=lambda e: (order[e.observation_i], order[e.observation_j], e.term))
    return entries


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
