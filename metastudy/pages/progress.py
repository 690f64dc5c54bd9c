"""Progress on the terminal: what is being done, on standard error, and nothing when piped.

The steps are logged too, for ``metastudy --verbose``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console

logger = logging.getLogger(__name__)


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show a spinner with the name of the current step until the work ends."""
    console = Console(stderr=True)
    with console.status("starting") as status:

        def begin(name: str) -> None:
            logger.info("%s", name)
            status.update(name)

        yield begin


class Advance(Protocol):
    """Moves a bar."""

    def __call__(self, name: str, total: int | None = None) -> None:
        """Move the bar by one, with this name on it; an empty name only says the total."""


@contextmanager
def bar(total: int | None, what: str) -> Iterator[Advance]:
    """Show a bar that moves by one at each call; None if the total is said by the first call."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)

        def advance(name: str, total: int | None = None) -> None:
            progress.update(task, total=total, advance=bool(name), description=name or what)

        yield advance
