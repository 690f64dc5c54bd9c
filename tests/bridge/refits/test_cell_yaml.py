"""cell.yaml: canonical values by hand, and every fault with file, line and column."""

import math
import re

import pytest

from metastudy.bridge.refits.cell_quantities import CellFileError
from metastudy.bridge.refits.cell_yaml import read_cell
from metastudy.eis.cells.detectability import Instrument
from metastudy.eis.cells.temperature_laws import Arrhenius, Points, Vtf
from tests.corpus.seeding import lay_out

TEXT = """\
id: ss_cell
electrodes: two_point
excitation: eis
stack: SS|PE|SE|PE|SS
n_in_circuit: "2"
identical_contacts: "yes"
diameter: 4 mm
frequency_range: 7 MHz to 100 mHz
layers:
  - name: PE
    thickness: {value: "100", unit: um, locator: "Methods"}
    permittivity: 10
    conductivity:
      - {at: 25 degC, value: 1e-5 S cm-1}
      - {at: 343.15 K, value: 0.5 mS/cm}
  - name: SE
    thickness: 0.15 mm
    known: 2 percent
    conductivity: {value: 1e-2 S m-1, at: 25 degC, activation_energy: 30 kJ mol-1}
    grain_boundary:
      conductivity:
        {value: 3e-4 S/cm, at: 25 degC, pseudo_energy: 0.1 eV, vogel_temperature: -90 degC}
      capacitance_ratio: 800
      exponent: 0.95
contacts:
  - between: PE|SE
    resistance: {value: 0.4 kohm cm2, at: 60 degC, activation_energy: 0.8 eV}
    capacitance: 1 uF cm-2
    exponent: 0.85
  - between: SS|PE
    resistance: blocking
    capacitance: 5 µF/cm2
leads:
  inductance: 0.5 uH
  stray_capacitance: 20 pF
  resistance: 0.2 ohm
instrument:
  relative_error: 0.3 percent
  ceiling: 100 Mohm
  temperature_error: 0.7 K
  points_per_decade: 10
temperatures: [25 degC, 70 degC]
"""


