"""The picture of a planned cell: the stack, what can be detected, the error, other cells."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from metastudy.eis.cells.detectability import DETECTED, VALUE, Prospects
from metastudy.pages.rendering.style import COLOURS, GREY, house_style, new_figure

_FILL = {"SE": "#c9b18a", "PE": "#9ecae1", "LE": "#c6dbef", "electrode": "#9a9a9a"}
_ENDS = (1e-4, 10.0)
# Longer bars are cut off here; their label says how long they are.
_WORST = 150.0


def draw_plan(found: Prospects) -> Figure:
    """Draw stack, detectable resistances and error over temperature, and the gain of other cells.

    Parameters
    ----------
    found
        The prospects of the cell.
    """
    with house_style():
        figure = new_figure(6.6, 8.4)
        parts = figure.subplot_mosaic(
            [["stack", "stack"], ["range", "error"], ["others", "others"]],
            height_ratios=[0.7, 2.2, 1.9],
        )
        _stack(parts["stack"], found)
        _range(parts["range"], found)
        _error(parts["error"], found)
        _others(parts["others"], found)
    return figure


def _stack(axes: Axes, found: Prospects) -> None:
    """Draw the layers from terminal to terminal with thickness and resistance."""
    t = found.best.temperature_c
    x = 0.0
    for layer in found.cell.layers:
        width = 0.5 if not layer.conducts else 1.6
        axes.add_patch(Rectangle((x, 0), width, 1, fc=_FILL[layer.kind], ec="white", lw=1.5))
        words = layer.name
        if layer.conducts:
            ohm = layer.resistance_ohm(t)
            words += f"\n{layer.thickness_cm * 1e4:.3g} µm, {ohm:.3g} Ω"
        axes.text(x + width / 2, 0.5, words, ha="center", va="center", fontsize=8)
        x += width
    area = next(layer.area_cm2 for layer in found.cell.layers if layer.conducts)
    axes.set_title(f"{found.cell.stack}, {area:.3g} cm², bulk resistances at {t:g} °C", loc="left")
    axes.set_xlim(0, x)
    axes.set_ylim(0, 1)
    axes.axis("off")


def _range(axes: Axes, found: Prospects) -> None:
    """Draw the expected resistance in the range that could be detected."""
    points = sorted(found.points, key=lambda point: point.temperature_c)
    t = np.array([point.temperature_c for point in points])
    low = np.array([point.smallest_ohm_cm2 or np.nan for point in points])
    high = np.array([point.largest_ohm_cm2 or np.nan for point in points])
    axes.fill_between(t, low, high, color=COLOURS[2], alpha=0.18, lw=0, label="detected")
    axes.vlines(t, low, high, color=COLOURS[2], lw=0.8, alpha=0.6)
    axes.semilogy(t, low, "_", ms=9, color=COLOURS[2])
    axes.semilogy(t, high, "_", ms=9, color=COLOURS[2])
    asr = [point.asr_ohm_cm2 for point in points]
    axes.semilogy(t, asr, "o-", color=COLOURS[0], ms=4, label="expected")
    axes.set_xlabel("temperature / °C")
    axes.set_ylabel(f"{found.contact.name}, one contact / Ω cm²")
    axes.legend(loc="best")


def _error(axes: Axes, found: Prospects) -> None:
    """Draw the relative standard error, with the bands of the verdicts."""
    points = sorted(found.points, key=lambda point: point.temperature_c)
    t = [point.temperature_c for point in points]
    total = np.clip([point.total_error for point in points], *_ENDS)
    spectrum = np.clip([point.relative_error for point in points], *_ENDS)
    heat = [max(point.temperature_error, _ENDS[0]) for point in points]
    axes.semilogy(t, total, "o-", color=COLOURS[1], ms=4, label="together")
    axes.semilogy(t, spectrum, "s-", color=COLOURS[0], ms=3.5, label="spectrum")
    axes.semilogy(t, heat, "--", color=GREY, label="temperature")
    for level, words in ((VALUE, "value"), (DETECTED, "detected")):
        axes.axhline(level, color="black", lw=0.7, ls=":")
        axes.annotate(
            f"{words} below {100 * level:.0f} %", (0.99, level), xycoords=("axes fraction", "data"),
            ha="right", va="bottom", fontsize=7, color=GREY,
        )  # fmt: skip
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g} %"))
    axes.set_xlabel("temperature / °C")
    axes.set_ylabel("relative standard error")
    top = max(float(np.max(total)), DETECTED)
    axes.set_ylim(top=8 * top)
    axes.legend(loc="upper right", ncols=3, handlelength=1.3, columnspacing=0.9)


def _others(axes: Axes, found: Prospects) -> None:
    """Draw how other cells would change the error from the spectrum, the best on top."""
    others = found.alternatives[::-1]
    change = np.array([100 * (1 / found.gain(other) - 1) for other in others])
    rows = np.arange(len(others))
    shown = np.minimum(change, _WORST)
    colours = [COLOURS[2] if c < 0 else GREY for c in change]
    bars = axes.barh(rows, shown, color=colours, height=0.7)
    axes.bar_label(
        bars, [f"{round(c):+d} %" if round(c) else "0 %" for c in change], padding=3, fontsize=7
    )
    axes.set_yticks(rows, [other.words for other in others])
    axes.axvline(0, color="black", lw=0.7)
    axes.margins(x=0.12)
    axes.set_xlabel("change of the error from the spectrum / %, mean over temperatures")
    axes.grid(visible=False, axis="y")
