"""Sampling covariance of effect sizes that share an arm, or whose errors are correlated.

Contrasts of arms are differences of the arms' logarithms, so their covariance is Z D Z', where D is
the covariance of the arms and Z has +1 for the treated arm and -1 for the reference: two contrasts
with one reference share its variance, and an arm that is treated in one contrast and reference in
another gives a negative covariance. (Gleser & Olkin 2009, in The Handbook of Research Synthesis and
Meta-Analysis, for a shared control; Lajeunesse 2011, 10.1890/11-0423.1, for ratios of means.)
"""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataError, UndefinedError
from .given_columns import Array, check_data, numbers_of, values_of

Index = NDArray[np.intp]

SAME = 1e-9
"""Relative difference up to which two variances of one arm are the same."""


def vcalc(
    data: pd.DataFrame,
    *,
    v: Any = None,
    treated: Any = None,
    reference: Any = None,
    v_treated: Any = None,
    v_reference: Any = None,
    cluster: Any = None,
    rho: float = 0.0,
) -> pd.DataFrame:
    """Compute the sampling covariance V of effect sizes.

    Arguments are names of columns or arrays (n,).

    Parameters
    ----------
    data
        One row for each effect.
    v
        Variances of effects that share no arm.
    treated, reference
        In place of ``v``: labels of the two arms of each contrast. A missing ``treated``, or none
        at all, is an arm that no other row has.
    v_treated, v_reference
        Variances of the arms' logarithms, as ``escalc("MNLN", ...)`` gives them.
    cluster
        Labels of rows whose errors are correlated, such as those of one work.
    rho
        Correlation of the errors of two effects of one cluster or, with arms, of two arms of one
        cluster, from 0 to 1.

    Returns
    -------
    pandas.DataFrame
        Shape (n, n), labelled as the rows, for ``V=`` of a fit.

    Raises
    ------
    UndefinedError
        For arguments that do not go together.
    DataError, FormulaError
        Naming the row or column at fault.

    Examples
    --------
    Two treatments against one untreated arm.

    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"arm": ["a", "b"], "untreated": "u", "v_arm": [0.02, 0.03]})
    >>> arms = {"treated": "arm", "reference": "untreated"}
    >>> mixed.vcalc(data, **arms, v_treated="v_arm", v_reference=0.01).round(3)
          0     1
    0  0.03  0.01
    1  0.01  0.04
    """
    data = check_data(data)
    if not (isinstance(rho, Real) and 0 <= rho <= 1):
        raise DataError(f"rho is {rho!r}; give a correlation from 0 to 1")
    if (cluster is None) != (float(rho) == 0.0):
        raise UndefinedError("cluster and rho go together: rows of one cluster correlate by rho")
    arms = (reference, v_treated, v_reference)
    if v is not None:
        if treated is not None or any(x is not None for x in arms):
            raise UndefinedError(
                "give v for effects that share no arm, or the labels of arms with v_treated and "
                "v_reference, not both"
            )
        variances = numbers_of(v, data, "v", least=0.0)
        V = _correlated(variances, _codes(cluster, data, "cluster"), float(rho))
    else:
        if any(x is None for x in arms):
            raise UndefinedError(
                "give v, or the labels reference (and treated) with v_treated and v_reference"
            )
        V = _of_arms(data, treated, reference, v_treated, v_reference, cluster, float(rho))
    return pd.DataFrame(V, data.index, data.index)


def _of_arms(
    data: pd.DataFrame,
    treated: Any,
    reference: Any,
    v_treated: Any,
    v_reference: Any,
    cluster: Any,
    rho: float,
) -> Array:
    n = len(data)
    own = pd.Series([("row", i) for i in range(n)], data.index, dtype=object)
    labels = own if treated is None else values_of(treated, data, "treated").astype(object)
    others = values_of(reference, data, "reference").astype(object)
    if others.isna().any():
        raise DataError(f"reference of row {data.index[int(np.argmax(others.isna()))]} is missing")
    labels = labels.where(labels.notna(), own)
    codes, arms = pd.factorize(pd.concat([labels, others], ignore_index=True))
    same = np.flatnonzero(codes[:n] == codes[n:])
    if same.size:
        raise DataError(
            f"row {data.index[same[0]]} compares the arm {labels.iloc[same[0]]!r} with "
            "itself; give two labels"
        )
    variances = np.concatenate(
        [
            numbers_of(v_treated, data, "v_treated", least=0.0),
            numbers_of(v_reference, data, "v_reference", least=0.0),
        ]
    )
    groups = codes if cluster is None else np.tile(_codes(cluster, data, "cluster"), 2)
    first = np.unique(codes, return_index=True)[1]
    for values, word in ((variances, "variances"), (groups, "clusters")):
        wrong = ~np.isclose(values, values[first][codes], rtol=SAME, atol=0)
        if wrong.any():
            i = int(np.argmax(wrong))
            raise DataError(
                f"arm {arms[codes[i]]!r} has two {word}, {values[first][codes[i]]:g} and "
                f"{values[i]:g} (row {data.index[i % n]}); one arm has one, so use labels that are "
                "different between works"
            )
    Z = np.zeros((n, len(arms)))
    Z[np.arange(n), codes[:n]] = 1.0
    Z[np.arange(n), codes[n:]] = -1.0
    return np.asarray(Z @ _correlated(variances[first], groups[first], rho) @ Z.T)


def _codes(cluster: Any, data: pd.DataFrame, word: str) -> Index:
    """Give the number of each row's cluster (n,); each row is its own without clusters."""
    if cluster is None:
        return np.arange(len(data))
    codes = pd.factorize(values_of(cluster, data, word))[0]
    if (codes < 0).any():
        raise DataError(f"{word} of row {data.index[int(np.argmin(codes))]} is missing")
    return np.asarray(codes)


def _correlated(variances: Array, groups: Index, rho: float) -> Array:
    """Covariance with correlation rho within groups."""
    sd = np.sqrt(variances)
    correlation = rho * (groups[:, None] == groups)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(sd[:, None] * correlation * sd)
