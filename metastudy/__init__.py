"""Interface resistances between ionic conductors: dataset, mixed models, impedance refits.

>>> import metastudy
>>> data = metastudy.load()
>>> data.observations, data.V  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from metastudy._version import __version__

if TYPE_CHECKING:
    from metastudy import eis as eis
    from metastudy import mixed as mixed
    from metastudy import physics as physics
    from metastudy.errors import MetastudyError as MetastudyError
    from metastudy.tables.loading import Dataset as Dataset
    from metastudy.tables.loading import load as load
    from metastudy.versions import show_versions as show_versions

__all__ = [
    "Dataset",
    "MetastudyError",
    "__version__",
    "eis",
    "load",
    "mixed",
    "physics",
    "show_versions",
]

# public name -> module that defines it; nothing is imported before it is used
_HOME = {
    "Dataset": "tables.loading",
    "MetastudyError": "errors",
    "load": "tables.loading",
    "show_versions": "versions",
}
_ENGINES = ("eis", "mixed", "physics")


def __getattr__(name: str) -> Any:
    if name in _ENGINES:
        return import_module(f"metastudy.{name}")
    if name in _HOME:
        return getattr(import_module(f"metastudy.{_HOME[name]}"), name)
    raise AttributeError(f"module 'metastudy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
