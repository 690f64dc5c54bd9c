"""Progress on the terminal: what is being done, on standard error, and nothing when piped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Show a spinner with the name of the current step until the work ends."""
    console = Console(stderr=True)
    with console.status("starting") as status:
        yield lambda name: status.update(name)
