"""Cluster-robust covariance CR0 to CR3 with Satterthwaite degrees of freedom and the HTZ test.

Bell & McCaffrey 2002; Tipton 2015 (10.1037/met0000011); Pustejovsky & Tipton 2018
(10.1080/07350015.2016.1247004, corrected in arXiv 1601.01981). Defined where the marginal
covariance is block-diagonal by cluster, which the outermost grouping of a nested model is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from ...confidence import check_alpha
from ...summary import Summary, SummaryTable
from ..errors import UndefinedError
from ..model.columns import in_row_order, term_columns
from ..model.frame import Frame
from ..model.structures import Array
from ..model.terms import Index
from ..named_warning import LEAST_DF
from ..solvers.blocks import marginal_components
from ..solvers.marginal import marginal_covariance
from .contrasts import independent_combinations
from .fixed_effects import FixedInference
from .hypotheses import FTest, f_test

KINDS = ("CR0", "CR1", "CR1p", "CR1S", "CR2", "CR3")
NO_SCATTER = 1e-10
"""Share of a variance that counts as zero: the fixed part fits such residuals exactly."""


@dataclass(frozen=True, repr=False)
class RobustCovariance:
    """Sandwich covariance of the coefficients by clusters.

    Attributes
    ----------
    kind
        One of ``KINDS``: CR1 is CR0 times J/(J-1), CR1p times J/(J-p), CR1S as in Stata, CR2
        corrects the bias under the working model, CR3 is close to the jackknife.
    params
        Coefficients.
    cov
        Robust covariance, shape (p, p).
    n_clusters
        J.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> data["dose"] = [0.1, 0.3, 0.9, 1.1, 0.4, 0.6, 1.4, 1.6]
    >>> robust = mixed.fit("y ~ 1 + dose + (1 | work)", data, v="v").robust("work")
    >>> robust.kind, robust.n_clusters
    ('CR2', 4)
    """

    kind: str
    params: pd.Series[float]
    cov: Array
    n_clusters: int
    _G: tuple[Array, ...]
    _X: tuple[Array, ...]
    _M: tuple[Array, ...]
    _model_cov: Array
    _terms: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def __repr__(self) -> str:
        p = len(self.params)
        return f"RobustCovariance({self.kind}, {self.n_clusters} clusters, {p} coefficients)"

    @property
    def bse(self) -> pd.Series[float]:
        """Robust standard errors; missing where the residuals that they need are zero by force."""
        se = np.where(self._has_scatter, np.sqrt(np.diag(self.cov)), np.nan)
        return pd.Series(se, self.params.index, name="bse")

    @cached_property
    def _has_scatter(self) -> NDArray[np.bool_]:
        """Whether the working model expects any sandwich variance of each coefficient."""
        expected = np.array([self._expected(row[None])[0, 0] for row in np.eye(len(self.params))])
        return np.asarray(expected > NO_SCATTER * np.diag(self._model_cov))

    def _expected(self, C: Array) -> Array:
        """Sandwich covariance of C b that the working model expects, but for a CR1 factor."""
        own, cross = self._moments(C)
        return np.asarray(
            own.sum(axis=0) - np.einsum("jap,pq,jbq->ab", cross, self._model_cov, cross)
        )

    def cov_params(self) -> pd.DataFrame:
        """Robust covariance, labelled."""
        return pd.DataFrame(self.cov, index=self.params.index, columns=self.params.index)

    @cached_property
    def df(self) -> pd.Series[float]:
        """Satterthwaite's degrees of freedom under the working model, of each coefficient."""
        values = [self._satterthwaite(row) for row in np.eye(len(self.params))]
        return pd.Series(values, self.params.index, name="df")

    def _satterthwaite(self, c: Array) -> float:
        own, cross = self._moments(c[None])
        diagonal = own[:, 0, 0] - np.einsum("jap,pq,jaq->j", cross, self._model_cov, cross)
        half = cross[:, 0] @ np.linalg.cholesky(self._model_cov)
        off = half @ half.T
        # s_jk is -off for j != k and own - off on the diagonal.
        squares = (off**2).sum() - (np.diag(off) ** 2).sum() + (diagonal**2).sum()
        if diagonal.sum() <= NO_SCATTER * float(c @ self._model_cov @ c):
            return 0.0
        return float(diagonal.sum() ** 2 / squares)

    def _moments(self, C: Array) -> tuple[Array, Array]:
        """C G_j'M_j G_j C' and C G_j'X_j of each cluster."""
        own = np.array([C @ G.T @ M @ G @ C.T for G, M in zip(self._G, self._M, strict=True)])
        cross = np.array([C @ G.T @ X for G, X in zip(self._G, self._X, strict=True)])
        return own, cross

    @property
    def tvalues(self) -> pd.Series[float]:
        """Coefficients over robust standard errors."""
        return pd.Series(self.params / self.bse, name="tvalues")

    @property
    def pvalues(self) -> pd.Series[float]:
        """Two-sided p-values by t with ``df``; missing below 4 degrees of freedom."""
        p = 2 * stats.t.sf(np.abs(self.tvalues), self.df)
        return pd.Series(np.where(self.df < LEAST_DF, np.nan, p), self.params.index, name="pvalues")

    def conf_int(self, alpha: float = 0.05) -> pd.DataFrame:
        """Intervals by t with ``df`` at 1 - alpha, columns lower and upper."""
        reach = stats.t.isf(check_alpha(alpha, UndefinedError) / 2, self.df) * self.bse
        return pd.DataFrame({"lower": self.params - reach, "upper": self.params + reach})

    def to_frame(self, alpha: float = 0.05) -> pd.DataFrame:
        """Coefficients with robust standard error, df, t, p and interval, one row each."""
        table = pd.DataFrame(
            {"estimate": self.params, "se": self.bse, "df": self.df, "t": self.tvalues}
        )
        return table.assign(p=self.pvalues).join(self.conf_int(alpha))

    def summary(self, alpha: float = 0.05) -> Summary:
        """Coefficients with their robust intervals at 1 - alpha."""
        head = f"Cluster-robust covariance {self.kind}, {self.n_clusters} clusters"
        title = f"Coefficients with {100 - 100 * alpha:g} % intervals"
        return Summary([head], [SummaryTable(title, self.to_frame(alpha))])

    def htz_test(self, C: Any) -> FTest:
        """Approximate Hotelling test of C b = 0 (HTZ).

        ``C`` has shape (q, p), or is expressions in coefficient names, or names of terms, as in
        ``MixedFit.f_test``.

        Raises
        ------
        UndefinedError
            Where the clusters' residuals give fewer than q independent variances, as where a
            coefficient belongs to one cluster that it fits exactly.
        """
        C = independent_combinations(C, self.params.index, self._terms)
        q = C.shape[0]
        own, cross = self._moments(C)
        total = self._expected(C)
        size = np.sqrt(np.diag(C @ self._model_cov @ C.T))
        if np.linalg.eigvalsh(total / np.outer(size, size))[0] <= NO_SCATTER * q:
            raise UndefinedError(
                f"the joint test of {q} combinations is not defined: clusters that the "
                "coefficients fit exactly have no residuals, and the others give fewer independent "
                "variances; test fewer combinations, or use f_test of the fit"
            )
        values, vectors = np.linalg.eigh(total)
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        J = own.shape[0]
        denominator = 0.0
        for j in range(J):
            for k in range(J):
                T = -cross[j] @ self._model_cov @ cross[k].T
                if j == k:
                    T = T + own[j]
                Z = root @ T @ root
                denominator += float(np.trace(Z) ** 2 + np.trace(Z @ Z))
        eta = q * (q + 1) / denominator
        value = C @ self.params.to_numpy()
        wald = float(value @ np.linalg.solve(C @ self.cov @ C.T, value))
        return f_test((eta - q + 1) / (eta * q) * wald, q, eta - q + 1)


