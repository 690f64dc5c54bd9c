"""What comes of a claim: its verdict, the numbers behind it, and what is missing.

Every comparison gives an interval and a region. Inside the region the claim holds, outside it does
not, and an interval that reaches over the edge cannot tell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

# An edge is met to this share of the numbers that are compared.
ROUNDING = 1e-9


class Verdict(StrEnum):
    """What came of a claim."""

    REPRODUCED = "reproduced"
    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    CANNOT_BE_TOLD = "cannot be told"
    NOT_TESTED = "not tested"


# Of two things that are said to differ by more than a margin.
REVERSED: Mapping[Verdict, Verdict] = {
    Verdict.HOLDS: Verdict.DOES_NOT_HOLD,
    Verdict.DOES_NOT_HOLD: Verdict.HOLDS,
    Verdict.CANNOT_BE_TOLD: Verdict.CANNOT_BE_TOLD,
}


@dataclass(frozen=True)
class Outcome:
    """The answer of one comparison, or of all of a claim.

    Attributes
    ----------
    verdict
        What came of it.
    values
        The computed numbers by name.
    df
        Degrees of freedom behind them, where an interval was computed.
    note
        What limits the verdict.
    missing
        What would be needed where it cannot be told.
    records
        The records of the dataset that were looked at.
    """

    verdict: Verdict
    values: Mapping[str, float] = field(default_factory=dict)
    df: float | None = None
    note: str = ""
    missing: str = ""
    records: tuple[str, ...] = ()


@dataclass(frozen=True)
class Interval:
    """From ``lower`` to ``upper``; either may be infinite."""

    lower: float
    upper: float

    def verdict(self, region: Interval, *, open_ends: bool = False) -> Verdict:
        """Hold the interval against a region, whose ends belong to it unless they are open."""
        finite = [abs(end) for end in (*self.ends, *region.ends) if math.isfinite(end)]
        slack = ROUNDING * max(finite, default=0.0)
        over = slack if open_ends else -slack
        if self.upper < region.lower + over or self.lower > region.upper - over:
            return Verdict.DOES_NOT_HOLD
        if region.lower - slack <= self.lower and self.upper <= region.upper + slack:
            return Verdict.HOLDS
        return Verdict.CANNOT_BE_TOLD

    def overlaps(self, other: Interval) -> bool:
        """Say whether two intervals share a number."""
        return self.verdict(other) is not Verdict.DOES_NOT_HOLD

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends."""
        return self.lower, self.upper


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """Join comparisons that must all hold: one that does not decides, then one that cannot tell."""
    found = [outcome.verdict for outcome in outcomes]
    order = (Verdict.DOES_NOT_HOLD, Verdict.CANNOT_BE_TOLD, Verdict.HOLDS)
    verdict = next((v for v in order if v in found), Verdict.REPRODUCED)
    freedom = [outcome.df for outcome in outcomes if outcome.df is not None]
    return Outcome(
        verdict,
        {name: value for outcome in outcomes for name, value in outcome.values.items()},
        min(freedom, default=None),
        _together(o.note for o in outcomes if o.verdict in (verdict, Verdict.HOLDS)),
        _together(o.missing for o in outcomes) if verdict is Verdict.CANNOT_BE_TOLD else "",
        tuple(dict.fromkeys(name for outcome in outcomes for name in outcome.records)),
    )


def _together(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
