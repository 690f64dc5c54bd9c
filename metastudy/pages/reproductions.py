"""Figures of the founding papers as files: pictures, numbers, captions, and a page of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metastudy.corpus.version import both_versions
from metastudy.errors import MetastudyError
from metastudy.pages.figures.catalogue import ITEMS, NOT_DRAWN, Item
from metastudy.pages.figures.reproduction import (
    NothingToDrawError,
    Reproduction,
    comparison_table,
)
from metastudy.pages.rendering.blocks import Block, Fold, Section, Text, draw
from metastudy.pages.rendering.plain import csv_of
from metastudy.pages.rendering.render_html import set_page
from metastudy.pages.rendering.style import to_svg
from metastudy.pages.rendering.table import Table, table_of, to_plain
from metastudy.tables.building import Step
from metastudy.tables.loading import Dataset
from metastudy.whole_file import write_whole


class FiguresError(MetastudyError):
    """Figures that cannot be written."""


@dataclass(frozen=True)
class Drawn:
    """Items that were drawn, and those of which the data holds nothing, with the reason."""

    items: tuple[tuple[Item, Reproduction], ...]
    empty: tuple[tuple[Item, str], ...]

    @property
    def sentence(self) -> str:
        """How many figures, and how many printed numbers they reach."""
        compared = [c for _, made in self.items for c in made.comparisons]
        reached = sum(c.reached for c in compared)
        works = len({item.work for item, _ in self.items})
        return (
            f"{len(self.items)} figures and tables of {works} papers. Of {len(compared)} printed "
            f"numbers {reached} are reached here to half their last digit."
        )


def draw_items(
    items: Sequence[Item], data: Dataset, step: Step = lambda _: None, *, strict: bool = False
) -> Drawn:
    """Draw some items.

    Parameters
    ----------
    step
        Called with the name of each step, for a progress display.
    strict
        Raise where the data holds nothing of an item, in place of setting it aside.

    Raises
    ------
    NothingToDrawError
        If strict.
    """
    drawn, empty = [], []
    for item in items:
        step(item.name)
        try:
            drawn.append((item, item.make(data)))
        except NothingToDrawError as error:
            if strict:
                raise NothingToDrawError(f"{item.name}: {error}") from None
            empty.append((item, str(error)))
    return Drawn(tuple(drawn), tuple(empty))


def write_figures(drawn: Drawn, data: Dataset, out: Path) -> list[Path]:
    """Write for each item ``.csv``, ``.txt`` and a picture, and ``figures.html`` of all.

    Raises
    ------
    FiguresError
        Where the folder cannot be written.
    """
    files: dict[Path, str] = {}
    for item, made in drawn.items:
        text = f"{item.heading}\n\n{made.caption()}\n"
        if made.shown is not None:
            text += f"\n{to_plain(made.shown)}\n"
        if made.comparisons:
            text += f"\n{to_plain(comparison_table(made.comparisons))}\n"
        files[out / f"{item.name}.txt"] = f"{text}\nMade by {both_versions(data.version)}.\n"
        files[out / f"{item.name}.csv"] = csv_of(made.numbers, digits=6)
        if made.picture is not None:
            files[out / f"{item.name}.svg"] = to_svg(made.picture)
    files[out / "figures.html"] = _page(drawn, data)
    return write_whole(files, out, FiguresError)


def _page(drawn: Drawn, data: Dataset) -> str:
    return set_page(
        title="metastudy: figures of the founding papers",
        heading="Figures and tables of the founding papers, drawn again",
        answer=drawn.sentence,
        made=f"Made by {both_versions(data.version)}, from {len(data.records)} printed "
        f"numbers of {len(data.studies)} works, and by metastudy.physics.",
        sections=[*(_section(item, made) for item, made in drawn.items), _rest(drawn)],
    )


def _section(item: Item, made: Reproduction) -> Section:
    blocks: list[Block] = []
    if made.picture is not None:
        blocks.append(draw(item.name, made.picture, made.caption(), made.alt, dense=made.dense))
    if made.shown is not None:
        blocks += [made.shown, Text(made.caption(), "note")]
    if made.comparisons:
        blocks.append(Fold("Printed numbers beside those here", comparison_table(made.comparisons)))
    return Section(item.name, item.heading, tuple(blocks), short=f"{item.work} {item.place}")


def _rest(drawn: Drawn) -> Section:
    rows = [{"work": i.work, "place": i.place, "reason": reason} for i, reason in drawn.empty]
    return Section("not_drawn", "What is not drawn", (not_drawn_table(rows),), short="not drawn")


def not_drawn_table(more: Sequence[dict[str, str]] = ()) -> Table:
    """Return what the papers show and nothing here draws, with the reasons."""
    rows = [{"work": n.work, "place": n.place, "reason": n.reason} for n in NOT_DRAWN]
    return table_of({"work": "paper", "place": "place", "reason": "why not"}, [*more, *rows])


def items_table() -> Table:
    """Return the names of all items with what they show."""
    columns = {"name": "name", "work": "paper", "place": "place", "title": "shows"}
    return table_of(columns, (vars(item) for item in ITEMS))
