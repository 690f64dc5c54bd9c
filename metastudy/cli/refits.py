"""Commands that fit impedance files to rows, and look at such rows again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import EXPERIMENTALIST, Root, app, example
from metastudy.cli.moved_calls import RefitCommand
from metastudy.cli.option_groups import spread_groups
from metastudy.cli.output import AsTextOrJson, TextOrJson, answer
from metastudy.cli.spectrum_options import (
    ContactArc,
    FileReading,
    Files,
    Fitting,
    Reading,
    RowWords,
    evaluation_options,
)

RefitsCsv = Annotated[Path | None, typer.Option("--out", help="refits.csv; its rows are kept.")]


@app.command(
    cls=RefitCommand,
    rich_help_panel=EXPERIMENTALIST,
    epilog=example(
        "metastudy refit spectra/*.csv --cell cell.yaml --temperature '_([0-9]+)C' --out refits.csv"
    ),
)
@spread_groups
def refit(
    files: Files,
    reading: FileReading,
    fitting: Fitting,
    contact: ContactArc,
    words: RowWords,
    out: RefitsCsv = None,
    into: Annotated[
        str | None,
        typer.Option("--into", help="Study: files go to its spectra/, rows to its refits.csv."),
    ] = None,
    root: Root = None,
) -> None:
    """Fit impedance files: the resistance of one arc per spectrum, with its interval.

    Exit status: 0 all fitted; 1 a file failed; 2 wrong call;
    130 interrupted (what was fitted is in --out).
    """
    from metastudy.bridge.refits.file_batch import refit_files
    from metastudy.pages.progress import bar
    from metastudy.pages.sections.refits import batch_text

    if into is not None and out is not None:
        raise typer.BadParameter("give one of --into and --out")
    options = evaluation_options(reading, fitting, contact, words, root)
    with _interruptible("refit"), bar(len(files), "refit") as advance:

        def done(path: Path, _: str) -> None:
            advance(path.name)

        if into is None:
            batch = refit_files(files, options, out, done)
        else:
            from metastudy.contribute.refit_into import refit_into

            batch, out = refit_into(into, files, options, root, done)
    typer.echo(batch_text(batch, [path.name for path in files], out))
    if into is not None:
        typer.echo(f"next: metastudy check {into}")
    raise typer.Exit(1 if batch.failed else 0)


@app.command(
    "refit-parquet",
    rich_help_panel=EXPERIMENTALIST,
    epilog=example(
        "metastudy refit-parquet spectra.parquet --cell cell.yaml --cluster local "
        "--out fits.parquet"
    ),
)
@spread_groups
def refit_parquet(
    source: Annotated[
        Path, typer.Argument(metavar="SPECTRA.parquet", help="One long table of spectra.")
    ],
    reading: Reading,
    fitting: Fitting,
    contact: ContactArc,
    words: RowWords,
    out: Annotated[Path, typer.Option("--out", help="Parquet of fits; its rows are kept.")],
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="local, or a Dask scheduler tcp://...")
    ] = None,
    root: Root = None,
) -> None:
    """Fit a Parquet table of spectra, in this process or on a Dask cluster.

    Exit status: 0 all fitted; 1 a spectrum failed; 2 wrong call;
    130 interrupted (what was fitted is in --out).
    """
    for path in (source, out):
        if path.suffix != ".parquet":
            raise typer.BadParameter(f"{path} is no .parquet; metastudy refit takes other files")
    from metastudy.bridge.refits import parquet_batch
    from metastudy.pages.progress import bar
    from metastudy.pages.sections.refits import batch_text

    options = evaluation_options(reading, fitting, contact, words, root)
    with _interruptible("refit-parquet"), bar(None, "refit") as advance:
        batch = parquet_batch.refit_parquet(source, options, out, cluster, advance)
    typer.echo(batch_text(batch, [], out))
    raise typer.Exit(1 if batch.failed else 0)


@app.command(
    "refit-page",
    rich_help_panel=EXPERIMENTALIST,
    epilog=example("metastudy refit-page refits.csv --cell cell.yaml --out refits.html"),
)
def refit_page(
    table: Annotated[
        Path, typer.Argument(metavar="REFITS.CSV", help="Rows that metastudy refit wrote.")
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILES",
            help="Their impedance files; those in spectra/ or beside the table if none.",
        ),
    ] = None,
    cell: Annotated[
        Path | None, typer.Option("--cell", help="cell.yaml of the rows, to name their arcs.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The page.")] = Path("refits.html"),
    root: Root = None,
) -> None:
    """Draw the rows of a refits.csv: one offline page with a picture of every fit.

    Exit status: 0 every row is drawn; 1 a row or a file is not, and the page says why.
    """
    from metastudy.bridge.refits.refits_csv import read_refits
    from metastudy.pages.progress import bar
    from metastudy.pages.refit_page import files_of, write_refit_page

    rows = read_refits(table)
    options = evaluation_options(Reading(), Fitting(), ContactArc(cell), root=root)
    paths = files or files_of(rows, table.parent)
    with bar(len(rows), "draw") as advance:
        missing = write_refit_page(rows, paths, options, out, advance)
    for name, reason in missing:
        typer.echo(f"not drawn  {name}: {reason}", err=True)
    typer.echo(out)
    raise typer.Exit(1 if missing else 0)


@app.command(
    rich_help_panel=EXPERIMENTALIST,
    epilog=example("metastudy multiverse cell_70C.csv --circuit 'R0-p(R1,CPE1)-CPE2' --arc R1"),
)
@spread_groups
def multiverse(
    context: typer.Context,
    files: Files,
    reading: FileReading,
    fitting: Fitting,
    contact: ContactArc,
    bulk: Annotated[
        float | None, typer.Option("--bulk", help="Measured resistance before the arc, in ohm.")
    ] = None,
    root: Root = None,
    format: AsTextOrJson = TextOrJson.TEXT,
) -> None:
    """Evaluate the arc of each spectrum in every defensible way; nothing is stored.

    Exit status: 0 all evaluated; 1 a file gives nothing.
    """
    from metastudy.bridge.refits.failures import reason_of
    from metastudy.bridge.refits.multiverse import multiverse_of
    from metastudy.pages.sections.refits import multiverse_content, multiverse_text

    options = evaluation_options(reading, fitting, contact, root=root)
    spectra, failed = [], []
    for path in files:
        try:
            for name, found in multiverse_of(path, options, bulk):
                spectra.append(multiverse_content(name, found))
                if format is TextOrJson.TEXT:
                    typer.echo(multiverse_text(name, found))
        except Exception as error:
            failed.append({"file": path.name, "reason": reason_of(error, str(path))})
            typer.echo(f"failed  {path}: {failed[-1]['reason']}", err=True)
    if format is TextOrJson.JSON:
        result = {"spectra": spectra, "failed": failed}
        typer.echo(answer(context, result, reads_data=False), nl=False)
    raise typer.Exit(1 if failed else 0)


@app.command(
    "verify-refits",
    rich_help_panel=EXPERIMENTALIST,
    epilog=example("metastudy verify-refits simulated_2026_peolatp --root study_root"),
)
def verify_refits(
    context: typer.Context,
    study: Annotated[str, typer.Argument(metavar="STUDY", help="Study id.")],
    root: Root = None,
    format: AsTextOrJson = TextOrJson.TEXT,
) -> None:
    """Fit every refit of a study again, from nothing but its file and its options.

    Exit status: 0 all come out as stored; 1 one does not.
    """
    from metastudy.corpus.corpus import read_corpus
    from metastudy.pages.sections.refits import verification_content, verification_text
    from metastudy.tables.recomputing import verify_study

    rows = verify_study(read_corpus(root, only=[study]), study)
    if format is TextOrJson.JSON:
        typer.echo(answer(context, verification_content(rows)), nl=False)
    else:
        typer.echo(verification_text(study, rows))
    raise typer.Exit(0 if all(row.agrees for row in rows) else 1)


@contextmanager
def _interruptible(command: str) -> Iterator[None]:
    """End an interrupted batch with status 130; what was fitted is stored."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"metastudy {command}: interrupted; run it again to go on", err=True)
        raise typer.Exit(130) from None
