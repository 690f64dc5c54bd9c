"""Commands that answer: the report, and published claims held against the data."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import READER, LeaveOut, Root, app, example
from metastudy.cli.output import AnswerFormat, answer, console, show, show_versions
from metastudy.errors import MetastudyError


@app.command(rich_help_panel=READER, epilog=example("metastudy report --out report"))
def report(
    out: Annotated[Path, typer.Option("--out", help="Folder for the report.")] = Path("report"),
    priors: Annotated[
        bool, typer.Option("--priors", help="Look for a point of preparation's share.")
    ] = False,
    root: Root = None,
    leave_out: LeaveOut = None,
) -> None:
    """Check the data, answer the question, and write one offline page with its figures."""
    from metastudy.pages.progress import steps
    from metastudy.pages.report import make_report, write_report
    from metastudy.tables.checking import check_data
    from metastudy.tables.findings import FORMATS
    from metastudy.tables.loading import load

    with steps() as step:
        step("checking")
        result = check_data(root, ())
        if result.status != 0:
            typer.echo(FORMATS["text"](result), err=True)
            raise MetastudyError("the data has open findings; no report was written")
        step("loading and normalising")
        data = load(root=root, leave_out=leave_out or ())
        page = make_report(data, step, leave_out or (), root, priors)
        step("writing")
        files = write_report(page, out)
    typer.echo(page.answer)
    show_versions(root)
    typer.echo(f"\n{files[-1]} and {len(files) - 1} figures")


@app.command(rich_help_panel=READER, epilog=example("metastudy explore --open"))
def explore(
    out: Annotated[Path, typer.Option("--out", help="File to write.")] = Path("explorer.html"),
    show_page: Annotated[
        bool, typer.Option("--open", help="Open the page in the browser.")
    ] = False,
    root: Root = None,
) -> None:
    """Write one offline page: find an interface, compare, cite, and take its rows away."""
    from metastudy.pages.explorer.page import check_out, make_explorer, write_explorer
    from metastudy.pages.progress import steps
    from metastudy.tables.building import checked_corpus

    check_out(out)
    with steps() as step:
        step("checking")
        corpus = checked_corpus(root)
        html = make_explorer(corpus, step=step)
        step("writing")
        write_explorer(html, out)
    typer.echo(f"{out}: {len(corpus.rows)} printed numbers of {len(corpus.studies)} works")
    if show_page:
        typer.launch(out.resolve().as_uri())


@app.command(rich_help_panel=READER, epilog=example("metastudy scatter --class PE/SE"))
def scatter(
    context: typer.Context,
    interface_class: Annotated[
        list[str] | None,
        typer.Option("--class", help="LE/SE, PE/SE or SE/SE; may be repeated."),
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option("--family", help="Family of the solid electrolyte; may be repeated."),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option("--rows", help="Folder for the rows behind each yardstick, as CSV."),
    ] = None,
    priors: Annotated[
        bool,
        typer.Option(
            "--priors", help="Share and deliberate preparation under priors of three scales."
        ),
    ] = False,
    format: Annotated[
        AnswerFormat, typer.Option("--format", help="How the four yardsticks are written.")
    ] = AnswerFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Say how much preparation, varied on purpose or not, scatters the resistance."""
    from metastudy.answers.yardsticks import ASSUMPTION
    from metastudy.answers.yardsticks import scatter as yardsticks
    from metastudy.pages.sections import yardsticks as written

    found = yardsticks(
        interface_class=interface_class or (),
        family=family or (),
        leave_out=leave_out or (),
        root=root,
    )
    if rows is not None:
        written.write_rows(found, rows)
    if format is AnswerFormat.CSV:
        typer.echo(written.as_csv(found, priors), nl=False)
    elif format is AnswerFormat.JSON:
        typer.echo(answer(context, written.content(found, priors), notes=[ASSUMPTION]), nl=False)
    else:
        from metastudy.pages.sections import preparation as varied

        show(
            found.sentence,
            [
                written.yardsticks_table(found, priors),
                written.priors_table(found) if priors else None,
                varied.spread_table(found.preparation),
                varied.priors_table(found.preparation) if priors else None,
                varied.works_table(found.preparation),
            ],
            root,
        )


