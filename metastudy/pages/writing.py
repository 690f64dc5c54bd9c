"""Put finished texts on disk, each whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from metastudy.errors import MetastudyError
from metastudy.whole_file import whole_file


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
