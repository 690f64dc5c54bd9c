"""Residuals of a fit, leverages, and the marginal variance of each row."""

from __future__ import annotations

import numpy as np

from ..likelihoods.gaussian import Evaluation, Likelihood
from ..model.frame import Frame
from ..model.structures import Array
from ..model.terms import with_parameters


def marginal_variance(frame: Frame, theta: Array) -> Array:
    """Diagonal of M(theta), shape (n,): sampling variance plus every random effect's."""
    out = frame.V.diagonal.astype(float)
    for term, part in with_parameters(frame.terms, theta):
        if term.is_scalar:
            out = out + term.level_variance(part)[term.codes]
        elif term.structure.size == 1:
            # A known correlation between levels has ones on its diagonal.
            out = out + term.structure.matrix(part)[0, 0] * term.design[:, 0] ** 2
        else:
            G = term.structure.matrix(part)
            out = out + np.einsum("ni,ij,nj->n", term.design, G, term.design)
    return np.asarray(out)


def hat_values(likelihood: Likelihood, at: Evaluation) -> Array:
    """Diagonal of H = X (X'M^-1 X)^-1 X'M^-1, shape (n,), in the rows' order; its sum is p."""
    assert at.WQ is not None
    out = np.empty(likelihood.n)
    out[likelihood.order] = np.einsum("ni,ij,nj->n", likelihood.Q, at.cov, at.WQ)
    return out


def fitted_variance(likelihood: Likelihood, at: Evaluation) -> Array:
    """Variance of x_i b for each row, shape (n,)."""
    out = np.empty(likelihood.n)
    out[likelihood.order] = np.einsum("ni,ij,nj->n", likelihood.Q, at.cov, likelihood.Q)
    return out


def fixed_residuals(likelihood: Likelihood, at: Evaluation) -> Array:
    """Response minus X b, shape (n,)."""
    out = np.empty(likelihood.n)
    out[likelihood.order] = likelihood.y - likelihood.Q @ at.beta
    return out


def internally_studentised(frame: Frame, likelihood: Likelihood, at: Evaluation) -> Array:
    """(y_i - x_i b) / sqrt(M_ii - x_i F x_i'), shape (n,).

    (I - H) M (I - H)' = M - X F X' with F = (X'M^-1 X)^-1. Missing where a row determines a
    coefficient alone, so that its residual is zero by force.
    """
    variance = marginal_variance(frame, at.theta)
    left = variance - fitted_variance(likelihood, at)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(
            left > 1e-10 * variance,
            fixed_residuals(likelihood, at) / np.sqrt(np.maximum(left, 0.0)),
            np.nan,
        )
