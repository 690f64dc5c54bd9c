"""What stands on each side of a comparison of rows, and what is missing there."""

from __future__ import annotations

import math
from collections.abc import Mapping

from metastudy.tables.claim_terms import Printed
from metastudy.tables.claims import Claim

from .estimates import Estimate
from .rows import Rows
from .verdict import REVERSED, Interval, Outcome, Verdict

WORKS_NEEDED = 2
VALUES_NEEDED = 2
DF_NEEDED = 4.0
MOST_TIMES = 100.0
Sides = Mapping[str, Rows]


def held(claim: Claim, sides: Sides, found: Estimate | None, sign: str, what: str) -> Outcome:
    """Hold an estimate against zero or a margin, where its degrees of freedom allow it."""
    if found is None:
        return untold(sides, "rows that carry a fit")
    values = {what: found.value}
    more = "values" if all(rows.one_work for rows in sides.values()) else "works"
    if found.df < DF_NEEDED:
        missing = f"more {more}: {DF_NEEDED:.0f} degrees of freedom are needed"
        return untold(sides, missing, values, found.df)
    lower, upper = found.interval.ends
    values |= {f"{what}, lower": lower, f"{what}, upper": upper}
    region = _region(claim, sign)
    verdict = found.interval.verdict(region, open_ends=sign in ("<", ">"))
    verdict = REVERSED[verdict] if sign == "!=" else verdict
    if verdict is Verdict.CANNOT_BE_TOLD:
        return untold(sides, narrower(found, region, more), values, found.df)
    return Outcome(verdict, values, found.df, _counts(sides), "", records_of(sides))


def narrower(found: Estimate, region: Interval, more: str) -> str:
    """Say how many times as many works or values leave the interval on one side of every edge.

    The width falls as the root of their number; the estimate is taken to stay where it is.
    """
    edges = [edge for edge in region.ends if math.isfinite(edge)]
    if not region.lower <= found.value <= region.upper:
        edges = [min(edges, key=lambda edge: abs(found.value - edge))]
    shares = [_reach(found, edge) for edge in edges]
    times = max(shares) ** 2
    if times > MOST_TIMES:
        return f"a narrower interval: more than {MOST_TIMES:.0f} times as many {more}"
    return f"a narrower interval: about {math.ceil(times)} times as many {more}"


def _reach(found: Estimate, edge: float) -> float:
    """Return the half of the interval towards an edge over the distance of the edge."""
    end = found.interval.lower if edge < found.value else found.interval.upper
    distance = abs(found.value - edge)
    return abs(end - found.value) / distance if distance else math.inf


def untold(
    sides: Sides, missing: str, values: Mapping[str, float] | None = None, df: float | None = None
) -> Outcome:
    """Say what there is on each side, and what is missing."""
    records = records_of(sides)
    return Outcome(Verdict.CANNOT_BE_TOLD, values or {}, df, _counts(sides), missing, records)


def lacking(sides: Sides, values: int = 1) -> str:
    """Say how many works and values are missing on each side; nothing where enough are there."""
    parts = []
    for name, rows in sides.items():
        works = (1 if rows.one_work else WORKS_NEEDED) - rows.works
        fewer = values - int(rows.exact.sum())
        if works > 0:
            parts.append(f"{some(works, 'more work')} for {name}")
        elif fewer > 0:
            parts.append(f"{some(fewer, 'more value')} for {name}")
    return ", ".join(parts)


def some(number: int, what: str) -> str:
    """Return a number with its noun, in the plural but for one."""
    return f"{number} {what}{'s' * (number != 1)}"


def records_of(sides: Sides) -> tuple[str, ...]:
    """Return the records of all sides, each once."""
    return tuple(dict.fromkeys(name for rows in sides.values() for name in rows.records))


def on_scale(number: Printed, rows: Rows) -> float:
    """Return a number as y has it: logarithmic but for energies."""
    return number.value if rows.unit == "eV" else math.log10(number.value)


def _counts(sides: Sides) -> str:
    units = {rows.unit for rows in sides.values()}
    return "; ".join([*(_count(*side) for side in sides.items()), f"in {'/'.join(sorted(units))}"])


def _count(name: str, rows: Rows) -> str:
    values = int(rows.exact.sum())
    parts = [some(rows.works, "work"), some(values, "value")]
    if bounds := len(rows.frame) - values:
        parts.append(some(bounds, "bound"))
    circular = f" ({rows.circular} more read in the claiming work)" if rows.circular else ""
    return f"{name}: {', '.join(parts)}{circular}"


def _region(claim: Claim, sign: str) -> Interval:
    if sign in ("=", "!="):
        margin = claim.margin.value if claim.margin else 0.0
        if claim.margin and claim.margin.unit == "percent":
            margin = math.log10(1.0 + margin)
        return Interval(-margin, margin)
    return Interval(-math.inf, 0.0) if sign.startswith("<") else Interval(0.0, math.inf)
