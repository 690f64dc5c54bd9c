"""Temperature series fitted together: do intervals hold, and what do the decisions do.

A simulated SS|PE|SE|PE|SS cell at seven temperatures (leads, series resistor, a bulk arc, the arc
of the contacts, a blocking tail), 64 points from 7 MHz to 0.1 Hz, 0.3 % noise, 0.5 K per point
and 1 K common to all drawn anew. Cells:

  sharp        arcs two to four decades apart
  overlapping  arcs less than a decade apart
  leaving      a bulk arc that is above the window when warm
  melting      below 60 degC other lines and an exponent of the contacts that is 0.1 lower; the
               melting point is given

Printed beside each other: the series with tested lines, with free resistances, and ordinary fits
with ``arrhenius_line`` (what an evaluator does by hand). Coverage of the nominal 95 % interval of
each energy, and of each resistance at the temperature that the cell had.

Usage: python benchmarks/bench_eis_series.py [draws [cell ...]]
"""

import os
import sys
import time
import warnings

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402

from metastudy import eis  # noqa: E402
from metastudy.units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K  # noqa: E402

SEED = 20261125
CIRCUIT = "L0-R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"
T = np.array([-10.0, 10.0, 30.0, 50.0, 65.0, 75.0, 90.0])
F = np.geomspace(7e6, 0.1, 64)
NOISE = 0.003
# resistance at 70 degC (ohm), energy (eV), capacitance (F), exponent of both arcs
CELLS = {
    "sharp": ((2000.0, 1000.0), (0.5, 0.7), (3e-11, 3e-7), (0.97, 0.88)),
    "overlapping": ((600.0, 1000.0), (0.35, 0.7), (7e-8, 3e-7), (0.97, 0.88)),
    "leaving": ((400.0, 1000.0), (0.5, 0.7), (3e-12, 3e-7), (0.97, 0.88)),
    "melting": ((2000.0, 1000.0), (0.5, 0.7), (3e-11, 3e-7), (0.97, 0.88)),
}
MELTING_C, COLD_EA, COLD_N = 60.0, (0.8, 1.0), 0.78


def draw(name: str, rng: np.random.Generator) -> tuple[list[eis.Spectrum], np.ndarray]:
    """Spectra of one cell, and the true resistances of both arcs, shape (7, 2)."""
    r, ea, c, n = (np.array(part) for part in CELLS[name])
    shift = rng.standard_normal()
    spectra, truth = [], []
    for stated in T:
        true = stated + shift + 0.5 * rng.standard_normal()
        cold = name == "melting" and stated < MELTING_C
        x = 1 / (BOLTZMANN_EV_PER_K * (true + ZERO_CELSIUS_K))
        hinge = MELTING_C if cold else 70.0
        lever = x - 1 / (BOLTZMANN_EV_PER_K * (hinge + ZERO_CELSIUS_K))
        at_hinge = r
        if cold:
            warm = 1 / (BOLTZMANN_EV_PER_K * (70.0 + ZERO_CELSIUS_K))
            at_hinge = r * np.exp(ea * (x - lever - warm))
        value = at_hinge * np.exp((np.array(COLD_EA) if cold else ea) * lever)
        exponent = np.array([n[0], COLD_N if cold else n[1]])
        q = (value * c) ** exponent / value
        parts = [5e-7, 30.0, value[0], q[0], exponent[0], value[1], q[1], exponent[1], 3e-7, 0.92]
        z = eis.Circuit(CIRCUIT).impedance(F, parts)
        e = rng.standard_normal((2, F.size))
        spectra.append(eis.Spectrum(F, z * (1 + NOISE * (e[0] + 1j * e[1]))))
        truth.append(value)
    return spectra, np.array(truth)


def energies_true(name: str) -> dict[tuple[str, str], float]:
    """Energy by resistor and side."""
    ea = CELLS[name][1]
    if name != "melting":
        return {("R1", ""): ea[0], ("R2", ""): ea[1]}
    return {
        (f"R{i + 1}", side): one[i]
        for side, one in ((f"below {MELTING_C:g} degC", COLD_EA), (f"from {MELTING_C:g} degC", ea))
        for i in range(2)
    }