def robust_covariance(inference: FixedInference, cluster: Any, kind: str) -> RobustCovariance:
    """Build the sandwich of a fit.

    Parameters
    ----------
    inference
        The coefficients of the fit.
    cluster
        Name of a grouping of the model or of a column, or labels (n,).
    kind
        One of ``KINDS``.

    Raises
    ------
    UndefinedError
        If rows of different clusters covary in the model, or there are fewer than two clusters.
    """
    frame, theta, beta = inference.frame, inference.optimum.theta, inference.beta
    model_cov = inference.to_orthonormal @ inference.optimum.evaluation.cov
    model_cov = model_cov @ inference.to_orthonormal.T
    if isinstance(cluster, str):
        cluster = _labels(frame, cluster)
    cluster = in_row_order(cluster, frame.data, "cluster")
    if kind not in KINDS:
        raise UndefinedError(f"kind {kind!r} is not known; use one of {', '.join(KINDS)}")
    labels = np.asarray(cluster)
    codes = pd.factorize(labels)[0] if labels.shape == (frame.nobs,) else np.array([-1])
    if np.any(codes < 0):
        raise UndefinedError(f"clusters need one label for each of the {frame.nobs} rows")
    _check_blocks(frame, codes)
    J = int(codes.max()) + 1
    n, p = frame.X.shape
    if p + 1 > J:
        raise UndefinedError(f"{J} clusters are too few for {p} coefficients")
    members = [np.flatnonzero(codes == j) for j in range(J)]
    X = tuple(frame.X[rows] for rows in members)
    M = tuple(marginal_covariance(frame.terms, frame.V, theta, rows) for rows in members)
    residual = frame.y - frame.X @ beta
    G = tuple(_influence(x, m, model_cov, kind) for x, m in zip(X, M, strict=True))
    scores = np.array([g.T @ residual[rows] for g, rows in zip(G, members, strict=True)])
    factor = {
        "CR1": J / (J - 1),
        "CR1p": J / (J - p),
        "CR1S": J * (n - 1) / ((J - 1) * (n - p)),
    }.get(kind, 1.0)
    params = pd.Series(beta, list(frame.names), name="params")
    terms = term_columns(frame.spec, frame.names)
    return RobustCovariance(kind, params, factor * scores.T @ scores, J, G, X, M, model_cov, terms)


