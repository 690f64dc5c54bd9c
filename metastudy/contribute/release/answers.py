"""The answers of a release: what each command prints as JSON, one file a command.

The commands are run as a reader runs them. Those that ask for a pair, a current or a filler are not
among them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from metastudy.contribute.release.errors import ReleaseError
from metastudy.contribute.release.repository import own_package
from metastudy.tables.building import Step

COMMANDS = ("scatter", "treatments", "moderators", "gaps", "claims")


def write_answers(out: Path, root: Path, step: Step) -> None:
    """Run every command on a data root and write what it prints.

    Raises
    ------
    ReleaseError
        Where a command fails; the message ends with what it says.
    """
    out.mkdir()
    for name in COMMANDS:
        step(f"metastudy {name}")
        call = [sys.executable, "-m", "metastudy", name, "--format", "json", "--root", str(root)]
        done = subprocess.run(call, cwd=root, env=own_package(root), capture_output=True)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            reason = said[-1] if said else "no reason given"
            raise ReleaseError(f"metastudy {name} gives no answer: {reason}")
        (out / f"{name}.json").write_bytes(done.stdout)
