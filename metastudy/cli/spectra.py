"""Commands on impedance: plan a cell, fit files, fit a temperature series."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metastudy.cli.application import Root, app
from metastudy.errors import MetastudyError

if TYPE_CHECKING:
    from metastudy.bridge.refits.evaluation_options import EvaluationOptions

Circuit = Annotated[
    str | None, typer.Option("--circuit", help="R0-p(R1,CPE1)-CPE2; proposed if none.")
]
Window = Annotated[str, typer.Option("--window", help="Frequencies to fit in Hz, lowest..highest.")]


@app.command()
def cell(
    file: Annotated[Path, typer.Argument(metavar="CELL.YAML", help="The planned cell.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder for tables, picture.")] = None,
    root: Root = None,
) -> None:
    """Say before a cell is built how well its interface resistance could be known."""
    from rich.console import Console

    from metastudy.pages import cell_page as cell_plan

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
    circuit: Circuit = None,
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
    window: Window = "all",
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
    from metastudy.bridge.refits.evaluation_options import EvaluationOptions
    from metastudy.bridge.refits.file_batch import refit_files
    from metastudy.bridge.refits.window import window_of

    if verify is not None:
        raise typer.Exit(_verify(verify, root))
    if not files:
        raise typer.BadParameter("name files, or a study with --verify")
    parquet = cluster is not None or any(path.suffix == ".parquet" for path in files)
    if page is not None and (multiverse or parquet):
        raise typer.BadParameter("--page shows the rows of files, not a multiverse or a Parquet")
    options = EvaluationOptions(
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
        options = options.with_cell(cell, root)
    if multiverse:
        raise typer.Exit(_multiverse(files, options, bulk))
    if parquet:
        raise typer.Exit(_parquet(files, options, out, cluster))
    from metastudy.pages.progress import bar
    from metastudy.pages.sections.refits import batch_text

    try:
        with bar(len(files), "refit") as advance:
            batch = refit_files(files, options, out, lambda path, _: advance(path.name))
    except KeyboardInterrupt:
        typer.echo("metastudy refit: interrupted; run it again to go on", err=True)
        raise typer.Exit(130) from None
    typer.echo(batch_text(batch, [path.name for path in files], out))
    if page is not None:
        from metastudy.pages.refit_page import write_refit_page

        with bar(len(files), "draw") as advance:
            typer.echo(write_refit_page(batch, files, options, page, advance))
    raise typer.Exit(1 if batch.failed else 0)


@app.command()
def series(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES ...", help="Impedance files of one cell.")
    ],
    circuit: Circuit = None,
    temperature: Annotated[
        str,
        typer.Option("--temperature", help="Expression for the file name: '([0-9.]+)C'."),
    ] = "",
    window: Window = "all",
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
    from metastudy.bridge.refits.series_files import fit_spectra, read_spectra
    from metastudy.bridge.refits.window import window_of
    from metastudy.pages.progress import steps
    from metastudy.pages.series_files import series_text, write_series

    with steps() as step:
        step("reading")
        read = read_spectra(files, temperature, window_of(window))
        step("fitting")
        read, found = fit_spectra(
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
    from metastudy.corpus.corpus import read_corpus
    from metastudy.pages.sections.refits import verification_text
    from metastudy.tables.recomputing import verify_study

    rows = verify_study(read_corpus(root, only=[study]), study)
    typer.echo(verification_text(study, rows))
    return 0 if all(row.agrees for row in rows) else 1


def _parquet(
    files: list[Path], options: EvaluationOptions, out: Path | None, cluster: str | None
) -> int:
    """Run the batch over one Parquet table of spectra."""
    if len(files) != 1 or files[0].suffix != ".parquet":
        raise typer.BadParameter("a cluster, or a Parquet, takes one Parquet table of spectra")
    if out is None or out.suffix != ".parquet":
        raise typer.BadParameter("a Parquet of spectra needs --out FITS.parquet")
    from metastudy.bridge.refits.parquet_batch import refit_parquet
    from metastudy.pages.progress import bar
    from metastudy.pages.sections.refits import batch_text

    try:
        with bar(None, "refit") as advance:
            batch = refit_parquet(
                files[0], options, out, cluster, lambda key, count: advance(f"{key}, of {count}")
            )
    except KeyboardInterrupt:
        typer.echo("metastudy refit: interrupted; run it again to go on", err=True)
        return 130
    typer.echo(batch_text(batch, [], out))
    return 1 if batch.failed else 0


def _multiverse(files: list[Path], options: EvaluationOptions, bulk: float | None) -> int:
    from metastudy.bridge.refits.multiverse import multiverse_of
    from metastudy.pages.sections.refits import multiverse_text

    status = 0
    for path in files:
        try:
            for name, found in multiverse_of(path, options, bulk):
                typer.echo(multiverse_text(name, found))
        except MetastudyError as error:
            typer.echo(f"failed  {path}: {error}", err=True)
            status = 1
    return status