class Score:
    """Held and answered intervals, and their widths."""

    def __init__(self) -> None:
        self.held: dict[str, list[bool]] = {}
        self.width: dict[str, list[float]] = {}

    def add(self, key: str, low: float, value: float, high: float) -> None:
        """Count an interval."""
        self.held.setdefault(key, []).append(bool(low <= value <= high))
        self.width.setdefault(key, []).append(high - low)

    def words(self) -> str:
        """One line."""
        return "; ".join(
            f"{key} {np.mean(held):.3f} of {len(held)} (width {np.median(self.width[key]):.3g})"
            for key, held in sorted(self.held.items())
        )


def of_series(series: eis.SeriesFit, name: str, truth: np.ndarray, score: Score) -> None:
    true = energies_true(name)
    for row in series.activation_energies().itertuples():
        if (row.resistor, row.side) in true:
            score.add(f"Ea {row.resistor} {row.side}".strip(), row.lower,
                      true[row.resistor, row.side], row.upper)  # fmt: skip
    for row in series.resistances().itertuples():
        if row.state != "arc" or row.verdict == "not determined":
            continue
        k, i = int(np.flatnonzero(T == row.temperature_c)[0]), int(row.resistor[1]) - 1
        score.add(row.resistor, *np.log([row.lower, truth[k, i], row.upper]))


def of_single(fits: eis.FitBatch, name: str, truth: np.ndarray, score: Score) -> None:
    log_r, variance = np.empty((T.size, 2)), np.empty((T.size, 2))
    for k, fit in enumerate(fits):
        for i, r in enumerate(("R1", "R2")):
            p = fit.circuit.names.index(r)
            log_r[k, i], variance[k, i] = np.log(fit.estimates[p]), fit.log_covariance[p, p]
            if fit.identifiability[r] != "not determined":
                half = 1.96 * np.sqrt(variance[k, i])
                score.add(r, log_r[k, i] - half, np.log(truth[k, i]), log_r[k, i] + half)
    for (r, side), ea in energies_true(name).items():
        rows = (T < MELTING_C) if side.startswith("below") else (T >= MELTING_C)
        rows = rows if side else np.ones(T.size, bool)
        i = int(r[1]) - 1
        good = rows & (variance[:, i] < 1)
        if good.sum() >= 3:
            low, high = (
                eis.arrhenius_line(T[good], log_r[good, i], variance[good, i])
                .conf_int()
                .loc["ea_ev"]
            )
            score.add(f"Ea {r} {side}".strip(), low, ea, high)


def run(name: str, draws: int) -> None:
    """Print one cell."""
    rng = np.random.default_rng([SEED, list(CELLS).index(name)])
    scores = {"tested": Score(), "free": Score(), "one by one": Score()}
    cpu = dict.fromkeys(scores, 0.0)
    notes: dict[str, int] = {}
    melting = MELTING_C if name == "melting" else None
    for _ in range(draws):
        spectra, truth = draw(name, rng)
        for how in ("test", "free"):
            began = time.process_time()
            series = eis.fit_series(spectra, T, CIRCUIT, arrhenius=how, melting_c=melting)
            key = "tested" if how == "test" else "free"
            cpu[key] += time.process_time() - began
            of_series(series, name, truth, scores[key])
        began = time.process_time()
        fits = eis.fit_many(spectra, CIRCUIT)
        cpu["one by one"] += time.process_time() - began
        of_single(fits, name, truth, scores["one by one"])
        series = eis.fit_series(spectra, T, CIRCUIT, melting_c=melting)
        note(series, notes)
    print(f"\n{name}: {draws} draws, seed {SEED}")
    for key, score in scores.items():
        print(f"  {key:11} {1000 * cpu[key] / draws:6.0f} ms CPU; {score.words()}")
    print("  " + "; ".join(f"{key}: {n}" for key, n in sorted(notes.items())))


def note(series: eis.SeriesFit, notes: dict[str, int]) -> None:
    """Count decisions."""
    words = [
        *(f"{one.resistor} {one.side} {'on' if one.constrained else 'off'} line"
          for one in series.lines),
        *(f"{w.resistor} out at {series.temperature_c[w.spectrum]:g}"
          for w in series.window if w.left),
        *(f"{', '.join(s.names)} shared" for s in series.sharing if s.taken),
        *(["not converged"] if not series.solution.converged else []),
        *(["moved"] if series.moved else []),
        *(["swapped"] if series.tracked is not None and series.tracked.swapped.size else []),
    ]  # fmt: skip
    for word in words:
        notes[word] = notes.get(word, 0) + 1


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for cell in sys.argv[2:] or CELLS:
        run(cell, int(sys.argv[1]) if len(sys.argv) > 1 else 200)
