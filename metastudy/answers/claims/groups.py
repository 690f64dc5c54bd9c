"""Rows of several works compared: differences, means, slopes by mixed-effects models.

A difference needs two works a side, a mean or slope two works, and an interval four degrees of
freedom; a selection of one named work needs that work alone.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from metastudy import mixed
from metastudy.tables.claim_terms import OBSERVED, Comparison, Printed, RowsTerm
from metastudy.tables.claims import Claim
from metastudy.tables.loading import Dataset

from .rows import Rows
from .verdict import REVERSED, Interval, Outcome, Verdict

WORKS_NEEDED = 2
DF_NEEDED = 4.0
VALUES_NEEDED = 2
# The span that holds 95 % of a normal distribution, in standard deviations.
SPAN = 2.0 * 1.96
Selected = Callable[[RowsTerm], Rows]


@dataclass(frozen=True)
class Estimate:
    """A fitted number with its 95 % interval and degrees of freedom."""

    value: float
    interval: Interval
    df: float


def compare(claim: Claim, comparison: Comparison, select: Selected, data: Dataset) -> Outcome:
    """Compare rows with rows, or rows with a number."""
    left, sign, right = comparison.left, comparison.sign, comparison.right
    if not _is_of_rows(left, claim):  # a number stands first: turn the comparison round
        turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
        left, sign, right = right, turned[sign], left
    rows = select(_term(left, claim))
    if _is_of_rows(right, claim):
        others = select(_term(right, claim))
        return _difference(claim, (_name(left), rows), (_name(right), others), sign, data)
    number = _number(right, claim)
    kind = left.func.id if isinstance(left, ast.Call) and isinstance(left.func, ast.Name) else ""
    if kind == "every":
        return _every(rows, _name(left), sign, number)
    if kind == "minimum":
        return _minimum(rows, left, sign, number)
    if kind == "span":
        return _span(claim, rows, left, sign, number)
    if kind == "slope":
        return _slope(claim, rows, left, sign, number, data)
    return _mean(claim, rows, _name(left), sign, number, data)


def _is_of_rows(node: ast.expr, claim: Claim) -> bool:
    return any(
        isinstance(claim.terms.get(part.id), RowsTerm)
        for part in ast.walk(node)
        if isinstance(part, ast.Name)
    )


def _term(node: ast.expr, claim: Claim) -> RowsTerm:
    term = claim.terms[_name(node)]
    if not isinstance(term, RowsTerm):
        raise TypeError("the reader admits rows alone here")
    return term


def _name(node: ast.expr) -> str:
    first = node.args[0] if isinstance(node, ast.Call) else node
    return ast.unparse(first)


def _number(node: ast.expr, claim: Claim) -> Printed:
    if isinstance(node, ast.Name):
        term = claim.terms[node.id]
        if isinstance(term, Printed):
            return term
    value = float(ast.literal_eval(node))
    return Printed(f"{value:g}", value, 0.0, "1", 1.0, 0.0)


def _margin(claim: Claim) -> float:
    """Return the margin in the unit of y: dex of a relative one."""
    if claim.margin is None:
        return 0.0
    relative = claim.margin.unit == "percent"
    return math.log10(1.0 + claim.margin.value) if relative else claim.margin.value


def _region(claim: Claim, sign: str) -> Interval:
    if sign in ("=", "!="):
        return Interval(-_margin(claim), _margin(claim))
    return Interval(-math.inf, 0.0) if sign.startswith("<") else Interval(0.0, math.inf)


def counted(name: str, rows: Rows) -> str:
    """Say how much there is of one side."""
    values, works = int(rows.exact.sum()), rows.works
    bounds = len(rows.frame) - values
    said = f"{name}: {works} work{'s' * (works != 1)}, {values} value{'s' * (values != 1)}"
    said += f", {bounds} bound{'s' * (bounds != 1)}" if bounds else ""
    if rows.circular:
        said += f" ({rows.circular} more known only from the claiming work)"
    return said


def _lacking(sides: Mapping[str, Rows], works: int, values: int = 1) -> str:
    """Say how many works and values are missing on each side."""
    parts = []
    for name, rows in sides.items():
        short = (1 if rows.one_work else works) - rows.works
        if short > 0:
            parts.append(f"{short} more work{'s' * (short > 1)} for {name}")
        elif (fewer := values - int(rows.exact.sum())) > 0:
            parts.append(f"{fewer} more value{'s' * (fewer > 1)} for {name}")
    return ", ".join(parts)


def _untold(sides: Mapping[str, Rows], missing: str, values: Mapping[str, float] = {}) -> Outcome:  # noqa: B006
    note = "; ".join(counted(name, rows) for name, rows in sides.items())
    return Outcome(Verdict.CANNOT_BE_TOLD, values, None, note, missing, _records(sides))


def _records(sides: Mapping[str, Rows]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for rows in sides.values() for name in rows.records))


def _judged(
    claim: Claim, sides: Mapping[str, Rows], found: Estimate, sign: str, what: str, unit: str
) -> Outcome:
    """Hold an estimate against the region of its sign, where its degrees of freedom allow it."""
    note = "; ".join(counted(name, rows) for name, rows in sides.items()) + f"; in {unit}"
    values = {what: found.value}
    if found.df < DF_NEEDED:
        what_more = "values" if all(rows.one_work for rows in sides.values()) else "works"
        missing = f"more {what_more}: {DF_NEEDED:.0f} degrees of freedom are needed"
        records = _records(sides)
        return Outcome(Verdict.CANNOT_BE_TOLD, values, found.df, note, missing, records)
    values |= {f"{what}, {end}": v for end, v in zip(("lower", "upper"), found.interval.ends, strict=True)}
    verdict = found.interval.verdict(_region(claim, sign), open_ends=sign in ("<", ">"))
    verdict = REVERSED[verdict] if sign == "!=" else verdict
    missing = "a narrower interval" if verdict is Verdict.CANNOT_BE_TOLD else ""
    return Outcome(verdict, values, found.df, note, missing, _records(sides))


def _difference(
    claim: Claim, first: tuple[str, Rows], second: tuple[str, Rows], sign: str, data: Dataset
) -> Outcome:
    """Compare two selections by first less second.

    A printed number that is on both sides says nothing of their difference and is left out.
    """
    pair = {
        first[0]: first[1].apart_from(second[1]),
        second[0]: second[1].apart_from(first[1]),
    }
    missing = _lacking(pair, WORKS_NEEDED, VALUES_NEEDED)
    if missing:
        return _untold(pair, missing)
    a, b = pair.values()
    frame = pd.concat([a.frame.assign(marked=1.0), b.frame.assign(marked=0.0)], ignore_index=True)
    found = _fitted(frame, "marked", a.quantity, data)
    if found is None:
        return _untold(pair, "rows that carry a fit")
    outcome = _judged(claim, pair, found, sign, f"{first[0]} less {second[0]}", a.unit)
    exact = frame[frame["y"].notna()]
    alone = _fitted(exact, "marked", a.quantity, data) if len(exact) < len(frame) else None
    if alone is None:
        return outcome
    values = {**outcome.values, "without bounds": alone.value}
    bare = _judged(claim, pair, alone, sign, "", a.unit).verdict
    note = outcome.note
    if bare is not outcome.verdict:
        note += f"; it rests on bounds: without them it {bare}"
    return replace(outcome, values=values, note=note)


def _fitted(frame: pd.DataFrame, x: str, quantity: str, data: Dataset) -> Estimate | None:
    """Fit y on one column (or on nothing, where ``x`` is 1) with works as random effects.

    Resistances have the known covariance V, bounds in the likelihood and Satterthwaite's degrees of
    freedom, because works share the unknowns of V; other quantities have known variances and
    cluster-robust intervals (CR2), because most of their errors are assumed ones.
    """
    name = "Intercept" if x == "1" else x
    try:
        if quantity == OBSERVED:
            return _of_resistances(frame, x, name, data)
        rows = frame[frame["y"].notna()].assign(v=lambda f: f["sd"].astype(float) ** 2)
        rows = rows[["y", "v", "study_id", *([] if x == "1" else [x])]].reset_index(drop=True)
        if rows["study_id"].nunique() == 1:
            return _one_work(rows, x, name)
        fit = mixed.fit(f"y ~ {x} + (1 | study_id)", rows, v="v")
        robust = fit.robust("study_id")
        low, high = (float(end) for end in robust.conf_int().loc[name].to_numpy(float))
        return Estimate(float(fit.params[name]), Interval(low, high), float(robust.df[name]))
    except mixed.MixedError:
        return None


def _of_resistances(frame: pd.DataFrame, x: str, name: str, data: Dataset) -> Estimate:
    bounded = bool(frame["y"].isna().any())
    rows = frame.assign(
        y=frame["y"].fillna(0.0).astype(float),  # a bound has no y, and none is read
        lo=frame["lo"].astype(float),
        hi=frame["hi"].astype(float),
    )
    columns = ["y", "lo", "hi", "study_id", "observation_id", *([] if x == "1" else [x])]
    fit = mixed.fit(
        f"y ~ {x} + (1 | study_id/observation_id)",
        rows[columns].reset_index(drop=True),
        V=data.V_of(frame["observation_id"]),
        lower="lo" if bounded else None,
        upper="hi" if bounded else None,
    )
    low, high = (float(end) for end in fit.conf_int().loc[name].to_numpy(float))
    return Estimate(float(fit.params[name]), Interval(low, high), float(fit.df[name]))


def _one_work(rows: pd.DataFrame, x: str, name: str) -> Estimate:
    """Fit one work by ordinary least squares, with Student's interval of its own scatter."""
    design = np.ones((len(rows), 1))
    if x != "1":
        design = np.column_stack([design, rows[x].astype(float)])
    freedom = len(rows) - design.shape[1]
    if freedom < 1:
        raise mixed.MixedError(f"{len(rows)} values give no slope with an error")
    params, *_ = np.linalg.lstsq(design, rows["y"].to_numpy(float), rcond=None)
    resid = rows["y"].to_numpy(float) - design @ params
    covariance = np.linalg.pinv(design.T @ design) * (resid @ resid / freedom)
    place = 0 if name == "Intercept" else 1
    half = float(stats.t.ppf(0.975, freedom) * np.sqrt(covariance[place, place]))
    value = float(params[place])
    return Estimate(value, Interval(value - half, value + half), float(freedom))


