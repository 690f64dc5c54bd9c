"""How commands that answer write: words and tables, CSV or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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


class TextOrJson(StrEnum):
    """How an answer without a table of rows is written."""

    TEXT = "text"
    JSON = "json"


AsTextOrJson = Annotated[TextOrJson, typer.Option("--format", help="How the answer is written.")]


def console() -> Console:
    """Return the console of tables: as wide as the terminal, else ``WIDTH``."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDTH)


def show(sentence: str, tables: Iterable[Table | None], root: Path | None) -> None:
    """Print a sentence, where there is one, the tables that have rows, and the versions."""
    from metastudy.pages.rendering.table import to_rich

    if sentence:
        typer.echo(sentence)
    screen = console()
    for table in tables:
        if table is not None and table.rows:
            screen.print(to_rich(table))
    show_versions(root)


def show_versions(root: Path | None) -> None:
    """Print the versions of package and data, the last line of what a command found."""
    from metastudy.corpus.version import both_versions

    typer.echo(both_versions(_data_version(root)))


# Options that say where data is and how and where an answer is written.
_NOT_ASKED = frozenset({"format", "help", "root", "out", "rows", "descriptor"})


def answer(
    context: typer.Context,
    result: Mapping[str, Any],
    *,
    reads_data: bool = True,
    notes: Sequence[str] = (),
) -> str:
    """Return the answer of a command as JSON, with what was asked and the versions.

    Parameters
    ----------
    context
        The call.
    result
        The answer.
    reads_data
        Whether the answer follows from the data, whose version is then named.
    notes
        What a reader must know before using the result.
    """
    from metastudy.pages.rendering.answer_json import answer_json

    root = context.params.get("root")  # a text in the context of typer 0.26
    version = _data_version(None if root is None else Path(root)) if reads_data else None
    return answer_json(context.command.name or "", _asked(context), result, version, notes)


def _data_version(root: Path | None) -> str | None:
    from metastudy.corpus.corpus import default_root
    from metastudy.corpus.version import data_version

    return data_version(default_root() if root is None else root)


def _asked(context: typer.Context) -> dict[str, Any]:
    """Return arguments and options by name, without those that say where and how to write."""
    asked: dict[str, Any] = {}
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        option = parameter.param_type_name == "option"
        name = parameter.opts[0].lstrip("-") if option else str(parameter.name)
        if name not in _NOT_ASKED and value not in (None, [], ()):
            asked[name.replace("_", "-")] = _plain(value)
    return asked


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.as_posix() if isinstance(value, Path) else value
