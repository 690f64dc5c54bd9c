"""Every format: the numbers that were written come back, and the header says what it says."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time

import numpy as np
import pytest

from metastudy import eis


def test_the_numbers_come_back(written, tmp_path):
    spectra = eis.read_all(written.at(tmp_path))
    assert len(spectra) == len(written.spectra)
    for number, (spectrum, (frequency, impedance)) in enumerate(
        zip(spectra, written.spectra, strict=True), start=1
    ):
        np.testing.assert_allclose(spectrum.frequency_hz, frequency, rtol=written.rtol)
        off = np.abs(spectrum.impedance_ohm - impedance) / np.abs(impedance)
        assert off.max() < written.rtol
        assert spectrum.metadata["source"] == f"{written.name}{written.suffix}"
        assert (spectrum.metadata["number"], spectrum.metadata["of"]) == (number, len(spectra))


def test_read_gives_one_spectrum_or_says_how_many_there_are(written, tmp_path):
    path = written.at(tmp_path)
    if len(written.spectra) == 1:
        assert eis.read(path) == eis.read_all(path)[0]
    else:
        with pytest.raises(
            eis.SeveralSpectraError, match=rf"{len(written.spectra)} spectra .* eis\.read_all"
        ):
            eis.read(path)


def test_checksum_is_of_the_bytes(make):
    path = make("gamry")
    assert eis.read(path).metadata["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("name", "area"),
    [("gamry", 2.5), ("gamry_comma", 2.5), ("zplot2", 0.785), ("mpt", 0.001), ("versastudio", 1.2)],
)
def test_area_of_the_header_is_reported_and_not_used(make, name, area):
    spectrum = eis.read(make(name))
    assert spectrum.metadata["area_cm2_header"] == pytest.approx(area)
    assert any("reported and not used" in note for note in spectrum.metadata["notes"])


def test_windeta_geometry_is_the_area_of_the_disc(make):
    metadata = eis.read(make("windeta")).metadata
    assert metadata["area_cm2_header"] == pytest.approx(np.pi * 0.65**2)  # 13 mm across
    assert metadata["thickness_cm_header"] == pytest.approx(0.075)


def test_temperatures_come_from_a_column_or_from_the_lines_above(make):
    for name in ("windeta_parallel", "temperatures"):
        read = [s.metadata["temperature_c"] for s in eis.read_all(make(name))]
        assert read == pytest.approx([26.85, 56.85])


def test_cycles_are_numbered_as_in_the_file(make):
    assert [s.metadata["cycle"] for s in eis.read_all(make("mpt_cycles"))] == [1, 2, 3]


def test_an_aborted_gamry_run_is_read_and_said_to_be_aborted(make):
    notes = eis.read(make("gamry_aborted")).metadata["notes"]
    assert any("aborted" in note for note in notes)


def test_versastudio_says_that_its_values_are_uncalibrated(make):
    notes = eis.read(make("versastudio")).metadata["notes"]
    assert any("before calibration" in note for note in notes)


def test_idle_rows_of_a_potentiostat_are_left_out_and_counted(make):
    notes = eis.read(make("parstat")).metadata["notes"]
    assert any(note.startswith("rows: 7 with frequency 0") for note in notes)
    assert any("lines 2-8" in note for note in notes)


def test_points_a_sweep_did_not_reach_are_counted(make):
    notes = eis.read_all(make("labone"))[0].metadata["notes"]
    assert any(note.startswith("rows: 2 without a usable number") for note in notes)


def test_reading_text_loads_neither_openpyxl_nor_pandas_nor_scipy(make):
    path = make("semicolon_comma")
    code = (
        "import sys; from metastudy import eis; eis.read(sys.argv[1]); "
        "print([m for m in ('openpyxl', 'pandas', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_zplot_file_with_fewer_points_than_declared_says_so(make):
    content = (
        make("zplot2").read_text().replace("Data Points:                36", "Data Points: 79")
    )
    notes = eis.read(make(content, ".z")).metadata["notes"]
    assert any("declares 79 and the file holds 36" in note for note in notes)


def test_a_hundred_spectra_in_one_file_take_well_under_a_second(a_hundred_cycles):
    start = time.process_time()
    spectra = eis.read_all(a_hundred_cycles)
    assert time.process_time() - start < 0.8  # 0.1 s on an idle machine of 2026
    assert [len(spectrum) for spectrum in spectra] == [60] * 100