def _mean(
    claim: Claim, rows: Rows, name: str, sign: str, number: Printed, data: Dataset
) -> Outcome:
    """Compare the mean of the works with a number."""
    sides = {name: rows}
    missing = _lacking(sides, WORKS_NEEDED, VALUES_NEEDED)
    if missing:
        return _untold(sides, missing)
    found = _fitted(rows.frame, "1", rows.quantity, data)
    if found is None:
        return _untold(sides, "rows that carry a fit")
    goal = _on_scale(number, rows)
    shifted = Interval(found.interval.lower - goal, found.interval.upper - goal)
    moved = Estimate(found.value - goal, shifted, found.df)
    outcome = _judged(claim, sides, moved, sign, f"mean of {name} less {number.text}", rows.unit)
    return replace(outcome, values={f"mean of {name}": found.value, **outcome.values})


def _on_scale(number: Printed, rows: Rows) -> float:
    return number.value if rows.unit == "eV" else math.log10(number.value)


def _every(rows: Rows, name: str, sign: str, number: Printed) -> Outcome:
    """Hold every row against a number, within twice its error; bounds count where they can."""
    goal, frame = _on_scale(number, rows), rows.frame
    region = Interval(goal, math.inf) if sign.startswith(">") else Interval(-math.inf, goal)
    half = 1.96 * frame["sd"].fillna(0.0).astype(float)
    lower = (frame["y"] - half).fillna(frame["lo"]).fillna(-math.inf).astype(float)
    upper = (frame["y"] + half).fillna(frame["hi"]).fillna(math.inf).astype(float)
    found = [Interval(*ends).verdict(region) for ends in zip(lower, upper, strict=True)]
    inside = frame.loc[[v is Verdict.HOLDS for v in found]]
    outside = found.count(Verdict.DOES_NOT_HOLD)
    values = {
        f"{name}, inside": float(len(inside)),
        "outside": float(outside),
        "undecided": float(found.count(Verdict.CANNOT_BE_TOLD)),
    }
    sides = {name: rows}
    note, records = counted(name, rows), _records(sides)
    if outside:
        return Outcome(Verdict.DOES_NOT_HOLD, values, None, note, "", records)
    short = (1 if rows.one_work else WORKS_NEEDED) - inside["study_id"].nunique()
    if short > 0:
        missing = f"{short} more work{'s' * (short > 1)} with a value of {name} that decides"
        return Outcome(Verdict.CANNOT_BE_TOLD, values, None, note, missing, records)
    return Outcome(Verdict.HOLDS, values, None, note, "", records)


