"""Commands on the data: build its tables, show its observations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import ANALYST, LeaveOut, Root, app, example
from metastudy.cli.option_groups import spread_groups
from metastudy.cli.output import answer, console, show_versions
from metastudy.cli.selection import Filters
from metastudy.errors import MetastudyError


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


@app.command(
    rich_help_panel=ANALYST,
    epilog=example("metastudy table --pair 'LLZO | PEO' --at PE/SE=70 --sort y --out rows.xlsx"),
)
@spread_groups
def table(
    context: typer.Context,
    filters: Filters,
    leave_out: LeaveOut = None,
    root: Root = None,
    format: Annotated[
        TableFormat, typer.Option("--format", help="How rows read.")
    ] = TableFormat.TABLE,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at", help="Reference temperature in degC: 60, or PE/SE=60; may be repeated."
        ),
    ] = None,
    sort: Annotated[
        list[str] | None,
        typer.Option("--sort", help="Column, or COLUMN:desc; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write: .csv, .json or .xlsx.")
    ] = None,
) -> None:
    """Show the normalised observations, one contact each at its reference temperature.

    CSV, JSON and XLSX have every column, and the DOIs of the works.
    """
    if out is not None and format is not TableFormat.TABLE:
        raise MetastudyError("give --format or --out, not both: the file's ending says its format")
    from metastudy.corpus.version import both_versions
    from metastudy.tables import exports, views
    from metastudy.tables.loading import load

    data = load(root=root, leave_out=leave_out or (), reference_c=_reference_c(at or (), root))
    rows = exports.with_dois(views.select(data, filters.wanted()), data)
    rows = exports.ordered(rows, sort or ())
    if out is not None:
        made = both_versions(data.version)
        exports.write(rows, out, lambda rows: answer(context, exports.content(rows)), made)
        typer.echo(f"{out}: {len(rows)} observations")
    elif format is TableFormat.TABLE:
        from metastudy.pages.sections.observations import observations_terminal

        console().print(observations_terminal(rows))
        show_versions(root)
    elif format is TableFormat.CSV:
        typer.echo(exports.as_csv(rows), nl=False)
    else:
        typer.echo(answer(context, exports.content(rows)), nl=False)


def _reference_c(given: Sequence[str], root: Path | None) -> dict[str, float]:
    """Return reference temperatures (degC) by class; a number alone is that of every class."""
    from metastudy.corpus.corpus import default_root
    from metastudy.corpus.vocabulary import read_vocabulary

    found: dict[str, float] = {}
    for text in given:
        word, _, number = text.rpartition("=")
        value = _finite(number)
        if value is None:
            raise MetastudyError(
                f"--at {text!r}: write degrees Celsius as in 60, or PE/SE=60 for one class"
            )
        if word:
            classes = [word.strip().upper()]
        else:
            folder = (default_root() if root is None else root) / "data" / "vocabulary"
            classes = list(read_vocabulary(folder).words["interface_class"])
        found |= dict.fromkeys(classes, value)
    return found


def _finite(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class CitationFormat(StrEnum):
    """How works are cited."""

    BIBTEX = "bibtex"
    CSL = "csl"


@app.command(rich_help_panel=ANALYST, epilog=example("metastudy cite --pair 'LLZO | PEO'"))
@spread_groups
def cite(
    filters: Filters,
    leave_out: LeaveOut = None,
    root: Root = None,
    format: Annotated[
        CitationFormat, typer.Option("--format", help="BibTeX, or CSL-JSON.")
    ] = CitationFormat.BIBTEX,
    out: Annotated[Path | None, typer.Option("--out", help="File to write.")] = None,
) -> None:
    """Cite the works of the dataset, or of the rows that answer to words."""
    from metastudy.tables.exports import ExportError
    from metastudy.tables.loading import load
    from metastudy.whole_file import write_whole

    part = filters.of(load(root=root, leave_out=leave_out or ()))
    text = part.cite(format)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_whole({out: text}, out, ExportError)
        typer.echo(f"{out}: {len(part.studies)} works")
