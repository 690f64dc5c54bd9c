"""A normal law of the shared effects of small blocks, near that given all rows.

Units enter by their moments, and every condition on a censored row or unit by a Gaussian stand-in
(``expectation_propagation``), so that each block is a Gaussian factor of the shared effects. What
is skewed, such as the level of a family that only limits tell of, each standardised coordinate has
in a law of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from ..model.structures import Array
from .expectation_propagation import DAMPING, LARGEST_PRECISION, SWEEPS, truncated, two_points
from .shared_blocks import BlockLaw, Stack

REACH, ASKED, CELLS = 8.0, 49, 1600
"""Reach of a coordinate's law in standard deviations, values where it is asked for, and cells."""
NORMAL_SHARE = 0.1
"""Share of the normal law in it, for theta elsewhere."""


@dataclass(frozen=True)
class Entries:
    """Units and censored rows of blocks given the exact rows, units by their moments.

    The k entries of a block are s - p of each unit and each censored row less its mean shift;
    given a they are normal with mean m + D a and covariance S.

    Attributes
    ----------
    m, D, S
        Shapes (g, k), (g, k, q) and (g, k, k).
    lower, upper
        Limits of the censored rows less their mean shifts, shape (g, c).
    p
        Probabilities of the units, shape (g, K).
    information, slope
        What the exact rows say of a: the log-density is -a'(information) a / 2 + slope'a, but for
        a constant; shapes (q, q) and (q,).
    """

    m: Array
    D: Array
    S: Array
    lower: Array
    upper: Array
    p: Array
    information: Array
    slope: Array

    @classmethod
    def of(cls, law: BlockLaw) -> Entries | None:
        """Condition on the exact rows; None where their covariance is not positive definite."""
        stack, e = law.stack, law.stack.e
        variance = stack.p * (1 - stack.p)
        H = stack.shifts
        cross = H * variance[:, None, :]
        M = law.M + cross @ np.swapaxes(H, 1, 2)
        g, K = stack.p.shape
        q = law.A.shape[2]
        # The first combination has no shift: it gives the rows and limits as they were printed.
        shift = np.einsum("grk,gk->gr", H, stack.p)
        y = stack.y[:, 0] - shift[:, :e]
        of_entries = np.concatenate([cross, M[:, :, e:]], axis=2)
        try:
            L = np.linalg.cholesky(M[:, :e, :e])
        except np.linalg.LinAlgError:
            return None
        right = np.concatenate([y[:, :, None], law.A[:, :e], of_entries[:, :e]], axis=2)
        white = np.linalg.solve(L, right) if e else right
        own, seen, back = white[:, :, 0], white[:, :, 1 : q + 1], white[:, :, q + 1 :]
        back = np.swapaxes(back, 1, 2)
        prior = np.zeros((g, back.shape[1], back.shape[1]))
        prior[:, K:] = of_entries[:, e:]
        prior[:, :K, K:] = np.swapaxes(cross[:, e:], 1, 2)
        prior[:, range(K), range(K)] = variance
        design = np.concatenate([np.zeros((g, K, q)), law.A[:, e:]], axis=1)
        return cls(
            (back @ own[:, :, None])[:, :, 0],
            design - back @ seen,
            prior - back @ np.swapaxes(back, 1, 2),
            stack.lower[:, 0] - shift[:, e:],
            stack.upper[:, 0] - shift[:, e:],
            stack.p,
            np.einsum("geq,ger->qr", seen, seen),
            np.einsum("geq,ge->q", seen, own),
        )

    def factor(self, sites: BlockSites) -> _Factor:
        """Integrate the entries out under their stand-ins."""
        k = self.m.shape[1]
        T = sites.tau[:, :, None] * np.eye(k)
        right = np.concatenate([T, sites.nu[:, :, None]], axis=2)
        solved = np.linalg.solve(np.eye(k) + T @ self.S, right)
        G, pull = solved[:, :, :k], solved[:, :, k]
        GD = G @ self.D
        left = pull - (G @ self.m[:, :, None])[:, :, 0]
        information = self.information + np.einsum("gkq,gkr->qr", self.D, GD)
        return _Factor(G, pull, information, self.slope + np.einsum("gkq,gk->q", self.D, left))

    def updated(self, sites: BlockSites, a: Array, cov: Array) -> BlockSites:
        """Refit the stand-ins where a has mean ``a`` and covariance ``cov``."""
        factor = self.factor(sites)
        at = self.m + self.D @ a
        SG = self.S @ factor.G
        middle = at + (self.S @ factor.pull[:, :, None] - SG @ at[:, :, None])[:, :, 0]
        J = self.D - SG @ self.D
        variance = np.diagonal(self.S - SG @ self.S, axis1=1, axis2=2)
        variance = np.maximum(variance + ((J @ cov) * J).sum(axis=2), 1e-300)
        precision = np.maximum(1 / variance - sites.tau, 1e-12 / variance)
        cavity = (middle / variance - sites.nu) / precision
        K = self.p.shape[1]
        units = two_points(cavity[:, :K], precision[:, :K], self.p)
        rows = truncated(cavity[:, K:], 1 / precision[:, K:], self.lower, self.upper)
        mean, spread = (np.concatenate(pair, axis=1) for pair in zip(units, rows, strict=True))
        most = LARGEST_PRECISION / np.maximum(np.diagonal(self.S, axis1=1, axis2=2), 1e-300)
        tau = np.clip(1 / spread - precision, 0.0, most)
        nu = (tau + precision) * mean - precision * cavity
        return BlockSites(
            sites.tau + DAMPING * (tau - sites.tau), sites.nu + DAMPING * (nu - sites.nu)
        )


