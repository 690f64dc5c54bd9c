"""Interface resistances between ionic conductors: dataset, mixed models, impedance refits.

>>> import metastudy
>>> data = metastudy.load()
>>> data.observations, data.V  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metastudy.tables.loading import Dataset as Dataset
    from metastudy.tables.loading import load as load

__version__ = "0.1.0"
__all__ = ["Dataset", "__version__", "load"]


def __getattr__(name: str) -> Any:
    """Import the tables only when they are asked for."""
    if name in {"load", "Dataset"}:
        from metastudy.tables import loading

        return getattr(loading, name)
    raise AttributeError(f"module 'metastudy' has no attribute {name!r}")
