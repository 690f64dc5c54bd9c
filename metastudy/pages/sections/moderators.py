"""Moderators on the terminal, and as plain rows."""

from __future__ import annotations

import pandas as pd

from metastudy.answers.moderators import Moderators
from metastudy.pages.rendering.blocks import rows_of
from metastudy.pages.rendering.digits import significant
from metastudy.pages.rendering.table import Head, Table, table_of


def sentence(found: Moderators) -> str:
    """Say how many regressions reach the floor, and how many differences within works there are."""
    table = found.regressions
    asked = table.drop_duplicates(["response", "moderator", "interface_class"])
    two_sided = found.differences.dropna(subset=["lo", "hi"])
    return (
        f"{int(asked['fitted'].sum())} of {len(asked)} regressions reach the floor. "
        f"{len(found.differences)} pairs of one work differ in one moderator only, "
        f"{len(two_sided)} of them with both limits, in {found.differences['study_id'].nunique()} "
        "works."
    )


def counts_table(found: Moderators) -> Table:
    """Return the counts of each level by class."""
    heads: dict[str, str | Head] = {
        "moderator": "moderator",
        "interface_class": "class",
        "level": Head("level", ratio=1),
        "observations": "observations",
        "exact": "exact",
        "works": "works",
    }
    return table_of(heads, rows_of(found.counts), ("observations", "exact", "works"))


def differences_table(found: Moderators) -> Table:
    """Return the differences within works as ratios of resistances."""
    heads: dict[str, str | Head] = {
        "study_id": Head("work", ratio=1),
        "moderator": "moderator",
        "low": "of",
        "high": "to",
        "ratio": Head("ratio", number=True),
        "dex": Head("dex", number=True),
    }
    rows = [
        {**row, "ratio": _limits(10.0 ** row["lo"], 10.0 ** row["hi"]), "dex": _difference(row)}
        for row in rows_of(found.differences)
    ]
    return table_of(heads, rows)


def _difference(row: dict[str, float]) -> str:
    text = _limits(row["lo"], row["hi"])
    return text if pd.isna(row["sd"]) else f"{text} ± {row['sd']:.2f}"


def _limits(lo: float, hi: float) -> str:
    if pd.isna(lo) and pd.isna(hi):
        return "unknown"
    if pd.isna(lo):
        return f"at most {significant(hi)}"
    if pd.isna(hi):
        return f"at least {significant(lo)}"
    return significant(lo) if lo == hi else f"{significant(lo)} to {significant(hi)}"


def regressions_table(found: Moderators) -> Table:
    """Return the regressions, or what is missing for them."""
    heads: dict[str, str | Head] = {
        "response": "response",
        "moderator": "moderator",
        "interface_class": "class",
        "works": Head("works", number=True),
        "least": Head("of the rarer level", number=True),
        "result": Head("coefficient (95 %), or what is missing", ratio=1),
    }
    rows = [{**row, "result": _result(row)} for row in rows_of(found.regressions)]
    return table_of(heads, rows)


def _result(row: dict[str, float | str]) -> str:
    if not row["fitted"]:
        return f"missing: {row['missing']}"
    return (
        f"{row['column']}: {row['coefficient']:.3g} ({row['lower']:.3g} to {row['upper']:.3g}, "
        f"{row['by']}); "
        f"explains {row['explained']:.0%}, chance {row['null_95']:.0%}"
    )
