"""Coverage of the answer's intervals, on simulated works that go through the whole pipeline.

Curated files are simulated (see ``simulated_works.py``), read, normalised and built; preparation
varied on purpose, the total of reference arms and preparation's share are fitted as ``metastudy
scatter`` fits them, and each 95 % interval is held against the truth. The jackknife over works is
computed on the same sets.

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

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq
from scipy.stats import chi2, norm, t
from simulated_works import Truth, rows_of, with_rows, write_root, write_rows

from metastudy import mixed
from metastudy.answers import preparation as varied
from metastudy.answers.joint import BETWEEN, PREPARATION, Joint, joint
from metastudy.answers.scatter import WITHIN, fit_rows
from metastudy.answers.treatments import treatments
from metastudy.answers.yardsticks import scatter
from metastudy.bridge.modelling.model_rows import LADDER, ModelRows, headline_rows
from metastudy.corpus.corpus import Corpus, default_root, read_corpus
from metastudy.mixed.optimise.profile_likelihood import (
    VarianceProfile,
    share_profile,
    sum_profile,
)
from metastudy.tables.building import build_tables
from metastudy.tables.dataset import Dataset
from metastudy.tables.loading import data_frames, load

STORED = Path(__file__).with_suffix(".csv")
PAGE = Path(__file__).parents[1] / "docs" / "validation" / "answer-coverage.md"
SEED = 20261201
"""The generator of a set is seeded by this number, the number of its truth, and its own."""
SDS = ((0.5, 0.5), (0.0, 0.5), (0.6, 0.25))
OMEGAS = (0.0, 0.5)
KINDS_OF_BOUNDS = ("limit", "decade")
TRUTHS = tuple(Truth(*sds, omega, b) for b, omega, sds in product(KINDS_OF_BOUNDS, OMEGAS, SDS))
METHODS = ("p", "p_common", "p_jackknife")
COLUMNS = [
    *(f"{name}_{end}" for name in METHODS for end in ("lower", "upper")),
    "total_root",
    "share_root",
]
Z = float(norm.ppf(0.975))


def answered(data: Dataset, truth: Truth) -> dict[str, float]:
    """Give p's intervals of one dataset, and the roots of 2 drops of total and share."""
    contrasts, levels = chosen(data)
    by_work = varied.fit_by_work(contrasts)
    likelihood = by_work.likelihood
    own = likelihood.tables[:, 0, :]
    ends = {
        "p": by_work.conf_int().loc["sd"],
        "p_common": profile(likelihood.log_sd, own.sum(axis=0)),
        "p_jackknife": jackknife(likelihood.log_sd, own),
    }
    counted = int(varied.two_sided(contrasts).sum())
    spread = varied.Spread(by_work.equal[0], None, None, counted, 0, len(own))
    return {
        **{
            f"{name}_{end}": float(value)
            for name, both in ends.items()
            for end, value in zip(("lower", "upper"), both, strict=True)
        },
        "total_root": root(total_profile(levels), truth.total**2),
        "share_root": root(
            share_of(joint(levels, data.observations, contrasts, spread)), truth.share
        ),
    }


def root(curve: VarianceProfile, truth: float) -> float:
    """Give the signed root of twice the drop at the truth, above 0 where the estimate is above.

    The truth is in the profile interval where this is within the 2.5 % points of a normal.
    """
    found = curve.at(truth, curve.optimum.theta)
    if found is None:
        return np.nan
    return float(np.sign(curve.estimate - truth) * np.sqrt(max(2 * found[0], 0.0)))


def chosen(data: Dataset) -> tuple[pd.DataFrame, ModelRows]:
    """Give the contrasts and the levels that the answer rests on."""
    contrasts, _ = varied.one_a_treatment(
        treatments(data.records).contrasts, varied.series_of(data.records)
    )
    return contrasts, headline_rows(data.observations, data.V, LADDER[0])


def total_profile(levels: ModelRows) -> VarianceProfile:
    """Profile of the total variance of reference arms."""
    fit = fit_rows(levels, WITHIN)
    parts = [k for k, name in enumerate(fit.sigma2.index) if name != "system"]
    return sum_profile(fit.likelihood, fit.optimum, parts)


def share_of(model: Joint) -> VarianceProfile:
    """Profile of preparation's share."""
    names = list(model.fit.sigma2.index)
    parts = [names.index(name) for name in (PREPARATION, BETWEEN)]
    return share_profile(model.fit.likelihood, model.fit.optimum, parts[:1], parts)


def jackknife(log_sd: np.ndarray, own: np.ndarray) -> tuple[float, float]:
    """Jackknife over works of the log of one common standard deviation.

    Works share nothing, so the log-likelihood without one is the sum of the others'.

    Parameters
    ----------
    log_sd, own
        Log standard deviations, shape (g,), and the log-likelihood of each work, shape (u, g).
    """
    works, everything = len(own), own.sum(axis=0)
    whole = varied.greatest(log_sd, everything)[0]
    left = np.array([varied.greatest(log_sd, everything - one)[0] for one in own])
    pseudo = works * whole - (works - 1) * left
    half = t.ppf(0.975, works - 1) * pseudo.std(ddof=1) / np.sqrt(works)
    return float(np.exp(pseudo.mean() - half)), float(np.exp(pseudo.mean() + half))


def profile(log_sd: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Give the profile interval of one common standard deviation."""
    curve = CubicSpline(log_sd, values)
    at, most = varied.greatest(log_sd, values)
    least = most - chi2.ppf(0.95, 1) / 2
    low, high = log_sd[0], log_sd[-1]
    return (
        float(np.exp(brentq(lambda x: curve(x) - least, low, at))) if curve(low) < least else 0.0,
        float(np.exp(brentq(lambda x: curve(x) - least, at, high)))
        if curve(high) < least
        else np.inf,
    )


def check_shortcuts(data: Dataset, truth: Truth, found: dict[str, float]) -> None:
    """Hold what is stored of one set against what ``metastudy scatter`` prints of it."""
    answer = scatter(data)
    spread, last = answer.preparation.all_works, answer.reference_arms.levels[-1]
    for name, ends in (("p", spread.by_work), ("p_common", spread.common)):
        stored = found[f"{name}_lower"], found[f"{name}_upper"]
        np.testing.assert_allclose(stored, np.array(ends, float), rtol=2e-3, atol=2e-3)
    for name, ends, value in (
        ("total", (last.lower, last.upper), truth.total),
        ("share", answer.joint.share, truth.share),
    ):
        low, high = np.array(ends, float)
        held = bool(low <= value <= high)
        assert held == (abs(found[f"{name}_root"]) <= Z), name


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
            file.write(",".join(["truth", "set", *COLUMNS, "cpu_s"]) + "\n")
        values = [f"{found.get(name, np.nan):.5g}" for name in COLUMNS]
        file.write(",".join([str(truth), str(number), *values, f"{seconds:.2f}"]) + "\n")


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
                if number == 0 and truth == 0:
                    check_shortcuts(data, TRUTHS[truth], found)
            store(truth, number, found, time.process_time() - started)


def main() -> None:
    """Count how often each interval holds the truth."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sets", type=int, default=0, help="sets of each truth")
    given = arguments.parse_args()
    run(given.sets)


if __name__ == "__main__":
    main()
