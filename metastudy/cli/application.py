"""The application, and the options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="metastudy",
    help="Interface resistances between ionic conductors: check the data, build tables, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Root = Annotated[
    Path | None,
    typer.Option("--root", help="Folder that holds data/ and schemas/ (default: the package's)."),
]

LeaveOut = Annotated[
    list[str] | None,
    typer.Option("--leave-out", help="secondary, unidentified, abstract_only; may be repeated."),
]


@app.callback()
def metastudy() -> None:
    """Read the literature on contacts of two ionic conductors as data."""
