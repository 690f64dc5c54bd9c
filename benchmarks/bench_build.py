"""Time and peak memory of ``metastudy build``, at the real size and at about 20,000 rows.

The large data root is made of copies of the real studies under other names: its numbers mean
nothing, its shape is that of the real literature. Run by hand: python benchmarks/bench_build.py
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from metastudy.corpus.corpus import default_root

ROWS = 20_000


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


def measured(root: Path, out: Path) -> tuple[float, float, float]:
    """Return CPU seconds, peak memory (MB) and the size (MB) of what was written."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "metastudy", "build", "--root", str(root), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kilobytes here
    size = sum(path.stat().st_size for path in out.iterdir()) / 2**20
    return seconds, after.ru_maxrss / unit, size


def count_rows(root: Path) -> int:
    """Return the number of printed numbers in a data root."""
    tables = (root / "data" / "studies").glob("*/measurements.csv")
    return sum(len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in tables)


def main() -> None:
    """Measure both sizes and print a table."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    real = default_root()
    print(f"{'data root':<22}{'rows':>8}{'CPU s':>9}{'peak MB':>10}{'written MB':>12}")
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large"
        copies(real, large, -(-ROWS // count_rows(real)))
        for name, root in (("real", real), ("copies of real studies", large)):
            seconds, peak, size = measured(root, Path(folder) / f"tables_{root.name}")
            print(f"{name:<22}{count_rows(root):>8}{seconds:>9.2f}{peak:>10.0f}{size:>12.1f}")


if __name__ == "__main__":
    main()
