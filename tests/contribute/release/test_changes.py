"""What differs between two releases, and of which kind it is."""

import json
import re
import shutil
from dataclasses import replace

import pytest

from metastudy.contribute.release.changes import Kind, RowChange, compare, differ
from metastudy.contribute.release.published import PublishedTable
from tests.contribute.release.checkouts import checkout, commit
from tests.corpus.seeding import seed

NUMBER = ("number", "ohm", "A number.")
TEXT = ("string", "", "A text.")


def records(**rows):
    """Return the table of records: a number by row, and from what it is derived."""
    columns = {"record_id": TEXT, "value": NUMBER, "derived_from": TEXT}
    cells = {
        (name,): {"record_id": name, "value": value, "derived_from": source}
        for name, (value, source) in rows.items()
    }
    return PublishedTable(("record_id",), columns, cells)


def vocabulary(**words):
    columns = {"vocabulary": TEXT, "word": TEXT, "meaning": TEXT, "properties": TEXT}
    rows = {
        ("salt", word): {
            "vocabulary": "salt",
            "word": word,
            "meaning": meaning,
            "properties": json.dumps(properties),
        }
        for word, (meaning, properties) in words.items()
    }
    return PublishedTable(("vocabulary", "word"), columns, rows)


SALT = {"LiTFSI": ("A salt.", {"synonyms": "TFSI"})}
BEFORE = {"records": records(a=("1", ""), b=("2", "")), "vocabulary": vocabulary(**SALT)}


@pytest.fixture
def root(tmp_path):
    return checkout(tmp_path / "root")


@pytest.fixture
def base(root, tmp_path):
    for part in ("data", "schemas"):
        shutil.copytree(root / part, tmp_path / "base" / part)
    return tmp_path / "base"


def kind(after, base, root, before=BEFORE):
    found = compare(before, BEFORE | after, base, root)
    return found.kind, found.reason


def test_equal_releases_differ_in_nothing(base, root):
    assert compare(BEFORE, BEFORE, base, root).kind is Kind.NOTHING


def test_rows_that_come_go_and_change_are_listed(base, root):
    after = BEFORE | {"records": records(b=("3", ""), c=("1", ""))}
    assert compare(BEFORE, after, base, root).rows == (
        RowChange("records", "removed", "a"),
        RowChange("records", "changed", "b", "value", "2", "3"),
        RowChange("records", "added", "c"),
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({"a": ("1", ""), "b": ("2.5", "")}, Kind.CORRECTION),
        ({"a": ("1", "")}, Kind.CORRECTION),
        ({"a": ("1", ""), "b": ("2.5", ""), "c": ("1", "")}, Kind.ROWS),
        ({"a": ("1", ""), "b": ("2", ""), "c": ("1", "a b")}, Kind.CORRECTION),  # follows from both
    ],
)
def test_a_typed_row_that_is_new_weighs_more_than_a_correction(rows, expected, base, root):
    assert kind({"records": records(**rows)}, base, root)[0] is expected


@pytest.mark.parametrize(
    ("words", "expected", "reason"),
    [
        (SALT | {"LiFSI": ("Another.", {"synonyms": ""})}, Kind.ROWS, "salt LiFSI is new in voc"),
        ({"LiTFSI": ("An anion.", {"synonyms": ""})}, Kind.MEANING, "'LiTFSI' .* another meaning"),
        ({"LiFSI": ("A salt.", {"synonyms": ""})}, Kind.MEANING, "'LiTFSI' .* salt is gone"),
        (
            {"LiTFSI": ("A salt.", {"formula": "x"})},
            Kind.MEANING,
            "properties .* salt have changed",
        ),
        ({"LiTFSI": ("A salt.", {}), "LiX": ("X.", {"synonyms": "y"})}, Kind.ROWS, "salt LiX is"),
        ({"LiTFSI": ("A salt.", {"synonyms": "x"})}, Kind.CORRECTION, "of vocabulary is changed"),
    ],
)
def test_a_word_is_a_row_and_its_meaning_is_one(words, expected, reason, base, root):
    found, why = kind({"vocabulary": vocabulary(**words)}, base, root)
    assert found is expected
    assert re.search(reason, why)


@pytest.mark.parametrize(
    "columns",
    [
        {"record_id": TEXT, "derived_from": TEXT},
        {"record_id": TEXT, "value": ("number", "kohm", "A number."), "derived_from": TEXT},
        {"record_id": TEXT, "value": ("number", "ohm", "Another."), "derived_from": TEXT},
        {"record_id": TEXT, "value": NUMBER, "sd": NUMBER, "derived_from": TEXT},
    ],
    ids=["gone", "unit", "meaning", "new"],
)
def test_a_column_with_its_unit_and_meaning_is_a_field(columns, base, root):
    found, why = kind({"records": replace(BEFORE["records"], columns=columns)}, base, root)
    assert found is Kind.MEANING
    assert why in {
        "the column value of the table records changed",
        "the column sd of the table records changed",
    }


def test_a_table_is_a_field_too(base, root):
    assert kind({"spectra": records()}, base, root) == (Kind.MEANING, "the table spectra is new")
    gone = compare(BEFORE | {"spectra": records(a=("1", ""))}, BEFORE, base, root)
    assert (gone.kind, gone.reason) == (Kind.MEANING, "the table spectra is gone")
    assert gone.rows == (RowChange("spectra", "removed", "a"),)


def test_a_schema_is_compared_by_content_and_that_of_answers_is_left_aside(base, root):
    path = root / "schemas" / "study.schema.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content))  # in one line
    (root / "schemas" / "answer.schema.json").write_text("{}")
    assert kind({}, base, root)[0] is Kind.NOTHING
    path.write_text(json.dumps(content | {"required": []}))
    assert kind({}, base, root) == (Kind.MEANING, "schemas/study.schema.json changed")


def test_a_file_of_the_data_that_no_table_shows_is_a_correction(base, root):
    seed(root, {"in": "data/claims.csv", "append": "x\n"})
    commit(root)
    assert kind({}, base, root) == (Kind.CORRECTION, "data/claims.csv changed")


def test_the_version_alone_is_no_change_of_the_data(base, root):
    (root / "data" / "VERSION").write_text("0.2.0\n")
    assert kind({}, base, root)[0] is Kind.NOTHING


def test_before_the_first_release_everything_is_new(root):
    found = compare({}, BEFORE, None, root)
    assert found.kind is Kind.EVERYTHING
    assert [row.row for row in found.rows] == ["a", "b", "salt LiTFSI"]


@pytest.mark.parametrize(
    ("before", "after", "kind", "expected"),
    [
        ("1", "1.0000000001", "number", False),  # noise of another machine
        ("1000000", "1000000.0001", "number", False),
        ("1", "1.00001", "number", True),
        ("", "0", "number", True),
        ("1", "1.0", "string", True),  # as typed
    ],
)
def test_numbers_differ_above_noise_and_texts_by_a_letter(before, after, kind, expected):
    assert differ(before, after, kind) is expected
    assert differ(after, before, kind) is expected
