"""One study as types: what the curator typed, as printed, with its place in the files.

Nothing here is converted. Numbers are text with the printed digits; :func:`number` reads the few
spellings that print uses. Canonical values are built in :mod:`metastudy.normalise`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from metastudy.corpus.figure import Figure
from metastudy.corpus.finding import Place
from metastudy.corpus.refits import LEVEL, Refit
from metastudy.corpus.strict_yaml import Tree
from metastudy.corpus.table import CsvTable

_NUMBER = re.compile(
    r"^(?P<mantissa>[+-]?[0-9]+(?:\.[0-9]+)?)"
    r"(?:(?:[eE]|[ ]?[x×·]?[ ]?10\^)(?P<exponent>[+-]?[0-9]+))?$"
)


def number(text: str) -> float | None:
    """Read a printed number such as ``0.40``, ``1.2e-7`` or ``1.5 10^-7``; None if it is none."""
    match = _NUMBER.match(text)
    if match is None:
        return None
    return float(f"{match['mantissa']}e{match['exponent'] or '0'}")


@dataclass(frozen=True)
class Condition:
    """A number with its printed unit and its place in the source, or the word for its absence."""

    value: str = ""
    unit: str = ""
    locator: str = ""
    qualifier: str = "exact"
    upper: str = ""
    minus: str = ""
    plus: str = ""
    note: str = ""
    missing: str = ""

    @classmethod
    def read(cls, value: Any) -> Condition:
        """Read a condition from its YAML form; an absent key is ``not_reported`` by name only."""
        if value is None:
            return cls(missing="absent")
        if isinstance(value, str):
            return cls(missing=value)
        return cls(**value)

    def __bool__(self) -> bool:
        return bool(self.value)


@dataclass(frozen=True)
class Publication:
    """Bibliographic data of the work."""

    kind: str
    title: str
    authors: tuple[str, ...]
    year: str
    container: str
    lab: str
    status: str
    read: str
    doi: str = ""
    doi_missing: str = ""
    version_of: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    note: str = ""


@dataclass(frozen=True)
class StudyContact:
    """A nominal pair of conductors, with the projected geometric area of the contact."""

    id: str
    interface_class: str
    ion: str
    solid_electrolyte: str
    se_form: str
    partner_class: str
    salt: str
    salt_content: Condition
    se_thickness: Condition
    polymer: str = ""
    molar_mass: Condition = field(default_factory=Condition)
    end_group: str = ""
    polymer_melting_point: Condition = field(default_factory=Condition)
    solvents: tuple[str, ...] = ()
    solvent_ratio: str = ""
    solvent_ratio_basis: str = ""
    second_solid_electrolyte: str = ""
    area: Condition = field(default_factory=Condition)
    diameter: Condition = field(default_factory=Condition)
    area_basis: str = "geometric"
    note: str = ""


@dataclass(frozen=True)
class SurfaceStep:
    """One step on the surface of the solid electrolyte."""

    step: str
    medium: str = ""
    atmosphere: str = ""
    duration: Condition = field(default_factory=Condition)
    temperature: Condition = field(default_factory=Condition)
    pressure: Condition = field(default_factory=Condition)
    grit: str = ""
    note: str = ""


@dataclass(frozen=True)
class Preparation:
    """What was done to the materials; ``axes`` are the coded conditions of vocabulary/axis.csv."""

    id: str
    arm: str
    series: tuple[str, ...]
    treatments: tuple[str, ...]
    steps: tuple[SurfaceStep, ...]
    axes: Mapping[str, str | Condition]
    note: str = ""


@dataclass(frozen=True)
class Sample:
    """One specimen. ``contact`` is empty for a part that was never joined (a bare ceramic)."""

    id: str
    preparation: str
    contact: str = ""
    lab: str = ""
    note: str = ""


@dataclass(frozen=True)
class StudyCell:
    """The measured circuit; ``layers`` are the words of its stack from terminal to terminal."""

    id: str
    electrodes: str
    excitation: str
    stack: str
    n_in_circuit: str
    identical_contacts: str
    pe_thickness: Condition = field(default_factory=Condition)
    frequency_range: str = ""
    note: str = ""

    @property
    def layers(self) -> tuple[str, ...]:
        """Words of the stack, or an empty tuple where the stack is not known."""
        return tuple(self.stack.split("|")) if "|" in self.stack else ()

    @property
    def contacts_counted(self) -> int | None:
        """``n_in_circuit`` as a number, or None where it is unknown."""
        return int(self.n_in_circuit) if self.n_in_circuit.isdigit() else None


@dataclass(frozen=True)
class State:
    """A state of samples; states are in time order in the file."""

    id: str
    kind: str
    age: Condition
    note: str = ""


@dataclass(frozen=True)
class Measurement:
    """One printed number: a row of measurements.csv, column by column, all text."""

    record_id: str
    sample_id: str
    cell_id: str
    state_id: str
    role: str
    component: str
    quantity: str
    value_text: str
    unit_text: str
    qualifier: str
    upper_text: str
    value_covers: str
    unc_minus: str
    unc_plus: str
    unc_kind: str
    unc_level: str
    n: str
    n_of: str
    temperature_text: str
    range_text: str
    ea_form: str
    branch: str
    evaluation: str
    basis: str
    reading_error: str
    read: str
    via: str
    locator: str
    reference_sample: str
    reference_state: str
    reference_record: str
    notes: str


COLUMNS = tuple(field.name for field in fields(Measurement))


@dataclass(frozen=True)
class Study:
    """One work: words from study.yaml, numbers from measurements.csv and from refits.csv.

    The mappings keep the order of the files; ``tree`` and ``table`` know the place of everything.
    """

    id: str
    source: Publication
    curation: tuple[Mapping[str, str], ...]
    contacts: Mapping[str, StudyContact]
    preparations: Mapping[str, Preparation]
    samples: Mapping[str, Sample]
    cells: Mapping[str, StudyCell]
    states: Mapping[str, State]
    measurements: tuple[Measurement, ...]
    tree: Tree
    table: CsvTable
    refits: tuple[Refit, ...] = ()
    refit_table: CsvTable | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)

    def refit_rows(self) -> tuple[tuple[Refit, Measurement], ...]:
        """Return every refit with the row that a printed number of its kind would be."""
        return tuple((refit, _refit_row(self.id, refit)) for refit in self.refits)

    def sample_of(self, m: Measurement) -> Sample | None:
        """Return the specimen of a row, or None."""
        return self.samples.get(m.sample_id)

    def preparation_of(self, m: Measurement) -> Preparation | None:
        """Return the preparation of a row's specimen, or None."""
        sample = self.sample_of(m)
        return None if sample is None else self.preparations.get(sample.preparation)

    def contact_of(self, m: Measurement) -> StudyContact | None:
        """Return the contact of a row's specimen, or None."""
        sample = self.sample_of(m)
        return None if sample is None else self.contacts.get(sample.contact)

    def cell_of(self, m: Measurement) -> StudyCell | None:
        """Return the cell of a row, or None."""
        return self.cells.get(m.cell_id)

    def yaml_place(self, *path: str | int) -> Place:
        """Return the place of a value of study.yaml."""
        return self.tree.place(path)


