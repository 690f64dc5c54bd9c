"""Arguments that many methods share, checked where they come in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from numbers import Integral
from typing import Any, get_type_hints

import numpy as np

from .errors import DataError, UndefinedError


def check_keywords(given: Mapping[str, Any], known: type, function: str) -> None:
    """Refuse keyword arguments that a function does not have.

    Parameters
    ----------
    given
        The keyword arguments of the call.
    known
        The TypedDict that lists those of the function.
    function
        Its name.

    Raises
    ------
    TypeError
        Naming the argument and those that there are.
    """
    names = _names_of(known)
    for name in given:
        if name not in names:
            raise TypeError(
                f"{function}() has no argument {name!r}; its arguments are formula, data, "
                f"{', '.join(names)}"
            )


@cache
def _names_of(known: type) -> tuple[str, ...]:
    """Names that a TypedDict lists; reading them takes long."""
    return tuple(get_type_hints(known))


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