def _slope(
    claim: Claim, rows: Rows, node: ast.expr, sign: str, number: Printed, data: Dataset
) -> Outcome:
    """Compare the slope of y on a column with a number; log10 of a content, as it is a power."""
    name, column = _name(node), ast.unparse(node.args[1]) if isinstance(node, ast.Call) else ""
    x = pd.to_numeric(rows.frame.get(column), errors="coerce")
    x = pd.Series(np.nan, index=rows.frame.index) if x is None else x
    usable = rows.frame.assign(x=x)[x.notna() & rows.exact]
    if column.startswith(("salt_", "residual_")):  # a power law; nothing has no logarithm
        usable = usable[usable["x"] > 0].assign(x=lambda f: np.log10(f["x"].astype(float)))
    kept = replace(rows, frame=usable.reset_index(drop=True))
    sides = {f"{name} with {column}": kept}
    short = 3 - (usable["x"].nunique() if len(usable) else 0)
    missing = _lacking(sides, WORKS_NEEDED)
    if short > 0:
        missing = ", ".join(filter(None, [missing, f"{short} more values of {column}"]))
    if missing:
        return _untold(sides, missing)
    found = _fitted(kept.frame, "x", kept.quantity, data)
    if found is None:
        return _untold(sides, "rows that carry a fit")
    shifted = Interval(found.interval.lower - number.value, found.interval.upper - number.value)
    moved = Estimate(found.value - number.value, shifted, found.df)
    outcome = _judged(claim, sides, moved, sign, f"slope on {column} less {number.text}", kept.unit)
    return replace(outcome, values={f"slope on {column}": found.value, **outcome.values})


