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


def test_drift_corrected_values_of_gamry_can_be_chosen(make):
    content = make("gamry").read_text("cp1252")
    content = content.replace("\tZsig\t", "\tZrealDrCor\t").replace("\tV\tohm\t°", "\tohm\tohm\t°")
    content = content.replace("\tIdc\t", "\tZimagDrCor\t").replace("\tA\tV\t#", "\tohm\tV\t#")
    path = make(content, ".DTA", "cp1252")
    assert any(
        "ZrealDrCor [ohm], ZimagDrCor [ohm] are there too" in n
        for n in eis.read(path).metadata["notes"]
    )
    chosen = eis.read(path, columns={"re": "ZrealDrCor", "im": "ZimagDrCor"})
    np.testing.assert_allclose(chosen.impedance_ohm, 1 + 1.2e-6j)  # Zsig and Idc of that file


def test_a_name_without_a_column_at_the_end_of_an_mpt_header(make):
    content = make("mpt").read_text("cp1252").replace("\tI Range\t\n", "\tI Range\t\tEwe-Ece/V\n")
    spectrum = eis.read(make(content.replace("\t9\t\n", "\t9\n"), ".mpt", "cp1252"))
    assert len(spectrum) == 36
    assert any("Ewe-Ece/V is named and not written" in n for n in spectrum.metadata["notes"])


def test_a_modulus_column_of_zeros_is_no_contradiction(make):
    lines = make("mpt").read_text("cp1252").split("\n")
    for i, line in enumerate(lines):
        cells = line.split("\t")
        if len(cells) == 12 and cells[0][0].isdigit():
            lines[i] = "\t".join([*cells[:3], "0.0E+000", "0.0E+000", *cells[5:]])
    notes = eis.read(make("\n".join(lines), ".mpt", "cp1252")).metadata["notes"]
    assert any("'|Z|/Ohm' is 0 throughout, not compared" in note for note in notes)


def test_labone_files_put_together_repeat_their_header(make):
    content = make("labone").read_text()
    assert len(eis.read_all(make(content + content))) == 6  # the chunks are counted anew
    with pytest.raises(eis.ReadError, match=r"file\.csv:\d+: absz occurs twice in chunk 0"):
        eis.read_all(make(content + content.partition("\n")[2]))


def test_words_around_the_names_are_no_columns(make):
    """A label before the names, a remark after them: as home-made programs print."""
    body = "".join(f"{10.0**k}\t{100 + k}\t{-k - 1}\n" for k in range(6))
    for header in ("cell 34, freq /Hz, Zr , Zi", "Freq /Hz, Zr , Zi ; Name: cell 34"):
        assert len(eis.read(make(f"{header}\n{body}", ".dat"))) == 6


def test_a_hundred_spectra_in_one_file_take_well_under_a_second(a_hundred_cycles):
    start = time.process_time()
    spectra = eis.read_all(a_hundred_cycles)
    assert time.process_time() - start < 0.8  # 0.1 s on an idle machine of 2026
    assert [len(spectrum) for spectrum in spectra] == [60] * 100
