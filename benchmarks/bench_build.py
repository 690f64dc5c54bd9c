"""Time and peak memory of ``metastudy check`` and ``metastudy build``, today and at 6,900 studies.

The large data root is made of copies of the real studies under other names: its numbers mean
nothing, its shape is that of the real literature. Run by hand: python benchmarks/bench_build.py
The exit status is 1 where a command takes more than its limit on the large root.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from metastudy.corpus.corpus import default_root

STUDIES = 6_900
# CPU seconds, with those of child processes, and peak memory (MB).
LIMITS = {"check": (30.0, 500.0), "build": (60.0, 1000.0)}


def copies(source: Path, target: Path, count: int) -> None:
    """Write a data root that holds every study, decision and correction ``count`` times."""
    shutil.copytree(source / "schemas", target / "schemas")
    shutil.copytree(source / "data" / "vocabulary", target / "data" / "vocabulary")
    names = [path.name for path in (source / "data" / "studies").iterdir() if path.is_dir()]
    any_name = re.compile(rf"\b({'|'.join(sorted(names, key=len, reverse=True))})\b")
    for copy in range(count):

        def renamed(text: str, copy: int = copy) -> str:
            text = any_name.sub(rf"\1c{copy}", text)
            text = re.sub(r"^(\s*title: ['\"]?)", rf"\1Copy {copy} of ", text, flags=re.M)
            return re.sub(r"^(\s*doi: ['\"]?[^\s'\"]+)", rf"\1.c{copy}", text, flags=re.M)

        for path in (source / "data" / "studies").glob("*/*"):
            if path.is_file():
                folder = target / "data" / "studies" / f"{path.parent.name}c{copy}"
                folder.mkdir(parents=True, exist_ok=True)
                text = renamed(path.read_text(encoding="utf-8"))
                (folder / path.name).write_text(text, encoding="utf-8")
        for kind in ("decisions", "corrections"):
            for path in (source / "data" / kind).glob("*.yaml"):
                folder = target / "data" / kind
                folder.mkdir(parents=True, exist_ok=True)
                text = renamed(path.read_text(encoding="utf-8"))
                text = re.sub(r"^id: .*$", f"id: {path.stem}_c{copy}", text, count=1, flags=re.M)
                (folder / f"{path.stem}_c{copy}.yaml").write_text(text, encoding="utf-8")


def measured(command: Sequence[str]) -> tuple[float, float]:
    """Return CPU seconds and peak memory (MB) of one command of the package."""
    process = subprocess.Popen(
        [sys.executable, "-m", "metastudy", *command], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"metastudy {' '.join(command)} failed")
    unit = 1e6 if sys.platform == "darwin" else 1e6 / 2**10  # bytes there, kilobytes here
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit


def count_studies(root: Path) -> int:
    """Return the number of studies in a data root."""
    return len(list((root / "data" / "studies").glob("*/measurements.csv")))


def main() -> int:
    """Measure both commands at both sizes, print a table and compare with the limits."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    real = default_root()
    print(f"{'studies':>8}  {'command':<8}{'CPU s':>9}{'peak MB':>10}")
    within = True
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large"
        copies(real, large, -(-STUDIES // count_studies(real)))
        for root in (real, large):
            for name, out in (("check", []), ("build", ["--out", f"{folder}/{root.name}_tables"])):
                seconds, peak = measured([name, "--root", str(root), *out])
                print(f"{count_studies(root):>8}  {name:<8}{seconds:>9.2f}{peak:>10.0f}")
                within &= seconds <= LIMITS[name][0] and peak <= LIMITS[name][1]
    return 0 if within else 1


if __name__ == "__main__":
    raise SystemExit(main())
