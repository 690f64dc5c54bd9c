"""Named warnings: what small samples do not let a reader conclude, said beside the number."""

from __future__ import annotations

from dataclasses import dataclass

FEW_LEVELS = 5
"""A factor with fewer levels gives no headline variance."""


@dataclass(frozen=True)
class NamedWarning:
    """A rule of honesty that applies to a fit: its name and a sentence with the numbers."""

    name: str
    text: str


def merged_components(names: tuple[str, ...]) -> NamedWarning:
    """Warn of components that the rows cannot tell apart."""
    joined = ", ".join(repr(name) for name in names)
    return NamedWarning(
        "merged components",
        f"{joined} have the same levels in these rows: only their sum is estimated, "
        f"as {' + '.join(names)!r}",
    )


def few_levels(name: str, levels: int) -> NamedWarning:
    """Warn of a grouping with fewer than five levels."""
    return NamedWarning(
        "few levels",
        f"{name!r} has {levels} levels; fewer than {FEW_LEVELS} carry no headline variance",
    )


def not_distinguishable(name: str, upper: float, level: float) -> NamedWarning:
    """Warn of a component whose profile interval reaches zero."""
    return NamedWarning(
        "not distinguishable from zero",
        f"variance of {name!r} is not distinguishable from zero, at most {upper:.4g} "
        f"(sd {upper**0.5:.3g}; {100 * level:g} % profile)",
    )


def unreported_spread(rows: int, total: int) -> NamedWarning:
    """Warn of rows that report no sampling variance."""
    return NamedWarning(
        "unreported spread",
        f"{rows} of {total} rows report no sampling variance; they stay in with the common "
        "record-level variance alone",
    )


def not_converged(outcome: str, decrement: float) -> NamedWarning:
    """Warn of a search that ended before the score was zero."""
    return NamedWarning(
        "not converged",
        f"the search ended {outcome!r}; the log-likelihood could still rise by {decrement:.2g}",
    )
