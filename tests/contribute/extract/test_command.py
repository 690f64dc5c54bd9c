"""The extract command: a row is written where it is accepted, and only there."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from metastudy.cli import app
from metastudy.tables.checking import check_data
from tests.corpus.seeding import lay_out

STUDY = "probe_2020_polymer"
TEXT = (
    "This paper is simulated. The interfacial resistance is 46 Ω cm² at 75 °C.\f"
    "On heated plates it is 17 Ω cm² at 90 °C."
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "paper.txt").write_text(TEXT, encoding="utf-8")
    return lay_out(tmp_path / "root")


def extract(root: Path, *options: str, typed: str = "") -> Result:
    call = ["extract", STUDY, str(root.parent / "paper.txt"), "--root", str(root), *options]
    return CliRunner().invoke(app, call, input=typed)


def rows(root: Path) -> list[dict[str, str]]:
    path = root / "data" / "studies" / STUDY / "measurements.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_an_accepted_proposal_becomes_a_row_that_passes_the_check(root: Path) -> None:
    before = rows(root)
    done = extract(root, typed="n\ny\n\ntotal\nplain_disc\nsymmetric\naged\none\njoint_fit\n\n\n")
    assert done.exit_code == 0, done.output
    assert "On heated plates it is [17 Ω cm²] at 90 °C." in done.output
    (row,) = rows(root)[len(before) :]
    expected = {
        "value_text": "17",
        "unit_text": "Ω cm²",
        "temperature_text": "90",
        "basis": "text",
        "locator": "p. 2",
        "sample_id": "plain_disc",
        "read": "full_text",
    }
    assert row.items() >= expected.items()
    assert check_data(root).findings == ()


@pytest.mark.parametrize("typed", ["n\nn\n", "q\n", "\n\n", "y\n\ntotal\n"])
def test_nothing_is_written_by_itself(root: Path, typed: str) -> None:
    before = rows(root)
    done = extract(root, typed=typed)
    assert "nothing was written" in done.output
    assert rows(root) == before


def test_the_list_asks_and_writes_nothing(root: Path) -> None:
    before = rows(root)
    done = extract(root, "--list")
    assert done.exit_code == 0
    assert "2 proposals" in done.output
    assert "(p. 1)" in done.output
    assert rows(root) == before
