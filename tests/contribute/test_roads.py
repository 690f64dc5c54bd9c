"""Five roads for one made-up paper: each ends in a study that the check accepts, in few lines."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from metastudy.corpus.study import COLUMNS
from tests.contribute.command import Done, metastudy
from tests.corpus.seeding import lay_out

MOST_COMMANDS, MOST_LINES, MOST_CHECKS = 12, 40, 2
# git clone, cd, python -m venv, pip install, git switch, git add, git commit, git push
OTHER_COMMANDS = 8
STUDY = "simulated_2026_garnet"
REFERENCE = """TY  - JOUR
AU  - Simulated, Ada
TI  - Simulated garnet pellets in contact with PEO
T2  - Journal of Simulated Results
PY  - 2026
DO  - 10.1000/simulated.1
ER  -
"""
FILLED = {
    "lab": "unknown",
    "status": "ok",
    "read": "full_text",
    "ion": "Li",
    "solid_electrolyte": "LLZO_Ta",
    "se_form": "sintered_pellet",
    "partner_class": "polymer",
    "polymer": "PEO",
    "salt": "LiTFSI",
    "salt_content": '{value: "20", unit: "EO:Li", locator: "Experimental"}',
    "diameter": '{value: "10", unit: mm, locator: "Experimental"}',
    "arm": "reference",
    "surface_state": "polished",
    "joining_method": "hot_pressed",
    "electrodes": "two_point",
    "excitation": "eis",
    "stack": "SS|PE|SE|PE|SS",
    "n_in_circuit": '"2"',
    "identical_contacts": '"yes"',
    'kind(?=: ""  # Kind of state)': "fresh",
    "age": '{value: "2", unit: h, locator: "Results"}',
}
K_EV = 8.617333262e-5
TEMPERATURES = (60, 65, 70, 80, 90)


def resistance(celsius: float) -> float:
    """An Arrhenius line of 0.70 eV through 64 ohm cm2 at 70 degC."""
    return 64 * math.exp(0.70 / K_EV * (1 / (celsius + 273.15) - 1 / 343.15))


@dataclass
class Contributor:
    """One who follows CONTRIBUTING, with what was typed so far."""

    root: Path
    commands: int = OTHER_COMMANDS
    checks: int = 0
    lines: list[str] = field(default_factory=list)

    def run(self, *arguments: str | Path, typed: str = "") -> Done:
        self.commands += 1
        self.checks += arguments[0] == "check"
        self.lines += [line for line in typed.splitlines() if line]
        return metastudy(*arguments, "--root", self.root, typed=typed)

    def begin(self) -> None:
        """Make the study from a reference and fill what the paper says."""
        file = self.root.parent / "paper.ris"
        file.write_text(REFERENCE, encoding="utf-8")
        done = self.run("new", "--ris", file, "--class", "PE/SE", "--unsaid", "not_reported")
        assert done.status == 0, done.err
        path = self.root / "data" / "studies" / STUDY / "study.yaml"
        text = path.read_text(encoding="utf-8")
        for name, value in FILLED.items():
            pattern = rf"^(\s*(?:- )?)(?:# )?({name}): [^#\n]*"
            text, found = re.subn(pattern, rf"\1\2: {value}  ", text, count=1, flags=re.M)
            assert found == 1, name
            self.lines.append(f"{name}: {value}")
        path.write_text(text, encoding="utf-8")

    def end(self) -> list[dict[str, str]]:
        """Check the study and count; return its rows."""
        done = self.run("check", STUDY)
        assert done.status == 0, done.out
        assert self.commands <= MOST_COMMANDS
        assert self.checks <= MOST_CHECKS
        assert len(self.lines) <= MOST_LINES
        path = self.root / "data" / "studies" / STUDY / "measurements.csv"
        return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


@pytest.fixture
def contributor(tmp_path: Path) -> Contributor:
    return Contributor(lay_out(tmp_path / "root"))


def values(rows: list[dict[str, str]]) -> list[float]:
    return [float(row["value_text"]) for row in rows]


EXPECTED = pytest.approx([resistance(t) for t in TEMPERATURES], rel=0.02)


def test_by_hand(contributor: Contributor) -> None:
    contributor.begin()
    path = contributor.root / "data" / "studies" / STUDY / "measurements.csv"
    names = {
        "sample_id": "sample_1",
        "cell_id": "cell_1",
        "state_id": "state_1",
        "role": "interface",
        "component": "total",
        "quantity": "area_specific_resistance",
        "unit_text": "Ω cm²",
        "qualifier": "exact",
        "value_covers": "one",
        "unc_kind": "not_reported",
        "evaluation": "joint_fit",
        "basis": "table",
        "read": "full_text",
        "locator": "Table 1",
    }
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    for index, celsius in enumerate(TEMPERATURES, 1):
        row = names | {"record_id": f"{STUDY}.{index:03d}", "temperature_text": str(celsius)}
        writer.writerow(row | {"value_text": f"{resistance(celsius):.3g}"})
    contributor.lines += out.getvalue().splitlines()
    path.write_text(",".join(COLUMNS) + "\n" + out.getvalue(), encoding="utf-8")
    assert values(contributor.end()) == EXPECTED


def test_by_questions(contributor: Contributor) -> None:
    contributor.begin()
    typed = ""
    for index, celsius in enumerate(TEMPERATURES):
        value = f"{resistance(celsius):.3g}"
        if index == 0:
            typed += f"{value} Ω cm²\n\ntotal\none\n{celsius}\njoint_fit\ntable\nTable 1\n\n"
        else:
            typed += f"{value}\n\n\n\n\n{celsius}\n\n\n\n\n"
    done = contributor.run("add", STUDY, typed=f"{typed}\n")
    assert done.status == 0, done.err
    assert values(contributor.end()) == EXPECTED


def test_from_a_table(contributor: Contributor) -> None:
    contributor.begin()
    table = contributor.root.parent / "table.csv"
    lines = ["T (°C);R / Ω cm²"]
    lines += [f"{t};{resistance(t):.3g}".replace(".", ",") for t in TEMPERATURES]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    contributor.lines += lines
    typed = "2\n\n\ntotal\none\n1\njoint_fit\ntable\nTable 1\n"
    mapping = contributor.root.parent / "mapping.yaml"
    done = contributor.run("add", STUDY, table, "--mapping", mapping, typed=typed)
    assert done.status == 0, done.err
    assert values(contributor.end()) == EXPECTED


def test_from_a_figure(contributor: Contributor) -> None:
    contributor.begin()
    points = contributor.root.parent / "points.csv"
    lines = ["x,y"]
    for t in TEMPERATURES:
        lines.append(f"{4 * (t - 50):.2f},{300 - 100 * math.log10(resistance(t)):.2f}")
    points.write_text("\n".join(lines) + "\n", encoding="utf-8")
    typed = "Figure 1\nlinear 0=50 200=100\nlog 300=1 0=1000\ndegC\n\n\n"
    typed += "Ω cm²\n\ntotal\none\njoint_fit\n"
    done = contributor.run("add", STUDY, points, "--figure", typed=typed)
    assert done.status == 0, done.err
    rows = contributor.end()
    assert values(rows) == EXPECTED
    assert {row["basis"] for row in rows} == {"figure_digitised"}


def test_from_a_text(contributor: Contributor) -> None:
    contributor.begin()
    paper = contributor.root.parent / "paper.txt"
    said = [
        f"At {t} °C the interfacial resistance is {resistance(t):.3g} Ω cm²." for t in TEMPERATURES
    ]
    paper.write_text("This paper is simulated. " + " ".join(said), encoding="utf-8")
    typed = "y\n\ntotal\none\njoint_fit\nResults\n\n" + "y\n\n\n\n\n\n\n" * 4
    done = contributor.run("extract", STUDY, paper, typed=typed)
    assert done.status == 0, f"{done.out}{done.err}"
    assert values(contributor.end()) == EXPECTED


def test_from_spectra(contributor: Contributor) -> None:
    contributor.begin()
    files = []
    for t in TEMPERATURES:
        # Two contacts of one disc of 10 mm in the circuit.
        r = 2 * resistance(t) / (math.pi * 0.25)
        lines = ["freq/Hz,Re(Z)/ohm,Im(Z)/ohm"]
        for step in range(41):
            f = 10 ** (5 - step / 10)
            z = 10 + r / (1 + 2j * math.pi * f * r * 1e-6)
            lines.append(f"{f!r},{z.real:.6g},{z.imag:.6g}")
        files.append(contributor.root.parent / f"cell_{t}C.csv")
        files[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    circuit = ("--circuit", "R0-p(R1,C1)", "--temperature", "_([0-9]+)C")
    done = contributor.run("refit", *files, *circuit, "--into", STUDY)
    assert done.status == 0, done.err
    assert contributor.end() == []
    path = contributor.root / "data" / "studies" / STUDY / "refits.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    per_contact = [float(row["resistance_ohm"]) * math.pi * 0.25 / 2 for row in rows]
    assert per_contact == EXPECTED
