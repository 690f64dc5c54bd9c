"""A row that lacks its numbers is an error with its line, or counted; no line vanishes unsaid."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metastudy import eis
from metastudy.eis.readers.row_gate import is_missing, is_row_without_number, number_of, ranges
from tests.eis.readers.conftest import (
    ALL,
    FREQUENCY,
    SHORT,
    impedance,
    ivium,
    labone,
    palmsens,
    written_rows,
)

COMMA_DECIMAL = {"gamry_comma", "semicolon_comma"}
# Text files of one spectrum with a point in each line.
LINED = (
    "chi crlf_bom elins_i2b elins_p00 gamry gamry_comma headerless headerless_polar keysight "
    "kilo mpt nova parstat polar_rad powersuite quoted_comma rad_per_s relaxis semicolon_comma "
    "units_row utf16 versastudio windeta zplot2 zplotw"
).split()
WORDS = ("OVERLOAD", "---", "#N/A", "", "n.a.", "9.9E37")
# Blanks alone stand between the cells, so that an empty cell cannot be seen.
BLANKS = {"elins_i2b"}


def encoding_of(name: str) -> str:
    if name == "utf16":
        return "utf-16"
    return "cp1252" if name.startswith(("gamry", "mpt")) else "utf-8"


def damaged(name: str, line: int, word: str) -> str:
    """Text of a file in which a word stands for every number behind the frequency of a line."""
    lines = ALL[name].data.decode(encoding_of(name)).split("\n")
    if name == "quoted_comma":
        token = '"[^"]*"'
    else:
        token = r"[^\s;\t]+" if name in COMMA_DECIMAL else r"[^\s;,\t]+"
    ending = "\r" if lines[line - 1].endswith("\r") else ""
    cells = list(re.finditer(token, lines[line - 1]))
    # In these columns the impedance stands somewhere behind the frequency.
    first = {"mpt": 1, "versastudio": 6, "zplot2": 4, "zplotw": 4, "parstat": 4, "nova": 2}
    start = first.get(name, 3 if name.startswith("gamry") else 1)
    for cell in reversed(cells[start:]):
        text = lines[line - 1]
        word = f'"{word.strip(chr(34))}"' if name == "quoted_comma" else word
        lines[line - 1] = text[: cell.start()] + word + text[cell.end() :]
    lines[line - 1] = lines[line - 1].rstrip("\r") + ending
    return "\n".join(lines)


@pytest.fixture(params=LINED)
def lined(request, make):
    """Name, suffix and the lines of the first, a middle and the last point of a file."""
    name = request.param
    first, last = eis.read(make(name)).metadata["lines"]
    return name, ALL[name].suffix, (first, (first + last) // 2, last)


@pytest.mark.parametrize("word", WORDS)
def test_a_point_without_numbers_is_an_error_with_its_line_or_is_counted(lined, word, make):
    name, suffix, places = lined
    if name in {*COMMA_DECIMAL, "quoted_comma"}:
        word = word.replace(".", ",") if word[:1].isdigit() else word
    if not word and name in BLANKS:
        pytest.skip("an empty cell between blanks cannot be seen")
    for line in places:
        path = make(damaged(name, line, word), suffix, encoding_of(name))
        with pytest.raises(eis.ReadError, match=rf"file\{suffix}:{line}: "):
            eis.read(path)
        spectrum = eis.read(path, invalid_rows="report")
        assert len(spectrum) == FREQUENCY.size - 1
        assert any(
            note.startswith("rows: 1 without a usable number") and f"(lines {line})" in note
            for note in spectrum.metadata["notes"]
        )


def table_text(*extra: tuple[int, str]) -> str:
    """A table of seven points, with lines put in before the points of these numbers (from 0)."""
    body = [f"{10.0**k},{100 + k},{-(k + 1.5)}" for k in range(7)]
    for place, line in sorted(extra, reverse=True):
        body.insert(place, line)
    return "\n".join(["f/Hz,Z'/ohm,Z''/ohm", *body, ""])


@pytest.mark.parametrize("place", [0, 3, 7])
@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1,000,000,100,-3", "the row has 5 cells|is in the table"),
        ("1 000.5,100,-3", "'1 000.5' in column 'f/Hz' is no number.*separators between thousands"),
        ("2.5e3 Hz,100 ohm,-3 ohm", "'2.5e3 Hz' .* a unit or a mark belongs into the header"),
        ("2500*,100,-3", r"'2500\*' in column"),
        ("2500,100", "is in the table and is no row"),
        ("OVL,OVL,OVL", "frequency nan Hz .*'OVL' in column 'f/Hz' is no number"),
        (",100,-3", "frequency nan Hz .*'' in column 'f/Hz' is no number"),
        ("2500,,", "frequency 2500 Hz .*'' in column \"Z'/ohm\" is no number"),
        ("-,100,-3", "frequency nan Hz"),
    ],
)
def test_a_row_that_is_not_understood_is_an_error_with_its_line(make, place, line, problem):
    with pytest.raises(eis.ReadError, match=rf"file\.csv:{place + 2}: .*(?:{problem})"):
        eis.read(make(table_text((place, line))))


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("----,----,----", "1 line at the table hold text and no row, such as '----,----,----'"),
        ("measured by hand", "1 line at the table hold text and no row, such as 'measured by"),
        ("# 2500,100,-3", "1 line in the table begin as comments"),
        (",,", "1 line in the table hold only empty cells"),
    ],
)
@pytest.mark.parametrize("place", [0, 7])
def test_what_is_no_row_is_noted_with_its_line(make, place, line, note):
    spectrum = eis.read(make(table_text((place, line))))
    assert len(spectrum) == 7
    found = [n for n in spectrum.metadata["notes"] if n.startswith("rows: ")]
    assert len(found) == 1
    assert note in found[0]
    assert f"(lines {place + 2})" in found[0]


def test_a_line_below_the_names_may_count_the_points(make):
    assert not any("points:" in n for n in eis.read(make(table_text((0, "7")))).metadata["notes"])
    notes = eis.read(make(table_text((0, "9")))).metadata["notes"]
    assert "points: line 2 declares 9 and the table holds 7" in notes


def test_a_table_of_which_no_row_has_numbers_is_not_passed_over(make):
    lost = "".join(f"{10.0**k},OVERLOAD,OVERLOAD\n" for k in range(7))
    with pytest.raises(
        eis.ReadError, match=r"file\.csv:1[01]: no row of numbers follows the header"
    ):
        eis.read_all(make(table_text() + "f/Hz,Z'/ohm,Z''/ohm\n" + lost))


def test_a_line_of_units_may_stand_below_a_line_of_text(make):
    body = "".join(f"{10.0 ** (k - 3)}\t{(100 + k) / 1e3}\t{-(k + 1.5) / 1e3}\n" for k in range(7))
    path = make(f"Freq\tZreal\tZimag\ncell 4\t\t\nkHz\tkohm\tkohm\n{body}", ".txt")
    spectrum = eis.read(path)
    np.testing.assert_allclose(spectrum.frequency_hz, 10.0 ** np.arange(7))
    np.testing.assert_allclose(spectrum.impedance_ohm[0], 100 - 1.5j)
    with pytest.raises(
        eis.ReadError, match=r"file\.txt:2: the line names 2 units and the table has 3"
    ):
        eis.read(make(f"Freq\tZreal\tZimag\nkHz\tkohm\n{body}", ".txt"))
    asked = {"frequency_unit": "kHz", "impedance_unit": "kohm"}
    path = make(f"Freq\tZreal\tZimag\nkHz\tkohm\n{body}", ".txt")
    np.testing.assert_allclose(eis.read(path, **asked).impedance_ohm, spectrum.impedance_ohm)


def test_a_blank_line_inside_a_gamry_curve_ends_nothing(make):
    lines = ALL["gamry"].data.decode("cp1252").split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("\t20\t"))
    path = make("\n".join([*lines[:at], "", *lines[at:]]), ".DTA", "cp1252")
    assert len(eis.read(path)) == FREQUENCY.size


@pytest.mark.parametrize("junk", ["OVERLOAD", "OVERLOAD\tOVERLOAD", "some words", "# 1 2 3", "---"])
def test_a_line_that_is_no_keyword_does_not_end_a_gamry_curve(make, junk):
    lines = ALL["gamry"].data.decode("cp1252").split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith("\t0\t1\t1"))
    inside = make("\n".join([*lines[: first + 6], junk, *lines[first + 6 :]]), ".DTA", "cp1252")
    with pytest.raises(eis.ReadError, match=rf"file\.DTA:{first + 7}: .*is no row of ZCURVE"):
        eis.read(inside)
    below = [*lines[:-1], junk, "EXPERIMENTABORTED\tTOGGLE\tT\tExperiment Aborted", ""]
    spectrum = eis.read(make("\n".join(below), ".DTA", "cp1252"))
    assert len(spectrum) == FREQUENCY.size
    assert any(n.startswith("rows: 1 line at the table") for n in spectrum.metadata["notes"])


def test_a_gamry_curve_without_its_line_of_units_loses_no_row(make):
    lines = ALL["gamry"].data.decode("cp1252").split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("\t#\ts\tHz"))
    path = make("\n".join([*lines[:at], *lines[at + 1 :]]), ".DTA", "cp1252")
    with pytest.raises(eis.ReadError, match=rf"file\.DTA:{at + 1}: a row follows the names"):
        eis.read(path)


@pytest.mark.parametrize("junk", ["OVERLOAD", "OVERLOAD\tOVL", "---\t---\t---"])
def test_a_lost_row_between_two_tables_is_noted(make, junk):
    content = ALL["blocks"].data.decode()
    first, last = eis.read_all(make("blocks"))[0].metadata["lines"]
    lines = content.split("\n")
    spectra = eis.read_all(make("\n".join([*lines[:last], junk, *lines[last:]]), ".txt"))
    assert [len(s) for s in spectra] == [last - first + 1] * 3
    assert any(f"(lines {last + 1})" in n for n in spectra[0].metadata["notes"])
    assert not any(n.startswith("rows:") for n in spectra[1].metadata["notes"])


@pytest.mark.parametrize("junk", ["OVERLOAD", "1e3,OVL", "1e3", "some words", "1e3 2 3 4 5"])
def test_a_line_right_above_rows_without_names_is_noted(make, junk):
    content = ALL["headerless"].data.decode()
    assert not any(n.startswith("rows:") for n in eis.read(make(content)).metadata["notes"])
    spectrum = eis.read(make(f"{junk}\n{content}"))
    assert len(spectrum) == FREQUENCY.size
    assert any("no row" in n and "(lines 1)" in n for n in spectrum.metadata["notes"])


def test_numbers_that_a_binary_or_json_file_lacks_are_named_by_their_point(make):
    session = palmsens([(SHORT, impedance(SHORT))])
    lost = re.sub(r'("Type": "PalmSens.Units.ZRe".*?"V": )[0-9.]+', r'\1"OVL"', session)
    with pytest.raises(eis.ReadError, match=r"\.pssession:1: .*'OVL' in column \"Z'"):
        eis.read(make(lost, ".pssession", "utf-16"))
    z = impedance(SHORT)
    data = ivium([(SHORT, z)]).replace(f"{z[3].real:.9E}".encode(), b"OVERLOAD")
    with pytest.raises(eis.ReadError, match=r"file\.idf:\d+: .*'OVERLOAD' in column 'Re Z"):
        eis.read(make(data, ".idf"))
    assert len(eis.read(make(data, ".idf"), invalid_rows="report")) == SHORT.size - 1


def test_a_word_in_a_sweep_of_labone_is_named_by_the_line_of_its_quantity(make):
    lines = labone([(SHORT, impedance(SHORT))], lost=0).split("\n")
    at = next(i for i, line in enumerate(lines) if ";realz;" in line)
    cells = lines[at].split(";")
    for word, raised in (("what", True), ("OVERLOAD", False)):
        cells[6] = word
        path = make("\n".join([*lines[:at], ";".join(cells), *lines[at + 1 :]]))
        if raised:
            with pytest.raises(
                eis.ReadError, match=rf"file\.csv:{at + 1}: 'what' in realz is no num"
            ):
                eis.read(path)
        else:
            assert any(
                note.startswith("rows: 1 without a usable number")
                for note in eis.read(path).metadata["notes"]
            )


def test_rows_of_a_workbook_are_kept_refused_or_counted(tmp_path):
    names = ["f (Hz)", "Z' (ohm)", "Z'' (ohm)"]
    points = [[10.0**k, 100.0 + k, -1.5 - k] for k in range(7)]
    for place, word in ((0, "OVERLOAD"), (3, "#N/A"), (6, None)):
        rows = [list(row) for row in points]
        rows[place][1:] = [word, word]
        path = written_rows(tmp_path / "lost.xlsx", [names, *rows])
        with pytest.raises(eis.ReadError, match=rf"lost\.xlsx:{place + 2}: .*is no number"):
            eis.read(path)
        assert len(eis.read(path, invalid_rows="report")) == 6
    below = [[None], ["mean", 103.0, -4.5], ["by hand", None, None]]
    notes = eis.read(written_rows(tmp_path / "below.xlsx", [names, *points, *below])).metadata[
        "notes"
    ]
    assert "rows: 2 below the table hold no row of it (rows 10-11)" in notes
    beside = [[*row, 5.0] for row in points]
    notes = eis.read(written_rows(tmp_path / "beside.xlsx", [names, *beside])).metadata["notes"]
    assert any("7 hold numbers in columns without a name, not read (rows 2-8)" in n for n in notes)


def test_a_workbook_may_have_a_row_of_units_and_says_what_is_empty_below_it(tmp_path):
    points = [[10.0**k, 0.1 + k, -1.5 - k] for k in range(7)]
    for names in (["f", "Z'", "Z''"], ["f (kHz)", "Z' (kohm)", "Z''"]):
        rows = [names, ["kHz", "(kOhm)", "kOhm"], [None, None, None], *points]
        read = eis.read(written_rows(tmp_path / "units.xlsx", rows))
        assert read.frequency_hz[0] == 1e3
        assert read.impedance_ohm[0] == pytest.approx(100 - 1500j)
        assert (
            "rows: 1 between the names and the table hold no value (rows 3)"
            in read.metadata["notes"]
        )


@pytest.mark.parametrize("name", ["mpt", "gamry"])
def test_a_row_of_tabs_alone_is_counted(make, name):
    written = ALL[name]
    lines = written.data.decode("cp1252").split("\n")
    lines[-12] = "\t" * lines[-12].count("\t")
    read = eis.read(make("\n".join(lines), written.suffix))
    assert len(read) == written.spectra[0][0].size - 1
    assert any(
        f"1 line in the table hold only empty cells; not read (lines {len(lines) - 11})" in note
        for note in read.metadata["notes"]
    )


def test_sheets_of_numbers_that_are_not_read_are_named(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "EIS"
    raw = book.create_sheet("raw")
    for row in [["f (Hz)", "Z' (ohm)", "Z'' (ohm)"], *([10.0**k, 9.0, -1.0 - k] for k in range(7))]:
        book.active.append(row)
        raw.append(row if isinstance(row[0], float) else ["a", "b", "c"])
    book.save(tmp_path / "two.xlsx")
    notes = eis.read(tmp_path / "two.xlsx").metadata["notes"]
    assert "sheets: raw hold numbers without a known name; not read" in notes


JUNK = st.sampled_from(
    [
        "OVERLOAD;OVERLOAD;OVERLOAD",
        "1e3;OVL;OVL",
        "1e3;;",
        ";;",
        "---;---;---",
        "2e3;---;---",
        "#N/A;#N/A;#N/A",
        "1,000.5;3;4",
        "1 000;3;4",
        "100 Hz;3 ohm;4 ohm",
        "some words",
        "two;words",
        "3;words;here",
        "2024-01-02 10:00",
        "12:30;1;2",
        "5;6",
        "# 1;2;3",
        "nan;nan;nan",
        "1e999;1;1",
        "9.9e37;1;1",
        "0;0;0",
        "-5;1;1",
        "x;1;2",
        "1;2;3;4",
        "1;2;3;",
        '"1";"2";"3"',
    ]
)


@given(extra=st.lists(st.tuples(st.integers(0, 9), JUNK), max_size=4), report=st.booleans())
@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_line_is_a_point_an_error_or_counted(tmp_path, extra, report):
    """Points and counted lines together are the lines of the file."""
    body = [f"{7.0 * 2**k};{100 + k};{-(k + 1.5)}" for k in range(9)]
    for place, line in extra:
        body.insert(place, line)
    path = tmp_path / "any.csv"
    path.write_text("\n".join(["f/Hz;Z'/ohm;Z''/ohm", *body, ""]), encoding="utf-8")
    try:
        spectra = eis.read_all(path, invalid_rows="report" if report else None)
    except eis.ReadError as error:
        named = re.match(rf"{re.escape(str(path))}:(\d+): ", str(error))
        assert named is not None
        assert 2 <= int(named[1]) <= len(body) + 2
        return
    counted = [
        re.match(r"(?:rows|spectra): (\d+) .*lines? ", n) for n in spectra[0].metadata["notes"]
    ]
    lost = sum(int(match[1]) for match in counted if match)
    assert sum(map(len, spectra)) + lost == len(body)


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1.5", ".", 1.5),
        ("1,5", ",", 1.5),
        ("+.5E-3", ".", 5e-4),
        ("5.", ".", 5.0),
        ("1.5", ",", None),
        ("1,5", ".", None),
        ("1,000,000", ",", None),
        ("9.9E+37", ".", np.nan),
        ("-9.91e37", ".", np.nan),
        ("1e400", ".", np.nan),
        ("", ".", None),
        ("e5", ".", None),
        ("1e", ".", None),
        ("\u0661", ".", None),
    ],
)
def test_a_cell_is_a_number_in_one_form(cell, decimal, value):
    np.testing.assert_equal(number_of(cell, decimal), value)


def test_signs_of_a_missing_number():
    assert all(map(is_missing, ("", "-", "----", "***", "OVLD", "#DIV/0!", "N/A", "xxx", "?")))
    assert not any(map(is_missing, ("0", "a", "Hz", "1-2", "overloads")))
    assert not is_row_without_number(["", " "], ".")
    assert ranges([5, 3, 4, 9]) == "3-5, 9"
    assert ranges(range(0, 20, 2)) == "0, 2, 4, 6, 8, ..."


@pytest.mark.parametrize("length", [40_000])
def test_cost_is_linear_in_blanks_and_digits(make, length):
    """Texts that once took time with the square of their length; now milliseconds."""
    import time

    blanks, digits = " " * length, "1" * length
    texts = [
        f"freq a{blanks}z b\n1 2 3\n",
        f"f/Hz;Z';Z''\n{digits}x;1;2\n",
        f'ZPLOT2 ASCII\n{blanks}"{blanks}Freq\n',
        f"ZPLOT2 ASCII\nFreq(Hz) Z'(a){blanks}x\n",
        f"Freq. [Hz] Zs'\nDiameter [mm]{blanks}x\n",
        "\r" * length + "x",
        "<Application>\n" + "<Segment1>\n" * (length // 10) + "</Segment1>\n",
        f"EC-Lab ASCII FILE\nNb header lines : {digits}\n",
    ]
    start = time.process_time()
    for text in texts:
        with pytest.raises(eis.ReadError):
            eis.read(make(text, ".txt"))
    assert time.process_time() - start < 2.0  # each took several seconds alone
