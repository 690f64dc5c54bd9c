"""Weiss 2020, Figures 3 and 4: contacts by family of the ceramic, from the dataset."""

from __future__ import annotations

import csv
import json
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from metastudy.answers.activation import contact_energies
from metastudy.pages.figures.reproduction import NothingToDrawError, Reproduction, compare
from metastudy.pages.figures.strips import FAMILIES, frequent_colours
from metastudy.pages.rendering.style import GREY, MARKERS, assign, house_style, new_figure
from metastudy.tables.loading import Dataset

Row = Mapping[Hashable, Any]

WORKS = Path(__file__).parent / "weiss_2020_works.csv"
REFERENCE_C = {"LE/SE": 25, "PE/SE": 60}
USUAL_CONTENT = ("1 M", "1 mol/l", "1 mol/L", "1.0 M")  # said once in the caption of Figure 3
# A value read at room temperature is not called moved.
NEAR_K = 5.0
MANY = 15  # marks, above which a phone pans over the picture
# An observation outside the headline set for these reasons is of another arm or age; others refuse
# the move to the reference temperature.
OTHER_ARMS = frozenset({"treated", "other_state"})
# Reasons under which a row repeats a number that is drawn.
REPEATS = ("duplicate", "superseded_basis", "superseded_secondary")
MOVED = "moved with an energy of its own work"
LENT = "moved with a lent energy"
MEASURED = "measured near the reference temperature"
BOUND = "bound"
REFUSED = "refused"
COLUMNS = (
    "family",
    "ion",
    "solid_electrolyte",
    "partner",
    "salt",
    "label",
    "arm",
    "kind",
    "value",
    "lo",
    "hi",
    "reason",
    "source",
)
SIGNS = "Marker: salt; colour: partner; open: sodium; faint: treated arm; arrow: bound. "


def figure_3a(data: Dataset) -> Reproduction:
    """Draw the resistances of liquid contacts at 25 degC."""
    return _resistances(data, "weiss_2020_fig3a", "LE/SE", "3")


def figure_3b(data: Dataset) -> Reproduction:
    """Draw the activation energies of liquid contacts."""
    return _energies(data, "weiss_2020_fig3b", "LE/SE", "3")


def figure_4a(data: Dataset) -> Reproduction:
    """Draw the resistances of polymer contacts at 60 degC."""
    return _resistances(data, "weiss_2020_fig4a", "PE/SE", "4")


def figure_4b(data: Dataset) -> Reproduction:
    """Draw the activation energies of polymer contacts."""
    return _energies(data, "weiss_2020_fig4b", "PE/SE", "4")


def _resistances(data: Dataset, name: str, interface_class: str, figure: str) -> Reproduction:
    observed = _observed(data, interface_class)
    numbers = _in_order(pd.concat([observed, _refused(data, interface_class)], ignore_index=True))
    at = REFERENCE_C[interface_class]
    kinds = (MEASURED, MOVED, LENT, BOUND, REFUSED)
    return Reproduction(
        numbers=numbers,
        signs=SIGNS
        + f"Bars: two known standard deviations; asterisk: measured more than {NEAR_K:g} K from "
        f"{at} °C; number: salt content where it is not 1 mol/L; cross: refused, at its printed "
        "level, with the reason in the CSV.",
        counts={kind: int((numbers["kind"] == kind).sum()) for kind in kinds},
        missing=_missing(data, figure, observed),
        picture=_picture(numbers, "resistance of one contact (Ω cm²)", log=True),
        comparisons=compare(name, {}),
        alt=f"Resistances of {interface_class} contacts at {at} °C by family of the ceramic.",
        dense=len(numbers) > MANY,
    )


