"""Two-arc spectra: recovery, coverage and time of the impedance engine, with goals.

    python benchmarks/bench_eis.py                   # 100 draws a cell, about a minute
    python benchmarks/bench_eis.py --draws 2000      # the coverage that the documentation states
    python benchmarks/bench_eis.py --peer            # impedance.py beside it, where it is installed

Ensemble: 64 points from 7 MHz to 0.1 Hz, Gaussian noise of 0.5 % of |Z| on each of Re and Im.
A, a: R0-p(R1,CPE1)-p(R2,CPE2); B, b: the same and a blocking CPE3. Capitals: drawn until the
Cramer-Rao relative standard error of every parameter is at most 3 %; small letters: every draw.
One BLAS thread, CPU time of this process. Exit status 1 if a goal is missed.
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

SEED = 20240601
NOISE = 0.005
FREQUENCY = np.logspace(np.log10(7e6), -1, 64)
CIRCUIT = {"A": "R0-p(R1,CPE1)-p(R2,CPE2)", "B": "R0-p(R1,CPE1)-p(R2,CPE2)-CPE3"}
RESISTANCES = ["R1", "R2"]

# What the engine promises; the documentation quotes the same table.
GOALS = {
    "recovered": 1.0,  # of A and B, every parameter within 10 %
    "optimum": 1.0,  # of A and B, chi-square within 1 % of a fit started at the truth
    "coverage": (0.93, 0.97),  # of R1 and R2 by the default 95 % interval, all four cells
    "fit_ms": 5.0,  # median CPU time, estimate and covariance, A and B
    "interval_ms": 50.0,  # with profile intervals of both resistances
    "batch_ms": 1.0,  # per spectrum of a batch: a 200th of impedance.py's 200 ms
    "kramers_kronig_ms": 5.0,
}


def ensemble(kind, draws):
    """(parameters, impedance) pairs; the same draws as the survey of peers used."""
    rng = np.random.default_rng([SEED, ord(kind)])
    model = Model(eis.Circuit(CIRCUIT[kind.upper()]))
    out = []
    while len(out) < draws:
        r0 = 10 ** rng.uniform(0, 3)
        r1, r2 = 10 ** rng.uniform(1, 4, 2)
        tau1 = 10 ** rng.uniform(-6.5, -3.5)
        tau2 = tau1 * 10 ** rng.uniform(0.5, 3)
        a1, a2, a3 = rng.uniform(0.7, 0.98, 3)
        q3 = 10 ** rng.uniform(-6, -3)
        values = [r0, r1, tau1**a1 / r1, a1, r2, tau2**a2 / r2, a2]
        values = np.array(values + ([q3, a3] if kind in "Bb" else []))
        if kind in "AB" and np.any(cramer_rao(model, values) > 0.03):
            continue
        z = model.circuit.impedance(FREQUENCY, values)
        e = rng.normal(size=(2, FREQUENCY.size))
        out.append((values, z + NOISE * np.abs(z) * (e[0] + 1j * e[1])))
    return out


def cramer_rao(model, values):
    """Smallest relative standard errors (absolute over value for exponents) at this noise."""
    v = model.coordinates(values[None])
    z, jacobian = model.evaluate(2 * np.pi * FREQUENCY, v)
    rows = (jacobian / (NOISE * np.abs(z))).view(float)[0]
    covariance = np.linalg.pinv(rows @ rows.T)
    by_log = model.log_parameter_jacobian(v[0])
    error = np.sqrt(np.maximum(np.diag(by_log @ covariance @ by_log.T), 0))
    return np.where(model.is_log, error, error / values)


def run(kind, draws):
    """Fit every draw without start values and score it."""
    circuit = CIRCUIT[kind.upper()]
    names = eis.Circuit(circuit).names
    score = {key: [] for key in ("recovered", "truth", "optimum", "answered", "misled")}
    inside, wald, fit_s, interval_s, check_s = [], [], [], [], []
    for values, z in ensemble(kind, draws):
        spectrum = eis.Spectrum(FREQUENCY, z)
        t0 = time.process_time()
        fit = eis.fit(spectrum, circuit)
        errors = fit.standard_errors
        t1 = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", eis.BetterMinimumWarning)
            ends = fit.intervals(RESISTANCES)
        t2 = time.process_time()
        eis.check_kramers_kronig(spectrum)
        check_s.append(time.process_time() - t2)
        fit_s.append(t1 - t0)
        interval_s.append(t2 - t0)
        truth = eis.fit(spectrum, circuit, start=dict(zip(names, values, strict=True)), starts=1)
        near = np.abs(fit.estimates / values - 1) <= 0.1
        score["recovered"].append(near.all())
        score["truth"].append((np.abs(truth.estimates / values - 1) <= 0.1).all())
        score["optimum"].append(fit.chi2 <= 1.01 * truth.chi2)
        score["answered"].append(fit.identifiable)
        score["misled"].append(fit.identifiable and not near.all())
        r = values[[1, 4]]
        inside.append((ends[:, 0] <= r) & (r <= ends[:, 1]))
        wald.append(np.abs(fit.estimates[[1, 4]] - r) <= 1.96 * errors[[1, 4]])
    out = {key: float(np.mean(value)) for key, value in score.items()}
    out |= {"coverage": np.mean(inside, axis=0), "wald": np.mean(wald, axis=0)}
    for key, value in (("fit_ms", fit_s), ("interval_ms", interval_s)):
        out[key] = 1e3 * float(np.median(value))
    out["kramers_kronig_ms"] = 1e3 * float(np.median(check_s))
    return out


def batch(kind, draws):
    """CPU milliseconds per spectrum of fit_many with standard errors, and the share recovered."""
    data = ensemble(kind, draws)
    spectra = [eis.Spectrum(FREQUENCY, z) for _, z in data]
    eis.fit_many(spectra[:2], CIRCUIT[kind])
    start = time.process_time()
    fits = eis.fit_many(spectra, CIRCUIT[kind])
    estimates = np.array([f.estimates for f in fits])
    [f.standard_errors for f in fits]
    spent = 1e3 * (time.process_time() - start) / draws
    values = np.array([v for v, _ in data])
    return spent, float(np.mean((np.abs(estimates / values - 1) <= 0.1).all(axis=1)))


def peer(kind, draws):
    """Measure impedance.py with modulus weights from the middle of the prior."""
    from impedance.models.circuits import CustomCircuit

    alpha = 0.85
    r, taus = 10**2.5, (1e-5, 10**-3.25)
    guess = [10**1.5, r, taus[0] ** alpha / r, alpha, r, taus[1] ** alpha / r, alpha]
    guess += [10**-4.5, alpha] if kind == "B" else []
    recovered, spent = [], []
    for values, z in ensemble(kind, draws):
        circuit = CustomCircuit(CIRCUIT[kind], initial_guess=guess)
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                circuit.fit(FREQUENCY, z, weight_by_modulus=True)
                found = np.array(circuit.parameters_)
            except RuntimeError:
                found = np.full(values.size, np.nan)
        spent.append(time.process_time() - start)
        with np.errstate(all="ignore"):
            taus_found = [np.log(found[1 + k] * found[2 + k]) / found[3 + k] for k in (0, 3)]
        if taus_found[0] > taus_found[1]:
            found[[1, 2, 3, 4, 5, 6]] = found[[4, 5, 6, 1, 2, 3]]
        recovered.append((np.abs(found / values - 1) <= 0.1).all())
    return float(np.mean(recovered)), 1e3 * float(np.median(spent))


def missed(results, batches):
    """Goals that were not reached, in words."""
    out = []
    for kind, row in results.items():
        low, high = GOALS["coverage"]
        if not np.all((row["coverage"] >= low) & (row["coverage"] <= high)):
            out.append(f"{kind}: coverage {row['coverage']} outside {low} to {high}")
        if kind in "AB":
            out += [
                f"{kind}: {key} {row[key]:.3f} below {GOALS[key]}"
                for key in ("recovered", "optimum")
                if row[key] < GOALS[key]
            ]
            out += [
                f"{kind}: {key} {row[key]:.2f} above {GOALS[key]}"
                for key in ("fit_ms", "interval_ms", "kramers_kronig_ms")
                if row[key] > GOALS[key]
            ]
    out += [
        f"{kind}: batch {ms:.2f} ms above {GOALS['batch_ms']}"
        for kind, (ms, _) in batches.items()
        if ms > GOALS["batch_ms"]
    ]
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--kinds", default="ABab")
    parser.add_argument("--peer", action="store_true")
    options = parser.parse_args()
    results, batches = {}, {}
    print(
        "cell  recovered  from truth  optimum  answered  misled   cover R1    R2   Wald R1    R2"
        "  fit ms  +profile ms  KK ms"
    )
    for kind in options.kinds:
        row = results[kind] = run(kind, options.draws)
        print(
            f"{kind:4} {row['recovered']:10.3f} {row['truth']:11.3f} {row['optimum']:8.3f} "
            f"{row['answered']:9.3f} {row['misled']:7.3f} {row['coverage'][0]:10.3f} "
            f"{row['coverage'][1]:5.3f} {row['wald'][0]:9.3f} {row['wald'][1]:5.3f} "
            f"{row['fit_ms']:7.2f} {row['interval_ms']:12.2f} {row['kramers_kronig_ms']:6.2f}",
            flush=True,
        )
    for kind in set("AB") & set(options.kinds):
        batches[kind] = batch(kind, 1000 if options.draws >= 100 else options.draws)
        print(
            f"batch {kind}: {batches[kind][0]:.2f} ms a spectrum, recovered {batches[kind][1]:.3f}"
        )
        if options.peer:
            share, spent = peer(kind, min(options.draws, 100))
            print(f"impedance.py {kind}: recovered {share:.3f}, {spent:.0f} ms a fit")
    faults = (
        missed(results, batches) if options.draws >= 2000 else missed_but_coverage(results, batches)
    )
    for fault in faults:
        print("missed:", fault)
    return 1 if faults else 0


def missed_but_coverage(results, batches):
    """Leave out coverage: a hundred draws say nothing about three per cent."""
    return [fault for fault in missed(results, batches) if "coverage" not in fault]


if __name__ == "__main__":
    sys.exit(main())
