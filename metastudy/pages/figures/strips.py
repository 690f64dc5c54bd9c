"""Figures of the report: each takes built tables and returns a matplotlib figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from metastudy.answers.scatter import RungCount
from metastudy.corpus.work_name import work_name
from metastudy.pages.figures.bounds import draw_bounds
from metastudy.pages.figures.many_rows import (
    are_many,
    budget_by_rank_figure,
    materials_figure,
)
from metastudy.pages.rendering.style import (
    CLASS_COLOURS,
    COLOURS,
    GREY,
    MARKERS,
    assign,
    house_style,
    new_figure,
)
from metastudy.units import BOLTZMANN_EV_PER_K, ZERO_CELSIUS_K

LOG_ASR = "log$_{10}$ resistance per contact (Ω cm²)"
FAMILIES = ("NASICON", "garnet", "LiPON", "perovskite", "beta_alumina", "thiophosphate")
AT = "LE/SE, SE/SE at 25 °C; PE/SE at 60 °C"
SPREAD = 0.6
LARGE, SMALL = 32, 10
"""Areas of points, of few and of many rows."""
LEAST_WIDTH = 0.9
"""Least width of a column beside the mean, so that names do not overlap."""


def ladder_figure(ladder: Sequence[RungCount]) -> Figure:
    """Draw the SD of the values of each rung, with the rows and degrees of freedom behind it."""
    with house_style():
        figure = new_figure(0.42 * len(ladder) + 0.9)
        axes = figure.subplots()
        for place, rung in enumerate(ladder):
            label = f"{rung.rows} rows, {rung.works} works, df {rung.df_total}/{rung.df_within}"
            if rung.total_sd is None:
                axes.text(0.01, place, f"no pair;  {label}", va="center", fontsize=7.5, color=GREY)
                continue
            axes.plot(rung.total_sd, place, "o", color=COLOURS[0])
            axes.text(rung.total_sd + 0.03, place, label, va="center", fontsize=7.5, color=GREY)
        highest = max((r.total_sd or 0.0 for r in ladder), default=0.0)
        axes.set_xlim(0, max(1.0, 1.9 * highest))
        axes.set_ylim(len(ladder) - 0.5, -0.5)
        axes.set_yticks(range(len(ladder)), [r.rung.name for r in ladder])
        axes.set_xlabel("SD of the values alone around their group mean (dex)")
        axes.set_title("Ladder of strictness (df: total / within works)", loc="left")
        return figure


def forest_figure(observations: pd.DataFrame) -> Figure:
    """Draw the headline rows by system, with two known standard deviations; arrows are bounds.

    Of many rows, those of one material share a line and have no bars.
    """
    rows = observations.sort_values(["interface_class", "material", "system", "observation_id"])
    if are_many(rows):
        names = [material_label(str(name)) for name in rows["material"].unique()]
        return materials_figure(rows, f"{LOG_ASR}\n{AT}", names)
    with house_style():
        figure = new_figure(0.19 * (len(rows) + rows["material"].nunique()) + 0.9)
        axes = figure.subplots()
        # A material has a line of its own above its rows.
        places = np.arange(len(rows)) + pd.factorize(rows["material"])[0] + 1
        _forest_rows(axes, rows, places)
        heads = ~rows["material"].duplicated().to_numpy()
        names = [short_name(str(name)) for name in rows["observation_id"]]
        materials = [material_label(str(name)) for name in rows["material"][heads]]
        labels = dict(zip(places, names, strict=True))
        labels |= dict(zip(places[heads] - 1, materials, strict=True))
        ticks = sorted(labels)
        axes.set_ylim(len(ticks) - 0.5, -0.7)
        axes.set_yticks(ticks, [labels[tick] for tick in ticks], fontsize=6.5)
        for tick, label in zip(ticks, axes.get_yticklabels(), strict=True):
            label.set_fontweight("normal" if tick in places else "bold")
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        figure.supxlabel(f"{LOG_ASR}\n{AT}; bars: ±2 known SD", fontsize=9)
        return figure


def _forest_rows(axes: Axes, rows: pd.DataFrame, places: NDArray[np.intp]) -> None:
    colours = rows["interface_class"].map(CLASS_COLOURS).to_numpy()
    exact = (rows["censoring"] == "exact").to_numpy()
    for colour in dict.fromkeys(colours[exact]):
        own = exact & (colours == colour)
        error = 2 * np.sqrt(rows["v"][own])
        axes.errorbar(rows["y"][own], places[own], xerr=error, fmt="o", ms=3.5, color=colour, lw=1)
    draw_bounds(axes, rows[~exact], places[~exact], list(colours[~exact]), horizontal=True)


def short_name(observation_id: str) -> str:
    """Return an observation as author, year and sample."""
    study, _, rest = observation_id.partition(".")
    return f"{work_name(study)}, {rest.replace('_', ' ').replace('.', ', ')}"


def material_label(material: str) -> str:
    """Return a material key without its class and ion."""
    parts = material.replace("_", " ").split(" | ")
    return f"{parts[2]} | {parts[3]} ({parts[0]})"


def strip_figure(
    rows: pd.DataFrame, value: str, label: str, title: str, least: float = 1.0
) -> Figure:
    """Draw values by family of the solid electrolyte, in the manner of Weiss 2020, Fig. 3 and 4.

    Marker = salt, colour = solvent or polymer, open = sodium, faint = treated arm, arrow = bound.

    Parameters
    ----------
    rows
        Columns family, salt, partner, ion, arm, and ``value``; for bounds lo and hi.
    value, label, title
        The column to draw, the label of its axis, the title.
    least
        Least span of the axis, so that two near values do not look far apart.
    """
    rows = rows.sort_values(["family", "partner", "salt"]).reset_index(drop=True)
    families = [f for f in FAMILIES if f in set(rows["family"])]
    families += sorted(set(rows["family"]) - set(families))
    colours, markers = frequent_colours(rows["partner"]), assign(rows["salt"], MARKERS)
    with house_style():
        figure = new_figure(3.5)
        axes = figure.subplots()
        columns = _columns(rows, families)
        placed = _placed(rows, columns)
        bounds = placed[placed[value].isna()]
        shades = [colours.get(partner, GREY) for partner in bounds["partner"]]
        draw_bounds(axes, bounds, list(bounds["place"]), shades, horizontal=False)
        _draw_values(axes, placed.dropna(subset=[value]), value, colours, markers)
        axes.set_xlim(-0.5, len(families) - 0.5)
        axes.set_xticks(columns["middle"], [f.replace("_", " ") for f in families])
        axes.grid(axis="x", visible=False)
        axes.set_ylabel(label)
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, (low + high - least) / 2), max(high, (low + high + least) / 2))
        axes.set_title(title, loc="left")
        _strip_legend(figure, colours, markers)
        return figure


def _columns(rows: pd.DataFrame, families: Sequence[str]) -> pd.DataFrame:
    """Give each family its middle and width: equal ones, of many rows by their root."""
    counts = rows["family"].value_counts().reindex(list(families)).astype(float)
    width = counts.pow(0.5 if are_many(rows) else 0.0)
    width = width.clip(lower=LEAST_WIDTH * width.mean())
    width = width * len(families) / width.sum()
    return pd.DataFrame({"middle": width.cumsum() - width / 2 - 0.5, "width": width})


def _placed(rows: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
    """Give each row its place: those of one family beside each other, evenly, without chance."""
    group = rows.groupby("family")["family"]
    step = (group.cumcount() + 1) / (group.transform("size") + 1)
    own = columns.loc[list(rows["family"])].set_index(rows.index)
    return rows.assign(place=own["middle"] + SPREAD * own["width"] * (step - 0.5))


def _draw_values(
    axes: Axes,
    rows: pd.DataFrame,
    value: str,
    colours: Mapping[str, str],
    markers: Mapping[str, str],
) -> None:
    """Draw values in the colour of the partner and the marker of the salt."""
    partner = rows["partner"].where(rows["partner"].isin(list(colours)), "others")
    rows = rows.assign(colour=partner)
    for (sodium, treated), members in rows.groupby([rows["ion"] == "Na", rows["arm"] == "treated"]):
        sns.scatterplot(
            members,
            x="place",
            y=value,
            hue="colour",
            palette=dict(colours),
            style="salt",
            markers=dict(markers),
            s=SMALL if are_many(rows) else LARGE,
            alpha=0.35 if treated else 1.0,
            legend=False,
            ax=axes,
        )
        points = axes.collections[-1]
        points.set_edgecolor(points.get_facecolor())
        if sodium:
            points.set_facecolor("white")
    axes.set_xlabel("")


def frequent_colours(words: pd.Series[str]) -> dict[str, str]:
    """Give the most frequent words a colour each; the rest shares grey as ``others``.

    More colours than the palette has would have to repeat, and two partners would look the same.
    """
    counts = words.value_counts()
    ranked = sorted(counts.index, key=lambda word: (-counts[word], word))
    colours = dict(zip(ranked, COLOURS, strict=False))
    if len(ranked) > len(COLOURS):
        colours["others"] = GREY
    return colours


def _strip_legend(figure: Figure, colours: Mapping[str, str], markers: Mapping[str, str]) -> None:
    handles = [
        Line2D([], [], marker="o", ls="", color=c, label=word.replace("_", " "))
        for word, c in colours.items()
    ]
    handles += [
        Line2D([], [], marker=m, ls="", color="black", label=word.replace("_", " "))
        for word, m in markers.items()
        if set(markers) != {"none"}  # solid contacts have no salt, so nothing to tell apart
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, handletextpad=0.3)


def contrast_figure(contrasts: pd.DataFrame) -> Figure:
    """Draw the treatment contrasts: log ratio of treated over reference, arrows for bounds."""
    known = contrasts["used"].astype(bool) & contrasts[["lo", "hi"]].notna().any(axis=1)
    rows = contrasts[known].sort_values(["study_id", "treated"])
    with house_style():
        figure = new_figure(0.2 * len(rows) + 1.0)
        axes = figure.subplots()
        colours = assign(rows["study_id"], COLOURS)
        places, looks = np.arange(len(rows)), [colours[word] for word in rows["study_id"]]
        is_bound = rows["log_ratio"].isna().to_numpy()
        shades = [look for look, bound in zip(looks, is_bound, strict=True) if bound]
        draw_bounds(axes, rows[is_bound], places[is_bound], shades, horizontal=True)
        labels = []
        for place, (row, colour) in enumerate(zip(rows.to_dict("records"), looks, strict=True)):
            if pd.notna(row["log_ratio"]):
                aged = row["state_kind"] == "aged"
                face = "white" if aged else colour
                axes.plot(row["log_ratio"], place, "o", ms=4.5, mec=colour, mfc=face)
            labels.append(
                f"{short_name(str(row['treated']).replace('/', '.'))}, {row['state_kind']}"
            )
        axes.axvline(0, color=GREY, lw=0.8)
        axes.set_yticks(range(len(rows)), labels, fontsize=6.5)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlabel("log$_{10}$(treated / reference); open: aged cells")
        axes.set_title("Deliberate treatments within a work", loc="left")
        return figure


PARTS = (
    ("v_temperature", "temperature and activation energy", COLOURS[0]),
    ("v_interfaces", "unknown count of contacts", COLOURS[1]),
    ("v_other", "area, reading, repeats, line", COLOURS[2]),
)


def budget_figure(observations: pd.DataFrame) -> Figure:
    """Draw the known variance of each headline row by its parts, largest first."""
    rows = observations.sort_values("v", ascending=False)
    if are_many(rows):
        return budget_by_rank_figure(rows, PARTS)
    with house_style():
        figure = new_figure(0.17 * len(rows) + 1.1)
        axes = figure.subplots()
        left = np.zeros(len(rows))
        places = np.arange(len(rows))
        for column, label, colour in PARTS:
            width = rows[column].clip(lower=0.0).to_numpy(float)
            axes.barh(places, width, left=left, color=colour, label=label, height=0.75)
            left += width
        axes.set_yticks(places, [short_name(i) for i in rows["observation_id"]], fontsize=6.5)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("known variance (dex²)")
        figure.legend(loc="outside lower center", ncols=2)
        return figure


def arrhenius_figure(points: pd.DataFrame, band: Mapping[str, Any] | None) -> Figure:
    """Draw printed resistances against 1000/T, and the band of a printed activation energy.

    Parameters
    ----------
    points
        Columns label, temperature_c, asr_ohm_cm2: printed points and nothing else.
    band
        ea_ev, sd_ev, temperature_c, asr_ohm_cm2 (the printed point that it passes through), and
        label; None draws no band.
    """
    looks = assign(points["label"], COLOURS)
    marks = assign(points["label"], MARKERS)
    with house_style():
        figure = new_figure(3.4)
        axes = figure.subplots()
        if band is not None:
            _draw_band(axes, band)
        for label, group in points.groupby("label", sort=True):
            inverse = 1000.0 / (group["temperature_c"] + ZERO_CELSIUS_K)
            name = str(label)
            axes.semilogy(
                inverse, group["asr_ohm_cm2"], marks[name], color=looks[name], label=name, ms=5.5
            )
        axes.set_xlabel("1000 K / T")
        axes.set_ylabel("printed resistance (Ω cm²)")
        top = axes.secondary_xaxis("top", functions=(_celsius, _inverse_kelvin))
        top.set_xticks([20, 30, 40, 50, 60, 70, 80])
        top.set_xlabel("temperature (°C)")
        figure.legend(loc="outside lower center", ncols=2)
        return figure


def _celsius(inverse: Any) -> Any:
    return 1000.0 / inverse - ZERO_CELSIUS_K


def _inverse_kelvin(celsius: Any) -> Any:
    return 1000.0 / (celsius + ZERO_CELSIUS_K)


def _draw_band(axes: Axes, band: Mapping[str, Any]) -> None:
    anchor = band["temperature_c"] + ZERO_CELSIUS_K
    temperatures = np.linspace(20, 85, 60) + ZERO_CELSIUS_K
    levers = (1.0 / temperatures - 1.0 / anchor) / BOLTZMANN_EV_PER_K
    low, high = (
        band["asr_ohm_cm2"] * np.exp((band["ea_ev"] + sign * band["sd_ev"]) * levers)
        for sign in (-1, 1)
    )
    axes.fill_between(
        1000.0 / temperatures,
        np.minimum(low, high),
        np.maximum(low, high),
        color=GREY,
        alpha=0.2,
        lw=0,
        label=band["label"],
    )
