"""Left-censored records by simulation with seeds: in the likelihood, dropped, or substituted.

python benchmarks/bench_mixed_censoring.py --runs 600 --write

*Common limit*: 60 studies of 3 records, true mean 0, study SD .300, record SD .250 (decades); every
record below the 10, 30 or 50 % point is reported as "< limit". ML of the bounds stands against ML
after dropping them, after putting the limit, and after putting half of the limit (- log10 2).
*Fixed systems*: 20 systems with means of their own (SD .5) in 3 works each, work SD .350, known
error .05, one limit for all at the 23 % point. ML of the bounds stands against the likelihood
integrated over flat means (REML), with and without censoring. Systems without an exact record are
left out: their means have no finite estimate, and REML is refused there.
*Interface counts*: 108 rows, 91 preparations, 35 works, SD between works .25, preparations .20,
known error .05; half of the works do not say whether a resistance covers one interface or two (all
rows of the work shifted by log10 2, or none). As independent errors on the diagonal of V, as one
unknown of each work by its moments (a block of V), and by summing both alternatives.
*Bounds of unknown count*: 40 works of 3 rows, 42 % of them below a limit of their own, half of the
works' counts unknown. Both limits of such a bound in the likelihood, or the weaker one kept; and
the maximum of the same restricted likelihood by quadrature, which needs no simulation.
*Literature*: about 40 exact rows and 40 bounds of three kinds, works crossed with systems, half of
the works sharing an unknown: time of the fit and of all profiles, and the simulation error.
"""

import argparse
import os
import sys
import time
from itertools import product
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy import stats  # noqa: E402
from scipy.optimize import minimize  # noqa: E402
from scipy.special import log_ndtr, logsumexp  # noqa: E402

from metastudy import mixed  # noqa: E402

SEED = 20261126
STUDY, RECORD = 0.300, 0.250
SHARES = (0.1, 0.3, 0.5)
WORK, ERROR = 0.350, 0.05
BETWEEN, WITHIN = 0.25, 0.30
WEAKER_RUNS, ML_RUNS, QUADRATURE_RUNS = 400, 100, 80


def estimates(data, **options):
    fit = mixed.fit("y ~ 1 + (1 | study)", data, method="ML", **options)
    sd = np.sqrt(fit.sigma2)
    return fit.params["Intercept"], sd["study"], sd["residual"]


def common_limit(share, rng):
    """Mean and SDs of one data set by the four ways."""
    study = np.repeat(np.arange(60), 3)
    y = STUDY * rng.standard_normal(60)[study] + RECORD * rng.standard_normal(180)
    limit = stats.norm.ppf(share) * np.hypot(STUDY, RECORD)
    below = y < limit
    data = pd.DataFrame({"y": np.where(below, np.nan, y), "study": study})
    ways = {"ML of the bounds": estimates(data.assign(limit=np.where(below, limit, np.nan)),
                                          upper="limit")}  # fmt: skip
    ways["dropped"] = estimates(data.dropna())
    ways["limit"] = estimates(data.fillna({"y": limit}))
    ways["limit/2"] = estimates(data.fillna({"y": limit - np.log10(2)}))
    return ways


def fixed_systems(rng):
    """Work SD of one data set by ML and by the integrated likelihood, censored and not."""
    system = np.repeat(np.arange(20), 3)
    means = 0.5 * rng.standard_normal(20)
    y = means[system] + np.hypot(WORK, ERROR) * rng.standard_normal(60)
    limit = stats.norm.ppf(0.23) * np.sqrt(0.5**2 + WORK**2 + ERROR**2)
    data = pd.DataFrame({"truth": y, "work": range(60), "system": [f"s{k}" for k in system]})
    data["y"] = data["truth"].where(y >= limit)
    data["upper"] = np.where(y < limit, limit, np.nan)
    data = data[data.groupby("system")["y"].transform("count") > 0].assign(v=ERROR**2)
    out = {}
    for method in ("ML", "REML"):
        options = {"v": "v", "method": method}
        model = "~ 0 + system + (1 | work)"
        plain = mixed.fit(f"truth {model}", data, **options)
        fit = mixed.fit(f"y {model}", data, upper="upper", **options)
        for name, found in (("all exact", plain), ("with bounds", fit)):
            out[method, name] = np.sqrt(found.sigma2["work"])
    return out, data["y"].isna().mean()


