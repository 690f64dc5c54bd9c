"""What else differs between observations: counts, differences within works, regressions.

A moderator is a column of ``observations``. Each is counted against class and work. Two
observations of one work that are alike in all else give a difference. A regression needs ten works
a column with an exact value, and each level in three works; below that the missing works are
counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metastudy import mixed
from metastudy.answers.coverage import CLASSES, UNSAID
from metastudy.answers.preparation import REPEATABILITY

WORKS_A_COLUMN = 10
WORKS_A_LEVEL = 3
PERMUTATIONS = 199


@dataclass(frozen=True)
class Moderator:
    """One moderator.

    Attributes
    ----------
    name
        What it is, in words.
    column
        Its column of ``observations``.
    unit
        Unit of a number; None for a word.
    classes
        Classes of contact that have it.
    with_it
        Columns that may differ between two observations that differ in it.
    """

    name: str
    column: str
    unit: str | None = None
    classes: tuple[str, ...] = CLASSES
    with_it: tuple[str, ...] = ()


LIQUID, POLYMER = ("LE/SE",), ("PE/SE",)
DONOR_NUMBERS = ("donor_number_mean", "donor_number_strongest")
TREATED = ("treatments",)  # the treatment is what made the film or surface another one
MODERATORS = (
    Moderator("solvents of the liquid", "partner", None, LIQUID, DONOR_NUMBERS),
    Moderator("donor number, mean", "donor_number_mean", "kcal/mol", LIQUID, ("partner",)),
    Moderator(
        "donor number, strongest", "donor_number_strongest", "kcal/mol", LIQUID, ("partner",)
    ),
    Moderator("salt", "salt", None, (*LIQUID, *POLYMER)),
    Moderator("electrodes", "electrodes"),
    Moderator("evaluation", "evaluation"),
    Moderator("film process", "film_process", None, POLYMER, TREATED),
    Moderator(
        "residual solvent", "residual_solvent", None, POLYMER, (*TREATED, "residual_content")
    ),
    Moderator("residual content", "residual_content", "1", POLYMER, (*TREATED, "residual_solvent")),
    Moderator("surface state", "surface_state", None, CLASSES, TREATED),
    Moderator("joining method", "joining_method", None, ("PE/SE", "SE/SE"), TREATED),
    Moderator("age", "age_h", "h", CLASSES, ("state_kind",)),
)
# Two observations of one work are alike where they agree in these and in every other moderator.
ALIKE = (
    *("study_id", "interface_class", "ion", "solid_electrolyte", "partner", "salt_content"),
    *("treatments", "state_kind", "reference_c", "component"),
)
ENERGY_OF_SAMPLE = ("line", "own", "two temperatures")


@dataclass(frozen=True)
class Moderators:
    """The answer on moderators.

    Attributes
    ----------
    counts
        One row a moderator, class and level: observations, exact (of these), works. Level
        ``not stated`` counts what is unknown.
    differences
        One row a pair of observations of one work that differ in one moderator only, where a limit
        of the difference is known: study_id,
        moderator, interface_class, low, high (levels), lo, hi (limits of log10 R of high over low,
        dex; missing where open), sd (dex, of known errors and of the repeatability of both
        arms; missing for a bound), and both ids.
    regressions
        One row a response, moderator and class, or a coefficient of a fit: works, least (works of
        the rarer level), fitted, missing; coefficient (dex or eV, by unit or against the first
        level) with 95 % limits, df and p by CR2, or by Satterthwaite where V joins works;
        explained, null_95.
    """

    counts: pd.DataFrame
    differences: pd.DataFrame
    regressions: pd.DataFrame


def moderators(
    observations: pd.DataFrame, V: NDArray[np.float64], *, rng: np.random.Generator
) -> Moderators:
    """Answer from observations.

    Parameters
    ----------
    observations
        The built table.
    V
        Its known covariance (dex squared), in the same order.
    rng
        Source of the permutations.
    """
    return Moderators(
        counts(observations),
        differences(observations, V),
        regressions(observations, V, rng=rng),
    )


def levels(rows: pd.DataFrame, moderator: Moderator) -> pd.Series[Any]:
    """Return the stated values of a moderator, missing where it is not stated."""
    values = rows[moderator.column]
    if moderator.unit is not None:
        return pd.to_numeric(values)
    return values.where(~values.isin(UNSAID))


def counts(observations: pd.DataFrame) -> pd.DataFrame:
    """Count each level of each moderator by class."""
    found = []
    for moderator in MODERATORS:
        texts = [_text(value) for value in levels(observations, moderator)]
        rows = observations.assign(level=texts, exact=observations["censoring"] == "exact")
        rows = rows[rows["interface_class"].isin(moderator.classes)]
        for (name, level), own in rows.groupby(["interface_class", "level"], sort=True):
            found.append(
                {
                    "moderator": moderator.name,
                    "interface_class": name,
                    "level": level,
                    "observations": len(own),
                    "exact": int(own["exact"].sum()),
                    "works": own["study_id"].nunique(),
                }
            )
    columns = ["moderator", "interface_class", "level", "observations", "exact", "works"]
    return pd.DataFrame(found, columns=columns)


def _text(value: Any) -> str:
    if pd.isna(value):
        return "not stated"
    return value if isinstance(value, str) else f"{value:g}"


DIFFERENCE_COLUMNS = (
    *("study_id", "moderator", "interface_class", "low", "high", "lo", "hi", "sd"),
    *("observation_low", "observation_high"),
)


def differences(observations: pd.DataFrame, V: NDArray[np.float64]) -> pd.DataFrame:
    """Compare observations of one work that are alike in all but one moderator."""
    rows = observations.reset_index(drop=True)
    found = []
    for moderator in MODERATORS:
        values = levels(rows, moderator)
        known = rows[values.notna() & rows["interface_class"].isin(moderator.classes)]
        for _, own in known.groupby(_alike(rows, moderator), dropna=False, sort=True):
            for first, second in combinations(own.index, 2):
                if values[first] != values[second]:
                    low, high = sorted((first, second), key=lambda place: values[place])
                    found.append(_difference(rows, V, moderator, values, low, high))
    table = pd.DataFrame(found, columns=DIFFERENCE_COLUMNS)
    table = table.astype({"lo": float, "hi": float, "sd": float})
    return table.dropna(subset=["lo", "hi"], how="all", ignore_index=True)


def _alike(rows: pd.DataFrame, moderator: Moderator) -> list[str]:
    others = [m.column for m in MODERATORS if m.column not in DONOR_NUMBERS]
    differing = {moderator.column, *moderator.with_it}
    return [name for name in dict.fromkeys((*ALIKE, *others)) if name not in differing]


def _difference(
    rows: pd.DataFrame,
    V: NDArray[np.float64],
    moderator: Moderator,
    values: pd.Series[Any],
    low: int,
    high: int,
) -> dict[str, Any]:
    exact = (rows.loc[[low, high], "censoring"] == "exact").all()
    repeats = 2.0 * (REPEATABILITY / np.log(10.0)) ** 2
    variance = V[low, low] + V[high, high] - 2.0 * V[low, high] + repeats
    return {
        "study_id": rows["study_id"][low],
        "moderator": moderator.name,
        "interface_class": rows["interface_class"][low],
        "low": _text(values[low]),
        "high": _text(values[high]),
        "lo": rows["lo"][high] - rows["hi"][low],
        "hi": rows["hi"][high] - rows["lo"][low],
        "sd": float(np.sqrt(variance)) if exact else np.nan,
        "observation_low": rows["observation_id"][low],
        "observation_high": rows["observation_id"][high],
    }


REGRESSION_COLUMNS = (
    *("response", "moderator", "interface_class", "works", "least", "fitted", "missing"),
    *("column", "coefficient", "lower", "upper", "by", "df", "p", "explained", "null_95"),
)


def regressions(
    observations: pd.DataFrame, V: NDArray[np.float64], *, rng: np.random.Generator
) -> pd.DataFrame:
    """Fit each moderator that reaches the floor in a class, and count what the others lack.

    Headline rows with an exact value enter. The response is log10 R; for the donor number also the
    activation energy of the sample itself.
    """
    exact = observations["headline"].astype(bool) & (observations["censoring"] == "exact")
    keep = exact.to_numpy()
    rows, known = observations[keep].reset_index(drop=True), V[np.ix_(keep, keep)]
    energies = observations[observations["ea_source"].isin(ENERGY_OF_SAMPLE)]
    energies = energies.drop_duplicates("sample_id").reset_index(drop=True)
    energies = energies.assign(y=energies["ea_ev"])
    found: list[Mapping[str, Any]] = []
    present = set(observations["interface_class"])
    for moderator in MODERATORS:
        for name in (word for word in moderator.classes if word in present):
            found += _regression("log10 R", rows, known, moderator, name, rng)
            if moderator.column in DONOR_NUMBERS:
                found += _regression("activation energy", energies, None, moderator, name, rng)
    return pd.DataFrame(found, columns=REGRESSION_COLUMNS)


def _regression(
    response: str,
    rows: pd.DataFrame,
    V: NDArray[np.float64] | None,
    moderator: Moderator,
    name: str,
    rng: np.random.Generator,
) -> Iterator[Mapping[str, Any]]:
    values = levels(rows, moderator)
    asked = values.notna() & (rows["interface_class"] == name)
    head: dict[str, Any] = {
        "response": response,
        "moderator": moderator.name,
        "interface_class": name,
    }
    chosen, works, least, missing = _floor(values[asked], rows.loc[asked, "study_id"], moderator)
    head |= {"works": works, "least": least, "fitted": not missing, "missing": missing}
    if missing:
        yield head
        return
    keep = (asked & values.isin(chosen)).to_numpy()
    frame = rows.loc[keep, ["y", "study_id", "observation_id"]].assign(value=values[keep])
    inner = None if V is None else V[np.ix_(keep, keep)]
    for fitted in _fit(frame.reset_index(drop=True), inner, rng):
        yield {**head, **fitted}


def _floor(
    values: pd.Series[Any], works: pd.Series[str], moderator: Moderator
) -> tuple[list[Any], int, int, str]:
    """Choose the levels that may enter, by counting.

    Of a word these are its most frequent levels, as many as the works allow. A number enters as
    it is; its two levels are the values up to the median of all works, and those above it.

    Returns
    -------
    tuple
        The values that enter, works, works of the rarest level, and what is missing.
    """
    if moderator.unit is not None:
        middle = values.groupby(works).median().median()
        halves = (values > middle).map({False: "low", True: "high"})
        sides = works.groupby(halves).nunique().reindex(["low", "high"], fill_value=0)
        rarer = int(sides.min())
        total = works.nunique()
        which = f"{'above' if sides['high'] == rarer else 'up to'} the median"
        return list(values.unique()), total, rarer, _missing(total, rarer, which)
    sizes = works.groupby(values).nunique().sort_values(ascending=False, kind="stable")
    best: tuple[list[Any], int, int, str] | None = None
    for count in range(2, max(len(sizes), 2) + 1):
        top = list(sizes.index[:count])
        total = works[values.isin(top)].nunique()
        rarer = int(sizes.iloc[count - 1]) if len(sizes) >= count else 0
        which = f"with {top[-1]}" if len(top) >= count else "with a second level"
        missing = _missing(total, rarer, which, columns=count - 1)
        if best is None or not missing:
            best = top, total, rarer, missing
        if missing:
            break
    assert best is not None
    return best


def _missing(works: int, rarer: int, which: str, columns: int = 1) -> str:
    more = max(WORKS_A_COLUMN * columns - works, 0)
    rare = max(WORKS_A_LEVEL - rarer, 0)
    parts = []
    if more:
        parts.append(f"{_works(more)} with an exact value")
    if rare:
        parts.append(f"{_works(rare)} {which}")
    return "; ".join(parts)


def _works(count: int) -> str:
    return f"{count} more {'work' if count == 1 else 'works'}"


def _fit(
    frame: pd.DataFrame, V: NDArray[np.float64] | None, rng: np.random.Generator
) -> Iterator[Mapping[str, Any]]:
    """Regress; beside the explained share its permutation null."""
    random = "(1 | study_id)" if V is None else "(1 | study_id/observation_id)"
    fit = mixed.fit(f"y ~ value + {random}", frame, V=V, method="REML")
    null = mixed.fit(f"y ~ 1 + {random}", frame, V=V, method="REML")
    assert isinstance(fit, mixed.MixedFit)
    assert isinstance(null, mixed.MixedFit)
    shares = null.components.explained_shares({"value": "value"}, frame, n=PERMUTATIONS, rng=rng)
    # CR2 is not defined where works share an unknown of V, such as a pooled activation energy.
    by, tests = (
        ("Satterthwaite", fit.with_test("satterthwaite"))
        if _works_covary(frame, V)
        else ("CR2", fit.robust("study_id"))
    )
    limits = tests.conf_int()
    for name in fit.params.index[1:]:
        yield {
            "column": str(name).removeprefix("value").strip("[]") or "value",
            "coefficient": float(fit.params[name]),
            "lower": float(limits.loc[name].iloc[0]),
            "upper": float(limits.loc[name].iloc[1]),
            "by": by,
            "df": float(tests.df[name]),
            "p": float(tests.pvalues[name]),
            "explained": float(shares.table["share"].iloc[0]),
            "null_95": shares.null_95,
        }


def _works_covary(frame: pd.DataFrame, V: NDArray[np.float64] | None) -> bool:
    work = frame["study_id"].to_numpy()
    return V is not None and bool(np.any(V[work[:, None] != work]))
