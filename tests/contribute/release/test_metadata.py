"""The same facts for machines: Zenodo, Croissant, RO-Crate, and the draft for the changelog."""

from __future__ import annotations

import hashlib

import pytest

from metastudy.contribute.release.changes import Changes, Kind, RowChange
from metastudy.contribute.release.citation import Author, read_citation
from metastudy.contribute.release.croissant import croissant
from metastudy.contribute.release.documents import changelog_draft, changes_markdown
from metastudy.contribute.release.people import schema_org
from metastudy.contribute.release.repository import LastRelease
from metastudy.contribute.release.ro_crate import ro_crate
from metastudy.contribute.release.zenodo import zenodo
from metastudy.tables.building import build
from metastudy.tables.columns import FORMS
from tests.contribute.release.checkouts import checkout

PERSON = "authors:\n  - family-names: Probe\n    given-names: Ada\n    orcid: https://orcid.org/0-1"
LAST = LastRelease("data-v0.1.0", (0, 1, 0))
MOVED = tuple(
    RowChange("observations", "changed", f"a.{n}", "y", "1", str(1 + n)) for n in (0.5, 2, 1)
)
CHANGES = Changes(
    Kind.ROWS, "a_2020 is new in studies", (RowChange("studies", "added", "a_2020"), *MOVED)
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return checkout(tmp_path_factory.mktemp("root") / "root")


@pytest.fixture(scope="module")
def citation(root):
    return read_citation(root)


def test_zenodo_gets_the_licence_of_the_data_the_day_and_the_sources(citation):
    found = zenodo(citation, ["10.1/a", "10.1/b"])
    assert (found["license"], found["version"]) == ("cc-by-4.0", "0.1.0")
    assert found["publication_date"] == "2026-11-25"
    assert found["creators"] == [{"name": "The metastudy authors"}]
    sources = {(s["identifier"], s["relation"]) for s in found["related_identifiers"]}
    assert sources == {("10.1/a", "isDerivedFrom"), ("10.1/b", "isDerivedFrom")}


def test_a_person_has_given_name_and_orcid_in_each_form(root):
    path = root / "CITATION.cff"
    before = path.read_text()
    path.write_text(before.replace("authors:\n  - name: The metastudy authors", PERSON))
    found = read_citation(root)
    path.write_text(before)
    assert found.authors == (Author("Probe", "Ada", "https://orcid.org/0-1"),)
    assert zenodo(found, [])["creators"] == [{"name": "Probe, Ada", "orcid": "0-1"}]
    assert schema_org(found.authors[0]) == {
        "@type": "Person",
        "name": "Ada Probe",
        "givenName": "Ada",
        "familyName": "Probe",
        "@id": "https://orcid.org/0-1",
    }


def test_croissant_names_every_table_with_its_checksum_and_every_column(root, citation, tmp_path):
    tables = tmp_path / "tables"
    build(tables, root)
    found = croissant(citation, tables)
    for form, file, records in zip(FORMS, found["distribution"], found["recordSet"], strict=True):
        content = (tmp_path / file["contentUrl"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["contentSize"] == f"{len(content)} B"
        header = content.decode().splitlines()[0].split(",")
        assert [field["source"]["extract"]["column"] for field in records["field"]] == header
        assert {field["source"]["fileObject"]["@id"] for field in records["field"]} == {file["@id"]}
        assert [key["@id"] for key in records["key"]] == [f"{form.name}/{n}" for n in form.key]


def test_a_crate_lists_every_file_once_in_its_folder(citation, tmp_path):
    (tmp_path / "results").mkdir()
    for name in ("README.md", "results/gaps.json", "results/scatter.json"):
        (tmp_path / name).write_text("{}")
    graph = ro_crate(citation, tmp_path, ["10.1/a"], "0.1.0", "abc")["@graph"]
    entity = {entry["@id"]: entry for entry in graph}
    assert len(entity) == len(graph)
    assert entity["./"]["hasPart"] == [{"@id": "results/"}, {"@id": "README.md"}]
    inside = [{"@id": "results/gaps.json"}, {"@id": "results/scatter.json"}]
    assert entity["results/"]["hasPart"] == inside
    assert entity["README.md"]["sha256"] == hashlib.sha256(b"{}").hexdigest()
    assert entity["./"]["citation"] == {"@id": "https://doi.org/10.1/a"}
    assert entity["./"]["author"]["@id"] in entity


def test_changes_in_words_begin_with_the_largest_move(citation):
    text = changes_markdown(CHANGES, citation, LAST)
    assert text.startswith("# Changes of the data from 0.1.0 to 0.1.0\n")
    assert "New works: `a_2020`." in text
    places = [text.index(f"| `a.{n}` ") for n in (2, 1, 0.5)]
    assert places == sorted(places)


def test_the_draft_of_the_changelog_has_counts_and_what_was_noted(citation, tmp_path):
    path = tmp_path / "CHANGELOG.md"
    path.write_text(
        "# Changelog\n\n## Unreleased\n\n### Data\n\n- A noted thing.\n\n"
        "### Code\n\n- Not this.\n\n## Data 0.0.9\n\n### Data\n\n- Nor this.\n"
    )
    assert changelog_draft(CHANGES, citation, path) == (
        "## Data 0.1.0 (2026-11-25)\n\nKind: rows were added.\n\n- observations: 3 changed\n"
        "- studies: 1 added\n\n- A noted thing.\n"
    )
    path.write_text("# Changelog\n\n## Data 0.0.9\n\n### Data\n\n- Not this.\n")
    assert "Not this" not in changelog_draft(CHANGES, citation, path)
