"""One table of finished words, and its forms: terminal, Markdown, plain text, and HTML in the page.

HTML is set by ``table.html.j2``, which every page imports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from metastudy.pages.rendering.digits import cell_text

if TYPE_CHECKING:
    from rich.table import Table as RichTable


@dataclass(frozen=True)
class Head:
    """The head of a column; numbers are set to the right.

    On a terminal a column with a ``ratio`` takes that share of the width and folds; one without
    keeps its words on one line. On a page the cells of a column with a ``link`` lead to that
    address followed by their text.
    """

    text: str
    number: bool = False
    ratio: int | None = None
    link: str = ""


@dataclass(frozen=True)
class Table:
    """A table of finished words; ``strong`` are the rows to be set in bold on a terminal."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    strong: frozenset[int] = frozenset()
    kind: str = field(default="table", init=False)


def table_of(
    columns: Mapping[str, str | Head],
    rows: Iterable[Mapping[Any, Any]],
    numbers: Sequence[str] = (),
    title: str = "",
) -> Table:
    """Make a table of some columns: ``columns`` maps a key of the rows to its head."""
    heads = tuple(
        head if isinstance(head, Head) else Head(head, key in numbers)
        for key, head in columns.items()
    )
    cells = tuple(tuple(cell_text(row.get(key)) for key in columns) for row in rows)
    return Table(heads, cells, title)


def to_rich(table: Table) -> RichTable:
    """Return a table for the terminal; nothing in its cells is markup."""
    from rich.box import SIMPLE
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(title=table.title or None, title_justify="left", box=SIMPLE)
    for head in table.heads:
        drawn.add_column(
            Text(head.text),
            justify="right" if head.number else "left",
            overflow="ellipsis" if head.ratio is None else "fold",
            no_wrap=head.ratio is None,
            ratio=head.ratio,
        )
    for position, row in enumerate(table.rows):
        style = "bold" if position in table.strong else None
        drawn.add_row(*(Text(cell) for cell in row), style=style)
    return drawn


def to_markdown(table: Table) -> str:
    """Return a table as Markdown, columns aligned, so that it reads on a terminal too."""
    head, *rows = _aligned(table, lambda cell: cell.replace("|", "\\|"))
    rules = (
        "-" * (len(cell) - 1) + (":" if of.number else "-")
        for cell, of in zip(head, table.heads, strict=True)
    )
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, tuple(rules), *rows))


def to_plain(table: Table) -> str:
    """Return a table as aligned text, two blanks between its columns."""
    return "\n".join("  ".join(line).rstrip() for line in _aligned(table, str))


def _aligned(table: Table, safe: Callable[[str], str]) -> list[tuple[str, ...]]:
    """Return heads and rows with every cell as wide as its column."""
    lines = [tuple(head.text for head in table.heads), *table.rows]
    cells = [tuple(safe(cell) for cell in line) for line in lines]
    widths = [max(len(line[i]) for line in cells) for i in range(len(table.heads))]
    return [
        tuple(
            cell.rjust(width) if head.number else cell.ljust(width)
            for cell, width, head in zip(line, widths, table.heads, strict=True)
        )
        for line in cells
    ]
