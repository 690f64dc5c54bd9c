"""A formula without a stored value is no empty cell: it is refused by its cell where it matters."""

import re
import zipfile

import numpy as np
import pytest

from metastudy import eis
from tests.eis.readers.conftest import written_rows

NAMES = ["frequency (Hz)", "Re Z (ohm)", "Im Z (ohm)"]
F = np.logspace(5, 0, 12)
Z = 10 + 100 / (1 + 2j * np.pi * F * 1e-3)
POINTS = [[f, z.real, z.imag] for f, z in zip(F.tolist(), Z.tolist(), strict=True)]
ADVICE = "open the workbook in a spreadsheet program and save it"


def stored(path, values):
    """Store values of formulas in the sheet, as a spreadsheet program does; ``values`` by cell."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    xml = parts["xl/worksheets/sheet1.xml"].decode()
    for cell, value in values.items():
        kind = ' t="str"' if isinstance(value, str) else ""
        pattern = rf'<c r="{cell}"[^>]*><f>([^<]*)</f><v ?(?:/>|></v>)</c>'
        xml, found = re.subn(pattern, rf'<c r="{cell}"{kind}><f>\1</f><v>{value}</v></c>', xml)
        assert found == 1
    parts["xl/worksheets/sheet1.xml"] = xml.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def formulas(row, columns):
    return [f"={value!r}" if i in columns else value for i, value in enumerate(row)]


@pytest.mark.parametrize("columns", [{0}, {1}, {2}, {1, 2}, {0, 1, 2}])
@pytest.mark.parametrize("rows", [range(12), [0], [5], [11], [10, 11]])
def test_a_formula_in_a_needed_column_is_refused_by_its_cell(tmp_path, columns, rows):
    points = [formulas(row, columns) if i in rows else row for i, row in enumerate(POINTS)]
    path = written_rows(tmp_path / "own.xlsx", [NAMES, *points])
    line = rows[0] + 2
    cell = f"{'ABC'[min(columns)]}{line}"
    expected = rf"own\.xlsx:{line}: cell {cell} holds the formula '=.*' without a stored value; "
    for how in ({}, {"invalid_rows": "report"}):
        with pytest.raises(eis.ReadError, match=expected + ADVICE):
            eis.read(path, **how)


def test_a_formula_in_place_of_a_name_or_without_names_is_named_too(tmp_path):
    path = written_rows(tmp_path / "name.xlsx", [['="frequency (Hz)"', *NAMES[1:]], *POINTS])
    with pytest.raises(
        eis.ReadError, match=r"in sheet 'Sheet' cell A1 holds .*\(1 such\); " + ADVICE
    ):
        eis.read(path)
    path = written_rows(tmp_path / "bare.xlsx", [formulas(row, {0, 1, 2}) for row in POINTS])
    with pytest.raises(eis.ReadError, match=r"bare\.xlsx:1: cell A1 holds .*" + ADVICE):
        eis.read(path)


def test_a_formula_in_another_column_or_below_the_table_takes_no_point_away(tmp_path):
    rows = [[*row, f"=A{i + 2}*2"] for i, row in enumerate(POINTS)]
    path = written_rows(tmp_path / "more.xlsx", [[*NAMES, "twice"], *rows, [], ["=SUM(A2:A13)"]])
    read = eis.read(path)
    np.testing.assert_allclose(read.impedance_ohm, Z)
    assert any("1 below the table hold no row of it (rows 15)" in n for n in read.metadata["notes"])


def test_stored_values_are_read_and_a_stored_empty_text_is_an_empty_cell(tmp_path):
    rows = [formulas(row, {1}) for row in POINTS]
    blank = ['=IF(A2="","",A2)'] * 3
    path = written_rows(tmp_path / "own.xlsx", [NAMES, *rows, blank])
    values = {f"B{i + 2}": row[1] for i, row in enumerate(POINTS)}
    read = eis.read(stored(path, values | dict.fromkeys(("A14", "B14", "C14"), "")))
    np.testing.assert_allclose(read.frequency_hz, F)
    np.testing.assert_allclose(read.impedance_ohm, Z)


def test_one_formula_without_a_value_among_stored_ones_is_found(tmp_path):
    path = written_rows(tmp_path / "own.xlsx", [NAMES, *(formulas(row, {2}) for row in POINTS)])
    values = {f"C{i + 2}": row[2] for i, row in enumerate(POINTS) if i != 6}
    stored(path, values)
    with pytest.raises(eis.ReadError, match=r"own\.xlsx:8: cell C8 holds the formula"):
        eis.read(path)
