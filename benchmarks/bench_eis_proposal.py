"""Circuits proposed without being named: how often the one that made the data, and in what time.

    python benchmarks/bench_eis_proposal.py [--draws 60] [--cells A,three]
    python benchmarks/bench_eis_proposal.py --real FOLDER   # every spectrum file below a folder

Cells, 64 points from 7 MHz to 0.1 Hz, Gaussian noise of 0.5 % of |Z| on each of Re and Im:

    A, B      as in bench_eis.py: two arcs, and two arcs and a blocking tail
    leads     L0-R0-p(R1,CPE1)-p(R2,CPE2)-CPE3
    three     L0-R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-CPE4
    warburg   L0-R0-p(R1,CPE1)-p(R2,CPE2)-Wo3
    short     L0-R0-p(R1,CPE1)-Ws2
    blocking, boundary, lithium   as in bench_eis_hybrid.py, with stray capacitance and an
              instrument that goes off above 1 MHz, which no circuit explains

All but the last line are drawn until the Cramer-Rao relative standard error of every parameter is
at most 3 % (A, B) or 10 %; what counts is the circuit. In the last line no circuit without the
stray capacitance is the true one: what counts, where the Cramer-Rao error of the interface is at
most 5 %, is an arc whose resistance is within 10 % of the interface's. One BLAS thread, CPU time.
"""

import argparse
import json
import os
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# The thread limit must stand before numpy is imported.
import bench_eis  # noqa: E402
import bench_eis_hybrid  # noqa: E402
import numpy as np  # noqa: E402

from metastudy import eis  # noqa: E402
from metastudy.eis.circuits.model import Model  # noqa: E402
from metastudy.errors import MetastudyError  # noqa: E402

SEED = 31415
FREQUENCY = bench_eis.FREQUENCY
CIRCUIT = bench_eis.CIRCUIT | {
    "leads": "L0-R0-p(R1,CPE1)-p(R2,CPE2)-CPE3",
    "three": "L0-R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-CPE4",
    "warburg": "L0-R0-p(R1,CPE1)-p(R2,CPE2)-Wo3",
    "short": "L0-R0-p(R1,CPE1)-Ws2",
}
DETERMINED = 0.10
# Spectra taken from a file that holds more: its first, middle and last.
MOST_OF_A_FILE = 3


def draw(rng, cell):
    """Parameters of a cell of one's own, in the circuit's order."""
    arcs = CIRCUIT[cell].count("p(")
    values = [10 ** rng.uniform(-7, -5.5), 10 ** rng.uniform(0.5, 2)]
    tau = 10 ** rng.uniform(-6.5, -5)
    for _ in range(arcs):
        r, n = 10 ** rng.uniform(1.5, 3), rng.uniform(0.75, 0.98)
        values += [r, tau**n / r, n]
        tau *= 10 ** rng.uniform(1, 2)
    if cell in ("warburg", "short"):
        return np.array([*values, 10 ** rng.uniform(2, 3), 10 ** rng.uniform(-1, 0.5)])
    return np.array([*values, 10 ** rng.uniform(-5, -3.5), rng.uniform(0.8, 0.97)])


def spectra(cell, draws):
    """Spectra of a cell whose every parameter can be had."""
    if cell in bench_eis.CIRCUIT:
        yield from (eis.Spectrum(FREQUENCY, z) for _, z in bench_eis.ensemble(cell, draws))
        return
    rng = np.random.default_rng([SEED, *cell.encode()])
    model = Model(eis.Circuit(CIRCUIT[cell]))
    while draws:
        values = draw(rng, cell)
        if np.any(bench_eis.cramer_rao(model, values) > DETERMINED):
            continue
        z = model.circuit.impedance(FREQUENCY, values)
        e = rng.normal(size=(2, FREQUENCY.size))
        yield eis.Spectrum(FREQUENCY, z + bench_eis.NOISE * np.abs(z) * (e[0] + 1j * e[1]))
        draws -= 1