def interface_counts(rng):
    """Variances between works and preparations of one data set by four treatments."""
    prep_work = np.sort(np.concatenate([np.arange(35), rng.integers(0, 35, 56)]))
    prep = np.sort(np.concatenate([np.arange(91), rng.choice(91, 17, replace=False)]))
    work, n = prep_work[prep], prep.size
    y = 0.25 * rng.standard_normal(35)[work] + 0.20 * rng.standard_normal(91)[prep]
    y += ERROR * rng.standard_normal(n)
    unknown = (rng.permutation(35) < 17)[work]
    y += np.log10(2) * (rng.random(35) < 0.5)[work] * unknown
    data = pd.DataFrame({"y": y, "work": work, "prep": prep, "v": ERROR**2})
    data = data.assign(shift=np.log10(2), p=0.5, unit=pd.Series(work).where(unknown))
    moments = data.assign(y=y - np.log10(2) / 2 * unknown)
    moments["v"] += (np.log10(2) / 2) ** 2 * unknown
    units = {"unit": "unit", "shift": "shift", "probability": "p"}
    model = "y ~ 1 + (1 | work/prep)"
    fits = {
        ("REML", "diagonal of V"): mixed.fit(model, moments, v="v"),
        ("REML", "block of V"): mixed.fit(model, data, v="v", alternatives=units),
        ("ML", "diagonal of V"): mixed.fit(model, moments, v="v", method="ML"),
        ("ML", "summed"): mixed.fit(model, data, v="v", method="ML", alternatives=units),
    }
    return {key: tuple(fit.sigma2) for key, fit in fits.items()}


def bounds_of_unknown_counts(rng):
    """40 works of 3 rows, 41 % of them below their limit, half of the counts unknown.

    Returns the printed rows, and the rows by the rule of the weaker limit: an upper limit holds for
    one contact too, and an exact row has the mean and the variance of its two values.
    """
    work = np.repeat(np.arange(40), 3)
    one = BETWEEN * rng.standard_normal(40)[work] + WITHIN * rng.standard_normal(120)
    one += ERROR * rng.standard_normal(120)
    unknown = (rng.permutation(40) < 20)[work]
    shift = np.log10(2)
    printed = one + shift * (rng.random(40) < 0.5)[work] * unknown
    limit = -0.02 + 0.2 * rng.standard_normal(120)
    below = printed < limit
    data = pd.DataFrame({"y": np.where(below, np.nan, printed), "work": work, "shift": shift})
    data["upper"] = np.where(below, limit, np.nan)
    data = data.assign(p=0.5, unit=pd.Series(work).where(unknown))
    weaker = data.assign(y=data["y"] - shift / 2 * unknown)
    block = np.equal.outer(work, work) & np.outer(unknown & ~below, unknown & ~below)
    return data, weaker, ERROR**2 * np.eye(120) + (shift / 2) ** 2 * block


def by_quadrature(data, start, centre):
    """Maximise the restricted likelihood over log variances, its integrals taken by quadrature.

    Given the mean and the count of a work, its effect is one dimension; the mean is one more.
    """
    z, weights = np.polynomial.hermite_e.hermegauss(24)
    log_weights = np.log(weights / weights.sum())
    seen = data["y"].fillna(data["upper"]).to_numpy()[:, None, None]
    exact = data["y"].notna().to_numpy()[:, None, None]
    shift = data["shift"].to_numpy()[:, None, None]
    unknown = data["unit"].notna().to_numpy()[::3, None, None]

    def minus(log_variances):
        between, within = np.exp(log_variances)
        sd = np.sqrt(within + ERROR**2)
        reach = 6 * np.sqrt(1.7 * (between + within / 3) / 40)
        means = centre + np.linspace(-reach, reach, 25)
        at = means[:, None] + np.sqrt(between) * z
        by_count = []
        for moved in (0.0, shift):
            r = (seen - moved - at) / sd
            rows = np.where(exact, stats.norm.logpdf(r) - np.log(sd), log_ndtr(r))
            by_count.append(rows.reshape(40, 3, *r.shape[1:]).sum(axis=1))
        both = np.logaddexp(*by_count) - np.log(2)
        works = np.where(unknown, both, by_count[0])
        llf = logsumexp(works + log_weights, axis=2).sum(axis=0)
        return -float(logsumexp(llf) + np.log(means[1] - means[0]))

    corners = np.log(start) + np.array([[0.0, 0.0], [0.05, 0.0], [0.0, 0.05]])
    options = {"xatol": 1e-4, "fatol": 1e-7, "initial_simplex": corners}
    return np.exp(minimize(minus, corners[0], method="Nelder-Mead", options=options).x)