def write(tmp_path, *changes):
    """The file with pieces of its text replaced."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "cell.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_value_arrives_in_its_canonical_unit(tmp_path):
    file = read_cell(write(tmp_path), planned=True)
    cell = file.cell
    pe, se = cell.layers[1], cell.layers[2]
    assert (file.id, cell.stack) == ("ss_cell", "SS|PE|SE|PE|SS")
    assert pe.area_cm2 == pytest.approx(math.pi * 0.2**2)
    assert pe.thickness_cm == pytest.approx(0.01)
    assert pe.permittivity == 10
    assert isinstance(pe.conductivity, Points)
    assert pe.conductivity.temperatures_c == pytest.approx((25.0, 70.0))
    assert pe.conductivity.values == pytest.approx((1e-5, 5e-4))
    assert se.thickness_cm == pytest.approx(0.015)
    assert se.known == pytest.approx(0.02)
    assert isinstance(se.conductivity, Arrhenius)
    assert vars(se.conductivity) == pytest.approx(vars(Arrhenius(1e-4, 25.0, 30 / 96.48533212)))
    assert isinstance(se.boundary.conductivity, Vtf)
    assert vars(se.boundary.conductivity) == pytest.approx(vars(Vtf(3e-4, 25.0, 0.1, -90.0)))
    assert (se.boundary.capacitance_ratio, se.boundary.exponent) == (800, 0.95)
    faces, ends = cell.contacts
    assert vars(faces.asr) == pytest.approx(vars(Arrhenius(400.0, 60.0, 0.8, rises=False)))
    assert faces.capacitance_f_cm2 == pytest.approx(1e-6)
    assert (faces.exponent, ends.exponent) == (0.85, 0.9)
    assert ends.blocking
    assert ends.capacitance_f_cm2 == pytest.approx(5e-6)
    assert (cell.inductance_h, cell.stray_f, cell.lead_ohm) == pytest.approx((5e-7, 2e-11, 0.2))
    assert file.temperatures_c == (25.0, 70.0)
    expected = Instrument(0.1, 7e6, 10.0, 0.003, 0.02, 0.0, 1e8, 0.7)
    assert vars(file.instrument) == pytest.approx(vars(expected))


def test_layers_of_one_name_may_be_described_one_by_one(tmp_path):
    second = "  - name: PE\n    thickness: 50 um\n    conductivity:\n"
    second += "      - {at: 25 degC, value: 1e-5 S cm-1}\n      - {at: 70 degC, value: 5e-4 S/cm}\n"
    path = write(tmp_path, ("contacts:\n", f"{second}contacts:\n"))
    layers = read_cell(path).cell.named("PE")
    assert [layer.thickness_cm for layer in layers] == pytest.approx([0.01, 0.005])


def test_pe_thickness_of_a_study_cell_is_taken(tmp_path):
    path = write(
        tmp_path,
        ('    thickness: {value: "100", unit: um, locator: "Methods"}\n', ""),
        ("diameter: 4 mm\n", "diameter: 4 mm\npe_thickness: 80 um\n"),
    )
    assert read_cell(path).cell.named("PE")[0].thickness_cm == pytest.approx(0.008)


def test_an_own_area_goes_before_that_of_the_cell(tmp_path):
    path = write(tmp_path, ("    exponent: 0.85\n", "    exponent: 0.85\n    area: 0.1 cm2\n"))
    cell = read_cell(path).cell
    assert cell.interface.area_cm2 == pytest.approx(0.1)
    assert cell.contacts[1].area_cm2 == pytest.approx(math.pi * 0.2**2)


def test_a_glass_has_no_boundaries(tmp_path):
    start = TEXT.index("    grain_boundary:")
    block = TEXT[start : TEXT.index("contacts:\n  - b")]
    se = read_cell(write(tmp_path, (block, "    grain_boundary: none\n"))).cell.named("SE")[0]
    assert (se.boundary, se.granular) == (None, False)


FAULTS = [
    # what is typed, in place of what, line:column, words of the message
    (("stack: SS|PE|SE|PE|SS", "stack: SS|PEO|SE|PE|SS"), "4:8", "has the layer 'PEO'"),
    (("stack: SS|PE|SE|PE|SS", "stack: SS/PE"), "4:8", "the stack 'SS/PE' has no layers"),
    (('n_in_circuit: "2"', 'n_in_circuit: "1"'), "5:15", "n_in_circuit is 1, the stack"),
    (
        ("diameter: 4 mm", "diameter: 4"),
        "7:11",
        "diameter is '4' without a unit; write its unit beside it, as in 1 cm",
    ),
    (("diameter: 4 mm", "diameter: 4 mm2"), "7:11", "diameter is in mm2, which is no length; use"),
    (("diameter: 4 mm", "diameter: 4 mmm"), "7:11", "the unit 'mmm' is not known"),
    (("diameter: 4 mm", "diameter: 4,0 mm"), "7:11", "diameter is '4,0', with a comma"),
    (("diameter: 4 mm", "diam: 4 mm"), "7:1", "the key 'diam' is not known here"),
    (("diameter: 4 mm\n", ""), "9:5", "no area is given here, nor area or diameter of the cell"),
    (("diameter: 4 mm", "diameter: 4 mm\narea: 1 cm2"), "7:11", "both area and diameter"),
    (("7 MHz to 100 mHz", "7 MHz - 100 mHz"), "8:18", "write for instance 7 MHz to 100 mHz"),
    (("thickness: 0.15 mm", "thickness: -0.15 mm"), "16:5", "thickness_cm = -0.015 must be pos"),
    (("    thickness: 0.15 mm\n", ""), "16:5", "layer SE has no thickness; write for instance"),
    (("{at: 25 degC, value: 1e-5", "{at: 80 degC, value: 1e-5"), "14:7", "must rise from one"),
    ((", pseudo_energy: 0.1 eV", ""), "22:9", "give activation_energy (Arrhenius), or"),
    (("between: PE|SE", "between: SS|SE"), "26:14", "no layers SS|SE touch in the stack"),
    (("exponent: 0.85", "exponent: 1.85"), "26:5", "exponent = 1.85 must be above 0"),
    (("resistance: blocking", "resistance: blocked"), "31:17", "resistance is 'blocked'"),
    (("capacitance: 1 uF cm-2", "capacitance: 1 uF"), "28:18", "is in uF, which is no capacitance"),
    (("relative_error: 0.3 percent", "relative_error: 0 percent"), "38:3", "relative_error = 0"),
    (("id: ss_cell\n", ""), "1:1", "the file lacks the key 'id'"),
    (("  - name: SE\n", "  - name: LE\n"), "16:11", "layer LE is not in the stack"),
    (("  - name: SE\n", "  - name: SS\n"), "16:11", "layer SS is an electrode"),
    (("electrodes: two_point", "electrodes: [two"), "3:11", "not readable as YAML"),
]


@pytest.mark.parametrize(("change", "place", "words"), FAULTS, ids=[f[2][:40] for f in FAULTS])
def test_a_fault_is_one_message_with_file_line_and_column(tmp_path, change, place, words):
    path = write(tmp_path, change)
    pattern = re.escape(f"{path}:{place} ") + ".*" + re.escape(words)
    with pytest.raises(CellFileError, match=pattern):
        read_cell(path)


PLANNED = [
    (("electrodes: two_point", "electrodes: four_point"), "2:13", "a plan covers two_point"),
    (("excitation: eis", "excitation: dc"), "3:13", "a plan covers eis only"),
    (
        ('identical_contacts: "yes"', 'identical_contacts: "no"'),
        "6:21",
        "a plan takes contacts of one pair as alike",
    ),
    (("temperatures: [25 degC, 70 degC]\n", ""), "1:1", "temperatures are missing"),
    (("[25 degC, 70 degC]", "[25 degC, 80 degC]"), "14:7", "80 degC is outside the table"),
    (("[25 degC, 70 degC]", "[-95 degC]"), "14:7", "-95 degC is outside the table"),
    (("    capacitance: 1 uF cm-2\n", ""), "26:5", "contact PE|SE has no capacitance; give one"),
    (
        ("    resistance: {value: 0.4 kohm cm2, at: 60 degC, activation_energy: 0.8 eV}\n", ""),
        "26:5",
        "contact PE|SE has no resistance; give one, or blocking",
    ),
]


@pytest.mark.parametrize(("change", "place", "words"), PLANNED, ids=[f[2][:40] for f in PLANNED])
def test_a_plan_needs_more_than_a_cell(tmp_path, change, place, words):
    path = write(tmp_path, change)
    assert read_cell(path).cell.stack == "SS|PE|SE|PE|SS"
    pattern = re.escape(f"{path}:{place} ") + ".*" + re.escape(words)
    with pytest.raises(CellFileError, match=pattern):
        read_cell(path, planned=True)


def test_several_faults_of_shape_are_all_said(tmp_path):
    path = write(tmp_path, ("excitation: eis", "excitation: ac"), ("permittivity: 10", "eps: 10"))
    with pytest.raises(CellFileError) as caught:
        read_cell(path)
    lines = str(caught.value).splitlines()
    assert [line.split(" ")[0] for line in lines] == [f"{path}:3:13", f"{path}:12:5"]


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(CellFileError, match=r"none\.yaml: cannot be read \(No such file"):
        read_cell(tmp_path / "none.yaml")


def test_words_that_a_study_brings_are_known(tmp_path):
    root = lay_out(tmp_path / "root")
    text = TEXT.replace("SS|PE|SE|PE|SS", "FOIL|PE|SE|PE|FOIL").replace("SS|PE\n", "FOIL|PE\n")
    path = tmp_path / "cell.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CellFileError, match="FOIL"):
        read_cell(path, root)
    words = root / "data" / "studies" / "probe_2020_polymer" / "words.csv"
    header = "vocabulary,word,meaning,properties\n"
    words.write_text(f"{header}layer,FOIL,A foil that blocks ions.,\n", encoding="utf-8")
    assert read_cell(path, root).cell is not None
