"""The page of refits shows every row that is stored, and every file that gave none."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from metastudy._version import __version__
from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import refit_files
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.cli import app
from metastudy.corpus.refits import parse_parameters
from metastudy.eis.circuits.circuit import Circuit
from metastudy.eis.readers.reading import read_all
from metastudy.pages.refit_page import fit_again, write_refit_page
from tests.bridge.refits.test_refit import CELL

CIRCUIT = "R0-p(R1,CPE1)"
VALUES = {"R0": 120.0, "R1": 800.0, "CPE1_Q": 2e-7, "CPE1_n": 0.9}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two simulated spectra and a file that is none."""
    frequency = np.logspace(6, -1, 40)
    rng = np.random.default_rng(7)
    paths = []
    for celsius in (25, 40):
        values = VALUES | {"R1": 800.0 * 0.5 ** ((celsius - 25) / 15)}
        z = Circuit(CIRCUIT).impedance(frequency, values)
        z = z * (1 + 0.002 * (rng.normal(size=40) + 1j * rng.normal(size=40)))
        path = tmp_path / f"simulated_{celsius}C.csv"
        table = np.column_stack([frequency, z.real, z.imag])
        header = "frequency/Hz,Re(Z)/Ohm,Im(Z)/Ohm"
        np.savetxt(path, table, delimiter=",", header=header, comments="")
        paths.append(path)
    (tmp_path / "<b>notes.csv").write_text("no spectrum\n")
    return [*paths, tmp_path / "<b>notes.csv"]


@pytest.fixture
def table(files: list[Path], tmp_path: Path) -> Path:
    out = tmp_path / "refits.csv"
    options = EvaluationOptions(circuit=CIRCUIT, temperature="_([0-9]+)C")
    refit_files(files[:2], options, out)
    return out


def draw(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["refit-page", *map(str, arguments)])


def test_the_page_shows_rows_pictures_and_what_is_not_drawn(
    files: list[Path], table: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page" / "refits.html"
    result = draw(table, *files, "--out", page)
    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    html = page.read_text(encoding="utf-8")
    assert "2 rows, 2 of them determined within 10 %. 1 not drawn." in html
    assert f"Made by metastudy {__version__}, data " in html
    for title in ("simulated_25C.csv, 25 °C", "simulated_40C.csv, 40 °C"):
        assert title in html
    assert "&lt;b&gt;notes.csv" in html
    assert "no row is of this file; metastudy refit makes one" in html
    assert "<b>notes" not in html
    assert "<script" not in html
    drawn = re.findall(r"<svg .*?</svg>", html, re.DOTALL)
    assert len(drawn) == 2
    assert all(ElementTree.fromstring(one).tag.endswith("svg") for one in drawn)
    ids = re.findall(r'\bid="([^"]*)"', html)
    assert len(ids) == len(set(ids))


def test_the_files_of_a_table_are_found_in_spectra_or_beside_it(
    files: list[Path], table: Path, tmp_path: Path
) -> None:
    (tmp_path / "spectra").mkdir()
    files[0].rename(tmp_path / "spectra" / files[0].name)
    result = draw(table, "--out", tmp_path / "all.html")
    assert result.exit_code == 0, result.output
    assert "2 rows" in (tmp_path / "all.html").read_text(encoding="utf-8")


def test_a_row_whose_file_is_gone_or_changed_is_listed_and_not_drawn(
    files: list[Path], table: Path, tmp_path: Path
) -> None:
    files[0].unlink()
    files[1].write_text(files[1].read_text() + "0.01,1000,-1\n")
    page = tmp_path / "page.html"
    result = draw(table, "--out", page)
    assert result.exit_code == 1
    assert "r001: simulated_25C.csv is not there; name it, or put it in spectra/" in result.output
    assert "r002: simulated_40C.csv has other bytes than those that were fitted" in result.output
    assert "0 rows" in page.read_text(encoding="utf-8")


def test_the_cell_of_other_rows_names_no_arcs(
    files: list[Path], table: Path, tmp_path: Path
) -> None:
    (tmp_path / "cell.yaml").write_text(CELL, encoding="utf-8")
    page = tmp_path / "page.html"
    result = draw(table, files[0], files[1], "--cell", tmp_path / "cell.yaml", "--out", page)
    assert result.exit_code == 0, result.output
    html = page.read_text(encoding="utf-8")
    assert html.count("The cell.yaml given is not that of this row") == 2


@pytest.mark.parametrize("given", ["none.csv", "simulated_25C.csv"])
def test_what_is_no_table_of_refits_is_refused(
    files: list[Path], tmp_path: Path, given: str
) -> None:
    page = tmp_path / "page.html"
    result = draw(tmp_path / given, "--out", page)
    assert isinstance(result.exception, RefitError)
    assert given in str(result.exception)
    assert not page.exists()


def test_what_is_drawn_is_what_is_stored(files: list[Path]) -> None:
    batch = refit_files(files[:1], EvaluationOptions(circuit=CIRCUIT))
    (row,) = batch.rows
    again = fit_again(row, read_all(files[0])[0])
    stored = parse_parameters(row.parameters)
    assert again.params.to_dict() == pytest.approx(stored, rel=1e-6)


def test_a_page_that_cannot_be_written_is_one_message(files: list[Path], tmp_path: Path) -> None:
    options = EvaluationOptions(circuit=CIRCUIT)
    batch = refit_files(files[:1], options)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(RefitError, match="file"):
        write_refit_page(batch.rows, files[:1], options, blocked / "page.html")
    assert blocked.read_text() == ""
