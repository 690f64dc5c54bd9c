"""How finely numbers were written: the error that rounding left in them."""

from __future__ import annotations

import numpy as np

from ..spectrum import FloatArray

# More digits than these are those of floating-point numbers.
_DIGITS = 14


def rounding_error(values: FloatArray) -> FloatArray:
    """Give the standard deviation of each value's rounding, its shape kept; 0 if none is seen.

    Numbers printed with d digits, or k decimals, are multiples of the same last place: its length
    over the root of 12 (uniform errors). The values together tell d and k, as trailing zeros are
    lost in single ones.
    """
    text = [np.format_float_scientific(abs(value), trim="-") for value in values.ravel() if value]
    digits = np.array([len(one.split("e")[0].replace(".", "")) for one in text])
    if not text or digits.max() > _DIGITS:
        return np.zeros_like(values)
    decade = np.array([int(one.split("e")[1]) for one in text])
    by_decimals = int((decade - digits + 1).min())
    with np.errstate(divide="ignore"):
        own = np.floor(np.log10(np.abs(values)))
    last = np.maximum(own - digits.max() + 1, by_decimals)
    return np.asarray(10.0**last / np.sqrt(12.0))
