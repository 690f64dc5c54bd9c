"""Question (a): what varies between reference arms of nominally the same thing, and on which level.

Treated arms, later states and bounds are no part of it. The estimands are standard deviations of
log10 R in decades (dex) on exactly three levels: between works, within a work, and their total.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from metastudy import mixed
from metastudy.answers.unequal_levels import Fit
from metastudy.answers.unequal_works import unequal_total_profile
from metastudy.bridge.modelling.model_rows import (
    LADDER,
    ModelRows,
    Rung,
    headline_rows,
    with_both_counts,
)
from metastudy.corpus.work_name import works_in_words
from metastudy.mixed.optimise.profile_likelihood import interval

ALPHA = 0.05
# The rule of the rung: chosen by counting, never by result.
WITHIN_DF_NEEDED = 10
WORKS_NEEDED = 5
# Floors of any standard deviation with an interval.
LEAST_DF = 4
LEAST_WORKS = 3
FLOOR = f"not printed below {LEAST_DF} degrees of freedom in {LEAST_WORKS} works with a pair"
NO_LIMIT_DEX = 5.0
"""An upper end beyond a factor 10^5 is printed as none."""
WITHIN = "(1 | work/observation)"
COUNTS = {"unit": "count_unit", "shift": "count_shift", "probability": "count_probability"}


@dataclass(frozen=True)
class RungCount:
    """What one rung has: rows, systems, works, degrees of freedom, and the plain total SD.

    Attributes
    ----------
    rows, bounds
        Exact rows, and bounds that the rung would hold.
    systems, shared_systems
        Groups of nominally the same thing; those that more than one work reports.
    works
        Works in groups with at least two rows: those that a value can be compared in.
    works_within
        Works with two rows in one group: those that bear on the scatter within a work.
    all_works
        Works with a row or bound on the rung.
    df_total, df_between, df_within
        n - systems; (work x system) cells - systems; n - cells.
    total_sd
        Standard deviation (dex) of the rows around the mean of their group; None without df.
    """

    rung: Rung
    rows: int
    bounds: int
    systems: int
    shared_systems: int
    works: int
    works_within: int
    all_works: int
    df_total: int
    df_between: int
    df_within: int
    total_sd: float | None

    @property
    def carries(self) -> bool:
        """Whether the rung can carry the headline."""
        return self.df_within >= WITHIN_DF_NEEDED and self.works_within >= WORKS_NEEDED


@dataclass(frozen=True)
class Level:
    """One level of the scatter table; numbers are None where the data does not give them.

    ``sd`` and the interval are in dex; ``note`` says why a number is missing or what limits it.
    ``alike`` is the interval of the total if all works scatter alike; ``lower`` and ``upper`` of
    the total let them differ, and it is then their root mean square.
    """

    name: str
    sd: float | None
    lower: float | None
    upper: float | None
    df: int
    note: str = ""
    alike: tuple[float, float] | None = None

    @property
    def median_ratio(self) -> float | None:
        """Median ratio of two random draws: 10**(0.954 sd)."""
        return None if self.sd is None else 10 ** (MEDIAN_RATIO * self.sd)

    @property
    def span(self) -> float | None:
        """Factor that 95 % of draws span: 10**(3.92 sd)."""
        return None if self.sd is None else 10 ** (SPAN * self.sd)


# Of |x - x'| for two normal draws of sd s the median is 0.6745 sqrt(2) s; 95 % span 2 x 1.96 s.
MEDIAN_RATIO = 0.6744897501960817 * 2**0.5
SPAN = 2 * 1.959963984540054


@dataclass(frozen=True)
class Scatter:
    """The answer to question (a).

    Attributes
    ----------
    ladder
        Counts of every rung.
    rung
        The rung of the table: the strictest that carries the headline, otherwise the
        loosest.
    carried
        Whether that rung carries the headline.
    levels
        Between works, within work, total.
    system_sd
        Standard deviation (dex) between the groups themselves: chemistry, no scatter.
    fitted_total_sd
        Total standard deviation (dex) as fitted, also below the floors; None without a fit.
    warnings
        Named warnings (name, text) of the fit.
    pairs
        Pairwise ratios by relation.
    """

    ladder: tuple[RungCount, ...]
    rung: RungCount
    carried: bool
    levels: tuple[Level, ...]
    system_sd: float | None
    fitted_total_sd: float | None
    warnings: tuple[tuple[str, str], ...]
    pairs: pd.DataFrame
    rows: ModelRows


def scatter(observations: pd.DataFrame, V: NDArray[np.float64]) -> Scatter:
    """Answer question (a) from the observations and their known covariance."""
    counts = tuple(count(observations, V, rung) for rung in LADDER)
    carrying = [c for c in counts if c.carries]
    chosen = carrying[-1] if carrying else counts[0]
    rows = headline_rows(observations, V, chosen.rung)
    fitted = fit_levels(rows, chosen)
    return Scatter(
        ladder=counts,
        rung=chosen,
        carried=bool(carrying),
        levels=fitted.levels,
        system_sd=fitted.system_sd,
        fitted_total_sd=fitted.total_sd,
        warnings=fitted.warnings,
        pairs=pairwise(headline_rows(observations, V, LADDER[0]), observations),
        rows=rows,
    )


def count(observations: pd.DataFrame, V: NDArray[np.float64], rung: Rung) -> RungCount:
    """Count what a rung has."""
    everything = headline_rows(observations, V, rung)
    rows = everything.exact
    sizes = rows.groupby("system").size()
    cells = rows.groupby(["system", "work"]).size()
    works_of = rows.groupby("system")["work"].nunique()
    several = rows[rows["system"].isin(sizes.index[sizes > 1])]
    df_total = len(rows) - len(sizes)
    deviations = rows["y"] - rows.groupby("system")["y"].transform("mean")
    return RungCount(
        rung=rung,
        rows=len(rows),
        bounds=len(everything.frame) - len(rows),
        systems=len(sizes),
        shared_systems=int((works_of > 1).sum()),
        works=int(several["work"].nunique()),
        works_within=int(cells[cells > 1].index.get_level_values("work").nunique()),
        all_works=int(everything.frame["work"].nunique()),
        df_total=df_total,
        df_between=len(cells) - len(sizes),
        df_within=len(rows) - len(cells),
        total_sd=float(np.sqrt((deviations**2).sum() / df_total)) if df_total else None,
    )


@dataclass(frozen=True)
class FittedLevels:
    """What the model of a rung gives; see :class:`Scatter`."""

    levels: tuple[Level, ...]
    system_sd: float | None
    total_sd: float | None
    warnings: tuple[tuple[str, str], ...]


def fit_levels(rows: ModelRows, rung: RungCount) -> FittedLevels:
    """Fit the three levels on the rows of a rung."""
    names = ("between works", "within work", "total")
    freedom = (rung.df_between, rung.df_within, rung.df_total)
    try:
        fit = fit_rows(rows, WITHIN)
        intervals = fit.components.conf_int(ALPHA)
    except mixed.MixedError as error:
        empty = tuple(
            Level(n, None, None, None, d, "no fit") for n, d in zip(names, freedom, strict=True)
        )
        return FittedLevels(empty, None, None, (("no fit", str(error)),))
    sigma2 = fit.sigma2
    scattering = [name for name in sigma2.index if name != "system"]
    levels = []
    for name, component, df in zip(names, ("work", "work:observation"), freedom, strict=False):
        if component not in sigma2.index:
            note = "not separable: " + ", ".join(scattering)
            levels.append(Level(name, None, None, None, df, note))
        elif component == "work:observation" and df < WITHIN_DF_NEEDED:
            note = f"not printed below {WITHIN_DF_NEEDED} degrees of freedom within works"
            levels.append(Level(name, None, None, None, df, note))
        elif component == "work" and (df < LEAST_DF or rung.works < LEAST_WORKS):
            levels.append(Level(name, None, None, None, df, FLOOR))
        else:
            lower, upper = np.sqrt(intervals.loc[component].to_numpy(float))
            levels.append(_level(name, float(np.sqrt(sigma2[component])), lower, upper, df))
    total = float(np.sqrt(sigma2[scattering].sum()))
    if rung.df_total < LEAST_DF or rung.works < LEAST_WORKS:
        levels.append(Level("total", None, None, None, rung.df_total, FLOOR))
    else:
        levels.append(_total(fit, rows, scattering, total, rung.df_total))
    warnings = tuple((w.name, w.text) for w in fit.warnings)
    return FittedLevels(tuple(levels), _system_sd(sigma2), total, warnings)


def _total(fit: Fit, rows: ModelRows, scattering: list[str], total: float, df: int) -> Level:
    """Give the total with both intervals: works may differ, works scatter alike."""
    low, high = (float(end) for end in np.sqrt(fit.components.sum_conf_int(scattering, ALPHA)))
    if total <= 0:
        return _level("total", total, low, high, df)
    try:
        lower, upper = np.sqrt(interval(unequal_total_profile(fit, rows), ALPHA))
    except mixed.MixedError as error:
        return Level("total", total, low, high, df, f"interval: works scatter alike; {error}")
    note = f"{may_differ(upper)}; {low:.2f} to {high:.2f} if they scatter alike"
    return Level("total", total, float(lower), float(upper), df, note, alike=(low, high))


def _system_sd(sigma2: pd.Series[float]) -> float | None:
    return float(np.sqrt(sigma2["system"])) if "system" in sigma2.index else None


def fit_rows(rows: ModelRows, scatter_terms: str, fixed: str = "1") -> Fit:
    """Fit by REML, bounds in the likelihood; they weigh as little as they say, and no less."""
    formula = model_formula(rows, scatter_terms, fixed)
    if rows.frame["exact"].all():
        return mixed.fit(formula, rows.frame, V=rows.V, method="REML")
    frame, V = with_both_counts(rows)
    return mixed.fit(
        formula, frame, V=V, method="REML", lower="lo", upper="hi", alternatives=COUNTS
    )


def model_formula(rows: ModelRows, scatter_terms: str, fixed: str = "1") -> str:
    """Return the model; chemistry is crossed random where there is more than one group of it."""
    chemistry = "(1 | system) + " if rows.frame["system"].nunique() > 1 else ""
    return f"y ~ {fixed} + {chemistry}{scatter_terms}"


def _level(name: str, sd: float, lower: float, upper: float, df: int) -> Level:
    note = ""
    if lower == 0.0:
        note = f"not distinguishable from zero, at most {upper:.2f} dex"
    return Level(name, sd, float(lower), float(upper), df, note)


# Where no spread is reported nothing is invented; these are what it might be, CV of one value.
SPREADS = (0.05, 0.15, 0.50)


def sensitivity(rows: ModelRows, as_fitted: float | None) -> pd.DataFrame:
    """Return the total SD (dex) under other treatments of the rows, to show what each would do.

    The first row is ``as_fitted``, the total of the rows as they are (``Scatter.fitted_total_sd``).
    Bounds dropped hides scatter and is no option, only a comparison; the spreads add
    (CV / ln 10)^2 to the diagonal of V of every row.
    """
    keep = rows.frame["exact"].to_numpy(bool)
    exact = ModelRows(rows.frame[keep], rows.V[np.ix_(keep, keep)], rows.dropped)
    variants = [("bounds dropped", exact)]
    for spread in SPREADS:
        more = rows.V + (spread / np.log(10)) ** 2 * np.eye(len(rows.frame))
        variants.append(
            (
                f"{100 * spread:.0f} % spread of every value",
                ModelRows(rows.frame, more, rows.dropped),
            )
        )
    found = [("as fitted", as_fitted), *((name, _total_sd(other)) for name, other in variants)]
    return pd.DataFrame(found, columns=["variant", "total_sd"])


def _total_sd(rows: ModelRows) -> float | None:
    try:
        sigma2 = fit_rows(rows, WITHIN).sigma2
    except mixed.MixedError:
        return None
    return float(np.sqrt(sigma2[[name for name in sigma2.index if name != "system"]].sum()))


PAIR_GROUPS = (("salt", "system"), ("material", "material"), ("family", "family"))


def pairwise(rows: ModelRows, observations: pd.DataFrame) -> pd.DataFrame:
    """Return ratios of pairs of nominally the same thing, by how the two are related.

    No model: the median and the largest of |delta log10 R| over the pairs, as factors. The
    relation is the nearest that holds: same preparation, same work, other work.
    """
    keys = observations.set_index("observation_id")
    found: list[tuple[str, str, float]] = []
    for label, column in PAIR_GROUPS:
        group = keys[column].reindex(rows.exact["observation"]).to_numpy()
        for _, members in rows.exact.groupby(group):
            found += [
                (label, _relation(a, b), abs(a["y"] - b["y"]))
                for a, b in combinations(members.to_dict("records"), 2)
            ]
    frame = pd.DataFrame(found, columns=["same", "relation", "distance"])
    if frame.empty:
        return pd.DataFrame(columns=["same", "relation", "pairs", "median_ratio", "largest_ratio"])
    grouped = frame.groupby(["same", "relation"], sort=False)["distance"]
    table = grouped.agg(["size", "median", "max"]).reset_index()
    return pd.DataFrame(
        {
            "same": table["same"],
            "relation": table["relation"],
            "pairs": table["size"],
            "median_ratio": 10 ** table["median"],
            "largest_ratio": 10 ** table["max"],
        }
    )


def _relation(a: Mapping[Hashable, Any], b: Mapping[Hashable, Any]) -> str:
    if a["preparation"] == b["preparation"]:
        return "same preparation"
    return "same work" if a["work"] == b["work"] else "other work"


def lab_split(rows: ModelRows) -> tuple[pd.DataFrame | None, tuple[tuple[str, str], ...]]:
    """Try the second table: lab against study, preparation against sample, with what the data says.

    Returns
    -------
    tuple
        Standard deviations (dex) with intervals by component, or None where no fit exists, and
        the named warnings.
    """
    try:
        fit = fit_rows(rows, "(1 | lab/work/preparation/observation)")
        intervals = fit.components.conf_int(ALPHA)
    except mixed.MixedError as error:
        return None, (("no fit", str(error)),)
    table = pd.DataFrame(
        {
            "component": list(fit.sigma2.index),
            "sd": np.sqrt(fit.sigma2.to_numpy(float)),
            "lower": np.sqrt(intervals["lower"].to_numpy(float)),
            "upper": np.sqrt(intervals["upper"].to_numpy(float)),
            "levels": [_levels_of(rows.frame, name) for name in fit.sigma2.index],
        }
    )
    return table, tuple((w.name, w.text) for w in fit.warnings)


def _levels_of(frame: pd.DataFrame, component: str) -> int:
    columns = [part for part in component.replace("+", ":").split(":") if part in frame.columns]
    return int(frame.groupby(columns).ngroups) if columns else len(frame)


def sentence(answer: Scatter) -> str:
    """Say what reference arms scatter in total, and within works where they carry it."""
    rung, (_, within, total) = answer.rung, answer.levels
    if answer.carried and within.sd is not None and total.sd is not None:
        return (
            f"Within one work, reference arms of nominally the same thing (rung: {rung.rung.name}) "
            f"scatter with a standard deviation of {within.sd:.2f} dex ({_interval(within)}), "
            f"a median ratio of {within.median_ratio:.1f} between two of them, out of "
            f"{total.sd:.2f} dex in total ({_interval(total)}); {rung.works_within} works, "
            f"{within.df} degrees of freedom within works. Besides preparation this still holds "
            f"{rung.rung.holds}."
        )
    return _total_sentence(rung, total)


def unmeasured(answer: Scatter) -> str:
    """Say what nobody measured: how untreated contacts of one work differ; else how they do."""
    if answer.carried:
        return sentence(answer)
    untreated = answer.rows.exact
    repeated = untreated.groupby(["work", "system"])["preparation"].nunique()
    works = int((repeated > 1).groupby(level="work").any().sum())
    seen = (
        "no work repeats an untreated contact"
        if not works
        else f"untreated contacts are repeated in {works_in_words(works)}, and {WITHIN_DF_NEEDED} "
        f"degrees of freedom in {WORKS_NEEDED} works are needed"
    )
    return f"What unreported preparation does between laboratories nobody has measured: {seen}."


def _total_sentence(rung: RungCount, total: Level) -> str:
    if total.sd is None:
        return (
            f"Reference arms give no total scatter of the same {rung.rung.name}: degrees of "
            f"freedom {rung.df_total}, works with a pair {rung.works}; {LEAST_DF} in "
            f"{LEAST_WORKS} works are needed."
        )
    return (
        f"Untreated contacts of the same {rung.rung.name} differ in all by a median factor of "
        f"{total.median_ratio:.1f} ({total.sd:.2f} dex, {_interval(total)}; {rung.rows} values "
        f"and {rung.bounds} bounds in {rung.all_works} works, {total.df} degrees of freedom); "
        f"this still holds {rung.rung.holds}."
    )


def _interval(level: Level) -> str:
    if level.lower is None or level.upper is None:
        return "no interval"
    if level.alike is None:
        return f"95 % profile interval {level.lower:.2f} to {level.upper:.2f}"
    low, high = level.alike
    return (
        f"95 %: {low:.2f} to {high:.2f} if works scatter alike, "
        f"{differing(level.lower, level.upper)} if not"
    )


def may_differ(upper: float) -> str:
    """Say that an interval lets works differ, and whether it then has an upper end (dex)."""
    text = "interval: works may differ in their scatter"
    return text if upper <= NO_LIMIT_DEX else f"{text}; then these works set no upper limit"


def differing(lower: float, upper: float) -> str:
    """Say an interval (dex) that lets works differ, which may have no upper limit."""
    if upper > NO_LIMIT_DEX:
        return f"at least {lower:.2f} and no upper limit"
    return f"{lower:.2f} to {upper:.2f}"
