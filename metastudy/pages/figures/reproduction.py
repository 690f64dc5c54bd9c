"""A figure or table of a paper drawn again: picture or table, its numbers, its caption."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from metastudy.errors import MetastudyError
from metastudy.pages.rendering.table import Head, Table, table_of

PRINTED = Path(__file__).parent / "printed.csv"


class NothingToDrawError(MetastudyError):
    """Data that holds nothing of a figure."""


@dataclass(frozen=True)
class PrintedNumber:
    """A number of a paper: what it is, its unit, the place value of its last digit, its page."""

    what: str
    value: float
    unit: str
    digit: float
    place: str


@dataclass(frozen=True)
class Comparison:
    """A printed number beside the one that is drawn; None where nothing is drawn for it."""

    printed: PrintedNumber
    here: float | None

    @property
    def reached(self) -> bool:
        """Whether the drawn number is within half a unit of the last printed digit."""
        if self.here is None:
            return False
        # the binary form of a decimal number must not decide a tie
        return abs(self.here - self.printed.value) <= 0.5 * self.printed.digit * (1 + 1e-9)


@dataclass(frozen=True)
class Reproduction:
    """What is drawn of one figure or table of a paper.

    Attributes
    ----------
    numbers
        One row for each mark, curve point or cell: what the CSV holds.
    picture
        The figure; None where a table is shown.
    shown
        The table; None where a figure is shown.
    signs
        What the marks mean, in one or two sentences.
    counts
        How many numbers are of which kind: measured, lent activation energy, bounded and so on.
    missing
        What the original shows and this one does not.
    comparisons
        Printed numbers beside the drawn ones.
    alt
        The picture in words, for those who do not see it.
    dense
        Whether a narrow screen pans over the picture, because it has many small marks.
    """

    numbers: pd.DataFrame
    signs: str
    counts: Mapping[str, int]
    missing: str
    picture: Figure | None = None
    shown: Table | None = None
    comparisons: tuple[Comparison, ...] = ()
    alt: str = ""
    dense: bool = False

    def caption(self) -> str:
        """Return signs, counts, what is missing, and how many printed numbers are reached."""
        counted = "; ".join(f"{kind}: {number}" for kind, number in self.counts.items())
        parts = [self.signs, f"{counted[:1].upper()}{counted[1:]}."]
        parts += [f"Missing against the original: {self.missing}."] if self.missing else []
        return " ".join([*parts, self._reached()])

    def _reached(self) -> str:
        if not self.comparisons:
            return "No number here is both printed and computed."
        reached = [c for c in self.comparisons if c.reached]
        return (
            f"Printed values reached, to half their last digit: {len(reached)} of "
            f"{len(self.comparisons)}."
        )


def printed_numbers(item: str) -> tuple[PrintedNumber, ...]:
    """Return the printed numbers that belong to a figure and are not in the dataset."""
    with PRINTED.open(encoding="utf-8", newline="") as file:
        return tuple(
            PrintedNumber(
                row["what"],
                float(row["printed"]),
                row["unit"],
                float(row["digit"]),
                row["place"],
            )
            for row in csv.DictReader(file)
            if row["item"] == item
        )


def compare(item: str, here: Mapping[str, float]) -> tuple[Comparison, ...]:
    """Set the printed numbers of a figure beside those drawn, which are named as in print."""
    return tuple(Comparison(p, here.get(p.what)) for p in printed_numbers(item))


def comparison_table(comparisons: tuple[Comparison, ...]) -> Table:
    """Return printed and drawn numbers as a table."""
    columns: dict[str, str | Head] = {
        "what": "what",
        "printed": "printed",
        "here": "here",
        "unit": "unit",
        "reached": "reached",
        "place": "place",
    }
    rows = (
        {
            "what": c.printed.what,
            "printed": f"{c.printed.value:g}",
            "here": None if c.here is None else float(c.here),
            "unit": c.printed.unit,
            "reached": c.reached,
            "place": c.printed.place,
        }
        for c in comparisons
    )
    return table_of(columns, rows, ("printed", "here"))
