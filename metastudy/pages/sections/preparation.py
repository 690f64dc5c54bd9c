"""The section on preparations that works varied on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metastudy.answers.preparation import Preparation, Spread, sentence
from metastudy.answers.scatter import NO_LIMIT_DEX
from metastudy.pages.rendering.blocks import Block, Fold, Section, Text, rows_of
from metastudy.pages.rendering.table import Table, table_of


def preparation_section(found: Preparation) -> Section:
    """Show the spread with and without the work that moves it most, and what it rests on."""
    blocks: list[Block] = [Text(sentence(found)), spread_table(found)]
    if found.shift is not None:
        shift, low, high = found.shift
        blocks.append(
            Text(
                f"Treated over reference: {shift:.2f} dex on average ({low:.2f} to {high:.2f}); "
                f"about this shift the standard deviation is {found.shifted_sd:.2f} dex."
            )
        )
    if found.all_works.sd is not None:
        blocks += [
            Text("The standard deviation (dex) under half-t priors of three scales:"),
            priors_table(found),
            *_no_limit(found),
        ]
    blocks += [
        Text("Each work alone; one contrast a treatment, log10 of treated over reference:"),
        works_table(found),
        Text("The standard deviation where an arm repeats to another share of its resistance:"),
        table_of(
            {"repeatability": "repeats to", "sd": "SD (dex)"},
            [
                {"repeatability": f"{100 * row['repeatability']:.0f} %", "sd": row["sd"]}
                for row in rows_of(found.sensitivity)
            ],
            ("sd",),
        ),
        Text(
            "Treatments are chosen for effect and published when they work, and the reference is "
            "mostly the worst arm: this is no measure of what laboratories do unintended. The wide "
            "interval is of a model in which each work has a standard deviation of its own.",
            "note",
        ),
        Fold("Every contrast used", contrasts_table(found)),
        Fold("Contrasts that are not used, and why", left_out_table(found)),
    ]
    return Section("preparation", "Preparation varied on purpose", tuple(blocks))


def spread_table(found: Preparation) -> Table:
    """Show both spreads: counts, standard deviation, two intervals."""
    rows = [_spread_row("all works", found.all_works)]
    if found.without is not None:
        rows.append(_spread_row(f"without {found.moved_by}", found.without))
    columns = {
        "of": "works",
        "sd": "SD (dex)",
        "ratio": "median ratio of two",
        "by_work": "95 %, works differ",
        "common": "95 %, one SD for all",
        "exact": "two-sided",
        "bounded": "bounds",
        "works": "number of works",
    }
    return table_of(columns, rows, tuple(columns)[1:], title="Preparation varied on purpose")


def _spread_row(name: str, spread: Spread) -> Mapping[str, Any]:
    return {
        "of": name,
        "sd": spread.sd,
        "ratio": spread.median_ratio,
        "by_work": _ends(spread.by_work),
        "common": _ends(spread.common),
        "exact": spread.exact,
        "bounded": spread.bounded,
        "works": spread.works,
    }


def _ends(ends: tuple[float, float] | None) -> str:
    if ends is None:
        return "–"
    return f"{ends[0]:.2f} to " + ("no limit" if ends[1] > NO_LIMIT_DEX else f"{ends[1]:.2f}")


def _no_limit(found: Preparation) -> list[Block]:
    """Say why an interval has no upper limit, where one has none."""
    ends = [s.by_work for s in (found.all_works, found.without) if s is not None and s.by_work]
    if all(upper <= NO_LIMIT_DEX for _, upper in ends):
        return []
    return [
        Text(
            "No limit: if works differ in their scatter, so few do not exclude that some scatter "
            "much more than those seen. The upper ends of the table above come from the priors, "
            "not from the data.",
            "note",
        )
    ]


def priors_table(found: Preparation) -> Table:
    """Show the standard deviation under half-t priors of three scales."""
    columns = {
        "of": "works",
        "scale": "prior scale (dex)",
        "alike": "median (95 %), one SD for all",
        "differ": "median (95 %), works differ",
    }
    wide = found.posterior.assign(
        text=[
            f"{row['median']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
            for row in rows_of(found.posterior)
        ]
    ).pivot(index=["of", "scale"], columns="works", values="text")
    title = "Preparation varied on purpose under half-t priors"
    return table_of(columns, rows_of(wide.reset_index()), ("scale", "alike", "differ"), title=title)


def works_table(found: Preparation) -> Table:
    """Show the contrasts of each work and the standard deviation of each alone."""
    columns = {
        "study_id": "work",
        "exact": "two-sided",
        "bounded": "bounds",
        "sd": "own SD (dex)",
        "lowest": "lowest (dex)",
        "highest": "highest (dex)",
    }
    return table_of(columns, rows_of(found.by_work), tuple(columns)[1:], title="Each work alone")


def contrasts_table(found: Preparation) -> Table:
    """Show the contrast of each treatment."""
    columns = {
        "treated": "treated",
        "reference": "reference",
        "system": "contact",
        "state_kind": "state",
        "lo": "lowest (dex)",
        "hi": "highest (dex)",
        "records": "records",
    }
    return table_of(columns, rows_of(found.contrasts), ("lo", "hi"))


def left_out_table(found: Preparation) -> Table:
    """Show the contrasts that are not used, with their reasons."""
    columns = {"treated": "treated", "reference": "reference", "reason": "reason"}
    return table_of({**columns, "records": "records"}, rows_of(found.left_out))
