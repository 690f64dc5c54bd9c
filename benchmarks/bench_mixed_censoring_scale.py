"""Fits with many bounds: time, memory and error over four sizes, and against exact values.

python benchmarks/bench_mixed_censoring_scale.py --write

*Growth*: the rows of ``bench_mixed_censoring.literature``, half of them bounds, works crossed with
systems, half of the works sharing an unknown in V; REML, which joins all bounds. CPU seconds of the
fit on one thread, peak memory of its process, and the stated error of the log-likelihood.
*Copies*: today's dataset ten times, each copy with works and unknown counts of its own, systems in
common: the report's own fit.
*Exact*: one random intercept, half of the rows bounds. The likelihood is then a product of
one-dimensional integrals, and REML one more over the mean, taken by quadrature; the simulation
joins all bounds. Differences over eight seeds stand against the error that each fit states.
*Few families*: works of one to three rows in twelve families, half of the rows bounds. Beyond 400
joined bounds REML integrates over the families, given which works are independent. The likelihood
by quadrature is one integral for each work, one for each family, and one over the mean.
*One side*: as *Exact*, but all rows of half of the levels are below limits of their own, with few
points, over a hundred seeds.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from bench_mixed_censoring import SEED, literature  # noqa: E402
from scipy.interpolate import CubicSpline  # noqa: E402
from scipy.special import log_ndtr, logsumexp, ndtr  # noqa: E402
from scipy.stats import norm  # noqa: E402

from metastudy import mixed  # noqa: E402
from metastudy.mixed.likelihoods.censored import CensoredLikelihood  # noqa: E402
from metastudy.mixed.model.frame import build_frame  # noqa: E402
from metastudy.mixed.optimise.censored_maximum import bounded_likelihood  # noqa: E402

SIZES = (625, 1250, 2500, 5000)
EXACT_BOUNDS = (60, 250, 1000)
SEEDS = 8
FEW_FAMILIES, FAMILIES = (2000, 10_000), 12
FAMILY, WORK, ROW = 0.36, 0.25, 0.09
"""Variances (dex squared)."""
ONE_SIDE = ((40, 4), (20, 12), (10, 24), (6, 60))
ONE_SIDE_SEEDS, ONE_SIDE_POINTS = 100, 32
MODEL = "y ~ 1 + (1 | work/row) + (1 | system)"
UNITS = {"unit": "count_unit", "shift": "count_shift", "probability": "count_probability"}


def timed(formula, data, **options):
    """Fit once and say what it cost."""
    start = time.process_time()
    fit = mixed.fit(formula, data, method="REML", **options)
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    found = {"rows": len(data), "bounds": int(fit.bounds.sum() - fit.bounds["exact"])}
    found |= {"units": 0 if fit.alternatives is None else len(fit.alternatives)}
    return found | {"fit, s": seconds, "memory, GB": memory, "error of llf": fit.llf_error}


def growth(n):
    """Time of one fit of n rows."""
    data, V = literature(np.random.default_rng([SEED, 4, n]), n, grows=True)
    return timed(MODEL, data, V=V, lower="lower", upper="upper")


def copies(count):
    """Time of the report's fit to copies of the dataset."""
    from metastudy.bridge.modelling.model_rows import LADDER, headline_rows, with_both_counts
    from metastudy.tables.loading import load

    dataset = load()
    frame, V = with_both_counts(headline_rows(dataset.observations, dataset.V, LADDER[0]))
    parts = []
    for k in range(count):
        own = {c: frame[c].astype(str) + f" {k}" for c in ("work", "observation")}
        unit = frame["count_unit"].where(frame["count_unit"].isna(), frame["count_unit"] + f" {k}")
        parts.append(frame.assign(count_unit=unit, **own))
    formula = "y ~ 1 + (1 | system) + (1 | work/observation)"
    V = np.kron(np.eye(count), V)
    rows = pd.concat(parts, ignore_index=True)
    return timed(formula, rows, V=V, lower="lo", upper="hi", alternatives=UNITS)


