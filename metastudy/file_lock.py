"""A lock that ends with the process that holds it, so that a killed one leaves none behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold a lock on a file, made if it is not there; give False where another holds it."""
    with path.open("a") as file:
        yield _try(file.fileno())


def is_held(path: Path) -> bool:
    """Say whether a process that lives holds the lock."""
    try:
        with path.open("r+") as file:
            return not _try(file.fileno())
    except FileNotFoundError:
        return False


def _try(descriptor: int) -> bool:
    with suppress(OSError):
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
