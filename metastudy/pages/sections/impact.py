"""What a contact costs, and when a filler helps, as tables and plain content."""

from __future__ import annotations

import math
from typing import Any

from metastudy.answers.filler import Filler
from metastudy.answers.impact import Impact
from metastudy.pages.rendering.blocks import rows_of
from metastudy.pages.rendering.plain import plain_rows
from metastudy.pages.rendering.table import Head, Table, table_of


def polarisation_table(found: Impact) -> Table:
    """Return one row an architecture and point of the interval."""
    heads = {
        "architecture": Head("architecture"),
        "point": Head("end"),
        "resistance_ohm_cm2": Head("one contact (Ω cm²)", number=True),
        "interface_v": Head("contacts (V)", number=True),
        "transfer_v": Head("if charge transfer (V)", number=True),
        "polarisation_v": Head("in all (V)", number=True),
        "interface_share": Head("share of contacts", number=True),
        "missing": Head("missing", ratio=1),
    }
    return table_of(heads, rows_of(found.polarisation))


def limits_table(found: Impact) -> Table | None:
    """Return one row an architecture and goal; None without a goal."""
    if found.limits.empty:
        return None
    heads = {
        "architecture": Head("architecture"),
        "goal": Head("goal"),
        "largest_ohm_cm2": Head("largest (Ω cm²)", number=True),
        "probability": Head("probability", number=True),
        "missing": Head("missing", ratio=1),
    }
    return table_of(heads, rows_of(found.limits))


def impact_content(found: Impact) -> dict[str, Any]:
    """Return the impact."""
    return {
        "of": found.resistance.name,
        "temperature_c": found.resistance.reference_c,
        "current_ma_cm2": found.current_ma_cm2,
        "alpha": found.resistance.alpha,
        "sentence": found.sentence,
        "polarisation": plain_rows(found.polarisation),
        "limits": plain_rows(found.limits),
    }


def filler_table(found: Filler) -> Table:
    """Return one row a point of the interval."""
    heads = {
        "point": Head("end"),
        "resistance_ohm_cm2": Head("contact (Ω cm²)", number=True),
        "critical_diameter_um": Head("helps above (µm)", number=True),
        "relative_conductivity": Head("conductivity over matrix", number=True),
        "helps_above_c": Head("helps above (°C)", number=True),
        "missing": Head("missing", ratio=1),
    }
    return table_of(heads, rows_of(found.table))


def filler_content(found: Filler) -> dict[str, Any]:
    """Return the rule; a filler that conducts without limit has no number."""
    conductivity = found.composite.filler_s_cm
    return {
        "filler": found.filler,
        "matrix": found.matrix,
        "temperature_c": found.resistance.reference_c,
        "alpha": found.resistance.alpha,
        "matrix_s_cm": found.composite.matrix_s_cm,
        "filler_s_cm": conductivity if math.isfinite(conductivity) else None,
        "filler_source": found.composite.filler_source,
        "sentence": found.sentence,
        "points": plain_rows(found.table),
    }
