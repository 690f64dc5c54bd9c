"""Figures and tables of the founding papers: those that are drawn, and why others are not."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metastudy.errors import MetastudyError
from metastudy.pages.figures import (
    li_2020,
    mangani_2024,
    mangani_2024_tables,
    sang_undated,
    weiss_2020,
    wu_2016,
)
from metastudy.pages.figures.reproduction import Reproduction
from metastudy.tables.loading import Dataset


class UnknownFigureError(MetastudyError):
    """A name that no figure has."""


@dataclass(frozen=True)
class Item:
    """A figure or table that is drawn: its name, paper, place and subject, and what draws it."""

    name: str
    work: str
    place: str
    title: str
    make: Callable[[Dataset], Reproduction]

    @property
    def heading(self) -> str:
        """Paper, place and subject in one line."""
        return f"{self.work}, {self.place}: {self.title}"


@dataclass(frozen=True)
class NotDrawn:
    """What a paper shows and nothing here draws, with the reason."""

    work: str
    place: str
    reason: str


WEISS, MANGANI, WU, SANG, LI = "Weiss 2020", "Mangani 2024", "Wu 2016", "Sang", "Li 2020"

ITEMS = (
    Item("weiss_2020_fig3a", WEISS, "Figure 3a", "liquid contacts, resistances",
         weiss_2020.figure_3a),
    Item("weiss_2020_fig3b", WEISS, "Figure 3b", "liquid contacts, activation energies",
         weiss_2020.figure_3b),
    Item("weiss_2020_fig4a", WEISS, "Figure 4a", "polymer contacts, resistances",
         weiss_2020.figure_4a),
    Item("weiss_2020_fig4b", WEISS, "Figure 4b", "polymer contacts, activation energies",
         weiss_2020.figure_4b),
    Item("mangani_2024_fig1a", MANGANI, "Figure 1a", "residual solvent over temperature",
         mangani_2024.figure_1a),
    Item("mangani_2024_fig1b", MANGANI, "Figure 1b", "residual solvent at 70 °C",
         mangani_2024.figure_1b),
    Item("mangani_2024_fig2", MANGANI, "Figure 2", "resistance over time",
         mangani_2024.figure_2),
    Item("mangani_2024_table1", MANGANI, "Table 1", "what solvents leach",
         mangani_2024_tables.table_1),
    Item("mangani_2024_table2", MANGANI, "Table 2", "resistance and surface of four plates",
         mangani_2024_tables.table_2),
    Item("mangani_2024_table2_order", MANGANI, "Table 2, order", "surface against resistance",
         mangani_2024_tables.table_2_order),
    Item("mangani_2024_table3", MANGANI, "Table 3", "the ceramic after contact",
         mangani_2024_tables.table_3),
    Item("wu_2016_fig3b", WU, "Figure 3b", "energy over the thickness", wu_2016.figure_3b),
    Item("wu_2016_fig3c", WU, "Figure 3c", "break-even thickness over the loading",
         wu_2016.figure_3c),
    Item("wu_2016_fig3d", WU, "Figure 3d", "energy by mass over the loading", wu_2016.figure_3d),
    Item("wu_2016_fig3e", WU, "Figure 3e", "energy by volume over the loading",
         wu_2016.figure_3e),
    Item("wu_2016_fig3f", WU, "Figure 3f", "thinner foils", wu_2016.figure_3f),
    Item("wu_2016_table1", WU, "Table 1", "parameters of the cells", wu_2016.table_1),
    Item("wu_2016_table2", WU, "Table 2", "four solid electrolytes", wu_2016.table_2),
    Item("sang_undated_fig2c", SANG, "Figure 2c", "conductivity of composites",
         sang_undated.figure_2c),
    Item("sang_undated_fig2d", SANG, "Figure 2d", "thickness of composites",
         sang_undated.figure_2d),
    Item("sang_undated_fig2e", SANG, "Figure 2e", "energy over the thickness",
         sang_undated.figure_2e),
    Item("li_2020_fig5c", LI, "Figure 5c", "carbonate on the filler of a composite",
         li_2020.figure_5c),
)  # fmt: skip

IN_FIGURE = "its numbers stand in the figure alone"
NO_NUMBERS = "a drawing without numbers"
NOT_DRAWN = (
    NotDrawn(WEISS, "Figures 1, 2", NO_NUMBERS),
    NotDrawn(WEISS, "Tables S1 to S3", "the supporting information was not read"),
    NotDrawn(WEISS, "Figure S1", "the supporting information was not read; metastudy cell "
             "simulates two- and four-point cells"),
    NotDrawn(WEISS, "equations 1 to 5", "they are functions of metastudy.physics"),
    NotDrawn(MANGANI, "Figure 1c to 1f", IN_FIGURE + "; the printed changes are in Figure 2"),
    NotDrawn(MANGANI, "Figures 3, 5, S7 to S9", "spectra by XPS, of which no file was found"),
    NotDrawn(MANGANI, "Figure 4, Table S2", "the supporting information was not read"),
    NotDrawn(MANGANI, "Figures S1, S3, S5, S6", "the supporting information was not read"),
    NotDrawn(WU, "Figures 1, 3a", NO_NUMBERS),
    NotDrawn(WU, "Figure 2", "a history of bulk conductivities, which the dataset does not hold"),
    NotDrawn(WU, "Figures 4 to 14", "micrographs, calculations and cycling of other works"),
    NotDrawn(SANG, "Figures 1a, 1b, 2a, 2b, Scheme 1", NO_NUMBERS),
    NotDrawn(SANG, "Figure 1c", IN_FIGURE),
    NotDrawn(LI, "Figures 1 to 4, 5a, 5b, 5d to 5f",
             "drawings, spectra, cycling and simulations of other works"),
)  # fmt: skip


def find(names: Sequence[str]) -> tuple[Item, ...]:
    """Return the named items in the order of the table; all where no name is given.

    Raises
    ------
    UnknownFigureError
        Where a name is not one of the table.
    """
    known = {item.name: item for item in ITEMS}
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, 3, 0.5)
            meant = f"; near it: {', '.join(close)}" if close else ""
            raise UnknownFigureError(
                f"no figure is named {name!r}{meant}; metastudy figures lists the names"
            )
    return tuple(item for item in ITEMS if not names or item.name in names)
