"""Wu 2016: energy density of a cell with a solid electrolyte, computed by the physics room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metastudy.pages.figures.reproduction import (
    Comparison,
    Reproduction,
    compare,
    printed_numbers,
)
from metastudy.pages.rendering.style import COLOURS, GREY, house_style, new_figure
from metastudy.pages.rendering.table import table_of
from metastudy.physics.energy_density import (
    Materials,
    Measure,
    UnitAreaCell,
    break_even_um,
    liquid_cell,
    parity_loading_mg_cm2,
    solid_cell,
)
from metastudy.tables.loading import Dataset

DENSITIES = {"LLZO": 5.0, "LATP": 3.0, "LGPS": 2.0}  # g cm-3, section 3
LIQUID_LOADING, SOLID_LOADING = 15.0, 19.5  # mg cm-2, section 3: both cathodes about 60 um thick
CATHODE_UM = 60.0
THICKNESSES = (20.0, 50.0, 100.0, 150.0)  # um of LLZO, named in Table 1 and section 3
LOADINGS = np.linspace(1.0, 50.0, 50)  # mg cm-2
UNITS: Mapping[Measure, str] = {"specific": "Wh kg$^{-1}$", "volumetric": "Wh L$^{-1}$"}
NOT_PRINTED = (
    "Graphite is taken at 360 mAh/g, which is not printed and gives the printed liquid cell."
)
CURVES = "the printed curves themselves, which stand in the figure alone"


def figure_3b(_: Dataset) -> Reproduction:
    """Draw both energy densities over the thickness of the solid electrolyte."""
    liquid = liquid_cell(LIQUID_LOADING)
    thickness = np.linspace(0.0, 200.0, 81)
    numbers = pd.DataFrame({"thickness_um": thickness})
    half = {}
    by_mass = {}
    for name, density in DENSITIES.items():
        cells = [_at(SOLID_LOADING, um, density) for um in thickness]
        numbers[f"{name}_wh_kg"] = [cell.specific for cell in cells]
        bare = _at(SOLID_LOADING, 0.0, density)
        by_mass[name] = break_even_um(bare, liquid.specific, density)
        half[name] = break_even_um(bare, 1.5 * liquid.specific, density)
    numbers["any_wh_l"] = [_at(SOLID_LOADING, um).volumetric for um in thickness]
    numbers["liquid_wh_kg"], numbers["liquid_wh_l"] = liquid.specific, liquid.volumetric
    by_volume = break_even_um(_at(SOLID_LOADING, 0.0), liquid.volumetric)
    here = {
        "specific energy, liquid cell": liquid.specific,
        "energy density, liquid cell": liquid.volumetric,
        "break-even by volume": by_volume,
        **{f"break-even by mass, {name}": um for name, um in by_mass.items()},
        **{f"50 % more by mass, {name}": um for name, um in half.items()},
    }
    with house_style():
        picture = new_figure(4.8)
        mass, volume = picture.subplots(2, 1, sharex=True)
        for colour, name in zip(COLOURS, DENSITIES, strict=False):
            mass.plot(thickness, numbers[f"{name}_wh_kg"], color=colour, label=name)
            mass.plot(by_mass[name], liquid.specific, "o", color=colour)
        volume.plot(thickness, numbers["any_wh_l"], color=COLOURS[3], label="any solid")
        volume.plot(by_volume, liquid.volumetric, "o", color=COLOURS[3])
        _finish(mass, "specific", liquid)
        _finish(volume, "volumetric", liquid)
        mass.legend()
        volume.legend()
        volume.set_xlabel("thickness of the solid electrolyte (µm)")
    return _computed(
        "wu_2016_fig3b",
        numbers,
        picture,
        "Lines: cells of 19.5 mg/cm² NCA in a cathode of 60 µm; dashed: the liquid cell; dots: the "
        f"break-even thickness. {NOT_PRINTED}",
        here,
        alt="Energy by mass and by volume falls with the thickness of the solid electrolyte.",
    )


def figure_3c(_: Dataset) -> Reproduction:
    """Draw the break-even thickness over the loading."""
    liquid = liquid_cell(LIQUID_LOADING)
    numbers = pd.DataFrame({"loading_mg_cm2": LOADINGS})
    for name, density in DENSITIES.items():
        numbers[f"{name}_by_mass_um"] = [
            break_even_um(solid_cell(m, 0.0, density), liquid.specific, density) for m in LOADINGS
        ]
    numbers["any_by_volume_um"] = [
        break_even_um(solid_cell(m, 0.0), liquid.volumetric) for m in LOADINGS
    ]
    here = {
        f"break-even by mass, LLZO, {m:g} mg/cm2": break_even_um(
            solid_cell(m, 0.0), liquid.specific, DENSITIES["LLZO"]
        )
        for m in (10.0, 50.0)
    }
    with house_style():
        picture = new_figure(3.4)
        axes = picture.subplots()
        for colour, name in zip(COLOURS, DENSITIES, strict=False):
            axes.plot(LOADINGS, numbers[f"{name}_by_mass_um"], color=colour, label=f"{name}, mass")
        axes.plot(LOADINGS, numbers["any_by_volume_um"], color=COLOURS[3], label="any, volume")
        printed = [p.value for p in printed_numbers("wu_2016_fig3c")]
        axes.plot([10.0, 50.0], printed, "s", mfc="white", color=COLOURS[0], label="LLZO, printed")
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel("NCA (mg cm$^{-2}$)")
        axes.set_ylabel("break-even thickness (µm)")
        axes.legend()
    return _computed(
        "wu_2016_fig3c",
        numbers,
        picture,
        "Lines: thickness at which the solid cell has the energy of the liquid cell of 15 mg/cm²; "
        "squares: printed. The printed pair belongs to a liquid cell of about 255 Wh/kg, not to "
        f"the printed 264. {NOT_PRINTED}",
        here,
        alt="The break-even thickness rises linearly with the loading.",
    )


def figure_3d(_: Dataset) -> Reproduction:
    """Draw the energy by mass over the loading, for some thicknesses of LLZO."""
    return _over_loading("wu_2016_fig3d", "specific", {})


def figure_3e(_: Dataset) -> Reproduction:
    """Draw the energy by volume over the loading, for some thicknesses of LLZO."""
    goal = liquid_cell(LIQUID_LOADING).volumetric
    parity = parity_loading_mg_cm2(goal, 100.0, measure="volumetric")
    return _over_loading(
        "wu_2016_fig3e", "volumetric", {"loading of parity by volume, 100 µm LLZO": parity}
    )


def figure_3f(_: Dataset) -> Reproduction:
    """Draw the gain of a cell without copper and with half the aluminium."""
    numbers = pd.DataFrame({"loading_mg_cm2": LOADINGS})
    gains: dict[str, float] = {}
    with house_style():
        picture = new_figure(4.8)
        parts = picture.subplots(2, 1, sharex=True)
        for axes, measure, word in zip(parts, UNITS, ("by mass", "by volume"), strict=True):
            plain = [_energy(solid_cell(m, THICKNESSES[0]), measure) for m in LOADINGS]
            light = [_energy(_light(m), measure) for m in LOADINGS]
            numbers[f"plain_{measure}"], numbers[f"light_{measure}"] = plain, light
            axes.plot(LOADINGS, plain, color=COLOURS[0], label="10 µm Al, 5 µm Cu")
            axes.plot(LOADINGS, light, color=COLOURS[1], label="5 µm Al, no Cu")
            _finish(axes, measure, liquid_cell(LIQUID_LOADING))
            for place in (0, -1):
                gain = 100.0 * (light[place] / plain[place] - 1.0)
                gains[f"gain {word}, {LOADINGS[place]:g} mg/cm2"] = gain
        parts[-1].set_xlabel("NCA (mg cm$^{-2}$)")
        picture.legend(*parts[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return _computed(
        "wu_2016_fig3f",
        numbers,
        picture,
        "Lines: cells with 20 µm LLZO and the foils of the legend; dashed: the liquid cell of "
        "15 mg/cm².",
        gains,
        alt="Thinner foils raise both energy densities, most at low loading.",
    )


def table_1(_: Dataset) -> Reproduction:
    """Show the parameters of the model beside the printed ones."""
    m = Materials()
    here = {
        "NCA, liquid cell": 100 * m.liquid_cathode.fractions["NCA"],
        "carbon, liquid cell": 100 * m.liquid_cathode.fractions["carbon"],
        "binder, liquid cell": 100 * m.liquid_cathode.fractions["binder"],
        "graphite, liquid cell": 100 * m.liquid_anode.fractions["graphite"],
        "separator": m.separator_um,
        "NCA, solid cell": 100 * m.solid_cathode.fractions["NCA"],
        "carbon, solid cell": 100 * m.solid_cathode.fractions["carbon"],
        "solid electrolyte in the cathode, solid cell": 100 * m.solid_cathode.fractions["solid"],
        **{f"density of {name}": value for name, value in m.density.items()},
        "pores of the cathode, liquid cell": 100 * m.liquid_cathode.porosity,
        "pores of the anode, liquid cell": 100 * m.liquid_anode.porosity,
        "pores of the separator": 100 * m.separator_porosity,
        "pores of the cathode, solid cell": 100 * m.solid_cathode.porosity,
        "pores of the lithium": 100 * m.lithium_porosity,
        "excess of the anode": 100 * (m.excess - 1.0),
        "capacity of NCA": m.nca_mah_g,
        "capacity of graphite": m.graphite_mah_g,
        "capacity of lithium": m.lithium_mah_g,
        "voltage": m.voltage_v,
        "aluminium foil": m.aluminium_um,
        "copper foil": m.copper_um,
    }
    comparisons = compare("wu_2016_table1", here)
    printed = {c.printed.what: c.printed for c in comparisons}
    rows = [
        {
            "parameter": what,
            "printed": f"{printed[what].value:g}" if what in printed else None,
            "here": f"{value:g}",
            "unit": printed[what].unit if what in printed else _unit(what),
        }
        for what, value in here.items()
    ]
    return Reproduction(
        numbers=pd.DataFrame(rows),
        signs="The parameters of the model; a dash is a number that the paper does not print. "
        "The thickness of the solid electrolyte, 20 µm in the table, is an argument.",
        counts={"parameters": len(rows), "not printed": len(rows) - len(comparisons)},
        missing="",
        shown=table_of(
            {"parameter": "parameter", "printed": "printed", "here": "here", "unit": "unit"},
            rows,
            ("printed", "here"),
        ),
        comparisons=comparisons,
    )


def table_2(data: Dataset) -> Reproduction:
    """Show four solid electrolytes: printed conductivities and limits beside those at hand."""
    liquid = liquid_cell(LIQUID_LOADING)
    here = dict(_conductivities(data))
    for name in ("LLZO", "LGPS"):
        bare = _at(SOLID_LOADING, 0.0, DENSITIES[name])
        here[f"break-even, {name}"] = break_even_um(bare, liquid.specific, DENSITIES[name])
        here[f"50 % more, {name}"] = break_even_um(bare, 1.5 * liquid.specific, DENSITIES[name])
    comparisons = compare("wu_2016_table2", here)
    rows = [
        {
            "what": c.printed.what,
            "printed": f"{c.printed.value:g}",
            "here": c.here,
            "unit": c.printed.unit,
        }
        for c in comparisons
    ]
    return Reproduction(
        numbers=pd.DataFrame(rows),
        signs="Conductivities here are those of the dataset, of LLZO the lowest and highest of all "
        "garnets; thicknesses are of "
        "the cell of Figure 3, while those of the table are of another cell, with carbon. The "
        "table prints nm, but its values are µm.",
        counts={
            "from the dataset": sum("conductivity" in c.printed.what for c in _known(comparisons)),
            "computed": sum("conductivity" not in c.printed.what for c in _known(comparisons)),
        },
        missing="band gaps, Li3ClO, and the density of LiPON",
        shown=table_of(
            {"what": "what", "printed": "printed", "here": "here", "unit": "unit"},
            rows,
            ("printed", "here"),
        ),
        comparisons=comparisons,
    )


def _known(comparisons: Iterable[Comparison]) -> list[Comparison]:
    return [c for c in comparisons if c.here is not None]


def _conductivities(data: Dataset) -> dict[str, float]:
    """Return conductivities (S/cm) of the substances of Table 2 that the dataset has."""
    table = data.properties
    table = table[(table["property"] == "conductivity") & table["value"].notna()]
    found = {}
    for word, name in (("LiPON", "LiPON"), ("Li10GeP2S12", "LGPS")):
        values = table.loc[table["word"] == word, "value"]
        if len(values):
            found[f"conductivity, {name}"] = float(values.iloc[0])
    garnets = table.loc[table["word"].str.startswith("LLZO"), "value"]
    if len(garnets):
        found["lowest conductivity, LLZO"] = float(garnets.min())
        found["highest conductivity, LLZO"] = float(garnets.max())
    return found


def _over_loading(name: str, measure: Measure, here: Mapping[str, float]) -> Reproduction:
    numbers = pd.DataFrame({"loading_mg_cm2": LOADINGS})
    liquid = liquid_cell(LIQUID_LOADING)
    unit = "wh_kg" if measure == "specific" else "wh_l"
    with house_style():
        picture = new_figure(3.4)
        axes = picture.subplots()
        for colour, um in zip(COLOURS, THICKNESSES, strict=False):
            numbers[f"LLZO_{um:g}_um_{unit}"] = [
                _energy(solid_cell(m, um), measure) for m in LOADINGS
            ]
            axes.plot(LOADINGS, numbers.iloc[:, -1], color=colour, label=f"{um:g} µm LLZO")
        for loading in here.values():
            axes.plot(
                loading, _energy(liquid, measure), "o", color=COLOURS[2], label="parity, 100 µm"
            )
        _finish(axes, measure, liquid)
        axes.set_xlabel("NCA (mg cm$^{-2}$)")
        picture.legend(loc="outside lower center", ncols=3)
    word = "mass" if measure == "specific" else "volume"
    return _computed(
        name,
        numbers,
        picture,
        "Lines: cells with LLZO of four thicknesses that the text names; dashed: the liquid cell "
        f"of 15 mg/cm². {NOT_PRINTED}",
        here,
        alt=f"Energy by {word} rises with the loading to a limit, less for thick electrolytes.",
    )


def _computed(
    name: str,
    numbers: pd.DataFrame,
    picture: Figure,
    signs: str,
    here: Mapping[str, float],
    alt: str,
) -> Reproduction:
    return Reproduction(
        numbers=numbers,
        signs=signs,
        counts={"computed curves": numbers.shape[1] - 1},
        missing=CURVES,
        picture=picture,
        comparisons=compare(name, here),
        alt=alt,
    )


def _finish(axes: Axes, measure: Measure, liquid: UnitAreaCell) -> None:
    """Add the liquid cell and the unit."""
    axes.axhline(_energy(liquid, measure), color=GREY, ls="--", label="liquid cell")
    axes.set_ylabel(UNITS[measure])


def _energy(cell: UnitAreaCell, measure: Measure) -> float:
    return cell.specific if measure == "specific" else cell.volumetric


def _at(loading: float, um: float, density: float = 5.0) -> UnitAreaCell:
    """Return the solid cell with the printed thickness of its cathode."""
    return solid_cell(loading, um, density, cathode_um=CATHODE_UM)


def _light(loading: float) -> UnitAreaCell:
    materials = replace(Materials(), aluminium_um=Materials().aluminium_um / 2)
    return solid_cell(loading, THICKNESSES[0], materials=materials).without("copper")


def _unit(what: str) -> Literal["g/cm3", "mAh/g"]:
    return "g/cm3" if what.startswith("density") else "mAh/g"
