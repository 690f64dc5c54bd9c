"""Spectra as real hybrid cells give them: when does the engine answer, and does it cover.

    python benchmarks/bench_eis_hybrid.py [--draws 300] [--peer] [--seed 271828]

Ensemble C, three cells (64 points, 7 MHz to 0.1 Hz), leads and stray capacitance in each:

    blocking   L0-p(C0,R1-p(R2,CPE2)-CPE3)               SS|PE|SE|PE|SS
    boundary   L0-p(C0,R1-p(R2,CPE2)-p(R3,CPE3)-CPE4)    with a grain boundary R2
    lithium    L0-p(C0,R1-p(R2,CPE2)-Wo3)                Li|LE|SE|LE|Li

The interface is the slowest arc. 0.2 to 2 uH, 10 to 30 pF; interface 10 to 2e7 ohm, 1e-8 to
1e-6 F, exponent 0.7 to 1; bulk 30 ohm to 1e5 ohm; grain boundary 0.3 to 1 decade faster than the
interface; blocking Q 1e-7 to 1e-5. Noise: 0.2 % of |Z|, a floor of 0.02 ohm, a rise with |Z| that
doubles it at 1e6 ohm, so no weight law is right; above 1 MHz a smooth error of amplitude and
phase of 1 to 3 % at 7 MHz on top, which no circuit explains.

A cell is *answered* unless the fit calls the interface "not determined". Required: answered
wherever the Cramer-Rao standard error of the interface (random noise alone) is at most 5 %,
refused where it is above 50 %.

A row of its own gives the boundary cell what its plate, measured alone, says: priors of 10 % on
bulk and grain boundary, off by as much. Their information then counts in the bound.
"""

import argparse
import os
import sys
import time
import warnings

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# The thread limit must stand before numpy is imported.
import numpy as np  # noqa: E402

from metastudy import eis  # noqa: E402
from metastudy.eis.circuits.model import Model  # noqa: E402
from metastudy.eis.circuits.priors import read_priors  # noqa: E402
from metastudy.eis.optimise.levenberg_marquardt import minimise  # noqa: E402
from metastudy.eis.weighting.data import Data  # noqa: E402

SEED = 271828
FREQUENCY = np.logspace(np.log10(7e6), -1, 64)
CIRCUIT = {
    "blocking": "L0-p(C0,R1-p(R2,CPE2)-CPE3)",
    "boundary": "L0-p(C0,R1-p(R2,CPE2)-p(R3,CPE3)-CPE4)",
    "lithium": "L0-p(C0,R1-p(R2,CPE2)-Wo3)",
}
INTERFACE = {"blocking": "R2", "boundary": "R3", "lithium": "R2"}
ANSWER, REFUSE = 0.05, 0.50
# Distance in standard deviations below which a test at 5 % has a power below one half.
TWO_FACED = 1.645
# What the analyst knows of the instrument: its error at 7 MHz.
STATED = 0.02
# What the plate alone says of its bulk and grain boundary: relative standard deviation.
PLATE = 0.10
PLATE_PARTS = ("R1", "R2")


def draw(rng, cell):
    """One set of parameters in the circuit's order."""
    inductance = rng.uniform(0.2e-6, 2e-6)
    stray = rng.uniform(10e-12, 30e-12)
    bulk = 10 ** rng.uniform(1.5, 5)
    r = 10 ** rng.uniform(1, np.log10(2e7))
    c = 10 ** rng.uniform(-8, -6)
    n = rng.uniform(0.7, 1.0)
    tau = r * c
    values = [inductance, stray, bulk]
    interface = [r, tau**n / r, n]
    if cell == "boundary":
        gb, n_gb = bulk * 10 ** rng.uniform(-0.5, 0.5), rng.uniform(0.75, 1.0)
        tau_gb = tau / 10 ** rng.uniform(0.3, 1.0)
        values += [gb, tau_gb**n_gb / gb, n_gb]
    values += interface
    if cell == "lithium":
        return np.array([*values, 10 ** rng.uniform(1, 3), 10 ** rng.uniform(-1, 2)])
    return np.array([*values, 10 ** rng.uniform(-7, -5), rng.uniform(0.8, 0.97)])


