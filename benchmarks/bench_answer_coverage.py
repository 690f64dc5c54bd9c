"""Coverage of the answer's intervals, on simulated works that go through the whole pipeline.

Curated files are simulated (see ``simulated_works.py``), read, normalised and built; preparation
varied on purpose, the total of reference arms and preparation's share are fitted as ``metastudy
scatter`` fits them, and each 95 % interval is held against the truth. The truth is in a profile
interval if the likelihood has not dropped there by more than the interval's critical value, so that
no end is sought. The jackknife over works is computed on the same sets.

    python benchmarks/bench_answer_coverage.py --sets 100   # goes on where an earlier run stopped
    python benchmarks/bench_answer_coverage.py --write      # the page, from the stored sets

The first set of each truth is written to files and loaded with all rules; its tables must be those
that the other sets get from rows in memory.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices are small; threads cost ten times

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from scipy.interpolate import CubicSpline
from scipy.stats import binomtest, chi2, norm, t
from simulated_works import Truth, rows_of, with_rows, write_root, write_rows

from metastudy import mixed
from metastudy.answers import preparation as varied
from metastudy.answers.joint import joint
from metastudy.answers.scatter import WITHIN, fit_rows
from metastudy.answers.treatments import treatments
from metastudy.answers.unequal_works import llf_by_spread, unequal_total_profile
from metastudy.answers.yardsticks import scatter
from metastudy.bridge.modelling.model_rows import LADDER, ModelRows, headline_rows
from metastudy.corpus.corpus import Corpus, default_root, read_corpus
from metastudy.mixed.likelihoods import censored
from metastudy.mixed.optimise.profile_likelihood import VarianceProfile, sum_profile
from metastudy.mixed.results.random_scale_fit import critical_drop
from metastudy.pages.rendering.style import COLOURS, GREY, MARKERS, STYLE, to_svg
from metastudy.tables.building import build_tables
from metastudy.tables.dataset import Dataset
from metastudy.tables.loading import data_frames, load

STORED = Path(__file__).with_suffix(".csv")
DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "validation" / "answer-coverage.md"
PICTURE = DOCS / "images" / "answer_coverage.svg"
SEED = 20261203
"""The generator of a set is seeded by this number, the number of its truth, and its own."""
FORMER_SEEDS = (20261201, 20261202)
"""Sets of the rules before: total, and on the first share, with one standard deviation."""
SDS = ((0.5, 0.5), (0.0, 0.5), (0.6, 0.25))
OMEGAS = (0.0, 0.5)
KINDS_OF_BOUNDS = ("limit", "decade")
TRUTHS = tuple(Truth(*sds, omega, b) for b, omega, sds in product(KINDS_OF_BOUNDS, OMEGAS, SDS))
NAMES = {
    "p": "p, works may differ",
    "p_common": "p, one SD for all",
    "p_jackknife": "p, jackknife over works",
    "total": "total, works may differ",
    "total_common": "total, one SD for all",
    "share": "share, works may differ",
    "share_common": "share, one SD for all",
}
"""Each is stored as the side of the truth on which its interval lies: -1, 0 (holds it), 1."""
COLUMNS = [*NAMES, "p_without_limit"]
Z = float(norm.ppf(0.975))
CHI_SQUARE = float(chi2.ppf(0.95, 1))
CHECKED = 1
"""Sets of each truth whose sides are held against the intervals that are printed."""
censored.SIMULATED_TOLERANCE = 3e-7  # of 2 log-likelihood 1e-3: enough to compare with Z^2


def answered(data: Dataset, truth: Truth) -> dict[str, float]:
    """Give for each interval of one dataset the side of the truth on which it lies."""
    contrasts, levels = chosen(data)
    by_work = varied.fit_by_work(contrasts)
    log_sd, own = by_work.likelihood.log_sd, by_work.likelihood.tables[:, 0, :]
    along = llf_by_spread(by_work)
    profiled, drop, p = along.max(axis=0), critical_drop(len(own)), np.log(truth.preparation)
    counted = int(varied.two_sided(contrasts).sum())
    spread = varied.Spread(by_work.equal[0], None, None, counted, 0, len(own), by_work)
    share = joint(levels, data.observations, contrasts, spread).share_profile
    low, high = jackknife(log_sd, own)
    return {
        "p": side(log_sd, profiled, p, drop),
        "p_common": side(log_sd, along[0], p, CHI_SQUARE),
        "p_jackknife": float(low > p) - float(high < p),
        **totals(levels, truth.total**2),
        "share": np.nan if share is None else profile_side(share, truth.share),
        "p_without_limit": float(2 * (profiled.max() - profiled[-1]) < drop),
    }


def totals(levels: ModelRows, truth: float) -> dict[str, float]:
    """Give the sides of both intervals of the total variance of reference arms."""
    fit = fit_rows(levels, WITHIN)
    parts = [k for k, name in enumerate(fit.sigma2.index) if name != "system"]
    common = profile_side(sum_profile(fit.likelihood, fit.optimum, parts), truth)
    if fit.sigma2.iloc[parts].sum() <= 0:
        return {"total": common, "total_common": common}
    return {
        "total": profile_side(unequal_total_profile(fit, levels), truth),
        "total_common": common,
    }


def profile_side(curve: VarianceProfile, truth: float) -> float:
    """Give the side of the truth on which a profile interval lies, by the drop at the truth.

    The constrained maximum is at least the likelihood where the search for it starts, so that the
    search is left out where that is high enough.
    """
    best, theta = float(curve.optimum.evaluation.llf), curve.optimum.theta
    start = curve.likelihood.evaluate(curve.move(theta, truth), derivatives=False)
    if start is not None and 2 * (best - float(start.llf)) <= Z * Z:
        return 0.0
    found = curve.at(truth, theta)
    if found is None:
        return np.nan
    inside = 2 * found[0] <= Z * Z
    return 0.0 if inside else float(np.sign(curve.estimate - truth))


def side(log_sd: np.ndarray, values: np.ndarray, truth: float, drop: float) -> float:
    """Give the same from a tabulated log-likelihood; ``truth`` is a logarithm, too."""
    at, most = varied.greatest(log_sd, values)
    inside = 2 * (most - CubicSpline(log_sd, values)(truth)) <= drop
    return 0.0 if inside else float(np.sign(at - truth))


def chosen(data: Dataset) -> tuple[pd.DataFrame, ModelRows]:
    """Give the contrasts and the levels that the answer rests on."""
    contrasts, _ = varied.one_a_treatment(
        treatments(data.records).contrasts, varied.series_of(data.records)
    )
    return contrasts, headline_rows(data.observations, data.V, LADDER[0])


def jackknife(log_sd: np.ndarray, own: np.ndarray) -> tuple[float, float]:
    """Jackknife over works of the log of one common standard deviation.

    Works share nothing, so the log-likelihood without one is the sum of the others'.

    Parameters
    ----------
    log_sd, own
        Log standard deviations, shape (g,), and the log-likelihood of each work, shape (u, g).
    """
    works, everything = len(own), own.sum(axis=0)
    whole, *left = greatest_of_each(log_sd, np.vstack([everything, everything - own]))
    pseudo = works * whole - (works - 1) * np.array(left)
    half = t.ppf(0.975, works - 1) * pseudo.std(ddof=1) / np.sqrt(works)
    return float(pseudo.mean() - half), float(pseudo.mean() + half)


def greatest_of_each(at: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Find where each of several tabulated curves (u, g) is greatest, by Newton steps."""
    best = np.argmax(values, axis=1)
    curves = CubicSpline(at, values, axis=1)
    low, high = at[np.maximum(best - 1, 0)], at[np.minimum(best + 1, at.size - 1)]
    x, i = at[best], np.arange(len(values))
    for _ in range(5):
        slope, bend = curves(x, 1)[i, i], curves(x, 2)[i, i]
        x = np.clip(x - slope / np.minimum(bend, -1e-9), low, high)
    return x


