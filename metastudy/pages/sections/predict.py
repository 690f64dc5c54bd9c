"""A prediction as tables for the terminal, CSV and JSON."""

from __future__ import annotations

from typing import Any

from metastudy.answers.predict import Prediction
from metastudy.pages.rendering.blocks import rows_of
from metastudy.pages.rendering.plain import csv_of, plain_rows
from metastudy.pages.rendering.table import Head, Table, table_of


def intervals_table(found: Prediction) -> Table:
    """Return one row a question."""
    heads = {
        "of": Head("prediction for a"),
        "work": Head("in"),
        "median_ohm_cm2": Head("median (Ω cm²)", number=True),
        "lower_ohm_cm2": Head("lower", number=True),
        "upper_ohm_cm2": Head("upper", number=True),
        "missing": Head("missing", ratio=1),
    }
    return table_of(heads, rows_of(found.intervals))


def rows_table(found: Prediction) -> Table:
    """Return the rows that it rests on."""
    heads = {
        "observation_id": Head("row"),
        "material": Head("material"),
        "salt": Head("salt"),
        "lo_ohm_cm2": Head("from (Ω cm²)", number=True),
        "hi_ohm_cm2": Head("to", number=True),
    }
    return table_of(heads, rows_of(found.rows), title="Reference rows of the family")


def as_csv(found: Prediction) -> str:
    """Return the intervals as CSV."""
    return csv_of(found.to_frame())


def content(found: Prediction) -> dict[str, Any]:
    """Return intervals and rows."""
    return {
        "pair": found.pair.name,
        "family": found.family,
        "temperature_c": found.reference_c,
        "alpha": found.alpha,
        "sentence": found.sentence,
        "intervals": plain_rows(found.intervals),
        "rows": plain_rows(found.rows),
    }
