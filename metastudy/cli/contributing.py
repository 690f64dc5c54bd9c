"""Commands for those who add data: a study to fill, its check, its preview, what changed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import CONTRIBUTOR, Root, app, example
from metastudy.cli.output import answer


@app.command(
    rich_help_panel=CONTRIBUTOR,
    epilog=example("metastudy new --bib paper.bib --class PE/SE --unsaid not_reported"),
)
def new(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="family_year_word; computed if none.")
    ] = "",
    doi: Annotated[str, typer.Option("--doi", help="DOI of the work.")] = "",
    title: Annotated[str, typer.Option("--title", help="Title of the work.")] = "",
    bib: Annotated[
        Path | None, typer.Option("--bib", help="BibTeX file with the one reference.")
    ] = None,
    ris: Annotated[
        Path | None, typer.Option("--ris", help="RIS file with the one reference.")
    ] = None,
    interface_class: Annotated[
        str, typer.Option("--class", help="LE/SE, PE/SE or SE/SE: shows only its fields.")
    ] = "",
    like: Annotated[
        str, typer.Option("--from", help="A similar study: its words without its numbers.")
    ] = "",
    unsaid: Annotated[
        str,
        typer.Option(
            "--unsaid",
            help="What you say of each condition that you leave unfilled: not_reported (you looked "
            "in the whole source) or not_accessed.",
        ),
    ] = "",
    root: Root = None,
) -> None:
    """Begin a study: its two files, every field with a line of what goes in it."""
    from dataclasses import replace
    from datetime import date

    from metastudy.contribute.bibliography import Reference, read_bib, read_ris
    from metastudy.contribute.study_template import NewStudy, new_study

    if bib is not None and ris is not None:
        raise typer.BadParameter("give one of --bib and --ris")
    reference = read_bib(bib) if bib else read_ris(ris) if ris else Reference()
    reference = replace(
        reference, doi=doi or reference.doi, title=" ".join(title.split()) or reference.title
    )
    wanted = NewStudy(study, reference, interface_class, like, unsaid)
    files = new_study(wanted, date.today(), root)
    for path in files:
        typer.echo(path)
    typer.echo(f"fill them, then: metastudy check {files[0].parent.name}")


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


@app.command(rich_help_panel=CONTRIBUTOR, epilog=example("metastudy check mangani_2024_tuning"))
def check(
    context: typer.Context,
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
    from metastudy.tables.findings import FORMATS, content, rules_as_text, rules_content

    if rules:
        if format is Format.JSON:
            typer.echo(answer(context, {"rules": rules_content()}, reads_data=False), nl=False)
        else:
            typer.echo(rules_as_text())
        return
    try:
        result = check_data(root, studies or ())
    except CallError as error:
        typer.echo(f"metastudy check: {error}", err=True)
        raise typer.Exit(2) from None
    if format is Format.JSON:
        typer.echo(answer(context, content(result)), nl=False)
    else:
        typer.echo(FORMATS[format.value](result))
    raise typer.Exit(result.status)


@app.command(rich_help_panel=CONTRIBUTOR, epilog=example("metastudy tidy mangani_2024_tuning"))
def tidy(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="Study id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    root: Root = None,
) -> None:
    """Rewrite what has one meaning: a spreadsheet's save, signs before numbers, kelvin."""
    from metastudy.contribute.checkout import study_folder
    from metastudy.contribute.tidy import tidy_study, write_tidied

    files = tidy_study(study_folder(study, root))
    for file in files:
        typer.echo("\n".join([f"{file.path}: {note}" for note in file.notes]))
        typer.echo(file.diff)
    if not files:
        typer.echo("nothing to tidy")
    elif yes or typer.confirm("Write this?", default=False):
        write_tidied(files)
        typer.echo(f"written; next: metastudy check {study}")
    else:
        typer.echo("nothing was written")


@app.command(
    rich_help_panel=CONTRIBUTOR,
    epilog=example("metastudy rename mangani_2024_tuning mangani_2024_surface"),
)
def rename(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Study id, or record id.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
    root: Root = None,
) -> None:
    """Give a study or a record another name; every reference in the data follows."""
    from metastudy.contribute.rename import rename as rename_in_data

    change = rename_in_data(old, new, root)
    for path in change.texts:
        typer.echo(path)
    if change.folder is not None:
        typer.echo(f"{change.folder[0]} is {change.folder[1]}")
    typer.echo(f"next: metastudy check {new.partition('.')[0]}")


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
    JSON = "json"


