"""The section on the scatter between reference arms."""

from __future__ import annotations

from metastudy.answers.scatter import NO_LIMIT_DEX, Scatter, lab_split, sensitivity, sentence
from metastudy.pages.rendering.blocks import Block, Section, Text, Warnings, rows_of
from metastudy.pages.rendering.table import table_of


def scatter_section(found: Scatter) -> Section:
    """Show the levels of the scatter, their warnings, and the second table."""
    levels = [
        {
            "level": level.name,
            "sd": level.sd or None,
            "interval": _interval(level.lower, level.upper),
            "ratio": level.median_ratio if level.sd else None,
            "span": level.span if level.sd else None,
            "df": level.df,
            "note": level.note,
        }
        for level in found.levels
    ]
    split, split_warnings = lab_split(found.rows)
    blocks: list[Block] = [
        Text(sentence(found)),
        Text(
            f"Reference arms only, on the rung “{found.rung.rung.name}”. "
            + (
                "It carries the headline."
                if found.carried
                else "No rung carries the headline; this is the loosest, for its total."
            )
        ),
        table_of(
            {
                "level": "level",
                "sd": "SD (dex)",
                "interval": "95 % profile",
                "ratio": "median ratio of two",
                "span": "95 % span",
                "df": "df",
                "note": "remark",
            },
            levels,
            ("sd", "interval", "ratio", "span", "df"),
        ),
        Text(
            f"{found.rung.rows} values and {found.rung.bounds} bounds in {found.rung.all_works} "
            f"works, {found.rung.works} of them with another value to compare with. Model: log10 R "
            "~ 1 + (1 | system) + (1 | work/observation), known covariance V, bounds in the "
            "likelihood, REML.",
            "note",
        ),
        Warnings(found.warnings),
        Text("In these warnings variances are in dex², sd in dex.", "note"),
        Text("The total under other treatments of the rows:"),
        table_of(
            {"variant": "variant", "total_sd": "total SD (dex)"},
            rows_of(sensitivity(found.rows, found.fitted_total_sd)),
            ("total_sd",),
        ),
        Text("Lab against study, and sample against preparation, with what the data can tell:"),
    ]
    if split is not None:
        rows = [
            {**row, "interval": _interval(row["lower"], row["upper"])} for row in rows_of(split)
        ]
        columns = {
            "component": "component",
            "sd": "SD (dex)",
            "interval": "95 % profile",
            "levels": "levels",
        }
        blocks.append(table_of(columns, rows, ("sd", "interval", "levels")))
    blocks.append(Warnings(split_warnings))
    return Section("scatter", "Scatter between reference arms", tuple(blocks))


def _interval(lower: float | None, upper: float | None) -> str:
    if lower is None or upper is None:
        return "–"
    return f"{lower:.2f} to " + (f"{upper:.2f}" if upper <= NO_LIMIT_DEX else "no limit")