def _energies(data: Dataset, name: str, interface_class: str, figure: str) -> Reproduction:
    rows = contact_energies(data.records)
    rows = rows[rows["interface_class"] == interface_class]
    printed = rows["sd_printed"].astype(bool)
    spread = rows["sd_ev"].where(printed, 0.0)
    melting = _melting_points(data)
    numbers = _in_order(
        pd.DataFrame(
            {
                "family": rows["solid"].map(_families(data)),
                "ion": rows["ion"],
                "solid_electrolyte": rows["solid"],
                "partner": rows["partner"],
                "salt": rows["salt"],
                "label": [
                    _phases(text, melting.get(str(partner).split(":")[0]))
                    for text, partner in zip(rows["range_text"], rows["partner"], strict=True)
                ],
                "arm": rows["arm"],
                "kind": np.where(printed, "with a printed error", "without a printed error"),
                "value": rows["ea_ev"],
                "lo": rows["lo"] - spread,
                "hi": rows["hi"] + spread,
                "reason": None,
                "source": rows["record_id"],
            }
        )
    )
    return Reproduction(
        numbers=numbers,
        signs=SIGNS
        + "Bars: printed error or range; s, l: solid or melted polymer over the range of "
        "temperatures, where it is printed. Energies as printed, of ln R or ln(R/T).",
        counts=dict(numbers["kind"].value_counts().sort_index()),
        missing=_missing(data, figure, rows.rename(columns={"record_id": "source"})),
        picture=_picture(numbers, "activation energy (eV)", log=False),
        comparisons=compare(name, _printed_energies(data, rows)),
        alt=f"Activation energies of {interface_class} contacts by family of the ceramic.",
        dense=len(numbers) > MANY,
    )


def _observed(data: Dataset, interface_class: str) -> pd.DataFrame:
    """Return observations of a class as marks, at the reference temperature in ohm cm2."""
    rows = data.observations[data.observations["interface_class"] == interface_class]
    exact = rows["censoring"] == "exact"
    moved = (rows["temperature_c"] - rows["reference_c"]).abs() > NEAR_K
    own = rows["ea_source"] == "own"
    refusals = rows["left_out"].map(_refusals)
    refused = refusals != ""
    kinds = np.select(
        [refused, ~exact, ~moved, own], [REFUSED, BOUND, MEASURED, MOVED], default=LENT
    )
    bar = (2.0 * np.sqrt(rows["v"])).where(exact, 0.0)
    contents = [
        _content(text) + ("*" if far else "")
        for text, far in zip(rows["salt_content"], moved, strict=True)
    ]
    return pd.DataFrame(
        {
            "family": rows["solid_electrolyte"].map(_families(data)),
            "ion": rows["ion"],
            "solid_electrolyte": rows["solid_electrolyte"],
            "partner": rows["partner"],
            "salt": rows["salt"],
            "label": contents,
            "arm": rows["arm"],
            "kind": kinds,
            "value": 10.0 ** rows["y"],
            "lo": 10.0 ** (rows["lo"] - bar),
            "hi": 10.0 ** (rows["hi"] + bar),
            "reason": refusals.where(refused),
            "source": rows["observation_id"],
        }
    )


def _refusals(left_out: Any) -> str:
    """Return the reasons that refuse a value, in their order, joined by blanks."""
    words = left_out.split() if isinstance(left_out, str) else []
    return " ".join(word for word in words if word not in OTHER_ARMS)


def _refused(data: Dataset, interface_class: str) -> pd.DataFrame:
    """Return area-specific resistances that went into no observation, at their printed level."""
    rows = data.records[
        (data.records["interface_class"] == interface_class)
        & data.records["role"].isin(("interface", "bound"))
        & (data.records["unit"] == "ohm cm2")
        & data.records["excluded"].notna()
        & ~data.records["excluded"].isin(REPEATS)
        & data.records[["lo", "hi"]].notna().any(axis=1)
    ]
    parts = rows["system"].str.split(" | ", regex=False)
    solid = parts.str[2]
    return pd.DataFrame(
        {
            "family": solid.map(_families(data)),
            "ion": parts.str[1],
            "solid_electrolyte": solid,
            "partner": parts.str[3],
            "salt": parts.str[4],
            "label": "",
            "arm": rows["arm"],
            "kind": REFUSED,
            "value": rows["hi"].fillna(rows["lo"]),
            "lo": np.nan,
            "hi": np.nan,
            "reason": rows["excluded"],
            "source": rows["record_id"],
        }
    )


