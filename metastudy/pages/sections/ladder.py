"""The ladder of strictness: its table, its picture, and its section of the report."""

from __future__ import annotations

from collections.abc import Sequence

from metastudy.answers.scatter import RungCount, Scatter
from metastudy.pages.figures.strips import ladder_figure
from metastudy.pages.rendering.blocks import FigureBlock, Section, Text, draw, rows_of
from metastudy.pages.rendering.table import Table, table_of

REPORT_HEADS = {
    "rung": "nominally the same",
    "rows": "rows",
    "bounds": "bounds",
    "systems": "groups",
    "shared": "in several works",
    "works": "works with a pair",
    "df": "df",
    "within": "df within works",
    "sd": "SD of values alone (dex)",
}
COVERAGE_HEADS = {
    "rung": "nominally the same",
    "rows": "rows",
    "bounds": "bounds beside them",
    "systems": "groups",
    "shared": "groups in several works",
    "works": "works with a pair",
    "df": "df",
    "between": "df between works",
    "within": "df within works",
    "sd": "SD of values alone (dex)",
}


def ladder_table(ladder: Sequence[RungCount], heads: dict[str, str]) -> Table:
    """Return rows, works and degrees of freedom on each rung."""
    rows = [
        {
            "rung": rung.rung.name,
            "rows": rung.rows,
            "bounds": rung.bounds,
            "systems": rung.systems,
            "shared": rung.shared_systems,
            "works": rung.works,
            "df": rung.df_total,
            "between": rung.df_between,
            "within": rung.df_within,
            "sd": rung.total_sd,
        }
        for rung in ladder
    ]
    return table_of(heads, rows, tuple(heads)[1:])


def ladder_picture(ladder: Sequence[RungCount]) -> FigureBlock:
    """Return the total standard deviation on each rung, drawn."""
    return draw(
        "ladder",
        ladder_figure(ladder),
        "Standard deviation of the values alone as nominally the same tightens; no model and "
        "no bounds.",
        "Standard deviation of the values in decades for each rung of the ladder.",
    )


def ladder_section(found: Scatter) -> Section:
    """Show every rung of the ladder, and the ratios of pairs."""
    pairs = {
        "same": "same",
        "relation": "relation",
        "pairs": "pairs",
        "median_ratio": "median ratio",
        "largest_ratio": "largest ratio",
    }
    return Section(
        "ladder",
        "The ladder of strictness",
        (
            ladder_table(found.ladder, REPORT_HEADS),
            ladder_picture(found.ladder),
            Text("Ratios of pairs of reference arms, by what the two have in common:"),
            table_of(pairs, rows_of(found.pairs), ("pairs", "median_ratio", "largest_ratio")),
        ),
    )