def _span(claim: Claim, rows: Rows, node: ast.expr, sign: str, number: Printed) -> Outcome:
    """Compare the 95 % span of works within equal words of a column with a number of decades.

    Works are the units: one mean a work and word. The span is 3.92 standard deviations between
    works, its interval that of a pooled variance (chi-square).
    """
    name, column = _name(node), ast.unparse(node.args[1]) if isinstance(node, ast.Call) else ""
    means = rows.frame[rows.exact].groupby([column, "study_id"])["y"].mean()
    groups = means.groupby(level=0)
    freedom = int((groups.count() - 1).sum())
    sides = {name: rows}
    if freedom < 1:
        return _untold(sides, f"two works with the same {column}")
    squares = float(((means - groups.transform("mean")) ** 2).sum())
    tails = stats.chi2.ppf([0.975, 0.025], freedom)
    lower, upper = (SPAN * math.sqrt(squares / tail) for tail in tails)
    goal = number.value
    value = SPAN * math.sqrt(squares / freedom)
    found = Estimate(value - goal, Interval(lower - goal, upper - goal), float(freedom))
    outcome = _judged(claim, sides, found, sign, f"span less {number.text}", rows.unit)
    return replace(outcome, values={"span (decades)": value, **outcome.values})


def _minimum(rows: Rows, node: ast.expr, sign: str, number: Printed) -> Outcome:
    """Hold the place of the smallest value of each work against a printed place or limit.

    A work counts with three values of the column; its smallest must stand between two larger ones.
    """
    name, column = _name(node), ast.unparse(node.args[1]) if isinstance(node, ast.Call) else ""
    below, above = number.value - number.half_width, number.value + number.half_width
    place = Interval(
        -math.inf if sign.startswith("<") else below, math.inf if sign.startswith(">") else above
    )
    values, found = {}, []
    frame = rows.frame
    x = pd.to_numeric(frame.get(column), errors="coerce")
    usable = frame.assign(x=x)[rows.exact & x.notna()] if x is not None else frame.head(0)
    for work, own in usable.groupby("study_id") if len(usable) else ():
        line = own.groupby("x")["y"].mean().sort_index()
        if len(line) < 3:
            continue
        at = int(np.argmin(line.to_numpy()))
        inner = 0 < at < len(line) - 1
        values[str(work)] = float(line.index[at])
        near = Interval(line.index[max(at - 1, 0)], line.index[min(at + 1, len(line) - 1)])
        found.append(inner and near.overlaps(place))
    sides = {name: rows}
    needed = 1 if rows.one_work else WORKS_NEEDED
    if len(found) < needed and all(found):
        missing = f"{needed - len(found)} more works with three values of {column}"
        return _untold(sides, missing, values)
    verdict = Verdict.HOLDS if all(found) else Verdict.DOES_NOT_HOLD
    note, records = counted(name, rows), _records(sides)
    return Outcome(verdict, values, None, note, "", records)
