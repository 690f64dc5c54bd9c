"""A temperature series from files: what enters, what is left out, and what comes out of it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.bridge.refits.series_files import SpectraRead, fit_spectra, read_spectra
from metastudy.cli import app

CIRCUIT = "R0-p(R1,CPE1)-CPE2"
BOLTZMANN_EV = 8.617333262e-5
EA_EV = 0.6
NAME = "_([0-9]+)C"


def resistance(celsius: float) -> float:
    """1000 ohm at 60 degC, along an Arrhenius line."""
    return 1000 * np.exp(EA_EV / BOLTZMANN_EV * (1 / (celsius + 273.15) - 1 / 333.15))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four simulated spectra, warm ones first, written from the formula."""
    folder = tmp_path_factory.mktemp("series")
    rng = np.random.default_rng(11)
    frequency = np.logspace(6, -1, 45)
    jw = 2j * np.pi * frequency
    paths = []
    for celsius in (70, 60, 50, 40):
        r = resistance(celsius)
        z = 0.3 * r + r / (1 + r * 1e-7 * jw**0.9) + 1 / (2e-5 * jw**0.92)
        z *= 1 + 0.002 * (rng.standard_normal(45) + 1j * rng.standard_normal(45))
        path = folder / f"simulated_{celsius}C.csv"
        header = "freq/Hz,Re(Z)/ohm,Im(Z)/ohm"
        table = np.column_stack([frequency, z.real, z.imag])
        np.savetxt(path, table, delimiter=",", header=header, comments="")
        paths.append(path)
    return paths


def test_spectra_stand_by_temperature_and_a_bad_file_keeps_its_reason(
    files: list[Path], tmp_path: Path
) -> None:
    bad, unnamed = tmp_path / "notes_55C.csv", tmp_path / "warm.csv"
    bad.write_text("no spectrum\n")
    unnamed.write_bytes(files[0].read_bytes())
    read = read_spectra([unnamed, *files, bad], NAME, (1.0, 1e5))
    assert read.temperature_c == (40.0, 50.0, 60.0, 70.0)
    assert read.names[0] == "simulated_40C.csv"
    assert all(1.0 <= s.frequency_hz.min() < s.frequency_hz.max() <= 1e5 for s in read.spectra)
    assert [name for name, _ in read.failed] == ["warm.csv", "notes_55C.csv"]
    assert "finds no temperature in the file name" in read.failed[0][1]
    assert read.failed[1][1].startswith("no table of numbers")


def test_a_copy_of_a_spectrum_counts_once(files: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy_70C.csv"
    copy.write_bytes(files[0].read_bytes())
    read = read_spectra([*files, copy, files[1]], NAME)
    assert read.temperature_c == (40.0, 50.0, 60.0, 70.0)
    assert read.failed == (
        ("copy_70C.csv", "has the same points as simulated_70C.csv; each counts once"),
        ("simulated_60C.csv", "has the same points as simulated_60C.csv; each counts once"),
    )


def test_a_file_that_says_no_temperature_is_told_how(files: list[Path]) -> None:
    read = read_spectra(files)
    assert read.spectra == ()
    assert "give an expression that finds it in the file name" in read.failed[0][1]
    with pytest.raises(RefitError, match=r"spectra of 0 could be read\n  simulated_70C\.csv: "):
        fit_spectra(read, CIRCUIT)


def test_a_spectrum_with_too_few_points_is_left_out_by_name(
    files: list[Path], tmp_path: Path
) -> None:
    short = tmp_path / "short_45C.csv"
    short.write_text("\n".join(files[0].read_text().splitlines()[:7]) + "\n")
    window = (0.1, 4e5)  # leaves three points of the short one
    used, found = fit_spectra(read_spectra([*files, short], NAME, window), CIRCUIT)
    assert used.names == tuple(path.name for path in reversed(files))
    ((name, reason),) = used.failed
    assert name == "short_45C.csv"
    assert "has 6 free parameters, but the spectrum has 6 real numbers" in reason
    assert found.temperature_c.tolist() == [40.0, 50.0, 60.0, 70.0]
    with pytest.raises(RefitError, match=r"spectra of 2 could be used\n  short_45C\.csv: "):
        fit_spectra(read_spectra([*files[:2], short], NAME, window), CIRCUIT)


def test_a_melting_point_is_a_number_or_to_be_found() -> None:
    with pytest.raises(RefitError, match="the melting point 'warm' is neither degC nor find"):
        fit_spectra(SpectraRead((), (), (), ()), CIRCUIT, melting="warm")


def test_command_writes_energies_resistances_and_a_picture(
    files: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "series"
    call = ["series", *map(str, files), "--circuit", CIRCUIT, "--temperature", NAME]
    result = CliRunner().invoke(app, [*call, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "4 spectra, 40 to 70 degC" in result.output
    with (out / "energies.csv").open(newline="") as file:
        energies = {row["resistor"]: row for row in csv.DictReader(file)}
    for resistor in ("R0", "R1"):
        lower, upper = (float(energies[resistor][end]) for end in ("lower", "upper"))
        assert lower < EA_EV < upper
        assert upper - lower < 0.2
    with (out / "resistances.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["resistor"] == "R1"]
    assert [row["file"] for row in rows] == [path.name for path in reversed(files)]
    for row in rows:
        truth = resistance(float(row["temperature_c"]))
        assert float(row["r_ohm"]) == pytest.approx(truth, rel=0.02)
    assert (out / "series.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_command_names_what_the_series_lacks_and_ends_with_one(
    files: list[Path], tmp_path: Path
) -> None:
    bad = tmp_path / "notes_55C.csv"
    bad.write_text("no spectrum\n")
    call = ["series", *map(str, files), str(bad), "--circuit", CIRCUIT, "--temperature", NAME]
    result = CliRunner().invoke(app, call)
    assert result.exit_code == 1
    assert "left out  notes_55C.csv: " in result.output
    assert "Activation energies (eV), 95 % intervals" in result.output
