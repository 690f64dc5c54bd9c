"""The command line in this process, with what it wrote and its exit status; and git."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from metastudy.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    status: int
    out: str
    err: str


def metastudy(*arguments: str | Path, typed: str = "") -> Done:
    """Run a command as ``python -m metastudy`` does; ``typed`` comes through a pipe."""
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with (
        mock.patch.object(sys, "argv", ["metastudy", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", io.StringIO(typed)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
    return Done(status, out.getvalue(), err.getvalue())


def git(folder: Path, *arguments: str) -> None:
    """Run git in a repository, by a made-up author."""
    name = ("-c", "user.name=probe", "-c", "user.email=probe@example.org")
    subprocess.run(["git", "-C", folder, *name, *arguments], check=True, capture_output=True)
