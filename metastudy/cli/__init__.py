"""The command line: a list of commands, each of which imports its room when it is called."""

from __future__ import annotations

import os

import typer

# Each of these adds its commands to the application.
from metastudy.cli import (  # noqa: F401
    adding,
    contributing,
    conversions,
    dataset,
    design_rules,
    figures,
    missing,
    planning,
    questions,
    refits,
    releasing,
    spectra,
    support,
)
from metastudy.cli.application import app
from metastudy.errors import MetastudyError

__all__ = ["app", "main", "one_thread"]


def one_thread() -> None:
    """Let linear algebra run on one thread, unless the user says otherwise.

    The matrices here are small: more threads only wait for each other, for many times as long on a
    busy machine. This works because no command has imported numpy yet.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def main() -> None:
    """Run the command line; a mistake in input ends with its message and status 1."""
    one_thread()
    try:
        app()
    except MetastudyError as error:
        typer.echo(f"metastudy: {error}", err=True)
        raise SystemExit(1) from None
