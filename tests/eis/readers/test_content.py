"""The content decides the format, whatever the name says; prefixes and hints are followed."""

from __future__ import annotations

import json
from unicodedata import normalize

import numpy as np
import pytest

from metastudy import eis
from tests.eis.readers.conftest import ALL, FREQUENCY, SHORT, impedance, palmsens, relaxis

Z = impedance(FREQUENCY)
SUFFIXES = (".txt", ".P00", ".i2b", ".idf", ".ids", ".dfr", ".pfr", ".pssession", ".ism", ".z", "")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "name", ["kilo", "elins_p00", "elins_i2b", "eco_chemie", "ivium", "palmsens", "mpt", "gamry"]
)
def test_the_same_bytes_are_read_alike_under_every_name(make, name, suffix):
    written = ALL[name]
    spectra = eis.read_all(make(written.data, suffix))
    assert len(spectra) == len(written.spectra)
    for spectrum, (frequency, impedance_ohm) in zip(spectra, written.spectra, strict=True):
        np.testing.assert_allclose(spectrum.frequency_hz, frequency, rtol=1e-6)
        np.testing.assert_allclose(spectrum.impedance_ohm, impedance_ohm, rtol=1e-6)


def test_a_session_is_read_with_its_titles_and_without_a_byte_order_mark(make):
    text = ALL["palmsens"].data.decode("utf-16").strip("\ufeff")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        spectra = eis.read_all(make(text, ".pssession", encoding))
        assert [s.metadata["title"] for s in spectra] == ["at 0 V", "at 1 V", "at 2 V"]
        assert spectra[0].metadata["instrument"] == "PalmSens PS4X"


def test_a_session_without_plotted_spectra_is_read_from_its_data(make):
    session = json.loads(palmsens([(SHORT, impedance(SHORT))]).strip("\ufeff"))
    for measurement in session["Measurements"]:
        measurement["EISDataList"] = None
    spectrum = eis.read(make(json.dumps(session), ".pssession", "utf-16"))
    np.testing.assert_allclose(spectrum.impedance_ohm, impedance(SHORT))
    assert spectrum.metadata["title"] == "pellet"


@pytest.mark.parametrize(
    "session",
    [
        '{"Type":"PalmSens.x","Measurements":[]}',
        '{"Type":"PalmSens.x","Measurements":{}}',
        '{"Type":"PalmSens.x","Measurements":[1,null,{"DataSet":3},{"EISDataList":[{}]}]}',
        '{"Type":"PalmSens.x"' + "[" * 100_000,
        '{"Type":"PalmSens.x","Measurements":[{"DataSet":{"Values":[{"Unit":{"Type":'
        '"PalmSens.Units.Hertz"}}]}}]}',
    ],
)
def test_a_session_of_another_shape_is_one_error(make, session):
    with pytest.raises(eis.ReadError, match=r"file\.pssession"):
        eis.read(make(session, ".pssession"))


def test_columns_that_a_program_fitted_are_not_taken_for_measured_ones(make):
    names = ("Data: Frequency", "Fit: Z'", "Fit: Z''", "Data: Z'", "Data: Z''")
    columns = [FREQUENCY, 2 * Z.real, 2 * Z.imag, Z.real, Z.imag]
    lines = ["\t".join(names)]
    lines += ["\t".join(f"{v:.9g}" for v in row) for row in zip(*columns, strict=True)]
    spectrum = eis.read(make("\n".join([*lines, ""]), ".txt"))
    np.testing.assert_allclose(spectrum.impedance_ohm, Z, rtol=1e-6)
    assert any("Fit: Z', Fit: Z'' are there too" in note for note in spectrum.metadata["notes"])


@pytest.mark.parametrize("columns", [None, {"frequency": 1, "re": 2, "im": 3}])
@pytest.mark.parametrize("prefix", ["Data: ", "Measured: ", "Channel 2: "])
def test_a_prefix_of_the_names_is_passed_over(make, columns, prefix):
    text = relaxis(FREQUENCY, Z).replace("Data: ", prefix)
    np.testing.assert_allclose(
        eis.read(make(text, ".txt"), columns=columns).impedance_ohm, Z, rtol=1e-6
    )