def one_intercept(bounds, rng):
    """Simulate groups of four rows, half of them bounds; SDs .5 and .3, v = .01."""
    n = 2 * bounds
    group = np.arange(n) // 4
    y = 1 + 0.5 * rng.standard_normal(n // 4)[group] + np.hypot(0.3, 0.1) * rng.standard_normal(n)
    data = pd.DataFrame({"y": y, "group": group, "v": 0.01, "lower": np.nan, "upper": np.nan})
    for k, i in enumerate(np.sort(rng.permutation(n)[:bounds])):
        if k % 3 != 0:
            data.loc[i, "lower"] = y[i] - abs(0.3 * rng.standard_normal())
        if k % 3 != 1:
            data.loc[i, "upper"] = y[i] + abs(0.3 * rng.standard_normal())
        data.loc[i, "y"] = np.nan
    return data


def whole_levels(levels, rows, rng):
    """Simulate as ``one_intercept``; all rows of the first half of the levels are below limits."""
    group = np.repeat(np.arange(levels), rows)
    n = group.size
    y = 1 + 0.5 * rng.standard_normal(levels)[group] + np.hypot(0.3, 0.1) * rng.standard_normal(n)
    data = pd.DataFrame({"y": y, "group": group, "v": 0.01, "lower": np.nan, "upper": np.nan})
    below = group < levels // 2
    data["upper"] = np.where(below, 1 + 0.2 * rng.standard_normal(n), np.nan)
    return data.assign(y=data["y"].mask(below))


def exact_reml(data, between, within):
    """Integrate over each group's effect and over the mean by quadrature."""
    # Even steps: the many rows of a level leave its effect a peak of a tenth of its own SD.
    z = np.linspace(-8, 8, 401)
    log_weights = -0.5 * z**2 - 0.5 * np.log(2 * np.pi) + np.log(z[1] - z[0])
    sd = np.sqrt(within + 0.01)
    low = data["lower"].fillna(-np.inf).to_numpy()[:, None]
    high = data["upper"].fillna(np.inf).to_numpy()[:, None]
    y = data["y"].to_numpy()[:, None]
    exact = ~np.isnan(y)

    def llf(mean):
        at = mean + np.sqrt(between) * z[None]
        a, b = (low - at) / sd, (high - at) / sd
        one_sided = np.where(np.isfinite(b), log_ndtr(b), log_ndtr(-a))
        flip = np.clip(a, -99, 99) + np.clip(b, -99, 99) > 0
        inside = ndtr(np.where(flip, -a, b)) - ndtr(np.where(flip, -b, a))
        both = np.isfinite(a) & np.isfinite(b)
        rows = np.where(both, np.log(np.where(both, inside, 1.0)), one_sided)
        density = -0.5 * ((y - at) / sd) ** 2 - np.log(sd * np.sqrt(2 * np.pi))
        rows = np.where(exact, density, rows)
        starts = np.flatnonzero(np.diff(data["group"], prepend=-1))
        sums = np.add.reduceat(rows, starts, axis=0)
        return logsumexp(sums + log_weights, axis=1).sum()

    reach = 8 * np.sqrt((between + sd**2) / data["group"].nunique())
    means = 1 + np.linspace(-reach, reach, 81)
    logs = np.array([llf(mean) for mean in means])
    step = means[1] - means[0]
    return logsumexp(logs) + np.log(step) + 0.5 * np.log(len(data))


def against_exact(bounds):
    """Differences to the exact value, and the errors that were stated, root mean squares."""
    data = one_intercept(bounds, np.random.default_rng([SEED, 5, bounds]))
    size = {"bounds": bounds}
    return size | differences(data, SEEDS)


def one_side(size):
    """Differences to the exact value where whole levels are bounds on one side, and their ratio."""
    levels, rows = size
    data = whole_levels(levels, rows, np.random.default_rng([SEED, 6, levels, rows]))
    found = differences(data, ONE_SIDE_SEEDS, ONE_SIDE_POINTS)
    ratio = found["difference"] / found["stated error"]
    shape = {"levels": levels, "rows of a level": rows, "bounds": int(data["y"].isna().sum())}
    return shape | found | {"ratio": ratio}


def families(n, rng):
    """Simulate works of one to three rows in families, half of the rows below or above limits."""
    sizes = np.resize([1, 2, 3], n)
    work = np.repeat(np.arange(n), sizes)[:n]
    family = work % FAMILIES
    y = 2 + np.sqrt(FAMILY) * rng.standard_normal(FAMILIES)[family]
    y += np.sqrt(WORK) * rng.standard_normal(n)[work]
    y += np.sqrt(ROW + 0.01) * rng.standard_normal(n)
    data = pd.DataFrame({"y": y, "work": work, "family": family, "row": range(n), "v": 0.01})
    kind = rng.integers(0, 8, n)  # 0 to 3: exact; 4 to 6: below a limit; 7: above one
    limit = y + np.where(kind == 7, -1, 1) * np.abs(0.5 * rng.standard_normal(n))
    data["lower"] = np.where(kind == 7, limit, np.nan)
    data["upper"] = np.where((kind > 3) & (kind < 7), limit, np.nan)
    return data.assign(y=data["y"].mask(kind > 3))


def exact_families(data):
    """Integrate over each work, each family and the mean by quadrature."""
    levels, z = np.linspace(-3, 7, 251), np.linspace(-7, 7, 71)
    at = levels[:, None] + np.sqrt(WORK) * z
    weight = norm.logpdf(z) + np.log(z[1] - z[0])
    sd = np.sqrt(ROW + 0.01)
    by_family = np.zeros((FAMILIES, levels.size))
    for (family, _), rows in data.groupby(["family", "work"]):
        log_f = np.zeros(at.shape)
        for y, low, high in rows[["y", "lower", "upper"]].itertuples(index=False):
            if np.isfinite(y):
                log_f += norm.logpdf(y, at, sd)
            else:
                log_f += log_ndtr((high - at) / sd if np.isfinite(high) else (at - low) / sd)
        by_family[family] += logsumexp(log_f + weight, axis=1)
    curve = CubicSpline(levels, by_family, axis=1)
    means, u = np.linspace(0, 4, 401), np.linspace(-7, 7, 1401)
    of_family = curve(np.clip(means[:, None] + np.sqrt(FAMILY) * u, -3, 7))
    given = logsumexp(of_family + norm.logpdf(u) + np.log(u[1] - u[0]), axis=2).sum(axis=0)
    return logsumexp(given) + np.log(means[1] - means[0]) + 0.5 * np.log(len(data))


def few_families(n):
    """Time of a fit, and differences to the exact value at the true variances over seeds."""
    data = families(n, np.random.default_rng([SEED, 7, n]))
    formula = "y ~ 1 + (1 | family) + (1 | work/row)"
    found = timed(formula, data, v="v", lower="lower", upper="upper")
    frame = build_frame(formula, data, v="v", lower="lower", upper="upper")
    variances = {"family": FAMILY, "work": WORK, "work:row": ROW}
    theta = np.array([variances[term.name] for term in frame.terms])
    exact, apart_, stated = exact_families(data), [], []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        likelihood = bounded_likelihood(frame, "REML", rng, None)
        likelihood.settle(theta)
        at = likelihood.evaluate(theta, derivatives=False)
        apart_.append(float(at.llf) - exact)
        stated.append(at.llf_error)
    rms = [float(np.sqrt(np.mean(np.square(x)))) for x in (apart_, stated)]
    return found | {"log-likelihood": exact, "difference": rms[0], "stated error": rms[1]}


def differences(data, seeds, points=None):
    """Root mean squares of the differences to the exact value and of the stated errors."""
    found_differences, stated = [], []
    theta = np.array([0.25, 0.09])
    exact = exact_reml(data, *theta)
    options = {"v": "v", "lower": "lower", "upper": "upper", "residual": True}
    frame = build_frame("y ~ 1 + (1 | group)", data, **options)
    for seed in range(seeds):
        likelihood = CensoredLikelihood(frame, True, np.random.default_rng(seed), points)
        likelihood.settle(theta)
        found = likelihood.evaluate(theta, derivatives=False)
        found_differences.append(float(found.llf) - exact)
        stated.append(found.llf_error)
    rms = [float(np.sqrt(np.mean(np.square(x)))) for x in (found_differences, stated)]
    return {"log-likelihood": exact, "difference": rms[0], "stated error": rms[1]}


def apart(what, size):
    """Run one measurement in a process of its own, for its memory."""
    code = (
        f"import json; import bench_mixed_censoring_scale as b; print(json.dumps(b.{what}({size})))"
    )
    paths = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    environment = os.environ | {"PYTHONPATH": paths}
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(out.stdout.strip().splitlines()[-1])


def page(tables):
    """Text of the page of results."""
    text = [
        "# Bounds at scale, measured",
        "",
        "See what a fit with many bounds costs, and how exact its log-likelihood is.",
        "`python benchmarks/bench_mixed_censoring_scale.py --write` makes every number.",
    ]
    notes = {
        "Growth": "Half of the rows are bounds, works cross systems, half of the works share an "
        "unknown in V. REML joins all bounds. CPU seconds on one thread; memory is the peak of the "
        "process.",
        "Ten copies of the dataset": "The report's own fit. Units are cell designs of unknown "
        "count, whose two alternatives the likelihood sums.",
        "Against exact values": "One random intercept, groups of four rows, half of them bounds; "
        f"REML by quadrature. Root mean squares over {SEEDS} seeds at one theta.",
        "Few families": f"Works of one to three rows in {FAMILIES} families, half of the rows "
        "bounds. CPU seconds of the fit on one thread; differences to quadrature at the true "
        f"variances, root mean squares over {SEEDS} seeds.",
        "Levels that are bounds on one side": "All rows of half of the levels are below limits, "
        f"{ONE_SIDE_POINTS} points in each replicate. Root mean squares over {ONE_SIDE_SEEDS} "
        "seeds, whose ratio has a standard error of 8 %.",
    }
    for title, table in tables.items():
        head = "| " + " | ".join(table.columns) + " |"
        rule = "|" + "---|" * len(table.columns)
        cells = [
            [f"{x:.3g}" if isinstance(x, float) else str(x) for x in row]
            for row in table.itertuples(index=False)
        ]
        rows = ["| " + " | ".join(row) + " |" for row in cells]
        text += ["", f"## {title}", "", notes[title], "", head, rule, *rows]
    return "\n".join(text) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    tables = {}
    for title, what, sizes in (
        ("Against exact values", "against_exact", EXACT_BOUNDS),
        ("Levels that are bounds on one side", "one_side", ONE_SIDE),
        ("Few families", "few_families", FEW_FAMILIES),
        ("Ten copies of the dataset", "copies", (10,)),
        ("Growth", "growth", arguments.sizes),
    ):
        rows = []
        for size in sizes:
            rows.append(apart(what, size))
            print(title, rows[-1], flush=True)
        tables[title] = pd.DataFrame(rows)
        if arguments.write:
            target = ROOT / "docs" / "validation" / "mixed-bounds-scale.md"
            target.write_text(page(tables), encoding="utf-8")


if __name__ == "__main__":
    main()
