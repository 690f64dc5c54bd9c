"""The temperature of a spectrum: given, found in the name of its file, or that of the file."""

from __future__ import annotations

import math
import re
from contextlib import suppress

from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.eis.spectrum import Spectrum
from metastudy.units import ZERO_CELSIUS_K


def temperature_of(spectrum: Spectrum, name: str, wanted: str) -> str:
    """Return the temperature (degC) as text: given, found in the file name, or the file's own.

    Raises
    ------
    RefitError
        If the expression cannot be read, or does not find a number in the name.
    """
    if not wanted:
        own = spectrum.metadata.get("temperature_c")
        return "" if own is None else f"{float(own):g}"
    with suppress(ValueError):
        given = float(wanted)
        if not -ZERO_CELSIUS_K < given < math.inf:
            raise RefitError(f"the temperature {wanted!r} is not degC above absolute zero")
        return f"{given:g}"
    try:
        match = re.search(wanted, name)
    except re.error as error:
        raise RefitError(
            f"temperature {wanted!r} is neither degC nor an expression: {error}"
        ) from None
    if match is None or not match.groups():
        raise RefitError(
            f"the expression {wanted!r} finds no temperature in the file name {name!r}; write one "
            "group in brackets, such as '([0-9.]+)C'"
        )
    try:
        return f"{float(match[1]):g}"
    except ValueError:
        raise RefitError(
            f"the expression {wanted!r} finds {match[1]!r}, which is no number"
        ) from None
