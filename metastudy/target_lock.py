"""One process at a time writes a target: a lock that ends with its process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from metastudy.errors import MetastudyError

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path, error: type[MetastudyError]) -> Iterator[None]:
    """Keep every other process from writing ``path`` until the work is done.

    The system gives the lock up when its process ends, however it ends, so the file
    ``.NAME.lock`` of a process that was killed locks nothing; the next run takes it over.

    Parameters
    ----------
    error
        The error to raise.

    Raises
    ------
    MetastudyError
        The given ``error``, where another process writes ``path`` or its folder is not writable.
    """
    beside = path.with_name(f".{path.name}.lock")
    descriptor = _open(beside, path, error)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        with suppress(OSError):
            beside.unlink()
        os.close(descriptor)


def _open(beside: Path, path: Path, error: type[MetastudyError]) -> int:
    while True:
        try:
            descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as fault:
            raise error(f"{path}: cannot be written: {fault.strerror or fault}") from None
        try:
            _take(descriptor)
            # A process that has just ended may have removed the file after it was opened here.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), os.stat(beside)):
                    return descriptor
        except OSError:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise error(
                f"{path}: {holder} is writing it; wait until it has ended, or give another target"
            ) from None
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    with suppress(OSError):
        number = os.read(descriptor, 20).decode("ascii", "replace")
        if number.isdigit():
            return f"process {number}"
    return "another process"
