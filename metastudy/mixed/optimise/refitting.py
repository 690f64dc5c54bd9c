"""The same model fitted again to other rows or with other columns."""

from __future__ import annotations

import numpy as np

from ..errors import ConvergenceError
from ..likelihoods.gaussian import Likelihood, build_likelihood
from ..model.frame import Frame
from ..model.structures import Array
from .batched_newton import batched_start
from .moments import MOMENTS, estimate_tau2
from .newton import Optimum, at_estimate, best_maximum, maximise


def refit(frame: Frame, method: str, start: Array | None = None) -> tuple[Likelihood, Optimum]:
    """Fit a frame by a method of :func:`metastudy.mixed.fit`.

    Parameters
    ----------
    frame
        Rows and terms; components must be told apart by them.
    method
        REML, ML or a moment estimator.
    start
        Theta of a fit nearby, whose zeros are lifted; used where all parameters are variances.

    Raises
    ------
    ConvergenceError, UndefinedError
        As the fit itself.
    """
    likelihood = build_likelihood(frame, method == "REML")
    if method in MOMENTS:
        return likelihood, at_estimate(likelihood, estimate_tau2(frame, method))
    if start is not None and all(p.kind == "variance" for p in likelihood.parameters):
        try:
            found = maximise(likelihood, batched_start(likelihood, start))
        except ConvergenceError:
            return likelihood, best_maximum(likelihood)
        if found.outcome == "converged":
            return likelihood, found
    return likelihood, best_maximum(likelihood)


def coefficients(likelihood: Likelihood, optimum: Optimum) -> tuple[Array, Array]:
    """Coefficients of X and their model covariance, shapes (p,) and (p, p)."""
    to_x = np.linalg.inv(likelihood.R)
    at = optimum.evaluation
    return np.asarray(to_x @ at.beta), np.asarray(to_x @ at.cov @ to_x.T)
