"""Coverage of the standard deviation of contrasts, where works have equal and unequal ones.

Three intervals for the root mean square over works, on simulated contrasts of treated and reference
arms (one reference a work): the profile of one common standard deviation, the profile of the model
with a standard deviation for each work, and a jackknife over works.

    python benchmarks/bench_mixed_random_scale.py [--sets 200] [--write]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track
from scipy.stats import t

from metastudy import mixed

PAGE = Path(__file__).parents[1] / "docs" / "validation" / "mixed-random-scale.md"
FORMULA = "y ~ 0 + (1 | mm(treated, reference, weights=(1, -1)))"
TRUTH = 0.5
SHAPES = {
    "8 works, 16 contrasts, one with 7": (7, 2, 1, 1, 1, 2, 1, 1),
    "35 works, 56 contrasts, one with 22": (22, *[1] * 34),
}
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


def main() -> None:
    """Count how often each interval holds the truth."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sets", type=int, default=200)
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    lines = [
        "| works | bounds | SD of log SDs | common profile | by work | jackknife | median width, "
        "by work (factor) |",
        "|---|---|---|---|---|---|---|",
    ]
    methods = {
        "common": common,
        "by work": lambda d: tuple(fitted(d).conf_int().loc["sd"]),
        "jackknife": jackknife,
    }
    for name, sizes in SHAPES.items():
        for share in (0.0, 0.3):
            for omega in SPREADS:
                rng = np.random.default_rng(SEED)
                ends: dict[str, list[tuple[float, float]]] = {method: [] for method in methods}
                for _ in track(range(given.sets), f"{name}, {share:.0%}, {omega}"):
                    data = simulated(sizes, omega, share, rng)
                    for method, interval in methods.items():
                        ends[method].append(interval(data))
                held = [np.mean([lo <= TRUTH <= hi for lo, hi in found]) for found in ends.values()]
                width = np.median([hi / max(lo, 1e-9) for lo, hi in ends["by work"]])
                lines.append(
                    f"| {name} | {share:.0%} | {omega} | "
                    + " | ".join(f"{100 * share_held:.1f} %" for share_held in held)
                    + f" | {width:.1f} |"
                )
                print(lines[-1], flush=True)
    if given.write:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        head = (
            "# Intervals of a standard deviation that differs between works\n\n"
            "Simulated data. " + " ".join((__doc__ or "").split("\n\n")[1].split()) + f"\n\n"
            f"{given.sets} sets a row, seed {SEED}; the true root mean square is {TRUTH} dex. The "
            "standard error of a share of 95 % is "
            f"{100 * np.sqrt(0.95 * 0.05 / given.sets):.1f} %.\n\n"
        )
        PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
