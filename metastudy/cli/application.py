"""The application: what stands before a command, the groups of its help, and common options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.moved_calls import Commands

app = typer.Typer(
    name="metastudy",
    cls=Commands,
    help="Interface resistances between ionic conductors: check the data, build tables, report.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

# Groups of the help, by reader.
CONTRIBUTOR = "For contributors: add a paper, mend a number"
ANALYST = "For analysts: tables and observations"
EXPERIMENTALIST = "For experimentalists: cells and spectra"
READER = "For readers: what the literature says"
MAINTAINER = "For maintainers: releases"
SUPPORT = "For bug reports"

Root = Annotated[
    Path | None,
    typer.Option("--root", help="Folder that holds data/ and schemas/ (default: the package's)."),
]

LeaveOut = Annotated[
    list[str] | None,
    typer.Option("--leave-out", help="secondary, unidentified, abstract_only; may be repeated."),
]


def example(call: str) -> str:
    """Return the last line of a command's help: one call as it is typed."""
    return f"Example: {call}"


def _print_version(wanted: bool) -> None:
    if wanted:
        from metastudy.versions import version_line

        typer.echo(version_line())
        raise typer.Exit


def _log_to_stderr(wanted: bool) -> None:
    if wanted:
        from metastudy.cli.logs import log_to_stderr

        log_to_stderr()


@app.callback(
    epilog="Help on one command, with an example: metastudy COMMAND --help\n\n"
    "Exit statuses, and the form of answers as JSON: docs/commands.md"
)
def metastudy(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the versions of package and data, and stop.",
        ),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            callback=_log_to_stderr,
            help="Write each step to standard error, with its time.",
        ),
    ] = False,
) -> None:
    """Read the literature on contacts of two ionic conductors as data."""
