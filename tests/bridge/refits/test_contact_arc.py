"""Which arc is the contact, on simulated spectra of a cell SS|PE|SE|PE|SS of 4 mm."""

import re
from pathlib import Path

import numpy as np
import pytest

from metastudy.bridge.refits.cell_yaml import CellFileError
from metastudy.bridge.refits.evaluation_options import EvaluationOptions
from metastudy.bridge.refits.file_batch import RefitBatch, refit_files

CELL = """\
id: sandwich
stack: SS|PE|SE|PE|SS
diameter: 4 mm
layers:
  - {name: PE, thickness: 100 um}
  - {name: SE, thickness: 150 um, permittivity: 30}
contacts:
  - {between: PE|SE}
  - {between: SS|PE, resistance: blocking}
"""
ALONE = """\
measured_alone:
  - {{layer: SE, at: 25 degC, relative_error: 2 percent, arcs: [{arcs}]}}
"""
# C_bulk of the plate is eps0 30 pi (0.2 cm)^2 / 0.015 cm = 22 pF; its boundary, 1000 times that,
# and the contact, 0.4 uF/cm2 over two contacts, share a capacitance of 2e-8 F and make one arc.
BOUNDARY_OHM, CONTACT_OHM, MERGED_F = 400.0, 600.0, 2.2e-8


