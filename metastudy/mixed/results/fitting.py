"""From formula and data to a result: which likelihood the rows ask for, and its maximum."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Unpack, overload

import pandas as pd

from ..arguments import check_keywords, check_rng
from ..errors import ConvergenceWarning, UndefinedError
from ..inference.contrasts import check_test
from ..likelihoods.gaussian import build_likelihood
from ..model.frame import build_frame
from ..model.frame_arguments import FitArguments, NumberArguments
from ..model.identifiability import merge_components
from ..optimise.moments import MOMENTS, estimate_tau2
from ..optimise.newton import at_estimate, best_maximum
from .censored_fit import CensoredFit, fit_censored
from .fit_call import FitCall
from .mixed_fit import MixedFit
from .mixture_fit import MixtureFit, fit_mixture, settle_alternatives


@overload
def fit(formula: str, data: pd.DataFrame, **given: Unpack[NumberArguments]) -> MixedFit: ...


@overload
def fit(
    formula: str, data: pd.DataFrame, **given: Unpack[FitArguments]
) -> MixedFit | CensoredFit | MixtureFit: ...


def fit(
    formula: str, data: pd.DataFrame, **given: Unpack[FitArguments]
) -> MixedFit | CensoredFit | MixtureFit:
    """Fit a mixed-effects model with known sampling covariance.

    Parameters
    ----------
    formula
        ``"y ~ moderators + (1 | work/preparation) + (1 | system)"``; random terms as described in
        :mod:`metastudy.mixed.model.formula`, the rest in formulaic's language.
    data
        One row for each observation, without missing values in the columns used.
    v
        Sampling variances: a column name or an array (n,). A missing value means that the row
        reports no spread; it stays in beside a record-level effect.
    V
        Sampling covariance instead of ``v``: array (n, n), sparse array, or list of blocks in row
        order. It may be singular where random effects make up for it.
    method
        ``"REML"`` (default) or ``"ML"``; for two-level models (one effect for each row, known
        variances) also the moment estimators DL, HE, HS, HSk, SJ, PM, EB and PMM.
    test
        Reference distribution of the coefficients, one of
        :mod:`metastudy.mixed.inference.fixed_effects`: by default
        ``"satterthwaite"``, or ``"knapp-hartung"`` for moment estimators.
    shared
        Unknowns that several rows share, as columns (n, m): the effect of each on the rows, scaled
        to unit variance, such as d_i se for a borrowed slope. They add S S' to V, which may then be
        singular.
    residual
        Whether each row has an effect of its own (component ``"residual"``); by default only
        where neither ``v`` nor ``V`` is given.
    correlations
        Known correlation between the levels of a grouping, by its name: a data frame labelled with
        the levels, or an array in order of first appearance.
    row_weights
        Known factor on a term's variance in each row, by the term's name, such as 1/n for a row
        that is the mean of n samples.
    replicates
        Columns (sd, n) of rows that are means of n samples, by the name of the samples' term: its
        variance counts 1/n in such rows, and the printed sd enters its likelihood as a chi-square
        with n - 1 degrees of freedom. A missing sd or n = 1 adds nothing.
    scale
        Moderators of the log variance of a term, by its name (location-scale model).
    split
        Refuse to merge components that the rows cannot tell apart.
    lower, upper
        Limits of rows known only by bounds, on the scale of the response: column names or arrays
        (n,). A row without limits, or with equal ones, is exact; a missing lower limit means
        "less than upper", a missing upper limit "more than lower". Given either, the result is a
        :class:`CensoredFit`.
    alternatives
        Unknowns with two alternatives, as columns ``{"unit": ..., "shift": ..., "probability":
        ...}``: the rows of a unit are all y - shift, with that probability, or all y. Rows with a
        missing unit are known. The limits of a bound shift like a response. Units of components
        with at most 10 of them are summed over all combinations and the result is a
        :class:`MixtureFit`; beyond, they enter by their mean and covariance. Beside bounds all
        units are summed, many of them by simulation.
    rng
        Draws the points of the normal probabilities of censored rows, the same for every fit unless
        given.
    points
        How many of them to begin with, a power of two (128 unless given, 64 where more than 250 and
        32 where more than 500 bounds and units are joined or few effects are shared). More are
        taken, up to 2048, while the error of the log-likelihood is above 0.02; they cost time in
        proportion.

    Raises
    ------
    MixedError
        A subclass for each kind: FormulaError, DataError, IdentifiabilityError, ConvergenceError.
    TypeError
        For an argument that is none of these.

    Warns
    -----
    ConvergenceWarning
        Where the search ended before the maximum was found.

    Examples
    --------
    >>> import pandas as pd
    >>> from metastudy import mixed
    >>> data = pd.DataFrame({"work": list("aabbccdd"), "v": 0.02})
    >>> data["y"] = [1.0, 1.2, 1.9, 2.1, 1.4, 1.6, 2.4, 2.6]
    >>> fit = mixed.fit("y ~ 1 + (1 | work)", data, v="v")
    >>> round(float(fit.params["Intercept"]), 3)  # the mean of a balanced design
    1.775
    >>> round(float(fit.sigma2["work"]), 4)  # variance of the means of works less v/2
    0.3592
    """
    check_keywords(given, FitArguments, "mixed.fit")
    found = _fit(formula, data, **given)
    if found.outcome != "converged":
        warnings.warn(
            f"the search ended {found.outcome!r} before the maximum was found; see fit_log, and "
            "simplify the random terms or give other units",
            ConvergenceWarning,
            stacklevel=2,
        )
    return replace(found, call=FitCall(fit, formula, found.frame.data, dict(given)))


def _fit(
    formula: str, data: pd.DataFrame, **given: Unpack[FitArguments]
) -> MixedFit | CensoredFit | MixtureFit:
    method, test = given.get("method", "REML"), given.get("test")
    rng = given.get("rng")
    if method not in ("REML", "ML", *MOMENTS):
        raise UndefinedError(
            f"method {method!r} is not known here; use one of REML, ML, {', '.join(MOMENTS)}"
        )
    if test is None:
        test = "knapp-hartung" if method in MOMENTS else "satterthwaite"
    check_test(test)
    if rng is not None:
        check_rng(rng)
    frame, merged = merge_components(build_frame(formula, data, **given), given.get("split", False))
    if frame.alternatives is not None:
        frame = settle_alternatives(frame, method == "REML")
        given_units = frame.alternatives
        if frame.bounds is None and given_units is not None and given_units.enumerated.any():
            return fit_mixture(frame, merged, method, test)
    if frame.bounds is not None:
        return fit_censored(frame, merged, method, test, rng, given.get("points"))
    likelihood = build_likelihood(frame, method == "REML")
    if method in MOMENTS:
        optimum = at_estimate(likelihood, estimate_tau2(frame, method))
    else:
        optimum = best_maximum(likelihood)
    return MixedFit(frame, likelihood, optimum, method, test, merged)
