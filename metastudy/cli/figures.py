"""The command that draws figures and tables of the founding papers again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import READER, LeaveOut, Root, app, example
from metastudy.cli.output import show_versions
from metastudy.errors import MetastudyError


@app.command(rich_help_panel=READER, epilog=example("metastudy figures weiss_2020_fig4a"))
def figures(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAMES", help="Figures to draw; without any they are listed."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Draw every figure.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder (default: figures).")] = None,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Draw figures and tables of the founding papers from the dataset, or list them.

    Each has its picture, its numbers as CSV and its caption; figures.html shows all.
    """
    if names and everything:
        raise MetastudyError("give names of figures or --all, not both")
    if not names and not everything:
        if out is not None:
            raise MetastudyError("nothing to write: give names of figures, or --all")
        _list()
        return
    from metastudy.pages.figures.catalogue import find
    from metastudy.pages.progress import steps
    from metastudy.pages.reproductions import draw_items, write_figures
    from metastudy.tables.loading import load

    items = find(names or ())
    with steps() as step:
        step("loading and normalising")
        data = load(root=root, leave_out=leave_out or ())
        drawn = draw_items(items, data, step, strict=not everything)
        step("writing")
        files = write_figures(drawn, data, out or Path("figures"))
    typer.echo(drawn.sentence)
    show_versions(root)
    for item, reason in drawn.empty:
        typer.echo(f"not drawn: {item.name}, {reason}")
    typer.echo(f"\n{files[-1]} and {len(files) - 1} files beside it")


def _list() -> None:
    from metastudy.pages.rendering.table import to_plain
    from metastudy.pages.reproductions import items_table, not_drawn_table

    typer.echo(to_plain(items_table()))
    typer.echo("\nNot drawn:")
    typer.echo(to_plain(not_drawn_table()))
