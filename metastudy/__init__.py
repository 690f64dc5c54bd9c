"""Interface resistances between ionic conductors: dataset, mixed models, impedance refits.

>>> import metastudy
>>> data = metastudy.load()
>>> data.observations, data.V  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from metastudy._version import __version__ as __version__
from metastudy.lazy import attach

# Types are in the stub ``__init__.pyi``.
_ENGINES = ("eis", "mixed", "physics")
_load, _, _names = attach(
    __name__,
    {
        "Dataset": "tables.dataset",
        "MetastudyError": "errors",
        "load": "tables.loading",
        "plot": "pages.plot",
        "scatter": "answers.yardsticks",
        "show_versions": "versions",
    },
)
__all__ = sorted([*_names, *_ENGINES, "__version__"])


def __getattr__(name: str) -> Any:
    return import_module(f"{__name__}.{name}") if name in _ENGINES else _load(name)


def __dir__() -> list[str]:
    return __all__.copy()
