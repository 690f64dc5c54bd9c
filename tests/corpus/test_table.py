"""The CSV reader: cells as csv reads them, with their places, and nothing repaired."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metastudy.corpus.table import decode, read_table

COLUMNS = ("id", "text", "note")


def rules(text: str) -> list[str]:
    _, findings = read_table(text, "t.csv", COLUMNS)
    return [finding.rule for finding in findings]


plain = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12
).filter(lambda text: text == text.strip())


@given(st.lists(st.tuples(plain, plain, plain), max_size=5))
def test_cells_are_those_of_the_csv_module(rows: list[tuple[str, str, str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    table, findings = read_table(out.getvalue(), "t.csv", COLUMNS)
    assert [tuple(row.cells.values()) for row in table.rows] == rows
    assert {finding.rule for finding in findings} <= {"csv-formula", "markup"}
    lines = out.getvalue().split("\n")
    for row in table.rows:
        for name, cell in row.cells.items():
            there = lines[row.line - 1][row.start(name) - 1 :]
            assert there.startswith((cell, '"'))


def test_places_count_lines_inside_quotes() -> None:
    table, findings = read_table('id,text,note\n1,"two\nlines",x\n2,b,c\n', "t.csv", COLUMNS)
    assert [finding.rule for finding in findings] == ["csv-space"]
    second = table.rows[1]
    assert second.line == 4
    assert {name: second.start(name) for name in COLUMNS} == {"id": 1, "text": 3, "note": 5}
    assert table.rows[0].start("note") == 8


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("-0.4", []),
        ("+5", []),
        ("-30..90", []),
        ("-1.5 10^-7", []),
        ("-1.5 × 10^-7", []),
        ("-1.5e-7", []),
        ("-", ["csv-formula"]),
        ("+cmd", ["csv-formula"]),
        ("-1+cmd|' /C calc'!A0", ["csv-formula"]),
        ("@SUM(1)", ["csv-formula"]),
        ("=1", ["csv-formula"]),
        ("\t=1", ["csv-formula"]),
        (" a", ["csv-space"]),
        ("a\tb", ["csv-space"]),
        ("a\u202eb", ["control-character"]),
        ("a\x00b", ["control-character"]),
        ('a"b', ["csv-quote"]),
        ('"a"b', ["csv-quote"]),
        ('"a""b"', []),
        ("µm", []),
    ],
)
def test_cells_that_are_and_are_not_refused(cell: str, found: list[str]) -> None:
    assert rules(f"id,text,note\n1,{cell},x\n") == found


def test_all_faults_are_reported_not_the_first() -> None:
    assert rules("id,text,note\n1,=a\n2, b,c\n3,=d,e\n") == [
        "csv-ragged",
        "csv-space",
        "csv-formula",
    ]


def test_a_table_of_a_header_alone_is_whole() -> None:
    table, findings = read_table("id,text,note\n", "t.csv", COLUMNS)
    assert (table.rows, findings) == ([], [])


@pytest.mark.parametrize("data", [b"\xff\xfei\x00d\x00", b"\xfe\xff\x00i"])
def test_utf_16_is_named_by_its_mark(data: bytes) -> None:
    _, (finding,) = decode(data, "t.csv")
    assert finding.message == "the file starts with a byte order mark."