@dataclass(frozen=True)
class BlockSites:
    """Stand-ins exp(-tau x^2 / 2 + nu x) of the entries of equal blocks, each (g, k)."""

    tau: Array
    nu: Array

    @classmethod
    def nothing(cls, stack: Stack) -> BlockSites:
        """Stand-ins that say nothing."""
        zero = np.zeros((len(stack.rows), stack.units.shape[1] + stack.c))
        return cls(zero, zero)


@dataclass(frozen=True)
class _Factor:
    G: Array
    pull: Array
    information: Array
    slope: Array


@dataclass(frozen=True)
class Proposal:
    """A normal law of the shared effects: mean (q,) and the root R of its covariance, R R'."""

    mean: Array
    root: Array

    @classmethod
    def of(cls, entries: list[Entries], sites: list[BlockSites], prior: Array) -> Proposal | None:
        """Multiply the blocks' Gaussian factors and a prior of precision ``prior`` (q,)."""
        information, slope = np.diag(prior), np.zeros(prior.size)
        for own, site in zip(entries, sites, strict=True):
            factor = own.factor(site)
            information = information + factor.information
            slope = slope + factor.slope
        try:
            L = np.linalg.cholesky(information)
        except np.linalg.LinAlgError:
            return None
        root = np.linalg.inv(L).T
        return cls(root @ (root.T @ slope), root)

    def at(self, z: Array) -> Array:
        """Shared effects (q, n) of standardised coordinates z."""
        return np.asarray(self.mean[:, None] + self.root @ z)

    @property
    def cov(self) -> Array:
        """Covariance (q, q)."""
        return np.asarray(self.root @ self.root.T)

    @property
    def log_volume(self) -> float:
        """Log-determinant of the root."""
        return float(np.log(np.abs(np.diag(self.root))).sum())


@dataclass(frozen=True)
class Shape:
    """Law of one standardised coordinate of a proposal: densities on cells of equal width.

    Attributes
    ----------
    edges
        Ends of the cells, shape (m + 1,).
    cumulative
        Probability up to each of them, 0 to 1.
    """

    edges: Array
    cumulative: Array

    @staticmethod
    def grid() -> Array:
        """Values at which a density is asked for."""
        return np.linspace(-REACH, REACH, ASKED)

    @classmethod
    def normal(cls) -> Shape:
        """Give the standard normal law."""
        return cls.of(-0.5 * cls.grid() ** 2)

    @classmethod
    def of(cls, log_density: Array) -> Shape:
        """Take a density by its logarithm on the grid; a share of the normal law stays in it."""
        edges = np.linspace(-REACH, REACH, CELLS + 1)
        middle = (edges[1:] + edges[:-1]) / 2
        log_p = CubicSpline(cls.grid(), log_density)(middle)
        density, normal = np.exp(log_p - log_p.max()), np.exp(-0.5 * middle**2)
        share = (1 - NORMAL_SHARE) * density / density.sum() + NORMAL_SHARE * normal / normal.sum()
        cumulative = np.concatenate([[0.0], np.cumsum(share)])
        return cls(edges, cumulative / cumulative[-1])

    def quantiles(self, w: Array) -> tuple[Array, Array]:
        """Values at probabilities w (n,), and the logarithms of their densities."""
        cell = np.clip(np.searchsorted(self.cumulative, w) - 1, 0, self.edges.size - 2)
        density = np.diff(self.cumulative)[cell] / np.diff(self.edges)[cell]
        return self.edges[cell] + (w - self.cumulative[cell]) / density, np.log(density)


def fitted_block_sites(entries: list[Entries], prior: Array) -> list[BlockSites]:
    """Fit the stand-ins of all blocks by sweeps; none where the effects have no normal law."""
    nothing = [BlockSites(np.zeros_like(own.m), np.zeros_like(own.m)) for own in entries]
    sites = nothing
    for _ in range(SWEEPS):
        proposal = Proposal.of(entries, sites, prior)
        if proposal is None:
            return nothing
        mean, cov = proposal.mean, proposal.cov
        sites = [own.updated(site, mean, cov) for own, site in zip(entries, sites, strict=True)]
    usable = all(np.isfinite(site.nu).all() for site in sites)
    return sites if usable else nothing
