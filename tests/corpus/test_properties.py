"""Properties of solvents, polymers and solid electrolytes: the reader and its findings."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from metastudy.corpus.properties import (
    COLUMNS,
    FILE,
    Properties,
    PropertyError,
    read_properties,
)
from metastudy.corpus.vocabulary import Vocabulary, read_vocabulary

ROOT = Path(__file__).parents[2]
GOOD = {
    "vocabulary": "solvent",
    "word": "PC",
    "property": "donor_number",
    "value_text": "15.1",
    "unit_text": "kcal/mol",
    "scale": "sbcl5",
    "temperature_c": "",
    "source": "10.1000/test",
    "locator": "Table 1",
    "read": "full_text",
    "notes": "",
}

Make = Callable[..., Properties]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return read_vocabulary(ROOT / "data" / "vocabulary")


@pytest.fixture
def make(tmp_path: Path, vocabulary: Vocabulary) -> Make:
    """Write one row (or several) that differs from a good one, and read it."""
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    (tmp_path / "data").mkdir()

    def write(*changes: dict[str, str]) -> Properties:
        lines = [",".join(COLUMNS)]
        lines += [",".join({**GOOD, **change}.values()) for change in changes]
        (tmp_path / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_properties(tmp_path, vocabulary)

    return write


@pytest.mark.data
def test_todays_table_has_no_faults(today: Path, vocabulary: Vocabulary) -> None:
    properties = read_properties(today, vocabulary)
    assert list(properties.findings) == []
    assert {row.vocabulary for row in properties.rows} == {
        "solvent",
        "polymer",
        "solid_electrolyte",
    }


def test_columns_stand_as_in_the_schema() -> None:
    import json

    schema = json.loads((ROOT / "schemas" / "property.schema.json").read_text(encoding="utf-8"))
    assert list(COLUMNS) == list(schema["properties"]) == schema["required"]


@pytest.mark.data
def test_polymer_table_agrees_with_its_melting_point(today: Path, vocabulary: Vocabulary) -> None:
    properties = read_properties(today, vocabulary)
    for word in vocabulary["polymer"]:
        column = vocabulary.number("polymer", word, "melting_point_c")
        if column is not None:
            assert properties.value("polymer", word, "melting_point", "pure") == column


def test_value_is_converted(make: Make) -> None:
    # 1 kcal/mol is 4.184 kJ/mol, and 1 eV a particle is 96.48533212 kJ/mol.
    value = make({}).value("solvent", "PC", "donor_number")
    assert value == pytest.approx(15.1 * 4.184 / 96.48533212, rel=1e-12)


def test_first_row_is_preferred_and_a_scale_can_be_asked_for(make: Make) -> None:
    properties = make({"source": "10.1000/one"}, {"source": "10.1000/two", "value_text": "16"})
    assert [row.value_text for row in properties.of("solvent", "PC", "donor_number")] == [
        "15.1",
        "16",
    ]
    first = properties.value("solvent", "PC", "donor_number", "sbcl5")
    assert first == properties.value("solvent", "PC", "donor_number")
    assert properties.value("solvent", "PC", "donor_number", "sbcl5_bulk") is None
    assert properties.value("solvent", "EC", "donor_number") is None


def test_no_file_is_no_property(tmp_path: Path, vocabulary: Vocabulary) -> None:
    properties = read_properties(tmp_path, vocabulary)
    assert (properties.rows, properties.findings) == ((), ())


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        ({"word": "PCC"}, "property-word", "'PCC' is no word of solvent. The words are in"),
        ({"vocabulary": "salt"}, "property-word", "Use one of: solvent, polymer, solid_electro"),
        ({"property": "donor_numbr"}, "property-word", "Did you mean donor_number"),
        ({"property": "conductivity"}, "property-kind", "It belongs to solid_electrolyte."),
        ({"scale": "static"}, "property-scale", "Its scales: sbcl5, sbcl5_bulk."),
        ({"unit_text": "cP"}, "property-unit", "cP is a unit of viscosity."),
        ({"value_text": "151"}, "property-range", "6.54798 eV is outside 0 to 3."),
        ({"value_text": "about 15"}, "property-cell", "value_text is 'about 15'"),
        ({"source": ""}, "property-cell", "The DOI of the source, or its bibliographic words."),
        ({"locator": ""}, "property-cell", "The place in the source"),
        ({"temperature_c": "298 K"}, "property-cell", "The temperature in degC"),
        ({"read": "memory"}, "property-word", "read is 'memory', which is not a word for it."),
    ],
)
def test_faults(make: Make, change: dict[str, str], rule: str, words: str) -> None:
    findings = make(change).findings
    found = [finding for finding in findings if finding.rule == rule]
    assert found, [str(finding) for finding in findings]
    assert words in str(found[0])
    assert found[0].place.file == FILE
    assert found[0].place.line == 2


def test_same_number_twice(make: Make) -> None:
    (finding,) = make({}, {"value_text": "15.2"}).findings
    assert finding.rule == "property-twice"
    assert "line 2 has the same property of the same word and source." in finding.message
    assert finding.place.line == 3


def test_faults_of_the_file_come_first(tmp_path: Path, vocabulary: Vocabulary) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    (finding,) = read_properties(tmp_path, vocabulary).findings
    assert finding.rule == "encoding"


def test_value_of_a_faulty_table_or_an_unknown_property_is_an_error(make: Make) -> None:
    with pytest.raises(PropertyError, match=r"data/properties\.csv has 1 faults: .*PCC"):
        make({"word": "PCC"}).value("solvent", "PC", "donor_number")
    with pytest.raises(PropertyError, match="'donicity' is no property"):
        make({}).value("solvent", "PC", "donicity")
