"""Small studies in memory: a test names only what it is about, the rest has plain defaults."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from metastudy.corpus.corpus import Corpus, default_root
from metastudy.corpus.decision import Correction
from metastudy.corpus.strict_yaml import Tree
from metastudy.corpus.study import (
    COLUMNS,
    Condition,
    Measurement,
    Preparation,
    Publication,
    Sample,
    State,
    Study,
    StudyCell,
    StudyContact,
)
from metastudy.corpus.table import CsvTable
from metastudy.corpus.vocabulary import read_vocabulary
from metastudy.normalise.observation import Observation
from metastudy.normalise.observations import Normalised, normalise

VOCABULARY = read_vocabulary(default_root() / "data" / "vocabulary")
NOT_GIVEN = Condition(missing="not_reported")

PE_SE = StudyContact(
    id="contact",
    interface_class="PE/SE",
    ion="Li",
    solid_electrolyte="LLZO",
    se_form="sintered_pellet",
    partner_class="polymer",
    salt="LiTFSI",
    salt_content=Condition("20", "EO:Li"),
    se_thickness=NOT_GIVEN,
    polymer="PEO",
)
LE_SE = replace(
    PE_SE, interface_class="LE/SE", partner_class="liquid", polymer="", solvents=("EC",)
)
SE_SE = replace(
    PE_SE,
    interface_class="SE/SE",
    partner_class="solid",
    polymer="",
    salt="none",
    second_solid_electrolyte="Na3PS4",
)
CONTACTS = {"PE/SE": PE_SE, "LE/SE": LE_SE, "SE/SE": SE_SE}

ROW = dict.fromkeys(COLUMNS, "") | {
    "sample_id": "sample",
    "cell_id": "cell",
    "role": "interface",
    "component": "total",
    "quantity": "area_specific_resistance",
    "unit_text": "ohm cm2",
    "qualifier": "exact",
    "value_covers": "one",
    "unc_kind": "not_reported",
    "evaluation": "joint_fit",
    "basis": "text",
    "read": "full_text",
    "locator": "Table 1",
}
ENERGY = {"quantity": "activation_energy", "unit_text": "eV", "value_covers": "not_applicable"}


def resistance(value: object, temperature: object = "", **given: str) -> dict[str, str]:
    """A row: a resistance at a temperature (degC or a word)."""
    return {"value_text": str(value), "temperature_text": str(temperature), **given}


def energy(value: object, form: str = "ln_r", **given: str) -> dict[str, str]:
    """A row: the activation energy (eV) of a contact."""
    return {**ENERGY, "value_text": str(value), "ea_form": form, **given}


def make_study(
    *rows: Mapping[str, str],
    name: str = "alpha_2020_first",
    interface_class: str = "PE/SE",
    contact: Mapping[str, Any] | None = None,
    cell: Mapping[str, str] | None = None,
    preparations: Mapping[str, Mapping[str, Any]] | None = None,
    samples: Mapping[str, str] | None = None,
    source: Mapping[str, str] | None = None,
) -> Study:
    """A study of one contact and one cell; samples and states are those that the rows name.

    ``samples`` maps a sample to its preparation, ``preparations`` a preparation to its fields.
    """
    measurements = tuple(
        Measurement(**{**ROW, "record_id": f"{name}.{number:03d}", **row})
        for number, row in enumerate(rows, start=1)
    )
    prepared = {"plain": {}, **(preparations or {})}
    named = {m.sample_id: "plain" for m in measurements if m.sample_id} | dict(samples or {})
    return Study(
        id=name,
        source=Publication(
            **{
                "kind": "article",
                "title": name,
                "authors": ("Alpha, A.",),
                "year": "2020",
                "container": "Journal",
                "lab": "not_reported",
                "status": "ok",
                "read": "full_text",
                **(source or {}),
            }
        ),
        curation=(),
        contacts={"contact": replace(CONTACTS[interface_class], **(contact or {}))},
        preparations={
            key: Preparation(
                **{
                    "id": key,
                    "arm": "reference",
                    "series": (),
                    "treatments": (),
                    "steps": (),
                    "axes": {},
                    **given,
                }
            )
            for key, given in prepared.items()
        },
        samples={key: Sample(key, preparation, "contact") for key, preparation in named.items()},
        cells={
            "cell": StudyCell(
                **{
                    "id": "cell",
                    "electrodes": "two_point",
                    "excitation": "eis",
                    "stack": "SS|PE|SE|PE|SS",
                    "n_in_circuit": "2",
                    "identical_contacts": "yes",
                    **(cell or {}),
                }
            )
        },
        states={
            m.state_id: State(m.state_id, "fresh", NOT_GIVEN) for m in measurements if m.state_id
        },
        measurements=measurements,
        tree=Tree(""),
        table=CsvTable(""),
    )


def corpus_of(*studies: Study, corrections: Iterable[Correction] = ()) -> Corpus:
    """Return studies as a corpus with the real vocabulary."""
    return Corpus(
        root=Path(),
        vocabulary=VOCABULARY,
        studies={study.id: study for study in studies},
        decisions={},
        corrections={correction.id: correction for correction in corrections},
        findings=(),
        unread=frozenset(),
    )


def normalised(*studies: Study, **given: Any) -> Normalised:
    """Normalise studies."""
    return normalise(corpus_of(*studies), **given)


def the_observation(*studies: Study, of: str = "", **given: Any) -> Observation:
    """Return the one observation of studies, or that of the study ``of``."""
    found = [o for o in normalised(*studies, **given).observations if o.study.id.startswith(of)]
    assert len(found) == 1, [o.id for o in found]
    return found[0]


def reasons(result: Normalised) -> dict[str, str]:
    """Return the reason word of every excluded row, by the number of the row."""
    found = {excluded.record_id.rpartition(".")[2]: excluded.reason for excluded in result.excluded}
    assert len(found) == len(result.excluded), "a row has two reasons, or two studies were given"
    return found


def covariance(result: Normalised) -> tuple[list[str], dict[tuple[str, str], float]]:
    """Return ids, and V by pairs of ids, summed term by term over shared unknowns."""
    ids = [o.id for o in result.observations]
    V = {
        (a.id, b.id): sum(
            s.loading * t.loading
            for s in a.terms
            for t in b.terms
            if (s.name, s.key) == (t.name, t.key)
        )
        for a in result.observations
        for b in result.observations
    }
    return ids, V
