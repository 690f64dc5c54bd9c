"""Sang, Figure 2c to 2e: composite electrolytes by support, as far as numbers are printed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from metastudy.pages.figures.reproduction import Reproduction, compare, printed_numbers
from metastudy.pages.rendering.style import COLOURS, GREY, house_style, new_figure
from metastudy.physics.energy_density import liquid_cell, solid_cell
from metastudy.tables.loading import Dataset

MS_PER_S, UM_PER_CM = 1e3, 1e4
WITH, WITHOUT, AT_HAND = "with support", "without support", "in the dataset"
ROWS = {WITH: 0, WITHOUT: 1, AT_HAND: 2}
# g cm-3: of the lightest electrolyte of Wu 2016 and of a garnet; composites lie between
DENSITIES = {"2 g cm$^{-3}$": 2.0, "5 g cm$^{-3}$": 5.0}
LOADING = 19.5  # mg cm-2 of NCA, Wu 2016
LIQUID_LOADING = 15.0
WANTED_UM = 20.0  # the thickness that section 2 asks for
OF_BATTERY_UM = 15.0  # reference 19, whose batteries reach the highest energy
SOURCES = "the points of the 34 works behind panels c to e, which are not printed as numbers"


def figure_2c(data: Dataset) -> Reproduction:
    """Draw the conductivities of composites by support."""
    printed = {p.what: p.value for p in printed_numbers("sang_undated_fig2c")}
    own = _composites(data, "conductivity")
    rows = [
        _row(WITH, "mean", printed["mean conductivity, with support"]),
        _row(WITH, "lowest", printed["lowest conductivity, with support"]),
        _row(WITH, "highest", printed["highest conductivity, with support"]),
        _row(WITH, "Li3InCl6 in glass fibre", printed["Li3InCl6 in glass fibre"]),
        *(
            _row(AT_HAND, str(record), MS_PER_S * value, temperature)
            for record, value, temperature in zip(
                own["record_id"], own["value"], own["temperature_c"], strict=True
            )
        ),
    ]
    numbers = pd.DataFrame(rows)
    with house_style():
        picture = new_figure(2.4)
        axes = picture.subplots()
        axes.plot(
            [numbers["value"].iloc[1], numbers["value"].iloc[2]], [0, 0], "|-", color=COLOURS[0]
        )
        axes.plot(numbers["value"].iloc[0], 0, "D", color=COLOURS[0], label="mean")
        axes.plot(numbers["value"].iloc[3], 0, "o", color=COLOURS[0], label="one composite")
        for row in rows[4:]:
            axes.plot(row["value"], ROWS[AT_HAND], "o", color=COLOURS[1])
        axes.set_xscale("log")
        _by_support(axes)
        axes.set_xlabel("conductivity (mS cm$^{-1}$)")
        picture.legend(loc="outside lower center", ncols=2)
    return Reproduction(
        numbers=numbers,
        signs="Line: printed range; diamond: printed mean; blue dot: the one composite of which "
        "the text prints a value; orange: composites of the dataset, at temperatures in the CSV.",
        counts={"printed in the text": 4, "from the dataset": len(own)},
        missing=f"{SOURCES}, and everything without support",
        picture=picture,
        comparisons=compare("sang_undated_fig2c", {}),
        alt="Conductivities of composite electrolytes, with support around 1 mS/cm.",
    )


def figure_2d(data: Dataset) -> Reproduction:
    """Draw the thicknesses of composites by support."""
    printed = {p.what: p.value for p in printed_numbers("sang_undated_fig2d")}
    own = _composites(data, "thickness")
    rows = [
        _row(WITH, "mean", printed["mean thickness, with support"]),
        _row(WITHOUT, "mean", printed["mean thickness, without support"]),
        _row(WITHOUT, "mean, again", printed["mean thickness, without support, again"]),
        _row(WITHOUT, "lowest", printed["lowest thickness, without support"]),
        _row(WITHOUT, "highest", printed["highest thickness, without support"]),
        *(
            _row(AT_HAND, str(record), UM_PER_CM * value)
            for record, value in zip(own["record_id"], own["value"], strict=True)
        ),
    ]
    numbers = pd.DataFrame(rows)
    with house_style():
        picture = new_figure(2.4)
        axes = picture.subplots()
        ends = [printed[f"{end} thickness, without support"] for end in ("lowest", "highest")]
        axes.plot(ends, [1, 1], "|-", color=COLOURS[0])
        for row in rows[:3]:
            axes.plot(row["value"], ROWS[str(row["support"])], "D", color=COLOURS[0])
        for row in rows[5:]:
            axes.plot(row["value"], ROWS[AT_HAND], "o", color=COLOURS[1])
        axes.axvline(WANTED_UM, color=GREY, ls="--")
        axes.text(
            WANTED_UM, 1.0, " wanted", transform=axes.get_xaxis_transform(),
            fontsize=7.5, color=GREY, va="top",
        )  # fmt: skip
        axes.set_xlim(left=0.0)
        _by_support(axes)
        axes.set_xlabel("thickness (µm)")
    return Reproduction(
        numbers=numbers,
        signs="Line: printed range; diamonds: printed means, of which two contradict each other "
        "without support; dashed: the thickness that the text asks for.",
        counts={"printed in the text": 5, "from the dataset": len(own)},
        missing=SOURCES,
        picture=picture,
        comparisons=compare("sang_undated_fig2d", {}),
        alt="Composites with support are thicker than those without.",
    )


def figure_2e(_: Dataset) -> Reproduction:
    """Draw the specific energy over the thickness of the electrolyte."""
    thickness = np.linspace(5.0, 200.0, 79)
    numbers = pd.DataFrame({"thickness_um": thickness})
    (highest,) = printed_numbers("sang_undated_fig2e")
    with house_style():
        picture = new_figure(3.2)
        axes = picture.subplots()
        for colour, (word, density) in zip(COLOURS, DENSITIES.items(), strict=False):
            energy = [solid_cell(LOADING, um, density).specific for um in thickness]
            numbers[f"wh_kg_at_{density:g}_g_cm3"] = energy
            axes.plot(thickness, energy, color=colour, label=f"computed, {word}")
        liquid = liquid_cell(LIQUID_LOADING).specific
        axes.axhline(liquid, color=GREY, ls="--", label="liquid cell, computed")
        axes.plot(OF_BATTERY_UM, highest.value, "D", color="black", label="highest of the text")
        axes.set_xlabel("thickness of the electrolyte (µm)")
        axes.set_ylabel("Wh kg$^{-1}$")
        picture.legend(loc="outside lower center", ncols=2)
    here = solid_cell(LOADING, OF_BATTERY_UM, DENSITIES["5 g cm$^{-3}$"]).specific
    return Reproduction(
        numbers=numbers,
        signs="Lines: the cell of Wu 2016 with 19.5 mg/cm² NCA and lithium, without packaging, "
        "for electrolytes of two densities; diamond: the highest printed energy, at the thickness "
        "of the membranes of the same reference, which the text does not tie to it.",
        counts={"computed curves": len(DENSITIES), "printed in the text": 1},
        missing=SOURCES,
        picture=picture,
        comparisons=compare("sang_undated_fig2e", {"highest specific energy": here}),
        alt="The specific energy falls with the thickness of the electrolyte.",
    )


def _row(
    support: str, what: str, value: float, temperature_c: float | None = None
) -> dict[str, Any]:
    return {"support": support, "what": what, "value": value, "temperature_c": temperature_c}


def _composites(data: Dataset, quantity: str) -> pd.DataFrame:
    """Return the values of composites: samples that their curator named so."""
    rows = data.records
    named = rows["sample_id"].fillna("").str.contains("composite", regex=False)
    return rows[named & (rows["quantity"] == quantity) & rows["value"].notna()]


def _by_support(axes: Axes) -> None:
    axes.set_yticks(list(ROWS.values()), list(ROWS))
    axes.set_ylim(len(ROWS) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