def unknown_bounds(run):
    """Variances of one data set by both limits in the likelihood and by the weaker one."""
    data, weaker, V = bounds_of_unknown_counts(np.random.default_rng([SEED, 3, run]))
    units = {"unit": "unit", "shift": "shift", "probability": "p"}
    model = "y ~ 1 + (1 | work)"
    options = {"upper": "upper", "residual": True, "points": 32}
    found = {
        ("REML", "both limits"): mixed.fit(
            model, data, V=ERROR**2 * np.eye(120), alternatives=units, **options
        ),
    }
    if run < WEAKER_RUNS:
        found["REML", "weaker limit"] = mixed.fit(model, weaker, V=V, **options)
    if run < ML_RUNS:
        found["ML", "both limits"] = mixed.fit(
            model, data, V=ERROR**2 * np.eye(120), alternatives=units, method="ML", **options
        )
    share = float(data["y"].isna().mean())
    rows = [(*key, *fit.sigma2, share) for key, fit in found.items()]
    if run < QUADRATURE_RUNS:
        fit = found["REML", "both limits"]
        start = np.maximum(fit.sigma2.to_numpy(), 1e-4)
        rows.append(
            ("REML", "quadrature", *by_quadrature(data, start, float(fit.params.iloc[0])), share)
        )
    return rows


def unbiased(runs):
    """Means with their Monte Carlo standard errors.

    ML and the quadrature are fitted to the first data sets only. Their means over all are REML's
    plus the mean differences there, which vary little.
    """
    rows = [row for run in range(runs) for row in unknown_bounds(run)]
    columns = ["method", "limits", "between works", "within", "bounds"]
    groups = pd.DataFrame(rows, columns=columns).groupby(columns[:2], sort=False)
    table = groups.mean()
    for name in ("between works", "within"):
        table[f"{name}, error"] = groups[name].std() / np.sqrt(groups.size())
    table["runs"] = groups.size()
    reml, whole = groups.get_group(("REML", "both limits")), table.loc[("REML", "both limits")]
    for key, name in product(
        [("ML", "both limits"), ("REML", "quadrature")], ["between works", "within"]
    ):
        own = groups.get_group(key)[name].to_numpy()
        difference = own - reml[name].to_numpy()[: own.size]
        spread = difference.std(ddof=1) / np.sqrt(own.size)
        table.loc[key, name] = whole[name] + difference.mean()
        table.loc[key, f"{name}, error"] = np.hypot(whole[f"{name}, error"], spread)
        print(f"{key}, {name}: {difference.mean():.2g} ({spread:.1g}) more than REML")
    return table.reset_index().assign(truth=f"{BETWEEN**2:g} / {WITHIN**2:g}")