def test_numbers_of_columns_are_followed_where_the_names_do_not_fit(make):
    body = "\n".join(
        f"{a:.9g}\t{b.real:.9g}\t{b.imag:.9g}" for a, b in zip(FREQUENCY, Z, strict=True)
    )
    path = make(f"frequency of the generator Re Z of the cell Im Z of it\n{body}\n", ".txt")
    with pytest.raises(eis.ReadError, match=r"columns=\{'frequency': 1, 're': 2, 'im': 3\}"):
        eis.read(path)
    spectrum = eis.read(path, columns={"frequency": 1, "re": 2, "im": 3})
    np.testing.assert_allclose(spectrum.impedance_ohm, Z, rtol=1e-6)


def test_numbers_of_columns_are_followed_in_a_workbook(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["generator", "one", "two"])
    for a, b in zip(FREQUENCY.tolist(), Z.tolist(), strict=True):
        book.active.append([a, b.real, b.imag])
    path = tmp_path / "own.xlsx"
    book.save(path)
    with pytest.raises(eis.ReadError, match=r"no sheet with columns of frequency and impedance"):
        eis.read(path)
    spectrum = eis.read(path, columns={"frequency": 1, "re": 2, "im": 3})
    np.testing.assert_allclose(spectrum.impedance_ohm, Z, rtol=1e-9)
    assert "rows: 1 above the table hold text (rows 1)" in spectrum.metadata["notes"]
    with pytest.raises(eis.ReadError, match=r"there is no column 'f'; the table has 3"):
        eis.read(path, columns={"frequency": "f", "re": 2, "im": 3})


@pytest.mark.parametrize("end", ["", "\t"])
@pytest.mark.parametrize(
    ("names", "cells", "note"),
    [
        ("freq/Hz\tRe(Z)/Ohm\t \t-Im(Z)/Ohm", 3, "a blank name has no column"),
        ("freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t \tI/mA", 3, "I/mA is named and not written"),
        ("freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t\t ", 3, ""),
        ("freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t \tI/mA", 5, ""),
    ],
)
def test_blank_names_of_an_mpt_file(make, names, cells, note, end):
    rows = [
        "\t".join([f"{a:.9g}", f"{b.real:.9g}", f"{-b.imag:.9g}", *["7"] * (cells - 3)]) + end
        for a, b in zip(FREQUENCY, Z, strict=True)
    ]
    head = ["EC-Lab ASCII FILE", "Nb header lines : 4", "", names + end]
    spectrum = eis.read(make("\n".join([*head, *rows, ""]), ".mpt"))
    np.testing.assert_allclose(spectrum.impedance_ohm, Z, rtol=1e-6)
    assert not note or any(note in n for n in spectrum.metadata["notes"])


def spelt(names, columns, separator=","):
    rows = [separator.join(f"{v:.9g}" for v in row) for row in zip(*columns, strict=True)]
    return "\n".join([separator.join(names), *rows, ""])


@pytest.mark.parametrize(
    ("real", "imaginary"),
    [
        ("Impedance Real (Ohms)", "Impedance Imaginary (Ohms)"),
        ("Re[Z]/Ohm", "Im[Z]/Ohm"),
        ("z_re_ohm", "z_im_ohm"),
        ("Z-Real", "Z-Imag"),
        ("Realteil (Ohm)", "Imaginärteil (Ohm)"),
        ("Resistance (Ohm)", "Reactance (Ohm)"),
        ("Z Real", "Z Imag"),
    ],
)
def test_spellings_of_the_two_parts(make, real, imaginary):
    columns = (FREQUENCY, abs(Z), np.degrees(np.angle(Z)), Z.real, Z.imag)
    names = ("Frequency (Hz)", "Impedance Magnitude (Ohms)", "Phase (deg)", real, imaginary)
    spectrum = eis.read(make(spelt(names, columns)))
    np.testing.assert_allclose(spectrum.impedance_ohm, Z, rtol=1e-6)
    if not real.startswith("Resistance"):  # which could be another resistance
        assert not any("taken from |Z| and phase" in n for n in spectrum.metadata["notes"])


