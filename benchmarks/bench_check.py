"""How long ``metastudy check`` takes on a generated study of 2,000 rows: under one second.

The study is invented: 100 preparations, 400 samples, five rows for each of them. The command runs
in its own process, so that imports count; processor time is held against the limit, because other
work on the machine adds to the clock.
"""

from __future__ import annotations

import csv
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from metastudy.corpus.study import COLUMNS

REPOSITORY = Path(__file__).resolve().parents[1]
VALID = REPOSITORY / "tests" / "frozen" / "data" / "studies" / "probe_2020_polymer"
STUDY = "probe_2020_polymer"
LIMIT_S = 1.0


def generate(root: Path) -> int:
    """Write vocabulary, schemas and one study of 2,000 rows; return the number of rows."""
    shutil.copytree(REPOSITORY / "data" / "vocabulary", root / "data" / "vocabulary")
    shutil.copytree(REPOSITORY / "schemas", root / "schemas")
    folder = root / "data" / "studies" / STUDY
    folder.mkdir(parents=True)
    head, _, rest = (VALID / "study.yaml").read_text(encoding="utf-8").partition("preparations:\n")
    preparations, _, rest = rest.partition("samples:\n")
    plain = preparations.partition("  - id: heated")[0]
    symmetric = rest[rest.index("cells:\n") :].partition("  - id: plate")[0]
    cells = symmetric + "states:\n  - {id: fresh, kind: fresh, age: not_reported}\n"
    names = [f"p{index:03d}" for index in range(100)]
    samples = [
        f"  - {{id: s{index:03d}, preparation: {names[index % 100]}, contact: peo_plate}}\n"
        for index in range(400)
    ]
    yaml = head + "preparations:\n"
    yaml += "".join(plain.replace("id: plain", f"id: {name}") for name in names)
    yaml += "samples:\n" + "".join(samples) + cells
    (folder / "study.yaml").write_text(yaml, encoding="utf-8")
    with (folder / "measurements.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for index in range(2000):
            writer.writerow(row(index)[column] for column in COLUMNS)
    return 2000


def row(index: int) -> dict[str, str]:
    """Return one resistance: sample by sample, five temperatures above the melting point."""
    sample, step = divmod(index, 5)
    return dict.fromkeys(COLUMNS, "") | {
        "record_id": f"{STUDY}.{index:04d}",
        "sample_id": f"s{sample:03d}",
        "cell_id": "symmetric",
        "state_id": "fresh",
        "role": "interface",
        "component": "total",
        "quantity": "area_specific_resistance",
        "value_text": f"{64 * 0.7**step + sample / 100:.2f}",
        "unit_text": "ohm cm2",
        "qualifier": "exact",
        "value_covers": "one",
        "unc_kind": "not_reported",
        "temperature_text": str(65 + 5 * step),
        "branch": "not_applicable",
        "evaluation": "joint_fit",
        "basis": "table",
        "read": "full_text",
        "locator": f"Table {sample}, row {step}",
    }


def main() -> int:
    """Time the check and compare with the limit."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows = generate(root)
        command = [sys.executable, "-m", "metastudy", "check", "--root", str(root)]
        clock, processor = [], []
        for _ in range(5):
            start, used = time.perf_counter(), processor_time()
            done = subprocess.run(
                command, cwd=REPOSITORY, capture_output=True, text=True, check=False
            )
            clock.append(time.perf_counter() - start)
            processor.append(processor_time() - used)
    print(done.stdout.strip().splitlines()[-1])
    best = min(processor)
    print(f"check of {rows} rows, best of 5: {best:.2f} s processor, {min(clock):.2f} s clock")
    return 0 if best < LIMIT_S and done.returncode == 0 else 1


def processor_time() -> float:
    """Return the seconds that finished child processes have used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    raise SystemExit(main())
