"""The section on treatments: what they do on average, with age, and one by one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from metastudy.answers.pooled_treatments import PooledTreatments
from metastudy.errors import MetastudyError
from metastudy.pages.figures.many_rows import SHARED, are_many
from metastudy.pages.figures.treatments import treatments_figure
from metastudy.pages.rendering.blocks import Block, FigureBlock, Fold, Section, Text, draw, rows_of
from metastudy.pages.rendering.table import Head, Table, table_of
from metastudy.whole_file import write_whole


def treatments_section(found: PooledTreatments) -> Section:
    """Show shifts by family, the forest, the ageing table, and every contrast."""
    blocks: list[Block] = [Text(sentence(found)), shifts_table(found)]
    if len(found.contrasts):
        blocks.append(treatments_picture(found))
    if len(found.ageing):
        blocks += [
            Text("Treatments that were measured fresh and aged, in other cells:"),
            ageing_table(found),
        ]
    blocks.append(Fold("Every contrast, by family", contrasts_table(found)))
    return Section("treatments", "What treatments do", tuple(blocks))


def sentence(found: PooledTreatments) -> str:
    """Say the mean shift and what a new treatment may do, or what is missing for that."""
    everything = found.shifts.iloc[0]
    if pd.isna(everything["shift"]):
        return f"The mean effect of treatments cannot be said: {everything['missing']}."
    factor, low, high = (10 ** everything[name] for name in ("shift", "lower", "upper"))
    new = [10 ** everything[name] for name in ("predicted_lower", "predicted_upper")]
    return (
        f"Treatments, as published, leave {_share(factor)} of the resistance on average "
        f"({_share(low)} to {_share(high)}, 95 %; {everything['contrasts']} treatments in "
        f"{everything['works']} works); one new treatment may leave {_share(new[0])} to "
        f"{_share(new[1])}.{_without(found)}"
    )


def _without(found: PooledTreatments) -> str:
    """Say the mean without the work that moves it most."""
    rest = found.shifts[found.shifts["family"].str.startswith("all without")]
    if rest.empty or pd.isna(rest["shift"].iloc[0]):
        return ""
    row = rest.iloc[0]
    name = row["family"].removeprefix("all without ")
    factor, low, high = (10 ** row[end] for end in ("shift", "lower", "upper"))
    return f" Without {name} they leave {_share(factor)} ({_share(low)} to {_share(high)})."


def _share(ratio: float) -> str:
    return f"{100 * ratio:.2g} %" if ratio < 1 else f"{ratio:.2g} times"


def shifts_table(found: PooledTreatments) -> Table:
    """Set the shifts by family."""
    columns: dict[str, str | Head] = {
        "family": "treatments",
        "contrasts": Head("contrasts", number=True),
        "works": Head("works", number=True),
        "shift": Head("mean shift (dex)", number=True),
        "interval": Head("95 %", number=True),
        "predicted": Head("a new treatment", number=True),
        "range": Head("lowest to highest", number=True),
        "missing": Head("missing", ratio=2),
    }
    rows = (
        {
            **row,
            "interval": _ends(row, "lower", "upper"),
            "predicted": _ends(row, "predicted_lower", "predicted_upper"),
            "range": _ends(row, "lowest", "highest"),
        }
        for row in rows_of(found.shifts)
    )
    return table_of(columns, rows, title="Shifts by family of treatment")


def _ends(row: Mapping[Any, Any], low: str, high: str) -> str:
    if pd.isna(row[low]) and pd.isna(row[high]):
        return "–"
    words = ("open" if pd.isna(row[name]) else f"{row[name]:.2f}" for name in (low, high))
    return " to ".join(words)


def ageing_table(found: PooledTreatments) -> Table:
    """Set the contrasts of one treatment, fresh and aged."""
    columns = {
        "treated": "treated",
        "reference": "reference",
        "fresh": "fresh (dex)",
        "aged": "aged (dex)",
        "difference": "difference (dex)",
    }
    return table_of(
        columns, rows_of(found.ageing), tuple(columns)[2:], title="Treatments fresh and aged"
    )


def contrasts_table(found: PooledTreatments) -> Table:
    """Set every contrast with its family."""
    columns = {
        "family": "family",
        "treated": "treated",
        "reference": "reference",
        "treatments": "treatments",
        "lo": "lowest (dex)",
        "hi": "highest (dex)",
        "records": "records",
    }
    return table_of(columns, rows_of(found.contrasts), ("lo", "hi"))


def treatments_picture(found: PooledTreatments) -> FigureBlock:
    """Draw the forest."""
    caption = (
        "One contrast a treatment, bars: 95 % of the error of two arms (15 % each); arrows and "
        "thin bars: bounds and ranges. Diamond: mean shift, line: a new treatment."
    )
    if are_many(found.contrasts):
        shared = SHARED.format(what="family of treatments", count=len(found.contrasts))
        caption = f"One contrast a treatment. {shared} Diamond: mean shift with its 95 % interval."
    return draw(
        "treatments",
        treatments_figure(found),
        caption,
        "Forest of log ratios of treated over reference contacts, with the mean shift.",
    )


class PictureError(MetastudyError):
    """A picture that cannot be written."""


def write_picture(found: PooledTreatments, out: Path) -> list[Path]:
    """Write ``treatments.svg``; it appears whole or not at all.

    Raises
    ------
    PictureError
        Where there is no treatment to draw, or the folder cannot be written.
    """
    if found.contrasts.empty:
        raise PictureError("no treatment with a limit is among these rows; nothing was drawn")
    return write_whole({out / "treatments.svg": treatments_picture(found).svg}, out, PictureError)
