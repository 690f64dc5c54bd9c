"""Commands on the data: build its tables, show its observations."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import ANALYST, LeaveOut, Root, app, example


@app.command(rich_help_panel=ANALYST, epilog=example("metastudy build --out tables"))
def build(
    out: Annotated[Path, typer.Option("--out", help="Folder of the tables.")] = Path("tables"),
    root: Root = None,
) -> None:
    """Check the data and write all tables: CSV, Parquet, SQLite, sources, checksums.

    The folder is replaced as a whole or left as it was.
    """
    from metastudy.pages.progress import steps
    from metastudy.tables.building import build

    with steps() as step:
        files = build(out, root, step)
    for path in files:
        typer.echo(f"{path.stat().st_size:>10}  {path}")


class TableFormat(StrEnum):
    """How observations are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def _filter(name: str, meaning: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(name, help=f"{meaning}; may be repeated.")
    return option


@app.command(
    rich_help_panel=ANALYST,
    epilog=example("metastudy table --class PE/SE --salt LiTFSI --format csv"),
)
def table(
    interface_class: Annotated[
        list[str] | None, _filter("--class", "Class: LE/SE, PE/SE, SE/SE")
    ] = None,
    family: Annotated[list[str] | None, _filter("--family", "Family, whole or in part")] = None,
    system: Annotated[list[str] | None, _filter("--system", "System, whole or in part")] = None,
    salt: Annotated[list[str] | None, _filter("--salt", "Salt")] = None,
    arm: Annotated[list[str] | None, _filter("--arm", "Arm: reference, treated")] = None,
    treatment: Annotated[list[str] | None, _filter("--treatment", "Treatment")] = None,
    leave_out: LeaveOut = None,
    root: Root = None,
    format: Annotated[
        TableFormat, typer.Option("--format", help="How rows read.")
    ] = TableFormat.TABLE,
) -> None:
    """Show the normalised observations, one contact each at its reference temperature."""
    from metastudy.tables import views
    from metastudy.tables.loading import load

    data = load(root=root, leave_out=leave_out or ())
    wanted = {
        "class": interface_class,
        "family": family,
        "system": system,
        "salt": salt,
        "arm": arm,
        "treatment": treatment,
    }
    rows = views.select(data, {name: words for name, words in wanted.items() if words})
    if format is TableFormat.TABLE:
        from rich.console import Console

        from metastudy.pages.sections.observations import observations_terminal

        wide = None if sys.stdout.isatty() else 160
        Console(width=wide).print(observations_terminal(rows))
    else:
        write = views.as_csv if format is TableFormat.CSV else views.as_json
        typer.echo(write(rows), nl=False)
