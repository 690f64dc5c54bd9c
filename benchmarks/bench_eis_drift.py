"""Does the verdict name a resistance that drifts during the sweep, and how often without a drift.

Two arcs 1.5 to 3 decades apart, drawn anew, alone and before blocking electrodes; 64 points from
7 MHz to 0.1 Hz, noise in proportion to |Z| (or, for false alarms, constant in ohm, or half of each
in squares) under modulus weights. R1 changes in proportion to the place of a point in the sweep, or
to the time if every point takes three periods and 0.1 s. Also an arc of another shape: R1 is a
lognormal distribution of time constants (0.35 in decades, standard deviation), fitted by R || CPE.

Printed for each: verdicts that name a drift, verdicts that say a misfit, and the coverage of the
nominal 95 % interval of R1 (its value at the start of the sweep), over all fits and over those
whose verdict says neither. Named weights: the verdict says that the noise is of another law.

    python benchmarks/bench_eis_drift.py [--draws 400] [--write]  # docs/validation/eis-drift.md
"""

import argparse
import os
import re
import warnings
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402

from metastudy import eis  # noqa: E402

SEED = 20261130
PAGE = Path(__file__).parents[1] / "docs" / "validation" / "eis-drift.md"
F = np.geomspace(7e6, 0.1, 64)
PLACE = np.linspace(0.0, 1.0, F.size)
TIME = np.cumsum(3 / F + 0.1) / np.sum(3 / F + 0.1)
CIRCUITS = {"two arcs": "R0-p(R1,CPE1)-p(R2,CPE2)", "blocking": "R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"}


def draw(rng: np.random.Generator, blocking: bool) -> list[float]:
    """Parameters of one cell."""
    r0, r1, r2 = 10 ** rng.uniform([1, 2, 2], [3, 4, 4])
    tau1 = 10 ** rng.uniform(-6.5, -4.5)
    tau2 = tau1 * 10 ** rng.uniform(1.5, 3.0)
    n1, n2, n3 = rng.uniform(0.75, 0.97, 3)
    values = [r0, r1, tau1**n1 / r1, n1, r2, tau2**n2 / r2, n2]
    return values + ([10 ** rng.uniform(-5, -4), n3] if blocking else [])


def impedance(circuit: str, values: list[float], change: np.ndarray) -> np.ndarray:
    """Z (n,) with R1 times 1 + ``change`` (n,)."""
    whole = eis.Circuit(circuit).impedance(F, values)
    _, r, q, n = values[:4]
    drifted = r * (1 + change)
    slow = q * (2j * np.pi * F) ** n
    return whole - r / (1 + r * slow) + drifted / (1 + drifted * slow)


def lognormal(circuit: str, values: list[float]) -> np.ndarray:
    """Z (n,) with the first arc a lognormal distribution of time constants."""
    whole = eis.Circuit(circuit).impedance(F, values)
    _, r, q, n = values[:4]
    place, share = np.polynomial.hermite_e.hermegauss(40)
    tau = (r * q) ** (1 / n) * 10 ** (0.35 * place)
    arc = (share / share.sum() / (1 + 2j * np.pi * F[:, None] * tau)).sum(axis=1)
    return whole - r / (1 + r * q * (2j * np.pi * F) ** n) + r * arc


def deviation(law: str, z: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each part (n,) for a noise of 1, in ohm."""
    size, middle = np.abs(z), np.median(np.abs(z))
    return {
        "modulus": size,
        "constant": 0 * size + middle,
        "mixed": np.hypot(size, middle) / 2**0.5,
    }[law]


def run(
    words: str, cell: str, noise: float, draws: int, change, shape: bool = False, law="modulus"
) -> str:
    """One line of the table."""
    circuit = CIRCUITS[cell]
    rng = np.random.default_rng([SEED, list(CIRCUITS).index(cell), int(1e4 * noise)])
    held, drifts, misses, weights = (np.zeros(draws, bool) for _ in range(4))
    for k in range(draws):
        values = draw(rng, cell == "blocking")
        z = lognormal(circuit, values) if shape else impedance(circuit, values, change)
        e = rng.standard_normal((2, F.size))
        fit = eis.fit(eis.Spectrum(F, z + noise * deviation(law, z) * (e[0] + 1j * e[1])), circuit)
        low, high = fit.conf_int().loc["R1"]
        held[k] = low <= values[1] <= high
        verdict = fit.verdict
        drifts[k], misses[k] = "as a drift" in verdict, "misses" in verdict
        weights[k] = "as the weights have it" in verdict
    silent = ~(drifts | misses | weights)
    rest = f"{held[silent].mean():.0%} of {silent.sum()}" if silent.any() else "none"
    shares = " | ".join(f"{one.mean():.0%}" for one in (drifts, misses, weights, held))
    return f"| {cell}, {noise:.1%} | {words} | {shares} | {rest} |".replace("%", " %").replace(
        "percent", "%"
    )


def lines(count: int):
    """All lines of the table, as they are made."""
    for cell in CIRCUITS:
        for noise in (0.001, 0.005):
            yield run("no drift", cell, noise, count, 0 * PLACE)
            for law in ("constant", "mixed"):
                yield run(f"no drift, noise {law}", cell, noise, count, 0 * PLACE, law=law)
            for size in (0.01, 0.03, 0.1):
                yield run(f"{100 * size:.0f} percent by place", cell, noise, count, size * PLACE)
            yield run("3 percent by time", cell, noise, count, 0.03 * TIME)
            yield run("R1 a lognormal distribution", cell, noise, count, 0 * PLACE, shape=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--write", action="store_true", help="put the table into the page")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = [
        "| cell, noise | what is done | drift named | misfit named | weights named | coverage | "
        "where nothing is named |",
        "|---|---|---|---|---|---|---|",
    ]
    print("\n".join(rows))
    for line in lines(options.draws):
        rows.append(line)
        print(line, flush=True)
    if options.write:
        head, _, tail = PAGE.read_text(encoding="utf-8").partition("| cell, noise")
        after = tail[tail.rindex("|\n") + 2 :]
        command = f"`python benchmarks/bench_eis_drift.py --draws {options.draws} --write`"
        head = re.sub(r"`python benchmarks/bench_eis_drift.py[^`]*`", command, head)
        head = re.sub(r"[0-9]+ draws\s+a line", f"{options.draws} draws a line", head)
        PAGE.write_text(head + "\n".join(rows) + "\n" + after, encoding="utf-8")


if __name__ == "__main__":
    main()
