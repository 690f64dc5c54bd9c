"""Mixed-effects models with known sampling covariance: meta-analysis and plain mixed models.

``fit(formula, data, v=... or V=...)`` fits y = X b + random effects + sampling error by ML or REML
and returns a :class:`MixedFit`, whose variance components carry profile-likelihood intervals.
``bayes.fit`` (extra ``metastudy[bayes]``) is its Bayesian twin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, overload

from .errors import MixedError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from .likelihoods.mixture import MixtureFit
    from .planning.simulation import Plan
    from .planning.study_design import Design
    from .results.censored_fit import CensoredFit
    from .results.comparison import Comparison
    from .results.mixed_fit import MixedFit, ReportedFit
    from .results.random_scale_fit import RandomScaleFit

__all__ = [
    "CensoredFit",
    "Design",
    "MixedError",
    "MixedFit",
    "MixtureFit",
    "RandomScaleFit",
    "compare",
    "fit",
    "fit_random_scale",
    "plan",
]


@overload
def fit(
    formula: str,
    data: pd.DataFrame,
    *,
    v: Any = None,
    V: Any = None,
    method: str = "REML",
    test: str = "satterthwaite",
    shared: Any = None,
    residual: bool | None = None,
    correlations: Mapping[str, Any] | None = None,
    row_weights: Mapping[str, Any] | None = None,
    replicates: Mapping[str, tuple[str, str]] | None = None,
    scale: Mapping[str, str] | None = None,
    split: bool = False,
    lower: None = None,
    upper: None = None,
    alternatives: None = None,
    rng: None = None,
    points: None = None,
) -> MixedFit: ...


@overload
def fit(
    formula: str,
    data: pd.DataFrame,
    *,
    v: Any = None,
    V: Any = None,
    method: str = "REML",
    test: str = "satterthwaite",
    shared: Any = None,
    residual: bool | None = None,
    correlations: Mapping[str, Any] | None = None,
    row_weights: Mapping[str, Any] | None = None,
    replicates: Mapping[str, tuple[str, str]] | None = None,
    scale: Mapping[str, str] | None = None,
    split: bool = False,
    lower: Any = None,
    upper: Any = None,
    alternatives: Mapping[str, str] | None = None,
    rng: np.random.Generator | None = None,
    points: int | None = None,
) -> MixedFit | CensoredFit | MixtureFit: ...


def fit(
    formula: str,
    data: pd.DataFrame,
    *,
    v: Any = None,
    V: Any = None,
    method: str = "REML",
    test: str | None = None,
    shared: Any = None,
    residual: bool | None = None,
    correlations: Mapping[str, Any] | None = None,
    row_weights: Mapping[str, Any] | None = None,
    replicates: Mapping[str, tuple[str, str]] | None = None,
    scale: Mapping[str, str] | None = None,
    split: bool = False,
    lower: Any = None,
    upper: Any = None,
    alternatives: Mapping[str, str] | None = None,
    rng: np.random.Generator | None = None,
    points: int | None = None,
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
        missing unit are known. Units of components with at most 10 of them are summed over all
        combinations and the result is a :class:`MixtureFit`; beyond, and beside bounds, they enter
        by their mean and covariance.
    rng
        Draws the points of the normal probabilities of censored rows, the same for every fit unless
        given.
    points
        How many of them to begin with, a power of two (512 unless given). They are quadrupled, up
        to 2048, while the error of the log-likelihood is above 0.02; more cost time in proportion.

    Raises
    ------
    MixedError
        A subclass for each kind: FormulaError, DataError, IdentifiabilityError, ConvergenceError.
    """
    from .arguments import check_rng
    from .errors import UndefinedError
    from .inference.contrasts import check_test
    from .likelihoods.gaussian import build_likelihood
    from .model.frame import build_frame
    from .model.identifiability import merge_components
    from .optimise.moments import MOMENTS, estimate_tau2
    from .optimise.newton import at_estimate, best_maximum
    from .results.mixed_fit import MixedFit

    if method not in ("REML", "ML", *MOMENTS):
        raise UndefinedError(
            f"method {method!r} is not known here; use one of REML, ML, {', '.join(MOMENTS)}"
        )
    if test is None:
        test = "knapp-hartung" if method in MOMENTS else "satterthwaite"
    check_test(test)
    if rng is not None:
        check_rng(rng)
    frame = build_frame(
        formula,
        data,
        v,
        V,
        shared,
        residual,
        correlations,
        row_weights,
        replicates,
        scale,
        lower,
        upper,
        alternatives,
    )
    frame, merged = merge_components(frame, split)
    if frame.alternatives is not None:
        from .likelihoods.mixture import fit_mixture, settle_alternatives

        frame = settle_alternatives(frame, method == "REML")
        if frame.alternatives is not None and frame.alternatives.enumerated.any():
            return fit_mixture(frame, merged, method, test)
    if frame.bounds is not None:
        from .results.censored_fit import fit_censored

        return fit_censored(frame, merged, method, test, rng, points)
    likelihood = build_likelihood(frame, method == "REML")
    if method in MOMENTS:
        optimum = at_estimate(likelihood, estimate_tau2(frame, method))
    else:
        optimum = best_maximum(likelihood)
    return MixedFit(frame, likelihood, optimum, method, test, merged)


