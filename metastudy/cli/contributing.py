"""Commands for those who add data: a study to fill, its check, its preview, what changed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import CONTRIBUTOR, Root, app, example


@app.command(
    rich_help_panel=CONTRIBUTOR,
    epilog=example("metastudy new mangani_2024_tuning --doi 10.1000/xyz"),
)
def new(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="family_year_word.")],
    doi: Annotated[str, typer.Option("--doi", help="DOI of the work.")] = "",
    root: Root = None,
) -> None:
    """Begin a study: its two files, every field with a line of what goes in it."""
    from datetime import date

    from metastudy.contribute.study_template import new_study

    for path in new_study(study, date.today(), doi, root):
        typer.echo(path)
    typer.echo(f"fill them, then: metastudy check {study}")


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


@app.command(rich_help_panel=CONTRIBUTOR, epilog=example("metastudy check mangani_2024_tuning"))
def check(
    studies: Annotated[
        list[str] | None, typer.Argument(metavar="STUDY", help="Study ids; all if none.")
    ] = None,
    root: Root = None,
    format: Annotated[Format, typer.Option("--format", help="How findings read.")] = Format.TEXT,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules and stop.")] = False,
) -> None:
    """Check studies: every fault with file, line and column.

    Exit status: 0 nothing open; 1 errors or unanswered warnings; 2 wrong call or unknown study.
    """
    from metastudy.tables.checking import CallError, check_data
    from metastudy.tables.findings import FORMATS, rules_as_json, rules_as_text

    if rules:
        typer.echo(rules_as_json() if format is Format.JSON else rules_as_text())
        return
    try:
        result = check_data(root, studies or ())
    except CallError as error:
        typer.echo(f"metastudy check: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(FORMATS[format.value](result))
    raise typer.Exit(result.status)


@app.command(rich_help_panel=CONTRIBUTOR, epilog=example("metastudy preview mangani_2024_tuning"))
def preview(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="Study id.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the page.")] = Path("preview"),
    root: Root = None,
) -> None:
    """Show one study among the others, on the terminal and as one offline page."""
    from metastudy.contribute import study_preview as among_others

    found = among_others.preview(study, root)
    typer.echo(among_others.as_text(found))
    typer.echo(among_others.write_page(found, out))


class DiffFormat(StrEnum):
    """How a comparison is written."""

    TEXT = "text"
    MARKDOWN = "markdown"


@app.command(rich_help_panel=CONTRIBUTOR, epilog=example("metastudy diff main --no-fit"))
def diff(
    base: Annotated[str, typer.Argument(metavar="BASE", help="Git revision, or a data root.")],
    root: Root = None,
    format: Annotated[
        DiffFormat, typer.Option("--format", help="For a terminal, or a pull request.")
    ] = DiffFormat.TEXT,
    fit: Annotated[
        bool, typer.Option("--fit/--no-fit", help="Fit the scatter of both where it may differ.")
    ] = True,
) -> None:
    """Show what the data changes against a base: losses first, then headline results and values."""
    from metastudy.contribute.diff import Sides, compare
    from metastudy.contribute.diff_report import FORMATS
    from metastudy.contribute.git_base import base_root
    from metastudy.corpus.corpus import default_root
    from metastudy.pages.progress import steps

    head = default_root() if root is None else root
    with base_root(base, head) as folder, steps() as step:
        parts = compare(Sides(folder, head, step, fit))
    typer.echo(FORMATS[format.value](parts))