def build_study(
    tree: Tree,
    table: CsvTable,
    refits: CsvTable | None = None,
    figures: Mapping[str, Figure] | None = None,
) -> Study:
    """Make the types from a YAML tree and tables whose shapes were found right."""
    value = tree.value

    def named(key: str, make: Any) -> dict[str, Any]:
        return {part["id"]: make(part) for part in value[key]}

    source = dict(value["source"])
    source["authors"] = tuple(source["authors"])
    return Study(
        id=value["study_id"],
        source=Publication(**source),
        curation=tuple(value["curation"]),
        contacts=named("contacts", _contact),
        preparations=named("preparations", _preparation),
        samples=named("samples", lambda part: Sample(**part)),
        cells=named("cells", _cell),
        states=named("states", lambda p: State(**{**p, "age": Condition.read(p["age"])})),
        measurements=tuple(Measurement(**row.cells) for row in table.rows),
        tree=tree,
        table=table,
        refits=() if refits is None else tuple(Refit(**row.cells) for row in refits.rows),
        refit_table=refits,
        figures=figures or {},
    )


def rows_only(study_id: str, table: CsvTable) -> Study:
    """Return a study of which only the rows can be used: all its words are absent."""
    nothing: Mapping[str, Any] = {}
    return Study(
        id=study_id,
        source=Publication("", "", (), "", "", "", "", ""),
        curation=(),
        contacts=nothing,
        preparations=nothing,
        samples=nothing,
        cells=nothing,
        states=nothing,
        measurements=tuple(Measurement(**row.cells) for row in table.rows),
        tree=Tree(table.file),
        table=table,
    )


def _refit_row(study_id: str, refit: Refit) -> Measurement:
    """Write a refit as the row that a printed resistance would be."""
    value = float(refit.resistance_ohm)
    upper = refit.upper_ohm
    blank = dict.fromkeys(COLUMNS, "")
    return Measurement(
        **blank
        | {
            "record_id": f"{study_id}.{refit.refit_id}",
            "sample_id": refit.sample_id,
            "cell_id": refit.cell_id,
            "state_id": refit.state_id,
            "role": "interface",
            "component": refit.component,
            "quantity": "resistance",
            "value_text": refit.resistance_ohm,
            "unit_text": "ohm",
            "qualifier": "exact",
            "value_covers": refit.value_covers,
            "unc_minus": repr(value - float(refit.lower_ohm)),
            "unc_plus": repr(float(upper) - value) if upper else "",
            "unc_kind": "ci",
            "unc_level": f"{LEVEL:g}",
            "temperature_text": refit.temperature_text,
            "evaluation": "refit",
            "basis": "refit",
            "read": "spectrum",
            "locator": refit.place_in_file,
            "notes": refit.notes,
        }
    )


def _contact(part: Mapping[str, Any]) -> StudyContact:
    given = {key: value for key, value in part.items() if key != "class"}
    for key in (
        "salt_content",
        "se_thickness",
        "molar_mass",
        "polymer_melting_point",
        "area",
        "diameter",
    ):
        given[key] = Condition.read(part.get(key))
    given["solvents"] = tuple(part.get("solvents", ()))
    return StudyContact(interface_class=part["class"], **given)


def _preparation(part: Mapping[str, Any]) -> Preparation:
    axes = {
        axis: value if isinstance(value, str) else Condition.read(value)
        for axis, value in part["axes"].items()
    }
    return Preparation(
        id=part["id"],
        arm=part["arm"],
        series=tuple(part["series"]),
        treatments=tuple(part["treatments"]),
        steps=tuple(_step(step) for step in part["steps"]),
        axes=axes,
        note=part.get("note", ""),
    )


def _step(part: Mapping[str, Any]) -> SurfaceStep:
    given = dict(part)
    for key in ("duration", "temperature", "pressure"):
        given[key] = Condition.read(part.get(key))
    return SurfaceStep(**given)


def _cell(part: Mapping[str, Any]) -> StudyCell:
    return StudyCell(**{**part, "pe_thickness": Condition.read(part.get("pe_thickness"))})
