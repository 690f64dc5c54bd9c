"""The list of wanted works: its form, and its place in the report."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from metastudy.pages.rendering.table import Table
from metastudy.pages.sections.wanted import COLUMNS, WantedError, wanted_sections

LIST = Path(__file__).resolve().parents[2] / "docs" / "wanted.csv"


def test_every_row_says_what_is_asked_and_why() -> None:
    with LIST.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        assert list(row) == list(COLUMNS)
        assert all(row[name] for name in ("work", "how_to_find", "asked", "why")), row
        assert not row["doi"] or re.fullmatch(r"10\.[0-9]{4,9}/[^\s]+", row["doi"]), row
    dois = [row["doi"] for row in rows if row["doi"]]
    assert len(dois) == len(set(dois))


def test_the_section_shows_the_rows_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "wanted.csv"
    path.write_text(f"{','.join(COLUMNS)}\nA work,10.1000/a,by DOI,numbers,none yet\n", "utf-8")
    (section,) = wanted_sections(path)
    (table,) = (block for block in section.blocks if isinstance(block, Table))
    assert table.rows == (("A work", "10.1000/a", "by DOI", "numbers", "none yet"),)


def test_a_package_without_the_list_shows_none(tmp_path: Path) -> None:
    assert wanted_sections(tmp_path / "wanted.csv") == ()


def test_a_list_that_is_none_is_one_message(tmp_path: Path) -> None:
    path = tmp_path / "wanted.csv"
    path.write_text("work,doi\nA,b\n", encoding="utf-8")
    with pytest.raises(WantedError, match="its columns are work,doi,how_to_find,asked,why"):
        wanted_sections(path)
