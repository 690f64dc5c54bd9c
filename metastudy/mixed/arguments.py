"""Arguments that many methods share, checked where they come in."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np

from .errors import DataError, UndefinedError


def check_level(level: Any) -> float:
    """Return a confidence level.

    Raises
    ------
    UndefinedError
        If it is no number between 0 and 1.
    """
    if not isinstance(level, (int, float)) or not 0 < level < 1:
        raise UndefinedError(
            f"level {level!r} is not a confidence level; give a number between 0 and 1, "
            "such as 0.95"
        )
    return float(level)


def check_count(n: Any, what: str) -> int:
    """Return the number of ``what``, such as replicates.

    Raises
    ------
    UndefinedError
        If it is no whole number from 1.
    """
    if not isinstance(n, Integral) or isinstance(n, bool) or n < 1:
        raise UndefinedError(f"n = {n!r} {what}; give a whole number from 1")
    return int(n)


def check_rng(rng: Any) -> np.random.Generator:
    """Return a source of random numbers.

    Raises
    ------
    UndefinedError
        If it is no numpy Generator.
    """
    if not isinstance(rng, np.random.Generator):
        raise UndefinedError(
            f"rng is {type(rng).__name__}; give a numpy Generator, such as np.random.default_rng(1)"
        )
    return rng


def check_mapping(given: Any, what: str, example: str) -> None:
    """Refuse an argument that is neither None nor a mapping.

    Raises
    ------
    DataError
        With an example of what would be right.
    """
    if given is not None and not isinstance(given, Mapping):
        raise DataError(f"{what} is {type(given).__name__}; give a mapping, such as {example}")
