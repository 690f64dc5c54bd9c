"""Named warnings that the rows and the formula alone give, whatever was fitted to them.

Each rule yields warnings with the numbers in their text.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..inference.shared_effects import shared_effects
from ..model.frame import Frame
from ..model.identifiability import JOINT, not_told_apart
from ..named_warning import NamedWarning

FEW_LEVELS = 5
"""A factor with fewer levels gives no headline variance."""
SOME_LEVELS = 10
"""A factor with fewer levels gives an interval and no point."""
REPLICATED_GROUPS = 10
"""Replicated groups that a record variance of its own needs."""
BEYOND = 0.01
"""P-value below which differences of rows are more than their sampling errors allow."""
NAMED = 5
"""Rows that a warning names."""
FAR_FROM_ZERO = 1e5
"""Condition of a term's columns above which variances and correlations of its effects lose digits.
"""
UNITS_PER_COLUMN = 10
"""Units at its own level that a moderator column needs."""


def row_warnings(frame: Frame, merged: tuple[tuple[str, ...], ...]) -> Iterator[NamedWarning]:
    """Yield every warning of the rows; ``merged`` are the names of merged components."""
    yield from merged_components(merged)
    for rule in (
        unreported_spread,
        overlapping_terms,
        collinear_effects,
        separate_record_variances,
        few_levels,
        many_moderators,
        beyond_sampling_error,
    ):
        yield from rule(frame)


def merged_components(merged: tuple[tuple[str, ...], ...]) -> Iterator[NamedWarning]:
    """Name the components of which the rows give only the sum."""
    for names in merged:
        yield NamedWarning(
            "merged components",
            f"{', '.join(map(repr, names))} have the same levels in these rows: only their sum is "
            f"estimated, as {JOINT.join(names)!r}",
        )


def unreported_spread(frame: Frame) -> Iterator[NamedWarning]:
    """Count the rows without a sampling variance, which have the record-level component alone."""
    rows = int(frame.V.unreported.sum())
    if rows:
        yield NamedWarning(
            "unreported spread",
            f"{rows} of {frame.nobs} rows report no sampling variance; they stay in with the "
            "common record-level variance alone",
        )


def overlapping_terms(frame: Frame) -> Iterator[NamedWarning]:
    """Name structures of which another term makes a part, so that their split means nothing."""
    names = not_told_apart(frame)
    if names:
        yield NamedWarning(
            "terms not told apart",
            f"random terms {' and '.join(map(repr, names))} cannot be told apart in these rows: a "
            "variance moves from one to the other and the likelihood stays the same; leave one of "
            "them out",
        )


def collinear_effects(frame: Frame) -> Iterator[NamedWarning]:
    """Name the terms with correlated effects whose columns are almost collinear."""
    for term in frame.terms:
        if term.structure.name != "un" or term.structure.size < 2:
            continue
        used = term.design[:, term.design.any(axis=0)]
        condition = float(np.linalg.cond(used / np.linalg.norm(used, axis=0)))
        if condition > FAR_FROM_ZERO:
            yield NamedWarning(
                "collinear effects",
                f"the columns of {term.name!r} are almost collinear (condition {condition:.0e}): "
                "standard deviations and correlations of its effects lose digits, and so does what "
                "is computed from them; the log-likelihood and the coefficients do not. Centre "
                "the covariate",
            )


def separate_record_variances(frame: Frame) -> Iterator[NamedWarning]:
    """Require ten replicated groups for each record variance of its own."""
    record = next((t for t in frame.terms if t.is_record_level), None)
    if record is None or record.structure.size < 2:
        return
    coarser = [t for t in frame.terms if not t.is_record_level]
    if not coarser:
        return
    groups = max(coarser, key=lambda t: t.n_levels)
    for k, effect in enumerate(record.effects):
        rows = record.design[:, k] != 0
        replicated = int((np.bincount(groups.codes[rows]) >= 2).sum())
        if replicated < REPLICATED_GROUPS:
            yield NamedWarning(
                "record variance not identified",
                f"the record variance {record.name}[{effect}] is estimated from {replicated} "
                f"levels of {groups.name!r} with two rows or more; it needs {REPLICATED_GROUPS}: "
                "use one record variance for all rows",
            )


def few_levels(frame: Frame) -> Iterator[NamedWarning]:
    """Name the factors whose levels are too few for a headline variance, or for its estimate."""
    for term in frame.terms:
        if term.n_groups < FEW_LEVELS:
            yield NamedWarning(
                "few levels",
                f"{term.name!r} has {term.n_groups} levels; fewer than {FEW_LEVELS} carry no "
                "headline variance",
            )
        elif term.n_groups < SOME_LEVELS:
            yield NamedWarning(
                "interval only",
                f"{term.name!r} has {term.n_groups} levels; below {SOME_LEVELS} state the interval "
                "of its variance, not the estimate",
            )


def many_moderators(frame: Frame) -> Iterator[NamedWarning]:
    """Allow one moderator column for ten units at its own level."""
    terms = sorted(frame.terms, key=lambda t: t.n_levels)
    own: dict[str, tuple[int, int]] = {}
    for j, name in enumerate(frame.names):
        if name == "Intercept":
            continue
        home = next((t for t in terms if t.holds(frame.X[:, j])), None)
        key, units = (home.name, home.n_levels) if home is not None else ("rows", frame.nobs)
        own[key] = (own.get(key, (0, 0))[0] + 1, units)
    for key, (columns, units) in own.items():
        if columns * UNITS_PER_COLUMN > units:
            yield NamedWarning(
                "many moderators",
                f"{columns} moderator columns at the level of {key!r} have {units} units; at "
                f"most one for {UNITS_PER_COLUMN} holds",
            )


def beyond_sampling_error(frame: Frame) -> Iterator[NamedWarning]:
    """Name rows that share every random effect and still differ by more than V allows."""
    test = shared_effects(frame)
    if test is not None and test.pvalue < BEYOND:
        labels = ", ".join(frame.labels[i] for i in test.worst[:NAMED])
        more = f" and {test.worst.size - NAMED} more" if test.worst.size > NAMED else ""
        yield NamedWarning(
            "differences beyond V",
            f"{test.rows.size} rows share every random effect with another row and differ by more "
            f"than their sampling errors allow (chi-square {test.statistic:.4g}, {test.df} df, p = "
            f"{test.pvalue:.2g}), most of all rows {labels}{more}: add a term for what differs "
            "between them, or residual=True",
        )
