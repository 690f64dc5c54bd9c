"""Time the mixed-effects engine beside its peers: CPU seconds, one BLAS thread.

python benchmarks/bench_mixed.py            ours and statsmodels, a minute
python benchmarks/bench_mixed.py --peers    metafor and lme4 too (needs Rscript), some minutes

With --peers each task is timed by both sides one after the other and stored in
bench_mixed_timings.csv; a task that is stored is not timed again, so that a run can be stopped and
taken up. --again times all of them, --limit bounds the CPU seconds of a peer. With --write the
table goes to docs/validation/mixed-timings.md.
"""

import argparse
import math
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "validation" / "mixed-timings.md"
STORED = Path(__file__).with_name("bench_mixed_timings.csv")
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from metastudy import mixed  # noqa: E402

DATA = ROOT / "tests" / "reference" / "mixed" / "data"
FULL = "family + salt + geometry + route + dn18 + xT"
GOALS = {
    "konst_fit": 20,
    "konst_profiles": 25,
    "konst_bootstrap": 300,
    "synth400_fit": 400,
    "synth240_profiles": 200,
    "insteval_fit": 2,
}
WORDS = {
    "konst_fit": "three-level fit, 56 rows",
    "konst_profiles": "its two profile intervals",
    "konst_bootstrap": "its bootstrap, 1,000 replicates",
    "synth400_fit": "four levels, 12 moderators, 400 rows",
    "synth240_profiles": "four profile intervals, 240 rows",
    "sleep_fit": "random slope, 180 rows",
    "pastes_fit": "nested intercepts, 60 rows",
    "insteval_fit": "three crossed factors, 73,421 rows",
}


def read(name):
    path = DATA / f"{name}.csv"
    return pd.read_csv(path if path.exists() else DATA / f"{name}.csv.gz")


def cpu(function, repeats=9):
    """Median CPU seconds of a call after a first one that is not counted."""
    function()
    used = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        used.append(time.process_time() - start)
    return float(np.median(used))


def our_tasks():
    """Give a function for each task, which times it."""
    konst = read("konstantopoulos2011")
    synth = read("synth400").assign(dn18=lambda d: (d["dn"] - 18) / 10)
    synth["vimp"] = synth["vi"].fillna(synth["vi"].median())
    known = synth[synth["known"] == 1]
    rng = np.random.default_rng(1)

    def fit_konst():
        return mixed.fit("yi ~ 1 + (1 | district/school)", konst, v="vi")

    done = fit_konst()
    nested = mixed.fit("yi ~ 1 + (1 | lab/study/prep/rec)", known, v="vi")
    full = f"yi ~ {FULL} + (1 | lab/study/prep/rec)"

    def profiles(fit):
        fit.__dict__.pop("components", None)  # and the intervals that it keeps
        return fit.components.conf_int()

    sleep, pastes, evaluation = read("sleepstudy"), read("Pastes"), read("InstEval")
    crossed = "y ~ 1 + C(service) + (1 | s) + (1 | d) + (1 | dept)"
    return {
        "konst_fit": lambda: cpu(fit_konst, 201),
        "konst_profiles": lambda: cpu(lambda: profiles(done)),
        "konst_bootstrap": lambda: cpu(lambda: done.components.bootstrap(1000, rng=rng)),
        "synth400_fit": lambda: cpu(lambda: mixed.fit(full, synth, v="vimp")),
        "synth240_profiles": lambda: cpu(lambda: profiles(nested)),
        "sleep_fit": lambda: cpu(lambda: mixed.fit("Reaction ~ Days + (Days | Subject)", sleep)),
        "pastes_fit": lambda: cpu(lambda: mixed.fit("strength ~ 1 + (1 | batch/cask)", pastes)),
        "insteval_fit": lambda: cpu(lambda: mixed.fit(crossed, evaluation), 1),
    }


def statsmodels_tasks():
    """MixedLM where it can express the model; sampling variances it cannot."""
    import statsmodels.formula.api as smf

    sleep, pastes = read("sleepstudy"), read("Pastes")

    def slope():
        model = smf.mixedlm("Reaction ~ Days", sleep, groups="Subject", re_formula="~Days")
        return model.fit(reml=True)

    def nested():
        parts = {"cask": "0 + C(cask)"}
        model = smf.mixedlm("strength ~ 1", pastes, groups="batch", vc_formula=parts)
        return model.fit(reml=True)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {"sleep_fit": cpu(slope, 5), "pastes_fit": cpu(nested, 5)}


