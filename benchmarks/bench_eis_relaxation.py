"""Areas of relaxation times: do their intervals hold, and is it said where arcs are not told apart.

    python benchmarks/bench_eis_relaxation.py [--draws 200] [--write]

Two or three arcs behind 10 ohm, 71 points from 100 kHz to 10 mHz; sizes, distances and Gaussian
noise (0.1 to 1 % of |Z|) drawn anew, evenly in logarithms. *Between borders*: the interval of each
peak against what the arcs have between its borders, by Cole and Cole's distribution. *By arc*:
where as many peaks count as there are arcs, each interval against the resistance of its arc.
*Given the regularisation*: the same for 1.96 standard errors. A remark names peaks that are not
told apart.
"""

import argparse
import os
import sys
import time
import warnings
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# The thread limit must stand before numpy is imported.
import numpy as np  # noqa: E402

from metastudy import eis  # noqa: E402

SEED = 20261130
F = np.logspace(5, -2, 71)
PAGE = Path(__file__).parents[1] / "docs" / "validation" / "eis-relaxation-times.md"
# Number of arcs, range of the factor between neighbours, largest ratio of sizes, exponent.
KINDS = {
    "two, factor 1.5 to 4": (2, (1.5, 4), 5, 1.0),
    "two, factor 4 to 10": (2, (4, 10), 10, 1.0),
    "two, factor 30 to 100": (2, (30, 100), 10, 1.0),
    "three, factors 2 to 5": (3, (2, 5), 4, 1.0),
    "three, factors 5 to 20": (3, (5, 20), 4, 1.0),
    "two depressed (n 0.9), factor 4 to 10": (2, (4, 10), 3, 0.9),
    "two depressed (n 0.8), factor 30 to 100": (2, (30, 100), 3, 0.8),
}
LEAST_COVERED = 0.93


def draw(kind, rng):
    """Arcs (ohm, s), exponent and spectrum."""
    count, factors, sizes, n = KINDS[kind]
    steps = np.exp(rng.uniform(*np.log(factors), count - 1))
    tau = 10 ** rng.uniform(-2.8, -2.2) * np.cumprod([1.0, *steps])
    r = 100 * sizes ** rng.uniform(-0.5, 0.5, count)
    noise = 10 ** rng.uniform(-3, -2)
    z = 10 + (r / (1 + (2j * np.pi * F[:, None] * tau) ** n)).sum(axis=1)
    e = rng.standard_normal((2, F.size))
    return r, tau, n, eis.Spectrum(F, z * (1 + noise * (e[0] + 1j * e[1])))


def below(border, tau, n):
    """Share of an arc's distribution below a time constant."""
    if n == 1:
        return (tau < border).astype(float)
    x = np.clip(np.log(np.maximum(border, 1e-300) / tau), -700, 700)
    return 0.5 + np.arctan(np.tan(n * np.pi / 2) * np.tanh(n * x / 2)) / (n * np.pi)


def run(kind, draws):
    """One row of the table, and the share of areas between borders that was covered."""
    rng = np.random.default_rng([SEED, list(KINDS).index(kind)])
    between, by_arc, given, said, off, spent = [], [], [], [], [], []
    for _ in range(draws):
        r, tau, n, spectrum = draw(kind, rng)
        start = time.process_time()
        times = eis.relaxation_times(spectrum)
        ends = times.conf_int().to_numpy()
        spent.append(time.process_time() - start)
        borders = [0.0, *(peak.borders[1] for peak in times.peaks[:-1]), np.inf]
        inside = np.diff([r @ below(border, tau, n) for border in borders])
        between += ((ends[:, 0] <= inside) & (inside <= ends[:, 1])).tolist()
        said.append(bool(times.unseparated))
        off.append(abs(times.params.sum() / r.sum() - 1))
        counted = [k for k, peak in enumerate(times.peaks) if peak in times.arcs]
        if len(counted) == r.size:
            by_arc += [ends[k, 0] <= one <= ends[k, 1] for k, one in zip(counted, r, strict=True)]
            given += [
                abs(times.peaks[k].area - one) <= 1.96 * times.peaks[k].area_se
                for k, one in zip(counted, r, strict=True)
            ]
    counts = f"{np.mean(by_arc):.1%} of {len(by_arc)} | {np.mean(given):.1%}" if by_arc else "- | -"
    return (
        f"| {kind} | {np.mean(between):.1%} of {len(between)} | {counts} | {np.mean(said):.0%} | "
        f"{np.max(off):.1%} | {1e3 * np.median(spent):.0f} ms |"
    ).replace("%", " %"), float(np.mean(between))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = [
        "| arcs | between borders | by arc | given the regularisation | with a remark | "
        "sum of areas off by at most | CPU with intervals |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(rows))
    least = 1.0
    for kind in KINDS:
        row, covered = run(kind, options.draws)
        least = min(least, covered)
        rows.append(row)
        print(row, flush=True)
    if options.write:
        intro = "\n\n".join(__doc__.split("\n\n")[2:])
        command = f"`python benchmarks/bench_eis_relaxation.py --draws {options.draws} --write`"
        heading = "# Areas of relaxation times"
        words = [heading, intro.rstrip(), f"Made by {command}, seed {SEED}.", "\n".join(rows)]
        PAGE.write_text("\n\n".join(words) + "\n", encoding="utf-8")
    return int(least < LEAST_COVERED)


if __name__ == "__main__":
    sys.exit(main())
