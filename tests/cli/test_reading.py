"""The keywords of reading as options: what an error asks for can be said in the next call."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from metastudy.bridge.refits.refits_csv import RefitError, read_refits
from metastudy.cli import app
from metastudy.eis.readers.hints import Hints, parse_columns
from metastudy.eis.readers.source import ReadError
from metastudy.pages import progress
from metastudy.target_lock import locked
from tests.bridge.refits.test_batches import commas
from tests.bridge.refits.test_refit import CIRCUIT, impedance

FIT = ["--circuit", CIRCUIT, "--arc", "R1"]


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_refit_takes_what_its_error_asks_for(tmp_path: Path) -> None:
    path, out = commas(tmp_path / "cell.csv", 1), tmp_path / "refits.csv"
    first = run("refit", path, *FIT, "--out", out)
    assert first.exit_code == 1
    assert "say decimal=','" in first.output
    again = run("refit", path, *FIT, "--out", out, "--decimal", ",")
    assert again.exit_code == 0, again.output
    (row,) = read_refits(out)
    assert row.reading == '{"decimal": ","}'
    assert float(row.resistance_ohm) == pytest.approx(1000.0, rel=0.05)


def nameless(path: Path, sheet: str = "") -> Path:
    """Columns that no name tells apart, -Im Z before Re Z, in kohm over kHz; a row is lost."""
    frequency = np.geomspace(1e6, 0.1, 50)
    z = impedance(frequency)
    rows = [["generator", "one", "two"]]
    columns = np.column_stack([frequency / 1e3, -z.imag / 1e3, z.real / 1e3])
    rows += [[repr(value) for value in row] for row in columns.tolist()]
    rows[5][1:] = ["OVERLOAD", "OVERLOAD"]
    if not sheet:
        path.write_text("\n".join(";".join(row) for row in rows) + "\n", encoding="utf-8")
        return path
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["no numbers"])
    filled = book.create_sheet(sheet)
    for row in rows:
        filled.append([float(c) if c[0].isdigit() or c[0] == "-" else c for c in row])
    book.save(path)
    return path


WORDS = ["--columns", "frequency=1,im=2,re=3", "--frequency-unit", "kHz"]
WORDS += ["--impedance-unit", "kohm", "--imaginary", "-Im", "--invalid-rows", "report"]


@pytest.mark.parametrize("sheet", ["", "EIS"])
def test_every_keyword_reaches_the_reader(tmp_path: Path, sheet: str) -> None:
    path = nameless(tmp_path / ("a.xlsx" if sheet else "a.csv"), sheet)
    assert run("refit", path, *FIT).exit_code == 1
    words = [*WORDS, *(["--sheet", sheet] if sheet else [])]
    out = tmp_path / "refits.csv"
    done = run("refit", path, *FIT, *words, "--out", out)
    assert done.exit_code == 0, done.output
    assert "rows: 1 without a usable number are left out" in done.output
    (row,) = read_refits(out)
    assert float(row.resistance_ohm) == pytest.approx(1000.0, rel=1e-6)


def test_series_and_multiverse_take_them_too(tmp_path: Path) -> None:
    files = [nameless(tmp_path / f"s_{celsius}C.csv") for celsius in (20, 40, 60)]
    for k, path in enumerate(files):  # three spectra that differ, for a copy is left out
        text = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([*text[:-1][: 48 - k], ""]), encoding="utf-8")
    done = run("series", *files, "--circuit", CIRCUIT, "--temperature", "_([0-9]+)C", *WORDS)
    assert done.exit_code == 0, done.output
    assert "note      s_20C.csv: rows: 1 without a usable number" in done.output
    many = run("multiverse", files[0], *FIT, *WORDS)
    assert many.exit_code == 0, many.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--decimal", ";"], "decimal=';' is not known; use one of ., ,"),
        (["--imaginary", "im"], "imaginary='im' is not known; use one of Im, -Im"),
        (["--columns", "1,2,3"], "columns='1,2,3' is not understood; write names or numbers"),
        (["--columns", "z=1"], "columns='z=1' is not understood"),
        (["--columns", "frequency=,re=2"], "is not understood"),
        (["--invalid-rows", "drop"], "invalid_rows='drop' is not known; use one of error, report"),
    ],
)
def test_a_keyword_that_is_none_is_one_line(tmp_path: Path, words: list[str], message: str) -> None:
    for command in (["refit"], ["series"]):
        done = run(*command, commas(tmp_path / "a.csv", 1), *words)
        assert done.exit_code == 1
        assert isinstance(done.exception, (ReadError, SystemExit))
        assert message in f"{done.output}{done.exception}"


def test_columns_as_one_word() -> None:
    assert parse_columns("") == {}
    assert parse_columns("frequency=1,re=2,im=3") == {"frequency": 1, "re": 2, "im": 3}
    assert parse_columns("frequency=f, Hz, modulus=|Z|,phase= 4") == {
        "frequency": "f, Hz",
        "modulus": "|Z|",
        "phase": 4,
    }
    assert Hints(columns=parse_columns("re=Z',im=Z''")).columns == {"re": "Z'", "im": "Z''"}


def test_a_second_refit_on_one_target_is_refused_in_one_line(tmp_path: Path) -> None:
    out = tmp_path / "refits.csv"
    with locked(out, RefitError):
        done = run("refit", commas(tmp_path / "a.csv", 1), *FIT, "--out", out, "--decimal", ",")
    assert done.exit_code == 1
    assert "is writing it; wait until it has ended" in f"{done.output}{done.exception}"
    assert not out.exists()


def test_a_bar_takes_its_total_from_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(progress, "Console", lambda **given: terminal)
    with progress.bar(None, "refit") as advance:
        advance("", 3)
        advance("a", 3)
        advance("b", 3)
    assert "2/3" in terminal.file.getvalue()  # type: ignore[attr-defined]
