"""Observations filtered by words, and the commands that show and build them."""

import csv
import io
import json
import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

import metastudy
from metastudy.cli import app
from metastudy.tables.exports import as_csv, with_dois
from metastudy.tables.filters import FilterError
from metastudy.tables.resistance_text import resistance_text
from metastudy.tables.views import select


@pytest.fixture(scope="module")
def data(frozen):
    return frozen


@pytest.fixture
def run(frozen_root):
    """Call a command on the frozen dataset."""

    def call(*arguments):
        given = [] if "--root" in arguments else ["--root", frozen_root]
        return CliRunner().invoke(app, [str(argument) for argument in (*arguments, *given)])

    return call


@pytest.mark.parametrize(
    ("name", "word", "holds"),
    [
        ("class", "pe/se", lambda row: row.interface_class == "PE/SE"),
        ("family", "polymer", lambda row: row.family.endswith("| polymer")),
        ("system", "LICGC", lambda row: row.solid_electrolyte == "LICGC"),
        ("salt", "LiTFSI", lambda row: row.salt == "LiTFSI"),
        ("arm", "treated", lambda row: row.arm == "treated"),
    ],
)
def test_a_filter_keeps_what_answers_to_its_word(data, name, word, holds):
    rows = select(data, {name: [word]})
    expected = [row.observation_id for row in data.observations.itertuples() if holds(row)]
    assert rows["observation_id"].to_list() == expected
    assert 0 < len(rows) < len(data.observations)


def test_treatments_are_words_of_a_list(data):
    words = {w for joined in data.observations["treatments"].dropna() for w in joined.split()}
    word = sorted(words)[0]
    rows = select(data, {"treatment": [word]})
    assert len(rows)
    assert all(word in joined.split() for joined in rows["treatments"])


def test_words_of_one_filter_add_and_filters_narrow(data):
    both = select(data, {"class": ["LE/SE", "SE/SE"]})
    single = [len(select(data, {"class": [word]})) for word in ("LE/SE", "SE/SE")]
    assert len(both) == sum(single)
    narrowed = select(data, {"class": ["PE/SE"], "arm": ["treated"]})
    assert set(narrowed["arm"]) == {"treated"}
    assert set(narrowed["interface_class"]) == {"PE/SE"}
    assert len(select(data, {})) == len(data.observations)


def test_a_whole_system_is_named_too(data):
    system = data.observations["system"].iloc[0]
    assert set(select(data, {"system": [system]})["system"]) == {system}


def test_a_known_word_without_rows_gives_no_rows(data):
    present = {salt for salt in data.observations["salt"]}
    words = data.vocabulary.query("vocabulary == 'salt'")["word"]
    absent = next(word for word in words if word not in present)
    assert select(data, {"salt": [absent]}).empty


@pytest.mark.parametrize(
    ("name", "word", "message"),
    [
        ("salt", "LiTSFI", r"no salt is named 'LiTSFI'; did you mean LiTFSI"),
        ("family", "granet", r"no family is named 'granet'; did you mean garnet"),
        ("class", "LE", r"no class is named 'LE'; use one of LE/SE, PE/SE, SE/SE$"),
        ("class", "nonsense", r"no class is named 'nonsense'; use one of LE/SE, PE/SE, SE/SE$"),
        ("arm", "control", r"no arm is named 'control'; use one of reference, treated"),
        ("colour", "red", r"no filter is named 'colour'; use one of class, family"),
    ],
)
def test_unknown_words_get_the_nearest(data, name, word, message):
    with pytest.raises(FilterError, match=message):
        select(data, {name: [word]})


@pytest.mark.parametrize(
    ("censoring", "lo", "hi", "text"),
    [
        ("exact", 2.0, 2.0, "100"),
        ("left", math.nan, math.log10(45.678), "< 45.7"),
        ("right", math.log10(12345.0), math.nan, "> 12300"),
        ("interval", math.log10(5.0), math.log10(20.0), "5 to 20"),
    ],
)
def test_resistance_reads_as_value_or_bound(censoring, lo, hi, text):
    assert resistance_text({"censoring": censoring, "lo": lo, "hi": hi}) == text


def test_table_command_as_csv_is_the_whole_csv_filtered(run, data):
    done = run("table", "--class", "SE/SE", "--format", "csv")
    assert done.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["interface_class"] for row in rows} == {"SE/SE"}
    whole = list(csv.DictReader(io.StringIO(as_csv(with_dois(data.observations, data)))))
    assert rows == [row for row in whole if row["interface_class"] == "SE/SE"]


def test_table_command_as_json_has_units_and_nulls(run, frozen_root):
    done = run("table", "--arm", "reference", "--format", "json", "--leave-out", "secondary")
    content = json.loads(done.stdout)["result"]
    assert content["units"]["y"] == "log10(ohm cm2)"
    rows = content["observations"]
    expected = metastudy.load(root=frozen_root, leave_out=["secondary"]).observations
    expected = expected[expected["arm"] == "reference"]
    assert [row["observation_id"] for row in rows] == expected["observation_id"].to_list()
    assert [row["y"] is None for row in rows] == (expected["censoring"] != "exact").to_list()


def test_table_command_names_every_observation(run, data):
    done = run("table", "--system", "Na3PS4")
    assert done.exit_code == 0
    assert "probe_2021_solid.film_cell.as_made" in done.stdout
    known = select(data, {"system": ["Na3PS4"]})["observation_id"]
    assert f"{len(known)} observations" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["table", "--salt", "LiTSFI"], "did you mean LiTFSI"),
        (["table", "--leave-out", "primary"], "any of secondary, unidentified, abstract_only"),
        (["table", "--root", "nowhere"], "no such folder"),
        (["build", "--out", Path(__file__) / "tables"], "cannot be written"),
    ],
)
def test_mistakes_are_one_message(run, arguments, message):
    done = run(*arguments)
    assert done.exit_code == 1
    assert isinstance(done.exception, metastudy.errors.MetastudyError)
    assert message in str(done.exception)


def test_build_command_lists_what_it_wrote(run, tmp_path):
    done = run("build", "--out", tmp_path / "tables")
    assert done.exit_code == 0, done.output
    listed = [line.split()[-1] for line in done.stdout.splitlines()]
    assert listed == [str(path) for path in sorted((tmp_path / "tables").iterdir())]
    assert metastudy.load(tmp_path / "tables").observations.shape[0] > 0


def test_a_dataset_shows_the_size_of_its_tables(data) -> None:
    text = repr(data)
    assert text.startswith(f"Dataset(rows by table: records {len(data.records)}, observations ")
    assert "\n" not in text
