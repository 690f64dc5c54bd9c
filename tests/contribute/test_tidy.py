"""Tidy: an Excel save becomes the table it was, and what has two meanings stays."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metastudy.cli import app
from metastudy.contribute.tidy import TidyError, tidy_file, tidy_study, write_tidied
from metastudy.corpus.study import COLUMNS
from metastudy.tables.checking import check_data
from tests.corpus.seeding import lay_out

STUDY = "probe_2020_polymer"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay_out(tmp_path) / "data" / "studies" / STUDY


def cells(path: Path, record: str) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    return next(row for row in rows if row["record_id"] == record)


def set_cells(path: Path, record: str, **typed: str) -> None:
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | typed if row["record_id"] == record else row for row in rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def excel_save(path: Path) -> None:
    """Save a table as a spreadsheet of a country with decimal commas does."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    numbers = {COLUMNS.index(n) for n in ("value_text", "unc_minus", "unc_plus")}
    for row in rows[1:]:
        for index in numbers:
            row[index] = row[index].replace(".", ",")
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([*rows, [""] * len(COLUMNS)])
    path.write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode("utf-8"))


def test_a_spreadsheets_save_is_undone_byte_for_byte(folder: Path) -> None:
    path = folder / "measurements.csv"
    as_it_was = path.read_bytes()
    excel_save(path)
    assert {f.rule for f in check_data(folder.parents[2]).findings} >= {"encoding"}
    (file,) = tidy_study(folder)
    assert path.read_bytes() != as_it_was, "showing a change writes nothing"
    write_tidied([file])
    assert path.read_bytes() == as_it_was
    assert check_data(folder.parents[2]).findings == ()
    assert tidy_study(folder) == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"value_text": "<20"}, {"value_text": "20", "qualifier": "lt"}),
        ({"value_text": "~300"}, {"value_text": "300", "qualifier": "approx"}),
        (
            {"value_text": "5–10"},
            {"value_text": "5", "upper_text": "10", "qualifier": "between"},
        ),
        ({"value_text": "6.4×10¹"}, {"value_text": "6.4×10^1"}),
        ({"value_text": "10³"}, {"value_text": "1e3"}),
        ({"value_text": "0,40"}, {"value_text": "0.40"}),
        ({"temperature_text": "343.15 K"}, {"temperature_text": "70.00"}),
        ({"temperature_text": "70 °C"}, {"temperature_text": "70"}),
        ({"range_text": "30–90"}, {"range_text": "30..90"}),
        ({"notes": "Mu\u0308nster\u200b"}, {"notes": "Münster"}),
    ],
)
def test_one_meaning_is_rewritten(
    folder: Path, typed: dict[str, str], expected: dict[str, str]
) -> None:
    path, record = folder / "measurements.csv", f"{STUDY}.001"
    before = cells(path, record)
    set_cells(path, record, **typed)
    write_tidied(tidy_file(path))
    assert cells(path, record) == before | expected


@pytest.mark.parametrize(
    "typed",
    [
        {"value_text": "1,234"},
        {"value_text": "64 ± 6"},
        {"value_text": "<20", "qualifier": "gt"},
        {"value_text": "5–10", "upper_text": "12"},
        {"unit_text": "OHM cm2"},
        {"temperature_text": "343"},
    ],
)
def test_two_meanings_stay(folder: Path, typed: dict[str, str]) -> None:
    path = folder / "measurements.csv"
    set_cells(path, f"{STUDY}.001", **typed)
    assert tidy_file(path) == []


def test_the_yaml_keeps_its_words(folder: Path) -> None:
    path = folder / "study.yaml"
    as_it_was = path.read_text(encoding="utf-8")
    spoilt = as_it_was.replace("doi: 10.1000/probe.1", "doi: https://doi.org/10.1000/PROBE.1.")
    path.write_bytes(b"\xef\xbb\xbf" + spoilt.replace("\n", " \r\n").encode("utf-8"))
    write_tidied(tidy_file(path))
    assert path.read_bytes() == as_it_was.encode("utf-8")


def test_the_command_shows_and_asks(folder: Path) -> None:
    path = folder / "measurements.csv"
    set_cells(path, f"{STUDY}.001", value_text="<20")
    spoilt = path.read_bytes()
    call = ["tidy", STUDY, "--root", str(folder.parents[2])]
    refused = CliRunner().invoke(app, call, input="n\n")
    assert refused.exit_code == 0
    assert "nothing was written" in refused.output
    assert path.read_bytes() == spoilt
    written = CliRunner().invoke(app, [*call, "--yes"])
    assert f"-{STUDY}.001,plain_disc" in written.output
    assert cells(path, f"{STUDY}.001")["qualifier"] == "lt"
    assert "nothing to tidy" in CliRunner().invoke(app, call).output


def test_faults_of_files_are_named(folder: Path) -> None:
    with pytest.raises(TidyError, match="nowhere: no such study folder"):
        tidy_study(folder / "nowhere")
    path = folder / "measurements.csv"
    path.write_bytes(path.read_bytes() + b"\xe9")
    with pytest.raises(TidyError, match=r"measurements\.csv:13: the byte 0xE9 is not UTF-8"):
        tidy_file(path)