def peer(task, limit):
    """Median CPU seconds of metafor or lme4 for a task; infinite above the limit."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("konstantopoulos2011", "synth400", "sleepstudy", "Pastes", "InstEval"):
            read(name).to_csv(Path(folder) / f"{name}.csv", index=False)
        script = Path(__file__).with_name("bench_mixed_peers.R")
        done = subprocess.run(
            ["Rscript", str(script), folder, task],
            check=False,
            capture_output=True,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
        )
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith(task)]
    if lines:
        return float(lines[0][1])
    if done.returncode not in (-signal.SIGXCPU, -signal.SIGKILL):
        raise SystemExit(f"{task}: {done.stderr.strip()[-300:]}")
    return math.inf


def measured(limit, again):
    """Time each task by both sides, one after the other, and store it."""
    tasks = our_tasks()
    others = None
    for task, ours in tasks.items():
        known = stored()
        if task in known.index and not again:
            continue
        others = statsmodels_tasks() if others is None else others
        seconds = ours()
        row = [seconds, peer(task, limit), limit, others.get(task, math.nan)]
        known.loc[task] = [(row[0] + ours()) / 2, *row[1:]]
        known.to_csv(STORED, lineterminator="\n", float_format="%.6g")
        print(task, *known.loc[task].round(5).tolist(), flush=True)


def stored():
    columns = ["ours", "peer", "limit", "statsmodels"]
    if not STORED.exists():
        return pd.DataFrame(columns=columns, index=pd.Index([], name="task"), dtype=float)
    return pd.read_csv(STORED, index_col="task")


def growth():
    """Nested studies in laboratories at four sizes: seconds, and peak memory so far."""
    rows = []
    sizes = (1_000, 10_000, 100_000, 400_000)
    for n in (sizes[0], *sizes):  # the first fit, which imports the engine, is not counted
        rng = np.random.default_rng(n)
        study = np.sort(rng.integers(0, n // 5, n))
        data = pd.DataFrame({"lab": study // 10, "study": study, "x": rng.normal(size=n)})
        data["v"] = rng.uniform(0.05, 0.2, n)
        data["y"] = rng.normal(size=n // 50 + 1)[data["lab"]] + rng.normal(size=n // 5)[study]
        data["y"] += rng.normal(size=n)
        start = time.process_time()
        mixed.fit("y ~ x + (1 | lab/study)", data, v="v", residual=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append((n, n // 5, time.process_time() - start, peak))
    return rows[1:]


def table(timings):
    lines = [
        "| task | ours, s | metafor / lme4, s | times faster | goal | statsmodels, s | times |",
        "|---|---|---|---|---|---|---|",
    ]
    for task, row in timings.iterrows():
        seconds, other = row["ours"], row["statsmodels"]
        found = {"": "", "times": ""}
        if math.isinf(row["peer"]):
            over = f"over {row['limit']:.0f}"
            found = {"": over, "times": f"over {row['limit'] / seconds:.0f}"}
        elif not math.isnan(row["peer"]):
            found = {"": f"{row['peer']:.3f}", "times": f"{row['peer'] / seconds:.0f}"}
        cells = [
            WORDS[task],
            f"{seconds:.4f}",
            *found.values(),
            str(GOALS.get(task, "")),
            *(["", ""] if math.isnan(other) else [f"{other:.3f}", f"{other / seconds:.0f}"]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--limit", type=int, default=300, help="CPU seconds of a peer")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    sizes = growth()
    if arguments.peers:
        measured(arguments.limit, arguments.again)
        timings = stored().reindex(WORDS)
    else:
        others = statsmodels_tasks()
        rows = {task: [ours(), math.nan, math.nan] for task, ours in our_tasks().items()}
        timings = pd.DataFrame.from_dict(rows, "index", columns=["ours", "peer", "limit"])
        timings["statsmodels"] = pd.Series(others)
    lines = table(timings)
    lines += ["", "| rows | studies | s | peak memory, MB |", "|---|---|---|---|"]
    lines += [f"| {n:,} | {g:,} | {s:.3f} | {mb:.0f} |" for n, g, s, mb in sizes]
    text = "\n".join(lines)
    print(text)
    if arguments.write:
        head = (
            "# Timings of the mixed-effects engine\n\n"
            "Look up what a fit, its intervals and a bootstrap cost beside metafor, lme4 and "
            "statsmodels.\n\nCPU seconds (median), one BLAS thread, "
            f"Python {platform.python_version()}, numpy {np.__version__}. Each task is timed "
            "before and after its peer, whose CPU time is bounded by "
            f"{timings['limit'].max():.0f} s. metafor's bootstrap is 25 replicates times 40. Made "
            "by `python benchmarks/bench_mixed.py --peers --write`.\n"
        )
        PAGE.write_text(f"{head}\n{text}\n", "utf-8")


if __name__ == "__main__":
    main()
