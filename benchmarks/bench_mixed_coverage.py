"""Coverage of 95 % intervals by simulation with seeds: components, their total and the mean.

python benchmarks/bench_mixed_coverage.py                 # what the table lacks, then the picture
python benchmarks/bench_mixed_coverage.py --only "5 labs" --runs 400
python benchmarks/bench_mixed_coverage.py --keep runs     # can be stopped and taken up again

*Hierarchy*: laboratories with 2.4 studies each, 2.3 preparations in a study, 2.7 records in a
preparation, true SD laboratory .20, study .25, preparation .35, record .15 (decades), known
sampling SD about .08. *Literature*: 108 rows, 91 preparations, 35 works, 18 systems crossed with
them, one record in most preparations; half of the works with an unknown interface count (one shift
of log10 2 or none for the whole work) and half of the rows referred over up to 45 K with a
borrowed activation energy, both as unknowns that rows share, blocks of V; true SD system .40, work
.25, preparation .30. *Collection*: the same with 40 rows, 35 preparations, 32 works, 12 systems.

Every record has a detection limit of its own. "30 % bounds" are the same data sets as without, with
"below the limit" for the 30 % of records that lie below theirs (50 % in the collection). Their
criterion is REML up to about 60 bounds in a data set and ML above.

Each design has its number of runs in DESIGNS. Its rows are written to the table when it is done;
a design that the table holds with as many runs is not simulated again. An interval covers where
the profile at the truth has dropped by less than its quantile. With bounds only the first data sets
(column ``ends``) have both ends searched for; there both readings must agree.

``--keep`` names a directory that gets the results of every data set when it is done; from there
they are taken instead of being simulated again. Name a new one after a change of the engine.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy import stats  # noqa: E402

from metastudy import mixed  # noqa: E402
from metastudy.mixed.optimise.newton import maximise  # noqa: E402
from metastudy.mixed.optimise.profile_likelihood import (  # noqa: E402
    VarianceProfile,
    sum_profile,
    variance_profile,
)

SEED = 20261125
HIERARCHY = {"lab": 0.20, "lab:study": 0.25, "lab:study:prep": 0.35, "residual": 0.15}
LITERATURE = {"system": 0.40, "work": 0.25, "work:prep": 0.30}
LIMIT_SD = 0.30
DROP = stats.chi2.ppf(0.95, 1) / 2
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


def literature(preps, works, systems, repeated, rng):
    """One data set of the literature design and its V; ``repeated`` preparations have two rows."""
    prep_work = np.sort(np.concatenate([np.arange(works), rng.integers(0, works, preps - works)]))
    extra = rng.choice(preps, repeated, replace=False)
    prep = np.sort(np.concatenate([np.arange(preps), extra]))
    work = prep_work[prep]
    home = np.concatenate([np.arange(systems), rng.integers(0, systems, works - systems)])
    elsewhere = rng.random(preps) < 0.25
    prep_system = np.where(
        elsewhere, rng.integers(0, systems, preps), rng.permutation(home)[prep_work]
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
    y += sd[2] * rng.standard_normal(preps)[prep] + np.sqrt(v) * rng.standard_normal(n)
    y += (SHIFT * (rng.random(works) < 0.5) - SHIFT / 2)[work] * unknown[work]
    y += d * (EA_SE_EV * rng.standard_normal() + EA_SD_STUDY_EV * rng.standard_normal(works)[work])
    return pd.DataFrame({"y": y, "system": system, "work": work, "prep": prep}), V


def below_limits(data, share, whole, rng):
    """Turn the records below limits of their own, about ``share`` of them, into bounds."""
    spread = np.hypot(whole, LIMIT_SD)
    limit = 1.0 + spread * stats.norm.ppf(share) + LIMIT_SD * rng.standard_normal(len(data))
    below = data["y"] < limit
    return data.assign(y=data["y"].mask(below), upper=np.where(below, limit, np.nan))


@dataclass(frozen=True)
class Design:
    """What is simulated: ``key`` seeds it, ``bounds`` is the share of rows below their limits."""

    label: str
    key: int
    make: Callable
    truth: dict[str, float]
    formula: str
    residual: bool
    total: list[str]
    method: str
    runs: int
    bounds: float = 0.0
    ends: int = 10

    def data(self, run):
        """Draw data set number ``run`` and its V."""
        rng = np.random.default_rng([SEED, self.key, run])
        data, V = self.make(rng)
        if self.bounds:
            whole = np.sqrt(sum(sd**2 for sd in self.truth.values()))
            data = below_limits(data, self.bounds, whole, rng)
        return data, V


LITERATURE_MODEL = {
    "truth": LITERATURE,
    "formula": "y ~ 1 + (1 | system) + (1 | work/prep)",
    "residual": False,
    "total": ["work", "work:prep"],
}
HIERARCHY_MODEL = {
    "truth": HIERARCHY,
    "formula": "y ~ 1 + (1 | lab/study/prep)",
    "residual": True,
    "total": list(HIERARCHY),
}
PAPERS = partial(literature, 91, 35, 18, 17)
TODAY = partial(literature, 35, 32, 12, 5)
LABS = {labs: partial(hierarchy, labs) for labs in (5, 10, 25, 50, 100)}
RUNS = dict.fromkeys(LABS, 100)
BOUNDS = ", 30 % bounds"
DESIGNS = [
    Design("literature, 108 rows", 20, PAPERS, method="REML", runs=400, **LITERATURE_MODEL),
    *(
        Design(f"{labs} labs", len(f"{labs} labs"), make, method="REML",
               runs=360 if labs == 25 else 120, **HIERARCHY_MODEL)
        for labs, make in LABS.items()
    ),
    Design("collection, 40 rows, 50 % bounds", 1, TODAY, method="REML", runs=100, bounds=0.5,
           ends=5, **LITERATURE_MODEL),
    Design("literature, 108 rows" + BOUNDS, 20, PAPERS, method="REML", runs=60, bounds=0.3, ends=5,
           **LITERATURE_MODEL),
    *(
        Design(f"{labs} labs" + BOUNDS, len(f"{labs} labs"), make, bounds=0.3,
               method="REML" if labs <= 10 else "ML", runs=RUNS[labs],
               ends=2 if labs < 100 else 0, **HIERARCHY_MODEL)
        for labs, make in LABS.items()
    ),
]  # fmt: skip


def drop_at(profile: VarianceProfile, value):
    """Fall of the log-likelihood from its maximum to the profile at ``value``."""
    start = profile.move(profile.optimum.theta, value)
    if profile.likelihood.evaluate(start, derivatives=False) is None:
        return np.inf
    found = maximise(profile.likelihood, start, profile.constraint(value), tolerance=1e-6)
    return float(profile.optimum.evaluation.llf - found.evaluation.llf)


def read_off(profile, value, may_be_zero):
    """Whether the interval holds ``value``, and starts at 0, without searching for its ends."""
    covers = drop_at(profile, value) <= DROP
    if not may_be_zero:
        return covers, np.nan
    return covers, profile.estimate <= 0 or drop_at(profile, 0.0) < DROP


def component_row(profile, value, ends, bounds, may_be_zero):
    """Whether the interval covers, whether it starts at 0, the estimate as an SD, and the ends."""
    estimate = np.sqrt(profile.estimate)
    if ends is None:
        return *read_off(profile, value, may_be_zero), estimate, np.nan, np.nan
    low, high = ends
    row = low <= value <= high, low == 0, estimate, low, high
    if bounds:
        covers, zero = read_off(profile, value, may_be_zero)
        if covers != row[0] or (may_be_zero and zero != row[1]):
            raise RuntimeError(f"{low:g} to {high:g} contradicts the profile at {value:g}")
        return covers, zero, *row[2:]
    return row


def one_run(design, run):
    """Which intervals cover, which lower ends are zero, and the estimates."""
    data, V = design.data(run)
    # Probabilities of few rows need fewer points: the fit still quadruples them above its error.
    points = 64 if design.method == "ML" else 512
    bounds = {"upper": "upper", "points": points} if design.bounds else {}
    fit = mixed.fit(
        design.formula, data, v=None if V is not None else "v", V=V, residual=design.residual,
        method=design.method, **bounds,
    )  # fmt: skip
    wanted = not design.bounds or run < design.ends
    ends = fit.components.conf_int() if wanted else None
    out = {}
    names = list(fit.parameter_names)
    for name, sd in design.truth.items():
        if name not in fit.sigma2.index:
            continue  # every laboratory drew one study: the two are merged in this run
        profile = variance_profile(fit.likelihood, fit.optimum, names.index(name))
        found = None if ends is None else tuple(ends.loc[name])
        may_be_zero = name not in ("lab:study:prep", "residual")
        out[name] = component_row(profile, sd**2, found, design.bounds, may_be_zero)
    every = len(design.total) == len(design.truth)
    members = list(fit.component_names) if every else design.total
    profile = sum_profile(fit.likelihood, fit.optimum, [names.index(name) for name in members])
    whole = sum(design.truth[name] ** 2 for name in design.total)
    found = fit.components.sum_conf_int(members) if wanted else None
    out["total"] = component_row(profile, whole, found, design.bounds, False)
    mean = fit.params["Intercept"]
    low, high = fit.conf_int().loc["Intercept"]
    out["mean (Satterthwaite)"] = (low <= 1.0 <= high, False, mean, low, high)
    half = 1.96 * fit.bse["Intercept"]
    out["mean (z)"] = (abs(mean - 1.0) <= half, False, mean, mean - half, mean + half)
    return out, data["y"].isna().sum()


COLUMNS = ["quantity", "covers", "zero", "estimate", "low", "high"]


def recorded_run(design, run):
    """Results of one data set as a table; without a quantity where the fit is refused."""
    start = time.process_time()
    try:
        found, count = one_run(design, run)
        rows = [(name, *values) for name, values in found.items()]
    except mixed.MixedError as error:
        print(f"{design.label}, data set {run}: {error}", flush=True)
        rows, count = [(None,) + (np.nan,) * 5], np.nan
    cpu_s = time.process_time() - start
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"covers": float, "zero": float})
    return table.assign(run=run, n_bounds=count, cpu_s=cpu_s)


def recorded_runs(design, runs, keep):
    """Results of all data sets, those in the directory ``keep`` as they were found there."""
    path = None if keep is None else keep / f"{design.label}.csv"
    done = pd.read_csv(path) if path is not None and path.exists() else None
    known = set() if done is None else set(done["run"])
    parts = [] if done is None else [done[done["run"] < runs]]
    for run in range(runs):
        if run in known:
            continue
        parts.append(recorded_run(design, run))
        if path is not None:
            keep.mkdir(parents=True, exist_ok=True)
            parts[-1].to_csv(path, mode="a", header=not path.exists(), index=False)
    return pd.concat(parts, ignore_index=True)


def simulate(design, runs, keep=None):
    """Summarise the runs of one design, a row for each quantity."""
    records = recorded_runs(design, runs, keep)
    results = records.dropna(subset="quantity")
    each_run = records.drop_duplicates("run")
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
    whole = float(np.sqrt(sum(design.truth[name] ** 2 for name in design.total)))
    truths = {**dict.fromkeys(table["quantity"], 1.0), **design.truth, "total": whole}
    table["truth"] = table["quantity"].map(truths)
    table["simulation_error"] = np.sqrt(0.95 * 0.05 / runs)  # of a coverage that is right
    return table.round(4).assign(
        design=design.label,
        method=design.method,
        bounds=int(each_run["n_bounds"].median()),
        runs=runs,
        ends=min(design.ends, runs) if design.bounds else runs,
        failed=int(records["quantity"].isna().sum()),
        cpu_s=round(each_run["cpu_s"].sum(), 1),
    )


QUANTITIES = {
    "lab": ("laboratory", "#0072B2", "o"),
    "lab:study": ("study", "#D55E00", "s"),
    "lab:study:prep": ("preparation", "#009E73", "^"),
    "residual": ("record", "#CC79A7", "v"),
    "total": ("total", "#000000", "D"),
    "mean (Satterthwaite)": ("mean, Satterthwaite", "#56B4E9", "P"),
    "mean (z)": ("mean, z", "#E69F00", "X"),
}
"""Words, colours (Okabe & Ito) and markers, so that no quantity is told by colour alone."""


def draw(results, path):
    """Coverage against the number of laboratories, without and with bounds."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "coverage"
    import matplotlib.pyplot as plt

    figure, places = plt.subplots(1, 2, figsize=(9, 4.2), sharey=True, layout="constrained")
    for place, bounds in zip(places, (False, True), strict=True):
        ending = "labs" + BOUNDS * bounds
        chosen = results[results["design"].str.endswith(ending)]
        shift = np.geomspace(0.8, 1.25, len(QUANTITIES))
        for (quantity, (word, colour, marker)), offset in zip(
            QUANTITIES.items(), shift, strict=True
        ):
            part = chosen[chosen["quantity"] == quantity]
            labs = part["design"].str.split().str[0].astype(int)
            place.plot(
                offset * labs, 100 * part["covers"], marker, color=colour, label=word, markersize=6
            )
        for design, part in chosen.groupby("design"):
            labs, half = int(design.split()[0]), 196 * part["simulation_error"].iloc[0]
            span = [0.76 * labs, 1.32 * labs]
            place.fill_between(span, 95 - half, min(95 + half, 100), color="0.9", zorder=0)
        place.axhline(95, color="0.6", linewidth=0.8, zorder=0)
        runs = sorted({int(n) for n in chosen["runs"]})
        sets = " to ".join(str(n) for n in sorted({runs[0], runs[-1]}))
        band = f"95 % within simulation error, {sets} data sets"
        words = "30 % of the records bounds: REML to 10, ML from 25" if bounds else "exact records"
        place.set(xscale="log", xlabel="laboratories", title=f"{words}\ngrey: {band}")
        place.title.set_fontsize("small")
        place.set_xticks([5, 10, 25, 50, 100], ["5", "10", "25", "50", "100"])
        place.minorticks_off()
    places[0].set_ylabel("coverage of 95 % intervals, % (simulated)")
    figure.legend(*places[0].get_legend_handles_labels(), loc="outside lower center", ncols=7,
                  fontsize="small", frameon=False)  # fmt: skip
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, help="instead of each design's own number")
    parser.add_argument("--only", nargs="*", help="labels of designs; all unless named")
    parser.add_argument("--keep", type=Path, help="directory of the results of single data sets")
    arguments = parser.parse_args()
    path = Path(__file__).with_name("bench_mixed_coverage.csv")
    results = pd.read_csv(path) if path.exists() else pd.DataFrame({"design": [], "runs": []})
    order = [design.label for design in DESIGNS]
    for design in DESIGNS:
        if arguments.only and design.label not in arguments.only:
            continue
        runs = arguments.runs or design.runs
        mine = results["design"] == design.label
        if (results.loc[mine, "runs"] >= runs).any():
            continue
        table = simulate(design, runs, arguments.keep)
        print(table.to_string(), flush=True)
        results = pd.concat([results[~mine], table], ignore_index=True)
        results = results.sort_values("design", key=lambda c: c.map(order.index), kind="stable")
        results.to_csv(path, index=False)
    draw(results, ROOT / "docs" / "images" / "mixed_coverage.svg")


if __name__ == "__main__":
    main()
