"""Damaged and foreign files: one message with file, line and expectation, and no other error."""

from __future__ import annotations

import io
import os
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metastudy import eis
from metastudy.eis.readers import source, xlsx

QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def outcome(path) -> tuple[eis.Spectrum, ...] | str:
    """Spectra, or the message of the only error that may be raised."""
    try:
        return eis.read_all(path)
    except eis.EisError as error:
        message = str(error)
    assert str(path) in message
    return message


@given(data=st.data())
@QUICK
def test_flipped_bytes_raise_only_read_errors(written, tmp_path, data):
    bad = bytearray(written.data)
    for _ in range(data.draw(st.integers(1, 8))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / f"flipped{written.suffix}"
    path.write_bytes(bytes(bad))
    outcome(path)


@given(data=st.data())
@QUICK
def test_cut_and_spliced_files_raise_only_read_errors(written, tmp_path, data):
    size = len(written.data)
    start, end = sorted(data.draw(st.tuples(st.integers(0, size), st.integers(0, size))))
    path = tmp_path / f"spliced{written.suffix}"
    path.write_bytes(written.data[:start] + data.draw(st.binary(max_size=20)) + written.data[end:])
    outcome(path)


def test_a_cut_file_gives_an_error_or_true_points(written, tmp_path):
    """Every point of a cut file stands in the whole one, save a last number said to be open."""
    size = len(written.data)
    path = tmp_path / f"cut{written.suffix}"
    for cut in np.linspace(1, size - 1, 60).astype(int):
        path.write_bytes(written.data[:cut])
        read = outcome(path)
        if isinstance(read, str):
            continue
        truth = np.concatenate([z for _, z in written.spectra])
        frequency = np.concatenate([f for f, _ in written.spectra])
        for number, spectrum in enumerate(read, start=1):
            z, f = spectrum.impedance_ohm, spectrum.frequency_hz
            if number == len(read) and any(
                n.startswith("end:") for n in spectrum.metadata["notes"]
            ):
                z, f = z[:-1], f[:-1]
            off = np.abs(z[:, None] - truth) / np.abs(truth) + np.abs(f[:, None] / frequency - 1)
            assert off.min(axis=1).max() < 1e-4


@given(st.text(max_size=300))
@QUICK
def test_any_text(tmp_path, content):
    path = tmp_path / "any.txt"
    path.write_bytes(content.encode("utf-8", "replace"))
    outcome(path)


@given(
    header=st.sampled_from(["f/Hz,Z',Z''", "omega,|Z|,phase", "freq;Re;Im", "f\tZp'\tZp''", ""]),
    cells=st.lists(
        st.lists(
            st.sampled_from(
                ["1", "0", "-3,5", "2.5e3", "1e999", "nan", "", "x", "1e-320", "-0", "1,000"]
            ),
            min_size=1,
            max_size=5,
        ),
        max_size=12,
    ),
    separator=st.sampled_from([",", ";", "\t", " "]),
)
@settings(QUICK, max_examples=300)
def test_any_table(tmp_path, header, cells, separator):
    path = tmp_path / "any.csv"
    path.write_text("\n".join([header, *(separator.join(row) for row in cells)]), encoding="utf-8")
    outcome(path)


def test_numbers_at_the_ends_of_the_floating_range(make):
    """Any outcome will do but an error of another kind."""
    for big in ("1e308", "1e-308", "1e300"):
        rows = "".join(f"{k}{big[1:]},{k}.5,-{k}\n" for k in range(1, 9))
        outcome(make(f"f/Hz,Z',Z''\n{rows}1e-300,1e300,-1e300\n"))
        outcome(make(f"{rows}1e-300,1e300,-1e300\n"))


@pytest.mark.parametrize(
    "start",
    [
        b"BIO-LOGIC MODULAR FILE\x1a",
        b"EC-Lab ASCII FILE\nNb header lines : 3\n",
        b"EC-Lab ASCII FILE\nNb header lines : 99999999999999999999\n",
        b"EXPLAIN\nZCURVE\tTABLE\n",
        b"ZPLOT2 ASCII\n",
        b"<Application>\n<Segment1>\n",
        b"chunk;timestamp;size;fieldname\n",
        b"Freq. [Hz]\tZs'\tZs''\n",
        b"PK\x03\x04",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
    ],
)
@given(tail=st.binary(max_size=200))
@QUICK
def test_any_bytes_behind_a_known_beginning(tmp_path, start, tail):
    for suffix in (".txt", ".xlsx", ".ism"):
        path = tmp_path / f"any{suffix}"
        path.write_bytes(start + tail)
        outcome(path)


@pytest.mark.parametrize(
    ("content", "suffix", "message"),
    [
        (b"", ".csv", r"file\.csv: the file is empty; expected an impedance spectrum"),
        (b" \n\n", ".csv", r"the file is empty"),
        (
            b"\x00\x01\x02\xff" * 50,
            ".dat",
            r"file\.dat:1: byte 0x00 is no text; expected a text file",
        ),
        (b"\x89HDF\r\n\x1a\n", ".h5", r"the format HDF5 is not read here; export the spectrum as"),
        (b"PK\x03\x04rubbish", ".xlsx", r"the workbook cannot be unpacked .*whole \.xlsx file"),
        (b"PK\x03\x04rubbish", ".zip", r"the format zip archive is not read here; unpack it"),
        (b"anything", ".idf", r"file\.idf: no table of numbers; expected rows"),
        (b"{}", ".pssession", r"file\.pssession: no table of numbers; expected rows"),
        (
            b'{"Type":"PalmSens.DataFiles.SessionFile"',
            ".json",
            r"file\.json:1: the session is no whole JSON .*the file was cut or damaged",
        ),
        (
            b'{"Type":"PalmSens.DataFiles.SessionFile","Measurements":[{"Title":"CV 1"}]}',
            ".pssession",
            r"a PalmSens session without impedance \(CV 1 have none\)",
        ),
        (
            b"\0\0H\0\nMethod=CyclicVoltammetry\nprimary_data\n2\n",
            ".idf",
            r"an Ivium file without impedance \(CyclicVoltammetry\)",
        ),
        (
            b"Method=Impedance\nprimary_data\n3\n9\n1 2 3\n",
            ".idf",
            r"file\.idf:6: primary_data declares 9 points and holds 2; .*the file was cut",
        ),
        (
            b"VERSION8.0\n 29\n 1\n 10.0\n",
            ".dfr",
            r"file\.dfr:2: '29' points are declared and 3 lines follow; .*the file was cut",
        ),
        (
            b"EC-LAB SETTING FILE\n\nNumber of linked techniques : 1\n",
            ".mps",
            r"BioLogic settings or log is not read here; it holds no points; read the \.mpr or",
        ),
        (
            b"EXPLAIN\nTAG\tCV\n",
            ".DTA",
            r"a Gamry file \(CV\) without a ZCURVE table; expected an imp",
        ),
        (b"EXPLAIN\nZCURVE\tTABLE\n", ".DTA", r"file\.DTA:3: ZCURVE is not followed by its column"),
        (b"ZPLOT2 ASCII\n  Date: 1\n", ".z", r"a ZPlot file without its line of column names"),
        (b"EC-Lab ASCII FILE\n", ".mpt", r"file\.mpt:2: the number of header lines is missing or"),
        (
            b"<Application>\n</Application>\n",
            ".par",
            r"VersaStudio file without a segment that has",
        ),
        (b"<Application>\n<Segment1>\nx\n", ".par", r"<Segment1> has no end; expected </Segment1>"),
        (
            b"chunk;timestamp;size;fieldname\n0;1;2;re\n",
            ".csv",
            r"file\.csv:2: .*no line of a sweep",
        ),
        (
            b"chunk;timestamp;size;fieldname\n0;1;3;realz;1;2\n",
            ".csv",
            r"file\.csv:2: realz declares 3 values and holds 2; .*the file was cut",
        ),
        (
            b"Freq. [Hz]\tEps'\tEps''\n1\t2\t3\n",
            ".txt",
            r"file\.txt:1: the file holds permittivity",
        ),
        (b"nothing here\nbut words\n", ".txt", r"file\.txt: no table of numbers; expected rows of"),
        (
            b"f/Hz,Z',Z''\n",
            ".csv",
            r"file\.csv:1: no row of numbers follows the header|file\.csv:2",
        ),
        (b"f/Hz,Z',Z''\n1,2,3\n2,3,4\n", ".csv", r"points at 2 frequencies make no spectrum"),
    ],
)
def test_the_message_names_file_place_and_expectation(make, content, suffix, message):
    with pytest.raises(eis.ReadError, match=message):
        eis.read(make(content, suffix))


TABLE = "f/Hz,Z'/ohm,Z''/ohm\n" + "".join(f"{10.0**k},{100 + k},{-(k + 1.5)}\n" for k in range(7))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("100.0,oops,-3", r"file\.csv:4: .*'oops'.*is no"),
        ("100.0,102", r"file\.csv:4: '100\.0,102' is in the table and is no row of it"),
        ("100.0,102,-3,9", r"file\.csv:4: the row has 4 cells and the table 3 columns"),
        ("0,102,-3", r"file\.csv:4: frequency 0 Hz with impedance 102-3j ohm is no point"),
        ("-100.0,102,-3", r"file\.csv:4: frequency -100 Hz"),
        ("100.0,nan,-3", r"file\.csv:4: frequency 100 Hz .*invalid_rows='report'"),
        ("100.0,0,0", r"file\.csv:4: frequency 100 Hz with impedance .* is no point"),
        ("100.0,1e999,-3", r"file\.csv:4: frequency 100 Hz"),
        ("some words", r"file\.csv:4: 'some words' is in the table"),
    ],
)
def test_a_damaged_row_is_named_by_its_line(make, row, message):
    lines = TABLE.splitlines()
    lines[3] = row
    with pytest.raises(eis.ReadError, match=message):
        eis.read(make("\n".join([*lines, ""])))


