"""What the dataset covers, counted without a model: pairs, reporting, preparation codes, reading.

A *response* is a distinct printed number on the resistance of a contact that states a value or a
limit. Repeats of a number, withdrawn numbers and numbers without a limit are counted apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from metastudy.answers.scatter import RungCount, count
from metastudy.bridge.modelling.model_rows import LADDER
from metastudy.tables.loading import Dataset

RESPONSE_ROLES = ("interface", "bound", "kinetic")
WHOLE = ("total", "unknown")
STATED = ("exact", "approx")
RESPONSES = ("value", "bound")
# Rows that repeat, or state nothing, by the reason word that left them out.
SET_ASIDE = {
    "duplicate": "repeat",
    "superseded_secondary": "repeat",
    "superseded_basis": "repeat",
    "withdrawn": "withdrawn",
    "no_limit": "no limit",
    "secondary": "switched off",
    "unidentified": "switched off",
    "abstract_only": "switched off",
}
MISSING = ("not_reported", "not_accessed", "not_applicable", "illegible")
CLASSES = ("LE/SE", "PE/SE", "SE/SE")


@dataclass(frozen=True)
class Coverage:
    """The counts of the dataset.

    Attributes
    ----------
    totals
        what, count, works: printed numbers, responses, observations, energies, relative changes.
    pairs
        One row per class, ion, family of the solid electrolyte and class of the partner: works,
        values, bounds, responses, observations, energies, relative.
    reported
        One row per class (and all) and kind of information: responses that say it, of all and of
        those read in a full text.
    axes
        One row per class and axis of preparation: preparations and works by given and missing word.
    read
        Responses, energies and relative changes by the text they were read in.
    properties
        Printed properties of substances: substances that have one, of all in the vocabulary.
    ladder
        What each rung of strictness has.
    """

    totals: pd.DataFrame
    pairs: pd.DataFrame
    reported: pd.DataFrame
    axes: pd.DataFrame
    read: pd.DataFrame
    properties: pd.DataFrame
    ladder: tuple[RungCount, ...]

    def total(self, what: str) -> int:
        """Return the count of one line of ``totals``."""
        return int(self.totals.set_index("what")["count"][what])


def coverage(data: Dataset) -> Coverage:
    """Count what the dataset covers."""
    rows = data.printed.assign(kind=kinds(data))
    return Coverage(
        totals=totals(data, rows),
        pairs=pairs(rows, data.observations),
        reported=reported(rows),
        axes=axes(data.preparations, data.vocabulary),
        read=read(rows),
        properties=properties(data.properties, data.vocabulary),
        ladder=tuple(count(data.observations, data.V, rung) for rung in LADDER),
    )


def kinds(data: Dataset) -> pd.Series[str]:
    """Return what each printed record is to the counts.

    Returns
    -------
    Series of str
        ``value`` or ``bound`` (a response), ``energy`` (activation energy of a contact),
        ``relative`` (a change against a reference), ``repeat``, ``withdrawn``, ``no limit``,
        ``switched off``, or ``other``.
    """
    r = data.printed
    response = _on_resistance(r, data.vocabulary)
    whole = r["component"].isin(WHOLE) & (r["role"] == "interface")
    kind = pd.Series("other", index=r.index, dtype=object)
    kind[response] = "bound"
    kind[response & whole & r["qualifier"].isin(STATED)] = "value"
    kind[(r["quantity"] == "activation_energy") & (r["role"] == "interface")] = "energy"
    kind[r["role"] == "relative"] = "relative"
    kind[kind.isin(("energy", "relative")) & _restated(r)] = "repeat"
    aside = r["excluded"].map(SET_ASIDE)
    counted = kind != "other"
    return kind.where(~counted | aside.isna(), aside)


def _restated(rows: pd.DataFrame) -> pd.Series[bool]:
    """Say which rows name another record of the same quantity and sample: the same again."""
    keys = ["quantity", "sample_id"]
    named = rows.set_index("record_id")[keys].reindex(rows["reference_record"])
    same = named.fillna("").to_numpy() == rows[keys].fillna("").to_numpy()
    return pd.Series(same.all(axis=1), index=rows.index)


def _on_resistance(rows: pd.DataFrame, vocabulary: pd.DataFrame) -> pd.Series[bool]:
    """Say which rows are printed numbers on the resistance of a contact, repeats included."""
    words = vocabulary[vocabulary["vocabulary"] == "quantity"]
    resistances = [
        word
        for word, properties in zip(words["word"], words["properties"], strict=True)
        if json.loads(properties).get("response") == "yes"
    ]
    return rows["quantity"].isin(resistances) & rows["role"].isin(RESPONSE_ROLES)


def totals(data: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """Return what there is, as counts of rows and of the works behind them."""
    o = data.observations
    responses = rows["kind"].isin(RESPONSES)
    relative = rows["kind"] == "relative"
    lines = (
        ("printed numbers", rows),
        ("of these on the resistance of a contact", rows[_on_resistance(rows, data.vocabulary)]),
        ("interface responses", rows[responses]),
        ("of these values", rows[rows["kind"] == "value"]),
        ("of these bounds", rows[rows["kind"] == "bound"]),
        ("responses read in a full text", rows[responses & (rows["read"] == "full_text")]),
        ("responses that went into an observation", rows[responses & _used(rows)]),
        ("observations (one sample in one state)", o),
        ("observations in the headline set", o[o["headline"].astype(bool)]),
        ("activation energies of contacts", rows[rows["kind"] == "energy"]),
        ("relative changes", rows[relative]),
        ("of these of a resistance", rows[relative & (rows["quantity"] == "relative_resistance")]),
        ("repeats, not counted as responses or changes", rows[rows["kind"] == "repeat"]),
        ("numbers without a limit, not counted as responses", rows[rows["kind"] == "no limit"]),
        ("withdrawn numbers, not counted as responses", rows[rows["kind"] == "withdrawn"]),
        ("left out by switch", rows[rows["kind"] == "switched off"]),
    )
    return pd.DataFrame(
        [(what, len(part), part["study_id"].nunique()) for what, part in lines],
        columns=["what", "count", "works"],
    )


def _used(rows: pd.DataFrame) -> pd.Series[bool]:
    return rows["observation_id"].notna()


def pairs(rows: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Return counts by class, ion, family of the solid electrolyte and class of the partner."""
    counted = rows[rows["kind"].isin((*RESPONSES, "energy", "relative")) & rows["family"].notna()]
    table = pd.crosstab(counted["family"], counted["kind"])
    table = table.reindex(columns=["value", "bound", "energy", "relative"], fill_value=0)
    table.columns = pd.Index(["values", "bounds", "energies", "relative"])
    table.insert(0, "works", counted.groupby("family")["study_id"].nunique())
    table["responses"] = table["values"] + table["bounds"]
    seen = observations.groupby("family").size()
    table["observations"] = seen.reindex(table.index, fill_value=0)
    keys = table.index.str.split(" | ", regex=False)
    names = ("interface_class", "ion", "family", "partner_class")
    for place, name in enumerate(names):
        table.insert(place, name, [key[place] for key in keys])
    return table.reset_index(drop=True)


