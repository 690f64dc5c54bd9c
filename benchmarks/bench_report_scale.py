"""CPU time and memory of ``metastudy report`` as the dataset grows.

Simulated datasets are copies of the real studies under other names. Each copy of a study has its
resistances moved by one random factor of the work and one of each number, so that copies differ as
works do; the numbers mean nothing. Claims are those of today, held against all copies. The rules
are not run, as decisions name today's numbers (``bench_check.py`` times them). Every run is a
process of its own with one thread.

    python benchmarks/bench_report_scale.py --times 1 3 10 [--limit 600]   # --write: the page
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from bench_build import copies

from metastudy.corpus.corpus import default_root
from metastudy.pages.figures.many_rows import MOST_LINES

STORED = Path(__file__).with_suffix(".csv")
PAGE = Path(__file__).parents[1] / "docs" / "validation" / "report-scale.md"
SEED = 20261130
WORK_SD, NUMBER_SD = 0.3, 0.15
"""Standard deviations (dex) of the random factors."""
MOVED = frozenset({"area_specific_resistance", "resistance"})
PROGRAM = """
import sys, time
from pathlib import Path
from metastudy.corpus.corpus import read_corpus
from metastudy.pages.report import make_report
from metastudy.tables.building import build_tables
from metastudy.tables.loading import data_frames
started = time.process_time()
corpus = read_corpus(Path(sys.argv[1]))
data = data_frames(build_tables(corpus))
at = lambda celsius: data_frames(build_tables(corpus, (), celsius))
seen = ["load", time.process_time()]
def step(name):
    print(f"  {seen[0]}: {time.process_time() - seen[1]:.1f} s", file=sys.stderr, flush=True)
    seen[:] = [name, time.process_time()]
report = make_report(data, step, root=Path(sys.argv[1]), at=at)
step("end")
bounds = int((data.observations["censoring"] != "exact").sum())
print(len(data.studies), len(data.observations), bounds, len(report.html))
"""


def write_root(root: Path, times: int) -> None:
    """Write a data root that holds the real works so many times, each time with other numbers."""
    real = default_root()
    copies(real, root, times)
    for name in ("properties.csv", "VERSION"):
        (root / "data" / name).write_bytes((real / "data" / name).read_bytes())
    names = "|".join(path.name for path in (real / "data" / "studies").iterdir())
    claims = (real / "data" / "claims.csv").read_text(encoding="utf-8")
    claims = re.sub(rf"\b({names})\b", r"\1c0", claims)
    (root / "data" / "claims.csv").write_text(claims, encoding="utf-8")
    rng = np.random.default_rng(SEED)
    for path in sorted((root / "data" / "studies").glob("*/measurements.csv")):
        if not path.parent.name.endswith("c0"):
            path.write_text(_moved(path.read_text(encoding="utf-8"), rng), encoding="utf-8")


def _moved(text: str, rng: np.random.Generator) -> str:
    reader = csv.DictReader(io.StringIO(text))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, reader.fieldnames or (), lineterminator="\n")
    writer.writeheader()
    work = rng.normal(0, WORK_SD)
    for row in reader:
        factor = 10 ** (work + rng.normal(0, NUMBER_SD))
        if row["quantity"] in MOVED and not row["reference_record"]:
            for column in ("value_text", "upper_text"):
                row[column] = _times(row[column], factor)
        writer.writerow(row)
    return buffer.getvalue()


def _times(text: str, factor: float) -> str:
    try:
        return f"{float(text) * factor:.4g}"
    except ValueError:
        return text


def measured(times: int, limit: float) -> dict[str, float]:
    """Return sizes, CPU seconds and peak memory (MB) of the report of one simulated dataset."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        write_root(root, times)
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(root)],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit))),
        )
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)  # of this process alone
        process.returncode = os.waitstatus_to_exitcode(status)
        if status != 0:
            raise SystemExit(f"{times} times: stopped with status {process.returncode}")
    works, observations, bounds, size = map(int, printed.split())
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kilobytes here
    return {
        "times": times,
        "works": works,
        "observations": observations,
        "bounds": bounds,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / unit,
        "html_mb": size / 2**20,
    }


def store(row: dict[str, float]) -> None:
    """Put a row into the stored table, in place of one of the same size."""
    table = pd.read_csv(STORED) if STORED.exists() else pd.DataFrame(columns=list(row))
    rows = [*table[table["times"] != row["times"]].to_dict("records"), row]
    pd.DataFrame(rows).sort_values("times").round(2).to_csv(
        STORED, index=False, lineterminator="\n"
    )


def page() -> str:
    """Write the page of the manual."""
    rows = pd.read_csv(STORED)
    lines = [
        "| times today's data | works | observations | of them bounds | CPU (s) | peak memory (MB) "
        "| page (MB) |",
        "|---" * 7 + "|",
        *(
            f"| {row['times']:.0f} | {row['works']:.0f} | {row['observations']:.0f} | "
            f"{row['bounds']:.0f} | {row['cpu_s']:.0f} | {row['peak_mb']:.0f} | "
            f"{row['html_mb']:.1f} |"
            for row in rows.to_dict("records")
        ),
    ]
    first, last = rows.iloc[0], rows.iloc[-1]
    power = np.log(last["cpu_s"] / first["cpu_s"]) / np.log(last["times"] / first["times"])
    wanted = [
        f"- {times} times today's data in at most {limit} s of CPU: "
        + _said(rows[rows["times"] == times], limit)
        for times, limit in ((10, 60), (100, 600))
    ]
    return (
        "# Growth of the report\n\n"
        "Look up how the time of `metastudy report` grows with the dataset.\n\n"
        + " ".join((__doc__ or "").split("\n\n")[1].split())
        + " Made by `python benchmarks/bench_report_scale.py --write`.\n\n"
        + "\n".join(lines)
        + f"\n\nBetween the first and the last row CPU time grows with the power {power:.2f} of "
        "the size. Most of it goes into the reference arms and the joint model of the share, whose "
        "intervals ask for many maxima of a likelihood with bounds; claims and pictures come next. "
        "Pictures have a "
        f"line a row up to {MOST_LINES} rows; of more rows, those of one material or family share "
        "a line, and the captions say so. Times were taken beside other work on the machine, which "
        "raises them.\n\n"
        "Wanted:\n\n" + "\n".join(wanted) + "\n"
    )


def _said(rows: pd.DataFrame, limit: float) -> str:
    if rows.empty:
        return "not run, an open fault."
    seconds = rows["cpu_s"].iloc[0]
    return f"{seconds:.0f} s, {'met' if seconds <= limit else 'an open fault'}."


def main() -> None:
    """Measure each size."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--times", type=int, nargs="*", default=[])
    arguments.add_argument("--limit", type=float, default=600, help="CPU seconds of one report")
    arguments.add_argument("--write", action="store_true", help="write the page")
    given = arguments.parse_args()
    for times in given.times:
        row = measured(times, given.limit)
        print(row, flush=True)
        store(row)
    if given.write:
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