def deviation(z):
    """Return the standard deviation in ohm of each part: none of the weight laws."""
    return np.sqrt((0.002 * np.abs(z) * (1 + np.abs(z) / 1e6)) ** 2 + 0.02**2)


def instrument(rng):
    """Smooth relative error above 1 MHz, complex, 1 to 3 % at 7 MHz."""
    size = rng.uniform(0.01, 0.03) * np.exp(2j * np.pi * rng.uniform())
    return size * np.clip((FREQUENCY - 1e6) / 6e6, 0, None)


def spectra(cell, draws, seed, known=None):
    """(parameters, spectrum, Cramer-Rao relative standard error of the interface)."""
    rng = np.random.default_rng([seed, *cell.encode()])
    model = Model(eis.Circuit(CIRCUIT[cell]))
    for _ in range(draws):
        values = draw(rng, cell)
        z = model.circuit.impedance(FREQUENCY, values)
        e = rng.normal(size=(2, FREQUENCY.size))
        measured = z * (1 + instrument(rng)) + deviation(z) * (e[0] + 1j * e[1])
        yield values, eis.Spectrum(FREQUENCY, measured), cramer_rao(cell, model, values, z, known)


def cramer_rao(cell, model, values, z, known=None):
    """Relative standard error of the interface from random noise and what is known."""
    k = model.circuit.names.index(INTERFACE[cell])
    v = model.coordinates(values[None])
    _, jacobian = model.evaluate(2 * np.pi * FREQUENCY, v)
    rows = (jacobian / deviation(z)).view(float)[0]
    if known:
        # Both are coordinates of their own: ln R.
        columns = [model.circuit.names.index(name) for name in known]
        rows = np.hstack([rows, np.eye(len(rows))[:, columns] / list(known.values())])
    scale = np.linalg.norm(rows, axis=1)
    covariance = np.linalg.pinv((rows / scale[:, None]) @ (rows / scale[:, None]).T, 1e-12)
    by_log = model.log_parameter_jacobian(v[0]) / scale
    return float(np.sqrt(by_log[k] @ covariance @ by_log[k]))


def rival(cell, circuit, values, z, known=None):
    """Distance in standard deviations to the nearest spectrum with R off by e or more."""
    k = circuit.names.index(INTERFACE[cell])
    beside = {name: (values[circuit.names.index(name)], sd) for name, sd in (known or {}).items()}
    model = Model(circuit, priors=read_priors(circuit, beside, ()))
    v = model.coordinates(values[None])[0]
    weight = np.repeat(1 / deviation(z), 2)[None]
    data = Data(2 * np.pi * FREQUENCY, z[None], weight, variance=1.0)
    times = [arc.q for arc in model.arcs]
    starts = []
    for shift in (-5, -3, -2, -1.5, -1, 1, 1.5, 2, 3, 5):
        here = [v]
        if cell == "boundary":
            # The grain boundary takes the part of the interface, which goes elsewhere.
            swapped = v.copy()
            swapped[[3, 4, 5]], swapped[7] = v[[6, 7, 8]], v[7] + 2.0
            here += [swapped, np.where(np.arange(v.size) == 7, v[7] + 0.5, swapped)]
        starts += [np.where(np.arange(v.size) == k, v[k] + shift, row) for row in here]
    starts = np.array(starts)
    held = np.zeros(starts.shape, dtype=bool)
    held[:, k] = True
    found = minimise(model, data, starts, held=held)
    # The interface is the slowest arc: others would be named otherwise.
    slowest = found.v[:, times].argmax(axis=1) == len(times) - 1
    return float(np.sqrt(found.cost[slowest].min())) if slowest.any() else np.inf


def plate(rng, circuit, values, known):
    """Return priors as the plate alone gives them: off by their own standard deviation."""
    at = {name: values[circuit.names.index(name)] for name in known}
    return {name: (at[name] * np.exp(sd * rng.normal()), sd) for name, sd in known.items()}