def test_invalid_rows_can_be_left_out_and_are_reported(make):
    path = make(TABLE.replace("100.0,102,-3.5", "100.0,nan,-3.5"))
    spectrum = eis.read(path, invalid_rows="report")
    assert len(spectrum) == 6
    assert any(
        "1 without a usable number are left out (lines 4)" in n for n in spectrum.metadata["notes"]
    )


def test_a_last_number_that_lost_its_tail_is_refused(make):
    rows = [f"{10.0**k:.6e}\t{100 + k:.5e}\t{-(k + 1.5):.5e}" for k in range(7)]
    whole = "\n".join(["f/Hz\tZ'\tZ''", *rows])
    assert len(eis.read(make(whole, ".txt"))) == 7
    with pytest.raises(
        eis.ReadError, match=r"file\.txt:8: the file ends inside the number '-7\.50000'"
    ):
        eis.read(make(whole[:-4], ".txt"))


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"imaginary": "im"}, r"imaginary='im' is not known; use one of Im, -Im"),
        ({"frequency_unit": "rpm"}, r"frequency_unit='rpm' is not known; use one of Hz, kHz"),
        (
            {"columns": {"z": 1}},
            r"columns names 'z'; its keys are frequency, re, im, modulus, phase",
        ),
        ({"columns": {"re": 1.5}}, r"columns\['re'\] is 1\.5; give its name or its number from 1"),
        ({"columns": {"re": "Zx", "im": 3}}, r"there is no column 'Zx'; the table has 'f/Hz'"),
        (
            {"columns": {"re": 9, "im": 3}},
            r"there is no column number 9; the table has columns 1 to 3",
        ),
        ({"sheet": "EIS"}, r"sheet='EIS' for a file without sheets; leave sheet out"),
    ],
)
def test_wrong_keywords_are_answered_with_the_right_ones(make, keywords, message):
    with pytest.raises(eis.ReadError, match=message):
        eis.read(make(TABLE), **keywords)


