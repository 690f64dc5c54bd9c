"""Batches under bad circumstances: errors of the program, two processes, files with questions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from metastudy.bridge.refits import file_batch, parquet_batch, series_files, spectra_parquet
from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import refit_files
from metastudy.bridge.refits.parquet_batch import refit_parquet
from metastudy.bridge.refits.refits_csv import RefitError, read_refits, write_refits
from metastudy.bridge.refits.series_files import read_spectra
from metastudy.corpus.refits import REFIT_COLUMNS
from metastudy.eis.readers.hints import Hints
from metastudy.eis.readers.source import ReadError
from metastudy.pages.sections.refits import batch_text
from metastudy.target_lock import locked
from tests.bridge.refits.test_parquet_batch import points, table
from tests.bridge.refits.test_refit import CIRCUIT, impedance, write

OPTIONS = EvaluationOptions(CIRCUIT)


def failing(real, bad, error):
    """A function that raises for one argument and is the real one for any other."""

    def function(first, *rest):
        if bad in str(first):
            raise error
        return real(first, *rest)

    return function


@pytest.mark.parametrize(
    "error", [ValueError("'' is not in list"), KeyError("x"), RecursionError()]
)
def test_an_error_of_the_program_in_one_file_leaves_the_others(tmp_path, monkeypatch, error):
    files = [write(tmp_path / f"{name}.csv", seed) for seed, name in enumerate("abc")]
    monkeypatch.setattr(file_batch, "read_with", failing(file_batch.read_with, "b.csv", error))
    batch = refit_files(files, OPTIONS, tmp_path / "refits.csv")
    assert [row.file for row in batch.rows] == ["a.csv", "c.csv"]
    ((name, reason),) = batch.failed
    assert name == str(files[1])
    assert reason.startswith(f"an error of the program, please report it: {type(error).__name__}")
    assert f"failed  {files[1]}: an error of the program" in batch_text(batch, [], None)
    assert len(read_refits(tmp_path / "refits.csv")) == 2


def test_an_error_of_the_program_in_one_fit_leaves_the_others(tmp_path, monkeypatch):
    def refit(spectrum, options, temperature):
        if spectrum.metadata["source"] == "a.csv":
            raise np.linalg.LinAlgError("Singular matrix")
        return real(spectrum, options, temperature)

    real = file_batch.refit_spectrum
    monkeypatch.setattr(file_batch, "refit_spectrum", refit)
    files = [write(tmp_path / f"{name}.csv", seed) for seed, name in enumerate("ab")]
    batch = refit_files(files, OPTIONS)
    assert [row.file for row in batch.rows] == ["b.csv"]
    assert "LinAlgError: Singular matrix" in batch.failed[0][1]


def test_memory_that_ran_out_ends_the_batch(tmp_path, monkeypatch):
    broken = failing(file_batch.read_with, "a.csv", MemoryError())
    monkeypatch.setattr(file_batch, "read_with", broken)
    with pytest.raises(MemoryError):
        refit_files([write(tmp_path / "a.csv")], OPTIONS)


def test_an_error_of_the_program_in_one_spectrum_leaves_the_rest_of_a_parquet(
    tmp_path, monkeypatch
):
    def refit(spectrum, options, temperature):
        if spectrum.metadata["number"] == "a":
            raise ZeroDivisionError("division by zero")
        return real(spectrum, options, temperature)

    real = parquet_batch.refit_spectrum
    monkeypatch.setattr(parquet_batch, "refit_spectrum", refit)
    broken = failing(spectra_parquet._spectrum, "s.parquet", OverflowError("too large"))
    source = table(tmp_path / "s.parquet", points("a", 0), points("b", 1))
    batch = refit_parquet(source, OPTIONS, tmp_path / "fits.parquet")
    assert [row.spectrum for row in batch.rows] == ["b"]
    assert "ZeroDivisionError: division by zero" in dict(batch.failed)["a"]
    monkeypatch.setattr(spectra_parquet, "_spectrum", broken)
    batch = refit_parquet(source, OPTIONS, tmp_path / "none.parquet")
    assert {name for name, _ in batch.failed} == {"a", "b"}
    assert "OverflowError: too large" in batch.failed[0][1]


def test_an_error_of_the_program_leaves_the_rest_of_a_series(tmp_path, monkeypatch):
    files = [write(tmp_path / f"s_{20 + 10 * k}C.csv", k) for k in range(3)]
    broken = failing(series_files.read_with, "30C", IndexError("list index"))
    monkeypatch.setattr(series_files, "read_with", broken)
    read = read_spectra(files, "_([0-9]+)C")
    assert read.temperature_c == (20.0, 40.0)
    assert "IndexError: list index" in dict(read.failed)["s_30C.csv"]


def test_a_parquet_says_how_many_there_are_before_the_first_fit(tmp_path):
    source = table(tmp_path / "s.parquet", points("a", 0), points("b", 1))
    calls = []
    refit_parquet(
        source, OPTIONS, tmp_path / "f.parquet", report=lambda key, n: calls.append((key, n))
    )
    assert calls == [("", 2), ("a", 2), ("b", 2)]


def test_a_second_process_is_refused_in_one_line(tmp_path):
    files = [write(tmp_path / "a.csv")]
    source = table(tmp_path / "s.parquet", points("a", 0))
    for out in (tmp_path / "refits.csv", tmp_path / "fits.parquet"):
        with locked(out, RefitError):
            message = rf"{out.name}: process {os.getpid()} is writing it; wait until it has ended"
            with pytest.raises(RefitError, match=message):
                refit_files(files, OPTIONS, out)
            with pytest.raises(RefitError, match=message):
                refit_parquet(source, OPTIONS, out)
            assert not out.exists()
    assert refit_files(files, OPTIONS, tmp_path / "refits.csv").fitted == 1
    assert [p.name for p in tmp_path.glob(".*")] == []  # no lock stays behind


HOLD = """
import sys, time
from pathlib import Path
from metastudy.bridge.refits.refits_csv import RefitError
from metastudy.target_lock import locked
with locked(Path(sys.argv[1]), RefitError):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_process_that_was_killed_locks_nothing(tmp_path):
    out = tmp_path / "refits.csv"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(out)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(RefitError, match=rf"process {holder.pid} is writing it"):
            refit_files([], OPTIONS, out)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (tmp_path / ".refits.csv.lock").exists()  # left by the dead process
    assert refit_files([write(tmp_path / "a.csv")], OPTIONS, out).fitted == 1
    assert not (tmp_path / ".refits.csv.lock").exists()


