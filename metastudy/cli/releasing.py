"""The command that makes a release of the data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metastudy.cli.application import MAINTAINER, Root, app, example
from metastudy.errors import MetastudyError


@app.command(rich_help_panel=MAINTAINER, epilog=example("metastudy release 0.2.0 --prepare"))
def release(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Version of the data: 0.2.0.")],
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare",
            help="Write version and day into the checkout, move new words of studies; then commit.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="New folder (default: build/metastudy-data-VERSION)."),
    ] = None,
    last: Annotated[
        Path | None,
        typer.Option("--last", help="Folder of the last release (default: built from its tag)."),
    ] = None,
    without_notebooks: Annotated[
        bool, typer.Option("--without-notebooks", help="Do not execute the analyses.")
    ] = False,
    root: Root = None,
) -> None:
    """Make a release of the data from a commit: one folder, the same bytes every time.

    It refuses changes that are not committed, open findings, and a version that does not say what
    changed.
    """
    from metastudy.contribute.checkout import checkout_root

    checkout = checkout_root(root)
    if prepare:
        if out is not None or last is not None:
            raise MetastudyError("--prepare writes into the checkout; give --out and --last later")
        _prepare(version, checkout)
        return
    from metastudy.contribute.release.making import make_release
    from metastudy.pages.progress import steps

    target = checkout / "build" / f"metastudy-data-{version}" if out is None else out
    with steps() as step:
        found = make_release(
            version, target, checkout, last=last, notebooks=not without_notebooks, step=step
        )
    typer.echo(f"{found.kind.words}: {found.reason}")
    typer.echo(f"{target}\nnext: git tag data-v{version}")


def _prepare(version: str, checkout: Path) -> None:
    from datetime import date

    from metastudy.contribute.release.preparation import prepare

    for path in prepare(version, date.today(), checkout):
        typer.echo(path)
    typer.echo(f"next: git commit, then metastudy release {version}")