Says = Callable[[pd.DataFrame], "pd.Series[bool]"]


def _count_known(rows: pd.DataFrame) -> pd.Series[bool]:
    covers, n = rows["value_covers"], rows["n_in_circuit"]
    single = n.eq(1).fillna(False).astype(bool)
    return covers.isin(("one", "not_applicable")) | (covers.eq("all") & n.notna()) | single


def _temperature_number(rows: pd.DataFrame) -> pd.Series[bool]:
    return pd.to_numeric(rows["temperature_text"], errors="coerce").notna()


UNSAID = ("unknown", *MISSING)
# What a reader needs beside the number, and how a row says it.
REPORTED: tuple[tuple[str, Says], ...] = (
    ("how many contacts the number covers", _count_known),
    ("temperature as a number", _temperature_number),
    (
        "temperature as a number or in words",
        lambda rows: rows["temperature_c"].notna() & rows["temperature_text"].ne("not stated"),
    ),
    ("a spread or any uncertainty", lambda rows: rows["unc_kind"].ne("not_reported")),
    ("number of samples, cells or repeats", lambda rows: rows["n"].notna()),
    ("area of the contact", lambda rows: rows["area_cm2"].notna()),
    ("age of the contact", lambda rows: rows["age_h"].notna()),
    (
        "electrodes of the cell",
        lambda rows: rows["electrodes"].notna() & ~rows["electrodes"].isin(UNSAID),
    ),
    (
        "evaluation of the spectrum",
        lambda rows: rows["evaluation"].notna() & ~rows["evaluation"].isin(UNSAID),
    ),
)


