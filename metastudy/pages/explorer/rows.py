"""The rows of the page: every observation, then every printed number that went into none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metastudy.pages.explorer.coded_tables import plain_rows
from metastudy.pages.explorer.search_words import PARTNER, SOLID, sides
from metastudy.tables.columns import OBSERVATIONS, Column
from metastudy.tables.dataset import Dataset
from metastudy.tables.exports import FORM, with_dois
from metastudy.tables.rows import MODERATING_AXES

Row = dict[str, Any]
STATE = "row_state"
USED, LEFT_OUT, NO_OBSERVATION = "used", "left out", "no observation"
COLUMNS = (
    Column("row_id", "text", "", "The observation, or the record where there is none."),
    Column(STATE, "text", "", "Used in the pooled results, left out of them, or no observation."),
    *FORM.columns,
    Column("quantity", "text", "", "What the printed number measures."),
    Column("year", "number", "", "Year of publication."),
    Column(SOLID, "text", "", "The solid electrolyte and its family."),
    Column(PARTNER, "text", "", "The partner, its chemicals and its class."),
)
LABELS: Mapping[str, str] = {
    "interface_class": "class",
    "study_id": "work",
    "solid_electrolyte": "solid electrolyte",
    "partner_class": "class of partner",
    "treatments": "treatment",
    "state_kind": "state",
    "censoring": "value or bound",
    "left_out": "why left out",
    STATE: "used or left out",
    "asr_ohm_cm2": "resistance",
    "y": "log10 of resistance",
    "temperature_c": "measured at",
    "reference_c": "at",
    "age_h": "age",
    "ea_ev": "activation energy",
    "ea_source": "activation energy from",
    "read": "read in",
    "via": "read through",
    "electrodes": "electrodes",
    "film_process": "film process",
    "surface_state": "surface",
    "joining_method": "joining",
    "residual_solvent": "residual solvent",
    "coverage_known": "count of contacts known",
}


def label(name: str) -> str:
    """Return the name of a column for a reader."""
    return LABELS.get(name, name.replace("_", " "))


def page_rows(data: Dataset) -> list[Row]:
    """Return the rows; observations in their order, then records in the order of ``excluded``."""
    years = dict(zip(data.studies["study_id"], data.studies["year"], strict=True))
    rows = [*_observations(data), *_records(data)]
    for row in rows:
        row[SOLID], row[PARTNER] = sides(row["solid_electrolyte"], row["partner"], row["family"])
        row["year"] = _year(years.get(row["study_id"]))
    return rows


def _year(text: Any) -> int | None:
    return int(text) if isinstance(text, str) and text.isdigit() else None


def _observations(data: Dataset) -> Iterator[Row]:
    for row in plain_rows(with_dois(data.observations, data)):
        state = USED if row["headline"] else LEFT_OUT
        yield {**row, "row_id": row["observation_id"], STATE: state}


def _records(data: Dataset) -> Iterator[Row]:
    """Yield the printed numbers that are in no observation, with what is known of their contact."""
    known = {row["record_id"]: row for row in plain_rows(with_dois(data.records, data))}
    labs = dict(zip(data.studies["study_id"], data.studies["lab"], strict=True))
    coded: dict[tuple[str, str], str] = {
        (row["preparation_id"], row["axis"]): row["word"] or row["missing"]
        for row in plain_rows(data.preparations)
    }
    names = {column.name for column in OBSERVATIONS.columns} | {"doi", "via_doi", "quantity"}
    for left in plain_rows(data.excluded):
        record = known[left["record_id"]]
        prepared = record["preparation_id"]
        yield {
            **{name: record.get(name) for name in names},
            **_system(record["system"], record["family"]),
            **{axis: coded.get((prepared, axis)) for axis in MODERATING_AXES},
            "observation_id": None,
            "row_id": left["record_id"],
            STATE: NO_OBSERVATION,
            "records": left["record_id"],
            "left_out": left["reason"],
            "lab": labs.get(record["study_id"]),
            "sample_id": _whole(record, "sample_id"),
            "cell_id": _whole(record, "cell_id"),
            "measured_log10": record["log10_asr"],
            **dict.fromkeys(("y", "lo", "hi", "asr_ohm_cm2", "ea_ev", "headline")),
        }


def _whole(record: Row, name: str) -> str | None:
    return f"{record['study_id']}/{record[name]}" if record[name] else None


def _system(system: str | None, family: str | None) -> Row:
    """Return the columns of the observations that the keys of a contact name."""
    names = ("interface_class", "ion", "solid_electrolyte", "partner", "salt", "salt_content")
    parts = [] if system is None else system.split(" | ")
    found: Row = dict.fromkeys(names) | dict(zip(names, parts, strict=False))
    partner_class = family.split(" | ")[3] if family else None
    return found | {"material": " | ".join(parts[:4]) or None, "partner_class": partner_class}