def fit_random_scale(
    formula: str,
    data: pd.DataFrame,
    *,
    by: str,
    v: Any = None,
    V: Any = None,
    lower: Any = None,
    upper: Any = None,
    rng: np.random.Generator | None = None,
) -> RandomScaleFit:
    """Fit one random term whose standard deviation differs between units, such as works.

    The log standard deviation is normal between units. The estimand is the root mean square over
    units, which equals the standard deviation of a plain fit where all units have the same.

    Parameters
    ----------
    formula
        One random term beside an intercept or nothing, such as
        ``"y ~ 0 + (1 | mm(treated, reference, weights=(1, -1)))"``.
    data, v, V, lower, upper
        As in :func:`fit`.
    by
        Column that names the units; they share neither levels nor sampling errors.
    rng
        Draws the points of the probabilities of bounded rows, the same for every fit unless given.

    Raises
    ------
    MixedError
        UndefinedError for another model; DataError where units share something;
        IdentifiabilityError where no row is exact.
    """
    from numpy.random import default_rng

    from .arguments import check_rng
    from .errors import UndefinedError
    from .likelihoods.random_scale import RandomScaleLikelihood
    from .model.frame import build_frame
    from .results.random_scale_fit import RandomScaleFit, unit_codes

    if rng is not None:
        check_rng(rng)
    frame = build_frame(formula, data, v=v, V=V, lower=lower, upper=upper, residual=False)
    plain = [term for term in frame.terms if len(term.parameters) == 1]
    if len(frame.terms) != 1 or not plain or frame.names not in ((), ("Intercept",)):
        raise UndefinedError(
            f"{formula!r}: give one random term of one variance beside '0' or '1', as in "
            "'y ~ 0 + (1 | mm(treated, reference, weights=(1, -1)))'"
        )
    codes, names = unit_codes(by, frame)
    likelihood = RandomScaleLikelihood(frame, codes, rng or default_rng(0))
    return RandomScaleFit(frame, likelihood, names)


def compare(smaller: ReportedFit, larger: ReportedFit) -> Comparison:
    """Likelihood-ratio test of a smaller fit within a larger one.

    Raises
    ------
    UndefinedError
        Where the two likelihoods do not compare: other rows, other criteria, REML with different
        fixed parts.
    """
    from .results import comparison

    return comparison.compare(smaller, larger)


def plan(
    components: MixedFit | CensoredFit | MixtureFit | Mapping[str, float],
    design: Design | Sequence[Design],
    n: int = 1000,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Simulate what a study that does not exist yet would tell of its variance components.

    Parameters
    ----------
    components
        Variances by name, or a fit: its components are then drawn anew for each run from its
        likelihood, so that what it does not know widens what the plan promises.
    design
        One or several balanced designs. A factor takes the component of its own name, or the one
        nested under it: ``"preparation"`` takes ``"work:preparation"``.
    n
        Runs for each design.
    rng
        Source of every random number.
    level
        Confidence level of the profile intervals.
    progress
        Called with (runs done, runs in all) every few hundred runs.

    Raises
    ------
    DataError, IdentifiabilityError, UndefinedError
        If a design is not one, has a factor with one level or without a component, or a fit has
        correlations among its parameters.
    """
    from .planning import simulation as planning

    return planning.plan(components, design, n, rng=rng, level=level, progress=progress)


_HOME = {
    "CensoredFit": "results.censored_fit",
    "Design": "planning.study_design",
    "MixedFit": "results.mixed_fit",
    "MixtureFit": "likelihoods.mixture",
    "RandomScaleFit": "results.random_scale_fit",
}


def __getattr__(name: str) -> Any:
    if name == "bayes":
        return import_module(".bayes", __name__)
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