def test_a_byte_order_mark_at_the_end_is_no_line_of_text(make):
    """PSTrace ends its CSV so."""
    head = "Date and time:,2024-11-05 10:00:00\nNotes:,\n\n"
    names = ("freq / Hz", "neg. Phase / °", "Idc / uA", "Z / Ohm", "Z' / Ohm", "-Z'' / Ohm")
    minus_phase = -np.degrees(np.angle(Z))
    columns = (FREQUENCY, minus_phase, np.ones_like(FREQUENCY), abs(Z), Z.real, -Z.imag)
    text = head + spelt(names, columns) + "\ufeff"
    spectrum = eis.read(make(text.replace("\n", "\r\n"), ".csv", "utf-16"))
    np.testing.assert_allclose(spectrum.impedance_ohm, Z, rtol=1e-6)
    assert not any(note.startswith("rows:") for note in spectrum.metadata["notes"])


def test_cycling_rows_between_two_spectra_of_one_table_are_counted(make):
    """EC-Lab's Modulo Bat writes rows of charge and of impedance into one table."""
    names = ("mode", "Ns", "time/s", "Ewe/V", "freq/Hz", "|Z|/Ohm", "Re(Z)/Ohm", "-Im(Z)/Ohm", "x")
    idle = ["\t".join(["2", "0", f"{i}", "3.7", "0", "0", "0", "0", "5"]) for i in range(12)]
    sweep = [
        f"2\t1\t50\t3.7\t{a:.9g}\t{abs(b):.9g}\t{b.real:.9g}\t{-b.imag:.9g}\t5"
        for a, b in zip(FREQUENCY, Z, strict=True)
    ]
    head = ["EC-Lab ASCII FILE", "Nb header lines : 5  ", "", "Modulo Bat", "\t".join(names)]
    spectra = eis.read_all(make("\n".join([*head, *idle, *sweep, *idle, *sweep, ""]), ".mpt"))
    assert [len(s) for s in spectra] == [FREQUENCY.size] * 2
    np.testing.assert_allclose(spectra[1].impedance_ohm, Z, rtol=1e-6)
    assert any("rows: 24 with frequency 0" in n for n in spectra[0].metadata["notes"])


def test_blank_names_in_other_files(make):
    """A column without a name is passed over where the others are known."""
    rows = [f"{a:.9g};x;{b.real:.9g};{b.imag:.9g}" for a, b in zip(FREQUENCY, Z, strict=True)]
    rows = [row.replace(";x;", ";1;") for row in rows]
    for blank in ("", " ", '""'):
        path = make("\n".join([f"f/Hz;{blank};Z'/Ohm;Z''/Ohm", *rows, ""]))
        np.testing.assert_allclose(eis.read(path).impedance_ohm, Z, rtol=1e-6)


def test_a_decimal_sign_that_is_asked_about_can_be_said_of_every_reader(make):
    """Numbers such as 1,234 alone could be 1.234 or 1234: also in an instrument's own format."""
    lines = ["EC-Lab ASCII FILE", "Nb header lines : 4", "", "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm"]
    lines += [f"{k},000\t{k + 5},125\t{k},500" for k in range(1, 8)]
    path = make("\n".join([*lines, ""]), ".mpt")
    with pytest.raises(eis.ReadError, match=r"file\.mpt:5: '1,000' could be a decimal comma or a"):
        eis.read(path)
    spectrum = eis.read(path, decimal=",")
    np.testing.assert_allclose(spectrum.frequency_hz, np.arange(1.0, 8.0))
    np.testing.assert_allclose(spectrum.impedance_ohm[0], 6.125 - 1.5j)


def test_text_in_utf_32_and_text_that_control_z_ends_are_read(make):
    for name in ("nova", "semicolon_comma", "zplot2"):
        text = ALL[name].data.decode("utf-8")
        for content, encoding in ((text, "utf-32"), (text + "\x1a", "utf-8")):
            spectrum = eis.read(make(content, ALL[name].suffix, encoding))
            f, z = ALL[name].spectra[0]
            np.testing.assert_allclose(spectrum.frequency_hz, f, rtol=1e-6)
            np.testing.assert_allclose(spectrum.impedance_ohm, z, rtol=1e-6)


def swept(*parts):
    """Rows of a table whose parts follow one another, Re Z rising by one a row."""
    f = np.concatenate(parts)
    rows = [f"{a:.9g},{100 + k},{-1.5 - k}" for k, a in enumerate(f)]
    return "\n".join(["f/Hz,Z'/ohm,Z''/ohm", *rows, ""])


