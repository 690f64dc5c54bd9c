"""Pictures of what a contact costs: polarisation over resistance, and gain over particle size."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from metastudy.answers.filler import Filler
from metastudy.answers.impact import Impact, NotStated
from metastudy.answers.pooled_resistance import PooledResistance
from metastudy.answers.predict import rounded
from metastudy.pages.rendering.style import COLOURS, GREY, house_style, new_figure

# Decades drawn beside the prediction interval.
MARGIN = 0.5


def impact_figure(found: Impact) -> Figure:
    """Draw polarisation over the resistance of one contact; the band is its prediction interval."""
    points = found.resistance.points()
    if not points:
        raise ValueError("below the floors there is no interval to draw")
    r = np.geomspace(points["lower"] / 10**MARGIN, points["upper"] * 10**MARGIN, 200)
    current = 1e-3 * found.current_ma_cm2
    with house_style():
        figure = new_figure(3.4)
        axes = figure.subplots()
        for cell, colour in zip(found.architectures, COLOURS, strict=False):
            if isinstance(cell, NotStated):
                continue
            totals = [cell.total(float(each)) for each in r]
            stated = None not in totals
            drawn = totals if stated else [cell.interface(float(each)) for each in r]
            label = cell.name if stated else f"{cell.name}, contacts alone"
            axes.plot(r, current * np.array(drawn, float), color=colour, label=label)
        for goal, style in zip(found.goals, ("--", ":"), strict=False):
            drop = current * goal.limit_ohm_cm2
            axes.axhline(drop, color=GREY, lw=1, ls=style, label=goal.text)
        _band(axes, points, found.resistance)
        axes.set_yscale("log")
        axes.set_xlabel("resistance of one contact (Ω cm²)")
        axes.set_ylabel(f"polarisation (V)\nat {found.current_ma_cm2:g} mA cm$^{{-2}}$")
        figure.legend(loc="outside lower center")
        return figure


def filler_figure(found: Filler) -> Figure:
    """Draw the conductivity over that of the matrix against the diameter of the particles."""
    points = found.resistance.points()
    if not points or found.composite.volume_fraction is None:
        raise ValueError("without an interval and a volume fraction there is nothing to draw")
    sizes = found.table["critical_diameter_um"].to_numpy(float)
    d = np.geomspace(sizes.min() / 10**MARGIN, sizes.max() * 10**MARGIN, 200)
    with house_style():
        figure = new_figure(3.2)
        axes = figure.subplots()
        for (name, r), colour in zip(points.items(), COLOURS, strict=False):
            gain = [found.composite.relative_conductivity(r, float(each)) for each in d]
            axes.plot(d, gain, color=colour, label=f"{name}: {rounded(r)} Ω cm²")
        axes.axhline(1.0, color=GREY, lw=1, ls="--")
        own = found.composite.diameter_um
        if own is not None:
            axes.axvline(own, color=GREY, lw=1, ls=":", label=f"the stated {own:g} µm")
        axes.set_xscale("log")
        axes.set_xlabel(f"diameter of {found.filler} particles (µm)")
        axes.set_ylabel(f"conductivity over that of {found.matrix}")
        title = f"contact at {found.resistance.reference_c:g} °C"
        figure.legend(loc="outside lower center", ncols=2, title=title)
        return figure


def _band(axes: Axes, points: dict[str, float], resistance: PooledResistance) -> None:
    level = 100 * (1 - resistance.alpha)
    axes.set_xscale("log")
    axes.axvspan(
        points["lower"],
        points["upper"],
        color=COLOURS[5],
        alpha=0.2,
        lw=0,
        label=f"{level:g} % prediction interval, {resistance.name}",
    )
    axes.axvline(points["median"], color=COLOURS[5], lw=1)
