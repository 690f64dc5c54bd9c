"""The command line: a list of commands, each of which imports its room when it is called."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metastudy.errors import MetastudyError

if TYPE_CHECKING:
    from metastudy.bridge.choices import Choices

app = typer.Typer(
    name="metastudy",
    help="Interface resistances between ionic conductors: check the data, build tables, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


Root = Annotated[
    Path | None,
    typer.Option("--root", help="Folder that holds data/ and schemas/ (default: the package's)."),
]


@app.callback()
def metastudy() -> None:
    """Read the literature on contacts of two ionic conductors as data."""


@app.command()
def check(
    studies: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY ...]", help="Study ids; all if none.")
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


@app.command()
def new(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="family_year_word.")],
    doi: Annotated[str, typer.Option("--doi", help="DOI of the work.")] = "",
    root: Root = None,
) -> None:
    """Begin a study: its two files, every field with a line of what goes in it."""
    from datetime import date

    from metastudy.contribute.scaffold import new_study

    for path in new_study(study, date.today(), doi, root):
        typer.echo(path)
    typer.echo(f"fill them, then: metastudy check {study}")


@app.command()
def preview(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="Study id.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the page.")] = Path("preview"),
    root: Root = None,
) -> None:
    """Show one study among the others, on the terminal and as one offline page."""
    from metastudy.contribute import among_others

    found = among_others.preview(study, root)
    typer.echo(among_others.as_text(found))
    typer.echo(among_others.write_page(found, out))


class DiffFormat(StrEnum):
    """How a comparison is written."""

    TEXT = "text"
    MARKDOWN = "markdown"


@app.command()
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
    """Say what the data changes against a base: losses first, then headline results and values."""
    from metastudy.contribute.comparison import Sides, compare
    from metastudy.contribute.digest import FORMATS
    from metastudy.contribute.revision import base_root
    from metastudy.corpus.collection import default_root
    from metastudy.pages.progress import steps

    head = default_root() if root is None else root
    with base_root(base, head) as folder, steps() as step:
        parts = compare(Sides(folder, head, step, fit))
    typer.echo(FORMATS[format.value](parts))


LeaveOut = Annotated[
    list[str] | None,
    typer.Option("--leave-out", help="secondary, unidentified, abstract_only; may be repeated."),
]


@app.command()
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


@app.command()
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

        wide = None if sys.stdout.isatty() else 160
        Console(width=wide).print(views.terminal_table(rows))
    else:
        write = views.as_csv if format is TableFormat.CSV else views.as_json
        typer.echo(write(rows), nl=False)


@app.command()
def report(
    out: Annotated[Path, typer.Option("--out", help="Folder for the report.")] = Path("report"),
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
        page = make_report(data, step, leave_out or ())
        step("writing")
        files = write_report(page, out)
    typer.echo(page.answer)
    typer.echo(f"\n{files[-1]} and {len(files) - 1} figures")


@app.command()
def coverage(
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the pictures.")] = None,
    root: Root = None,
    leave_out: LeaveOut = None,
    descriptor: Annotated[
        Path | None,
        typer.Option("--descriptor", help="Fill the generated blocks of this file anew."),
    ] = None,
) -> None:
    """Count what the dataset covers; with --out, draw it."""
    from metastudy.pages.coverage_section import write_pictures
    from metastudy.pages.descriptor import summary, write_descriptor
    from metastudy.tables.loading import load

    data = load(root=root, leave_out=leave_out or ())
    typer.echo(summary(data))
    files = [] if out is None else write_pictures(data, out)
    if descriptor is not None:
        files += write_descriptor(data, descriptor, root, leave_out or ())
    for path in files:
        typer.echo(path)


class ClaimFormat(StrEnum):
    """How claims are written."""

    TEXT = "text"
    CSV = "csv"


@app.command()
def claims(
    ids: Annotated[
        list[str] | None, typer.Option("--id", help="Claim, shown in full; may be repeated.")
    ] = None,
    format: Annotated[
        ClaimFormat, typer.Option("--format", help="How claims read.")
    ] = ClaimFormat.TEXT,
    leave_out: LeaveOut = None,
    root: Root = None,
) -> None:
    """Put the published claims of the founding papers to the test."""
    from metastudy.answers.claims.judging import as_frame, judge
    from metastudy.tables.loading import load

    judgements = judge(load(root=root, leave_out=leave_out or ()), ids or ())
    if format is ClaimFormat.CSV:
        typer.echo(as_frame(judgements).to_csv(index=False, lineterminator="\n"), nl=False)
        return
    from metastudy.pages.claims_section import claim_text, claims_terminal

    if ids:
        typer.echo("\n\n".join(claim_text(judgement) for judgement in judgements))
        return
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else 160).print(claims_terminal(judgements))


@app.command()
def cell(
    file: Annotated[Path, typer.Argument(metavar="CELL.YAML", help="The planned cell.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder for tables, picture.")] = None,
    root: Root = None,
) -> None:
    """Say before a cell is built how well its interface resistance could be known."""
    from rich.console import Console

    from metastudy.pages import cell_plan

    found = cell_plan.plan(file, root)
    console = Console(width=None if sys.stdout.isatty() else 160)
    for table in (cell_plan.prospect_table(found), cell_plan.alternative_table(found)):
        console.print(table)
    typer.echo(f"{cell_plan.RULE}\n{cell_plan.conclusion(found)}")
    for path in [] if out is None else cell_plan.write_plan(found, out):
        typer.echo(path)


@app.command()
def refit(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILES ...]", help="Impedance files.")
    ] = None,
    circuit: Annotated[
        str | None, typer.Option("--circuit", help="R0-p(R1,CPE1)-CPE2; proposed if none.")
    ] = None,
    cell: Annotated[
        Path | None, typer.Option("--cell", help="cell.yaml, by which arcs are named.")
    ] = None,
    arc: Annotated[str | None, typer.Option("--arc", help="Resistor of the contact.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="refits.csv; what stands in it is kept.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", help="One page with a picture of every fit.")
    ] = None,
    window: Annotated[
        str, typer.Option("--window", help="Frequencies to fit in Hz, lowest..highest.")
    ] = "all",
    weight: Annotated[
        str,
        typer.Option(
            "--weight", help="modulus, proportional, unit, or structure: read off the residuals."
        ),
    ] = "modulus",
    loss: Annotated[
        str | None,
        typer.Option("--loss", help="linear, huber, soft_l1 or cauchy, against single bad points."),
    ] = None,
    high_frequency_error: Annotated[
        float,
        typer.Option(
            "--high-frequency-error",
            help="With structure: relative error of the instrument at 7 MHz, such as 0.02.",
        ),
    ] = 0.0,
    temperature: Annotated[
        str,
        typer.Option("--temperature", help="degC, or an expression for the name: '([0-9.]+)C'."),
    ] = "",
    sample: Annotated[str, typer.Option("--sample", help="Sample of the study.")] = "",
    cell_id: Annotated[str, typer.Option("--cell-id", help="Cell of the study.")] = "",
    state: Annotated[str, typer.Option("--state", help="State of the study.")] = "",
    component: Annotated[
        str, typer.Option("--component", help="What the arc contains; by the evidence, or total.")
    ] = "",
    covers: Annotated[
        str, typer.Option("--covers", help="Contacts in the arc: one, all, unknown.")
    ] = "all",
    multiverse: Annotated[
        bool, typer.Option("--multiverse", help="Show all defensible evaluations instead.")
    ] = False,
    bulk: Annotated[
        float | None, typer.Option("--bulk", help="Measured resistance before the arc, in ohm.")
    ] = None,
    verify: Annotated[
        str | None, typer.Option("--verify", help="Fit every refit of this study again.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", help="For a Parquet: local, or a Dask scheduler tcp://..."),
    ] = None,
    root: Root = None,
) -> None:
    """Fit impedance files: the resistance of one arc per spectrum, with its interval.

    Exit status: 0 all fitted; 1 a file failed or a stored refit does not come out again;
    2 wrong call; 130 interrupted (what was fitted stands in --out).
    """
    from metastudy.bridge.choices import Choices
    from metastudy.bridge.refit import refit_files, window_of

    if verify is not None:
        raise typer.Exit(_verify(verify, root))
    if not files:
        raise typer.BadParameter("name files, or a study with --verify")
    choices = Choices(
        circuit=circuit,
        arc=arc,
        window_hz=window_of(window),
        weight=weight,
        loss=loss,
        high_frequency_error=high_frequency_error,
        sample_id=sample,
        cell_id=cell_id,
        state_id=state,
        component=component,
        value_covers=covers,
        temperature=temperature,
    )
    if cell is not None:
        choices = choices.with_cell(cell, root)
    if multiverse:
        raise typer.Exit(_multiverse(files, choices, bulk))
    if cluster is not None or any(path.suffix == ".parquet" for path in files):
        raise typer.Exit(_parquet(files, choices, out, cluster))
    from metastudy.pages.progress import bar
    from metastudy.pages.refits import batch_text

    try:
        with bar(len(files), "refit") as advance:
            batch = refit_files(files, choices, out, lambda path, _: advance(path.name))
    except KeyboardInterrupt:
        typer.echo("metastudy refit: interrupted; run it again to go on", err=True)
        raise typer.Exit(130) from None
    typer.echo(batch_text(batch, [path.name for path in files], out))
    if page is not None:
        from metastudy.pages.refit_page import write_refit_page

        with bar(len(files), "draw") as advance:
            typer.echo(write_refit_page(batch, files, choices, page, advance))
    raise typer.Exit(1 if batch.failed else 0)


@app.command()
def series(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES ...", help="Impedance files of one cell.")
    ],
    circuit: Annotated[
        str | None, typer.Option("--circuit", help="R0-p(R1,CPE1)-CPE2; proposed if none.")
    ] = None,
    temperature: Annotated[
        str,
        typer.Option("--temperature", help="Expression for the file name: '([0-9.]+)C'."),
    ] = "",
    window: Annotated[
        str, typer.Option("--window", help="Frequencies to fit in Hz, lowest..highest.")
    ] = "all",
    weight: Annotated[
        str, typer.Option("--weight", help="modulus, proportional or unit.")
    ] = "modulus",
    arrhenius: Annotated[
        str, typer.Option("--arrhenius", help="test, free, R or R/T: law of the resistances.")
    ] = "test",
    melting: Annotated[
        str, typer.Option("--melting", help="degC between lines of their own, or find.")
    ] = "",
    point_k: Annotated[
        float | None, typer.Option("--point-k", help="Error of each temperature in K (0.5).")
    ] = None,
    common_k: Annotated[
        float | None, typer.Option("--common-k", help="Error of all temperatures in K (1).")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for tables, picture.")] = None,
) -> None:
    """Fit the impedance files of one cell over temperature together: activation energies.

    Exit status: 0 all files are in the series; 1 a file is not, or nothing could be fitted.
    """
    from metastudy.bridge.refit import window_of
    from metastudy.bridge.series_files import fit_spectra, read_spectra
    from metastudy.pages.progress import steps
    from metastudy.pages.series_files import series_text, write_series

    with steps() as step:
        step("reading")
        read = read_spectra(files, temperature, window_of(window))
        step("fitting")
        found = fit_spectra(
            read,
            circuit,
            weight=weight,
            arrhenius=arrhenius,
            melting=melting,
            point_k=point_k,
            common_k=common_k,
        )
    typer.echo(series_text(read, found))
    for path in [] if out is None else write_series(read, found, out):
        typer.echo(path)
    raise typer.Exit(1 if read.failed else 0)


def _verify(study: str, root: Path | None) -> int:
    from metastudy.corpus.collection import read_corpus
    from metastudy.pages.refits import verification_text
    from metastudy.tables.recomputing import verify_study

    rows = verify_study(read_corpus(root, only=[study]), study)
    typer.echo(verification_text(study, rows))
    return 0 if all(row.agrees for row in rows) else 1


def _parquet(files: list[Path], choices: Choices, out: Path | None, cluster: str | None) -> int:
    """Run the batch over one Parquet table of spectra."""
    if len(files) != 1 or files[0].suffix != ".parquet":
        raise typer.BadParameter("a cluster, or a Parquet, takes one Parquet table of spectra")
    if out is None or out.suffix != ".parquet":
        raise typer.BadParameter("a Parquet of spectra needs --out FITS.parquet")
    from metastudy.bridge.cluster import refit_parquet
    from metastudy.pages.progress import bar
    from metastudy.pages.refits import batch_text

    try:
        with bar(None, "refit") as advance:
            batch = refit_parquet(
                files[0], choices, out, cluster, lambda key, count: advance(f"{key}, of {count}")
            )
    except KeyboardInterrupt:
        typer.echo("metastudy refit: interrupted; run it again to go on", err=True)
        return 130
    typer.echo(batch_text(batch, [], out))
    return 1 if batch.failed else 0


def _multiverse(files: list[Path], choices: Choices, bulk: float | None) -> int:
    from metastudy.bridge.refit import multiverse_of
    from metastudy.pages.refits import multiverse_text

    status = 0
    for path in files:
        try:
            for name, found in multiverse_of(path, choices, bulk):
                typer.echo(multiverse_text(name, found))
        except MetastudyError as error:
            typer.echo(f"failed  {path}: {error}", err=True)
            status = 1
    return status


def one_thread() -> None:
    """Let linear algebra run on one thread, unless the user says otherwise.

    The matrices here are small: more threads only wait for each other, for many times as long on a
    busy machine. This works because no command has imported numpy yet.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def main() -> None:
    """Run the command line; a mistake in input ends with its message and status 1."""
    one_thread()
    try:
        app()
    except MetastudyError as error:
        typer.echo(f"metastudy: {error}", err=True)
        raise SystemExit(1) from None
