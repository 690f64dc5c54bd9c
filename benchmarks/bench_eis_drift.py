"""Does the verdict name a resistance that drifts during the sweep, and how often without a drift.

Two arcs 1.5 to 3 decades apart, drawn anew, alone and before blocking electrodes; 64 points from
7 MHz to 0.1 Hz, noise in proportion to |Z| (or, for false alarms, constant in ohm) under modulus
weights. R1 changes in proportion to the place of a point in the sweep, or to the time if
every point takes three periods and 0.1 s. Also an arc of another shape: R1 is a lognormal
distribution of time constants (0.35 in decades, standard deviation), fitted by R || CPE.

Printed for each: verdicts that name a drift, verdicts that say a misfit, and the coverage of the
nominal 95 % interval of R1 (its value at the start of the sweep), over all fits and over those
whose verdict says neither.

Usage: python benchmarks/bench_eis_drift.py [draws]
"""

import os
import sys
import warnings

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402

from metastudy import eis  # noqa: E402

SEED = 20261130
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


def run(
    words: str, cell: str, noise: float, draws: int, change, shape: bool = False, ohm: bool = False
) -> None:
    """Print one line."""
    circuit = CIRCUITS[cell]
    rng = np.random.default_rng([SEED, list(CIRCUITS).index(cell), int(1e4 * noise)])
    held, drifts, misses = (np.zeros(draws, bool) for _ in range(3))
    for k in range(draws):
        values = draw(rng, cell == "blocking")
        z = lognormal(circuit, values) if shape else impedance(circuit, values, change)
        e = rng.standard_normal((2, F.size))
        size = np.median(np.abs(z)) if ohm else np.abs(z)
        fit = eis.fit(eis.Spectrum(F, z + noise * size * (e[0] + 1j * e[1])), circuit)
        low, high = fit.conf_int().loc["R1"]
        held[k] = low <= values[1] <= high
        drifts[k], misses[k] = "drift" in fit.verdict, "misses" in fit.verdict
    silent = ~(drifts | misses)
    rest = f"{100 * held[silent].mean():.0f} %" if silent.any() else "none"
    print(
        f"{cell:9} {100 * noise:.1f} %  {words:24} drift {100 * drifts.mean():5.1f} %  misfit "
        f"{100 * misses.mean():5.1f} %  coverage {100 * held.mean():3.0f} %, where nothing is "
        f"said {rest} of {silent.sum()}",
        flush=True,
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    print(f"{count} draws each, seed {SEED}")
    for cell in CIRCUITS:
        for noise in (0.001, 0.005):
            run("no drift", cell, noise, count, 0 * PLACE)
            run("no drift, noise in ohm", cell, noise, count, 0 * PLACE, ohm=True)
            for size in (0.01, 0.03, 0.1):
                run(f"{100 * size:.0f} % by place", cell, noise, count, size * PLACE)
            run("3 % by time", cell, noise, count, 0.03 * TIME)
            run("lognormal", cell, noise, count, 0 * PLACE, shape=True)