def reported(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how many responses say what a reader needs to compare them.

    Columns interface_class (``all`` for every class together), what, rows, reported,
    full_text_rows and full_text_reported.
    """
    responses = rows[rows["kind"].isin(RESPONSES)]
    found = []
    for name in ("all", *CLASSES):
        members = responses if name == "all" else responses[responses["interface_class"] == name]
        whole = members["read"] == "full_text"
        for what, says in REPORTED:
            said = says(members)
            found.append(
                (
                    name,
                    what,
                    len(members),
                    int(said.sum()),
                    int(whole.sum()),
                    int((said & whole).sum()),
                )
            )
    columns = ["interface_class", "what", "rows", "reported"]
    return pd.DataFrame(found, columns=[*columns, "full_text_rows", "full_text_reported"])


AXIS_COLUMNS = (
    *("interface_class", "axis", "preparations", "given", *MISSING, "absent"),
    *("works", "works_given", "works_unreported", "works_unread"),
)


def axes(preparations: pd.DataFrame, vocabulary: pd.DataFrame) -> pd.DataFrame:
    """Return what is coded of each axis of preparation in each class that asks for it.

    Columns: interface_class, axis, preparations; given and the missing words as counts of
    preparations; ``absent``, the preparations that have no code at all; and works,
    works_given (at least one preparation of the work has it), works_unreported (the whole source
    was searched and none has it), works_unread (the part that might say it was not read).
    """
    coded = preparations[preparations["interface_class"].notna()]
    coded = coded.assign(interface_class=coded["interface_class"].str.split(" "))
    coded = coded.explode("interface_class")
    coded = coded.assign(code=coded["missing"].fillna("given"))
    found = []
    for axis, required in _required(vocabulary):
        for name in CLASSES:
            members = coded[coded["interface_class"] == name]
            if name in required and len(members):
                found.append(_axis(members, name, axis))
    table = pd.DataFrame(found, columns=AXIS_COLUMNS)
    return table.sort_values("interface_class", kind="stable", ignore_index=True)


def _required(vocabulary: pd.DataFrame) -> list[tuple[str, list[str]]]:
    words = vocabulary[vocabulary["vocabulary"] == "axis"]
    return [
        (word, json.loads(properties).get("required_for", "").split())
        for word, properties in zip(words["word"], words["properties"], strict=True)
    ]


def _axis(members: pd.DataFrame, name: str, axis: str) -> dict[str, object]:
    rows = members[members["axis"] == axis]
    codes = rows["code"].value_counts()
    by_work = rows.groupby("study_id")["code"].agg(set)
    given = by_work.map(lambda words: "given" in words).astype(bool)
    unreported = by_work.map(lambda words: "not_reported" in words).astype(bool) & ~given
    unread = by_work.map(lambda words: "not_accessed" in words).astype(bool) & ~given & ~unreported
    everyone = members["preparation_id"].nunique()
    return {
        "interface_class": name,
        "axis": axis,
        "preparations": everyone,
        **{word: int(codes.get(word, 0)) for word in ("given", *MISSING)},
        "absent": everyone - len(rows),
        "works": len(by_work),
        "works_given": int(given.sum()),
        "works_unreported": int(unreported.sum()),
        "works_unread": int(unread.sum()),
    }


def unreported(table: pd.DataFrame, works: int = 5) -> pd.DataFrame:
    """Return the axes of preparation by the share of works that do not report them.

    Of the works whose text was read there and for which the axis has a meaning; axes with fewer
    than ``works`` of them are left out. Columns of :func:`axes`, ``looked``, ``unreported_share``.
    """
    looked = table["works_given"] + table["works_unreported"]
    found = table.assign(looked=looked, unreported_share=table["works_unreported"] / looked)
    found = found[looked >= works]
    order = ["unreported_share", "looked", "interface_class", "axis"]
    return found.sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def read(rows: pd.DataFrame) -> pd.DataFrame:
    """Return responses, energies and relative changes by the text in which they were read."""
    kind = rows["kind"].replace(dict.fromkeys(RESPONSES, "responses"))
    kind = kind.replace({"energy": "energies"})
    columns = ["responses", "energies", "relative"]
    table = pd.crosstab(rows["read"], kind).reindex(columns=columns, fill_value=0)
    order = [w for w in ("full_text", "first_page", "abstract", "secondary") if w in table.index]
    table = table.loc[order].rename_axis(columns=None)
    table["share_of_responses"] = table["responses"] / max(int(table["responses"].sum()), 1)
    return table.reset_index()


def properties(table: pd.DataFrame, vocabulary: pd.DataFrame) -> pd.DataFrame:
    """Return how many substances have a printed value of each property.

    Columns vocabulary, property, words (with a value), of (all words of that vocabulary), rows.
    """
    sizes = vocabulary.groupby("vocabulary").size()
    found = table.groupby(["vocabulary", "property"])["word"].agg(["nunique", "size"])
    found = found.reset_index().rename(columns={"nunique": "words", "size": "rows"})
    return found.assign(of=found["vocabulary"].map(sizes))
