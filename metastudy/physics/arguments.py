"""What a number must be before a formula takes it: each check is said once, here.

A check takes the name of the argument and its value, and returns the value as a float, or as an
array of floats where it was an array or a list (which its type does not tell: a formula names the
type of its result). A plain number is checked without numpy, so that a
check of the data starts fast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from ..units import ZERO_CELSIUS_K
from .errors import PhysicsError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray: TypeAlias = npt.NDArray[np.float64]
    Values: TypeAlias = float | Sequence[float] | FloatArray
    # The type of a formula's first argument and of its result; the others broadcast.
    Number = TypeVar("Number", float, FloatArray)
else:
    FloatArray = Values = Any
    Number = TypeVar("Number")

# Contacts of ionic conductors are measured between these; beyond them degC and kelvin were mixed.
LEAST_K, HIGHEST_K = 150.0, 1000.0
LEAST_C, HIGHEST_C = LEAST_K - ZERO_CELSIUS_K, 250.0


def finite(name: str, value: Values) -> Any:
    """Return finite numbers of either sign."""
    return _checked(value, lambda v: math.isfinite(v), lambda v: f"{name} = {v:g} must be finite")


def positive(name: str, value: Values) -> Any:
    """Return numbers above 0."""
    return _checked(
        value,
        lambda v: math.isfinite(v) and v > 0,
        lambda v: f"{name} = {v:g} must be positive and finite",
    )


def not_negative(name: str, value: Values) -> Any:
    """Return numbers of 0 or more."""
    return _checked(
        value,
        lambda v: math.isfinite(v) and v >= 0,
        lambda v: f"{name} = {v:g} must be 0 or more, and finite",
    )


def fraction(name: str, value: Values) -> Any:
    """Return fractions from 0 to 1."""
    return _checked(value, lambda v: 0 <= v <= 1, lambda v: _no_fraction(name, v))


def kelvin(name: str, value: Values) -> Any:
    """Return temperatures in kelvin that are not degC."""
    return _checked(value, lambda v: LEAST_K <= v <= HIGHEST_K, lambda v: _no_kelvin(name, v))


def celsius(name: str, value: Values) -> Any:
    """Return temperatures in degC that are not kelvin."""
    return _checked(value, lambda v: LEAST_C <= v <= HIGHEST_C, lambda v: _no_celsius(name, v))


def charge_number(name: str, value: int) -> int:
    """Return the charge number of a cation, 1 or more."""
    if isinstance(value, bool) or value != int(value) or value < 1:
        raise PhysicsError(f"{name} = {value!r} must be a whole number of 1 or more")
    return int(value)


def logarithm(value: Any) -> Any:
    """Return ln of checked numbers."""
    if isinstance(value, float):
        return math.log(value)
    import numpy as np

    return np.log(value)


def exponential(value: Any) -> Any:
    """Return exp of checked numbers; beyond the largest float it is infinite."""
    if isinstance(value, float):
        return math.exp(value) if value < 709.0 else math.inf
    import numpy as np

    with np.errstate(over="ignore"):
        return np.exp(value)


def _checked(value: Values, holds: Callable[[float], bool], wrong: Callable[[float], str]) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not holds(value):
            raise PhysicsError(wrong(value))
        return float(value)
    import numpy as np

    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise PhysicsError(f"{value!r} is neither a number nor an array of numbers") from None
    for position, each in enumerate(array.flat):
        if not holds(each):
            where = f" (element {position})" if array.ndim else ""
            raise PhysicsError(wrong(float(each)) + where)
    return array if array.ndim else float(array)


def _no_fraction(name: str, value: float) -> str:
    if 1 < value <= 100:
        return f"{name} = {value:g} is above 1; {value:g} % as a fraction is {value / 100:g}"
    return f"{name} = {value:g} must be a fraction from 0 to 1"


def _no_kelvin(name: str, value: float) -> str:
    if LEAST_C <= value < LEAST_K:
        return (
            f"{name} = {value:g} K is below {LEAST_K:g} K; "
            f"if it is in degC, give {value + ZERO_CELSIUS_K:g} K"
        )
    return f"{name} = {value:g} must be in kelvin, from {LEAST_K:g} to {HIGHEST_K:g}"


def _no_celsius(name: str, value: float) -> str:
    if HIGHEST_C < value <= HIGHEST_K:
        return (
            f"{name} = {value:g} degC is above {HIGHEST_C:g} degC; "
            f"if it is in kelvin, give {value - ZERO_CELSIUS_K:g} degC"
        )
    return f"{name} = {value:g} must be in degC, from {LEAST_C:g} to {HIGHEST_C:g}"
