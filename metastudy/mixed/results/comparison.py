"""Likelihood-ratio comparison of two fits, refused where their likelihoods do not compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse
from scipy.stats import chi2

from ...summary import Summary, SummaryTable
from ..errors import UndefinedError
from ..model.frame import Frame
from ..model.nesting import is_contained, outside
from ..model.sampling_covariance import SamplingCovariance
from ..model.structures import Array
from .fitted_model import FittedModel

SAME = 1e-8
"""Largest relative difference of entries that are the same but for rounding."""


@dataclass(frozen=True)
class Comparison:
    """Likelihood-ratio test of a smaller model within a larger one.

    Attributes
    ----------
    statistic, df, pvalue
        Twice the gain in log-likelihood, chi-square with ``df`` under the smaller model.
    pvalue_boundary
        With one variance set to zero, the p-value by 1/2 chi2_0 + 1/2 chi2_1 (Self & Liang 1987,
        10.1080/01621459.1987.10478472); None otherwise.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> data["dose"] = [0.1, 0.3, 0.9, 1.1, 0.4, 0.6, 1.4, 1.6]
    >>> smaller = mixed.fit("y ~ 1 + (1 | work)", data, v="v", method="ML")
    >>> larger = mixed.fit("y ~ 1 + dose + (1 | work)", data, v="v", method="ML")
    >>> test = mixed.compare(smaller, larger)
    >>> test.df, bool(test.pvalue < 0.01)
    (1, True)
    """

    statistic: float
    df: int
    pvalue: float
    pvalue_boundary: float | None

    def to_frame(self) -> pd.DataFrame:
        """Statistic, df and p in one row; ``p_boundary`` is missing where it is not defined."""
        row = {
            "statistic": self.statistic,
            "df": self.df,
            "p": self.pvalue,
            "p_boundary": np.nan if self.pvalue_boundary is None else self.pvalue_boundary,
        }
        return pd.DataFrame([row], index=["larger model"])

    def summary(self) -> Summary:
        """Show the test as a table."""
        return Summary(["Likelihood-ratio test"], [SummaryTable("", self.to_frame())])


def compare(smaller: FittedModel, larger: FittedModel) -> Comparison:
    """Likelihood-ratio test of ``smaller`` against ``larger``.

    Raises
    ------
    UndefinedError
        If the fits have different criteria, rows or sampling covariances, if REML fits have
        different fixed parts, if ``smaller`` is not the smaller one, or not nested in ``larger``.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> data["dose"] = [0.1, 0.3, 0.9, 1.1, 0.4, 0.6, 1.4, 1.6]
    >>> smaller = mixed.fit("y ~ 1 + (1 | work)", data, v="v", method="ML")
    >>> larger = mixed.fit("y ~ 1 + dose + (1 | work)", data, v="v", method="ML")
    >>> test = mixed.compare(smaller, larger)
    >>> round(test.statistic - 2 * (larger.llf - smaller.llf), 9)
    0.0
    """
    for fit in (smaller, larger):
        if not isinstance(fit, FittedModel):
            raise UndefinedError(f"two fits are compared, but {fit!r} is none")
    if smaller.method != larger.method:
        raise UndefinedError(
            f"fits by {smaller.method} and {larger.method} maximise different criteria; refit one"
        )
    if smaller.method not in ("ML", "REML"):
        raise UndefinedError(f"fits by {smaller.method} do not maximise a likelihood")
    one, two = smaller.frame, larger.frame
    if not _same_bounds(one, two):
        raise UndefinedError(
            "the fits have different rows known by bounds, so their likelihoods do not compare"
        )
    if not _same_alternatives(one, two):
        raise UndefinedError(
            "the fits have different alternatives, so their likelihoods do not compare"
        )
    if one.nobs != two.nobs or not np.array_equal(one.y, two.y, equal_nan=True):
        raise UndefinedError("the fits have different rows, so their likelihoods do not compare")
    if not _same_sampling(one.V, two.V):
        raise UndefinedError(
            "the fits have different sampling covariances, so their likelihoods do not compare"
        )
    if not _same_spreads(one, two):
        raise UndefinedError(
            "the fits have different printed spreads (replicates), so their likelihoods do not "
            "compare"
        )
    same_fixed = _same_space(one.X, two.X)
    if smaller.method == "REML" and not same_fixed:
        raise UndefinedError(
            "REML likelihoods of different fixed parts do not compare; refit both with method='ML'"
        )
    df = larger.n_parameters - smaller.n_parameters
    if df < 1:
        raise UndefinedError(
            f"the first model has {smaller.n_parameters} parameters and the second "
            f"{larger.n_parameters}; give the smaller one first"
        )
    if not same_fixed:
        j = outside(one.X, two.X)
        if j is not None:
            raise UndefinedError(
                f"the models are not nested: {one.names[j]!r} of the first is not in the fixed "
                "part of the second; compare them by aic or bic of ML fits"
            )
    lone = next((t for t in one.terms if not is_contained(t, two.terms)), None)
    if lone is not None:
        raise UndefinedError(
            f"the models are not nested: the random term {lone.name!r} of the first is not a "
            "special case of one of the second; compare them by aic or bic"
        )
    statistic = max(0.0, 2 * (larger.llf - smaller.llf))
    p = float(chi2.sf(statistic, df))
    lone_variance = df == 1 and same_fixed and len(larger.sigma2) == len(smaller.sigma2) + 1
    return Comparison(statistic, df, p, p / 2 if lone_variance else None)


def _same_space(A: Array, B: Array) -> bool:
    return A.shape == B.shape and outside(A, B) is None


def _same_sampling(one: SamplingCovariance, two: SamplingCovariance) -> bool:
    """Whether two sampling covariances agree to rounding, whatever the unit of the response."""
    if not np.allclose(one.diagonal, two.diagonal, rtol=SAME, atol=0):
        return False
    if one.matrix is None and two.matrix is None:
        return True
    sd = scipy.sparse.diags_array(1 / np.sqrt(np.where(one.diagonal > 0, one.diagonal, 1.0)))
    first, second = (
        scipy.sparse.csr_array(
            scipy.sparse.diags_array(V.diagonal) if V.matrix is None else V.matrix
        )
        for V in (one, two)
    )
    return bool(abs(sd @ (first - second) @ sd).max() <= SAME)


def _same_spreads(one: Frame, two: Frame) -> bool:
    pairs = [[(s.variances, s.df) for s in frame.spreads if s.df.size] for frame in (one, two)]
    return len(pairs[0]) == len(pairs[1]) and all(
        np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1])
        for a, b in zip(*pairs, strict=True)
    )


def _same_bounds(one: Frame, two: Frame) -> bool:
    if one.bounds is None or two.bounds is None:
        other = one.bounds or two.bounds
        return other is None or not other.censored.size
    return np.array_equal(one.bounds.lower, two.bounds.lower) and np.array_equal(
        one.bounds.upper, two.bounds.upper
    )


def _same_alternatives(one: Frame, two: Frame) -> bool:
    if one.alternatives is None or two.alternatives is None:
        return one.alternatives is two.alternatives
    first, second = one.alternatives, two.alternatives
    return (
        np.array_equal(first.shifts, second.shifts)
        and np.array_equal(first.probability, second.probability)
        and np.array_equal(first.enumerated, second.enumerated)
    )
