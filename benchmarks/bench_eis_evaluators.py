"""How far the evaluator moves one resistance, and whether an average holds the truth (claim 26).

Simulated cells, seed fixed: SS|PE|SE|PE|SS with bulk 200 ohm and contact 1000 ohm. In ``separate``
the time constants are three decades apart, in ``overlapping`` one; in ``hidden arc`` a third arc of
300 ohm lies a decade and a half below the contact, which the evaluator's circuit of two arcs
does not know. For each cell: the share of draws whose 95 % interval holds the contact's 1000 ohm,
by the profile of the evaluator's fit and by the average over circuits, windows and weights; the
ratio of their widths; and the spread of all defensible evaluations. It is about the method, on
simulated spectra, and says nothing of the literature's scatter.

Usage: python benchmarks/bench_eis_evaluators.py [draws]
"""

import sys
import time

import numpy as np

from metastudy import eis
from metastudy.eis.errors import EisError

SEED = 20261126
CIRCUIT, ARC, TRUTH = "R0-p(R1,CPE1)-p(R2,CPE2)-CPE3", "R2", 1000.0
F = np.geomspace(7e6, 0.1, 60)
NOISE = 0.003
# name: ratio of the time constants of contact and bulk, ohm of a hidden arc
CELLS = {"separate": (1000.0, 0.0), "overlapping": (10.0, 0.0), "hidden arc": (1000.0, 300.0)}
# Smallest share of draws whose averaged interval must hold the truth.
GOALS = {"separate": 0.90, "overlapping": 0.90, "hidden arc": 0.90}


def spectrum(rng: np.random.Generator, ratio: float, hidden: float) -> eis.Spectrum:
    """Draw one spectrum of a cell."""
    jw, tau = 2j * np.pi * F, 1e-7
    z = 20 + 200 / (1 + (jw * tau) ** 0.98) + TRUTH / (1 + (jw * tau * ratio) ** 0.85)
    z = z + hidden / (1 + (jw * tau * ratio / 30) ** 0.9) + 1 / (1e-4 * jw**0.9)
    noise = rng.standard_normal(F.size) + 1j * rng.standard_normal(F.size)
    return eis.Spectrum(F, z * (1 + NOISE * noise))


def run(name: str, draws: int) -> dict[str, float]:
    """Score one kind of cell."""
    rng = np.random.default_rng(SEED)
    one, averaged, ratios, spreads, failed = 0, 0, [], [], 0
    for _ in range(draws):
        drawn = spectrum(rng, *CELLS[name])
        try:
            low, high = eis.fit(drawn, CIRCUIT).intervals([ARC])[0]
            lower, upper = eis.average(drawn, CIRCUIT, ARC).conf_int().loc[ARC]
            spreads.append(eis.multiverse(drawn, CIRCUIT, ARC, bulk_ohm=220.0).sd_dex)
        except EisError:
            failed += 1
            continue
        one += low <= TRUTH <= high
        averaged += lower <= TRUTH <= upper
        ratios.append(np.log(upper / lower) / np.log(high / low))
    n = draws - failed
    return {
        "draws": n,
        "one fit": one / n,
        "averaged": averaged / n,
        "width ratio": float(np.median(ratios)),
        "spread dex": float(np.median(spreads)),
    }


def main() -> int:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    missed = 0
    print(f"simulated, {draws} draws each, seed {SEED}")
    for name in CELLS:
        began = time.process_time()
        found = run(name, draws)
        goal = GOALS.get(name)
        word = "" if goal is None else "  goal met" if found["averaged"] >= goal else "  MISSED"
        missed += word.endswith("MISSED")
        print(
            f"{name:12} holds the truth: one fit {found['one fit']:.2f}, averaged "
            f"{found['averaged']:.2f} ({found['width ratio']:.2f} times as wide); all defensible "
            f"evaluations: SD {found['spread dex']:.4f} dex; {found['draws']:.0f} draws, "
            f"{time.process_time() - began:.0f} s CPU{word}"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
