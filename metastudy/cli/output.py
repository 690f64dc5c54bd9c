"""How commands that answer write: words and tables, CSV or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from metastudy.pages.rendering.table import Table

WIDTH = 160
"""Columns of a table where nobody looks at a terminal."""


class AnswerFormat(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


def console() -> Console:
    """Return the console of tables: as wide as the terminal, else ``WIDTH``."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDTH)


def show(sentence: str, tables: Iterable[Table | None]) -> None:
    """Print a sentence, where there is one, and the tables below it that have rows."""
    from metastudy.pages.rendering.table import to_rich

    if sentence:
        typer.echo(sentence)
    screen = console()
    for table in tables:
        if table is not None and table.rows:
            screen.print(to_rich(table))
