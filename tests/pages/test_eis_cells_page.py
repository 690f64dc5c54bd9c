"""The page on layered cells: its file is read, its conclusion is what the command says."""

import re
from pathlib import Path

import pytest

from metastudy import eis
from metastudy.bridge.refits.cell_yaml import read_cell
from metastudy.pages.cell_page import conclusion, plan

PAGE = Path(__file__).parents[2] / "docs" / "eis-cells.md"


def test_the_example_gives_the_conclusion_on_the_page(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    _, block = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "cell.yaml"
    path.write_text(block, encoding="utf-8")
    (words,) = re.findall(r"<!-- conclusion -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    assert " ".join(words.split()) == conclusion(plan(path))


def test_the_evidence_on_the_page_is_read(tmp_path):
    block, _ = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    layers = "layers:\n  - {name: PE, thickness: 100 um}\n  - {name: SE, thickness: 150 um}\n"
    path = tmp_path / "cell.yaml"
    head = "id: page\nstack: SS|PE|SE|PE|SS\ndiameter: 4 mm\n"
    path.write_text(head + layers + block, encoding="utf-8")
    file = read_cell(path)
    order, alone, thicker, partner, left_out = (one.showed for one in file.evidence)
    assert order == eis.ArcOrder(("grain boundary SE", "interface PE|SE"))
    assert alone == eis.PlateAlone("SE", (400.0,), (pytest.approx(2.2e-8),), 0.02, 0.0)
    assert thicker.thickness_ratio == pytest.approx(2.0)
    assert (partner.layer, partner.resistance_ohm) == ("SE", 2300.0)
    assert left_out == eis.ElectrodesLeftOut("R1", True)
    low_high = file.cell.contacts[0].capacitance_range_f_cm2
    assert low_high == pytest.approx((1e-7, 5e-6))


def test_the_first_code_runs_and_its_comments_hold():
    text = PAGE.read_text(encoding="utf-8")
    names = {}
    exec(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0], names)
    cell, area = names["cell"], names["area"]
    by_hand = (2 * 0.01 / 1e-5 + 0.015 / 1e-4) / area
    assert abs(cell.high_frequency_ohm(25) / by_hand - 1) < 1e-12
    assert isinstance(cell, eis.Cell)
