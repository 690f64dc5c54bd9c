"""Commands on what works leave out: moderators, and gaps with what would settle them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import READER, LeaveOut, Root, app, example
from metastudy.cli.output import AnswerFormat, answer, show
from metastudy.errors import MetastudyError

Classes = Annotated[
    list[str] | None, typer.Option("--class", help="LE/SE, PE/SE or SE/SE; may be repeated.")
]


@app.command(rich_help_panel=READER, epilog=example("metastudy moderators --class LE/SE"))
def moderators(
    context: typer.Context,
    interface_class: Classes = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the permutations.")] = 1,
    format: Annotated[
        AnswerFormat,
        typer.Option("--format", help="text; csv: every difference; json: all tables."),
    ] = AnswerFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Say what else differs between observations: solvent, salt, electrodes, surface, age ..."""
    import numpy as np

    from metastudy.answers.moderators import moderators
    from metastudy.pages.rendering.plain import csv_of, plain_rows
    from metastudy.pages.sections import moderators as written
    from metastudy.tables.loading import load
    from metastudy.tables.views import narrowed

    data = load(root=root, leave_out=leave_out or ())
    chosen = narrowed(data, {"class": interface_class or ()})
    found = moderators(chosen.observations, chosen.V, rng=np.random.default_rng(seed))
    if format is AnswerFormat.CSV:
        typer.echo(csv_of(found.differences), nl=False)
    elif format is AnswerFormat.JSON:
        tables = {
            "counts": found.counts,
            "differences": found.differences,
            "regressions": found.regressions,
        }
        rows = {name: plain_rows(table) for name, table in tables.items()}
        typer.echo(answer(context, rows), nl=False)
    else:
        show(
            written.sentence(found),
            [
                written.differences_table(found),
                written.regressions_table(found),
                written.counts_table(found),
            ],
            root,
        )


@app.command(rich_help_panel=READER, epilog=example("metastudy gaps --class PE/SE"))
def gaps(
    context: typer.Context,
    interface_class: Classes = None,
    checklist: Annotated[
        bool, typer.Option("--checklist", help="Only a checklist for authors, as Markdown.")
    ] = False,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Only counts of what the dataset covers.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="With --coverage: folder for its pictures.")
    ] = None,
    descriptor: Annotated[
        Path | None,
        typer.Option(
            "--descriptor", help="With --coverage: fill the generated blocks of this file anew."
        ),
    ] = None,
    format: Annotated[
        AnswerFormat, typer.Option("--format", help="text; csv: every field; json: all tables.")
    ] = AnswerFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Say what works leave out, what it costs in decades, and what would settle open questions."""
    from metastudy.tables.loading import load

    left = leave_out or ()
    if coverage:
        if checklist or interface_class or format is AnswerFormat.CSV:
            raise MetastudyError(
                "--coverage counts the whole dataset, as text or JSON; "
                "call it without --class, --checklist and --format csv"
            )
        if format is AnswerFormat.JSON:
            _coverage_json(context, left, root)
        else:
            _coverage(out, descriptor, left, root)
        return
    if out is not None or descriptor is not None:
        raise MetastudyError("--out and --descriptor are of the counts; add --coverage")
    from metastudy.answers.gaps import fields, gaps
    from metastudy.pages.rendering.plain import csv_of, plain_rows
    from metastudy.pages.sections import gaps as written
    from metastudy.tables.views import narrowed

    data = load(root=root, leave_out=left)
    if checklist or format is AnswerFormat.CSV:
        if checklist and format is not AnswerFormat.TEXT:
            raise MetastudyError("--checklist is a text; call it without --format")
        table = fields(data, narrowed(data, {"class": interface_class or ()}))
        typer.echo(written.checklist(table) if checklist else csv_of(table), nl=False)
        return
    from metastudy.answers.claims.judging import judge
    from metastudy.tables.claims import read_claims

    judgements = judge(
        data, read_claims(root), lambda at: load(root=root, leave_out=left, reference_c=at)
    )
    found = gaps(data, interface_class or (), judgements)
    if format is AnswerFormat.JSON:
        tables = {
            "fields": found.fields,
            "yardsticks": found.yardsticks,
            "claims": found.claims,
        }
        rows = {name: plain_rows(table) for name, table in tables.items()}
        typer.echo(answer(context, rows), nl=False)
        return
    show(
        "",
        [
            written.fields_table(found.fields),
            written.yardsticks_table(found.yardsticks),
            written.claims_table(found.claims),
        ],
        root,
    )


def _coverage_json(
    context: typer.Context, leave_out: list[str] | tuple[()], root: Path | None
) -> None:
    from metastudy.answers.coverage import coverage
    from metastudy.pages.rendering.plain import plain_rows
    from metastudy.tables.loading import load

    found = coverage(load(root=root, leave_out=leave_out))
    tables = {
        "totals": found.totals,
        "pairs": found.pairs,
        "reported": found.reported,
        "axes": found.axes,
        "read": found.read,
        "properties": found.properties,
    }
    rows = {name: plain_rows(table) for name, table in tables.items()}
    typer.echo(answer(context, rows), nl=False)


def _coverage(
    out: Path | None, descriptor: Path | None, leave_out: list[str] | tuple[()], root: Path | None
) -> None:
    from metastudy.pages.descriptor import summary, write_descriptor
    from metastudy.pages.sections.coverage import write_pictures
    from metastudy.tables.loading import load

    data = load(root=root, leave_out=leave_out)
    typer.echo(summary(data))
    files = [] if out is None else write_pictures(data, out)
    if descriptor is not None:
        files += write_descriptor(data, descriptor, root, leave_out)
    for path in files:
        typer.echo(path)
