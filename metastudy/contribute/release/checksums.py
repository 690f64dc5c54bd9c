"""Checksums of files: SHA-256, in the form that ``sha256sum --check`` reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from metastudy.tables.building import SUMS


def sha256(path: Path) -> str:
    """Return the checksum of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file below a folder with its name there, in the order of the names."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    yield from ((name, path) for name, path in sorted(found.items()) if path.is_file())


def write_sums(folder: Path) -> None:
    """Write the checksums of all files of a folder into its ``SHA256SUMS``."""
    lines = [f"{sha256(path)}  {name}\n" for name, path in files_of(folder) if name != SUMS]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
