"""Sections of the report that show the data: counts, figures, budget, and what is left out."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from metastudy.pages.figures import strips as figures
from metastudy.pages.figures.many_rows import SHARED, are_many
from metastudy.pages.rendering.blocks import Block, Fold, Section, Text, draw, rows_of
from metastudy.pages.rendering.table import Table, table_of
from metastudy.tables.loading import Dataset

SERIES_STUDY = "mangani_2024_tuning"


def overview_section(data: Dataset) -> Section:
    """Count what is in the data."""
    o, r = data.observations, data.printed
    counts = [
        ("works", len(data.studies)),
        ("printed numbers", len(r)),
        ("observations (one sample in one state)", len(o)),
        ("of these bounds", int((o["censoring"] != "exact").sum())),
        ("in the headline set (reference arm, one state a sample)", int(o["headline"].sum())),
        ("contacts whose count in the number is known", int(o["coverage_known"].sum())),
        ("observations with a spread of samples or repeats", int(o["spread_reported"].sum())),
        ("numbers read in a full text", int((r["read"] == "full_text").sum())),
    ]
    by_class = (
        o.groupby("interface_class")
        .agg(
            works=("study_id", "nunique"),
            systems=("system", "nunique"),
            rows=("y", "size"),
            lowest=("asr_ohm_cm2", "min"),
            highest=("asr_ohm_cm2", "max"),
        )
        .reset_index()
    )
    columns = {
        "interface_class": "class",
        "works": "works",
        "systems": "systems",
        "rows": "observations",
        "lowest": "lowest value (Ω cm²)",
        "highest": "highest value (Ω cm²)",
    }
    return Section(
        "data",
        "The data",
        (
            table_of(
                {"what": "what", "count": "count"},
                ({"what": w, "count": c} for w, c in counts),
                ("count",),
            ),
            table_of(columns, rows_of(by_class), tuple(columns)[1:]),
            Text(
                "Resistances are area-specific, per single contact, at 25 °C (LE/SE, SE/SE) or "
                "60 °C (PE/SE, the melt).",
                "note",
            ),
        ),
    )


def forest_section(data: Dataset) -> Section:
    """Draw the headline set."""
    rows = data.observations[data.observations["headline"]]
    caption = (
        "Bars are two known standard deviations (temperature, activation energy, unknown count of "
        "contacts): what is not known of the number, not the scatter. Arrows are bounds."
    )
    if are_many(rows):
        caption = f"{SHARED.format(what='material', count=len(rows))} Arrows are bounds."
    return Section(
        "forest",
        "The headline set",
        (
            draw(
                "forest",
                figures.forest_figure(rows),
                caption,
                "Forest plot of the headline observations by material.",
                dense=True,
            ),
        ),
    )


def _families(data: Dataset) -> dict[str, str]:
    words = data.vocabulary[data.vocabulary["vocabulary"] == "solid_electrolyte"]
    return {
        str(w): json.loads(p)["family"]
        for w, p in zip(words["word"], words["properties"], strict=True)
    }


def strips_section(data: Dataset) -> Section:
    """Draw resistances and activation energies by family, salt and partner."""
    family = _families(data)
    rows = data.observations.assign(family=data.observations["solid_electrolyte"].map(family))
    blocks: list[Block] = []
    for word, place in (("LE/SE", "25 °C"), ("PE/SE", "60 °C"), ("SE/SE", "25 °C")):
        members = rows[rows["interface_class"] == word]
        if len(members):
            name = word.lower().replace("/", "_")
            salt = "" if word == "SE/SE" else "marker = salt, "
            blocks.append(
                draw(
                    f"strip_{name}",
                    figures.strip_figure(members, "y", figures.LOG_ASR, f"{word} at {place}"),
                    f"{word}, all observations: {salt}colour = partner, open = sodium, "
                    "faint = treated arm, arrow = bound.",
                    f"Resistances of {word} contacts by family of the solid electrolyte.",
                )
            )
    energies = _energies(data, family)
    for word in ("LE/SE", "PE/SE", "SE/SE"):
        members = energies[energies["interface_class"] == word]
        if len(members):
            name = word.lower().replace("/", "_")
            blocks.append(
                draw(
                    f"energies_{name}",
                    figures.strip_figure(
                        members,
                        "ea_ev",
                        "activation energy as printed (eV)",
                        f"{word}, activation energies",
                        least=0.3,
                    ),
                    f"Activation energies of {word} contacts, same signs.",
                    f"Activation energies of {word} contacts by family.",
                )
            )
    return Section("strips", "By family, salt and partner", tuple(blocks))


def _energies(data: Dataset, family: dict[str, str]) -> pd.DataFrame:
    rows = data.records[data.records["ea_ev"].notna() & data.records["system"].notna()]
    parts = rows["system"].str.split(" | ", regex=False)
    return pd.DataFrame(
        {
            "interface_class": rows["interface_class"],
            "ion": parts.str[1],
            "family": parts.str[2].map(family),
            "partner": parts.str[3],
            "salt": parts.str[4],
            "arm": rows["arm"],
            "ea_ev": rows["ea_ev"],
        }
    )


def arrhenius_section(data: Dataset) -> Section:
    """Draw the printed points of the one work with several arms, and nothing else."""
    r = data.records[data.records["study_id"] == SERIES_STUDY]
    exact = r[r["asr_ohm_cm2"].notna() & r["temperature_c"].notna() & (r["role"] == "interface")]
    points = pd.DataFrame(
        {
            "label": [
                _prep_label(p, s)
                for p, s in zip(exact["preparation_id"], exact["state_kind"], strict=True)
            ],
            "temperature_c": exact["temperature_c"].to_numpy(float),
            "asr_ohm_cm2": exact["asr_ohm_cm2"].to_numpy(float),
        }
    )
    if points.empty:
        return Section("arrhenius", "Arrhenius plot", (Text("No printed points."),))
    return Section(
        "arrhenius",
        "Mangani 2024: printed points",
        (
            draw(
                "arrhenius",
                figures.arrhenius_figure(points, _band(r, exact)),
                "Printed points of PEO on a LATP-based ceramic, as printed (one or both contacts "
                "is not said). The band is the printed activation energy of the dry, untreated "
                "arm and its plus-minus, through that arm's printed point at 30 °C; nothing else "
                "is drawn.",
                "Resistance against inverse temperature for the samples of Mangani 2024.",
            ),
        ),
    )


def _prep_label(preparation_id: str, state_kind: str) -> str:
    return f"{preparation_id.split('/')[1].replace('_', ' ')}, {state_kind}"


def _band(r: pd.DataFrame, exact: pd.DataFrame) -> dict[str, Any] | None:
    """Return the printed activation energy of the coldest reference point, with its point."""
    reference = exact[exact["arm"] == "reference"].sort_values("temperature_c")
    energies = r[(r["ea_ev"].notna()) & (r["arm"] == "reference") & r["sd"].notna()]
    if reference.empty or energies.empty:
        return None
    point, energy = reference.iloc[0], energies.iloc[0]
    return {
        "ea_ev": float(energy["ea_ev"]),
        "sd_ev": float(energy["sd"]),
        "temperature_c": float(point["temperature_c"]),
        "asr_ohm_cm2": float(point["asr_ohm_cm2"]),
        "label": f"printed {energy['value_text']} ± {energy['unc_plus']} eV",
    }


def budget_section(data: Dataset) -> Section:
    """Show what is not known of each number itself."""
    o = data.observations
    terms = data.budget.merge(o[["observation_id", "headline"]], on="observation_id")
    terms = terms[terms["headline"]]
    table = (
        terms.assign(variance=terms["loading"] ** 2)
        .groupby(["term", "scope"])
        .agg(
            rows=("observation_id", "nunique"),
            unknowns=("key", "nunique"),
            median=("variance", lambda v: float(v.median() ** 0.5)),
            largest=("variance", lambda v: float(v.max() ** 0.5)),
        )
        .reset_index()
    )
    columns = {
        "term": "term",
        "scope": "shared by",
        "rows": "rows",
        "unknowns": "unknowns",
        "median": "median SD (dex)",
        "largest": "largest SD (dex)",
    }
    headline = o[o["headline"]]
    return Section(
        "budget",
        "The variance budget",
        (
            Text(
                "What is not known of each number itself. One unknown of a work is one unknown "
                "of all its rows: V is built from these scopes, not from a diagonal."
            ),
            table_of(columns, rows_of(table), tuple(columns)[2:]),
            draw(
                "budget",
                figures.budget_figure(headline),
                "Known variance of the headline rows by its parts.",
                "Known variance of each headline observation, stacked by its parts.",
            ),
        ),
    )


def excluded_section(data: Dataset) -> Section:
    """List what is left out, each with its reason."""
    rows = {
        "record_id": "record",
        "quantity": "quantity",
        "value_text": "printed",
        "unit_text": "unit",
        "reason": "reason",
        "detail": "more",
    }
    return Section(
        "excluded",
        "What is left out, and why",
        (
            Text("Nothing vanishes: every printed number is in an observation or is listed here."),
            _reason_counts(data, data.excluded),
            Fold("Every excluded number", table_of(rows, rows_of(data.excluded))),
            Text("Observations outside the headline set:"),
            _reason_counts(data, data.left_out),
            Fold(
                "Every observation outside the headline set",
                table_of(
                    {"observation_id": "observation", "reason": "reason"}, rows_of(data.left_out)
                ),
            ),
        ),
    )


def _reason_counts(data: Dataset, rows: pd.DataFrame) -> Table:
    """Count rows by their reason word, with the word's sentence."""
    meanings = data.vocabulary[data.vocabulary["vocabulary"] == "reason"].set_index("word")
    counts = rows.groupby("reason").size().reset_index(name="rows")
    counts["meaning"] = counts["reason"].map(meanings["meaning"])
    columns = {"reason": "reason", "rows": "rows", "meaning": "meaning"}
    return table_of(columns, rows_of(counts), ("rows",))