@app.command(rich_help_panel=READER, epilog=example("metastudy treatments --class PE/SE"))
def treatments(
    context: typer.Context,
    interface_class: Annotated[
        list[str] | None,
        typer.Option("--class", help="LE/SE, PE/SE or SE/SE; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the forest plot, treatments.svg.")
    ] = None,
    format: Annotated[
        AnswerFormat,
        typer.Option("--format", help="text; csv: every contrast; json: shifts and ageing."),
    ] = AnswerFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Say what deliberate treatments do on average, for a new treatment, and with age."""
    from metastudy.answers.pooled_treatments import pooled_treatments
    from metastudy.pages.rendering.plain import csv_of, plain_rows
    from metastudy.pages.sections import treatments as written
    from metastudy.tables.loading import load
    from metastudy.tables.views import narrowed

    data = load(root=root, leave_out=leave_out or ())
    chosen = narrowed(data, {"class": interface_class or ()})
    found = pooled_treatments(chosen.records, data.vocabulary)
    if out is not None:
        written.write_picture(found, out)
    if format is AnswerFormat.CSV:
        typer.echo(csv_of(found.contrasts), nl=False)
    elif format is AnswerFormat.JSON:
        frames = {"shifts": found.shifts, "ageing": found.ageing}
        rows = {name: plain_rows(table) for name, table in frames.items()}
        typer.echo(answer(context, rows), nl=False)
    else:
        both = [written.shifts_table(found), written.ageing_table(found)]
        show(written.sentence(found), both, root)


class ClaimVerdict(StrEnum):
    """The verdicts, as words of a call."""

    REPRODUCED = "reproduced"
    HOLDS = "holds"
    DOES_NOT_HOLD = "does-not-hold"
    CANNOT_BE_TOLD = "cannot-be-told"
    NOT_TESTED = "not-tested"


@app.command(rich_help_panel=READER, epilog=example("metastudy claims --id packing"))
def claims(
    context: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Option("--id", help="Claim, shown in full; may be repeated.")
    ] = None,
    works: Annotated[
        list[str] | None,
        typer.Option("--work", help="Claims of one work, such as weiss_2020; may be repeated."),
    ] = None,
    verdicts: Annotated[
        list[ClaimVerdict] | None,
        typer.Option("--verdict", help="Claims with one verdict; may be repeated."),
    ] = None,
    format: Annotated[
        AnswerFormat, typer.Option("--format", help="How claims read.")
    ] = AnswerFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Hold the published claims of data/claims.csv against data and physics."""
    from metastudy.answers.claims import judging
    from metastudy.pages.rendering.plain import csv_of
    from metastudy.tables.claims import read_claims
    from metastudy.tables.loading import load

    chosen = judging.chosen(read_claims(root), ids or (), works or ())
    left = leave_out or ()
    data = load(root=root, leave_out=left)
    judgements = judging.judge(
        data, chosen, lambda at: load(root=root, leave_out=left, reference_c=at)
    )
    if verdicts:
        words = {verdict.replace("-", " ") for verdict in verdicts}
        judgements = tuple(j for j in judgements if j.outcome.verdict.value in words)
    if format is AnswerFormat.CSV:
        typer.echo(csv_of(judging.as_frame(judgements)), nl=False)
        return
    if format is AnswerFormat.JSON:
        typer.echo(answer(context, {"claims": judging.content(judgements)}), nl=False)
        return
    from metastudy.pages.sections.claims import claim_text, claims_terminal

    if ids:
        typer.echo("\n\n".join(claim_text(judgement) for judgement in judgements))
    else:
        console().print(claims_terminal(judgements))
    show_versions(root)
