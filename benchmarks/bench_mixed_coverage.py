"""Coverage of 95 % intervals by simulation with seeds: components, their total and the mean.

python benchmarks/bench_mixed_coverage.py --runs 400 --write

Two designs. *Hierarchy*: laboratories with 2.4 studies each, 2.3 preparations in a study, 2.7
records in a preparation, true SD laboratory .20, study .25, preparation .35, record .15 (decades),
known sampling SD about .08. *Literature*: 108 rows, 91 preparations, 35 works, 18 systems crossed
with them, one record in most preparations; half of the works with an unknown interface count (one
shift of log10 2 or none for the whole work) and half of the rows referred over up to 45 K with a
borrowed activation energy, both as blocks of V; true SD system .40, work .25, preparation .30.
"""

import argparse
import os
import sys
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from metastudy import mixed  # noqa: E402

SEED = 20261125
HIERARCHY = {"lab": 0.20, "lab:study": 0.25, "lab:study:prep": 0.35, "residual": 0.15}
LITERATURE = {"system": 0.40, "work": 0.25, "work:prep": 0.30}
SHIFT = np.log10(2)
BOLTZMANN_EV_PER_K = 8.617333262e-5
EA_SD_STUDY_EV, EA_SE_EV = 0.12, 0.03


def hierarchy(labs, rng):
    """One data set of the hierarchy design."""
    study_lab = np.repeat(np.arange(labs), 1 + rng.poisson(1.4, labs))
    prep_study = np.repeat(np.arange(study_lab.size), 1 + rng.poisson(1.3, study_lab.size))
    prep = np.repeat(np.arange(prep_study.size), 1 + rng.poisson(1.7, prep_study.size))
    study = prep_study[prep]
    lab = study_lab[study]
    sd = list(HIERARCHY.values())
    v = (0.08 * np.exp(0.5 * rng.standard_normal(prep.size))) ** 2
    y = 1.0 + sd[0] * rng.standard_normal(labs)[lab]
    y += sd[1] * rng.standard_normal(study_lab.size)[study]
    y += sd[2] * rng.standard_normal(prep_study.size)[prep]
    y += np.sqrt(sd[3] ** 2 + v) * rng.standard_normal(prep.size)
    return pd.DataFrame({"y": y, "lab": lab, "study": study, "prep": prep, "v": v}), None


def literature(rng):
    """One data set of the literature design and its V."""
    works, systems = 35, 18
    prep_work = np.sort(np.concatenate([np.arange(works), rng.integers(0, works, 91 - works)]))
    extra = rng.choice(91, 17, replace=False)
    prep = np.sort(np.concatenate([np.arange(91), extra]))
    work = prep_work[prep]
    home = np.concatenate([np.arange(systems), rng.integers(0, systems, works - systems)])
    elsewhere = rng.random(91) < 0.25
    prep_system = np.where(
        elsewhere, rng.integers(0, systems, 91), rng.permutation(home)[prep_work]
    )
    system, n = prep_system[prep], prep.size
    unknown = rng.random(works) < 0.5
    celsius = rng.choice([25.0, 40.0, 60.0, 70.0], n)
    borrowed = (rng.random(works) < 0.5)[work]
    d = (1 / 298.15 - 1 / (celsius + 273.15)) / (BOLTZMANN_EV_PER_K * np.log(10)) * borrowed
    v = rng.uniform(0.03, 0.12, n) ** 2
    same = work[:, None] == work
    V = np.diag(v) + SHIFT**2 / 4 * (same & unknown[work])
    V += np.outer(d, d) * (EA_SE_EV**2 + EA_SD_STUDY_EV**2 * same)
    sd = list(LITERATURE.values())
    y = (
        1.0
        + sd[0] * rng.standard_normal(systems)[system]
        + sd[1] * rng.standard_normal(works)[work]
    )
    y += sd[2] * rng.standard_normal(91)[prep] + np.sqrt(v) * rng.standard_normal(n)
    y += (SHIFT * (rng.random(works) < 0.5) - SHIFT / 2)[work] * unknown[work]
    y += d * (EA_SE_EV * rng.standard_normal() + EA_SD_STUDY_EV * rng.standard_normal(works)[work])
    return pd.DataFrame({"y": y, "system": system, "work": work, "prep": prep}), V


