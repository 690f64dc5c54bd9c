"""The edit before a release: version, day, and the words of studies."""

from __future__ import annotations

import csv

import pytest

from metastudy.corpus.corpus import read_corpus
from tests.contribute.command import git, metastudy
from tests.contribute.release.checkouts import PROPER, checkout

WORDS = "data/studies/probe_2021_solid/words.csv"


@pytest.fixture
def root(tmp_path):
    return checkout(tmp_path / "root")


def vocabulary(root, name):
    with (root / "data" / "vocabulary" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["word"]: row for row in csv.DictReader(file)}


def test_version_and_day_are_written_where_they_are_read(root, capsys):
    done = metastudy("release", "0.2.0", "--prepare", "--root", root)
    assert done.status == 0, done.err
    assert (root / "data" / "VERSION").read_text() == "0.2.0\n"
    lines = (root / "CITATION.cff").read_text().splitlines()
    assert "version: 0.2.0" in lines
    assert any(line.startswith('date-released: "20') for line in lines)
    assert done.out.splitlines()[-1] == "next: git commit, then metastudy release 0.2.0"


def test_a_word_of_a_study_moves_into_the_vocabulary_with_its_properties(root):
    before = vocabulary(root, "solvent")
    (root / WORDS).write_text(PROPER)
    words = read_corpus(root).vocabulary.words
    done = metastudy("release", "0.2.0", "--prepare", "--root", root)
    assert done.status == 0, done.err
    assert not (root / WORDS).exists()
    moved = {"word": "DEGDME", "meaning": "Diglyme.", "synonyms": "diglyme"}
    assert vocabulary(root, "solvent") == before | {"DEGDME": moved}
    assert read_corpus(root).vocabulary.words == words
    assert WORDS in done.out


def test_a_word_that_is_there_already_is_not_written_twice(root):
    before = (root / "data" / "vocabulary" / "solvent.csv").read_text()
    (root / WORDS).write_text(PROPER)
    metastudy("release", "0.2.0", "--prepare", "--root", root)
    once = (root / "data" / "vocabulary" / "solvent.csv").read_text()
    (root / WORDS).write_text(PROPER)
    done = metastudy("release", "0.2.0", "--prepare", "--root", root)
    assert done.status == 0
    assert (root / "data" / "vocabulary" / "solvent.csv").read_text() == once != before
    assert not (root / WORDS).exists()


def test_a_faulty_word_is_named_and_nothing_is_written(root):
    (root / WORDS).write_text(PROPER.replace("Diglyme.", "Diglyme"))
    done = metastudy("release", "0.2.0", "--prepare", "--root", root)
    assert done.status == 1
    assert f"{WORDS}:2:" in done.err
    assert "Explain it in one sentence with a full stop." in done.err
    assert (root / "data" / "VERSION").read_text() == "0.1.0\n"
    assert (root / WORDS).is_file()


def test_a_version_below_the_last_release_is_refused(root):
    git(root, "tag", "data-v0.2.0")
    done = metastudy("release", "0.1.9", "--prepare", "--root", root)
    assert (done.status, done.err) == (
        1,
        "metastudy: version 0.1.9 is not above the last release, 0.2.0\n",
    )


def test_a_folder_for_the_release_is_refused_while_it_is_prepared(root, tmp_path):
    done = metastudy("release", "0.2.0", "--prepare", "--out", tmp_path / "new", "--root", root)
    assert done.status == 1
    assert "--prepare writes into the checkout" in done.err
    assert (root / "data" / "VERSION").read_text() == "0.1.0\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("abstract", "summary", "lacks 'abstract'; a release needs title, abstract, version"),
        ("title:", "title: [", "not readable as YAML"),
        ("version: 0.1.0", "version: 0.1.0\nversion: 0.1.0", "has 2 lines version:, not one"),
    ],
)
def test_a_faulty_citation_file_is_named(root, old, new, said):
    path = root / "CITATION.cff"
    path.write_text(path.read_text().replace(old, new, 1))
    done = metastudy("release", "0.2.0", "--prepare", "--root", root)
    assert done.status == 1
    assert "CITATION.cff" in done.err
    assert said in done.err
