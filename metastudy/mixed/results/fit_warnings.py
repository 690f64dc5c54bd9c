"""Named warnings of a fit: limits of what small samples allow to conclude.

Each rule is a function of the fit that yields warnings with the numbers in their text.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..named_warning import LEAST_DF, NamedWarning
from ..solvers.nested import is_nested
from .coefficients import FixedPart
from .profile_intervals import ProfiledComponents
from .row_warnings import row_warnings

MANY_LEVELS = 50
"""Below this many levels nested factors are hard to tell apart, and z is too narrow."""
LARGE = 20_000
"""Rows above which profile intervals and degrees of freedom are not computed for warnings."""


def fit_warnings(fit: FixedPart, components: ProfiledComponents) -> tuple[NamedWarning, ...]:
    """Collect every warning that applies to a fit, those of its rows included."""
    found = [*not_converged(fit), *row_warnings(fit.frame, fit.merged), *normal_reference(fit)]
    if fit.nobs <= LARGE:
        found += [
            *not_distinguishable(components),
            *not_told_apart(components),
            *containment_instead(fit),
            *few_degrees_of_freedom(fit),
        ]
    return tuple(found)


def not_converged(fit: FixedPart) -> Iterator[NamedWarning]:
    """Give the gain that a search which ended too early still expects."""
    if fit.outcome != "converged":
        gain = fit.fit_log[-1].decrement if fit.fit_log else float("nan")
        yield NamedWarning(
            "not converged",
            f"the search ended {fit.outcome!r}; the log-likelihood could still rise by {gain:.2g}",
        )


def normal_reference(fit: FixedPart) -> Iterator[NamedWarning]:
    """Z is too narrow with few clusters."""
    levels = [t.n_levels for t in fit.frame.terms if not t.is_record_level] or [fit.nobs]
    if fit.test == "z" and min(levels) < MANY_LEVELS:
        yield NamedWarning(
            "normal reference",
            f"tests by z with {min(levels)} levels of the smallest grouping are too narrow; "
            f"use them above {MANY_LEVELS} only",
        )


def not_distinguishable(components: ProfiledComponents) -> Iterator[NamedWarning]:
    """State only the upper end where the 95 % profile reaches zero."""
    for name, row in components.conf_int().iterrows():
        if row["lower"] == 0:
            upper = float(row["upper"])
            yield NamedWarning(
                "not distinguishable from zero",
                f"variance of {name!r} is not distinguishable from zero, at most {upper:.4g} "
                f"(sd {upper**0.5:.3g}; 95 % interval)",
            )


def not_told_apart(components: ProfiledComponents) -> Iterator[NamedWarning]:
    """Name the nested factors that with their few levels share one variance between them."""
    ends = components.conf_int()["lower"]
    terms = components.model.frame.terms
    for outer in terms:
        for inner in terms:
            if outer is inner or inner.is_record_level or outer.n_levels >= inner.n_levels:
                continue
            pair = [t.name for t in (outer, inner) if t.name in ends.index]
            if len(pair) < 2 or not is_nested(outer, inner) or outer.n_levels >= MANY_LEVELS:
                continue
            if (ends[pair] == 0).any():
                yield NamedWarning(
                    "not told apart",
                    f"{outer.name!r} ({outer.n_levels} levels) and {inner.name!r} "
                    f"({inner.n_levels} levels) cannot be told apart: the interval of one of them "
                    f"reaches zero, and {outer.name!r} has fewer than {MANY_LEVELS} levels; use "
                    "their sum",
                )


def containment_instead(fit: FixedPart) -> Iterator[NamedWarning]:
    """Name the degrees of freedom that take the place of Satterthwaite's where these fail."""
    if fit.inference.reference != fit.test:
        yield NamedWarning(
            "containment instead of Satterthwaite",
            "the observed information of the variance components is not positive definite, so "
            "degrees of freedom are by containment",
        )


def few_degrees_of_freedom(fit: FixedPart) -> Iterator[NamedWarning]:
    """Name the coefficients without p-value, below four degrees of freedom."""
    low = fit.df[fit.df < LEAST_DF]
    if len(low):
        words = ", ".join(f"{name} ({value:.2g})" for name, value in low.items())
        yield NamedWarning(
            "few degrees of freedom",
            f"no p-value below {LEAST_DF} degrees of freedom: {words}",
        )