def test_a_jump_of_the_frequency_is_said_with_its_place_and_what_joins_the_parts(make):
    high, low = np.geomspace(1e5, 1e2, 13), np.geomspace(3e3, 1e-1, 19)
    path = make(swept(high, low), ".csv")
    message = "the second begins at line 15, where the frequency jumps from 100 to 3000 Hz"
    with pytest.raises(eis.SeveralSpectraError, match=message) as caught:
        eis.read(path)
    parts = eis.read_all(path)
    remedy = str(caught.value).rpartition("joined by ")[2]
    whole = eval(remedy, {"eis": eis, "np": np, "parts": parts})  # the advice itself
    np.testing.assert_allclose(whole.frequency_hz, np.r_[high, low], rtol=1e-8)
    np.testing.assert_allclose(whole.impedance_ohm.real, 100 + np.arange(32))


def test_a_spectrum_that_stands_twice_in_a_file_is_noted(make):
    f = np.geomspace(1e5, 1e-1, 13)
    once = swept(f)
    path = make(once + once.partition("\n")[2], ".csv")
    copied = "number 2 is a copy of number 1, and no measurement"
    with pytest.raises(eis.SeveralSpectraError, match=copied):
        eis.read(path)
    first, second = eis.read_all(path)
    assert f"spectra: {copied}" in second.metadata["notes"]
    assert not any("copy" in note for note in first.metadata["notes"])


OHM_SIGN, MINUS = "\u2126", "\u2212"


@pytest.mark.parametrize(
    "names",
    [
        f"f (Hz);Z' ({OHM_SIGN});Z'' ({OHM_SIGN})",
        f"f (Hz);Z' [{OHM_SIGN}];Z'' [{OHM_SIGN}]",
        "Fréquence (Hz);Re(Z) (ohm);Im(Z) (ohm)",
        normalize("NFD", "Fréquence (Hz);Re(Z) (ohm);Imaginärteil (ohm)"),
        "频率(Hz);Z'(ohm);Z''(ohm)",
        "周波数(Hz);Z'(ohm);Z''(ohm)",
    ],
)
def test_letters_of_other_code_points_and_languages_name_columns(make, names):
    rows = [f"{a:.9g};{b.real:.9g};{b.imag:.9g}" for a, b in zip(FREQUENCY, Z, strict=True)]
    read = eis.read(make("\n".join([names, *rows, ""]), ".csv"))
    np.testing.assert_allclose(read.impedance_ohm, Z, rtol=1e-6)


@pytest.mark.parametrize("unit", [f"k{OHM_SIGN}", "k\u03a9", "kohm"])
def test_a_prefix_before_the_ohm_sign_counts(make, unit):
    rows = [
        f"{a:.9g};{b.real / 1e3:.9g};{b.imag / 1e3:.9g}" for a, b in zip(FREQUENCY, Z, strict=True)
    ]
    read = eis.read(make("\n".join([f"f (Hz);Z' ({unit});Z'' ({unit})", *rows, ""]), ".csv"))
    np.testing.assert_allclose(read.impedance_ohm, Z, rtol=1e-6)
    area = f"f (Hz);Z' ({unit} cm2);Z'' ({unit} cm2)"
    with pytest.raises(eis.ReadError, match="is an impedance times an area"):
        eis.read(make("\n".join([area, *rows, ""]), ".csv"))


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("sign", [MINUS, "\u2013"])
def test_a_minus_sign_of_a_word_processor_is_a_minus(make, sign, decimal):
    rows = [f"{a:.9e};{b.real:.9e};{b.imag:.9e}" for a, b in zip(FREQUENCY, Z, strict=True)]
    text = "\n".join([f"f (Hz);Z' (ohm);{sign}Z'' (ohm)", *rows, ""])
    turned = text.replace(";-", ";").replace("e-", f"e{MINUS}").replace(".", decimal)
    np.testing.assert_allclose(eis.read(make(turned, ".csv")).impedance_ohm, Z, rtol=1e-6)
    kept = text.replace(f"{sign}Z", "Z").replace(";-", f";{sign}").replace(".", decimal)
    np.testing.assert_allclose(eis.read(make(kept, ".csv")).impedance_ohm, Z, rtol=1e-6)
