"""Time the diagnostics beside metafor: CPU seconds, one BLAS thread, one run.

python benchmarks/bench_mixed_diagnostics.py            ours
python benchmarks/bench_mixed_diagnostics.py --peers    metafor too (needs Rscript), a minute

With --write the table goes to docs/validation/mixed-diagnostics-timings.md. Our exact permutation
test refits half of the 8,192 sign changes, as changing all signs changes no |statistic|.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).parents[1] / "docs" / "validation" / "mixed-diagnostics-timings.md"
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from benchmarks.bench_mixed import cpu  # noqa: E402
from metastudy import mixed  # noqa: E402

DATA = ROOT / "tests" / "reference" / "mixed" / "data"
WORDS = {
    "permutation": "exact permutation test, 13 rows, 8,192 sign changes, DL",
    "permutation_reml": "the same by REML",
    "influence": "deletion of each of 13 rows, REML",
    "rstudent": "studentised residuals by refit, three levels, 56 rows",
    "cook": "Cook's distances by district, three levels",
    "selection": "step selection model, 37 rows",
}
GOALS = {"permutation": 100}
PEER = """
suppressMessages(library(metafor)); options(warn = -1)
read <- function(name) read.csv(file.path(FOLDER, paste0(name, ".csv")))
cpu <- function(task, f, reps) {
  used <- sapply(seq_len(reps), function(i) {
    t <- proc.time(); f(); d <- proc.time() - t; d[[1]] + d[[2]] })
  cat(task, median(used), "\\n")
}
b <- read("bcg"); k <- read("konstantopoulos2011"); h <- read("hackshaw1998")
dl <- rma(yi, vi, data = b, method = "DL"); re <- rma(yi, vi, data = b)
k3 <- rma.mv(yi, vi, random = ~ 1 | district/school, data = k)
ml <- rma(yi, vi, data = h, method = "ML")
cpu("permutation", function() permutest(dl, exact = TRUE, progbar = FALSE), 1)
cpu("influence", function() influence(re), 5)
cpu("rstudent", function() rstudent(k3), 1)
cpu("cook", function() cooks.distance(k3, cluster = k$district), 1)
"""


def read(name):
    data = pd.read_csv(DATA / f"{name}.csv")
    return data.assign(row=range(len(data)))


def our_tasks():
    bcg, konst, hackshaw = read("bcg"), read("konstantopoulos2011"), read("hackshaw1998")
    formula = "yi ~ 1 + (1 | row)"
    moments = mixed.fit(formula, bcg, v="vi", method="DL", test="z")
    likelihood = mixed.fit(formula, bcg, v="vi", test="z")
    levels = mixed.fit("yi ~ 1 + (1 | district/school)", konst, v="vi")
    selected = mixed.fit(formula, hackshaw, v="vi")

    def deletion(fit, by=None):
        fit.__dict__.pop("_deletions", None)
        return fit.diagnostics.deletion(by)

    return {
        "permutation": cpu(moments.diagnostics.permutation_test),
        "permutation_reml": cpu(likelihood.diagnostics.permutation_test),
        "influence": cpu(lambda: deletion(likelihood)),
        "rstudent": cpu(lambda: deletion(levels)),
        "cook": cpu(lambda: deletion(levels, "district")),
        "selection": cpu(lambda: selected.diagnostics.selection_model(response="contrast")),
    }


def peer_tasks():
    code = f'FOLDER <- "{DATA}"\n{PEER}'
    printed = subprocess.run(
        ["Rscript", "-e", code], check=True, capture_output=True, text=True
    ).stdout
    return {name: float(value) for name, value in (x.split() for x in printed.splitlines() if x)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    ours = our_tasks()
    peers = peer_tasks() if options.peers else {}
    command = "python benchmarks/bench_mixed_diagnostics.py --peers --write"
    lines = [
        "# Timings of the diagnostics",
        "",
        "Look up what a permutation test or leaving one unit out costs beside metafor.",
        "",
        f"CPU seconds (median), one BLAS thread, numpy {np.__version__}. Made by `{command}`. The "
        "exact permutation test refits half of the sign changes; the others are their mirrors.",
        "",
        "| task | ours, s | metafor, s | times faster | goal |",
        "|---|---|---|---|---|",
    ]
    for task, seconds in ours.items():
        peer = peers.get(task)
        beside = f"{peer:.3f} | {peer / seconds:.0f}" if peer else " | "
        lines.append(f"| {WORDS[task]} | {seconds:.4f} | {beside} | {GOALS.get(task, '')} |")
    text = "\n".join([*lines, ""])
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    missed = [x for x, goal in GOALS.items() if x in peers and peers[x] < goal * ours[x]]
    if missed:
        sys.exit(f"slower than the goal: {', '.join(WORDS[x] for x in missed)}")


if __name__ == "__main__":
    main()
