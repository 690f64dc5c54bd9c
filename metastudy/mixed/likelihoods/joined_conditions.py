"""Conditions that one expectation joins: bounds and two-point units of connected rows.

A vector holds the m censored rows first and the K unknown units after them. It falls into groups
that are independent given the exact rows; groups of equal numbers of units and bounds are stacked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..model.sampling_covariance import component_rows
from ..model.structures import Array
from ..model.terms import Index
from .expectation_propagation import Sites, fitted_sites, no_sites, tilted
from .orthant import (
    CLOSED,
    Expectation,
    IntegrationPoints,
    States,
    drawn,
    enumerated,
    expectation,
    no_states,
    points_for,
    scrambled,
)

MOST_COMBINATIONS = 1024
"""Combinations of units that are summed where no bound is among them."""
MOST_BESIDE_BOUNDS = {1: 64, 2: 64}
"""Those beside one or two bounds, whose probability is closed."""
MOST_SIMULATED = 8
"""Those beside more bounds, each with its share of the points."""


@dataclass(frozen=True)
class Conditions:
    """What the entries of the vector must meet.

    Attributes
    ----------
    lower, upper
        Limits of the censored rows, shape (m,).
    p
        Probability of each unit's alternative, shape (K,): the entry is 1 - p then, else -p.
    """

    lower: Array
    upper: Array
    p: Array


class Joined:
    """Equally large groups of entries, with the points and stand-ins of their expectations.

    Parameters
    ----------
    entries
        Numbers of their entries, units before bounds, shape (g, K + m).
    K
        How many of them are units.
    conditions
        What the entries must meet.
    n
        Points in each replicate of a simulation.
    rng
        Draws the points, once.
    """

    def __init__(
        self, entries: Index, K: int, conditions: Conditions, n: int, rng: np.random.Generator
    ) -> None:
        self.entries, self.K = entries, K
        g, s = entries.shape
        self.m = s - K
        self.sites: Sites = no_sites(g, s)
        self.states: States
        total = conditions.lower.size
        self.p: Array = conditions.p[entries[:, :K] - total]
        self.w: Array | None = None
        self.points: IntegrationPoints
        most = MOST_SIMULATED
        if self.m <= CLOSED:
            most = MOST_BESIDE_BOUNDS.get(self.m, MOST_COMBINATIONS)
        if 2**K <= most:
            each = points_for(self.m, max(n // 2**K, 2), rng)
            self.points, self.states = enumerated(self.p, each) if K else _plain(g, each)
            return
        whole = scrambled(s, n, rng)
        self.w = whole.w[:K]
        self.points = IntegrationPoints(whole.w[K:], whole.log_weight, whole.replicates)
        self._draw(np.zeros((g, s)), self._independent())

    @property
    def simulated(self) -> bool:
        """Whether the expectation has a simulation error."""
        return self.points.replicates > 1

    def settle(self, mean: Array, S: Array, conditions: Conditions) -> None:
        """Fit stand-ins, choose the order of the bounds and draw units, for one normal law.

        The estimate stays unbiased, and a smooth function of the law, wherever that moves to.
        """
        if not self.simulated:
            return
        self._fit_sites(mean, S, conditions)
        self._order(S)
        if self.w is not None:
            self._draw(mean[self.entries], S[_block(self.entries)])

    def _fit_sites(self, mean: Array, S: Array, conditions: Conditions) -> None:
        bounds = self.entries[:, self.K :]
        self.sites = fitted_sites(
            mean[self.entries],
            S[_block(self.entries)],
            conditions.lower[bounds],
            conditions.upper[bounds],
            self.p,
        )

    def _order(self, S: Array) -> None:
        """Take the bounds first that bind most: whose stand-in has most to say."""
        variance = np.diagonal(S)[self.entries[:, self.K :]]
        binding = self.sites.tau[:, self.K :] * variance
        order = self.K + np.argsort(-binding, axis=1, kind="stable")
        whole = np.concatenate([np.tile(np.arange(self.K), (len(order), 1)), order], axis=1)
        self.entries = np.take_along_axis(self.entries, whole, axis=1)
        parts = (self.sites.centre, self.sites.tau, self.sites.nu)
        self.sites = Sites(*(np.take_along_axis(part, whole, axis=1) for part in parts))

    def _draw(self, mean: Array, S: Array) -> None:
        assert self.w is not None
        law = tilted(mean, S, self.sites)
        if law is None:
            self.sites = no_sites(*mean.shape)
            law = tilted(np.zeros(mean.shape), self._independent(), self.sites)
        assert law is not None
        self.states = drawn(law, self.sites, self.p, self.w)

    def _independent(self) -> Array:
        """Covariance of units before any row is known, with bounds apart from them."""
        g, s = self.entries.shape
        S = np.tile(np.eye(s), (g, 1, 1))
        i = np.arange(self.K)
        S[:, i, i] = self.p * (1 - self.p)
        return S

    def expectation(self, mean: Array, S: Array, conditions: Conditions) -> Expectation | None:
        """Take expectations for the normal law of the whole vector, mean and covariance."""
        bounds = self.entries[:, self.K :]
        return expectation(
            mean[self.entries],
            S[_block(self.entries)],
            conditions.lower[bounds],
            conditions.upper[bounds],
            self.sites,
            self.points,
            self.states,
        )


def _plain(g: int, points: IntegrationPoints) -> tuple[IntegrationPoints, States]:
    return points, no_states(g, points.w.shape[1])


def _block(entries: Index) -> tuple[Index, Index]:
    return entries[:, :, None], entries[:, None, :]


def joined_entries(components: Index, m: int, joined: bool) -> list[tuple[Index, int]]:
    """Stack the entries that one expectation joins, and count the units among them.

    Parameters
    ----------
    components
        Component of each entry, the m censored rows before the units.
    m
        How many entries are censored rows.
    joined
        Whether all entries are one group, whatever their components.
    """
    if not components.size:
        return []
    groups = [np.arange(components.size)] if joined else component_rows(components)
    by_size: dict[tuple[int, int], list[Index]] = {}
    for entries in groups:
        units = entries[entries >= m]
        ordered = np.concatenate([units, entries[entries < m]])
        by_size.setdefault((units.size, entries.size), []).append(ordered)
    return [(np.array(by_size[key]), key[0]) for key in sorted(by_size)]
