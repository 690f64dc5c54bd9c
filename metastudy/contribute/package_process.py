"""Python processes that import the package of a checkout, not the one that runs here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def has_package(root: Path) -> bool:
    """Say whether a folder holds the package beside its data."""
    return (root / "metastudy" / "__main__.py").is_file()


def run_python(
    root: Path, *arguments: str, timeout_s: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run Python in a checkout with its package; with this one where the folder holds none.

    Parameters
    ----------
    root
        The checkout.
    arguments
        What follows ``python``.
    timeout_s
        Longest time in seconds.

    Raises
    ------
    OSError, subprocess.TimeoutExpired
        Where the process cannot be started, or does not end in time.
    """
    environment = dict(os.environ)
    if has_package(root):
        environment["PYTHONPATH"] = str(root.resolve())
    return subprocess.run(
        [sys.executable, "-P", *arguments],  # -P: nothing is imported from the current folder
        cwd=root,
        env=environment,
        capture_output=True,
        check=False,
        timeout=timeout_s,
    )


def last_line(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the last line that a process wrote as an error."""
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return said[-1] if said else "no reason given"
