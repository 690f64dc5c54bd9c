"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from metastudy.errors import MetastudyError


@contextmanager
def whole_file(
    path: Path, error: type[MetastudyError], named: Path | None = None
) -> Iterator[Path]:
    """Give the path of a new file, which takes the place of ``path`` once it is written.

    A reader sees the old file or the new one; a failure or an interruption leaves the old one and
    nothing beside it.

    Parameters
    ----------
    error
        The error to raise.
    named
        What the user asked to be written, for the message; ``path`` unless given.

    Raises
    ------
    MetastudyError
        The given ``error``, where the file cannot be written.
    """
    new = path.with_name(f".{path.name}.new-{os.getpid()}")
    try:
        yield new
        new.replace(path)
    except OSError as fault:
        reason = fault.strerror or fault
        raise error(f"{named or path}: cannot be written: {reason}") from None
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def write_whole(files: Mapping[Path, str], target: Path, error: type[MetastudyError]) -> list[Path]:
    """Write texts, making their folders; a reader sees the old file or the new one.

    Parameters
    ----------
    files
        Text by path.
    target
        What the user asked to be written; the message names it.
    error
        The error to raise.

    Raises
    ------
    MetastudyError
        The given ``error``, where a file cannot be written.
    """
    for path, text in files.items():
        with whole_file(path, error, target) as new:
            path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(text, encoding="utf-8")
    return list(files)
