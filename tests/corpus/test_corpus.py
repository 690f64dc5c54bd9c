"""A data root as people leave it: stray files, odd folders, broken files, corrections."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from metastudy.corpus.corpus import CorpusError, UnknownStudyError, read_corpus
from metastudy.corpus.vocabulary import VocabularyError, read_vocabulary
from metastudy.tables.checking import check_data
from tests.corpus.seeding import lay_out, seed

POLYMER = "data/studies/probe_2020_polymer"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


def found(root: Path) -> list[str]:
    return [f"{f.place.file} {f.rule}" for f in check_data(root).findings]


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store",
        "study.yaml~",
        "#study.yaml#",
        ".study.yaml.swp",
        "Thumbs.db",
        "desktop.ini",
        "~$measurements.csv",
        "measurements.csv.orig",
        ".~lock.measurements.csv#",
    ],
)
@pytest.mark.parametrize("folder", ["data/studies", POLYMER, "data/decisions"])
def test_stray_files_of_editors_and_desktops_are_ignored(
    root: Path, folder: str, name: str
) -> None:
    (root / folder / name).write_bytes(b"\xff\x00")
    assert found(root) == []


def test_an_editors_lock_link_is_ignored(root: Path) -> None:
    (root / POLYMER / ".#study.yaml").symlink_to("someone@host.1234")
    assert found(root) == []


def test_a_spectra_folder_with_spectra_is_welcome(root: Path) -> None:
    (root / POLYMER / "spectra").mkdir()
    (root / POLYMER / "spectra" / "run_1.mpt").write_text("x")
    assert found(root) == []


def test_a_broken_file_is_one_finding_and_references_into_it_are_silent(root: Path) -> None:
    seed(root, {"in": f"{POLYMER}/study.yaml", "replace": "year: '2020'", "by": "year: [2020"})
    seed(
        root,
        {
            "in": "data/studies/probe_2022_liquid/measurements.csv",
            "row": "probe_2022_liquid.001",
            "set": {"reference_record": "probe_2020_polymer.001"},
        },
    )
    assert found(root) == [f"{POLYMER}/study.yaml yaml-syntax"]


@pytest.mark.parametrize("name", ["study.yaml", "measurements.csv"])
def test_a_folder_in_place_of_a_file(root: Path, name: str) -> None:
    path = root / POLYMER / name
    path.unlink()
    path.mkdir()
    assert found(root) == [f"{POLYMER}/{name} study-file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["study.yaml", "measurements.csv"])
def test_a_pipe_in_place_of_a_file(root: Path, name: str) -> None:
    path = root / POLYMER / name
    path.unlink()
    os.mkfifo(path)
    assert found(root) == [f"{POLYMER}/{name} study-file"]


def test_a_symlinked_file_is_one_finding(root: Path) -> None:
    path = root / POLYMER / "study.yaml"
    path.rename(root / "elsewhere.yaml")
    path.symlink_to(root / "elsewhere.yaml")
    assert found(root) == [f"{POLYMER}/study.yaml study-symlink"]


@pytest.mark.skipif(sys.platform != "linux", reason="this system refuses such a name")
def test_odd_names_can_be_printed(root: Path) -> None:
    os.mkdir(os.fsencode(root / "data" / "studies") + b"/a\xff\n::error")
    (finding,) = check_data(root).findings
    assert finding.rule == "study-name"
    assert finding.place.file == "data/studies/a\\udcff\\u000a::error"


def test_an_unreadable_file_is_one_finding(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "study.yaml" and path.parent.name == "probe_2020_polymer":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (finding,) = check_data(root).findings
    assert str(finding) == (
        f"{POLYMER}/study.yaml:1:1 study-file cannot be read: Permission denied. "
        "Check its permissions."
    )


def test_a_correction_takes_part_in_the_rules(root: Path) -> None:
    row = {"row": "probe_2020_polymer.011", "set": {"value_text": "128", "qualifier": "exact"}}
    seed(root, {"in": f"{POLYMER}/measurements.csv", **row})
    assert found(root) == [f"{POLYMER}/measurements.csv repeat-differs"]
    (root / "data" / "corrections").mkdir()
    (root / "data" / "corrections" / "probe_half.yaml").write_text(
        "{id: probe_half, record: probe_2020_polymer.011, column: value_text, expect: '128',"
        " action: override, value: '64', ground: erratum, reason: Invented, status: open,"
        " date: '2026-11-25'}"
    )
    assert found(root) == []


def test_a_withdrawn_row_takes_no_part_in_the_science_rules(root: Path) -> None:
    row = {"row": "probe_2020_polymer.011", "set": {"value_text": "128", "qualifier": "exact"}}
    seed(root, {"in": f"{POLYMER}/measurements.csv", **row})
    (root / "data" / "corrections").mkdir()
    (root / "data" / "corrections" / "probe_out.yaml").write_text(
        "{id: probe_out, record: probe_2020_polymer.011, column: value_text, expect: '128',"
        " action: withdraw, ground: erratum, reason: Invented, status: open, date: '2026-11-25'}"
    )
    assert found(root) == []


def test_some_studies_can_be_read_alone(root: Path) -> None:
    corpus = read_corpus(root, only=["probe_2022_liquid"])
    assert list(corpus.studies) == ["probe_2022_liquid"]
    with pytest.raises(UnknownStudyError, match=r"no study is named probe_2021_soli.*probe_2021_"):
        read_corpus(root, only=["probe_2021_soli"])


def test_a_corpus_error_lists_its_findings(root: Path) -> None:
    (root / POLYMER / "study.yaml").unlink()
    error = CorpusError(read_corpus(root).findings)
    assert str(error) == (
        "the data has 1 errors:\n"
        f"{POLYMER}/study.yaml:1:1 study-file study.yaml is missing. "
        "Every study has study.yaml and measurements.csv."
    )


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("arm.csv", None, "arm.csv:1: the table is missing."),
        ("unit.csv", None, "unit.csv:1: the table is missing."),
        ("arm.csv", "name,meaning\n", "arm.csv:1: the first columns are not word,meaning."),
        ("arm.csv", "word,meaning\na,b\n", "arm.csv:2: the word 'a' has no meaning."),
        ("arm.csv", "word,meaning\na,B.\na,C.\n", "arm.csv:3: the word 'a' is there twice."),
        ("arm.csv", "word,meaning\na,B.,c\n", "arm.csv:2: the row does not have as many cells"),
        ("arm.csv", 'word,meaning\na,"B.\n', "arm.csv:1: not readable as CSV"),
        (
            "unit.csv",
            "word,meaning,unit\nohm,Ohm.,Ohms\n",
            "unit.csv:2: the unit 'Ohms' of 'ohm' does not exist.",
        ),
        (
            "polymer.csv",
            "word,meaning,melting_point_c\nPEO,Poly.,warm\n",
            "polymer.csv:2: melting_point_c of 'PEO' is 'warm', which is not a number.",
        ),
        (
            "polymer.csv",
            "word,meaning\nPEO,Poly.\n",
            "polymer.csv:1: the column melting_point_c is missing.",
        ),
        (
            "axis.csv",
            "word,meaning,kind,of,required_for\nage,Age.,word,ages,\n",
            "axis.csv:2: the axis 'age' has kind 'word' of 'ages'.",
        ),
        (
            "quantity.csv",
            "word,meaning,dimension,lowest,highest,response\nr,R.,ohmic,0,1,yes\n",
            "quantity.csv:2: the dimension 'ohmic' of 'r' does not exist.",
        ),
    ],
)
def test_a_broken_vocabulary_is_one_finding_of_the_check(
    root: Path, file: str, text: str | None, message: str
) -> None:
    path = root / "data" / "vocabulary" / file
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")
    (finding,) = check_data(root).findings
    assert finding.rule == "vocabulary"
    shown = f"{finding.place.file}:{finding.place.line}: {finding.message}"
    assert shown.startswith(f"data/vocabulary/{message}")


def test_a_folder_without_vocabulary_says_so(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=re.escape(f"{tmp_path / 'none'}: no such folder")):
        read_vocabulary(tmp_path / "none")
