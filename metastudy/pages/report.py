"""The report: one offline page that answers the question on the rung the data can carry."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from metastudy.answers.scatter import Scatter, lab_split, scatter, sentence
from metastudy.answers.treatments import Treatments, treatments
from metastudy.errors import MetastudyError
from metastudy.pages import figures
from metastudy.pages.coverage_section import coverage_section
from metastudy.pages.parts import (
    FigurePart,
    Fold,
    Part,
    Section,
    Text,
    Warnings,
    draw,
    table_of,
)
from metastudy.pages.writing import write_whole
from metastudy.tables.loading import Dataset

Step = Callable[[str], None]
SERIES_STUDY = "mangani_2024_tuning"


class ReportError(MetastudyError):
    """A report that cannot be written."""


@dataclass(frozen=True)
class Report:
    """The finished page and its figures."""

    answer: str
    html: str
    figures: tuple[FigurePart, ...]


def make_report(
    data: Dataset, step: Step = lambda _: None, leave_out: Sequence[str] = ()
) -> Report:
    """Answer, draw and set the page.

    Parameters
    ----------
    data
        The loaded tables.
    step
        Called with the name of each step, for a progress display.
    leave_out
        The switches that the data was loaded with, to be named on the page.
    """
    step("fitting the scatter model")
    found = scatter(data.observations, data.V)
    changed = treatments(data.records)
    answer = sentence(found, changed.sentence)
    step("drawing")
    sections = (
        _overview(data),
        coverage_section(data),
        _scatter(found),
        _ladder(found),
        _treatments(changed),
        _forest(data),
        _strips(data),
        _arrhenius(data),
        _budget(data),
        _excluded(data),
    )
    step("setting the page")
    environment = Environment(
        loader=PackageLoader("metastudy.pages", "."), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("report.html.j2")
    html = page.render(answer=answer, made=_made(data, leave_out), sections=sections)
    drawn = tuple(p for s in sections for p in s.parts if isinstance(p, FigurePart))
    return Report(answer, html, drawn)


def write_report(report: Report, out: Path) -> list[Path]:
    """Write ``report.html`` and ``figures/*.svg``; each file appears whole or not at all.

    Raises
    ------
    ReportError
        Where the folder cannot be written.
    """
    files = {out / "figures" / f"{f.name}.svg": f.svg for f in report.figures}
    return write_whole({**files, out / "report.html": report.html}, ReportError)


def _made(data: Dataset, leave_out: Sequence[str]) -> str:
    """Say from what the page was made."""
    left = f" Left out by switch: {', '.join(leave_out)}." if leave_out else ""
    return (
        f"Made by metastudy {metadata.version('metastudy')} from {len(data.records)} printed "
        f"numbers of {len(data.studies)} works; every number here is computed anew from them."
        f"{left}"
    )


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.to_dict("records")


def _overview(data: Dataset) -> Section:
    o, r = data.observations, data.records
    counts = [
        ("works", len(data.studies)),
        ("printed numbers", len(r)),
        ("observations (one sample in one state)", len(o)),
        ("of these bounds", int((o["censoring"] != "exact").sum())),
        ("in the headline set (reference arm, first state)", int(o["headline"].sum())),
        ("activation energies of contacts", int(r["ea_ev"].notna().sum())),
        ("relative changes of resistance", int((r["quantity"] == "relative_resistance").sum())),
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
        "lowest": "lowest (Ω cm²)",
        "highest": "highest (Ω cm²)",
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
            table_of(columns, _records(by_class), tuple(columns)[1:]),
            Text(
                "Resistances are area-specific, per single contact, at 25 °C (LE/SE, SE/SE) or "
                "60 °C (PE/SE, the melt).",
                "note",
            ),
        ),
    )


def _scatter(found: Scatter) -> Section:
    levels = [
        {
            "level": level.name,
            "sd": level.sd or None,
            "interval": _interval(level.lower, level.upper),
            "ratio": level.median_ratio if level.sd else None,
            "span": level.span if level.sd else None,
            "df": level.df,
            "note": level.note,
        }
        for level in found.levels
    ]
    split, split_warnings = lab_split(found.rows)
    parts: list[Part] = [
        Text(
            f"Reference arms only, on the rung “{found.rung.rung.name}”. "
            + (
                "It carries the headline."
                if found.carried
                else "No rung carries the headline; this is the loosest, for its total."
            )
        ),
        table_of(
            {
                "level": "level",
                "sd": "SD (dex)",
                "interval": "95 % profile",
                "ratio": "median ratio of two",
                "span": "95 % span",
                "df": "df",
                "note": "remark",
            },
            levels,
            ("sd", "interval", "ratio", "span", "df"),
        ),
        Text(
            f"Works behind it: {found.rung.works}. Model: log10 R ~ 1 + (1 | system) + "
            "(1 | work/observation), known covariance V, REML.",
            "note",
        ),
        Warnings(found.warnings),
        Text("Lab against study, and sample against preparation, with what the data can tell:"),
    ]
    if split is not None:
        rows = [
            {**row, "interval": _interval(row["lower"], row["upper"])} for row in _records(split)
        ]
        columns = {
            "component": "component",
            "sd": "SD (dex)",
            "interval": "95 % profile",
            "levels": "levels",
        }
        parts.append(table_of(columns, rows, ("sd", "interval", "levels")))
    parts.append(Warnings(split_warnings))
    return Section("scatter", "Scatter between reference arms", tuple(parts))


def _interval(lower: float | None, upper: float | None) -> str:
    return "–" if lower is None or upper is None else f"{lower:.2f} to {upper:.2f}"


def _ladder(found: Scatter) -> Section:
    rows = [
        {
            "rung": c.rung.name,
            "rows": c.rows,
            "bounds": c.bounds,
            "systems": c.systems,
            "shared": c.shared_systems,
            "works": c.works,
            "df": c.df_total,
            "within": c.df_within,
            "sd": c.total_sd,
        }
        for c in found.ladder
    ]
    columns = {
        "rung": "nominally the same",
        "rows": "rows",
        "bounds": "bounds",
        "systems": "groups",
        "shared": "in several works",
        "works": "works with a pair",
        "df": "df",
        "within": "df within works",
        "sd": "total SD (dex)",
    }
    pairs = {
        "same": "same",
        "relation": "relation",
        "pairs": "pairs",
        "median_ratio": "median ratio",
        "largest_ratio": "largest ratio",
    }
    return Section(
        "ladder",
        "The ladder of strictness",
        (
            table_of(columns, rows, tuple(columns)[1:]),
            draw(
                "ladder",
                figures.ladder_figure(found.ladder),
                "Total standard deviation as nominally the same tightens. No model.",
                "Total standard deviation in decades for each rung of the ladder.",
            ),
            Text("Ratios of pairs of reference arms, by what the two have in common:"),
            table_of(pairs, _records(found.pairs), ("pairs", "median_ratio", "largest_ratio")),
        ),
    )


def _treatments(changed: Treatments) -> Section:
    columns = {
        "study_id": "work",
        "arms": "arms",
        "series": "series",
        "sd": "SD (dex)",
        "lowest_ratio": "lowest ratio",
        "highest_ratio": "highest ratio",
    }
    rows = {
        "treated": "treated",
        "reference": "reference",
        "state_kind": "state",
        "treatments": "treatments",
        "log_ratio": "log ratio (dex)",
        "kind": "known as",
        "records": "records",
        "note": "remark",
    }
    parts: list[Part] = [
        Text(changed.sentence),
        table_of(columns, _records(changed.works), tuple(columns)[1:]),
    ]
    if changed.contrasts["used"].any():
        parts.append(
            draw(
                "treatments",
                figures.contrast_figure(changed.contrasts),
                "Each point is one treated arm against the reference arm of its own work; arrows "
                "are bounds.",
                "Log ratios of treated over reference arms by work.",
            )
        )
    parts.append(
        Fold("Every contrast", table_of(rows, _records(changed.contrasts), ("log_ratio",)))
    )
    return Section("treatments", "The span of deliberate treatments", tuple(parts))


def _forest(data: Dataset) -> Section:
    rows = data.observations[data.observations["headline"]]
    return Section(
        "forest",
        "The headline set",
        (
            draw(
                "forest",
                figures.forest_figure(rows),
                "Bars are two known standard deviations (temperature, activation energy, unknown "
                "count of contacts): what is not known of the number, not the scatter. Arrows are "
                "bounds.",
                "Forest plot of the headline observations by material.",
            ),
        ),
    )


def _families(data: Dataset) -> dict[str, str]:
    words = data.vocabulary[data.vocabulary["vocabulary"] == "solid_electrolyte"]
    return {
        str(w): json.loads(p)["family"]
        for w, p in zip(words["word"], words["properties"], strict=True)
    }


def _strips(data: Dataset) -> Section:
    family = _families(data)
    rows = data.observations.assign(family=data.observations["solid_electrolyte"].map(family))
    parts: list[Part] = []
    for word, place in (("LE/SE", "25 °C"), ("PE/SE", "60 °C"), ("SE/SE", "25 °C")):
        members = rows[rows["interface_class"] == word]
        if len(members):
            name = word.lower().replace("/", "_")
            parts.append(
                draw(
                    f"strip_{name}",
                    figures.strip_figure(members, "y", figures.LOG_ASR, f"{word} at {place}"),
                    f"{word}, all observations: marker = salt, colour = partner, open = sodium, "
                    "faint = treated arm, arrow = bound.",
                    f"Resistances of {word} contacts by family of the solid electrolyte.",
                )
            )
    energies = _energies(data, family)
    for word in ("LE/SE", "PE/SE", "SE/SE"):
        members = energies[energies["interface_class"] == word]
        if len(members):
            name = word.lower().replace("/", "_")
            parts.append(
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
    return Section("strips", "By family, salt and partner", tuple(parts))


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


def _arrhenius(data: Dataset) -> Section:
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


def _budget(data: Dataset) -> Section:
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
    return Section(
        "budget",
        "The variance budget",
        (
            Text(
                "What is not known of each number itself. One unknown of a work is one unknown "
                "of all its rows: V is built from these scopes, not from a diagonal."
            ),
            table_of(columns, _records(table), tuple(columns)[2:]),
            draw(
                "budget",
                figures.budget_figure(o[o["headline"]]),
                "Known variance of the headline rows by its parts.",
                "Stacked bars of the known variance of each headline observation.",
            ),
        ),
    )


def _excluded(data: Dataset) -> Section:
    meanings = data.vocabulary[data.vocabulary["vocabulary"] == "reason"].set_index("word")
    counts = data.excluded.groupby("reason").size().reset_index(name="rows")
    counts["meaning"] = counts["reason"].map(meanings["meaning"])
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
            Text("Nothing vanishes: every printed number is in an observation or stands here."),
            table_of(
                {"reason": "reason", "rows": "rows", "meaning": "meaning"},
                _records(counts),
                ("rows",),
            ),
            Fold("Every excluded number", table_of(rows, _records(data.excluded))),
            Text("Observations outside the headline set:"),
            table_of(
                {"observation_id": "observation", "reason": "reason", "meaning": "meaning"},
                _records(data.left_out),
            ),
        ),
    )