def run(cell, draws, weight, seed, known=None):
    """Fit every draw of one cell and score its interface."""
    rows = []
    name = INTERFACE[cell]
    circuit = eis.Circuit(CIRCUIT[cell])
    k = circuit.names.index(name)
    rng = np.random.default_rng([seed, 1])
    extra = {"high_frequency_error": STATED} if weight == "structure" else {}
    for values, spectrum, bound in spectra(cell, draws, seed, known):
        if known:
            extra["prior"] = plate(rng, circuit, values, known)
        start = time.process_time()
        fit = eis.fit(spectrum, circuit, weight=weight, **extra)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", eis.BetterMinimumWarning)
            low, high = fit.intervals([name])[0]
        spent = time.process_time() - start
        answered = fit.identifiability[name] != "not determined"
        near = abs(fit.estimates[k] / values[k] - 1) <= 0.1
        z = circuit.impedance(FREQUENCY, values)
        silent = bound <= ANSWER and not answered
        apart = rival(cell, circuit, values, z, known) if silent else np.inf
        rows.append((bound, answered, low <= values[k] <= high, near, spent, apart))
    return np.array(rows, dtype=float)


def peer(cell, draws, seed):
    """Measure impedance.py from the middle of the prior with modulus weights."""
    from impedance.models.circuits import CustomCircuit

    rng = np.random.default_rng(0)
    guess = np.exp(np.mean([np.log(draw(rng, cell)) for _ in range(500)], axis=0))
    k = eis.Circuit(CIRCUIT[cell]).names.index(INTERFACE[cell])
    rows = []
    for values, spectrum, bound in spectra(cell, draws, seed):
        circuit = CustomCircuit(CIRCUIT[cell], initial_guess=guess.tolist())
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                circuit.fit(FREQUENCY, spectrum.impedance_ohm, weight_by_modulus=True)
                r, error = circuit.parameters_[k], circuit.conf_[k]
            except (RuntimeError, ValueError, FloatingPointError):
                r, error = np.nan, np.nan
        spent = time.process_time() - start
        answered = np.isfinite(error) and 1.96 * error < r
        covered = abs(r - values[k]) <= 1.96 * error
        near = abs(r / values[k] - 1) <= 0.1
        rows.append((bound, answered, covered, near, spent, np.inf))
    return np.array(rows, dtype=float)


def show(name, rows):
    """One line of scores; returns the numbers of broken promises."""
    bound, answered, covered, near = rows[:, 0], rows[:, 1] > 0, rows[:, 2] > 0, rows[:, 3] > 0
    sharp, blind = bound <= ANSWER, bound > REFUSE
    silent, bold = int(np.sum(sharp & ~answered)), int(np.sum(blind & answered))
    forced = int(np.sum(sharp & ~answered & (rows[:, 5] < TWO_FACED)))

    def share(which, of):
        return np.mean(which[of]) if of.any() else np.nan

    print(
        f"{name:34} {sharp.sum():5d} {silent:6d} {forced:6d} {share(near, sharp):7.3f}"
        f" {share(covered, sharp):8.3f} {blind.sum():6d} {bold:5d}"
        f" {1 - np.mean(answered):8.3f} {share(covered, answered):8.3f}"
        f" {1e3 * np.median(rows[:, 4]):7.0f}",
        flush=True,
    )
    return silent, bold


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=60)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--weights", default="modulus,structure")
    parser.add_argument("--cells", default=",".join(CIRCUIT))
    options = parser.parse_args()
    print(
        f"{'cell, weights':34} {'sharp':>5} {'silent':>6} {'forced':>6} {'within':>7}"
        f" {'covered':>8} {'blind':>6} {'bold':>5} {'refused':>8} {'covered':>8} {'ms':>7}"
    )
    broken = 0
    for cell in options.cells.split(","):
        for weight in filter(None, options.weights.split(",")):
            silent, bold = show(f"{cell}, {weight}", run(cell, options.draws, weight, options.seed))
            broken += (silent + bold) * (weight == "structure")
        if cell == "boundary":
            known = dict.fromkeys(PLATE_PARTS, PLATE)
            rows = run(cell, options.draws, "structure", options.seed, known)
            broken += sum(show(f"{cell}, plate to {100 * PLATE:g} %", rows))
        if options.peer:
            show(f"{cell}, impedance.py modulus", peer(cell, options.draws, options.seed))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
