"""A command for bug reports."""

from __future__ import annotations

from metastudy.cli.application import SUPPORT, app, example


@app.command("show-versions", rich_help_panel=SUPPORT, epilog=example("metastudy show-versions"))
def show_versions() -> None:
    """Print the versions of package, data, Python, system and libraries."""
    from metastudy import versions

    versions.show_versions()