def one_run(data, V, truth, formula, residual, total):
    """Which intervals cover, which lower ends are zero, and the estimates."""
    v = None if V is not None else "v"
    fit = mixed.fit(formula, data, v=v, V=V, residual=residual)
    ends = fit.sigma2_conf_int()
    out = {}
    for name, sd in truth.items():
        if name not in ends.index:
            continue  # every laboratory drew one study: the two are merged in this run
        low, high = ends.loc[name]
        out[name] = (low <= sd**2 <= high, low == 0, np.sqrt(fit.sigma2[name]), low, high)
    names = fit.component_names if len(total) == len(truth) else total
    low, high = fit.sum_conf_int(names)
    whole = sum(truth[name] ** 2 for name in total)
    estimate = np.sqrt(fit.sigma2[names].sum())
    out["total"] = (low <= whole <= high, low == 0, estimate, low, high)
    low, high = fit.conf_int().loc["Intercept"]
    out["mean (Satterthwaite)"] = (low <= 1.0 <= high, False, fit.params["Intercept"], low, high)
    half = 1.96 * fit.bse["Intercept"]
    off = abs(fit.params["Intercept"] - 1.0)
    out["mean (z)"] = (off <= half, False, fit.params["Intercept"], -half, half)
    return out


def simulate(label, make, truth, formula, residual, total, runs):
    rows = []
    for run in range(runs):
        rng = np.random.default_rng([SEED, len(label), run])
        data, V = make(rng)
        for name, values in one_run(data, V, truth, formula, residual, total).items():
            rows.append((name, *values))
    columns = ["quantity", "covers", "zero", "estimate", "low", "high"]
    results = pd.DataFrame(rows, columns=columns)
    grouped = results.groupby("quantity", sort=False)
    table = grouped.agg(
        covers=("covers", "mean"),
        zero=("zero", "mean"),
        estimate=("estimate", "mean"),
        low=("low", "median"),
        high=("high", "median"),
    ).reset_index()
    sds = ~table["quantity"].str.startswith("mean")
    table.loc[sds, ["low", "high"]] = np.sqrt(table.loc[sds, ["low", "high"]])
    whole = float(np.sqrt(sum(truth[name] ** 2 for name in total)))
    table["truth"] = [truth.get(q, whole if q == "total" else 1.0) for q in table["quantity"]]
    return table.assign(design=label, runs=runs)


def draw(results, path):
    """Coverage against the number of laboratories."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "coverage"
    import matplotlib.pyplot as plt

    chosen = results[results["design"].str.endswith("labs")]
    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for quantity, part in chosen.groupby("quantity", sort=False):
        labs = part["design"].str.split().str[0].astype(int)
        axes.plot(labs, 100 * part["covers"], marker="o", label=quantity)
    runs = int(chosen["runs"].iloc[0])
    half = 196 * np.sqrt(0.95 * 0.05 / runs)
    axes.axhspan(95 - half, 95 + half, color="0.9", label=f"95 % +- simulation error, {runs} runs")
    axes.set(
        xscale="log", xlabel="laboratories (simulated data)", ylabel="coverage, %", ylim=(85, 100)
    )
    axes.set_xticks([5, 10, 25, 50, 100], ["5", "10", "25", "50", "100"])
    axes.legend(fontsize="x-small", ncols=2)
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--labs", type=int, nargs="*", default=[5, 10, 25, 50, 100])
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    tables = [
        simulate(
            "literature, 108 rows",
            literature,
            LITERATURE,
            "y ~ 1 + (1 | system) + (1 | work/prep)",
            False,
            ["work", "work:prep"],
            arguments.runs,
        )
    ]
    for labs in arguments.labs:
        tables.append(
            simulate(
                f"{labs} labs",
                lambda rng, labs=labs: hierarchy(labs, rng),
                HIERARCHY,
                "y ~ 1 + (1 | lab/study/prep)",
                True,
                list(HIERARCHY),
                arguments.runs,
            )
        )
    results = pd.concat(tables, ignore_index=True).round(4)
    print(results.to_string())
    if arguments.write:
        results.to_csv(Path(__file__).with_name("bench_mixed_coverage.csv"), index=False)
        draw(results, ROOT / "docs" / "mixed_coverage.svg")


if __name__ == "__main__":
    main()
