"""Coverage of the standard deviation of contrasts, where works have equal and unequal ones.

Three intervals for the root mean square over works, on simulated contrasts of treated and reference
arms (one reference a work): the profile of one common standard deviation, the profile of the model
with a standard deviation for each work, and a jackknife over works. Bounds are contrasts below a
limit of their own, drawn apart from the contrast.

    python benchmarks/bench_mixed_random_scale.py [--sets 200] [--works 8|35] [--bounds 0|0.3]
        [--keep runs] [--jackknife] [--write]

The jackknife takes four fifths of the time. Whether an interval holds the truth is read off the
profile there; ends, for the width, are searched in the first 20 sets, as jackknives are.
The results of single sets stay in the directory ``--keep``, so that a run can be stopped and taken
up again; --write makes the table bench_mixed_random_scale.csv and the page.
"""

from __future__ import annotations

import argparse
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm, t

from metastudy import mixed
from metastudy.mixed.results.random_scale_fit import critical_drop

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
LIMIT_SD = 0.3
SEED = 20261130
WIDTHS, JACKKNIVES = 20, 20


def simulated(
    sizes: tuple[int, ...], omega: float, share: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Contrasts whose mean variance over works is TRUTH squared; about a share of them are bounds.

    The limit does not depend on the contrast, else it would tell more than "below".
    """
    rows = []
    at = float(norm.ppf(share or 0.5) * np.hypot(TRUTH * np.sqrt(2), LIMIT_SD))
    for work, size in enumerate(sizes):
        sd = TRUTH * np.exp(rng.normal(-(omega**2), omega))
        effects = rng.normal(0, sd, size + 1) + rng.normal(0, NOISE, size + 1)
        for k in range(size):
            y = effects[k + 1] - effects[0]
            limit = LIMIT_SD * rng.standard_normal() + at
            bound = share > 0 and y < limit
            rows.append(
                {
                    "treated": f"{work}t{k}",
                    "reference": f"{work}r",
                    "work": work,
                    "y": np.nan if bound else y,
                    "hi": limit if bound else np.nan,
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


def one_set(
    sizes: tuple[int, ...], share: float, omega: float, run: int, with_jackknife: bool
) -> dict[str, float]:
    """Give the drops of both profiles at the truth, the factor between the ends, and jackknife."""
    rng = np.random.default_rng([SEED, len(sizes), round(100 * share), round(10 * omega), run])
    data = simulated(sizes, omega, share, rng)
    fit = fitted(data)
    equal = 2 * (fit.equal[1] - fit.likelihood.llf(np.log([TRUTH]), np.zeros(1))[0])
    found = {"run": run, "bounds": int(data["y"].isna().sum()), "sd": fit.params["sd"]}
    found |= {"common": equal, "by_work": fit.profile(np.array([TRUTH]))["drop"].iloc[0]}
    if run < WIDTHS:
        low, high = fit.conf_int().loc["sd"]
        found["width"] = high / max(low, 1e-9)
    if with_jackknife and run < JACKKNIVES:
        low, high = jackknife(data)
        found["jackknife"] = float(low <= TRUTH <= high)
    return found


KEYS = ["works", "bounds", "omega"]
RESULTS = ["run", "bounds", "sd", "common", "by_work", "width", "jackknife"]


def recorded(
    sizes: tuple[int, ...], share: float, omega: float, sets: int, keep: Path, jackknife: bool
) -> None:
    """Add the sets that a file of the directory lacks."""
    path = keep / f"{len(sizes)} {share:g} {omega:g}.csv"
    keep.mkdir(parents=True, exist_ok=True)
    known = set(pd.read_csv(path)["run"]) if path.exists() else set()
    for run in range(sets):
        if run not in known:
            row = pd.DataFrame([one_set(sizes, share, omega, run, jackknife)], columns=RESULTS)
            row.to_csv(path, mode="a", header=not path.exists(), index=False)


def summarised(keep: Path) -> pd.DataFrame:
    """Share of sets in which each interval holds the truth, and the median width by work."""
    rows = []
    for path in keep.glob("*.csv"):
        works, share, omega = (float(x) for x in path.stem.split())
        sets = pd.read_csv(path)
        row = {"works": int(works), "bounds": share, "omega": omega, "sets": len(sets)}
        row["rows bounded"] = float(sets["bounds"].mean())
        row["common"] = float((sets["common"] <= chi2.ppf(0.95, 1)).mean())
        row["by_work"] = float((sets["by_work"] <= critical_drop(int(works))).mean())
        row["jackknife"] = sets["jackknife"].mean()
        row["jackknives"] = int(sets["jackknife"].count())
        rows.append(row | {"width": sets["width"].median(), "sd": sets["sd"].median()})
    return pd.DataFrame(rows).sort_values(KEYS)


def page() -> str:
    """Write the page of the manual."""
    table = pd.read_csv(STORED)
    names = {len(sizes): name for name, sizes in SHAPES.items()}
    lines = [
        "| works | rows bounded | SD of log SDs | sets | common profile | by work | jackknife | "
        "median SD | median width, by work (factor) |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in table.to_dict("records"):
        cells = [f"{100 * row[m]:.1f} %" for m in ("common", "by_work")]
        few = row["jackknives"]
        cells.append(f"{100 * row['jackknife']:.1f} % of {few}" if few else "not run")
        held = " | ".join(cells)
        lines.append(
            f"| {names[row['works']]} | {row['rows bounded']:.0f} | {row['omega']} | "
            f"{row['sets']} | {held} | {row['sd']:.2f} | {row['width']:.1f} |"
        )
    wanted = product((len(sizes) for sizes in SHAPES.values()), BOUNDS, SPREADS)
    left = sorted({*wanted} - {*table[KEYS].itertuples(index=False, name=None)})
    missing = "; ".join(f"{n} works, {b:.0%} bounds, {w}" for n, b, w in left)
    least = int(table["sets"].min())
    error = 100 * np.sqrt(0.95 * 0.05 / least)
    return (
        "# Intervals of a standard deviation that differs between works\n\n"
        "Look up how often each interval holds the truth where works scatter equally and "
        "unequally.\n\n"
        "Simulated data. " + " ".join((__doc__ or "").split("\n\n")[1].split()) + "\n\n"
        f"Seed {SEED}; the true root mean square is {TRUTH} dex. The standard error of a share of "
        f"95 % is {error:.1f} % with {least} sets. Made by `python "
        f"benchmarks/bench_mixed_random_scale.py --keep runs --write`."
        + (f" Not run: {missing}." if left else "")
        + "\n\n"
        + "\n".join(lines)
        + "\n\nWhere the SD of log SDs is 0.8, few works carry the mean square over works. Sets "
        "without such a work put estimate and interval too low: most of the misses are there.\n"
    )


STEP = 20


def main() -> None:
    """Count how often each interval holds the truth."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sets", type=int, default=200)
    arguments.add_argument("--works", type=int, choices=[len(s) for s in SHAPES.values()])
    arguments.add_argument("--bounds", type=float, choices=BOUNDS)
    arguments.add_argument("--keep", type=Path, default=Path("runs"))
    arguments.add_argument("--jackknife", action="store_true")
    arguments.add_argument("--write", action="store_true")
    given = arguments.parse_args()
    shapes = [s for s in SHAPES.values() if given.works in (None, len(s))]
    shares = BOUNDS if given.bounds is None else (given.bounds,)
    for sets in [*range(STEP, given.sets, STEP), given.sets]:
        for sizes, share, omega in product(shapes, shares, SPREADS):
            recorded(sizes, share, omega, sets, given.keep, given.jackknife)
    table = summarised(given.keep)
    print(table.round(3).to_string())
    if given.write:
        table.round(4).to_csv(STORED, index=False, lineterminator="\n")
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