def test_a_folder_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(RefitError, match=r"refits\.csv: cannot be written: No such file"):
        refit_files([write(tmp_path / "a.csv")], OPTIONS, tmp_path / "none" / "refits.csv")


def commas(path: Path, seed: int) -> Path:
    """A file whose every number could be one with a decimal comma or with thousands."""
    frequency = np.geomspace(900, 0.5, 40)
    noise = 0.001 * np.random.default_rng(seed).standard_normal(40)
    z = impedance(frequency, Q=1e-5) * (1 + noise) / 1e3
    rows = [f"{f:.3f};{v.real:.3f};{v.imag:.3f}" for f, v in zip(frequency, z, strict=True)]
    text = "\n".join(["freq/Hz;Re(Z)/kohm;Im(Z)/kohm", *rows, ""])
    path.write_text(text.replace(".", ","), encoding="utf-8")
    return path


def test_the_keywords_of_reading_are_followed_and_stand_in_the_row(tmp_path):
    path, out = commas(tmp_path / "a.csv", 1), tmp_path / "refits.csv"
    batch = refit_files([path], OPTIONS)
    assert "say decimal=','" in batch.failed[0][1]
    reading = Hints(decimal=",", columns={"frequency": 1, "re": 2, "im": "Im(Z)/kohm"})
    options = replace(OPTIONS, reading=reading)
    (row,) = refit_files([path], options, out).rows
    assert float(row.resistance_ohm) == pytest.approx(1000.0, rel=0.05)
    assert Hints.parse(row.reading) == reading
    assert read_refits(out) == (row,)
    assert refit_files([path], options, out).kept == 1
    assert not OPTIONS.match(row)
    read = read_spectra([path], "20", reading=reading)
    assert len(read.spectra) == 1
    assert "decimal=','" in read_spectra([path], "20").failed[0][1]


def test_a_row_without_the_column_of_keywords_is_read(tmp_path):
    out = tmp_path / "refits.csv"
    (row,) = refit_files([write(tmp_path / "a.csv")], OPTIONS, out).rows
    assert row.reading == ""
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",")[-1] == REFIT_COLUMNS[-1] == "reading"
    older = [line.rpartition(",")[0] for line in lines]
    out.write_text("\n".join([*older, ""]), encoding="utf-8")
    assert read_refits(out) == (row,)
    write_refits(out, [row])
    assert refit_files([tmp_path / "a.csv"], OPTIONS, out).kept == 1


