"""A plan on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metastudy.answers.plan import StudyPlan
from metastudy.pages.rendering.blocks import rows_of
from metastudy.pages.rendering.plain import plain_rows
from metastudy.pages.rendering.table import Head, table_of, to_rich

if TYPE_CHECKING:
    from rich.table import Table as RichTable


def plan_terminal(found: StudyPlan) -> RichTable:
    """Return the designs as a table for the terminal."""
    heads = {
        "lab": Head("laboratories", number=True),
        "preparation": Head("preparations each", number=True),
        "repeat": Head("repeats each", number=True),
        "cells": Head("cells", number=True),
        "half_width": Head("half width (dex)", number=True),
        "power": Head("runs that leave out 0", number=True),
        "reached": Head("reached"),
    }
    rows = [
        {
            **row,
            "half_width": f"{row['half_width']:.3f}",
            "power": f"{row['power']:.0%}",
            "reached": "yes" if row["reached"] else "no",
        }
        for row in rows_of(found.designs)
    ]
    return to_rich(table_of(heads, rows))


def assumptions(found: StudyPlan) -> str:
    """Say what the plan assumes."""
    sds = ", ".join(f"{level} {sd:.2g}" for level, sd in found.sd.items())
    return f"Assumed standard deviations (dex): {sds}. {found.runs} simulated data sets a design."


def content(found: StudyPlan) -> dict[str, Any]:
    """Return assumptions, designs and their sentence."""
    return {
        "sd_dex": dict(found.sd),
        "level": found.level,
        "precision_dex": found.precision,
        "runs": found.runs,
        "designs": plain_rows(found.designs),
        "sentence": found.sentence,
    }
