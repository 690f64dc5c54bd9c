"""Public names of a package that are loaded at their first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def attach(
    package: str, home: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of a package.

    A type checker reads the names from the stub ``__init__.pyi`` beside the package.

    Parameters
    ----------
    package
        Its ``__name__``.
    home
        For each public name the module that defines it, relative to the package and without a
        leading dot, such as ``"fits.result"``.
    """
    names = sorted(home)

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{home[name]}"), name)

    return load, names.copy, names
