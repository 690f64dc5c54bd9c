"""Put finished texts on disk, each whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from metastudy.errors import MetastudyError


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
        part = path.with_name(f".{path.name}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(text, encoding="utf-8")
            os.replace(part, path)
        except OSError as fault:
            raise error(f"{target}: cannot be written: {fault.strerror or fault}") from None
    return list(files)
