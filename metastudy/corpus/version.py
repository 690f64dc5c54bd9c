"""The version of the data, apart from the package's: the one line of ``data/VERSION``."""

from __future__ import annotations

import re
from pathlib import Path

from metastudy._version import __version__
from metastudy.errors import MetastudyError

VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?")


def both_versions(data: str | None) -> str:
    """Return the versions of package and data in words; ``data`` is that of the data."""
    return f"metastudy {__version__}, data {data or 'without version'}"


def data_version(root: Path) -> str | None:
    """Return the version of the data below a root; None where it has no ``data/VERSION``.

    Raises
    ------
    MetastudyError
        If the file cannot be read, or is not one version such as ``0.2.0``.
    """
    path = root / "data" / "VERSION"
    if not path.exists():
        return None
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise MetastudyError(f"{path}: cannot be read: {error}") from None
    if not VERSION.fullmatch(text):
        raise MetastudyError(f"{path}: {text!r} is no version; write one line such as 0.2.0")
    return text
