"""The answers of a release: what each command prints as JSON, one file a command.

The commands are run as a reader runs them. Those that ask for a pair, a current or a filler are not
among them.
"""

from __future__ import annotations

from pathlib import Path

from metastudy.contribute.package_process import last_line, run_python
from metastudy.contribute.release.errors import ReleaseError
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
        call = ("-m", "metastudy", name, "--format", "json", "--root", str(root))
        done = run_python(root, *call)
        if done.returncode:
            raise ReleaseError(f"metastudy {name} gives no answer: {last_line(done)}")
        (out / f"{name}.json").write_bytes(done.stdout)
