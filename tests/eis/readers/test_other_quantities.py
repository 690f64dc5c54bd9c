"""Columns of an admittance, a capacitance or a modulus are never read as an impedance in ohm."""

import numpy as np
import pytest

from metastudy import eis
from metastudy.eis.readers.other_quantities import other_quantity

F = np.logspace(5, -1, 31)
W = 2j * np.pi * F
Z = 12 + 40 / (1 + 1e-3 * W)
C0 = 3e-12
# Names of two columns, and what stands in them.
FORMS = {
    "an admittance": [
        ("Re(Y)/Ohm-1", "Im(Y)/Ohm-1", 1 / Z),
        ("Re(Y) (S)", "Im(Y) (S)", 1 / Z),
        ("Y'", "Y''", 1 / Z),
        ("G [mS]", "B [mS]", 1e3 / Z),
    ],
    "a complex capacitance": [("Re(C)", "Im(C)", 1 / (W * Z))],
    "a capacitance": [("Re(C)/nF", "Im(C)/nF", 1e9 / (W * Z))],
    "an electric modulus": [("M'", "M''", W * C0 * Z)],
    "a permittivity": [("Re(Permittivity)", "Im(Permittivity)", 1 / (W * C0 * Z))],
    "a conductivity": [("σ'", "σ''", 0.5 / Z), ("Re (S/cm)", "Im (S/cm)", 0.5 / Z)],
    "a resistivity": [("Re(Resistivity)/Ohm.cm", "Im(Resistivity)/Ohm.cm", 2 * Z)],
}
CASES = [(kind, *form) for kind, forms in FORMS.items() for form in forms]


def written(path, first, second, values):
    rows = [f"{f:.9g},{v.real:.9g},{v.imag:.9g}" for f, v in zip(F, values, strict=True)]
    path.write_text("\n".join([f"freq/Hz,{first},{second}", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("kind", "first", "second", "values"), CASES)
def test_a_file_without_an_impedance_says_what_it_holds(tmp_path, kind, first, second, values):
    path = written(tmp_path / "a.csv", first, second, values)
    with pytest.raises(eis.ReadError, match=f"but {kind}; expected an impedance") as caught:
        eis.read(path)
    assert "columns={" not in str(caught.value)


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize(("kind", "first", "second", "values"), CASES)
def test_such_columns_are_refused_as_real_and_imaginary_part(
    tmp_path, kind, first, second, values, by_name
):
    path = written(tmp_path / "a.csv", first, second, values)
    columns = {"frequency": "freq/Hz", "re": first, "im": second}
    if not by_name:
        columns = {"frequency": 1, "re": 2, "im": 3}
    with pytest.raises(eis.ReadError, match=f"is of {kind}, not re; expected an impedance"):
        eis.read(path, columns=columns)


def test_modulus_and_phase_of_an_admittance_are_refused(tmp_path):
    y = 1 / Z
    polar = np.abs(y) + 1j * np.degrees(np.angle(y))
    path = written(tmp_path / "a.csv", "|Y|/S", "phase/deg", polar)
    with pytest.raises(eis.ReadError, match=r"no impedance among .*, but an admittance"):
        eis.read(path)


def test_the_impedance_beside_other_forms_is_read(tmp_path):
    """The long table that EC-Lab exports: Z, then Y, C, M, permittivity and resistivity."""
    forms = [("Re(Z)/Ohm", "-Im(Z)/Ohm", Z.conj()), *(case[1:] for case in CASES)]
    names = [name for first, second, _ in forms for name in (first, second)]
    table = np.column_stack([F, *(part for _, _, v in forms for part in (v.real, v.imag))])
    rows = [",".join(f"{value:.9g}" for value in row) for row in table]
    path = tmp_path / "long.csv"
    path.write_text("\n".join([",".join(["freq/Hz", *names]), *rows]) + "\n", encoding="utf-8")
    np.testing.assert_allclose(eis.read(path).impedance_ohm, Z, rtol=1e-8)


def test_another_impedance_of_the_table_may_be_chosen(tmp_path):
    """Where Re(Z) is lacking and Re(Zce) is there, the error says how to choose it."""
    path = written(tmp_path / "a.csv", "Re(Zce)/Ohm", "-Im(Zce)/Ohm", Z.conj())
    with pytest.raises(eis.ReadError, match="columns="):
        eis.read(path)
    columns = {"frequency": 1, "re": "Re(Zce)/Ohm", "im": "-Im(Zce)/Ohm"}
    np.testing.assert_allclose(eis.read(path, columns=columns).impedance_ohm, Z, rtol=1e-8)


@pytest.mark.parametrize(
    "name", ["Z'", "Re(Z)/Ohm", "-Im(Z) (ohm)", "|Z| [Ω]", "X", "Y", "R/Ohm", "time/s", "Ewe/V", ""]
)
def test_names_of_impedances_and_axes_are_not_other_quantities(name):
    assert other_quantity([name]) is None
