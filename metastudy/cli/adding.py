"""Commands that put numbers into a study: typed, from a table, a figure or a text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metastudy.cli.application import CONTRIBUTOR, Root, app, example

if TYPE_CHECKING:
    from metastudy.contribute.extract.proposals import Proposal
    from metastudy.contribute.open_study import OpenStudy
    from metastudy.contribute.row_questions import Terminal

INTERRUPTED = 130
StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="Study id.")]
Fixed = Annotated[
    list[str] | None,
    typer.Option("--set", help="column=text for every row; may be repeated."),
]


@app.command(
    rich_help_panel=CONTRIBUTOR,
    epilog=example("metastudy add mangani_2024_tuning table.xlsx --mapping table.yaml"),
)
def add(
    study: StudyName,
    file: Annotated[
        Path | None, typer.Argument(metavar="TABLE", help="CSV or XLSX; by questions if none.")
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="Which column fills which; made by questions if not there."),
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="Sheet of a workbook.")] = None,
    template: Annotated[
        Path | None, typer.Option("--template", help="Write an empty .csv or .xlsx, and stop.")
    ] = None,
    figure: Annotated[
        bool,
        typer.Option(
            "--figure", help="TABLE is a digitised figure: WebPlotDigitizer .tar or .json, or CSV."
        ),
    ] = False,
    x_axis: Annotated[
        str, typer.Option("--x-axis", help="Of a CSV: 'linear 120=20 480=90' (position=value).")
    ] = "",
    y_axis: Annotated[
        str, typer.Option("--y-axis", help="Of a CSV: 'values log 1..1000' if it holds values.")
    ] = "",
    given: Fixed = None,
    root: Root = None,
) -> None:
    """Add rows to a study: by questions, from a table, or from a digitised figure.

    An answer of ? lists what a column takes, ?text searches it, - leaves it empty; Enter takes the
    answer in square brackets. A row by questions is written when it is whole, a table as a whole.

    Exit status: 0 rows were written; 1 something does not fit, and nothing was; 130 interrupted.
    """
    from metastudy.contribute.open_study import open_study
    from metastudy.contribute.row_template import write_template

    if (figure or mapping or sheet) and file is None:
        raise typer.BadParameter("give TABLE, the file that the option is about")
    if (x_axis or y_axis) and not figure:
        raise typer.BadParameter("--x-axis and --y-axis go with --figure")
    opened = open_study(study, root)
    fixed = _fixed(opened, given or ())
    if template is not None:
        write_template(opened, template)
        typer.echo(f"{template}: fill it, then: metastudy add {study} {template}")
    elif file is None:
        _by_questions(opened, fixed)
    elif figure:
        _from_figure(opened, file, (x_axis, y_axis), fixed)
    else:
        _from_table(opened, file, sheet, mapping, fixed)


def _from_figure(
    study: OpenStudy, file: Path, axes: tuple[str, str], fixed: dict[str, str]
) -> None:
    from metastudy.contribute import figure_points
    from metastudy.contribute.figure_questions import ask_figure, ask_series
    from metastudy.contribute.row_questions import ask_row
    from metastudy.contribute.study_rows import append_rows

    terminal = asking()
    with interruptible("add", []):
        figure, text, digitiser = ask_figure(terminal, file, axes, fixed.get("locator", ""))
        points = figure_points.point_rows(figure, ask_series(terminal, figure))
        terminal.say(f"{len(points)} points; the first: {_as_line(points[0])}")
        common = ask_row(study, terminal, points[0] | fixed, {})
        if common is None:
            raise typer.Abort
        with figure_points.kept_figure(study, figure, text, digitiser) as kept:
            ids = append_rows(study, [common | point | fixed for point in points])
        for path in kept:
            typer.echo(path)
        _done(study, ids)


@app.command(
    rich_help_panel=CONTRIBUTOR, epilog=example("metastudy extract mangani_2024_tuning paper.pdf")
)
def extract(
    study: StudyName,
    paper: Annotated[Path, typer.Argument(metavar="PAPER", help=".pdf, .txt or .md.")],
    show: Annotated[bool, typer.Option("--list", help="List the proposals, and stop.")] = False,
    given: Fixed = None,
    root: Root = None,
) -> None:
    """Find numbers with units near the words of this field, and propose each as a row.

    Each is shown with its page and sentence. An answer of y asks for the rest of its row and writes
    it, n leaves it, q ends. Nothing is written by itself.

    Exit status: 0 the proposals were shown; 1 the paper or the study cannot be read; 130
    interrupted.
    """
    from metastudy.contribute.extract.paper_text import read_paper
    from metastudy.contribute.extract.proposals import proposals
    from metastudy.contribute.open_study import open_study

    opened = open_study(study, root)
    fixed = _fixed(opened, given or ())
    found = proposals(read_paper(paper), opened.vocabulary)
    typer.echo(f"{len(found)} proposals; those of contacts come first")
    if show:
        for number, proposal in enumerate(found, 1):
            typer.echo(
                f"{number}. {_as_line(proposal.cells, proposal.locator)}\n   {proposal.excerpt()}"
            )
    else:
        _accept(opened, found, fixed)


def _accept(study: OpenStudy, found: list[Proposal], fixed: dict[str, str]) -> None:
    from metastudy.contribute.row_questions import ask_row
    from metastudy.contribute.study_rows import append_rows

    terminal = asking()
    written: list[str] = []
    before: dict[str, str] = {}
    with interruptible("extract", written):
        for number, proposal in enumerate(found, 1):
            terminal.say(
                f"\n{number} of {len(found)}: {_as_line(proposal.cells, proposal.locator)}"
            )
            terminal.say(f"  {proposal.excerpt()}")
            while (answer := terminal.ask("row? (y, n, q) [n]: ").strip().lower()) not in (
                "y",
                "n",
                "q",
                "",
            ):
                terminal.say("  type y, n or q")
            if answer == "q":
                break
            if answer == "y":
                cells = {name: text for name, text in proposal.cells.items() if text}
                known = {"basis": "text"} | cells | fixed
                row = ask_row(study, terminal, known, before | _known(locator=proposal.locator))
                if row is not None:
                    written += append_rows(study, [row])
                    terminal.say(f"written {written[-1]}")
                    before = row
    _done(study, written)


def _known(**cells: str) -> dict[str, str]:
    return {name: text for name, text in cells.items() if text}


def _as_line(cells: dict[str, str], locator: str = "") -> str:
    """Write the cells of a row on one line, with its page."""
    line = "; ".join(f"{name} {text}" for name, text in cells.items() if text)
    return f"{line} ({locator})" if locator else line


def _by_questions(study: OpenStudy, fixed: dict[str, str]) -> None:
    from metastudy.contribute.row_questions import ask_row
    from metastudy.contribute.study_rows import append_rows

    terminal = asking()
    terminal.say("One row after another; an empty value_text ends. ? lists what a column takes.")
    written: list[str] = []
    before: dict[str, str] = {}
    with interruptible("add", written):
        while row := ask_row(study, terminal, fixed, before):
            written += append_rows(study, [row])
            terminal.say(f"written {written[-1]}")
            before = row
    _done(study, written)


def _from_table(
    study: OpenStudy, file: Path, sheet: str | None, mapping: Path | None, fixed: dict[str, str]
) -> None:
    from dataclasses import replace

    from metastudy.contribute import column_mapping
    from metastudy.contribute.add_table import not_mapped, rows_of
    from metastudy.contribute.spreadsheet import read_sheet
    from metastudy.contribute.study_rows import append_rows

    table = read_sheet(file, sheet)
    with interruptible("add", []):
        if mapping is not None and mapping.exists():
            chosen = column_mapping.read_mapping(mapping, table)
            chosen = replace(chosen, values={**chosen.values, **fixed})
        else:
            chosen = column_mapping.by_headings(table, fixed)
            if mapping is not None or "value_text" not in chosen.columns:
                chosen = column_mapping.asked_mapping(study, table, chosen, asking())
                mapping = mapping or column_mapping.free_name(file)
                column_mapping.write_mapping(chosen, mapping)  # also of a table that is refused
                typer.echo(f"{mapping}: your answers, for --mapping with this or the next table")
        rows = rows_of(study, table, chosen)
        unused = not_mapped(table, chosen)
        if unused:
            typer.echo(f"columns that fill nothing: {', '.join(unused)}")
        _done(study, append_rows(study, rows))


def _fixed(study: OpenStudy, given: tuple[str, ...] | list[str]) -> dict[str, str]:
    """Read ``column=text`` options and hold them against their columns."""
    from metastudy.contribute.open_study import AddError
    from metastudy.corpus.study import COLUMNS

    fixed = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or name not in COLUMNS[1:]:
            raise AddError(f"--set {text}: write column=text with one of {', '.join(COLUMNS[1:])}")
        fault = study.cell_fault(name, value)
        if fault:
            raise AddError(f"--set {text}: {fault}")
        fixed[name] = value
    return fixed


def asking() -> Terminal:
    """Return questions on this terminal, or answers from a pipe."""
    from metastudy.contribute.row_questions import Terminal

    def ask(prompt: str) -> str:
        answer = input(prompt)
        if not sys.stdin.isatty():
            typer.echo(answer)
        return answer

    return Terminal(ask, typer.echo)


@contextmanager
def interruptible(command: str, written: list[str]) -> Iterator[None]:
    """End an interrupted command with status 130, and one whose input ends too early with 1.

    Rows that were whole are written, others are not.
    """
    try:
        yield
    except (KeyboardInterrupt, EOFError) as end:
        kept = f"written: {', '.join(written)}" if written else "nothing was written"
        interrupted = isinstance(end, KeyboardInterrupt)
        why = "interrupted" if interrupted else "the input ended before the last question"
        typer.echo(f"\nmetastudy {command}: {why}; {kept}", err=True)
        raise typer.Exit(INTERRUPTED if interrupted else 1) from None


def _done(study: OpenStudy, ids: list[str]) -> None:
    if not ids:
        typer.echo("nothing was written")
        return
    span = ids[0] if len(ids) == 1 else f"{ids[0]} to {ids[-1].rpartition('.')[2]}"
    typer.echo(f"{len(ids)} {'row' if len(ids) == 1 else 'rows'}: {span}")
    typer.echo(f"next: metastudy check {study.id}")
