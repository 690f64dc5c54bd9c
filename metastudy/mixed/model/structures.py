"""Covariance structures of the effects that one level of a grouping carries.

With q effects a structure gives the q x q matrix G(theta) and its derivatives. Uncorrelated effects
have their variances as parameters; correlated ones have standard deviations and correlations, which
keeps every limit a plain bound (a variance of zero has no finite derivative there).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class CovarianceParameter:
    """One entry of theta: its label, what it is, and its limits.

    ``kind`` is ``"variance"``, ``"sd"``, ``"correlation"`` (partial where three or more effects
    correlate freely), or ``"coefficient"`` of a log variance.
    """

    label: str
    kind: str
    lower: float
    upper: float


@dataclass(frozen=True)
class Structure:
    """G(theta) = D(sd) C(correlation) D(sd), or one variance on the whole diagonal.

    Attributes
    ----------
    name
        One of id, diag, cs, hcs, un, ar, har, car.
    size
        q, the number of effects in a level.
    parameters
        Limits and labels of theta, standard deviations first.
    correlation
        Matrix (q, q) as a function of the correlation parameters, or None if uncorrelated.
    slopes
        Derivatives (r, q, q) of that matrix by the correlation parameters.
    """

    name: str
    size: int
    parameters: tuple[CovarianceParameter, ...]
    correlation: Callable[[Array], Array] | None = None
    slopes: Callable[[Array], Array] | None = None

    @property
    def n_sd(self) -> int:
        """Number of leading parameters that are variances or standard deviations."""
        return sum(p.kind in ("variance", "sd") for p in self.parameters)

    def natural(self, theta: Array) -> Array:
        """Variances and correlations, in the parameters' order."""
        out = np.array(theta, dtype=float)
        if self.parameters[0].kind == "sd":
            out[: self.n_sd] **= 2
        if self.name == "un" and self.correlation is not None:
            out[self.n_sd :] = self.correlation(theta[self.n_sd :])[np.triu_indices(self.size, 1)]
        return out

    def matrix(self, theta: Array) -> Array:
        """G at theta (r,), shape (q, q)."""
        q = self.size
        if self.parameters[0].kind == "variance":
            return np.diag(np.broadcast_to(theta, (q,)))
        sd = np.broadcast_to(theta[: self.n_sd], (q,))
        c = np.eye(q) if self.correlation is None else self.correlation(theta[self.n_sd :])
        return np.asarray(sd[:, None] * c * sd)

    def derivatives(self, theta: Array) -> Array:
        """Differentiate G by theta, shape (r, q, q)."""
        q, m = self.size, self.n_sd
        if self.parameters[0].kind == "variance":
            return np.eye(q)[None] if m == 1 else np.eye(q)[:, :, None] * np.eye(q)
        sd = np.broadcast_to(theta[:m], (q,))
        c = np.eye(q) if self.correlation is None else self.correlation(theta[m:])
        out = np.zeros((len(self.parameters), q, q))
        if m == 1:
            out[0] = 2 * sd[0] * c
        else:
            for a in range(q):
                out[a, a, :] += c[a] * sd
                out[a, :, a] += c[a] * sd
        if self.slopes is not None:
            out[m:] = sd[:, None] * self.slopes(theta[m:]) * sd
        return out


