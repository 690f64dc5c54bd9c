"""The new command: what it writes, what the check says of it, and what it refuses."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

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


def test_an_empty_list_of_steps_shows_the_form_of_a_step(root: Path) -> None:
    metastudy("new", STUDY, "--root", root, "--doi", "10.1000/abc.1", "--unsaid", "not_reported")
    path = root / "data" / "studies" / STUDY / "study.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("    steps: []"))
    assert lines[start + 1] == "    # Instead of [], for each:"
    end = next(n for n in range(start + 2, len(lines)) if not lines[n].startswith("    # "))
    form = [line.removeprefix("    # ") for line in lines[start + 2 : end]]
    (step,) = yaml.safe_load("\n".join(form))
    schema = json.loads((root / "schemas" / "study.schema.json").read_text(encoding="utf-8"))
    steps = schema["properties"]["preparations"]["items"]["properties"]["steps"]
    assert list(step) == list(steps["items"]["properties"])
    filled = [
        '  - step: "heat"',
        '    temperature: {value: "250", unit: degC, locator: "Experimental"}',
    ]
    text = "\n".join([*lines[:start], "    steps:", *("    " + f for f in filled), *lines[end:]])
    path.write_text(text + "\n", encoding="utf-8")
    assert "steps" not in findings(root)
    assert "heat" not in findings(root)


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


def study_of(root: Path, name: str) -> dict[str, Any]:
    return yaml.safe_load((root / "data" / "studies" / name / "study.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("interface_class", "shown", "hidden"),
    [
        ("PE/SE", {"polymer", "film_process"}, {"solvents", "water_content", "forming_pressure"}),
        ("LE/SE", {"solvents", "water_content"}, {"polymer", "film_process", "joining_order"}),
        ("SE/SE", {"second_solid_electrolyte", "forming_pressure"}, {"polymer", "carbonate"}),
    ],
)
def test_a_class_shows_only_the_fields_that_apply(
    root: Path, interface_class: str, shown: set[str], hidden: set[str]
) -> None:
    done = metastudy("new", STUDY, "--class", interface_class, "--root", root)
    assert done.status == 0, done.err
    study = study_of(root, STUDY)
    (contact,), (preparation,) = study["contacts"], study["preparations"]
    assert contact["class"] == interface_class
    assert shown <= {*contact, *preparation["axes"]}
    lines = (
        (root / "data" / "studies" / STUDY / "study.yaml").read_text("utf-8").split("# measur")[0]
    )
    for name in hidden:
        assert f" {name}:" not in lines


def test_what_the_curator_says_of_unfilled_conditions_stands_in_each(root: Path) -> None:
    metastudy("new", STUDY, "--class", "PE/SE", "--unsaid", "not_accessed", "--root", root)
    study = study_of(root, STUDY)
    axes = study["preparations"][0]["axes"]
    assert set(axes.values()) == {"not_accessed"}
    assert study["contacts"][0]["salt_content"] == "not_accessed"
    assert study["preparations"][0]["steps"] == []
    assert study["contacts"][0]["salt"] == "", "a word of its own is no condition"


def test_a_similar_study_gives_its_words_without_its_numbers_and_source(root: Path) -> None:
    other = study_of(root, "probe_2020_polymer")
    done = metastudy("new", STUDY, "--from", "probe_2020_polymer", "--root", root)
    assert done.status == 0, done.err
    text = (root / "data" / "studies" / STUDY / "study.yaml").read_text("utf-8")
    study = study_of(root, STUDY)
    assert [s["id"] for s in study["samples"]] == [s["id"] for s in other["samples"]]
    assert study["cells"][0]["stack"] == other["cells"][0]["stack"]
    assert study["contacts"][0]["polymer"] == "PEO"
    assert study["preparations"][1]["treatments"] == ["heat"]
    assert study["preparations"][1]["steps"] == [{"step": "heat", "atmosphere": "vacuum"}]
    assert study["contacts"][0]["salt_content"] == ""
    assert study["preparations"][0]["axes"]["surface_time_since"] == ""
    assert "locator: Experimental" not in text.split("# measurements.csv")[0]
    assert other["source"]["title"] not in text
    assert "water_content" not in text


BIB = r"""@article{probe,
  author = {S{\'a}ntos, Ana Maria and {van der Berg}, Jean-Pierre},
  title = {On {Li$_{7}$La$_3$} interfaces: a {PROBE} of them},
  journal = {Journal of Invented Results \& Tests},
  year = 2023, volume = 4, number = {2}, pages = {10--19},
  doi = {https://doi.org/10.1000/ABC.1}
}
"""
RIS = """TY  - JOUR
AU  - Sántos, Ana Maria
AU  - van der Berg, Jean-Pierre
TI  - On Li<sub>7</sub>La<sub>3</sub> interfaces: a PROBE of them
T2  - Journal of Invented Results & Tests
VL  - 4
IS  - 2
SP  - 10
EP  - 19
PY  - 2023/05/01
DO  - 10.1000/ABC.1
ER  -
"""


@pytest.mark.parametrize(("kind", "text"), [("bib", BIB), ("ris", RIS)])
def test_a_reference_fills_the_source_and_names_the_study(
    root: Path, tmp_path: Path, kind: str, text: str
) -> None:
    file = tmp_path / f"paper.{kind}"
    file.write_text(text, encoding="utf-8")
    done = metastudy("new", f"--{kind}", file, "--root", root)
    assert done.status == 0, done.err
    source = study_of(root, "santos_2023_li7la3")["source"]
    expected = {
        "kind": "article",
        "doi": "10.1000/abc.1",
        "title": "On Li7La3 interfaces: a PROBE of them",
        "authors": ["Sántos, A. M.", "van der Berg, J.-P."],
        "year": "2023",
        "container": "Journal of Invented Results & Tests",
        "volume": "4",
        "issue": "2",
        "pages": "10-19",
    }
    assert source.items() >= expected.items()


def test_a_taken_name_takes_the_next_word_of_the_title(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "paper.ris"
    file.write_text(RIS, encoding="utf-8")
    metastudy("new", "--ris", file, "--root", root)
    file.write_text(RIS.replace("ABC.1", "ABC.2"), encoding="utf-8")
    assert "santos_2023_probe" in metastudy("new", "--ris", file, "--root", root).out


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("bib", "", "holds 0 references; export the one of this work"),
        ("bib", "@article{a, title={x}}\n@article{b, title={y}}", "holds 2 references (a, b)"),
        ("bib", "@article{a, title={x}\n, author", "1: an entry that is not closed"),
        ("ris", RIS + RIS, "holds 2 references"),
        ("ris", "nothing", "holds 0 references"),
        ("ris", "TY  - JOUR\nTI  - A probe\nER  - \n", "the first author gives no free study id"),
        ("ris", RIS.replace("<sub>7</sub>", "\u200b"), "holds the character U+200B"),
    ],
)
def test_a_file_of_references_that_does_not_do_is_one_message(
    root: Path, tmp_path: Path, kind: str, text: str, message: str
) -> None:
    file = tmp_path / f"paper.{kind}"
    file.write_text(text, encoding="utf-8")
    before = sorted((root / "data").rglob("*"))
    done = metastudy("new", f"--{kind}", file, "--root", root)
    assert done.status == 1
    assert message in done.err
    assert done.err.count("\n") == 1
    assert sorted((root / "data").rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--class", "SE"], "'SE' is no class of contacts; it is one of LE/SE, PE/SE, SE/SE"),
        (["--unsaid", "none"], "'none' is no word for a gap; the words are not_reported"),
        (["--from", "probe_2020_polymr"], "did you mean probe_2020_polymer"),
    ],
)
def test_a_wrong_word_is_one_message(root: Path, arguments: list[str], message: str) -> None:
    done = metastudy("new", STUDY, *arguments, "--root", root)
    assert (done.status, message in done.err) == (1, True)


def test_a_package_without_a_checkout_is_not_written_to(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An installed package finds data beside itself or inside it; neither has a pyproject.toml.
    monkeypatch.setattr("metastudy.contribute.checkout.default_root", lambda: root)
    before = sorted((root / "data").rglob("*"))
    for call in (["new", STUDY], ["tidy", "probe_2020_polymer", "--yes"], ["add", STUDY]):
        done = metastudy(*call)
        assert done.status == 1
        assert "not to the installed package; give --root with the folder" in done.err
    assert sorted((root / "data").rglob("*")) == before


def test_words_that_other_studies_bring_are_offered(root: Path) -> None:
    other = root / "data" / "studies" / "probe_2020_polymer" / "words.csv"
    other.write_text(
        "vocabulary,word,meaning,properties\nse_form,foam,A foam of the solid electrolyte.,\n",
        encoding="utf-8",
    )
    metastudy("new", STUDY, "--root", root)
    text = (root / "data" / "studies" / STUDY / "study.yaml").read_text("utf-8")
    assert ", foam." in text
