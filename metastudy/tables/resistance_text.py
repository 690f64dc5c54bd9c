"""Resistances as text: a value, a bound or a range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def resistance_text(row: Mapping[str, Any]) -> str:
    """Return the area-specific resistance (ohm cm2) as read: a value, a bound or a range."""
    lo, hi = (_power(row[end]) for end in ("lo", "hi"))
    if row["censoring"] == "interval":
        return f"{lo} to {hi}"
    return {"exact": lo, "left": f"< {hi}", "right": f"> {lo}"}[row["censoring"]]


def _power(log10: float) -> str:
    if math.isnan(log10):
        return ""
    value = float(f"{10.0**log10:.3g}")
    return f"{value:.0f}" if value >= 100.0 else f"{value:g}"
