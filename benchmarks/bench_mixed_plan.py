"""The design calculator in full: how many labs a round robin needs to see a lab effect.

python benchmarks/bench_mixed_plan.py --runs 10000 --write

For a standard deviation between labs of .20 or .32 beside .38 within them (preparation and sample
together; decades) the least number of labs whose 95 % profile interval leaves out 0 in at least
80 % of runs is found from the F distribution, exactly; the calculator then simulates that number
of labs and one fewer. Three designs without a closed form follow. Seeds are fixed.
"""

import argparse
import os
import sys
import time
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).parents[1] / "docs" / "validation" / "mixed-plan.md"
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy import optimize, stats  # noqa: E402

from metastudy import mixed  # noqa: E402

SEED = 20261125
WITHIN_SD = 0.38
POWER = 0.8
LARGEST_ERROR = 3.5
"""Simulation errors that the calculator may be away from the exact probability."""
CASES = [(0.20, 2), (0.20, 3), (0.20, 5), (0.32, 2), (0.32, 3), (0.32, 5)]
OPEN_COMPONENTS = {
    "lab": 0.20**2,
    "recipe": 0.25**2,
    "preparation": 0.30**2,
    "sample": 0.20**2,
    "repeat": 0.05**2,
}
OPEN_DESIGNS = [
    mixed.Design({"lab": 10, "preparation": 3, "sample": 2, "repeat": 2}),
    mixed.Design({"lab": 10, "preparation": 3, "sample": 2}, {"recipe": 3}),
    mixed.Design({"lab": 10, "recipe": 3, "preparation": 3, "sample": 2}),
]


def exact_power(labs, preparations, sd):
    """P(lower end > 0) of the balanced one-way layout, as tests/mixed/planning has it."""
    d1, d2 = labs - 1, labs * (preparations - 1)

    def excess(F):
        ratio = (d1 + d2) * np.log((d1 * F + d2) / (d1 + d2)) - d1 * np.log(F)
        return ratio - stats.chi2.ppf(0.95, 1)

    critical = optimize.brentq(excess, 1.0001, 1e4)
    return stats.f.sf(critical / (1 + preparations * (sd / WITHIN_SD) ** 2), d1, d2)


def least_labs(preparations, sd):
    return next(a for a in range(3, 2000) if exact_power(a, preparations, sd) >= POWER)


def round_robin(runs, progress):
    rows = []
    for sd, preparations in CASES:
        needed = least_labs(preparations, sd)
        for labs in (needed - 1, needed):
            rng = np.random.default_rng(SEED)
            start = time.process_time()
            plan = mixed.plan(
                {"lab": sd**2, "preparation": WITHIN_SD**2},
                mixed.Design({"lab": labs, "preparation": preparations}),
                n=runs,
                rng=rng,
                progress=progress,
            )
            used = time.process_time() - start
            row = plan.to_frame().set_index("component").loc["lab"]
            exact = exact_power(labs, preparations, sd)
            error = np.sqrt(exact * (1 - exact) / runs)
            rows.append(
                {
                    "lab sd": sd,
                    "preparations": preparations,
                    "labs": labs,
                    "least": labs == needed,
                    "exact": exact,
                    "simulated": row["p_above_zero"],
                    "errors away": (row["p_above_zero"] - exact) / error,
                    "median lower": row["lower"],
                    "median upper": row["upper"],
                    "CPU s": used,
                }
            )
    return pd.DataFrame(rows)


def markdown(table):
    head = "| " + " | ".join(table.columns) + " |\n|" + "---|" * table.shape[1]
    lines = [
        "| " + " | ".join(f"{x:.3g}" if isinstance(x, float) else str(x) for x in row) + " |"
        for row in table.itertuples(index=False)
    ]
    return "\n".join([head, *lines])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()

    def progress(done, total):
        print(f"\r{done:,} of {total:,} runs", end="", file=sys.stderr)

    counts = round_robin(options.runs, progress)
    rng = np.random.default_rng(SEED)
    plan = mixed.plan(OPEN_COMPONENTS, OPEN_DESIGNS, n=options.runs // 5, rng=rng)
    text = "\n".join(
        [
            "# The design calculator",
            "",
            "Look up how many laboratories a round robin needs, by theory and by simulation.",
            "",
            f"Made by `python benchmarks/bench_mixed_plan.py --runs {options.runs} --write`; "
            "one BLAS thread.",
            "",
            f"Round robin, SD {WITHIN_SD} within labs; probability that the lower end of the lab "
            "SD's interval is above zero:",
            "",
            markdown(counts),
            "",
            "Designs without a closed form:",
            "",
            markdown(plan.to_frame()),
            "",
            markdown(plan.mean),
            "",
        ]
    )
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    worst = counts["errors away"].abs().max()
    if worst > LARGEST_ERROR:
        sys.exit(f"a probability is {worst:.1f} simulation errors away from the exact one")


if __name__ == "__main__":
    main()
