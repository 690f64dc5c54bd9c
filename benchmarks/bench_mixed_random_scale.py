"""Coverage of the standard deviation of contrasts, where works have equal and unequal ones.

Three intervals for the root mean square over works, on simulated contrasts of treated and reference
arms (one reference a work): the profile of one common standard deviation, the profile of the model
with a standard deviation for each work, and a jackknife over works.

    python benchmarks/bench_mixed_random_scale.py [--sets 200] [--works 8|35] [--bounds 0|0.3]
        [--no-jackknife] [--write]

The jackknife takes four fifths of the time. Each row goes to bench_mixed_random_scale.csv when it
is done; --write makes the page of that table.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track
from scipy.stats import t

from metastudy import mixed

STORED = Path(__file__).with_suffix(".csv")
PAGE = Path(__file__).parents[1] / "docs" / "validation" / "mixed-random-scale.md"
FORMULA = "y ~ 0 + (1 | mm(treated, reference, weights=(1, -1)))"
TRUTH = 0.5
SHAPES = {
    "8 works, 16 contrasts, one with 7": (7, 2, 1, 1, 1, 2, 1, 1),
    "35 works, 56 contrasts, one with 22": (22, *[1] * 34),
}
BOUNDS = (0.0, 0.3)
SPREADS = (0.0, 0.5, 0.8)
NOISE = 0.065
SEED = 20261130


def simulated(
    sizes: tuple[int, ...], omega: float, share: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Contrasts whose mean variance over works is TRUTH squared; a share of them are bounds."""
    rows = []
    for work, size in enumerate(sizes):
        sd = TRUTH * np.exp(rng.normal(-(omega**2), omega))
        effects = rng.normal(0, sd, size + 1) + rng.normal(0, NOISE, size + 1)
        for k in range(size):
            y = effects[k + 1] - effects[0]
            bound = rng.random() < share
            rows.append(
                {
                    "treated": f"{work}t{k}",
                    "reference": f"{work}r",
                    "work": work,
                    "y": np.nan if bound else y,
                    "hi": y + rng.exponential(0.3) if bound else np.nan,
                }
            )
    return pd.DataFrame(rows)


def sampling(data: pd.DataFrame) -> np.ndarray:
    """Give the covariance of the errors: the reference's is shared by its contrasts."""
    same = data["work"].to_numpy()[:, None] == data["work"].to_numpy()
    return NOISE**2 * (same + np.eye(len(data)))


def fitted(data: pd.DataFrame) -> mixed.RandomScaleFit:
    """Fit the model with a standard deviation for each work."""
    return mixed.fit_random_scale(FORMULA, data, by="work", V=sampling(data), upper="hi")


def common(data: pd.DataFrame) -> tuple[float, float]:
    """Profile interval of one common standard deviation."""
    fit = mixed.fit(FORMULA, data, V=sampling(data), upper="hi", method="ML")
    low, high = np.sqrt(fit.components.conf_int().iloc[0].to_numpy(float))
    return float(low), float(high)


def jackknife(data: pd.DataFrame) -> tuple[float, float]:
    """Jackknife over works of the log of one common standard deviation."""
    whole = _log_sd(data)
    works = data["work"].unique()
    left = np.array([_log_sd(data[data["work"] != work]) for work in works])
    pseudo = works.size * whole - (works.size - 1) * left
    half = t.ppf(0.975, works.size - 1) * pseudo.std(ddof=1) / np.sqrt(works.size)
    return float(np.exp(pseudo.mean() - half)), float(np.exp(pseudo.mean() + half))


def _log_sd(data: pd.DataFrame) -> float:
    fit = mixed.fit(FORMULA, data, V=sampling(data), upper="hi", method="ML")
    return float(0.5 * np.log(max(fit.sigma2.iloc[0], 1e-8)))


METHODS = {
    "common": common,
    "by_work": lambda data: tuple(fitted(data).conf_int().loc["sd"]),
    "jackknife": jackknife,
}


