"""What works leave out, what that costs, and what would settle the questions that are open."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metastudy.answers import preparation as varied
from metastudy.answers import scatter as reference_arms
from metastudy.answers.claims.judging import Judgement
from metastudy.answers.claims.verdict import Verdict
from metastudy.answers.coverage import REPORTED, RESPONSES, Says, kinds
from metastudy.answers.moderators import ENERGY_OF_SAMPLE, differences
from metastudy.answers.treatments import treatments
from metastudy.bridge.modelling.model_rows import LADDER, headline_rows
from metastudy.tables.loading import Dataset
from metastudy.tables.views import Selection, narrowed


@dataclass(frozen=True)
class Field:
    """What a reader needs beside the number.

    Attributes
    ----------
    name
        What it is, in words.
    advice
        What to print.
    asked, says
        Which rows it has a meaning for, and which of them state it.
    reason
        The reason word of rows that are lost without it.
    terms
        Terms of the budget that its lack brings.
    moderator
        The moderator that it is.
    """

    name: str
    advice: str
    asked: Says
    says: Says
    reason: str = ""
    terms: tuple[str, ...] = ()
    moderator: str = ""


ENERGY = "activation energy of the same sample"
SPREAD = "a spread or any uncertainty"
# For each field of coverage.REPORTED: what to print; reason word, budget terms and moderator.
ADVICE: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "how many contacts the number covers": (
        "Say how many contacts are in the circuit, and whether the number is of one or of all.",
        "no_cell",
        ("interfaces",),
        "",
    ),
    "temperature as a number": (
        "Print degrees, with their uncertainty; no 'room temperature'.",
        "no_temperature",
        ("temperature",),
        "",
    ),
    SPREAD: ("Print the standard deviation, and what it is of: fit, repeats, cells.", "", (), ""),
    "number of samples, cells or repeats": (
        "Print how many cells were made and how often each was measured.",
        "",
        (),
        "",
    ),
    "area of the contact": (
        "Print the geometric area, beside ohm cm2 too.",
        "no_area",
        ("area",),
        "",
    ),
    "age of the contact": ("Print the time from contact to measurement.", "", (), "age"),
    "electrodes of the cell": ("Say which electrodes, and how many points.", "", (), "electrodes"),
    "evaluation of the spectrum": (
        "Print circuit, weighting and frequency range; publish the spectrum.",
        "",
        (),
        "evaluation",
    ),
}
AXIS_MODERATORS = {
    "film_process": "film process",
    "residual_solvent": "residual solvent",
    "residual_content": "residual content",
    "surface_state": "surface state",
    "joining_method": "joining method",
}
FIELD_COLUMNS = (
    *("field", "group", "advice", "responses", "without", "share"),
    *("full_text", "full_text_without", "full_text_share", "lost", "price", "price_of"),
)


@dataclass(frozen=True)
class Gaps:
    """The answer on gaps.

    Attributes
    ----------
    fields
        One row a field: group (number, preparation), advice, responses that it has a meaning for,
        those without it and their share, the same of those read in a full text, responses that are
        lost for it, its price (dex) and what the price is; missing where nothing tells it.
    yardsticks
        One row a yardstick: df and works with what the floors need, missing (empty where they are
        reached), and where: works or systems that would give it.
    claims
        One row a claim that cannot be told: what is missing, and the works that were looked at.
    """

    fields: pd.DataFrame
    yardsticks: pd.DataFrame
    claims: pd.DataFrame


def gaps(
    data: Dataset, interface_class: Sequence[str] = (), judgements: Iterable[Judgement] = ()
) -> Gaps:
    """Say what is missing.

    Parameters
    ----------
    data
        The dataset.
    interface_class
        Classes of contact; all unless named. Claims are not narrowed.
    judgements
        Claims with their verdicts.

    Raises
    ------
    FilterError
        For a class that is not known.
    """
    chosen = narrowed(data, {"class": interface_class})
    return Gaps(fields(data, chosen), yardsticks(chosen), claims(judgements))


def fields(data: Dataset, chosen: Selection) -> pd.DataFrame:
    """Count for each field the responses without it, with its price; the dearest lack first."""
    rows = _responses(data, chosen)
    pairs = differences(chosen.observations, chosen.V)
    found = []
    for group, listed in (("number", _number_fields()), ("preparation", _axis_fields(data))):
        for field in listed:
            asked = rows[field.asked(rows)]
            if len(asked):
                found.append({"group": group, **_field(field, asked, data.budget, pairs)})
    table = pd.DataFrame(found, columns=FIELD_COLUMNS).astype({"price": float})
    weight = table["price"] * table["share"]
    order = table.assign(weight=weight.fillna(-1.0))
    order = order.sort_values(["weight", "share"], ascending=False, kind="stable")
    return order.drop(columns="weight").reset_index(drop=True)


def _responses(data: Dataset, chosen: Selection) -> pd.DataFrame:
    """Return printed responses of the selection, with what their preparation codes of each axis."""
    rows = data.printed.assign(kind=kinds(data))
    own = rows["kind"].isin(RESPONSES) & rows["record_id"].isin(chosen.records["record_id"])
    rows = rows[own].reset_index(drop=True)
    sources = data.observations.set_index("observation_id")["ea_source"]
    rows["ea_source"] = rows["observation_id"].map(sources)
    coded = data.preparations.assign(code=data.preparations["missing"].fillna("given"))
    codes = coded.pivot(index="preparation_id", columns="axis", values="code")
    codes = codes.reindex(rows["preparation_id"]).set_axis(rows.index)
    return pd.concat([rows, codes.add_prefix("axis ")], axis=1)


def _number_fields() -> list[Field]:
    listed = [
        Field(name, ADVICE[name][0], _all, says, *ADVICE[name][1:])
        for name, says in REPORTED
        if name in ADVICE
    ]
    terms = ("ea", "ea_form", "ea_pool_between", "ea_pool_mean", "ea_pool_within")
    energy = Field(
        ENERGY,
        "Measure at three temperatures or more, on one side of the melting point.",
        lambda rows: rows["ea_source"].notna(),
        lambda rows: rows["ea_source"].isin(ENERGY_OF_SAMPLE),
        "no_activation_energy",
        terms,
    )
    return [*listed, energy]


def _all(rows: pd.DataFrame) -> pd.Series[bool]:
    return pd.Series(True, index=rows.index)


def _axis_fields(data: Dataset) -> list[Field]:
    """Return the axes of preparation that the check asks for in some class."""
    words = data.vocabulary[data.vocabulary["vocabulary"] == "axis"]
    coded = set(data.preparations["axis"])
    return [
        Field(
            str(row["word"]).replace("_", " "),
            str(row["meaning"]),
            _coded(f"axis {row['word']}", lambda code: code.notna() & (code != "not_applicable")),
            _coded(f"axis {row['word']}", lambda code: code == "given"),
            moderator=AXIS_MODERATORS.get(str(row["word"]), ""),
        )
        for row in words.to_dict("records")
        if row["word"] in coded and json.loads(row["properties"]).get("required_for")
    ]


def _coded(column: str, holds: Callable[[pd.Series[str]], pd.Series[bool]]) -> Says:
    return lambda rows: holds(rows[column])


def _field(
    field: Field, rows: pd.DataFrame, budget: pd.DataFrame, pairs: pd.DataFrame
) -> dict[str, object]:
    without = ~field.says(rows)
    whole = rows["read"] == "full_text"
    price, price_of = _price(field, rows[without], budget, pairs)
    return {
        "field": field.name,
        "advice": field.advice,
        "responses": len(rows),
        "without": int(without.sum()),
        "share": float(without.mean()),
        "full_text": int(whole.sum()),
        "full_text_without": int((whole & without).sum()),
        "full_text_share": float(without[whole].mean()) if whole.any() else None,
        "lost": int((rows["excluded"] == field.reason).sum()) if field.reason else 0,
        "price": price,
        "price_of": price_of,
    }


def _price(
    field: Field, without: pd.DataFrame, budget: pd.DataFrame, pairs: pd.DataFrame
) -> tuple[float | None, str]:
    """Return what the lack costs (dex), and what this number is."""
    if field.name == SPREAD:
        return varied.REPEATABILITY / math.log(10.0), "repeatability that is assumed"
    if field.terms:
        own = budget[
            budget["term"].isin(field.terms)
            & budget["observation_id"].isin(without["observation_id"].dropna())
        ]
        squares = (own["loading"] ** 2).groupby(own["observation_id"]).sum()
        if len(squares):
            return float(np.sqrt(squares).median()), f"SD in the budget, {len(squares)} obs."
        return None, "the number is lost without it"
    if not field.moderator:
        return None, "no number tells it"
    own = pairs[pairs["moderator"] == field.moderator].dropna(subset=["lo", "hi"])
    if len(own):
        middle = ((own["lo"] + own["hi"]) / 2.0).abs()
        works = own["study_id"].nunique()
        counted = f"{works} {'work' if works == 1 else 'works'}"
        return float(middle.median()), f"difference within a work, {counted}"
    return None, "no work varies it alone"


YARDSTICK_COLUMNS = (
    *("yardstick", "of", "df", "df_needed", "works", "works_needed", "missing", "where"),
)


def yardsticks(chosen: Selection) -> pd.DataFrame:
    """Hold what each yardstick has against its floors."""
    found = [_repeats(chosen), _varied(chosen)]
    for rung in LADDER:
        found += _rung(chosen, reference_arms.count(chosen.observations, chosen.V, rung))
    return pd.DataFrame(found, columns=YARDSTICK_COLUMNS)


def _needs(
    name: str, of: str, has: tuple[int, int], needed: tuple[int, int], what: str, where: list[str]
) -> dict[str, object]:
    """Return a yardstick with what it lacks; ``has`` and ``needed`` are df and works."""
    more, works = (max(n - h, 0) for n, h in zip(needed, has, strict=True))
    parts = [f"{more} more {what}"] if more else []
    if works:
        parts.append(f"in {works} more {'work' if works == 1 else 'works'}")
    return {
        "yardstick": name,
        "of": of,
        "df": has[0],
        "df_needed": needed[0],
        "works": has[1],
        "works_needed": needed[1],
        "missing": ", ".join(parts),
        "where": "; ".join(where) if parts else "",
    }


def _repeats(chosen: Selection) -> dict[str, object]:
    """Count cells of one untreated preparation on one contact in one state."""
    o = chosen.observations
    rows = o[(o["arm"] == "reference") & (o["censoring"] == "exact")]
    cells = rows.groupby(["study_id", "preparation_id", "system", "state_kind"])["sample_id"]
    again = cells.nunique() - 1
    works = again[again > 0].index.get_level_values("study_id").nunique()
    singles = sorted(set(again.index.get_level_values("study_id")[again == 0]))
    return _needs(
        "repeats, and with them the share",
        "an untreated preparation made again",
        (int(again.sum()), works),
        (reference_arms.LEAST_DF, reference_arms.LEAST_WORKS),
        "repeated cells of an untreated preparation",
        singles,
    )


def _varied(chosen: Selection) -> dict[str, object]:
    contrasts, _ = varied.one_a_treatment(
        treatments(chosen.records).contrasts, varied.series_of(chosen.records)
    )
    known = varied.two_sided(contrasts)
    works = set(contrasts.loc[known, "study_id"])
    bounded = sorted(set(contrasts["study_id"]) - works)
    return _needs(
        "varied on purpose",
        "treated over reference",
        (int(known.sum()), len(works)),
        (varied.DF_NEEDED, varied.WORKS_NEEDED),
        "contrasts known on both sides",
        bounded,
    )


def _rung(chosen: Selection, has: reference_arms.RungCount) -> list[dict[str, object]]:
    rows = headline_rows(chosen.observations, chosen.V, has.rung).exact
    works_of = rows.groupby("system")["work"].nunique()
    alone = works_of.index[works_of == 1]
    sizes = rows[rows["system"].isin(alone)].groupby("system").size()
    systems = [str(name) for name in sizes.sort_values(ascending=False, kind="stable").index]
    cells = rows.groupby(["system", "work"]).size()
    singles = sorted(set(cells.index.get_level_values("work")[cells == 1]))
    least = reference_arms.LEAST_DF, reference_arms.LEAST_WORKS
    carrying = reference_arms.WITHIN_DF_NEEDED, reference_arms.WORKS_NEEDED
    name = f"same {has.rung.name}"
    return [
        _needs(
            "reference arms, between works",
            name,
            (has.df_between, has.works),
            least,
            "values on a system that another work has",
            systems,
        ),
        _needs(
            "reference arms, within a work",
            name,
            (has.df_within, has.works_within),
            carrying,
            "untreated preparations of a system that their work has",
            singles,
        ),
    ]


CLAIM_COLUMNS = ("id", "work", "statement", "missing", "looked_at")


def claims(judgements: Iterable[Judgement]) -> pd.DataFrame:
    """Return the claims that cannot be told, with what is missing."""
    found = [
        {
            "id": j.claim.id,
            "work": j.claim.work_name,
            "statement": j.claim.statement,
            "missing": j.outcome.missing,
            "looked_at": "; ".join(sorted({name.partition(".")[0] for name in j.records})),
        }
        for j in judgements
        if j.outcome.verdict is Verdict.CANNOT_BE_TOLD
    ]
    return pd.DataFrame(found, columns=CLAIM_COLUMNS)
