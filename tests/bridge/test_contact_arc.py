"""Which arc is the contact, on simulated spectra of a cell SS|PE|SE|PE|SS of 4 mm."""

from pathlib import Path

import numpy as np
import pytest

from metastudy.bridge.cells import CellFileError
from metastudy.bridge.choices import Choices
from metastudy.bridge.refit import RefitBatch, refit_files

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
    choices = Choices("R0-p(R1,CPE1)-CPE2", temperature=temperature).with_cell(yaml)
    return refit_files([spectrum(tmp_path / "merged.csv")], choices)


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
