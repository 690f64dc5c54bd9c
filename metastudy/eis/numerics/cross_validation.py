"""Choice of a penalty by generalised cross-validation."""

from __future__ import annotations

import numpy as np

from ..spectrum import FloatArray

# An element counts a little more than one, which keeps the score from choosing too many.
_PER_ELEMENT = 1.2


def cross_validation_score(
    rss: FloatArray, elements: FloatArray, nobs: int, *, least_df: float
) -> FloatArray:
    """Score of each penalty, rss/(n - 1.2 elements)^2 times n; the smallest is chosen.

    Source: Golub, Heath and Wahba 1979, Technometrics 21, 215.

    Parameters
    ----------
    rss, elements : ndarray, shape (m,)
        Residual sum of squares and effective number of coefficients of each penalty.
    nobs : int
        Real numbers n.
    least_df : float
        Degrees of freedom that are left at least.
    """
    freedom = np.maximum(nobs - _PER_ELEMENT * elements, least_df)
    return np.asarray(rss / freedom**2 * nobs)
