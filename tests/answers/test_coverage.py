"""Counts of coverage on a dataset of a dozen invented rows, every expectation counted by hand."""

import json

import pandas as pd
import pytest

import metastudy
from metastudy.answers import coverage as room
from metastudy.answers.biases import biases
from metastudy.tables.loading import Dataset

LIQUID = "LE/SE | Li | NASICON | liquid"
POLYMER = "PE/SE | Na | garnet | polymer"
PLAIN = {
    "study_id": "a",
    "sample_id": "s",
    "role": "interface",
    "component": "total",
    "quantity": "area_specific_resistance",
    "qualifier": "exact",
    "value_covers": "unknown",
    "unc_kind": "not_reported",
    "n": None,
    "temperature_text": "25",
    "temperature_c": 25.0,
    "evaluation": "joint_fit",
    "read": "full_text",
    "reference_record": None,
    "family": LIQUID,
    "interface_class": "LE/SE",
    "area_cm2": None,
    "age_h": None,
    "electrodes": "two_point",
    "n_in_circuit": 2,
    "arm": "reference",
    "observation_id": None,
    "excluded": None,
}
# Invented. Each row says what it changes of the plain one, and what it counts as.
ROWS = (
    ("value", {"observation_id": "o1", "value_covers": "one", "area_cm2": 1.0}),
    ("value", {"qualifier": "approx", "value_covers": "all", "unc_kind": "sd", "n": "3"}),
    ("bound", {"qualifier": "lt", "read": "abstract", "age_h": 24.0}),
    ("bound", {"role": "bound", "component": "whole_cell", "study_id": "b", "n_in_circuit": None}),
    ("bound", {"component": "charge_transfer", "temperature_text": "room temperature"}),
    ("bound", {"role": "kinetic", "quantity": "exchange_current_density", "n_in_circuit": 1}),
    ("repeat", {"excluded": "duplicate"}),
    ("repeat", {"excluded": "superseded_secondary", "read": "secondary"}),
    ("withdrawn", {"excluded": "withdrawn"}),
    ("no limit", {"qualifier": "not_detected", "excluded": "no_limit"}),
    ("switched off", {"excluded": "secondary"}),
    ("energy", {"quantity": "activation_energy", "excluded": "activation_energy"}),
    ("relative", {"role": "relative", "quantity": "relative_resistance", "excluded": "relative"}),
    (
        "repeat",
        {
            "role": "relative",
            "quantity": "relative_resistance",
            "reference_record": "r12",
            "excluded": "relative",
        },
    ),
    (
        "relative",
        {
            "role": "relative",
            "quantity": "relative_resistance",
            "reference_record": "r12",
            "sample_id": "another",
            "excluded": "relative",
        },
    ),
    ("other", {"role": "normaliser", "quantity": "conductivity", "excluded": "role"}),
    ("other", {"role": "constant", "excluded": "role"}),
    (
        "value",
        {
            "study_id": "c",
            "family": POLYMER,
            "interface_class": "PE/SE",
            "temperature_text": "not stated",
            "excluded": "no_area",
            "electrodes": "unknown",
            "evaluation": "not_reported",
        },
    ),
)
QUANTITIES = {
    "area_specific_resistance": "yes",
    "exchange_current_density": "yes",
    "activation_energy": "no",
    "relative_resistance": "no",
    "conductivity": "no",
}


def vocabulary():
    rows = [("quantity", w, json.dumps({"response": r})) for w, r in QUANTITIES.items()]
    rows += [
        ("axis", "carbonate", json.dumps({"required_for": "LE/SE PE/SE"})),
        ("axis", "drying_time", json.dumps({"required_for": "PE/SE"})),
        ("axis", "polish_grit", json.dumps({})),
    ]
    return pd.DataFrame(rows, columns=["vocabulary", "word", "properties"])


def observations():
    rows = [("o1", "a", LIQUID, True), ("o2", "b", LIQUID, False)]
    frame = pd.DataFrame(rows, columns=["observation_id", "study_id", "family", "headline"])
    return frame.assign(
        interface_class="LE/SE", system=["s", "s"], salt="LiTFSI", partner=["PC", "DMC"]
    )