def check_sides(data: Dataset, truth: Truth, found: dict[str, float]) -> None:
    """Hold the sides that are stored of one set against what ``metastudy scatter`` prints."""
    answer = scatter(data)
    spread, last = answer.preparation.all_works, answer.reference_arms.levels[-1]
    for name, ends, value in (
        ("p", spread.by_work, truth.preparation),
        ("p_common", spread.common, truth.preparation),
        ("total", (last.lower, last.upper), truth.total),
        ("total_common", last.alike, truth.total),
        ("share", answer.joint.share, truth.share),
    ):
        low, high = np.array(ends, float)
        assert found[name] == float(low > value) - float(high < value), name


def simulated(corpus: Corpus, truth: int, number: int, root: Path) -> Dataset:
    """Give one dataset; the first of a truth goes through files, too."""
    rows = rows_of(TRUTHS[truth], np.random.default_rng([SEED, truth, number]))
    data = data_frames(build_tables(with_rows(corpus, rows)))
    if number == 0:
        write_rows(root, rows)
        for name, table in load(root=root).tables.items():
            pd.testing.assert_frame_equal(table, data.tables[name], check_exact=True)
    return data


def still_wanted(sets: int) -> Iterator[tuple[int, int]]:
    """Yield truth and number of each set that is not stored, evenly over the truths."""
    done = set()
    if STORED.exists():
        stored = pd.read_csv(STORED)
        stored = stored[stored["seed"] == SEED]
        done = set(zip(stored["truth"], stored["set"], strict=True))
    for number in range(sets):
        for truth in range(len(TRUTHS)):
            if (truth, number) not in done:
                yield truth, number


