"""Commands on a cell: plan it, fit its temperature series."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import EXPERIMENTALIST, Root, app, example
from metastudy.cli.option_groups import spread_groups
from metastudy.cli.output import AsTextOrJson, TextOrJson, answer
from metastudy.cli.spectrum_options import Circuit, FileReading, Files


@app.command(rich_help_panel=EXPERIMENTALIST, epilog=example("metastudy cell cell.yaml --out plan"))
def cell(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="CELL.YAML", help="The planned cell.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder for tables, picture.")] = None,
    root: Root = None,
    format: AsTextOrJson = TextOrJson.TEXT,
) -> None:
    """Predict before a cell is built how well its interface resistance could be known."""
    from rich.console import Console

    from metastudy.pages import cell_page as cell_plan

    found = cell_plan.plan(file, root)
    written = [] if out is None else cell_plan.write_plan(found, out)
    if format is TextOrJson.JSON:
        result = cell_plan.content(found)
        text = answer(context, result, reads_data=False, notes=[cell_plan.RULE])
        typer.echo(text, nl=False)
        return
    console = Console(width=None if sys.stdout.isatty() else 160)
    for table in (cell_plan.prospect_table(found), cell_plan.alternative_table(found)):
        console.print(table)
    typer.echo(f"{cell_plan.RULE}\n{cell_plan.conclusion(found)}")
    for path in written:
        typer.echo(path)


@app.command(
    rich_help_panel=EXPERIMENTALIST,
    epilog=example("metastudy series spectra/*.csv --temperature '_([0-9]+)C' --out series"),
)
@spread_groups
def series(
    context: typer.Context,
    files: Files,
    reading: FileReading,
    circuit: Circuit = None,
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
    format: AsTextOrJson = TextOrJson.TEXT,
) -> None:
    """Fit the impedance files of one cell over temperature together: activation energies.

    Exit status: 0 all files are in the series; 1 a file is not, or nothing could be fitted.
    """
    from metastudy.bridge.refits.series_files import fit_spectra, read_spectra
    from metastudy.pages.progress import steps
    from metastudy.pages.series_files import NOTE, series_content, series_text, write_series

    with steps() as step:
        step("reading")
        read = read_spectra(files, reading.temperature, reading.window_hz, reading.keywords)
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
    written = [] if out is None else write_series(read, found, out)
    if format is TextOrJson.JSON:
        result = series_content(read, found)
        typer.echo(answer(context, result, reads_data=False, notes=[NOTE]), nl=False)
    else:
        typer.echo("\n".join([series_text(read, found), *map(str, written)]))
    raise typer.Exit(1 if read.failed else 0)