def spectrum(path: Path, ohm: float = BOUNDARY_OHM + CONTACT_OHM) -> Path:
    frequency = np.geomspace(1e6, 0.1, 57)
    jw = 2j * np.pi * frequency
    z = 300.0 + ohm / (1 + ohm * MERGED_F * jw) + 1 / (1e-6 * jw**0.92)
    rng = np.random.default_rng(11)
    z = z * (1 + 0.003 * (rng.standard_normal(57) + 1j * rng.standard_normal(57)))
    lines = [
        f"{f!r},{x.real!r},{x.imag!r}" for f, x in zip(frequency.tolist(), z.tolist(), strict=True)
    ]
    path.write_text("freq/Hz,Re(Z)/ohm,Im(Z)/ohm\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def refitted(tmp_path: Path, extra: str = "", temperature: str = "25") -> RefitBatch:
    yaml = tmp_path / "cell.yaml"
    yaml.write_text(CELL + extra, encoding="utf-8")
    options = EvaluationOptions("R0-p(R1,CPE1)-CPE2", temperature=temperature).with_cell(yaml)
    return refit_files([spectrum(tmp_path / "merged.csv")], options)


def plate(ohm: float) -> str:
    return ALONE.format(arcs=f"{{resistance: {ohm} ohm, capacitance: 22 nF}}")


def test_simulated_merged_arcs_get_the_joint_name_and_the_cell_that_settles_it(
    tmp_path: Path,
) -> None:
    (row,) = refitted(tmp_path).rows
    assert (row.arc, row.arc_by, row.component) == ("R1", "assigned", "interface+gb")
    assert row.notes.startswith("R1: interface+gb of PE|SE. To settle it: SE alone between two")
    assert float(row.resistance_ohm) == pytest.approx(BOUNDARY_OHM + CONTACT_OHM, rel=0.02)


def test_the_plate_alone_says_how_much_is_left_for_the_contact(tmp_path: Path) -> None:
    (row,) = refitted(tmp_path, plate(BOUNDARY_OHM)).rows
    assert row.component == "interface+gb"
    left = float(row.notes.split("Less the plate's share ")[1].split()[0])
    assert left == pytest.approx(CONTACT_OHM, rel=0.03)
    assert "To settle it" not in row.notes


def test_a_plate_without_the_arc_makes_it_the_contact(tmp_path: Path) -> None:
    (row,) = refitted(tmp_path, ALONE.format(arcs="")).rows
    assert (row.arc_by, row.component) == ("assigned", "total")
    assert row.notes.startswith("R1: interface of PE|SE.")
    assert "SE alone shows no such arc; grain boundary SE: ruled out." in row.notes


def test_a_plate_with_the_whole_arc_leaves_no_contact(tmp_path: Path) -> None:
    batch = refitted(tmp_path, plate(1000.0))
    assert not batch.rows
    reason = batch.failed[0][1]
    assert reason.startswith("0 arcs of R0-p(R1,CPE1)-CPE2 may hold the contact")
    assert "grain boundary of SE" in reason
    assert "SE alone shows all of it" in reason


@pytest.mark.parametrize("temperature", ["60", ""])
def test_a_plate_at_another_temperature_says_nothing(tmp_path: Path, temperature: str) -> None:
    (row,) = refitted(tmp_path, plate(1000.0), temperature).rows
    assert row.component == "interface+gb"


def test_a_plate_of_no_layer_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(CellFileError, match=r"cell\.yaml:11.*'LE' is no ionic conductor"):
        refitted(tmp_path, plate(1.0).replace("layer: SE", "layer: LE"))


# -- other cells, and reference electrodes -----------------------------------------------------

THICKER = """\
other_thickness:
  - {{arc: R1, layer: SE, thickness: 300 um, at: 25 degC, resistance: {ohm} ohm}}
"""
PARTNER = """\
other_partner:
  - {{arc: R1, kept: SE, at: 25 degC, resistance: {ohm} ohm, relative_error: 2 percent{more}}}
"""
LEFT_OUT = "electrodes_left_out:\n  - {{arc: R1, at: 25 degC, remains: {remains}}}\n"


def test_an_arc_that_stays_in_a_thicker_plate_is_the_contact(tmp_path: Path) -> None:
    (row,) = refitted(tmp_path, THICKER.format(ohm=1000)).rows
    assert (row.arc_by, row.component) == ("assigned", "total")
    assert row.notes.startswith("R1: interface of PE|SE.")
    said = "With SE 2 times as thick the arc was 1 times as large; grain boundary SE would be 2"
    assert said in row.notes


def test_an_arc_that_grows_with_the_plate_is_its_boundaries(tmp_path: Path) -> None:
    batch = refitted(tmp_path, THICKER.format(ohm=2000))
    assert not batch.rows
    assert "ohm): grain boundary of SE. " in batch.failed[0][1]


# ln 1.2 = 0.182 is 1.8 standard errors between two plates (0.1 and 0.02) and 9 on the same one.
@pytest.mark.parametrize(
    ("ohm", "more", "component"),
    [
        (2000, "", "total"),
        (1200, "", "interface+gb"),
        (1200, ", same_sample: no", "interface+gb"),
        (1200, ", same_sample: yes", "total"),
    ],
)
def test_another_partner_that_changes_the_arc_makes_it_the_contact(
    tmp_path: Path, ohm: int, more: str, component: str
) -> None:
    (row,) = refitted(tmp_path, PARTNER.format(ohm=ohm, more=more)).rows
    assert row.component == component


def test_the_very_plate_decides_what_another_sample_leaves_open(tmp_path: Path) -> None:
    # 1000 ohm of arc over 880 of plate: ln = 0.128, 1.25 standard errors of two samples, 6 of one.
    other = refitted(tmp_path, plate(880.0))
    assert "SE alone shows all of it" in other.failed[0][1]
    (row,) = refitted(tmp_path, plate(880.0).replace("arcs:", "same_sample: yes, arcs:")).rows
    assert row.component == "interface+gb"
    assert "SE alone shows 880 ohm of it" in row.notes


@pytest.mark.parametrize(("remains", "name"), [("yes", "interface+gb"), ("no", "electrode")])
def test_reference_electrodes_tell_the_arc_of_the_electrodes(
    tmp_path: Path, remains: str, name: str
) -> None:
    yaml = tmp_path / "cell.yaml"
    text = CELL.replace(", resistance: blocking", "") + LEFT_OUT.format(remains=remains)
    yaml.write_text(text, encoding="utf-8")
    options = EvaluationOptions("R0-p(R1,CPE1)-CPE2", temperature="25").with_cell(yaml)
    batch = refit_files([spectrum(tmp_path / "merged.csv")], options)
    if remains == "yes":
        assert batch.rows[0].component == name
        assert "the arc stays; electrode SS|PE: ruled out" in batch.rows[0].notes
    else:
        assert f"ohm): {name} of SS|PE. " in batch.failed[0][1]


def test_evidence_at_another_temperature_says_nothing(tmp_path: Path) -> None:
    (row,) = refitted(tmp_path, THICKER.format(ohm=1000), "26.5").rows
    assert row.component == "interface+gb"
    (row,) = refitted(tmp_path, THICKER.format(ohm=1000), "25.9").rows
    assert row.component == "total"


def test_evidence_about_an_arc_that_is_not_there_is_said(tmp_path: Path) -> None:
    batch = refitted(tmp_path, THICKER.format(ohm=1000).replace("R1", "R7"))
    assert "evidence is about arc 'R7'; the spectrum has R1" in batch.failed[0][1]


# What is typed in place of what, the text at whose start the fault is, words of the message.
MISTAKES = [
    (THICKER, ("layer: SE", "layer: SS"), "SS", "'SS' is no ionic conductor of the stack; use"),
    (THICKER, ("300 um", "150 um"), "150 um", "the other cell's SE is as thick as this one's"),
    (THICKER, ("1000 ohm", "1000 ohm cm2"), "1000", "is in ohm cm2, which is no resistance"),
    (THICKER, ("1000 ohm", "0 ohm"), "0 ohm", "resistance must be above 0"),
    (THICKER, (", thickness: 300 um", ""), "{arc", "lacks the key 'thickness'"),
    (THICKER, ("arc: R1", "arc: contact"), "contact", "arc is 'contact'"),
    (PARTNER, ("kept: SE", "kept: LE"), "LE", "'LE' is no ionic conductor of the stack"),
    (
        PARTNER,
        ("2 percent", "2"),
        "2}",
        "without a unit; write its unit beside it, as in 1 percent",
    ),
    (LEFT_OUT, ("remains: yes", "remains: true"), "true", "remains is 'true'"),
]


@pytest.mark.parametrize(
    ("block", "change", "start", "words"), MISTAKES, ids=[m[3][:40] for m in MISTAKES]
)
def test_a_mistake_in_the_evidence_is_said_with_its_place(
    tmp_path: Path, block: str, change: tuple[str, str], start: str, words: str
) -> None:
    text = block.format(ohm=1000, more="", remains="yes")
    assert change[0] in text
    text = text.replace(*change)
    line = (CELL + text).splitlines()[10]
    with pytest.raises(CellFileError, match=re.escape(words)) as caught:
        refitted(tmp_path, text)
    column = line.rindex(start) + 1
    assert f"cell.yaml:11:{column} " in str(caught.value)


def test_layers_of_two_thicknesses_take_no_thickness_evidence(tmp_path: Path) -> None:
    text = CELL.replace("contacts:", "  - {name: PE, thickness: 50 um}\ncontacts:")
    text += THICKER.format(ohm=1000).replace("layer: SE", "layer: PE")
    yaml = tmp_path / "cell.yaml"
    yaml.write_text(text, encoding="utf-8")
    with pytest.raises(CellFileError, match="the layers PE differ in thickness"):
        EvaluationOptions().with_cell(yaml)


# -- what is known before the spectrum is seen -------------------------------------------------


def test_the_capacitance_of_a_contact_may_leave_the_arc_to_the_boundaries(tmp_path: Path) -> None:
    # 2 x 22 nF / 0.1257 cm2 = 0.35 uF/cm2.
    known = "{between: PE|SE, capacitance_range: 1 uF cm-2 to 5 uF cm-2}"
    yaml = tmp_path / "cell.yaml"
    yaml.write_text(CELL.replace("{between: PE|SE}", known), encoding="utf-8")
    options = EvaluationOptions("R0-p(R1,CPE1)-CPE2", temperature="25").with_cell(yaml)
    batch = refit_files([spectrum(tmp_path / "merged.csv")], options)
    assert not batch.rows
    reason = batch.failed[0][1]
    assert "uF/cm2 (stated for this contact: 1 to 5): ruled out" in reason
    assert "ohm): grain boundary of SE. " in reason


@pytest.mark.parametrize("temperature", ["25", ""])
def test_an_order_that_one_merged_arc_cannot_fit_is_said(tmp_path: Path, temperature: str) -> None:
    order = "arc_order: [grain boundary SE, interface PE|SE]\n"
    batch = refitted(tmp_path, order, temperature)
    assert not batch.rows
    assert "No arcs fit the stated order grain boundary SE before" in batch.failed[0][1]


@pytest.mark.parametrize(
    ("order", "place", "words"),
    [
        ("[grain boundary SE, interface LE|SE]", "10:32", "no arc of this cell is 'interface LE|"),
        ("[bulk SE, bulk SE]", "10:12", "must name two or more parts, each once"),
        ("[bulk SE]", "10:12", "arc_order"),
    ],
)
def test_a_mistake_in_the_order_is_said_with_its_place(
    tmp_path: Path, order: str, place: str, words: str
) -> None:
    with pytest.raises(CellFileError, match=re.escape(words)) as caught:
        refitted(tmp_path, f"arc_order: {order}\n")
    assert f"cell.yaml:{place} " in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1 uF to 5 uF", "capacitance_range is '1 uF to 5 uF'; write for instance 0.1 uF cm-2 to"),
        ("1 uF cm-2", "write for instance 0.1 uF cm-2 to 5 uF cm-2"),
        ("0 uF cm-2 to 5 uF cm-2", "does not rise from above 0"),
    ],
)
def test_a_mistake_in_the_capacitance_range_is_said(tmp_path: Path, typed: str, words: str) -> None:
    known = f"{{between: PE|SE, capacitance_range: {typed}}}"
    yaml = tmp_path / "cell.yaml"
    yaml.write_text(CELL.replace("{between: PE|SE}", known), encoding="utf-8")
    with pytest.raises(CellFileError, match=re.escape(words)) as caught:
        EvaluationOptions().with_cell(yaml)
    assert "cell.yaml:8:" in str(caught.value)


def test_a_stack_without_a_contact_is_said_before_its_arcs(tmp_path: Path) -> None:
    yaml = tmp_path / "cell.yaml"
    layer = "layers:\n  - {name: SE, thickness: 800 um}\n"
    yaml.write_text(f"id: symmetric\nstack: Li|SE|Li\narea: 0.8 cm2\n{layer}", encoding="utf-8")
    options = EvaluationOptions("R0-p(R1,CPE1)-CPE2", temperature="25").with_cell(yaml)
    batch = refit_files([spectrum(tmp_path / "merged.csv")], options)
    assert not batch.rows
    assert "the stack Li|SE|Li has no contact of two ionic conductors" in batch.failed[0][1]
