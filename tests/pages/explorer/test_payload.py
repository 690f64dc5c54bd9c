"""The data of the page against the tables it is made from, read as other programs read them."""

import csv
import io
import json
from typing import Any

import pandas as pd
import pytest

from metastudy.corpus.corpus import Corpus
from metastudy.pages.explorer.coded_tables import LISTS
from metastudy.pages.explorer.payload import RECORD_COLUMNS, as_json
from metastudy.tables.dataset import Dataset
from metastudy.tables.exports import as_csv, with_dois
from tests.pages.explorer.moved import cells

KINDS = {"number": float, "flag": lambda text: text == "true", "word": str}


def test_every_cell_is_that_of_the_exported_csv(
    frozen_payload: dict[str, Any], frozen: Dataset
) -> None:
    text = as_csv(with_dois(frozen.observations, frozen))
    expected = list(csv.DictReader(io.StringIO(text)))
    kinds = {column["name"]: column["kind"] for column in frozen_payload["columns"]}
    assert frozen_payload["export"] == list(expected[0])
    assert frozen_payload["observations"] == len(expected)
    for name in frozen_payload["export"]:
        found = cells(frozen_payload["rows"], name)[: len(expected)]
        for value, row in zip(found, expected, strict=True):
            if name in LISTS:
                assert (value or "").split() == row[name].split(), name
            elif row[name] == "":
                assert value is None, name
            else:
                assert value == KINDS[kinds[name]](row[name]), name


def test_every_printed_number_is_in_the_rows_of_an_observation_or_says_why_not(
    frozen_payload: dict[str, Any], frozen: Dataset
) -> None:
    rows = frozen_payload["rows"]
    states, reasons = cells(rows, "row_state"), cells(rows, "left_out")
    records = [record for text in cells(rows, "records") for record in text.split()]
    assert sorted(records) == sorted(frozen.records["record_id"])
    for state, reason in zip(states, reasons, strict=True):
        assert (reason is None) == (state == "used")


def test_the_records_are_those_of_the_dataset(
    frozen_payload: dict[str, Any], frozen: Dataset
) -> None:
    table = frozen_payload["records"]
    for column in RECORD_COLUMNS:
        expected = frozen.records[column.name].tolist()
        found = cells(table, column.name)
        for value, wanted in zip(found, expected, strict=True):
            if pd.isna(wanted) or wanted == "":
                assert value is None, column.name
            elif column.kind == "number":
                assert value == pytest.approx(wanted, rel=1e-11), column.name
            else:
                assert value == wanted, column.name


def test_columns_have_a_label_and_numbers_of_a_quantity_a_unit(
    frozen_payload: dict[str, Any],
) -> None:
    for column in frozen_payload["columns"]:
        assert column["label"]
        assert column["meaning"]
        if column["name"] in ("asr_ohm_cm2", "temperature_c", "age_h", "ea_ev"):
            assert column["unit"]


def test_a_synonym_leads_to_the_word_of_the_rows_and_each_side_has_its_names(
    frozen_payload: dict[str, Any], frozen: Dataset
) -> None:
    terms = {(t["term"], t["word"]): t for t in frozen_payload["terms"]}
    assert terms["LLZTO", "LLZO_Ta"]["columns"] == ["solid_words", "partner_words"]
    assert terms["polyethylene oxide", "PEO"]["by"] == "synonym"
    solid = cells(frozen_payload["rows"], "solid_words")
    partner = cells(frozen_payload["rows"], "partner_words")
    pair = frozen.subset(pair="PEO | LLZO").observations["observation_id"]
    ids = cells(frozen_payload["rows"], "observation_id")
    found = [
        name
        for name, one, other in zip(ids, solid, partner, strict=True)
        if name and "LLZO" in one.split() and "PEO" in other.split()
    ]
    assert found == list(pair)


def test_refits_have_the_points_of_their_spectrum(
    frozen_payload: dict[str, Any], frozen_corpus: Corpus
) -> None:
    refits = [row for row in frozen_corpus.rows if row.refit is not None]
    assert set(frozen_payload["spectra"]) == {row.id for row in refits}
    for row in refits:
        path = frozen_corpus.root / "data/studies" / row.study.id / "spectra" / row.refit.file
        lines = [line for line in path.read_text().splitlines() if line[:1].isdigit()]
        frequency, real, imaginary = (float(cell) for cell in lines[0].split(",")[:3])
        found = frozen_payload["spectra"][row.id]
        places = zip(found["frequency_hz"], found["real_ohm"], found["imaginary_ohm"], strict=True)
        nearest = min(places, key=lambda point: abs(point[0] - frequency))
        assert nearest[1] == pytest.approx(real, rel=1e-9)
        assert abs(nearest[2]) == pytest.approx(abs(imaginary), rel=1e-9)


def test_points_of_the_arrhenius_view_hold_the_measured_value(
    frozen_payload: dict[str, Any],
) -> None:
    points, rows = frozen_payload["points"], frozen_payload["rows"]
    records = cells(rows, "records")
    measured, count = cells(rows, "measured_log10"), cells(rows, "count_shift")
    for place, record, at, lo, hi in zip(*points.values(), strict=True):
        if records[place] == record and lo is not None and lo == hi and count[place] == 0:
            assert at == cells(rows, "temperature_c")[place]
            assert measured[place] - lo == pytest.approx(0, abs=0.31)  # one of one or two contacts


def test_the_text_holds_nothing_that_could_end_its_element(frozen_payload: dict[str, Any]) -> None:
    hostile = "</script><img onerror=alert(1)> & \u2028\u2029 $\\frac{1}{2}$ \u202eLTR \U0001f525"
    text = as_json({"note": hostile})
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == {"note": hostile}
