"""Digits of the pages: how a number, a share and a missing value are written."""

from __future__ import annotations

import math
from typing import Any

NOTHING = "–"


def cell_text(value: Any) -> str:
    """Return a table cell as text: three significant digits, a dash where there is nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return significant(value)
    text = str(value)
    return NOTHING if text in ("<NA>", "nan", "None") else text


def significant(value: float, digits: int = 3) -> str:
    """Return a number to some significant digits, without an exponent where that is readable."""
    if value == 0.0:
        return "0"
    if 1e-3 <= abs(value) < 1e6:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        return f"{value:.{decimals}f}"
    return f"{value:.{digits - 1}e}"


def percent(error: float) -> str:
    """Return a relative error in per cent with two digits, ``> 100 %`` above 1."""
    if error > 1:
        return "> 100 %"
    decimals = 0 if error >= 0.0995 else 1 if error >= 0.00995 else 2
    return f"{100 * error:.{decimals}f} %"


def share(part: int, whole: int) -> str:
    """Return a count out of a count in whole per cent, a dash where there is nothing to share."""
    return f"{100 * part / whole:.0f} %" if whole else NOTHING
