"""The simulated seven-temperature cell: do the stated intervals hold, each temperature and Ea.

The cell of analyses/02_refit_simulated_cell, drawn anew with noise of 0.3 % and 0.5 K per point,
once as it is and once with a bulk arc 8 times faster than the contact's. Every spectrum goes the
way of ``metastudy refit``; a resistance that is not determined is refused and counts neither way.
A resistance's interval holds the fit and 0.5 K; that of Ea also a common 1 K, which is not drawn.
Goal: 184 of 200, in each temperature and in Ea (as a share of those answered).

Usage: python benchmarks/bench_eis_cell.py [draws]
"""

import os
import sys
import time
import warnings
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402

from metastudy import eis  # noqa: E402
from metastudy.bridge.refits.evaluation_options import EvaluationOptions  # noqa: E402
from metastudy.bridge.refits.refit import refit_spectrum  # noqa: E402
from metastudy.corpus.refits import NOT_DETERMINED  # noqa: E402
from metastudy.errors import MetastudyError  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "analyses/02_refit_simulated_cell"))
import simulate  # noqa: E402

SEED = 20261127
GOAL = 184 / 200
CELLS = {"as it is": "L0-R0-p(R1,CPE1)-CPE2", "overlapping": "L0-R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"}
F = np.geomspace(7e6, 0.1, 64)
T = np.array(simulate.TEMPERATURES_C, dtype=float)


def draw(name: str, stated: float, rng: np.random.Generator) -> eis.Spectrum:
    """One spectrum at a temperature near the stated one."""
    true = stated + 0.5 * rng.standard_normal()
    z = simulate.impedance(F, true)
    if name == "overlapping":
        r = simulate.interface_ohm(true)
        tau = r * simulate.CHOSEN["contact_f_cm2"] * simulate.AREA_CM2 / simulate.CONTACTS / 8
        z = z + 600 * simulate.arrhenius(true, 0.35) / (1 + (2j * np.pi * F * tau) ** 0.97)
    noise = rng.standard_normal(F.size) + 1j * rng.standard_normal(F.size)
    return eis.Spectrum(F, z * (1 + simulate.CHOSEN["noise"] * noise))


def run(name: str, draws: int) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Held and answered by temperature, and Ea held and answered."""
    rng = np.random.default_rng(SEED)
    options = EvaluationOptions(CELLS[name], "R1" if name == "as it is" else "R2")
    held, answered = np.zeros(T.size, int), np.zeros(T.size, int)
    line_held = line_answered = 0
    truth = np.log([simulate.interface_ohm(t) for t in T])
    rate = simulate.EA_EV / (simulate.BOLTZMANN_EV_PER_K * (T + 273.15) ** 2)
    for _ in range(draws):
        log_r, variance = np.full(T.size, np.nan), np.full(T.size, np.nan)
        for k, stated in enumerate(T):
            try:
                row = refit_spectrum(draw(name, stated, rng), options)
            except MetastudyError:
                continue
            if row.identifiability != NOT_DETERMINED:
                log_r[k], variance[k] = np.log(float(row.resistance_ohm)), float(row.log_variance)
        good = np.isfinite(log_r)
        answered += good
        held += good & (np.abs(log_r - truth) <= 1.96 * np.sqrt(variance + (rate * 0.5) ** 2))
        if good.sum() >= 3:
            low, high = (
                eis.arrhenius_line(T[good], log_r[good], variance[good]).conf_int().loc["ea_ev"]
            )
            line_answered += 1
            line_held += low <= simulate.EA_EV <= high
    return held, answered, line_held, line_answered


def main() -> int:
    warnings.simplefilter("ignore")
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    missed = 0
    print(f"simulated, {draws} draws, seed {SEED}")
    for name in CELLS:
        began = time.process_time()
        held, answered, line_held, line_answered = run(name, draws)
        good = bool(np.all(held >= GOAL * answered) and line_held >= GOAL * line_answered)
        missed += not good
        per = ", ".join(f"{t:.0f} degC {h}/{a}" for t, h, a in zip(T, held, answered, strict=True))
        print(
            f"{name}: {per}; Ea {line_held}/{line_answered}; "
            f"{time.process_time() - began:.0f} s CPU  {'goal met' if good else 'MISSED'}"
        )
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