def _in_order(numbers: pd.DataFrame) -> pd.DataFrame:
    """Put families in the order of the paper, within them partners and salts together."""
    known = [family for family in FAMILIES if family in set(numbers["family"])]
    known += sorted(set(numbers["family"]) - set(known))
    if numbers.empty:
        raise NothingToDrawError("the data has no contact of this class")
    place = numbers["family"].map({family: i for i, family in enumerate(known)})
    ordered = numbers.assign(place=place).sort_values(["place", "partner", "salt", "source"])
    return ordered[list(COLUMNS)].reset_index(drop=True)


def _families(data: Dataset) -> dict[str, str]:
    words = data.vocabulary[data.vocabulary["vocabulary"] == "solid_electrolyte"]
    return {
        str(word): str(json.loads(properties)["family"])
        for word, properties in zip(words["word"], words["properties"], strict=True)
    }


def _melting_points(data: Dataset) -> dict[str, float]:
    words = data.vocabulary[data.vocabulary["vocabulary"] == "polymer"]
    found = {}
    for word, properties in zip(words["word"], words["properties"], strict=True):
        if point := json.loads(properties).get("melting_point_c"):
            found[str(word)] = float(point)
    return found


def _phases(range_text: Any, melting_c: float | None) -> str:
    """Say in which phases of a polymer an energy was read: s, l or both."""
    if not isinstance(range_text, str) or melting_c is None or ".." not in range_text:
        return ""
    low, high = (float(end) for end in range_text.split(".."))
    if high <= melting_c:
        return "s"
    return "l" if low >= melting_c else "s, l"


def _content(text: Any) -> str:
    """Return a salt content as the label of its mark: nothing where it is the usual one."""
    if not isinstance(text, str) or text in USUAL_CONTENT or not text[0].isdigit():
        return ""
    return text.replace(" EO:Li", ":1").replace(" EO:Na", ":1").replace(" mol/L", " M")


def _works(figure: str) -> list[dict[str, str]]:
    with WORKS.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["figure"] == figure]


def _missing(data: Dataset, figure: str, drawn: pd.DataFrame) -> str:
    """Name the works of the original's caption of which nothing is drawn."""
    studies = data.studies.set_index("study_id")["doi"]
    own = {str(source).partition(".")[0] for source in drawn["source"]}
    reached = {str(studies.get(study)).lower() for study in own}
    works = _works(figure)
    absent = [w for w in works if w["doi"].lower() not in reached]
    named = ", ".join(f"{w['work']} (ref. {w['reference']})" for w in absent)
    if not absent:
        return ""
    return f"{len(absent)} of the {len(works)} works of its caption, {named}"


def _printed_energies(data: Dataset, rows: pd.DataFrame) -> dict[str, float]:
    """Return the energies that the text of the review prints, by their words there."""
    doi = rows["study_id"].map(data.studies.set_index("study_id")["doi"])
    family = rows["solid"].map(_families(data))
    wanted = {
        "Abe 2004, LLTO": (_doi("52"), "perovskite"),
        "Sagane 2005, NASICON of sodium": (_doi("41"), "NASICON"),
        "Sagane 2005, LLTO": (_doi("41"), "perovskite"),
    }
    found = {what: rows.loc[(doi == d) & (family == f), "ea_ev"] for what, (d, f) in wanted.items()}
    return {what: float(values.iloc[0]) for what, values in found.items() if len(values)}


def _doi(reference: str) -> str:
    return next(w["doi"] for f in ("3", "4") for w in _works(f) if w["reference"] == reference)


# Drawing -----------------------------------------------------------------------------------------