def coverage(
    sizes: tuple[int, ...], share: float, omega: float, sets: int, methods: list[str]
) -> dict[str, float]:
    """Share of sets in which each interval holds the truth, and the median width by work."""
    rng = np.random.default_rng(SEED)
    ends: dict[str, list[tuple[float, float]]] = {method: [] for method in methods}
    for _ in track(range(sets), f"{len(sizes)} works, {share:.0%}, {omega}"):
        data = simulated(sizes, omega, share, rng)
        for method in methods:
            ends[method].append(METHODS[method](data))
    held = {m: float(np.mean([lo <= TRUTH <= hi for lo, hi in ends[m]])) for m in methods}
    return (
        dict.fromkeys(METHODS, np.nan)
        | held
        | {"width": float(np.median([hi / max(lo, 1e-9) for lo, hi in ends["by_work"]]))}
    )


def store(row: dict[str, object]) -> None:
    """Put a row into the stored table, in place of one for the same data."""
    table = pd.read_csv(STORED) if STORED.exists() else pd.DataFrame(columns=list(row))
    keys = ["works", "bounds", "omega"]
    other = ~(table[keys] == [row[key] for key in keys]).all(axis=1)
    rows = [*table[other].to_dict("records"), row]
    pd.DataFrame(rows).sort_values(keys).to_csv(STORED, index=False, lineterminator="\n")


def page() -> str:
    """Write the page of the manual."""
    lines = [
        "| works | bounds | SD of log SDs | sets | common profile | by work | jackknife | median "
        "width, by work (factor) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    names = {len(sizes): name for name, sizes in SHAPES.items()}
    for row in pd.read_csv(STORED).to_dict("records"):
        held = " | ".join(
            f"{100 * row[m]:.1f} %" if np.isfinite(row[m]) else "not run" for m in METHODS
        )
        lines.append(
            f"| {names[row['works']]} | {row['bounds']:.0%} | {row['omega']} | {row['sets']} | "
            f"{held} | {row['width']:.1f} |"
        )
    stored = pd.read_csv(STORED)[["works", "bounds", "omega"]].itertuples(index=False, name=None)
    wanted = product((len(sizes) for sizes in SHAPES.values()), BOUNDS, SPREADS)
    left = [f"{n} works, {b:.0%} bounds, {w}" for n, b, w in sorted({*wanted} - {*stored})]
    missing = f" Not run: {'; '.join(left)}." if left else ""
    least = int(pd.read_csv(STORED)["sets"].min())
    error = 100 * np.sqrt(0.95 * 0.05 / least)
    return (
        "# Intervals of a standard deviation that differs between works\n\n"
        "Look up how often each interval holds the truth where works scatter equally and "
        "unequally.\n\n"
        "Simulated data. " + " ".join((__doc__ or "").split("\n\n")[1].split()) + "\n\n"
        f"Seed {SEED}; the true root mean square is {TRUTH} dex. The standard error of a share of "
        f"95 % is {error:.1f} % with {least} sets. Made by `python "
        f"benchmarks/bench_mixed_random_scale.py --write`.{missing}\n\n" + "\n".join(lines) + "\n"
    )


def main() -> None:
    """Count how often each interval holds the truth."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sets", type=int, default=200)
    arguments.add_argument("--works", type=int, choices=[len(s) for s in SHAPES.values()])
    arguments.add_argument("--bounds", type=float, choices=BOUNDS)
    arguments.add_argument("--no-jackknife", action="store_true")
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    methods = [m for m in METHODS if m != "jackknife" or not given.no_jackknife]
    for sizes in SHAPES.values():
        if given.works not in (None, len(sizes)):
            continue
        for share in BOUNDS if given.bounds is None else (given.bounds,):
            for omega in SPREADS:
                found = coverage(sizes, share, omega, given.sets, methods)
                key = {"works": len(sizes), "bounds": share, "omega": omega, "sets": given.sets}
                store(key | found)
                print(key | found, flush=True)
    if given.write:
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