def test_no_file_a_folder_and_a_bad_name(tmp_path):
    with pytest.raises(eis.ReadError, match=r"none\.mpt: cannot be opened \(No such file"):
        eis.read(tmp_path / "none.mpt")
    with pytest.raises(eis.ReadError, match="not a regular file; give the path of one instrument"):
        eis.read(tmp_path)
    with pytest.raises(eis.ReadError, match="cannot be opened"):
        eis.read("a\0b.mpt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(eis.ReadError, match="not a regular file"):
        eis.read(pipe)


def test_a_file_beyond_the_limit_is_refused(make, monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 2**20)
    with pytest.raises(eis.ReadError, match="more than 1 MB; an impedance file is far smaller"):
        eis.read(make(b"1 2 3\n" * 2**18))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(make, monkeypatch):
    monkeypatch.setattr(xlsx, "MAX_UNPACKED", 2**20)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 2**22)
    with pytest.raises(eis.ReadError, match="the workbook unpacks to 4 MB; expected at most 1 MB"):
        eis.read(make(buffer.getvalue(), ".xlsx"))


def test_an_archive_of_an_unknown_version_is_refused(make):
    data = bytearray(make("workbook").read_bytes())
    data[data.index(b"PK\x01\x02") + 6] = 185  # version needed to extract: 18.5
    with pytest.raises(
        eis.ReadError, match=r"the workbook cannot be unpacked .zip file version 18\.5"
    ):
        eis.read(make(bytes(data), ".xlsx"))


def test_workbooks_without_a_spectrum_and_with_a_gap(make, tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Cell", "Thickness (mm)", "R (ohm)"])
    book.save(tmp_path / "sheet.xlsx")
    with pytest.raises(
        eis.ReadError, match=r"no sheet with columns of frequency and impedance \(Sheet"
    ):
        eis.read(tmp_path / "sheet.xlsx")
    sheet = book.create_sheet("EIS")
    sheet.append(["f (Hz)", "Z' (ohm)", "Z'' (ohm)"])
    for k in range(6):
        sheet.append([10.0**k, 100 + k, -1.0 - k] if k != 3 else [None, None, None])
    book.save(tmp_path / "gap.xlsx")
    with pytest.raises(
        eis.ReadError, match=r"gap\.xlsx:5: row 5 is empty and the table goes on below"
    ):
        eis.read(tmp_path / "gap.xlsx")
    with pytest.raises(eis.ReadError, match=r"there is no sheet 'x'; the workbook has Sheet, EIS"):
        eis.read(tmp_path / "gap.xlsx", sheet="x")
