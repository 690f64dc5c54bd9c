"""Commands that turn pooled resistances into numbers for a cell."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from metastudy.cli.application import EXPERIMENTALIST, LeaveOut, Root, app, example


class RuleFormat(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


At = Annotated[float, typer.Option("--at", help="Temperature (degC).")]
Alpha = Annotated[float, typer.Option("--alpha", help="Share outside the prediction interval.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the draws of what bounds leave open.")]
Format = Annotated[RuleFormat, typer.Option("--format", help="How the answer is written.")]


@app.command(
    rich_help_panel=EXPERIMENTALIST, epilog=example("metastudy predict 'LICGC | PEO' --at 60")
)
def predict(
    pair: Annotated[
        str, typer.Argument(metavar="PAIR", help="Two conductors, such as 'LICGC | PEO'.")
    ],
    at: At,
    alpha: Alpha = 0.05,
    seed: Seed = 1,
    format: Format = RuleFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Predict the resistance that a new laboratory, or a new preparation, will find."""
    from metastudy.answers.predict import predict as answer
    from metastudy.pages.sections import predict as written

    found = answer(pair, at, alpha=alpha, seed=seed, leave_out=leave_out or (), root=root)
    if format is RuleFormat.CSV:
        typer.echo(written.as_csv(found), nl=False)
    elif format is RuleFormat.JSON:
        typer.echo(written.as_json(found), nl=False)
    else:
        from rich.console import Console

        from metastudy.pages.rendering.table import to_rich

        typer.echo(found.sentence)
        console = Console(width=None if sys.stdout.isatty() else 160)
        for table in (written.intervals_table(found), written.rows_table(found)):
            console.print(to_rich(table))
