"""Calls that have another name: commands that went, and calls of ``refit`` with a command."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_MULTIVERSE = "metastudy multiverse FILES ..."
_PARQUET = "metastudy refit-parquet SPECTRA.parquet --out FITS.parquet"
MOVED = {
    "--verify": "metastudy verify-refits STUDY",
    "--multiverse": _MULTIVERSE,
    "--bulk": f"{_MULTIVERSE} --bulk OHM",
    "--page": "metastudy refit-page REFITS.CSV --out PAGE.html",
    "--cluster": f"{_PARQUET} --cluster ADDRESS",
    ".parquet": _PARQUET,
}
MOVED_COMMANDS = {"coverage": "metastudy gaps --coverage"}


class Commands(TyperGroup):
    """Ends a call of a command that went with one line that names the one in its place."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Refuse a command that went, before others are looked for."""
        if args[0] in MOVED_COMMANDS:
            text = f"there is no metastudy {args[0]}; call: {MOVED_COMMANDS[args[0]]}"
            typer.echo(text, err=True)
            raise typer.Exit(2)
        return super().resolve_command(ctx, args)


class RefitCommand(TyperCommand):
    """Ends a call whose purpose has a command of its own with one line that names it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse what is a command of its own, before options are read."""
        for word in args:
            name = ".parquet" if word.endswith(".parquet") else word.split("=")[0]
            if name in MOVED:
                text = f"metastudy refit does not take {word}; call: {MOVED[name]}"
                typer.echo(text, err=True)
                raise typer.Exit(2)
        return super().parse_args(ctx, args)
