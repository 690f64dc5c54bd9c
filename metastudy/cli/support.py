"""A command for bug reports."""

from __future__ import annotations

import typer

from metastudy.cli.application import SUPPORT, app, example
from metastudy.cli.output import AsTextOrJson, TextOrJson, answer


@app.command("show-versions", rich_help_panel=SUPPORT, epilog=example("metastudy show-versions"))
def show_versions(context: typer.Context, format: AsTextOrJson = TextOrJson.TEXT) -> None:
    """Print the versions of package, data, Python, system and libraries."""
    from metastudy import versions

    if format is TextOrJson.JSON:
        found = {"versions": versions.versions()}
        typer.echo(answer(context, found, reads_data=False), nl=False)
    else:
        versions.show_versions()
