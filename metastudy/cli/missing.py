"""Commands on what works leave out: moderators, and gaps with what would settle them."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from metastudy.cli.application import READER, LeaveOut, Root, app, example


class MissingFormat(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


Classes = Annotated[
    list[str] | None, typer.Option("--class", help="LE/SE, PE/SE or SE/SE; may be repeated.")
]


@app.command(rich_help_panel=READER, epilog=example("metastudy moderators --class LE/SE"))
def moderators(
    interface_class: Classes = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the permutations.")] = 1,
    format: Annotated[
        MissingFormat,
        typer.Option("--format", help="text; csv: every difference; json: all tables."),
    ] = MissingFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Say what else differs between observations: solvent, salt, electrodes, surface, age ..."""
    import numpy as np

    from metastudy.answers.moderators import moderators
    from metastudy.pages.rendering.plain import csv_of, json_of, plain_rows
    from metastudy.pages.sections import moderators as written
    from metastudy.tables.loading import load
    from metastudy.tables.views import narrowed

    data = load(root=root, leave_out=leave_out or ())
    chosen = narrowed(data, {"class": interface_class or ()})
    found = moderators(chosen.observations, chosen.V, rng=np.random.default_rng(seed))
    if format is MissingFormat.CSV:
        typer.echo(csv_of(found.differences), nl=False)
    elif format is MissingFormat.JSON:
        tables = {
            "counts": found.counts,
            "differences": found.differences,
            "regressions": found.regressions,
        }
        typer.echo(json_of({name: plain_rows(table) for name, table in tables.items()}), nl=False)
    else:
        from rich.console import Console

        from metastudy.pages.rendering.table import to_rich

        typer.echo(written.sentence(found))
        console = Console(width=None if sys.stdout.isatty() else 160)
        for table in (
            written.differences_table(found),
            written.regressions_table(found),
            written.counts_table(found),
        ):
            if table.rows:
                console.print(to_rich(table))
