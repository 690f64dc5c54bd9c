"""The command that plans a study."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import EXPERIMENTALIST, LeaveOut, Root, app, example
from metastudy.cli.output import AnswerFormat, answer, console, show_versions


class PlanLevel(StrEnum):
    """The level whose precision is asked for."""

    LAB = "lab"
    PREPARATION = "preparation"
    REPEAT = "repeat"


_SD = "Standard deviation (dex) between {}; the dataset's where none is given."


@app.command(
    rich_help_panel=EXPERIMENTALIST,
    epilog=example("metastudy plan --precision 0.2 --labs 6 --labs 12 --out plan.svg"),
)
def plan(
    context: typer.Context,
    precision: Annotated[
        float,
        typer.Option("--precision", help="Half width (dex) of the 95 % interval of the SD."),
    ],
    level: Annotated[
        PlanLevel, typer.Option("--level", help="The level whose SD is asked for.")
    ] = PlanLevel.PREPARATION,
    labs: Annotated[
        list[int] | None, typer.Option("--labs", help="Laboratories; may be repeated.")
    ] = None,
    preparations: Annotated[
        list[int] | None,
        typer.Option("--preparations", help="Preparations a laboratory; may be repeated."),
    ] = None,
    repeats: Annotated[
        list[int] | None,
        typer.Option("--repeats", help="Cells a preparation; may be repeated."),
    ] = None,
    lab_sd: Annotated[
        float | None, typer.Option("--lab-sd", help=_SD.format("laboratories"))
    ] = None,
    preparation_sd: Annotated[
        float | None, typer.Option("--preparation-sd", help=_SD.format("preparations"))
    ] = None,
    repeat_sd: Annotated[
        float | None, typer.Option("--repeat-sd", help=_SD.format("repeats"))
    ] = None,
    runs: Annotated[int, typer.Option("--runs", help="Simulated data sets a design.")] = 500,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the simulation.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="SVG file for the picture.")] = None,
    format: Annotated[
        AnswerFormat, typer.Option("--format", help="How the plan is written.")
    ] = AnswerFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Find how many laboratories, preparations and repeats give a standard deviation."""
    import numpy as np

    from metastudy.answers.plan import PlanError, assumed_sd, plan_study
    from metastudy.pages.sections import plan as written
    from metastudy.tables.loading import load

    given = {"lab": lab_sd, "preparation": preparation_sd, "repeat": repeat_sd}
    data = load(root=root, leave_out=leave_out or ()) if None in given.values() else None
    sd = assumed_sd(data, given)
    counts = {
        "lab": labs or [4, 8, 16],
        "preparation": preparations or [2, 4],
        "repeat": repeats or [2],
    }
    if seed < 0 or runs < 1:
        raise PlanError(f"--seed {seed} --runs {runs}: a seed is 0 or more, runs are 1 or more")
    found = plan_study(
        sd,
        counts,
        level=level.value,
        precision=precision,
        runs=runs,
        rng=np.random.default_rng(seed),
    )
    if out is not None:
        from metastudy.pages.figures.plan import plan_figure
        from metastudy.pages.rendering.style import to_svg
        from metastudy.whole_file import write_whole

        write_whole({out: to_svg(plan_figure(found))}, out, PlanError)
    if format is AnswerFormat.CSV:
        typer.echo(found.designs.to_csv(index=False, lineterminator="\n"), nl=False)
    elif format is AnswerFormat.JSON:
        text = answer(context, written.content(found), reads_data=data is not None)
        typer.echo(text, nl=False)
    else:
        typer.echo(f"{found.sentence}\n{written.assumptions(found)}")
        console().print(written.plan_terminal(found))
        show_versions(root)