def _labels(frame: Frame, name: str) -> Any:
    term = next((term for term in frame.terms if term.name == name), None)
    if term is not None:
        return term.codes
    if name in frame.data.columns:
        return frame.data[name]
    raise UndefinedError(
        f"no grouping or column {name!r} in the model; pass the cluster of each row as an array"
    )


def _check_blocks(frame: Frame, codes: Index) -> None:
    components = marginal_components(frame.terms, frame.V)
    for component in range(int(components.max()) + 1):
        clusters = np.unique(codes[components == component])
        if clusters.size > 1:
            raise UndefinedError(
                "cluster-robust covariance is not defined: in this model rows of different "
                f"clusters covary ({clusters.size} clusters are connected by a crossed factor, an "
                "outer grouping or V); cluster by the outermost grouping, or use "
                "test='satterthwaite'"
            )


def _influence(X: Array, M: Array, model_cov: Array, kind: str) -> Array:
    """G_j = A_j'M_j^-1 X_j Phi, shape (rows, p)."""
    WX = np.linalg.solve(M, X) @ model_cov
    if kind in ("CR0", "CR1", "CR1p", "CR1S"):
        return np.asarray(WX)
    L = np.linalg.cholesky(M)
    half = np.linalg.solve(L, X)
    # Eigenvalues of I - H on the scale of the working model, between 0 and 1.
    values, vectors = np.linalg.eigh(np.eye(len(X)) - half @ model_cov @ half.T)
    keep = values > NO_SCATTER
    if kind == "CR3":
        inverse = (vectors[:, keep] / values[keep]) @ vectors[:, keep].T
        return np.asarray(np.linalg.solve(L.T, inverse @ (L.T @ WX)))
    B = L.T @ (M - X @ model_cov @ X.T) @ L
    values, vectors = np.linalg.eigh((B + B.T) / 2)
    largest = slice(values.size - int(keep.sum()), None)
    root = (vectors[:, largest] * values[largest] ** -0.5) @ vectors[:, largest].T
    A = L @ root @ L.T
    return np.asarray(A.T @ WX)