def build_structure(name: str, labels: tuple[str, ...], times: Array | None = None) -> Structure:
    """Structure ``name`` for the effects called ``labels``; ar, har and car need their times."""
    q = len(labels)
    if q == 1 or name == "id":
        return Structure(
            "id", q, (CovarianceParameter("" if q > 1 else labels[0], "variance", 0.0, np.inf),)
        )
    common = name in ("cs", "ar", "car")
    if name == "diag":
        return Structure(
            name, q, tuple(CovarianceParameter(x, "variance", 0.0, np.inf) for x in labels)
        )
    sds = tuple(
        CovarianceParameter(label, "sd", 0.0, np.inf) for label in (("",) if common else labels)
    )
    if name == "un":
        pairs = list(combinations(range(q), 2))
        rhos = tuple(
            CovarianceParameter(f"cor({labels[i]},{labels[j]})", "correlation", -1.0, 1.0)
            for i, j in pairs
        )
        free = _equal(q) if q == 2 else _unstructured(q, pairs)
        return Structure(name, q, sds + rhos, *free)
    if name in ("cs", "hcs"):
        rho = CovarianceParameter("rho", "correlation", -1.0 / (q - 1), 1.0)
        return Structure(name, q, (*sds, rho), *_equal(q))
    if times is None:
        raise ValueError("an autoregressive structure needs times")
    lag = np.abs(times[:, None] - times)
    rho = CovarianceParameter("rho", "correlation", 0.0 if name == "car" else -1.0, 1.0)
    return Structure(name, q, (*sds, rho), *_autoregressive(lag))


def _equal(q: int) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """Correlation matrix with one correlation; for two effects the only one there is."""
    one = np.eye(q)
    off = np.ones((q, q)) - one
    return lambda r: one + r[0] * off, lambda r: off[None]


def _unstructured(
    q: int, pairs: list[tuple[int, int]]
) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """Correlation matrix from canonical partial correlations, which are free between -1 and 1.

    Row i of its Cholesky factor is L_ij = z_ij prod_{k<j} sqrt(1 - z_ik^2) (Lewandowski, Kurowicka
    & Joe 2009, 10.1016/j.jmva.2009.04.008).
    """

    def factor(z: Array) -> tuple[Array, Array]:
        L = np.eye(q)
        dL = np.zeros((len(pairs), q, q))
        numbers = {(j, i): k for k, (j, i) in enumerate(pairs)}
        for i in range(1, q):
            left = 1.0
            earlier: list[int] = []
            for j in range(i + 1):
                k = numbers.get((j, i))
                value = 1.0 if k is None else float(z[k])
                L[i, j] = value * left
                for m in earlier:
                    dL[m, i, j] = -L[i, j] * z[m] / max(1 - z[m] ** 2, 1e-12)
                if k is not None:
                    dL[k, i, j] = left
                    left *= float(np.sqrt(max(1 - z[k] ** 2, 0.0)))
                    earlier.append(k)
        return L, dL

    def correlation(z: Array) -> Array:
        L, _ = factor(z)
        return np.asarray(L @ L.T)

    def slopes(z: Array) -> Array:
        L, dL = factor(z)
        half = dL @ L.T
        return np.asarray(half + np.swapaxes(half, -1, -2))

    return correlation, slopes


def _autoregressive(lag: Array) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    def slope(r: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(lag > 0, lag * r[0] ** (lag - 1), 0.0)[None]

    return lambda r: np.asarray(r[0] ** lag), slope


def unstructured_parameters(G: Array, least: Array) -> Array:
    """Theta of the structure ``un`` whose matrix is G (q, q), which may be singular.

    Effects with a standard deviation below ``least`` (q,) have 0 and no correlation.
    """
    q = len(G)
    sd = np.sqrt(np.maximum(np.diag(G), 0.0))
    sd = np.where(sd <= least, 0.0, sd)
    size = np.where(sd > 0, sd, 1.0)
    C = np.where(np.outer(sd, sd) > 0, G / np.outer(size, size), 0.0)
    pairs = list(combinations(range(q), 2))
    z = np.zeros(len(pairs))
    L = np.zeros((q, q))
    for i in range(q):
        left = 1.0
        for j in range(i):
            value = 0.0
            if left > 0 and L[j, j] > 1e-12:
                value = float((C[i, j] - L[i, :j] @ L[j, :j]) / (L[j, j] * np.sqrt(left)))
            value = float(np.clip(value, -1.0, 1.0))
            z[pairs.index((j, i))] = value
            L[i, j] = value * np.sqrt(left)
            left *= 1 - value**2
        L[i, i] = np.sqrt(left)
    return np.concatenate([sd, z])