@pytest.fixture(scope="module")
def data():
    records = pd.DataFrame([PLAIN | change for _, change in ROWS])
    records["record_id"] = [f"r{i}" for i in range(len(records))]
    records["n_in_circuit"] = records["n_in_circuit"].astype("Int64")
    records["derived_from"] = None
    computed = records.iloc[[0]].assign(record_id="r0.rest", derived_from="r0")
    records = pd.concat([records, computed], ignore_index=True)
    studies = pd.DataFrame(
        {"study_id": ["a", "b", "c"], "kind": ["article", "unidentified"] * 1 + ["article"]}
    )
    tables = {
        "records": records,
        "observations": observations(),
        "vocabulary": vocabulary(),
        "studies": studies,
    }
    return Dataset(tables, {})


@pytest.fixture(scope="module")
def rows(data):
    return data.printed.assign(kind=room.kinds(data))


def test_every_row_is_the_kind_that_it_was_invented_as(rows):
    assert list(rows["kind"]) == [kind for kind, _ in ROWS]


def test_totals(data, rows):
    totals = room.totals(data, rows).set_index("what")
    expected = {
        "printed numbers": (18, 3),
        "of these on the resistance of a contact": (12, 3),
        "interface responses": (7, 3),
        "of these values": (3, 2),
        "of these bounds": (4, 2),
        "responses read in a full text": (6, 3),
        "responses that went into an observation": (1, 1),
        "observations (one sample in one state)": (2, 2),
        "observations in the headline set": (1, 1),
        "activation energies of contacts": (1, 1),
        "relative changes": (2, 1),
        "repeats, not counted as responses or changes": (3, 1),
        "left out by switch": (1, 1),
    }
    for what, (count, works) in expected.items():
        assert tuple(totals.loc[what, ["count", "works"]]) == (count, works), what


def test_pairs(data, rows):
    pairs = room.pairs(rows, data.observations).set_index("interface_class")
    columns = ["ion", "family", "partner_class", "works", "values", "bounds", "responses"]
    assert list(pairs.loc["LE/SE", columns]) == ["Li", "NASICON", "liquid", 2, 2, 4, 6]
    assert list(pairs.loc["PE/SE", columns]) == ["Na", "garnet", "polymer", 1, 1, 0, 1]
    counts = ["energies", "relative", "observations"]
    assert list(pairs.loc["LE/SE", counts]) == [1, 2, 2]
    assert list(pairs.loc["PE/SE", counts]) == [0, 0, 0]


@pytest.mark.parametrize(
    ("what", "said", "of_full_text"),
    [
        # one; all of two; the circuit of one
        ("how many contacts the number covers", 3, 3),
        ("temperature as a number", 5, 4),
        ("temperature as a number or in words", 6, 5),
        ("a spread or any uncertainty", 1, 1),
        ("number of samples, cells or repeats", 1, 1),
        ("area of the contact", 1, 1),
        ("age of the contact", 1, 0),
        ("electrodes of the cell", 6, 5),
        ("evaluation of the spectrum", 6, 5),
    ],
)
def test_what_is_reported(rows, what, said, of_full_text):
    table = room.reported(rows).set_index(["interface_class", "what"]).loc[("all", what)]
    assert (table["rows"], table["reported"]) == (7, said)
    assert (table["full_text_rows"], table["full_text_reported"]) == (6, of_full_text)


def codes(*lines):
    columns = ["study_id", "preparation_id", "interface_class", "axis", "missing"]
    return pd.DataFrame(lines, columns=columns)