def literature(rng, n=80, grows=False):
    """One data set like the literature, half of it bounds, and its V.

    It has 25 works and 12 systems, or as many for every 80 rows if it ``grows``.
    """
    works, systems = (25 * n // 80, 12 * n // 80) if grows else (25, 12)
    work, system = np.sort(rng.integers(0, works, n)), rng.integers(0, systems, n)
    y = 1 + 0.4 * rng.standard_normal(systems)[system] + 0.3 * rng.standard_normal(works)[work]
    y += 0.3 * rng.standard_normal(n)
    data = pd.DataFrame({"y": y, "work": work, "system": system, "row": range(n)})
    data = data.assign(lower=np.nan, upper=np.nan)
    for k, i in enumerate(rng.permutation(n)[: n // 2]):
        if k % 3 != 0:
            data.loc[i, "lower"] = y[i] - abs(0.3 * rng.standard_normal())
        if k % 3 != 1:
            data.loc[i, "upper"] = y[i] + abs(0.3 * rng.standard_normal())
        data.loc[i, "y"] = np.nan
    V = 0.01 * np.eye(n) + 0.02266 * (np.equal.outer(work, work) & (work % 2 == 0))
    return data, V


def timings(runs):
    rows = []
    for n, method in ((80, "REML"), (80, "ML"), (100, "REML"), (120, "REML")):
        for run in range(runs):
            data, V = literature(np.random.default_rng([SEED, n, run]), n)
            start = time.process_time()
            fit = mixed.fit(
                "y ~ 1 + (1 | work/row) + (1 | system)",
                data, V=V, method=method, lower="lower", upper="upper",
            )  # fmt: skip
            middle = time.process_time()
            fit.components.conf_int()
            fit.components.sum_conf_int(["work", "work:row"])
            end = time.process_time()
            rows.append((method, n, n // 2, middle - start, end - middle, fit.llf_error))
    columns = ["method", "rows", "bounds", "fit, s", "profiles, s", "error of llf"]
    return pd.DataFrame(rows, columns=columns).groupby(columns[:3]).median().reset_index()


def simulate(runs):
    rows = []
    for share in SHARES:
        for run in range(runs):
            rng = np.random.default_rng([SEED, int(100 * share), run])
            for way, values in common_limit(share, rng).items():
                rows.append((share, way, *values))
    columns = ["censored", "way", "mean", "study SD", "record SD"]
    results = pd.DataFrame(rows, columns=columns)
    return with_errors(results, columns[:2]).assign(runs=runs)


def with_errors(results, by):
    """Means of groups, with the standard error that the number of data sets leaves them."""
    groups = results.groupby(by, sort=False)
    return groups.mean().join(groups.sem().add_prefix("se of ")).reset_index()


def integrated(runs):
    rows = []
    for run in range(runs):
        found, share = fixed_systems(np.random.default_rng([SEED, 1, run]))
        rows += [(*key, sd, share) for key, sd in found.items()]
    results = pd.DataFrame(rows, columns=["method", "rows", "work SD", "censored"])
    return with_errors(results, ["method", "rows"]).assign(truth=WORK, runs=runs)


def counted(runs):
    rows = []
    for run in range(runs):
        found = interface_counts(np.random.default_rng([SEED, 2, run]))
        rows += [(*key, *variances) for key, variances in found.items()]
    columns = ["method", "interface count", "between works", "preparation"]
    table = pd.DataFrame(rows, columns=columns).groupby(columns[:2], sort=False).mean()
    return table.reset_index().assign(truth="0.0625 / 0.0400", runs=runs)


def draw(results, path):
    """Estimated SDs against the share of censored records."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "censoring"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(8.5, 3.2), layout="constrained")
    truths = {"mean": 0.0, "study SD": STUDY, "record SD": RECORD}
    for place, (column, truth) in zip(axes, truths.items(), strict=True):
        place.axhline(truth, color="0.6", linewidth=1)
        for way, part in results.groupby("way", sort=False):
            place.plot(100 * part["censored"], part[column], marker="o", label=way)
        place.set(xlabel="records below the limit, %", title=f"{column} (truth {truth:g})")
        place.set_xticks([10, 30, 50])
    axes[0].set_ylabel("mean of the estimates, decades")
    axes[0].legend(fontsize="x-small")
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--timings", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="tables to make; all unless named")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    makers = {
        "common_limit": lambda: simulate(arguments.runs),
        "fixed_systems": lambda: integrated(arguments.runs),
        "interface_counts": lambda: counted(arguments.runs),
        "unknown_bounds": lambda: unbiased(arguments.runs),
        "timings": lambda: timings(arguments.timings),
    }
    for name in arguments.only or makers:
        table = makers[name]()
        print(name, table.round(3).to_string(), sep="\n", flush=True)
        if arguments.write:
            stem = f"bench_mixed_censoring_{name}.csv"
            table.round(4).to_csv(Path(__file__).with_name(stem), index=False)
            if name == "common_limit":
                draw(table, ROOT / "docs" / "images" / "mixed_censoring.svg")


if __name__ == "__main__":
    main()