def store(truth: int, number: int, found: dict[str, float], seconds: float) -> None:
    """Put what was found in a set at the end of the stored table."""
    new = not STORED.exists()
    with STORED.open("a", encoding="utf-8") as file:
        if new:
            file.write(",".join(["seed", "truth", "set", *COLUMNS, "cpu_s"]) + "\n")
        values = [f"{found.get(name, np.nan):.5g}" for name in COLUMNS]
        file.write(",".join([str(SEED), str(truth), str(number), *values, f"{seconds:.2f}"]) + "\n")


def run(sets: int) -> None:
    """Simulate and store the sets that are missing."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        write_root(root, default_root())
        write_rows(root, rows_of(TRUTHS[0], np.random.default_rng(SEED)))
        corpus = read_corpus(root)
        for truth, number in still_wanted(sets):
            started = time.process_time()
            data = simulated(corpus, truth, number, root)
            try:
                found = answered(data, TRUTHS[truth])
            except mixed.MixedError as error:
                print(f"truth {truth}, set {number}: {error}", flush=True)
                found = {}
            else:
                if number < CHECKED:
                    check_sides(data, TRUTHS[truth], found)
            store(truth, number, found, time.process_time() - started)


def held(rows: pd.DataFrame, name: str) -> pd.Series[bool]:
    """Mark the sets whose interval holds the truth; a set without an interval does not.

    Sets of rules before have no side of an interval that was not yet computed.
    """
    computed = rows.groupby("seed")[name].transform("count") > 0
    return rows.loc[computed, name] == 0


WORKS = {0.0: "equal", 0.5: "unequal"}
WHERE = {"limit": "independent limits", "decade": "one decade above"}


def groups(rows: pd.DataFrame) -> Iterator[tuple[list[str], pd.DataFrame]]:
    """Yield the name and the sets of each truth, then those of all truths by works and bounds."""
    for k, truth in enumerate(TRUTHS):
        own = rows[rows["truth"] == k]
        sds = f"{truth.work:g}, {truth.preparation:g}"
        yield [WHERE[truth.bounds], WORKS[truth.omega], sds], own
    for bounds, omega in product(KINDS_OF_BOUNDS, OMEGAS):
        own = rows[[(TRUTHS[k].bounds, TRUTHS[k].omega) == (bounds, omega) for k in rows["truth"]]]
        yield [WHERE[bounds], WORKS[omega], "all three"], own


def table(rows: pd.DataFrame) -> list[str]:
    """Set the share of sets whose interval holds the truth."""
    heads = ["bounds", "works", "work, preparation SD", *NAMES.values()]
    heads += ["p without upper limit"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for names, own in groups(rows):
        shares = [_counted(held(own, name)) for name in NAMES]
        no_limit = f"{100 * own['p_without_limit'].mean():.0f} %"
        lines.append(f"| {' | '.join([*names, *shares, no_limit])} |")
    return lines


def _counted(inside: pd.Series[bool]) -> str:
    if inside.empty:
        return "no set"
    return f"{100 * inside.mean():.0f} % of {inside.size}"


def wanted(rows: pd.DataFrame) -> list[str]:
    """Hold each group of truths against what is wanted of it, with the 95 % range of its share."""
    lines = ["| wanted | sets | found | 95 % range of the share | verdict |", "|---" * 5 + "|"]
    for bounds, omega in product(KINDS_OF_BOUNDS, OMEGAS):
        truths = [TRUTHS[k] for k in rows["truth"]]
        group = np.array([(x.bounds, x.omega) == (bounds, omega) for x in truths])
        positive = group & np.array([x.work > 0 for x in truths])
        where = f"{WORKS[omega]} works, {WHERE[bounds]}"
        for name in ("p", "total", "share"):
            least = 0.85 if name == "p" and omega else 0.93
            lines.append(_verdict(rows[group], name, where, least=least))
            lines.append(_verdict(rows[positive], name, f"{where}, both SDs above 0", most=0.975))
        if omega:
            p, other = (held(rows[group], name).mean() for name in ("p", "p_jackknife"))
            below = "open fault" if p < other else "met"
            lines.append(
                f"| p, {where}: not below the jackknife | {group.sum()} | "
                f"{100 * p:.1f} % against {100 * other:.1f} % | | {below} |"
            )
    return lines


def _verdict(
    rows: pd.DataFrame, name: str, where: str, least: float = 0.0, most: float = 1.0
) -> str:
    inside = held(rows, name)
    limit = f"at most {100 * most:g} %" if most < 1 else f"at least {100 * least:g} %"
    said = f"| {NAMES[name]}, {where}: {limit} | {inside.size} |"
    if inside.empty:
        return f"{said} | | not run |"
    found = binomtest(int(inside.sum()), len(inside)).proportion_ci(method="wilson")
    verdict = "met" if least <= inside.mean() <= most else "open fault"
    if found.low < least <= found.high or found.low <= most < found.high:
        verdict += ", not certain with so few sets"
    return (
        f"{said} {100 * inside.mean():.1f} % | {100 * found.low:.1f} to {100 * found.high:.1f} % | "
        f"{verdict} |"
    )


def draw(rows: pd.DataFrame, path: Path) -> None:
    """Draw coverage by interval, with its 95 % range, one panel a kind of bounds."""
    parts = []
    for name, label in NAMES.items():
        inside = held(rows, name)
        truths = [TRUTHS[k] for k in rows.loc[inside.index, "truth"]]
        parts.append(
            pd.DataFrame(
                {
                    "interval": label,
                    "held": 100.0 * inside,
                    "works": [WORKS[truth.omega] for truth in truths],
                    "bounds": [WHERE[truth.bounds] for truth in truths],
                }
            )
        )
    marks = pd.concat(parts)
    with mpl.rc_context(STYLE):
        grid = sns.catplot(
            marks,
            kind="point",
            x="held",
            y="interval",
            hue="works",
            col="bounds",
            errorbar=_wilson,
            dodge=0.3,
            linestyle="none",
            markersize=4,
            err_kws={"linewidth": 1.2},
            palette=list(COLOURS[:2]),
            markers=list(MARKERS[:2]),
            height=2.6,
            aspect=1.2,
        )
        grid.set_axis_labels("intervals that hold the truth (%)", "")
        grid.set_titles("{col_name}")
        for axes in grid.axes.flat:
            axes.axvline(95, color=GREY, lw=0.8)
            axes.set_xlim(right=102)
        path.write_text(to_svg(grid.figure), encoding="utf-8")


def _wilson(percent: pd.Series[float]) -> tuple[float, float]:
    found = binomtest(int((percent > 0).sum()), len(percent)).proportion_ci(method="wilson")
    return 100 * found.low, 100 * found.high


def page(rows: pd.DataFrame) -> str:
    """Write the page of the manual."""
    new = rows[rows["seed"] == SEED]
    sets = new.groupby("truth").size()
    error = 100 * np.sqrt(0.95 * 0.05 / sets.min())
    lost = int(new[["total", "share"]].isna().any(axis=1).sum())
    former = " and ".join(str(seed) for seed in FORMER_SEEDS)
    return (
        "# Coverage of the answer\n\n"
        "Look up how often the intervals of [the answer](../answer.md) hold the truth, where the "
        "whole pipeline from curated files to `metastudy scatter` is simulated.\n\n"
        "![Coverage of the intervals by kind of bounds](../images/answer_coverage.svg)\n\n"
        "35 works report 91 preparations: an untreated contact each, one work 22 treatments, the "
        "others one. Half of the works do not say how many contacts a number covers. 45 % of the "
        "numbers are upper bounds: below limits drawn independently of the value, or one decade "
        "above the value. Seven families have an SD of 0.5 dex between them. Where works are "
        "unequal, the log standard deviations of preparation differ between works with an SD of "
        "0.5; the true p is then their root mean square, and the true total the root of the mean "
        "over works of the variance of an untreated contact.\n\n"
        "A profile interval holds the truth if twice the log-likelihood drops there by no more "
        "than the interval's critical value. So one constrained maximum decides, and no end is "
        "sought. On the first set of each truth the ends that `metastudy scatter` prints gave the "
        "same. Maxima are exact to 0.001 in twice the log-likelihood.\n\n"
        f"Seeds {former} are sets of the rules before. On them the total, and on the first also "
        "the share, had one standard deviation for all works and missed where works are unequal; "
        "p, and the share on the second, have not changed since. The interval of the total that "
        f"lets works differ was chosen on sets of seed {FORMER_SEEDS[0]}. Seed {SEED} was fixed "
        "before its first set was looked at. 1,000 sets a truth are wanted; "
        f"at least {sets.min()} a truth were run with it. The standard error of a share of "
        f"95 % is {error:.1f} % with {sets.min()} sets, {error / np.sqrt(3):.1f} % with those of "
        f"three truths. Sets without an interval of total or share: {lost}. CPU time of a set: "
        f"{new['cpu_s'].median():.1f} s. Made by `python benchmarks/bench_answer_coverage.py "
        "--write`; the same call with `--sets 1000` goes on.\n\n"
        "## Against what is wanted\n\n" + "\n".join(wanted(rows)) + "\n\n"
        "## On which side intervals miss\n\n" + "\n".join(sides(rows)) + "\n\n" + WHY + "\n\n"
        "With more sets on contrasts alone, see [intervals of a standard deviation that differs "
        "between works](mixed-random-scale.md).\n\n"
        "## Each truth\n\n" + "\n".join(table(rows)) + "\n"
    )


WHY = (
    "A bound one decade above its value says little of it, and least of the works that scatter "
    "much. So p is mostly too low where it misses with such bounds. The share misses on both "
    "sides: its gain takes the contrasts of a work to scatter by the work's own SD, but not the "
    "work's untreated contact, and a joint likelihood in which both do is not computed."
)


def sides(rows: pd.DataFrame) -> list[str]:
    """Count intervals below and above the truth."""
    lines = ["| interval | bounds | works | below the truth | above | sets |", "|---" * 6 + "|"]
    for bounds, omega in product(KINDS_OF_BOUNDS, OMEGAS):
        own = rows[[(TRUTHS[k].bounds, TRUTHS[k].omega) == (bounds, omega) for k in rows["truth"]]]
        for name in ("p", "total", "share"):
            found = own[name].dropna()
            below, above = int((found < 0).sum()), int((found > 0).sum())
            where = f"{NAMES[name]} | {WHERE[bounds]} | {WORKS[omega]}"
            lines.append(f"| {where} | {below} | {above} | {found.size} |")
    return lines


def main() -> None:
    """Count how often each interval holds the truth."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sets", type=int, default=0, help="sets of each truth")
    arguments.add_argument("--write", action="store_true", help="write the page and its picture")
    given = arguments.parse_args()
    run(given.sets)
    if given.write:
        rows = pd.read_csv(STORED)
        PAGE.write_text(page(rows), encoding="utf-8")
        draw(rows, PICTURE)


if __name__ == "__main__":
    main()