def test_a_parquet_of_fits_without_that_column_is_read(tmp_path):
    source, out = table(tmp_path / "s.parquet", points("a", 0)), tmp_path / "f.parquet"
    refit_parquet(source, OPTIONS, out)
    pd.read_parquet(out).drop(columns="reading").to_parquet(out)
    assert refit_parquet(source, OPTIONS, out).kept == 1
    assert "reading" in pd.read_parquet(out)


@pytest.mark.parametrize(
    "text", ["{", "3", "[1]", '{"x": 1}', '{"decimal": ";"}', '{"columns": 3}']
)
def test_keywords_that_are_none_are_refused(text):
    with pytest.raises(ReadError):
        Hints.parse(text)


def test_what_a_file_holds_and_its_spectra_do_not_is_printed(tmp_path):
    path = write(tmp_path / "a.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].split(",")[0] + ",OVERLOAD,OVERLOAD"
    path.write_text("\n".join([*lines, "END", ""]), encoding="utf-8")
    (reason,) = (reason for _, reason in refit_files([path], OPTIONS).failed)
    assert f"{path}:4: " in reason
    options = replace(OPTIONS, reading=Hints(invalid_rows="report"))
    batch = refit_files([path], options)
    text = batch_text(batch, [path.name], None)
    assert "note    a.csv: rows: 1 without a usable number are left out (lines 4)" in text
    assert "note    a.csv: rows: 1 line at the table hold text and no row, such as 'END'" in text
    assert batch.rows[0].notes.startswith("rows: 1 ")
    read = read_spectra([path], "20", reading=options.reading)
    assert [name for name, _ in read.noted] == ["a.csv", "a.csv"]


def test_many_files_are_written_in_little_of_the_time(tmp_path, monkeypatch):
    """The table is written after a file only where that costs little, and always at the end."""
    clock = iter(np.arange(0.0, 1e4, 1.0))
    monkeypatch.setattr(file_batch.time, "monotonic", lambda: float(next(clock)))
    written = []
    real = file_batch.write_refits
    monkeypatch.setattr(
        file_batch, "write_refits", lambda out, rows: (written.append(len(rows)), real(out, rows))
    )
    files = [write(tmp_path / f"{k}.csv", k) for k in range(4)]
    refit_files(files, OPTIONS, tmp_path / "refits.csv")
    assert written == [1, 4]  # a writing of one second waits for twenty
    assert len(read_refits(tmp_path / "refits.csv")) == 4


def test_an_interrupted_batch_keeps_what_was_fitted(tmp_path, monkeypatch):
    def stop(path, outcome):
        if path.name == "b.csv":
            raise KeyboardInterrupt

    monkeypatch.setattr(file_batch.time, "monotonic", lambda: 0.0)
    files = [write(tmp_path / f"{name}.csv", k) for k, name in enumerate("abc")]
    with pytest.raises(KeyboardInterrupt):
        refit_files(files, OPTIONS, tmp_path / "refits.csv", stop)
    assert [row.file for row in read_refits(tmp_path / "refits.csv")] == ["a.csv", "b.csv"]


def test_a_damaged_parquet_is_one_line(tmp_path):
    source = tmp_path / "s.parquet"
    data = pd.DataFrame({"spectrum_id": ["a"]})
    data.to_parquet(source)
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RefitError, match=r"s\.parquet: cannot be read as Parquet"):
        refit_parquet(source, OPTIONS, tmp_path / "f.parquet")


def test_a_circuit_that_misses_is_said_below_its_row(tmp_path):
    good = write(tmp_path / "good.csv")
    lines = good.read_text(encoding="utf-8").splitlines()
    turned = tmp_path / "turned.csv"
    cells = [line.split(",") for line in lines[1:]]
    minus = [",".join([f, *(repr(-float(part)) for part in z)]) for f, *z in cells]
    turned.write_text("\n".join([lines[0], *minus, ""]), encoding="utf-8")
    batch = refit_files([good, turned], replace(OPTIONS, arc="R1"))
    text = batch_text(batch, ["good.csv", "turned.csv"], None)
    assert "note    turned.csv: Re Z is negative everywhere" in text
    assert "the circuit misses the points by 7" in text
    assert "note    good.csv" not in text
