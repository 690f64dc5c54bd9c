"""The new command: what it writes, what the check says of it, and what it refuses."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
import yaml

from metastudy.corpus.study import COLUMNS
from tests.contribute.command import metastudy
from tests.corpus.seeding import lay_out

STUDY = "santos_2023_probe"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


def findings(root: Path) -> str:
    return metastudy("check", STUDY, "--root", root).out


def test_a_new_study_holds_two_files_that_parse(root: Path) -> None:
    done = metastudy("new", STUDY, "--root", root, "--doi", "https://doi.org/10.1000/ABC.1")
    folder = root / "data" / "studies" / STUDY
    assert done.status == 0, done.err
    assert done.out.splitlines()[-1] == f"fill them, then: metastudy check {STUDY}"
    assert sorted(os.listdir(folder)) == ["measurements.csv", "study.yaml"]
    study = yaml.safe_load((folder / "study.yaml").read_text())
    assert study["study_id"] == STUDY
    assert study["source"]["doi"] == "10.1000/abc.1"
    assert study["source"]["year"] == "2023"
    header, row = csv.reader((folder / "measurements.csv").read_text().splitlines())
    assert tuple(header) == COLUMNS
    assert row[:4] == [f"{STUDY}.001", "sample_1", "cell_1", "state_1"]


def test_every_field_stands_there_with_a_line_from_schema_or_vocabulary(root: Path) -> None:
    # A meaning that is changed in its one home must appear: the words are no second copy.
    axes = root / "data" / "vocabulary" / "axis.csv"
    before = "State of the solid electrolyte surface before contact."
    assert before in axes.read_text()
    axes.write_text(axes.read_text().replace(before, "How the surface was before contact."))
    schema = root / "schemas" / "study.schema.json"
    schema.write_text(
        schema.read_text().replace("Title as printed, on one line", "The title, letter by letter")
    )
    metastudy("new", STUDY, "--root", root)
    lines = (root / "data" / "studies" / STUDY / "study.yaml").read_text().splitlines()
    assert any(line.startswith('  title: ""  # The title, letter by letter') for line in lines)
    assert '    # end_group: ""  # End group of the polymer, or a missing word.' in lines
    assert any(
        line.startswith('      surface_state: ""  # How the surface was before contact. Needed for')
        for line in lines
    )
    columns = [line.split(":")[0].removeprefix("#   ") for line in lines[-len(COLUMNS) :]]
    assert tuple(columns) == COLUMNS


def test_the_check_names_what_is_still_to_be_filled_and_nothing_else(root: Path) -> None:
    metastudy("new", STUDY, "--root", root, "--doi", "10.1000/abc.1")
    text = (root / "data" / "studies" / STUDY / "study.yaml").read_text().splitlines()
    empty = {
        number
        for number, line in enumerate(text, 1)
        if '""' in line.split("#")[0] and not line.startswith("#")
    }
    found = [line for line in findings(root).splitlines() if f"{STUDY}/study.yaml:" in line]
    assert {int(line.split(":")[1]) for line in found} == empty
    assert any("title is empty. Title as printed," in line for line in found)
    assert "measurements.csv:2" in findings(root)


FILLED = {
    'kind: ""  # What the source': "kind: article  # What the source",
    'kind: ""  # Kind of state': "kind: fresh  # Kind of state",
    'lab: ""': "lab: unknown",
    'status: ""': "status: ok",
    ' read: ""': " read: full_text",
    'role: ""': "role: curator",
    ' class: ""': " class: LE/SE",
    ' ion: ""': " ion: Li",
    ' solid_electrolyte: ""': " solid_electrolyte: LLZO",
    'partner_class: ""': "partner_class: liquid",
    ' salt: ""': " salt: LiTFSI",
    'arm: ""': "arm: reference",
    'step: ""': "step: store",
    'electrodes: ""': "electrodes: two_point",
    'excitation: ""': "excitation: eis",
    'n_in_circuit: ""': "n_in_circuit: unknown",
    'identical_contacts: ""': "identical_contacts: unknown",
}


def test_a_filled_study_passes_the_shape(root: Path) -> None:
    """Fill each gap with an allowed word: the form itself has no fault."""
    metastudy("new", STUDY, "--root", root, "--doi", "10.1000/abc.1")
    file = root / "data" / "studies" / STUDY / "study.yaml"
    text = file.read_text()
    for gap, filled in FILLED.items():
        assert gap in text
        text = text.replace(gap, filled)
    file.write_text(text.replace('""', "not_reported"))
    # What the source says is not in the form: its authors, and the solvents of the contact.
    open_rules = {
        line.split()[1] for line in findings(root).splitlines() if f"{STUDY}/study.yaml:" in line
    }
    assert open_rules <= {"study-source", "partner-missing"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Santos 2023"], "'Santos 2023' is not a study id; write family_year_word in lower case"),
        (["../santos_2023_probe"], "is not a study id"),
        (["probe_2021_solid"], "probe_2021_solid: exists; fill it"),
        ([STUDY, "--doi", "doi.org/abc"], "'doi.org/abc' is not a DOI; it reads like 10.1021/"),
    ],
)
def test_what_is_refused_is_one_message_and_writes_nothing(
    root: Path, arguments: list[str], message: str
) -> None:
    studies = root / "data" / "studies"
    before = sorted(studies.rglob("*"))
    done = metastudy("new", *arguments, "--root", root)
    assert done.status == 1
    assert done.err.startswith("metastudy: ")
    assert done.err.count("\n") == 1
    assert message in done.err
    assert sorted(studies.rglob("*")) == before


def test_a_doi_that_another_study_has_is_refused_even_if_that_one_is_unfinished(root: Path) -> None:
    metastudy("new", STUDY, "--root", root, "--doi", "10.1000/abc.1")
    done = metastudy("new", "other_2023_probe", "--root", root, "--doi", "10.1000/ABC.1")
    assert done.status == 1
    assert done.err == (
        f"metastudy: 10.1000/abc.1 is the study {STUDY}; add its numbers there instead\n"
    )


def test_a_root_without_data_is_one_message(tmp_path: Path) -> None:
    done = metastudy("new", STUDY, "--root", tmp_path)
    assert done.status == 1
    assert "no such folder; the data root holds data/studies" in done.err