def _picture(numbers: pd.DataFrame, label: str, *, log: bool) -> Figure:
    """Draw marks side by side, a block for each family."""
    colours, markers = frequent_colours(numbers["partner"]), assign(numbers["salt"], MARKERS)
    groups = numbers.groupby("family", sort=False)
    families = list(dict.fromkeys(numbers["family"].astype(str)))
    places = np.arange(len(numbers)) + 1.5 * groups.ngroup().to_numpy()
    with house_style():
        figure = new_figure(4.6, 6.4)
        axes = figure.subplots()
        if log:
            axes.set_yscale("log")
        for place, row in zip(places, numbers.to_dict("records"), strict=True):
            colour = colours.get(row["partner"], GREY)
            _mark(axes, float(place), row, colour, markers[row["salt"]])
        for number, family in enumerate(families):
            own = places[groups.ngroup().to_numpy() == number]
            axes.text(
                own.mean(), 1.01, family.replace("_", " "), ha="center", va="bottom",
                transform=axes.get_xaxis_transform(), fontsize=8, rotation=_turn(len(own)),
            )  # fmt: skip
            if number:
                axes.axvline(own[0] - 1.25, color="#bbbbbb", lw=0.6)
        axes.set_xticks([])
        axes.grid(axis="x", visible=False)
        axes.margins(x=0.03, y=0.08)
        axes.set_ylabel(label)
        handles = [_handle("o", c, word) for word, c in colours.items()]
        if set(markers) != {"none"}:
            handles += [_handle(m, "black", word) for word, m in markers.items()]
        if (numbers["kind"] == REFUSED).any():
            handles.append(_handle("x", "black", REFUSED))
        figure.legend(handles=handles, loc="outside lower center", ncols=4, handletextpad=0.3)
        return figure


def _turn(marks: int) -> float:
    """Return the angle of a family's name: narrow blocks have no room for a level one."""
    return 0.0 if marks > 5 else 35.0


def _mark(axes: Axes, place: float, row: Row, colour: str, marker: str) -> None:
    faint = 0.35 if row["arm"] == "treated" else 1.0
    if row["kind"] == REFUSED:
        level = next(row[k] for k in ("value", "hi", "lo") if pd.notna(row[k]))
        axes.plot(place, level, "x", color=colour, ms=4.5, alpha=faint)
        _label(axes, place, level, row["label"])
        return
    if pd.isna(row["value"]):
        _bound(axes, place, row, colour, faint)
        return
    axes.vlines(place, row["lo"], row["hi"], color=colour, lw=0.9, alpha=faint)
    face = "white" if row["ion"] == "Na" else colour
    axes.plot(place, row["value"], marker, ms=5.5, mec=colour, mfc=face, alpha=faint)
    _label(axes, place, row["hi"], row["label"])


def _bound(axes: Axes, place: float, row: Row, colour: str, faint: float) -> None:
    """Draw an arrow from a known end, or a bar between two."""
    lo, hi = row["lo"], row["hi"]
    if pd.notna(lo) and pd.notna(hi):
        axes.vlines(place, lo, hi, color=colour, lw=1.1, alpha=faint)
        axes.plot([place, place], [lo, hi], "_", color=colour, ms=5, alpha=faint)
    else:
        end, points = (hi, -14) if pd.notna(hi) else (lo, 14)
        arrow = {"arrowstyle": "<-", "color": colour, "lw": 1.1, "shrinkB": 0, "alpha": faint}
        axes.annotate(
            "", (place, end), xytext=(0, points), textcoords="offset points", arrowprops=arrow
        )
        face = "white" if row["ion"] == "Na" else colour
        axes.plot(place, end, ".", ms=5, mec=colour, mfc=face, alpha=faint)
    top = hi if pd.notna(hi) else lo
    _label(axes, place, top, row["label"])


def _label(axes: Axes, place: float, level: float, text: str) -> None:
    if text:
        axes.annotate(
            text, (place, level), xytext=(0, 4), textcoords="offset points", fontsize=6,
            ha="center", va="bottom", rotation=90,
        )  # fmt: skip


def _handle(marker: str, colour: str, word: str) -> Line2D:
    return Line2D([], [], marker=marker, ls="", color=colour, label=word.replace("_", " "))
