"""Named warnings: what small samples do not let a reader conclude, said beside the number.

Each rule is a function of the fit that yields warnings with the numbers in their text; ``RULES``
lists them in the order of printing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..solvers.nested import is_nested

if TYPE_CHECKING:
    from .mixed_fit import ReportedFit

FEW_LEVELS = 5
"""A factor with fewer levels gives no headline variance."""
SOME_LEVELS = 10
"""A factor with fewer levels gives an interval and no point."""
MANY_LEVELS = 50
"""Below this many levels nested factors are hard to tell apart, and z is too narrow."""
LEAST_DF = 4
"""No p-value is given below this many degrees of freedom."""
REPLICATED_GROUPS = 10
"""Replicated groups that a record variance of its own needs."""
UNITS_PER_COLUMN = 10
"""Units at its own level that a moderator column needs."""
LARGE = 20_000
"""Rows above which the profile intervals are not computed for warnings alone."""


@dataclass(frozen=True)
class NamedWarning:
    """A rule of honesty that applies to a fit: its name and a sentence with the numbers."""

    name: str
    text: str


def merged_components(fit: ReportedFit) -> Iterator[NamedWarning]:
    """Say that components that the rows cannot tell apart are one number."""
    for names in fit.merged:
        joined = ", ".join(repr(name) for name in names)
        yield NamedWarning(
            "merged components",
            f"{joined} have the same levels in these rows: only their sum is estimated, "
            f"as {' + '.join(names)!r}",
        )


def unreported_spread(fit: ReportedFit) -> Iterator[NamedWarning]:
    """Count the rows without a sampling variance, which rest on the record-level component."""
    rows = int(fit.frame.V.unreported.sum())
    if rows:
        yield NamedWarning(
            "unreported spread",
            f"{rows} of {fit.nobs} rows report no sampling variance; they stay in with the common "
            "record-level variance alone",
        )


def separate_record_variances(fit: ReportedFit) -> Iterator[NamedWarning]:
    """Require ten replicated groups for each record variance of its own."""
    record = next((t for t in fit.frame.terms if t.is_record_level), None)
    if record is None or record.structure.size < 2:
        return
    coarser = [t for t in fit.frame.terms if not t.is_record_level]
    if not coarser:
        return
    groups = max(coarser, key=lambda t: t.n_levels)
    for k, effect in enumerate(record.effects):
        rows = record.design[:, k] != 0
        replicated = int((np.bincount(groups.codes[rows]) >= 2).sum())
        if replicated < REPLICATED_GROUPS:
            yield NamedWarning(
                "record variance not identified",
                f"the record variance {record.name}[{effect}] rests on {replicated} levels of "
                f"{groups.name!r} with two rows or more; it needs {REPLICATED_GROUPS}: use one "
                "record variance for all rows",
            )


def few_levels(fit: ReportedFit) -> Iterator[NamedWarning]:
    """Deny a headline variance to factors with fewer than five levels."""
    for term in fit.frame.terms:
        if term.n_levels < FEW_LEVELS:
            yield NamedWarning(
                "few levels",
                f"{term.name!r} has {term.n_levels} levels; fewer than {FEW_LEVELS} carry no "
                "headline variance",
            )
        elif term.n_levels < SOME_LEVELS:
            yield NamedWarning(
                "interval only",
                f"{term.name!r} has {term.n_levels} levels; below {SOME_LEVELS} state the interval "
                "of its variance, not the estimate",
            )


def not_converged(fit: ReportedFit) -> Iterator[NamedWarning]:
    """Say that the search ended before the score was zero."""
    if fit.outcome != "converged":
        gain = fit.fit_log[-1].decrement if fit.fit_log else float("nan")
        yield NamedWarning(
            "not converged",
            f"the search ended {fit.outcome!r}; the log-likelihood could still rise by {gain:.2g}",
        )


def not_distinguishable(fit: ReportedFit) -> Iterator[NamedWarning]:
    """State only the upper end where the 95 % profile reaches zero."""
    if fit.nobs > LARGE:
        return
    for name, row in fit.sigma2_conf_int().iterrows():
        if row["lower"] == 0:
            upper = float(row["upper"])
            yield NamedWarning(
                "not distinguishable from zero",
                f"variance of {name!r} is not distinguishable from zero, at most {upper:.4g} "
                f"(sd {upper**0.5:.3g}; 95 % interval)",
            )


def not_told_apart(fit: ReportedFit) -> Iterator[NamedWarning]:
    """Say that nested factors with few levels share one variance between them."""
    if fit.nobs > LARGE:
        return
    ends = fit.sigma2_conf_int()["lower"]
    for outer in fit.frame.terms:
        for inner in fit.frame.terms:
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


def normal_reference(fit: ReportedFit) -> Iterator[NamedWarning]:
    """Z is too narrow with few clusters."""
    levels = [t.n_levels for t in fit.frame.terms if not t.is_record_level] or [fit.nobs]
    if fit.test == "z" and min(levels) < MANY_LEVELS:
        yield NamedWarning(
            "normal reference",
            f"tests by z with {min(levels)} levels of the smallest grouping are too narrow; "
            f"use them above {MANY_LEVELS} only",
        )


def few_degrees_of_freedom(fit: ReportedFit) -> Iterator[NamedWarning]:
    """Name the coefficients without p-value, below four degrees of freedom."""
    if fit.nobs > LARGE:
        return
    low = fit.df[fit.df < LEAST_DF]
    if len(low):
        words = ", ".join(f"{name} ({value:.2g})" for name, value in low.items())
        yield NamedWarning(
            "few degrees of freedom",
            f"no p-value below {LEAST_DF} degrees of freedom: {words}",
        )


def containment_instead(fit: ReportedFit) -> Iterator[NamedWarning]:
    """Say that Satterthwaite's degrees of freedom do not exist for this fit."""
    if fit.nobs <= LARGE and fit.inference.reference != fit.test:
        yield NamedWarning(
            "containment instead of Satterthwaite",
            "the observed information of the variance components is not positive definite, so "
            "degrees of freedom are by containment",
        )


def many_moderators(fit: ReportedFit) -> Iterator[NamedWarning]:
    """Allow one moderator column for ten units at its own level."""
    X, names = fit.frame.X, fit.frame.names
    terms = sorted(fit.frame.terms, key=lambda t: t.n_levels)
    own: dict[str, tuple[int, int]] = {}
    for j, name in enumerate(names):
        if name == "Intercept":
            continue
        home = next((t for t in terms if t.holds(X[:, j])), None)
        key, units = (home.name, home.n_levels) if home is not None else ("rows", fit.nobs)
        own[key] = (own.get(key, (0, 0))[0] + 1, units)
    for key, (columns, units) in own.items():
        if columns * UNITS_PER_COLUMN > units:
            yield NamedWarning(
                "many moderators",
                f"{columns} moderator columns at the level of {key!r} rest on {units} units; at "
                f"most one for {UNITS_PER_COLUMN} holds",
            )


RULES: tuple[Callable[[ReportedFit], Iterator[NamedWarning]], ...] = (
    not_converged,
    merged_components,
    unreported_spread,
    separate_record_variances,
    few_levels,
    not_distinguishable,
    not_told_apart,
    normal_reference,
    containment_instead,
    few_degrees_of_freedom,
    many_moderators,
)


def warnings_of(fit: ReportedFit) -> tuple[NamedWarning, ...]:
    """Collect every warning that applies to a fit."""
    return tuple(warning for rule in RULES for warning in rule(fit))
