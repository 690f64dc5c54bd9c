"""Whether weights that are read off belong beside the laws of the data alone, or in their place.

Simulated hybrid cells SS|PE|SE|PE|SS with leads and a stray capacitance, seed fixed; the circuit is
known, the law of the errors is not. ``relative`` has noise of 0.3 % of |Z|, ``floor`` of 6 ohm,
``shared`` of 0.3 % and an instrument that goes off smoothly by 2 % at 7 MHz, as is stated to the
evaluator. For each: the share of draws whose 95 % interval holds the contact's resistance, and the
median width of the interval in ln R, for one fit under modulus weights, one under the error
structure, and averages over the three laws of the data alone (A), these and the error structure
(B), and the error structure alone (C).

Usage: python benchmarks/bench_eis_weights.py [draws]
"""

import sys
import time

import numpy as np

from metastudy import eis
from metastudy.eis.errors import EisError
from metastudy.eis.evaluators.evaluations import WEIGHTS

SEED = 20261127
CIRCUIT, ARC, TRUTH = eis.Circuit("L0-p(C0,R1-p(R2,CPE2)-CPE3)"), "R2", 1500.0
VALUES = (1e-6, 2e-11, 3000.0, TRUTH, 3e-9, 0.9, 1e-6, 0.9)
F = np.geomspace(7e6, 0.1, 60)
STATED = 0.02
# name: SD of the noise over |Z| and in ohm, and of the shared error at 7 MHz
CELLS = {"relative": (0.003, 0.0, 0.0), "floor": (0.0, 6.0, 0.0), "shared": (0.003, 0.0, STATED)}
# Smallest share of draws whose interval by the average of B must hold the truth.
GOAL = 0.90


def spectrum(
    rng: np.random.Generator, relative: float, floor: float, shared: float
) -> eis.Spectrum:
    """Draw one spectrum; the shared error is a Gaussian process alike over a decade."""
    z = CIRCUIT.impedance(F, dict(zip(CIRCUIT.names, VALUES, strict=True)))
    apart = np.subtract.outer(np.log(F), np.log(F)) / np.log(10)
    root = np.linalg.cholesky(np.exp(-(apart**2) / 2) + 1e-9 * np.eye(F.size))
    curve = root @ (rng.standard_normal(F.size) + 1j * rng.standard_normal(F.size))
    off = shared * np.maximum(F / 1e6 - 1, 0) / 6 * curve
    noise = rng.standard_normal(F.size) + 1j * rng.standard_normal(F.size)
    return eis.Spectrum(F, z * (1 + off) + (relative * np.abs(z) + floor) * noise)


def intervals(drawn: eis.Spectrum, stated: float) -> dict[str, tuple[float, float]]:
    """Every road's 95 % interval (ohm)."""
    structure = {"weight": "structure", "high_frequency_error": stated}
    found = {
        "modulus": eis.fit(drawn, CIRCUIT).intervals([ARC])[0],
        "structure": eis.fit(drawn, CIRCUIT, **structure).intervals([ARC])[0],
        "A": tuple(eis.average(drawn, CIRCUIT.text, ARC).conf_int().loc[ARC]),
    }
    for name, weights in (("B", (*WEIGHTS, "structure")), ("C", ("structure",))):
        average = eis.average(
            drawn, CIRCUIT.text, ARC, weights=weights, high_frequency_error=stated
        )
        found[name] = tuple(average.conf_int().loc[ARC])
    return {name: (float(low), float(high)) for name, (low, high) in found.items()}


def main() -> int:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    missed = 0
    print(f"simulated, {draws} draws each, seed {SEED}")
    for name, errors in CELLS.items():
        rng, began = np.random.default_rng(SEED), time.process_time()
        found, failed = [], 0
        for _ in range(draws):
            try:
                found.append(intervals(spectrum(rng, *errors), errors[-1]))
            except EisError:
                failed += 1
        print(f"{name}: {failed} failed, {time.process_time() - began:.0f} s CPU")
        for road in found[0]:
            ends = np.array([one[road] for one in found])
            held = float(np.mean((ends[:, 0] <= TRUTH) & (TRUTH <= ends[:, 1])))
            width = float(np.median(np.log(ends[:, 1] / ends[:, 0])))
            missed += road == "B" and held < GOAL
            print(f"  {road:9} holds the truth {held:.2f}, width {width:.3f}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