def test_missing_words_of_an_axis_are_never_added_up():
    preparations = codes(
        ("a", "a/1", "LE/SE", "carbonate", None),
        ("a", "a/2", "LE/SE", "carbonate", "not_reported"),
        ("b", "b/1", "LE/SE", "carbonate", "not_reported"),
        ("c", "c/1", "LE/SE PE/SE", "carbonate", "not_accessed"),
        ("c", "c/1", "LE/SE PE/SE", "drying_time", "not_applicable"),
        ("d", "d/1", "LE/SE", "polish_grit", None),
        ("e", "e/1", None, "carbonate", None),
    )
    table = room.axes(preparations, vocabulary()).set_index(["interface_class", "axis"])
    assert list(table.index) == [
        ("LE/SE", "carbonate"),
        ("PE/SE", "carbonate"),
        ("PE/SE", "drying_time"),
    ]
    liquid = table.loc[("LE/SE", "carbonate")]
    codes_of = ["preparations", "given", "not_reported", "not_accessed", "not_applicable", "absent"]
    assert list(liquid[codes_of]) == [5, 1, 2, 1, 0, 1]
    works = ["works", "works_given", "works_unreported", "works_unread"]
    assert list(liquid[works]) == [3, 1, 1, 1]
    assert list(table.loc[("PE/SE", "drying_time"), works]) == [1, 0, 0, 0]


def test_unreported_is_a_share_of_the_works_that_were_read():
    preparations = codes(
        *((f"s{i}", f"s{i}/1", "LE/SE", "carbonate", "not_reported") for i in range(4)),
        ("g", "g/1", "LE/SE", "carbonate", None),
        *((f"u{i}", f"u{i}/1", "LE/SE", "carbonate", "not_accessed") for i in range(9)),
    )
    table = room.axes(preparations, vocabulary())
    assert list(room.unreported(table, works=5)["unreported_share"]) == [0.8]
    assert room.unreported(table, works=6).empty


def test_read_by_text(rows, data):
    read = room.read(rows).set_index("read")
    assert list(read.loc["full_text", ["responses", "energies", "relative"]]) == [6, 1, 2]
    assert read.loc["abstract", "share_of_responses"] == pytest.approx(1 / 7)


def test_properties_are_counted_by_substance():
    table = pd.DataFrame(
        [("axis", "carbonate", "p"), ("axis", "carbonate", "p"), ("axis", "drying_time", "q")],
        columns=["vocabulary", "word", "property"],
    )
    found = room.properties(table, vocabulary()).set_index("property")
    assert list(found.loc["p", ["words", "rows", "of"]]) == [1, 2, 3]
    assert list(found.loc["q", ["words", "rows", "of"]]) == [1, 1, 3]


def test_biases_are_counts_of_counts(data):
    found = {bias.what: (bias.count, bias.of) for bias in biases(data)}
    assert found["responses on a NASICON-type solid electrolyte"] == (6, 7)
    assert found["responses of the lithium ion"] == (6, 7)
    assert found["PE/SE responses from two-point cells, of those with known electrodes"] == (0, 0)
    assert found["LE/SE responses that are bounds"] == (4, 6)
    assert found["solvents (LE/SE) that come with one salt only"] == (2, 2)
    assert found["salts (LE/SE) that come with one solvent only"] == (0, 1)
    assert found["systems known from one work only"] == (0, 1)
    assert found["responses of the work with most of them (a)"] == (5, 7)
    assert found["responses from works that were not identified"] == (1, 7)
    assert found["responses whose temperature is not stated or in words"] == (2, 7)


def hold_every_required_axis_coded(data):
    table = room.axes(data.preparations, data.vocabulary)
    assert (table["absent"] == 0).all()
    words = table[["given", *room.MISSING]].sum(axis=1)
    assert (words == table["preparations"]).all()


def test_every_required_axis_is_coded(frozen):
    hold_every_required_axis_coded(frozen)


@pytest.mark.data
def test_every_required_axis_of_todays_data_is_coded(todays_data):
    hold_every_required_axis_coded(todays_data)


def test_a_switch_takes_its_rows_out_of_every_count(frozen_root):
    fewer = metastudy.load(root=frozen_root, leave_out=["secondary"])
    rows = fewer.records.assign(kind=room.kinds(fewer))
    counted = rows["kind"].isin((*room.RESPONSES, "energy", "relative"))
    assert counted.any()
    assert not (rows.loc[counted, "basis"] == "secondary").any()
