"""Versions of package, data and libraries, for bug reports."""

from __future__ import annotations

import platform
import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version

from metastudy._version import __version__
from metastudy.corpus.corpus import default_root
from metastudy.corpus.version import data_version
from metastudy.errors import MetastudyError

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def version_line() -> str:
    """Return the versions of package and data in one line."""
    return f"metastudy {__version__}, data {_data()[0]}"


def versions() -> dict[str, str]:
    """Return what a bug report needs: package, data, interpreter, system and libraries by name.

    Libraries are those that the package asks for, the optional ones included.
    """
    data, place = _data()
    return {
        "metastudy": __version__,
        "data": f"{data} {place}".strip(),
        "Python": f"{platform.python_version()} ({sys.executable})",
        "system": platform.platform(),
        "encoding": sys.getfilesystemencoding(),
        **{name: _installed(name) for name in _libraries()},
    }


def show_versions() -> None:
    """Print versions of package, data, Python, system and libraries, to paste in a bug report.

    Examples
    --------
    >>> import metastudy
    >>> metastudy.show_versions()  # doctest: +ELLIPSIS
    metastudy ...
    """
    found = versions()
    width = max(map(len, found))
    for name, text in found.items():
        print(f"{name:<{width}}  {text}")


def _data() -> tuple[str, str]:
    """Return the version of the data in use, and its folder."""
    try:
        root = default_root()
    except MetastudyError:
        return "not found", ""
    return data_version(root) or "without version", f"({root / 'data'})"


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _libraries() -> list[str]:
    try:
        asked = requires("metastudy") or []
    except PackageNotFoundError:  # a source tree that was never installed
        return []
    return list(dict.fromkeys(match[0] for text in asked if (match := _NAME.match(text))))