@app.command(rich_help_panel=CONTRIBUTOR, epilog=example("metastudy diff main --no-fit"))
def diff(
    context: typer.Context,
    base: Annotated[str, typer.Argument(metavar="BASE", help="Git revision, or a data root.")],
    root: Root = None,
    format: Annotated[
        DiffFormat, typer.Option("--format", help="For a terminal, or a pull request.")
    ] = DiffFormat.TEXT,
    fit: Annotated[
        bool, typer.Option("--fit/--no-fit", help="Fit the scatter of both where it may differ.")
    ] = True,
    allow_loss: Annotated[
        bool, typer.Option("--allow-loss", help="A work that is gone is no fault.")
    ] = False,
) -> None:
    """Show what the data changes against a base: losses first, then headline results and values.

    Exit status: 1 where a work is lost, unless --allow-loss says that this is meant.
    """
    from metastudy.contribute.diff import Sides, compare, works_lost
    from metastudy.contribute.diff_report import FORMATS
    from metastudy.contribute.diff_report import content as diff_content
    from metastudy.contribute.git_base import base_root
    from metastudy.corpus.corpus import default_root
    from metastudy.pages.progress import steps

    head = default_root() if root is None else root
    with base_root(base, head) as folder, steps() as step:
        sides = Sides(folder, head, step, fit)
        parts = compare(sides)
        lost = [] if parts[0].error else works_lost(sides)
    if format is DiffFormat.JSON:
        typer.echo(answer(context, {"sections": diff_content(parts)}), nl=False)
    else:
        typer.echo(FORMATS[format.value](parts))
    if lost and not allow_loss:
        works = f"{', '.join(lost[:3])}{', ...' if len(lost) > 3 else ''}"
        typer.echo(f"metastudy diff: lost: {works}; --allow-loss says that this is meant", err=True)
        raise typer.Exit(1)


class PrFormat(StrEnum):
    """How the check of a pull request is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"
    GITHUB = "github"


@app.command(
    "pr-check", rich_help_panel=CONTRIBUTOR, epilog=example("metastudy pr-check main --out review")
)
def pr_check(
    context: typer.Context,
    base: Annotated[
        str, typer.Argument(metavar="BASE", help="Git revision, or a checkout of the base.")
    ] = "main",
    root: Root = None,
    format: Annotated[
        PrFormat,
        typer.Option("--format", help="github: findings as annotations of a workflow log."),
    ] = PrFormat.TEXT,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the page as HTML, Markdown, JSON.")
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit/--no-fit", help="Fit yardsticks and scatter, judge claims.")
    ] = True,
    allow_loss: Annotated[
        bool, typer.Option("--allow-loss", help="A work that is gone is no fault.")
    ] = False,
) -> None:
    """Check a change as a pull request: losses, findings, duplicates, what moves, new rows.

    The rules and schemas of BASE judge the data of the change. Of a revision it is the commit at
    which the checked-out branch left it.

    Exit status: 0 no fault; 1 a work is lost, a finding is open, or a section failed.
    """
    from metastudy.contribute.git_base import base_root
    from metastudy.contribute.pr_check import page, sections
    from metastudy.contribute.pr_check.base_rules import JUDGES
    from metastudy.corpus.corpus import default_root
    from metastudy.pages.progress import steps
    from metastudy.tables.findings import github_lines

    head = default_root() if root is None else root
    with base_root(base, head, JUDGES, parted=True) as folder, steps() as step:
        with sections.pull_request(folder, head, step, fit) as change:
            found = sections.pr_check(change, allow_loss)
    json_text = answer(context, page.content(found))
    if out is not None:
        page.write_pages(found, json_text, out)
    texts = {
        PrFormat.TEXT: lambda: page.as_text(found),
        PrFormat.MARKDOWN: lambda: page.as_markdown(found),
        PrFormat.JSON: lambda: json_text.rstrip("\n"),
        PrFormat.HTML: lambda: page.as_html(found),
        PrFormat.GITHUB: lambda: "\n".join([*github_lines(found.findings), page.verdict(found)]),
    }
    typer.echo(texts[format]())
    raise typer.Exit(1 if found.faults else 0)
