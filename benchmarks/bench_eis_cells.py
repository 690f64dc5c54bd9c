"""Layered cells: names of arcs on random cells, and the bound of a planned cell beside real fits.

    python benchmarks/bench_eis_cells.py

Names: cells SS|PE|SE|PE|SS drawn at random; three arcs (bulk and boundaries of the plate, contact),
each with an error of 5 % in R and C. Without evidence, with the plate alone (another sample, 10 %
apart), and with a plate twice as thick. Counted: right, open, wrong. Bound: fits of the circuit
with two arcs and leads to simulated spectra of the cell in docs/eis-cells.md, against the bound.
Exit status 1 if a goal is missed.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# The thread limit must stand before numpy is imported.
import numpy as np  # noqa: E402

from metastudy import eis  # noqa: E402
from metastudy.bridge.refits.cell_yaml import read_cell  # noqa: E402
from metastudy.eis.cells.detectability import relative_errors  # noqa: E402
from metastudy.eis.cells.equivalent_circuit import cell_circuit  # noqa: E402

SEED = 20260601
PAGE = Path(__file__).parents[1] / "docs" / "eis-cells.md"
SMALLER = "L0-R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"

GOALS = {
    "wrong interface": 0.01,  # share of grain boundaries called interface, with the plate alone
    "wrong without": 0.0,  # the same without evidence
    "right": 0.85,  # share of contacts and boundaries named with the plate alone
    # Of fits over the bound at every temperature: 40 draws know it within 20 %, and the smaller
    # circuit has no priors.
    "scatter": (0.6, 2.0),
}


def random_cell(rng):
    """One cell and its true arcs: (name, R in ohm, C in F)."""
    area = 10 ** rng.uniform(-1, 0.3)
    thick, eps = 10 ** rng.uniform(-2, -1), 10 ** rng.uniform(0.9, 1.9)
    se = eis.Layer("SE", "SE", thick, area)
    pe = eis.Layer("PE", "PE", 10 ** rng.uniform(-2.5, -1.5), area, permittivity=10.0)
    ss = eis.Layer("SS", "electrode")
    ends = eis.Contact(("SS", "PE"), area, blocking=True)
    cell = eis.Cell((ss, pe, se, pe, ss), (ends, eis.Contact(("PE", "SE"), area)))
    bulk = se.capacitance_f(eps)
    r = 10 ** rng.uniform(2, 5, 3)
    return cell, [
        ("bulk", r[0], bulk),
        ("grain boundary", r[1], bulk * 10 ** rng.uniform(1.3, 3.7)),
        ("interface", r[2], area / 2 * 10 ** rng.uniform(-6.9, -5.0)),
    ]


def names_of(rng, evidence):
    """Name the arcs of one cell; returns pairs of truth and name."""
    cell, truth = random_cell(rng)
    seen = [
        eis.MeasuredArc(f"R{k}", *(np.array([r, c]) * np.exp(rng.normal(0, 0.05, 2))), 0.05, 0.05)
        for k, (_, r, c) in enumerate(truth)
    ]
    pieces = []
    if evidence == "plate alone":
        other = np.exp(rng.normal(0, 0.1))
        inside = truth[:2]
        ohms = tuple(r * other for _, r, _ in inside)
        pieces = [eis.PlateAlone("SE", ohms, tuple(c for _, _, c in inside), 0.05)]
    elif evidence == "thickness pair":
        for k, (name, _, _) in enumerate(truth):
            grown = 1.0 if name == "interface" else 2.0
            ratio = grown * np.exp(rng.normal(0, np.hypot(0.07, 0.1)))
            pieces.append(eis.ThicknessPair(f"R{k}", "SE", 2.0, ratio, 0.07))
    found = eis.assign_arcs(seen, cell, pieces)
    return [(name, a.name) for (name, _, _), a in zip(truth, found, strict=True)]


def assignment(draws=1000):
    """Print how often each truth gets each name; return the shares."""
    shares = {}
    for evidence in ("none", "plate alone", "thickness pair"):
        rng = np.random.default_rng(SEED)
        pairs = [pair for _ in range(draws) for pair in names_of(rng, evidence)]
        print(f"\n{evidence}")
        for truth in ("bulk", "grain boundary", "interface"):
            given = [name for t, name in pairs if t == truth]
            counts = {n: given.count(n) / draws for n in sorted(set(given))}
            shares[evidence, truth] = counts
            print(f"  {truth:15s}" + ", ".join(f"{n} {100 * s:.1f} %" for n, s in counts.items()))
    return shares


def scatter(draws=40):
    """Print scatter and offset of fits beside the bound; return the ratios of scatter to bound."""
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cell.yaml"
        path.write_text(block, encoding="utf-8")
        file = read_cell(path, planned=True)
    cell, instrument = file.cell, file.instrument
    rng = np.random.default_rng(SEED)
    f = instrument.frequency_hz
    ratios = []
    print(f"\n{SMALLER}, {draws} spectra per temperature\n  T/degC  bound/%  scatter/%  offset/%")
    for t in (10.0, 30.0, 50.0, 70.0, 90.0):
        parts = cell_circuit(cell, t, cell.interface)
        z = parts.circuit.impedance(f, parts.values)
        sd = instrument.deviation(z)
        logs = []
        for _ in range(draws):
            e = rng.normal(size=(2, f.size))
            fit = eis.fit(eis.Spectrum(f, z + sd * (e[0] + 1j * e[1])), SMALLER, weight=sd)
            logs.append(np.log(fit.params["R2"] / parts.values[parts.asked]))
        middle = np.median(logs)
        # Robust, because now and then the two arcs of the smaller circuit change places.
        spread = 1.4826 * np.median(np.abs(logs - middle))
        bound = relative_errors(cell, instrument, t, cell.interface)[0]
        ratios.append(spread / bound)
        row = [100 * x for x in (bound, spread, np.expm1(middle))]
        print(f"  {t:6.0f}  {row[0]:7.2f}  {row[1]:9.2f}  {row[2]:8.1f}")
    return ratios


def main():
    """Run both parts and compare them with the goals."""
    shares = assignment()
    ratios = scatter()
    plate = [shares["plate alone", truth] for truth in ("grain boundary", "interface")]
    right = (plate[0].get("grain boundary", 0) + plate[1].get("interface", 0)) / 2
    low, high = GOALS["scatter"]
    kept = {
        "wrong interface": plate[0].get("interface", 0.0) <= GOALS["wrong interface"],
        "wrong without": shares["none", "grain boundary"].get("interface", 0.0)
        <= GOALS["wrong without"],
        "right": right >= GOALS["right"],
        "scatter": all(low <= ratio <= high for ratio in ratios),
    }
    for goal, met in kept.items():
        print(f"{'kept' if met else 'MISSED'}: {goal} {GOALS[goal]}")
    return 0 if all(kept.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