def timed(spectrum):
    """Propose and fit; returns the fit and its CPU time in s."""
    start = time.process_time()
    fit = eis.fit(spectrum)
    return fit, time.process_time() - start


def record(name, fit, spent):
    """Keep of a proposal what another version is compared by."""
    return {
        "name": name,
        "circuit": fit.circuit.text,
        "aicc": aicc(fit),
        "bic": fit.bic,
        "runs_z": fit.runs_test.z,
        "lost": [k for k, v in fit.identifiability.items() if v in LOST],
        "cpu_s": spent,
        "tried": [str(one) for one in fit.proposal.candidates],
    }


LOST = ("not determined", "at its limit")


def aicc(fit):
    """Akaike's criterion with the correction for few data (Hurvich and Tsai 1989)."""
    k = fit.nobs - fit.df_resid + 1
    return fit.aic + 2 * k * (k + 1) / max(fit.nobs - k - 1, 1)


def is_right(cell, fit):
    return fit.circuit.text == CIRCUIT[cell]


def simulated(cell, draws):
    """Rows of a simulated cell and whether each is right, None where nothing can be asked."""
    rows, right = [], []
    if cell in bench_eis_hybrid.CIRCUIT:
        names = eis.Circuit(bench_eis_hybrid.CIRCUIT[cell]).names
        k = names.index(bench_eis_hybrid.INTERFACE[cell])
        for values, spectrum, bound in bench_eis_hybrid.spectra(cell, draws):
            fit, spent = timed(spectrum)
            rows.append(record(f"{cell} {len(rows)}", fit, spent))
            arcs = fit.capacitances().index
            found = np.array([fit.params[name] for name in arcs])
            near = bool(np.any(np.abs(found / values[k] - 1) <= 0.1))
            right.append(near if bound <= bench_eis_hybrid.ANSWER else None)
        return rows, right
    for spectrum in spectra(cell, draws):
        fit, spent = timed(spectrum)
        rows.append(record(f"{cell} {len(rows)}", fit, spent))
        right.append(is_right(cell, fit))
    return rows, right


def real(folder):
    """Rows of the spectra below a folder; of a long file the first, the middle and the last."""
    rows = []
    for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
        try:
            found = eis.read_all(path)
        except MetastudyError:
            continue
        last = len(found) - 1
        few = len(found) <= MOST_OF_A_FILE
        for k in range(len(found)) if few else sorted({0, last // 2, last}):
            name = f"{path.relative_to(folder)} {k + 1}"
            try:
                fit, spent = timed(found[k])
            except MetastudyError as error:
                print(f"{name}: {error}")
                continue
            rows.append(record(name, fit, spent))
            print(
                f"{name}: {fit.circuit.text}, {spent:.2f} s, runs z {fit.runs_test.z:.1f}",
                flush=True,
            )
    return rows


def show(name, rows, right):
    """One line of scores."""
    spent = np.array([row["cpu_s"] for row in rows])
    asked = [one for one in right if one is not None]
    share = f"{sum(asked):4d} of {len(asked):3d}" if asked else "           -"
    tried = np.median([len(row["tried"]) for row in rows])
    lost = sum(bool(row["lost"]) for row in rows)
    print(
        f"{name:9} {share:>12} {np.median(spent):8.2f} {spent.max():8.2f} {tried:6.0f} {lost:6d}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=60)
    parser.add_argument("--cells", default=",".join([*CIRCUIT, *bench_eis_hybrid.CIRCUIT]))
    parser.add_argument("--real", type=Path, help="folder of impedance files")
    parser.add_argument("--json", type=Path, help="where every proposal is written to")
    options = parser.parse_args()
    heading = f"{'cell':9} {'right':>12} {'median s':>8} {'worst s':>8} {'tried':>6} {'lost':>6}"
    kept = []
    if options.real:
        kept = real(options.real)
        print(heading)
        show("real", kept, [])
    else:
        print(heading)
        for cell in options.cells.split(","):
            rows, right = simulated(cell, options.draws)
            show(cell, rows, right)
            kept += [row | {"right": one} for row, one in zip(rows, right, strict=True)]
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
